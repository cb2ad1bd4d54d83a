/*
 * sc_record.h: identity of a mention and its published JSON.
 */

#ifndef SC_RECORD_H
#define SC_RECORD_H

#include "sc_buf.h"
#include "sc_mention.h"
#include "sc_siphash.h"


#define SC_RECORD_VERSION  1

/* Longest text that an id, handle or name may have in a record, bytes. */
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
 * Appends `platform:account:event`.  An id longer than SC_RECORD_MAX_ID is
 * kept whole: it must stay unique.
 */
void sc_record_write_id(sc_buf_t *buf, const sc_mention_t *mention);

/* The 64-bit dedupe digest of that id. */
int64_t sc_record_digest(const unsigned char key[SC_SIPHASH_KEY_SIZE],
    sc_str_t id);

/*
 * Appends the record as one JSON object (design: conf/mention.schema.json).
 * buf->failed tells when it did not fit.
 */
void sc_record_write(sc_buf_t *buf, const sc_mention_t *mention,
    const sc_record_context_t *context);

/*
 * The creation time to count from: created_ms, unless it is absent, more than
 * 5 s ahead of received_ms or more than 7 days old; *skewed is set then.
 */
int64_t sc_record_start_ms(const sc_mention_t *mention, int64_t received_ms,
    bool *skewed);

#endif /* SC_RECORD_H */
