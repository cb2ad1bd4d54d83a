/*
 * sc_mail_text.c: what a person wrote in a mail: without the mail that it
 * answers, without HTML, in UTF-8.
 *
 * Heuristics that err on the side of showing too much.
 */

#include "sc_mail.h"


/* The line that starts at `text`, without its end. */
static sc_str_t
sc_mail_line(sc_str_t text, size_t *next)
{
    size_t   end;
    sc_str_t line;

    end = sc_str_find_byte(text, '\n');
    line = sc_str_first(text, end);
    *next = end < text.len ? end + 1 : text.len;

    while (line.len != 0 && line.data[line.len - 1] <= ' ') {
        line.len--;
    }

    return line;
}


static sc_str_t
sc_mail_right_trim(sc_str_t text)
{
    while (text.len != 0 && text.data[text.len - 1] <= ' ') {
        text.len--;
    }

    return text;
}


/* The start of the line that ends at `end`. */
static size_t
sc_mail_line_start(sc_str_t text, size_t end)
{
    while (end > 0 && text.data[end - 1] != '\n') {
        end--;
    }

    return end;
}


/* Whether the line before `start` is empty. */
static bool
sc_mail_is_behind_blank(sc_str_t text, size_t start)
{
    size_t i;

    if (start == 0) {
        return false;
    }

    for (i = sc_mail_line_start(text, start - 1); i < start; i++) {
        if (text.data[i] > ' ') {
            return false;
        }
    }

    return true;
}


/*
 * "On Monday Ada wrote:" in any language, on one line, or on two lines that are
 * a separate paragraph.
 */
static sc_str_t
sc_mail_without_attribution(sc_str_t text)
{
    size_t start, before;

    text = sc_mail_right_trim(text);

    if (!sc_str_ends_with(text, SC_STR(":"))) {
        return text;
    }

    start = sc_mail_line_start(text, text.len);

    if (start > 0 && !sc_mail_is_behind_blank(text, start)) {
        before = sc_mail_line_start(text, start - 1);

        if (sc_mail_is_behind_blank(text, before)) {
            start = before;
        }
    }

    return sc_mail_right_trim(sc_str_first(text, start));
}


/* Nothing but quoted and empty lines. */
static bool
sc_mail_is_quote(sc_str_t text)
{
    size_t   next;
    sc_str_t line;

    while (text.len != 0) {
        line = sc_mail_line(text, &next);

        if (line.len != 0 && line.data[0] != '>') {
            return false;
        }

        text = sc_str_from(text, next);
    }

    return true;
}


static bool
sc_mail_is_separator(sc_str_t line)
{
    return sc_str_starts_with(line, SC_STR("-----Original Message-----"))
           || sc_str_eq(line, SC_STR("________________________________"));
}


sc_str_t
sc_mail_without_quote(sc_str_t text)
{
    size_t   next;
    sc_str_t rest, line, kept;

    rest = text;

    while (rest.len != 0) {
        line = sc_mail_line(rest, &next);
        kept = sc_str_first(text, text.len - rest.len);

        if (sc_mail_is_separator(line)) {
            kept = sc_mail_right_trim(kept);
            return kept.len != 0 ? kept : sc_mail_right_trim(text);
        }

        if (line.len != 0 && line.data[0] == '>') {
            break;
        }

        rest = sc_str_from(rest, next);
    }

    /* Answers written between quoted lines need those for context. */
    if (rest.len == 0 || !sc_mail_is_quote(rest)) {
        return sc_mail_right_trim(text);
    }

    kept = sc_mail_without_attribution(sc_str_first(text,
                                                    text.len - rest.len));

    return kept.len != 0 ? kept : sc_mail_right_trim(text);
}


/* HTML. */


typedef struct {
    unsigned char *out;
    size_t         len;
} sc_mail_words_t;


