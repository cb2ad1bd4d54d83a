/*
 * sc_mastodon.c: administrator webhooks of a self-hosted Mastodon server: every
 * local status, HMAC over the body.
 *
 * socialcare_account names the brand's handles (acct) or account ids: only
 * what mentions or answers one of them, or is written by one, is kept.
 * Without any account everything is.
 *
 * Wait key: mastodon:STATUS, where STATUS is the customer's own status, which
 * the brand's answer replies to: from another of its accounts, perhaps, than
 * the one that was mentioned.
 */

#include "sc_kit.h"
#include "sc_registry.h"


#define SC_MASTODON_ENTITY_MAX  10


typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *status;
    const sc_json_token_t *author;
    sc_str_t               event;
    sc_str_t               id;
} sc_mastodon_t;


static const sc_verify_scheme_t sc_mastodon_scheme = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Hub-Signature") },
    .prefix = SC_STR_INIT("sha256=")
};


/* HTML -> text */


static const struct {
    sc_str_t name;
    sc_str_t text;
} sc_mastodon_entities[] = {
    { SC_STR_INIT("amp"), SC_STR_INIT("&") },
    { SC_STR_INIT("lt"), SC_STR_INIT("<") },
    { SC_STR_INIT("gt"), SC_STR_INIT(">") },
    { SC_STR_INIT("quot"), SC_STR_INIT("\"") },
    { SC_STR_INIT("apos"), SC_STR_INIT("'") },
    { SC_STR_INIT("nbsp"), SC_STR_INIT(" ") }
};


static void
sc_mastodon_append_utf8(sc_buf_t *text, uint64_t code)
{
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        code = 0xfffd;
    }

    if (code < 0x80) {
        sc_buf_append_byte(text, (unsigned char) code);
        return;
    }

    if (code < 0x800) {
        sc_buf_append_byte(text, (unsigned char) (0xc0 | code >> 6));

    } else {
        if (code < 0x10000) {
            sc_buf_append_byte(text, (unsigned char) (0xe0 | code >> 12));

        } else {
            sc_buf_append_byte(text, (unsigned char) (0xf0 | code >> 18));
            sc_buf_append_byte(text,
                               (unsigned char) (0x80 | (code >> 12 & 0x3f)));
        }

        sc_buf_append_byte(text, (unsigned char) (0x80 | (code >> 6 & 0x3f)));
    }

    sc_buf_append_byte(text, (unsigned char) (0x80 | (code & 0x3f)));
}


/* #65 or #x41; at most six digits, so that nothing overflows. */
static bool
sc_mastodon_number(sc_str_t name, uint64_t *code)
{
    size_t        i;
    unsigned      base, digit;
    unsigned char c;

    if (name.len < 2 || name.data[0] != '#') {
        return false;
    }

    name = sc_str_from(name, 1);
    base = 10;

    if (name.data[0] == 'x' || name.data[0] == 'X') {
        name = sc_str_from(name, 1);
        base = 16;
    }

    *code = 0;

    for (i = 0; i < name.len; i++) {
        c = (unsigned char) (name.data[i] | 0x20);
        digit = c >= '0' && c <= '9' ? (unsigned) (c - '0')
                : c >= 'a' && c <= 'f' ? (unsigned) (c - 'a' + 10) : 16;

        if (digit >= base) {
            return false;
        }

        *code = *code * base + digit;
    }

    return name.len != 0 && name.len <= 7;
}


/* Reads the entity after a '&'.  Returns the bytes read, 0 when it is none. */
static size_t
sc_mastodon_entity(sc_buf_t *text, sc_str_t rest)
{
    size_t   i, end;
    sc_str_t name;
    uint64_t code;

    end = sc_str_find_byte(sc_str_first(rest, SC_MASTODON_ENTITY_MAX), ';');
    name = sc_str_first(rest, end);

    if (end == sc_str_first(rest, SC_MASTODON_ENTITY_MAX).len) {
        return 0;
    }

    if (sc_mastodon_number(name, &code)) {
        sc_mastodon_append_utf8(text, code);
        return end + 1;
    }

    for (i = 0;
         i < sizeof(sc_mastodon_entities) / sizeof(sc_mastodon_entities[0]);
         i++)
    {
        if (sc_str_eq(sc_mastodon_entities[i].name, name)) {
            sc_buf_append_str(text, sc_mastodon_entities[i].text);
            return end + 1;
        }
    }

    return 0;
}


