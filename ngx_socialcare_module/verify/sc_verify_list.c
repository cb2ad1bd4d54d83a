/*
 * sc_verify_list.c: from the text of a signature field to decoded bytes.
 *
 * In a list, entries that do not fit the scheme are skipped (senders add
 * versions); a single signature that does not fit is refused.  Nothing is
 * compared here.
 */

#include "sc_verify_run.h"


static const struct {
    sc_str_t    prefix;
    sc_digest_t digest;
} sc_digest_prefixes[] = {
    { SC_STR_INIT("sha1="), SC_DIGEST_SHA1 },
    { SC_STR_INIT("sha256="), SC_DIGEST_SHA256 },
    { SC_STR_INIT("sha384="), SC_DIGEST_SHA384 },
    { SC_STR_INIT("sha512="), SC_DIGEST_SHA512 }
};

#define SC_DIGEST_PREFIXES                                                    \
    (sizeof(sc_digest_prefixes) / sizeof(sc_digest_prefixes[0]))


bool
sc_strip_prefix(sc_str_t *text, sc_str_t prefix, bool any_case)
{
    sc_str_t first;

    first = sc_str_first(*text, prefix.len);

    if (any_case ? !sc_str_eq_nocase(first, prefix)
                 : !sc_str_eq(first, prefix))
    {
        return false;
    }

    *text = sc_str_from(*text, prefix.len);

    return true;
}


/* Strips `method=` and says which digest it names. */
static bool
sc_strip_digest_prefix(const sc_verify_scheme_t *scheme, sc_str_t *text,
    sc_digest_t *digest)
{
    size_t i;

    for (i = 0; i < SC_DIGEST_PREFIXES; i++) {
        if (!sc_strip_prefix(text, sc_digest_prefixes[i].prefix, false)) {
            continue;
        }

        *digest = sc_digest_prefixes[i].digest;

        return scheme->digests == 0
               || (scheme->digests >> *digest & 1) != 0;
    }

    return false;
}


sc_verify_result_t
sc_signature_decode(sc_arena_t *arena, sc_str_t text,
    sc_signature_encoding_t encoding, sc_str_t *bytes)
{
    bool             decoded;
    size_t           len, room;
    unsigned char   *out;
    sc_base64_kind_t kind;

    *bytes = SC_STR_NULL;

    if (text.len == 0 || text.len > SC_SIGNATURE_TEXT_MAX) {
        return SC_VERIFY_MALFORMED;
    }

    /* Enough for any encoding. */
    room = text.len + 3;

    out = sc_arena_bytes(arena, room);
    if (out == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    if (encoding == SC_SIGNATURE_HEX) {
        decoded = sc_hex_decode(text, out, room, &len);

    } else {
        kind = encoding == SC_SIGNATURE_BASE64URL ? SC_BASE64URL
               : encoding == SC_SIGNATURE_BASE64 ? SC_BASE64_PADDED
               : SC_BASE64_OPTIONAL;

        decoded = sc_base64_decode(text, kind, out, room, &len);
    }

    if (!decoded) {
        return SC_VERIFY_MALFORMED;
    }

    *bytes = sc_str_make(out, len);

    return SC_VERIFY_OK;
}


/* One entry: prefix, alphabet, length. */
static sc_verify_result_t
sc_candidate_read(const sc_verify_run_t *run, sc_str_t text, bool exact,
    sc_candidate_t *candidate)
{
    sc_verify_result_t        result;
    const sc_verify_scheme_t *scheme;

    scheme = run->scheme;
    candidate->digest = scheme->digest;

    if (scheme->prefix_is_digest) {
        if (!sc_strip_digest_prefix(scheme, &text, &candidate->digest)) {
            return SC_VERIFY_MALFORMED;
        }

    } else if (!sc_strip_prefix(&text, scheme->prefix,
                                scheme->prefix_any_case)
               && !scheme->prefix_optional)
    {
        return SC_VERIFY_MALFORMED;
    }

    result = sc_signature_decode(run->arena, text, scheme->encoding,
                                 &candidate->bytes);

    if (result == SC_VERIFY_OK && exact
        && candidate->bytes.len != sc_digest_size(candidate->digest))
    {
        return SC_VERIFY_MALFORMED;
    }

    return result;
}


/* A piece of a list; false: not an entry that this scheme uses. */
static bool
sc_list_entry(const sc_verify_scheme_t *scheme, sc_str_t piece,
    sc_str_t *entry)
{
    size_t at;

    *entry = sc_str_trim(piece);

    if (scheme->list == SC_SIGNATURE_LIST_KEYS) {
        at = sc_str_find_byte(*entry, '=');

        if (at == entry->len
            || !sc_str_eq(sc_str_first(*entry, at), scheme->list_key))
        {
            return false;
        }

        *entry = sc_str_from(*entry, at + 1);
    }

    return entry->len > 0;
}


static sc_verify_result_t
sc_candidates_from_list(const sc_verify_run_t *run, bool exact,
    sc_candidates_t *list)
{
    size_t             entries;
    sc_str_t           rest, piece, entry;
    unsigned char      separator;
    sc_verify_result_t result;

    separator = run->scheme->list == SC_SIGNATURE_LIST_SPACE ? ' ' : ',';
    rest = run->signature;
    entries = 0;

    while (sc_str_next(&rest, separator, &piece)) {
        if (!sc_list_entry(run->scheme, piece, &entry)) {
            continue;
        }

        /* Each entry costs a compare: a header full of them is an attack. */
        if (++entries > SC_SIGNATURES_MAX) {
            return SC_VERIFY_MALFORMED;
        }

        result = sc_candidate_read(run, entry, exact,
                                   &list->items[list->count]);

        if (result == SC_VERIFY_TOO_LARGE) {
            return result;
        }

        if (result == SC_VERIFY_OK) {
            list->count++;
        }
    }

    if (entries == 0) {
        return SC_VERIFY_NO_SIGNATURE;
    }

    return list->count > 0 ? SC_VERIFY_OK : SC_VERIFY_MALFORMED;
}


sc_verify_result_t
sc_run_candidates(sc_verify_run_t *run, bool exact, sc_candidates_t *list)
{
    sc_verify_result_t result;

    list->count = 0;

    if (run->scheme->list != SC_SIGNATURE_SINGLE) {
        return sc_candidates_from_list(run, exact, list);
    }

    result = sc_candidate_read(run, run->signature, exact, &list->items[0]);

    if (result == SC_VERIFY_OK) {
        list->count = 1;
    }

    return result;
}


sc_field_status_t
sc_list_get(sc_str_t list, sc_str_t key, sc_str_t *value)
{
    size_t   at, count;
    sc_str_t piece;

    count = 0;

    while (sc_str_next(&list, ',', &piece)) {
        piece = sc_str_trim(piece);
        at = sc_str_find_byte(piece, '=');

        if (at < piece.len && sc_str_eq(sc_str_first(piece, at), key)) {
            *value = sc_str_from(piece, at + 1);
            count++;
        }
    }

    if (count != 1) {
        return count == 0 ? SC_FIELD_ABSENT : SC_FIELD_DOUBLED;
    }

    return SC_FIELD_OK;
}
