/*
 * sc_topic_words.c: a text's keys, piece by piece: what stands between two
 * spaces is left out as a whole when it is an address of any kind, else its
 * words are read.
 *
 * A word is folded to where its key's name stays, one space behind the word
 * before it, so that the pair of both is there, too.  What gives no key is
 * written over.
 */

#include "sc_topic_piece.h"
#include "sc_topic_words.h"


#define SC_TOPIC_MIN_LETTERS   3
#define SC_TOPIC_MIN_DENSE     2         /* hashtags, Hangul syllables */
#define SC_TOPIC_MAX_DIGITS    3

/* The same in each of 8 bytes; what capitals lack, and digits have. */
#define SC_TOPIC_EACH   UINT64_C(0x0101010101010101)
#define SC_TOPIC_SMALL  (SC_TOPIC_EACH * 0x20)


typedef struct {
    const sc_topic_language_t *language;
    const sc_topic_names_t    *names;    /* left out; or NULL */
    sc_topic_keys_t           *keys;     /* NULL: words go to collected */
    sc_topic_names_t          *collected;

    unsigned char             *word;     /* the open one, folded */
    unsigned char             *last;     /* its end */
    size_t                     letters;
    size_t                     digits;
    bool                       hashtag;
    bool                       dense;    /* fewer letters make a word */

    unsigned char             *before;   /* the neighbour; NULL: none */
    uint64_t                   before_hash;

    uint32_t                   sign;     /* Han or kana before this one */
    sc_letter_t                sign_class;
} sc_topic_reader_t;


static uint64_t
sc_topic_hash_of(const sc_topic_reader_t *reader, sc_str_t word)
{
    return sc_topic_hash_word(&reader->language->key, word.data, word.len);
}


/* The hash's place among 64: most words are seen to be new by it. */

static uint64_t
sc_topic_bit(uint64_t hash)
{
    return UINT64_C(1) << (hash % 64);
}


static bool
sc_topic_is_left_out(const sc_topic_reader_t *reader, uint64_t hash)
{
    size_t                  i;
    const sc_topic_names_t *names;

    names = reader->names;

    if (names == NULL || (names->bits & sc_topic_bit(hash)) == 0) {
        return false;
    }

    for (i = 0; i < names->count; i++) {
        if (names->hashes[i] == hash) {
            return true;
        }
    }

    return false;
}


/* One that is new, and has room. */

static bool
sc_topic_add_key(sc_topic_keys_t *keys, const sc_topic_key_t *key)
{
    size_t   i;
    uint64_t bit;

    if (keys->count == SC_TOPIC_MAX_KEYS) {
        return false;
    }

    bit = sc_topic_bit(key->hash);

    for (i = 0; (keys->bits & bit) != 0 && i < keys->count; i++) {
        if (keys->keys[i].hash == key->hash) {
            return false;
        }
    }

    keys->bits |= bit;
    keys->keys[keys->count++] = *key;

    return true;
}


/* What a name stands for.  False: for nothing, and it has no neighbours. */

static bool
sc_topic_emit(sc_topic_reader_t *reader, uint64_t hash, sc_str_t name)
{
    sc_topic_key_t     key;
    sc_topic_meaning_t meaning;

    key.hash = hash;
    key.name = name;
    meaning = sc_topic_language_find(reader->language, hash, &key);

    if (meaning == SC_TOPIC_STOP_WORD) {
        return false;
    }

    if (meaning != SC_TOPIC_NONE) {
        (void) sc_topic_add_key(reader->keys, &key);
    }

    return true;
}


/* With the word before it, when both fit into a name. */

