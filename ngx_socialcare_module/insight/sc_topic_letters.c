/*
 * sc_topic_letters.c: which characters words consist of.
 */

#include "sc_scan.h"
#include "sc_topic_letters.h"


typedef struct {
    uint32_t    first;
    uint32_t    last;
    sc_letter_t letter;
} sc_letter_range_t;


/*
 * From U+0080 on, ascending; what lies between two ranges is NONE.  The digits
 * of all scripts in use are digits, so that no number goes unnoticed.
 */

static const sc_letter_range_t sc_letter_ranges[] = {
    { 0x00aa, 0x00aa, SC_LETTER_ALPHABETIC },
    { 0x00ad, 0x00ad, SC_LETTER_IGNORED },
    { 0x00b2, 0x00b3, SC_LETTER_DIGIT },
    { 0x00b5, 0x00b5, SC_LETTER_ALPHABETIC },
    { 0x00b9, 0x00b9, SC_LETTER_DIGIT },
    { 0x00ba, 0x00ba, SC_LETTER_ALPHABETIC },
    { 0x00c0, 0x00d6, SC_LETTER_ALPHABETIC },
    { 0x00d8, 0x00f6, SC_LETTER_ALPHABETIC },
    { 0x00f8, 0x034e, SC_LETTER_ALPHABETIC },
    { 0x034f, 0x034f, SC_LETTER_IGNORED },
    { 0x0350, 0x037d, SC_LETTER_ALPHABETIC },
    { 0x037f, 0x0386, SC_LETTER_ALPHABETIC },
    { 0x0388, 0x0559, SC_LETTER_ALPHABETIC },
    { 0x0560, 0x0588, SC_LETTER_ALPHABETIC },
    { 0x0591, 0x05bd, SC_LETTER_ALPHABETIC },
    { 0x05bf, 0x05bf, SC_LETTER_ALPHABETIC },
    { 0x05c1, 0x05c2, SC_LETTER_ALPHABETIC },
    { 0x05c4, 0x05c5, SC_LETTER_ALPHABETIC },
    { 0x05c7, 0x05f2, SC_LETTER_ALPHABETIC },
    { 0x0610, 0x061a, SC_LETTER_ALPHABETIC },
    { 0x061c, 0x061c, SC_LETTER_IGNORED },
    { 0x0620, 0x063f, SC_LETTER_ALPHABETIC },
    { 0x0640, 0x0640, SC_LETTER_IGNORED },
    { 0x0641, 0x065f, SC_LETTER_ALPHABETIC },
    { 0x0660, 0x0669, SC_LETTER_DIGIT },
    { 0x066e, 0x06d3, SC_LETTER_ALPHABETIC },
    { 0x06d5, 0x06dc, SC_LETTER_ALPHABETIC },
    { 0x06df, 0x06e8, SC_LETTER_ALPHABETIC },
    { 0x06ea, 0x06ef, SC_LETTER_ALPHABETIC },
    { 0x06f0, 0x06f9, SC_LETTER_DIGIT },
    { 0x06fa, 0x06ff, SC_LETTER_ALPHABETIC },
    { 0x0710, 0x07bf, SC_LETTER_ALPHABETIC },
    { 0x07c0, 0x07c9, SC_LETTER_DIGIT },
    { 0x07ca, 0x0963, SC_LETTER_ALPHABETIC },
    { 0x0966, 0x096f, SC_LETTER_DIGIT },
    { 0x0971, 0x09e3, SC_LETTER_ALPHABETIC },
    { 0x09e6, 0x09ef, SC_LETTER_DIGIT },
    { 0x09f0, 0x0a65, SC_LETTER_ALPHABETIC },
    { 0x0a66, 0x0a6f, SC_LETTER_DIGIT },
    { 0x0a70, 0x0ae5, SC_LETTER_ALPHABETIC },
    { 0x0ae6, 0x0aef, SC_LETTER_DIGIT },
    { 0x0af9, 0x0b65, SC_LETTER_ALPHABETIC },
    { 0x0b66, 0x0b6f, SC_LETTER_DIGIT },
    { 0x0b71, 0x0be5, SC_LETTER_ALPHABETIC },
    { 0x0be6, 0x0bf2, SC_LETTER_DIGIT },
    { 0x0c00, 0x0c65, SC_LETTER_ALPHABETIC },
    { 0x0c66, 0x0c6f, SC_LETTER_DIGIT },
    { 0x0c80, 0x0ce5, SC_LETTER_ALPHABETIC },
    { 0x0ce6, 0x0cef, SC_LETTER_DIGIT },
    { 0x0cf0, 0x0d65, SC_LETTER_ALPHABETIC },
    { 0x0d66, 0x0d78, SC_LETTER_DIGIT },
    { 0x0d7a, 0x0de5, SC_LETTER_ALPHABETIC },
    { 0x0de6, 0x0def, SC_LETTER_DIGIT },
    { 0x0df2, 0x0df3, SC_LETTER_ALPHABETIC },
    { 0x0e01, 0x0e3a, SC_LETTER_ALPHABETIC },
    { 0x0e40, 0x0e4e, SC_LETTER_ALPHABETIC },
    { 0x0e50, 0x0e59, SC_LETTER_DIGIT },
    { 0x0e81, 0x0ecd, SC_LETTER_ALPHABETIC },
    { 0x0ed0, 0x0ed9, SC_LETTER_DIGIT },
    { 0x0edc, 0x0f00, SC_LETTER_ALPHABETIC },
    { 0x0f20, 0x0f33, SC_LETTER_DIGIT },
    { 0x0f35, 0x0f39, SC_LETTER_ALPHABETIC },
    { 0x0f40, 0x0fbc, SC_LETTER_ALPHABETIC },
    { 0x1000, 0x103f, SC_LETTER_ALPHABETIC },
    { 0x1040, 0x1049, SC_LETTER_DIGIT },
    { 0x1050, 0x108f, SC_LETTER_ALPHABETIC },
    { 0x1090, 0x1099, SC_LETTER_DIGIT },
    { 0x109a, 0x10fa, SC_LETTER_ALPHABETIC },
    { 0x10fc, 0x10ff, SC_LETTER_ALPHABETIC },
    { 0x1100, 0x11ff, SC_LETTER_HANGUL },
    { 0x1200, 0x135f, SC_LETTER_ALPHABETIC },
    { 0x1369, 0x137c, SC_LETTER_DIGIT },
    { 0x1380, 0x13ff, SC_LETTER_ALPHABETIC },
    { 0x1401, 0x166c, SC_LETTER_ALPHABETIC },
    { 0x166f, 0x167f, SC_LETTER_ALPHABETIC },
    { 0x1681, 0x169a, SC_LETTER_ALPHABETIC },
    { 0x16a0, 0x17b3, SC_LETTER_ALPHABETIC },
    { 0x17b4, 0x17b5, SC_LETTER_IGNORED },
    { 0x17b6, 0x17d3, SC_LETTER_ALPHABETIC },
    { 0x17e0, 0x17f9, SC_LETTER_DIGIT },
    { 0x180b, 0x180e, SC_LETTER_IGNORED },
    { 0x1810, 0x1819, SC_LETTER_DIGIT },
    { 0x1820, 0x18ff, SC_LETTER_ALPHABETIC },
    { 0x1d00, 0x1fff, SC_LETTER_ALPHABETIC },
    { 0x200b, 0x200f, SC_LETTER_IGNORED },
    { 0x202a, 0x202e, SC_LETTER_IGNORED },
    { 0x2060, 0x2064, SC_LETTER_IGNORED },
    { 0x2066, 0x206f, SC_LETTER_IGNORED },
    { 0x2070, 0x2079, SC_LETTER_DIGIT },
    { 0x2080, 0x2089, SC_LETTER_DIGIT },
    { 0x2150, 0x2189, SC_LETTER_DIGIT },
    { 0x2460, 0x249b, SC_LETTER_DIGIT },
    { 0x24ea, 0x24ff, SC_LETTER_DIGIT },
    { 0x2776, 0x2793, SC_LETTER_DIGIT },
    { 0x2c00, 0x2dff, SC_LETTER_ALPHABETIC },
    { 0x3005, 0x3007, SC_LETTER_HAN },
    { 0x3041, 0x309f, SC_LETTER_KANA },
    { 0x30a1, 0x30fa, SC_LETTER_KANA },
    { 0x30fc, 0x30ff, SC_LETTER_KANA },
    { 0x3105, 0x312f, SC_LETTER_ALPHABETIC },
    { 0x3131, 0x318e, SC_LETTER_HANGUL },
    { 0x31f0, 0x31ff, SC_LETTER_KANA },
    { 0x3400, 0x4dbf, SC_LETTER_HAN },
    { 0x4e00, 0x9fff, SC_LETTER_HAN },
    { 0xa000, 0xa61f, SC_LETTER_ALPHABETIC },
    { 0xa620, 0xa629, SC_LETTER_DIGIT },
    { 0xa62a, 0xa8cf, SC_LETTER_ALPHABETIC },
    { 0xa8d0, 0xa8d9, SC_LETTER_DIGIT },
    { 0xa8e0, 0xa8ff, SC_LETTER_ALPHABETIC },
    { 0xa900, 0xa909, SC_LETTER_DIGIT },
    { 0xa90a, 0xa9cf, SC_LETTER_ALPHABETIC },
    { 0xa9d0, 0xa9d9, SC_LETTER_DIGIT },
    { 0xa9e0, 0xa9ef, SC_LETTER_ALPHABETIC },
    { 0xa9f0, 0xa9f9, SC_LETTER_DIGIT },
    { 0xa9fa, 0xaa4f, SC_LETTER_ALPHABETIC },
    { 0xaa50, 0xaa59, SC_LETTER_DIGIT },
    { 0xaa60, 0xabef, SC_LETTER_ALPHABETIC },
    { 0xabf0, 0xabf9, SC_LETTER_DIGIT },
    { 0xac00, 0xd7ff, SC_LETTER_HANGUL },
    { 0xf900, 0xfaff, SC_LETTER_HAN },
    { 0xfb00, 0xfd3d, SC_LETTER_ALPHABETIC },
    { 0xfd50, 0xfdfb, SC_LETTER_ALPHABETIC },
    { 0xfe00, 0xfe0f, SC_LETTER_IGNORED },
    { 0xfe20, 0xfe2f, SC_LETTER_ALPHABETIC },
    { 0xfe70, 0xfefc, SC_LETTER_ALPHABETIC },
    { 0xfeff, 0xfeff, SC_LETTER_IGNORED },
    { 0xff10, 0xff19, SC_LETTER_DIGIT },
    { 0xff21, 0xff3a, SC_LETTER_ALPHABETIC },
    { 0xff41, 0xff5a, SC_LETTER_ALPHABETIC },
    { 0xff66, 0xff9f, SC_LETTER_KANA },
    { 0xffa0, 0xffdc, SC_LETTER_HANGUL },
    { 0x10000, 0x100fa, SC_LETTER_ALPHABETIC },
    { 0x10280, 0x1031f, SC_LETTER_ALPHABETIC },
    { 0x10330, 0x1049f, SC_LETTER_ALPHABETIC },
    { 0x104a0, 0x104a9, SC_LETTER_DIGIT },
    { 0x104b0, 0x107ff, SC_LETTER_ALPHABETIC },
    { 0x1d7ce, 0x1d7ff, SC_LETTER_DIGIT },
    { 0x1e900, 0x1e94b, SC_LETTER_ALPHABETIC },
    { 0x1e950, 0x1e959, SC_LETTER_DIGIT },
    { 0x1f100, 0x1f10c, SC_LETTER_DIGIT },
    { 0x1fbf0, 0x1fbf9, SC_LETTER_DIGIT },
    { 0x20000, 0x3ffff, SC_LETTER_HAN },
    { 0xe0000, 0xe0fff, SC_LETTER_IGNORED },
    { 0xe1000, 0x10ffff, SC_LETTER_NONE }
};

