
/*
 * ngx_socialcare_spool_read.c: scans the directory, adopts segments that have
 * no owner, and reads segments, in a thread.
 *
 * Files are read, not mapped: a disk error is an error here and does not kill
 * the worker.  The memory for it comes straight from the system and is returned
 * to it: kept in the allocator's arenas of one thread after the other, it would
 * make the worker grow for good.
 */

#include "ngx_socialcare_spool_file.h"

#include "sc_crc32c.h"
#include "sc_spool_item.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/mman.h>


/* Names beyond this are left to a later scan. */
#define NGX_SOCIALCARE_SPOOL_MAX_NAMES  65536


typedef struct {
    u_char                     text[SC_SPOOL_NAME_MAX + 1];
    size_t                     len;
    sc_spool_name_t            name;         /* its writer points into text */
} ngx_socialcare_spool_file_t;


uint32_t
ngx_socialcare_spool_name_hash(const u_char *name, size_t len)
{
    uint32_t  hash;

    hash = sc_crc32c(0, name, len);

    return hash == 0 ? 1 : hash;
}


static ngx_uint_t
ngx_socialcare_spool_is_ignored(ngx_socialcare_spool_scan_t *job,
    const u_char *name, size_t len)
{
    uint32_t    hash;
    ngx_uint_t  i;

    hash = ngx_socialcare_spool_name_hash(name, len);

    for (i = 0; i < NGX_SOCIALCARE_SPOOL_IGNORED; i++) {
        if (job->ignored[i] == hash) {
            return 1;
        }
    }

    return 0;
}


static int ngx_libc_cdecl
ngx_socialcare_spool_compare(const void *one, const void *two)
{
    sc_spool_name_t                     a, b;
    const ngx_socialcare_spool_file_t  *first, *second;

    first = one;
    second = two;

    /* Sorting has moved the texts that the names point into. */

    a = first->name;
    b = second->name;
    (void) sc_spool_name_parse(sc_str_make(first->text, first->len), &a);
    (void) sc_spool_name_parse(sc_str_make(second->text, second->len), &b);

    return sc_spool_name_compare(&a, &b);
}


static void
ngx_socialcare_spool_count(ngx_socialcare_spool_scan_t *job, int dir,
    const char *text, const sc_spool_name_t *name)
{
    struct stat  st;

    if (fstatat(dir, text, &st, AT_SYMLINK_NOFOLLOW) == -1) {
        return;
    }

    job->bytes += (uint64_t) st.st_size;

    if (name == NULL) {
        job->damaged++;
        return;
    }

    if (name->quarantine) {
        job->quarantined++;
        return;
    }

    job->segments++;

    if (job->oldest_ms == -1 || name->created_ms < job->oldest_ms) {
        job->oldest_ms = name->created_ms;
    }
}


static void
ngx_socialcare_spool_scan_fail(ngx_socialcare_spool_scan_t *job,
    const char *what)
{
    job->error.what = what;
    job->error.err = ngx_errno;
    job->error.reason = NGX_SOCIALCARE_SPOOL_FAILING;
}


/* NULL at the end, and with job->error if there is no telling what follows. */

static struct dirent *
ngx_socialcare_spool_next(ngx_socialcare_spool_scan_t *job, DIR *list)
{
    struct dirent  *item;

    ngx_set_errno(0);

    item = readdir(list);
    if (item == NULL && ngx_errno != 0) {
        ngx_socialcare_spool_scan_fail(job, "reading of the directory");
    }

    return item;
}


/* Lists the waiting segments' names; counts all files on the way. */

static ngx_uint_t
ngx_socialcare_spool_list(ngx_socialcare_spool_scan_t *job, int dir,
    DIR *list, ngx_socialcare_spool_file_t **files, ngx_log_t *log)
{
    ngx_uint_t                    count, size;
    struct dirent                *item;
    sc_spool_name_t               name;
    ngx_socialcare_spool_file_t  *grown, *file;

    count = 0;
    size = 0;
    *files = NULL;

    while ((item = ngx_socialcare_spool_next(job, list)) != NULL) {
        if (!sc_spool_name_parse(sc_str_from_cstring(item->d_name), &name)) {
            if (ngx_socialcare_spool_is_damaged(item->d_name)) {
                ngx_socialcare_spool_count(job, dir, item->d_name, NULL);
            }

            continue;
        }

        ngx_socialcare_spool_count(job, dir, item->d_name, &name);

        if (name.quarantine || job->spare == NULL
            || count == NGX_SOCIALCARE_SPOOL_MAX_NAMES)
        {
            continue;
        }

        if (count == size) {
            size = size ? 2 * size : 32;
            grown = ngx_alloc(size * sizeof(**files), log);
            if (grown == NULL) {
                ngx_socialcare_spool_scan_fail(job, "malloc()");
                break;
            }

            if (*files != NULL) {
                ngx_memcpy(grown, *files, count * sizeof(**files));
                ngx_free(*files);
            }

            *files = grown;
        }

        file = &(*files)[count++];
        file->len = ngx_strlen(item->d_name);
        ngx_memcpy(file->text, item->d_name, file->len + 1);
        file->name = name;
    }

    return count;
}


