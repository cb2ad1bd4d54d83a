/*
 * sc_messagebird.c: MessageBird (Bird): SMS of virtual numbers and short
 * codes, and delivery reports, which come by GET.
 *
 * Signed with a JWT that contains the hashes of URL and body: the URL is the
 * one that MessageBird calls (socialcare_public_url).
 *
 * Clock key: messagebird:<brand number>:<customer's number>.  Reports name no
 * brand number (only the reference that the sender chose): they end no wait.
 */

#include "sc_kit.h"
#include "sc_params.h"
#include "sc_registry.h"


static const sc_str_t sc_messagebird_issuers[] = {
    SC_STR_INIT("MessageBird")
};

static const sc_verify_scheme_t sc_messagebird_scheme = {
    .kind = SC_SCHEME_JWT,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("MessageBird-Signature-JWT") },
    .id = { SC_FROM_CLAIM, SC_STR_INIT("jti") },
    .jwt = {
        .algorithms = SC_JWT_HS256 | SC_JWT_HS384 | SC_JWT_HS512,
        .issuers = sc_messagebird_issuers,
        .issuers_count = 1,
        .body_hash = SC_STR_INIT("payload_hash"),
        .url_hash = SC_STR_INIT("url_hash"),
        .require_exp = true,
        .leeway_ms = 5000
    }
};


static int64_t
sc_messagebird_time(const sc_params_t *params)
{
    int64_t  ms;
    sc_str_t text;

    text = sc_params_either(params, SC_STR("createdDatetime"),
                            SC_STR("statusDatetime"));

    if (text.len != 0 && sc_time_read(text, SC_TIME_ISO8601, &ms)) {
        return ms;
    }

    text = sc_params_get(params, SC_STR("receive_datetime"));

    return text.len != 0 && sc_time_read(text, SC_TIME_COMPACT, &ms) ? ms : -1;
}


/* mediaUrls is repeated, or one list in a JSON body. */
static void
sc_messagebird_media(sc_callback_t *callback, const sc_params_t *params,
    sc_mention_t *mention)
{
    size_t                 i, count;
    sc_str_t               url;
    const sc_json_token_t *list, *item;

    for (i = 0, count = 0; i < params->body_count
                           && count < SC_KIT_MAX_MEDIA; i++)
    {
        if (sc_str_eq(params->body[i].name, SC_STR("mediaUrls"))
            || sc_str_eq(params->body[i].name, SC_STR("mediaUrls[]")))
        {
            sc_callback_add_media(callback, mention, SC_STR("media"),
                                  params->body[i].value, SC_STR_NULL);
            count++;
        }
    }

    if (callback->json == NULL) {
        return;
    }

    list = sc_json_member(callback->json, sc_json_root(callback->json),
                          "mediaUrls");
    item = NULL;

    while (count++ < SC_KIT_MAX_MEDIA
           && (item = sc_json_next(callback->json, list, item, NULL)) != NULL)
    {
        if (sc_json_string(callback->json, item, callback->arena, &url)) {
            sc_callback_add_media(callback, mention, SC_STR("media"), url,
                                  SC_STR_NULL);
        }
    }
}


static void
sc_messagebird_sms(sc_callback_t *callback, const sc_params_t *params,
    sc_str_t id, sc_str_t raw)
{
    sc_str_t      from, to;
    sc_mention_t *mention;

    from = sc_params_get(params, SC_STR("originator"));
    to = sc_params_either(params, SC_STR("recipient"), SC_STR("shortcode"));

    if (from.len == 0 || to.len == 0) {
        sc_callback_add_dead(callback, SC_DEAD_MISSING_MEMBER, raw);
        return;
    }

    mention = sc_kit_add_sms(callback, raw, id, to, from);
    if (mention == NULL) {
        return;
    }

    mention->text = sc_params_either(params, SC_STR("body"),
                                     SC_STR("message"));
    sc_kit_set_created(callback, mention, sc_messagebird_time(params));
    sc_messagebird_media(callback, params, mention);
    sc_kit_set_clock(callback, mention, from);
}


static void
sc_messagebird_report(sc_callback_t *callback, const sc_params_t *params,
    sc_str_t id, sc_str_t status, sc_str_t raw)
{
    sc_mention_t *mention;

    mention = sc_kit_add_report(callback, raw, SC_CHANNEL_SMS, id, status);
    if (mention == NULL) {
        return;
    }

    mention->parent = sc_params_get(params, SC_STR("reference"));
    mention->recipient = sc_params_get(params, SC_STR("recipient"));
    sc_kit_set_created(callback, mention, sc_messagebird_time(params));
}


static sc_parse_result_t
sc_messagebird_parse(sc_callback_t *callback)
{
    sc_str_t          id, status, raw;
    sc_params_t       params;
    sc_parse_result_t result;

    result = sc_params_read(callback, &params);
    if (result != SC_PARSE_OK) {
        return result;
    }

    raw = sc_kit_either(callback->request->body, callback->request->query);
    status = sc_params_get(&params, SC_STR("status"));
    id = sc_params_either(&params, SC_STR("id"), SC_STR("mid"));

    if (id.len == 0) {
        id = sc_params_get(&params, SC_STR("reference"));
    }

    if (id.len == 0) {
        sc_callback_add_dead(callback, SC_DEAD_MISSING_MEMBER, raw);

    } else if (status.len != 0
               && !sc_params_has(&params, SC_STR("originator")))
    {
        sc_messagebird_report(callback, &params, id, status, raw);

    } else {
        sc_messagebird_sms(callback, &params, id, raw);
    }

    return SC_PARSE_OK;
}


const sc_platform_t sc_platform_messagebird = {
    .name = SC_STR_INIT("messagebird"),
    .channel = SC_CHANNEL_SMS,
    .get_is_event = true,
    .scheme = &sc_messagebird_scheme,
    .parse = sc_messagebird_parse
};
