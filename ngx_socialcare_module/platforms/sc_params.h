/*
 * sc_params.h: the parameters of a callback, whatever carries them: urlencoded
 * form, multipart form, flat JSON object, query string.
 *
 * For platforms that send the same names in several of these.  Nothing here
 * knows a platform.
 */

#ifndef SC_PARAMS_H
#define SC_PARAMS_H

#include "sc_multipart.h"
#include "sc_platform.h"


/* Most pairs in one body or query; more is too large. */
#define SC_PARAMS_MAX  1000


typedef struct {
    sc_pair_t           *body;
    size_t               body_count;
    sc_pair_t           *query;
    size_t               query_count;
    sc_multipart_part_t *files;        /* parts with a file name, in order */
    size_t               files_count;
    bool                 last;         /* the last value of a repeated name
                                          counts, not the first: set by the
                                          caller after sc_params_read() */
} sc_params_t;


/*
 * Reads query and body, the latter by the request's content type; a body
 * without one is read as a form.  Any result but SC_PARSE_OK is for parse to
 * return.  Only strings and numbers of a JSON object are used; the document
 * stays in callback->json.
 */
sc_parse_result_t sc_params_read(sc_callback_t *callback,
    sc_params_t *params);

/* The body's value, else the query's, else empty. */
sc_str_t sc_params_get(const sc_params_t *params, sc_str_t name);

/* The same for a C string. */
sc_str_t sc_params_text(const sc_params_t *params, const char *name);

/* A value that is a time in this format, or -1. */
int64_t sc_params_time(const sc_params_t *params, const char *name,
    sc_time_format_t format);

/* The first of two names that has a value. */
sc_str_t sc_params_either(const sc_params_t *params, sc_str_t first,
    sc_str_t second);

/* True when `name` is there, even with an empty value. */
bool sc_params_has(const sc_params_t *params, sc_str_t name);

/* A number that is not negative, or -1. */
int64_t sc_params_int(const sc_params_t *params, sc_str_t name);

/* The value of PREFIX and a number, such as MediaUrl0; empty when absent. */
sc_str_t sc_params_numbered(const sc_params_t *params, sc_str_t prefix,
    size_t number);

/* The request's media type without its parameters, as received. */
sc_str_t sc_params_content_type(const sc_request_t *request);


/* For any struct that has its parameters in a member `params`. */
#define sc_param(event, name)  sc_params_text(&(event)->params, name)

#define sc_param_time(event, name, format)                                    \
    sc_params_time(&(event)->params, name, format)

#endif /* SC_PARAMS_H */