/* A line break for <br> and </p>, nothing for other tags. */
static size_t
sc_mastodon_tag(sc_buf_t *text, sc_str_t rest)
{
    size_t end;

    end = sc_str_find_byte(rest, '>');

    if (sc_str_starts_with(rest, SC_STR("br"))
        || sc_str_starts_with(rest, SC_STR("/p>")))
    {
        sc_buf_append_byte(text, '\n');
    }

    return end == rest.len ? end : end + 1;
}


/* Never longer than the HTML: an entity has more bytes than its character. */
static sc_str_t
sc_mastodon_text(sc_callback_t *callback, sc_str_t html)
{
    size_t         at, used;
    sc_buf_t       text;
    sc_str_t       rest;
    unsigned char *memory;

    memory = sc_arena_bytes(callback->arena, html.len);
    if (memory == NULL) {
        callback->too_large = callback->too_large || html.len != 0;
        return SC_STR_NULL;
    }

    sc_buf_init_fixed(&text, memory, html.len);

    at = 0;

    while (at < html.len) {
        rest = sc_str_from(html, at + 1);

        if (html.data[at] == '<') {
            at += 1 + sc_mastodon_tag(&text, rest);
            continue;
        }

        used = html.data[at] == '&' ? sc_mastodon_entity(&text, rest) : 0;

        if (used != 0) {
            at += 1 + used;
            continue;
        }

        sc_buf_append_byte(&text, html.data[at++]);
    }

    rest = sc_buf_str(&text);

    while (sc_str_ends_with(rest, SC_STR("\n"))) {
        rest.len--;
    }

    return rest;
}


/* Whom it concerns */


static bool
sc_mastodon_is_own(const sc_mastodon_t *mastodon,
    const sc_json_token_t *account)
{
    const sc_source_t *source;

    source = mastodon->callback->source;

    return sc_source_has_handle(source,
                                sc_callback_text(mastodon->callback, account,
                                                 SC_STR("acct")))
           || sc_source_is_own(source, SC_STR_NULL,
                               sc_callback_id(mastodon->callback, account,
                                              SC_STR("id")));
}


/* The first mentioned account that is the brand's, or NULL. */
static const sc_json_token_t *
sc_mastodon_mentioned(const sc_mastodon_t *mastodon)
{
    sc_json_doc_t         *json;
    const sc_json_token_t *list, *item;

    json = mastodon->callback->json;
    list = sc_json_member(json, mastodon->status, "mentions");

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        return NULL;
    }

    for (item = sc_json_next(json, list, NULL, NULL);
         item != NULL;
         item = sc_json_next(json, list, item, NULL))
    {
        if (sc_mastodon_is_own(mastodon, item)) {
            return item;
        }
    }

    return NULL;
}


static sc_str_t
sc_mastodon_handle(const sc_mastodon_t *mastodon,
    const sc_json_token_t *account)
{
    return sc_callback_text(mastodon->callback, account, SC_STR("acct"));
}


/* The account whose status is quoted, if that is the brand's; else NULL. */
static const sc_json_token_t *
sc_mastodon_quoted(const sc_mastodon_t *mastodon, sc_mention_t *mention)
{
    sc_callback_t         *callback;
    const sc_json_token_t *quoted, *account;

    callback = mastodon->callback;
    quoted = sc_kit_object(callback,
                           sc_kit_object(callback, mastodon->status,
                                         SC_STR("quote")),
                           SC_STR("quoted_status"));
    account = sc_kit_object(callback, quoted, SC_STR("account"));

    if (account == NULL || !sc_mastodon_is_own(mastodon, account)) {
        return NULL;
    }

    mention->parent = sc_kit_either(mention->parent,
                                    sc_callback_id(callback, quoted,
                                                   SC_STR("id")));

    return account;
}


