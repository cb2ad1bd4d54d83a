/*
 * sc_topic_words.c: a text's keys, piece by piece: what stands between two
 * spaces is left out as a whole when it is an address of any kind, else its
 * words are read.
 */

#include "sc_topic_letters.h"
#include "sc_topic_words.h"


#define SC_TOPIC_MIN_LETTERS   3
#define SC_TOPIC_MIN_DENSE     2         /* hashtags, Hangul syllables */
#define SC_TOPIC_MAX_DIGITS    3

/* Longest marked-up mention, as chats put them into texts. */
#define SC_TOPIC_MAX_MARK      256


typedef struct {
    const sc_topic_language_t *language;
    const sc_topic_names_t    *names;    /* left out; or NULL */
    sc_topic_keys_t           *keys;     /* NULL: words go to collected */
    sc_topic_names_t          *collected;

    unsigned char              word[SC_TOPIC_MAX_NAME];
    size_t                     len;
    unsigned                   letters;
    unsigned                   digits;
    bool                       hashtag;
    bool                       dense;    /* fewer letters make a word */
    bool                       too_long;

    unsigned char              before[SC_TOPIC_MAX_NAME];
    size_t                     before_len;   /* 0: no neighbour */

    uint32_t                   sign;     /* Han or kana before this one */
    sc_letter_t                sign_class;
} sc_topic_reader_t;


static uint64_t
sc_topic_hash(const sc_topic_reader_t *reader, sc_str_t name)
{
    return sc_siphash24(reader->language->key, name);
}


static bool
sc_topic_is_left_out(const sc_topic_reader_t *reader, sc_str_t word)
{
    size_t   i;
    uint64_t hash;

    if (reader->names == NULL || reader->names->count == 0) {
        return false;
    }

    hash = sc_topic_hash(reader, word);

    for (i = 0; i < reader->names->count; i++) {
        if (reader->names->hashes[i] == hash) {
            return true;
        }
    }

    return false;
}


static void
sc_topic_emit(sc_topic_reader_t *reader, sc_str_t name)
{
    size_t                  i;
    uint64_t                hash;
    sc_topic_key_t         *key;
    sc_topic_keys_t        *keys;
    const sc_topic_entry_t *entry;

    keys = reader->keys;

    if (reader->language->dictionary != NULL) {
        entry = sc_topic_dictionary_find(reader->language->dictionary, name);

        if (entry != NULL) {
            name = entry->topic;
        }
    }

    if (name.len == 0 || keys->count == SC_TOPIC_MAX_KEYS) {
        return;
    }

    hash = sc_topic_hash(reader, name);

    for (i = 0; i < keys->count; i++) {
        if (keys->keys[i].hash == hash) {
            return;
        }
    }

    key = &keys->keys[keys->count++];
    key->hash = hash;
    key->len = (uint8_t) name.len;
    memcpy(key->name, name.data, name.len);
}


/* With the word before it, when both fit into a name. */

static void
sc_topic_emit_pair(sc_topic_reader_t *reader, sc_str_t word)
{
    unsigned char pair[SC_TOPIC_MAX_NAME];

    if (reader->before_len == 0
        || reader->before_len + 1 + word.len > SC_TOPIC_MAX_NAME)
    {
        return;
    }

    memcpy(pair, reader->before, reader->before_len);
    pair[reader->before_len] = ' ';
    memcpy(pair + reader->before_len + 1, word.data, word.len);

    sc_topic_emit(reader, sc_str_make(pair, reader->before_len + 1
                                            + word.len));
}


static void
sc_topic_reset_word(sc_topic_reader_t *reader)
{
    reader->len = 0;
    reader->letters = 0;
    reader->digits = 0;
    reader->hashtag = false;
    reader->dense = false;
    reader->too_long = false;
}


static bool
sc_topic_word_counts(const sc_topic_reader_t *reader)
{
    unsigned least;

    least = reader->hashtag || reader->dense ? SC_TOPIC_MIN_DENSE
                                             : SC_TOPIC_MIN_LETTERS;

    return !reader->too_long && reader->letters >= least
           && reader->digits <= SC_TOPIC_MAX_DIGITS;
}


static void
sc_topic_collect(sc_topic_reader_t *reader, sc_str_t word)
{
    sc_topic_names_t *names;

    names = reader->collected;

    if (!reader->too_long && names->count < SC_TOPIC_MAX_NAMES) {
        names->hashes[names->count++] = sc_topic_hash(reader, word);
    }
}


