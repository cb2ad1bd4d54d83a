/*
 * sc_verify_form.c: Twilio's signature: the URL as Twilio called it, followed
 * by every form parameter in the order of names; or the URL alone when its
 * query carries the body's SHA-256, or when there is no body.
 *
 * A body that is covered neither way is refused: its signature would equal
 * that of any other request to the same URL.
 */

#include <openssl/crypto.h>

#include "sc_verify_run.h"
#include "sc_verify_sorted.h"


/* As given, with the port toggled, and both with ' escaped in the query. */
#define SC_URL_VARIANTS  4


typedef struct {
    sc_str_t before_port;      /* scheme, user, host */
    sc_str_t port;             /* with its colon; empty without one */
    sc_str_t behind_port;      /* path and query */
} sc_url_parts_t;


static bool
sc_is_form(const sc_request_t *request)
{
    size_t   count;
    sc_str_t type;

    type = sc_request_header(request, SC_STR("Content-Type"), &count);
    type = sc_str_trim(sc_str_first(type, sc_str_find_byte(type, ';')));

    return count == 1
           && sc_str_eq_nocase(type,
                               SC_STR("application/x-www-form-urlencoded"));
}


static void
sc_url_split(sc_str_t url, sc_url_parts_t *parts)
{
    size_t   i, start, end, colon;
    sc_str_t scheme_end;

    start = 0;
    scheme_end = SC_STR("://");

    for (i = 0; i < url.len; i++) {
        if (sc_str_starts_with(sc_str_from(url, i), scheme_end)) {
            start = i + scheme_end.len;
            break;
        }
    }

    for (end = start; end < url.len; end++) {
        if (url.data[end] == '/' || url.data[end] == '?') {
            break;
        }
    }

    /* The last colon after a user's '@' and an address's ']'. */
    colon = end;

    for (i = start; i < end; i++) {
        if (url.data[i] == ':') {
            colon = i;

        } else if (url.data[i] == '@' || url.data[i] == ']') {
            colon = end;
        }
    }

    parts->before_port = sc_str_first(url, colon);
    parts->port = sc_str_first(sc_str_from(url, colon), end - colon);
    parts->behind_port = sc_str_from(url, end);
}


/* The other spelling of the port: none, or the scheme's default. */
static sc_str_t
sc_other_port(const sc_url_parts_t *parts)
{
    if (parts->port.len > 0) {
        return SC_STR_NULL;
    }

    return sc_str_starts_with(parts->before_port, SC_STR("https:"))
           ? SC_STR(":443") : SC_STR(":80");
}


/* Path and query with %27 for ' after the '?'; empty without memory. */
static sc_str_t
sc_escape_quotes(sc_arena_t *arena, sc_str_t text)
{
    size_t         i, n, query;
    unsigned char *out;

    out = sc_arena_bytes(arena, 3 * text.len);
    if (out == NULL) {
        return SC_STR_NULL;
    }

    n = 0;
    query = sc_str_find_byte(text, '?');

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '\'' && i > query) {
            memcpy(out + n, "%27", 3);
            n += 3;

        } else {
            out[n++] = text.data[i];
        }
    }

    return sc_str_make(out, n);
}


/*
 * The parameters sorted and joined.  A repeated pair counts once: that is how
 * Twilio's own libraries do it.
 */
