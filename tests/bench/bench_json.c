/*
 * bench_json.c: how long the core's reader takes for a callback body, compared
 * to jansson and, if built with -DHAVE_YYJSON -lyyjson, to yyjson.
 *
 *     bench_json [fixtures folder]
 *
 * Prints nanoseconds per body, the minimum of many rounds (other load on the
 * machine can only add to it), and the ratio of each to the reader's time.
 * The others' time includes allocating and freeing the document; the reader's
 * includes sizing the tape by sc_json_count_bound(), as for a callback.
 */

#define _XOPEN_SOURCE 700

#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef HAVE_YYJSON
#include <yyjson.h>
#endif

#include "sc_json.h"


#define ROUNDS        100
#define ROUND_NS      1000000
#define BATCH_ITEMS   20
#define BATCH_BYTES   20480
#define TAPE          65536
#define SAMPLE_BYTES  1048576


typedef void (*parse_fn)(sc_str_t body);

static sc_json_token_t tape[TAPE];

/* What is read is added up here, so that nothing is optimised away. */
static volatile uint64_t sink;


static void
fail(const char *what)
{
    fprintf(stderr, "bench_json: %s\n", what);
    exit(EXIT_FAILURE);
}


static void
parse_core(sc_str_t body)
{
    uint32_t      bound;
    sc_json_doc_t doc;

    bound = sc_json_count_bound(body);

    if (bound > TAPE) {
        bound = TAPE;
    }

    if (sc_json_read(&doc, body, tape, bound, NULL) != SC_JSON_OK) {
        fail("the reader refuses a sample");
    }

    sink += doc.count;
}


/* The part of it that sizes the tape. */
static void
parse_bound(sc_str_t body)
{
    sink += sc_json_count_bound(body);
}


static void
parse_jansson(sc_str_t body)
{
    json_t *json;

    json = json_loadb((const char *) body.data, body.len, 0, NULL);

    if (json == NULL) {
        fail("jansson refuses a sample");
    }

    sink += json_object_size(json);
    json_decref(json);
}


#ifdef HAVE_YYJSON

static void
parse_yyjson(sc_str_t body)
{
    yyjson_doc *doc;

    doc = yyjson_read((const char *) body.data, body.len, 0);

    if (doc == NULL) {
        fail("yyjson refuses a sample");
    }

    sink += yyjson_doc_get_val_count(doc);
    yyjson_doc_free(doc);
}

#endif


typedef struct {
    const char *name;
    parse_fn    parse;
} contender_t;


/* The core comes first: the others are set against it. */
static const contender_t contenders[] = {
    { "core", parse_core },
    { "bound", parse_bound },
    { "jansson", parse_jansson },
#ifdef HAVE_YYJSON
    { "yyjson", parse_yyjson },
#endif
};

#define CONTENDERS  (sizeof(contenders) / sizeof(contenders[0]))


static uint64_t
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}


static uint64_t
time_of(parse_fn parse, sc_str_t body, uint64_t times)
{
    uint64_t i, start;

    start = now_ns();

    for (i = 0; i < times; i++) {
        parse(body);
    }

    return now_ns() - start;
}


/* So many bodies that the clock's own time does not count. */
static uint64_t
times_for(parse_fn parse, sc_str_t body)
{
    uint64_t times;

    times = 1;

    while (time_of(parse, body, times) < ROUND_NS) {
        times *= 2;
    }

    return times;
}


static void
print(const contender_t *contender, double least, double core, sc_str_t body)
{
    printf("    %-8s %9.0f ns  %5.2f GB/s  %5.2f times the core's\n",
           contender->name, least, (double) body.len / least, least / core);
}


/*
 * All in turn in every round, so that a slow or fast phase of the machine
 * meets all of them.
 */