/* The descriptor of a file that nobody owned, now locked; or -1. */

static int
ngx_socialcare_spool_adopt(ngx_socialcare_spool_scan_t *job, int dir,
    const ngx_socialcare_spool_file_t *file)
{
    int  fd;

    if (ngx_socialcare_spool_is_ignored(job, file->text, file->len)) {
        return -1;
    }

    fd = openat(dir, (const char *) file->text,
                O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd == -1) {
        if (ngx_errno != ENOENT) {
            ngx_socialcare_spool_scan_fail(job, "open() of a segment");
        }

        return -1;
    }

    if (flock(fd, LOCK_EX | LOCK_NB) == -1
        || !ngx_socialcare_spool_is_linked(dir, (const char *) file->text, fd))
    {
        (void) close(fd);
        return -1;
    }

    return fd;
}


static void
ngx_socialcare_spool_adopt_first(ngx_socialcare_spool_scan_t *job, int dir,
    ngx_socialcare_spool_file_t *files, ngx_uint_t count)
{
    int                        fd;
    ngx_uint_t                 i;
    ngx_socialcare_segment_t  *segment;

    segment = job->spare;

    for (i = 0; i < count; i++) {
        fd = ngx_socialcare_spool_adopt(job, dir, &files[i]);

        if (fd == -1) {
            continue;
        }

        if (job->adopted) {

            /* Left to the next scan, or to another worker. */

            job->more = 1;
            (void) close(fd);
            return;
        }

        segment->fd = fd;
        segment->name_len = files[i].len;
        segment->adopted = 1;
        ngx_memcpy(segment->name, files[i].text, files[i].len + 1);
        job->adopted = 1;
    }
}


