
/*
 * turns.c: how long a worker's turns of the event loop take: from the return of
 * epoll_wait() with events to its next call.  The bench preloads it into nginx.
 *
 * BENCH_TURNS names a file of three 64-bit words that all processes share:
 * longest turn in real time, longest turn in CPU time (without what other
 * processes took), number of turns.  The reader may zero them.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>


typedef int (*epoll_wait_fn)(int fd, struct epoll_event *events, int max,
    int timeout);

static volatile uint64_t *shared;
static epoll_wait_fn      real;
static uint64_t           began_clock, began_cpu;


static uint64_t
read_clock(clockid_t clock)
{
    struct timespec  ts;

    clock_gettime(clock, &ts);

    return (uint64_t) ts.tv_sec * 1000000000 + (uint64_t) ts.tv_nsec;
}


__attribute__((constructor)) static void
open_turns(void)
{
    int          fd;
    void        *memory;
    const char  *path;

    real = (epoll_wait_fn) dlsym(RTLD_NEXT, "epoll_wait");
    path = getenv("BENCH_TURNS");

    if (path == NULL) {
        return;
    }

    fd = open(path, O_RDWR);

    if (fd == -1) {
        return;
    }

    memory = mmap(NULL, 3 * sizeof(uint64_t), PROT_READ | PROT_WRITE,
                  MAP_SHARED, fd, 0);
    close(fd);

    if (memory != MAP_FAILED) {
        shared = memory;
    }
}


static void
book(unsigned which, uint64_t spent)
{
    if (spent > shared[which]) {
        shared[which] = spent;
    }
}


int
epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
    int  n;

    if (shared != NULL && began_clock != 0) {
        book(0, read_clock(CLOCK_MONOTONIC) - began_clock);
        book(1, read_clock(CLOCK_THREAD_CPUTIME_ID) - began_cpu);
        shared[2]++;
    }

    n = real(fd, events, max, timeout);

    began_clock = read_clock(CLOCK_MONOTONIC);
    began_cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);

    return n;
}
