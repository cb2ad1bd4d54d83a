/*
 * test_generic.c: senders of many kinds by options alone, and every sentence
 * about options that make no sound whole.
 */

#define _XOPEN_SOURCE 700                            /* strtok_r() */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_registry.h"


#define MAX_OPTIONS  12
#define MAX_FILE     65536

#define SECRET       "s3cr3t-socialcare"
#define HELLO        "{\"hello\":\"care\"}"
#define NOW_MS       INT64_C(1790000000000)


typedef const char *option_t[2];


/* A receiver with one secret, ready to judge. */
typedef struct {
    fixture_t    fixture;
    sc_secret_t *secret;
    char         material[4096];
    char         headers[MAX_FILE];
    char         body[MAX_FILE];
} receiver_t;


static void
receiver_open(receiver_t *receiver, const option_t *options,
    const char *material)
{
    size_t                    i;
    const char               *problem;
    const sc_verify_scheme_t *scheme;
    fixture_t                *fixture;

    fixture = &receiver->fixture;
    fixture_init(fixture, &sc_platform_generic);
    fixture->callback.now_ms = NOW_MS;

    for (i = 0; i < MAX_OPTIONS && options[i][0] != NULL; i++) {
        problem = fixture_option(fixture, options[i][0], options[i][1]);

        if (problem != NULL) {
            fail_msg("%s=%s: %s", options[i][0], options[i][1], problem);
        }
    }

    problem = fixture_finish_options(fixture);

    if (problem != NULL) {
        fail_msg("%s", problem);
    }

    problem = NULL;
    receiver->secret = sc_secret_create(sc_str_from_cstring(material),
                                        SC_STR("label"), 0, &problem);
    assert_non_null(receiver->secret);

    fixture->source.secrets.items = &receiver->secret;
    fixture->source.secrets.count = 1;

    assert_int_equal(sc_platform_generic.schemes(&fixture->source, &scheme, 1),
                     1);

    if (!sc_secret_prepare(receiver->secret, scheme, &problem)) {
        fail_msg("%s", problem);
    }
}


static void
receiver_close(receiver_t *receiver)
{
    fixture_free(&receiver->fixture);
    sc_secret_destroy(receiver->secret);
}


static void
set_url(fixture_t *fixture, const char *url)
{
    size_t   at;
    sc_str_t rest;

    fixture->request.url = sc_str_from_cstring(url);
    rest = sc_str_from(fixture->request.url, sizeof("https://") - 1);
    at = sc_str_find_byte(rest, '/');
    fixture->request.host = sc_str_first(rest, at);
    fixture->request.uri = sc_str_from(rest, at);
    at = sc_str_find_byte(fixture->request.uri, '?');
    fixture->request.path = sc_str_first(fixture->request.uri, at);
    fixture->request.query = sc_str_from(fixture->request.uri, at + 1);
}


static sc_verify_result_t
judge(receiver_t *receiver, sc_str_t body, int64_t now_ms)
{
    fixture_t                *fixture;
    const sc_verify_scheme_t *scheme;

    fixture = &receiver->fixture;
    fixture->request.body = body;

    (void) sc_platform_generic.schemes(&fixture->source, &scheme, 1);
    sc_verify(scheme, &fixture->request, &fixture->source.secrets, now_ms,
              300000, &fixture->arena, &fixture->verdict);

    return fixture->verdict.result;
}


/* Recipes: the same short body as everybody signs it */


static void
recipe(const option_t *options, const option_t *headers, const char *url,
    bool timed)
{
    size_t     i;
    receiver_t receiver;

    receiver_open(&receiver, options, SECRET);
    set_url(&receiver.fixture, url);

    for (i = 0; headers[i][0] != NULL; i++) {
        fixture_header(&receiver.fixture, headers[i][0], headers[i][1]);
    }

    assert_int_equal(judge(&receiver, SC_STR(HELLO), NOW_MS), SC_VERIFY_OK);
    assert_int_equal(judge(&receiver, SC_STR("{\"hello\":\"carf\"}"), NOW_MS),
                     SC_VERIFY_MISMATCH);

    if (timed) {
        assert_int_equal(judge(&receiver, SC_STR(HELLO), NOW_MS + 300000),
                         SC_VERIFY_OK);
        assert_int_equal(judge(&receiver, SC_STR(HELLO), NOW_MS + 301000),
                         SC_VERIFY_STALE);
        assert_int_equal(judge(&receiver, SC_STR(HELLO), NOW_MS - 301000),
                         SC_VERIFY_FUTURE);
    }

    receiver_close(&receiver);
}


#define URL  "https://care.example.com/hooks/generic/pbx"

