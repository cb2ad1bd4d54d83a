/*
 * sc_json_write.h: writing JSON text into a bounded buffer.
 *
 * The output is always well-formed: text that is not UTF-8 is written with
 * U+FFFD in place of each bad byte.  NUL counts as a bad byte, because our
 * reader refuses its escape, too.
 */

#ifndef SC_JSON_WRITE_H
#define SC_JSON_WRITE_H

#include "sc_buf.h"


/* "text" with quotes; escapes ", \, controls, U+2028, U+2029 and "</". */
void sc_json_write_string(sc_buf_t *buf, sc_str_t text);

/* The same without quotes: one piece of a string made of several. */
void sc_json_write_piece(sc_buf_t *buf, sc_str_t text);

/*
 * Members of an object, each preceded by a comma unless `buf` is empty or ends
 * in '{'.  sc_json_write_member leaves out empty text.
 */
void sc_json_write_name(sc_buf_t *buf, const char *name);
void sc_json_write_member(sc_buf_t *buf, const char *name, sc_str_t text);
void sc_json_write_int(sc_buf_t *buf, const char *name, int64_t value);
void sc_json_write_uint(sc_buf_t *buf, const char *name, uint64_t value);
void sc_json_write_bool(sc_buf_t *buf, const char *name, bool value);

/*
 * The same for names that are literals and need no escaping: comma, quotes and
 * colon are added at compile time, and the name is not scanned.
 * sc_json_write_led leaves out empty text.
 */
#define SC_JSON_LEAD(name)  SC_STR(",\"" name "\":")

void sc_json_write_lead(sc_buf_t *buf, sc_str_t lead);
void sc_json_write_led(sc_buf_t *buf, sc_str_t lead, sc_str_t text);

/* True when `text` is valid UTF-8 (RFC 3629) without NUL. */
bool sc_utf8_is_valid(sc_str_t text);

#endif /* SC_JSON_WRITE_H */
