/*
 * test_verify_samples.c: every sample of tests/fixtures through the engine:
 * its own signature passes or fails as its case says, its bad headers fail,
 * and no bit of body or signature can be changed.
 */

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "verify_kit.h"
#include "verify_schemes.h"


#define PATH_SIZE   512
#define NAME_SIZE   128

#define WEBHOOK_KEY "whsec_czNjcjN0LXNvY2lhbGNhcmU="
#define WEBHOOK_PUB "whpk_aGmZXlwwEb8HxxiBKQGdX9mgzqkEhxwz+8Sr9EAVp+A="


/* How a folder's samples are verified.  First that fits a name counts. */
typedef struct {
    const char               *folder;
    const char               *start;   /* of the name; "" fits all */
    const sc_verify_scheme_t *scheme;
    const char               *secret;  /* text, or @file of the folder */
    const char               *label;
    const char               *signature; /* header to tamper with */
    bool                      hex;
    bool                      body;    /* the signature binds the body */
} folder_t;


static const folder_t folders[] = {
    { "apple-messages", "", &scheme_apple, "base64:czNjcjN0LXNvY2lhbGNhcmU=",
      "", "Authorization", false, false },
    { "chatwoot", "", &scheme_chatwoot, KIT_SECRET, "",
      "X-Chatwoot-Signature", true, true },
    { "cloudevents", "", &scheme_cloudevents, KIT_SECRET, "", NULL, false,
      false },
    { "discord", "", &scheme_discord, "@test-ed25519.pub.pem", "",
      "X-Signature-Ed25519", true, true },
    { "email-mailgun", "event", &scheme_mailgun_json, KIT_SECRET, "", NULL,
      false, false },
    { "email-mailgun", "", &scheme_mailgun_form, KIT_SECRET, "", NULL, false,
      false },
    { "email-postmark", "", &scheme_basic, "postmark:" KIT_SECRET, "",
      NULL, false, false },
    { "email-sendgrid", "", &scheme_sendgrid, "@test-public-key.base64", "",
      "X-Twilio-Email-Event-Webhook-Signature", false, true },
    { "facebook", "", &scheme_meta, KIT_SECRET, "", "X-Hub-Signature-256",
      true, true },
    { "freshchat", "", &scheme_freshchat, "@test-rsa.pub.pem", "",
      "X-Freshchat-Signature", false, true },
    { "generic-hmac", "shopify", &scheme_shopify, KIT_SECRET, "",
      "X-Shopify-Hmac-Sha256", false, true },
    { "generic-hmac", "stripe", &scheme_stripe, KIT_SECRET, "", NULL, true,
      true },
    { "generic-hmac", "ts_header", &scheme_pbx, KIT_SECRET, "",
      "X-Pbx-Signature", true, true },
    { "generic-hmac", "", &scheme_github, KIT_SECRET, "",
      "X-Hub-Signature-256", true, true },
    { "google-business", "", &scheme_google, "@test-jwks.json", "",
      "Authorization", false, false },
    { "instagram", "", &scheme_meta, KIT_SECRET, "", "X-Hub-Signature-256",
      true, true },
    { "intercom", "", &scheme_intercom, KIT_SECRET, "", "X-Hub-Signature",
      true, true },
    { "line", "", &scheme_line, KIT_SECRET, "", "x-line-signature", false,
      true },
    { "linkedin", "", &scheme_linkedin, KIT_SECRET, "", "X-LI-Signature",
      true, true },
    { "mastodon", "", &scheme_websub, KIT_SECRET, "", "X-Hub-Signature",
      true, true },
    { "messagebird", "", &scheme_messagebird, KIT_SECRET, "",
      "MessageBird-Signature-JWT", false, true },
    { "messenger", "", &scheme_meta, KIT_SECRET, "", "X-Hub-Signature-256",
      true, true },
    { "meta-common", "da", &scheme_signed_request, KIT_SECRET, "", NULL,
      false, false },
    { "meta-common", "dea", &scheme_signed_request, KIT_SECRET, "", NULL,
      false, false },
    { "meta-common", "", &scheme_meta, KIT_SECRET, "",
      "X-Hub-Signature-256", true, true },
    { "sinch", "voice", &scheme_sinch_voice,
      "base64:czNjcjN0LXNvY2lhbGNhcmU=", "", NULL, false,
      true },                          /* the scheme's word has no case */
    { "sinch", "number", &scheme_sinch_numbers, KIT_SECRET, "",
      "x-sinch-signature", true, true },
    { "sinch", "", &scheme_sinch, KIT_SECRET, "",
      "x-sinch-webhook-signature", false, true },
    { "slack", "", &scheme_slack, KIT_SECRET, "", "X-Slack-Signature", true,
      true },
    { "standard-webhooks", "v1a", &scheme_standard, WEBHOOK_PUB, "",
      "webhook-signature", false, true },
    { "standard-webhooks", "svix", &scheme_standard, WEBHOOK_KEY, "",
      "svix-signature", false, true },
    { "standard-webhooks", "rotated", &scheme_standard, WEBHOOK_KEY, "",
      NULL, false, true },
    { "standard-webhooks", "", &scheme_standard, WEBHOOK_KEY, "",
      "webhook-signature", false, true },
    { "telegram", "", &scheme_telegram, KIT_SECRET, "",
      "X-Telegram-Bot-Api-Secret-Token", false, false },
    { "threads", "", &scheme_meta, KIT_SECRET, "", "X-Hub-Signature-256",
      true, true },
    { "tiktok", "shop", &scheme_tiktok_shop, KIT_SECRET, "",
      "Authorization", true, true },
    { "tiktok", "", &scheme_tiktok, KIT_SECRET, "", "TikTok-Signature", true,
      true },
    { "trustpilot", "", &scheme_basic, "trustpilot:" KIT_SECRET, "", NULL,
      false, false },
    { "twilio", "", &scheme_twilio, KIT_SECRET, "", "X-Twilio-Signature",
      false, false },
    { "viber", "", &scheme_viber, KIT_SECRET, "",
      "X-Viber-Content-Signature", true, true },
    { "vk", "", &scheme_vk, KIT_SECRET, "", NULL, false, false },
    { "vonage", "legacy", &scheme_vonage_sig, KIT_SECRET, "", NULL, true,
      false },
    { "vonage", "", &scheme_vonage, KIT_SECRET, "nw12ab34", "Authorization",
      false, true },
    { "websub-youtube", "", &scheme_websub, KIT_SECRET, "",
      "X-Hub-Signature", true, true },
    { "wechat", "text_enc", &scheme_wechat_safe, KIT_SECRET, "", NULL, true,
      false },
    { "wechat", "", &scheme_wechat, KIT_SECRET, "", NULL, true, false },
    { "whatsapp", "", &scheme_meta, KIT_SECRET, "", "X-Hub-Signature-256",
      true, true },
    { "x", "", &scheme_x_either, KIT_SECRET, "",
      "x-twitter-webhooks-signature", false, true },
    { "zendesk", "", &scheme_zendesk, KIT_SECRET, "",
      "X-Zendesk-Webhook-Signature", false, true }
};

