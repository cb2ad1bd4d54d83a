/*
 * spool_print.c: the records of one file as text or as lines of JSON.
 *
 * What customers wrote and who they are is shown only on demand.
 */

#define _GNU_SOURCE

#include "spool.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>


void
spool_print_gap(spool_walk_t *walk, sc_scan_event_t event,
    const sc_segment_record_t *record, const sc_spool_item_t *item)
{
    const sc_segment_scan_t *scan = &walk->account.scan;

    (void) record;
    (void) item;

    if (event != SC_SCAN_RECORD) {
        printf("  %s: offset %zu, %zu bytes: %s\n",
               event == SC_SCAN_GAP ? "damage" : "end", scan->bad_offset,
               scan->bad_length, sc_bad_reason_name(scan->bad_reason));
    }
}


static const char *
spool_kind_name(uint16_t kind)
{
    switch (kind) {
    case SC_SPOOL_MENTION:
        return "mention";
    case SC_SPOOL_REPLY:
        return "reply";
    case SC_SPOOL_QUARANTINE:
        return "quarantine";
    case SC_SPOOL_POSITION:
        return "position";
    default:
        return "unknown";
    }
}


/* Untrusted text on a terminal: no control character gets through. */
static void
spool_put_text(sc_str_t text)
{
    size_t        i;
    unsigned char c, next;

    for (i = 0; i < text.len; i++) {
        c = text.data[i];
        next = i + 1 < text.len ? text.data[i + 1] : 0;

        if (c < 0x20 || c == 0x7f || (c == 0xc2 && next < 0xa0)) {
            printf("\\x%02x", c);

        } else if (c >= 0x80 && c < 0xa0 && i != 0
                   && text.data[i - 1] == 0xc2)
        {
            printf("\\x%02x", c);

        } else {
            (void) putchar(c);
        }
    }
}


static void
spool_print_text(spool_walk_t *walk, sc_scan_event_t event,
    const sc_segment_record_t *record, const sc_spool_item_t *item)
{
    char     when[32];
    uint64_t position;

    if (event != SC_SCAN_RECORD) {
        spool_print_gap(walk, event, record, item);
        return;
    }

    spool_format_time(record->event_ms, when, sizeof(when));
    printf("%" PRIu64 " %s %s", record->sequence,
           spool_kind_name(record->kind), when);

    if (sc_segment_read_position(record, &position)) {
        printf(" done before %" PRIu64 "\n", position);
        return;
    }

    if (record->kind == SC_SPOOL_QUARANTINE) {
        printf(" reason=%s", sc_quarantine_reason_name(record->flags));

    } else if ((record->flags & SC_SPOOL_REINJECTED) != 0) {
        printf(" reinjected");
    }

    if (item == NULL) {
        printf(" unreadable bytes=%zu\n", record->payload.len);
        return;
    }

    printf(" tag=");
    spool_put_text(item->tag);
    printf(" queue=");
    spool_put_text(item->item.queue);
    printf(" channel=");
    spool_put_text(item->item.channel);
    printf(" format=%s clock=%s%s digest=%" PRId64 " bytes=%zu",
           sc_spool_format_name(item->item.format),
           sc_spool_clock_name(item->item.clock),
           item->item.dead ? " dead" : "", item->item.digest,
           item->item.record.len);

    if (walk->options->records) {
        printf(" thread=");
        spool_put_text(item->item.clock_key);
        printf("\n    ");
        spool_put_text(item->item.record);
    }

    (void) putchar('\n');
}


/* A JSON string of any bytes; what is not UTF-8 is written as \xNN. */
static json_t *
spool_json_text(sc_str_t text)
{
    FILE   *out;
    char   *escaped;
    size_t  i, size;
    json_t *value;

    value = json_stringn((const char *) text.data, text.len);

    if (value != NULL || text.len == 0) {
        return value != NULL ? value : json_string("");
    }

    out = open_memstream(&escaped, &size);
    if (out == NULL) {
        return NULL;
    }

    for (i = 0; i < text.len; i++) {
        fprintf(out, text.data[i] < 0x20 || text.data[i] >= 0x7f ? "\\x%02x"
                                                                 : "%c",
                text.data[i]);
    }

    (void) fclose(out);
    value = json_stringn(escaped, size);
    free(escaped);

    return value;
}


/* 64-bit numbers that a JSON reader may round are strings. */
static json_t *
spool_json_number(uint64_t value, bool is_negative)
{
    char digits[32];

    (void) snprintf(digits, sizeof(digits), "%s%" PRIu64,
                    is_negative ? "-" : "", value);

    return json_string(digits);
}


