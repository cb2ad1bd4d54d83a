
/*
 * desk.c: the ledger test's worker: reads what is in the queues, records it,
 * and acknowledges and deletes it, so that a long run needs no more memory than
 * a short one.
 *
 *     desk [-w] <unix socket> <file> <stream> ...
 *
 * -w: skip what no replica has yet: a failover might lose it, and it would be
 * sent again.
 *
 * Writes a line for each entry: number of the stream, id of the entry, id of
 * the record, and `ok`, or `bad` if its text is not what was sent.  An entry
 * whose acknowledgement failed is read, and recorded, again with the same entry
 * id.  After SIGTERM it exits once the queues are empty.
 */

#define _GNU_SOURCE

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define AT_ONCE  500


static volatile sig_atomic_t  stopping;
static redisContext          *redis;
static FILE                  *notes;
static bool                   pending;     /* ours may be in the queues */
static bool                   careful;     /* -w */


static void
stop(int signal_number)
{
    (void) signal_number;

    stopping = 1;
}


static void
rest(void)
{
    struct timespec  pause = { 0, 20 * 1000 * 1000 };

    (void) nanosleep(&pause, NULL);
}


static bool
connected(const char *path)
{
    struct timeval  timeout = { 5, 0 };

    if (redis != NULL && redis->err == 0) {
        return true;
    }

    if (redis != NULL) {
        redisFree(redis);
    }

    redis = redisConnectUnixWithTimeout(path, timeout);

    if (redis == NULL || redis->err != 0) {
        return false;
    }

    (void) redisSetTimeout(redis, timeout);
    pending = true;

    return true;
}


/* "<id> <one letter again and again>" for the record's own id. */

static bool
is_whole(const char *record, const char *id, size_t len)
{
    const char  *text, *end;

    text = strstr(record, "\"text\":\"");

    if (text == NULL || strncmp(text + 8, id, len) != 0
        || text[8 + len] != ' ')
    {
        return false;
    }

    text += 8 + len + 1;
    end = text + strspn(text, (const char[]) { text[0], '\0' });

    return *text == '"' || *end == '"';
}


static void
note(size_t stream, const redisReply *entry)
{
    size_t             len;
    const char        *record, *id, *end;
    const redisReply  *fields;

    fields = entry->element[1];

    if (fields->type != REDIS_REPLY_ARRAY || fields->elements != 2) {
        return;                       /* deleted; only to be acknowledged */
    }

    record = fields->element[1]->str;
    id = strstr(record, "\"id\":\"");
    end = id == NULL ? NULL : strchr(id + 6, '"');

    if (end == NULL) {
        fprintf(notes, "%zu %s ? bad\n", stream, entry->element[0]->str);
        return;
    }

    for (id = end; id[-1] != ':' && id[-1] != '"'; id--) { /* void */ }

    len = (size_t) (end - id);
    fprintf(notes, "%zu %s %.*s %s\n", stream, entry->element[0]->str,
            (int) len, id, is_whole(record, id, len) ? "ok" : "bad");
}


static bool
send_ids(const char *command, const char *key, const char *group,
    const redisReply *entries)
{
    int          n;
    size_t       i;
    bool         good;
    redisReply  *reply;
    const char  *arguments[AT_ONCE + 3];

    n = 0;
    arguments[n++] = command;
    arguments[n++] = key;

    if (group != NULL) {
        arguments[n++] = group;
    }

    for (i = 0; i < entries->elements; i++) {
        arguments[n++] = entries->element[i]->element[0]->str;
    }

    reply = redisCommandArgv(redis, n, arguments, NULL);
    good = reply != NULL && reply->type == REDIS_REPLY_INTEGER;

    if (reply != NULL) {
        freeReplyObject(reply);
    }

    return good;
}


/* What was read and written on this connection will outlive the master. */

static bool
is_replicated(void)
{
    bool         good;
    redisReply  *reply;

    reply = redisCommand(redis, "WAIT 1 300");
    good = reply != NULL && reply->type == REDIS_REPLY_INTEGER
           && reply->integer >= 1;

    if (reply != NULL) {
        freeReplyObject(reply);
    }

    return good;
}


/* How many were taken; -1 when Redis would not. */

static long
take(size_t stream, const char *key, const char *from)
{
    long               count;
    size_t             i;
    redisReply        *reply;
    const redisReply  *entries;

    reply = redisCommand(redis, "XREADGROUP GROUP workers desk COUNT %d "
                         "STREAMS %s %s", AT_ONCE, key, from);

    if (reply == NULL) {
        return -1;
    }

    count = reply->type == REDIS_REPLY_ERROR
            && strncmp(reply->str, "NOGROUP", 7) != 0 ? -1 : 0;

    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1) {
        entries = reply->element[0]->element[1];
        count = (long) entries->elements;

        /* Reading for a group is a write; and the entries came before it. */

        if (careful && count > 0 && !is_replicated()) {
            pending = true;
            freeReplyObject(reply);
            return -1;
        }

        for (i = 0; i < entries->elements; i++) {
            note(stream, entries->element[i]);
        }

        fflush(notes);

        if (count > 0 && (!send_ids("XDEL", key, NULL, entries)
                          || !send_ids("XACK", key, "workers", entries)))
        {
            pending = true;
            count = -1;
        }
    }

    freeReplyObject(reply);

    return count;
}


/* All streams once: how many, or -1. */

static long
round_of(char **keys, size_t count)
{
    long    n, sum;
    bool    again;
    size_t  i;

    again = pending;
    pending = false;
    sum = 0;

    for (i = 0; i < count; i++) {
        n = take(i, keys[i], again ? "0" : ">");

        if (n == -1) {
            pending = true;
            return -1;
        }

        sum += n;

        if (again && n > 0) {
            pending = true;
        }
    }

    return again && sum == 0 ? 1 : sum;
}


int
main(int argc, char **argv)
{
    long              n;
    struct sigaction  action;

    if (argc > 1 && strcmp(argv[1], "-w") == 0) {
        careful = true;
        argc--;
        argv++;
    }

    if (argc < 4) {
        fprintf(stderr, "usage: see the top of desk.c\n");
        return EXIT_FAILURE;
    }

    memset(&action, 0, sizeof(action));
    action.sa_handler = stop;
    (void) sigaction(SIGTERM, &action, NULL);

    notes = fopen(argv[2], "w");

    if (notes == NULL) {
        perror(argv[2]);
        return EXIT_FAILURE;
    }

    do {
        n = connected(argv[1]) ? round_of(argv + 3, (size_t) argc - 3) : -1;

        /* Read in handfuls: a word at a time costs Redis more than it has. */
        if (n < AT_ONCE / 2) {
            rest();
        }
    } while (n != 0 || !stopping);

    return fclose(notes) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
