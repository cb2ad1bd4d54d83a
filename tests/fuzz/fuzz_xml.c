/*
 * fuzz_xml.c: an arbitrary verified document through the platforms of XML, the
 * same bytes as what is inside an encrypted message, and as its base64.
 */

#include "platform_fuzz.h"
#include "sc_registry.h"
#include "sc_wechat_aes.h"


#define MEMORY   (4 << 20)
#define OPTIONS  4096

#define KEY  "N0rthw1ndCareSynthet1cKeyForTestsOnly42abcG"


static void
run(const sc_platform_t *platform, sc_str_t input, sc_str_t query,
    size_t limit)
{
    sc_str_t       plain;
    sc_arena_t     arena;
    sc_secret_t   *secret;
    sc_source_t    source;
    const char    *problem;
    sc_request_t   request;
    sc_verdict_t   verdict;
    sc_callback_t  callback;
    fuzz_memory_t  memory;

    static const sc_str_t accounts[] = {
        SC_STR_INIT("UCnorthwindrail000000001")
    };

    _Alignas(16) unsigned char options[OPTIONS] = { 0 };

    CHECK(platform->options_size <= sizeof(options));

    memory.count = 0;
    sc_arena_init(&arena, fuzz_block, &memory, limit);

    memset(&source, 0, sizeof(source));
    memset(&request, 0, sizeof(request));
    memset(&verdict, 0, sizeof(verdict));
    memset(&callback, 0, sizeof(callback));

    secret = sc_secret_create(SC_STR(KEY), SC_STR("aes"), 0, &problem);
    CHECK(secret != NULL);

    fuzz_set_limits(&source);
    source.platform = platform;
    source.options = options;
    source.accounts = accounts;
    source.accounts_count = 1;
    source.secrets.items = &secret;
    source.secrets.count = 1;

    (void) platform->set_option(options, &arena, SC_STR("aes_key"),
                                SC_STR("aes"));
    (void) platform->set_option(options, &arena, SC_STR("app_id"),
                                SC_STR("wx0c0ffee0ca5e0001"));

    request.method = SC_STR("POST");
    request.query = query;
    request.body = input;
    callback.request = &request;
    callback.source = &source;
    callback.arena = &arena;
    callback.verdict = &verdict;
    callback.now_ms = 1790000000000;

    fuzz_parse(&callback, true);
    CHECK(arena.used <= limit);

    /* The query is the sender's, too; without a topic it gets nothing. */
    request.query = input;
    platform->handshake(&callback);
    CHECK(callback.answer.status >= 400);
    CHECK(callback.answer.body.len == 0);

    (void) sc_wechat_aes_open(&arena, SC_STR(KEY), input,
                              SC_STR("wx0c0ffee0ca5e0001"), &plain);
    fuzz_check_text(plain, false);

    sc_secret_destroy(secret);
    fuzz_free(&memory);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sc_str_t       input;
    unsigned char *copy;

    copy = fuzz_copy(data, size);
    if (copy == NULL) {
        return 0;
    }

    input = sc_str_make(copy, size);

    run(&sc_platform_websub, input, SC_STR_NULL, MEMORY);
    run(&sc_platform_websub, input, SC_STR_NULL, 64 * (1 + size % 1024));
    run(&sc_platform_wechat, input, SC_STR_NULL, MEMORY);
    run(&sc_platform_wechat, input, SC_STR("encrypt_type=aes"), MEMORY);
    run(&sc_platform_wechat, input, SC_STR("encrypt_type=aes"),
        64 * (1 + size % 1024));

    free(copy);

    return 0;
}
