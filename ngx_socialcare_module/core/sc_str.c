/*
 * sc_str.c: comparisons and slices of counted strings.
 */

#include "sc_str.h"


static bool
sc_ascii_is_letter(unsigned char c)
{
    c |= 0x20;

    return c >= 'a' && c <= 'z';
}


bool
sc_str_eq_nocase(sc_str_t a, sc_str_t b)
{
    size_t   i;
    unsigned differing;

    if (a.len != b.len) {
        return false;
    }

    for (i = 0; i < a.len; i++) {
        differing = a.data[i] ^ b.data[i];

        if (differing != 0
            && (differing != 0x20 || !sc_ascii_is_letter(a.data[i])))
        {
            return false;
        }
    }

    return true;
}


bool
sc_str_starts_with(sc_str_t s, sc_str_t prefix)
{
    return sc_str_eq(sc_str_first(s, prefix.len), prefix);
}


bool
sc_str_ends_with(sc_str_t s, sc_str_t suffix)
{
    return s.len >= suffix.len
           && sc_str_eq(sc_str_from(s, s.len - suffix.len), suffix);
}


bool
sc_str_contains(sc_str_t s, sc_str_t part)
{
    size_t i;

    if (part.len == 0) {
        return true;
    }

    for (i = 0; i + part.len <= s.len; i++) {
        if (memcmp(s.data + i, part.data, part.len) == 0) {
            return true;
        }
    }

    return false;
}


sc_str_t
sc_str_trim_of(sc_str_t s, sc_str_t bytes)
{
    while (s.len > 0
           && sc_str_find_byte(bytes, s.data[0]) != bytes.len)
    {
        s = sc_str_from(s, 1);
    }

    while (s.len > 0
           && sc_str_find_byte(bytes, s.data[s.len - 1]) != bytes.len)
    {
        s.len--;
    }

    return s;
}


sc_str_t
sc_str_trim(sc_str_t s)
{
    return sc_str_trim_of(s, SC_STR(" \t"));
}


bool
sc_str_next(sc_str_t *rest, unsigned char separator, sc_str_t *part)
{
    size_t at;

    if (rest->data == NULL) {
        return false;
    }

    at = sc_str_find_byte(*rest, separator);
    *part = sc_str_first(*rest, at);

    if (at == rest->len) {
        *rest = SC_STR_NULL;

    } else {
        *rest = sc_str_from(*rest, at + 1);
    }

    return true;
}


bool
sc_str_to_uint64(sc_str_t s, uint64_t *value)
{
    size_t   i;
    uint64_t v, digit;

    if (s.len == 0) {
        return false;
    }

    v = 0;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return false;
        }

        digit = (uint64_t) (s.data[i] - '0');

        if (v > (UINT64_MAX - digit) / 10) {
            return false;
        }

        v = v * 10 + digit;
    }

    *value = v;

    return true;
}


bool
sc_str_to_int64(sc_str_t s, int64_t *value)
{
    bool     negative;
    uint64_t magnitude;

    negative = s.len > 0 && s.data[0] == '-';

    if (!sc_str_to_uint64(negative ? sc_str_from(s, 1) : s, &magnitude)) {
        return false;
    }

    if (magnitude <= (uint64_t) INT64_MAX) {
        *value = negative ? -(int64_t) magnitude : (int64_t) magnitude;
        return true;
    }

    /* INT64_MIN, whose magnitude has no positive counterpart. */
    if (negative && magnitude == (uint64_t) INT64_MAX + 1) {
        *value = INT64_MIN;
        return true;
    }

    return false;
}
