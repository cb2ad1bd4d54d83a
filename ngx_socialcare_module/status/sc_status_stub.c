/* temporary */
#include "sc_status.h"
void sc_status_write_json(sc_buf_t *buf, const sc_status_t *status)
{ (void) status; sc_buf_append_literal(buf, "{}"); }
void sc_status_write_prometheus(sc_buf_t *buf, const sc_status_t *status)
{ (void) status; sc_buf_append_literal(buf, ""); }
void sc_status_write_html(sc_buf_t *buf, const sc_status_t *status)
{ (void) status; sc_buf_append_literal(buf, ""); }
bool sc_status_format_by_name(sc_str_t name, sc_status_format_t *format)
{ (void) name; *format = SC_STATUS_JSON; return true; }
sc_status_format_t sc_status_negotiate(sc_str_t accept)
{ (void) accept; return SC_STATUS_JSON; }