static void
test_recipes_over_the_body(void **state)
{
    static const option_t github[] = {
        { "signature_from", "header:X-Hub-Signature-256" },
        { "signature_prefix", "sha256=" }, { "event_id", "/id|digest" },
        { NULL, NULL }
    };

    static const option_t github_header[] = {
        { "x-hub-signature-256", "sha256=8f5f0c164a49556e9f23bcff0a5129efaf5c7"
          "defb903ca2a6626ae57cbd27dce" }, { NULL, NULL }
    };

    static const option_t shopify[] = {
        { "signature_from", "header:X-Shopify-Hmac-Sha256" },
        { "signature_encoding", "base64" },
        { "id_from", "header:X-Shopify-Webhook-Id" }, { NULL, NULL }
    };

    static const option_t shopify_header[] = {
        { "X-Shopify-Hmac-Sha256",
          "j18MFkpJVW6fI7z/ClEp769cfe+5A8oqZiauV8vSfc4=" }, { NULL, NULL }
    };

    static const option_t line[] = {
        { "signature_from", "header:X-Line-Signature" },
        { "signature_encoding", "base64" },
        { "event_id", "/events/*/webhookEventId" }, { NULL, NULL }
    };

    static const option_t line_header[] = {
        { "X-Line-Signature",
          "j18MFkpJVW6fI7z/ClEp769cfe+5A8oqZiauV8vSfc4" }, { NULL, NULL }
    };

    static const option_t intercom[] = {
        { "algorithm", "sha1" }, { "signature_from", "header:X-Hub-Signature" },
        { "signature_prefix", "sha1=" }, { "event_id", "digest" },
        { NULL, NULL }
    };

    static const option_t intercom_header[] = {
        { "X-Hub-Signature", "sha1=4683782BC4B277EF3B8DC646D0C43CF88F432E87" },
        { NULL, NULL }
    };

    /* Characters that base64url spells otherwise. */
    static const option_t url_safe[] = {
        { "signature_from", "header:X-Signature" },
        { "signature_encoding", "base64url" }, { "event_id", "digest" },
        { NULL, NULL }
    };

    static const option_t url_safe_header[] = {
        { "X-Signature", "j18MFkpJVW6fI7z_ClEp769cfe-5A8oqZiauV8vSfc4" },
        { NULL, NULL }
    };

    static const option_t padded[] = {
        { "signature_from", "header:X-Signature" },
        { "signature_encoding", "base64-padded" }, { "event_id", "digest" },
        { NULL, NULL }
    };

    static const option_t padded_header[] = {
        { "X-Signature", "j18MFkpJVW6fI7z/ClEp769cfe+5A8oqZiauV8vSfc4=" },
        { NULL, NULL }
    };

    /* Signatures with an old and a new key. */
    static const option_t rolled[] = {
        { "signature_from", "header:X-Signature" },
        { "signature_list", "comma" }, { "signature_prefix", "v1=" },
        { "event_id", "digest" }, { NULL, NULL }
    };

    static const option_t rolled_header[] = {
        { "X-Signature", "v1=00,v1=8f5f0c164a49556e9f23bcff0a5129efaf5c7defb90"
          "3ca2a6626ae57cbd27dce" }, { NULL, NULL }
    };

    (void) state;

    recipe(github, github_header, URL, false);
    recipe(shopify, shopify_header, URL, false);
    recipe(line, line_header, URL, false);
    recipe(intercom, intercom_header, URL, false);
    recipe(url_safe, url_safe_header, URL, false);
    recipe(padded, padded_header, URL, false);
    recipe(rolled, rolled_header, URL, false);
}


static void
test_recipes_with_time(void **state)
{
    static const option_t stripe[] = {
        { "signature_from", "header:Stripe-Signature" },
        { "signature_list", "kv" }, { "list_key", "v1" },
        { "timestamp_from", "list:t" },
        { "template", "{timestamp}.{body}" }, { NULL, NULL }
    };

    static const option_t stripe_header[] = {
        { "Stripe-Signature", "t=1790000000,v1=957d87672af6d05049ffd68f9c42442"
          "29c66788f7901f8779373f5b3cecb852b,v0=00" }, { NULL, NULL }
    };

    static const option_t chatwoot[] = {
        { "signature_from", "header:X-Chatwoot-Signature" },
        { "signature_prefix", "sha256=" },
        { "timestamp_from", "header:X-Chatwoot-Timestamp" },
        { "template", "{timestamp}.{body}" }, { NULL, NULL }
    };

    static const option_t chatwoot_header[] = {
        { "X-Chatwoot-Signature", "sha256=957d87672af6d05049ffd68f9c4244229c66"
          "788f7901f8779373f5b3cecb852b" },
        { "X-Chatwoot-Timestamp", "1790000000" }, { NULL, NULL }
    };

    static const option_t slack[] = {
        { "signature_from", "header:X-Slack-Signature" },
        { "signature_prefix", "v0=" },
        { "timestamp_from", "header:X-Slack-Request-Timestamp" },
        { "template", "v0:{timestamp}:{body}" }, { NULL, NULL }
    };

    static const option_t slack_header[] = {
        { "X-Slack-Signature", "v0=7ff1a170a5d23c61391e38f3d322018e19bac0687cc"
          "07566ba59be50f1166b63" },
        { "X-Slack-Request-Timestamp", "1790000000" }, { NULL, NULL }
    };

    static const option_t zendesk[] = {
        { "signature_from", "header:X-Zendesk-Webhook-Signature" },
        { "signature_encoding", "base64" },
        { "timestamp_from", "header:X-Zendesk-Webhook-Signature-Timestamp" },
        { "timestamp_format", "iso8601" },
        { "template", "{timestamp}{body}" }, { NULL, NULL }
    };

    static const option_t zendesk_header[] = {
        { "X-Zendesk-Webhook-Signature",
          "fS1dYP/dGpmFqt2w0NTqaY9lZlKyXQxs61/C0pkKFFk=" },
        { "X-Zendesk-Webhook-Signature-Timestamp", "2026-09-21T14:13:20Z" },
        { NULL, NULL }
    };

    static const option_t standard[] = {
        { "signature_from", "header:webhook-signature" },
        { "signature_list", "space" }, { "signature_prefix", "v1," },
        { "signature_encoding", "base64" },
        { "timestamp_from", "header:webhook-timestamp" },
        { "id_from", "header:webhook-id" },
        { "template", "{id}.{timestamp}.{body}" }, { NULL, NULL }
    };

    static const option_t standard_header[] = {
        { "webhook-id", "msg_1" }, { "webhook-timestamp", "1790000000" },
        { "webhook-signature", "v2,AA== v1,YcmLPPayYfXxg2/aDAxSPvDb31IcFyksNUM"
          "RCiiVOAs=" }, { NULL, NULL }
    };

    static const option_t sinch[] = {
        { "signature_from", "header:x-sinch-webhook-signature" },
        { "signature_encoding", "base64" },
        { "timestamp_from", "header:x-sinch-webhook-signature-timestamp" },
        { "template", "{body}.{header:x-sinch-webhook-signature-nonce}."
          "{timestamp}" }, { NULL, NULL }
    };

    static const option_t sinch_header[] = {
        { "x-sinch-webhook-signature",
          "ITS4H7l86EylVo67Y7MQT2BjzSaGv82pb9Gq8jQVpnw=" },
        { "x-sinch-webhook-signature-nonce", "n-1" },
        { "x-sinch-webhook-signature-timestamp", "1790000000" }, { NULL, NULL }
    };

    static const option_t pbx[] = {
        { "algorithm", "sha512" }, { "signature_from", "header:X-Pbx-Signature"
        }, { "timestamp_from", "header:X-Pbx-Timestamp" },
        { "timestamp_format", "ms" },
        { "template", "{method}\\n{path}\\n{timestamp}\\n{body}" },
        { NULL, NULL }
    };

    static const option_t pbx_header[] = {
        { "X-Pbx-Signature", "9c6cb5b8b69fe4b66c525af4e558e49ec6c000487d8d7b66"
          "81b1a6d55c6cd4f8557cfe7d15fcdf1847f0f742f4354d0aab687cc5c9afc3bf0b"
          "cdd64872f39448" }, { "X-Pbx-Timestamp", "1790000000000" },
        { NULL, NULL }
    };

    (void) state;

    recipe(stripe, stripe_header, URL, true);
    recipe(chatwoot, chatwoot_header, URL, true);
    recipe(slack, slack_header, URL, true);
    recipe(zendesk, zendesk_header, URL, true);
    recipe(standard, standard_header, URL, true);
    recipe(sinch, sinch_header, URL, true);
    recipe(pbx, pbx_header, URL, true);
}


