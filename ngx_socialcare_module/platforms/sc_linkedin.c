/*
 * sc_linkedin.c: LinkedIn's organization social action notifications: up to
 * ten per POST, HMAC over `hmacsha256=` and the body, and a challenge that
 * comes by GET every two hours.
 *
 * The account is the organization's URN; socialcare_account names URNs of
 * staff who answer with their own profiles.  A secret whose name= is an
 * application's id answers the challenge for that application.
 *
 * LinkedIn does not say what a comment answers: an answer ends the waits under
 * its post.  Wait key: linkedin:ORGANIZATION:POST, both as URNs.
 */

#include "sc_kit.h"
#include "sc_registry.h"


#define SC_LINKEDIN_CHALLENGE_MAX  64

/* Two names, the challenge, 64 digits. */
#define SC_LINKEDIN_ANSWER_MAX     256

#define SC_LINKEDIN_TYPE           "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"


typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *notification;
    const sc_json_token_t *item;       /* comment or share, may be NULL */
    sc_str_t               raw;
    sc_str_t               id;
    sc_str_t               organization;
    sc_str_t               action;
    sc_str_t               post;
    sc_str_t               activity;   /* generatedActivity */
} sc_linkedin_t;


static const sc_verify_scheme_t sc_linkedin_scheme = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-LI-Signature") },
    .prefix = SC_STR_INIT("hmacsha256="),
    .prefix_optional = true,
    .message = { { { SC_PART_LITERAL, SC_STR_INIT("hmacsha256=") },
                   { SC_PART_BODY, { 0, NULL } } }, 2 }
};


/* Challenge */


static bool
sc_linkedin_is_code(sc_str_t code)
{
    size_t        i;
    unsigned char c;

    if (code.len == 0 || code.len > SC_LINKEDIN_CHALLENGE_MAX) {
        return false;
    }

    for (i = 0; i < code.len; i++) {
        c = code.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z') || c == '-'))
        {
            return false;
        }
    }

    return true;
}


/* The live secret of that label, else the first live one. */
static const sc_secret_t *
sc_linkedin_secret(sc_callback_t *callback, sc_str_t application)
{
    size_t              i;
    int64_t             until_s;
    const sc_secret_t  *first;
    const sc_secrets_t *secrets;

    first = NULL;
    secrets = &callback->source->secrets;

    for (i = 0; i < secrets->count; i++) {
        until_s = sc_secret_until_s(secrets->items[i]);

        if (until_s != 0 && callback->now_ms / 1000 >= until_s) {
            continue;
        }

        if (application.len != 0
            && sc_str_eq(sc_secret_label(secrets->items[i]), application))
        {
            return secrets->items[i];
        }

        if (first == NULL) {
            first = secrets->items[i];
        }
    }

    return first;
}


static bool
sc_linkedin_answer(sc_callback_t *callback, const sc_secret_t *secret,
    sc_str_t code)
{
    size_t         len;
    sc_buf_t       buf;
    unsigned char  mac[64], hex[128], *memory;

    memory = sc_arena_bytes(callback->arena, SC_LINKEDIN_ANSWER_MAX);

    if (memory == NULL
        || !sc_kit_hmac(callback, sc_secret_bytes(secret), code, mac, &len))
    {
        return false;
    }

    sc_hex_encode(sc_str_make(mac, len), hex);

    sc_buf_init_fixed(&buf, memory, SC_LINKEDIN_ANSWER_MAX);
    sc_buf_append_literal(&buf, "{\"challengeCode\":\"");
    sc_buf_append_str(&buf, code);
    sc_buf_append_literal(&buf, "\",\"challengeResponse\":\"");
    sc_buf_append(&buf, hex, 2 * len);
    sc_buf_append_literal(&buf, "\"}");

    callback->answer.body = sc_buf_str(&buf);

    return !buf.failed;
}


