/*
 * test_record.c: the published JSON of a mention, its identity, the time that
 * its wait starts from.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "sc_record.h"
#include "schema_check.h"


#define RECORD_SIZE  8192

#define NOW_MS       INT64_C(1768471200000)
#define DAY_MS       (INT64_C(24) * 60 * 60 * 1000)


static const sc_record_context_t plain_context = {
    .brand = SC_STR_INIT("northwind"),
    .queue = SC_STR_INIT("mentions"),
    .received_ms = NOW_MS,
    .due_ms = -1
};


static void
plain_mention(sc_mention_t *mention)
{
    sc_mention_init(mention);

    mention->platform = SC_STR("x");
    mention->channel = SC_CHANNEL_SOCIAL;
    mention->kind = SC_KIND_MENTION;
    mention->account = SC_STR("15");
    mention->event = SC_STR("2010");
}


static sc_media_t full_media[] = {
    { SC_STR_INIT("photo"), SC_STR_INIT("https://img.example.com/1.jpg"),
      SC_STR_INIT(""), &full_media[1] },
    { SC_STR_INIT("audio/ogg"), SC_STR_INIT(""), SC_STR_INIT("4711"), NULL }
};


static sc_extra_t full_extra[] = {
    { "reply_token", SC_STR_INIT("r"), &full_extra[1] },
    { "via", SC_STR_INIT("w"), NULL }
};


/* Every member set. */
static void
full_mention(sc_mention_t *mention)
{
    plain_mention(mention);

    mention->object = SC_STR("o1");
    mention->thread = SC_STR("t1");
    mention->parent = SC_STR("p1");
    mention->clock_key = SC_STR("x:15:t1");
    mention->author.id = SC_STR("9007199254740993");
    mention->author.name = SC_STR("L\xc3\xa9\x61 H\xc3\xb6rster");
    mention->author.handle = SC_STR("lea_on_rails");
    mention->author.followers = 1000;
    mention->author.verified = SC_TRI_NO;
    mention->recipient = SC_STR("77");
    mention->subject = SC_STR("Refund");
    mention->text = SC_STR("Where is my train?");
    mention->lang = SC_STR("en");
    mention->url = SC_STR("https://x.example.com/2010");
    mention->reaction = SC_STR("like");
    mention->status = SC_STR("delivered");
    mention->notice = SC_STR("system");
    mention->media = full_media;
    mention->created_ms = NOW_MS - 1000;
    mention->edited_ms = NOW_MS - 500;
    mention->duration_s = 0;
    mention->rating = 4;
    mention->extra = full_extra;
    mention->part.ref = SC_STR("17");
    mention->part.number = 1;
    mention->part.total = 3;
    mention->is_public = SC_TRI_YES;
    mention->automatic = true;
    mention->needs_fetch = true;
    mention->redelivery = true;
    mention->created_is_delivery_time = true;
    mention->raw = SC_STR("{\"id\":\"2010\"}");
}


static sc_str_t
written(sc_buf_t *buf, unsigned char *memory, size_t size,
    const sc_mention_t *mention, const sc_record_context_t *context)
{
    sc_buf_init_fixed(buf, memory, size);
    sc_record_write(buf, mention, context);

    return sc_buf_str(buf);
}


/* The record as jansson reads it, held against the schema. */
static json_t *
record_of(const sc_mention_t *mention, const sc_record_context_t *context)
{
    char          problem[256];
    json_t       *record, *schema;
    sc_buf_t      buf;
    sc_str_t      text;
    json_error_t  error;
    unsigned char memory[RECORD_SIZE];

    text = written(&buf, memory, sizeof(memory), mention, context);
    assert_false(buf.failed);

    record = json_loadb((const char *) text.data, text.len,
                        JSON_REJECT_DUPLICATES, &error);
    if (record == NULL) {
        fail_msg("%s: %.*s", error.text, (int) text.len,
                 (const char *) text.data);
    }

    schema = json_load_file("conf/mention.schema.json", 0, &error);
    assert_non_null(schema);

    if (!schema_check(schema, record, problem, sizeof(problem))) {
        fail_msg("%s: %.*s", problem, (int) text.len,
                 (const char *) text.data);
    }

    json_decref(schema);

    return record;
}


static void
assert_record_text(const json_t *record, const char *name, const char *text)
{
    const json_t *member;

    member = json_object_get(record, name);
    assert_non_null(member);
    assert_string_equal(json_string_value(member), text);
}


