/*
 * fuzz_x.c: an arbitrary verified body through the platform x, with and
 * without options, with much and with little memory; the same bytes serve as
 * the query of a CRC and as values of options.
 */

#include "platform_fuzz.h"
#include "sc_registry.h"


#define MEMORY   (4 << 20)
#define OPTIONS  1024


static void
set_options(void *options, sc_arena_t *arena, sc_str_t value)
{
    size_t i;

    static const sc_str_t names[] = {
        SC_STR_INIT("rule"), SC_STR_INIT("bot_app"), SC_STR_INIT("crc"),
        SC_STR_INIT("signed_crc"), SC_STR_INIT("other")
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void) sc_platform_x.set_option(options, arena, names[i], value);
    }

    (void) sc_platform_x.set_option(options, arena, SC_STR("quote_answers"),
                                    SC_STR("on"));
    (void) sc_platform_x.set_option(options, arena, SC_STR("rule"),
                                    SC_STR("tag:1500000000000000001"));
}


static void
run(sc_str_t input, bool configured, size_t limit)
{
    sc_arena_t     arena;
    sc_source_t    source;
    sc_request_t   request;
    sc_callback_t  callback;
    fuzz_memory_t  memory;

    static const sc_str_t accounts[] = {
        SC_STR_INIT("1500000000000000001"), SC_STR_INIT("northwindrail")
    };

    _Alignas(16) unsigned char options[OPTIONS] = { 0 };

    CHECK(sc_platform_x.options_size <= sizeof(options));

    memory.count = 0;
    sc_arena_init(&arena, fuzz_block, &memory, limit);

    memset(&source, 0, sizeof(source));
    memset(&request, 0, sizeof(request));
    memset(&callback, 0, sizeof(callback));

    fuzz_set_limits(&source);
    source.platform = &sc_platform_x;
    source.options = options;

    if (configured) {
        set_options(options, &arena, sc_str_first(input, 64));
        source.accounts = accounts;
        source.accounts_count = 2;
    }

    request.method = SC_STR("POST");
    request.body = input;
    request.query = input;
    callback.request = &request;
    callback.source = &source;
    callback.arena = &arena;
    callback.now_ms = 1768471300000;

    fuzz_parse(&callback, true);

    /* without a secret: 400 or 500, never an answer */
    sc_platform_x.handshake(&callback);
    CHECK(callback.answer.status >= 400);
    CHECK(callback.answer.body.len == 0);
    CHECK(arena.used <= limit);

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

    run(input, false, MEMORY);
    run(input, true, MEMORY);
    run(input, true, 64 * (1 + size % 1024));

    free(copy);

    return 0;
}
