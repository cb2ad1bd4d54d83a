/*
 * sc_mail_mime.c: what a person wrote in a whole mail, as providers pass it on
 * in raw mode: parts, encodings, character sets.  Files and attached mails are
 * not read.
 *
 * The sender decides how parts are nested: depth and number are limited, and
 * each level reads its part of the mail once.
 */

#include "sc_charset.h"
#include "sc_mail.h"
#include "sc_multipart.h"


#define SC_MIME_DEPTH  8
#define SC_MIME_PARTS  200

/* What is read of one part, encoded: more than people write. */
#define SC_MIME_TEXT   (1 << 20)


typedef struct {
    sc_str_t type;             /* with its parameters */
    sc_str_t encoding;
    bool     attached;
    sc_str_t body;
} sc_mime_part_t;


typedef struct {
    sc_callback_t *callback;
    sc_mime_part_t plain;      /* the first of each; body empty: none */
    sc_mime_part_t html;
    size_t         count;
} sc_mime_t;


static void
sc_mime_read_headers(sc_callback_t *callback, sc_str_t text,
    sc_mime_part_t *part)
{
    sc_str_t name, value;

    memset(part, 0, sizeof(*part));

    while (sc_mail_next_header(&text, &name, &value)) {
        value = sc_mail_trim(value);

        if (sc_str_eq_nocase(name, SC_STR("Content-Type"))) {
            part->type = sc_mail_unfold(callback, value);

        } else if (sc_str_eq_nocase(name,
                                    SC_STR("Content-Transfer-Encoding")))
        {
            part->encoding = value;

        } else if (sc_str_eq_nocase(name, SC_STR("Content-Disposition"))) {
            part->attached = sc_str_eq_nocase(sc_str_first(value, 10),
                                              SC_STR("attachment"));
        }
    }

    part->body = text;
}


static bool
sc_mime_is(const sc_mime_part_t *part, const char *type)
{
    return sc_str_eq_nocase(
        sc_mail_trim(sc_str_first(part->type,
                                  sc_str_find_byte(part->type, ';'))),
        sc_str_from_cstring(type));
}


/*
 * The offset of the next line that starts with --BOUNDARY, or text.len; *after
 * is behind that line, *last says that it ends the parts.
 */
static size_t
sc_mime_find_boundary(sc_str_t text, sc_str_t boundary, size_t *after,
    bool *last)
{
    size_t   at, next;
    sc_str_t line, tail;

    for (at = 0; at < text.len; at = next) {
        line = sc_str_from(text, at);
        next = at + sc_str_find_byte(line, '\n') + 1;

        if (!sc_str_starts_with(line, SC_STR("--"))
            || !sc_str_starts_with(sc_str_from(line, 2), boundary))
        {
            continue;
        }

        tail = sc_str_from(line, 2 + boundary.len);
        *last = sc_str_starts_with(tail, SC_STR("--"));

        /* A longer one begins with the same letters. */
        if (*last || tail.len == 0 || tail.data[0] <= ' ') {
            *after = next;
            return at;
        }
    }

    *after = text.len;
    *last = true;

    return text.len;
}


static void
sc_mime_read(sc_mime_t *mime, sc_str_t text, unsigned depth);


static void
sc_mime_read_parts(sc_mime_t *mime, const sc_mime_part_t *part,
    unsigned depth)
{
    bool     last;
    size_t   end, after;
    sc_str_t rest, boundary;

    if (!sc_multipart_parameter(part->type, SC_STR("boundary"), &boundary)
        || boundary.len == 0)
    {
        return;
    }

    rest = part->body;
    (void) sc_mime_find_boundary(rest, boundary, &after, &last);
    rest = sc_str_from(rest, after);

    while (!last && rest.len != 0) {
        end = sc_mime_find_boundary(rest, boundary, &after, &last);
        sc_mime_read(mime, sc_str_first(rest, end), depth + 1);
        rest = sc_str_from(rest, after);
    }
}


static void
sc_mime_keep(sc_mime_part_t *place, const sc_mime_part_t *part)
{
    if (place->body.len == 0) {
        *place = *part;
    }
}


