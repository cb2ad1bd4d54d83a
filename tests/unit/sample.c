/*
 * sample.c: reading of samples, and a receiver to go with each.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sample.h"


#define SAMPLE_PATH_SIZE    512
#define SAMPLE_ARENA_LIMIT  (16 * 1024 * 1024)

#define SAMPLE_SECRET       "s3cr3t-socialcare"
#define SAMPLE_URL          "https://hooks.example.com/hook"


/* In front of each block; keeps the alignment that malloc gives. */
typedef struct {
    _Alignas(16) void *next;
} sample_block_t;


void *
sample_block(void *owner, size_t size)
{
    sample_t       *sample;
    sample_block_t *block;

    sample = owner;
    block = malloc(sizeof(sample_block_t) + size);

    if (block == NULL) {
        return NULL;
    }

    block->next = sample->blocks;
    sample->blocks = block;

    return block + 1;
}


void *
sample_alloc(sample_t *sample, size_t size)
{
    void *memory;

    memory = sample_block(sample, size);
    assert_non_null(memory);
    memset(memory, 0, size);

    return memory;
}


static void
sample_path(const sample_t *sample, const char *name, char *path)
{
    int length;

    length = snprintf(path, SAMPLE_PATH_SIZE, SAMPLE_FIXTURES "/%s/%s",
                      sample->id->folder, name);

    assert_true(length > 0 && length < SAMPLE_PATH_SIZE);
}


sc_str_t
sample_file(sample_t *sample, const char *name)
{
    char           path[SAMPLE_PATH_SIZE];
    long           size;
    FILE          *file;
    unsigned char *data;

    sample_path(sample, name, path);

    file = fopen(path, "rb");
    if (file == NULL) {
        return SC_STR_NULL;
    }

    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    assert_true(size >= 0);
    rewind(file);

    /* Exactly as large as the file: a read past it is one past the block. */
    data = sample_alloc(sample, (size_t) size);
    assert_int_equal(fread(data, 1, (size_t) size, file), size);
    fclose(file);

    return sc_str_make(data, (size_t) size);
}


static json_t *
sample_json(const sample_t *sample, const char *name)
{
    char          path[SAMPLE_PATH_SIZE];
    json_t       *json;
    json_error_t  error;

    sample_path(sample, name, path);

    json = json_load_file(path, 0, &error);
    if (json == NULL && json_error_code(&error) != json_error_cannot_open_file)
    {
        fail_msg("%s:%d: %s", path, error.line, error.text);
    }

    return json;
}


/* A member of the sample's own options, or of those of the whole folder. */
static json_t *
sample_option(const sample_t *sample, const char *name)
{
    json_t *value;

    value = json_object_get(json_object_get(sample->options, sample->id->name),
                            name);

    return value != NULL ? value
           : json_object_get(json_object_get(sample->options, "*"), name);
}


static sc_str_t
sample_text(const json_t *string)
{
    assert_true(json_is_string(string));

    return sc_str_make(json_string_value(string), json_string_length(string));
}


static const sc_platform_t *
sample_find_platform(const sample_t *sample)
{
    json_t     *name;
    const char *folder;

    if (sample->id->platform != NULL) {
        return sc_platform_by_name(sc_str_from_cstring(sample->id->platform));
    }

    name = sample_option(sample, "platform");
    if (name != NULL) {
        return sc_platform_by_name(sample_text(name));
    }

    folder = sample->id->folder;

    if (strcmp(folder, "meta-common") == 0) {
        folder = "meta";

    } else if (strcmp(folder, "generic-hmac") == 0) {
        folder = "generic";
    }

    return sc_platform_by_name(sc_str_from_cstring(folder));
}


const sc_platform_t *
sample_platform(const sample_id_t *id)
{
    sample_t             sample;
    const sc_platform_t *platform;

    memset(&sample, 0, sizeof(sample));
    sample.id = id;
    sample.options = sample_json(&sample, "OPTIONS.json");

    platform = sample_find_platform(&sample);
    json_decref(sample.options);

    return platform;
}


/* Options as the directive would give them, one after the other. */
static void
sample_set_options(sample_t *sample)
{
    size_t               i;
    json_t              *list, *pair;
    const char          *problem;
    const sc_platform_t *platform;

    platform = sample->source.platform;
    sample->source.options = sample_alloc(sample, platform->options_size);
    list = sample_option(sample, "options");

    json_array_foreach(list, i, pair) {
        assert_non_null(platform->set_option);

        problem = platform->set_option(sample->source.options, &sample->arena,
                                       sample_text(json_array_get(pair, 0)),
                                       sample_text(json_array_get(pair, 1)));
        if (problem != NULL) {
            fail_msg("option %s: %s",
                     json_string_value(json_array_get(pair, 0)), problem);
        }
    }

    if (platform->finish_options != NULL) {
        problem = platform->finish_options(sample->source.options,
                                           &sample->arena);
        if (problem != NULL) {
            fail_msg("options: %s", problem);
        }
    }
}


