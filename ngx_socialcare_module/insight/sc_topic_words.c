/*
 * sc_topic_words.c: extracts the keys of a text, piece by piece.  A piece (what
 * is between two spaces) is left out as a whole if it is an address of any
 * kind, else its words are read.
 *
 * A word is written directly to where the name of its key will be, one space
 * after the previous word, so that the name of the pair is there, too.  What
 * gives no key is overwritten.  Most words are of ASCII letters only: these
 * are hashed in place and copied as a whole.
 */

#include "sc_topic_piece.h"
#include "sc_topic_words.h"


#define SC_TOPIC_MIN_LETTERS   3
#define SC_TOPIC_MIN_DENSE     2         /* hashtags, Hangul syllables */
#define SC_TOPIC_MAX_DIGITS    3


typedef struct {
    const sc_topic_language_t *language;
    const sc_topic_names_t    *names;    /* words left out; or NULL */
    sc_topic_keys_t           *keys;     /* NULL: words go to collected */
    sc_topic_names_t          *collected;
    size_t                     room;     /* for more keys or names */

    unsigned char             *word;     /* the open one, folded */
    unsigned char             *last;     /* its end */
    size_t                     letters;
    size_t                     digits;
    bool                       hashtag;
    bool                       dense;    /* fewer letters make a word */

    unsigned char             *before;   /* previous word; NULL: no pair */
    uint64_t                   before_hash;

    uint32_t                   sign;     /* previous Han or kana; 0: none */
    sc_letter_t                sign_class;
} sc_topic_reader_t;


static uint64_t
sc_topic_hash_of(const sc_topic_reader_t *reader, sc_str_t word)
{
    return sc_topic_hash_word(&reader->language->key, word.data, word.len);
}


/* Adds the key of a name, or of its topic, if it is new and there is room. */

static inline void
sc_topic_emit(sc_topic_reader_t *reader, uint64_t hash,
    const unsigned char *name, size_t len, sc_topic_meaning_t meaning)
{
    sc_topic_key_t  *key;
    sc_topic_keys_t *keys;

    if (meaning >= SC_TOPIC_NONE || reader->room == 0) {
        return;
    }

    keys = reader->keys;
    key = &keys->keys[keys->count];
    key->hash = hash;
    key->name = sc_str_make(name, len);

    if (meaning == SC_TOPIC_OTHER) {
        (void) sc_topic_language_find(reader->language, hash, key);
    }

    reader->room -= sc_topic_keys_keep(keys);
}


/* The pair with the previous word, if both fit into a name. */

static inline void
sc_topic_emit_pair(sc_topic_reader_t *reader, uint64_t hash)
{
    size_t len;

    len = (size_t) (reader->last - reader->before);

    if (len <= SC_TOPIC_MAX_NAME) {
        hash = sc_topic_hash_pair(&reader->language->key, reader->before_hash,
                                  hash);
        sc_topic_emit(reader, hash, reader->before, len,
                      sc_topic_language_meaning(reader->language, hash));
    }
}


/* Accepts the written word, and the pair with its neighbour. */

static inline void
sc_topic_take_word(sc_topic_reader_t *reader, uint64_t hash,
    sc_topic_meaning_t meaning)
{
    sc_topic_emit(reader, hash, reader->word,
                  (size_t) (reader->last - reader->word), meaning);

    if (reader->before != NULL && !reader->hashtag) {
        sc_topic_emit_pair(reader, hash);
    }

    reader->before = reader->hashtag ? NULL : reader->word;
    reader->before_hash = hash;

    *reader->last = ' ';
    reader->word = reader->last + 1;
}


static inline bool
sc_topic_is_left_out(const sc_topic_reader_t *reader, uint64_t hash)
{
    return reader->names != NULL && sc_topic_names_hold(reader->names, hash);
}


static void
sc_topic_reset_word(sc_topic_reader_t *reader)
{
    reader->last = reader->word;
    reader->letters = 0;
    reader->digits = 0;
    reader->hashtag = false;
    reader->dense = false;
}