static void
sc_mail_put(sc_mail_words_t *words, unsigned char c)
{
    bool blank;

    blank = words->len == 0 || words->out[words->len - 1] <= ' ';

    /* One blank, at most two line breaks, none at the start. */
    if (c == ' ' && blank) {
        return;
    }

    if (c == '\n') {
        while (words->len != 0 && words->out[words->len - 1] == ' ') {
            words->len--;
        }

        if (words->len == 0
            || (words->len > 1 && words->out[words->len - 1] == '\n'
                && words->out[words->len - 2] == '\n'))
        {
            return;
        }
    }

    words->out[words->len++] = c;
}


/* At most as many bytes as the reference has: &#9; is the shortest. */
static void
sc_mail_put_code(sc_mail_words_t *words, uint64_t code)
{
    if (code < 0x20 || code == 0xa0) {
        sc_mail_put(words, ' ');

    } else if (code < 0x80) {
        sc_mail_put(words, (unsigned char) code);

    } else if (code < 0x800) {
        sc_mail_put(words, (unsigned char) (0xc0 | code >> 6));
        sc_mail_put(words, (unsigned char) (0x80 | (code & 0x3f)));

    } else if (code < 0x10000) {
        sc_mail_put(words, (unsigned char) (0xe0 | code >> 12));
        sc_mail_put(words, (unsigned char) (0x80 | (code >> 6 & 0x3f)));
        sc_mail_put(words, (unsigned char) (0x80 | (code & 0x3f)));

    } else {
        sc_mail_put(words, (unsigned char) (0xf0 | code >> 18));
        sc_mail_put(words, (unsigned char) (0x80 | (code >> 12 & 0x3f)));
        sc_mail_put(words, (unsigned char) (0x80 | (code >> 6 & 0x3f)));
        sc_mail_put(words, (unsigned char) (0x80 | (code & 0x3f)));
    }
}


/* So few digits that nothing can overflow. */
static bool
sc_mail_hex(sc_str_t digits, uint64_t *code)
{
    size_t        i;
    unsigned char c;

    for (*code = 0, i = 0; i < digits.len; i++) {
        c = digits.data[i];

        if (c >= '0' && c <= '9') {
            *code = *code * 16 + (uint64_t) (c - '0');

        } else if (c >= 'a' && c <= 'f') {
            *code = *code * 16 + (uint64_t) (c - 'a') + 10;

        } else if (c >= 'A' && c <= 'F') {
            *code = *code * 16 + (uint64_t) (c - 'A') + 10;

        } else {
            return false;
        }
    }

    return digits.len != 0;
}


/* False: not a number that stands for a character. */
static bool
sc_mail_code(sc_str_t digits, uint64_t *code)
{
    bool hex;

    hex = digits.len != 0 && (digits.data[0] | 0x20) == 'x';

    if (hex ? !sc_mail_hex(sc_str_from(digits, 1), code)
            : !sc_str_to_uint64(digits, code))
    {
        return false;
    }

    return *code != 0 && *code < 0x110000
           && (*code < 0xd800 || *code > 0xdfff);
}


/* &name; or &#number;, else only the ampersand.  Returns the bytes read. */
static size_t
sc_mail_put_entity(sc_mail_words_t *words, sc_str_t rest)
{
    size_t   i, end;
    uint64_t code;
    sc_str_t name;

    static const struct {
        sc_str_t name;
        uint64_t code;
    } entities[] = {
        { SC_STR_INIT("amp"), '&' }, { SC_STR_INIT("lt"), '<' },
        { SC_STR_INIT("gt"), '>' }, { SC_STR_INIT("quot"), '"' },
        { SC_STR_INIT("apos"), '\'' }, { SC_STR_INIT("nbsp"), ' ' }
    };

    end = sc_str_find_byte(sc_str_first(rest, 12), ';');
    name = sc_str_first(sc_str_from(rest, 1), end == 0 ? 0 : end - 1);

    if (end < sc_str_first(rest, 12).len) {
        for (i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
            if (sc_str_eq(entities[i].name, name)) {
                sc_mail_put_code(words, entities[i].code);
                return end + 1;
            }
        }

        if (sc_str_starts_with(name, SC_STR("#"))
            && sc_mail_code(sc_str_from(name, 1), &code))
        {
            sc_mail_put_code(words, code);
            return end + 1;
        }
    }

    sc_mail_put(words, '&');

    return 1;
}


