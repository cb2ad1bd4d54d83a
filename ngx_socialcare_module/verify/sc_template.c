/*
 * sc_template.c: the signed text: its template is read from the configuration
 * and filled in per request.
 *
 * A part whose value is absent fails the request: two requests must never
 * have the same signed text because something in the middle is missing.
 */

#include "sc_verify_run.h"


static const struct {
    sc_str_t       word;
    sc_part_kind_t kind;
    bool           named;      /* the word ends in ':' and a name follows */
} sc_template_words[] = {
    { SC_STR_INIT("body"), SC_PART_BODY, false },
    { SC_STR_INIT("timestamp"), SC_PART_TIMESTAMP, false },
    { SC_STR_INIT("id"), SC_PART_ID, false },
    { SC_STR_INIT("method"), SC_PART_METHOD, false },
    { SC_STR_INIT("path"), SC_PART_PATH, false },
    { SC_STR_INIT("uri"), SC_PART_URI, false },
    { SC_STR_INIT("url"), SC_PART_URL, false },
    { SC_STR_INIT("host"), SC_PART_HOST, false },
    { SC_STR_INIT("query"), SC_PART_QUERY_STRING, false },
    { SC_STR_INIT("body_sha256_hex"), SC_PART_BODY_SHA256_HEX, false },
    { SC_STR_INIT("body_md5_base64"), SC_PART_BODY_MD5_BASE64, false },
    { SC_STR_INIT("header:"), SC_PART_HEADER, true },
    { SC_STR_INIT("query:"), SC_PART_QUERY, true }
};

#define SC_TEMPLATE_WORDS                                                     \
    (sizeof(sc_template_words) / sizeof(sc_template_words[0]))


/* The byte that "\c" stands for; 0 for an escape that does not exist. */
static unsigned char
sc_template_escape(unsigned char c)
{
    switch (c) {

    case 'n':
        return '\n';

    case 't':
        return '\t';

    case '\\':
    case '{':
    case '}':
        return c;

    default:
        return 0;
    }
}


static bool
sc_template_add(sc_template_t *template, sc_part_kind_t kind, sc_str_t text,
    const char **problem)
{
    if (template->count == SC_TEMPLATE_MAX_PARTS) {
        *problem = "a template has at most 16 parts";
        return false;
    }

    template->parts[template->count].kind = kind;
    template->parts[template->count].text = text;
    template->count++;

    return true;
}


/* Literal text up to the next '{', unescaped into the arena. */
static bool
sc_template_literal(sc_arena_t *arena, sc_str_t *rest,
    sc_template_t *template, const char **problem)
{
    size_t         i, n;
    unsigned char *out, c;

    out = sc_arena_bytes(arena, rest->len);
    if (out == NULL) {
        *problem = "not enough memory for a template";
        return false;
    }

    n = 0;

    for (i = 0; i < rest->len && rest->data[i] != '{'; i++) {
        c = rest->data[i];

        if (c == '\\') {
            c = ++i < rest->len ? sc_template_escape(rest->data[i]) : 0;
            if (c == 0) {
                *problem = "a template knows \\n, \\t, \\\\ and \\{ only";
                return false;
            }
        }

        out[n++] = c;
    }

    *rest = sc_str_from(*rest, i);

    return sc_template_add(template, SC_PART_LITERAL, sc_str_make(out, n),
                           problem);
}


/* The word between braces. */
static bool
sc_template_word(sc_str_t word, sc_template_t *template,
    const char **problem)
{
    size_t   i;
    sc_str_t name;

    for (i = 0; i < SC_TEMPLATE_WORDS; i++) {
        if (!sc_template_words[i].named) {
            if (sc_str_eq(word, sc_template_words[i].word)) {
                return sc_template_add(template, sc_template_words[i].kind,
                                       SC_STR_NULL, problem);
            }

            continue;
        }

        if (sc_str_starts_with(word, sc_template_words[i].word)) {
            name = sc_str_from(word, sc_template_words[i].word.len);

            if (name.len > 0) {
                return sc_template_add(template, sc_template_words[i].kind,
                                       name, problem);
            }
        }
    }

    *problem = "a template knows {body}, {timestamp}, {id}, {method}, {path}, "
               "{uri}, {url}, {host}, {query}, {header:NAME}, {query:NAME}, "
               "{body_sha256_hex} and {body_md5_base64}";

    return false;
}


bool
sc_template_read(sc_arena_t *arena, sc_str_t text, sc_template_t *template,
    const char **problem)
{
    size_t end;

    template->count = 0;

    if (text.len == 0) {
        *problem = "a template must not be empty";
        return false;
    }

    while (text.len > 0) {
        if (text.data[0] != '{') {
            if (!sc_template_literal(arena, &text, template, problem)) {
                return false;
            }

            continue;
        }

        end = sc_str_find_byte(text, '}');

        if (end == text.len) {
            *problem = "a { in the template has no }";
            return false;
        }

        if (!sc_template_word(sc_str_make(text.data + 1, end - 1), template,
                              problem))
        {
            return false;
        }

        text = sc_str_from(text, end + 1);
    }

    return true;
}


