/*
 * spool.h: what the parts of socialcare-spool share: options, a file in
 * memory, a walk over its records.
 */

#ifndef SPOOL_H
#define SPOOL_H

#include <stdio.h>

#include "sc_segment.h"
#include "sc_spool_item.h"
#include "sc_spool_name.h"


/* Far larger than any segment: a larger file is not ours. */
#define SPOOL_MAX_FILE  (64 * 1024 * 1024)


/* Exit codes; for several files the greatest one is returned. */
typedef enum {
    SPOOL_OK = 0,
    SPOOL_FOUND = 1,           /* damage, or something was left undone */
    SPOOL_USAGE = 2,
    SPOOL_FAILED = 3           /* could not read or write */
} spool_exit_t;


typedef struct {
    const char *command;
    const char *source;
    const char *target;        /* --to */
    bool        json;
    bool        records;
    bool        salvage;
} spool_options_t;


typedef struct {
    const char     *path;
    const char     *base;
    sc_spool_name_t name;
    bool            is_named;  /* `name` is set */
    bool            in_use;    /* somebody holds its lock */
    unsigned char  *data;
    size_t          len;
} spool_file_t;


/* What reading one file has found. */
typedef struct {
    sc_header_status_t  header_status;
    sc_segment_header_t header;
    sc_segment_scan_t   scan;
    uint64_t            items;       /* records without positions */
    uint64_t            unreadable;  /* of these, not a valid item */
    int64_t             oldest_ms;   /* event, -1 none */
} spool_account_t;


typedef struct spool_walk_s  spool_walk_t;

/* One step of the scanner; `item` is NULL for anything but a valid item. */
typedef void (*spool_visit_fn)(spool_walk_t *walk, sc_scan_event_t event,
    const sc_segment_record_t *record, const sc_spool_item_t *item);

struct spool_walk_s {
    const spool_options_t *options;
    spool_visit_fn         visit;    /* NULL: only count */
    spool_account_t        account;
    sc_buf_t               out;      /* reinject: the new segment */
    sc_segment_header_t    header;   /* reinject: its header */
    uint64_t               taken;    /* reinject: records in `out` */
};


/*
 * The spool's files of a directory, oldest first, as paths.  `others` counts
 * what else is there.
 */
typedef struct {
    char  **paths;
    size_t  count;
    size_t  others;
} spool_directory_t;


typedef spool_exit_t (*spool_file_fn)(const spool_options_t *options,
    const char *path);


/* spool_file.c */

void spool_error(const char *path, const char *text);

/* For a call that has set errno; always SPOOL_FAILED. */
spool_exit_t spool_failed(const char *path, const char *what);

/* realloc() that ends the program when there is no memory. */
void *spool_memory(void *old, size_t size);

/* For sc_buf_t. */
unsigned char *spool_grow(void *owner, unsigned char *old, size_t used,
    size_t size);

/* directory/name + suffix, to be freed; no slash for an empty directory. */
char *spool_join(const char *directory, const char *name, const char *suffix);

/* Clears *file and fills in what the path says. */
void spool_file_name(spool_file_t *file, const char *path);

/* Opens a regular file; a symbolic link is refused.  -1: reported why. */
int spool_open(const char *path);

/* Both fill file->data, to be freed also after a failure. */
spool_exit_t spool_read(spool_file_t *file, int fd);
spool_exit_t spool_load(spool_file_t *file, const char *path);

/* Scans the file with resync; fills walk->account, calls walk->visit. */
void spool_walk(spool_walk_t *walk, const spool_file_t *file);

/* True if nothing is wrong; else `text` lists what is, comma-separated. */
bool spool_describe(const spool_file_t *file, const spool_account_t *account,
    char *text, size_t size);

void spool_format_time(int64_t ms, char *text, size_t size);

spool_exit_t spool_read_directory(spool_directory_t *directory,
    const char *path);
void spool_free_directory(spool_directory_t *directory);
bool spool_is_directory(const char *path);

spool_exit_t spool_worse(spool_exit_t a, spool_exit_t b);

/* Runs `command` over one file, or over a directory's. */
spool_exit_t spool_each(const spool_options_t *options, spool_file_fn command,
    bool only_quarantine);


/* spool_print.c */

spool_exit_t spool_print(const spool_options_t *options);

/* A spool_visit_fn that prints damage only. */
void spool_print_gap(spool_walk_t *walk, sc_scan_event_t event,
    const sc_segment_record_t *record, const sc_spool_item_t *item);


/* spool_reinject.c */

spool_exit_t spool_reinject(const spool_options_t *options);

#endif /* SPOOL_H */
