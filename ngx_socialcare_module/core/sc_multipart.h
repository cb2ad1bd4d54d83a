/*
 * sc_multipart.h: parts of a multipart/form-data body (RFC 7578), in place.
 *
 * Nothing is copied or decoded: a part points into the body, so the body must
 * outlive it.  One pass, no allocation; the caller limits the number of parts.
 */

#ifndef SC_MULTIPART_H
#define SC_MULTIPART_H

#include "sc_str.h"


/* RFC 2046: a boundary has at most 70 characters. */
#define SC_MULTIPART_BOUNDARY_MAX  70


typedef struct {
    sc_str_t name;             /* raw, without the quotes */
    sc_str_t filename;
    sc_str_t content_type;     /* of the part; empty when it has none */
    sc_str_t body;
    bool     is_file;          /* a file name is given, maybe an empty one */
} sc_multipart_part_t;


typedef struct {
    sc_str_t      rest;
    unsigned char delimiter[4 + SC_MULTIPART_BOUNDARY_MAX]; /* CR LF -- … */
    size_t        delimiter_len;
    bool          complete;    /* the closing boundary has been seen */
} sc_multipart_t;


/*
 * A parameter of a header's value, such as boundary of `multipart/mixed;
 * boundary="x"`, without its quotes.  False, and empty, when there is none.
 */
bool sc_multipart_parameter(sc_str_t header, sc_str_t name, sc_str_t *value);

/* The media type is multipart/form-data. */
bool sc_multipart_is(sc_str_t content_type);

/* False: no boundary, one that is too long, or the body starts without it. */
bool sc_multipart_start(sc_multipart_t *reader, sc_str_t content_type,
    sc_str_t body);

/*
 * The next part.  False at the end; reader->complete then says whether the
 * body ended as it should, or was cut off or malformed.
 */
bool sc_multipart_next(sc_multipart_t *reader, sc_multipart_part_t *part);

#endif /* SC_MULTIPART_H */