static void
sc_topic_emit_pair(sc_topic_reader_t *reader, uint64_t hash)
{
    size_t len;

    len = (size_t) (reader->last - reader->before);

    if (len <= SC_TOPIC_MAX_NAME) {
        hash = sc_topic_hash_pair(&reader->language->key, reader->before_hash,
                                  hash);
        (void) sc_topic_emit(reader, hash, sc_str_make(reader->before, len));
    }
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
sc_topic_collect(sc_topic_reader_t *reader, sc_str_t word)
{
    uint64_t          hash;
    sc_topic_names_t *names;

    names = reader->collected;

    if (word.len <= SC_TOPIC_MAX_NAME && names->count < SC_TOPIC_MAX_NAMES) {
        hash = sc_topic_hash_of(reader, word);
        names->bits |= sc_topic_bit(hash);
        names->hashes[names->count++] = hash;
    }
}


/* False: it is left out. */

static bool
sc_topic_take_word(sc_topic_reader_t *reader, sc_str_t word)
{
    uint64_t hash, bare;

    if (!sc_topic_word_counts(reader, word)) {
        return false;
    }

    hash = sc_topic_hash_of(reader, word);
    bare = reader->hashtag ? sc_topic_hash_of(reader, sc_str_from(word, 1))
                           : hash;

    if (sc_topic_is_left_out(reader, bare)
        || !sc_topic_emit(reader, hash, word))
    {
        return false;
    }

    if (reader->before != NULL && !reader->hashtag) {
        sc_topic_emit_pair(reader, hash);
    }

    reader->before = reader->hashtag ? NULL : reader->word;
    reader->before_hash = hash;

    return true;
}


/* Pairs are of neighbours: nothing that was left out stands between. */

static void
sc_topic_end_word(sc_topic_reader_t *reader)
{
    sc_str_t word;

    if (reader->last == reader->word) {
        return;
    }

    word = sc_str_make(reader->word, (size_t) (reader->last - reader->word));

    if (reader->keys == NULL) {
        sc_topic_collect(reader, word);

    } else if (sc_topic_take_word(reader, word)) {
        *reader->last = ' ';
        reader->word = reader->last + 1;

    } else {
        reader->before = NULL;
    }

    sc_topic_reset_word(reader);
}


/* Two Han signs, or Han and kana; two kana are mostly grammar. */

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

        if (reader->keys == NULL) {
            sc_topic_collect(reader, pair);

        } else if (letter == SC_LETTER_HAN
                   || reader->sign_class == SC_LETTER_HAN)
        {
            hash = sc_topic_hash_of(reader, pair);
            count = reader->keys->count;

            if (!sc_topic_is_left_out(reader, hash)) {
                (void) sc_topic_emit(reader, hash, pair);
            }

            reader->word += reader->keys->count > count ? len : 0;
            reader->last = reader->word;
        }
    }

    reader->sign = c;
    reader->sign_class = letter;
}


/* '#' in front of a letter; '_' belongs to hashtags only. */

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

    /* A hyphen and an apostrophe join what they separate. */

    if (c != '-' && c != '\'' && c != 0x2019 && c != 0x2010 && c != 0x2011) {
        reader->before = NULL;
    }
}


/* A character that is neither an ASCII letter nor an ASCII digit. */

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


/* How many of 8 bytes, the lowest first, are ASCII letters in front. */

static size_t
sc_topic_letters_of(uint64_t bytes)
{
    uint64_t low, others;

    /* Seven bits a byte, so that no sum carries into the next one. */

    low = (bytes | SC_TOPIC_SMALL) & (SC_TOPIC_EACH * 0x7f);
    others = ~(low + SC_TOPIC_EACH * (0x80 - 'a'))
             | (low + SC_TOPIC_EACH * (0x7f - 'z')) | bytes;
    others &= SC_TOPIC_EACH * 0x80;

    /* Below the first bit that is set: a byte of ones for each letter. */

    others = ((others & (0 - others)) >> 7) - 1;

    return (size_t) ((others & SC_TOPIC_EACH) * SC_TOPIC_EACH >> 56);
}


/*
 * ASCII letters and digits, up to the first other byte; eight letters at once
 * where the text goes on that long.
 */

