/*
 * schema_check.c: validation by walking schema and value together.
 *
 * Every keyword of a schema object is looked up in one table; what is not in
 * it makes the whole check fail.  Lengths count bytes, not characters: enough
 * for minLength, and stricter than the standard for maxLength.
 */

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "schema_check.h"


typedef struct {
    char  *problem;
    size_t size;
} schema_report_t;


typedef bool (*schema_keyword_fn)(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report);


typedef struct {
    const char       *name;
    schema_keyword_fn check;       /* NULL: says nothing about values */
} schema_keyword_t;


#define SCHEMA_PATH_SIZE  512


static bool schema_walk(json_t *schema, json_t *value,
    const char *path, const schema_report_t *report);


__attribute__((format(printf, 2, 3)))
static bool
schema_fail(const schema_report_t *report, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(report->problem, report->size, format, arguments);
    va_end(arguments);

    return false;
}


static bool
schema_is_type(const char *type, json_t *value)
{
    static const struct {
        const char *name;
        json_type   type;
    } types[] = {
        { "object", JSON_OBJECT },
        { "array", JSON_ARRAY },
        { "string", JSON_STRING },
        { "integer", JSON_INTEGER }
    };

    size_t i;

    if (strcmp(type, "boolean") == 0) {
        return json_is_boolean(value);
    }

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(type, types[i].name) == 0) {
            return json_typeof(value) == types[i].type;
        }
    }

    return false;
}


static bool
schema_type(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    (void) schema;

    return schema_is_type(json_string_value(rule), value)
           || schema_fail(report, "%s is not of type %s", path,
                          json_string_value(rule));
}


static bool
schema_const(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    (void) schema;

    return json_equal(rule, value)
           || schema_fail(report, "%s is not the constant", path);
}


static bool
schema_enum(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    size_t        i;
    json_t *item;

    (void) schema;

    json_array_foreach(rule, i, item) {
        if (json_equal(item, value)) {
            return true;
        }
    }

    return schema_fail(report, "%s is none of the enumeration", path);
}


static bool
schema_minimum(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    (void) schema;

    return !json_is_integer(value)
           || json_integer_value(value) >= json_integer_value(rule)
           || schema_fail(report, "%s is too small", path);
}


static bool
schema_min_length(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    (void) schema;

    return !json_is_string(value)
           || (json_int_t) json_string_length(value)
              >= json_integer_value(rule)
           || schema_fail(report, "%s is too short", path);
}


static bool
schema_max_length(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    (void) schema;

    return !json_is_string(value)
           || (json_int_t) json_string_length(value)
              <= json_integer_value(rule)
           || schema_fail(report, "%s is too long", path);
}


static bool
schema_pattern(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    bool    matches;
    regex_t regex;

    (void) schema;

    if (!json_is_string(value)) {
        return true;
    }

    if (regcomp(&regex, json_string_value(rule), REG_EXTENDED | REG_NOSUB)
        != 0)
    {
        return schema_fail(report, "%s: the pattern is malformed", path);
    }

    matches = regexec(&regex, json_string_value(value), 0, NULL, 0) == 0;
    regfree(&regex);

    return matches || schema_fail(report, "%s does not match", path);
}


static bool
schema_min_items(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    (void) schema;

    return !json_is_array(value)
           || (json_int_t) json_array_size(value) >= json_integer_value(rule)
           || schema_fail(report, "%s has too few items", path);
}


static bool
schema_min_properties(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    (void) schema;

    return !json_is_object(value)
           || (json_int_t) json_object_size(value) >= json_integer_value(rule)
           || schema_fail(report, "%s has too few members", path);
}


static bool
schema_items(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    char          deeper[SCHEMA_PATH_SIZE];
    size_t        i;
    json_t *item;

    (void) schema;

    json_array_foreach(value, i, item) {
        snprintf(deeper, sizeof(deeper), "%s/%zu", path, i);

        if (!schema_walk(rule, item, deeper, report)) {
            return false;
        }
    }

    return true;
}


static bool
schema_required(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    size_t        i;
    json_t *name;

    (void) schema;

    if (!json_is_object(value)) {
        return true;
    }

    json_array_foreach(rule, i, name) {
        if (json_object_get(value, json_string_value(name)) == NULL) {
            return schema_fail(report, "%s lacks %s", path,
                               json_string_value(name));
        }
    }

    return true;
}


static bool
schema_dependent_required(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    json_t     *names;
    const char *name;

    json_object_foreach(rule, name, names) {
        if (json_object_get(value, name) != NULL
            && !schema_required(schema, names, value, path, report))
        {
            return false;
        }
    }

    return true;
}


