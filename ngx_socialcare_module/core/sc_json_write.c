/*
 * sc_json_write.c: escaping of text, and members of an object.
 *
 * Whatever bytes come in, valid JSON goes out.  Does not keep track of
 * nesting: the caller writes braces and brackets.
 */

#include "sc_json_write.h"
#include "sc_scan.h"


#define SC_JSON_REPLACEMENT  "\xef\xbf\xbd"      /* U+FFFD */


static void
sc_json_write_control(sc_buf_t *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";

    switch (c) {

    case '\0':
        /* Readers refuse \u0000, so it is a bad byte like any other. */
        sc_buf_append_literal(buf, SC_JSON_REPLACEMENT);
        return;

    case '\b':
        sc_buf_append_literal(buf, "\\b");
        return;

    case '\t':
        sc_buf_append_literal(buf, "\\t");
        return;

    case '\n':
        sc_buf_append_literal(buf, "\\n");
        return;

    case '\f':
        sc_buf_append_literal(buf, "\\f");
        return;

    case '\r':
        sc_buf_append_literal(buf, "\\r");
        return;
    }

    sc_buf_append_literal(buf, "\\u00");
    sc_buf_append_byte(buf, (unsigned char) hex[c >> 4]);
    sc_buf_append_byte(buf, (unsigned char) hex[c & 0x0f]);
}


/* U+2028 and U+2029 end a line in older JavaScript. */
static bool
sc_json_is_line_end(const unsigned char *at)
{
    return at[0] == 0xe2 && at[1] == 0x80 && (at[2] & 0xfe) == 0xa8;
}


/*
 * How many bytes at `at` (where sc_scan_plain() stopped) can stay as they are;
 * 0 when they must be written otherwise.
 */
static size_t
sc_json_harmless(const unsigned char *at, const unsigned char *end)
{
    size_t length;

    if (*at >= 0x80) {
        length = sc_utf8_length(at, end);

        return length == 3 && sc_json_is_line_end(at) ? 0 : length;
    }

    /* "</" would end a script element around the text. */
    if (*at == '<') {
        return end - at > 1 && at[1] == '/' ? 0 : 1;
    }

    return 0;
}


/* Writes what must be escaped or replaced; returns how many bytes it was. */
static size_t
sc_json_write_escaped(sc_buf_t *buf, const unsigned char *at,
    const unsigned char *end)
{
    if (*at < 0x20) {
        sc_json_write_control(buf, *at);
        return 1;
    }

    if (*at == '<') {
        sc_buf_append_literal(buf, "<\\/");
        return 2;
    }

    if (*at < 0x80) {
        sc_buf_append_byte(buf, '\\');
        sc_buf_append_byte(buf, *at);
        return 1;
    }

    if (sc_utf8_length(at, end) == 0) {
        sc_buf_append_literal(buf, SC_JSON_REPLACEMENT);
        return 1;
    }

    if (at[2] == 0xa8) {
        sc_buf_append_literal(buf, "\\u2028");

    } else {
        sc_buf_append_literal(buf, "\\u2029");
    }

    return 3;
}


/* The text from `at`, its first byte that is not plain, to the end. */
static void
sc_json_write_mixed(sc_buf_t *buf, const unsigned char *at,
    const unsigned char *end)
{
    size_t               length;
    const unsigned char *from;

    for (from = at; at < end; at = sc_scan_plain(at, end, '<')) {
        length = sc_json_harmless(at, end);

        if (length > 0) {
            at += length;
            continue;
        }

        sc_buf_append(buf, from, (size_t) (at - from));
        at += sc_json_write_escaped(buf, at, end);
        from = at;
    }

    sc_buf_append(buf, from, (size_t) (end - from));
}


/* Writes at `to`, where room for all of it is reserved; advances buf->len. */
static inline void
sc_json_write_text(sc_buf_t *buf, unsigned char *to, sc_str_t text)
{
    const unsigned char *at, *end;

    end = text.data + text.len;
    at = sc_scan_copy_plain(to, text.data, end, '<');
    buf->len += (size_t) (at - text.data);

    if (at < end) {
        sc_json_write_mixed(buf, at, end);
    }
}


void
sc_json_write_piece(sc_buf_t *buf, sc_str_t text)
{
    unsigned char *to;

    if (text.len == 0) {
        return;
    }

    to = sc_buf_reserve(buf, text.len);
    if (to != NULL) {
        sc_json_write_text(buf, to, text);
    }
}


void
sc_json_write_string(sc_buf_t *buf, sc_str_t text)
{
    sc_buf_append_byte(buf, '"');
    sc_json_write_piece(buf, text);
    sc_buf_append_byte(buf, '"');
}


/* The first member goes without the comma. */
static inline bool
sc_json_is_first(const sc_buf_t *buf)
{
    return buf->len == 0 || buf->data[buf->len - 1] == '{';
}


void
sc_json_write_name(sc_buf_t *buf, const char *name)
{
    if (!sc_json_is_first(buf)) {
        sc_buf_append_byte(buf, ',');
    }

    sc_json_write_string(buf, sc_str_from_cstring(name));
    sc_buf_append_byte(buf, ':');
}


void
sc_json_write_member(sc_buf_t *buf, const char *name, sc_str_t text)
{
    if (text.len == 0) {
        return;
    }

    sc_json_write_name(buf, name);
    sc_json_write_string(buf, text);
}


static inline sc_str_t
sc_json_lead(const sc_buf_t *buf, sc_str_t lead)
{
    if (sc_json_is_first(buf)) {
        lead.data++;
        lead.len--;
    }

    return lead;
}


void
sc_json_write_lead(sc_buf_t *buf, sc_str_t lead)
{
    unsigned char *to;

    lead = sc_json_lead(buf, lead);

    to = sc_buf_reserve(buf, lead.len);
    if (to != NULL) {
        sc_scan_copy(to, lead.data, lead.len);
        buf->len += lead.len;
    }
}


void
sc_json_write_led(sc_buf_t *buf, sc_str_t lead, sc_str_t text)
{
    unsigned char *to;

    if (text.len == 0) {
        return;
    }

    lead = sc_json_lead(buf, lead);

    to = sc_buf_reserve(buf, lead.len + text.len + 2);
    if (to == NULL) {
        return;
    }

    sc_scan_copy(to, lead.data, lead.len);
    to[lead.len] = '"';
    buf->len += lead.len + 1;

    sc_json_write_text(buf, to + lead.len + 1, text);
    sc_buf_append_byte(buf, '"');
}


void
sc_json_write_int(sc_buf_t *buf, const char *name, int64_t value)
{
    sc_json_write_name(buf, name);
    sc_buf_append_int(buf, value);
}


void
sc_json_write_uint(sc_buf_t *buf, const char *name, uint64_t value)
{
    sc_json_write_name(buf, name);
    sc_buf_append_uint(buf, value);
}


void
sc_json_write_bool(sc_buf_t *buf, const char *name, bool value)
{
    sc_json_write_name(buf, name);

    if (value) {
        sc_buf_append_literal(buf, "true");

    } else {
        sc_buf_append_literal(buf, "false");
    }
}


bool
sc_utf8_is_valid(sc_str_t text)
{
    size_t               length;
    const unsigned char *at, *end;

    if (text.len == 0) {
        return true;
    }

    at = text.data;
    end = at + text.len;

    while ((at = sc_scan_plain(at, end, '"')) < end) {
        if (*at == '\0') {
            return false;
        }

        length = sc_utf8_length(at, end);
        if (length == 0) {
            return false;
        }

        at += length;
    }

    return true;
}
