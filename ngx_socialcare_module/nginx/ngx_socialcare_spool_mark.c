
/*
 * ngx_socialcare_spool_mark.c: how far a segment is drained, written into the
 * segment for whoever takes over when this worker exits or dies.
 *
 * A mark stops at the first record that is not in Redis, such as one waiting in
 * memory for its quarantine file.  Nothing is synced, and nothing depends on
 * it: without it records are sent again and answered "duplicate".
 */

#include "ngx_socialcare_spool_drain.h"


/* Between two marks of a segment that is being drained. */
#define NGX_SOCIALCARE_MARK_INTERVAL  1000


ngx_uint_t
ngx_socialcare_drain_mark(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment, ngx_uint_t leaving)
{
    ngx_uint_t  i, end;

    if (segment->data == NULL || segment->entries == NULL
        || segment->states == NULL || segment->end == 0
        || (!leaving
            && ngx_current_msec - segment->marked_at
               < NGX_SOCIALCARE_MARK_INTERVAL))
    {
        return 0;
    }

    segment->marked_at = ngx_current_msec;
    end = ngx_min(segment->count, segment->quarantine_at);

    for (i = segment->marked;
         i < end && segment->states[i] == NGX_SOCIALCARE_ENTRY_DONE;
         i++)
    {
        /* void */
    }

    if (i == segment->marked) {
        return 0;
    }

    spool->mark.segment = segment;
    spool->mark.next = i;
    spool->mark.now_ms = ngx_socialcare_now_ms();

    return 1;
}


void
ngx_socialcare_spool_mark_thread(void *data, ngx_log_t *log)
{
    ngx_socialcare_spool_mark_t *job = data;

    u_char                     text[SC_SEGMENT_POSITION_SIZE];
    uint64_t                   position;
    sc_buf_t                   record;
    ngx_socialcare_segment_t  *segment;

    (void) log;

    segment = job->segment;
    position = job->next < segment->count
               ? segment->entries[job->next].sequence : segment->end_sequence;

    sc_buf_init_fixed(&record, text, sizeof(text));

    if (!sc_segment_append_position(&record, segment->end_sequence,
                                    job->now_ms, position)
        || ngx_socialcare_spool_pwrite(segment->fd, record.data, record.len,
                                       segment->end)
           != NGX_OK)
    {
        segment->end = 0;             /* what is there now is uncertain */
        return;
    }

    segment->end += record.len;
    segment->end_sequence++;
    segment->marked = job->next;
}
