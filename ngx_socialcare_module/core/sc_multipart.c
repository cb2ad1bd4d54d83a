/*
 * sc_multipart.c: walks over multipart/form-data without copying.
 *
 * The boundary comes from a header that anybody can write: it decides where a
 * part ends, and nothing else may depend on it.
 */

#include "sc_multipart.h"


bool
sc_multipart_is(sc_str_t content_type)
{
    sc_str_t type;

    type = sc_str_first(content_type, sc_str_find_byte(content_type, ';'));

    return sc_str_eq_nocase(sc_str_trim(type),
                            SC_STR("multipart/form-data"));
}


/* The end of the parameter at the start of `text`; quotes protect ';'. */
static size_t
sc_parameter_end(sc_str_t text)
{
    bool   quoted;
    size_t i;

    quoted = false;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '"') {
            quoted = !quoted;

        } else if (text.data[i] == '\\' && quoted) {
            i++;

        } else if (text.data[i] == ';' && !quoted) {
            break;
        }
    }

    return i < text.len ? i : text.len;
}


static sc_str_t
sc_unquote(sc_str_t value)
{
    if (value.len >= 2 && value.data[0] == '"'
        && value.data[value.len - 1] == '"')
    {
        return sc_str_make(value.data + 1, value.len - 2);
    }

    return value;
}


bool
sc_multipart_parameter(sc_str_t header, sc_str_t name, sc_str_t *value)
{
    size_t   end, at;
    sc_str_t piece;

    *value = SC_STR_NULL;

    for (;;) {
        end = sc_parameter_end(header);

        if (end == header.len) {
            return false;
        }

        header = sc_str_from(header, end + 1);
        piece = sc_str_first(header, sc_parameter_end(header));
        at = sc_str_find_byte(piece, '=');

        if (at < piece.len
            && sc_str_eq_nocase(sc_str_trim(sc_str_first(piece, at)), name))
        {
            *value = sc_unquote(sc_str_trim(sc_str_from(piece, at + 1)));
            return true;
        }
    }
}


bool
sc_multipart_start(sc_multipart_t *reader, sc_str_t content_type,
    sc_str_t body)
{
    sc_str_t boundary, opening;

    memset(reader, 0, sizeof(*reader));

    if (!sc_multipart_parameter(content_type, SC_STR("boundary"), &boundary)
        || boundary.len == 0 || boundary.len > SC_MULTIPART_BOUNDARY_MAX)
    {
        return false;
    }

    memcpy(reader->delimiter, "\r\n--", 4);
    memcpy(reader->delimiter + 4, boundary.data, boundary.len);
    reader->delimiter_len = boundary.len + 4;

    /* The first one has no line break in front of it. */
    opening = sc_str_make(reader->delimiter + 2, reader->delimiter_len - 2);

    if (!sc_str_starts_with(body, opening)) {
        return false;
    }

    reader->rest = sc_str_from(body, opening.len);

    return true;
}


/* Offset of `needle`, or text.len.  Its first byte is a CR: rare in text. */
static size_t
sc_find(sc_str_t text, sc_str_t needle)
{
    size_t at;

    for (at = 0; at < text.len; at++) {
        at += sc_str_find_byte(sc_str_from(text, at), needle.data[0]);

        if (sc_str_starts_with(sc_str_from(text, at), needle)) {
            return at < text.len ? at : text.len;
        }
    }

    return text.len;
}


/* After a boundary: blanks and a line break start a part, "--" ends it all. */
static bool
sc_multipart_open(sc_multipart_t *reader)
{
    sc_str_t rest;

    rest = reader->rest;

    if (sc_str_starts_with(rest, SC_STR("--"))) {
        reader->complete = true;
        return false;
    }

    while (rest.len > 0 && (rest.data[0] == ' ' || rest.data[0] == '\t')) {
        rest = sc_str_from(rest, 1);
    }

    if (!sc_str_starts_with(rest, SC_STR("\r\n"))) {
        return false;
    }

    /* The line break stays: an empty header block is CR LF CR LF. */
    reader->rest = rest;

    return true;
}


static void
sc_multipart_header(sc_str_t line, sc_multipart_part_t *part)
{
    size_t   at;
    sc_str_t name, value;

    at = sc_str_find_byte(line, ':');
    name = sc_str_trim(sc_str_first(line, at));
    value = sc_str_trim(sc_str_from(line, at + 1));

    if (sc_str_eq_nocase(name, SC_STR("Content-Type"))) {
        part->content_type = value;
    }

    if (sc_str_eq_nocase(name, SC_STR("Content-Disposition"))) {
        (void) sc_multipart_parameter(value, SC_STR("name"), &part->name);
        part->is_file = sc_multipart_parameter(value, SC_STR("filename"),
                                               &part->filename);
    }
}


static void
sc_multipart_headers(sc_str_t block, sc_multipart_part_t *part)
{
    sc_str_t line;

    while (sc_str_next(&block, '\n', &line)) {
        if (line.len > 0 && line.data[line.len - 1] == '\r') {
            line.len--;
        }

        sc_multipart_header(line, part);
    }
}


bool
sc_multipart_next(sc_multipart_t *reader, sc_multipart_part_t *part)
{
    size_t   at;
    sc_str_t delimiter;

    memset(part, 0, sizeof(*part));

    if (reader->complete || !sc_multipart_open(reader)) {
        reader->rest = SC_STR_NULL;
        return false;
    }

    at = sc_find(reader->rest, SC_STR("\r\n\r\n"));

    if (at == reader->rest.len) {
        reader->rest = SC_STR_NULL;
        return false;
    }

    sc_multipart_headers(sc_str_first(reader->rest, at), part);

    /* An empty body's boundary shares the line break before it. */
    reader->rest = sc_str_from(reader->rest, at + 2);
    delimiter = sc_str_make(reader->delimiter, reader->delimiter_len);
    at = sc_find(reader->rest, delimiter);

    if (part->name.len == 0 || at == reader->rest.len) {
        reader->rest = SC_STR_NULL;
        return false;
    }

    part->body = at == 0 ? sc_str_first(reader->rest, 0)
                         : sc_str_make(reader->rest.data + 2, at - 2);

    reader->rest = sc_str_from(reader->rest, at + delimiter.len);

    return true;
}
