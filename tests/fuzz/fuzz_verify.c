/*
 * fuzz_verify.c: any request against every scheme.  The secrets are known to
 * nobody who writes inputs, so nothing may ever be accepted; and whatever is
 * refused names a reason.
 *
 * Input: first line method and URL, then header lines, an empty line, body.
 */

#include <openssl/err.h>
#include <stdlib.h>

#include "sc_verify.h"


#define MAX_INPUT    8192
#define MAX_HEADERS  16
#define NOW_MS       INT64_C(1790000000000)

/* Not of any sample: the keys' private halves were thrown away. */
#define SECRET       "0f7c1d5e9b3a4826:c5d7e1f20b8a9634"

#define HEADER(text)   { SC_FROM_HEADER, SC_STR_INIT(text) }
#define QUERY(text)    { SC_FROM_QUERY, SC_STR_INIT(text) }
#define FORM(text)     { SC_FROM_FORM, SC_STR_INIT(text) }
#define JSON(text)     { SC_FROM_JSON, SC_STR_INIT(text) }
#define LITERAL(value) { SC_PART_LITERAL, SC_STR_INIT(value) }
#define PART(what)     { SC_PART_##what, { 0, NULL } }

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


typedef struct block_s  block_t;

struct block_s {
    block_t *next;
    _Alignas(16) unsigned char data[];
};


typedef struct {
    sc_verify_scheme_t scheme;
    const char        *material;
    sc_secret_t       *secret;
} entry_t;


static const sc_str_t issuers[] = { SC_STR_INIT("Vonage") };

static entry_t entries[] = {
    { { .signature = HEADER("X-Hub-Signature"), .prefix_is_digest = true,
        .retry_escaped = true }, SECRET, NULL },
    { { .signature = HEADER("X-Hub-Signature-256"),
        .prefix = SC_STR_INIT("sha256=") }, SECRET, NULL },
    { { .signature = HEADER("Stripe-Signature"),
        .list = SC_SIGNATURE_LIST_KEYS, .list_key = SC_STR_INIT("v1"),
        .timestamp = { SC_FROM_LIST, SC_STR_INIT("t") },
        .timestamp_format = SC_TIME_SECONDS,
        .message = { { PART(TIMESTAMP), LITERAL("."), PART(BODY) }, 3 } },
      SECRET, NULL },
    { { .digest = SC_DIGEST_SHA512, .signature = QUERY("sig"),
        .encoding = SC_SIGNATURE_BASE64_UNPADDED,
        .list = SC_SIGNATURE_LIST_COMMA, .prefix = SC_STR_INIT("v0:"),
        .prefix_optional = true, .id = HEADER("X-Id"),
        .message = { { PART(METHOD), PART(PATH), PART(URI), PART(URL),
                       PART(HOST), PART(ID), PART(QUERY_STRING),
                       { SC_PART_HEADER, SC_STR_INIT("X-Nonce") },
                       { SC_PART_QUERY, SC_STR_INIT("n") },
                       PART(BODY_SHA256_HEX) }, 10 } }, SECRET, NULL },
    { { .signature = FORM("signature"), .timestamp = FORM("timestamp"),
        .timestamp_format = SC_TIME_SECONDS, .id = FORM("token"),
        .form_last = true,
        .message = { { PART(TIMESTAMP), PART(ID) }, 2 } }, SECRET, NULL },
    { { .signature = JSON("/signature/signature"),
        .timestamp = JSON("/signature/timestamp"),
        .timestamp_format = SC_TIME_SECONDS, .id = JSON("/signature/token"),
        .message = { { PART(TIMESTAMP), PART(ID) }, 2 } }, SECRET, NULL },
    { { .kind = SC_SCHEME_STANDARD_WEBHOOKS }, SECRET, NULL },
    { { .kind = SC_SCHEME_STANDARD_WEBHOOKS },
      "whpk_77oUj2Vu7ktHERV+p/l+RGsoYHkp+RnSmB2EFNlu9FA=", NULL },
    { { .kind = SC_SCHEME_TOKEN, .signature = JSON("/secret") }, SECRET,
      NULL },
    { { .kind = SC_SCHEME_TOKEN, .signature = QUERY("access_token") },
      SECRET, NULL },
    { { .kind = SC_SCHEME_BASIC }, SECRET, NULL },
    { { .kind = SC_SCHEME_SIGNED_REQUEST,
        .signature = FORM("signed_request") }, SECRET, NULL },
    { { .kind = SC_SCHEME_ED25519, .signature = HEADER("X-Signature-Ed25519"),
        .timestamp = HEADER("X-Signature-Timestamp"),
        .timestamp_format = SC_TIME_SECONDS,
        .message = { { PART(TIMESTAMP), PART(BODY) }, 2 } },
      "75e852b2cd7d63450f3f7e4b1a3ce6bf69ee4b212aae8ddd7c100143bd7ec253",
      NULL },
    { { .kind = SC_SCHEME_ECDSA_P256, .encoding = SC_SIGNATURE_BASE64,
        .signature = HEADER("X-Twilio-Email-Event-Webhook-Signature") },
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETEgZYtARZjKzyzYEMdpbGXGLmTrazJF+aU"
      "KMlKxP2xnPRXtQJSSOcgl69WxNzs2vBhVM4iELZWP9MYgtxjNmfw==", NULL },
    { { .kind = SC_SCHEME_JWT, .prefix = SC_STR_INIT("Bearer "),
        .timestamp = { SC_FROM_CLAIM, SC_STR_INIT("iat") },
        .timestamp_format = SC_TIME_SECONDS,
        .id = { SC_FROM_CLAIM, SC_STR_INIT("jti") },
        .jwt = { .issuers = issuers, .issuers_count = 1,
                 .body_hash = SC_STR_INIT("payload_hash"),
                 .audience_is_url = true } }, SECRET, NULL },
    { { .kind = SC_SCHEME_JWT, .prefix = SC_STR_INIT("Bearer "),
        .jwt = { .algorithms = SC_JWT_ES256 } },
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETEgZYtARZjKzyzYEMdpbGXGLmTrazJF+aU"
      "KMlKxP2xnPRXtQJSSOcgl69WxNzs2vBhVM4iELZWP9MYgtxjNmfw==", NULL },
    { { .kind = SC_SCHEME_SHA1_SORTED, .signature = QUERY("signature"),
        .timestamp = QUERY("timestamp"), .id = QUERY("nonce"),
        .timestamp_format = SC_TIME_SECONDS,
        .sorted = { { SC_FROM_XML, SC_STR_INIT("Encrypt") } } }, SECRET,
      NULL },
    { { .kind = SC_SCHEME_FORM_SORTED, .digest = SC_DIGEST_SHA1,
        .signature = HEADER("X-Twilio-Signature"),
        .encoding = SC_SIGNATURE_BASE64 }, SECRET, NULL },
    { { .kind = SC_SCHEME_PARAMETERS_SORTED }, SECRET, NULL },
    { { .kind = SC_SCHEME_PARAMETERS_SORTED, .digest = SC_DIGEST_MD5,
        .plain_digest = true }, SECRET, NULL }
};