/* What is no callback to verify: handshakes without or with a bad one. */
static const char *const left_out[] = {
    "wechat/handshake-bad", "cloudevents/options_handshake",
    "cloudevents/options_not_allowed"
};


static const folder_t *
find_folder(const char *folder, const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (strcmp(folders[i].folder, folder) == 0
            && strncmp(folders[i].start, name, strlen(folders[i].start)) == 0)
        {
            return &folders[i];
        }
    }

    fail_msg("no scheme for %s/%s", folder, name);

    return NULL;
}


static bool
is_left_out(const char *folder, const char *name)
{
    size_t i;
    char   path[PATH_SIZE];

    (void) snprintf(path, sizeof(path), "%s/%s", folder, name);

    for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
        if (strcmp(left_out[i], path) == 0) {
            return true;
        }
    }

    return false;
}


static void
add_secret(kit_t *kit, const folder_t *how, int64_t until_s)
{
    char     path[PATH_SIZE], text[4096];
    sc_str_t content;

    if (how->secret[0] != '@') {
        kit_secret_full(kit, how->scheme, how->secret, how->label, until_s);
        return;
    }

    (void) snprintf(path, sizeof(path), "%s/%s", how->folder,
                    how->secret + 1);
    content = kit_file(kit, path);
    assert_true(content.len < sizeof(text));

    memcpy(text, content.data, content.len);
    text[content.len] = '\0';

    kit_secret_full(kit, how->scheme, text, how->label, until_s);
}