/* Must not depend on queue or disk: three failures block the webhook. */
static void
sc_linkedin_handshake(sc_callback_t *callback)
{
    sc_str_t           code, application;
    const sc_secret_t *secret;

    callback->answer = (sc_answer_t) { .status = 400 };

    if (!sc_query_get_raw(callback->request->query, SC_STR("challengeCode"),
                          &code)
        || !sc_linkedin_is_code(code))
    {
        return;
    }

    application = SC_STR_NULL;
    (void) sc_query_get_raw(callback->request->query, SC_STR("applicationId"),
                            &application);
    secret = sc_linkedin_secret(callback, application);

    if (secret == NULL || !sc_linkedin_answer(callback, secret, code)) {
        callback->answer = (sc_answer_t) { .status = 500 };
        return;
    }

    callback->answer.status = 200;
    callback->answer.content_type = SC_STR("application/json");
}


/* Notifications */


/*
 * A comment's URN is spelled in two ways; in both the number after the comma is
 * the comment's id.  Empty: not a comment.
 */
static sc_str_t
sc_linkedin_comment_id(sc_str_t urn)
{
    size_t   at;
    sc_str_t id;

    if (!sc_str_starts_with(urn, SC_STR("urn:li:comment:("))
        || !sc_str_ends_with(urn, SC_STR(")")))
    {
        return SC_STR_NULL;
    }

    at = sc_str_find_byte(urn, ',');
    id = sc_str_from(urn, at + 1);

    return id.len < 2 ? SC_STR_NULL : sc_str_first(id, id.len - 1);
}


/* {"text": "…"} or {"message": {"text": "…"}} */
static sc_str_t
sc_linkedin_text(const sc_linkedin_t *linkedin)
{
    return sc_kit_either(sc_callback_text(linkedin->callback, linkedin->item,
                                          SC_STR("text")),
                         sc_callback_text(linkedin->callback,
                             sc_kit_object(linkedin->callback, linkedin->item,
                                           SC_STR("message")),
                             SC_STR("text")));
}


static sc_str_t
sc_linkedin_encode(sc_callback_t *callback, sc_str_t text)
{
    sc_buf_t       buf;
    unsigned char *memory;

    memory = sc_arena_bytes(callback->arena, 3 * text.len);
    if (memory == NULL) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    sc_buf_init_fixed(&buf, memory, 3 * text.len);
    sc_percent_encode(&buf, text);

    return sc_buf_str(&buf);
}


static sc_str_t
sc_linkedin_url(const sc_linkedin_t *linkedin, bool comment)
{
    sc_str_t base;

    base = SC_STR("https://www.linkedin.com/feed/update/");

    if (!comment) {
        return sc_kit_join(linkedin->callback, base, linkedin->post,
                           SC_STR("/"));
    }

    if (linkedin->activity.len == 0) {
        return SC_STR_NULL;
    }

    return sc_kit_join(linkedin->callback, base, linkedin->post,
                       SC_STR("/?commentUrn="),
                       sc_linkedin_encode(linkedin->callback,
                                          linkedin->activity));
}


static const struct {
    sc_str_t    action;
    sc_kind_t   kind;
    sc_action_t what;
    bool        brand;
} sc_linkedin_actions[] = {
    { SC_STR_INIT("COMMENT"), SC_KIND_COMMENT, SC_ACTION_CREATE, false },
    { SC_STR_INIT("ADMIN_COMMENT"), SC_KIND_COMMENT, SC_ACTION_CREATE, true },
    { SC_STR_INIT("COMMENT_EDIT"), SC_KIND_COMMENT, SC_ACTION_EDIT, false },
    { SC_STR_INIT("COMMENT_DELETE"), SC_KIND_COMMENT, SC_ACTION_DELETE,
      false },
    { SC_STR_INIT("SHARE"), SC_KIND_SHARE, SC_ACTION_CREATE, false },
    { SC_STR_INIT("SHARE_MENTION"), SC_KIND_MENTION, SC_ACTION_CREATE,
      false },
    { SC_STR_INIT("LIKE"), SC_KIND_REACTION, SC_ACTION_CREATE, false }
};