_Static_assert(sizeof(sc_letter_ranges) / sizeof(sc_letter_ranges[0])
               <= UINT8_MAX, "sc_letter_table_t counts ranges in a byte");


uint32_t
sc_letter_decode(const unsigned char *at, const unsigned char *end,
    size_t *len)
{
    if (at[0] < 0x80) {
        *len = 1;
        return at[0];
    }

    *len = sc_utf8_length(at, end);

    switch (*len) {

    case 2:
        return (uint32_t) (at[0] & 0x1f) << 6 | (at[1] & 0x3f);

    case 3:
        return (uint32_t) (at[0] & 0x0f) << 12
               | (uint32_t) (at[1] & 0x3f) << 6 | (at[2] & 0x3f);

    case 4:
        return (uint32_t) (at[0] & 0x07) << 18
               | (uint32_t) (at[1] & 0x3f) << 12
               | (uint32_t) (at[2] & 0x3f) << 6 | (at[3] & 0x3f);

    default:
        *len = 1;
        return 0;
    }
}


size_t
sc_letter_encode(unsigned char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (unsigned char) c;
        return 1;
    }

    if (c < 0x800) {
        to[0] = (unsigned char) (0xc0 | c >> 6);
        to[1] = (unsigned char) (0x80 | (c & 0x3f));
        return 2;
    }

    if (c < 0x10000) {
        to[0] = (unsigned char) (0xe0 | c >> 12);
        to[1] = (unsigned char) (0x80 | (c >> 6 & 0x3f));
        to[2] = (unsigned char) (0x80 | (c & 0x3f));
        return 3;
    }

    to[0] = (unsigned char) (0xf0 | c >> 18);
    to[1] = (unsigned char) (0x80 | (c >> 12 & 0x3f));
    to[2] = (unsigned char) (0x80 | (c >> 6 & 0x3f));
    to[3] = (unsigned char) (0x80 | (c & 0x3f));

    return 4;
}