static void
test_least(void **state)
{
    sc_buf_t      buf;
    sc_str_t      text;
    sc_mention_t  mention;
    unsigned char memory[RECORD_SIZE];

    static const char expected[] =
        "{\"v\":1,\"id\":\"x:15:2010\",\"platform\":\"x\","
        "\"channel\":\"social\",\"brand\":\"northwind\",\"account\":\"15\","
        "\"queue\":\"mentions\",\"kind\":\"mention\",\"action\":\"create\","
        "\"direction\":\"in\",\"actionable\":true,"
        "\"received_ms\":1768471200000}";

    (void) state;

    plain_mention(&mention);
    text = written(&buf, memory, sizeof(memory), &mention, &plain_context);

    assert_int_equal(text.len, sizeof(expected) - 1);
    assert_memory_equal(text.data, expected, text.len);

    json_decref(record_of(&mention, &plain_context));
}


static void
test_every_member(void **state)
{
    json_t              *record, *expected, *schema, *properties;
    const char          *name;
    json_t              *rule;
    json_error_t         error;
    sc_mention_t         mention;
    sc_record_context_t  context;

    static const char text[] =
        "{\"v\":1,\"id\":\"x:15:2010\",\"platform\":\"x\","
        "\"channel\":\"social\",\"brand\":\"northwind\",\"account\":\"15\","
        "\"queue\":\"mentions\",\"kind\":\"mention\",\"action\":\"create\","
        "\"direction\":\"in\",\"public\":true,\"actionable\":false,"
        "\"auto\":true,\"object\":\"o1\",\"thread\":\"t1\",\"parent\":\"p1\","
        "\"wait\":\"x:15:t1\","
        "\"author\":{\"id\":\"9007199254740993\","
        "\"name\":\"L\xc3\xa9\x61 H\xc3\xb6rster\","
        "\"handle\":\"lea_on_rails\",\"followers\":1000,\"verified\":false,"
        "\"reach\":\"1k-9999\"},\"recipient\":\"77\",\"subject\":\"Refund\","
        "\"text\":\"Where is my train?\",\"lang\":\"en\","
        "\"part\":{\"ref\":\"17\",\"number\":1,\"total\":3},\"media\":["
        "{\"type\":\"photo\",\"url\":\"https://img.example.com/1.jpg\"},"
        "{\"type\":\"audio/ogg\",\"ref\":\"4711\"}],"
        "\"url\":\"https://x.example.com/2010\",\"rating\":4,"
        "\"reaction\":\"like\",\"status\":\"delivered\",\"duration_s\":0,"
        "\"notice\":\"system\",\"extra\":{\"reply_token\":\"r\",\"via\":\"w\"},"
        "\"needs_fetch\":true,\"redelivery\":true,"
        "\"created_ms\":1768471199000,\"created_is_delivery_time\":true,"
        "\"edited_ms\":1768471199500,\"received_ms\":1768471200000,"
        "\"due_ms\":1768472100000,\"trend\":\"outage-7\","
        "\"raw\":\"{\\\"id\\\":\\\"2010\\\"}\"}";

    (void) state;

    context = plain_context;
    context.trend = SC_STR("outage-7");
    context.due_ms = NOW_MS + 900000;
    context.with_raw = true;

    full_mention(&mention);
    record = record_of(&mention, &context);

    expected = json_loads(text, 0, &error);
    assert_non_null(expected);
    assert_true(json_equal(record, expected));

    /* Nothing stands in the schema that is never written. */
    schema = json_load_file("conf/mention.schema.json", 0, &error);
    properties = json_object_get(schema, "properties");

    json_object_foreach(properties, name, rule) {
        if (json_object_get(record, name) == NULL) {
            fail_msg("%s is in the schema and never written", name);
        }
    }

    json_decref(schema);
    json_decref(expected);
    json_decref(record);
}


static void
test_raw_only_when_asked(void **state)
{
    json_t       *record;
    sc_mention_t  mention;

    (void) state;

    full_mention(&mention);
    record = record_of(&mention, &plain_context);

    assert_null(json_object_get(record, "raw"));
    assert_null(json_object_get(record, "due_ms"));
    assert_null(json_object_get(record, "trend"));

    json_decref(record);
}


static void
test_kind_unknown(void **state)
{
    json_t       *record;
    sc_mention_t  mention;

    (void) state;

    plain_mention(&mention);
    mention.kind = SC_KIND_UNKNOWN;
    mention.action = SC_ACTION_DELETE;
    record = record_of(&mention, &plain_context);

    assert_null(json_object_get(record, "kind"));
    assert_record_text(record, "action", "delete");

    json_decref(record);
}


