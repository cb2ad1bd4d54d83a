/*
 * replay.c: main() for fuzz targets that are built without libFuzzer.
 *
 * Runs the target once over every file named on the command line and every
 * file below every folder named there, so that corpora serve as ordinary
 * regression tests.  Each input lies in memory of exactly its size: a read
 * past its end is a read past the allocation, which ASan reports.
 */

#define _XOPEN_SOURCE 700

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>


#define REPLAY_OPEN_FOLDERS  16


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));


/* nftw() passes no context to its callback. */
static unsigned replay_inputs;


static int
replay_read(FILE *file, uint8_t *data, size_t size)
{
    return fread(data, 1, size, file) == size ? 0 : -1;
}


static int
replay_file(const char *path, size_t size)
{
    int      failed;
    FILE    *file;
    uint8_t *data;

    file = fopen(path, "rb");
    data = malloc(size);

    if (file == NULL || (data == NULL && size > 0)
        || replay_read(file, data, size) != 0)
    {
        fprintf(stderr, "cannot read %s\n", path);
        failed = -1;

    } else {
        /* What was running when a sanitizer stopped the program. */
        printf("%s\n", path);
        fflush(stdout);

        (void) LLVMFuzzerTestOneInput(data, size);
        replay_inputs++;
        failed = 0;
    }

    free(data);

    if (file != NULL) {
        fclose(file);
    }

    return failed;
}


static int
replay_entry(const char *path, const struct stat *info, int type,
    struct FTW *position)
{
    (void) position;

    if (type != FTW_F) {
        return type == FTW_D ? 0 : -1;
    }

    return replay_file(path, (size_t) info->st_size);
}


int
main(int argc, char **argv)
{
    int i;

    if (LLVMFuzzerInitialize != NULL) {
        LLVMFuzzerInitialize(&argc, &argv);
    }

    for (i = 1; i < argc; i++) {
        if (nftw(argv[i], replay_entry, REPLAY_OPEN_FOLDERS, FTW_PHYS) != 0) {
            fprintf(stderr, "stopped at %s\n", argv[i]);
            return 1;
        }
    }

    if (replay_inputs == 0) {
        fprintf(stderr, "no input\n");
        return 1;
    }

    printf("%u inputs\n", replay_inputs);

    return 0;
}
