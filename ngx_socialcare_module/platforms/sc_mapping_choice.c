/*
 * sc_mapping_choice.c: reading one choice of a field: pointer, name, constant
 * or template.
 */

#include "sc_mapping_private.h"


size_t
sc_choice_end(sc_str_t text, const char *stops)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' && i + 1 < text.len) {
            i++;
            continue;
        }

        if (text.data[i] != '\0' && strchr(stops, text.data[i]) != NULL) {
            break;
        }
    }

    return i;
}


static bool
sc_choice_unescape(sc_arena_t *arena, sc_str_t text, sc_str_t *plain)
{
    size_t         i, len;
    unsigned char *to;

    *plain = text;

    if (sc_str_find_byte(text, '\\') == text.len) {
        return true;
    }

    to = sc_arena_bytes(arena, text.len);
    if (to == NULL) {
        return false;
    }

    len = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' && i + 1 < text.len
            && strchr("|{}\\", text.data[i + 1]) != NULL
            && text.data[i + 1] != '\0')
        {
            i++;
        }

        to[len++] = text.data[i];
    }

    *plain = sc_str_make(to, len);

    return true;
}


static const char *
sc_choice_read_pointer(sc_choice_t *choice, sc_str_t text)
{
    size_t   i, start;
    sc_str_t part;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '~'
            && (i + 1 == text.len
                || (text.data[i + 1] != '0' && text.data[i + 1] != '1')))
        {
            return "a ~ in a JSON pointer is written ~0, a / in a name ~1";
        }
    }

    choice->kind = SC_CHOICE_POINTER;
    start = 0;

    for (i = 0; i < text.len; i += 1 + part.len) {
        part = sc_str_from(text, i + 1);
        part = sc_str_first(part, sc_str_find_byte(part, '/'));

        if (!sc_str_eq(part, SC_STR("*"))) {
            continue;
        }

        if (choice->stars == SC_MAPPING_MAX_STARS) {
            return "a pointer may go through three lists (*) at most";
        }

        choice->path[choice->stars++] = sc_str_make(text.data + start,
                                                    i - start);
        start = i + 2;
    }

    choice->path[choice->stars] = sc_str_from(text, start);

    return NULL;
}


/* Anything but a constant or a template. */
static const char *
sc_choice_read_source(sc_choice_t *choice, sc_str_t text)
{
    size_t i;

    static const struct {
        sc_str_t         prefix;
        sc_choice_kind_t kind;
    } named[] = {
        { SC_STR_INIT("header:"), SC_CHOICE_HEADER },
        { SC_STR_INIT("query:"), SC_CHOICE_QUERY },
        { SC_STR_INIT("form:"), SC_CHOICE_FORM }
    };

    if (text.len == 0) {
        return "an alternative is empty: write /a/b, NAME, header:NAME, "
               "query:NAME or =TEXT, several separated by |";
    }

    if (text.data[0] == '/') {
        return sc_choice_read_pointer(choice, text);
    }

    if (sc_str_eq(text, SC_STR("signed_id"))) {
        choice->kind = SC_CHOICE_SIGNED_ID;
        return NULL;
    }

    if (sc_str_eq(text, SC_STR("digest"))) {
        choice->kind = SC_CHOICE_DIGEST;
        return NULL;
    }

    choice->kind = SC_CHOICE_FORM;
    choice->text = text;

    for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (sc_str_starts_with(text, named[i].prefix)) {
            choice->kind = named[i].kind;
            choice->text = sc_str_from(text, named[i].prefix.len);
        }
    }

    return choice->text.len == 0 ? "a name is missing behind the colon" : NULL;
}


sc_choice_t *
sc_choice_append(sc_arena_t *arena, sc_choice_t ***last)
{
    sc_choice_t *choice;

    choice = sc_arena_array(arena, 1, sizeof(sc_choice_t));

    if (choice != NULL) {
        **last = choice;
        *last = &choice->next;
    }

    return choice;
}


static const char *
sc_choice_read_template(sc_choice_t *template, sc_arena_t *arena,
    sc_str_t text)
{
    size_t        end;
    sc_str_t      literal;
    const char   *problem;
    sc_choice_t  *part, **last;

    template->kind = SC_CHOICE_TEMPLATE;
    last = &template->parts;

    while (text.len > 0) {
        part = sc_choice_append(arena, &last);
        if (part == NULL) {
            return sc_mapping_no_memory;
        }

        if (text.data[0] != '{') {
            end = sc_choice_end(text, "{}");
            literal = sc_str_first(text, end);
            text = sc_str_from(text, end);

            if (!sc_choice_unescape(arena, literal, &part->text)) {
                return sc_mapping_no_memory;
            }

            if (text.len > 0 && text.data[0] == '}') {
                return "a } without its {: write \\} for the character";
            }

            continue;
        }

        end = sc_choice_end(text, "}");
        if (end == text.len) {
            return "a { without its }: write \\{ for the character";
        }

        problem = sc_choice_read_source(part,
                                        sc_str_make(text.data + 1, end - 1));
        if (problem != NULL) {
            return problem;
        }

        text = sc_str_from(text, end + 1);
    }

    return NULL;
}


const char *
sc_choice_read(sc_choice_t *choice, sc_arena_t *arena, sc_str_t text)
{
    if (text.len > 0 && text.data[0] == '=') {
        choice->kind = SC_CHOICE_CONSTANT;

        if (!sc_choice_unescape(arena, sc_str_from(text, 1), &choice->text)) {
            return sc_mapping_no_memory;
        }

        return choice->text.len == 0 ? "the constant behind = is empty" : NULL;
    }

    if (sc_choice_end(text, "{}") < text.len) {
        return sc_choice_read_template(choice, arena, text);
    }

    if (!sc_choice_unescape(arena, text, &text)) {
        return sc_mapping_no_memory;
    }

    return sc_choice_read_source(choice, text);
}
