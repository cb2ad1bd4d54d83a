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
    return sc_topic_hash_word(&reader->language->key, word);
}


static bool
sc_topic_is_left_out(const sc_topic_reader_t *reader, uint64_t hash)
{
    size_t i;

    if (reader->names == NULL) {
        return false;
    }

    for (i = 0; i < reader->names->count; i++) {
        if (reader->names->hashes[i] == hash) {
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

    bit = UINT64_C(1) << (key->hash % 64);

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
    sc_topic_names_t *names;

    names = reader->collected;

    if (word.len <= SC_TOPIC_MAX_NAME && names->count < SC_TOPIC_MAX_NAMES) {
        names->hashes[names->count++] = sc_topic_hash_of(reader, word);
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


/* ASCII letters and digits, whose small ones have this bit set, all of them. */

static const unsigned char *
sc_topic_add_plain(sc_topic_reader_t *reader, const unsigned char *at,
    const unsigned char *end)
{
    size_t               digits, letters;
    uint8_t              byte;
    unsigned char       *last;
    const unsigned char *start;

    start = at;
    last = reader->last;
    digits = 0;

    while (at < end) {
        byte = reader->language->bytes[*at];

        if ((byte & (SC_TOPIC_BYTE_LETTER | SC_TOPIC_BYTE_DIGIT)) == 0) {
            break;
        }

        *last++ = *at++ | 0x20;
        digits += byte & SC_TOPIC_BYTE_DIGIT;
    }

    if (at > start) {
        letters = (size_t) (at - start) - digits;

        reader->last = last;
        reader->digits += digits;
        reader->letters += letters;
        reader->dense = reader->dense && letters == 0;
        reader->sign = 0;
    }

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

    for ( ;; ) {
        at = sc_topic_add_plain(reader, at, end);

        if (at == end || sc_topic_is_full(reader)) {
            break;
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
    unsigned char     words[SC_TOPIC_MAX_TEXT + 8];
    sc_topic_reader_t reader;

    memset(&reader, 0, sizeof(reader));
    reader.language = language;
    reader.collected = names;

    sc_topic_read(&reader, text, words);
}
