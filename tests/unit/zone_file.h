/*
 * zone_file.h: a time zone of this machine's data base, for tests.
 */

#ifndef ZONE_FILE_H
#define ZONE_FILE_H

#include "sc_zone_info.h"


#define ZONE_FILE_FOLDER  "/usr/share/zoneinfo/"


typedef struct {
    sc_zone_info_t zone;
    unsigned char  bytes[SC_ZONE_INFO_MAX_BYTES];
    size_t         size;
    unsigned char  memory[SC_ZONE_INFO_MAX_BYTES];
    size_t         used;
} zone_file_t;


/* Reads a zone; fails the test when it cannot be used. */
void zone_file_load(zone_file_t *file, const char *name);

/* The same for bytes that may be wrong. */
sc_zone_result_t zone_file_read(zone_file_t *file, const void *bytes,
    size_t size);

/* A file of version 2 without transitions that says only this rule. */
sc_zone_result_t zone_file_rule(zone_file_t *file, const char *rule);

#endif /* ZONE_FILE_H */