static bool
sc_topic_word_counts(const sc_topic_reader_t *reader, sc_str_t word)
{
    size_t least;

    least = reader->hashtag || reader->dense ? SC_TOPIC_MIN_DENSE
                                             : SC_TOPIC_MIN_LETTERS;

    return word.len <= SC_TOPIC_MAX_NAME && reader->letters >= least
           && reader->digits <= SC_TOPIC_MAX_DIGITS;
}


static void
sc_topic_collect(sc_topic_reader_t *reader, uint64_t hash)
{
    if (reader->room != 0) {
        sc_topic_names_put(reader->collected, hash);
        reader->room--;
    }
}


/* False: the word is left out, or is a stop word. */

static bool
sc_topic_take_written(sc_topic_reader_t *reader, sc_str_t word)
{
    uint64_t           hash, bare;
    sc_topic_meaning_t meaning;

    if (!sc_topic_word_counts(reader, word)) {
        return false;
    }

    hash = sc_topic_hash_of(reader, word);
    bare = reader->hashtag ? sc_topic_hash_of(reader, sc_str_from(word, 1))
                           : hash;
    meaning = sc_topic_language_meaning(reader->language, hash);

    if (meaning == SC_TOPIC_STOP_WORD || sc_topic_is_left_out(reader, bare)) {
        return false;
    }

    sc_topic_take_word(reader, hash, meaning);

    return true;
}


/* The zeros: a hash may read up to 16 bytes beyond the word. */

static void
sc_topic_end_open_word(sc_topic_reader_t *reader)
{
    sc_str_t word;

    word = sc_str_make(reader->word, (size_t) (reader->last - reader->word));
    memset(reader->last, 0, 16);

    if (reader->keys != NULL) {
        if (!sc_topic_take_written(reader, word)) {
            reader->before = NULL;
        }

    } else if (word.len <= SC_TOPIC_MAX_NAME) {
        sc_topic_collect(reader, sc_topic_hash_of(reader, word));
    }

    sc_topic_reset_word(reader);
}


static inline void
sc_topic_end_word(sc_topic_reader_t *reader)
{
    if (reader->last != reader->word) {
        sc_topic_end_open_word(reader);
    }
}


/*
 * A whole word of lower-case ASCII letters, while no other one is open.  Half
 * of them are stop words and not written.
 */

static void
sc_topic_add_plain(sc_topic_reader_t *reader, const unsigned char *from,
    size_t len)
{
    uint64_t           hash;
    sc_topic_meaning_t meaning;

    if (len > SC_TOPIC_MAX_NAME
        || (len < SC_TOPIC_MIN_LETTERS && reader->keys != NULL))
    {
        reader->before = NULL;
        return;
    }

    hash = sc_topic_hash_word(&reader->language->key, from, len);

    if (reader->keys == NULL) {
        sc_topic_collect(reader, hash);
        return;
    }

    meaning = sc_topic_language_meaning(reader->language, hash);

    if (meaning == SC_TOPIC_STOP_WORD || sc_topic_is_left_out(reader, hash)) {
        reader->before = NULL;
        return;
    }

    memcpy(reader->word, from, SC_TOPIC_HASH_READ);
    reader->last = reader->word + len;
    sc_topic_take_word(reader, hash, meaning);
    reader->last = reader->word;
}


/* A key is two Han characters, or Han and kana; two kana are mostly grammar. */