/* Other platforms' samples, by options alone */


static size_t
read_file(const char *path, char *to, size_t size)
{
    size_t len;
    FILE  *file;
    char   name[256];

    (void) snprintf(name, sizeof(name), "tests/fixtures/%s", path);

    file = fopen(name, "rb");

    if (file == NULL) {
        fail_msg("cannot open %s", name);
    }

    len = fread(to, 1, size - 1, file);
    (void) fclose(file);
    to[len] = '\0';

    return len;
}


static void
read_headers(receiver_t *receiver, const char *path)
{
    char *line, *value, *save;

    (void) read_file(path, receiver->headers, MAX_FILE);
    save = NULL;

    for (line = strtok_r(receiver->headers, "\r\n", &save);
         line != NULL;
         line = strtok_r(NULL, "\r\n", &save))
    {
        value = strstr(line, ": ");
        assert_non_null(value);
        *value = '\0';
        fixture_header(&receiver->fixture, line, value + 2);
    }
}


/* `material` may be file:PATH.  Leaves the parsed callback in the fixture. */
static void
sample(receiver_t *receiver, const option_t *options, const char *material,
    const char *name, const char *suffix, const char *url)
{
    size_t     len;
    char       path[128];
    fixture_t *fixture;

    if (strncmp(material, "file:", 5) == 0) {
        (void) read_file(material + 5, receiver->material,
                         sizeof(receiver->material));
        material = receiver->material;
    }

    receiver_open(receiver, options, material);
    fixture = &receiver->fixture;
    set_url(fixture, url);

    (void) snprintf(path, sizeof(path), "%s.headers", name);
    read_headers(receiver, path);
    (void) snprintf(path, sizeof(path), "%s.%s", name, suffix);
    len = read_file(path, receiver->body, MAX_FILE);

    assert_int_equal(judge(receiver, sc_str_make(receiver->body, len), NOW_MS),
                     SC_VERIFY_OK);
    assert_int_equal(fixture_parse_bytes(fixture, receiver->body, len),
                     SC_PARSE_OK);
}


static void
test_token(void **state)
{
    receiver_t    receiver;
    sc_mention_t *mention;

    static const option_t options[] = {
        { "mode", "token" },
        { "signature_from", "header:X-Telegram-Bot-Api-Secret-Token" },
        { "event_id", "/update_id" }, { "platform", "telegram" },
        { "text", "/message/text" }, { "created", "/message/date" },
        { "author_id", "/message/from/id" },
        { "conversation_id", "/message/chat/id" }, { NULL, NULL }
    };

    (void) state;

    sample(&receiver, options, SECRET, "telegram/message", "json", URL);
    mention = fixture_mention(&receiver.fixture, 0);
    assert_text(mention->platform, "telegram");
    assert_true(mention->text.len > 0);
    assert_true(mention->created_ms == 1789999951000);

    receiver.fixture.headers[3].value = SC_STR("wrong");
    receiver.fixture.headers[2].value = SC_STR("wrong");
    assert_int_not_equal(judge(&receiver, SC_STR("{}"), NOW_MS),
                         SC_VERIFY_OK);
    receiver_close(&receiver);
}


