/*
 * sc_record.h: identity of a mention and its published JSON.
 */

#ifndef SC_RECORD_H
#define SC_RECORD_H

#include "sc_buf.h"
#include "sc_mention.h"
#include "sc_siphash.h"


#define SC_RECORD_VERSION  1

/*
 * Longest handle or display name in a record, in bytes; longer ones are cut
 * between two characters.  Ids are kept whole: they must stay unique and match.
 */
#define SC_RECORD_MAX_ID   256


/* What is decided outside the platform's file. */
typedef struct {
    sc_str_t brand;
    sc_str_t queue;
    sc_str_t trend;            /* empty: none */
    int64_t  received_ms;
    int64_t  due_ms;           /* -1: nobody waits */
    bool     with_raw;
} sc_record_context_t;


/*
 * Appends the id by which duplicates of the mention are recognised, unescaped:
 * `platform:account:event`, or with `same` in place of the event where set.
 */
void sc_record_write_id(sc_buf_t *buf, const sc_mention_t *mention);

/*
 * Appends the id by which duplicates of a proof are recognised; it never equals
 * a mention's id.  Not for mentions without a proof.
 */
void sc_record_write_proof(sc_buf_t *buf, const sc_mention_t *mention);

/* The 64-bit dedupe digest of such an id. */
int64_t sc_record_digest(const unsigned char key[SC_SIPHASH_KEY_SIZE],
    sc_str_t id);

/*
 * Appends the record as one JSON object (design: conf/mention.schema.json).
 * buf->failed tells when it did not fit.
 */
void sc_record_write(sc_buf_t *buf, const sc_mention_t *mention,
    const sc_record_context_t *context);

/*
 * The time to count from: created_ms, or received_ms where the platform gives
 * none, or where created_ms is more than 5 s ahead of received_ms or more than
 * 7 days before it; in the last two cases *skewed is true.
 */
int64_t sc_record_start_ms(const sc_mention_t *mention, int64_t received_ms,
    bool *skewed);

#endif /* SC_RECORD_H */
