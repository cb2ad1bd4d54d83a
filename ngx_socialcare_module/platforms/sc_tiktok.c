/*
 * sc_tiktok.c: TikTok's comments and direct messages (TikTok-Signature) and
 * the customer service of TikTok Shop (Authorization): two schemes and two
 * formats that may share a location.
 *
 * The account is user_openid, or the shop's id.  The payload does not mark the
 * brand's own comments: socialcare_account names its unique_identifier.
 *
 * Option: app_key=KEY accepts TikTok Shop, whose signature covers this key.
 *
 * Wait keys: comments tiktok:ACCOUNT:COMMENT, the top-level comment of the
 * replies; messages tiktok:ACCOUNT:CONVERSATION, shop tiktok:SHOP:CONVERSATION.
 */

#include "sc_registry.h"
#include "sc_tiktok.h"


typedef struct {
    sc_str_t           app_key;
    sc_verify_scheme_t shop;
} sc_tiktok_options_t;


static const sc_verify_scheme_t sc_tiktok_scheme = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("TikTok-Signature") },
    .list = SC_SIGNATURE_LIST_KEYS,
    .list_key = SC_STR_INIT("s"),
    .timestamp = { SC_FROM_LIST, SC_STR_INIT("t") },
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT(".") },
                   { SC_PART_BODY, { 0, NULL } } }, 3 }
};


/* Events that are not mentions, by the prefix of their names. */
static const sc_str_t sc_tiktok_quiet[] = {
    SC_STR_INIT("im_mark_read_msg"), SC_STR_INIT("im_referral_msg"),
    SC_STR_INIT("video."), SC_STR_INIT("post.publish."),
    SC_STR_INIT("portability.")
};


sc_str_t
sc_tiktok_text(const sc_tiktok_t *tiktok, const char *name)
{
    return sc_callback_text(tiktok->callback, tiktok->content,
                            sc_str_from_cstring(name));
}


sc_str_t
sc_tiktok_id(const sc_tiktok_t *tiktok, const char *name)
{
    return sc_callback_id(tiktok->callback, tiktok->content,
                          sc_str_from_cstring(name));
}


static sc_str_t
sc_tiktok_inner(const sc_tiktok_t *tiktok, const char *name,
    const char *inner)
{
    return sc_callback_id(tiktok->callback,
                          sc_kit_object(tiktok->callback, tiktok->content,
                                        sc_str_from_cstring(name)),
                          sc_str_from_cstring(inner));
}


sc_mention_t *
sc_tiktok_add(const sc_tiktok_t *tiktok, sc_kind_t kind)
{
    sc_mention_t *mention;

    mention = sc_kit_add(tiktok->callback, tiktok->callback->request->body);

    if (mention != NULL) {
        mention->kind = kind;
        mention->account = tiktok->account;
    }

    return mention;
}


sc_parse_result_t
sc_tiktok_open(sc_tiktok_t *tiktok, sc_str_t text)
{
    sc_parse_result_t result;

    if (tiktok->callback->json->duplicate) {
        return sc_kit_die(tiktok->callback, SC_DEAD_DUPLICATE_NAME);
    }

    if (text.len == 0) {
        return sc_kit_die(tiktok->callback, SC_DEAD_MISSING_MEMBER);
    }

    result = sc_callback_read_json(tiktok->callback, text);

    if (result == SC_PARSE_OK) {
        tiktok->content = sc_json_root(tiktok->callback->json);
    }

    return result;
}


/* Comments */


/*
 * TikTok has two levels: an answer under a comment belongs to that comment's
 * thread.
 */
static void
sc_tiktok_set_comment_wait(const sc_tiktok_t *tiktok, sc_mention_t *mention)
{
    bool     own;
    sc_str_t key;

    own = sc_source_is_own(tiktok->callback->source, tiktok->account,
                           mention->author.id);
    mention->direction = own ? SC_DIRECTION_OUT
                         : mention->author.id.len == 0 ? SC_DIRECTION_UNKNOWN
                                                       : SC_DIRECTION_IN;
    key = own ? mention->parent
              : sc_kit_either(mention->parent, mention->object);
    sc_kit_set_clock(tiktok->callback, mention, key);
}


