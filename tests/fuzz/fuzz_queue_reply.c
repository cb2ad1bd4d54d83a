/*
 * fuzz_queue_reply.c: everything that is read from the server's answers.
 */

#include "sc_queue.h"
#include "sc_queue_read.h"


#define SC_FUZZ_RESULTS  64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sc_str_t           reply;
    sc_queue_depth_t   queues[3];
    sc_queue_sweep_t   sweep;
    sc_item_result_t   results[SC_FUZZ_RESULTS];
    sc_reply_class_t   reply_class;
    sc_queue_series_t  series[3];
    sc_queue_reading_t reading;

    reply = sc_str_make(data, size);

    reply_class = sc_reply_classify(reply);
    if ((unsigned) reply_class >= SC_REPLY_CLASSES) {
        __builtin_trap();
    }

    reading.queues = queues;
    reading.queues_max = 3;
    reading.series = series;
    reading.series_max = 3;

    if (sc_queue_read_reading(reply, &reading)
        && (reading.queues_count > 3 || reading.series_count > 3))
    {
        __builtin_trap();
    }

    if (sc_queue_read_sweep(reply, &sweep) && !sweep.taken
        && (sweep.missed != 0 || sweep.more))
    {
        __builtin_trap();
    }

    (void) sc_queue_read_result(reply, results,
                                size < SC_FUZZ_RESULTS ? size
                                                       : SC_FUZZ_RESULTS);

    return 0;
}
