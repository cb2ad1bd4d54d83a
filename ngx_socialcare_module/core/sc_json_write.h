/*
 * sc_json_write.h: writing JSON text into a bounded buffer.
 *
 * Only well-formed output leaves here: text that is not UTF-8 is written with
 * U+FFFD in place of each bad byte.  A NUL counts as one, for readers refuse
 * its escape too.
 */

#ifndef SC_JSON_WRITE_H
#define SC_JSON_WRITE_H

#include "sc_buf.h"


/* "text" with quotes; escapes ", \, controls, U+2028, U+2029 and "</". */
void sc_json_write_string(sc_buf_t *buf, sc_str_t text);

/* The same without quotes: a piece of a string that is joined of several. */
void sc_json_write_piece(sc_buf_t *buf, sc_str_t text);

/*
 * Members of an object, each led by a comma unless `buf` is empty or ends in
 * '{'.
 * sc_json_write_member leaves out empty text.
 */
void sc_json_write_name(sc_buf_t *buf, const char *name);
void sc_json_write_member(sc_buf_t *buf, const char *name, sc_str_t text);
void sc_json_write_int(sc_buf_t *buf, const char *name, int64_t value);
void sc_json_write_uint(sc_buf_t *buf, const char *name, uint64_t value);
void sc_json_write_bool(sc_buf_t *buf, const char *name, bool value);

/*
 * The same for names that are literals and hold nothing to escape: what stands
 * around a name is put there when this is compiled, and nobody looks through
 * it.  sc_json_write_led leaves out empty text.
 */
#define SC_JSON_LEAD(name)  SC_STR(",\"" name "\":")

void sc_json_write_lead(sc_buf_t *buf, sc_str_t lead);
void sc_json_write_led(sc_buf_t *buf, sc_str_t lead, sc_str_t text);

/* true when `text` is valid UTF-8 (RFC 3629) without NUL. */
bool sc_utf8_is_valid(sc_str_t text);

#endif /* SC_JSON_WRITE_H */