static sc_parse_result_t
sc_tiktok_comment(sc_tiktok_t *tiktok)
{
    sc_str_t      id, action, time;
    sc_mention_t *mention;

    id = sc_tiktok_id(tiktok, "comment_id");
    action = sc_kit_either(sc_tiktok_text(tiktok, "comment_action"),
                           SC_STR("insert"));
    time = sc_tiktok_id(tiktok, "timestamp");

    if (id.len == 0) {
        return sc_kit_die(tiktok->callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_tiktok_add(tiktok, SC_KIND_COMMENT);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->event = sc_kit_join(tiktok->callback, id, SC_STR("/"), action);

    if (sc_str_eq(action, SC_STR("delete"))) {
        mention->action = SC_ACTION_DELETE;

    } else if (!sc_str_eq(action, SC_STR("insert"))) {
        /* Moderation: hidden, for friends only, public again. */
        mention->action = SC_ACTION_EDIT;
        mention->status = action;
        mention->event = sc_kit_join(tiktok->callback, mention->event,
                                     SC_STR("/"), time);
    }

    mention->object = id;
    mention->is_public = SC_TRI_YES;
    mention->thread = sc_tiktok_id(tiktok, "video_id");
    mention->parent = sc_tiktok_id(tiktok, "parent_comment_id");
    mention->author.id = sc_tiktok_id(tiktok, "unique_identifier");
    mention->text = sc_tiktok_text(tiktok, "text");
    sc_kit_set_created(tiktok->callback, mention,
                       sc_kit_time(tiktok->callback, tiktok->content,
                                   SC_STR("timestamp"), 1000));
    sc_tiktok_set_comment_wait(tiktok, mention);

    return SC_PARSE_OK;
}


/* Direct messages */


/* An unknown type is a contact without text. */
static void
sc_tiktok_add_content(const sc_tiktok_t *tiktok, sc_mention_t *mention)
{
    sc_str_t type;

    type = sc_tiktok_text(tiktok, "type");

    if (type.len == 0 || sc_str_eq(type, SC_STR("text"))) {
        return;
    }

    mention->url = sc_tiktok_inner(tiktok, "share_post", "embed_url");
    sc_callback_add_media(tiktok->callback, mention, type, mention->url,
                          sc_kit_either(
                              sc_tiktok_inner(tiktok, "image", "media_id"),
                              sc_tiktok_inner(tiktok, "share_post",
                                              "video_id")));
}


/*
 * Roles, where given, say more than the event's name.  If a business writes to
 * a business they say nothing: the account's own id tells, else the name.
 */
static bool
sc_tiktok_is_own_message(const sc_tiktok_t *tiktok)
{
    sc_str_t from, role;

    from = sc_tiktok_inner(tiktok, "from_user", "id");
    role = sc_tiktok_inner(tiktok, "from_user", "role");

    if (role.len != 0
        && !sc_str_eq(role, sc_tiktok_inner(tiktok, "to_user", "role")))
    {
        return sc_str_eq(role, SC_STR("business_account"));
    }

    return sc_str_eq(tiktok->event, SC_STR("im_send_msg"))
           || (from.len != 0 && sc_str_eq(from, tiktok->account));
}


static sc_parse_result_t
sc_tiktok_message(sc_tiktok_t *tiktok)
{
    bool          own;
    sc_str_t      id, thread;
    sc_mention_t *mention;

    id = sc_tiktok_id(tiktok, "message_id");
    thread = sc_tiktok_id(tiktok, "conversation_id");

    if (id.len == 0 || thread.len == 0) {
        return sc_kit_die(tiktok->callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_tiktok_add(tiktok, SC_KIND_MESSAGE);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    own = sc_tiktok_is_own_message(tiktok);

    mention->direction = own ? SC_DIRECTION_OUT : SC_DIRECTION_IN;
    mention->event = id;
    mention->object = id;
    mention->thread = thread;
    mention->is_public = SC_TRI_NO;
    mention->parent = sc_tiktok_inner(tiktok, "referenced_message_info",
                                      "referenced_message_id");
    mention->author.id = sc_kit_either(
                             sc_tiktok_inner(tiktok, "from_user", "id"),
                             own ? tiktok->account
                                 : sc_tiktok_id(tiktok,
                                                "unique_identifier"));
    mention->author.name = sc_tiktok_text(tiktok, "from");
    mention->author.handle = mention->author.name;
    mention->text = sc_tiktok_inner(tiktok, "text", "body");

    if (own) {
        mention->recipient = sc_kit_either(
                                 sc_tiktok_inner(tiktok, "to_user", "id"),
                                 sc_tiktok_id(tiktok, "unique_identifier"));
    }

    sc_tiktok_add_content(tiktok, mention);
    sc_kit_set_created(tiktok->callback, mention,
                       sc_kit_time(tiktok->callback, tiktok->content,
                                   SC_STR("timestamp"), 1));
    sc_kit_set_clock(tiktok->callback, mention, thread);

    return SC_PARSE_OK;
}


sc_parse_result_t
sc_tiktok_notice(const sc_tiktok_t *tiktok, const char *notice,
    sc_str_t event)
{
    sc_mention_t *mention;

    mention = sc_kit_add_notice(tiktok->callback,
                                tiktok->callback->request->body,
                                sc_str_from_cstring(notice));
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->account = tiktok->account;
    mention->event = event;
    sc_kit_set_created(tiktok->callback, mention, tiktok->sent_ms);

    return SC_PARSE_OK;
}


static const struct {
    sc_str_t            event;
    sc_parse_result_t (*handle)(sc_tiktok_t *tiktok);
} sc_tiktok_events[] = {
    { SC_STR_INIT("comment.update"), sc_tiktok_comment },
    { SC_STR_INIT("im_receive_high_intent_comment"), sc_tiktok_comment },
    { SC_STR_INIT("im_receive_msg"), sc_tiktok_message },
    { SC_STR_INIT("im_receive_msg_eu"), sc_tiktok_message },
    { SC_STR_INIT("im_send_msg"), sc_tiktok_message }
};


static sc_parse_result_t
sc_tiktok_event(sc_tiktok_t *tiktok, const sc_json_token_t *root)
{
    size_t            i;
    sc_str_t          content;
    sc_callback_t    *callback;
    sc_parse_result_t result;

    callback = tiktok->callback;

    tiktok->event = sc_callback_text(callback, root, SC_STR("event"));
    tiktok->account = sc_callback_id(callback, root, SC_STR("user_openid"));
    tiktok->sent_ms = sc_kit_time(callback, root, SC_STR("create_time"),
                                  1000);
    content = sc_callback_text(callback, root, SC_STR("content"));

    if (tiktok->event.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (sc_str_eq(tiktok->event, SC_STR("authorization.removed"))) {
        return sc_tiktok_notice(tiktok, "revoke",
                   sc_kit_join(callback, tiktok->event, SC_STR("/"),
                               sc_callback_id(callback, root,
                                              SC_STR("create_time"))));
    }

    for (i = 0; i < sizeof(sc_tiktok_quiet) / sizeof(sc_tiktok_quiet[0]); i++)
    {
        if (sc_str_starts_with(tiktok->event, sc_tiktok_quiet[i])) {
            return SC_PARSE_OK;
        }
    }

    for (i = 0; i < sizeof(sc_tiktok_events) / sizeof(sc_tiktok_events[0]);
         i++)
    {
        if (sc_str_eq(sc_tiktok_events[i].event, tiktok->event)) {
            result = sc_tiktok_open(tiktok, content);

            return result == SC_PARSE_OK ? sc_tiktok_events[i].handle(tiktok)
                                         : result;
        }
    }

    return sc_kit_die(callback, SC_DEAD_UNKNOWN_OBJECT);
}


static bool
sc_tiktok_is_shop(const sc_source_t *source, const sc_request_t *request)
{
    const sc_tiktok_options_t *options;

    options = source->options;

    return options->app_key.len != 0
           && sc_request_header(request, SC_STR("TikTok-Signature"),
                                NULL).len == 0;
}


/* No GET is documented: confirms that the URL exists, but echoes nothing. */
static void
sc_tiktok_handshake(sc_callback_t *callback)
{
    callback->answer = (sc_answer_t) { .status = 200 };
}


static sc_parse_result_t
sc_tiktok_parse(sc_callback_t *callback)
{
    sc_tiktok_t            tiktok;
    const sc_json_token_t *root;

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    memset(&tiktok, 0, sizeof(tiktok));
    tiktok.callback = callback;

    return sc_tiktok_is_shop(callback->source, callback->request)
           ? sc_tiktok_shop(&tiktok, root) : sc_tiktok_event(&tiktok, root);
}


static size_t
sc_tiktok_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    const sc_tiktok_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = &sc_tiktok_scheme;
    }

    if (capacity > 1 && options->app_key.len != 0) {
        list[1] = &options->shop;
    }

    return options->app_key.len != 0 ? 2 : 1;
}


static const sc_verify_scheme_t *
sc_tiktok_choose_scheme(const sc_source_t *source,
    const sc_request_t *request)
{
    const sc_tiktok_options_t *options;

    options = source->options;

    return sc_tiktok_is_shop(source, request) ? &options->shop
                                              : &sc_tiktok_scheme;
}


/* The key is signed before the body: so the scheme is the receiver's own. */
static const char *
sc_tiktok_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_tiktok_options_t *options;

    (void) arena;

    options = data;

    if (!sc_str_eq(name, SC_STR("app_key"))) {
        return "unknown option: tiktok knows app_key=";
    }

    if (value.len == 0) {
        return "app_key= is the app key of TikTok Shop's Partner Center";
    }

    options->app_key = value;

    memset(&options->shop, 0, sizeof(options->shop));
    options->shop.kind = SC_SCHEME_HMAC;
    options->shop.signature.from = SC_FROM_HEADER;
    options->shop.signature.name = SC_STR("Authorization");
    options->shop.message.parts[0].kind = SC_PART_LITERAL;
    options->shop.message.parts[0].text = value;
    options->shop.message.parts[1].kind = SC_PART_BODY;
    options->shop.message.count = 2;

    return NULL;
}


const sc_platform_t sc_platform_tiktok = {
    .name = SC_STR_INIT("tiktok"),
    .channel = SC_CHANNEL_SOCIAL,
    .json = true,
    .schemes = sc_tiktok_schemes,
    .choose_scheme = sc_tiktok_choose_scheme,
    .handshake = sc_tiktok_handshake,
    .parse = sc_tiktok_parse,
    .options_size = sizeof(sc_tiktok_options_t),
    .set_option = sc_tiktok_set_option
};
