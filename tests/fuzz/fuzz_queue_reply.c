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
    sc_str_t           reply, rest;
    sc_queue_line_t    line;
    sc_queue_depth_t   queue;
    sc_queue_sweep_t   sweep;
    sc_item_result_t   results[SC_FUZZ_RESULTS];
    sc_reply_class_t   reply_class;
    sc_queue_series_t  series;

    reply = sc_str_make(data, size);

    reply_class = sc_reply_classify(reply);
    if ((unsigned) reply_class >= SC_REPLY_CLASSES) {
        __builtin_trap();
    }

    rest = reply;
    line = sc_queue_read_begin(&rest) ? SC_QUEUE_LINE_QUEUE
                                      : SC_QUEUE_LINE_BAD;

    while (line == SC_QUEUE_LINE_QUEUE || line == SC_QUEUE_LINE_SERIES) {
        line = sc_queue_read_next(&rest, &queue, &series);

        if ((line == SC_QUEUE_LINE_QUEUE && queue.name.data == NULL)
            || (line == SC_QUEUE_LINE_SERIES && series.queue.data == NULL))
        {
            __builtin_trap();
        }
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