static void
test_basic(void **state)
{
    receiver_t receiver;

    static const option_t options[] = {
        { "mode", "basic" }, { "event_id", "{/MessageID}:{/RecordType}" },
        { "direction", "=out" }, { "kind", "=status" },
        { "status", "/RecordType" }, { NULL, NULL }
    };

    (void) state;

    sample(&receiver, options, "postmark:" SECRET, "email-postmark/delivery",
           "json", URL);
    assert_text(fixture_mention(&receiver.fixture, 0)->event,
                "0a1b77e0-c4fe-4d10-9a77-5a11c0ffee02:Delivery");
    assert_text(fixture_mention(&receiver.fixture, 0)->status, "Delivery");
    receiver_close(&receiver);
}


static void
test_ed25519(void **state)
{
    receiver_t receiver;

    static const option_t options[] = {
        { "mode", "ed25519" }, { "signature_from", "header:X-Signature-Ed25519"
        }, { "timestamp_from", "header:X-Signature-Timestamp" },
        { "event_id", "/id" }, { NULL, NULL }
    };

    (void) state;

    sample(&receiver, options, "file:discord/test-public-key.hex",
           "discord/interaction_message_command", "json", URL);
    assert_text(fixture_mention(&receiver.fixture, 0)->event,
                "1551597196804096003");
    receiver.body[5] ^= 1;
    assert_int_equal(judge(&receiver,
                           sc_str_from_cstring(receiver.body), NOW_MS),
                     SC_VERIFY_MISMATCH);
    receiver_close(&receiver);
}


static void
test_ecdsa(void **state)
{
    receiver_t receiver;

    static const option_t options[] = {
        { "mode", "ecdsa-p256" },
        { "signature_from", "header:X-Twilio-Email-Event-Webhook-Signature" },
        { "timestamp_from", "header:X-Twilio-Email-Event-Webhook-Timestamp" },
        { "event_id", "/*/sg_event_id" }, { "kind", "=status" },
        { "direction", "=out" }, { "created", "/*/timestamp" },
        { NULL, NULL }
    };

    (void) state;

    sample(&receiver, options, "file:email-sendgrid/test-public-key.base64",
           "email-sendgrid/events", "json", URL);
    assert_text(fixture_mention(&receiver.fixture, 0)->event,
                "cHJvY2Vzc2VkLTEtc3ludGg");
    assert_true(receiver.fixture.callback.count > 1);
    receiver_close(&receiver);
}


static void
test_rsa(void **state)
{
    receiver_t receiver;

    static const option_t options[] = {
        { "mode", "rsa-sha256" },
        { "signature_from", "header:X-Freshchat-Signature" },
        { "event_id", "/data/message/id" },
        { "text", "/data/message/message_parts/0/text/content" },
        { "conversation_id", "/data/message/conversation_id" },
        { NULL, NULL }
    };

    (void) state;

    sample(&receiver, options, "file:freshchat/test-rsa.pub.pem",
           "freshchat/user_message", "json", URL);
    assert_text(fixture_mention(&receiver.fixture, 0)->event, "fm-1");
    assert_text(fixture_mention(&receiver.fixture, 0)->text, "Refund please");
    assert_text(fixture_mention(&receiver.fixture, 0)->thread, "conv-31");
    receiver_close(&receiver);
}


static void
test_jwt(void **state)
{
    receiver_t receiver;

    static const option_t options[] = {
        { "mode", "jwt" },
        { "signature_from", "header:MessageBird-Signature-JWT" },
        { "jwt_issuer", "MessageBird" }, { "jwt_body_hash", "payload_hash" },
        { "jwt_url_hash", "url_hash" }, { "jwt_leeway", "5" },
        { "jwt_require_exp", "on" }, { "format", "form" },
        { "id_from", "claim:jti" }, { NULL, NULL }
    };

    (void) state;

    sample(&receiver, options, SECRET, "messagebird/sms", "form",
           "https://care.example.com/hooks/messagebird?line=44");
    assert_text(fixture_mention(&receiver.fixture, 0)->event,
                "5e0c7a10-aaaa-4222-8333-0c0ffee0000a");
    assert_int_equal(judge(&receiver, SC_STR("other"), NOW_MS),
                     SC_VERIFY_BAD_CLAIM);
    receiver_close(&receiver);
}


static void
test_form_sorted(void **state)
{
    receiver_t receiver;

    static const option_t options[] = {
        { "mode", "form-sorted" },
        { "signature_from", "header:X-Twilio-Signature" },
        { "format", "form" }, { "event_id", "MessageSid" },
        { "text", "Body" }, { "author_id", "From" }, { "channel", "=sms" },
        { "ok", "200 text/xml <Response/>" }, { NULL, NULL }
    };

    (void) state;

    sample(&receiver, options, SECRET, "twilio/sms", "form",
           "https://care.example.com/hooks/twilio");
    assert_int_equal(fixture_mention(&receiver.fixture, 0)->channel,
                     SC_CHANNEL_SMS);
    assert_text(receiver.fixture.callback.answer.content_type, "text/xml");
    assert_text(receiver.fixture.callback.answer.body, "<Response/>");
    receiver_close(&receiver);
}