/* What the case says: the file with bad headers, and "ok" or "fail". */
static bool
read_case(kit_t *kit, const char *folder, const char *name, char *bad)
{
    bool        ok;
    char        path[PATH_SIZE];
    json_t     *expected;
    sc_str_t    text;
    const char *member;

    (void) snprintf(path, sizeof(path), "%s/%s.case.json", folder, name);
    text = kit_file(kit, path);
    expected = json_loadb((const char *) text.data, text.len, 0, NULL);
    assert_non_null(expected);

    member = json_string_value(json_object_get(expected, "bad_headers"));
    bad[0] = '\0';

    if (member != NULL) {
        (void) snprintf(bad, PATH_SIZE, "%s/%s", folder, member);
    }

    member = json_string_value(json_object_get(expected, "verify"));
    assert_non_null(member);
    ok = strcmp(member, "ok") == 0;

    json_decref(expected);

    return ok;
}


/* From no memory to enough: refused until it is accepted, never a crash. */
static void
starve(kit_t *kit, const sc_verify_scheme_t *scheme)
{
    size_t whole;
    bool   accepted;

    whole = kit->memory;
    accepted = false;

    for (kit->memory = 0; kit->memory < 65536; kit->memory += 24) {
        if (kit_verify(kit, scheme) == SC_VERIFY_OK) {
            accepted = true;
            break;
        }

        assert_int_equal(kit->verdict.result, SC_VERIFY_TOO_LARGE);
    }

    assert_true(accepted);
    kit->memory = whole;
}


/* The secret in its last second, and in the one after: the next one counts. */
static void
rotate(kit_t *kit, const folder_t *how)
{
    size_t  i;
    int64_t now_s;

    now_s = kit->now_ms / 1000;

    for (i = 0; i < 2; i++) {
        kit_no_secrets(kit);
        add_secret(kit, how, now_s + 1 - (int64_t) i);
        add_secret(kit, how, 0);
        kit_expect(kit, how->scheme, SC_VERIFY_OK);
        assert_int_equal(kit->verdict.secret, i);
    }
}


static void
run_case(const char *folder, const char *name)
{
    bool            ok;
    char            bad[PATH_SIZE];
    kit_t           kit;
    const folder_t *how;

    how = find_folder(folder, name);

    kit_init(&kit);
    kit_sample(&kit, folder, name);
    add_secret(&kit, how, 0);
    ok = read_case(&kit, folder, name, bad);

    if ((kit_verify(&kit, how->scheme) == SC_VERIFY_OK) != ok) {
        fail_msg("%s/%s: %s", folder, name,
                 sc_verify_result_name(kit.verdict.result));
    }

    if (ok) {
        starve(&kit, how->scheme);
        rotate(&kit, how);
    }

    if (ok && how->signature != NULL) {
        kit_tamper_header(&kit, how->scheme, how->signature, how->hex);
    }

    if (ok && how->body) {
        kit_tamper_body(&kit, how->scheme);
    }

    if (bad[0] != '\0') {
        kit_sample_headers(&kit, bad);

        if (kit_verify(&kit, how->scheme) == SC_VERIFY_OK) {
            fail_msg("%s was accepted", bad);
        }
    }

    kit_free(&kit);
}


/* Walks one folder; the number of its cases. */
static size_t
run_folder(const char *folder)
{
    DIR                 *directory;
    char                 path[PATH_SIZE], name[NAME_SIZE];
    size_t               count, len;
    const struct dirent *entry;

    (void) snprintf(path, sizeof(path), "tests/fixtures/%s", folder);
    directory = opendir(path);
    assert_non_null(directory);
    count = 0;

    while ((entry = readdir(directory)) != NULL) {
        len = strlen(entry->d_name);

        if (len <= 10 || len >= sizeof(name)
            || strcmp(entry->d_name + len - 10, ".case.json") != 0)
        {
            continue;
        }

        memcpy(name, entry->d_name, len - 10);
        name[len - 10] = '\0';

        if (!is_left_out(folder, name)) {
            run_case(folder, name);
            count++;
        }
    }

    (void) closedir(directory);

    return count;
}


static void
test_all_samples(void **state)
{
    size_t      i, count;
    const char *last;

    (void) state;

    last = "";

    for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (strcmp(folders[i].folder, last) != 0) {
            last = folders[i].folder;
            count = run_folder(last);
            print_message("%s: %zu\n", last, count);
            assert_true(count > 0);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_samples)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
