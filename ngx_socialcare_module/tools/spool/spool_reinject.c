/*
 * spool_reinject.c: moves records of quarantine files into new segments.
 *
 * The order is what keeps them safe: lock the old file, write the new one under
 * a name that nobody looks for, sync it, link it to its own name, sync the
 * directory, and only then remove the old file.
 */

#define _GNU_SOURCE

#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


/* Names of the same millisecond that are tried before giving up. */
#define SPOOL_MAX_TRIES  100


/* Puts one record into the new segment, as what it was before quarantine. */
static void
spool_take_record(spool_walk_t *walk, sc_scan_event_t event,
    const sc_segment_record_t *record, const sc_spool_item_t *item)
{
    sc_segment_record_t copy;

    if (event != SC_SCAN_RECORD || item == NULL) {
        return;
    }

    copy = *record;
    copy.kind = (uint16_t) sc_spool_item_kind(item);
    copy.flags = SC_SPOOL_REINJECTED;
    copy.sequence = walk->header.first_sequence + walk->taken;

    walk->taken += sc_segment_append(&walk->out, &copy);
}


static spool_exit_t
spool_sync_directory(const char *path)
{
    int          fd;
    spool_exit_t result;

    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1) {
        return spool_failed(path, "cannot open directory");
    }

    result = fsync(fd) == 0 ? SPOOL_OK
                            : spool_failed(path, "cannot sync directory");
    (void) close(fd);

    return result;
}


/* Writes and syncs the new file, owned like its directory. */
static spool_exit_t
spool_fill(int fd, const char *path, const char *directory,
    const sc_buf_t *out)
{
    size_t      done;
    ssize_t     n;
    struct stat st;

    if (stat(directory, &st) == -1) {
        return spool_failed(directory, "cannot stat");
    }

    /* root reinjects, but the worker that drains is another user */
    if (st.st_uid != geteuid() && fchown(fd, st.st_uid, st.st_gid) == -1) {
        return spool_failed(path, "cannot give to the directory's owner");
    }

    for (done = 0; done < out->len; done += (size_t) n) {
        n = pwrite(fd, out->data + done, out->len - done, (off_t) done);

        if (n < 0) {
            return spool_failed(path, "cannot write");
        }
    }

    return fsync(fd) == 0 ? SPOOL_OK : spool_failed(path, "cannot sync");
}


/* Gives the file its name; a name that is taken is skipped. */
static spool_exit_t
spool_publish(const char *temporary, const char *directory, int64_t now_ms,
    char **final)
{
    char            writer[SC_SPOOL_NAME_MAX_WRITER];
    char            text[SC_SPOOL_NAME_MAX + 1];
    unsigned        i;
    sc_buf_t        buf;
    sc_spool_name_t name;

    (void) snprintf(writer, sizeof(writer), "t%ld", (long) getpid());

    memset(&name, 0, sizeof(name));
    name.created_ms = now_ms;
    name.writer = sc_str_from_cstring(writer);

    for (i = 0; i < SPOOL_MAX_TRIES; i++) {
        name.sequence = i;
        sc_buf_init_fixed(&buf, (unsigned char *) text, sizeof(text) - 1);

        if (!sc_spool_name_write(&buf, &name)) {
            errno = ERANGE;
            break;
        }

        text[buf.len] = '\0';
        *final = spool_join(directory, text, "");

        if (link(temporary, *final) == 0) {
            return SPOOL_OK;
        }

        free(*final);
        *final = NULL;

        if (errno != EEXIST) {
            break;
        }
    }

    return spool_failed(directory, "cannot name the new segment");
}


/*
 * The new segment appears under its name complete and synced: a worker that
 * adopts it can never find half of it.
 */
static spool_exit_t
spool_store(const sc_buf_t *out, const char *directory, int64_t now_ms)
{
    int          fd;
    char        *temporary, *final, name[64];
    spool_exit_t result;

    (void) snprintf(name, sizeof(name), ".reinject-%ld.tmp", (long) getpid());
    temporary = spool_join(directory, name, "");
    final = NULL;

    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
              0600);

    if (fd == -1) {
        result = spool_failed(temporary, "cannot create");
        free(temporary);
        return result;
    }

    result = spool_fill(fd, temporary, directory, out);
    (void) close(fd);

    if (result == SPOOL_OK) {
        result = spool_publish(temporary, directory, now_ms, &final);
    }

    (void) unlink(temporary);

    if (result == SPOOL_OK) {
        result = spool_sync_directory(directory);
    }

    free(temporary);
    free(final);

    return result;
}


/* The records are safe elsewhere: the original goes, or is set aside. */
static spool_exit_t
spool_retire(const spool_file_t *file, bool is_damaged)
{
    int          failed;
    char        *aside, *directory;
    spool_exit_t result;

    aside = spool_join("", file->path, ".damaged");
    failed = is_damaged ? rename(file->path, aside) : unlink(file->path);
    free(aside);

    if (failed != 0) {
        return spool_failed(file->path, "its records were reinjected, but it"
                                        " cannot be removed; remove it by"
                                        " hand");
    }

    directory = spool_join("", file->path, "");
    directory[file->base - file->path] = '\0';
    result = spool_sync_directory(directory[0] == '\0' ? "." : directory);
    free(directory);

    return result;
}