static void
test_jwt_in_authorization(void **state)
{
    receiver_t receiver;

    static const option_t options[] = {
        { "mode", "jwt" }, { "jwt_issuer", "Vonage" },
        { "jwt_body_hash", "payload_hash" }, { "jwt_algorithms", "HS256" },
        { "event_id", "/message_uuid" }, { NULL, NULL }
    };

    (void) state;

    sample(&receiver, options, SECRET, "vonage/messages_sms", "json",
           "https://care.example.com/hooks/vonage/inbound");
    assert_int_equal(receiver.fixture.callback.count, 1);
    receiver_close(&receiver);
}


/* Vonage's legacy SMS: events by GET, signed over all parameters. */
static void
test_parameters_sorted(void **state)
{
    receiver_t receiver;

    static const option_t options[] = {
        { "mode", "parameters-sorted" }, { "signature_from", "query:sig" },
        { "timestamp_from", "query:timestamp" }, { "methods", "GET" },
        { "format", "query" }, { "event_id", "messageId" },
        { "author_id", "msisdn" }, { NULL, NULL }
    };

    (void) state;

    receiver_open(&receiver, options, SECRET);
    receiver.fixture.request.method = SC_STR("GET");
    set_url(&receiver.fixture, "https://care.example.com/hooks/vonage/sms?"
            "msisdn=447700900123&to=442079460018&messageId=0B000000SYNTH01"
            "&text=5+%3D+five+%26+six&type=text&keyword=5&message-timestamp="
            "2026-09-21+14%3A12%3A31&api-key=nw12ab34&timestamp=1789999997"
            "&nonce=6f2c2c1e-77aa&sig=bd47ebbeb3eaf871a85bae2bd4f9697727d0c43"
            "5579fe6e2de929222cb53cd7a");
    assert_int_equal(judge(&receiver, SC_STR(""), NOW_MS), SC_VERIFY_OK);
    assert_int_equal(judge(&receiver, SC_STR(""), NOW_MS + 300000),
                     SC_VERIFY_STALE);
    fixture_expect(&receiver.fixture, "", 1, 0);
    assert_text(fixture_mention(&receiver.fixture, 0)->event,
                "0B000000SYNTH01");
    assert_text(fixture_mention(&receiver.fixture, 0)->text,
                "5 = five & six");
    receiver_close(&receiver);
}


/* The secret is chosen by a field, so one tenant cannot sign for another. */
static void
test_secret_by(void **state)
{
    receiver_t receiver;

    static const option_t options[] = {
        { "signature_from", "header:X-S" }, { "secret_by", "header:X-Tenant" },
        { "event_id", "digest" }, { NULL, NULL }
    };

    (void) state;

    receiver_open(&receiver, options, SECRET);
    fixture_header(&receiver.fixture, "X-S", "8f5f0c164a49556e9f23bcff0a5129ef"
                   "af5c7defb903ca2a6626ae57cbd27dce");
    fixture_header(&receiver.fixture, "X-Tenant", "label");
    assert_int_equal(judge(&receiver, SC_STR(HELLO), NOW_MS), SC_VERIFY_OK);
    receiver.fixture.headers[1].value = SC_STR("other");
    assert_int_equal(judge(&receiver, SC_STR(HELLO), NOW_MS),
                     SC_VERIFY_MISMATCH);
    receiver_close(&receiver);
}


/* Answers, methods, challenges */


static const option_t signed_by_header[] = {
    { "signature_from", "header:X-Hub-Signature-256" },
    { "signature_prefix", "sha256=" }, { "event_id", "digest" },
    { NULL, NULL }
};


static void
start(fixture_t *fixture, const option_t *options)
{
    size_t      i;
    const char *problem;

    fixture_init(fixture, &sc_platform_generic);

    for (i = 0; signed_by_header[i][0] != NULL; i++) {
        assert_null(fixture_option(fixture, signed_by_header[i][0],
                                   signed_by_header[i][1]));
    }

    for (i = 0; options[i][0] != NULL; i++) {
        assert_null(fixture_option(fixture, options[i][0], options[i][1]));
    }

    problem = fixture_finish_options(fixture);

    if (problem != NULL) {
        fail_msg("%s", problem);
    }
}


static void
test_policy(void **state)
{
    fixture_t   fixture;
    sc_policy_t policy;

    static const option_t plain[] = { { NULL, NULL } };

    static const option_t get[] = {
        { "methods", "GET" }, { "format", "query" }, { "on_fail", "404" },
        { NULL, NULL }
    };

    static const option_t both[] = {
        { "methods", "GET,POST" }, { "on_fail", "406" }, { NULL, NULL }
    };

    static const option_t probe[] = {
        { "challenge", "query:c" }, { "on_fail", "403" }, { NULL, NULL }
    };

    (void) state;

    start(&fixture, plain);
    sc_source_policy(&fixture.source, &policy);
    assert_int_equal(policy.refused_status, 401);
    assert_true(policy.post_is_event);
    assert_false(policy.get_is_event);
    assert_false(policy.get_is_handshake);
    fixture_handshake(&fixture, "c=1");
    assert_int_equal(fixture.callback.answer.status, 405);
    fixture_free(&fixture);

    start(&fixture, get);
    sc_source_policy(&fixture.source, &policy);
    assert_int_equal(policy.refused_status, 404);
    assert_false(policy.post_is_event);
    assert_true(policy.get_is_event);
    fixture_free(&fixture);

    start(&fixture, both);
    sc_source_policy(&fixture.source, &policy);
    assert_int_equal(policy.refused_status, 406);
    assert_true(policy.post_is_event);
    assert_true(policy.get_is_event);
    assert_false(policy.get_is_handshake);
    fixture_free(&fixture);

    start(&fixture, probe);
    sc_source_policy(&fixture.source, &policy);
    assert_true(policy.get_is_handshake);
    assert_int_equal(policy.refused_status, 403);
    fixture_free(&fixture);
}