static void
sc_topic_add_sign(sc_topic_reader_t *reader, uint32_t c, sc_letter_t letter)
{
    size_t   len, count;
    uint64_t hash;
    sc_str_t pair;

    if (reader->sign != 0) {
        len = sc_letter_encode(reader->word, reader->sign);
        len += sc_letter_encode(reader->word + len, c);
        pair = sc_str_make(reader->word, len);

        memset(reader->word + len, 0, 16);
        hash = sc_topic_hash_of(reader, pair);

        if (reader->keys == NULL) {
            sc_topic_collect(reader, hash);

        } else if (letter == SC_LETTER_HAN
                   || reader->sign_class == SC_LETTER_HAN)
        {
            count = reader->keys->count;

            if (!sc_topic_is_left_out(reader, hash)) {
                sc_topic_emit(reader, hash, reader->word, len,
                              sc_topic_language_meaning(reader->language,
                                                        hash));
            }

            reader->word += reader->keys->count > count ? len : 0;
            reader->last = reader->word;
        }
    }

    reader->sign = c;
    reader->sign_class = letter;
}


/* '#' begins a hashtag, '_' continues one; other marks separate words. */

static void
sc_topic_add_mark(sc_topic_reader_t *reader, uint32_t c)
{
    reader->sign = 0;

    if (c == '_' && reader->hashtag && reader->last - reader->word > 1) {
        *reader->last++ = '_';
        return;
    }

    sc_topic_end_word(reader);

    if ((c == '#' || c == 0xff03) && reader->keys != NULL) {
        *reader->last++ = '#';
        reader->hashtag = true;
        return;
    }

    /* Words separated by a hyphen or an apostrophe are still neighbours. */

    if (c != '-' && c != '\'' && c != 0x2019 && c != 0x2010 && c != 0x2011) {
        reader->before = NULL;
    }
}


/* A non-ASCII character, or DEL. */

static void
sc_topic_add_other(sc_topic_reader_t *reader, uint32_t c)
{
    sc_letter_t letter;

    letter = sc_letter_table_fold(&reader->language->letters, &c);

    if (letter == SC_LETTER_IGNORED) {
        return;
    }

    if (letter == SC_LETTER_NONE) {
        if (sc_letter_is_space(c)) {
            sc_topic_end_word(reader);
            reader->sign = 0;

        } else {
            sc_topic_add_mark(reader, c);
        }

        return;
    }

    if (letter >= SC_LETTER_KANA && !reader->hashtag) {
        sc_topic_end_word(reader);
        reader->before = NULL;
        sc_topic_add_sign(reader, c, letter);
        return;
    }

    reader->sign = 0;

    if (letter == SC_LETTER_DIGIT) {
        reader->digits++;

    } else {
        reader->letters++;
        reader->dense = letter == SC_LETTER_HANGUL;
    }

    reader->last += sc_letter_encode(reader->last, c);
}


/* Alphabetic letters were written. */

static inline void
sc_topic_add_count(sc_topic_reader_t *reader, size_t letters)
{
    reader->letters += letters;
    reader->dense = false;
    reader->sign = 0;
}


/* ASCII letters of a word; both sides have room for copying 16 at once. */

static void
sc_topic_add_letters(sc_topic_reader_t *reader, const unsigned char *from,
    size_t len)
{
    size_t i;

    for (i = 0; i < len; i += 16) {
        memcpy(reader->last + i, from + i, 16);
    }

    reader->last += len;
    sc_topic_add_count(reader, len);
}


/* A run of letters of two bytes each, or one other character. */

static const unsigned char *
sc_topic_read_wide(sc_topic_reader_t *reader, const unsigned char *at,
    const unsigned char *end)
{
    size_t               len, count;
    uint32_t             c;
    const unsigned char *next;

    next = sc_letter_table_run(&reader->language->letters, at, end,
                               &reader->last);
    count = (size_t) (next - at) / 2;

    if (count != 0) {
        sc_topic_add_count(reader, count);
        return next;
    }

    c = sc_letter_decode(at, end, &len);
    sc_topic_add_other(reader, c);

    return at + len;
}


