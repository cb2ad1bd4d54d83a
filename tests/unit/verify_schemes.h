/*
 * verify_schemes.h: schemes for tests of the signature engine.
 */

#ifndef VERIFY_SCHEMES_H
#define VERIFY_SCHEMES_H

#include "sc_verify.h"


extern const sc_verify_scheme_t scheme_github;
extern const sc_verify_scheme_t scheme_shopify;
extern const sc_verify_scheme_t scheme_intercom;
extern const sc_verify_scheme_t scheme_stripe;
extern const sc_verify_scheme_t scheme_chatwoot;
extern const sc_verify_scheme_t scheme_slack;
extern const sc_verify_scheme_t scheme_zendesk;
extern const sc_verify_scheme_t scheme_spaced;
extern const sc_verify_scheme_t scheme_sinch;
extern const sc_verify_scheme_t scheme_sinch_numbers;
extern const sc_verify_scheme_t scheme_sinch_voice;
extern const sc_verify_scheme_t scheme_pbx;
extern const sc_verify_scheme_t scheme_x_oauth2;
extern const sc_verify_scheme_t scheme_x_either;
extern const sc_verify_scheme_t scheme_x_get;
extern const sc_verify_scheme_t scheme_meta;
extern const sc_verify_scheme_t scheme_meta_escaped;
extern const sc_verify_scheme_t scheme_linkedin;
extern const sc_verify_scheme_t scheme_tiktok;
extern const sc_verify_scheme_t scheme_tiktok_shop;
extern const sc_verify_scheme_t scheme_websub;
extern const sc_verify_scheme_t scheme_websub_strong;
extern const sc_verify_scheme_t scheme_viber;
extern const sc_verify_scheme_t scheme_viber_query;
extern const sc_verify_scheme_t scheme_mailgun_form;
extern const sc_verify_scheme_t scheme_mailgun_json;
extern const sc_verify_scheme_t scheme_standard;
extern const sc_verify_scheme_t scheme_line;
extern const sc_verify_scheme_t scheme_discord;
extern const sc_verify_scheme_t scheme_sendgrid;
extern const sc_verify_scheme_t scheme_freshchat;
extern const sc_verify_scheme_t scheme_telegram;
extern const sc_verify_scheme_t scheme_vk;
extern const sc_verify_scheme_t scheme_query_token;
extern const sc_verify_scheme_t scheme_cloudevents;
extern const sc_verify_scheme_t scheme_basic;
extern const sc_verify_scheme_t scheme_signed_request;
extern const sc_verify_scheme_t scheme_vonage;
extern const sc_verify_scheme_t scheme_messagebird;
extern const sc_verify_scheme_t scheme_google;
extern const sc_verify_scheme_t scheme_apple;
extern const sc_verify_scheme_t scheme_wechat;
extern const sc_verify_scheme_t scheme_wechat_safe;
extern const sc_verify_scheme_t scheme_twilio;
extern const sc_verify_scheme_t scheme_vonage_sig;
extern const sc_verify_scheme_t scheme_vonage_md5;

#endif /* VERIFY_SCHEMES_H */