/* Fills in kind, direction and account; false: does not concern the brand. */
static bool
sc_mastodon_sort(const sc_mastodon_t *mastodon, sc_mention_t *mention)
{
    sc_callback_t         *callback;
    const sc_json_token_t *ours, *boosted;

    callback = mastodon->callback;
    mention->direction = SC_DIRECTION_IN;
    mention->kind = mention->parent.len != 0 ? SC_KIND_REPLY : SC_KIND_POST;

    if (sc_mastodon_is_own(mastodon, mastodon->author)) {
        mention->direction = SC_DIRECTION_OUT;
        mention->account = sc_mastodon_handle(mastodon, mastodon->author);
        return true;
    }

    boosted = sc_kit_object(callback, mastodon->status, SC_STR("reblog"));

    if (boosted != NULL) {
        ours = sc_kit_object(callback, boosted, SC_STR("account"));
        mention->kind = SC_KIND_SHARE;
        mention->parent = sc_callback_id(callback, boosted, SC_STR("id"));
        mention->account = sc_mastodon_handle(mastodon, ours);

        return sc_mastodon_is_own(mastodon, ours);
    }

    ours = sc_mastodon_mentioned(mastodon);

    if (ours != NULL) {
        mention->kind = SC_KIND_MENTION;
        mention->account = sc_mastodon_handle(mastodon, ours);
        return true;
    }

    ours = sc_mastodon_quoted(mastodon, mention);

    if (ours != NULL) {
        mention->kind = SC_KIND_QUOTE;
        mention->account = sc_mastodon_handle(mastodon, ours);
        return true;
    }

    return callback->source->accounts_count == 0
           || sc_source_is_own(callback->source, SC_STR_NULL,
                               sc_callback_id(callback, mastodon->status,
                                              SC_STR("in_reply_to_account_id"
                                                     )));
}


/* Everything that the status says of itself */


static void
sc_mastodon_set_visibility(const sc_mastodon_t *mastodon,
    sc_mention_t *mention)
{
    sc_str_t visibility;

    visibility = sc_callback_text(mastodon->callback, mastodon->status,
                                  SC_STR("visibility"));

    mention->is_public = sc_str_eq(visibility, SC_STR("private"))
                         || sc_str_eq(visibility, SC_STR("direct"))
                         ? SC_TRI_NO : SC_TRI_YES;

    if (sc_str_eq(visibility, SC_STR("direct"))
        && mention->kind != SC_KIND_SHARE)
    {
        mention->kind = SC_KIND_MESSAGE;
    }
}


static void
sc_mastodon_set_author(const sc_mastodon_t *mastodon, sc_mention_t *mention)
{
    sc_callback_t *callback;

    callback = mastodon->callback;

    mention->author.id = sc_callback_id(callback, mastodon->author,
                                        SC_STR("id"));
    mention->author.handle = sc_mastodon_handle(mastodon, mastodon->author);
    mention->author.name = sc_kit_either(sc_callback_text(callback,
                                                          mastodon->author,
                                                          SC_STR("display_name"
                                                                 )),
                                         mention->author.handle);
    mention->author.followers = sc_callback_int(callback, mastodon->author,
                                                SC_STR("followers_count"));

    if (mention->author.followers < 0) {
        mention->author.followers = -1;
    }
}


static void
sc_mastodon_add_media(const sc_mastodon_t *mastodon, sc_mention_t *mention)
{
    size_t                 count;
    sc_callback_t         *callback;
    const sc_json_token_t *list, *item;

    callback = mastodon->callback;
    list = sc_json_member(callback->json, mastodon->status,
                          "media_attachments");
    count = 0;

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        return;
    }

    for (item = sc_json_next(callback->json, list, NULL, NULL);
         item != NULL && count < SC_KIT_MAX_MEDIA;
         item = sc_json_next(callback->json, list, item, NULL))
    {
        sc_callback_add_media(callback, mention,
                              sc_callback_text(callback, item, SC_STR("type")),
                              sc_callback_text(callback, item, SC_STR("url")),
                              SC_STR_NULL);
        count++;
    }
}


