/*
 * sc_request.c: look-up in a request's header list.
 */

#include "sc_request.h"


sc_str_t
sc_request_header(const sc_request_t *request, sc_str_t name, size_t *count)
{
    size_t   i, found;
    sc_str_t value;

    found = 0;
    value = SC_STR_NULL;

    for (i = 0; i < request->headers_count; i++) {
        if (sc_str_eq_nocase(request->headers[i].name, name)) {
            if (found == 0) {
                value = request->headers[i].value;
            }

            found++;
        }
    }

    if (count != NULL) {
        *count = found;
    }

    return value;
}
