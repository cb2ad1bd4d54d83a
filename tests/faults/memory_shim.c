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
 * Counts malloc, calloc, realloc and posix_memalign.  With SC_MEMORY_MODULE in
 * the environment it counts instead what the module asks nginx for: most of
 * that lies in blocks that nginx has allocated for something else.  Then only
 * the first process counts, which reads configurations: a worker that cannot
 * start is not started again by nginx.  Not for production.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
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
static int                memory_of_module;
static pid_t              memory_first;


__attribute__((constructor)) static void
memory_open(void)
{
    int         fd;
    void       *map;
    const char *path;

    memory_first = getpid();
    memory_of_module = getenv("SC_MEMORY_MODULE") != NULL;
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
memory_count(void)
{
    int64_t row, number;

    if (memory_control == NULL) {
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


static int
memory_fails(size_t size)
{
    return memory_control != NULL && !memory_of_module
           && (int64_t) size >= memory_control->least && memory_count();
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


/* nginx's functions that return NULL without memory; four arguments or less. */

typedef void *(*memory_function_t)(uintptr_t, uintptr_t, uintptr_t, uintptr_t);

#define MEMORY_OF_NGINX(name)                                                 \
    static memory_function_t memory_next_##name;                              \
                                                                              \
    static void *                                                             \
    memory_##name(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)         \
    {                                                                         \
        return getpid() == memory_first && memory_count()                     \
               ? NULL : memory_next_##name(a, b, c, d);                       \
    }

MEMORY_OF_NGINX(ngx_alloc)
MEMORY_OF_NGINX(ngx_calloc)
MEMORY_OF_NGINX(ngx_palloc)
MEMORY_OF_NGINX(ngx_pcalloc)
MEMORY_OF_NGINX(ngx_pnalloc)
MEMORY_OF_NGINX(ngx_pstrdup)
MEMORY_OF_NGINX(ngx_create_pool)
MEMORY_OF_NGINX(ngx_pool_cleanup_add)
MEMORY_OF_NGINX(ngx_array_create)
MEMORY_OF_NGINX(ngx_array_push)
MEMORY_OF_NGINX(ngx_array_push_n)
MEMORY_OF_NGINX(ngx_list_push)
MEMORY_OF_NGINX(ngx_slab_alloc)
MEMORY_OF_NGINX(ngx_slab_calloc)
MEMORY_OF_NGINX(ngx_slab_alloc_locked)
MEMORY_OF_NGINX(ngx_slab_calloc_locked)
MEMORY_OF_NGINX(ngx_shared_memory_add)
MEMORY_OF_NGINX(ngx_thread_pool_add)
MEMORY_OF_NGINX(ngx_thread_task_alloc)
MEMORY_OF_NGINX(ngx_http_add_variable)
MEMORY_OF_NGINX(ngx_http_cleanup_add)

#define MEMORY_ENTRY(name)  { #name, memory_##name, &memory_next_##name }

static const struct {
    const char        *name;
    memory_function_t  ours;
    memory_function_t *next;
} memory_of_nginx[] = {
    MEMORY_ENTRY(ngx_alloc), MEMORY_ENTRY(ngx_calloc),
    MEMORY_ENTRY(ngx_palloc), MEMORY_ENTRY(ngx_pcalloc),
    MEMORY_ENTRY(ngx_pnalloc), MEMORY_ENTRY(ngx_pstrdup),
    MEMORY_ENTRY(ngx_create_pool), MEMORY_ENTRY(ngx_pool_cleanup_add),
    MEMORY_ENTRY(ngx_array_create), MEMORY_ENTRY(ngx_array_push),
    MEMORY_ENTRY(ngx_array_push_n), MEMORY_ENTRY(ngx_list_push),
    MEMORY_ENTRY(ngx_slab_alloc), MEMORY_ENTRY(ngx_slab_calloc),
    MEMORY_ENTRY(ngx_slab_alloc_locked),
    MEMORY_ENTRY(ngx_slab_calloc_locked),
    MEMORY_ENTRY(ngx_shared_memory_add), MEMORY_ENTRY(ngx_thread_pool_add),
    MEMORY_ENTRY(ngx_thread_task_alloc), MEMORY_ENTRY(ngx_http_add_variable),
    MEMORY_ENTRY(ngx_http_cleanup_add)
};


/* Lets what the module calls under this name be ours, if it is one of these. */
static void
memory_divert(void **place, const char *name)
{
    size_t    i;
    uintptr_t page;

    for (i = 0; i < sizeof(memory_of_nginx) / sizeof(memory_of_nginx[0]); i++)
    {
        /* A reload opens what is open already. */
        if (strcmp(name, memory_of_nginx[i].name) != 0
            || memcmp(place, &memory_of_nginx[i].ours, sizeof(*place)) == 0)
        {
            continue;
        }

        page = (uintptr_t) place & ~((uintptr_t) sysconf(_SC_PAGESIZE) - 1);

        if (mprotect((void *) page, (size_t) sysconf(_SC_PAGESIZE),
                     PROT_READ | PROT_WRITE) == 0)
        {
            memcpy(memory_of_nginx[i].next, place, sizeof(*place));
            memcpy(place, &memory_of_nginx[i].ours, sizeof(*place));
        }
    }
}


static void
memory_divert_all(const struct link_map *map)
{
    size_t            i, size[2] = { 0, 0 };
    const char       *names = NULL;
    const Elf64_Dyn  *entry;
    const Elf64_Sym  *symbols = NULL;
    const Elf64_Rela *first[2] = { NULL, NULL }, *at;

    for (entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_STRTAB:
            names = (const char *) entry->d_un.d_ptr;
            break;
        case DT_SYMTAB:
            symbols = (const Elf64_Sym *) entry->d_un.d_ptr;
            break;
        case DT_JMPREL:
            first[0] = (const Elf64_Rela *) entry->d_un.d_ptr;
            break;
        case DT_PLTRELSZ:
            size[0] = entry->d_un.d_val;
            break;
        case DT_RELA:
            first[1] = (const Elf64_Rela *) entry->d_un.d_ptr;
            break;
        case DT_RELASZ:
            size[1] = entry->d_un.d_val;
            break;
        default:
            break;
        }
    }

    for (i = 0; i < 2; i++) {
        for (at = first[i]; at < first[i] + size[i] / sizeof(*at); at++) {
            memory_divert((void **) (map->l_addr + at->r_offset),
                          names + symbols[ELF64_R_SYM(at->r_info)].st_name);
        }
    }
}


/* nginx loads modules with it, and binds all that they call at once. */
void *
dlopen(const char *path, int flags)
{
    void            *handle, *(*next)(const char *, int), *found;
    struct link_map *map;

    found = dlsym(RTLD_NEXT, "dlopen");
    memcpy(&next, &found, sizeof(next));

    handle = next(path, flags);

    if (handle != NULL && memory_of_module && path != NULL
        && strstr(path, "ngx_socialcare_module") != NULL
        && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0)
    {
        memory_divert_all(map);
    }

    return handle;
}
