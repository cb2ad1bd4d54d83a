/*
 * memory_shim.c: an LD_PRELOAD library that lets a test make chosen allocations
 * fail.
 *
 * SC_MEMORY_FILE names a file of three or four 64-bit numbers in the machine's
 * byte order: which allocation from now is the first to fail (1: the next), how
 * many fail in a row (0: none), how many have failed so far, and the size from
 * which on allocations count (absent: all do).  The file is mapped
 * once, so that all processes forked later see changes at once.  The order of
 * allocations depends on the program: a test counts up until none fails any
 * more.
 *
 * Counts malloc, calloc, realloc and posix_memalign.  Not for production.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>


void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);


typedef struct {
    int64_t to_go;
    int64_t row;
    int64_t failed;
    int64_t least;
} memory_control_t;


static memory_control_t  *memory_control;


__attribute__((constructor)) static void
memory_open(void)
{
    int         fd;
    void       *map;
    const char *path;

    path = getenv("SC_MEMORY_FILE");
    fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);

    if (fd == -1) {
        return;
    }

    map = mmap(NULL, sizeof(memory_control_t), PROT_READ | PROT_WRITE,
               MAP_SHARED, fd, 0);
    (void) close(fd);

    if (map != MAP_FAILED) {
        memory_control = map;
    }
}


/* Threads may allocate at once: each has a number of its own. */
static int
memory_fails(size_t size)
{
    int64_t row, number;

    if (memory_control == NULL || (int64_t) size < memory_control->least) {
        return 0;
    }

    row = __atomic_load_n(&memory_control->row, __ATOMIC_RELAXED);
    if (row == 0) {
        return 0;
    }

    number = __atomic_sub_fetch(&memory_control->to_go, 1, __ATOMIC_SEQ_CST);
    if (number > 0 || number <= -row) {
        return 0;
    }

    __atomic_add_fetch(&memory_control->failed, 1, __ATOMIC_SEQ_CST);
    errno = ENOMEM;

    return 1;
}


void *
malloc(size_t size)
{
    return memory_fails(size) ? NULL : __libc_malloc(size);
}


void *
calloc(size_t count, size_t size)
{
    return memory_fails(count * size) ? NULL : __libc_calloc(count, size);
}


void *
realloc(void *old, size_t size)
{
    return memory_fails(size) ? NULL : __libc_realloc(old, size);
}


int
posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (memory_fails(size)) {
        return ENOMEM;
    }

    *memory = __libc_memalign(alignment, size);

    return *memory == NULL ? ENOMEM : 0;
}
