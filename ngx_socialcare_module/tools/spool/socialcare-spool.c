/*
 * socialcare-spool.c: inspects spool directories and puts quarantined items
 * back.
 *
 * A program for operators, built on the core's file format.  It never shows
 * what customers wrote, nor who they are, unless asked with --records.  Only
 * `reinject` changes files, and it removes one only after its successor is on
 * disk.
 */

#define _GNU_SOURCE

#include "spool.h"

#include <inttypes.h>
#include <stdlib.h>


static const char spool_usage[] =
    "usage: socialcare-spool list DIR\n"
    "       socialcare-spool verify DIR|FILE\n"
    "       socialcare-spool print FILE [--json] [--records]\n"
    "       socialcare-spool reinject DIR|FILE --to DIR [--salvage]\n"
    "\n"
    "list      what is in a spool directory\n"
    "verify    reads every record; says what is damaged or missing\n"
    "print     one line for each record; what customers wrote and who they\n"
    "          are only with --records\n"
    "reinject  moves the records of quarantine files (all of a directory, or\n"
    "          one file) into new segments of the directory --to, from where\n"
    "          nginx queues them however old they are.  A damaged file is\n"
    "          left alone unless --salvage is given: then what is intact is\n"
    "          moved and the file is kept with .damaged behind its name.\n"
    "\n"
    "Exit status: 0 all well, 1 damage found or something left undone,\n"
    "2 wrong usage, 3 a file could not be read or written.\n";


static spool_exit_t
spool_list_file(const spool_options_t *options, const char *path)
{
    char         oldest[32], notes[256];
    spool_file_t file;
    spool_exit_t result;
    spool_walk_t walk;

    memset(&walk, 0, sizeof(walk));
    walk.options = options;

    result = spool_load(&file, path);

    if (result == SPOOL_OK) {
        spool_walk(&walk, &file);
        spool_format_time(walk.account.oldest_ms, oldest, sizeof(oldest));
        (void) spool_describe(&file, &walk.account, notes, sizeof(notes));

        printf("%-46s %-10s %9zu %8" PRIu64 "  %-20s  %s\n", file.base,
               file.in_use ? "in use"
                           : file.name.quarantine ? "quarantine" : "waiting",
               file.len, walk.account.items, oldest, notes);
    }

    free(file.data);

    return result;
}


static spool_exit_t
spool_list(const spool_options_t *options)
{
    size_t            i;
    spool_exit_t      result;
    spool_directory_t directory;

    result = spool_read_directory(&directory, options->source);

    if (result != SPOOL_OK) {
        spool_free_directory(&directory);
        return result;
    }

    printf("%-46s %-10s %9s %8s  %-20s  %s\n", "FILE", "STATE", "BYTES",
           "RECORDS", "OLDEST", "NOTES");

    for (i = 0; i < directory.count; i++) {
        result = spool_worse(result,
                             spool_list_file(options, directory.paths[i]));
    }

    printf("%zu spool files, %zu others\n", directory.count,
           directory.others);
    spool_free_directory(&directory);

    return result;
}


static spool_exit_t
spool_verify_file(const spool_options_t *options, const char *path)
{
    char         notes[256];
    spool_file_t file;
    spool_exit_t result;
    spool_walk_t walk;

    memset(&walk, 0, sizeof(walk));
    walk.options = options;

    result = spool_load(&file, path);

    if (result == SPOOL_OK) {
        spool_walk(&walk, &file);

        if (spool_describe(&file, &walk.account, notes, sizeof(notes))) {
            printf("%s: ok, %" PRIu64 " records%s\n", path,
                   walk.account.items, file.in_use ? ", in use" : "");

        } else {
            printf("%s: %s; %" PRIu64 " records are intact\n", path, notes,
                   walk.account.items);
            walk.visit = spool_print_gap;
            spool_walk(&walk, &file);
            result = SPOOL_FOUND;
        }
    }

    free(file.data);

    return result;
}


static spool_exit_t
spool_verify(const spool_options_t *options)
{
    return spool_each(options, spool_verify_file, false);
}


typedef struct {
    const char    *name;
    spool_exit_t (*run)(const spool_options_t *options);
    const char    *flags;      /* j: --json, r: --records, t: --to,
                                  s: --salvage */
} spool_command_t;


static const spool_command_t spool_commands[] = {
    { "list",     spool_list,     "" },
    { "verify",   spool_verify,   "" },
    { "print",    spool_print,    "jr" },
    { "reinject", spool_reinject, "ts" }
};


static const spool_command_t *
spool_find_command(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(spool_commands) / sizeof(spool_commands[0]); i++) {
        if (strcmp(name, spool_commands[i].name) == 0) {
            return &spool_commands[i];
        }
    }

    return NULL;
}


static spool_exit_t
spool_wrong_usage(const char *what, const char *argument)
{
    fprintf(stderr, "socialcare-spool: %s%s%s\n\n%s", what,
            argument == NULL ? "" : ": ", argument == NULL ? "" : argument,
            spool_usage);

    return SPOOL_USAGE;
}


static spool_exit_t
spool_parse(spool_options_t *options, const spool_command_t *command,
    int argc, char **argv)
{
    int i;

    for (i = 2; i < argc; i++) {

        if (strcmp(argv[i], "--json") == 0 && strchr(command->flags, 'j')) {
            options->json = true;

        } else if (strcmp(argv[i], "--records") == 0
                   && strchr(command->flags, 'r'))
        {
            options->records = true;

        } else if (strcmp(argv[i], "--salvage") == 0
                   && strchr(command->flags, 's'))
        {
            options->salvage = true;

        } else if (strcmp(argv[i], "--to") == 0 && strchr(command->flags, 't')
                   && i + 1 < argc)
        {
            options->target = argv[++i];

        } else if (argv[i][0] == '-' || options->source != NULL) {
            return spool_wrong_usage("unexpected argument", argv[i]);

        } else {
            options->source = argv[i];
        }
    }

    if (options->source == NULL) {
        return spool_wrong_usage("what to work on is missing", NULL);
    }

    if (strchr(command->flags, 't') && options->target == NULL) {
        return spool_wrong_usage("--to DIR is missing", NULL);
    }

    return SPOOL_OK;
}


int
main(int argc, char **argv)
{
    spool_exit_t           result;
    spool_options_t        options;
    const spool_command_t *command;

    memset(&options, 0, sizeof(options));

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void) fputs(spool_usage, stdout);
        return SPOOL_OK;
    }

    if (argc < 2) {
        return (int) spool_wrong_usage("no command", NULL);
    }

    command = spool_find_command(argv[1]);

    if (command == NULL) {
        return (int) spool_wrong_usage("unknown command", argv[1]);
    }

    result = spool_parse(&options, command, argc, argv);

    if (result == SPOOL_OK) {
        result = command->run(&options);
    }

    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        return (int) spool_failed("standard output", "cannot write");
    }

    return (int) result;
}
