/*
 * fuzz_template.c: the template language.  What is accepted has at most
 * sixteen parts, whose texts lie in the template or in the arena; what is
 * refused comes with a sentence.
 */

#include <stdlib.h>

#include "no_block.h"
#include "sc_verify.h"


#define MAX_INPUT    1024
#define MEMORY_SIZE  65536

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static bool
lies_in(sc_str_t text, const unsigned char *memory, size_t size)
{
    return text.data >= memory && text.data + text.len <= memory + size;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         i;
    const char    *problem;
    sc_arena_t     arena;
    sc_template_t  template;
    unsigned char *copy, *memory;

    if (size > MAX_INPUT) {
        return 0;
    }

    copy = malloc(size + 1);
    memory = malloc(MEMORY_SIZE);
    CHECK(copy != NULL && memory != NULL);

    if (size > 0) {
        memcpy(copy, data, size);
    }

    sc_arena_init(&arena, no_block, NULL, MEMORY_SIZE);
    arena.free = memory;
    arena.end = memory + MEMORY_SIZE;
    arena.used = MEMORY_SIZE;

    problem = NULL;

    if (sc_template_read(&arena, sc_str_make(copy, size), &template,
                         &problem))
    {
        CHECK(template.count > 0);
        CHECK(template.count <= SC_TEMPLATE_MAX_PARTS);

        for (i = 0; i < template.count; i++) {
            CHECK(template.parts[i].text.len == 0
                  || lies_in(template.parts[i].text, copy, size)
                  || lies_in(template.parts[i].text, memory, MEMORY_SIZE));
        }

    } else {
        CHECK(problem != NULL);
    }

    free(copy);
    free(memory);

    return 0;
}
