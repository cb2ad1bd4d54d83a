/*
 * sc_registry.h: the platforms that sc_registry.c lists.  Only that file and
 * platforms that delegate to others (meta) include it.
 */

#ifndef SC_REGISTRY_H
#define SC_REGISTRY_H

#include "sc_platform.h"


extern const sc_platform_t sc_platform_x;
extern const sc_platform_t sc_platform_facebook;
extern const sc_platform_t sc_platform_messenger;
extern const sc_platform_t sc_platform_instagram;
extern const sc_platform_t sc_platform_whatsapp;
extern const sc_platform_t sc_platform_threads;
extern const sc_platform_t sc_platform_meta;
extern const sc_platform_t sc_platform_generic;
extern const sc_platform_t sc_platform_standard_webhooks;
extern const sc_platform_t sc_platform_telegram;
extern const sc_platform_t sc_platform_twilio;
extern const sc_platform_t sc_platform_slack;
extern const sc_platform_t sc_platform_line;
extern const sc_platform_t sc_platform_viber;
extern const sc_platform_t sc_platform_zendesk;
extern const sc_platform_t sc_platform_discord;
extern const sc_platform_t sc_platform_linkedin;
extern const sc_platform_t sc_platform_tiktok;
extern const sc_platform_t sc_platform_intercom;
extern const sc_platform_t sc_platform_mastodon;
extern const sc_platform_t sc_platform_kakao;
extern const sc_platform_t sc_platform_chatwoot;
extern const sc_platform_t sc_platform_freshchat;
extern const sc_platform_t sc_platform_trustpilot;
extern const sc_platform_t sc_platform_vk;
extern const sc_platform_t sc_platform_cloudevents;
extern const sc_platform_t sc_platform_email_postmark;
extern const sc_platform_t sc_platform_email_sendgrid;
extern const sc_platform_t sc_platform_email_mailgun;
extern const sc_platform_t sc_platform_websub;
extern const sc_platform_t sc_platform_wechat;
extern const sc_platform_t sc_platform_vonage;
extern const sc_platform_t sc_platform_messagebird;
extern const sc_platform_t sc_platform_sinch;
extern const sc_platform_t sc_platform_infobip;
extern const sc_platform_t sc_platform_apple_messages;
extern const sc_platform_t sc_platform_google_business;

#endif /* SC_REGISTRY_H */