/* Each single thing that is known about the author is worth the object. */
static void
test_author_in_part(void **state)
{
    int           i;
    json_t       *record, *author;
    sc_mention_t  mention;

    static const char *const names[] = {
        "id", "name", "handle", "followers", "verified"
    };

    (void) state;

    for (i = 0; i < 5; i++) {
        plain_mention(&mention);

        switch (i) {
        case 0: mention.author.id = SC_STR("1"); break;
        case 1: mention.author.name = SC_STR("1"); break;
        case 2: mention.author.handle = SC_STR("1"); break;
        case 3: mention.author.followers = 0; break;
        case 4: mention.author.verified = SC_TRI_YES; break;
        }

        record = record_of(&mention, &plain_context);
        author = json_object_get(record, "author");

        assert_int_equal(json_object_size(author), 2);
        assert_non_null(json_object_get(author, names[i]));
        assert_record_text(author, "reach", i == 3 ? "0-99" : "unknown");

        json_decref(record);
    }
}


static void
test_escaping(void **state)
{
    json_t       *record;
    sc_mention_t  mention;

    (void) state;

    plain_mention(&mention);
    mention.platform = SC_STR("generic");
    mention.account = SC_STR("a\"b");
    mention.event = SC_STR("c\\d\n\"");
    mention.text = SC_STR("\"quoted\" \\ \x01 </script> \xf0\x9f\x9a\x86 \xff");
    mention.author.name = SC_STR("\xc3");

    record = record_of(&mention, &plain_context);

    assert_record_text(record, "id", "generic:a\"b:c\\d\n\"");
    assert_record_text(record, "account", "a\"b");
    assert_record_text(record, "text", "\"quoted\" \\ \x01 </script> "
                       "\xf0\x9f\x9a\x86 \xef\xbf\xbd");
    assert_record_text(json_object_get(record, "author"), "name",
                       "\xef\xbf\xbd");

    json_decref(record);
}


/* Names are cut between two characters, ids never. */
static void
test_long_texts(void **state)
{
    char          text[SC_RECORD_MAX_ID + 16];
    json_t       *record, *author;
    sc_mention_t  mention;

    (void) state;

    memset(text, 'a', sizeof(text));
    text[SC_RECORD_MAX_ID - 1] = (char) 0xc3;
    text[SC_RECORD_MAX_ID] = (char) 0xa9;

    plain_mention(&mention);
    mention.event = sc_str_make(text, sizeof(text));
    mention.thread = mention.event;
    mention.author.id = mention.event;
    mention.author.name = mention.event;
    mention.author.handle = sc_str_make(text, SC_RECORD_MAX_ID + 1);

    record = record_of(&mention, &plain_context);
    author = json_object_get(record, "author");

    assert_int_equal(json_string_length(json_object_get(record, "thread")),
                     sizeof(text));
    assert_int_equal(json_string_length(json_object_get(record, "id")),
                     sizeof("x:15:") - 1 + sizeof(text));
    assert_int_equal(json_string_length(json_object_get(author, "id")),
                     sizeof(text));
    assert_int_equal(json_string_length(json_object_get(author, "name")),
                     SC_RECORD_MAX_ID - 1);
    assert_int_equal(json_string_length(json_object_get(author, "handle")),
                     SC_RECORD_MAX_ID - 1);
    json_decref(record);

    /* Exactly the limit stays whole. */
    memset(text, 'a', sizeof(text));
    mention.author.name = sc_str_make(text, SC_RECORD_MAX_ID);
    mention.author.handle = SC_STR_NULL;

    record = record_of(&mention, &plain_context);
    author = json_object_get(record, "author");
    assert_int_equal(json_string_length(json_object_get(author, "name")),
                     SC_RECORD_MAX_ID);
    json_decref(record);
}


/* A key that JSON cannot carry names no wait: better none than another. */
static void
test_wait(void **state)
{
    json_t       *record;
    sc_mention_t  mention;

    (void) state;

    plain_mention(&mention);
    record = record_of(&mention, &plain_context);
    assert_null(json_object_get(record, "wait"));
    json_decref(record);

    mention.clock_key = SC_STR("x:15:\"\xc3\xa9");
    record = record_of(&mention, &plain_context);
    assert_record_text(record, "wait", "x:15:\"\xc3\xa9");
    json_decref(record);

    /* Nor does what answers nobody, though it has to know whom it did not. */
    mention.no_answer = true;
    record = record_of(&mention, &plain_context);
    assert_null(json_object_get(record, "wait"));
    json_decref(record);
    mention.no_answer = false;

    mention.clock_key = SC_STR("x:15:\xff");
    record = record_of(&mention, &plain_context);
    assert_null(json_object_get(record, "wait"));
    json_decref(record);
}


/* Cutting stops at the start, whatever the bytes are. */
static void
test_long_garbage(void **state)
{
    json_t       *record;
    unsigned char text[SC_RECORD_MAX_ID + 1];
    sc_mention_t  mention;

    (void) state;

    memset(text, 0x80, sizeof(text));

    plain_mention(&mention);
    mention.author.id = SC_STR("1");
    mention.author.name = sc_str_make(text, sizeof(text));

    record = record_of(&mention, &plain_context);
    assert_null(json_object_get(json_object_get(record, "author"), "name"));
    json_decref(record);
}