static sc_letter_t
sc_letter_class_wide(uint32_t c)
{
    size_t low, high, middle;

    low = 0;
    high = sizeof(sc_letter_ranges) / sizeof(sc_letter_ranges[0]);

    while (low < high) {
        middle = low + (high - low) / 2;

        if (c > sc_letter_ranges[middle].last) {
            low = middle + 1;

        } else if (c < sc_letter_ranges[middle].first) {
            high = middle;

        } else {
            return sc_letter_ranges[middle].letter;
        }
    }

    return SC_LETTER_NONE;
}


sc_letter_t
sc_letter_class(uint32_t c)
{
    if (c >= 0x80) {
        return sc_letter_class_wide(c);
    }

    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
        return SC_LETTER_ALPHABETIC;
    }

    return c >= '0' && c <= '9' ? SC_LETTER_DIGIT : SC_LETTER_NONE;
}


/*
 * Whether c is in a range, ends included.  Where upper and lower case
 * alternate, c | 1 is the lower case if capitals are even, c + (c & 1) if they
 * are odd.
 */

static bool
sc_letter_in(uint32_t c, uint32_t first, uint32_t last)
{
    return c >= first && c <= last;
}


static uint32_t
sc_letter_lower_latin(uint32_t c)
{
    switch (c) {
    case 0xd7: return c;
    case 0x130: return 'i';
    case 0x131: return c;
    case 0x138: return c;
    case 0x149: return c;
    case 0x178: return 0xff;
    case 0x17f: return 's';
    case 0x1e9e: return 0xdf;
    default: break;
    }

    if (sc_letter_in(c, 0xc0, 0xde)) {
        return c + 32;
    }

    if (sc_letter_in(c, 0x139, 0x148) || sc_letter_in(c, 0x179, 0x17e)) {
        return c + (c & 1);
    }

    if (sc_letter_in(c, 0x100, 0x177) || sc_letter_in(c, 0x1e00, 0x1e95)
        || sc_letter_in(c, 0x1ea0, 0x1eff))
    {
        return c | 1;
    }

    return c;
}


