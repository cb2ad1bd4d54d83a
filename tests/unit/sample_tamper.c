/*
 * sample_tamper.c: what must be refused, derived from what must pass.
 *
 * Each change is made to a copy of the request.  Where a scheme has
 * alternatives, the signature of each is changed: none may save the callback.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sample.h"


/* Changes the encoded signature, already a copy of its own; new length. */
typedef size_t (*tamper_fn)(unsigned char *text, size_t len);


typedef struct {
    const char *what;
    tamper_fn   change;
} tamper_t;


/* One digit by another one; both are in every alphabet. */
static void
tamper_digit(unsigned char *digit)
{
    *digit = *digit == '0' ? '1' : '0';
}


static size_t
tamper_first(unsigned char *text, size_t len)
{
    if (len > 0) {
        tamper_digit(text);
    }

    return len;
}


static size_t
tamper_middle(unsigned char *text, size_t len)
{
    if (len > 0) {
        tamper_digit(text + len / 2);
    }

    return len;
}


static size_t
tamper_last(unsigned char *text, size_t len)
{
    size_t at;

    at = len;

    while (at > 0 && text[at - 1] == '=') {
        at--;
    }

    if (at > 0) {
        tamper_digit(text + at - 1);
    }

    return len;
}


/* Four characters are whole bytes in hex and in base64. */
static size_t
tamper_truncate(unsigned char *text, size_t len)
{
    (void) text;

    return len > 4 ? len - 4 : 0;
}


/* Padding may be optional: what goes is the last character before it. */
static size_t
tamper_odd(unsigned char *text, size_t len)
{
    while (len > 0 && text[len - 1] == '=') {
        len--;
    }

    return len > 0 ? len - 1 : 0;
}


static size_t
tamper_empty(unsigned char *text, size_t len)
{
    (void) text;
    (void) len;

    return 0;
}


static size_t
tamper_alphabet(unsigned char *text, size_t len)
{
    if (len > 0) {
        text[len / 2] = '!';
    }

    return len;
}


static size_t
tamper_upper(unsigned char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (text[i] >= 'a' && text[i] <= 'f') {
            text[i] = (unsigned char) (text[i] - 'a' + 'A');
        }
    }

    return len;
}


static size_t
tamper_unpad(unsigned char *text, size_t len)
{
    while (len > 0 && text[len - 1] == '=') {
        len--;
    }

    return len;
}


static const tamper_t tamper_signatures[] = {
    { "first digit flipped", tamper_first },
    { "middle digit flipped", tamper_middle },
    { "last digit flipped", tamper_last },
    { "digest truncated", tamper_truncate },
    { "digest one character short", tamper_odd },
    { "digest empty", tamper_empty },
    { "character outside the alphabet", tamper_alphabet }
};


/* Where the encoded signature starts in one element of the header. */
static size_t
tamper_skip(const sc_verify_scheme_t *scheme, sc_str_t element)
{
    size_t at;

    if (scheme->kind == SC_SCHEME_STANDARD_WEBHOOKS) {
        at = sc_str_find_byte(element, ',');
        return at == element.len ? at : at + 1;
    }

    if (scheme->list == SC_SIGNATURE_LIST_KEYS) {
        at = sc_str_find_byte(element, '=');

        return sc_str_eq(sc_str_first(element, at), scheme->list_key)
               ? at + 1 : element.len;
    }

    if (scheme->prefix_is_digest) {
        at = sc_str_find_byte(element, '=');
        return at == element.len ? at : at + 1;
    }

    return sc_str_starts_with(element, scheme->prefix) ? scheme->prefix.len
                                                       : 0;
}


static unsigned char
tamper_separator(const sc_verify_scheme_t *scheme)
{
    if (scheme->kind == SC_SCHEME_STANDARD_WEBHOOKS
        || scheme->list == SC_SIGNATURE_LIST_SPACE)
    {
        return ' ';
    }

    /* No header value holds a line break. */
    return scheme->list == SC_SIGNATURE_SINGLE ? '\n' : ',';
}


