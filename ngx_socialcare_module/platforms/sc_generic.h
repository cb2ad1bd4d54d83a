/*
 * sc_generic.h: what the files of the generic receiver share.  Not to be
 * included elsewhere.
 */

#ifndef SC_GENERIC_H
#define SC_GENERIC_H

#include "sc_mapping.h"


/* Issuers and audiences that a JWT rule may name. */
#define SC_GENERIC_MAX_NAMES  4


typedef enum {
    SC_CHALLENGE_NONE = 0,
    SC_CHALLENGE_QUERY,        /* echo an argument of the URL */
    SC_CHALLENGE_JSON,         /* echo a member of the body */
    SC_CHALLENGE_HEADER,       /* echo a header, as body and as header */
    SC_CHALLENGE_TEXT          /* a fixed text */
} sc_challenge_t;


typedef enum {
    SC_CHECK_SIGNATURE = 0,    /* a GET is signed like a POST */
    SC_CHECK_TOKEN,            /* an argument is one of the verify tokens */
    SC_CHECK_NONE
} sc_challenge_check_t;


typedef struct {
    sc_verify_scheme_t   scheme;
    sc_mapping_t         mapping;

    bool                 algorithm_is_given;
    bool                 encoding_is_given;
    bool                 prefix_is_given;
    bool                 timestamp_format_is_given;

    sc_str_t             issuers[SC_GENERIC_MAX_NAMES];
    sc_str_t             audiences[SC_GENERIC_MAX_NAMES];

    bool                 only_get;
    bool                 with_get;
    bool                 body_is_optional;
    size_t               max_body;     /* 0: the server's limit alone */
    unsigned             on_fail;      /* 0: 401 */
    sc_answer_t          ok;           /* status 0: the usual one */

    sc_challenge_t       challenge;
    sc_str_t             challenge_name; /* or the fixed text */
    sc_str_t             when_pointer;
    sc_str_t             when_value;
    sc_challenge_check_t check;
    sc_str_t             check_name;
} sc_generic_options_t;


const char *sc_generic_set_option(void *data, sc_arena_t *arena,
    sc_str_t name, sc_str_t value);
const char *sc_generic_finish_options(void *data, sc_arena_t *arena);


/* Shared by the files that read the options. */

typedef struct {
    sc_str_t word;
    int      value;
} sc_generic_word_t;

#define SC_GENERIC_WORDS(table)  (table), sizeof(table) / sizeof((table)[0])

typedef const char *(*sc_generic_setter_fn)(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);

bool sc_generic_word(const sc_generic_word_t *table, size_t count,
    sc_str_t word, int *value);

/* Reads `on` or `off`; *on becomes `when_on` for `on`. */
const char *sc_generic_set_switch(bool *on, sc_str_t value, bool when_on);

const char *sc_generic_set_jwt_algorithms(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_jwt_issuer(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_jwt_audience(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_jwt_audience_url(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_jwt_email(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_jwt_body_hash(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_jwt_url_hash(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_jwt_require_exp(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_jwt_leeway(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_methods(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_on_fail(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_ok(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_body_required(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_max_body(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_challenge(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_challenge_when(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);
const char *sc_generic_set_challenge_check(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value);

#endif /* SC_GENERIC_H */
