/*
 * sc_request.h: one HTTP callback as the core sees it: raw bytes, nothing
 * decoded.  Filled by the server glue, by tests and by fuzz targets.
 */

#ifndef SC_REQUEST_H
#define SC_REQUEST_H

#include "sc_str.h"


typedef struct {
    sc_str_t name;             /* any case, as received */
    sc_str_t value;            /* without leading and trailing spaces */
} sc_header_t;


typedef struct {
    sc_str_t           method;     /* "POST" */
    sc_str_t           uri;        /* path and query exactly as received */
    sc_str_t           path;       /* the part of uri before '?' */
    sc_str_t           query;      /* the part after '?'; may be empty */
    sc_str_t           host;       /* Host header or :authority */
    sc_str_t           url;        /* public URL as the platform called it:
                                      socialcare_public_url's scheme and host
                                      (else scheme://host) + uri */
    const sc_header_t *headers;
    size_t             headers_count;
    sc_str_t           body;       /* raw, in one piece */
} sc_request_t;


/*
 * The value of header `name` (ASCII case ignored), the first one if there are
 * several.  *count (may be NULL) is how often the request has the header.
 */
sc_str_t sc_request_header(const sc_request_t *request, sc_str_t name,
    size_t *count);

#endif /* SC_REQUEST_H */