/* A tag's name, without the slash of a closing tag. */
static bool
sc_mail_tag_is(sc_str_t tag, const char *name)
{
    size_t len;

    tag = sc_str_from(tag, sc_str_starts_with(tag, SC_STR("</")) ? 2 : 1);
    len = strlen(name);

    return tag.len > len
           && sc_str_eq_nocase(sc_str_first(tag, len),
                               sc_str_make(name, len))
           && (tag.data[len] <= ' ' || tag.data[len] == '>'
               || tag.data[len] == '/');
}


/* The offset after a tag, or after a whole element whose text is hidden. */
static size_t
sc_mail_skip_tag(sc_mail_words_t *words, sc_str_t rest)
{
    size_t   i, at, end;
    sc_str_t inner;

    static const char *const breaks[] = {
        "br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"
    };

    static const char *const hidden[] = { "style", "script", "head" };

    end = sc_str_find_byte(rest, '>');

    for (i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
        if (sc_mail_tag_is(rest, breaks[i])) {
            sc_mail_put(words, '\n');
        }
    }

    for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (sc_str_starts_with(rest, SC_STR("</"))
            || !sc_mail_tag_is(rest, hidden[i]))
        {
            continue;
        }

        for (at = end; at < rest.len; at++) {
            at += sc_str_find_byte(sc_str_from(rest, at), '<');
            inner = sc_str_from(rest, at);

            if (sc_str_starts_with(inner, SC_STR("</"))
                && sc_mail_tag_is(inner, hidden[i]))
            {
                return at + sc_str_find_byte(inner, '>') + 1;
            }
        }

        return rest.len;
    }

    return end + 1;
}


sc_str_t
sc_mail_from_html(sc_callback_t *callback, sc_str_t html)
{
    sc_mail_words_t words;

    words.len = 0;
    words.out = sc_arena_bytes(callback->arena, html.len + 4);

    if (words.out == NULL) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    while (html.len != 0) {
        if (html.data[0] == '<') {
            html = sc_str_from(html, sc_mail_skip_tag(&words, html));

        } else if (html.data[0] == '&') {
            html = sc_str_from(html, sc_mail_put_entity(&words, html));

        } else {
            sc_mail_put(&words, html.data[0] <= ' ' ? ' ' : html.data[0]);
            html = sc_str_from(html, 1);
        }
    }

    return sc_mail_right_trim(sc_str_make(words.out, words.len));
}


/* Charsets. */


/* What Windows-1252 has where Latin 1 has controls; 0: nothing. */
static const uint16_t sc_mail_windows[] = {
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
};


static size_t
sc_mail_put_utf8(unsigned char *out, unsigned c)
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


sc_str_t
sc_mail_to_utf8(sc_callback_t *callback, sc_str_t text, sc_str_t charset)
{
    size_t         i, n;
    unsigned       c;
    unsigned char *out;

    if (!sc_str_eq_nocase(charset, SC_STR("iso-8859-1"))
        && !sc_str_eq_nocase(charset, SC_STR("latin1"))
        && !sc_str_eq_nocase(charset, SC_STR("windows-1252")))
    {
        return text;
    }

    if (text.len > SIZE_MAX / 3) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    out = sc_arena_bytes(callback->arena, 3 * text.len);
    if (out == NULL) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    for (i = 0, n = 0; i < text.len; i++) {
        c = text.data[i];

        if (c >= 0x80 && c < 0xa0) {
            c = sc_mail_windows[c - 0x80] != 0 ? sc_mail_windows[c - 0x80]
                                               : 0xfffd;
        }

        n += sc_mail_put_utf8(out + n, c);
    }

    return sc_str_make(out, n);
}
