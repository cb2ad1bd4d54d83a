/*
 * verify_kit.c: see verify_kit.h.
 */

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "verify_kit.h"


#define KIT_FIXTURES     "tests/fixtures/"
#define KIT_MEMORY       (4 * 1024 * 1024)
#define KIT_PATH_SIZE    512


struct kit_block_s {
    kit_block_t *next;
    void        *data;
};


static void *
kit_keep(kit_block_t **list, size_t size)
{
    kit_block_t *block;

    block = malloc(sizeof(*block));
    assert_non_null(block);

    block->data = malloc(size == 0 ? 1 : size);
    assert_non_null(block->data);

    block->next = *list;
    *list = block;

    return block->data;
}


static void
kit_release(kit_block_t **list)
{
    kit_block_t *block;

    while (*list != NULL) {
        block = *list;
        *list = block->next;

        free(block->data);
        free(block);
    }
}


static void *
kit_arena_block(void *owner, size_t size)
{
    kit_t *kit = owner;

    return kit_keep(&kit->scratch, size);
}


sc_str_t
kit_text(kit_t *kit, const void *data, size_t len)
{
    void *copy;

    copy = kit_keep(&kit->texts, len);

    if (len > 0) {
        memcpy(copy, data, len);
    }

    return sc_str_make(copy, len);
}


sc_str_t
kit_repeat(kit_t *kit, const char *text, size_t count, const char *tail)
{
    size_t         i, len;
    unsigned char *copy;

    len = strlen(text);
    copy = kit_keep(&kit->texts, count * len + strlen(tail));

    for (i = 0; i < count; i++) {
        memcpy(copy + i * len, text, len);
    }

    memcpy(copy + count * len, tail, strlen(tail));

    return sc_str_make(copy, count * len + strlen(tail));
}


void
kit_init(kit_t *kit)
{
    memset(kit, 0, sizeof(*kit));

    kit->now_ms = KIT_NOW_MS;
    kit->tolerance_ms = 300000;
    kit->memory = KIT_MEMORY;
    kit->request.headers = kit->headers;

    kit_method(kit, "POST");
    kit_url(kit, "https://care.example.com/hooks");
    kit_body(kit, KIT_BODY);
}


void
kit_no_secrets(kit_t *kit)
{
    while (kit->secrets_count > 0) {
        sc_secret_destroy(kit->secrets[--kit->secrets_count]);
    }
}


void
kit_free(kit_t *kit)
{
    kit_no_secrets(kit);
    kit_release(&kit->texts);
    kit_release(&kit->scratch);
}


void
kit_method(kit_t *kit, const char *method)
{
    kit->request.method = kit_text(kit, method, strlen(method));
}


void
kit_url(kit_t *kit, const char *url)
{
    size_t       at;
    const char  *host, *path;
    sc_str_t     uri;

    host = strstr(url, "://");
    host = host == NULL ? url : host + 3;
    path = strchr(host, '/');
    path = path == NULL ? host + strlen(host) : path;

    kit->request.url = kit_text(kit, url, strlen(url));
    kit->request.host = kit_text(kit, host, (size_t) (path - host));

    uri = kit_text(kit, path, strlen(path));
    at = sc_str_find_byte(uri, '?');

    kit->request.uri = uri;
    kit->request.path = kit_text(kit, uri.data, at);
    kit->request.query = sc_str_from(uri, at + 1);
}


void
kit_body(kit_t *kit, const char *body)
{
    kit_body_bytes(kit, body, strlen(body));
}


void
kit_body_bytes(kit_t *kit, const void *body, size_t len)
{
    kit->request.body = kit_text(kit, body, len);
}


void
kit_header(kit_t *kit, const char *name, const char *value)
{
    sc_header_t *header;

    assert_true(kit->request.headers_count < KIT_HEADERS_MAX);

    header = &kit->headers[kit->request.headers_count++];
    header->name = kit_text(kit, name, strlen(name));
    header->value = kit_text(kit, value, strlen(value));
}


void
kit_no_headers(kit_t *kit)
{
    kit->request.headers_count = 0;
}


void
kit_secret(kit_t *kit, const sc_verify_scheme_t *scheme,
    const char *material)
{
    kit_secret_full(kit, scheme, material, "", 0);
}