static sc_str_t
tamper_value(sample_t *sample, const sc_verify_scheme_t *scheme,
    sc_str_t value, tamper_fn change)
{
    size_t         skip;
    sc_str_t       element;
    unsigned char *start, *at;

    start = sample_alloc(sample, value.len + 1);
    at = start;

    while (sc_str_next(&value, tamper_separator(scheme), &element)) {
        if (at > start) {
            *at++ = tamper_separator(scheme);
        }

        skip = tamper_skip(scheme, element);
        memcpy(at, element.data, element.len);
        at += skip;

        if (skip < element.len) {
            at += change(at, element.len - skip);
        }
    }

    return sc_str_make(start, (size_t) (at - start));
}


/* The scheme of the chain whose signature stands in this header, or NULL. */
static const sc_verify_scheme_t *
tamper_scheme_of(const sc_verify_scheme_t *scheme, sc_str_t header)
{
    for ( /* void */ ; scheme != NULL; scheme = scheme->alternative) {
        if (scheme->signature.from == SC_FROM_HEADER
            && sc_str_eq_nocase(scheme->signature.name, header))
        {
            return scheme;
        }
    }

    return NULL;
}


static sc_request_t
tamper_copy(sample_t *sample)
{
    sc_header_t  *headers;
    sc_request_t  copy;

    copy = sample->request;
    headers = sample_alloc(sample, 2 * (copy.headers_count + 1)
                                   * sizeof(sc_header_t));
    memcpy(headers, copy.headers, copy.headers_count * sizeof(sc_header_t));
    copy.headers = headers;

    return copy;
}


static sc_header_t *
tamper_header(const sc_request_t *copy, size_t i)
{
    return (sc_header_t *) (uintptr_t) &copy->headers[i];
}


static void
tamper_refused(sample_t *sample, const sc_request_t *request,
    const char *what)
{
    if (sample_verify(sample, request, sample->now_ms, NULL) == SC_VERIFY_OK)
    {
        fail_msg("%s/%s: accepted with %s", sample->id->folder,
                 sample->id->name, what);
    }
}


static void
tamper_accepted(sample_t *sample, const sc_request_t *request,
    int64_t now_ms, const char *what)
{
    sc_verify_result_t result;

    result = sample_verify(sample, request, now_ms, NULL);

    if (result != SC_VERIFY_OK) {
        fail_msg("%s/%s: %s with %s", sample->id->folder, sample->id->name,
                 sc_verify_result_name(result), what);
    }
}


static sc_request_t
tamper_signature_copy(sample_t *sample, const sc_verify_scheme_t *chain,
    tamper_fn change)
{
    size_t                    i;
    sc_header_t              *header;
    sc_request_t              copy;
    const sc_verify_scheme_t *scheme;

    copy = tamper_copy(sample);

    for (i = 0; i < copy.headers_count; i++) {
        header = tamper_header(&copy, i);
        scheme = tamper_scheme_of(chain, header->name);

        if (scheme != NULL) {
            header->value = tamper_value(sample, scheme, header->value,
                                         change);
        }
    }

    return copy;
}


static void
tamper_signature(sample_t *sample, const sc_verify_scheme_t *chain)
{
    size_t       i;
    sc_request_t copy;

    for (i = 0; i < sizeof(tamper_signatures) / sizeof(tamper_signatures[0]);
         i++)
    {
        copy = tamper_signature_copy(sample, chain,
                                     tamper_signatures[i].change);
        tamper_refused(sample, &copy, tamper_signatures[i].what);
    }
}


/*
 * Another spelling of the same digest: what passes depends on the scheme.
 * What must pass is changed in the first scheme's header only.
 */
static void
tamper_spelling(sample_t *sample, const sc_verify_scheme_t *scheme)
{
    sc_request_t       copy;
    sc_verify_scheme_t first;

    if (scheme->kind != SC_SCHEME_HMAC) {
        return;
    }

    first = *scheme;
    first.alternative = NULL;

    if (scheme->encoding == SC_SIGNATURE_HEX) {
        copy = tamper_signature_copy(sample, &first, tamper_upper);
        tamper_accepted(sample, &copy, sample->now_ms, "upper case hex");

    } else if (scheme->encoding == SC_SIGNATURE_BASE64) {
        copy = tamper_signature_copy(sample, scheme, tamper_unpad);
        tamper_refused(sample, &copy, "base64 without padding");

    } else {
        copy = tamper_signature_copy(sample, &first, tamper_unpad);
        tamper_accepted(sample, &copy, sample->now_ms,
                        "base64 without padding");
    }
}