#define SC_LINKEDIN_ACTIONS                                                   \
    (sizeof(sc_linkedin_actions) / sizeof(sc_linkedin_actions[0]))


/* LinkedIn never says who reacted, but it cannot have been the brand. */
static void
sc_linkedin_set_direction(const sc_linkedin_t *linkedin,
    sc_mention_t *mention, bool brand)
{
    mention->author.id = sc_callback_text(linkedin->callback, linkedin->item,
                                          SC_STR("owner"));

    if (brand || sc_source_is_own(linkedin->callback->source,
                                  linkedin->organization, mention->author.id))
    {
        mention->direction = SC_DIRECTION_OUT;

    } else {
        mention->direction = mention->author.id.len == 0
                             && mention->kind != SC_KIND_REACTION
                             ? SC_DIRECTION_UNKNOWN : SC_DIRECTION_IN;
    }
}


/*
 * Each administrator's subscription delivers the same comment or share, perhaps
 * under a different id.  Empty where the item or its time is not given.
 */
static sc_str_t
sc_linkedin_same(const sc_linkedin_t *linkedin, sc_str_t object)
{
    sc_str_t when;

    when = sc_callback_id(linkedin->callback, linkedin->notification,
                          SC_STR("lastModifiedAt"));

    if (object.len == 0 || when.len == 0) {
        return SC_STR_NULL;
    }

    return sc_kit_join(linkedin->callback, linkedin->action, SC_STR("/"),
                       object, SC_STR("/"), when);
}


static void
sc_linkedin_add(const sc_linkedin_t *linkedin, size_t action)
{
    bool           comment;
    int64_t        when_ms;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = linkedin->callback;

    mention = sc_kit_add(callback, linkedin->raw);
    if (mention == NULL) {
        return;
    }

    mention->kind = sc_linkedin_actions[action].kind;
    mention->action = sc_linkedin_actions[action].what;
    comment = mention->kind == SC_KIND_COMMENT;

    mention->account = linkedin->organization;
    mention->event = linkedin->id;
    mention->thread = linkedin->post;
    mention->is_public = SC_TRI_YES;
    mention->object = comment ? sc_linkedin_comment_id(linkedin->activity)
                              : linkedin->activity;
    mention->parent = sc_linkedin_comment_id(
                          sc_callback_text(callback, linkedin->item,
                                           SC_STR("object")));
    mention->text = sc_linkedin_text(linkedin);
    mention->url = sc_linkedin_url(linkedin, comment);
    mention->needs_fetch = linkedin->item == NULL
                           && mention->kind != SC_KIND_REACTION
                           && mention->action != SC_ACTION_DELETE;

    if (mention->kind == SC_KIND_REACTION) {
        mention->reaction = linkedin->action;
    }

    sc_linkedin_set_direction(linkedin, mention,
                              sc_linkedin_actions[action].brand);

    when_ms = sc_kit_time(callback, linkedin->notification,
                          SC_STR("lastModifiedAt"), 1);
    sc_kit_set_created(callback, mention, when_ms);
    mention->edited_ms = mention->action == SC_ACTION_EDIT ? when_ms : -1;
    mention->same = mention->kind == SC_KIND_REACTION
                    ? SC_STR_NULL
                    : sc_linkedin_same(linkedin, mention->object);
    sc_kit_set_clock(callback, mention, linkedin->post);
}


