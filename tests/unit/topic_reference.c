/*
 * topic_reference.c: see topic_reference.h.
 */

#include "topic_reference.h"


#define MIN_LETTERS   3
#define MIN_DENSE     2                  /* hashtags, Hangul syllables */
#define MAX_DIGITS    3
#define MAX_MARK      256                /* longest marked-up mention */


typedef struct {
    const sc_topic_dictionary_t *dictionary;
    const reference_names_t     *left_out;
    reference_names_t           *keys;   /* NULL: words go to collected */
    reference_names_t           *collected;

    unsigned char                word[SC_TOPIC_MAX_NAME];
    size_t                       len;
    unsigned                     letters;
    unsigned                     digits;
    bool                         hashtag;
    bool                         dense;  /* fewer letters make a word */
    bool                         too_long;

    unsigned char                before[SC_TOPIC_MAX_NAME];
    size_t                       before_len;  /* 0: no neighbour */

    uint32_t                     sign;   /* Han or kana before this one */
    sc_letter_t                  sign_class;
} reader_t;


const sc_topic_language_t *
plain_language(void)
{
    static bool                ready;
    static uint64_t            memory[4096];
    static sc_topic_language_t plain;

    static const unsigned char secret[SC_SIPHASH_KEY_SIZE];

    if (!ready && sc_topic_language_size(0) <= sizeof(memory)) {
        sc_topic_language_init(&plain, secret, NULL, memory);
        ready = true;
    }

    return ready ? &plain : NULL;
}


bool
reference_is_stop_word(sc_str_t word)
{
    sc_topic_key_t             key;
    const sc_topic_language_t *plain;

    plain = plain_language();

    return sc_topic_language_find(plain, sc_topic_hash(&plain->key, word),
                                  &key)
           == SC_TOPIC_STOP_WORD;
}


static bool
holds(const reference_names_t *names, sc_str_t word)
{
    size_t i;

    for (i = 0; names != NULL && i < names->count; i++) {
        if (sc_str_eq(sc_str_make(names->names[i].bytes, names->names[i].len),
                      word))
        {
            return true;
        }
    }

    return false;
}


static void
put(reference_names_t *names, sc_str_t word, size_t most)
{
    if (names->count < most) {
        names->names[names->count].len = word.len;
        memcpy(names->names[names->count++].bytes, word.data, word.len);
    }
}


static void
emit(reader_t *reader, sc_str_t name)
{
    size_t i;

    for (i = 0; reader->dictionary != NULL && i < reader->dictionary->count;
         i++)
    {
        if (sc_str_eq(reader->dictionary->entries[i].word, name)) {
            name = reader->dictionary->entries[i].topic;
            break;
        }
    }

    if (name.len != 0 && !holds(reader->keys, name)) {
        put(reader->keys, name, SC_TOPIC_MAX_KEYS);
    }
}


/* With the word before it, when both fit into a name. */

static void
emit_pair(reader_t *reader, sc_str_t word)
{
    size_t        len;
    unsigned char pair[SC_TOPIC_MAX_NAME];

    len = reader->before_len;

    if (len == 0 || len + 1 + word.len > SC_TOPIC_MAX_NAME) {
        return;
    }

    memcpy(pair, reader->before, len);
    pair[len] = ' ';
    memcpy(pair + len + 1, word.data, word.len);
    emit(reader, sc_str_make(pair, len + 1 + word.len));
}


static void
reset_word(reader_t *reader)
{
    reader->len = 0;
    reader->letters = 0;
    reader->digits = 0;
    reader->hashtag = false;
    reader->dense = false;
    reader->too_long = false;
}


static bool
word_counts(const reader_t *reader)
{
    unsigned least;

    least = reader->hashtag || reader->dense ? MIN_DENSE
                                             : MIN_LETTERS;

    return !reader->too_long && reader->letters >= least
           && reader->digits <= MAX_DIGITS;
}


static void
collect(reader_t *reader, sc_str_t word)
{
    if (!reader->too_long) {
        put(reader->collected, word, SC_TOPIC_MAX_NAMES);
    }
}


static void
end_word(reader_t *reader)
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
        collect(reader, bare);

    } else if (word_counts(reader)
               && !holds(reader->left_out, bare)
               && (reader->hashtag || !reference_is_stop_word(word)))
    {
        emit(reader, word);
        kept = !reader->hashtag;

        if (kept) {
            emit_pair(reader, word);
        }
    }

    /* Pairs are of neighbours: nothing that was left out stands between. */

    reader->before_len = kept ? word.len : 0;
    memcpy(reader->before, word.data, reader->before_len);

    reset_word(reader);
}


static void
append(reader_t *reader, uint32_t c)
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
add_sign(reader_t *reader, uint32_t c, sc_letter_t letter)
{
    size_t        len;
    unsigned char pair[8];

    if (reader->sign != 0 && reader->keys != NULL
        && (letter == SC_LETTER_HAN || reader->sign_class == SC_LETTER_HAN))
    {
        len = sc_letter_encode(pair, reader->sign);
        len += sc_letter_encode(pair + len, c);

        if (!holds(reader->left_out, sc_str_make(pair, len))) {
            emit(reader, sc_str_make(pair, len));
        }
    }

    if (reader->sign != 0 && reader->keys == NULL) {
        len = sc_letter_encode(pair, reader->sign);
        len += sc_letter_encode(pair + len, c);
        collect(reader, sc_str_make(pair, len));
    }

    reader->sign = c;
    reader->sign_class = letter;
}


