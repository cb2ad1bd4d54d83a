/*
 * judge.c: the verification engine as a filter.  One case a line in, as JSON;
 * one verdict a line out.
 *
 *     {"platform": "slack", "options": [["name", "value"]],
 *      "secrets": ["…", {"material": "…", "label": "…"}],
 *      "method": "POST", "url": "https://host/path?query",
 *      "headers": [["Name", "value"]], "body": "BASE64",
 *      "now_ms": 1790000000000}
 *
 * The answer is the word of the verdict (ok, mismatch, stale …), and behind
 * "ok" what the parser says of the body: parsed, dead or too_large.  A line
 * that is no case ends the program: the driver is wrong then, not a sender.
 * "unknown_platform" answers for a platform that is not registered.
 */

#define _POSIX_C_SOURCE 200809L                      /* getline() */

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "sc_platform.h"


#define JUDGE_HEADERS  64
#define JUDGE_SECRETS  8
#define JUDGE_SCHEMES  16
#define JUDGE_MEMORY   (16 << 20)


typedef struct judge_block_s  judge_block_t;

struct judge_block_s {
    _Alignas(16) judge_block_t *next;
};


typedef struct {
    json_t        *line;
    judge_block_t *blocks;
    sc_arena_t     arena;
    sc_source_t    source;
    sc_request_t   request;
    sc_header_t    headers[JUDGE_HEADERS];
    sc_secret_t   *secrets[JUDGE_SECRETS];
} judge_t;


static void
die(const char *what)
{
    (void) fprintf(stderr, "judge: %s\n", what);
    exit(1);
}


static void *
judge_block(void *owner, size_t size)
{
    judge_t       *judge;
    judge_block_t *block;

    judge = owner;
    block = malloc(sizeof(judge_block_t) + size);

    if (block == NULL) {
        return NULL;
    }

    block->next = judge->blocks;
    judge->blocks = block;

    return block + 1;
}


static sc_str_t
text_of(const json_t *value)
{
    if (!json_is_string(value)) {
        die("a text is wanted");
    }

    return sc_str_make(json_string_value(value), json_string_length(value));
}


static void
read_options(judge_t *judge)
{
    size_t               i;
    json_t              *list, *pair;
    const char          *problem;
    const sc_platform_t *platform;

    platform = judge->source.platform;
    judge->source.options = sc_arena_array(&judge->arena, 1,
                                           platform->options_size + 1);
    list = json_object_get(judge->line, "options");

    json_array_foreach(list, i, pair) {
        if (platform->set_option == NULL) {
            die("this platform has no options");
        }

        problem = platform->set_option(judge->source.options, &judge->arena,
                                       text_of(json_array_get(pair, 0)),
                                       text_of(json_array_get(pair, 1)));
        if (problem != NULL) {
            die(problem);
        }
    }

    problem = platform->finish_options == NULL
              ? NULL : platform->finish_options(judge->source.options,
                                                &judge->arena);
    if (problem != NULL) {
        die(problem);
    }
}


static sc_secret_t *
read_secret(judge_t *judge, json_t *item)
{
    size_t                    i, count;
    json_t                   *label;
    const char               *problem;
    sc_secret_t              *secret;
    const sc_verify_scheme_t *schemes[JUDGE_SCHEMES];

    label = json_object_get(item, "label");
    problem = NULL;
    secret = sc_secret_create(text_of(json_is_string(item)
                                      ? item
                                      : json_object_get(item, "material")),
                              label == NULL ? SC_STR_NULL : text_of(label),
                              0, &problem);
    if (secret == NULL) {
        die(problem);
    }

    count = sc_source_schemes(&judge->source, schemes, JUDGE_SCHEMES);

    for (i = 0; i < count; i++) {
        if (!sc_secret_prepare(secret, schemes[i], &problem)) {
            die(problem);
        }
    }

    return secret;
}


static void
read_secrets(judge_t *judge)
{
    size_t  i;
    json_t *list, *item;

    list = json_object_get(judge->line, "secrets");

    if (json_array_size(list) == 0 || json_array_size(list) > JUDGE_SECRETS) {
        die("secrets are wanted");
    }

    json_array_foreach(list, i, item) {
        judge->secrets[i] = read_secret(judge, item);
    }

    judge->source.secrets.items = judge->secrets;
    judge->source.secrets.count = json_array_size(list);
}


