/*
 * verify_schemes.c: the schemes of the platforms, as their files name them.
 */

#include "verify_schemes.h"


#define HEADER(text)   { SC_FROM_HEADER, SC_STR_INIT(text) }
#define LITERAL(value) { SC_PART_LITERAL, SC_STR_INIT(value) }
#define PART(what)     { SC_PART_##what, { 0, NULL } }


const sc_verify_scheme_t scheme_github = {
    .signature = HEADER("X-Hub-Signature-256"),
    .prefix = SC_STR_INIT("sha256=")
};

const sc_verify_scheme_t scheme_shopify = {
    .signature = HEADER("X-Shopify-Hmac-Sha256"),
    .encoding = SC_SIGNATURE_BASE64
};

const sc_verify_scheme_t scheme_intercom = {
    .digest = SC_DIGEST_SHA1,
    .signature = HEADER("X-Hub-Signature"),
    .prefix = SC_STR_INIT("sha1=")
};

const sc_verify_scheme_t scheme_stripe = {
    .signature = HEADER("Stripe-Signature"),
    .list = SC_SIGNATURE_LIST_KEYS,
    .list_key = SC_STR_INIT("v1"),
    .timestamp = { SC_FROM_LIST, SC_STR_INIT("t") },
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { PART(TIMESTAMP), LITERAL("."), PART(BODY) }, 3 }
};

const sc_verify_scheme_t scheme_chatwoot = {
    .signature = HEADER("X-Chatwoot-Signature"),
    .prefix = SC_STR_INIT("sha256="),
    .timestamp = HEADER("X-Chatwoot-Timestamp"),
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { PART(TIMESTAMP), LITERAL("."), PART(BODY) }, 3 }
};

const sc_verify_scheme_t scheme_slack = {
    .signature = HEADER("X-Slack-Signature"),
    .prefix = SC_STR_INIT("v0="),
    .timestamp = HEADER("X-Slack-Request-Timestamp"),
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { LITERAL("v0:"), PART(TIMESTAMP), LITERAL(":"),
                   PART(BODY) }, 4 }
};

const sc_verify_scheme_t scheme_zendesk = {
    .signature = HEADER("X-Zendesk-Webhook-Signature"),
    .encoding = SC_SIGNATURE_BASE64,
    .timestamp = HEADER("X-Zendesk-Webhook-Signature-Timestamp"),
    .timestamp_format = SC_TIME_ISO8601,
    .message = { { PART(TIMESTAMP), PART(BODY) }, 2 }
};

/* The generic form of Standard Webhooks: a list by template. */
const sc_verify_scheme_t scheme_spaced = {
    .signature = HEADER("webhook-signature"),
    .prefix = SC_STR_INIT("v1,"),
    .encoding = SC_SIGNATURE_BASE64,
    .list = SC_SIGNATURE_LIST_SPACE,
    .timestamp = HEADER("webhook-timestamp"),
    .timestamp_format = SC_TIME_SECONDS,
    .id = HEADER("webhook-id"),
    .message = { { PART(ID), LITERAL("."), PART(TIMESTAMP), LITERAL("."),
                   PART(BODY) }, 5 }
};

const sc_verify_scheme_t scheme_sinch = {
    .signature = HEADER("x-sinch-webhook-signature"),
    .encoding = SC_SIGNATURE_BASE64,
    .timestamp = HEADER("x-sinch-webhook-signature-timestamp"),
    .timestamp_format = SC_TIME_SECONDS,
    .no_tolerance = true,
    .message = { { PART(BODY), LITERAL("."),
                   { SC_PART_HEADER,
                     SC_STR_INIT("x-sinch-webhook-signature-nonce") },
                   LITERAL("."), PART(TIMESTAMP) }, 5 }
};

const sc_verify_scheme_t scheme_pbx = {
    .digest = SC_DIGEST_SHA512,
    .signature = HEADER("X-Pbx-Signature"),
    .timestamp = HEADER("X-Pbx-Timestamp"),
    .timestamp_format = SC_TIME_MILLISECONDS,
    .message = { { PART(METHOD), LITERAL("\n"), PART(PATH), LITERAL("\n"),
                   PART(TIMESTAMP), LITERAL("\n"), PART(BODY) }, 7 }
};

