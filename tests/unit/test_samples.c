/*
 * test_samples.c: every sample of tests/fixtures through verification, parser
 * and record, against its .case.json.
 *
 * One test for each case of a folder whose platform is in the registry; other
 * folders are named as skipped.  A registered platform without any case is a
 * failure: it would be untested.
 */

#define _XOPEN_SOURCE 700                            /* scandir() */

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sample.h"
#include "sc_json_write.h"
#include "sc_record.h"
#include "schema_check.h"


#define SAMPLES_MAX_TESTS  2048
#define SAMPLES_NAME_SIZE  256
#define SAMPLES_TEXT_SIZE  (512 * 1024)
#define SAMPLES_RECORD     (1024 * 1024)

#define CASE_SUFFIX        ".case.json"
#define HANDSHAKE          "HANDSHAKE"


static struct CMUnitTest samples_tests[SAMPLES_MAX_TESTS];
static sample_id_t       samples_ids[SAMPLES_MAX_TESTS];
static size_t            samples_count;

/* Names of tests and files: cmocka keeps pointers to them. */
static char              samples_texts[SAMPLES_TEXT_SIZE];
static size_t            samples_texts_used;

static json_t           *samples_schema;


/*
 * Comparing a record with an event's pinned members.
 */

static void
fail_member(const sample_t *sample, size_t event, const char *name,
    json_t *want, json_t *got)
{
    char *want_text, *got_text;

    want_text = json_dumps(want, JSON_ENCODE_ANY);
    got_text = got == NULL ? NULL : json_dumps(got, JSON_ENCODE_ANY);

    print_error("%s/%s: event %zu: %s is %s, wanted %s\n", sample->id->folder,
                sample->id->name, event, name,
                got_text == NULL ? "absent" : got_text, want_text);

    free(want_text);
    free(got_text);
    fail();
}


/* A pinned URL or handle, or an object of them. */
static bool
media_matches(json_t *want, json_t *got)
{
    json_t *type, *ref;

    type = json_object_get(want, "type");
    ref = json_is_string(want) ? want : json_object_get(want, "ref");

    return (type == NULL || json_equal(type, json_object_get(got, "type")))
           && (json_equal(ref, json_object_get(got, "url"))
               || json_equal(ref, json_object_get(got, "ref")));
}


static bool
media_list_matches(json_t *want, json_t *got)
{
    size_t  i;
    json_t *item;

    if (json_array_size(want) != json_array_size(got)) {
        return false;
    }

    json_array_foreach(want, i, item) {
        if (!media_matches(item, json_array_get(got, i))) {
            return false;
        }
    }

    return true;
}


static bool
author_matches(json_t *want, json_t *got)
{
    json_t     *value, *other;
    const char *name;

    json_object_foreach(want, name, value) {
        other = json_object_get(got, name);

        if (json_is_null(value) ? other != NULL : !json_equal(value, other)) {
            return false;
        }
    }

    return true;
}


/* The dedupe id is the last part of the record's. */
static bool
event_matches(const char *want, json_t *record)
{
    size_t      want_len, id_len;
    const char *id;

    id = json_string_value(json_object_get(record, "id"));
    want_len = strlen(want);
    id_len = strlen(id);

    return id_len > want_len && id[id_len - want_len - 1] == ':'
           && strcmp(id + id_len - want_len, want) == 0;
}


static bool
member_matches(const char *name, json_t *want, json_t *record)
{
    json_t *got;

    got = json_object_get(record, name);

    /* For people. */
    if (strcmp(name, "note") == 0) {
        return true;
    }

    if (strcmp(name, "event") == 0) {
        return json_is_null(want)
               || event_matches(json_string_value(want), record);
    }

    if (json_is_null(want)) {
        return got == NULL;
    }

    if (strcmp(name, "media") == 0) {
        return media_list_matches(want, got);
    }

    if (strcmp(name, "author") == 0) {
        return author_matches(want, got);
    }

    /* A flag that is left out is false. */
    if (json_is_false(want)) {
        return got == NULL || json_is_false(got);
    }

    return json_equal(want, got);
}


