/*
 * sc_registry.c: the list of platforms.  Adding one is one line in each of
 * the two places below.
 *
 * The order is the index of a platform's counters in shared memory: append.
 */

#include "sc_platform.h"
#include "sc_registry.h"


const sc_platform_t *const sc_platforms[] = {
    &sc_platform_x,
    &sc_platform_facebook,
    &sc_platform_messenger,
    &sc_platform_instagram,
    &sc_platform_whatsapp,
    &sc_platform_threads,
    &sc_platform_meta,
    &sc_platform_generic,
    &sc_platform_standard_webhooks,
    &sc_platform_telegram,
    &sc_platform_twilio,
    &sc_platform_slack,
    &sc_platform_line,
    &sc_platform_viber,
    &sc_platform_zendesk,
    &sc_platform_discord,
    &sc_platform_linkedin,
    &sc_platform_tiktok,
    &sc_platform_intercom,
    &sc_platform_mastodon,
    &sc_platform_kakao,
    &sc_platform_chatwoot,
    &sc_platform_freshchat,
    &sc_platform_trustpilot,
    &sc_platform_vk,
    &sc_platform_cloudevents,
    &sc_platform_email_postmark,
    &sc_platform_email_sendgrid,
    &sc_platform_email_mailgun,
    &sc_platform_websub,
    &sc_platform_wechat,
    &sc_platform_vonage,
    &sc_platform_messagebird,
    &sc_platform_sinch,
    &sc_platform_infobip,
    &sc_platform_apple_messages,
    &sc_platform_google_business
};

const size_t sc_platforms_count = sizeof(sc_platforms)
                                  / sizeof(sc_platforms[0]);


const sc_platform_t *
sc_platform_by_name(sc_str_t name)
{
    size_t i;

    for (i = 0; i < sc_platforms_count; i++) {
        if (sc_str_eq(sc_platforms[i]->name, name)) {
            return sc_platforms[i];
        }
    }

    return NULL;
}


size_t
sc_platform_index(const sc_platform_t *platform)
{
    size_t i;

    for (i = 0; i < sc_platforms_count; i++) {
        if (sc_platforms[i] == platform) {
            break;
        }
    }

    return i;
}
