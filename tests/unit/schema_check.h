/*
 * schema_check.h: a small JSON Schema (draft 2020-12) validator for tests.
 *
 * Knows exactly the keywords that conf/mention.schema.json uses.  A schema
 * with any other keyword is refused, so that no rule is skipped in silence.
 */

#ifndef SCHEMA_CHECK_H
#define SCHEMA_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>


/*
 * False when `value` does not fit; `problem` says where and why.  Also false
 * when the schema itself has a keyword or value that is not known here.
 */
bool schema_check(json_t *schema, json_t *value, char *problem,
    size_t size);

#endif /* SCHEMA_CHECK_H */
