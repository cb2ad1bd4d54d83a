/*
 * sc_html.c: see sc_html.h.  One pass; what a tag means depends on its name
 * alone.  It must not rescan the text, whatever it contains: the sender
 * controls that.
 */

#include "sc_html.h"


typedef struct {
    sc_str_t       rest;
    unsigned char *start;
    unsigned char *at;
    unsigned       breaks;         /* pending before the next character */
    bool           space;
    bool           no_more_tags;   /* no '>' in the rest */
} sc_html_t;


/* Tags that end a line. */
static const sc_str_t sc_html_blocks[] = {
    SC_STR_INIT("br"), SC_STR_INIT("p"), SC_STR_INIT("div"), SC_STR_INIT("li"),
    SC_STR_INIT("ul"), SC_STR_INIT("ol"), SC_STR_INIT("tr"),
    SC_STR_INIT("table"), SC_STR_INIT("pre"), SC_STR_INIT("hr"),
    SC_STR_INIT("blockquote"), SC_STR_INIT("h1"), SC_STR_INIT("h2"),
    SC_STR_INIT("h3"), SC_STR_INIT("h4"), SC_STR_INIT("h5"), SC_STR_INIT("h6")
};


/*
 * What browsers read numbers from 0x80 to 0x9f as: Windows-1252 (WHATWG HTML
 * Standard, 13.2.5.80); 0: no character.
 */
static const uint16_t sc_html_windows[] = {
    0x20ac, 0x0000, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x0000, 0x017d, 0x0000,
    0x0000, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x0000, 0x017e, 0x0178
};


/* The characters from U+00A1 on, in order. */
static const sc_str_t sc_html_latin[] = {
    SC_STR_INIT("iexcl"), SC_STR_INIT("cent"), SC_STR_INIT("pound"),
    SC_STR_INIT("curren"), SC_STR_INIT("yen"), SC_STR_INIT("brvbar"),
    SC_STR_INIT("sect"), SC_STR_INIT("uml"), SC_STR_INIT("copy"),
    SC_STR_INIT("ordf"), SC_STR_INIT("laquo"), SC_STR_INIT("not"),
    SC_STR_INIT("shy"), SC_STR_INIT("reg"), SC_STR_INIT("macr"),
    SC_STR_INIT("deg"), SC_STR_INIT("plusmn"), SC_STR_INIT("sup2"),
    SC_STR_INIT("sup3"), SC_STR_INIT("acute"), SC_STR_INIT("micro"),
    SC_STR_INIT("para"), SC_STR_INIT("middot"), SC_STR_INIT("cedil"),
    SC_STR_INIT("sup1"), SC_STR_INIT("ordm"), SC_STR_INIT("raquo"),
    SC_STR_INIT("frac14"), SC_STR_INIT("frac12"), SC_STR_INIT("frac34"),
    SC_STR_INIT("iquest"), SC_STR_INIT("Agrave"), SC_STR_INIT("Aacute"),
    SC_STR_INIT("Acirc"), SC_STR_INIT("Atilde"), SC_STR_INIT("Auml"),
    SC_STR_INIT("Aring"), SC_STR_INIT("AElig"), SC_STR_INIT("Ccedil"),
    SC_STR_INIT("Egrave"), SC_STR_INIT("Eacute"), SC_STR_INIT("Ecirc"),
    SC_STR_INIT("Euml"), SC_STR_INIT("Igrave"), SC_STR_INIT("Iacute"),
    SC_STR_INIT("Icirc"), SC_STR_INIT("Iuml"), SC_STR_INIT("ETH"),
    SC_STR_INIT("Ntilde"), SC_STR_INIT("Ograve"), SC_STR_INIT("Oacute"),
    SC_STR_INIT("Ocirc"), SC_STR_INIT("Otilde"), SC_STR_INIT("Ouml"),
    SC_STR_INIT("times"), SC_STR_INIT("Oslash"), SC_STR_INIT("Ugrave"),
    SC_STR_INIT("Uacute"), SC_STR_INIT("Ucirc"), SC_STR_INIT("Uuml"),
    SC_STR_INIT("Yacute"), SC_STR_INIT("THORN"), SC_STR_INIT("szlig"),
    SC_STR_INIT("agrave"), SC_STR_INIT("aacute"), SC_STR_INIT("acirc"),
    SC_STR_INIT("atilde"), SC_STR_INIT("auml"), SC_STR_INIT("aring"),
    SC_STR_INIT("aelig"), SC_STR_INIT("ccedil"), SC_STR_INIT("egrave"),
    SC_STR_INIT("eacute"), SC_STR_INIT("ecirc"), SC_STR_INIT("euml"),
    SC_STR_INIT("igrave"), SC_STR_INIT("iacute"), SC_STR_INIT("icirc"),
    SC_STR_INIT("iuml"), SC_STR_INIT("eth"), SC_STR_INIT("ntilde"),
    SC_STR_INIT("ograve"), SC_STR_INIT("oacute"), SC_STR_INIT("ocirc"),
    SC_STR_INIT("otilde"), SC_STR_INIT("ouml"), SC_STR_INIT("divide"),
    SC_STR_INIT("oslash"), SC_STR_INIT("ugrave"), SC_STR_INIT("uacute"),
    SC_STR_INIT("ucirc"), SC_STR_INIT("uuml"), SC_STR_INIT("yacute"),
    SC_STR_INIT("thorn"), SC_STR_INIT("yuml")
};

