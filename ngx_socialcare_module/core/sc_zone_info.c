/*
 * sc_zone_info.c: the table of a TZif file, and what applies after its end.
 *
 * Every count is checked against the bytes that are there before anything is
 * read; a file with an impossible value is refused as a whole.
 */

#include "sc_zone_info.h"

#include "sc_calendar.h"
#include "sc_zone_rule.h"


#define SC_TZIF_HEADER      44
#define SC_TZIF_TYPE        6

/* RFC 8536: offsets lie within these. */
#define SC_TZIF_OFFSET_MIN  (-89999)
#define SC_TZIF_OFFSET_MAX  93599


typedef struct {
    size_t utc_count;
    size_t std_count;
    size_t leap_count;
    size_t time_count;
    size_t type_count;
    size_t char_count;
} sc_tzif_counts_t;


static const char *const sc_zone_sentences[] = {
    "the zone can be used",
    "it is no compiled time zone (TZif)",
    "it is larger than any time zone",
    "it is damaged: install the package tzdata anew",
    "it counts leap seconds: use the zone without \"right/\"",
    "its rule for the future is not understood: install a newer tzdata",
    "there is no memory"
};


const char *
sc_zone_result_sentence(sc_zone_result_t result)
{
    return sc_zone_sentences[result];
}


static uint64_t
sc_tzif_word(const unsigned char *at, size_t size)
{
    uint64_t value;

    value = 0;

    while (size-- > 0) {
        value = value << 8 | *at++;
    }

    return value;
}


static int32_t
sc_tzif_int32(const unsigned char *at)
{
    return (int32_t) (uint32_t) sc_tzif_word(at, 4);
}


static int64_t
sc_tzif_time(const unsigned char *at, size_t size)
{
    return size == 4 ? sc_tzif_int32(at) : (int64_t) sc_tzif_word(at, 8);
}


static sc_zone_result_t
sc_tzif_header(sc_str_t bytes, sc_tzif_counts_t *counts, unsigned char *version)
{
    const unsigned char *at;

    if (bytes.len < SC_TZIF_HEADER
        || memcmp(bytes.data, "TZif", 4) != 0)
    {
        return SC_ZONE_NOT_TZIF;
    }

    *version = bytes.data[4];
    at = bytes.data + 20;

    counts->utc_count = (size_t) sc_tzif_word(at, 4);
    counts->std_count = (size_t) sc_tzif_word(at + 4, 4);
    counts->leap_count = (size_t) sc_tzif_word(at + 8, 4);
    counts->time_count = (size_t) sc_tzif_word(at + 12, 4);
    counts->type_count = (size_t) sc_tzif_word(at + 16, 4);
    counts->char_count = (size_t) sc_tzif_word(at + 20, 4);

    /* So that the sum below cannot overflow; types are one byte. */

    if (counts->utc_count > 256 || counts->std_count > 256
        || counts->leap_count > SC_ZONE_INFO_MAX_TRANSITIONS
        || counts->time_count > SC_ZONE_INFO_MAX_TRANSITIONS
        || counts->type_count > 256
        || counts->char_count > SC_ZONE_INFO_MAX_BYTES)
    {
        return SC_ZONE_TOO_LARGE;
    }

    return SC_ZONE_OK;
}


/* Bytes of the block after the header. */
static size_t
sc_tzif_size(const sc_tzif_counts_t *counts, size_t word)
{
    return counts->time_count * (word + 1) + counts->type_count * SC_TZIF_TYPE
           + counts->char_count + counts->leap_count * (word + 4)
           + counts->std_count + counts->utc_count;
}


static sc_zone_result_t
sc_tzif_types(sc_zone_info_t *zone, const unsigned char *at, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++, at += SC_TZIF_TYPE) {
        zone->offsets[i] = sc_tzif_int32(at);

        if (zone->offsets[i] < SC_TZIF_OFFSET_MIN
            || zone->offsets[i] > SC_TZIF_OFFSET_MAX)
        {
            return SC_ZONE_DAMAGED;
        }
    }

    return SC_ZONE_OK;
}


