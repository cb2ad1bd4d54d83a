/*
 * sc_telegram_rich.c: the words of Telegram's rich messages, which have no text
 * of their own but blocks (paragraphs, lists, tables, quotations), with texts
 * in them that are strings, lists of texts, or formatted texts.
 *
 * Must not know what the message is about.
 */

#include "sc_telegram.h"


/* Lists in quotations in lists; JSON itself ends at 32 by default. */
#define SC_TELEGRAM_RICH_DEPTH  24


/* Members that are a text, and those that hold blocks. */
static const sc_str_t sc_telegram_rich_texts[] = {
    SC_STR_INIT("text"), SC_STR_INIT("summary"), SC_STR_INIT("caption"),
    SC_STR_INIT("credit"), SC_STR_INIT("expression"),
    SC_STR_INIT("alternative_text")
};

static const sc_str_t sc_telegram_rich_blocks[] = {
    SC_STR_INIT("blocks"), SC_STR_INIT("items"), SC_STR_INIT("cells")
};


typedef struct {
    sc_callback_t *callback;
    sc_buf_t       words;
    bool           ended;              /* a line: the next word starts one */
} sc_telegram_rich_t;


static void
sc_telegram_rich_put(sc_telegram_rich_t *rich, sc_str_t text)
{
    if (text.len == 0) {
        return;
    }

    if (rich->ended && rich->words.len != 0) {
        sc_buf_append_byte(&rich->words, '\n');
    }

    rich->ended = false;
    sc_buf_append_str(&rich->words, text);
}


/* A string is a word only where a text may be. */
static void
sc_telegram_rich_walk(sc_telegram_rich_t *rich, const sc_json_token_t *item,
    bool is_text, unsigned depth)
{
    bool                   list;
    sc_str_t               member;
    sc_json_doc_t         *json;
    const sc_json_token_t *child, *name;

    json = rich->callback->json;
    list = sc_json_is(item, SC_JSON_ARRAY);

    if (is_text && sc_json_is(item, SC_JSON_STRING)) {
        sc_telegram_rich_put(rich, sc_callback_string(rich->callback, item));
    }

    if (depth > SC_TELEGRAM_RICH_DEPTH
        || (!list && !sc_json_is(item, SC_JSON_OBJECT)))
    {
        return;
    }

    for (child = sc_json_next(json, item, NULL, &name);
         child != NULL;
         child = sc_json_next(json, item, child, &name))
    {
        if (list) {
            sc_telegram_rich_walk(rich, child, is_text, depth + 1);
            continue;
        }

        member = sc_str_make(json->text.data + name->start, name->length);

        if (sc_kit_is_one_of(sc_telegram_rich_texts, member)) {
            rich->ended = rich->ended || !is_text
                          || sc_str_eq(member, SC_STR("credit"));
            sc_telegram_rich_walk(rich, child, true, depth + 1);

        } else if (sc_kit_is_one_of(sc_telegram_rich_blocks, member)) {
            sc_telegram_rich_walk(rich, child, false, depth + 1);
        }
    }
}


/* Words and breaks are never longer than the JSON that they are read from. */
sc_str_t
sc_telegram_rich_text(sc_callback_t *callback, const sc_json_token_t *message)
{
    size_t              size;
    unsigned char      *memory;
    sc_telegram_rich_t  rich;

    if (!sc_json_is(message, SC_JSON_OBJECT)) {
        return SC_STR_NULL;
    }

    size = sc_json_raw(callback->json, message).len;

    memory = sc_arena_bytes(callback->arena, size);
    if (memory == NULL) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    rich.callback = callback;
    rich.ended = false;
    sc_buf_init_fixed(&rich.words, memory, size);
    sc_telegram_rich_walk(&rich, message, false, 0);

    return sc_buf_str(&rich.words);
}
