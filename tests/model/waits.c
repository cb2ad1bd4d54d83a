/*
 * waits.c: prints the durations around the bound of every bucket, and the
 * bucket that the core puts them in, for t/queue_script.t, which sends them
 * through the script and compares.
 */

#include "sc_waits.h"

#include <inttypes.h>
#include <stdio.h>


int
main(void)
{
    int64_t  ms, bound;
    unsigned bucket;

    for (bucket = 0; bucket < SC_WAITS - 1; bucket++) {
        bound = (int64_t) sc_wait_bound(bucket);

        for (ms = bound - 1; ms <= bound + 2; ms++) {
            printf("%" PRId64 " %u\n", ms, sc_wait_bucket(ms));
        }
    }

    printf("0 %u\n", sc_wait_bucket(0));
    printf("%d %u\n", INT32_MAX, sc_wait_bucket(INT32_MAX));

    return 0;
}