static uint32_t
sc_letter_lower_greek(uint32_t c)
{
    switch (c) {
    case 0x386: return 0x3ac;
    case 0x38c: return 0x3cc;
    case 0x38e: return 0x3cd;
    case 0x38f: return 0x3ce;
    case 0x3c2: return 0x3c3;            /* sigma at a word's end */
    default: break;
    }

    if (sc_letter_in(c, 0x388, 0x38a)) {
        return c + 37;
    }

    return sc_letter_in(c, 0x391, 0x3ab) && c != 0x3a2 ? c + 32 : c;
}


static uint32_t
sc_letter_lower_cyrillic(uint32_t c)
{
    if (c < 0x410) {
        return c + 80;
    }

    if (c < 0x430) {
        return c + 32;
    }

    if (sc_letter_in(c, 0x4c1, 0x4ce)) {
        return c + (c & 1);
    }

    if (sc_letter_in(c, 0x460, 0x481) || sc_letter_in(c, 0x48a, 0x4bf)
        || sc_letter_in(c, 0x4d0, 0x52f))
    {
        return c | 1;
    }

    return c;
}


uint32_t
sc_letter_lower(uint32_t c)
{
    if (c < 0x80) {
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }

    if (c < 0x180 || sc_letter_in(c, 0x1e00, 0x1eff)) {
        return sc_letter_lower_latin(c);
    }

    if (sc_letter_in(c, 0x370, 0x3ff)) {
        return sc_letter_lower_greek(c);
    }

    if (sc_letter_in(c, 0x400, 0x52f)) {
        return sc_letter_lower_cyrillic(c);
    }

    if (sc_letter_in(c, 0x531, 0x556)) {
        return c + 48;
    }

    if (sc_letter_in(c, 0xff21, 0xff3a)) {
        return c - 0xff21 + 'a';
    }

    return sc_letter_in(c, 0xff41, 0xff5a) ? c - 0xff41 + 'a' : c;
}