static void
sc_topic_read_piece(sc_topic_reader_t *reader, const sc_topic_text_t *text,
    size_t at, size_t stop)
{
    size_t               next;
    uint8_t              kind;
    const unsigned char *small;

    small = text->small;

    while (at < stop && reader->room != 0) {
        kind = reader->language->bytes[small[at]];

        if ((kind & SC_TOPIC_BYTE_LETTER) != 0) {
            next = sc_topic_text_next(text->others, at);
            sc_topic_add_letters(reader, small + at, next - at);
            at = next;

        } else if ((kind & SC_TOPIC_BYTE_DIGIT) != 0) {
            *reader->last++ = small[at++];
            reader->digits++;
            reader->sign = 0;

        } else if (small[at] < 0x7f) {
            sc_topic_add_mark(reader, small[at++]);

        } else {
            at = (size_t) (sc_topic_read_wide(reader, small + at, small + stop)
                           - small);
        }
    }

    sc_topic_end_word(reader);
    reader->sign = 0;
}


/* A piece that is not just a plain word; returns its end. */

static size_t
sc_topic_add_piece(sc_topic_reader_t *reader, const sc_topic_text_t *text,
    sc_str_t from, size_t at)
{
    bool                 left_out;
    size_t               stop;
    const unsigned char *end;

    stop = sc_topic_text_next(text->spaces, at);

    if (sc_topic_text_next(text->address, at) < stop) {
        end = sc_topic_piece(reader->language->bytes, from.data + at,
                             from.data + text->len, &left_out);
        stop = (size_t) (end - from.data);

        if (left_out) {
            reader->before = NULL;
            return stop;
        }
    }

    sc_topic_read_piece(reader, text, at, stop);

    return stop;
}


/*
 * Reads the piece at `at`, most often a word of ASCII letters, possibly
 * followed by a comma or the like.  Returns the position of the space after
 * it; if there is a space at `at`, `at` itself.
 */

static inline size_t
sc_topic_read_word(sc_topic_reader_t *reader, const sc_topic_text_t *text,
    sc_str_t from, size_t at)
{
    size_t        stop;
    unsigned char first;

    stop = sc_topic_text_next(text->others, at);
    first = text->small[stop];

    if (first > ' '
        && ((reader->language->bytes[first] & SC_TOPIC_BYTE_STOP) == 0
            || text->small[stop + 1] > ' '))
    {
        return sc_topic_add_piece(reader, text, from, at);
    }

    if (stop > at) {
        sc_topic_add_plain(reader, text->small + at, stop - at);
    }

    if (first > ' ') {
        reader->before = NULL;
        stop++;
    }

    return stop;
}


static void
sc_topic_read(sc_topic_reader_t *reader, sc_str_t from, unsigned char *to)
{
    size_t          at;
    sc_topic_text_t text;

    sc_topic_text_init(&text, from);
    reader->word = to;
    reader->last = to;

    for (at = 0; at < text.len && reader->room != 0; at++) {
        at = sc_topic_read_word(reader, &text, from, at);
    }
}


void
sc_topic_keys_add(sc_topic_keys_t *keys, const sc_topic_language_t *language,
    const sc_topic_names_t *names, sc_str_t text)
{
    sc_topic_reader_t reader;

    if (text.len == 0 || sizeof(keys->text) - keys->used < SC_TOPIC_ROOM) {
        return;
    }

    memset(&reader, 0, sizeof(reader));
    reader.language = language;
    reader.names = names;
    reader.keys = keys;
    reader.room = SC_TOPIC_MAX_KEYS - keys->count;

    sc_topic_read(&reader, text, keys->text + keys->used);
    keys->used = (size_t) (reader.word - keys->text);
}


/* Addresses (a handle with a host) are skipped: texts have no such words. */

void
sc_topic_names_add(sc_topic_names_t *names,
    const sc_topic_language_t *language, sc_str_t text)
{
    unsigned char     words[SC_TOPIC_ROOM];
    sc_topic_reader_t reader;

    memset(&reader, 0, sizeof(reader));
    reader.language = language;
    reader.collected = names;
    reader.room = SC_TOPIC_MAX_NAMES - names->count;

    sc_topic_read(&reader, text, words);
}
