/*
 * fuzz_html.c: words out of arbitrary HTML: never more than there was, and
 * UTF-8 where it was.
 */

#include "platform_fuzz.h"
#include "sc_html.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sc_str_t       input, text;
    sc_arena_t     arena;
    fuzz_memory_t  memory;
    unsigned char *copy;

    copy = fuzz_copy(data, size);
    if (copy == NULL) {
        return 0;
    }

    input = sc_str_make(copy, size);
    memory.count = 0;
    sc_arena_init(&arena, fuzz_block, &memory, input.len);

    CHECK(sc_html_to_text(&arena, input, &text));
    CHECK(text.len <= input.len);
    fuzz_check_text(text, sc_utf8_is_valid(input));

    fuzz_free(&memory);
    free(copy);

    return 0;
}
