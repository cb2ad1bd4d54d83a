/*
 * platform_fixture.h: one receiver of a platform and one callback run through
 * it, for tests of the platforms' files.  Memory is malloc's, so that
 * sanitizers see every overrun.
 */

#ifndef PLATFORM_FIXTURE_H
#define PLATFORM_FIXTURE_H

#include "sc_platform.h"


#define FIXTURE_NOW_MS     1768471300000
#define FIXTURE_ACCOUNTS   8
#define FIXTURE_HEADERS    8
#define FIXTURE_OPTIONS    4096


typedef struct fixture_block_s  fixture_block_t;


typedef struct {
    sc_source_t      source;
    sc_request_t     request;
    sc_callback_t    callback;
    sc_arena_t       arena;
    sc_verdict_t     verdict;
    sc_str_t         accounts[FIXTURE_ACCOUNTS];
    sc_str_t         tokens[FIXTURE_ACCOUNTS];
    sc_header_t      headers[FIXTURE_HEADERS];
    void            *options;
    unsigned char   *body;             /* exact size, nothing behind it */
    fixture_block_t *blocks;
} fixture_t;


/* Defaults: no account, limits of 1,000 events and 4 MB, the clock above. */
void fixture_init(fixture_t *fixture, const sc_platform_t *platform);
void fixture_free(fixture_t *fixture);

/* The next callbacks together may take this many bytes and no more. */
void fixture_limit_memory(fixture_t *fixture, size_t bytes);

/* What set_option says: NULL, or the problem. */
const char *fixture_option(fixture_t *fixture, const char *name,
    const char *value);
const char *fixture_finish_options(fixture_t *fixture);

void fixture_account(fixture_t *fixture, const char *account);
void fixture_token(fixture_t *fixture, const char *token);
void fixture_header(fixture_t *fixture, const char *name, const char *value);

/*
 * A fresh callback with this body; options, accounts and headers stay.
 * Results of the one before are gone.
 */
sc_parse_result_t fixture_parse(fixture_t *fixture, const char *body);
sc_parse_result_t fixture_parse_bytes(fixture_t *fixture, const void *body,
    size_t len);

/* The same, and fails the test unless it is SC_PARSE_OK with these counts. */
void fixture_expect(fixture_t *fixture, const char *body, size_t mentions,
    size_t dead);

/*
 * For JSON in C source: every ' of the text is read as ".  Parses and checks
 * like fixture_expect.
 */
void fixture_expect_quoted(fixture_t *fixture, const char *text,
    size_t mentions, size_t dead);
sc_parse_result_t fixture_parse_quoted(fixture_t *fixture, const char *text);

/* A GET with this query through platform->handshake. */
void fixture_handshake(fixture_t *fixture, const char *query);

/* Counted from 0; fails the test when there is none. */
sc_mention_t *fixture_mention(fixture_t *fixture, size_t index);
sc_dead_piece_t *fixture_dead(fixture_t *fixture, size_t index);


#define assert_text(value, text)                                              \
    fixture_assert_text(value, text, #value, __FILE__, __LINE__)

/* Also accepts NULL data for "". */
void fixture_assert_text(sc_str_t value, const char *text, const char *what,
    const char *file, int line);

#endif /* PLATFORM_FIXTURE_H */