const sc_verify_scheme_t scheme_x_oauth2 = {
    .signature = HEADER("X-Twitter-Webhooks-Signature-OAuth2"),
    .prefix = SC_STR_INIT("sha256="),
    .encoding = SC_SIGNATURE_BASE64
};

const sc_verify_scheme_t scheme_x_either = {
    .signature = HEADER("x-twitter-webhooks-signature"),
    .prefix = SC_STR_INIT("sha256="),
    .encoding = SC_SIGNATURE_BASE64,
    .alternative = &scheme_x_oauth2,
    .alternative_when = SC_ALTERNATIVE_IF_REFUSED
};

const sc_verify_scheme_t scheme_x_get = {
    .signature = HEADER("x-twitter-webhooks-signature"),
    .prefix = SC_STR_INIT("sha256="),
    .encoding = SC_SIGNATURE_BASE64,
    .message = { { PART(QUERY_STRING) }, 1 }
};

const sc_verify_scheme_t scheme_meta = {
    .signature = HEADER("X-Hub-Signature-256"),
    .prefix = SC_STR_INIT("sha256="),
    .alternative = &scheme_intercom
};

const sc_verify_scheme_t scheme_meta_escaped = {
    .signature = HEADER("X-Hub-Signature-256"),
    .prefix = SC_STR_INIT("sha256="),
    .retry_escaped = true
};

const sc_verify_scheme_t scheme_linkedin = {
    .signature = HEADER("X-LI-Signature"),
    .prefix = SC_STR_INIT("hmacsha256="),
    .prefix_optional = true,
    .message = { { LITERAL("hmacsha256="), PART(BODY) }, 2 }
};

const sc_verify_scheme_t scheme_tiktok = {
    .signature = HEADER("TikTok-Signature"),
    .list = SC_SIGNATURE_LIST_KEYS,
    .list_key = SC_STR_INIT("s"),
    .timestamp = { SC_FROM_LIST, SC_STR_INIT("t") },
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { PART(TIMESTAMP), LITERAL("."), PART(BODY) }, 3 }
};

const sc_verify_scheme_t scheme_tiktok_shop = {
    .signature = HEADER("Authorization"),
    .message = { { LITERAL("6northwind0appkey"), PART(BODY) }, 2 }
};

const sc_verify_scheme_t scheme_websub = {
    .signature = HEADER("X-Hub-Signature"),
    .prefix_is_digest = true
};

const sc_verify_scheme_t scheme_websub_strong = {
    .signature = HEADER("X-Hub-Signature"),
    .prefix_is_digest = true,
    .digests = 1 << SC_DIGEST_SHA256 | 1 << SC_DIGEST_SHA512
};

const sc_verify_scheme_t scheme_viber = {
    .signature = HEADER("X-Viber-Content-Signature")
};

const sc_verify_scheme_t scheme_viber_query = {
    .signature = { SC_FROM_QUERY, SC_STR_INIT("sig") }
};

const sc_verify_scheme_t scheme_mailgun_form = {
    .signature = { SC_FROM_FORM, SC_STR_INIT("signature") },
    .timestamp = { SC_FROM_FORM, SC_STR_INIT("timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .id = { SC_FROM_FORM, SC_STR_INIT("token") },
    .message = { { PART(TIMESTAMP), PART(ID) }, 2 },
    .form_last = true,
    .tolerance_ms = 30600000
};

const sc_verify_scheme_t scheme_mailgun_json = {
    .signature = { SC_FROM_JSON, SC_STR_INIT("/signature/signature") },
    .timestamp = { SC_FROM_JSON, SC_STR_INIT("/signature/timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .id = { SC_FROM_JSON, SC_STR_INIT("/signature/token") },
    .message = { { PART(TIMESTAMP), PART(ID) }, 2 }
};
