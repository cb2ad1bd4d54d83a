/*
 * sc_websub.h: shared by WebSub's files.  Not to be included elsewhere.
 */

#ifndef SC_WEBSUB_H
#define SC_WEBSUB_H

#include "sc_kit.h"


typedef struct {
    sc_kit_names_t     topics;
    sc_kit_names_t     unsubscribe;
    bool               algorithms_given;
    bool               refuse;
    sc_verify_scheme_t scheme;
} sc_websub_options_t;


/* What an entry may have. */
typedef enum {
    SC_FEED_NONE = 0,
    SC_FEED_ID,
    SC_FEED_VIDEO,
    SC_FEED_CHANNEL_ID,
    SC_FEED_TITLE,
    SC_FEED_SUMMARY,
    SC_FEED_BODY,
    SC_FEED_PUBLISHED,
    SC_FEED_UPDATED,
    SC_FEED_NAME,
    SC_FEED_URI,
    SC_FEED_PERSON,                    /* lea@example.org (Lea) */
    SC_FEED_LINK,
    SC_FEED_WHEN,                      /* from an attribute */
    SC_FEED_FIELDS
} sc_feed_field_t;


typedef struct {
    const char      *name;
    sc_feed_field_t  field;
    bool             person;           /* only inside author or by */
    bool             html;             /* its text is always markup */
} sc_feed_element_t;


typedef struct {
    const char              *root;
    const char              *entry;
    const char              *deleted;  /* NULL: none */
    const char              *id;       /* attribute that is the id, or NULL */
    bool                     needs_id; /* else a link will do, or the text */
    unsigned                 depth;    /* of entries */
    const sc_feed_element_t *elements;
    size_t                   count;
} sc_feed_format_t;


typedef struct {
    sc_callback_t          *callback;
    const sc_feed_format_t *format;
    sc_buf_t                text;
    sc_str_t                fields[SC_FEED_FIELDS];
    sc_str_t                name;      /* author of entries that name none */
    sc_str_t                uri;
    sc_feed_field_t         field;     /* being read now */
    unsigned                field_depth;
    size_t                  start;     /* of the entry */
    bool                    inside;    /* an entry */
    bool                    deleted;
    bool                    person;    /* author or by */
    bool                    html;      /* the field's text is markup */
    bool                    permalink; /* the id is also a link */
    bool                    foreign;   /* the entry is from another feed */
} sc_feed_t;


/* sc_websub_feed.c: a feed -> mentions. */
sc_parse_result_t sc_websub_parse(sc_callback_t *callback);

/* sc_websub_entry.c: the entry that was read -> a mention, or a dead piece. */
void sc_feed_add(const sc_feed_t *feed, sc_str_t raw);

#endif /* SC_WEBSUB_H */