static void
test_answers(void **state)
{
    fixture_t fixture;

    static const option_t full[] = {
        { "ok", "202 text/plain ok then" }, { "body_required", "off" },
        { "max_body", "20" }, { NULL, NULL }
    };

    static const option_t status[] = {
        { "ok", "204" }, { "body_required", "on" }, { NULL, NULL }
    };

    (void) state;

    start(&fixture, full);
    fixture_expect(&fixture, "{\"id\":1}", 1, 0);
    assert_int_equal(fixture.callback.answer.status, 202);
    assert_text(fixture.callback.answer.content_type, "text/plain");
    assert_text(fixture.callback.answer.body, "ok then");

    /* also when the body is not understood */
    assert_int_equal(fixture_parse(&fixture, "x"), SC_PARSE_DEAD);
    assert_text(fixture.callback.answer.body, "ok then");

    fixture_expect(&fixture, "", 0, 0);
    assert_int_equal(fixture_parse(&fixture, "{\"id\":1,\"text\":1234}"),
                     SC_PARSE_OK);
    assert_int_equal(fixture_parse(&fixture, "{\"id\":1,\"text\":12345}"),
                     SC_PARSE_TOO_LARGE);
    fixture_free(&fixture);

    start(&fixture, status);
    fixture_expect(&fixture, "{\"id\":1}", 1, 0);
    assert_int_equal(fixture.callback.answer.status, 204);
    assert_text(fixture.callback.answer.body, "");
    assert_int_equal(fixture_parse(&fixture, ""), SC_PARSE_DEAD);
    fixture_free(&fixture);
}


static void
test_challenge_by_get(void **state)
{
    char      text[1100];
    fixture_t fixture;

    static const option_t open[] = {
        { "challenge", "query:echo" }, { "challenge_check", "none" },
        { NULL, NULL }
    };

    static const option_t token[] = {
        { "challenge", "query:echo" }, { "challenge_check", "token:key" },
        { NULL, NULL }
    };

    static const option_t header[] = {
        { "challenge", "header:X-Hook-Secret" }, { "challenge_check", "none" },
        { NULL, NULL }
    };

    static const option_t fixed[] = {
        { "challenge", "text:3a4b" }, { "challenge_check", "none" },
        { NULL, NULL }
    };

    (void) state;

    start(&fixture, open);
    fixture_handshake(&fixture, "echo=a%20b&x=1");
    assert_int_equal(fixture.callback.answer.status, 200);
    assert_text(fixture.callback.answer.content_type, "text/plain");
    assert_text(fixture.callback.answer.body, "a b");
    assert_text(fixture.callback.answer.header_name, "");
    fixture_handshake(&fixture, "x=1");
    assert_int_equal(fixture.callback.answer.status, 400);
    fixture_handshake(&fixture, "echo=");
    assert_int_equal(fixture.callback.answer.status, 400);
    fixture_handshake(&fixture, "echo=a%0d%0ab");
    assert_int_equal(fixture.callback.answer.status, 400);
    assert_text(fixture.callback.answer.body, "");
    fixture_handshake(&fixture, "echo=%4");
    assert_int_equal(fixture.callback.answer.status, 400);
    memset(text, 'a', sizeof(text));
    memcpy(text, "echo=", 5);
    text[5 + 1025] = '\0';
    fixture_handshake(&fixture, text);
    assert_int_equal(fixture.callback.answer.status, 400);
    text[5 + 1024] = '\0';
    fixture_handshake(&fixture, text);
    assert_int_equal(fixture.callback.answer.status, 200);
    fixture_free(&fixture);

    start(&fixture, token);
    fixture_token(&fixture, "t-old");
    fixture_token(&fixture, "t-1");
    fixture_handshake(&fixture, "echo=5&key=t-1");
    assert_int_equal(fixture.callback.answer.status, 200);
    assert_text(fixture.callback.answer.body, "5");
    fixture_handshake(&fixture, "echo=5&key=t-2");
    assert_int_equal(fixture.callback.answer.status, 403);
    assert_text(fixture.callback.answer.body, "");
    fixture_handshake(&fixture, "echo=5");
    assert_int_equal(fixture.callback.answer.status, 403);
    fixture_free(&fixture);

    start(&fixture, header);
    fixture_handshake(&fixture, "");
    assert_int_equal(fixture.callback.answer.status, 400);
    fixture_header(&fixture, "x-hook-secret", "b537");
    fixture_handshake(&fixture, "");
    assert_int_equal(fixture.callback.answer.status, 200);
    assert_text(fixture.callback.answer.header_name, "X-Hook-Secret");
    assert_text(fixture.callback.answer.header_value, "b537");
    fixture_free(&fixture);

    start(&fixture, fixed);
    fixture_handshake(&fixture, "");
    assert_text(fixture.callback.answer.body, "3a4b");
    fixture_free(&fixture);
}


#define WECHAT_ECHO   "7300112233445566778"
#define WECHAT_QUERY  "signature=7a70aa6eb8a755921375711febc4206ce109526c"    \
                      "&echostr=" WECHAT_ECHO                                 \
                      "&timestamp=1789999999&nonce=884412097"

