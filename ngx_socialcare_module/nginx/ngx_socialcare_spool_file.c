
/*
 * ngx_socialcare_spool_file.c: creates, writes, syncs and removes files, in a
 * thread.
 *
 * The rules are those of sc_segment.h.  A file is under flock() from creation
 * to removal; the lock belongs to the descriptor, so no process can lose it by
 * closing another one, and a killed worker's lock is released at once.
 */

#include "ngx_socialcare_buf.h"
#include "ngx_socialcare_spool_file.h"

#include "sc_crc32c.h"
#include "sc_le.h"
#include "sc_siphash.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/statvfs.h>


#define NGX_SOCIALCARE_SPOOL_TRIES  3


ngx_socialcare_segment_t *
ngx_socialcare_segment_create(ngx_log_t *log)
{
    ngx_socialcare_segment_t  *segment;

    segment = ngx_calloc(sizeof(ngx_socialcare_segment_t), log);
    if (segment == NULL) {
        return NULL;
    }

    segment->fd = -1;
    ngx_socialcare_buf_init(&segment->quarantine,
                            NGX_SOCIALCARE_SPOOL_MAX_FILE, log);

    return segment;
}


/* Frees what a parked segment does not need while it waits. */

void
ngx_socialcare_segment_unload(ngx_socialcare_segment_t *segment)
{
    if (segment->data != NULL) {
        (void) munmap(segment->data, segment->data_size);
        segment->data = NULL;
    }

    if (segment->entries != NULL) {
        ngx_free(segment->entries);
        segment->entries = NULL;
    }
}


void
ngx_socialcare_segment_free(ngx_socialcare_segment_t *segment)
{
    ngx_socialcare_segment_unload(segment);

    if (segment->states != NULL) {
        ngx_free(segment->states);
    }

    ngx_socialcare_buf_reset(&segment->quarantine, 0);

    if (segment->fd != -1) {
        (void) close(segment->fd);
    }

    ngx_free(segment);
}


ngx_int_t
ngx_socialcare_segment_trim(ngx_socialcare_segment_t *segment, size_t size)
{
    if (size == 0 || segment->broken) {
        return NGX_OK;
    }

    return ftruncate(segment->fd, (off_t) size) == -1 ? NGX_ERROR : NGX_OK;
}


ngx_uint_t
ngx_socialcare_spool_bucket(sc_str_t tag)
{
    return sc_crc32c(0, tag.data, tag.len) % NGX_SOCIALCARE_SPOOL_BUCKETS;
}


uint64_t
ngx_socialcare_spool_queue(const sc_spool_item_t *item)
{
    u_char  key[SC_SIPHASH_KEY_SIZE];

    ngx_memzero(key, sizeof(key));
    key[0] = (u_char) item->item.format;
    key[1] = (u_char) item->item.dead;

    sc_le_put64(key, sc_siphash24(key, item->tag));
    sc_le_put64(key + 8, item->item.limit);

    return sc_siphash24(key, item->item.queue);
}


static void
ngx_socialcare_spool_fail(ngx_socialcare_spool_error_t *error,
    const char *what, ngx_err_t err)
{
    error->what = what;
    error->err = err;
    error->reason = (err == ENOSPC || err == EDQUOT)
                    ? NGX_SOCIALCARE_SPOOL_NO_SPACE
                    : NGX_SOCIALCARE_SPOOL_FAILING;
}


