/*
 * fuzz_providers.c: an arbitrary verified body through the platforms of
 * telephone and mail providers, of Apple and Google: as JSON, gzip,
 * urlencoded form, multipart form with the boundary of the samples, and as
 * the query of a GET; with and without own accounts, with much and little
 * memory.
 */

#include "platform_fuzz.h"
#include "sc_registry.h"


#define MEMORY   (8 << 20)
#define OPTIONS  1024


static const sc_platform_t *const platforms[] = {
    &sc_platform_twilio, &sc_platform_email_postmark,
    &sc_platform_email_sendgrid, &sc_platform_email_mailgun,
    &sc_platform_vonage, &sc_platform_messagebird, &sc_platform_sinch,
    &sc_platform_infobip, &sc_platform_apple_messages,
    &sc_platform_google_business
};


static const sc_str_t types[] = {
    SC_STR_INIT("application/json"),
    SC_STR_INIT("application/x-www-form-urlencoded"),
    SC_STR_INIT("multipart/form-data; boundary=xYzZYsynthetic7"),
    SC_STR_INIT("multipart/form-data; boundary=mgBoundary77"),
    SC_STR_INIT("multipart/form-data; boundary=B"),
    SC_STR_INIT("")                        /* a GET */
};

#define TYPES  (sizeof(types) / sizeof(types[0]))


typedef struct {
    sc_arena_t    arena;
    sc_source_t   source;
    sc_header_t   headers[2];
    sc_request_t  request;
    sc_verdict_t  verdict;
    sc_callback_t callback;
    fuzz_memory_t memory;
} run_t;


static void
set_request(run_t *run, sc_str_t type, sc_str_t input)
{
    run->headers[0].name = SC_STR("Content-Type");
    run->headers[0].value = type;
    run->request.headers = run->headers;
    run->request.headers_count = 1;

    /* zlib gives up at once on what is not its own. */
    if (input.len > 2 && input.data[0] == 0x1f && input.data[1] == 0x8b) {
        run->headers[1].name = SC_STR("Content-Encoding");
        run->headers[1].value = SC_STR("gzip");
        run->request.headers_count = 2;
    }

    if (type.len == 0) {
        run->request.method = SC_STR("GET");
        run->request.query = input;

    } else {
        run->request.method = SC_STR("POST");
        run->request.body = input;
    }
}


static void
run_one(const sc_platform_t *platform, sc_str_t type, sc_str_t input,
    bool configured, size_t limit)
{
    run_t run;

    static const sc_str_t accounts[] = { SC_STR_INIT("+442079460018") };

    _Alignas(16) unsigned char options[OPTIONS] = { 0 };

    CHECK(platform->options_size <= sizeof(options));

    memset(&run, 0, sizeof(run));
    sc_arena_init(&run.arena, fuzz_block, &run.memory, limit);

    fuzz_set_limits(&run.source);
    run.source.platform = platform;
    run.source.options = options;
    run.source.accounts = accounts;
    run.source.accounts_count = configured ? 1 : 0;

    set_request(&run, type, input);
    run.callback.request = &run.request;
    run.callback.source = &run.source;
    run.callback.arena = &run.arena;
    run.callback.verdict = &run.verdict;
    run.callback.now_ms = 1790000000000;

    /* Forms may hold bytes of any charset: the record's writer mends them. */
    fuzz_parse(&run.callback, false);
    CHECK(run.arena.used <= limit);

    fuzz_free(&run.memory);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         i, type;
    sc_str_t       input;
    unsigned char *copy;

    copy = fuzz_copy(data, size);
    if (copy == NULL) {
        return 0;
    }

    input = sc_str_make(copy, size);

    for (i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
        for (type = 0; type < TYPES; type++) {
            run_one(platforms[i], types[type], input, type % 2 == 0, MEMORY);
        }

        type = size % TYPES;
        run_one(platforms[i], types[type], input, true,
                64 * (1 + size % 1024));
    }

    free(copy);

    return 0;
}