void
kit_secret_full(kit_t *kit, const sc_verify_scheme_t *scheme,
    const char *material, const char *label, int64_t until_s)
{
    const char  *problem;
    sc_secret_t *secret;

    problem = "";
    assert_true(kit->secrets_count < KIT_SECRETS_MAX);

    secret = sc_secret_create(sc_str_from_cstring(material),
                              sc_str_from_cstring(label), until_s, &problem);
    if (secret == NULL) {
        fail_msg("secret: %s", problem);
    }

    kit->secrets[kit->secrets_count++] = secret;

    if (!sc_secret_prepare(secret, scheme, &problem)) {
        fail_msg("prepare: %s", problem);
    }
}


static bool
kit_read_file(kit_t *kit, const char *path, sc_str_t *content)
{
    char   name[KIT_PATH_SIZE];
    long   size;
    FILE  *file;
    void  *data;

    (void) snprintf(name, sizeof(name), "%s%s", KIT_FIXTURES, path);

    file = fopen(name, "rb");
    if (file == NULL) {
        return false;
    }

    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    assert_true(size >= 0);
    assert_int_equal(fseek(file, 0, SEEK_SET), 0);

    data = kit_keep(&kit->texts, (size_t) size);
    assert_int_equal(fread(data, 1, (size_t) size, file), size);
    (void) fclose(file);

    *content = sc_str_make(data, (size_t) size);

    return true;
}


sc_str_t
kit_file(kit_t *kit, const char *path)
{
    sc_str_t content;

    content = SC_STR_NULL;

    if (!kit_read_file(kit, path, &content)) {
        fail_msg("no fixture %s", path);
    }

    return content;
}


void
kit_sample_headers(kit_t *kit, const char *path)
{
    size_t       at;
    sc_str_t     content, line;
    sc_header_t *header;

    content = kit_file(kit, path);
    kit_no_headers(kit);

    while (sc_str_next(&content, '\n', &line)) {
        at = sc_str_find_byte(line, ':');

        if (at == line.len) {
            continue;
        }

        assert_true(kit->request.headers_count < KIT_HEADERS_MAX);

        header = &kit->headers[kit->request.headers_count++];
        header->name = kit_text(kit, line.data, at);
        line = sc_str_trim(sc_str_from(line, at + 1));
        header->value = kit_text(kit, line.data, line.len);
    }
}


static const char *
kit_member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}


void
kit_sample(kit_t *kit, const char *folder, const char *name)
{
    char        path[KIT_PATH_SIZE];
    json_t     *expected, *clock;
    sc_str_t    text;
    const char *member;

    (void) snprintf(path, sizeof(path), "%s/%s.case.json", folder, name);
    text = kit_file(kit, path);
    expected = json_loadb((const char *) text.data, text.len, 0, NULL);
    assert_non_null(expected);

    if ((member = kit_member(expected, "method")) != NULL) {
        kit_method(kit, member);
    }

    if ((member = kit_member(expected, "url")) != NULL) {
        kit_url(kit, member);
    }

    kit->request.body = SC_STR_NULL;

    if ((member = kit_member(expected, "body")) != NULL) {
        (void) snprintf(path, sizeof(path), "%s/%s", folder, member);
        kit->request.body = kit_file(kit, path);
    }

    if ((member = kit_member(expected, "headers")) != NULL) {
        (void) snprintf(path, sizeof(path), "%s/%s", folder, member);
        kit_sample_headers(kit, path);
    }

    clock = json_object_get(expected, "clock");

    if (json_is_integer(clock)) {
        kit->now_ms = json_integer_value(clock) * 1000;
    }

    json_decref(expected);
}


sc_verify_result_t
kit_verify(kit_t *kit, const sc_verify_scheme_t *scheme)
{
    sc_arena_t   arena;
    sc_secrets_t secrets;

    kit_release(&kit->scratch);
    sc_arena_init(&arena, kit_arena_block, kit, kit->memory);

    secrets.items = kit->secrets;
    secrets.count = kit->secrets_count;

    sc_verify(scheme, &kit->request, &secrets, kit->now_ms,
              kit->tolerance_ms, &arena, &kit->verdict);

    return kit->verdict.result;
}


void
kit_expect_at(kit_t *kit, const sc_verify_scheme_t *scheme,
    sc_verify_result_t result, const char *file, int line)
{
    sc_verify_result_t got;

    got = kit_verify(kit, scheme);

    if (got != result) {
        print_error("expected %s, got %s\n", sc_verify_result_name(result),
                    sc_verify_result_name(got));
        _fail(file, line);
    }
}


