/*
 * sc_tiktok.h: what the files of the TikTok receiver share.  Not to be included
 * elsewhere.
 */

#ifndef SC_TIKTOK_H
#define SC_TIKTOK_H

#include "sc_kit.h"


typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *content;    /* the JSON within the JSON */
    sc_str_t               event;
    sc_str_t               account;
    int64_t                sent_ms;
} sc_tiktok_t;


/* Members of the content; "" when absent. */
sc_str_t sc_tiktok_text(const sc_tiktok_t *tiktok, const char *name);
sc_str_t sc_tiktok_id(const sc_tiktok_t *tiktok, const char *name);

/* NULL at limits. */
sc_mention_t *sc_tiktok_add(const sc_tiktok_t *tiktok, sc_kind_t kind);

/*
 * Reads the string that holds JSON, in place of the outer document: ids in it
 * are numbers beyond 2^53 and stay text.  Anything but SC_PARSE_OK takes all
 * mentions back.
 */
sc_parse_result_t sc_tiktok_open(sc_tiktok_t *tiktok, sc_str_t text);

sc_parse_result_t sc_tiktok_notice(const sc_tiktok_t *tiktok,
    const char *notice, sc_str_t event);

/* sc_tiktok_shop.c */
sc_parse_result_t sc_tiktok_shop(sc_tiktok_t *tiktok,
    const sc_json_token_t *root);

#endif /* SC_TIKTOK_H */
