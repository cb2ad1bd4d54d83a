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

const sc_verify_scheme_t scheme_sinch_numbers = {
    .digest = SC_DIGEST_SHA1,
    .signature = HEADER("x-sinch-signature")
};

const sc_verify_scheme_t scheme_sinch_voice = {
    .signature = HEADER("Authorization"),
    .encoding = SC_SIGNATURE_BASE64,
    .prefix = SC_STR_INIT("Application 20d5a9b8-0000-4000-8000-0c0ffee00001:"),
    .prefix_any_case = true,
    .timestamp = HEADER("x-timestamp"),
    .timestamp_format = SC_TIME_ISO8601,
    .message = { { { SC_PART_METHOD, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT("\n") },
                   { SC_PART_BODY_MD5_BASE64, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT("\n") },
                   { SC_PART_HEADER, SC_STR_INIT("Content-Type") },
                   { SC_PART_LITERAL, SC_STR_INIT("\nx-timestamp:") },
                   { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT("\n") },
                   { SC_PART_PATH, { 0, NULL } } }, 9 }
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


const sc_verify_scheme_t scheme_standard = {
    .kind = SC_SCHEME_STANDARD_WEBHOOKS
};

const sc_verify_scheme_t scheme_line = {
    .signature = HEADER("x-line-signature"),
    .encoding = SC_SIGNATURE_BASE64
};

const sc_verify_scheme_t scheme_discord = {
    .kind = SC_SCHEME_ED25519,
    .signature = HEADER("X-Signature-Ed25519"),
    .timestamp = HEADER("X-Signature-Timestamp"),
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { PART(TIMESTAMP), PART(BODY) }, 2 }
};

const sc_verify_scheme_t scheme_sendgrid = {
    .kind = SC_SCHEME_ECDSA_P256,
    .signature = HEADER("X-Twilio-Email-Event-Webhook-Signature"),
    .encoding = SC_SIGNATURE_BASE64,
    .timestamp = HEADER("X-Twilio-Email-Event-Webhook-Timestamp"),
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { PART(TIMESTAMP), PART(BODY) }, 2 }
};

const sc_verify_scheme_t scheme_freshchat = {
    .kind = SC_SCHEME_RSA_SHA256,
    .signature = HEADER("X-Freshchat-Signature"),
    .encoding = SC_SIGNATURE_BASE64
};

const sc_verify_scheme_t scheme_telegram = {
    .kind = SC_SCHEME_TOKEN,
    .signature = HEADER("X-Telegram-Bot-Api-Secret-Token")
};

const sc_verify_scheme_t scheme_vk = {
    .kind = SC_SCHEME_TOKEN,
    .signature = { SC_FROM_JSON, SC_STR_INIT("/secret") }
};

const sc_verify_scheme_t scheme_query_token = {
    .kind = SC_SCHEME_TOKEN,
    .signature = { SC_FROM_QUERY, SC_STR_INIT("access_token") }
};

const sc_verify_scheme_t scheme_cloudevents = {
    .kind = SC_SCHEME_TOKEN,
    .signature = HEADER("Authorization"),
    .prefix = SC_STR_INIT("Bearer "),
    .prefix_any_case = true,
    .alternative = &scheme_query_token
};

const sc_verify_scheme_t scheme_basic = {
    .kind = SC_SCHEME_BASIC
};

const sc_verify_scheme_t scheme_signed_request = {
    .kind = SC_SCHEME_SIGNED_REQUEST,
    .signature = { SC_FROM_FORM, SC_STR_INIT("signed_request") },
    .timestamp = { SC_FROM_CLAIM, SC_STR_INIT("issued_at") },
    .timestamp_format = SC_TIME_SECONDS,
    .no_tolerance = true
};

static const sc_str_t vonage_issuers[] = { SC_STR_INIT("Vonage") };