static const struct {
    sc_str_t name;
    uint32_t code;
} sc_html_references[] = {
    { SC_STR_INIT("amp"), '&' }, { SC_STR_INIT("lt"), '<' },
    { SC_STR_INIT("gt"), '>' }, { SC_STR_INIT("quot"), '"' },
    { SC_STR_INIT("apos"), '\'' }, { SC_STR_INIT("nbsp"), ' ' },
    { SC_STR_INIT("ensp"), ' ' }, { SC_STR_INIT("emsp"), ' ' },
    { SC_STR_INIT("thinsp"), ' ' }, { SC_STR_INIT("zwnj"), 0x200c },
    { SC_STR_INIT("zwj"), 0x200d }, { SC_STR_INIT("hellip"), 0x2026 },
    { SC_STR_INIT("ndash"), 0x2013 }, { SC_STR_INIT("mdash"), 0x2014 },
    { SC_STR_INIT("lsquo"), 0x2018 }, { SC_STR_INIT("rsquo"), 0x2019 },
    { SC_STR_INIT("sbquo"), 0x201a }, { SC_STR_INIT("ldquo"), 0x201c },
    { SC_STR_INIT("rdquo"), 0x201d }, { SC_STR_INIT("bdquo"), 0x201e },
    { SC_STR_INIT("lsaquo"), 0x2039 }, { SC_STR_INIT("rsaquo"), 0x203a },
    { SC_STR_INIT("bull"), 0x2022 }, { SC_STR_INIT("trade"), 0x2122 },
    { SC_STR_INIT("euro"), 0x20ac }, { SC_STR_INIT("OElig"), 0x152 },
    { SC_STR_INIT("oelig"), 0x153 }, { SC_STR_INIT("Scaron"), 0x160 },
    { SC_STR_INIT("scaron"), 0x161 }, { SC_STR_INIT("Yuml"), 0x178 },
    { SC_STR_INIT("rarr"), 0x2192 }, { SC_STR_INIT("larr"), 0x2190 }
};


static bool
sc_html_is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}


static bool
sc_html_is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}


/* Writes pending white space, but never at the start of the text. */
static void
sc_html_settle(sc_html_t *html)
{
    if (html->at != html->start) {
        if (html->breaks > 0) {
            while (html->breaks-- > 0) {
                *html->at++ = '\n';
            }

        } else if (html->space) {
            *html->at++ = ' ';
        }
    }

    html->breaks = 0;
    html->space = false;
}


