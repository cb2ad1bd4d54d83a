/*
 * sc_mail_address.c: mail addresses: reads them and their names from lists, and
 * tells which are the brand's.  Must not know a provider or a mail.
 */

#include "sc_mail.h"


sc_str_t
sc_mail_trim(sc_str_t text)
{
    while (text.len != 0 && text.data[0] <= ' ') {
        text = sc_str_from(text, 1);
    }

    while (text.len != 0 && text.data[text.len - 1] <= ' ') {
        text.len--;
    }

    return text;
}


/* A name without its quotes and backslashes. */
static sc_str_t
sc_mail_name(sc_callback_t *callback, sc_str_t text)
{
    size_t         i, n;
    unsigned char *out;

    text = sc_mail_trim(text);

    if (text.len < 2 || text.data[0] != '"'
        || text.data[text.len - 1] != '"')
    {
        return text;
    }

    text = sc_str_make(text.data + 1, text.len - 2);

    if (sc_str_find_byte(text, '\\') == text.len) {
        return text;
    }

    out = sc_arena_bytes(callback->arena, text.len);
    if (out == NULL) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    for (i = 0, n = 0; i < text.len; i++) {
        if (text.data[i] == '\\' && i + 1 < text.len) {
            i++;
        }

        out[n++] = text.data[i];
    }

    return sc_str_make(out, n);
}


/* Up to a byte outside of quotes. */
static size_t
sc_mail_find(sc_str_t text, unsigned char wanted)
{
    bool   quoted;
    size_t i;

    quoted = false;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' && quoted) {
            i++;

        } else if (text.data[i] == '"') {
            quoted = !quoted;

        } else if (text.data[i] == wanted && !quoted) {
            return i;
        }
    }

    return text.len;
}


void
sc_mail_address(sc_callback_t *callback, sc_str_t list, sc_str_t *name,
    sc_str_t *address)
{
    size_t   at, comma;
    sc_str_t rest;

    at = sc_mail_find(list, '<');
    comma = sc_mail_find(list, ',');

    /* A name may have a comma, too: "Hoffmann, Lea <lea@example.org>". */
    if (at < list.len && (comma > at || sc_mail_find(list, '@') > comma)) {
        rest = sc_str_from(list, at + 1);
        *name = sc_mail_name(callback, sc_str_first(list, at));
        *address = sc_mail_trim(sc_str_first(rest,
                                             sc_str_find_byte(rest, '>')));
        return;
    }

    /* address, address (Name), one of several */
    rest = sc_str_first(list, sc_mail_find(list, ','));
    at = sc_mail_find(rest, '(');
    *address = sc_mail_trim(sc_str_first(rest, at));
    *name = sc_str_from(rest, at + 1);
    *name = sc_mail_trim(sc_str_first(*name, sc_str_find_byte(*name, ')')));
}


sc_str_t
sc_mail_split_plus(sc_callback_t *callback, sc_str_t address, sc_str_t *tag)
{
    size_t   plus, at;
    sc_str_t user;

    *tag = SC_STR_NULL;

    at = sc_str_find_byte(address, '@');
    user = sc_str_first(address, at);
    plus = sc_str_find_byte(user, '+');

    if (plus == user.len || plus == 0) {
        return address;
    }

    *tag = sc_str_from(user, plus + 1);

    return sc_kit_join(callback, sc_str_first(user, plus),
                       sc_str_from(address, at));
}


sc_str_t
sc_mail_domain(sc_str_t address)
{
    return sc_str_from(address, sc_str_find_byte(address, '@') + 1);
}


bool
sc_mail_is_own(const sc_callback_t *callback,
    const sc_mail_options_t *options, sc_str_t address)
{
    size_t             i;
    sc_str_t           domain;
    const sc_source_t *source;

    source = callback->source;
    domain = sc_mail_domain(address);

    for (i = 0; i < source->accounts_count; i++) {
        if (address.len != 0
            && sc_str_eq_nocase(source->accounts[i], address))
        {
            return true;
        }
    }

    for (i = 0; i < options->own.count; i++) {
        if (domain.len != 0 && sc_str_eq_nocase(options->own.items[i], domain))
        {
            return true;
        }
    }

    return false;
}
