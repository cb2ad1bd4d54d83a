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

#endif /* SC_TOPIC_LETTERS_H */