static void
tamper_prefix(sample_t *sample, const sc_verify_scheme_t *chain)
{
    size_t                    i;
    bool                      changed;
    sc_str_t                  parts[2];
    sc_header_t              *header;
    sc_request_t              bare, wrong;
    const sc_verify_scheme_t *scheme;

    changed = false;
    bare = tamper_copy(sample);
    wrong = tamper_copy(sample);

    for (i = 0; i < bare.headers_count; i++) {
        header = tamper_header(&bare, i);
        scheme = tamper_scheme_of(chain, header->name);

        if (scheme != NULL && scheme->prefix.len > 0) {
            changed = true;
            header->value = sc_str_from(header->value, scheme->prefix.len);

            /* The digest keeps its length: sha1= with 64 digits. */
            parts[0] = sc_str_eq(scheme->prefix, SC_STR("sha1="))
                       ? SC_STR("md5=") : SC_STR("sha1=");
            parts[1] = header->value;
            assert_true(sc_arena_join(&sample->arena, parts, 2,
                                      &tamper_header(&wrong, i)->value));
        }
    }

    if (changed) {
        tamper_refused(sample, &bare, "no prefix");
        tamper_refused(sample, &wrong, "the wrong prefix");
    }
}


/* The signature headers left out, and each of them twice. */
static void
tamper_header_count(sample_t *sample, const sc_verify_scheme_t *chain)
{
    size_t        i, count, found;
    sc_request_t  none, twice;

    none = tamper_copy(sample);
    twice = tamper_copy(sample);
    count = 0;
    found = 0;

    for (i = 0; i < sample->request.headers_count; i++) {
        if (tamper_scheme_of(chain, sample->request.headers[i].name) == NULL) {
            *tamper_header(&none, count++) = sample->request.headers[i];

        } else {
            *tamper_header(&twice, twice.headers_count++)
                = sample->request.headers[i];
            found++;
        }
    }

    none.headers_count = count;

    if (found > 0) {
        tamper_refused(sample, &none, "no signature header");
        tamper_refused(sample, &twice, "a doubled signature header");
    }
}


static bool
tamper_body_is_signed(const sc_verify_scheme_t *scheme)
{
    size_t i;

    switch (scheme->kind) {

    case SC_SCHEME_STANDARD_WEBHOOKS:
    case SC_SCHEME_SIGNED_REQUEST:
        return true;

    case SC_SCHEME_HMAC:
    case SC_SCHEME_ED25519:
    case SC_SCHEME_ECDSA_P256:
    case SC_SCHEME_RSA_SHA256:
        break;

    default:
        return false;
    }

    for (i = 0; i < scheme->message.count; i++) {
        if (scheme->message.parts[i].kind == SC_PART_BODY
            || scheme->message.parts[i].kind == SC_PART_BODY_SHA256_HEX)
        {
            return true;
        }
    }

    return scheme->message.count == 0;
}


static void
tamper_body(sample_t *sample)
{
    size_t         i, at, len;
    sc_request_t   copy;
    unsigned char *body;

    len = sample->request.body.len;
    copy = sample->request;

    body = sample_alloc(sample, len + 1);
    memcpy(body, sample->request.body.data, len);

    /* One bit at each of 17 places, both ends among them. */
    for (i = 0; i <= 16; i++) {
        at = (len - 1) * i / 16;

        body[at] ^= (unsigned char) (1u << (i % 8));
        copy.body = sc_str_make(body, len);
        tamper_refused(sample, &copy, "one bit of the body flipped");
        body[at] ^= (unsigned char) (1u << (i % 8));
    }

    copy.body = sc_str_make(body, len - 1);
    tamper_refused(sample, &copy, "the body's last byte missing");

    copy.body = SC_STR_NULL;
    tamper_refused(sample, &copy, "no body");

    body[len] = '\n';
    copy.body = sc_str_make(body, len + 1);
    tamper_refused(sample, &copy, "a line break behind the body");
}


