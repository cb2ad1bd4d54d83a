/*
 * platform_fuzz.h: one callback through a platform's file, for fuzz targets:
 * memory that is counted and given back, and what must hold of every result.
 */

#ifndef PLATFORM_FUZZ_H
#define PLATFORM_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "sc_json_write.h"
#include "sc_platform.h"


#define PLATFORM_FUZZ_EVENTS  200
#define PLATFORM_FUZZ_BLOCKS  4096

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


typedef struct {
    void  *blocks[PLATFORM_FUZZ_BLOCKS];
    size_t count;
} fuzz_memory_t;


static inline void *
fuzz_block(void *owner, size_t size)
{
    fuzz_memory_t *memory;

    memory = owner;

    if (memory->count == PLATFORM_FUZZ_BLOCKS) {
        return NULL;
    }

    memory->blocks[memory->count] = malloc(size);

    return memory->blocks[memory->count++];
}


static inline void
fuzz_free(fuzz_memory_t *memory)
{
    while (memory->count != 0) {
        free(memory->blocks[--memory->count]);
    }
}


/* Reads every byte; `strict`: nothing but UTF-8 may come out. */
static inline void
fuzz_check_text(sc_str_t text, bool strict)
{
    size_t                 i;
    volatile unsigned char sum;

    CHECK(text.len == 0 || text.data != NULL);

    sum = 0;

    for (i = 0; i < text.len; i++) {
        sum = (unsigned char) (sum ^ text.data[i]);
    }

    (void) sum;

    CHECK(!strict || sc_utf8_is_valid(text));
}


/*
 * What is automatic of customers: mail of machines, also where Chatwoot passes
 * it on, and a chat that was opened in WhatsApp.
 */
static inline bool
fuzz_may_be_automatic(const sc_mention_t *mention)
{
    return mention->direction == SC_DIRECTION_OUT
           || mention->channel == SC_CHANNEL_EMAIL
           || sc_str_eq(mention->platform, SC_STR("chatwoot"))
           || (sc_str_eq(mention->platform, SC_STR("whatsapp"))
               && sc_str_eq(mention->status, SC_STR("request_welcome")));
}


static inline void
fuzz_check_mention(const sc_mention_t *mention, bool strict)
{
    size_t            i;
    const sc_media_t *media;
    const sc_extra_t *extra;

    CHECK(mention->kind < SC_KINDS);
    CHECK(mention->channel < SC_CHANNELS);
    CHECK(mention->action <= SC_ACTION_DELETE);
    CHECK(mention->direction <= SC_DIRECTION_NONE);
    CHECK(mention->event.len != 0);
    CHECK(mention->created_ms >= -1 && mention->edited_ms >= -1);
    CHECK(mention->duration_s >= -1 && mention->rating >= -1);
    CHECK(!mention->automatic || fuzz_may_be_automatic(mention));
    CHECK(mention->action != SC_ACTION_EDIT || mention->clock_key.len == 0);
    CHECK(!mention->no_answer || mention->clock_key.len == 0);

    const sc_str_t texts[] = {
        mention->platform, mention->event, mention->account, mention->object,
        mention->thread, mention->parent, mention->author.id,
        mention->author.name, mention->author.handle, mention->recipient,
        mention->clock_key, mention->text, mention->lang, mention->subject,
        mention->url, mention->reaction, mention->status, mention->notice,
        mention->queue, mention->raw
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fuzz_check_text(texts[i], strict);
    }

    for (media = mention->media; media != NULL; media = media->next) {
        fuzz_check_text(media->type, strict);
        fuzz_check_text(media->url, strict);
        fuzz_check_text(media->ref, strict);
    }

    for (extra = mention->extra; extra != NULL; extra = extra->next) {
        fuzz_check_text(extra->value, strict);
    }

    CHECK(mention->part.number >= -1 && mention->part.total >= -1);
    fuzz_check_text(mention->part.ref, strict);
}


static inline void
fuzz_check_callback(const sc_callback_t *callback, bool strict)
{
    size_t                 count;
    const sc_mention_t    *mention;
    const sc_dead_piece_t *piece;

    count = 0;

    for (mention = callback->first; mention != NULL; mention = mention->next) {
        fuzz_check_mention(mention, strict);
        count++;
    }

    CHECK(count == callback->count);
    count = 0;

    for (piece = callback->dead_pieces; piece != NULL; piece = piece->next) {
        CHECK(piece->reason > SC_DEAD_NONE && piece->reason < SC_DEAD_REASONS);
        fuzz_check_text(piece->raw, strict);
        count++;
    }

    CHECK(count == callback->dead_count);
    CHECK(callback->count + callback->dead_count <= PLATFORM_FUZZ_EVENTS);
}


static inline void
fuzz_set_limits(sc_source_t *source)
{
    source->max_events = PLATFORM_FUZZ_EVENTS;
    source->json_limits.depth = 32;
    source->json_limits.tokens = 65536;
    source->json_limits.string_bytes = 65536;
}


/* Parses and judges the result. */
static inline sc_parse_result_t
fuzz_parse(sc_callback_t *callback, bool strict)
{
    sc_parse_result_t result;

    result = sc_platform_parse(callback);

    switch (result) {

    case SC_PARSE_OK:
        fuzz_check_callback(callback, strict);
        fuzz_check_text(callback->answer.body, strict);
        break;

    case SC_PARSE_DEAD:
        CHECK(callback->dead > SC_DEAD_NONE
              && callback->dead < SC_DEAD_REASONS);
        CHECK(callback->count == 0 && callback->dead_count == 0);
        break;

    case SC_PARSE_TOO_LARGE:
        break;
    }

    return result;
}


/* A copy of its exact size, so that a sanitizer sees one byte too many. */
static inline unsigned char *
fuzz_copy(const uint8_t *data, size_t size)
{
    unsigned char *copy;

    copy = malloc(size == 0 ? 1 : size);

    if (copy != NULL && size != 0) {
        memcpy(copy, data, size);
    }

    return copy;
}

#endif /* PLATFORM_FUZZ_H */