void
ngx_socialcare_spool_scan_thread(void *data, ngx_log_t *log)
{
    ngx_socialcare_spool_scan_t *job = data;

    int                           dir;
    DIR                          *list;
    ngx_uint_t                    count;
    ngx_socialcare_spool_file_t  *files;

    job->oldest_ms = -1;

    dir = open(job->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    list = dir == -1 ? NULL : fdopendir(dir);

    if (list == NULL) {
        ngx_socialcare_spool_scan_fail(job, "open() of the directory");

        if (dir != -1) {
            (void) close(dir);
        }

        return;
    }

    count = ngx_socialcare_spool_list(job, dir, list, &files, log);

    /* Of an incomplete list the oldest is not known: nothing is adopted. */

    if (count > 0 && job->error.reason == NGX_SOCIALCARE_SPOOL_OK) {
        ngx_qsort(files, (size_t) count, sizeof(ngx_socialcare_spool_file_t),
                  ngx_socialcare_spool_compare);
        ngx_socialcare_spool_adopt_first(job, dir, files, count);
    }

    if (files != NULL) {
        ngx_free(files);
    }

    (void) closedir(list);                   /* closes dir, too */
}


static void
ngx_socialcare_spool_load_fail(ngx_socialcare_spool_load_t *job,
    const char *what, ngx_err_t err)
{
    job->error.what = what;
    job->error.err = err;
    job->error.reason = NGX_SOCIALCARE_SPOOL_FAILING;
}


static ngx_int_t
ngx_socialcare_spool_read_file(ngx_socialcare_spool_load_t *job)
{
    void                      *data;
    size_t                     size;
    ssize_t                    n;
    struct stat                st;
    ngx_socialcare_segment_t  *segment;

    segment = job->segment;

    if (!segment->adopted
        && ngx_socialcare_segment_trim(segment, segment->used) != NGX_OK)
    {
        ngx_socialcare_spool_load_fail(job, "ftruncate()", ngx_errno);
        return NGX_ERROR;
    }

    if (fstat(segment->fd, &st) == -1) {
        ngx_socialcare_spool_load_fail(job, "fstat()", ngx_errno);
        return NGX_ERROR;
    }

    if (st.st_size > NGX_SOCIALCARE_SPOOL_MAX_FILE) {
        ngx_socialcare_spool_load_fail(job, "reading", EFBIG);
        return NGX_ERROR;
    }

    size = (size_t) st.st_size;

    data = mmap(NULL, size + 1, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (data == MAP_FAILED) {
        ngx_socialcare_spool_load_fail(job, "mmap()", ngx_errno);
        return NGX_ERROR;
    }

    segment->data = data;
    segment->data_size = size + 1;

    for (segment->len = 0; segment->len < size; segment->len += (size_t) n) {
        n = pread(segment->fd, segment->data + segment->len,
                  size - segment->len, (off_t) segment->len);

        if (n == -1 && ngx_errno == EINTR) {
            n = 0;
            continue;
        }

        if (n == -1) {
            ngx_socialcare_spool_load_fail(job, "pread()", ngx_errno);
            return NGX_ERROR;
        }

        /* Shorter than it says: what is missing must not pass for drained. */

        if (n == 0) {
            ngx_socialcare_spool_load_fail(job, "pread()", EIO);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_spool_keep(ngx_socialcare_segment_t *segment,
    const sc_segment_record_t *record, ngx_uint_t *size, ngx_log_t *log)
{
    sc_spool_item_t                item;
    ngx_socialcare_spool_entry_t  *grown, *entry;

    if (segment->count == *size) {
        *size = *size ? 2 * *size : 256;
        grown = ngx_alloc(*size * sizeof(ngx_socialcare_spool_entry_t), log);
        if (grown == NULL) {
            return NGX_ERROR;
        }

        if (segment->entries != NULL) {
            ngx_memcpy(grown, segment->entries, segment->count
                                     * sizeof(ngx_socialcare_spool_entry_t));
            ngx_free(segment->entries);
        }

        segment->entries = grown;
    }

    entry = &segment->entries[segment->count++];
    ngx_memzero(entry, sizeof(ngx_socialcare_spool_entry_t));

    entry->sequence = record->sequence;
    entry->offset = (uint32_t) (record->payload.data - segment->data);
    entry->len = (uint32_t) record->payload.len;
    entry->event_ms = record->event_ms;
    entry->kind = record->kind;
    entry->flags = record->flags;

    if (sc_spool_item_decode(record->payload, &item) == SC_SPOOL_ITEM_OK) {
        entry->bucket = (uint16_t) ngx_socialcare_spool_bucket(item.tag);
        entry->queue = ngx_socialcare_spool_queue(&item);
    }

    return NGX_OK;
}


/* What a previous owner has done is not done again. */

static void
ngx_socialcare_spool_load_states(ngx_socialcare_spool_load_t *job, size_t end,
    ngx_log_t *log)
{
    ngx_uint_t                 i;
    sc_segment_scan_t         *scan;
    ngx_socialcare_segment_t  *segment;

    segment = job->segment;
    scan = &segment->scan;

    /* If any bytes are in doubt, nothing is appended to them. */

    segment->end = (segment->header == SC_HEADER_OK && !segment->broken
                    && scan->gaps == 0 && scan->missing == 0
                    && scan->tail_bytes == 0 && scan->out_of_turn == 0
                    && scan->late == 0)
                   ? end : 0;
    segment->marked = 0;

    if (segment->adopted && segment->len > segment->end) {
        (void) ngx_socialcare_segment_trim(segment, segment->end);
    }

    if (segment->states != NULL) {
        if (segment->states_count == segment->count) {
            return;
        }

        /* The disk answers otherwise than before: from the beginning, then. */

        ngx_free(segment->states);
        segment->quarantine.len = 0;
        ngx_memzero(segment->quarantined, sizeof(segment->quarantined));
    }

    segment->states = ngx_calloc(segment->count + 1, log);
    segment->states_count = segment->count;
    segment->quarantine_at = segment->count;

    if (segment->states == NULL) {
        ngx_socialcare_spool_load_fail(job, "malloc()", ENOMEM);
        return;
    }

    for (i = 0; i < segment->count; i++) {
        if (segment->entries[i].sequence < segment->position) {
            segment->states[i] = NGX_SOCIALCARE_ENTRY_DONE;
        }
    }

    while (segment->marked < segment->count
           && segment->states[segment->marked] == NGX_SOCIALCARE_ENTRY_DONE)
    {
        segment->marked++;
    }
}


void
ngx_socialcare_spool_load_thread(void *data, ngx_log_t *log)
{
    ngx_socialcare_spool_load_t *job = data;

    size_t                     end;
    ngx_uint_t                 size;
    sc_scan_event_t            event;
    sc_segment_header_t        header;
    sc_segment_record_t        record;
    ngx_socialcare_segment_t  *segment;

    segment = job->segment;
    segment->count = 0;

    if (ngx_socialcare_spool_read_file(job) != NGX_OK) {
        return;
    }

    segment->header = sc_segment_read_header(
                                     sc_str_make(segment->data, segment->len),
                                     &header);

    if (segment->header == SC_HEADER_VERSION) {
        return;
    }

    sc_segment_scan(&segment->scan, sc_str_make(segment->data, segment->len),
                    segment->header == SC_HEADER_OK ? &header : NULL, true);

    size = 0;
    end = 0;

    do {
        event = sc_segment_next(&segment->scan, &record);

        if (event == SC_SCAN_RECORD) {
            end = segment->scan.at;
            segment->end_sequence = record.sequence + 1;

            if (sc_segment_read_position(&record, &segment->position)) {
                continue;
            }
        }

        if (event == SC_SCAN_RECORD
            && ngx_socialcare_spool_keep(segment, &record, &size, log)
               != NGX_OK)
        {
            ngx_socialcare_spool_load_fail(job, "malloc()", ENOMEM);
            return;
        }

    } while (event != SC_SCAN_END);

    ngx_socialcare_spool_load_states(job, end, log);
}
