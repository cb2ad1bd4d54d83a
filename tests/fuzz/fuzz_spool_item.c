/*
 * fuzz_spool_item.c: whatever the decoder accepts, the encoder writes back
 * byte for byte.
 */

#include <stdint.h>
#include <stdlib.h>

#include "sc_spool_item.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sc_buf_t        buf;
    unsigned char  *memory;
    sc_spool_item_t item;

    if (sc_spool_item_decode(sc_str_make(data, size), &item)
        != SC_SPOOL_ITEM_OK)
    {
        return 0;
    }

    memory = malloc(size);
    if (memory == NULL) {
        return 0;
    }

    sc_buf_init_fixed(&buf, memory, size);

    if (sc_spool_item_encode(&buf, &item) != SC_SPOOL_ITEM_OK
        || buf.len != size || memcmp(memory, data, size) != 0)
    {
        abort();
    }

    free(memory);

    return 0;
}
