/*
 * test_json_write_portable.c: the writer's tests once more, on the scanning
 * code of machines without SSE2.
 */

#define SC_JSON_PORTABLE

#include "../../ngx_socialcare_module/core/sc_json_write.c"

#include "test_json_write.c"