static void
report(const char *name, sc_str_t body)
{
    size_t   i;
    double   took, least[CONTENDERS];
    unsigned round;
    uint64_t times[CONTENDERS];

    for (i = 0; i < CONTENDERS; i++) {
        times[i] = times_for(contenders[i].parse, body);
    }

    for (round = 0; round < ROUNDS; round++) {
        for (i = 0; i < CONTENDERS; i++) {
            took = (double) time_of(contenders[i].parse, body, times[i])
                   / (double) times[i];

            if (round == 0 || took < least[i]) {
                least[i] = took;
            }
        }
    }

    printf("%s, %zu bytes\n", name, body.len);

    for (i = 0; i < CONTENDERS; i++) {
        print(&contenders[i], least[i], least[0], body);
    }
}


static sc_str_t
load(const char *folder, const char *name)
{
    int     length;
    char    path[4096], *data;
    FILE   *file;
    size_t  size;

    length = snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = length < (int) sizeof(path) ? fopen(path, "rb") : NULL;

    data = malloc(SAMPLE_BYTES);

    if (file == NULL || data == NULL) {
        fail(name);
    }

    size = fread(data, 1, SAMPLE_BYTES, file);

    if (size == 0 || size == SAMPLE_BYTES) {
        fail(name);
    }

    fclose(file);

    return sc_str_make(data, size);
}


static json_t *
load_tree(const char *path)
{
    json_t *tree;

    tree = json_load_file(path, 0, NULL);

    if (tree == NULL) {
        fail(path);
    }

    return tree;
}


/* All changes of the Page samples, in the order of their file names. */
static json_t *
page_changes(const char *folder)
{
    char    pattern[4096];
    glob_t  found;
    size_t  i, j;
    json_t *changes, *tree, *entry, *part;

    snprintf(pattern, sizeof(pattern), "%s/facebook/*.json", folder);
    changes = json_array();

    if (glob(pattern, 0, NULL, &found) != 0) {
        fail("no samples");
    }

    for (i = 0; i < found.gl_pathc; i++) {
        tree = load_tree(found.gl_pathv[i]);

        json_array_foreach(json_object_get(tree, "entry"), j, entry) {
            part = json_object_get(entry, "changes");

            if (json_is_array(part)) {
                json_array_extend(changes, part);
            }
        }

        json_decref(tree);
    }

    globfree(&found);

    return changes;
}


/* One callback of 20 entries and some 20 KB, as Meta sends under load. */
static sc_str_t
page_batch(const char *folder)
{
    char   *text;
    size_t  i, next;
    json_t *changes, *batch, *entries, *entry, *list;

    changes = page_changes(folder);

    if (json_array_size(changes) == 0) {
        fail("no changes in the samples");
    }

    entries = json_array();
    next = 0;

    for (i = 0; i < BATCH_ITEMS; i++) {
        list = json_array();

        do {
            json_array_append(list,
                json_array_get(changes, next++ % json_array_size(changes)));
        } while (json_dumpb(list, NULL, 0, JSON_COMPACT)
                 < BATCH_BYTES / BATCH_ITEMS - 100);

        entry = json_pack("{s:s, s:I, s:o}", "id", "104200990001234",
                          "time", (json_int_t) 1768471212, "changes", list);
        json_array_append_new(entries, entry);
    }

    batch = json_pack("{s:s, s:o}", "object", "page", "entry", entries);
    text = json_dumps(batch, JSON_COMPACT | JSON_ENSURE_ASCII);

    json_decref(batch);
    json_decref(changes);

    return sc_str_from_cstring(text);
}


int
main(int argc, char **argv)
{
    size_t      i;
    const char *folder;

    static const char *const samples[] = {
        "x/xaa-mention.json",
        "x/aaa-favorite-follow.json",
        "whatsapp/text.json",
        "intercom/user_replied.json",
    };

    folder = argc > 1 ? argv[1] : "tests/fixtures";

    for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        report(samples[i], load(folder, samples[i]));
    }

    report("Meta batch of 20", page_batch(folder));

    return EXIT_SUCCESS;
}