static bool
schema_properties(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    char        deeper[SCHEMA_PATH_SIZE];
    json_t     *member, *subschema;
    const char *name;

    (void) schema;

    json_object_foreach(value, name, member) {
        subschema = json_object_get(rule, name);
        snprintf(deeper, sizeof(deeper), "%s/%s", path, name);

        if (subschema != NULL
            && !schema_walk(subschema, member, deeper, report))
        {
            return false;
        }
    }

    return true;
}


static bool
schema_additional(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    json_t     *known, *member;
    const char *name;

    if (!json_is_false(rule)) {
        return schema_fail(report, "additionalProperties must be false");
    }

    known = json_object_get(schema, "properties");

    json_object_foreach(value, name, member) {
        if (json_object_get(known, name) == NULL) {
            return schema_fail(report, "%s/%s is not in the schema", path,
                               name);
        }
    }

    return true;
}


static bool
schema_all_of(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    size_t        i;
    json_t *item;

    (void) schema;

    json_array_foreach(rule, i, item) {
        if (!schema_walk(item, value, path, report)) {
            return false;
        }
    }

    return true;
}


static bool
schema_if(json_t *schema, json_t *rule, json_t *value,
    const char *path, const schema_report_t *report)
{
    char            unused[SCHEMA_PATH_SIZE];
    json_t         *branch;
    schema_report_t quiet;

    quiet.problem = unused;
    quiet.size = sizeof(unused);

    branch = json_object_get(schema, schema_walk(rule, value, path, &quiet)
                                     ? "then" : "else");

    return branch == NULL || schema_walk(branch, value, path, report);
}


static const schema_keyword_t schema_keywords[] = {
    { "$schema", NULL },
    { "$id", NULL },
    { "title", NULL },
    { "description", NULL },
    { "then", NULL },
    { "else", NULL },
    { "type", schema_type },
    { "const", schema_const },
    { "enum", schema_enum },
    { "minimum", schema_minimum },
    { "minLength", schema_min_length },
    { "maxLength", schema_max_length },
    { "pattern", schema_pattern },
    { "minItems", schema_min_items },
    { "minProperties", schema_min_properties },
    { "items", schema_items },
    { "required", schema_required },
    { "dependentRequired", schema_dependent_required },
    { "properties", schema_properties },
    { "additionalProperties", schema_additional },
    { "allOf", schema_all_of },
    { "if", schema_if }
};


static const schema_keyword_t *
schema_keyword(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(schema_keywords) / sizeof(schema_keywords[0]); i++)
    {
        if (strcmp(schema_keywords[i].name, name) == 0) {
            return &schema_keywords[i];
        }
    }

    return NULL;
}


static bool
schema_walk(json_t *schema, json_t *value, const char *path,
    const schema_report_t *report)
{
    json_t                 *rule;
    const char             *name;
    const schema_keyword_t *keyword;

    json_object_foreach(schema, name, rule) {
        keyword = schema_keyword(name);

        if (keyword == NULL) {
            return schema_fail(report, "keyword %s is not known", name);
        }

        if (keyword->check != NULL
            && !keyword->check(schema, rule, value, path, report))
        {
            return false;
        }
    }

    return true;
}


/* The schema alone, also where no value leads to. */
static bool
schema_is_known(json_t *schema, const schema_report_t *report)
{
    bool        known;
    size_t      i;
    json_t     *rule, *part;
    const char *name, *member;

    known = true;

    json_object_foreach(schema, name, rule) {
        if (schema_keyword(name) == NULL) {
            return schema_fail(report, "keyword %s is not known", name);
        }

        if (strcmp(name, "properties") == 0) {
            json_object_foreach(rule, member, part) {
                known = known && schema_is_known(part, report);
            }

        } else if (strcmp(name, "allOf") == 0) {
            json_array_foreach(rule, i, part) {
                known = known && schema_is_known(part, report);
            }

        } else if (strcmp(name, "items") == 0 || strcmp(name, "if") == 0
                   || strcmp(name, "then") == 0 || strcmp(name, "else") == 0)
        {
            known = known && schema_is_known(rule, report);
        }
    }

    return known;
}


bool
schema_check(json_t *schema, json_t *value, char *problem,
    size_t size)
{
    schema_report_t report;

    report.problem = problem;
    report.size = size;
    problem[0] = '\0';

    return schema_is_known(schema, &report)
           && schema_walk(schema, value, "", &report);
}