static int64_t
spool_now_ms(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_REALTIME, &now);

    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}


/* Reads what can be moved into walk->out. */
static spool_exit_t
spool_collect(spool_walk_t *walk, const spool_file_t *file, int64_t now_ms)
{
    uint64_t                   first;
    const sc_segment_header_t *from = &walk->account.header;

    if (getrandom(&first, sizeof(first), 0) != (ssize_t) sizeof(first)) {
        return spool_failed(file->path, "no random numbers");
    }

    walk->visit = spool_take_record;
    walk->header.first_sequence = first >> 2;
    walk->header.created_ms = (uint64_t) now_ms;

    sc_buf_init(&walk->out, spool_grow, NULL, SPOOL_MAX_FILE * 2);
    (void) sc_buf_reserve(&walk->out, SC_SEGMENT_HEADER_SIZE);
    walk->out.len = SC_SEGMENT_HEADER_SIZE;

    spool_walk(walk, file);

    if (walk->account.header_status == SC_HEADER_OK) {
        memcpy(walk->header.node, from->node, SC_SEGMENT_NODE_SIZE);
    }

    sc_segment_write_header(walk->out.data, &walk->header);

    return SPOOL_OK;
}


static spool_exit_t
spool_move(const spool_options_t *options, const spool_file_t *file)
{
    char         notes[256];
    bool         is_well;
    int64_t      now_ms;
    spool_walk_t walk;
    spool_exit_t result;

    memset(&walk, 0, sizeof(walk));
    walk.options = options;
    now_ms = spool_now_ms();

    result = spool_collect(&walk, file, now_ms);

    if (result != SPOOL_OK) {
        return result;
    }

    is_well = spool_describe(file, &walk.account, notes, sizeof(notes));

    if (!is_well && !options->salvage) {
        fprintf(stderr, "socialcare-spool: %s: %s; left alone (--salvage"
                " moves the %" PRIu64 " intact records)\n", file->path, notes,
                walk.taken);
        result = SPOOL_FOUND;

    } else if (walk.taken == 0) {
        printf("%s: no records to move, left alone\n", file->path);
        result = is_well ? SPOOL_OK : SPOOL_FOUND;

    } else {
        result = spool_store(&walk.out, options->target, now_ms);

        if (result == SPOOL_OK) {
            result = spool_retire(file, !is_well);
        }

        if (result == SPOOL_OK) {
            printf("%s: %" PRIu64 " records reinjected%s%s\n", file->path,
                   walk.taken, is_well ? "" : "; kept as .damaged: ", notes);
        }
    }

    free(walk.out.data);

    return result;
}


static bool
spool_is_in_directory(const spool_file_t *file, const char *directory)
{
    bool        same;
    char       *parent;
    struct stat a, b;

    parent = spool_join("", file->path, "");
    parent[file->base - file->path] = '\0';

    same = stat(parent[0] == '\0' ? "." : parent, &a) == 0
           && stat(directory, &b) == 0
           && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    free(parent);

    return same;
}


/* Takes the lock, and proceeds only while the file still has a name. */
static spool_exit_t
spool_reinject_locked(const spool_options_t *options, spool_file_t *file,
    int fd)
{
    struct stat  st;
    spool_exit_t result;

    if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
        spool_error(file->path, "in use by another process, left alone");
        return SPOOL_FOUND;
    }

    if (fstat(fd, &st) == -1 || st.st_nlink == 0) {
        spool_error(file->path, "was removed in the meantime");
        return SPOOL_FOUND;
    }

    result = spool_read(file, fd);

    return result == SPOOL_OK ? spool_move(options, file) : result;
}


static spool_exit_t
spool_reinject_file(const spool_options_t *options, const char *path)
{
    int          fd;
    spool_file_t file;
    spool_exit_t result;

    spool_file_name(&file, path);

    if (!file.is_named) {
        spool_error(path, "not the name of a spool file");
        return SPOOL_FAILED;
    }

    if (!file.name.quarantine && spool_is_in_directory(&file, options->target))
    {
        spool_error(path, "is a segment of that directory already");
        return SPOOL_FOUND;
    }

    fd = spool_open(path);
    if (fd == -1) {
        return SPOOL_FAILED;
    }

    result = spool_reinject_locked(options, &file, fd);

    (void) close(fd);
    free(file.data);

    return result;
}


spool_exit_t
spool_reinject(const spool_options_t *options)
{
    if (!spool_is_directory(options->target)) {
        spool_error(options->target, "--to is not a directory");
        return SPOOL_FAILED;
    }

    return spool_each(options, spool_reinject_file, true);
}
