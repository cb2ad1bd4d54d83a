/*
 * fault_shim.c: an LD_PRELOAD library that lets tests observe a process's disk
 * operations and make them fail.
 *
 * SC_FAULT_LOG names a file.  Each successful sync adds a line:
 *
 *     sync <size of the file> <path>
 *     dirsync 0 <path>
 *
 * With SC_FAULT_WRITES in the environment each successful pwrite adds one, too:
 * preallocated files do not grow, and a sync covers what the "write" lines
 * before it say:
 *
 *     write <end of what was written> <path>
 *
 * Killing the process and truncating each file to the size in its last "sync"
 * line simulates a power cut, as far as files that only grow are concerned; a
 * file whose directory was never synced afterwards is lost altogether.
 *
 * SC_FAULT_CONTROL names a file that is read again at each call, so that a test
 * can switch faults on and off while the process runs.  Each line is a rule:
 *
 *     <function> <what> [<pattern>]
 *
 * function: open openat write pwrite read pread fsync fdatasync ftruncate
 * fstat fstatvfs posix_fallocate link unlink unlinkat rename renameat fchown
 * flock readdir mmap RAND_bytes; "sync" means fsync and fdatasync; for open and
 * those ending in "at" the path is the argument as given, for RAND_bytes the
 * caller's object file, for memory without a file it is empty. what: the name
 * of an error (EIO, ENOSPC, ...), "short" for half of a read or write, "eof"
 * for a read that finds nothing, "gone" for a file that is removed just before
 * its flock, or "delay=<ms>".
 * pattern: for the path, as for fnmatch(3), default "*".  All matching delays
 * apply; of the matching errors the first.
 *
 * No state, no allocation: safe in threads and in signal handlers.  Not for
 * production.
 */

#define _GNU_SOURCE

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>


#define FAULT_MAX_CONTROL  4096
#define FAULT_SHORT        (-1)
#define FAULT_EOF          (-2)
#define FAULT_GONE         (-3)


/* The next definition of a function in the process: libc's. */
#define FAULT_NEXT(type, arguments, name)                                     \
    type (*next) arguments;                                                   \
    void *found = dlsym(RTLD_NEXT, name);                                     \
    memcpy(&next, &found, sizeof(next))