static void
sc_html_put_byte(sc_html_t *html, unsigned char c)
{
    if (sc_html_is_space(c)) {
        html->space = true;
        return;
    }

    sc_html_settle(html);
    *html->at++ = c;
}


static void
sc_html_put_code(sc_html_t *html, uint32_t code)
{
    if (code < 0x80) {
        sc_html_put_byte(html, (unsigned char) code);
        return;
    }

    sc_html_settle(html);

    if (code < 0x800) {
        *html->at++ = (unsigned char) (0xc0 | (code >> 6));

    } else {
        if (code < 0x10000) {
            *html->at++ = (unsigned char) (0xe0 | (code >> 12));

        } else {
            *html->at++ = (unsigned char) (0xf0 | (code >> 18));
            *html->at++ = (unsigned char) (0x80 | ((code >> 12) & 0x3f));
        }

        *html->at++ = (unsigned char) (0x80 | ((code >> 6) & 0x3f));
    }

    *html->at++ = (unsigned char) (0x80 | (code & 0x3f));
}


/* The number after "&#"; 0 when it is not a character of text. */
static uint32_t
sc_html_number(sc_str_t digits)
{
    size_t        i;
    bool          hex;
    uint32_t      code, digit;
    unsigned char c;

    hex = digits.len > 0 && (digits.data[0] == 'x' || digits.data[0] == 'X');
    code = 0;

    for (i = hex ? 1 : 0; i < digits.len && code <= 0x10ffff; i++) {
        c = digits.data[i];

        if (c >= '0' && c <= '9') {
            digit = (uint32_t) (c - '0');

        } else if (hex && sc_html_is_letter(c) && (c | 0x20) <= 'f') {
            digit = (uint32_t) ((c | 0x20) - 'a' + 10);

        } else {
            return 0;
        }

        code = code * (hex ? 16 : 10) + digit;
    }

    if (code == 0xa0) {
        return ' ';
    }

    if (code >= 0x80 && code < 0xa0) {
        return sc_html_windows[code - 0x80];
    }

    return code > 0x10ffff || (code >= 0xd800 && code < 0xe000)
           || (code < 0x20 && code != '\t' && code != '\n') || code == 0x7f
           ? 0 : code;
}


uint32_t
sc_html_character(sc_str_t name)
{
    size_t i;

    if (sc_str_starts_with(name, SC_STR("#"))) {
        return sc_html_number(sc_str_from(name, 1));
    }

    for (i = 0;
         i < sizeof(sc_html_references) / sizeof(sc_html_references[0]);
         i++)
    {
        if (sc_str_eq(sc_html_references[i].name, name)) {
            return sc_html_references[i].code;
        }
    }

    for (i = 0; i < sizeof(sc_html_latin) / sizeof(sc_html_latin[0]); i++) {
        if (sc_str_eq(sc_html_latin[i], name)) {
            return 0xa1 + (uint32_t) i;
        }
    }

    return 0;
}


/* At a '&'.  One that starts no known reference is kept as it is. */
static void
sc_html_reference(sc_html_t *html)
{
    size_t   end;
    sc_str_t window;
    uint32_t code;

    window = sc_str_first(html->rest, SC_HTML_REFERENCE);
    end = sc_str_find_byte(window, ';');
    code = end == window.len ? 0
           : sc_html_character(sc_str_from(sc_str_first(window, end), 1));

    if (code == 0) {
        sc_html_put_byte(html, '&');
        html->rest = sc_str_from(html->rest, 1);
        return;
    }

    sc_html_put_code(html, code);
    html->rest = sc_str_from(html->rest, end + 1);
}


/* The offset after the tag's '>', skipping quoted ones; 0: it never ends. */
static size_t
sc_html_tag_end(sc_str_t rest)
{
    size_t        i;
    unsigned char c, quote;

    quote = 0;

    for (i = 0; i < rest.len; i++) {
        c = rest.data[i];

        if (quote != 0) {
            quote = c == quote ? 0 : quote;

        } else if (c == '>') {
            return i + 1;

        } else if ((c == '"' || c == '\'') && i > 0
                   && rest.data[i - 1] == '=')
        {
            quote = c;
        }
    }

    return 0;
}