static void
compare_event(const sample_t *sample, size_t event, json_t *want,
    json_t *record)
{
    json_t     *value;
    const char *name;

    json_object_foreach(want, name, value) {
        if (!member_matches(name, value, record)) {
            fail_member(sample, event, name, value,
                        json_object_get(record, strcmp(name, "event") == 0
                                                ? "id" : name));
        }
    }
}


/*
 * Records.
 */

static json_t *
record_of(sample_t *sample, const sc_mention_t *mention)
{
    char                 problem[512];
    json_t              *record;
    sc_buf_t             buf;
    json_error_t         error;
    sc_record_context_t  context;

    memset(&context, 0, sizeof(context));
    context.brand = SC_STR("northwind");
    context.queue = SC_STR("mentions");
    context.received_ms = sample->now_ms;
    context.due_ms = sc_mention_is_actionable(mention)
                     ? sample->now_ms + 900000 : -1;
    context.with_raw = true;

    sc_buf_init_fixed(&buf, sample_alloc(sample, SAMPLES_RECORD),
                      SAMPLES_RECORD);
    sc_record_write(&buf, mention, &context);
    assert_false(buf.failed);

    record = json_loadb((const char *) buf.data, buf.len,
                        JSON_REJECT_DUPLICATES, &error);
    if (record == NULL) {
        fail_msg("%s/%s: record is not JSON: %s", sample->id->folder,
                 sample->id->name, error.text);
    }

    if (!schema_check(samples_schema, record, problem, sizeof(problem))) {
        fail_msg("%s/%s: %s: %.*s", sample->id->folder, sample->id->name,
                 problem, (int) buf.len, (const char *) buf.data);
    }

    return record;
}


/* What holds for every mention, whatever the case pins. */
static void
check_mention(const sample_t *sample, const sc_callback_t *callback,
    const sc_mention_t *mention)
{
    const sc_mention_t *other;

    if (mention->event.len == 0) {
        fail_msg("%s/%s: a mention without dedupe id", sample->id->folder,
                 sample->id->name);
    }

    for (other = callback->first; other != mention; other = other->next) {
        if (sc_str_eq(other->event, mention->event)
            && sc_str_eq(other->account, mention->account)
            && sc_str_eq(other->platform, mention->platform))
        {
            fail_msg("%s/%s: two mentions with dedupe id %.*s",
                     sample->id->folder, sample->id->name,
                     (int) mention->event.len,
                     (const char *) mention->event.data);
        }
    }

    /* A recording may not say whose it is: its call began the wait. */
    if (sc_mention_is_actionable(mention) && mention->clock_key.len == 0
        && mention->kind != SC_KIND_VOICEMAIL)
    {
        fail_msg("%s/%s: somebody waits and no answer can be matched",
                 sample->id->folder, sample->id->name);
    }
}


static void
check_events(sample_t *sample, const sc_callback_t *callback)
{
    size_t              i;
    json_t             *events, *record;
    const sc_mention_t *mention;

    events = json_object_get(sample->expected, "events");

    if (callback->count != json_array_size(events)) {
        for (mention = callback->first;
             mention != NULL;
             mention = mention->next)
        {
            print_error("  %s %s %.*s\n", sc_kind_name(mention->kind),
                        sc_action_name(mention->action),
                        (int) mention->event.len,
                        (const char *) mention->event.data);
        }

        fail_msg("%s/%s: %zu mentions, wanted %zu", sample->id->folder,
                 sample->id->name, callback->count, json_array_size(events));
    }

    i = 0;

    for (mention = callback->first; mention != NULL; mention = mention->next) {
        check_mention(sample, callback, mention);

        record = record_of(sample, mention);
        compare_event(sample, i, json_array_get(events, i), record);
        json_decref(record);
        i++;
    }

    assert_int_equal(i, callback->count);
}


/*
 * Parsing under bad conditions: never a crash (the sanitizers look on), and
 * never a half result that passes for a whole one.
 */