static void
sample_add_secret(sample_t *sample, sc_str_t material, sc_str_t label)
{
    size_t                    i, count;
    const char               *problem;
    sc_secret_t              *secret;
    const sc_verify_scheme_t *schemes[SAMPLE_MAX_SCHEMES];

    assert_true(sample->secrets_count < SAMPLE_MAX_SECRETS);

    problem = "no reason given";
    secret = sc_secret_create(material, label, 0, &problem);
    if (secret == NULL) {
        fail_msg("secret: %s", problem);
    }

    sample->secrets[sample->secrets_count++] = secret;
    sample->source.secrets.items = sample->secrets;
    sample->source.secrets.count = sample->secrets_count;

    count = sc_source_schemes(&sample->source, schemes, SAMPLE_MAX_SCHEMES);
    assert_in_range(count, 1, SAMPLE_MAX_SCHEMES);

    for (i = 0; i < count; i++) {
        if (!sc_secret_prepare(secret, schemes[i], &problem)) {
            fail_msg("secret does not fit scheme %zu: %s", i, problem);
        }
    }
}


/* {"material": …} or {"file": name in the folder}, each with a "label". */
static void
sample_set_secrets(sample_t *sample)
{
    size_t   i;
    json_t  *list, *item, *file, *label;
    sc_str_t material;

    list = sample_option(sample, "secrets");

    if (list == NULL) {
        sample_add_secret(sample, SC_STR(SAMPLE_SECRET), SC_STR("default"));
        return;
    }

    json_array_foreach(list, i, item) {
        file = json_object_get(item, "file");
        label = json_object_get(item, "label");

        material = file != NULL
                   ? sample_file(sample, json_string_value(file))
                   : sample_text(json_object_get(item, "material"));

        sample_add_secret(sample, material,
                          label != NULL ? sample_text(label) : SC_STR_NULL);
    }
}


static size_t
sample_set_texts(const sample_t *sample, const char *name, sc_str_t *texts)
{
    size_t  i;
    json_t *list, *item;

    list = sample_option(sample, name);
    assert_true(json_array_size(list) <= SAMPLE_MAX_TEXTS);

    json_array_foreach(list, i, item) {
        texts[i] = sample_text(item);
    }

    return json_array_size(list);
}


static void
sample_open_source(sample_t *sample, const sample_id_t *id)
{
    json_t *tolerance;

    memset(sample, 0, sizeof(*sample));

    sample->id = id;
    sc_arena_init(&sample->arena, sample_block, sample, SAMPLE_ARENA_LIMIT);

    sample->options = sample_json(sample, "OPTIONS.json");

    sample->source.platform = sample_find_platform(sample);
    assert_non_null(sample->source.platform);

    sample->source.json_limits.depth = 32;
    sample->source.json_limits.tokens = 65536;
    sample->source.json_limits.string_bytes = 65536;
    sample->source.max_events = 1000;

    sample->source.accounts = sample->accounts;
    sample->source.accounts_count = sample_set_texts(sample, "accounts",
                                                     sample->accounts);
    sample->source.verify_tokens = sample->verify_tokens;
    sample->source.verify_tokens_count
        = sample_set_texts(sample, "verify_tokens", sample->verify_tokens);

    sample_set_options(sample);

    tolerance = sample_option(sample, "tolerance_s");
    sample->tolerance_ms = tolerance == NULL
                           ? SAMPLE_TOLERANCE_MS
                           : json_integer_value(tolerance) * 1000;
    sample->now_ms = SAMPLE_NOW_MS;
}


static void
sample_set_url(sample_t *sample, sc_str_t url)
{
    size_t   at;
    sc_str_t rest;

    sample->request.url = url;

    assert_true(sc_str_starts_with(url, SC_STR("https://")));
    rest = sc_str_from(url, sizeof("https://") - 1);

    at = sc_str_find_byte(rest, '/');
    sample->request.host = sc_str_first(rest, at);
    sample->request.uri = sc_str_from(rest, at);

    at = sc_str_find_byte(sample->request.uri, '?');
    sample->request.path = sc_str_first(sample->request.uri, at);
    sample->request.query = sc_str_from(sample->request.uri, at + 1);
}


static void
sample_add_header(sample_t *sample, sc_str_t line)
{
    size_t       at;
    sc_header_t *header;

    at = sc_str_find_byte(line, ':');

    assert_true(sample->request.headers_count < SAMPLE_MAX_HEADERS);
    assert_true(at < line.len);

    header = &sample->headers[sample->request.headers_count++];
    header->name = sc_str_first(line, at);
    header->value = sc_str_trim(sc_str_from(line, at + 1));

    sample->request.headers = sample->headers;
}


