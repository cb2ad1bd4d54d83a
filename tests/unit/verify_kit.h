/*
 * verify_kit.h: one request, its secrets and a clock, for tests of the
 * signature engine.  Every text is malloc'ed in its exact size, so that
 * sanitizers see each byte read too many.
 */

#ifndef VERIFY_KIT_H
#define VERIFY_KIT_H

#include "sc_verify.h"


#define KIT_SECRET       "s3cr3t-socialcare"
#define KIT_BODY         "{\"hello\":\"care\"}"
#define KIT_NOW_S        INT64_C(1790000000)
#define KIT_NOW_MS       (KIT_NOW_S * 1000)
#define KIT_HEADERS_MAX  24
#define KIT_SECRETS_MAX  8


typedef struct kit_block_s  kit_block_t;


typedef struct {
    sc_request_t request;
    sc_header_t  headers[KIT_HEADERS_MAX];
    sc_secret_t *secrets[KIT_SECRETS_MAX];
    size_t       secrets_count;
    int64_t      now_ms;
    int64_t      tolerance_ms;
    size_t       memory;           /* the arena's limit */
    sc_verdict_t verdict;
    kit_block_t *texts;            /* of the request */
    kit_block_t *scratch;          /* of the last verdict */
} kit_t;


/* POST https://care.example.com/hooks with KIT_BODY, no header, no secret. */
void kit_init(kit_t *kit);
void kit_free(kit_t *kit);

void kit_method(kit_t *kit, const char *method);
void kit_url(kit_t *kit, const char *url);
void kit_body(kit_t *kit, const char *body);
void kit_body_bytes(kit_t *kit, const void *body, size_t len);
void kit_header(kit_t *kit, const char *name, const char *value);
void kit_no_headers(kit_t *kit);

/* A copy that lives as long as the kit. */
sc_str_t kit_text(kit_t *kit, const void *data, size_t len);

/* `count` copies of a text and then another, as long as the kit lives. */
sc_str_t kit_repeat(kit_t *kit, const char *text, size_t count,
    const char *tail);

/* Creates and prepares; fails the test unless both succeed. */
void kit_secret(kit_t *kit, const sc_verify_scheme_t *scheme,
    const char *material);
void kit_secret_full(kit_t *kit, const sc_verify_scheme_t *scheme,
    const char *material, const char *label, int64_t until_s);
void kit_no_secrets(kit_t *kit);

/* The whole file tests/fixtures/<path>; fails the test when absent. */
sc_str_t kit_file(kit_t *kit, const char *path);

/* A sample's body, headers, url, method and clock. */
void kit_sample(kit_t *kit, const char *folder, const char *name);

/* Replaces the headers by those of tests/fixtures/<path>. */
void kit_sample_headers(kit_t *kit, const char *path);

sc_verify_result_t kit_verify(kit_t *kit, const sc_verify_scheme_t *scheme);

/* kit_verify, and fails the test on another result (says which). */
#define kit_expect(kit, scheme, result)                                       \
    kit_expect_at(kit, scheme, result, __FILE__, __LINE__)

void kit_expect_at(kit_t *kit, const sc_verify_scheme_t *scheme,
    sc_verify_result_t result, const char *file, int line);

/*
 * Flips every bit of the body in turn: each must refuse.  Then a byte more
 * and a byte less.
 */
void kit_tamper_body(kit_t *kit, const sc_verify_scheme_t *scheme);

/*
 * Flips every bit of a header's value in turn: each must refuse, except where
 * it only changes the case of a letter and `hex` says that this is allowed.
 */
void kit_tamper_header(kit_t *kit, const sc_verify_scheme_t *scheme,
    const char *name, bool hex);

/* Drops the header, empties it, doubles it. */
void kit_tamper_presence(kit_t *kit, const sc_verify_scheme_t *scheme,
    const char *name);

#endif /* VERIFY_KIT_H */