static void
sc_mastodon_set_action(const sc_mastodon_t *mastodon, sc_mention_t *mention)
{
    sc_str_t edited;

    mention->event = sc_kit_join(mastodon->callback, mastodon->id, SC_STR("/"),
                                 mastodon->event);

    if (sc_str_eq(mastodon->event, SC_STR("status.created"))) {
        return;
    }

    edited = sc_callback_text(mastodon->callback, mastodon->status,
                              SC_STR("edited_at"));

    mention->action = SC_ACTION_EDIT;
    mention->edited_ms = sc_kit_text_time(mastodon->callback,
                                          mastodon->status,
                                          SC_STR("edited_at"),
                                          SC_TIME_ISO8601);

    if (edited.len != 0) {
        mention->event = sc_kit_join(mastodon->callback, mention->event,
                                     SC_STR("/"), edited);
    }
}


static void
sc_mastodon_set_clock(const sc_mastodon_t *mastodon, sc_mention_t *mention)
{
    sc_str_t key;

    key = mention->direction == SC_DIRECTION_OUT ? mention->parent
                                                 : mention->object;

    sc_kit_set_clock(mastodon->callback, mention, key);

    if (mention->clock_key.len != 0) {
        mention->clock_key = sc_kit_join(mastodon->callback,
                                         mention->platform, SC_STR(":"), key);
    }
}


static sc_parse_result_t
sc_mastodon_status(sc_mastodon_t *mastodon)
{
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = mastodon->callback;

    mention = sc_kit_add(callback, callback->request->body);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->parent = sc_callback_id(callback, mastodon->status,
                                     SC_STR("in_reply_to_id"));

    if (!sc_mastodon_sort(mastodon, mention)) {
        sc_callback_drop_last(callback);
        return SC_PARSE_OK;
    }

    sc_mastodon_set_action(mastodon, mention);
    sc_mastodon_set_visibility(mastodon, mention);
    sc_mastodon_set_author(mastodon, mention);
    sc_mastodon_add_media(mastodon, mention);

    mention->automatic = mention->direction == SC_DIRECTION_OUT
                         && sc_json_is_true(sc_json_member(callback->json,
                                                           mastodon->author,
                                                           "bot"));
    mention->object = mastodon->id;
    mention->text = sc_mastodon_text(callback,
                        sc_callback_text(callback, mastodon->status,
                                         SC_STR("content")));
    mention->subject = sc_callback_text(callback, mastodon->status,
                                        SC_STR("spoiler_text"));
    mention->lang = sc_callback_text(callback, mastodon->status,
                                     SC_STR("language"));
    mention->url = sc_kit_either(sc_callback_text(callback, mastodon->status,
                                                  SC_STR("url")),
                                 sc_callback_text(callback, mastodon->status,
                                                  SC_STR("uri")));
    sc_kit_set_created(callback, mention,
                       sc_kit_text_time(callback, mastodon->status,
                                        SC_STR("created_at"),
                                        SC_TIME_ISO8601));
    sc_mastodon_set_clock(mastodon, mention);

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_mastodon_parse(sc_callback_t *callback)
{
    sc_mastodon_t          mastodon;
    const sc_json_token_t *root;

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    memset(&mastodon, 0, sizeof(mastodon));
    mastodon.callback = callback;
    mastodon.event = sc_callback_text(callback, root, SC_STR("event"));

    /* Events for administrators only. */
    if (sc_str_starts_with(mastodon.event, SC_STR("account."))
        || sc_str_starts_with(mastodon.event, SC_STR("report.")))
    {
        return SC_PARSE_OK;
    }

    if (!sc_str_eq(mastodon.event, SC_STR("status.created"))
        && !sc_str_eq(mastodon.event, SC_STR("status.updated")))
    {
        return sc_kit_die(callback, mastodon.event.len == 0
                                    ? SC_DEAD_MISSING_MEMBER
                                    : SC_DEAD_UNKNOWN_OBJECT);
    }

    mastodon.status = sc_kit_object(callback, root, SC_STR("object"));
    mastodon.author = sc_kit_object(callback, mastodon.status,
                                    SC_STR("account"));
    mastodon.id = sc_callback_id(callback, mastodon.status, SC_STR("id"));

    if (mastodon.id.len == 0 || mastodon.author == NULL) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    return sc_mastodon_status(&mastodon);
}


const sc_platform_t sc_platform_mastodon = {
    .name = SC_STR_INIT("mastodon"),
    .channel = SC_CHANNEL_SOCIAL,
    .json = true,
    .scheme = &sc_mastodon_scheme,
    .parse = sc_mastodon_parse
};
