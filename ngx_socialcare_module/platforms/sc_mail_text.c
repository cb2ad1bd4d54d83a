/*
 * sc_mail_text.c: what a person wrote in a mail: without the mail that it
 * answers, without HTML, in UTF-8.
 *
 * Heuristics that err on the side of showing too much.
 */

#include "sc_charset.h"
#include "sc_html.h"
#include "sc_mail.h"


/* Longest "From:" in any language, with its colon. */
#define SC_MAIL_LABEL  24


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


/*
 * Outlook's line of 32 underscores stands before the headers of a quoted mail,
 * and for any ruler that a person has drawn.
 */
static bool
sc_mail_is_separator(sc_str_t line, sc_str_t rest)
{
    size_t next;

    if (!sc_str_eq(line, SC_STR("________________________________"))) {
        return sc_str_starts_with(line,
                                  SC_STR("-----Original Message-----"));
    }

    do {
        line = sc_mail_line(rest, &next);
        rest = sc_str_from(rest, next);
    } while (line.len == 0 && rest.len != 0);

    return sc_str_find_byte(sc_str_first(line, SC_MAIL_LABEL), ':')
           < sc_str_first(line, SC_MAIL_LABEL).len;
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

        if (sc_mail_is_separator(line, sc_str_from(rest, next))) {
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
    bool           no_more_comments;   /* no "-->" in the rest */
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


/* &name; or &#number;, else only the ampersand.  Returns the bytes read. */
static size_t
sc_mail_put_entity(sc_mail_words_t *words, sc_str_t rest)
{
    size_t   end;
    sc_str_t window;
    uint32_t code;

    window = sc_str_first(rest, SC_HTML_REFERENCE);
    end = sc_str_find_byte(window, ';');
    code = end == window.len ? 0
           : sc_html_character(sc_str_from(sc_str_first(window, end), 1));

    if (code == 0) {
        sc_mail_put(words, '&');
        return 1;
    }

    sc_mail_put_code(words, code);

    return end + 1;
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


/*
 * The offset after the comment; 0: it is none, or never ends.  What other
 * programs are to read, such as Outlook's conditions, is not the person's text.
 */
static size_t
sc_mail_skip_comment(sc_mail_words_t *words, sc_str_t rest)
{
    size_t   at;
    sc_str_t end;

    end = SC_STR("-->");

    if (words->no_more_comments
        || !sc_str_starts_with(rest, SC_STR("<!--")))
    {
        return 0;
    }

    /* <!--> is one, too. */
    for (at = 2; at < rest.len; at++) {
        at += sc_str_find_byte(sc_str_from(rest, at), '-');

        if (sc_str_starts_with(sc_str_from(rest, at), end)) {
            return at + end.len;
        }
    }

    words->no_more_comments = true;

    return 0;
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

    static const char *const hidden[] = { "style", "script", "title" };

    end = sc_mail_skip_comment(words, rest);

    if (end != 0) {
        return end;
    }

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

    memset(&words, 0, sizeof(words));
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


sc_str_t
sc_mail_to_utf8(sc_callback_t *callback, sc_str_t text, sc_str_t charset)
{
    sc_str_t converted;

    if (!sc_charset_to_utf8(callback->arena, charset, text, &converted)) {
        callback->too_large = true;
    }

    return converted;
}
