/*
 * spool_file.c: reading spool files and directories; changes nothing.
 */

#define _GNU_SOURCE

#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


void
spool_error(const char *path, const char *text)
{
    fprintf(stderr, "socialcare-spool: %s: %s\n", path, text);
}


/* For a call that has set errno. */
spool_exit_t
spool_failed(const char *path, const char *what)
{
    fprintf(stderr, "socialcare-spool: %s: %s: %s\n", path, what,
            strerror(errno));

    return SPOOL_FAILED;
}


void *
spool_memory(void *old, size_t size)
{
    void *memory;

    memory = realloc(old, size);

    if (memory == NULL) {
        fprintf(stderr, "socialcare-spool: out of memory\n");
        exit(SPOOL_FAILED);
    }

    return memory;
}


/* For sc_buf_t. */
unsigned char *
spool_grow(void *owner, unsigned char *old, size_t used, size_t size)
{
    (void) owner;
    (void) used;

    return spool_memory(old, size);
}


char *
spool_join(const char *directory, const char *name, const char *suffix)
{
    char  *path;
    size_t size;

    size = strlen(directory) + strlen(name) + strlen(suffix) + 2;
    path = spool_memory(NULL, size);
    (void) snprintf(path, size, "%s%s%s%s", directory,
                    directory[0] == '\0' ? "" : "/", name, suffix);

    return path;
}


void
spool_file_name(spool_file_t *file, const char *path)
{
    const char *slash;

    memset(file, 0, sizeof(*file));

    slash = strrchr(path, '/');
    file->path = path;
    file->base = slash == NULL ? path : slash + 1;
    file->is_named = sc_spool_name_parse(sc_str_from_cstring(file->base),
                                         &file->name);
}


/* Opens a regular file; a symbolic link is refused.  -1: reported why. */
int
spool_open(const char *path)
{
    int         fd;
    struct stat st;

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd == -1) {
        (void) spool_failed(path, "cannot open");
        return -1;
    }

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
        && st.st_size <= SPOOL_MAX_FILE)
    {
        return fd;
    }

    spool_error(path, "not a regular file, or too large for a segment");
    (void) close(fd);

    return -1;
}


spool_exit_t
spool_read(spool_file_t *file, int fd)
{
    ssize_t n;

    file->data = spool_memory(NULL, SPOOL_MAX_FILE);
    file->len = 0;

    while (file->len < SPOOL_MAX_FILE) {
        n = read(fd, file->data + file->len, SPOOL_MAX_FILE - file->len);

        if (n < 0) {
            return spool_failed(file->path, "cannot read");
        }

        if (n == 0) {
            break;
        }

        file->len += (size_t) n;
    }

    /* No larger than the file, so that nothing beyond it is ever read. */
    file->data = spool_memory(file->data, file->len == 0 ? 1 : file->len);

    return SPOOL_OK;
}


/*
 * Read-only.  The lock is taken only to test it: whoever wants it at the same
 * moment tries again a second later anyway.
 */
spool_exit_t
spool_load(spool_file_t *file, const char *path)
{
    int          fd;
    spool_exit_t result;

    spool_file_name(file, path);

    fd = spool_open(path);
    if (fd == -1) {
        return SPOOL_FAILED;
    }

    file->in_use = flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
    result = spool_read(file, fd);
    (void) close(fd);

    return result;
}


void
spool_walk(spool_walk_t *walk, const spool_file_t *file)
{
    sc_str_t               data;
    spool_account_t       *account;
    sc_scan_event_t        event;
    sc_spool_item_t        item;
    sc_segment_record_t    record;
    const sc_spool_item_t *decoded;

    account = &walk->account;
    memset(account, 0, sizeof(*account));
    account->oldest_ms = -1;

    data = sc_str_make(file->data, file->len);
    account->header_status = sc_segment_read_header(data, &account->header);

    /* Another version's bytes have a meaning that only it knows. */
    if (account->header_status == SC_HEADER_VERSION) {
        data.len = 0;
    }

    sc_segment_scan(&account->scan, data,
                    account->header_status == SC_HEADER_OK ? &account->header
                                                           : NULL,
                    true);

    for ( ;; ) {
        decoded = NULL;
        event = sc_segment_next(&account->scan, &record);

        if (event == SC_SCAN_END) {
            return;
        }

        if (event == SC_SCAN_RECORD && record.kind != SC_SPOOL_POSITION) {
            account->items++;

            if (sc_spool_item_decode(record.payload, &item)
                == SC_SPOOL_ITEM_OK)
            {
                decoded = &item;
            }

            account->unreadable += decoded == NULL;

            if (account->oldest_ms == -1
                || record.event_ms < account->oldest_ms)
            {
                account->oldest_ms = record.event_ms;
            }
        }

        if (walk->visit != NULL) {
            walk->visit(walk, event, &record, decoded);
        }
    }
}


