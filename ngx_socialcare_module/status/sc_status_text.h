/*
 * sc_status_text.h: what the renderers share.  Only files of this folder
 * include it.
 */

#ifndef SC_STATUS_TEXT_H
#define SC_STATUS_TEXT_H

#include "sc_status.h"


/* `value` / `scale` as a decimal number of seconds; scale is a power of 10. */
void sc_status_write_seconds(sc_buf_t *buf, uint64_t value, uint32_t scale);

#endif /* SC_STATUS_TEXT_H */