/* Skips past the next `end` (lower case), or to the end of the text. */
static void
sc_html_skip_past(sc_html_t *html, sc_str_t end)
{
    size_t i;

    for (i = 0; i + end.len <= html->rest.len; i++) {
        if (html->rest.data[i] == end.data[0]
            && sc_str_eq_nocase(sc_str_first(sc_str_from(html->rest, i),
                                             end.len), end))
        {
            html->rest = sc_str_from(html->rest, i + end.len);
            return;
        }
    }

    html->rest = SC_STR_NULL;
}


static void
sc_html_break(sc_html_t *html, sc_str_t name, bool closing)
{
    size_t   i;
    unsigned limit;

    for (i = 0; i < sizeof(sc_html_blocks) / sizeof(sc_html_blocks[0]); i++) {
        if (sc_str_eq_nocase(sc_html_blocks[i], name)) {

            /* <br>s add up; the ends and starts of blocks coincide. */
            limit = !closing && sc_str_eq_nocase(name, SC_STR("br")) ? 2 : 1;

            if (html->breaks < limit) {
                html->breaks++;
            }

            return;
        }
    }
}


/* At a '<' that starts a tag: its whole text, name and what it does. */
static void
sc_html_tag(sc_html_t *html, size_t end)
{
    bool     closing;
    size_t   i;
    sc_str_t name;

    closing = html->rest.data[1] == '/';
    name = sc_str_from(sc_str_first(html->rest, end), closing ? 2 : 1);

    for (i = 0; i < name.len; i++) {
        if (!sc_html_is_letter(name.data[i])
            && (i == 0 || name.data[i] < '0' || name.data[i] > '9'))
        {
            break;
        }
    }

    name = sc_str_first(name, i);
    html->rest = sc_str_from(html->rest, end);

    if (!closing && sc_str_eq_nocase(name, SC_STR("script"))) {
        sc_html_skip_past(html, SC_STR("</script>"));

    } else if (!closing && sc_str_eq_nocase(name, SC_STR("style"))) {
        sc_html_skip_past(html, SC_STR("</style>"));

    } else {
        sc_html_break(html, name, closing);
    }
}


/* At a '<'. */
static void
sc_html_markup(sc_html_t *html)
{
    size_t        end;
    unsigned char c;

    if (sc_str_starts_with(html->rest, SC_STR("<!--"))) {
        sc_html_skip_past(html, SC_STR("-->"));
        return;
    }

    c = html->rest.len > 1 ? html->rest.data[1] : ' ';
    end = 0;

    if (!html->no_more_tags
        && (sc_html_is_letter(c) || c == '/' || c == '!' || c == '?'))
    {
        end = sc_html_tag_end(html->rest);
        html->no_more_tags = end == 0;
    }

    if (end == 0) {
        sc_html_put_byte(html, '<');
        html->rest = sc_str_from(html->rest, 1);
        return;
    }

    sc_html_tag(html, end);
}


bool
sc_html_to_text(sc_arena_t *arena, sc_str_t source, sc_str_t *text)
{
    sc_html_t html;

    *text = SC_STR_NULL;

    memset(&html, 0, sizeof(html));
    html.rest = source;
    html.start = sc_arena_bytes(arena, source.len);

    if (html.start == NULL && source.len != 0) {
        return false;
    }

    html.at = html.start;

    while (html.rest.len > 0) {
        if (html.rest.data[0] == '<') {
            sc_html_markup(&html);

        } else if (html.rest.data[0] == '&') {
            sc_html_reference(&html);

        } else {
            sc_html_put_byte(&html, html.rest.data[0]);
            html.rest = sc_str_from(html.rest, 1);
        }
    }

    if (html.at != html.start) {
        *text = sc_str_make(html.start, (size_t) (html.at - html.start));
    }

    return true;
}
