/*
 * sc_spool_name.h: names of the files in a spool directory.
 *
 *     <13-digit Unix ms>-<writer>-<sequence>.seg
 *     quarantine-<13-digit Unix ms>-<writer>-<sequence>.seg
 *
 * The writer is 1 to 32 characters of 0-9 a-z (the glue uses the process id);
 * the sequence counts the writer's files and has at least six digits.  A name
 * has exactly one spelling, so that the parser can tell the spool's files from
 * any other.
 */

#ifndef SC_SPOOL_NAME_H
#define SC_SPOOL_NAME_H

#include "sc_buf.h"
#include "sc_str.h"


#define SC_SPOOL_NAME_MAX_WRITER  32

/* "quarantine-", time, '-', writer, '-', 20 digits, ".seg". */
#define SC_SPOOL_NAME_MAX         (11 + 13 + 1 + 32 + 1 + 20 + 4)

/* The largest time of 13 digits. */
#define SC_SPOOL_NAME_MAX_MS      INT64_C(9999999999999)


typedef struct {
    int64_t  created_ms;
    sc_str_t writer;           /* parsed: points into the name */
    uint64_t sequence;
    bool     quarantine;
} sc_spool_name_t;


/*
 * Appends the name, without a NUL.  False, with nothing appended: a part is out
 * of range, or there is no room (buf->failed).
 */
bool sc_spool_name_write(sc_buf_t *buf, const sc_spool_name_t *name);

/* `text` is the last component of a path.  False: not a spool file's name. */
bool sc_spool_name_parse(sc_str_t text, sc_spool_name_t *name);

/*
 * Oldest first: by time, writer, sequence; quarantine files last.  Negative,
 * 0, positive as for qsort().
 */
int sc_spool_name_compare(const sc_spool_name_t *a, const sc_spool_name_t *b);

#endif /* SC_SPOOL_NAME_H */