/* Created, but the header never reached the disk: it holds nothing. */
static bool
spool_is_blank(const spool_file_t *file, const spool_account_t *account)
{
    return file->len == 0
           || (account->header_status == SC_HEADER_BLANK
               && account->scan.records + account->scan.tail_bytes == 0);
}


/* True if nothing is wrong; else `text` lists what is, comma-separated. */
bool
spool_describe(const spool_file_t *file, const spool_account_t *account,
    char *text, size_t size)
{
    FILE                    *out;
    const char              *comma;
    const sc_segment_scan_t *scan;

    text[0] = '\0';

    if (spool_is_blank(file, account)) {
        return true;
    }

    out = fmemopen(text, size, "w");
    if (out == NULL) {
        return false;
    }

    scan = &account->scan;
    comma = "";

    if (account->header_status != SC_HEADER_OK) {
        fprintf(out, "%s", sc_header_status_name(account->header_status));
        comma = ", ";
    }

    if (scan->gaps != 0) {
        fprintf(out, "%s%" PRIu64 " bytes damaged in %" PRIu64 " places",
                comma, scan->damaged_bytes, scan->gaps);
        comma = ", ";
    }

    if (scan->missing != 0) {
        fprintf(out, "%s%" PRIu64 " records missing", comma, scan->missing);
        comma = ", ";
    }

    if (scan->tail_bytes != 0 && !file->in_use) {
        fprintf(out, "%s%" PRIu64 " bytes at the end are no record (a write"
                " that was cut off, or damage)", comma, scan->tail_bytes);
        comma = ", ";
    }

    if (account->unreadable != 0) {
        fprintf(out, "%s%" PRIu64 " records are no item of this version",
                comma, account->unreadable);
        comma = ", ";
    }

    (void) fclose(out);

    return comma[0] == '\0';
}


void
spool_format_time(int64_t ms, char *text, size_t size)
{
    time_t    seconds;
    struct tm tm;

    seconds = (time_t) (ms / 1000);

    if (ms < 0 || gmtime_r(&seconds, &tm) == NULL
        || strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
    {
        (void) snprintf(text, size, "-");
    }
}


static int
spool_compare_paths(const void *a, const void *b)
{
    spool_file_t x, y;

    spool_file_name(&x, *(char *const *) a);
    spool_file_name(&y, *(char *const *) b);

    return sc_spool_name_compare(&x.name, &y.name);
}


spool_exit_t
spool_read_directory(spool_directory_t *directory, const char *path)
{
    DIR             *dir;
    sc_spool_name_t  name;
    struct dirent   *entry;

    memset(directory, 0, sizeof(*directory));

    dir = opendir(path);
    if (dir == NULL) {
        return spool_failed(path, "cannot open directory");
    }

    for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {

        if (!sc_spool_name_parse(sc_str_from_cstring(entry->d_name), &name)) {
            directory->others += strcmp(entry->d_name, ".") != 0
                                 && strcmp(entry->d_name, "..") != 0;
            continue;
        }

        directory->paths = spool_memory(directory->paths,
                                        (directory->count + 1)
                                        * sizeof(char *));
        directory->paths[directory->count++] = spool_join(path, entry->d_name,
                                                          "");
    }

    if (errno != 0) {
        (void) spool_failed(path, "cannot read directory");
        (void) closedir(dir);
        return SPOOL_FAILED;
    }

    (void) closedir(dir);

    if (directory->count != 0) {
        qsort(directory->paths, directory->count, sizeof(char *),
              spool_compare_paths);
    }

    return SPOOL_OK;
}


void
spool_free_directory(spool_directory_t *directory)
{
    size_t i;

    for (i = 0; i < directory->count; i++) {
        free(directory->paths[i]);
    }

    free(directory->paths);
}


bool
spool_is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}


spool_exit_t
spool_worse(spool_exit_t a, spool_exit_t b)
{
    return a > b ? a : b;
}


/* Runs `command` over one file, or over a directory's. */
spool_exit_t
spool_each(const spool_options_t *options, spool_file_fn command,
    bool only_quarantine)
{
    size_t            i;
    spool_file_t      file;
    spool_exit_t      result;
    spool_directory_t directory;

    if (!spool_is_directory(options->source)) {
        return command(options, options->source);
    }

    result = spool_read_directory(&directory, options->source);

    for (i = 0; i < directory.count; i++) {
        spool_file_name(&file, directory.paths[i]);

        if (file.name.quarantine || !only_quarantine) {
            result = spool_worse(result, command(options, file.path));
        }
    }

    spool_free_directory(&directory);

    return result;
}
