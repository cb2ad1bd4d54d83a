/*
 * sc_replay.c: see sc_replay.h.  Must not allocate, lock or read a clock.
 */

#include "sc_multipart.h"
#include "sc_replay.h"


sc_replay_result_t
sc_replay_check(const sc_replay_table_t *table, uint64_t id, uint64_t content,
    int64_t now_s, int64_t until_s)
{
    size_t             i;
    sc_replay_entry_t *bucket, *victim;

    if (table->count < SC_REPLAY_WAYS) {
        return SC_REPLAY_NEW;
    }

    bucket = table->entries
             + id % (table->count / SC_REPLAY_WAYS) * SC_REPLAY_WAYS;
    victim = bucket;

    for (i = 0; i < SC_REPLAY_WAYS; i++) {
        if (bucket[i].until_s >= now_s && bucket[i].until_s != 0
            && bucket[i].id == id)
        {
            return bucket[i].content == content ? SC_REPLAY_SAME
                                                : SC_REPLAY_OTHER;
        }

        if (bucket[i].until_s < victim->until_s) {
            victim = &bucket[i];
        }
    }

    victim->id = id;
    victim->content = content;
    victim->until_s = until_s;

    return SC_REPLAY_NEW;
}


/* Chains digests: `sum` is the digest of everything so far. */
static uint64_t
sc_replay_chain(const unsigned char *key, uint64_t sum, sc_str_t text)
{
    uint64_t pair[2];

    pair[0] = sum;
    pair[1] = sc_siphash24(key, text);

    return sc_siphash24(key, sc_str_make((const unsigned char *) pair,
                                         sizeof(pair)));
}


uint64_t
sc_replay_id(const unsigned char key[SC_SIPHASH_KEY_SIZE], sc_str_t platform,
    sc_str_t id, int64_t signed_ms)
{
    uint64_t sum;

    sum = sc_replay_chain(key, (uint64_t) signed_ms, platform);

    return sc_replay_chain(key, sum, id);
}


static uint64_t
sc_replay_parts(const unsigned char *key, sc_str_t type, sc_str_t body)
{
    uint64_t            sum, part_sum;
    sc_multipart_t      reader;
    sc_multipart_part_t part;

    if (!sc_multipart_start(&reader, type, body)) {
        return sc_siphash24(key, body);
    }

    sum = 0;

    while (sc_multipart_next(&reader, &part)) {
        part_sum = sc_replay_chain(key, 0, part.name);
        part_sum = sc_replay_chain(key, part_sum, part.filename);
        sum += sc_replay_chain(key, part_sum, part.body);
    }

    /* A body that could not be parsed is compared byte by byte. */
    return reader.complete ? sum : sc_siphash24(key, body);
}


static uint64_t
sc_replay_fields(const unsigned char *key, sc_str_t form)
{
    uint64_t sum;
    sc_str_t field;

    sum = 0;

    while (sc_str_next(&form, '&', &field)) {
        sum += sc_replay_chain(key, 1, field);
    }

    return sum;
}


uint64_t
sc_replay_content(const unsigned char key[SC_SIPHASH_KEY_SIZE],
    const sc_request_t *request)
{
    uint64_t sum;
    sc_str_t type;

    type = sc_request_header(request, SC_STR("Content-Type"), NULL);

    if (sc_multipart_is(type)) {
        sum = sc_replay_parts(key, type, request->body);

    } else if (sc_str_starts_with(type,
                                  SC_STR("application/x-www-form-urlencoded")))
    {
        sum = sc_replay_fields(key, request->body);

    } else {
        sum = sc_siphash24(key, request->body);
    }

    return sc_replay_chain(key, sum, request->query);
}