void
sample_read_headers(sample_t *sample, const char *file)
{
    sc_str_t text, line;

    text = sample_file(sample, file);
    assert_non_null(text.data);

    sample->request.headers_count = 0;

    while (sc_str_next(&text, '\n', &line)) {
        if (sc_str_ends_with(line, SC_STR("\r"))) {
            line.len--;
        }

        if (line.len > 0) {
            sample_add_header(sample, line);
        }
    }
}


void
sample_open(sample_t *sample, const sample_id_t *id)
{
    char     name[SAMPLE_PATH_SIZE];
    json_t  *clock, *url, *body;
    sc_str_t host;

    sample_open_source(sample, id);
    sample_set_secrets(sample);

    assert_true(snprintf(name, sizeof(name), "%s.case.json", id->name)
                < (int) sizeof(name));
    sample->expected = sample_json(sample, name);
    assert_non_null(sample->expected);

    url = json_object_get(sample->expected, "url");
    sample_set_url(sample, url == NULL ? SC_STR(SAMPLE_URL)
                                       : sample_text(url));

    sample->request.method
        = sample_text(json_object_get(sample->expected, "method"));

    sample_read_headers(sample, json_string_value(
        json_object_get(sample->expected, "headers")));

    host = sc_request_header(&sample->request, SC_STR("Host"), NULL);
    if (host.len > 0) {
        sample->request.host = host;
    }

    body = json_object_get(sample->expected, "body");
    if (json_is_string(body)) {
        sample->request.body = sample_file(sample, json_string_value(body));
        assert_non_null(sample->request.body.data);
    }

    clock = json_object_get(sample->expected, "clock");
    if (json_is_integer(clock)) {
        sample->now_ms = json_integer_value(clock) * 1000;
    }
}


void
sample_open_handshake(sample_t *sample, const sample_id_t *id,
    json_t *handshake)
{
    size_t    length;
    char     *url;
    json_t   *uri, *secret, *token, *header;

    static const char base[] = "https://hooks.example.com";

    sample_open_source(sample, id);

    uri = json_object_get(handshake, "uri");
    secret = json_object_get(handshake, "secret");
    token = json_object_get(handshake, "verify_token");
    header = json_object_get(handshake, "request_header");

    if (secret != NULL) {
        sample_add_secret(sample, sample_text(secret), SC_STR_NULL);

    } else {
        sample_set_secrets(sample);
    }

    if (token != NULL) {
        sample->verify_tokens[0] = sample_text(token);
        sample->source.verify_tokens_count = 1;
    }

    length = sizeof(base) - 1 + json_string_length(uri);
    url = sample_alloc(sample, length + 1);
    memcpy(url, base, sizeof(base) - 1);
    memcpy(url + sizeof(base) - 1, json_string_value(uri),
           json_string_length(uri));

    sample_set_url(sample, sc_str_make(url, length));
    sample->request.method = SC_STR("GET");

    sample_add_header(sample, SC_STR("Host: hooks.example.com"));
    if (header != NULL) {
        sample_add_header(sample, sample_text(header));
    }
}


void
sample_close(sample_t *sample)
{
    size_t          i;
    sample_block_t *block, *next;

    for (i = 0; i < sample->secrets_count; i++) {
        sc_secret_destroy(sample->secrets[i]);
    }

    for (block = sample->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }

    json_decref(sample->expected);
    json_decref(sample->options);
}


const sc_verify_scheme_t *
sample_scheme(const sample_t *sample, const sc_request_t *request)
{
    const sc_platform_t      *platform;
    const sc_verify_scheme_t *schemes[SAMPLE_MAX_SCHEMES];

    platform = sample->source.platform;

    if (platform->choose_scheme != NULL) {
        return platform->choose_scheme(&sample->source, request);
    }

    assert_true(sc_source_schemes(&sample->source, schemes,
                                  SAMPLE_MAX_SCHEMES) > 0);

    return schemes[0];
}


sc_verify_result_t
sample_verify(sample_t *sample, const sc_request_t *request, int64_t now_ms,
    sc_verdict_t *verdict)
{
    sc_arena_t   arena;
    sc_verdict_t unused;

    if (verdict == NULL) {
        verdict = &unused;
    }

    sc_arena_init(&arena, sample_block, sample, SAMPLE_ARENA_LIMIT);
    memset(verdict, 0xa5, sizeof(*verdict));

    sc_verify(sample_scheme(sample, request), request,
              &sample->source.secrets, now_ms, sample->tolerance_ms, &arena,
              verdict);

    return verdict->result;
}


void
sample_callback(sample_t *sample, sc_callback_t *callback,
    const sc_verdict_t *verdict)
{
    memset(callback, 0, sizeof(*callback));

    callback->request = &sample->request;
    callback->source = &sample->source;
    callback->arena = &sample->arena;
    callback->now_ms = sample->now_ms;
    callback->verdict = verdict;
}
