/*
 * fuzz_desks.c: an arbitrary verified body through the platforms of desks,
 * reviews and event hubs, with and without own accounts, with much and little
 * memory; CloudEvents in all three modes, the attributes out of the input,
 * too; and the handshake.  Besides: words out of arbitrary HTML.
 */

#include "platform_fuzz.h"
#include "sc_html.h"
#include "sc_registry.h"


#define MEMORY   (8 << 20)
#define OPTIONS  8192


static const sc_platform_t *const platforms[] = {
    &sc_platform_zendesk, &sc_platform_intercom, &sc_platform_chatwoot,
    &sc_platform_freshchat, &sc_platform_trustpilot, &sc_platform_cloudevents
};

static const sc_str_t types[] = {
    SC_STR_INIT("application/cloudevents+json"),
    SC_STR_INIT("application/cloudevents-batch+json"),
    SC_STR_INIT("application/json")
};


static void
set_headers(sc_header_t *headers, sc_str_t type, sc_str_t input)
{
    headers[0].name = SC_STR("Content-Type");
    headers[0].value = type;
    headers[1].name = SC_STR("ce-specversion");
    headers[1].value = SC_STR("1.0");
    headers[2].name = SC_STR("ce-source");
    headers[2].value = SC_STR("/s");
    headers[3].name = SC_STR("ce-type");
    headers[3].value = SC_STR("t");
    headers[4].name = SC_STR("ce-id");
    headers[4].value = sc_str_first(input, 32);
    headers[5].name = SC_STR("WebHook-Request-Origin");
    headers[5].value = sc_str_first(input, 16);
    headers[6].name = SC_STR("WebHook-Request-Rate");
    headers[6].value = sc_str_first(input, 4);
}


static void
run(const sc_platform_t *platform, sc_str_t type, sc_str_t input,
    bool configured, size_t limit)
{
    sc_arena_t    arena, option_arena;
    sc_source_t   source;
    sc_header_t   headers[7];
    sc_request_t  request;
    sc_verdict_t  verdict;
    sc_callback_t callback;
    fuzz_memory_t memory, option_memory;

    static const sc_str_t accounts[] = { SC_STR_INIT("northwind") };

    _Alignas(16) unsigned char options[OPTIONS] = { 0 };

    CHECK(platform->options_size <= sizeof(options));

    memory.count = 0;
    option_memory.count = 0;
    sc_arena_init(&arena, fuzz_block, &memory, limit);
    sc_arena_init(&option_arena, fuzz_block, &option_memory, MEMORY);

    memset(&source, 0, sizeof(source));
    memset(&request, 0, sizeof(request));
    memset(&verdict, 0, sizeof(verdict));
    memset(&callback, 0, sizeof(callback));

    fuzz_set_limits(&source);
    source.platform = platform;
    source.options = options;

    if (configured) {
        source.accounts = accounts;
        source.accounts_count = 1;
        verdict.signed_ms = 1790000000000;
    }

    if (platform == &sc_platform_intercom && configured) {
        CHECK(platform->set_option(options, &option_arena, SC_STR("bodies"),
                                   SC_STR("text")) == NULL);
    }

    if (platform->finish_options != NULL) {
        CHECK(platform->finish_options(options, &option_arena) == NULL);
    }

    set_headers(headers, type, input);
    request.method = SC_STR("POST");
    request.headers = headers;
    request.headers_count = 5;
    request.body = input;
    callback.request = &request;
    callback.source = &source;
    callback.arena = &arena;
    callback.verdict = &verdict;
    callback.now_ms = 1790000000000;

    fuzz_parse(&callback, true);
    CHECK(arena.used <= limit);
    CHECK(callback.request == &request);

    if (platform->handshake != NULL) {
        CHECK(platform->options_size == 0 || configured
              || platform->set_option(options, &option_arena,
                     platform == &sc_platform_cloudevents
                     ? SC_STR("origin") : SC_STR("bodies"),
                     platform == &sc_platform_cloudevents
                     ? SC_STR("*") : SC_STR("html")) == NULL);
        memset(&callback.answer, 0, sizeof(callback.answer));
        request.headers_count = 7;
        platform->handshake(&callback);
        CHECK(callback.answer.status >= 200 && callback.answer.status < 600);
    }

    fuzz_free(&memory);
    fuzz_free(&option_memory);
}


static void
read_html(sc_str_t input)
{
    sc_str_t      text;
    sc_arena_t    arena;
    fuzz_memory_t memory;

    memory.count = 0;
    sc_arena_init(&arena, fuzz_block, &memory, input.len);

    CHECK(sc_html_to_text(&arena, input, &text));
    CHECK(text.len <= input.len);
    fuzz_check_text(text, sc_utf8_is_valid(input));

    fuzz_free(&memory);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         i, j;
    sc_str_t       input;
    unsigned char *copy;

    copy = fuzz_copy(data, size);
    if (copy == NULL) {
        return 0;
    }

    input = sc_str_make(copy, size);

    read_html(input);

    for (i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
        for (j = 0; j < sizeof(types) / sizeof(types[0]); j++) {
            run(platforms[i], types[j], input, false, MEMORY);
            run(platforms[i], types[j], input, true,
                j == 0 ? MEMORY : 64 * (1 + size % 1024));

            /* The type is CloudEvents' affair. */
            if (platforms[i] != &sc_platform_cloudevents && j == 1) {
                break;
            }
        }
    }

    free(copy);

    return 0;
}
