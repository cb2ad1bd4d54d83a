/*
 * sc_wechat_aes.h: decrypts what WeChat encrypts in safe mode.
 */

#ifndef SC_WECHAT_AES_H
#define SC_WECHAT_AES_H

#include "sc_arena.h"
#include "sc_str.h"


typedef enum {
    SC_WECHAT_AES_OK = 0,
    SC_WECHAT_AES_BAD_KEY,     /* not the 43 characters of an EncodingAESKey */
    SC_WECHAT_AES_MALFORMED,   /* not what that key encrypted */
    SC_WECHAT_AES_OTHER_APP,   /* for another AppID */
    SC_WECHAT_AES_NO_MEMORY
} sc_wechat_aes_t;


/*
 * `key` is the EncodingAESKey as WeChat shows it, `text` the base64 of the
 * Encrypt element.  The caller must have verified its signature: the padding
 * is not checked in constant time.  *plain is in the arena.
 */
sc_wechat_aes_t sc_wechat_aes_open(sc_arena_t *arena, sc_str_t key,
    sc_str_t text, sc_str_t app_id, sc_str_t *plain);

#endif /* SC_WECHAT_AES_H */