bool
sc_letter_is_space(uint32_t c)
{
    return c <= ' ' || c == 0x7f || c == 0x85 || c == 0xa0 || c == 0x1680
           || sc_letter_in(c, 0x2000, 0x200a) || c == 0x2028 || c == 0x2029
           || c == 0x202f || c == 0x205f || c == 0x3000;
}


/* For `runs`; 0: not alphabetic, or ASCII. */

static uint16_t
sc_letter_small(uint32_t c)
{
    unsigned char bytes[4];

    if (c < 0x80 || sc_letter_class(c) != SC_LETTER_ALPHABETIC) {
        return 0;
    }

    memset(bytes, 0, sizeof(bytes));
    (void) sc_letter_encode(bytes, sc_letter_lower(c));

    return (uint16_t) (bytes[0] | bytes[1] << 8);
}


void
sc_letter_table_init(sc_letter_table_t *table)
{
    size_t   i, block;
    uint32_t c;

    for (c = 0; c < SC_LETTER_NARROW; c++) {
        table->narrow[c] = (uint16_t) (sc_letter_class(c)
                                           << SC_LETTER_NARROW_BITS
                                       | sc_letter_lower(c));
        table->runs[c] = sc_letter_small(c);
    }

    for (i = 0, block = 0; block <= SC_LETTER_BLOCKS; block++) {
        while (sc_letter_ranges[i].last < block * SC_LETTER_BLOCK) {
            i++;
        }

        table->first[block] = (uint8_t) i;
    }
}


sc_letter_t
sc_letter_table_wide(const sc_letter_table_t *table, uint32_t c)
{
    size_t                   block;
    const sc_letter_range_t *range;

    block = c / SC_LETTER_BLOCK;
    range = &sc_letter_ranges[table->first[block < SC_LETTER_BLOCKS
                                           ? block : SC_LETTER_BLOCKS]];

    while (range->last < c) {
        range++;
    }

    return range->first <= c ? range->letter : SC_LETTER_NONE;
}


const unsigned char *
sc_letter_table_run(const sc_letter_table_t *table, const unsigned char *at,
    const unsigned char *end, unsigned char **to)
{
    unsigned       small;
    unsigned char *last;

    last = *to;

    while (end - at >= 2 && (at[0] & 0xe0) == 0xc0
           && sc_utf8_continues(at[1]))
    {
        small = table->runs[(at[0] & 0x1f) << 6 | (at[1] & 0x3f)];

        if (small == 0) {
            break;
        }

        last[0] = (unsigned char) (small & 0xff);
        last[1] = (unsigned char) (small >> 8);
        last += small > 0xff ? 2 : 1;
        at += 2;
    }

    *to = last;

    return at;
}