static const struct {
    const char *name;
    int         number;
} fault_errors[] = {
    { "EACCES", EACCES }, { "EAGAIN", EAGAIN }, { "EBADF", EBADF },
    { "EDQUOT", EDQUOT }, { "EEXIST", EEXIST }, { "EFBIG", EFBIG },
    { "EINTR", EINTR }, { "EINVAL", EINVAL }, { "EIO", EIO },
    { "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC },
    { "EOPNOTSUPP", EOPNOTSUPP }, { "EPERM", EPERM },
    { "EROFS", EROFS }, { "EWOULDBLOCK", EWOULDBLOCK },
    { "short", FAULT_SHORT }, { "eof", FAULT_EOF }, { "gone", FAULT_GONE }
};


static void
fault_path(int fd, char *path, size_t size)
{
    char    link[64];
    ssize_t n;

    (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, size - 1);
    path[n < 0 ? 0 : n] = '\0';
}


/* By system call: the functions of this name are ours. */
static size_t
fault_read_control(char *text, size_t size)
{
    int         fd;
    long        n;
    const char *path;

    path = getenv("SC_FAULT_CONTROL");
    fd = path == NULL ? -1 : (int) syscall(SYS_openat, AT_FDCWD, path,
                                           O_RDONLY | O_CLOEXEC);

    if (fd == -1) {
        return 0;
    }

    n = syscall(SYS_read, fd, text, size - 1);
    (void) close(fd);

    return n < 0 ? 0 : (size_t) n;
}


static void
fault_delay(const char *milliseconds)
{
    long            ms;
    struct timespec pause;

    ms = strtol(milliseconds, NULL, 10);
    pause.tv_sec = ms / 1000;
    pause.tv_nsec = ms % 1000 * 1000000;

    (void) nanosleep(&pause, NULL);
}


/* The error that `what` names; waits when it is a delay. */
static int
fault_apply(const char *what)
{
    size_t i;

    if (strncmp(what, "delay=", 6) == 0) {
        fault_delay(what + 6);
        return 0;
    }

    for (i = 0; i < sizeof(fault_errors) / sizeof(fault_errors[0]); i++) {
        if (strcmp(what, fault_errors[i].name) == 0) {
            return fault_errors[i].number;
        }
    }

    return 0;
}


static int
fault_is_meant(const char *rule, const char *function)
{
    return strcmp(rule, function) == 0
           || (strcmp(rule, "sync") == 0
               && (strcmp(function, "fsync") == 0
                   || strcmp(function, "fdatasync") == 0));
}


/* 0: go on.  Otherwise an error number, or one of the FAULT_ above. */
static int
fault_find(const char *function, const char *path)
{
    int   result;
    char  text[FAULT_MAX_CONTROL], *line, *rest, *word[3], *end;

    text[fault_read_control(text, sizeof(text))] = '\0';
    result = 0;

    for (line = text; *line != '\0'; line = rest) {
        end = strchr(line, '\n');
        rest = end == NULL ? line + strlen(line) : end + 1;

        if (end != NULL) {
            *end = '\0';
        }

        word[0] = strtok_r(line, " ", &end);
        word[1] = word[0] == NULL ? NULL : strtok_r(NULL, " ", &end);
        word[2] = word[1] == NULL ? NULL : strtok_r(NULL, " ", &end);

        if (word[1] == NULL || !fault_is_meant(word[0], function)
            || (word[2] != NULL && fnmatch(word[2], path, 0) != 0))
        {
            continue;
        }

        if (result == 0) {
            result = fault_apply(word[1]);

        } else if (strncmp(word[1], "delay=", 6) == 0) {
            (void) fault_apply(word[1]);
        }
    }

    return result;
}


static int
fault_find_fd(const char *function, int fd)
{
    int  result, saved;
    char path[4096];

    saved = errno;
    fault_path(fd, path, sizeof(path));
    result = fault_find(function, path);
    errno = saved;

    return result;
}


static void
fault_log(int fd)
{
    int         log, saved, n;
    char        path[4096], line[4200];
    const char *name;
    struct stat st;

    name = getenv("SC_FAULT_LOG");
    if (name == NULL) {
        return;
    }

    saved = errno;
    fault_path(fd, path, sizeof(path));
    log = (int) syscall(SYS_openat, AT_FDCWD, name,
                        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

    if (log != -1 && fstatat(fd, "", &st, AT_EMPTY_PATH) == 0) {
        n = snprintf(line, sizeof(line), "%s %lld %s\n",
                     S_ISDIR(st.st_mode) ? "dirsync" : "sync",
                     S_ISDIR(st.st_mode) ? 0LL : (long long) st.st_size, path);
        (void) syscall(SYS_write, log, line, n);
    }

    if (log != -1) {
        (void) close(log);
    }

    errno = saved;
}


static void
fault_log_write(int fd, off64_t end)
{
    int         log, saved, n;
    char        path[4096], line[4200];
    const char *name;

    name = getenv("SC_FAULT_LOG");
    if (name == NULL || getenv("SC_FAULT_WRITES") == NULL) {
        return;
    }

    saved = errno;
    fault_path(fd, path, sizeof(path));
    log = (int) syscall(SYS_openat, AT_FDCWD, name,
                        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

    if (log != -1) {
        n = snprintf(line, sizeof(line), "write %lld %s\n", (long long) end,
                     path);
        (void) syscall(SYS_write, log, line, n);
        (void) close(log);
    }

    errno = saved;
}


static int
fault_fail(int error)
{
    errno = error;

    return -1;
}


static int
fault_sync(int fd, const char *function)
{
    int error, result;

    FAULT_NEXT(int, (int), function);

    error = fault_find_fd(function, fd);
    if (error > 0) {
        return fault_fail(error);
    }

    result = next(fd);
    if (result == 0) {
        fault_log(fd);
    }

    return result;
}


int
fsync(int fd)
{
    return fault_sync(fd, "fsync");
}


int
fdatasync(int fd)
{
    return fault_sync(fd, "fdatasync");
}


ssize_t
write(int fd, const void *data, size_t len)
{
    int error;

    FAULT_NEXT(ssize_t, (int, const void *, size_t), "write");

    error = fault_find_fd("write", fd);
    if (error > 0) {
        return fault_fail(error);
    }

    return next(fd, data, error == FAULT_SHORT ? (len + 1) / 2 : len);
}


ssize_t
read(int fd, void *data, size_t len)
{
    int error;

    FAULT_NEXT(ssize_t, (int, void *, size_t), "read");

    error = fault_find_fd("read", fd);
    if (error > 0) {
        return fault_fail(error);
    }

    return error == FAULT_EOF
           ? 0 : next(fd, data, error == FAULT_SHORT ? (len + 1) / 2 : len);
}


static ssize_t
fault_pread(int fd, void *data, size_t len, off64_t offset)
{
    int error;

    FAULT_NEXT(ssize_t, (int, void *, size_t, off64_t), "pread64");

    error = fault_find_fd("pread", fd);
    if (error > 0) {
        return fault_fail(error);
    }

    return error == FAULT_EOF
           ? 0 : next(fd, data, error == FAULT_SHORT ? (len + 1) / 2 : len,
                      offset);
}


ssize_t
pread(int fd, void *data, size_t len, off_t offset)
{
    return fault_pread(fd, data, len, offset);
}


ssize_t
pread64(int fd, void *data, size_t len, off64_t offset)
{
    return fault_pread(fd, data, len, offset);
}


/* By system call, which takes the mode also where none is meant. */
static int
fault_open(const char *function, int dir, const char *path, int flags,
    mode_t mode)
{
    int error, saved;

    saved = errno;
    error = fault_find(function, path);
    errno = saved;

    return error > 0 ? fault_fail(error)
                     : (int) syscall(SYS_openat, dir, path, flags, mode);
}


#define FAULT_OPEN(name, parameters, function, dir)                           \
    int                                                                       \
    name parameters                                                           \
    {                                                                         \
        mode_t  mode;                                                         \
        va_list rest;                                                         \
                                                                              \
        va_start(rest, flags);                                                \
        mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;      \
        va_end(rest);                                                         \
                                                                              \
        return fault_open(function, dir, path, flags, mode);                  \
    }

FAULT_OPEN(open, (const char *path, int flags, ...), "open", AT_FDCWD)
FAULT_OPEN(open64, (const char *path, int flags, ...), "open", AT_FDCWD)
FAULT_OPEN(openat, (int dir, const char *path, int flags, ...), "openat", dir)
FAULT_OPEN(openat64, (int dir, const char *path, int flags, ...), "openat",
           dir)


static int
fault_ftruncate(int fd, off64_t len)
{
    int error;

    FAULT_NEXT(int, (int, off64_t), "ftruncate64");

    error = fault_find_fd("ftruncate", fd);

    return error > 0 ? fault_fail(error) : next(fd, len);
}


int
ftruncate(int fd, off_t len)
{
    return fault_ftruncate(fd, len);
}


int
ftruncate64(int fd, off64_t len)
{
    return fault_ftruncate(fd, len);
}


int
fstat(int fd, struct stat *st)
{
    int error;

    FAULT_NEXT(int, (int, struct stat *), "fstat");

    error = fault_find_fd("fstat", fd);

    return error > 0 ? fault_fail(error) : next(fd, st);
}


int
fstat64(int fd, struct stat64 *st)
{
    int error;

    FAULT_NEXT(int, (int, struct stat64 *), "fstat64");

    error = fault_find_fd("fstat", fd);

    return error > 0 ? fault_fail(error) : next(fd, st);
}


struct dirent *
readdir(DIR *list)
{
    int error;

    FAULT_NEXT(struct dirent *, (DIR *), "readdir");

    error = fault_find_fd("readdir", dirfd(list));
    if (error > 0) {
        errno = error;
        return NULL;
    }

    return next(list);
}


struct dirent64 *
readdir64(DIR *list)
{
    int error;

    FAULT_NEXT(struct dirent64 *, (DIR *), "readdir64");

    error = fault_find_fd("readdir", dirfd(list));
    if (error > 0) {
        errno = error;
        return NULL;
    }

    return next(list);
}


static void *
fault_mmap(void *at, size_t len, int access, int flags, int fd, off64_t offset)
{
    int error;

    FAULT_NEXT(void *, (void *, size_t, int, int, int, off64_t), "mmap64");

    error = fault_find_fd("mmap", fd);
    if (error > 0) {
        errno = error;
        return MAP_FAILED;
    }

    return next(at, len, access, flags, fd, offset);
}


void *
mmap(void *at, size_t len, int access, int flags, int fd, off_t offset)
{
    return fault_mmap(at, len, access, flags, fd, offset);
}


void *
mmap64(void *at, size_t len, int access, int flags, int fd, off64_t offset)
{
    return fault_mmap(at, len, access, flags, fd, offset);
}


/* OpenSSL's, for programs that are linked with it. */
int RAND_bytes(unsigned char *data, int len);

int
RAND_bytes(unsigned char *data, int len)
{
    Dl_info     caller;
    const char *path;

    FAULT_NEXT(int, (unsigned char *, int), "RAND_bytes");

    path = dladdr(__builtin_return_address(0), &caller) != 0
           ? caller.dli_fname : "";

    return fault_find("RAND_bytes", path) > 0 ? 0 : next(data, len);
}


int
fstatvfs(int fd, struct statvfs *fs)
{
    int error;

    FAULT_NEXT(int, (int, struct statvfs *), "fstatvfs");

    error = fault_find_fd("fstatvfs", fd);

    return error > 0 ? fault_fail(error) : next(fd, fs);
}


int
fstatvfs64(int fd, struct statvfs64 *fs)
{
    int error;

    FAULT_NEXT(int, (int, struct statvfs64 *), "fstatvfs64");

    error = fault_find_fd("fstatvfs", fd);

    return error > 0 ? fault_fail(error) : next(fd, fs);
}


static ssize_t
fault_pwrite(int fd, const void *data, size_t len, off64_t offset)
{
    int     error;
    ssize_t n;

    FAULT_NEXT(ssize_t, (int, const void *, size_t, off64_t), "pwrite64");

    error = fault_find_fd("pwrite", fd);
    if (error > 0) {
        return fault_fail(error);
    }

    n = next(fd, data, error == FAULT_SHORT ? (len + 1) / 2 : len, offset);
    if (n > 0) {
        fault_log_write(fd, offset + n);
    }

    return n;
}


ssize_t
pwrite(int fd, const void *data, size_t len, off_t offset)
{
    return fault_pwrite(fd, data, len, offset);
}


ssize_t
pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
    return fault_pwrite(fd, data, len, offset);
}


/* This one returns its error and leaves errno alone. */
static int
fault_fallocate(int fd, off64_t offset, off64_t len)
{
    int error;

    FAULT_NEXT(int, (int, off64_t, off64_t), "posix_fallocate64");

    error = fault_find_fd("posix_fallocate", fd);

    return error > 0 ? error : next(fd, offset, len);
}


int
posix_fallocate(int fd, off_t offset, off_t len)
{
    return fault_fallocate(fd, offset, len);
}


int
posix_fallocate64(int fd, off64_t offset, off64_t len)
{
    return fault_fallocate(fd, offset, len);
}


int
flock(int fd, int operation)
{
    int  error;
    char path[4096];

    FAULT_NEXT(int, (int, int), "flock");

    error = fault_find_fd("flock", fd);

    if (error == FAULT_GONE) {
        fault_path(fd, path, sizeof(path));
        (void) syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    }

    return error > 0 ? fault_fail(error) : next(fd, operation);
}


int
fchown(int fd, uid_t owner, gid_t group)
{
    int error;

    FAULT_NEXT(int, (int, uid_t, gid_t), "fchown");

    error = fault_find_fd("fchown", fd);

    return error > 0 ? fault_fail(error) : next(fd, owner, group);
}


int
unlink(const char *path)
{
    int error;

    FAULT_NEXT(int, (const char *), "unlink");

    error = fault_find("unlink", path);

    return error > 0 ? fault_fail(error) : next(path);
}


int
link(const char *from, const char *to)
{
    int error;

    FAULT_NEXT(int, (const char *, const char *), "link");

    error = fault_find("link", to);

    return error > 0 ? fault_fail(error) : next(from, to);
}


int
rename(const char *from, const char *to)
{
    int error;

    FAULT_NEXT(int, (const char *, const char *), "rename");

    error = fault_find("rename", to);

    return error > 0 ? fault_fail(error) : next(from, to);
}


int
unlinkat(int dir, const char *path, int flags)
{
    int error;

    FAULT_NEXT(int, (int, const char *, int), "unlinkat");

    error = fault_find("unlinkat", path);

    return error > 0 ? fault_fail(error) : next(dir, path, flags);
}


int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    int error;

    FAULT_NEXT(int, (int, const char *, int, const char *), "renameat");

    error = fault_find("renameat", to);

    return error > 0 ? fault_fail(error) : next(from_dir, from, to_dir, to);
}