/* Exactly the tolerance passes, a millisecond more does not. */
static void
tamper_time(sample_t *sample, const sc_verify_scheme_t *scheme,
    int64_t signed_ms)
{
    int64_t      tolerance;
    sc_request_t copy;

    if (signed_ms < 0 || scheme->no_tolerance || sample->tolerance_ms == 0
        || scheme->kind == SC_SCHEME_JWT)
    {
        return;
    }

    tolerance = sample->tolerance_ms;
    copy = sample->request;

    tamper_accepted(sample, &copy, signed_ms + tolerance, "the oldest time");
    tamper_accepted(sample, &copy, signed_ms - tolerance, "the newest time");

    assert_int_equal(sample_verify(sample, &copy, signed_ms + tolerance + 1,
                                   NULL),
                     SC_VERIFY_STALE);
    assert_int_equal(sample_verify(sample, &copy, signed_ms - tolerance - 1,
                                   NULL),
                     SC_VERIFY_FUTURE);
}


/* A header beside the signature that is signed with the body. */
static void
tamper_signed_header(sample_t *sample, const sc_field_t *field)
{
    size_t       i;
    sc_header_t *header;
    sc_request_t copy;

    static const sc_verify_scheme_t plain;

    if (field->from != SC_FROM_HEADER) {
        return;
    }

    copy = tamper_copy(sample);

    for (i = 0; i < copy.headers_count; i++) {
        header = tamper_header(&copy, i);

        if (sc_str_eq_nocase(header->name, field->name)) {
            header->value = tamper_value(sample, &plain, header->value,
                                         tamper_last);
            tamper_refused(sample, &copy, "a signed header changed");

            header->value = SC_STR_NULL;
            tamper_refused(sample, &copy, "a signed header empty");
        }
    }
}


/* A key that is not the sender's. */
static void
tamper_secret(sample_t *sample)
{
    const char         *problem;
    sc_secret_t        *other;
    sc_secrets_t        right, wrong;
    sc_verify_result_t  result;

    other = sc_secret_create(SC_STR("another-secret-of-length"),
                             SC_STR_NULL, 0, &problem);
    assert_non_null(other);

    right = sample->source.secrets;
    wrong.items = &other;
    wrong.count = 1;

    /* Keys of another make than text do not fit: nothing to be tried. */
    if (sc_secret_prepare(other, sample_scheme(sample, &sample->request),
                          &problem))
    {
        sample->source.secrets = wrong;
        result = sample_verify(sample, &sample->request, sample->now_ms, NULL);
        sample->source.secrets = right;

        assert_int_not_equal(result, SC_VERIFY_OK);
    }

    sc_secret_destroy(other);
}


/* Whatever memory is left, the outcome is the verdict or "too large". */
static void
tamper_memory(sample_t *sample)
{
    size_t       limit;
    sc_arena_t   arena;
    sc_verdict_t verdict;

    for (limit = 0; limit < 8192; limit = limit * 2 + 16) {
        sc_arena_init(&arena, sample_block, sample, limit);
        sc_verify(sample_scheme(sample, &sample->request), &sample->request,
                  &sample->source.secrets, sample->now_ms,
                  sample->tolerance_ms, &arena, &verdict);

        assert_true(verdict.result == SC_VERIFY_OK
                    || verdict.result == SC_VERIFY_TOO_LARGE);
    }
}


void
sample_tamper(sample_t *sample, const sc_verdict_t *verdict)
{
    const sc_verify_scheme_t *scheme;

    scheme = sample_scheme(sample, &sample->request);

    if (tamper_scheme_of(scheme, scheme->signature.name) != NULL) {
        tamper_signature(sample, scheme);
        tamper_spelling(sample, scheme);
        tamper_prefix(sample, scheme);
        tamper_header_count(sample, scheme);
    }

    if (sample->request.body.len > 1 && tamper_body_is_signed(scheme)) {
        tamper_body(sample);
    }

    tamper_time(sample, scheme, verdict->signed_ms);
    tamper_signed_header(sample, &scheme->timestamp);

    if (scheme->kind == SC_SCHEME_STANDARD_WEBHOOKS) {
        tamper_signed_header(sample, &scheme->id);
    }

    tamper_secret(sample);
    tamper_memory(sample);
}
