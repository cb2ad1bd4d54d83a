/*
 * fuzz_time.c: every time format on the same text.  What is accepted lies in
 * the years allowed, and written out it is read back as the same second.
 */

#include <stdlib.h>

#include "sc_time.h"


#define LAST_MS  INT64_C(253402300799999)

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_value(int64_t ms)
{
    int64_t       back;
    sc_buf_t      buf;
    unsigned char text[20];

    CHECK(ms >= 0 && ms <= LAST_MS);

    sc_buf_init_fixed(&buf, text, sizeof(text));
    sc_time_write_iso8601(&buf, ms);

    CHECK(!buf.failed && buf.len == sizeof(text));
    CHECK(sc_time_read(sc_buf_str(&buf), SC_TIME_ISO8601, &back));
    CHECK(back == ms - ms % 1000);

    CHECK(sc_time_guess_ms(ms) >= ms);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int               format;
    int64_t           ms;
    unsigned char    *copy;
    sc_time_format_t  named;

    copy = malloc(size + 1);
    CHECK(copy != NULL);

    if (size > 0) {
        memcpy(copy, data, size);
    }

    for (format = SC_TIME_OPAQUE; format <= SC_TIME_COMPACT; format++) {
        if (sc_time_read(sc_str_make(copy, size), (sc_time_format_t) format,
                         &ms))
        {
            CHECK(format != SC_TIME_OPAQUE);
            check_value(ms);
        }
    }

    (void) sc_time_format_by_name(sc_str_make(copy, size), &named);

    free(copy);

    return 0;
}