const sc_verify_scheme_t scheme_vonage = {
    .kind = SC_SCHEME_JWT,
    .prefix = SC_STR_INIT("Bearer "),
    .timestamp = { SC_FROM_CLAIM, SC_STR_INIT("iat") },
    .timestamp_format = SC_TIME_SECONDS,
    .id = { SC_FROM_CLAIM, SC_STR_INIT("jti") },
    .secret_by = { SC_FROM_CLAIM, SC_STR_INIT("api_key") },
    .jwt = {
        .issuers = vonage_issuers,
        .issuers_count = 1,
        .body_hash = SC_STR_INIT("payload_hash")
    }
};

static const sc_str_t messagebird_issuers[] = { SC_STR_INIT("MessageBird") };

const sc_verify_scheme_t scheme_messagebird = {
    .kind = SC_SCHEME_JWT,
    .signature = HEADER("MessageBird-Signature-JWT"),
    .id = { SC_FROM_CLAIM, SC_STR_INIT("jti") },
    .jwt = {
        .algorithms = SC_JWT_HS256 | SC_JWT_HS384 | SC_JWT_HS512,
        .issuers = messagebird_issuers,
        .issuers_count = 1,
        .body_hash = SC_STR_INIT("payload_hash"),
        .url_hash = SC_STR_INIT("url_hash"),
        .require_exp = true,
        .leeway_ms = 5000
    }
};

static const sc_str_t google_issuers[] = {
    SC_STR_INIT("https://accounts.google.com"),
    SC_STR_INIT("accounts.google.com")
};

const sc_verify_scheme_t scheme_google = {
    .kind = SC_SCHEME_JWT,
    .prefix = SC_STR_INIT("Bearer "),
    .jwt = {
        .algorithms = SC_JWT_RS256,
        .issuers = google_issuers,
        .issuers_count = 2,
        .audience_is_url = true,
        .email = SC_STR_INIT("gbp-push@northwind-care.iam.gserviceaccount.com"
                             ),
        .require_exp = true,
        .leeway_ms = 60000
    }
};

static const sc_str_t apple_audiences[] = {
    SC_STR_INIT("msp-1"), SC_STR_INIT("b5d6e9a0-1c2d-4e3f-8a9b-0c1d2e3f4a5b")
};

const sc_verify_scheme_t scheme_apple = {
    .kind = SC_SCHEME_JWT,
    .prefix = SC_STR_INIT("Bearer "),
    .timestamp = { SC_FROM_CLAIM, SC_STR_INIT("iat") },
    .timestamp_format = SC_TIME_SECONDS,
    .tolerance_ms = 3600000,
    .jwt = { .audiences = apple_audiences, .audiences_count = 2 }
};

const sc_verify_scheme_t scheme_wechat = {
    .kind = SC_SCHEME_SHA1_SORTED,
    .signature = { SC_FROM_QUERY, SC_STR_INIT("signature") },
    .timestamp = { SC_FROM_QUERY, SC_STR_INIT("timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .id = { SC_FROM_QUERY, SC_STR_INIT("nonce") }
};

const sc_verify_scheme_t scheme_wechat_safe = {
    .kind = SC_SCHEME_SHA1_SORTED,
    .signature = { SC_FROM_QUERY, SC_STR_INIT("msg_signature") },
    .timestamp = { SC_FROM_QUERY, SC_STR_INIT("timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .id = { SC_FROM_QUERY, SC_STR_INIT("nonce") },
    .sorted = { { SC_FROM_XML, SC_STR_INIT("Encrypt") } }
};

const sc_verify_scheme_t scheme_twilio = {
    .kind = SC_SCHEME_FORM_SORTED,
    .digest = SC_DIGEST_SHA1,
    .signature = HEADER("X-Twilio-Signature"),
    .encoding = SC_SIGNATURE_BASE64
};

const sc_verify_scheme_t scheme_vonage_sig = {
    .kind = SC_SCHEME_PARAMETERS_SORTED,
    .timestamp = { SC_FROM_QUERY, SC_STR_INIT("timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .id = { SC_FROM_QUERY, SC_STR_INIT("nonce") }
};

const sc_verify_scheme_t scheme_vonage_md5 = {
    .kind = SC_SCHEME_PARAMETERS_SORTED,
    .digest = SC_DIGEST_MD5,
    .plain_digest = true
};