static sc_zone_result_t
sc_tzif_table(sc_zone_info_t *zone, const unsigned char *at,
    const sc_tzif_counts_t *counts, size_t word, sc_arena_t *arena)
{
    size_t               i;
    const unsigned char *types;

    if (counts->leap_count != 0) {
        return SC_ZONE_LEAP_SECONDS;
    }

    if (counts->type_count == 0) {
        return SC_ZONE_DAMAGED;
    }

    zone->count = counts->time_count;
    zone->times = sc_arena_alloc(arena, (zone->count + 1) * sizeof(int64_t));
    zone->types = sc_arena_bytes(arena, zone->count + 1);

    if (zone->times == NULL || zone->types == NULL) {
        return SC_ZONE_NO_MEMORY;
    }

    types = at + zone->count * word;

    for (i = 0; i < zone->count; i++) {
        zone->times[i] = sc_tzif_time(at + i * word, word);
        zone->types[i] = types[i];

        if (types[i] >= counts->type_count
            || (i > 0 && zone->times[i] <= zone->times[i - 1]))
        {
            return SC_ZONE_DAMAGED;
        }
    }

    return sc_tzif_types(zone, types + zone->count, counts->type_count);
}


/* "\n" rule "\n"; the rule may be empty. */
static sc_zone_result_t
sc_tzif_footer(sc_zone_info_t *zone, sc_str_t footer)
{
    size_t end;

    if (footer.len < 2 || footer.data[0] != '\n') {
        return SC_ZONE_DAMAGED;
    }

    footer = sc_str_from(footer, 1);
    end = sc_str_find_byte(footer, '\n');

    if (end == footer.len) {
        return SC_ZONE_DAMAGED;
    }

    footer = sc_str_first(footer, end);

    if (footer.len == 0) {
        return SC_ZONE_OK;
    }

    zone->has_rule = sc_zone_rule_read(zone, footer);

    return zone->has_rule ? SC_ZONE_OK : SC_ZONE_RULE;
}


sc_zone_result_t
sc_zone_info_read(sc_zone_info_t *zone, sc_str_t bytes, sc_arena_t *arena)
{
    size_t            size, word;
    unsigned char     version, second;
    sc_tzif_counts_t  counts;
    sc_zone_result_t  result;

    memset(zone, 0, sizeof(*zone));

    if (bytes.len > SC_ZONE_INFO_MAX_BYTES) {
        return SC_ZONE_TOO_LARGE;
    }

    result = sc_tzif_header(bytes, &counts, &version);
    if (result != SC_ZONE_OK) {
        return result;
    }

    word = 4;
    size = sc_tzif_size(&counts, word);

    if (size > bytes.len - SC_TZIF_HEADER) {
        return SC_ZONE_DAMAGED;
    }

    /* From version 2 on, the same data follows again, with 64-bit times. */

    if (version != 0) {
        bytes = sc_str_from(bytes, SC_TZIF_HEADER + size);
        result = sc_tzif_header(bytes, &counts, &second);

        if (result != SC_ZONE_OK) {
            return result == SC_ZONE_NOT_TZIF ? SC_ZONE_DAMAGED : result;
        }

        word = 8;
        size = sc_tzif_size(&counts, word);

        if (size > bytes.len - SC_TZIF_HEADER) {
            return SC_ZONE_DAMAGED;
        }
    }

    result = sc_tzif_table(zone, bytes.data + SC_TZIF_HEADER, &counts, word,
                           arena);

    if (result != SC_ZONE_OK || version == 0) {
        return result;
    }

    return sc_tzif_footer(zone, sc_str_from(bytes, SC_TZIF_HEADER + size));
}


/* The index of the last transition that is not after `time`. */
static size_t
sc_zone_find(const sc_zone_info_t *zone, int64_t time)
{
    size_t low, high, middle;

    low = 0;
    high = zone->count;

    while (high - low > 1) {
        middle = low + (high - low) / 2;

        if (zone->times[middle] <= time) {
            low = middle;

        } else {
            high = middle;
        }
    }

    return low;
}


int32_t
sc_zone_info_offset(const sc_zone_info_t *zone, int64_t time, int64_t *until)
{
    size_t i;

    if (zone->count > 0) {

        if (time < zone->times[0]) {
            *until = zone->times[0];
            return zone->offsets[0];
        }

        i = sc_zone_find(zone, time);

        if (i + 1 < zone->count) {
            *until = zone->times[i + 1];
            return zone->offsets[zone->types[i]];
        }

        if (!zone->has_rule) {
            *until = INT64_MAX;
            return zone->offsets[zone->types[i]];
        }

    } else if (!zone->has_rule) {
        *until = INT64_MAX;
        return zone->offsets[0];
    }

    return sc_zone_rule_offset(zone, time, until);
}