static sc_verify_result_t
sc_part_body_hash(sc_verify_run_t *run, sc_str_t *value)
{
    size_t         size;
    unsigned char *hex, digest[SC_DIGEST_MAX_SIZE];

    size = sc_digest_size(SC_DIGEST_SHA256);
    hex = sc_arena_bytes(run->arena, 2 * size);

    if (hex == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    if (!sc_digest_pieces(SC_DIGEST_SHA256, &run->request->body, 1, digest)) {
        return SC_VERIFY_NO_MEMORY;
    }

    sc_hex_encode(sc_str_make(digest, size), hex);
    *value = sc_str_make(hex, 2 * size);

    return SC_VERIFY_OK;
}


/* As in a Content-MD5 header: empty for an empty body. */
static sc_verify_result_t
sc_part_body_md5(sc_verify_run_t *run, sc_str_t *value)
{
    size_t         size;
    sc_buf_t       buf;
    unsigned char *text, digest[SC_DIGEST_MAX_SIZE];

    if (run->request->body.len == 0) {
        *value = SC_STR_NULL;
        return SC_VERIFY_OK;
    }

    size = sc_digest_size(SC_DIGEST_MD5);
    text = sc_arena_bytes(run->arena, 2 * size);

    if (text == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    if (!sc_digest_pieces(SC_DIGEST_MD5, &run->request->body, 1, digest)) {
        return SC_VERIFY_NO_MEMORY;
    }

    sc_buf_init_fixed(&buf, text, 2 * size);
    sc_base64_encode(&buf, sc_str_make(digest, size), SC_BASE64_PADDED);
    *value = sc_buf_str(&buf);

    return SC_VERIFY_OK;
}


static sc_verify_result_t
sc_part_header(const sc_verify_run_t *run, sc_str_t name, sc_str_t *value)
{
    size_t count;

    *value = sc_request_header(run->request, name, &count);

    if (count > 1) {
        return SC_VERIFY_DOUBLED;
    }

    return count == 1 ? SC_VERIFY_OK : SC_VERIFY_MALFORMED;
}


static sc_verify_result_t
sc_part_query(const sc_verify_run_t *run, sc_str_t name, sc_str_t *value)
{
    size_t   count;
    sc_str_t query, piece;

    count = 0;
    query = run->request->query;

    while (sc_str_next(&query, '&', &piece)) {
        if (sc_str_eq(sc_str_first(piece, sc_str_find_byte(piece, '=')),
                      name))
        {
            *value = sc_str_from(piece, name.len + 1);
            count++;
        }
    }

    if (count > 1) {
        return SC_VERIFY_DOUBLED;
    }

    return count == 1 ? SC_VERIFY_OK : SC_VERIFY_MALFORMED;
}


static sc_verify_result_t
sc_part_value(sc_verify_run_t *run, const sc_part_t *part, sc_str_t *value)
{
    switch (part->kind) {

    case SC_PART_LITERAL:
        *value = part->text;
        return SC_VERIFY_OK;

    case SC_PART_BODY:
        *value = run->request->body;
        return SC_VERIFY_OK;

    case SC_PART_TIMESTAMP:
        *value = run->timestamp;
        return value->len > 0 ? SC_VERIFY_OK : SC_VERIFY_NO_TIMESTAMP;

    case SC_PART_ID:
        *value = run->id;
        return value->len > 0 ? SC_VERIFY_OK : SC_VERIFY_MALFORMED;

    case SC_PART_METHOD:
        *value = run->request->method;
        return SC_VERIFY_OK;

    case SC_PART_PATH:
        *value = run->request->path;
        return SC_VERIFY_OK;

    case SC_PART_URI:
        *value = run->request->uri;
        return SC_VERIFY_OK;

    case SC_PART_URL:
        *value = run->request->url;
        return SC_VERIFY_OK;

    case SC_PART_HOST:
        *value = run->request->host;
        return SC_VERIFY_OK;

    case SC_PART_HEADER:
        return sc_part_header(run, part->text, value);

    case SC_PART_QUERY:
        return sc_part_query(run, part->text, value);

    case SC_PART_QUERY_STRING:
        *value = run->request->query;
        return SC_VERIFY_OK;

    case SC_PART_BODY_SHA256_HEX:
        return sc_part_body_hash(run, value);

    case SC_PART_BODY_MD5_BASE64:
        return sc_part_body_md5(run, value);
    }

    return SC_VERIFY_MALFORMED;
}


sc_verify_result_t
sc_run_message(sc_verify_run_t *run, sc_message_t *message)
{
    size_t               i;
    sc_verify_result_t   result;
    const sc_template_t *template;

    template = &run->scheme->message;
    message->count = 0;

    if (template->count == 0) {
        message->pieces[0] = run->request->body;
        message->count = 1;
        return SC_VERIFY_OK;
    }

    for (i = 0; i < template->count; i++) {
        message->pieces[i] = SC_STR_NULL;

        result = sc_part_value(run, &template->parts[i],
                               &message->pieces[i]);

        if (result != SC_VERIFY_OK) {
            return result;
        }
    }

    message->count = template->count;

    return SC_VERIFY_OK;
}
