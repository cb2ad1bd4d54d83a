/*
 * fuzz_meta.c: an arbitrary verified body through every Meta platform.
 *
 * Whatever it is, it becomes records, dead pieces, one dead body or a refusal
 * by size, within the memory that the callback may use.  What comes out is
 * read byte by byte, and must be what the next room relies on.
 *
 * The input is a body as it stands (JSON or a form); it also serves as the
 * payload of a signed request and as the query of a handshake.
 */

#include <stdlib.h>

#include "sc_json_write.h"
#include "sc_meta.h"


#define MAX_EVENTS    1000
#define MEMORY        (8 << 20)
#define MAX_BLOCKS    4096

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


typedef struct {
    void  *blocks[MAX_BLOCKS];
    size_t count;
} memory_t;


static const sc_platform_t *const platforms[] = {
    &sc_platform_meta,
    &sc_platform_facebook,
    &sc_platform_messenger,
    &sc_platform_instagram,
    &sc_platform_whatsapp,
    &sc_platform_threads
};


static void *
take_block(void *owner, size_t size)
{
    memory_t *memory;

    memory = owner;

    if (memory->count == MAX_BLOCKS) {
        return NULL;
    }

    memory->blocks[memory->count] = malloc(size);

    return memory->blocks[memory->count++];
}


static void
free_blocks(memory_t *memory)
{
    while (memory->count != 0) {
        free(memory->blocks[--memory->count]);
    }
}


/* The reader lets nothing but UTF-8 through; joined ids must keep that. */
static void
check_text(sc_str_t text)
{
    CHECK(text.len == 0 || text.data != NULL);
    CHECK(sc_utf8_is_valid(text));
}


static void
check_clock(const sc_mention_t *mention)
{
    if (mention->clock_key.len == 0) {
        return;
    }

    CHECK(sc_str_starts_with(mention->clock_key, mention->platform));
    CHECK(mention->action != SC_ACTION_EDIT);
    CHECK(mention->kind != SC_KIND_REACTION);
    CHECK(mention->kind != SC_KIND_NOTICE);
    CHECK(mention->direction != SC_DIRECTION_NONE);
    CHECK(mention->direction != SC_DIRECTION_OUT
          || mention->action == SC_ACTION_CREATE);
}


static void
check_mention(const sc_mention_t *mention)
{
    size_t            i;
    const sc_media_t *media;

    CHECK(mention->kind < SC_KINDS);
    CHECK(mention->channel < SC_CHANNELS);
    CHECK(mention->action <= SC_ACTION_DELETE);
    CHECK(mention->direction <= SC_DIRECTION_NONE);
    CHECK(mention->event.len != 0);
    CHECK(mention->raw.len != 0);
    CHECK(mention->created_ms >= -1 && mention->edited_ms >= -1);
    CHECK(mention->rating >= -1);
    CHECK(!mention->created_is_delivery_time || mention->created_ms >= 0);
    CHECK((mention->kind == SC_KIND_NOTICE) == (mention->notice.len != 0));
    CHECK(!mention->automatic || mention->direction == SC_DIRECTION_OUT
          || sc_str_eq(mention->status, SC_STR("request_welcome")));
    CHECK(!sc_str_eq(mention->platform, SC_STR("meta")));

    const sc_str_t texts[] = {
        mention->platform, mention->event, mention->account, mention->object,
        mention->thread, mention->parent, mention->author.id,
        mention->author.name, mention->author.handle, mention->recipient,
        mention->clock_key, mention->text, mention->url, mention->reaction,
        mention->status, mention->notice, mention->raw
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        check_text(texts[i]);
    }

    for (media = mention->media; media != NULL; media = media->next) {
        CHECK(media->type.len + media->url.len + media->ref.len != 0);
        check_text(media->type);
        check_text(media->url);
        check_text(media->ref);
    }

    check_clock(mention);
}


static void
check_callback(const sc_callback_t *callback)
{
    size_t                 count;
    const sc_mention_t    *mention;
    const sc_dead_piece_t *piece;

    count = 0;

    for (mention = callback->first; mention != NULL; mention = mention->next) {
        check_mention(mention);
        count++;
    }

    CHECK(count == callback->count);
    count = 0;

    for (piece = callback->dead_pieces; piece != NULL; piece = piece->next) {
        CHECK(piece->reason > SC_DEAD_NONE && piece->reason < SC_DEAD_REASONS);
        CHECK(piece->raw.len != 0);
        check_text(piece->raw);
        count++;
    }

    CHECK(count == callback->dead_count);
    CHECK(callback->count + callback->dead_count <= MAX_EVENTS);
}


