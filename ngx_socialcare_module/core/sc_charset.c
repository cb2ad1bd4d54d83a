/*
 * sc_charset.c: see sc_charset.h.  A converter has memory of its own, which
 * does not grow with the text; nothing stays open between two calls.
 */

#include <iconv.h>
#include <string.h>

#include "sc_charset.h"


/* Longest name that is looked up, without its separators. */
#define SC_CHARSET_NAME  32

/* U+FFFD */
#define SC_CHARSET_NO_CHARACTER  "\xef\xbf\xbd"


/* Names without separators, `windows` and `win` as `cp`; iconv()'s name. */
static const struct {
    sc_str_t    name;
    const char *iconv;
} sc_charsets[] = {
    { SC_STR_INIT("latin1"), "CP1252" },
    { SC_STR_INIT("l1"), "CP1252" },
    { SC_STR_INIT("iso88591"), "CP1252" },
    { SC_STR_INIT("latin2"), "ISO-8859-2" },
    { SC_STR_INIT("iso88592"), "ISO-8859-2" },
    { SC_STR_INIT("iso88593"), "ISO-8859-3" },
    { SC_STR_INIT("iso88594"), "ISO-8859-4" },
    { SC_STR_INIT("iso88595"), "ISO-8859-5" },
    { SC_STR_INIT("iso88596"), "ISO-8859-6" },
    { SC_STR_INIT("iso88597"), "ISO-8859-7" },
    { SC_STR_INIT("iso88598"), "ISO-8859-8" },
    { SC_STR_INIT("iso88598i"), "ISO-8859-8" },
    { SC_STR_INIT("latin5"), "CP1254" },
    { SC_STR_INIT("iso88599"), "CP1254" },
    { SC_STR_INIT("iso885910"), "ISO-8859-10" },
    { SC_STR_INIT("iso885911"), "CP874" },
    { SC_STR_INIT("tis620"), "CP874" },
    { SC_STR_INIT("iso885913"), "ISO-8859-13" },
    { SC_STR_INIT("iso885914"), "ISO-8859-14" },
    { SC_STR_INIT("latin9"), "ISO-8859-15" },
    { SC_STR_INIT("iso885915"), "ISO-8859-15" },
    { SC_STR_INIT("iso885916"), "ISO-8859-16" },
    { SC_STR_INIT("cp1250"), "CP1250" },
    { SC_STR_INIT("cp1251"), "CP1251" },
    { SC_STR_INIT("cp1252"), "CP1252" },
    { SC_STR_INIT("cp1253"), "CP1253" },
    { SC_STR_INIT("cp1254"), "CP1254" },
    { SC_STR_INIT("cp1255"), "CP1255" },
    { SC_STR_INIT("cp1256"), "CP1256" },
    { SC_STR_INIT("cp1257"), "CP1257" },
    { SC_STR_INIT("cp1258"), "CP1258" },
    { SC_STR_INIT("cp874"), "CP874" },
    { SC_STR_INIT("cp866"), "CP866" },
    { SC_STR_INIT("ibm866"), "CP866" },
    { SC_STR_INIT("koi8"), "KOI8-R" },
    { SC_STR_INIT("koi8r"), "KOI8-R" },
    { SC_STR_INIT("koi8u"), "KOI8-U" },
    { SC_STR_INIT("koi8ru"), "KOI8-U" },
    { SC_STR_INIT("mac"), "MACINTOSH" },
    { SC_STR_INIT("macroman"), "MACINTOSH" },
    { SC_STR_INIT("macintosh"), "MACINTOSH" },
    { SC_STR_INIT("gb2312"), "GB18030" },
    { SC_STR_INIT("gbk"), "GB18030" },
    { SC_STR_INIT("cp936"), "GB18030" },
    { SC_STR_INIT("gb18030"), "GB18030" },
    { SC_STR_INIT("big5"), "BIG5-HKSCS" },
    { SC_STR_INIT("cp950"), "BIG5-HKSCS" },
    { SC_STR_INIT("big5hkscs"), "BIG5-HKSCS" },
    { SC_STR_INIT("sjis"), "CP932" },
    { SC_STR_INIT("shiftjis"), "CP932" },
    { SC_STR_INIT("cp31j"), "CP932" },
    { SC_STR_INIT("cp932"), "CP932" },
    { SC_STR_INIT("mskanji"), "CP932" },
    { SC_STR_INIT("eucjp"), "EUC-JP-MS" },
    { SC_STR_INIT("iso2022jp"), "ISO-2022-JP" },
    { SC_STR_INIT("euckr"), "UHC" },
    { SC_STR_INIT("cp949"), "UHC" },
    { SC_STR_INIT("ksc56011987"), "UHC" }
};