static void
parse_cut_bodies(sample_t *sample, const sc_verdict_t *verdict)
{
    size_t            len;
    sc_str_t          whole;
    sc_callback_t     callback;
    sc_parse_result_t result;
    unsigned char    *exact;

    whole = sample->request.body;

    for (len = 0; len < whole.len; len += 1 + whole.len / 256) {
        exact = malloc(len == 0 ? 1 : len);
        assert_non_null(exact);
        memcpy(exact, whole.data, len);

        sample->request.body = sc_str_make(exact, len);
        sample_callback(sample, &callback, verdict);
        result = sc_platform_parse(&callback);

        /* A JSON body that is cut short is dead as a whole. */
        if (sample->source.platform->json) {
            assert_int_equal(result, SC_PARSE_DEAD);
            assert_int_equal(callback.count, 0);
        }

        free(exact);
    }

    sample->request.body = whole;
}


static void
parse_little_memory(sample_t *sample, const sc_verdict_t *verdict,
    size_t count)
{
    size_t            limit;
    sc_arena_t        roomy;
    sc_callback_t     callback;
    sc_parse_result_t result;

    roomy = sample->arena;

    for (limit = 0; limit < 65536; limit += 16 + limit / 16) {
        sc_arena_init(&sample->arena, sample_block, sample, limit);
        sample_callback(sample, &callback, verdict);
        result = sc_platform_parse(&callback);

        if (result == SC_PARSE_OK) {
            assert_int_equal(callback.count, count);

        } else if (result != SC_PARSE_TOO_LARGE) {
            fail_msg("%s/%s: dead for want of memory (limit %zu)",
                     sample->id->folder, sample->id->name, limit);
        }
    }

    sample->arena = roomy;
}


/* One event less than the callback holds is one too many. */
static void
parse_too_many(sample_t *sample, const sc_verdict_t *verdict, size_t count)
{
    size_t        limit;
    sc_callback_t callback;

    limit = sample->source.max_events;

    if (count > 0) {
        sample->source.max_events = count - 1;
        sample_callback(sample, &callback, verdict);
        assert_int_equal(sc_platform_parse(&callback), SC_PARSE_TOO_LARGE);
    }

    sample->source.max_events = limit;
}


/*
 * The tests.
 */

/* A case may say in words why it must be refused. */
static void
check_refusal(const sample_t *sample, sc_verify_result_t result)
{
    size_t      i;
    const char *want;

    static const struct {
        const char         *words;
        sc_verify_result_t  result;
    } reasons[] = {
        { " s old", SC_VERIFY_STALE },
        { " s ahead", SC_VERIFY_FUTURE },
        { "expired", SC_VERIFY_BAD_CLAIM }
    };

    if (result == SC_VERIFY_OK) {
        fail_msg("%s/%s: accepted", sample->id->folder, sample->id->name);
    }

    want = json_string_value(json_object_get(sample->expected, "want"));

    for (i = 0; want != NULL && i < sizeof(reasons) / sizeof(reasons[0]); i++)
    {
        if (strstr(want, reasons[i].words) != NULL) {
            assert_string_equal(sc_verify_result_name(result),
                                sc_verify_result_name(reasons[i].result));
        }
    }
}


static void
check_bad_headers(sample_t *sample)
{
    size_t              i;
    char                name[SAMPLES_NAME_SIZE];
    sc_header_t         good[SAMPLE_MAX_HEADERS];
    size_t              good_count;
    sc_verify_result_t  result;

    assert_true(snprintf(name, sizeof(name), "%s.bad.headers",
                         sample->id->name) < (int) sizeof(name));

    if (sample_file(sample, name).data == NULL) {
        assert_null(json_object_get(sample->expected, "bad_headers"));
        return;
    }

    good_count = sample->request.headers_count;
    memcpy(good, sample->headers, sizeof(good));

    sample_read_headers(sample, name);
    result = sample_verify(sample, &sample->request, sample->now_ms, NULL);

    if (result == SC_VERIFY_OK) {
        fail_msg("%s/%s is accepted", sample->id->folder, name);
    }

    for (i = 0; i < good_count; i++) {
        sample->headers[i] = good[i];
    }

    sample->request.headers_count = good_count;
}


