/*
 * test_json_portable.c: the reader's tests once more, on the scanning code of
 * machines without SSE2.  The sources included here take the place of the
 * library's.
 */

#define SC_JSON_PORTABLE

/* Feature macros count only in front of the first header. */
#define _XOPEN_SOURCE 700

#include "../../ngx_socialcare_module/core/sc_json_read.c"
#include "../../ngx_socialcare_module/core/sc_json_text.c"
#include "../../ngx_socialcare_module/core/sc_json_access.c"

#include "test_json.c"
