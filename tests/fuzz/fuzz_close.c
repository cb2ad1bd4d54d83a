/*
 * fuzz_close.c: any bytes as a request to close, once as JSON and once as a
 * form: it ends, and what it takes has a wait and a known reason.
 */

#include "platform_fuzz.h"

#include "sc_close.h"


static void
read_closes(sc_str_t body, sc_close_format_t format)
{
    size_t             i, count, at;
    sc_buf_t           id;
    sc_close_t        *closes;
    sc_arena_t         arena;
    unsigned char      text[512];
    fuzz_memory_t      memory;
    sc_close_limits_t  limits = { { 32, 4096, 0 }, 50 };
    sc_close_result_t  result;

    memory.count = 0;
    sc_arena_init(&arena, fuzz_block, &memory, 1024 * 1024);

    result = sc_close_read(body, format, &limits, &arena, &closes, &count,
                           &at);

    CHECK(result < SC_CLOSE_RESULTS);
    CHECK(result == SC_CLOSE_OK || at == 0 || at < count);

    for (i = 0; result == SC_CLOSE_OK && i < count; i++) {
        CHECK(count <= 50);
        CHECK(closes[i].wait.len != 0);
        CHECK(closes[i].reason != NULL && closes[i].channel != NULL);
        fuzz_check_text(closes[i].wait, format == SC_CLOSE_JSON);
        fuzz_check_text(closes[i].brand, format == SC_CLOSE_JSON);
        fuzz_check_text(closes[i].queue, format == SC_CLOSE_JSON);
        fuzz_check_text(closes[i].id, format == SC_CLOSE_JSON);

        sc_buf_init_fixed(&id, text, sizeof(text));
        sc_close_write_id(&id, &closes[i], (int64_t) i);
    }

    fuzz_free(&memory);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *copy;

    copy = fuzz_copy(data, size);
    if (copy == NULL) {
        return 0;
    }

    read_closes(sc_str_make(copy, size), SC_CLOSE_JSON);
    read_closes(sc_str_make(copy, size), SC_CLOSE_FORM);

    free(copy);

    return 0;
}