/* Every size that is too small fails, and writes nothing behind its end. */
static void
test_too_small(void **state)
{
    size_t               size, full;
    sc_buf_t             buf;
    sc_mention_t         mention;
    unsigned char       *exact, memory[RECORD_SIZE];
    sc_record_context_t  context;

    (void) state;

    context = plain_context;
    context.with_raw = true;
    full_mention(&mention);

    full = written(&buf, memory, sizeof(memory), &mention, &context).len;
    assert_false(buf.failed);

    for (size = 0; size <= full; size++) {
        exact = malloc(size + 1);
        assert_non_null(exact);
        exact[size] = 0xa5;

        written(&buf, exact, size, &mention, &context);

        assert_int_equal(buf.failed, size < full);
        assert_int_equal(exact[size], 0xa5);
        free(exact);
    }
}


static void
test_id(void **state)
{
    sc_buf_t      buf;
    sc_mention_t  mention;
    unsigned char memory[64];

    (void) state;

    plain_mention(&mention);
    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    sc_record_write_id(&buf, &mention);

    assert_true(sc_str_eq(sc_buf_str(&buf), SC_STR("x:15:2010")));

    /* No account: the separators stay, so that ids cannot slide together. */
    mention.account = SC_STR_NULL;
    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    sc_record_write_id(&buf, &mention);

    assert_true(sc_str_eq(sc_buf_str(&buf), SC_STR("x::2010")));

    mention.same = SC_STR("EDIT/7");
    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    sc_record_write_id(&buf, &mention);

    assert_true(sc_str_eq(sc_buf_str(&buf), SC_STR("x::EDIT/7")));

    mention.proof = SC_STR("7:sent");
    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    sc_record_write_proof(&buf, &mention);

    assert_true(sc_str_eq(sc_buf_str(&buf), SC_STR("proof:x::7:sent")));

    sc_buf_init_fixed(&buf, memory, 6);
    sc_record_write_id(&buf, &mention);
    assert_true(buf.failed);
}


static void
test_digest(void **state)
{
    unsigned char key[SC_SIPHASH_KEY_SIZE];
    unsigned      i;

    (void) state;

    for (i = 0; i < sizeof(key); i++) {
        key[i] = (unsigned char) i;
    }

    /* The first vectors of the SipHash paper's reference: "" and 00. */
    assert_true((uint64_t) sc_record_digest(key, SC_STR_NULL)
                == UINT64_C(0x726fdb47dd0e0e31));
    assert_true((uint64_t) sc_record_digest(key, SC_STR("\0"))
                == UINT64_C(0x74f839c593dc67fd));

    assert_true(sc_record_digest(key, SC_STR("x:15:2010"))
                != sc_record_digest(key, SC_STR("x:15:2011")));

    /* Another deployment's key gives another digest. */
    i = (unsigned) (sc_record_digest(key, SC_STR("a")) & 0xffff);
    key[0] ^= 1;
    assert_int_not_equal(i, sc_record_digest(key, SC_STR("a")) & 0xffff);
}


static void
test_start(void **state)
{
    size_t       i;
    bool         skewed;
    sc_mention_t mention;

    static const struct {
        int64_t created_ms;
        int64_t start_ms;
        bool    skewed;
    } cases[] = {
        { NOW_MS, NOW_MS, false },
        { NOW_MS - 60000, NOW_MS - 60000, false },
        { NOW_MS + 5000, NOW_MS + 5000, false },
        { NOW_MS + 5001, NOW_MS, true },
        { NOW_MS - 7 * DAY_MS, NOW_MS - 7 * DAY_MS, false },
        { NOW_MS - 7 * DAY_MS - 1, NOW_MS, true },
        { 0, NOW_MS, true },
        { INT64_MAX, NOW_MS, true },
        { -1, NOW_MS, false },
        { INT64_MIN, NOW_MS, false }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        plain_mention(&mention);
        mention.created_ms = cases[i].created_ms;
        skewed = !cases[i].skewed;

        assert_true(sc_record_start_ms(&mention, NOW_MS, &skewed)
                    == cases[i].start_ms);
        assert_int_equal(skewed, cases[i].skewed);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_every_member),
        cmocka_unit_test(test_raw_only_when_asked),
        cmocka_unit_test(test_kind_unknown),
        cmocka_unit_test(test_author_in_part),
        cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_long_garbage),
        cmocka_unit_test(test_too_small),
        cmocka_unit_test(test_id),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_start)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
