/*
 * sc_replay.h: remembers which signed ids came with which content, in the
 * caller's memory.
 *
 * Some senders sign an id and a time but not the body (Mailgun's token,
 * WeChat's nonce): whoever has seen one such callback could send another body
 * with it until the time is too old.  A plain retry repeats the content, so an
 * id may come again with the same content, but with no other.
 *
 * The table is lossy: a full bucket drops the entry that expires first.  Only
 * authentic callbacks get here, so nobody else can fill it.  The caller must
 * hold a lock.
 */

#ifndef SC_REPLAY_H
#define SC_REPLAY_H

#include "sc_request.h"
#include "sc_siphash.h"


#define SC_REPLAY_WAYS  8


/* Free when all zero. */
typedef struct {
    uint64_t id;
    uint64_t content;
    int64_t  until_s;
} sc_replay_entry_t;


/* `count` is a multiple of SC_REPLAY_WAYS; 0: nothing is remembered. */
typedef struct {
    sc_replay_entry_t *entries;
    size_t             count;
} sc_replay_table_t;


typedef enum {
    SC_REPLAY_NEW = 0,
    SC_REPLAY_SAME,            /* seen before, with the same content */
    SC_REPLAY_OTHER            /* seen before, with another one */
} sc_replay_result_t;


/*
 * Looks `id` up and, when it is new, remembers it until `until_s` (Unix
 * seconds).  A few loads and stores: short enough for a lock.
 */
sc_replay_result_t sc_replay_check(const sc_replay_table_t *table,
    uint64_t id, uint64_t content, int64_t now_s, int64_t until_s);

/* Digest of platform, id and signed time. */
uint64_t sc_replay_id(const unsigned char key[SC_SIPHASH_KEY_SIZE],
    sc_str_t platform, sc_str_t id, int64_t signed_ms);

/*
 * Digest of query and body.  Order and boundary of form fields and parts do not
 * matter: a retry may encode them again.
 */
uint64_t sc_replay_content(const unsigned char key[SC_SIPHASH_KEY_SIZE],
    const sc_request_t *request);

#endif /* SC_REPLAY_H */
