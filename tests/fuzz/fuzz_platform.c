/*
 * fuzz_platform.c: an arbitrary verified callback through one platform: one
 * target per platform out of one program.
 *
 * Which platform it is says the program's name: fuzz_platform_<name>, links to
 * one file, so that it is built once.  The input is a body in every type that
 * the platform might be sent, and the query of a GET; with and without own
 * accounts and options, with much and little memory.
 *
 * Whatever it is, it becomes mentions that are valid and whose records jansson
 * reads, dead pieces, one dead body or a refusal by size, within the memory
 * that the callback may use; and what is not even a document of the right
 * kind is never nothing.
 */

#include <string.h>

#include <jansson.h>

#include "platform_fuzz.h"
#include "sc_record.h"
#include "sc_registry.h"


#define MEMORY   (8 << 20)
#define OPTIONS  8192
#define HEADERS  8

int LLVMFuzzerInitialize(int *argc, char ***argv);


static const sc_platform_t *platform;


/* What a receiver needs to load, and what makes the most of its code run. */
static const struct {
    const char *platform;
    bool        needed;
    const char *name;
    const char *value;
} settings[] = {
    { "apple-messages", true, "msp", "b5d6e9a0" },
    { "cloudevents", true, "text", "/text" },
    { "cloudevents", false, "origin", "*" },
    { "cloudevents", false, "rate", "100" },
    { "discord", false, "endpoint", "events" },
    { "email-mailgun", false, "plus", "on" },
    { "email-postmark", false, "own", "northwind.example" },
    { "email-sendgrid", false, "match", "address" },
    { "facebook", false, "answer", "loose" },
    { "generic", true, "signature_from", "header:X-Signature" },
    { "generic", true, "event_id", "/id|digest" },
    { "generic", false, "text", "/text|/message" },
    { "generic", false, "author_id", "/author/id" },
    { "google-business", true, "email", "push@northwind.example" },
    { "google-business", false, "unwrapped", "on" },
    { "google-business", false, "updates", "wait" },
    { "instagram", false, "answer", "username" },
    { "intercom", false, "bodies", "text" },
    { "messenger", false, "unsend", "keep" },
    { "sinch", false, "app_key", "20d5a9b8" },
    { "sinch", false, "numbers", "on" },
    { "slack", false, "answers", "channel" },
    { "slack", false, "workspace", "northwind.slack.com" },
    { "standard-webhooks", true, "text", "/data/text" },
    { "tiktok", false, "app_key", "6northwind0appkey" },
    { "vk", false, "confirmation", "a1b2" },
    { "vk", false, "unsigned_confirmation", "on" },
    { "vk", false, "api_answers", "automatic" },
    { "websub", true, "topic", "https://example.org/feed" },
    { "whatsapp", false, "templates", "answer" },
    { "x", false, "rule", "mentions:1500000000000000001" },
    { "x", false, "quote_answers", "on" },
    { "zendesk", false, "subdomain", "northwind" }
};


static const sc_str_t types[] = {
    SC_STR_INIT("application/json"),
    SC_STR_INIT("application/x-www-form-urlencoded"),
    SC_STR_INIT("multipart/form-data; boundary=xYzZYsynthetic7"),
    SC_STR_INIT("multipart/form-data; boundary=mgBoundary77"),
    SC_STR_INIT("multipart/form-data; boundary=B"),
    SC_STR_INIT("text/xml"),
    SC_STR_INIT("application/cloudevents+json"),
    SC_STR_INIT("application/cloudevents-batch+json"),
    SC_STR_INIT("")                        /* a GET */
};

#define TYPES  (sizeof(types) / sizeof(types[0]))


typedef struct {
    sc_arena_t    arena;
    sc_arena_t    option_arena;
    sc_source_t   source;
    sc_header_t   headers[HEADERS];
    sc_request_t  request;
    sc_verdict_t  verdict;
    sc_callback_t callback;
    fuzz_memory_t memory;
    fuzz_memory_t option_memory;
    _Alignas(16) unsigned char options[OPTIONS];
} run_t;


/* telegram of …/fuzz_platform_telegram; - for _ in the names of files. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char        name[64], *at;
    const char *start;

    (void) argc;

    start = strstr((*argv)[0], "fuzz_platform_");
    CHECK(start != NULL);
    (void) snprintf(name, sizeof(name), "%s",
                    start + sizeof("fuzz_platform_") - 1);

    while ((at = strchr(name, '_')) != NULL) {
        *at = '-';
    }

    platform = sc_platform_by_name(sc_str_from_cstring(name));

    if (platform == NULL) {
        fprintf(stderr, "no platform \"%s\"\n", name);
        exit(1);
    }

    return 0;
}


static void
set_options(run_t *run, bool configured)
{
    size_t i;

    for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (sc_str_eq(platform->name,
                      sc_str_from_cstring(settings[i].platform))
            && (configured || settings[i].needed))
        {
            CHECK(platform->set_option(run->options, &run->option_arena,
                      sc_str_from_cstring(settings[i].name),
                      sc_str_from_cstring(settings[i].value)) == NULL);
        }
    }

    if (platform->finish_options != NULL) {
        CHECK(platform->finish_options(run->options, &run->option_arena)
              == NULL);
    }
}


static void
set_request(run_t *run, sc_str_t type, sc_str_t input)
{
    size_t i;

    const sc_header_t headers[HEADERS] = {
        { SC_STR("Content-Type"), type },
        { SC_STR("ce-specversion"), SC_STR("1.0") },
        { SC_STR("ce-source"), SC_STR("/s") },
        { SC_STR("ce-type"), SC_STR("t") },
        { SC_STR("ce-id"), sc_str_first(input, 32) },
        { SC_STR("WebHook-Request-Origin"), sc_str_first(input, 16) },
        { SC_STR("WebHook-Request-Rate"), sc_str_first(input, 4) },
        { SC_STR("Content-Encoding"), SC_STR("gzip") }
    };

    for (i = 0; i < HEADERS; i++) {
        run->headers[i] = headers[i];
    }

    run->request.headers = run->headers;

    /* zlib gives up at once on what is not its own. */
    run->request.headers_count = input.len > 2 && input.data[0] == 0x1f
                                 && input.data[1] == 0x8b
                                 ? HEADERS : HEADERS - 1;

    if (type.len == 0) {
        run->request.method = SC_STR("GET");
        run->request.query = input;

    } else {
        run->request.method = SC_STR("POST");
        run->request.body = input;
    }
}