#define ENTRIES  (sizeof(entries) / sizeof(entries[0]))


static void *
take_block(void *owner, size_t size)
{
    block_t **list = owner;
    block_t  *block;

    block = malloc(sizeof(*block) + size);

    if (block == NULL) {
        return NULL;
    }

    block->next = *list;
    *list = block;

    return block->data;
}


static void
free_blocks(block_t *list)
{
    block_t *next;

    for (; list != NULL; list = next) {
        next = list->next;
        free(list);
    }
}


static void
prepare_secrets(void)
{
    size_t      i;
    const char *problem;

    for (i = 0; i < ENTRIES; i++) {
        entries[i].secret = sc_secret_create(
            sc_str_from_cstring(entries[i].material), SC_STR(""), 0,
            &problem);

        CHECK(entries[i].secret != NULL);
        CHECK(sc_secret_prepare(entries[i].secret, &entries[i].scheme,
                                &problem));
    }
}


/* "METHOD URL" */
static void
read_first_line(sc_request_t *request, sc_str_t line)
{
    size_t at;

    at = sc_str_find_byte(line, ' ');
    request->method = sc_str_first(line, at);
    request->url = sc_str_from(line, at + 1);

    at = sc_str_find_byte(request->url, '/');
    request->uri = sc_str_from(request->url, at);
    at = sc_str_find_byte(request->uri, '?');
    request->path = sc_str_first(request->uri, at);
    request->query = sc_str_from(request->uri, at + 1);
}


static void
read_request(sc_request_t *request, sc_header_t *headers, sc_str_t text)
{
    size_t   at;
    sc_str_t line;

    memset(request, 0, sizeof(*request));
    request->headers = headers;

    if (!sc_str_next(&text, '\n', &line)) {
        return;
    }

    read_first_line(request, line);

    while (request->headers_count < MAX_HEADERS
           && sc_str_next(&text, '\n', &line) && line.len > 0)
    {
        at = sc_str_find_byte(line, ':');
        headers[request->headers_count].name = sc_str_first(line, at);
        headers[request->headers_count].value =
            sc_str_trim(sc_str_from(line, at + 1));
        request->headers_count++;
    }

    request->body = text;
}


static void
check_entry(const entry_t *entry, const sc_request_t *request)
{
    block_t     *blocks;
    sc_arena_t   arena;
    sc_secrets_t secrets;
    sc_verdict_t verdict;

    blocks = NULL;
    sc_arena_init(&arena, take_block, &blocks, 1024 * 1024);

    secrets.items = &entry->secret;
    secrets.count = 1;

    sc_verify(&entry->scheme, request, &secrets, NOW_MS, 300000, &arena,
              &verdict);

    CHECK(verdict.result != SC_VERIFY_OK);
    CHECK(verdict.result < SC_VERIFY_RESULTS);
    CHECK(verdict.id.len == 0 && verdict.payload.len == 0);
    CHECK(arena.used <= 1024 * 1024);

    free_blocks(blocks);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         i;
    sc_header_t    headers[MAX_HEADERS];
    sc_request_t   request;
    unsigned char *copy;

    if (size > MAX_INPUT) {
        return 0;
    }

    if (entries[0].secret == NULL) {
        prepare_secrets();
    }

    copy = malloc(size + 1);
    CHECK(copy != NULL);

    if (size > 0) {
        memcpy(copy, data, size);
    }

    read_request(&request, headers, sc_str_make(copy, size));

    for (i = 0; i < ENTRIES; i++) {
        check_entry(&entries[i], &request);
    }

    /* Nothing of a forgery may wait for nginx's TLS. */
    CHECK(ERR_peek_error() == 0);

    free(copy);

    return 0;
}