static void
check_parse(sample_t *sample, const sc_verdict_t *verdict)
{
    sc_callback_t     callback;
    sc_parse_result_t result;

    sample_callback(sample, &callback, verdict);
    result = sc_platform_parse(&callback);

    if (result != SC_PARSE_OK || callback.dead_count != 0) {
        fail_msg("%s/%s: not understood: %s", sample->id->folder,
                 sample->id->name,
                 result == SC_PARSE_TOO_LARGE ? "too large"
                 : sc_dead_reason_name(result == SC_PARSE_DEAD
                                       ? callback.dead
                                       : callback.dead_pieces->reason));
    }

    check_events(sample, &callback);

    parse_cut_bodies(sample, verdict);
    parse_little_memory(sample, verdict, callback.count);
    parse_too_many(sample, verdict, callback.count);
}


/* "Name: value" of every header that is answered stands in the case. */
static void
check_wanted_header(const sample_t *sample, sc_str_t name, sc_str_t value)
{
    char        line[SAMPLES_NAME_SIZE];
    const char *want;

    want = json_string_value(json_object_get(sample->expected, "want"));

    assert_true(snprintf(line, sizeof(line), "%.*s: %.*s", (int) name.len,
                         (const char *) name.data, (int) value.len,
                         (const char *) value.data) < (int) sizeof(line));

    if (strstr(want, line) == NULL) {
        fail_msg("%s/%s: answers %s", sample->id->folder, sample->id->name,
                 line);
    }
}


/* A request that asks for permission: nothing of it is verified. */
static void
check_permission(sample_t *sample)
{
    size_t             i;
    sc_policy_t        policy;
    sc_callback_t      callback;
    const sc_answer_t *answer;

    sc_source_policy(&sample->source, &policy);
    assert_true(policy.options_is_handshake);

    sample_callback(sample, &callback, NULL);
    sample->source.platform->handshake(&callback);
    answer = &callback.answer;

    if (strstr(json_string_value(json_object_get(sample->expected, "want")),
               "no WebHook-Allowed") != NULL)
    {
        assert_int_equal(answer->status, 405);
        assert_int_equal(answer->more_count, 0);
        return;
    }

    assert_int_equal(answer->status, 200);
    assert_int_equal(answer->more_count, 2);
    check_wanted_header(sample, answer->header_name, answer->header_value);

    for (i = 0; i < answer->more_count; i++) {
        check_wanted_header(sample, answer->more[i].name,
                            answer->more[i].value);
    }
}


/* A GET that only probes us: "HTTP 200 …, body TEXT" or "HTTP 401/403". */
static void
check_probe(sample_t *sample)
{
    char               body[SAMPLES_NAME_SIZE];
    const char        *want;
    sc_callback_t      callback;
    const sc_answer_t *answer;

    sample_callback(sample, &callback, NULL);
    sample->source.platform->handshake(&callback);

    answer = &callback.answer;
    want = json_string_value(json_object_get(sample->expected, "want"));

    if (strstr(want, "HTTP 401/403") != NULL) {
        assert_true(answer->status == 401 || answer->status == 403);
        assert_int_equal(answer->body.len, 0);
        return;
    }

    assert_non_null(strstr(want, "HTTP 200"));
    assert_int_equal(answer->status, 200);
    assert_true(answer->body.len > 0);

    (void) snprintf(body, sizeof(body), ", body %.*s",
                    (int) answer->body.len,
                    (const char *) answer->body.data);
    assert_true(strlen(want) >= strlen(body));
    assert_string_equal(want + strlen(want) - strlen(body), body);
}


static bool
is_probe(const sample_t *sample)
{
    sc_policy_t policy;

    sc_source_policy(&sample->source, &policy);

    return policy.get_is_handshake
           && sc_str_eq(sample->request.method, SC_STR("GET"));
}


