/*
 * sc_charset.c: see sc_charset.h.
 */

#include "sc_charset.h"


/* Longest name that is looked up, without its separators. */
#define SC_CHARSET_NAME  32


/* Other names of sets, without separators. */
static const struct {
    sc_str_t name;
    sc_str_t charset;
} sc_charset_aliases[] = {
    { SC_STR_INIT("iso88591"), SC_STR_INIT("windows1252") },
    { SC_STR_INIT("latin1"), SC_STR_INIT("windows1252") },
    { SC_STR_INIT("l1"), SC_STR_INIT("windows1252") },
    { SC_STR_INIT("latin2"), SC_STR_INIT("iso88592") },
    { SC_STR_INIT("iso88599"), SC_STR_INIT("windows1254") },
    { SC_STR_INIT("latin5"), SC_STR_INIT("windows1254") },
    { SC_STR_INIT("iso88598i"), SC_STR_INIT("iso88598") },
    { SC_STR_INIT("iso885911"), SC_STR_INIT("windows874") },
    { SC_STR_INIT("tis620"), SC_STR_INIT("windows874") },
    { SC_STR_INIT("latin9"), SC_STR_INIT("iso885915") },
    { SC_STR_INIT("koi8"), SC_STR_INIT("koi8r") },
    { SC_STR_INIT("koi8ru"), SC_STR_INIT("koi8u") },
    { SC_STR_INIT("mac"), SC_STR_INIT("macintosh") },
    { SC_STR_INIT("macroman"), SC_STR_INIT("macintosh") },
    { SC_STR_INIT("cp866"), SC_STR_INIT("ibm866") }
};

static const sc_str_t sc_charset_utf8[] = {
    SC_STR_INIT(""), SC_STR_INIT("utf8"), SC_STR_INIT("usascii"),
    SC_STR_INIT("ascii"), SC_STR_INIT("ansix3.41968")
};


/* Lower case, without separators and the x- of private names. */
static sc_str_t
sc_charset_fold(sc_str_t name, unsigned char *memory)
{
    size_t        i, n;
    unsigned char c;

    name = sc_str_trim(name);

    if (sc_str_eq_nocase(sc_str_first(name, 2), SC_STR("x-"))) {
        name = sc_str_from(name, 2);
    }

    n = 0;

    for (i = 0; i < name.len && n < SC_CHARSET_NAME; i++) {
        c = name.data[i];

        if (c != '-' && c != '_' && c != ' ' && c != '"') {
            memory[n++] = c >= 'A' && c <= 'Z' ? (unsigned char) (c | 0x20)
                                               : c;
        }
    }

    return sc_str_make(memory, n);
}


/* cp1252 and win1252 are windows1252. */
static bool
sc_charset_is(const sc_charset_t *charset, sc_str_t name)
{
    sc_str_t number;

    if (sc_str_eq(charset->name, name)) {
        return true;
    }

    number = SC_STR_NULL;

    if (sc_str_starts_with(name, SC_STR("cp"))) {
        number = sc_str_from(name, 2);

    } else if (sc_str_starts_with(name, SC_STR("win"))) {
        number = sc_str_from(name, 3);
    }

    return number.len != 0
           && sc_str_starts_with(charset->name, SC_STR("windows"))
           && sc_str_eq(sc_str_from(charset->name, 7), number);
}


const sc_charset_t *
sc_charset_by_name(sc_str_t name)
{
    size_t        i;
    sc_str_t      folded;
    unsigned char memory[SC_CHARSET_NAME];

    folded = sc_charset_fold(name, memory);

    for (i = 0;
         i < sizeof(sc_charset_aliases) / sizeof(sc_charset_aliases[0]);
         i++)
    {
        if (sc_str_eq(sc_charset_aliases[i].name, folded)) {
            folded = sc_charset_aliases[i].charset;
            break;
        }
    }

    for (i = 0; i < sc_charsets_count; i++) {
        if (sc_charset_is(&sc_charsets[i], folded)) {
            return &sc_charsets[i];
        }
    }

    return NULL;
}


bool
sc_charset_is_utf8(sc_str_t name)
{
    size_t        i;
    sc_str_t      folded;
    unsigned char memory[SC_CHARSET_NAME];

    folded = sc_charset_fold(name, memory);

    for (i = 0; i < sizeof(sc_charset_utf8) / sizeof(sc_charset_utf8[0]); i++)
    {
        if (sc_str_eq(sc_charset_utf8[i], folded)) {
            return true;
        }
    }

    return false;
}


static size_t
sc_charset_put(unsigned char *out, unsigned c)
{
    if (c < 0x80) {
        out[0] = (unsigned char) c;
        return 1;
    }

    if (c < 0x800) {
        out[0] = (unsigned char) (0xc0 | c >> 6);
        out[1] = (unsigned char) (0x80 | (c & 0x3f));
        return 2;
    }

    out[0] = (unsigned char) (0xe0 | c >> 12);
    out[1] = (unsigned char) (0x80 | (c >> 6 & 0x3f));
    out[2] = (unsigned char) (0x80 | (c & 0x3f));

    return 3;
}


bool
sc_charset_to_utf8(sc_arena_t *arena, const sc_charset_t *charset,
    sc_str_t text, sc_str_t *out)
{
    size_t         i, n;
    unsigned       c;
    unsigned char *memory;

    *out = SC_STR_NULL;

    if (text.len > SIZE_MAX / 3) {
        return false;
    }

    memory = sc_arena_bytes(arena, 3 * text.len);
    if (memory == NULL) {
        return text.len == 0;
    }

    for (i = 0, n = 0; i < text.len; i++) {
        c = text.data[i];

        if (c >= 0x80) {
            c = charset->upper[c - 0x80];
            c = c != 0 ? c : 0xfffd;
        }

        n += sc_charset_put(memory + n, c);
    }

    *out = sc_str_make(memory, n);

    return true;
}
