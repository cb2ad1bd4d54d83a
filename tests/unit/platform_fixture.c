/*
 * platform_fixture.c: see platform_fixture.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"


/* The block's bytes follow; the union keeps them aligned for any type. */
struct fixture_block_s {
    union {
        fixture_block_t *next;
        max_align_t      align;
    } head;
};


static void *
fixture_block(void *owner, size_t size)
{
    fixture_t       *fixture;
    fixture_block_t *block;

    fixture = owner;

    block = malloc(sizeof(fixture_block_t) + size);
    if (block == NULL) {
        return NULL;
    }

    block->head.next = fixture->blocks;
    fixture->blocks = block;

    return block + 1;
}


void
fixture_init(fixture_t *fixture, const sc_platform_t *platform)
{
    memset(fixture, 0, sizeof(*fixture));

    assert_true(platform->options_size <= FIXTURE_OPTIONS);

    fixture->options = calloc(1, FIXTURE_OPTIONS);
    assert_non_null(fixture->options);

    sc_arena_init(&fixture->arena, fixture_block, fixture, 4 << 20);

    fixture->source.platform = platform;
    fixture->source.accounts = fixture->accounts;
    fixture->source.verify_tokens = fixture->tokens;
    fixture->source.options = fixture->options;
    fixture->source.json_limits.depth = 32;
    fixture->source.json_limits.tokens = 65536;
    fixture->source.json_limits.string_bytes = 65536;
    fixture->source.max_events = 1000;

    fixture->request.method = SC_STR("POST");
    fixture->request.headers = fixture->headers;
    fixture->callback.now_ms = FIXTURE_NOW_MS;
}


void
fixture_free(fixture_t *fixture)
{
    fixture_block_t *block;

    while (fixture->blocks != NULL) {
        block = fixture->blocks;
        fixture->blocks = block->head.next;
        free(block);
    }

    free(fixture->options);
    free(fixture->body);
    memset(fixture, 0, sizeof(*fixture));
}


void
fixture_limit_memory(fixture_t *fixture, size_t bytes)
{
    fixture->arena.limit = fixture->arena.used + bytes;
    fixture->arena.free = fixture->arena.end;
    fixture->arena.failed = false;
}


const char *
fixture_option(fixture_t *fixture, const char *name, const char *value)
{
    return fixture->source.platform->set_option(fixture->options,
                                                &fixture->arena,
                                                sc_str_from_cstring(name),
                                                sc_str_from_cstring(value));
}


const char *
fixture_finish_options(fixture_t *fixture)
{
    return fixture->source.platform->finish_options(fixture->options,
                                                    &fixture->arena);
}


void
fixture_account(fixture_t *fixture, const char *account)
{
    assert_true(fixture->source.accounts_count < FIXTURE_ACCOUNTS);

    fixture->accounts[fixture->source.accounts_count++]
        = sc_str_from_cstring(account);
}


void
fixture_token(fixture_t *fixture, const char *token)
{
    assert_true(fixture->source.verify_tokens_count < FIXTURE_ACCOUNTS);

    fixture->tokens[fixture->source.verify_tokens_count++]
        = sc_str_from_cstring(token);
}


void
fixture_header(fixture_t *fixture, const char *name, const char *value)
{
    sc_header_t *header;

    assert_true(fixture->request.headers_count < FIXTURE_HEADERS);

    header = &fixture->headers[fixture->request.headers_count++];
    header->name = sc_str_from_cstring(name);
    header->value = sc_str_from_cstring(value);
}


static void
fixture_start(fixture_t *fixture)
{
    int64_t now_ms;

    now_ms = fixture->callback.now_ms;

    memset(&fixture->callback, 0, sizeof(sc_callback_t));

    fixture->callback.request = &fixture->request;
    fixture->callback.source = &fixture->source;
    fixture->callback.arena = &fixture->arena;
    fixture->callback.now_ms = now_ms;
    fixture->callback.verdict = &fixture->verdict;
}


sc_parse_result_t
fixture_parse_bytes(fixture_t *fixture, const void *body, size_t len)
{
    free(fixture->body);
    fixture->body = malloc(len == 0 ? 1 : len);
    assert_non_null(fixture->body);

    if (len != 0) {
        memcpy(fixture->body, body, len);
    }

    fixture->request.body = sc_str_make(fixture->body, len);
    fixture_start(fixture);

    return sc_platform_parse(&fixture->callback);
}


sc_parse_result_t
fixture_parse(fixture_t *fixture, const char *body)
{
    return fixture_parse_bytes(fixture, body, strlen(body));
}


void
fixture_expect(fixture_t *fixture, const char *body, size_t mentions,
    size_t dead)
{
    assert_int_equal(fixture_parse(fixture, body), SC_PARSE_OK);
    assert_int_equal(fixture->callback.count, mentions);
    assert_int_equal(fixture->callback.dead_count, dead);
}


sc_parse_result_t
fixture_parse_quoted(fixture_t *fixture, const char *text)
{
    size_t            i, len;
    char             *body;
    sc_parse_result_t result;

    len = strlen(text);
    body = malloc(len + 1);
    assert_non_null(body);

    for (i = 0; i <= len; i++) {
        body[i] = text[i] == '\'' ? '"' : text[i];
    }

    result = fixture_parse(fixture, body);
    free(body);

    return result;
}


void
fixture_expect_quoted(fixture_t *fixture, const char *text, size_t mentions,
    size_t dead)
{
    assert_int_equal(fixture_parse_quoted(fixture, text), SC_PARSE_OK);
    assert_int_equal(fixture->callback.count, mentions);
    assert_int_equal(fixture->callback.dead_count, dead);
}


void
fixture_handshake(fixture_t *fixture, const char *query)
{
    fixture->request.method = SC_STR("GET");
    fixture->request.query = sc_str_from_cstring(query);
    fixture_start(fixture);
    fixture->callback.verdict = NULL;
    fixture->source.platform->handshake(&fixture->callback);
    fixture->request.method = SC_STR("POST");
}


sc_mention_t *
fixture_mention(fixture_t *fixture, size_t index)
{
    sc_mention_t *mention;

    mention = fixture->callback.first;

    while (index-- != 0 && mention != NULL) {
        mention = mention->next;
    }

    if (mention == NULL) {
        fail_msg("no such mention");
    }

    return mention;
}


sc_dead_piece_t *
fixture_dead(fixture_t *fixture, size_t index)
{
    sc_dead_piece_t *piece;

    piece = fixture->callback.dead_pieces;

    while (index-- != 0 && piece != NULL) {
        piece = piece->next;
    }

    if (piece == NULL) {
        fail_msg("no such dead piece");
    }

    return piece;
}


void
fixture_assert_text(sc_str_t value, const char *text, const char *what,
    const char *file, int line)
{
    if (sc_str_eq(value, sc_str_from_cstring(text))) {
        return;
    }

    print_error("%s is \"%.*s\", not \"%s\"\n", what, (int) value.len,
                value.data == NULL ? "" : (const char *) value.data, text);
    _fail(file, line);
}