ngx_int_t
ngx_socialcare_spool_pwrite(int fd, const u_char *data, size_t len,
    size_t offset)
{
    ssize_t  n;

    while (len > 0) {
        n = pwrite(fd, data, len, (off_t) offset);

        if (n == -1 && ngx_errno == EINTR) {
            continue;
        }

        if (n <= 0) {
            if (n == 0) {
                ngx_set_errno(ENOSPC);
            }

            return NGX_ERROR;
        }

        data += n;
        offset += (size_t) n;
        len -= (size_t) n;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_spool_write_synced(int fd, const u_char *data, size_t len,
    size_t offset, ngx_socialcare_spool_error_t *error)
{
    if (ngx_socialcare_spool_pwrite(fd, data, len, offset) != NGX_OK) {
        ngx_socialcare_spool_fail(error, "pwrite()", ngx_errno);
        return NGX_ERROR;
    }

    if (fdatasync(fd) == -1) {
        ngx_socialcare_spool_fail(error, "fdatasync()", ngx_errno);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_socialcare_spool_is_damaged(const char *name)
{
    size_t  len;

    len = ngx_strlen(name);

    return len > sizeof(NGX_SOCIALCARE_SPOOL_DAMAGED) - 1
           && ngx_strcmp(name + len + 1 - sizeof(NGX_SOCIALCARE_SPOOL_DAMAGED),
                         NGX_SOCIALCARE_SPOOL_DAMAGED) == 0;
}


/* Bytes of all the spool's files, those set aside included. */

static ngx_int_t
ngx_socialcare_spool_used(int dir, uint64_t *used)
{
    int               fd;
    DIR              *list;
    ngx_err_t         err;
    struct stat       st;
    struct dirent    *item;
    sc_spool_name_t   name;

    *used = 0;

    fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) {
        return NGX_ERROR;
    }

    list = fdopendir(fd);
    if (list == NULL) {
        (void) close(fd);
        return NGX_ERROR;
    }

    for ( ;; ) {
        ngx_set_errno(0);

        item = readdir(list);
        if (item == NULL) {
            err = ngx_errno;
            break;
        }

        if ((sc_spool_name_parse(sc_str_from_cstring(item->d_name), &name)
             || ngx_socialcare_spool_is_damaged(item->d_name))
            && fstatat(dir, item->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        {
            *used += (uint64_t) st.st_size;
        }
    }

    (void) closedir(list);
    ngx_set_errno(err);

    return err == 0 ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_socialcare_spool_has_room(ngx_socialcare_spool_write_t *job, int dir)
{
    uint64_t        used, unit;
    struct statvfs  fs;

    if (ngx_socialcare_spool_used(dir, &used) != NGX_OK
        || fstatvfs(dir, &fs) == -1)
    {
        ngx_socialcare_spool_fail(&job->error, "statvfs()", ngx_errno);
        return NGX_ERROR;
    }

    unit = fs.f_frsize ? fs.f_frsize : fs.f_bsize;

    switch (sc_spool_room(job->limits, used, unit * fs.f_blocks,
                          unit * fs.f_bavail, SC_SEGMENT_SIZE))
    {
    case SC_ROOM_CAP:
        job->error.reason = NGX_SOCIALCARE_SPOOL_CAP;
        return NGX_ERROR;

    case SC_ROOM_RESERVE:
        job->error.reason = NGX_SOCIALCARE_SPOOL_RESERVE;
        return NGX_ERROR;

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_socialcare_spool_make_name(int64_t created_ms, uint64_t number,
    ngx_uint_t quarantine, u_char *text, size_t *len)
{
    u_char           pid[NGX_INT64_LEN];
    sc_buf_t         buf;
    sc_spool_name_t  name;

    name.created_ms = created_ms;
    name.writer = sc_str_make(pid, (size_t)
                          (ngx_snprintf(pid, sizeof(pid), "%P", ngx_pid)
                           - pid));
    name.sequence = number;
    name.quarantine = quarantine;

    sc_buf_init_fixed(&buf, text, SC_SPOOL_NAME_MAX);

    if (!sc_spool_name_write(&buf, &name)) {
        return NGX_ERROR;
    }

    text[buf.len] = '\0';
    *len = buf.len;

    return NGX_OK;
}


ngx_uint_t
ngx_socialcare_spool_is_linked(int dir, const char *name, int fd)
{
    struct stat  st, named;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
           && fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0
           && st.st_ino == named.st_ino && st.st_dev == named.st_dev;
}


/*
 * An adopter may find the new file before it is locked, take it for a
 * leftover and remove it: then the next name is tried.
 */

static ngx_int_t
ngx_socialcare_spool_create_file(ngx_socialcare_spool_write_t *job, int dir)
{
    ngx_uint_t                 i;
    ngx_socialcare_segment_t  *segment;

    segment = job->spare;

    for (i = 0; i < NGX_SOCIALCARE_SPOOL_TRIES; i++) {

        if (ngx_socialcare_spool_make_name(job->created_ms, job->number++, 0,
                                           segment->name, &segment->name_len)
            != NGX_OK)
        {
            ngx_socialcare_spool_fail(&job->error, "naming", EINVAL);
            return NGX_ERROR;
        }

        segment->fd = openat(dir, (char *) segment->name,
                             O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                             0600);

        if (segment->fd == -1) {
            ngx_socialcare_spool_fail(&job->error, "open()", ngx_errno);

            if (ngx_errno == EEXIST) {
                continue;
            }

            return NGX_ERROR;
        }

        if (flock(segment->fd, LOCK_EX) == -1) {
            ngx_socialcare_spool_fail(&job->error, "flock()", ngx_errno);
            (void) unlinkat(dir, (char *) segment->name, 0);
            (void) close(segment->fd);
            segment->fd = -1;
            return NGX_ERROR;
        }

        if (ngx_socialcare_spool_is_linked(dir, (char *) segment->name,
                                           segment->fd))
        {
            ngx_memzero(&job->error, sizeof(job->error));
            return NGX_OK;
        }

        ngx_socialcare_spool_fail(&job->error, "open()", ENOENT);

        /* Still there if it merely cannot be examined. */

        (void) unlinkat(dir, (char *) segment->name, 0);
        (void) close(segment->fd);
        segment->fd = -1;
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_socialcare_spool_fill(ngx_socialcare_spool_write_t *job)
{
    ngx_err_t                  err;
    sc_segment_header_t        header;
    ngx_socialcare_segment_t  *segment;
    u_char                     text[SC_SEGMENT_HEADER_SIZE];

    segment = job->spare;

    err = posix_fallocate(segment->fd, 0, SC_SEGMENT_SIZE);
    if (err) {
        ngx_socialcare_spool_fail(&job->error, "posix_fallocate()", err);
        return NGX_ERROR;
    }

    ngx_memzero(&header, sizeof(sc_segment_header_t));
    header.number = job->number;
    header.created_ms = (uint64_t) job->created_ms;
    header.first_sequence = job->first_sequence;
    (void) gethostname((char *) header.node, sizeof(header.node));

    sc_segment_write_header(text, &header);

    if (ngx_socialcare_spool_pwrite(segment->fd, text, sizeof(text), 0)
        != NGX_OK)
    {
        ngx_socialcare_spool_fail(&job->error, "pwrite()", ngx_errno);
        return NGX_ERROR;
    }

    return ngx_socialcare_spool_write_synced(segment->fd, job->data, job->len,
                                             sizeof(text), &job->error);
}


/*
 * Called with the directory locked, so that two workers cannot both take the
 * last of the room.
 */

static ngx_int_t
ngx_socialcare_spool_new(ngx_socialcare_spool_write_t *job, int dir)
{
    ngx_int_t                  rc;
    ngx_socialcare_segment_t  *segment;

    if (ngx_socialcare_spool_has_room(job, dir) != NGX_OK
        || ngx_socialcare_spool_create_file(job, dir) != NGX_OK)
    {
        return NGX_ERROR;
    }

    segment = job->spare;
    rc = ngx_socialcare_spool_fill(job);

    if (rc == NGX_OK && fsync(dir) == -1) {
        ngx_socialcare_spool_fail(&job->error, "fsync() of the directory",
                                  ngx_errno);
        rc = NGX_ERROR;
    }

    if (rc != NGX_OK) {
        (void) unlinkat(dir, (char *) segment->name, 0);
        (void) close(segment->fd);
        segment->fd = -1;
        return NGX_ERROR;
    }

    segment->used = SC_SEGMENT_HEADER_SIZE + job->len;
    segment->records = job->records;
    job->fresh = 1;

    return NGX_OK;
}


/* What is synced to a file that somebody has removed ends with this process. */

static ngx_int_t
ngx_socialcare_spool_is_kept(int fd, ngx_socialcare_spool_error_t *error)
{
    struct stat  st;

    if (fstat(fd, &st) == 0 && st.st_nlink > 0) {
        return NGX_OK;
    }

    ngx_socialcare_spool_fail(error, "fstat()", ENOENT);

    return NGX_ERROR;
}


void
ngx_socialcare_spool_write_thread(void *data, ngx_log_t *log)
{
    ngx_socialcare_spool_write_t *job = data;

    int                        dir;
    ngx_socialcare_segment_t  *open_segment;

    (void) log;

    open_segment = job->open;

    /* Best effort: whoever reads the file tries again. */

    if (job->closed != NULL) {
        (void) ngx_socialcare_segment_trim(job->closed, job->closed->used);
    }

    if (open_segment != NULL) {
        if (ngx_socialcare_spool_write_synced(open_segment->fd, job->data,
                                              job->len, open_segment->used,
                                              &job->sync)
            == NGX_OK
            && ngx_socialcare_spool_is_kept(open_segment->fd, &job->sync)
               == NGX_OK)
        {
            open_segment->used += job->len;
            open_segment->records += job->records;
            return;
        }

        /* Final: the kernel may have dropped what it could not write. */

        job->broken = 1;
    }

    dir = open(job->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir == -1) {
        ngx_socialcare_spool_fail(&job->error, "open() of the directory",
                                  ngx_errno);
        return;
    }

    if (flock(dir, LOCK_EX) == -1) {
        ngx_socialcare_spool_fail(&job->error, "flock() of the directory",
                                  ngx_errno);

    } else {
        (void) ngx_socialcare_spool_new(job, dir);
    }

    (void) close(dir);
}


static ngx_int_t
ngx_socialcare_spool_quarantine(ngx_socialcare_spool_finish_t *job, int dir)
{
    int                        fd;
    size_t                     len;
    u_char                     text[SC_SPOOL_NAME_MAX + 1];
    u_char                     head[SC_SEGMENT_HEADER_SIZE];
    sc_segment_header_t        header;
    ngx_socialcare_segment_t  *segment;

    segment = job->segment;

    if (ngx_socialcare_spool_make_name(job->now_ms, job->number, 1, text, &len)
        != NGX_OK)
    {
        ngx_socialcare_spool_fail(&job->error, "naming", EINVAL);
        return NGX_ERROR;
    }

    fd = openat(dir, (char *) text,
                O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd == -1) {
        ngx_socialcare_spool_fail(&job->error, "open() of a quarantine file",
                                  ngx_errno);
        return NGX_ERROR;
    }

    ngx_memzero(&header, sizeof(sc_segment_header_t));
    header.number = job->number;
    header.created_ms = (uint64_t) job->now_ms;
    header.first_sequence = segment->quarantine_first;
    (void) gethostname((char *) header.node, sizeof(header.node));
    sc_segment_write_header(head, &header);

    if (flock(fd, LOCK_EX) == -1) {
        ngx_socialcare_spool_fail(&job->error, "flock()", ngx_errno);

    } else if (ngx_socialcare_spool_pwrite(fd, head, sizeof(head), 0)
               != NGX_OK)
    {
        ngx_socialcare_spool_fail(&job->error, "pwrite()", ngx_errno);

    } else if (ngx_socialcare_spool_write_synced(fd, segment->quarantine.data,
                                                 segment->quarantine.len,
                                                 sizeof(head), &job->error)
               == NGX_OK
               && fsync(dir) == -1)
    {
        ngx_socialcare_spool_fail(&job->error, "fsync() of the directory",
                                  ngx_errno);
    }

    if (job->error.reason != NGX_SOCIALCARE_SPOOL_OK) {
        (void) unlinkat(dir, (char *) text, 0);
    }

    (void) close(fd);

    if (job->error.reason != NGX_SOCIALCARE_SPOOL_OK) {
        return NGX_ERROR;
    }

    segment->quarantine.len = 0;

    return NGX_OK;
}


/* A damaged file is kept under a name that is never read again. */

static void
ngx_socialcare_spool_remove(ngx_socialcare_spool_finish_t *job, int dir)
{
    ngx_socialcare_segment_t  *segment;
    u_char                     aside[SC_SPOOL_NAME_MAX
                                     + sizeof(NGX_SOCIALCARE_SPOOL_DAMAGED)];

    segment = job->segment;

    if (segment->scan.gaps == 0 && segment->scan.missing == 0
        && segment->header != SC_HEADER_MAGIC)
    {
        if (unlinkat(dir, (char *) segment->name, 0) == -1
            && ngx_errno != ENOENT)
        {
            ngx_socialcare_spool_fail(&job->error, "unlink()", ngx_errno);
        }

        return;
    }

    ngx_memcpy(ngx_cpymem(aside, segment->name, segment->name_len),
               NGX_SOCIALCARE_SPOOL_DAMAGED,
               sizeof(NGX_SOCIALCARE_SPOOL_DAMAGED));

    if (renameat(dir, (char *) segment->name, dir, (char *) aside) == -1) {
        ngx_socialcare_spool_fail(&job->error, "rename()", ngx_errno);
    }
}


void
ngx_socialcare_spool_finish_thread(void *data, ngx_log_t *log)
{
    ngx_socialcare_spool_finish_t *job = data;

    int  dir;

    (void) log;

    dir = open(job->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir == -1) {
        ngx_socialcare_spool_fail(&job->error, "open() of the directory",
                                  ngx_errno);
        return;
    }

    if (job->segment->quarantine.len == 0
        || ngx_socialcare_spool_quarantine(job, dir) == NGX_OK)
    {
        ngx_socialcare_spool_remove(job, dir);
    }

    (void) close(dir);
}