static void
kit_refuses(kit_t *kit, const sc_verify_scheme_t *scheme, const char *what,
    size_t bit)
{
    if (kit_verify(kit, scheme) == SC_VERIFY_OK) {
        fail_msg("accepted with %s changed at bit %zu", what, bit);
    }
}


void
kit_tamper_body(kit_t *kit, const sc_verify_scheme_t *scheme)
{
    size_t         i;
    sc_str_t       good;
    unsigned char *bytes;

    kit_expect(kit, scheme, SC_VERIFY_OK);

    good = kit->request.body;
    bytes = kit_keep(&kit->texts, good.len + 1);
    memcpy(bytes, good.data, good.len);
    bytes[good.len] = '\n';

    kit->request.body = sc_str_make(bytes, good.len);

    for (i = 0; i < good.len * 8; i++) {
        bytes[i / 8] = (unsigned char) (bytes[i / 8] ^ 1u << i % 8);
        kit_refuses(kit, scheme, "the body", i);
        bytes[i / 8] = (unsigned char) (bytes[i / 8] ^ 1u << i % 8);
    }

    kit->request.body = sc_str_make(bytes, good.len + 1);
    kit_refuses(kit, scheme, "a line break behind the body", 0);

    if (good.len > 0) {
        kit->request.body = sc_str_make(bytes, good.len - 1);
        kit_refuses(kit, scheme, "the body's last byte missing", 0);
    }

    kit->request.body = good;
    kit_expect(kit, scheme, SC_VERIFY_OK);
}


static sc_header_t *
kit_find_header(kit_t *kit, const char *name)
{
    size_t i;

    for (i = 0; i < kit->request.headers_count; i++) {
        if (sc_str_eq_nocase(kit->headers[i].name,
                             sc_str_from_cstring(name)))
        {
            return &kit->headers[i];
        }
    }

    fail_msg("no header %s", name);

    return NULL;
}


void
kit_tamper_header(kit_t *kit, const sc_verify_scheme_t *scheme,
    const char *name, bool hex)
{
    size_t         i, start;
    sc_str_t       good;
    sc_header_t   *header;
    unsigned char *bytes, was;

    kit_expect(kit, scheme, SC_VERIFY_OK);

    header = kit_find_header(kit, name);
    good = header->value;

    bytes = kit_keep(&kit->texts, good.len);
    memcpy(bytes, good.data, good.len);
    header->value = sc_str_make(bytes, good.len);

    /* The scheme's own name may be written in either case. */
    start = sc_str_starts_with(good, SC_STR("Bearer ")) ? 7 * 8 : 0;

    for (i = start; i < good.len * 8; i++) {
        was = bytes[i / 8];
        bytes[i / 8] = (unsigned char) (was ^ 1u << i % 8);

        if (!hex || !isxdigit(was)
            || tolower(was) != tolower(bytes[i / 8]))
        {
            kit_refuses(kit, scheme, name, i);
        }

        bytes[i / 8] = was;
    }

    header->value = sc_str_make(bytes, good.len - 1);
    kit_refuses(kit, scheme, "the signature's last byte missing", 0);

    header->value = good;
    kit_expect(kit, scheme, SC_VERIFY_OK);
}


void
kit_tamper_presence(kit_t *kit, const sc_verify_scheme_t *scheme,
    const char *name)
{
    sc_str_t     good;
    sc_header_t *header;

    kit_expect(kit, scheme, SC_VERIFY_OK);

    header = kit_find_header(kit, name);

    good = header->name;
    header->name = SC_STR("X-Elsewhere");
    kit_expect(kit, scheme, SC_VERIFY_NO_SIGNATURE);
    header->name = good;

    good = header->value;
    header->value = SC_STR("");
    kit_expect(kit, scheme, SC_VERIFY_NO_SIGNATURE);
    header->value = good;

    assert_true(kit->request.headers_count < KIT_HEADERS_MAX);
    kit->headers[kit->request.headers_count++] = *header;
    kit_expect(kit, scheme, SC_VERIFY_DOUBLED);
    kit->request.headers_count--;

    kit_expect(kit, scheme, SC_VERIFY_OK);
}
