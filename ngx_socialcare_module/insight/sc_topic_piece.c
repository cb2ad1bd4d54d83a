/*
 * sc_topic_piece.c: examines pieces byte by byte.  Only those with a byte that
 * addresses contain get here, which are few (sc_topic_text.h).
 */

#include "sc_topic_piece.h"


/* Maximum length of a marked-up mention, as chats put them into texts. */
#define SC_TOPIC_MAX_MARK  256


/* A dot as in domains: between a letter or digit and two letters. */

static bool
sc_topic_is_domain_dot(const uint8_t *bytes, const unsigned char *start,
    const unsigned char *at, const unsigned char *end)
{
    const uint8_t letter = SC_TOPIC_BYTE_LETTER | SC_TOPIC_BYTE_WIDE;

    return at > start && end - at > 2
           && (bytes[at[-1]] & (letter | SC_TOPIC_BYTE_DIGIT)) != 0
           && (bytes[at[1]] & letter) != 0 && (bytes[at[2]] & letter) != 0;
}


/* Includes the full-width and small forms of the at sign used in East Asia. */

static bool
sc_topic_is_address_at(const uint8_t *bytes, const unsigned char *start,
    const unsigned char *at, const unsigned char *end)
{
    sc_str_t rest;

    rest = sc_str_make(at, (size_t) (end - at));

    switch (*at) {

    case '@':
        return true;

    case '.':
        return sc_topic_is_domain_dot(bytes, start, at, end);

    case ':':
        return sc_str_starts_with(rest, SC_STR("://"));

    default:
        return sc_str_starts_with(rest, SC_STR("\xef\xbc\xa0"))
               || sc_str_starts_with(rest, SC_STR("\xef\xb9\xab"));
    }
}


static bool
sc_topic_is_address(const uint8_t *bytes, const unsigned char *start,
    const unsigned char *end)
{
    const unsigned char *at;

    for (at = start; at < end; at++) {
        if ((bytes[*at] & SC_TOPIC_BYTE_ADDRESS) != 0
            && sc_topic_is_address_at(bytes, start, at, end))
        {
            return true;
        }
    }

    return false;
}


/*
 * How chats mark up a person, a channel or a link: `<@U1|Jane Doe>`.  Returns
 * the byte that ends such a mark; 0: none begins at `at`.
 */

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
 * The end of the piece that begins at `at`: the next space outside such marks.
 * *marked: it contains one.
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


const unsigned char *
sc_topic_piece(const uint8_t *bytes, const unsigned char *at,
    const unsigned char *end, bool *left_out)
{
    bool                 marked;
    uint8_t              seen;
    const unsigned char *stop;

    marked = false;
    seen = 0;
    stop = at;

    while (stop < end && stop[0] > ' ') {
        seen |= bytes[*stop++];
    }

    if ((seen & SC_TOPIC_BYTE_BRACKET) != 0) {
        stop = sc_topic_piece_end(at, end, &marked);
    }

    *left_out = marked || ((seen & SC_TOPIC_BYTE_ADDRESS) != 0
                           && sc_topic_is_address(bytes, at, stop));

    return stop;
}
