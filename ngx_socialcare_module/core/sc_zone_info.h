/*
 * sc_zone_info.h: local time in a given zone: a reader of compiled time zones
 * (TZif, RFC 8536 and RFC 9636).
 *
 * The caller provides the file's bytes; nothing here opens files, reads the
 * environment or changes the process's own zone.  After the end of the table
 * the footer's rule (POSIX TZ) applies indefinitely.
 */

#ifndef SC_ZONE_INFO_H
#define SC_ZONE_INFO_H

#include "sc_arena.h"
#include "sc_str.h"


/* Ten times larger than any file of the time zone database. */
#define SC_ZONE_INFO_MAX_BYTES        (64 * 1024)
#define SC_ZONE_INFO_MAX_TRANSITIONS  4096


typedef enum {
    SC_ZONE_OK = 0,
    SC_ZONE_NOT_TZIF,
    SC_ZONE_TOO_LARGE,
    SC_ZONE_DAMAGED,           /* truncated, or contradicts itself */
    SC_ZONE_LEAP_SECONDS,      /* "right/…": its seconds are not Unix time */
    SC_ZONE_RULE,              /* the footer cannot be read */
    SC_ZONE_NO_MEMORY,
    SC_ZONE_RESULTS
} sc_zone_result_t;


typedef enum {
    SC_ZONE_JULIAN = 0,        /* Jn: 1 to 365, 29 February never counted */
    SC_ZONE_DAY,               /* n: 0 to 365, 29 February counted */
    SC_ZONE_WEEKDAY            /* Mm.w.d */
} sc_zone_rule_kind_t;


/* A moment of every year. */
typedef struct {
    sc_zone_rule_kind_t kind;
    unsigned            day;       /* of the year, or weekday, 0 is Sunday */
    unsigned            week;      /* 1 to 5, 5 is the last */
    unsigned            month;
    int32_t             seconds;   /* local time of that day */
} sc_zone_rule_t;


typedef struct {
    int64_t       *times;          /* of transitions, ascending; in the arena */
    unsigned char *types;          /* what applies from then: offsets index */
    size_t         count;
    int32_t        offsets[256];   /* seconds east of Greenwich */
    bool           has_rule;       /* the footer has a rule for later times */
    bool           has_daylight;
    int32_t        standard;
    int32_t        daylight;
    sc_zone_rule_t begin;          /* of daylight saving time */
    sc_zone_rule_t end;
} sc_zone_info_t;


/* On anything but SC_ZONE_OK the zone must not be used. */
sc_zone_result_t sc_zone_info_read(sc_zone_info_t *zone, sc_str_t bytes,
    sc_arena_t *arena);

/*
 * Seconds east of Greenwich at `time` (Unix seconds), and the first later
 * second at which that may change: INT64_MAX when it never will.  Where a rule
 * decides, times before 1970 or after SC_CALENDAR_LAST_S are clamped to that
 * range.
 */
int32_t sc_zone_info_offset(const sc_zone_info_t *zone, int64_t time,
    int64_t *until);

/* A sentence that says what to do; never NULL. */
const char *sc_zone_result_sentence(sc_zone_result_t result);

#endif /* SC_ZONE_INFO_H */
