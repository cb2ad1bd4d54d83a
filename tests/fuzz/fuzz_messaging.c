/*
 * fuzz_messaging.c: an arbitrary verified body through every platform of one
 * JSON format, with and without own accounts, with much and little memory.
 */

#include "platform_fuzz.h"
#include "sc_registry.h"


#define MEMORY   (4 << 20)
#define OPTIONS  4096


static const sc_platform_t *const platforms[] = {
    &sc_platform_telegram, &sc_platform_slack, &sc_platform_line,
    &sc_platform_viber, &sc_platform_discord, &sc_platform_linkedin,
    &sc_platform_tiktok, &sc_platform_mastodon, &sc_platform_kakao,
    &sc_platform_vk
};


static void
run(const sc_platform_t *platform, sc_str_t input, bool configured,
    size_t limit)
{
    sc_arena_t    arena;
    sc_source_t   source;
    sc_request_t  request;
    sc_verdict_t  verdict;
    sc_callback_t callback;
    fuzz_memory_t memory;

    static const sc_str_t accounts[] = {
        SC_STR_INIT("6001002003"), SC_STR_INIT("T0NORTH01"),
        SC_STR_INIT("northwindrail")
    };

    _Alignas(16) unsigned char options[OPTIONS] = { 0 };

    CHECK(platform->options_size <= sizeof(options));

    memory.count = 0;
    sc_arena_init(&arena, fuzz_block, &memory, limit);

    memset(&source, 0, sizeof(source));
    memset(&request, 0, sizeof(request));
    memset(&verdict, 0, sizeof(verdict));
    memset(&callback, 0, sizeof(callback));

    fuzz_set_limits(&source);
    source.platform = platform;
    source.options = options;

    if (configured) {
        source.accounts = accounts;
        source.accounts_count = sizeof(accounts) / sizeof(accounts[0]);
    }

    request.method = SC_STR("POST");
    request.body = input;
    callback.request = &request;
    callback.source = &source;
    callback.arena = &arena;
    callback.verdict = &verdict;
    callback.now_ms = 1790000000000;

    fuzz_parse(&callback, true);
    CHECK(arena.used <= limit);

    fuzz_free(&memory);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         i;
    sc_str_t       input;
    unsigned char *copy;

    copy = fuzz_copy(data, size);
    if (copy == NULL) {
        return 0;
    }

    input = sc_str_make(copy, size);

    for (i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
        run(platforms[i], input, false, MEMORY);
        run(platforms[i], input, true, MEMORY);
        run(platforms[i], input, true, 64 * (1 + size % 1024));
    }

    free(copy);

    return 0;
}
