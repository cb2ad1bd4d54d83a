/*
 * sc_verify_sorted.c: schemes that sort what they sign: WeChat's three texts
 * and Vonage's parameters.
 *
 * The C library's qsort may allocate; the sender controls how many parameters
 * there are, so this file sorts in place.
 */

#include <openssl/crypto.h>

#include "sc_verify_run.h"
#include "sc_verify_sorted.h"


/* Secret, timestamp, id and whatever else the scheme names. */
#define SC_SORTED_TEXTS_MAX  (3 + SC_SORTED_MAX)


int
sc_compare_bytes(sc_str_t a, sc_str_t b)
{
    int    order;
    size_t len;

    len = a.len < b.len ? a.len : b.len;
    order = len == 0 ? 0 : memcmp(a.data, b.data, len);

    if (order != 0 || a.len == b.len) {
        return order;
    }

    return a.len < b.len ? -1 : 1;
}


static int
sc_compare_pairs(const sc_pair_t *a, const sc_pair_t *b)
{
    int order;

    order = sc_compare_bytes(a->name, b->name);

    return order != 0 ? order : sc_compare_bytes(a->value, b->value);
}


static void
sc_swap_pairs(sc_pair_t *a, sc_pair_t *b)
{
    sc_pair_t held;

    held = *a;
    *a = *b;
    *b = held;
}


/* Heap sort's step: sifts the pair at `root` down to its place. */
static void
sc_sink_pair(sc_pair_t *pairs, size_t root, size_t count)
{
    size_t child;

    while ((child = 2 * root + 1) < count) {
        if (child + 1 < count
            && sc_compare_pairs(&pairs[child], &pairs[child + 1]) < 0)
        {
            child++;
        }

        if (sc_compare_pairs(&pairs[root], &pairs[child]) >= 0) {
            return;
        }

        sc_swap_pairs(&pairs[root], &pairs[child]);
        root = child;
    }
}


void
sc_sort_pairs(sc_pair_t *pairs, size_t count)
{
    size_t i;

    for (i = count / 2; i > 0; i--) {
        sc_sink_pair(pairs, i - 1, count);
    }

    for (i = count; i > 1; i--) {
        sc_swap_pairs(&pairs[0], &pairs[i - 1]);
        sc_sink_pair(pairs, 0, i - 1);
    }
}


/* The texts other than the secret; each one named must be present. */
static sc_verify_result_t
sc_sorted_texts(sc_verify_run_t *run, sc_pair_t *texts, size_t *count)
{
    size_t             i;
    sc_verify_result_t result;

    *count = 0;

    if (run->scheme->timestamp.from != SC_FROM_NOWHERE) {
        texts[(*count)++].name = run->timestamp;
    }

    if (run->scheme->id.from != SC_FROM_NOWHERE) {
        if (run->id.len == 0) {
            return SC_VERIFY_MALFORMED;
        }

        texts[(*count)++].name = run->id;
    }

    for (i = 0; i < SC_SORTED_MAX; i++) {
        if (run->scheme->sorted[i].from == SC_FROM_NOWHERE) {
            break;
        }

        result = sc_field_result(sc_run_field(run, &run->scheme->sorted[i],
                                              &texts[*count].name));
        if (result != SC_VERIFY_OK) {
            return result;
        }

        (*count)++;
    }

    return SC_VERIFY_OK;
}


/* SHA-1 over the secret and the texts in their byte order. */
static bool
sc_sorted_digest(sc_str_t secret, const sc_pair_t *texts, size_t count,
    unsigned char *digest)
{
    size_t    i;
    sc_str_t  pieces[SC_SORTED_TEXTS_MAX];
    sc_pair_t sorted[SC_SORTED_TEXTS_MAX];

    memset(sorted, 0, sizeof(sorted));
    memcpy(sorted, texts, count * sizeof(*texts));

    sorted[count].name = secret;
    sc_sort_pairs(sorted, count + 1);

    for (i = 0; i <= count; i++) {
        pieces[i] = sorted[i].name;
    }

    return sc_digest_pieces(SC_DIGEST_SHA1, pieces, count + 1, digest);
}


/* Compares every signature with one digest. */
static bool
sc_any_equal(const sc_candidates_t *list, const unsigned char *digest,
    size_t size)
{
    bool   matches;
    size_t i;

    matches = false;

    for (i = 0; i < list->count; i++) {
        if (list->items[i].bytes.len == size
            && CRYPTO_memcmp(list->items[i].bytes.data, digest, size) == 0)
        {
            matches = true;
        }
    }

    return matches;
}


static sc_verify_result_t
sc_compare_sorted(sc_verify_run_t *run, const sc_candidates_t *list,
    const sc_pair_t *texts, size_t count)
{
    size_t             i;
    unsigned char      digest[SC_DIGEST_MAX_SIZE];
    const sc_secret_t *secret;

    for (i = 0; i < run->secrets->count; i++) {
        secret = run->secrets->items[i];

        if (!sc_run_counts(run, i) || secret->kind != SC_SECRET_BYTES) {
            continue;
        }

        if (!sc_sorted_digest(sc_secret_bytes(secret), texts, count, digest))
        {
            return SC_VERIFY_NO_MEMORY;
        }

        sc_run_note(run, i, sc_any_equal(list, digest,
                                         sc_digest_size(SC_DIGEST_SHA1)));
    }

    OPENSSL_cleanse(digest, sizeof(digest));

    return sc_run_answer(run);
}


sc_verify_result_t
sc_verify_sha1_sorted(sc_verify_run_t *run)
{
    size_t             count;
    sc_pair_t          texts[SC_SORTED_TEXTS_MAX];
    sc_candidates_t    list;
    sc_verify_result_t result;

    memset(texts, 0, sizeof(texts));

    result = sc_run_signature(run);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_run_candidates(run, false, &list);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    if (list.items[0].bytes.len != sc_digest_size(SC_DIGEST_SHA1)) {
        return SC_VERIFY_MALFORMED;
    }

    result = sc_run_signed_fields(run, false);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_sorted_texts(run, texts, &count);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    return sc_compare_sorted(run, &list, texts, count);
}
