/*
 * fuzz_multipart.c: the first line as a content type, the rest as the body,
 * through the multipart reader: it ends, stays inside, and parts do not
 * overlap.
 */

#include <stdlib.h>

#include "sc_multipart.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


static void
check_inside(sc_str_t text, sc_str_t body)
{
    CHECK(text.len == 0
          || (text.data >= body.data
              && text.data + text.len <= body.data + body.len));
}


static void
read_parts(sc_str_t type, sc_str_t body)
{
    size_t               parts;
    sc_multipart_t       reader;
    sc_multipart_part_t  part;
    const unsigned char *last;

    if (!sc_multipart_start(&reader, type, body)) {
        return;
    }

    last = body.data;

    /* A part takes a boundary and a header at least. */
    for (parts = 0; sc_multipart_next(&reader, &part); parts++) {
        CHECK(parts < body.len / 4 + 1);
        CHECK(part.name.len != 0);
        check_inside(part.name, body);
        check_inside(part.filename, body);
        check_inside(part.content_type, body);
        check_inside(part.body, body);
        CHECK(part.is_file || part.filename.len == 0);
        CHECK(part.name.data >= last);
        last = part.body.data + part.body.len;
    }

    CHECK(!sc_multipart_next(&reader, &part));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         at;
    sc_str_t       text;
    unsigned char *copy;

    copy = malloc(size == 0 ? 1 : size);
    if (copy == NULL) {
        return 0;
    }

    if (size != 0) {
        memcpy(copy, data, size);
    }

    text = sc_str_make(copy, size);
    at = sc_str_find_byte(text, '\n');

    read_parts(sc_str_first(text, at), sc_str_from(text, at + 1));

    /* A sample's body as it is. */
    read_parts(SC_STR("multipart/form-data; boundary=xYzZYsynthetic7"), text);
    read_parts(SC_STR("multipart/form-data; boundary=mgBoundary77"), text);

    free(copy);

    return 0;
}