static sc_verify_result_t
sc_form_text(sc_verify_run_t *run, sc_str_t *text)
{
    size_t            i, size;
    sc_buf_t          buf;
    sc_pair_t        *pairs;
    unsigned char    *memory;
    sc_field_status_t status;

    status = sc_run_form(run);
    if (status != SC_FIELD_OK) {
        return sc_field_result(status);
    }

    pairs = run->form;
    sc_sort_pairs(pairs, run->form_count);

    size = 0;

    for (i = 0; i < run->form_count; i++) {
        size += pairs[i].name.len + pairs[i].value.len;
    }

    memory = sc_arena_bytes(run->arena, size);
    if (memory == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    sc_buf_init_fixed(&buf, memory, size);

    for (i = 0; i < run->form_count; i++) {
        if (i > 0 && sc_str_eq(pairs[i - 1].name, pairs[i].name)
            && sc_str_eq(pairs[i - 1].value, pairs[i].value))
        {
            continue;
        }

        sc_buf_append_str(&buf, pairs[i].name);
        sc_buf_append_str(&buf, pairs[i].value);
    }

    *text = sc_buf_str(&buf);

    return SC_VERIFY_OK;
}


/* Checks bodySHA256 of the query against the body; *given: it is there. */
static sc_verify_result_t
sc_body_hash_matches(sc_verify_run_t *run, bool *given)
{
    size_t            len;
    sc_str_t          claimed;
    sc_field_t        field;
    unsigned char     expected[SC_DIGEST_MAX_SIZE];
    unsigned char     digest[SC_DIGEST_MAX_SIZE];
    sc_field_status_t status;

    field.from = SC_FROM_QUERY;
    field.name = SC_STR("bodySHA256");

    status = sc_run_field(run, &field, &claimed);
    *given = status != SC_FIELD_ABSENT;

    if (status != SC_FIELD_OK) {
        return sc_field_result(status);
    }

    if (!sc_hex_decode(claimed, expected, sizeof(expected), &len)
        || len != sc_digest_size(SC_DIGEST_SHA256))
    {
        return SC_VERIFY_MALFORMED;
    }

    if (!sc_digest_pieces(SC_DIGEST_SHA256, &run->request->body, 1, digest)) {
        return SC_VERIFY_NO_MEMORY;
    }

    return CRYPTO_memcmp(expected, digest, len) == 0 ? SC_VERIFY_OK
                                                     : SC_VERIFY_MISMATCH;
}


/* What is signed after the URL. */
static sc_verify_result_t
sc_form_tail(sc_verify_run_t *run, sc_str_t *tail)
{
    bool               given;
    sc_verify_result_t result;

    *tail = SC_STR_NULL;

    result = sc_body_hash_matches(run, &given);

    if (given) {
        return result;
    }

    if (run->request->body.len == 0) {
        return SC_VERIFY_OK;
    }

    return sc_is_form(run->request) ? sc_form_text(run, tail)
                                    : SC_VERIFY_MISMATCH;
}


static sc_verify_result_t
sc_compare_urls(sc_verify_run_t *run, const sc_candidates_t *list,
    sc_str_t tail)
{
    size_t             i, variants;
    sc_str_t           escaped;
    sc_message_t       message;
    sc_url_parts_t     parts;
    sc_verify_result_t result;

    sc_url_split(run->request->url, &parts);

    variants = SC_URL_VARIANTS / 2;
    escaped = SC_STR_NULL;

    if (sc_str_find_byte(run->request->query, '\'')
        < run->request->query.len)
    {
        variants = SC_URL_VARIANTS;
        escaped = sc_escape_quotes(run->arena, parts.behind_port);

        if (escaped.data == NULL) {
            return SC_VERIFY_TOO_LARGE;
        }
    }

    result = SC_VERIFY_MISMATCH;

    for (i = 0; i < variants && result == SC_VERIFY_MISMATCH; i++) {
        message.pieces[0] = parts.before_port;
        message.pieces[1] = i % 2 == 0 ? parts.port : sc_other_port(&parts);
        message.pieces[2] = i < 2 ? parts.behind_port : escaped;
        message.pieces[3] = tail;
        message.count = 4;

        result = sc_run_compare_hmac(run, &message, list);
    }

    return result;
}


sc_verify_result_t
sc_verify_form_sorted(sc_verify_run_t *run)
{
    sc_str_t           tail;
    sc_candidates_t    list;
    sc_verify_result_t result;

    result = sc_run_signature(run);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_run_candidates(run, true, &list);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_run_signed_fields(run, false);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_form_tail(run, &tail);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    return sc_compare_urls(run, &list, tail);
}