/* WeChat's way: the GET is signed as every POST is. */
static void
test_signed_challenge(void **state)
{
    receiver_t receiver;

    static const option_t options[] = {
        { "mode", "sha1-sorted" }, { "signature_from", "query:signature" },
        { "timestamp_from", "query:timestamp" },
        { "sorted_from", "query:nonce" }, { "challenge", "query:echostr" },
        { NULL, NULL }
    };

    (void) state;

    receiver_open(&receiver, options, SECRET);
    fixture_handshake(&receiver.fixture, WECHAT_QUERY);
    assert_int_equal(receiver.fixture.callback.answer.status, 200);
    assert_text(receiver.fixture.callback.answer.body, WECHAT_ECHO);
    fixture_handshake(&receiver.fixture, WECHAT_QUERY "&nonce=1");
    assert_int_equal(receiver.fixture.callback.answer.status, 403);
    fixture_handshake(&receiver.fixture, "echostr=1");
    assert_int_equal(receiver.fixture.callback.answer.status, 403);
    receiver_close(&receiver);
}


static void
test_challenge_by_post(void **state)
{
    fixture_t fixture;

    static const option_t json[] = {
        { "challenge", "json:/challenge" },
        { "challenge_when", "/type=url_verification" }, { NULL, NULL }
    };

    static const option_t bare[] = {
        { "challenge", "json:/challenge" }, { NULL, NULL }
    };

    static const option_t text[] = {
        { "challenge", "text:3a4b" },
        { "challenge_when", "/type=confirmation" }, { NULL, NULL }
    };

    static const option_t query[] = {
        { "challenge", "query:echo" }, { "methods", "GET,POST" },
        { NULL, NULL }
    };

    (void) state;

    start(&fixture, json);
    fixture_expect_quoted(&fixture,
        "{'type':'url_verification','challenge':'abc'}", 0, 0);
    assert_true(fixture.callback.handshake);
    assert_text(fixture.callback.answer.body, "abc");
    fixture_expect_quoted(&fixture, "{'type':'event','challenge':'abc'}",
                          1, 0);
    assert_false(fixture.callback.handshake);
    fixture_expect_quoted(&fixture, "{'type':'url_verification'}", 1, 0);
    fixture_free(&fixture);

    start(&fixture, bare);
    fixture_expect_quoted(&fixture, "{'challenge':'abc'}", 0, 0);
    assert_true(fixture.callback.handshake);
    fixture_expect_quoted(&fixture, "{'challenge':'a\\nb'}", 0, 0);
    assert_int_equal(fixture.callback.answer.status, 400);
    fixture_expect_quoted(&fixture, "{'challenge':7}", 1, 0);
    fixture_free(&fixture);

    start(&fixture, text);
    fixture_expect_quoted(&fixture, "{'type':'confirmation'}", 0, 0);
    assert_text(fixture.callback.answer.body, "3a4b");
    fixture_expect_quoted(&fixture, "{'type':'message'}", 1, 0);
    fixture_free(&fixture);

    /* an event by GET that is a probe */
    start(&fixture, query);
    fixture.request.method = SC_STR("GET");
    fixture.request.query = SC_STR("echo=7");
    fixture_expect(&fixture, "", 0, 0);
    assert_text(fixture.callback.answer.body, "7");
    fixture.request.query = SC_STR("");
    assert_int_equal(fixture_parse(&fixture, ""), SC_PARSE_DEAD);
    fixture.request.method = SC_STR("POST");
    fixture.request.query = SC_STR("echo=7");
    fixture_expect(&fixture, "{}", 1, 0);
    fixture_free(&fixture);
}


/* What is wrong with an option, and with all of them */


static void
test_wrong_options(void **state)
{
    char      long_ok[1100];
    size_t    i;
    fixture_t fixture;

    static const option_t wrong[] = {
        { "mode", "magic" }, { "mode", "" }, { "algorithm", "crc32" },
        { "signature_from", "X-Sig" }, { "signature_from", "header:" },
        { "signature_from", "json:sig" }, { "signature_encoding", "base32" },
        { "signature_list", "tab" }, { "timestamp_from", "clock" },
        { "timestamp_format", "rfc3339" }, { "tolerance", "300" },
        { "template", "{bodies}" }, { "template", "{body" },
        { "id_from", "id" }, { "secret_by", "label" },
        { "sorted_from", "nonce" },
        { "sorted_from", "query:a,query:b,query:c,query:d,query:e" },
        { "plain_digest", "yes" }, { "jwt_algorithms", "none" },
        { "jwt_algorithms", "HS256,HS1" }, { "jwt_audience_url", "1" },
        { "jwt_require_exp", "1" }, { "jwt_leeway", "3601" },
        { "jwt_leeway", "5s" }, { "methods", "PUT" }, { "methods", "GET," },
        { "on_fail", "500" }, { "on_fail", "x" }, { "ok", "ok" },
        { "ok", "302" }, { "ok", "200x" }, { "body_required", "1" },
        { "max_body", "0" }, { "max_body", "1k" }, { "challenge", "echo" },
        { "challenge", "query:" }, { "challenge", "json:x" },
        { "challenge_when", "type=x" }, { "challenge_when", "/type" },
        { "challenge_when", "/type=" }, { "challenge_check", "token:" },
        { "challenge_check", "maybe" }, { "secret", "x" },
        { "public_base", "https://x" }, { "whatever", "x" }
    };

    (void) state;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        fixture_init(&fixture, &sc_platform_generic);

        if (fixture_option(&fixture, wrong[i][0], wrong[i][1]) == NULL) {
            fail_msg("accepted: %s=%s", wrong[i][0], wrong[i][1]);
        }

        fixture_free(&fixture);
    }

    fixture_init(&fixture, &sc_platform_generic);

    for (i = 0; i < 4; i++) {
        assert_null(fixture_option(&fixture, "jwt_issuer", "x"));
        assert_null(fixture_option(&fixture, "jwt_audience", "x"));
    }

    assert_non_null(fixture_option(&fixture, "jwt_issuer", "x"));
    assert_non_null(fixture_option(&fixture, "jwt_audience", "x"));
    assert_null(fixture_option(&fixture, "jwt_email", "a@b"));
    assert_null(fixture_option(&fixture, "mode", "jwt"));
    assert_null(fixture_finish_options(&fixture));
    fixture_free(&fixture);

    memset(long_ok, 'a', sizeof(long_ok));
    memcpy(long_ok, "200 t ", 6);
    long_ok[6 + 1025] = '\0';
    fixture_init(&fixture, &sc_platform_generic);
    assert_non_null(fixture_option(&fixture, "ok", long_ok));
    long_ok[6 + 1024] = '\0';
    assert_null(fixture_option(&fixture, "ok", long_ok));
    fixture_free(&fixture);
}


