/*
 * sc_cloudevents_value.c: the values of attributes that come as headers
 * (CloudEvents' HTTP binding, section 3.1.3.2).
 */

#include "sc_cloudevents.h"
#include "sc_json_write.h"


/*
 * "a \"b\"" is a "b": senders of older versions of the specification quote
 * instead of percent-encoding (HTTP binding, section 3.1.3.2).  False: no
 * memory.
 */
static bool
sc_cloudevents_unquote(sc_callback_t *callback, sc_str_t *value)
{
    size_t         i, n;
    sc_str_t       text;
    unsigned char *memory;

    text = *value;

    if (text.len < 2 || text.data[0] != '"' || text.data[text.len - 1] != '"')
    {
        return true;
    }

    memory = sc_arena_bytes(callback->arena, text.len);
    if (memory == NULL) {
        return false;
    }

    for (i = 1, n = 0; i + 1 < text.len; i++) {
        if (text.data[i] == '\\' && i + 2 < text.len) {
            i++;
        }

        memory[n++] = text.data[i];
    }

    *value = sc_str_make(memory, n);

    return true;
}


bool
sc_cloudevents_decode(sc_callback_t *callback, sc_str_t header,
    sc_str_t *value, sc_dead_reason_t *problem)
{
    *value = header;

    if (!sc_cloudevents_unquote(callback, value)) {
        return false;
    }

    if (!sc_percent_is_valid(*value)) {
        *problem = SC_DEAD_SYNTAX;
        return true;
    }

    if (!sc_percent_decode(callback->arena, *value, false, value)) {
        return false;
    }

    if (!sc_utf8_is_valid(*value)) {
        *problem = SC_DEAD_ENCODING;
    }

    return true;
}