static const unsigned char *
sc_topic_add_plain(sc_topic_reader_t *reader, const unsigned char *at,
    const unsigned char *end)
{
    size_t               digits, count;
    uint64_t             eight;
    unsigned char       *last;
    const uint8_t       *bytes;
    const unsigned char *start;

    bytes = reader->language->bytes;
    last = reader->last;
    start = at;
    digits = 0;
    count = 8;

    while (end - at >= 8 && count == 8) {
        eight = sc_le_get64(at);
        count = sc_topic_letters_of(eight);
        sc_le_put64(last, eight | SC_TOPIC_SMALL);
        last += count;
        at += count;
    }

    while (at < end && (bytes[at[0]] & SC_TOPIC_BYTE_PLAIN) != 0) {
        digits += bytes[at[0]] & SC_TOPIC_BYTE_DIGIT;
        *last++ = *at++ | 0x20;
    }

    count = (size_t) (at - start) - digits;

    reader->last = last;
    reader->digits += digits;
    reader->letters += count;
    reader->dense = reader->dense && count == 0;
    reader->sign = 0;

    return at;
}


static bool
sc_topic_is_full(const sc_topic_reader_t *reader)
{
    return reader->keys != NULL && reader->keys->count == SC_TOPIC_MAX_KEYS;
}


static void
sc_topic_read_piece(sc_topic_reader_t *reader, const unsigned char *at,
    const unsigned char *end)
{
    size_t   len;
    uint32_t c;

    while (at < end && !sc_topic_is_full(reader)) {
        if ((reader->language->bytes[at[0]] & SC_TOPIC_BYTE_PLAIN) != 0) {
            at = sc_topic_add_plain(reader, at, end);
            continue;
        }

        c = sc_letter_decode(at, end, &len);
        sc_topic_add_other(reader, c);
        at += len;
    }

    sc_topic_end_word(reader);
    reader->sign = 0;
}


static void
sc_topic_read(sc_topic_reader_t *reader, sc_str_t text, unsigned char *to)
{
    bool                 cut, left_out;
    const unsigned char *at, *end, *stop;

    cut = text.len > SC_TOPIC_MAX_TEXT;
    text = sc_str_first(text, SC_TOPIC_MAX_TEXT);

    reader->word = to;
    reader->last = to;

    at = text.data;
    end = at + text.len;

    while (at < end && !sc_topic_is_full(reader)) {
        if (*at <= ' ') {
            at++;
            continue;
        }

        /* Most pieces are words, which is known when they are folded. */

        stop = sc_topic_add_plain(reader, at, end);

        if (stop < end && stop[0] <= ' ') {
            sc_topic_end_word(reader);
            at = stop;
            continue;
        }

        sc_topic_reset_word(reader);
        stop = sc_topic_piece(reader->language->bytes, at, end, &left_out);

        if (cut && stop == end) {
            break;              /* half a word, or half an address */
        }

        if (left_out) {
            reader->before = NULL;

        } else {
            sc_topic_read_piece(reader, at, stop);
        }

        at = stop;
    }
}


void
sc_topic_keys_add(sc_topic_keys_t *keys, const sc_topic_language_t *language,
    const sc_topic_names_t *names, sc_str_t text)
{
    sc_topic_reader_t reader;

    memset(&reader, 0, sizeof(reader));

    if (sizeof(keys->text) - keys->used < SC_TOPIC_ROOM) {
        return;
    }

    reader.language = language;
    reader.names = names;
    reader.keys = keys;

    sc_topic_read(&reader, text, keys->text + keys->used);
    keys->used = (size_t) (reader.word - keys->text);
}


/* An address as a name (a handle with a host) is no word of a text. */

void
sc_topic_names_add(sc_topic_names_t *names,
    const sc_topic_language_t *language, sc_str_t text)
{
    unsigned char     words[SC_TOPIC_ROOM];
    sc_topic_reader_t reader;

    /* Of which a hash reads more than what it takes. */

    memset(words, 0, SC_TOPIC_HASH_READ);
    memset(&reader, 0, sizeof(reader));
    reader.language = language;
    reader.collected = names;

    sc_topic_read(&reader, text, words);
}