static void
add_letter(reader_t *reader, uint32_t c, sc_letter_t letter)
{
    reader->sign = 0;

    if (letter == SC_LETTER_DIGIT) {
        reader->digits++;

    } else {
        reader->letters++;
        reader->dense = letter == SC_LETTER_HANGUL;
    }

    append(reader, sc_letter_lower(c));
}


/* '#' in front of a letter; '_' belongs to hashtags only. */

static void
add_mark(reader_t *reader, uint32_t c)
{
    reader->sign = 0;

    if (c == '_' && reader->hashtag && reader->len > 1) {
        append(reader, c);
        return;
    }

    end_word(reader);

    if ((c == '#' || c == 0xff03) && reader->keys != NULL) {
        append(reader, '#');
        reader->hashtag = true;
        return;
    }

    /* A hyphen and an apostrophe join what they separate. */

    if (c != '-' && c != '\'' && c != 0x2019 && c != 0x2010 && c != 0x2011) {
        reader->before_len = 0;
    }
}


static void
read_piece(reader_t *reader, const unsigned char *at,
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
                end_word(reader);
                reader->sign = 0;
                break;
            }

            add_mark(reader, c);
            break;

        case SC_LETTER_HAN:
        case SC_LETTER_KANA:
            if (!reader->hashtag) {
                end_word(reader);
                reader->before_len = 0;
                add_sign(reader, c, letter);
                break;
            }

            /* fall through */

        default:
            add_letter(reader, c, letter);
            break;
        }
    }

    end_word(reader);
    reader->sign = 0;
}


static bool
is_alnum(unsigned char c)
{
    return c >= 0x80 || sc_letter_class(c) != SC_LETTER_NONE;
}


static bool
is_alpha(unsigned char c)
{
    return c >= 0x80 || sc_letter_class(c) == SC_LETTER_ALPHABETIC;
}


/* A dot inside: between something and two letters, as in domains. */

static bool
has_domain(sc_str_t piece)
{
    size_t i;

    for (i = 1; i + 2 < piece.len; i++) {
        if (piece.data[i] == '.' && is_alnum(piece.data[i - 1])
            && is_alpha(piece.data[i + 1])
            && is_alpha(piece.data[i + 2]))
        {
            return true;
        }
    }

    return false;
}


/* The at sign also as people of East Asia type it. */

static bool
is_address(sc_str_t piece)
{
    return sc_str_find_byte(piece, '@') < piece.len
           || sc_str_contains(piece, SC_STR("\xef\xbc\xa0"))
           || sc_str_contains(piece, SC_STR("\xef\xb9\xab"))
           || sc_str_contains(piece, SC_STR("://"))
           || has_domain(piece);
}


/* What chats write for a person, a channel or a link: `<@U1|Jane Doe>`. */

static unsigned char
mark_end(const unsigned char *at, const unsigned char *end)
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
piece_end(const unsigned char *at, const unsigned char *end,
    bool *marked)
{
    sc_str_t      mark;
    unsigned char close;

    *marked = false;

    while (at < end && at[0] > ' ') {
        close = mark_end(at, end);

        if (close != 0) {
            *marked = true;
            mark = sc_str_first(sc_str_make(at, (size_t) (end - at)),
                                MAX_MARK);
            at += sc_str_find_byte(mark, close);
            continue;
        }

        at++;
    }

    return at < end ? at : end;
}


static void
read_text(reader_t *reader, sc_str_t text)
{
    bool                 cut, marked;
    const unsigned char *at, *end, *stop;

    cut = text.len > SC_TOPIC_MAX_TEXT;
    text = sc_str_first(text, SC_TOPIC_MAX_TEXT);

    reset_word(reader);
    reader->before_len = 0;
    reader->sign = 0;

    at = text.data;
    end = at + text.len;

    while (at < end) {
        if (*at <= ' ') {
            at++;
            continue;
        }

        stop = piece_end(at, end, &marked);

        if (cut && stop == end) {
            return;             /* half a word, or half an address */
        }

        if (marked
            || is_address(sc_str_make(at, (size_t) (stop - at))))
        {
            reader->before_len = 0;

        } else {
            read_piece(reader, at, stop);
        }

        at = stop;
    }
}


void
reference_keys_add(reference_names_t *keys,
    const sc_topic_dictionary_t *dictionary,
    const reference_names_t *left_out, sc_str_t text)
{
    reader_t reader;

    reader.dictionary = dictionary;
    reader.left_out = left_out;
    reader.keys = keys;
    reader.collected = NULL;

    read_text(&reader, text);
}


void
reference_names_add(reference_names_t *names, sc_str_t text)
{
    reader_t reader;

    reader.dictionary = NULL;
    reader.left_out = NULL;
    reader.keys = NULL;
    reader.collected = names;

    read_text(&reader, text);
}