static void
test_sample(void **state)
{
    sample_t            sample;
    sc_verdict_t        verdict;
    sc_verify_result_t  result;

    sample_open(&sample, *state);

    if (sc_str_eq(sample.request.method, SC_STR("OPTIONS"))) {
        check_permission(&sample);
        sample_close(&sample);
        return;
    }

    if (is_probe(&sample)) {
        check_probe(&sample);
        sample_close(&sample);
        return;
    }

    result = sample_verify(&sample, &sample.request, sample.now_ms, &verdict);

    if (strcmp(json_string_value(json_object_get(sample.expected, "verify")),
               "ok") != 0)
    {
        check_refusal(&sample, result);
        sample_close(&sample);
        return;
    }

    if (result != SC_VERIFY_OK) {
        fail_msg("%s/%s: refused: %s", sample.id->folder, sample.id->name,
                 sc_verify_result_name(result));
    }

    check_bad_headers(&sample);
    sample_tamper(&sample, &verdict);

    if (json_is_array(json_object_get(sample.expected, "events"))) {
        check_parse(&sample, &verdict);
    }

    sample_close(&sample);
}


/*
 * Handshakes.
 */

static void
check_answer(const sample_t *sample, json_t *handshake,
    const sc_answer_t *answer)
{
    json_t      *body, *wanted, *type;
    unsigned     status;
    const char  *name;
    json_error_t error;

    name = json_string_value(json_object_get(handshake, "name"));
    status = answer->status == 0 ? 200 : answer->status;

    if (json_integer_value(json_object_get(handshake, "status")) != status) {
        fail_msg("%s: handshake \"%s\": status %u", sample->id->folder, name,
                 status);
    }

    wanted = json_object_get(handshake, "body");
    if (json_is_string(wanted)) {
        assert_int_equal(answer->body.len, json_string_length(wanted));
        assert_memory_equal(answer->body.data, json_string_value(wanted),
                            answer->body.len);
    }

    wanted = json_object_get(handshake, "body_json");
    if (wanted != NULL) {
        body = json_loadb((const char *) answer->body.data, answer->body.len,
                          0, &error);
        assert_non_null(body);
        assert_true(json_equal(body, wanted));
        json_decref(body);
    }

    type = json_object_get(handshake, "content_type");
    if (type != NULL) {
        assert_true(sc_str_starts_with(answer->content_type,
            sc_str_from_cstring(json_string_value(type))));
    }
}


static void
test_handshake(void **state)
{
    size_t             i;
    char               path[SAMPLES_NAME_SIZE];
    json_t            *list, *handshake;
    sample_t           sample;
    json_error_t       error;
    sc_callback_t      callback;
    const sample_id_t *id;

    id = *state;

    assert_true(snprintf(path, sizeof(path),
                         SAMPLE_FIXTURES "/%s/HANDSHAKE.json", id->folder)
                < (int) sizeof(path));

    list = json_load_file(path, 0, &error);
    assert_true(json_array_size(list) > 0);

    json_array_foreach(list, i, handshake) {
        sample_open_handshake(&sample, id, handshake);
        sample_callback(&sample, &callback, NULL);

        assert_non_null(sample.source.platform->handshake);
        sample.source.platform->handshake(&callback);

        assert_false(callback.too_large);
        assert_int_equal(callback.count, 0);
        check_answer(&sample, handshake, &callback.answer);

        sample_close(&sample);
    }

    json_decref(list);
}


/*
 * Finding them.
 */

static char *
text_copy(const char *text, size_t len)
{
    char *copy;

    if (len >= SAMPLES_TEXT_SIZE - samples_texts_used) {
        abort();
    }

    copy = samples_texts + samples_texts_used;
    memcpy(copy, text, len);
    copy[len] = '\0';
    samples_texts_used += len + 1;

    return copy;
}


static void
add_test(const char *folder, const char *name, const char *platform,
    CMUnitTestFunction function)
{
    char               title[SAMPLES_NAME_SIZE];
    sample_id_t       *id;
    struct CMUnitTest *test;

    /* One place is kept for the test of the whole. */
    if (samples_count + 1 >= SAMPLES_MAX_TESTS) {
        abort();
    }

    id = &samples_ids[samples_count];
    id->folder = folder;
    id->name = name;
    id->platform = platform;

    snprintf(title, sizeof(title), "%s/%s%s%s", folder, name,
             platform == NULL ? "" : " as ", platform == NULL ? "" : platform);

    test = &samples_tests[samples_count++];
    test->name = text_copy(title, strlen(title));
    test->test_func = function;
    test->initial_state = id;
}


