/*
 * fuzz_generic.c: arbitrary options and arbitrary bodies through the receivers
 * that are configured alone.
 *
 * The input is lines of options, NAME=VALUE, up to an empty line, then the
 * body.  What is refused when configured ends there; what is accepted must
 * not fail on any body.  Besides, the whole input goes as a body through a set
 * of mappings.
 */

#include "platform_fuzz.h"
#include "sc_registry.h"


#define MEMORY       (4 << 20)
#define OPTIONS      4096
#define MAX_OPTIONS  16


static const char *const mappings[][MAX_OPTIONS] = {
    { NULL },
    { "event_id=/id|digest", "text=/a|/b/c|=x", "direction=/type",
      "direction_map=outgoing=out,*=in", "kind_map=ping=ignore,*=message",
      "action=/action", "edited=/at", "channel=/channel",
      "permalink=https://d/{/id}/{/a}", NULL },
    { "text=/entry/*/messages/*/text", "event_id=/entry/*/messages/*/id",
      "media=/entry/*/messages/*/files", "account=/entry/*/id",
      "subject={/entry/*/id}-{header:X-A}-{query:q}", NULL },
    { "text=/*", "media=/files/*/url", "media_type=/files/*/type",
      "created_format=us", NULL },
    { "format=form", "event_id=id|form:MessageSid|digest", "text=Body",
      "clock_key=from:{from}", "auto_map=bot=yes", NULL },
    { "format=query", "methods=GET,POST", "event_id=messageId|digest",
      "public=yes", "rating=stars", "duration=length", NULL },
    { "challenge=json:/challenge", "challenge_when=/type=url_verification",
      "ok=200 text/plain ok", "body_required=off", NULL },
    { "challenge=query:echo", "challenge_check=none", NULL },
    { "challenge=header:X-A", "challenge_check=token:q", NULL }
};


typedef struct {
    const sc_platform_t *platform;
    sc_arena_t           arena;
    fuzz_memory_t        memory;

    _Alignas(16) unsigned char options[OPTIONS];
} receiver_t;


static void
receiver_init(receiver_t *receiver, const sc_platform_t *platform,
    size_t limit)
{
    CHECK(platform->options_size <= OPTIONS);

    memset(receiver, 0, sizeof(*receiver));
    receiver->platform = platform;
    sc_arena_init(&receiver->arena, fuzz_block, &receiver->memory, limit);
}


/* NAME=VALUE; the sentence, when there is one, must be one. */
static bool
set_option(receiver_t *receiver, sc_str_t line)
{
    size_t      at;
    const char *problem;

    at = sc_str_find_byte(line, '=');
    problem = receiver->platform->set_option(receiver->options,
                                             &receiver->arena,
                                             sc_str_first(line, at),
                                             sc_str_from(line, at + 1));
    CHECK(problem == NULL || strlen(problem) > 10);

    return problem == NULL;
}


static bool
finish(receiver_t *receiver)
{
    const char *problem;

    problem = receiver->platform->finish_options(receiver->options,
                                                 &receiver->arena);
    CHECK(problem == NULL || strlen(problem) > 10);

    return problem == NULL;
}


static void
run(receiver_t *receiver, sc_str_t body, const char *method)
{
    sc_source_t     source;
    sc_policy_t     policy;
    sc_request_t    request;
    sc_verdict_t    verdict;
    sc_callback_t   callback;
    sc_header_t     header;

    static const sc_str_t tokens[] = { SC_STR_INIT("token") };

    memset(&source, 0, sizeof(source));
    memset(&request, 0, sizeof(request));
    memset(&verdict, 0, sizeof(verdict));
    memset(&callback, 0, sizeof(callback));

    header.name = SC_STR("X-A");
    header.value = sc_str_first(body, 40);

    fuzz_set_limits(&source);
    source.platform = receiver->platform;
    source.options = receiver->options;
    source.verify_tokens = tokens;
    source.verify_tokens_count = 1;

    request.method = sc_str_from_cstring(method);
    request.headers = &header;
    request.headers_count = 1;
    request.body = body;
    request.query = body;

    verdict.id = sc_str_first(body, 8);

    callback.request = &request;
    callback.source = &source;
    callback.arena = &receiver->arena;
    callback.verdict = &verdict;
    callback.now_ms = 1790000000000;

    /* headers are not UTF-8 by nature; the record's writer sees to that */
    fuzz_parse(&callback, false);

    sc_source_policy(&source, &policy);
    CHECK(policy.refused_status >= 401 && policy.refused_status <= 406);

    if (receiver->platform->handshake != NULL) {
        receiver->platform->handshake(&callback);
        CHECK(callback.answer.status == 200 || callback.answer.status == 400
              || callback.answer.status == 403
              || callback.answer.status == 405);
        CHECK(callback.answer.body.len <= 1024);
    }

    CHECK(receiver->arena.used <= receiver->arena.limit);
}


static void
run_configured(const sc_platform_t *platform, sc_str_t input)
{
    size_t     i;
    sc_str_t   line;
    receiver_t receiver;

    receiver_init(&receiver, platform, MEMORY);

    for (i = 0; i < 64 && sc_str_next(&input, '\n', &line); i++) {
        if (line.len == 0) {
            break;
        }

        (void) set_option(&receiver, line);
    }

    if (finish(&receiver)) {
        run(&receiver, input, "POST");
        run(&receiver, input, "GET");
    }

    fuzz_free(&receiver.memory);
}


static void
run_mapping(const char *const *options, sc_str_t body, size_t limit)
{
    size_t     i;
    bool       accepted;
    receiver_t receiver;

    receiver_init(&receiver, &sc_platform_generic, limit);

    accepted = set_option(&receiver, SC_STR("mode=token"))
               && set_option(&receiver, SC_STR("signature_from=header:X-T"));

    for (i = 0; accepted && options[i] != NULL; i++) {
        accepted = set_option(&receiver, sc_str_from_cstring(options[i]));
    }

    accepted = accepted && finish(&receiver);
    CHECK(accepted || limit < MEMORY);

    if (accepted) {
        run(&receiver, body, i % 2 == 0 ? "POST" : "GET");
    }

    fuzz_free(&receiver.memory);
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

    run_configured(&sc_platform_generic, input);
    run_configured(&sc_platform_standard_webhooks, input);

    for (i = 0; i < sizeof(mappings) / sizeof(mappings[0]); i++) {
        run_mapping(mappings[i], input, MEMORY);
        run_mapping(mappings[i], input, 128 * (1 + size % 256));
    }

    free(copy);

    return 0;
}
