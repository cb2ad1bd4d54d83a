/*
 * sc_topic_letters.h: characters as words are made of them.  Not Unicode's
 * tables: ranges that are right for what people write to a brand, where a
 * doubtful character separates.
 */

#ifndef SC_TOPIC_LETTERS_H
#define SC_TOPIC_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


typedef enum {
    SC_LETTER_NONE = 0,        /* separates */
    SC_LETTER_IGNORED,         /* invisible, as if it were not there */
    SC_LETTER_DIGIT,
    SC_LETTER_ALPHABETIC,
    SC_LETTER_HANGUL,          /* a syllable: words of two */
    SC_LETTER_KANA,            /* written without spaces */
    SC_LETTER_HAN
} sc_letter_t;


/*
 * The character at `at`; `*len` bytes long.  A byte that is no UTF-8 is a
 * character 0 of one byte.  `at` < `end`.
 */
uint32_t sc_letter_decode(const unsigned char *at, const unsigned char *end,
    size_t *len);

/* Into at most 4 bytes; returns how many. */
size_t sc_letter_encode(unsigned char *to, uint32_t c);

sc_letter_t sc_letter_class(uint32_t c);

/* Lower case, and full-width forms as plain ones. */
uint32_t sc_letter_lower(uint32_t c);

/* Spaces and line ends. */
bool sc_letter_is_space(uint32_t c);

/*
 * The same by tables, for texts.  Characters of two bytes, which most scripts
 * with case have, are looked up; others are searched from the first range
 * that can hold one of their block.
 */
#define SC_LETTER_NARROW       0x800     /* ends what two bytes hold */
#define SC_LETTER_NARROW_BITS  11
#define SC_LETTER_BLOCK        64
#define SC_LETTER_BLOCKS       (0x10000 / SC_LETTER_BLOCK)

typedef struct {
    uint16_t narrow[SC_LETTER_NARROW];   /* class, lower case */
    uint16_t runs[SC_LETTER_NARROW];     /* of an alphabet: lower case in UTF-8,
                                            the low byte first; else 0 */
    uint8_t  first[SC_LETTER_BLOCKS + 1];
} sc_letter_table_t;

void sc_letter_table_init(sc_letter_table_t *table);

/* `c` >= SC_LETTER_NARROW */
sc_letter_t sc_letter_table_wide(const sc_letter_table_t *table, uint32_t c);

/*
 * Writes the letters of two bytes each that stand from `at` on to *to, in
 * lower case, as far as they are of an alphabet; returns where they end.  One
 * byte more than is written must be there.
 */
const unsigned char *sc_letter_table_run(const sc_letter_table_t *table,
    const unsigned char *at, const unsigned char *end, unsigned char **to);

/* The class of *c, which becomes its lower case. */
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