static void
sc_topic_end_word(sc_topic_reader_t *reader)
{
    bool     kept;
    sc_str_t word, bare;

    if (reader->len == 0) {
        return;
    }

    word = sc_str_make(reader->word, reader->len);
    bare = reader->hashtag ? sc_str_from(word, 1) : word;
    kept = false;

    if (reader->keys == NULL) {
        sc_topic_collect(reader, bare);

    } else if (sc_topic_word_counts(reader)
               && !sc_topic_is_left_out(reader, bare)
               && (reader->hashtag || !sc_topic_is_stop_word(word)))
    {
        sc_topic_emit(reader, word);
        kept = !reader->hashtag;

        if (kept) {
            sc_topic_emit_pair(reader, word);
        }
    }

    /* Pairs are of neighbours: nothing that was left out stands between. */

    reader->before_len = kept ? word.len : 0;
    memcpy(reader->before, word.data, reader->before_len);

    sc_topic_reset_word(reader);
}


static void
sc_topic_append(sc_topic_reader_t *reader, uint32_t c)
{
    size_t        len;
    unsigned char bytes[4];

    len = sc_letter_encode(bytes, c);

    if (len > SC_TOPIC_MAX_NAME - reader->len) {
        reader->too_long = true;
        return;
    }

    memcpy(reader->word + reader->len, bytes, len);
    reader->len += len;
}


/* Two Han signs, or Han and kana; two kana are mostly grammar. */

static void
sc_topic_add_sign(sc_topic_reader_t *reader, uint32_t c, sc_letter_t letter)
{
    size_t        len;
    unsigned char pair[8];

    if (reader->sign != 0 && reader->keys != NULL
        && (letter == SC_LETTER_HAN || reader->sign_class == SC_LETTER_HAN))
    {
        len = sc_letter_encode(pair, reader->sign);
        len += sc_letter_encode(pair + len, c);

        if (!sc_topic_is_left_out(reader, sc_str_make(pair, len))) {
            sc_topic_emit(reader, sc_str_make(pair, len));
        }
    }

    if (reader->sign != 0 && reader->keys == NULL) {
        len = sc_letter_encode(pair, reader->sign);
        len += sc_letter_encode(pair + len, c);
        sc_topic_collect(reader, sc_str_make(pair, len));
    }

    reader->sign = c;
    reader->sign_class = letter;
}


static void
sc_topic_add_letter(sc_topic_reader_t *reader, uint32_t c, sc_letter_t letter)
{
    reader->sign = 0;

    if (letter == SC_LETTER_DIGIT) {
        reader->digits++;

    } else {
        reader->letters++;
        reader->dense = letter == SC_LETTER_HANGUL;
    }

    sc_topic_append(reader, sc_letter_lower(c));
}


/* '#' in front of a letter; '_' belongs to hashtags only. */

static void
sc_topic_add_mark(sc_topic_reader_t *reader, uint32_t c)
{
    reader->sign = 0;

    if (c == '_' && reader->hashtag && reader->len > 1) {
        sc_topic_append(reader, c);
        return;
    }

    sc_topic_end_word(reader);

    if ((c == '#' || c == 0xff03) && reader->keys != NULL) {
        sc_topic_append(reader, '#');
        reader->hashtag = true;
        return;
    }

    /* A hyphen and an apostrophe join what they separate. */

    if (c != '-' && c != '\'' && c != 0x2019 && c != 0x2010 && c != 0x2011) {
        reader->before_len = 0;
    }
}


static void
sc_topic_read_piece(sc_topic_reader_t *reader, const unsigned char *at,
    const unsigned char *end)
{
    size_t      len;
    uint32_t    c;
    sc_letter_t letter;

    for (/* void */; at < end; at += len) {
        c = sc_letter_decode(at, end, &len);
        letter = sc_letter_class(c);

        switch (letter) {

        case SC_LETTER_IGNORED:
            break;

        case SC_LETTER_NONE:
            if (sc_letter_is_space(c)) {
                sc_topic_end_word(reader);
                reader->sign = 0;
                break;
            }

            sc_topic_add_mark(reader, c);
            break;

        case SC_LETTER_HAN:
        case SC_LETTER_KANA:
            if (!reader->hashtag) {
                sc_topic_end_word(reader);
                reader->before_len = 0;
                sc_topic_add_sign(reader, c, letter);
                break;
            }

            /* fall through */

        default:
            sc_topic_add_letter(reader, c, letter);
            break;
        }
    }

    sc_topic_end_word(reader);
    reader->sign = 0;
}