/* The sentence must hold a word of what is wrong. */
static void
refused(const option_t *options, const char *word)
{
    size_t      i;
    fixture_t   fixture;
    const char *problem;

    fixture_init(&fixture, &sc_platform_generic);

    for (i = 0; options[i][0] != NULL; i++) {
        problem = fixture_option(&fixture, options[i][0], options[i][1]);

        if (problem != NULL) {
            fail_msg("%s=%s: %s", options[i][0], options[i][1], problem);
        }
    }

    problem = fixture_finish_options(&fixture);

    if (problem == NULL || strstr(problem, word) == NULL) {
        fail_msg("no word of %s: %s", word,
                 problem == NULL ? "accepted" : problem);
    }

    fixture_free(&fixture);
}


#define S  { "signature_from", "header:X-S" }
#define E  { "event_id", "/id" }

static void
test_wrong_combinations(void **state)
{
    size_t i;

    static const struct {
        option_t    options[6];
        const char *word;
    } cases[] = {
        { { { NULL, NULL } }, "signature_from=" },
        { { { "mode", "token" } }, "signature_from=" },
        { { { "signature_from", "claim:sig" } }, "claim" },
        { { S, E, { "id_from", "claim:jti" } }, "claim" },
        { { S, E, { "jwt_issuer", "x" } }, "mode=jwt" },
        { { S, { "signature_list", "kv" } }, "list_key=" },
        { { S, { "list_key", "v1" } }, "signature_list=kv" },
        { { S, { "timestamp_from", "list:t" },
            { "template", "{timestamp}{body}" } }, "signature_list=kv" },
        { { { "mode", "token" }, S, { "template", "{body}" } }, "template=" },
        { { S, { "template", "{timestamp}{body}" } }, "timestamp_from=" },
        { { S, { "template", "{id}{body}" } }, "id_from=" },
        { { S, { "timestamp_from", "header:X-T" } }, "{timestamp}" },
        { { S, E, { "template", "{method}" } }, "{body}" },
        { { S }, "event_id=" },
        { { { "mode", "rsa-sha256" }, S }, "event_id=" },
        { { S, E, { "challenge_when", "/a=b" } }, "challenge=" },
        { { S, E, { "challenge_check", "none" } }, "challenge=" },
        { { S, { "event_id", "id" }, { "format", "form" },
            { "challenge", "json:/a" } }, "format=json" },
        { { S, { "event_id", "id" }, { "format", "form" },
            { "challenge", "text:a" }, { "challenge_when", "/a=b" } },
          "format=json" },
        { { S, { "event_id", "id" }, { "format", "query" } }, "methods=GET" },
        { { S, E, { "methods", "GET" } }, "format=query" }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        refused(cases[i].options, cases[i].word);
    }
}


static void
test_list_key_is_no_place_for_the_list(void **state)
{
    static const option_t options[] = {
        { "signature_from", "list:v1" }, { "signature_list", "kv" },
        { "list_key", "v1" }, { NULL, NULL }
    };

    (void) state;

    refused(options, "list_key=");
}


/* A time in the body is signed with the body. */
static void
test_time_in_the_body(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_generic);
    assert_null(fixture_option(&fixture, "signature_from", "header:X-S"));
    assert_null(fixture_option(&fixture, "timestamp_from", "json:/sent"));
    assert_null(fixture_option(&fixture, "tolerance", "off"));
    assert_null(fixture_option(&fixture, "timestamp_format", "opaque"));
    assert_null(fixture_finish_options(&fixture));
    fixture_free(&fixture);
}


int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recipes_over_the_body),
        cmocka_unit_test(test_recipes_with_time),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_basic),
        cmocka_unit_test(test_ed25519),
        cmocka_unit_test(test_ecdsa),
        cmocka_unit_test(test_rsa),
        cmocka_unit_test(test_jwt),
        cmocka_unit_test(test_jwt_in_authorization),
        cmocka_unit_test(test_form_sorted),
        cmocka_unit_test(test_parameters_sorted),
        cmocka_unit_test(test_secret_by),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_challenge_by_get),
        cmocka_unit_test(test_signed_challenge),
        cmocka_unit_test(test_challenge_by_post),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_wrong_combinations),
        cmocka_unit_test(test_list_key_is_no_place_for_the_list),
        cmocka_unit_test(test_time_in_the_body)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