static json_t *
spool_json_digest(int64_t digest)
{
    return digest < 0 ? spool_json_number((uint64_t) 0 - (uint64_t) digest,
                                          true)
                      : spool_json_number((uint64_t) digest, false);
}


/* The record as the JSON it is; anything else as a string. */
static json_t *
spool_json_record(sc_str_t record)
{
    json_t *value;

    value = json_loadb((const char *) record.data, record.len,
                       JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    return value != NULL ? value : spool_json_text(record);
}


static void
spool_json_item(json_t *line, const sc_spool_item_t *item, bool records)
{
    const sc_queue_item_t *queued = &item->item;

    json_object_set_new(line, "tag", spool_json_text(item->tag));
    json_object_set_new(line, "queue", spool_json_text(queued->queue));
    json_object_set_new(line, "channel", spool_json_text(queued->channel));
    json_object_set_new(line, "sla_queue",
                        spool_json_text(queued->sla_queue));
    json_object_set_new(line, "format",
                        json_string(sc_spool_format_name(queued->format)));
    json_object_set_new(line, "clock",
                        json_string(sc_spool_clock_name(queued->clock)));
    json_object_set_new(line, "reason",
                        queued->clock == SC_CLOCK_CLOSE
                        ? spool_json_text(queued->detail) : json_string(""));
    json_object_set_new(line, "reach",
                        json_string(sc_reach_name(queued->reach)));
    json_object_set_new(line, "dead", json_boolean(queued->dead));
    json_object_set_new(line, "limit",
                        spool_json_number(queued->limit, false));
    json_object_set_new(line, "digest", spool_json_digest(queued->digest));
    json_object_set_new(line, "arrival_ms", json_integer(item->arrival_ms));
    json_object_set_new(line, "window_s", json_integer(item->window_s));

    if (queued->own_ms > 0) {
        json_object_set_new(line, "own_ms", json_integer(queued->own_ms));
    }

    if (queued->due_ms >= 0) {
        json_object_set_new(line, "due_ms", json_integer(queued->due_ms));
    }

    json_object_set_new(line, "bytes",
                        json_integer((json_int_t) queued->record.len));

    if (records) {
        json_object_set_new(line, "thread",
                            spool_json_text(queued->clock_key));
        json_object_set_new(line, "record",
                            spool_json_record(queued->record));
    }
}


static void
spool_print_json(spool_walk_t *walk, sc_scan_event_t event,
    const sc_segment_record_t *record, const sc_spool_item_t *item)
{
    json_t                  *line;
    uint64_t                 position;
    const sc_segment_scan_t *scan = &walk->account.scan;

    line = json_object();

    if (event != SC_SCAN_RECORD) {
        json_object_set_new(line, "damage",
                            json_string(sc_bad_reason_name(scan->bad_reason)));
        json_object_set_new(line, "offset",
                            json_integer((json_int_t) scan->bad_offset));
        json_object_set_new(line, "bytes",
                            json_integer((json_int_t) scan->bad_length));

    } else {
        json_object_set_new(line, "sequence",
                            spool_json_number(record->sequence, false));
        json_object_set_new(line, "kind",
                            json_string(spool_kind_name(record->kind)));
        json_object_set_new(line, "event_ms", json_integer(record->event_ms));

        if (record->kind == SC_SPOOL_QUARANTINE) {
            json_object_set_new(line, "quarantined",
                json_string(sc_quarantine_reason_name(record->flags)));

        } else {
            json_object_set_new(line, "reinjected",
                json_boolean((record->flags & SC_SPOOL_REINJECTED) != 0));
        }

        if (sc_segment_read_position(record, &position)) {
            json_object_set_new(line, "done_before",
                                spool_json_number(position, false));

        } else if (item != NULL) {
            spool_json_item(line, item, walk->options->records);

        } else {
            json_object_set_new(line, "unreadable_bytes",
                json_integer((json_int_t) record->payload.len));
        }
    }

    (void) json_dumpf(line, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    (void) putchar('\n');
    json_decref(line);
}


spool_exit_t
spool_print(const spool_options_t *options)
{
    char         notes[256];
    spool_file_t file;
    spool_exit_t result;
    spool_walk_t walk;

    memset(&walk, 0, sizeof(walk));
    walk.options = options;
    walk.visit = options->json ? spool_print_json : spool_print_text;

    result = spool_load(&file, options->source);

    if (result == SPOOL_OK) {
        spool_walk(&walk, &file);

        if (!spool_describe(&file, &walk.account, notes, sizeof(notes))) {
            spool_error(options->source, notes);
            result = SPOOL_FOUND;
        }
    }

    free(file.data);

    return result;
}