static bool
sc_topic_is_alnum(unsigned char c)
{
    return c >= 0x80 || sc_letter_class(c) != SC_LETTER_NONE;
}


static bool
sc_topic_is_alpha(unsigned char c)
{
    return c >= 0x80 || sc_letter_class(c) == SC_LETTER_ALPHABETIC;
}


/* A dot inside: between something and two letters, as in domains. */

static bool
sc_topic_has_domain(sc_str_t piece)
{
    size_t i;

    for (i = 1; i + 2 < piece.len; i++) {
        if (piece.data[i] == '.' && sc_topic_is_alnum(piece.data[i - 1])
            && sc_topic_is_alpha(piece.data[i + 1])
            && sc_topic_is_alpha(piece.data[i + 2]))
        {
            return true;
        }
    }

    return false;
}


/* The at sign also as people of East Asia type it. */

static bool
sc_topic_is_address(sc_str_t piece)
{
    return sc_str_find_byte(piece, '@') < piece.len
           || sc_str_contains(piece, SC_STR("\xef\xbc\xa0"))
           || sc_str_contains(piece, SC_STR("\xef\xb9\xab"))
           || sc_str_contains(piece, SC_STR("://"))
           || sc_topic_has_domain(piece);
}


/* What chats write for a person, a channel or a link: `<@U1|Jane Doe>`. */

static unsigned char
sc_topic_mark_end(const unsigned char *at, const unsigned char *end)
{
    size_t   i, count;
    sc_str_t rest;

    static const sc_str_t marks[] = {
        SC_STR_INIT("<@"), SC_STR_INIT("<#"), SC_STR_INIT("<!"),
        SC_STR_INIT("<http"), SC_STR_INIT("<mailto:"), SC_STR_INIT("<tel:"),
        SC_STR_INIT("[id"), SC_STR_INIT("[club"), SC_STR_INIT("[public")
    };

    if (*at != '<' && *at != '[') {
        return 0;
    }

    rest = sc_str_make(at, (size_t) (end - at));
    count = sizeof(marks) / sizeof(marks[0]);

    for (i = 0; i < count; i++) {
        if (sc_str_starts_with(rest, marks[i])) {
            return *at == '<' ? '>' : ']';
        }
    }

    return 0;
}


/*
 * The end of the piece that begins at `at`: the next space outside of such a
 * mark.  *marked tells that it has one.
 */

static const unsigned char *
sc_topic_piece_end(const unsigned char *at, const unsigned char *end,
    bool *marked)
{
    sc_str_t      mark;
    unsigned char close;

    *marked = false;

    while (at < end && at[0] > ' ') {
        close = sc_topic_mark_end(at, end);

        if (close != 0) {
            *marked = true;
            mark = sc_str_first(sc_str_make(at, (size_t) (end - at)),
                                SC_TOPIC_MAX_MARK);
            at += sc_str_find_byte(mark, close);
            continue;
        }

        at++;
    }

    return at < end ? at : end;
}


static void
sc_topic_read(sc_topic_reader_t *reader, sc_str_t text)
{
    bool                 cut, marked;
    const unsigned char *at, *end, *stop;

    cut = text.len > SC_TOPIC_MAX_TEXT;
    text = sc_str_first(text, SC_TOPIC_MAX_TEXT);

    sc_topic_reset_word(reader);
    reader->before_len = 0;
    reader->sign = 0;

    at = text.data;
    end = at + text.len;

    while (at < end) {
        if (*at <= ' ') {
            at++;
            continue;
        }

        stop = sc_topic_piece_end(at, end, &marked);

        if (cut && stop == end) {
            return;             /* half a word, or half an address */
        }

        if (marked
            || sc_topic_is_address(sc_str_make(at, (size_t) (stop - at))))
        {
            reader->before_len = 0;

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

    reader.language = language;
    reader.names = names;
    reader.keys = keys;
    reader.collected = NULL;

    sc_topic_read(&reader, text);
}


/* An address as a name (a handle with a host) is no word of a text. */

void
sc_topic_names_add(sc_topic_names_t *names,
    const sc_topic_language_t *language, sc_str_t text)
{
    sc_topic_reader_t reader;

    reader.language = language;
    reader.names = NULL;
    reader.keys = NULL;
    reader.collected = names;

    sc_topic_read(&reader, text);
}