/* Room for what escaping makes of a text: six bytes for one. */
static void
check_records(const run_t *run, size_t input_len)
{
    size_t              size;
    json_t             *record;
    sc_buf_t            buf;
    unsigned char      *memory;
    const sc_mention_t *mention;
    sc_record_context_t context;

    size = 65536 + 16 * input_len;
    memory = malloc(size);
    CHECK(memory != NULL);
    memset(&context, 0, sizeof(context));
    context.brand = SC_STR("b");
    context.queue = SC_STR("q");
    context.received_ms = run->callback.now_ms;
    context.due_ms = -1;
    context.with_raw = true;

    for (mention = run->callback.first; mention != NULL;
         mention = mention->next)
    {
        sc_buf_init_fixed(&buf, memory, size);
        sc_record_write(&buf, mention, &context);

        if (!buf.failed) {
            record = json_loadb((const char *) buf.data, buf.len,
                                JSON_REJECT_DUPLICATES, NULL);
            CHECK(json_is_string(json_object_get(record, "id")));
            json_decref(record);
        }
    }

    free(memory);
}


/*
 * An authentic body that is no document of the right kind, or says nothing, is
 * told of.
 */
static void
check_not_nothing(const run_t *run, sc_str_t input)
{
    json_t                *root;
    const sc_json_token_t *own;

    if (!platform->json || run->callback.count + run->callback.dead_count != 0
        || run->request.body.len == 0)
    {
        return;
    }

    root = json_loadb((const char *) input.data, input.len, 0, NULL);

    /*
     * Ids beyond 2^63 and lone surrogates are texts to us; jansson gives such
     * documents up (fuzz_json.c holds the readers against each other).
     */
    if (root == NULL) {
        own = sc_json_root(run->callback.json);
        CHECK(sc_json_is(own, SC_JSON_OBJECT)
              || sc_json_is(own, SC_JSON_ARRAY));
        return;
    }

    CHECK(json_object_size(root) > 0 || json_is_array(root));
    json_decref(root);
}


static void
check_header(sc_str_t text)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        CHECK(text.data[i] >= 0x20 && text.data[i] != 0x7f);
    }
}


static void
probe(run_t *run)
{
    run->callback.json = NULL;

    if (sc_platform_probe(&run->callback)) {
        CHECK(run->callback.answer.status < 300);
    }

    if (platform->handshake != NULL) {
        memset(&run->callback.answer, 0, sizeof(run->callback.answer));
        run->callback.answer.status = 403;
        run->request.query = run->request.body.len != 0 ? run->request.body
                                                        : run->request.query;
        platform->handshake(&run->callback);
        CHECK(run->callback.answer.status >= 200
              && run->callback.answer.status < 600);
        check_header(run->callback.answer.header_value);
    }
}


static void
run_one(sc_str_t type, sc_str_t input, bool configured, size_t limit)
{
    run_t *run;

    static const sc_str_t accounts[] = {
        SC_STR_INIT("+442079460018"), SC_STR_INIT("T0NORTH01"),
        SC_STR_INIT("northwindrail"), SC_STR_INIT("1500000000000000001"),
        SC_STR_INIT("6001002003")
    };

    run = calloc(1, sizeof(*run));
    CHECK(run != NULL && platform->options_size <= sizeof(run->options));

    sc_arena_init(&run->arena, fuzz_block, &run->memory, limit);
    sc_arena_init(&run->option_arena, fuzz_block, &run->option_memory,
                  MEMORY);
    fuzz_set_limits(&run->source);
    run->source.platform = platform;
    run->source.options = run->options;
    run->source.accounts = accounts;
    run->source.accounts_count = configured
                                 ? sizeof(accounts) / sizeof(accounts[0]) : 0;
    set_options(run, configured);
    set_request(run, type, input);
    run->verdict.signed_ms = configured ? 1790000000000 : -1;
    run->callback.request = &run->request;
    run->callback.source = &run->source;
    run->callback.arena = &run->arena;
    run->callback.verdict = &run->verdict;
    run->callback.now_ms = 1790000000000;

    /* Forms may hold bytes of any charset: the record's writer mends them. */
    if (fuzz_parse(&run->callback, platform->json) == SC_PARSE_OK) {
        check_records(run, input.len);
        check_not_nothing(run, input);
    }

    CHECK(run->arena.used <= limit);
    probe(run);
    CHECK(run->arena.used <= limit);

    fuzz_free(&run->memory);
    fuzz_free(&run->option_memory);
    free(run);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         i, count;
    sc_str_t       input;
    unsigned char *copy;

    copy = fuzz_copy(data, size);
    if (copy == NULL) {
        return 0;
    }

    input = sc_str_make(copy, size);
    count = platform->json ? 1 : TYPES;

    for (i = 0; i < count; i++) {
        run_one(types[i], input, false, MEMORY);
        run_one(types[i], input, true, MEMORY);
    }

    run_one(types[size % count], input, true, 64 * (1 + size % 1024));
    free(copy);

    return 0;
}
