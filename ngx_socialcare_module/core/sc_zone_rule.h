/*
 * sc_zone_rule.h: the rule that applies after a time zone's table: POSIX TZ,
 * as in a TZif footer.  Only sc_zone_info.c needs it.
 */

#ifndef SC_ZONE_RULE_H
#define SC_ZONE_RULE_H

#include "sc_zone_info.h"


/* Sets the rule's members of `zone`.  False when the text is not a rule. */
bool sc_zone_rule_read(sc_zone_info_t *zone, sc_str_t text);

/* As sc_zone_info_offset, by the rule alone. */
int32_t sc_zone_rule_offset(const sc_zone_info_t *zone, int64_t time,
    int64_t *until);

#endif /* SC_ZONE_RULE_H */
