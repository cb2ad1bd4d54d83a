/*
 * time_shim.c: an LD_PRELOAD library that lets a test move a process's wall
 * clock, but not its timers.
 *
 * SC_TIME_FILE names a file with a 64-bit number of seconds in the machine's
 * byte order, which is added to the result of gettimeofday().  The file is
 * mapped, so that all processes see a change at once.
 * clock_gettime(CLOCK_MONOTONIC), on which nginx's timers are based, is not
 * affected.  Not for production.
 */

#define _GNU_SOURCE

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>


static volatile int64_t  *time_offset;


__attribute__((constructor)) static void
time_open(void)
{
    int         fd;
    void       *map;
    const char *path;

    path = getenv("SC_TIME_FILE");
    fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1) {
        return;
    }

    map = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
    (void) close(fd);

    if (map != MAP_FAILED) {
        time_offset = map;
    }
}


int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec time;

    (void) zone;

    if (clock_gettime(CLOCK_REALTIME, &time) != 0) {
        return -1;
    }

    now->tv_sec = time.tv_sec;
    now->tv_usec = (suseconds_t) (time.tv_nsec / 1000);

    if (time_offset != NULL) {
        now->tv_sec += (time_t) *time_offset;
    }

    return 0;
}
