/*
 * fuzz_zone_info.c: any bytes as a compiled time zone: refused, or it answers
 * every question, with changes that lie ahead; and as a rule in a file that is
 * good but for it.
 */

#include "platform_fuzz.h"

#include "sc_hours.h"
#include "sc_zone_info.h"


#define DAY_MS  (INT64_C(24) * 60 * 60 * 1000)


static void
ask(const sc_zone_info_t *zone)
{
    size_t             i;
    int32_t            offset;
    int64_t            time, until, due;
    static sc_hours_t  hours;
    static const sc_hours_day_t day = { true, 2, { { 0, 60 }, { 600, 1440 } }
    };

    time = -100000;

    for (i = 0; i < 300; i++) {
        offset = sc_zone_info_offset(zone, time, &until);
        CHECK(until > time);
        CHECK(offset > -100000 && offset < 100000);

        if (until == INT64_MAX) {
            break;
        }

        time = until;
    }

    sc_hours_init(&hours, zone);

    for (i = 0; i < 7; i++) {
        hours.week[i] = day;
    }

    for (time = 0; time < 200; time += 37) {
        if (sc_hours_due(&hours, time * 365 * DAY_MS, 9 * DAY_MS, &due)) {
            CHECK(sc_hours_between(&hours, time * 365 * DAY_MS, due)
                  == 9 * DAY_MS);
        }
    }
}


static void
read_zone(sc_str_t bytes)
{
    sc_arena_t      arena;
    fuzz_memory_t   memory;
    sc_zone_info_t  zone;

    memory.count = 0;
    sc_arena_init(&arena, fuzz_block, &memory, 256 * 1024);

    if (sc_zone_info_read(&zone, bytes, &arena) == SC_ZONE_OK) {
        ask(&zone);
    }

    fuzz_free(&memory);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         i;
    unsigned char *copy;

    copy = fuzz_copy(data, size);
    if (copy == NULL) {
        return 0;
    }

    read_zone(sc_str_make(copy, size));
    free(copy);

    /* Two headers, each with one type and one character, then the rule. */

    copy = calloc(1, size + 104);
    if (copy == NULL) {
        return 0;
    }

    for (i = 0; i < 102; i += 51) {
        memcpy(copy + i, "TZif2", 5);
        copy[i + 39] = 1;
        copy[i + 43] = 1;
    }

    copy[102] = '\n';

    if (size != 0) {
        memcpy(copy + 103, data, size);
    }

    copy[103 + size] = '\n';

    read_zone(sc_str_make(copy, size + 104));
    free(copy);

    return 0;
}