static const sc_str_t sc_charset_utf8[] = {
    SC_STR_INIT(""), SC_STR_INIT("utf8"), SC_STR_INIT("usascii"),
    SC_STR_INIT("ascii"), SC_STR_INIT("ansix3.41968")
};


/* The rest of the name is in memory; `cp` stands for other beginnings. */
static size_t
sc_charset_begin(sc_str_t *name, unsigned char *memory)
{
    size_t i;

    static const sc_str_t others[] = {
        SC_STR_INIT("windows"), SC_STR_INIT("win")
    };

    if (sc_str_eq_nocase(sc_str_first(*name, 2), SC_STR("x-"))) {
        *name = sc_str_from(*name, 2);
    }

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (sc_str_eq_nocase(sc_str_first(*name, others[i].len), others[i])) {
            *name = sc_str_from(*name, others[i].len);
            memory[0] = 'c';
            memory[1] = 'p';
            return 2;
        }
    }

    return 0;
}


/* Lower case, without separators and the x- of private names. */
static sc_str_t
sc_charset_fold(sc_str_t name, unsigned char memory[SC_CHARSET_NAME])
{
    size_t        i, n;
    unsigned char c;

    name = sc_str_trim(name);
    n = sc_charset_begin(&name, memory);

    for (i = 0; i < name.len && n < SC_CHARSET_NAME; i++) {
        c = name.data[i];

        if (c != '-' && c != '_' && c != ' ' && c != '"') {
            memory[n++] = c >= 'A' && c <= 'Z' ? (unsigned char) (c | 0x20)
                                               : c;
        }
    }

    return sc_str_make(memory, n);
}


static bool
sc_charset_is_utf8(sc_str_t folded)
{
    size_t i;

    for (i = 0; i < sizeof(sc_charset_utf8) / sizeof(sc_charset_utf8[0]); i++)
    {
        if (sc_str_eq(sc_charset_utf8[i], folded)) {
            return true;
        }
    }

    return false;
}


/* False: not a set of the list, or one without a converter. */
static bool
sc_charset_open(sc_str_t folded, iconv_t *converter)
{
    size_t i;

    for (i = 0; i < sizeof(sc_charsets) / sizeof(sc_charsets[0]); i++) {
        if (sc_str_eq(sc_charsets[i].name, folded)) {
            *converter = iconv_open("UTF-8", sc_charsets[i].iconv);

            return (intptr_t) *converter != -1;
        }
    }

    return false;
}


bool
sc_charset_is_known(sc_str_t name)
{
    iconv_t       converter;
    sc_str_t      folded;
    unsigned char memory[SC_CHARSET_NAME];

    folded = sc_charset_fold(name, memory);

    if (sc_charset_is_utf8(folded)) {
        return true;
    }

    if (!sc_charset_open(folded, &converter)) {
        return false;
    }

    (void) iconv_close(converter);

    return true;
}


/* Room is for three bytes of UTF-8 for each byte.  Returns those written. */
static size_t
sc_charset_convert(iconv_t converter, sc_str_t text, unsigned char *memory)
{
    char  *in, *out;
    size_t left, room;

    /* iconv() reads through a pointer to what is not const. */
    in = (char *) (uintptr_t) text.data;
    left = text.len;
    out = (char *) memory;
    room = 3 * text.len;

    while (iconv(converter, &in, &left, &out, &room) == (size_t) -1
           && left != 0 && room >= 3)
    {
        memcpy(out, SC_CHARSET_NO_CHARACTER, 3);
        out += 3;
        room -= 3;
        in++;
        left--;
    }

    /* What it kept back because more might have followed. */
    (void) iconv(converter, NULL, NULL, &out, &room);

    return (size_t) (out - (char *) memory);
}


bool
sc_charset_to_utf8(sc_arena_t *arena, sc_str_t name, sc_str_t text,
    sc_str_t *out)
{
    iconv_t        converter;
    sc_str_t       folded;
    unsigned char *memory, folding[SC_CHARSET_NAME];

    *out = text;
    folded = sc_charset_fold(name, folding);

    if (text.len == 0 || sc_charset_is_utf8(folded)
        || !sc_charset_open(folded, &converter))
    {
        return true;
    }

    memory = text.len > SIZE_MAX / 3 ? NULL
             : sc_arena_bytes(arena, 3 * text.len);

    *out = memory == NULL ? SC_STR_NULL
           : sc_str_make(memory, sc_charset_convert(converter, text, memory));

    (void) iconv_close(converter);

    return memory != NULL;
}
