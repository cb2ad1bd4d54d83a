/*
 * sc_params.h: the parameters of a callback wherever they stand: urlencoded
 * form, multipart form, flat JSON object, query string.
 *
 * For platforms that send the same names in several of these.  Nothing here
 * knows a platform.
 */

#ifndef SC_PARAMS_H
#define SC_PARAMS_H

#include "sc_multipart.h"
#include "sc_platform.h"


/* Pairs of one body or query; more is too large. */
#define SC_PARAMS_MAX  1000


typedef struct {
    sc_pair_t           *body;
    size_t               body_count;
    sc_pair_t           *query;
    size_t               query_count;
    sc_multipart_part_t *files;        /* parts with a file name, in order */
    size_t               files_count;
    bool                 last;         /* of a repeated name the last counts,
                                          not the first: set by the caller
                                          behind sc_params_read() */
} sc_params_t;


/*
 * Reads body and query by the request's content type; a body without one is
 * taken for a form.  Anything but SC_PARSE_OK is what parse returns.  Of a
 * JSON object the texts and numbers count; the document stays in
 * callback->json.
 */
sc_parse_result_t sc_params_read(sc_callback_t *callback,
    sc_params_t *params);

/* The body's value, else the query's, else empty. */
sc_str_t sc_params_get(const sc_params_t *params, sc_str_t name);

/* The same for a name in the source. */
sc_str_t sc_params_text(const sc_params_t *params, const char *name);

/* A value that is a time of this format, or -1. */
int64_t sc_params_time(const sc_params_t *params, const char *name,
    sc_time_format_t format);

/* The first of two names that has a value. */
sc_str_t sc_params_either(const sc_params_t *params, sc_str_t first,
    sc_str_t second);

/* True when `name` is there, even with an empty value. */
bool sc_params_has(const sc_params_t *params, sc_str_t name);

/* A number that is not negative, or -1. */
int64_t sc_params_int(const sc_params_t *params, sc_str_t name);

/* PREFIX and a number, such as MediaUrl0; empty when it is not there. */
sc_str_t sc_params_numbered(const sc_params_t *params, sc_str_t prefix,
    size_t number);

/* The media type of a request without parameters, as it stands. */
sc_str_t sc_params_content_type(const sc_request_t *request);


/* For whatever holds its parameters as a member `params`. */
#define sc_param(event, name)  sc_params_text(&(event)->params, name)

#define sc_param_time(event, name, format)                                    \
    sc_params_time(&(event)->params, name, format)

#endif /* SC_PARAMS_H */
