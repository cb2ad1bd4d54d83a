/*
 * sc_topic_letters.h: classes of characters, as far as finding words needs
 * them.  Not Unicode's tables, but ranges that are right for what people write
 * to a brand; a doubtful character separates words.
 */

#ifndef SC_TOPIC_LETTERS_H
#define SC_TOPIC_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


typedef enum {
    SC_LETTER_NONE = 0,        /* separates words */
    SC_LETTER_IGNORED,         /* invisible: treated as absent */
    SC_LETTER_DIGIT,
    SC_LETTER_ALPHABETIC,
    SC_LETTER_HANGUL,          /* a syllable: two make a word */
    SC_LETTER_KANA,            /* written without spaces */
    SC_LETTER_HAN
} sc_letter_t;


/*
 * The character at `at`, *len bytes long.  An invalid byte is decoded as 0, of
 * one byte.  `at` must be below `end`.
 */
uint32_t sc_letter_decode(const unsigned char *at, const unsigned char *end,
    size_t *len);

/* Writes at most 4 bytes; returns how many. */
size_t sc_letter_encode(unsigned char *to, uint32_t c);

sc_letter_t sc_letter_class(uint32_t c);

/* Lower case; full-width forms become ASCII. */
uint32_t sc_letter_lower(uint32_t c);

/* Spaces, line ends and control characters. */
bool sc_letter_is_space(uint32_t c);

/*
 * The same by tables, for speed.  Characters of up to two bytes, which include
 * most scripts with case, are looked up; others are searched from the first
 * range that can contain a character of their block.
 */
#define SC_LETTER_NARROW       0x800     /* the first of three bytes */
#define SC_LETTER_NARROW_BITS  11
#define SC_LETTER_BLOCK        64
#define SC_LETTER_BLOCKS       (0x10000 / SC_LETTER_BLOCK)

typedef struct {
    uint16_t narrow[SC_LETTER_NARROW];   /* class, lower case */
    uint16_t runs[SC_LETTER_NARROW];     /* alphabetic: lower case in UTF-8,
                                            low bits: first byte; else 0 */
    uint8_t  first[SC_LETTER_BLOCKS + 1];
} sc_letter_table_t;

void sc_letter_table_init(sc_letter_table_t *table);

/* `c` must be SC_LETTER_NARROW or above. */
sc_letter_t sc_letter_table_wide(const sc_letter_table_t *table, uint32_t c);

/*
 * Copies alphabetic characters of two bytes from `at` on to *to, in lower case,
 * and advances *to; returns where they end.  *to must have room for one byte
 * more than is written.
 */
const unsigned char *sc_letter_table_run(const sc_letter_table_t *table,
    const unsigned char *at, const unsigned char *end, unsigned char **to);

/* Returns the class of *c and converts *c to lower case. */
static inline sc_letter_t
sc_letter_table_fold(const sc_letter_table_t *table, uint32_t *c)
{
    sc_letter_t letter;

    if (*c < SC_LETTER_NARROW) {
        letter = (sc_letter_t) (table->narrow[*c] >> SC_LETTER_NARROW_BITS);
        *c = table->narrow[*c] & (SC_LETTER_NARROW - 1);

        return letter;
    }

    letter = sc_letter_table_wide(table, *c);

    if (letter == SC_LETTER_ALPHABETIC) {
        *c = sc_letter_lower(*c);
    }

    return letter;
}

#endif /* SC_TOPIC_LETTERS_H */