static void
set_options(const sc_platform_t *platform, sc_meta_options_t *options,
    bool unusual)
{
    static const sc_str_t bots[] = { SC_STR_INIT("263902037430900") };

    (void) platform;
    memset(options, 0, sizeof(*options));
    options->duty = SC_META_DUTY_DEAUTHORIZE;

    if (!unusual) {
        return;
    }

    options->sha1 = true;
    options->loose_answers = true;
    options->templates_answer = true;
    options->postbacks_quiet = true;
    options->unsend_keeps = true;
    options->bot_apps = bots;
    options->bot_apps_count = 1;
    options->duty = SC_META_DUTY_DATA_DELETION;
    options->data_deletion_url = SC_STR("https://care.example/erased");
    options->signed_request_age_ms = 1000;
}


/* One callback: `form` says what the content type claims. */
static void
run(const sc_platform_t *platform, sc_str_t body, bool form, bool unusual,
    size_t memory_limit)
{
    memory_t          memory;
    sc_arena_t        arena;
    sc_source_t       source;
    sc_request_t      request;
    sc_callback_t     callback;
    sc_meta_options_t options;
    sc_parse_result_t result;

    static const sc_str_t    accounts[] = { SC_STR_INIT("104200990001234"),
                                            SC_STR_INIT("@northwindrail") };
    static const sc_str_t    tokens[] = { SC_STR_INIT("northwind-verify-1") };
    static const sc_header_t header = {
        SC_STR_INIT("Content-Type"),
        SC_STR_INIT("application/x-www-form-urlencoded")
    };

    memset(&source, 0, sizeof(source));
    memset(&request, 0, sizeof(request));
    memset(&callback, 0, sizeof(callback));

    memory.count = 0;
    sc_arena_init(&arena, take_block, &memory, memory_limit);
    set_options(platform, &options, unusual);

    source.platform = platform;
    source.options = &options;
    source.accounts = accounts;
    source.accounts_count = unusual ? 2 : 0;
    source.verify_tokens = tokens;
    source.verify_tokens_count = 1;
    source.max_events = MAX_EVENTS;
    source.json_limits.depth = 32;
    source.json_limits.tokens = 65536;
    source.json_limits.string_bytes = 65536;

    request.body = body;
    request.query = body;
    request.headers = &header;
    request.headers_count = form ? 1 : 0;

    callback.source = &source;
    callback.request = &request;
    callback.arena = &arena;
    callback.now_ms = 1768471300000;

    result = sc_platform_parse(&callback);

    switch (result) {

    case SC_PARSE_OK:
        check_callback(&callback);
        check_text(callback.answer.body);
        break;

    case SC_PARSE_DEAD:
        CHECK(callback.dead > SC_DEAD_NONE
              && callback.dead < SC_DEAD_REASONS);
        CHECK(callback.count == 0);
        break;

    case SC_PARSE_TOO_LARGE:
        break;
    }

    if (!form) {
        platform->handshake(&callback);
        CHECK(callback.answer.status == 200 || callback.answer.status == 403);
        CHECK(callback.answer.status == 403 || callback.answer.body.len != 0);
    }

    CHECK(arena.used <= memory_limit);
    free_blocks(&memory);
}


/* signed_request=c2ln.<the input in base64url> */
static void
run_as_payload(const sc_platform_t *platform, sc_str_t payload, bool unusual)
{
    sc_buf_t       buf;
    size_t         size;
    unsigned char *memory;

    size = payload.len / 3 * 4 + 64;

    memory = malloc(size);
    if (memory == NULL) {
        return;
    }

    sc_buf_init_fixed(&buf, memory, size);
    sc_buf_append_literal(&buf, "signed_request=c2ln.");
    sc_base64_encode(&buf, payload, SC_BASE64URL);
    CHECK(!buf.failed);

    run(platform, sc_buf_str(&buf), true, unusual, MEMORY);
    free(memory);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         i;
    sc_str_t       input;
    unsigned char *body;

    /* Memory of its exact size: a sanitizer sees one byte too many. */
    body = malloc(size == 0 ? 1 : size);
    if (body == NULL) {
        return 0;
    }

    if (size != 0) {
        memcpy(body, data, size);
    }

    input = sc_str_make(body, size);

    for (i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
        run(platforms[i], input, false, i % 2 != 0, MEMORY);
        run(platforms[i], input, true, i % 2 != 0, MEMORY);
    }

    run_as_payload(&sc_platform_meta, input, true);
    run_as_payload(&sc_platform_threads, input, false);

    /* Memory that ends somewhere on the way. */
    run(&sc_platform_meta, input, false, true, 64 * (1 + size % 1024));

    free(body);

    return 0;
}
