/*
 * sc_verify_hmac.c: HMAC over a template, and the compare that every HMAC
 * scheme shares.
 *
 * The compare runs over all secrets that count and all signatures, whatever
 * has matched before: its duration must not reveal which one it was.
 */

#include <openssl/crypto.h>

#include "sc_verify_run.h"


/* The MAC of one secret against every signature of that digest. */
static bool
sc_compare_secret(sc_verify_run_t *run, const sc_secret_t *secret,
    sc_digest_t digest, const sc_message_t *message,
    const sc_candidates_t *list)
{
    bool          matches;
    size_t        i, size;
    unsigned char mac[SC_DIGEST_MAX_SIZE];

    if (!sc_hmac_pieces(&secret->hmac[digest], message->pieces,
                        message->count, mac))
    {
        /* Otherwise the secret is not an HMAC key. */
        if (secret->hmac[digest].inner != NULL) {
            sc_arena_starve(run->arena);
        }

        return false;
    }

    matches = false;
    size = sc_digest_size(digest);

    for (i = 0; i < list->count; i++) {
        if (list->items[i].digest == digest
            && list->items[i].bytes.len == size
            && CRYPTO_memcmp(list->items[i].bytes.data, mac, size) == 0)
        {
            matches = true;
        }
    }

    OPENSSL_cleanse(mac, sizeof(mac));

    return matches;
}


static bool
sc_list_has_digest(const sc_candidates_t *list, sc_digest_t digest)
{
    size_t i;

    for (i = 0; i < list->count; i++) {
        if (list->items[i].digest == digest) {
            return true;
        }
    }

    return false;
}


sc_verify_result_t
sc_run_compare_hmac(sc_verify_run_t *run, const sc_message_t *message,
    const sc_candidates_t *list)
{
    int    digest;
    bool   matches;
    size_t i;

    for (i = 0; i < run->secrets->count; i++) {
        if (!sc_run_counts(run, i)) {
            continue;
        }

        matches = false;

        for (digest = 0; digest < SC_DIGESTS; digest++) {
            if (sc_list_has_digest(list, (sc_digest_t) digest)
                && sc_compare_secret(run, run->secrets->items[i],
                                     (sc_digest_t) digest, message, list))
            {
                matches = true;
            }
        }

        sc_run_note(run, i, matches);
    }

    return sc_run_answer(run);
}


/*
 * One UTF-8 character at `at` (not ASCII) as \uXXXX or a surrogate pair.
 * Returns the bytes read, 0 when it is not UTF-8.
 */
static size_t
sc_escape_character(sc_str_t rest, sc_buf_t *out)
{
    size_t        i, len;
    uint32_t      code;
    unsigned char unit[2], hex[4];

    len = rest.data[0] >= 0xf0 ? 4 : rest.data[0] >= 0xe0 ? 3 : 2;

    if (rest.data[0] < 0xc2 || rest.data[0] > 0xf4 || rest.len < len) {
        return 0;
    }

    code = rest.data[0] & (0x7fu >> len);

    for (i = 1; i < len; i++) {
        if ((rest.data[i] & 0xc0) != 0x80) {
            return 0;
        }

        code = code << 6 | (rest.data[i] & 0x3fu);
    }

    if (code > 0x10ffff) {
        return 0;
    }

    if (code > 0xffff) {
        code -= 0x10000;
        unit[0] = (unsigned char) (0xd8 | code >> 18);
        unit[1] = (unsigned char) (code >> 10 & 0xff);

        sc_hex_encode(sc_str_make(unit, 2), hex);
        sc_buf_append_literal(out, "\\u");
        sc_buf_append(out, hex, 4);

        code = 0xdc00 | (code & 0x3ff);
    }

    unit[0] = (unsigned char) (code >> 8);
    unit[1] = (unsigned char) (code & 0xff);

    sc_hex_encode(sc_str_make(unit, 2), hex);
    sc_buf_append_literal(out, "\\u");
    sc_buf_append(out, hex, 4);

    return len;
}


static size_t
sc_count_beyond_ascii(sc_str_t text)
{
    size_t i, count;

    count = 0;

    for (i = 0; i < text.len; i++) {
        count += text.data[i] >> 7;
    }

    return count;
}


/* The body as it was before a proxy turned its escapes into UTF-8. */
static sc_verify_result_t
sc_escape_body(sc_verify_run_t *run, sc_str_t *escaped)
{
    size_t         at, used, size;
    sc_buf_t       out;
    sc_str_t       body;
    unsigned char *memory;

    body = run->request->body;

    /* At least two bytes become six; four become twelve. */
    size = body.len + 3 * sc_count_beyond_ascii(body);

    memory = sc_arena_bytes(run->arena, size);
    if (memory == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    sc_buf_init_fixed(&out, memory, size);

    for (at = 0; at < body.len; at += used) {
        used = 1;

        if (body.data[at] < 0x80) {
            sc_buf_append_byte(&out, body.data[at]);
            continue;
        }

        used = sc_escape_character(sc_str_from(body, at), &out);
        if (used == 0) {
            return SC_VERIFY_MISMATCH;
        }
    }

    if (out.failed) {
        return SC_VERIFY_MISMATCH;
    }

    *escaped = sc_buf_str(&out);

    return SC_VERIFY_OK;
}


/* Tries again with the escaped body in place of the raw one. */
static sc_verify_result_t
sc_retry_escaped(sc_verify_run_t *run, sc_message_t *message,
    const sc_candidates_t *list)
{
    size_t             i;
    sc_str_t           escaped;
    sc_verify_result_t result;

    if (sc_count_beyond_ascii(run->request->body) == 0) {
        return SC_VERIFY_MISMATCH;
    }

    result = sc_escape_body(run, &escaped);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    for (i = 0; i < message->count; i++) {
        if (run->scheme->message.count == 0
            || run->scheme->message.parts[i].kind == SC_PART_BODY)
        {
            message->pieces[i] = escaped;
        }
    }

    return sc_run_compare_hmac(run, message, list);
}


sc_verify_result_t
sc_verify_hmac(sc_verify_run_t *run)
{
    sc_message_t       message;
    sc_candidates_t    list;
    sc_verify_result_t result;

    result = sc_run_signature(run);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_run_candidates(run, true, &list);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_run_signed_fields(run, false);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_run_message(run, &message);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_run_compare_hmac(run, &message, &list);

    if (result == SC_VERIFY_MISMATCH && run->scheme->retry_escaped) {
        result = sc_retry_escaped(run, &message, &list);
    }

    return result;
}