static void
read_url(judge_t *judge)
{
    size_t        at;
    sc_str_t      rest;
    sc_request_t *request;

    request = &judge->request;
    request->url = text_of(json_object_get(judge->line, "url"));

    if (!sc_str_starts_with(request->url, SC_STR("https://"))) {
        die("the URL is not https");
    }

    rest = sc_str_from(request->url, sizeof("https://") - 1);
    at = sc_str_find_byte(rest, '/');
    request->host = sc_str_first(rest, at);
    request->uri = sc_str_from(rest, at);
    at = sc_str_find_byte(request->uri, '?');
    request->path = sc_str_first(request->uri, at);
    request->query = sc_str_from(request->uri, at + 1);
}


static void
read_request(judge_t *judge)
{
    size_t         i, size, len;
    json_t        *list, *pair;
    sc_str_t       body;
    unsigned char *bytes;

    judge->request.method = text_of(json_object_get(judge->line, "method"));
    read_url(judge);

    list = json_object_get(judge->line, "headers");

    json_array_foreach(list, i, pair) {
        if (i == JUDGE_HEADERS) {
            die("too many headers");
        }

        judge->headers[i].name = text_of(json_array_get(pair, 0));
        judge->headers[i].value = sc_str_trim(text_of(json_array_get(pair,
                                                                     1)));
    }

    judge->request.headers = judge->headers;
    judge->request.headers_count = json_array_size(list);

    body = text_of(json_object_get(judge->line, "body"));
    size = body.len / 4 * 3 + 3;
    bytes = sc_arena_bytes(&judge->arena, size);

    if (bytes == NULL
        || !sc_base64_decode(body, SC_BASE64_PADDED, bytes, size, &len))
    {
        die("the body is not base64");
    }

    judge->request.body = sc_str_make(bytes, len);
}


static const sc_verify_scheme_t *
scheme_of(judge_t *judge)
{
    const sc_platform_t      *platform;
    const sc_verify_scheme_t *schemes[JUDGE_SCHEMES];

    platform = judge->source.platform;

    if (platform->choose_scheme != NULL) {
        return platform->choose_scheme(&judge->source, &judge->request);
    }

    (void) sc_source_schemes(&judge->source, schemes, JUDGE_SCHEMES);

    return schemes[0];
}


static const char *
parse(judge_t *judge, int64_t now_ms, const sc_verdict_t *verdict)
{
    sc_callback_t callback;

    memset(&callback, 0, sizeof(callback));
    callback.request = &judge->request;
    callback.source = &judge->source;
    callback.arena = &judge->arena;
    callback.now_ms = now_ms;
    callback.verdict = verdict;

    switch (sc_platform_parse(&callback)) {
    case SC_PARSE_OK:
        return " parsed";

    case SC_PARSE_DEAD:
        return " dead";

    case SC_PARSE_TOO_LARGE:
        break;
    }

    return " too_large";
}


static void
answer(judge_t *judge)
{
    int64_t      now_ms;
    sc_verdict_t verdict;

    judge->source.platform
        = sc_platform_by_name(text_of(json_object_get(judge->line,
                                                      "platform")));
    if (judge->source.platform == NULL) {
        (void) puts("unknown_platform");
        return;
    }

    judge->source.max_events = 1000;
    read_options(judge);
    read_secrets(judge);
    read_request(judge);

    now_ms = json_integer_value(json_object_get(judge->line, "now_ms"));

    sc_verify(scheme_of(judge), &judge->request, &judge->source.secrets,
              now_ms, SC_TOLERANCE_DEFAULT, &judge->arena, &verdict);

    (void) printf("%s%s\n", sc_verify_result_name(verdict.result),
                  verdict.result == SC_VERIFY_OK
                  ? parse(judge, now_ms, &verdict) : "");
}


static void
clean(judge_t *judge)
{
    size_t         i;
    judge_block_t *next;

    for (i = 0; i < judge->source.secrets.count; i++) {
        sc_secret_destroy(judge->secrets[i]);
    }

    while (judge->blocks != NULL) {
        next = judge->blocks->next;
        free(judge->blocks);
        judge->blocks = next;
    }

    json_decref(judge->line);
}


int
main(void)
{
    char         *line;
    size_t        size;
    ssize_t       len;
    judge_t       judge;
    json_error_t  error;

    line = NULL;
    size = 0;

    while ((len = getline(&line, &size, stdin)) > 0) {
        memset(&judge, 0, sizeof(judge));
        sc_arena_init(&judge.arena, judge_block, &judge, JUDGE_MEMORY);

        judge.line = json_loadb(line, (size_t) len, 0, &error);
        if (judge.line == NULL) {
            die(error.text);
        }

        answer(&judge);
        clean(&judge);
    }

    free(line);

    return 0;
}