static const char *const meta_products[] = {
    "facebook", "instagram", "messenger", "threads", "whatsapp"
};


/*
 * Meta's products share the handshake, and all but Threads (an app of its
 * own) may share the URL: then the platform is `meta`.
 */
static void
add_as_meta(const char *folder, const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(meta_products) / sizeof(meta_products[0]); i++) {
        if (strcmp(folder, "meta-common") == 0
            && strcmp(name, HANDSHAKE) == 0)
        {
            add_test(folder, name, meta_products[i], test_handshake);

        } else if (strcmp(folder, meta_products[i]) == 0
                   && strcmp(folder, "threads") != 0)
        {
            add_test(folder, name, "meta", test_sample);
        }
    }
}


static size_t
add_folder(const char *folder)
{
    int             i, count;
    char            path[SAMPLES_NAME_SIZE];
    size_t          added, len;
    const char     *name;
    struct dirent **entries;

    added = 0;
    snprintf(path, sizeof(path), SAMPLE_FIXTURES "/%s", folder);
    count = scandir(path, &entries, NULL, alphasort);

    for (i = 0; i < count; i++) {
        name = entries[i]->d_name;
        len = strlen(name);

        if (strcmp(name, HANDSHAKE ".json") == 0) {
            add_test(folder, HANDSHAKE, NULL, test_handshake);
            add_as_meta(folder, HANDSHAKE);
            added++;
        }

        if (len > strlen(CASE_SUFFIX)
            && strcmp(name + len - strlen(CASE_SUFFIX), CASE_SUFFIX) == 0)
        {
            name = text_copy(name, len - strlen(CASE_SUFFIX));
            add_test(folder, name, NULL, test_sample);
            add_as_meta(folder, name);
            added++;
        }

        free(entries[i]);
    }

    free(entries);

    return added;
}


static void
test_every_platform_has_cases(void **state)
{
    size_t        i, j;
    bool          found;
    sample_id_t  *id;

    (void) state;

    for (i = 0; i < sc_platforms_count; i++) {
        found = false;

        for (j = 0; j < samples_count && !found; j++) {
            id = samples_tests[j].initial_state;
            found = id != NULL && samples_tests[j].test_func == test_sample
                    && sample_platform(id) == sc_platforms[i];
        }

        if (!found) {
            fail_msg("platform %.*s has no sample",
                     (int) sc_platforms[i]->name.len,
                     (const char *) sc_platforms[i]->name.data);
        }
    }
}


/* Lines that start with # are shown by the test run. */
static void
add_folders(void)
{
    int             i, count;
    size_t          cases, folders, skipped;
    sample_id_t     id;
    struct dirent **entries;

    cases = 0;
    folders = 0;
    skipped = 0;
    count = scandir(SAMPLE_FIXTURES, &entries, NULL, alphasort);

    for (i = 0; i < count; i++) {
        memset(&id, 0, sizeof(id));
        id.folder = text_copy(entries[i]->d_name, strlen(entries[i]->d_name));
        id.name = "*";
        free(entries[i]);

        if (id.folder[0] == '.' || strchr(id.folder, '.') != NULL) {
            continue;
        }

        if (sample_platform(&id) == NULL) {
            printf("%s %s", skipped == 0 ? "# skipped, not in the registry:"
                                         : ",", id.folder);
            skipped++;
            continue;
        }

        cases += add_folder(id.folder);
        folders++;
    }

    free(entries);
    printf("%s# samples: %zu cases in %zu folders\n",
           skipped == 0 ? "" : "\n", cases, folders);
}


int
main(void)
{
    int          failed;
    json_error_t error;

    samples_schema = json_load_file("conf/mention.schema.json", 0, &error);
    if (samples_schema == NULL) {
        printf("conf/mention.schema.json: %s\n", error.text);
        return 1;
    }

    add_folders();

    samples_tests[samples_count].name = "every platform has cases";
    samples_tests[samples_count].test_func = test_every_platform_has_cases;
    samples_count++;

    failed = _cmocka_run_group_tests("samples", samples_tests, samples_count,
                                     NULL, NULL);
    json_decref(samples_schema);

    return failed;
}