/* The decorated objects may be left out: then there are only ids. */
static void
sc_linkedin_read(sc_linkedin_t *linkedin)
{
    sc_callback_t         *callback;
    const sc_json_token_t *decorated;

    callback = linkedin->callback;

    linkedin->id = sc_callback_id(callback, linkedin->notification,
                                  SC_STR("notificationId"));
    linkedin->organization = sc_callback_text(callback,
                                              linkedin->notification,
                                              SC_STR("organizationalEntity"));
    linkedin->action = sc_callback_text(callback, linkedin->notification,
                                        SC_STR("action"));
    linkedin->activity = sc_callback_text(callback, linkedin->notification,
                                          SC_STR("generatedActivity"));
    linkedin->post = sc_kit_either(sc_callback_text(callback,
                                                    linkedin->notification,
                                                    SC_STR("sourcePost")),
                                   linkedin->activity);

    decorated = sc_kit_object(callback, linkedin->notification,
                              SC_STR("decoratedGeneratedActivity"));
    linkedin->item = sc_kit_object(callback, decorated, SC_STR("comment"));

    if (linkedin->item == NULL) {
        linkedin->item = sc_kit_object(callback, decorated, SC_STR("share"));
    }
}


static void
sc_linkedin_notification(sc_linkedin_t *linkedin)
{
    size_t i;

    linkedin->raw = sc_json_raw(linkedin->callback->json,
                                linkedin->notification);

    if (!sc_json_is(linkedin->notification, SC_JSON_OBJECT)) {
        sc_callback_add_dead(linkedin->callback, SC_DEAD_SHAPE,
                             linkedin->raw);
        return;
    }

    sc_linkedin_read(linkedin);

    if (linkedin->id.len == 0 || linkedin->organization.len == 0
        || linkedin->action.len == 0 || linkedin->post.len == 0)
    {
        sc_callback_add_dead(linkedin->callback, SC_DEAD_MISSING_MEMBER,
                             linkedin->raw);
        return;
    }

    for (i = 0; i < SC_LINKEDIN_ACTIONS; i++) {
        if (sc_str_eq(sc_linkedin_actions[i].action, linkedin->action)) {
            sc_linkedin_add(linkedin, i);
            return;
        }
    }

    sc_callback_add_dead(linkedin->callback, SC_DEAD_UNKNOWN_OBJECT,
                         linkedin->raw);
}


static sc_parse_result_t
sc_linkedin_parse(sc_callback_t *callback)
{
    sc_str_t               type;
    sc_json_doc_t         *json;
    sc_linkedin_t          linkedin;
    const sc_json_token_t *root, *list;

    json = callback->json;
    root = sc_json_root(json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    type = sc_callback_text(callback, root, SC_STR("type"));

    /* Lead forms of ads share the URL; they are not conversations. */
    if (sc_str_starts_with(type, SC_STR("LEAD_"))) {
        return SC_PARSE_OK;
    }

    if (!sc_str_eq(type, SC_STR(SC_LINKEDIN_TYPE))) {
        return sc_kit_die(callback, type.len == 0 ? SC_DEAD_MISSING_MEMBER
                                                  : SC_DEAD_UNKNOWN_OBJECT);
    }

    list = sc_json_get_set(json, root, SC_STR("notifications"));

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        return sc_kit_die(callback, list == NULL ? SC_DEAD_MISSING_MEMBER
                                                 : SC_DEAD_SHAPE);
    }

    memset(&linkedin, 0, sizeof(linkedin));
    linkedin.callback = callback;

    for (linkedin.notification = sc_json_next(json, list, NULL, NULL);
         linkedin.notification != NULL && !callback->too_large;
         linkedin.notification = sc_json_next(json, list,
                                              linkedin.notification, NULL))
    {
        sc_linkedin_notification(&linkedin);
    }

    return SC_PARSE_OK;
}


const sc_platform_t sc_platform_linkedin = {
    .name = SC_STR_INIT("linkedin"),
    .channel = SC_CHANNEL_SOCIAL,
    .json = true,
    .scheme = &sc_linkedin_scheme,
    .handshake = sc_linkedin_handshake,
    .parse = sc_linkedin_parse
};