/* Keeps the first text and the first HTML of all parts. */
static void
sc_mime_read(sc_mime_t *mime, sc_str_t text, unsigned depth)
{
    sc_mime_part_t part;

    if (mime->count == SC_MIME_PARTS || depth == SC_MIME_DEPTH) {
        return;
    }

    mime->count++;
    sc_mime_read_headers(mime->callback, text, &part);

    if (sc_mail_trim(part.body).len == 0 || part.attached) {
        return;
    }

    if (sc_str_eq_nocase(sc_str_first(part.type, 10), SC_STR("multipart/"))) {
        sc_mime_read_parts(mime, &part, depth);

    } else if (sc_mime_is(&part, "text/html")) {
        sc_mime_keep(&mime->html, &part);

    } else if (part.type.len == 0 || sc_mime_is(&part, "text/plain")) {
        sc_mime_keep(&mime->plain, &part);
    }
}


/* Line breaks are no part of base64.  Bytes that are not base64 stay. */
static sc_str_t
sc_mime_base64(sc_callback_t *callback, sc_str_t text)
{
    size_t         i, n, len;
    unsigned char *packed, *bytes;

    packed = sc_arena_bytes(callback->arena, text.len);
    bytes = sc_arena_bytes(callback->arena, text.len + 3);

    if (packed == NULL || bytes == NULL) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    for (i = 0, n = 0; i < text.len; i++) {
        if (text.data[i] > ' ') {
            packed[n++] = text.data[i];
        }
    }

    /* Of a text that was cut the last group may be incomplete. */
    if (text.len == SC_MIME_TEXT) {
        n -= n % 4;
    }

    return sc_base64_decode(sc_str_make(packed, n), SC_BASE64_OPTIONAL, bytes,
                            text.len + 3, &len)
           ? sc_str_make(bytes, len) : text;
}


/* =XX is a byte; = at the end of a line joins it with the next. */
static sc_str_t
sc_mime_quoted_printable(sc_callback_t *callback, sc_str_t text)
{
    size_t         i, n, len;
    sc_str_t       rest;
    unsigned char *bytes;

    bytes = sc_arena_bytes(callback->arena, text.len);
    if (bytes == NULL) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    for (i = 0, n = 0; i < text.len; i++) {
        rest = sc_str_from(text, i + 1);

        if (text.data[i] != '=') {
            bytes[n++] = text.data[i];

        } else if (sc_str_starts_with(rest, SC_STR("\n"))) {
            i += 1;

        } else if (sc_str_starts_with(rest, SC_STR("\r\n"))) {
            i += 2;

        } else if (sc_hex_decode(sc_str_first(rest, 2), bytes + n, 1, &len)
                   && len == 1)
        {
            n++;
            i += 2;

        } else {
            bytes[n++] = '=';
        }
    }

    return sc_str_make(bytes, n);
}


static sc_str_t
sc_mime_decode(sc_callback_t *callback, const sc_mime_part_t *part,
    bool *readable)
{
    sc_str_t text, charset;

    text = sc_str_first(part->body, SC_MIME_TEXT);

    if (sc_str_eq_nocase(part->encoding, SC_STR("base64"))) {
        text = sc_mime_base64(callback, text);

    } else if (sc_str_eq_nocase(part->encoding, SC_STR("quoted-printable"))) {
        text = sc_mime_quoted_printable(callback, text);
    }

    (void) sc_multipart_parameter(part->type, SC_STR("charset"), &charset);
    *readable = sc_charset_is_known(charset);

    return sc_mail_to_utf8(callback, text, charset);
}


sc_str_t
sc_mail_mime_text(sc_callback_t *callback, sc_str_t message, bool *readable)
{
    sc_str_t  text;
    sc_mime_t mime;

    memset(&mime, 0, sizeof(mime));
    mime.callback = callback;
    *readable = true;

    sc_mime_read(&mime, message, 0);

    text = sc_mail_without_quote(
        sc_mail_trim(sc_mime_decode(callback, &mime.plain, readable)));

    if (text.len != 0) {
        return text;
    }

    return sc_mail_from_html(callback, sc_mime_decode(callback, &mime.html,
                                                      readable));
}


void
sc_mail_add_mime(sc_callback_t *callback, sc_mail_t *mail, sc_str_t message)
{
    bool readable;

    if (mail->text.len == 0 && message.len != 0) {
        mail->text = sc_mail_mime_text(callback, message, &readable);
        mail->unreadable = mail->unreadable || !readable;
    }
}
