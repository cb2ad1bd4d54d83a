/*
 * sample.h: the callbacks of tests/fixtures as the core sees them.
 *
 * A sample is opened as one receiver plus one request: platform, options,
 * secrets and own accounts come from the folder's OPTIONS.json (described in
 * tests/fixtures/README.md) or are the defaults that the README names.
 * Whatever cannot be read fails the running test.
 */

#ifndef SAMPLE_H
#define SAMPLE_H

#include <jansson.h>

#include "sc_platform.h"


#define SAMPLE_FIXTURES      "tests/fixtures"

#define SAMPLE_TOLERANCE_MS  300000

/* "Now" for samples whose case does not care; after all their times. */
#define SAMPLE_NOW_MS        INT64_C(1768475000000)

#define SAMPLE_MAX_HEADERS   64
#define SAMPLE_MAX_SECRETS   8
#define SAMPLE_MAX_SCHEMES   16
#define SAMPLE_MAX_TEXTS     16


/* Which sample, and as which platform (NULL: the folder's). */
typedef struct {
    const char *folder;
    const char *name;
    const char *platform;
} sample_id_t;


typedef struct {
    const sample_id_t  *id;
    json_t             *expected;      /* the .case.json */
    json_t             *options;       /* OPTIONS.json, may be NULL */

    sc_arena_t          arena;
    void               *blocks;        /* the arena's, newest first */

    sc_header_t         headers[SAMPLE_MAX_HEADERS];
    sc_request_t        request;

    sc_secret_t        *secrets[SAMPLE_MAX_SECRETS];
    size_t              secrets_count;
    sc_str_t            accounts[SAMPLE_MAX_TEXTS];
    sc_str_t            verify_tokens[SAMPLE_MAX_TEXTS];
    sc_source_t         source;

    int64_t             now_ms;
    int64_t             tolerance_ms;
} sample_t;


/* The platform that a folder's samples are meant for, by OPTIONS.json too. */
const sc_platform_t *sample_platform(const sample_id_t *id);

/* Opens <folder>/<name>.case.json with its body and headers. */
void sample_open(sample_t *sample, const sample_id_t *id);

/* Opens the receiver alone, for one entry of a HANDSHAKE.json. */
void sample_open_handshake(sample_t *sample, const sample_id_t *id,
    json_t *handshake);

void sample_close(sample_t *sample);

/* Replaces the request's headers by those of a file of the folder. */
void sample_read_headers(sample_t *sample, const char *file);

/* The scheme for a request, this sample's or a changed copy of it. */
const sc_verify_scheme_t *sample_scheme(const sample_t *sample,
    const sc_request_t *request);

sc_verify_result_t sample_verify(sample_t *sample,
    const sc_request_t *request, int64_t now_ms, sc_verdict_t *verdict);

/* Sets up a callback for parse or handshake over the sample's request. */
void sample_callback(sample_t *sample, sc_callback_t *callback,
    const sc_verdict_t *verdict);

/* Memory that lives until sample_close(). */
void *sample_alloc(sample_t *sample, size_t size);

/* A block function for arenas; `owner` is the sample. */
void *sample_block(void *owner, size_t size);

/* A whole file of the sample's folder; NULL data when there is none. */
sc_str_t sample_file(sample_t *sample, const char *name);


/*
 * Everything that tests/fixtures/README.md lists as negative cases to derive,
 * and freshness at its edges.  The sample is one that verifies.
 */
void sample_tamper(sample_t *sample, const sc_verdict_t *verdict);

#endif /* SAMPLE_H */
