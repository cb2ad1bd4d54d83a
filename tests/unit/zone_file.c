/*
 * zone_file.c: zones from files, from bytes, and made of a rule alone.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zone_file.h"


static void *
zone_file_block(void *owner, size_t size)
{
    void        *block;
    zone_file_t *file;

    file = owner;
    size = (size + 15) & ~(size_t) 15;

    if (size > sizeof(file->memory) - file->used) {
        return NULL;
    }

    block = file->memory + file->used;
    file->used += size;

    return block;
}


sc_zone_result_t
zone_file_read(zone_file_t *file, const void *bytes, size_t size)
{
    sc_arena_t arena;

    file->used = 0;
    sc_arena_init(&arena, zone_file_block, file, sizeof(file->memory));

    return sc_zone_info_read(&file->zone, sc_str_make(bytes, size), &arena);
}


void
zone_file_load(zone_file_t *file, const char *name)
{
    char  path[256];
    FILE *stream;

    (void) snprintf(path, sizeof(path), ZONE_FILE_FOLDER "%s", name);
    stream = fopen(path, "rb");

    if (stream == NULL) {
        fail_msg("%s: install the package tzdata", path);
        return;
    }

    file->size = fread(file->bytes, 1, sizeof(file->bytes), stream);
    (void) fclose(stream);

    assert_int_equal(zone_file_read(file, file->bytes, file->size),
                     SC_ZONE_OK);
}


sc_zone_result_t
zone_file_rule(zone_file_t *file, const char *rule)
{
    unsigned char *at;

    /* Two headers, each with one type of six bytes and one character. */

    memset(file->bytes, 0, 2 * 51);

    for (at = file->bytes; at < file->bytes + 2 * 51; at += 51) {
        memcpy(at, "TZif2", 5);
        at[39] = 1;
        at[43] = 1;
    }

    file->size = 2 * 51 + (size_t) snprintf((char *) at, 1024, "\n%s\n", rule);

    return zone_file_read(file, file->bytes, file->size);
}
