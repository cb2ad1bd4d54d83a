/*
 * sc_messenger.c: private messages of Messenger and Instagram: the elements of
 * `messaging` and `standby`.
 *
 * A conversation is one customer with one account, so the wait is matched by
 * account and customer id: the customer's message starts it, the account's
 * next message (an echo) ends it.
 */

#include "sc_messenger.h"


typedef void (*sc_dm_fn)(const sc_dm_t *dm);


const sc_platform_t sc_platform_messenger =
    SC_META_PLATFORM("messenger", SC_CHANNEL_MESSAGING, SC_META_ECHOES);


static const sc_str_t sc_messenger_fields[] = {
    SC_STR_INIT("messages"),
    SC_STR_INIT("message_*"),          /* echoes, edits, reactions, reads … */
    SC_STR_INIT("messaging_*"),
    SC_STR_INIT("response_feedback"),
    SC_STR_INIT("call_permission_reply"),
    SC_STR_INIT("standby")
};


bool
sc_messenger_is_field(sc_str_t field)
{
    return sc_meta_is_one_of(sc_messenger_fields, field);
}


/* Text of a member of a member; empty when either is absent. */
static sc_str_t
sc_dm_id(const sc_dm_t *dm, const sc_json_token_t *object, sc_str_t name,
    sc_str_t inner)
{
    sc_callback_t *callback;

    callback = dm->entry->callback;

    return sc_callback_id(callback, sc_json_get(callback->json, object, name),
                          inner);
}


static bool
sc_dm_flag(const sc_dm_t *dm, const sc_json_token_t *object, sc_str_t name)
{
    return sc_json_is_true(sc_json_get(dm->entry->callback->json, object,
                                       name));
}


/*
 * An echo is the brand's, whatever its sender (there are captured ones whose
 * sender is not the account); the customer is the id that is not ours.
 */
static void
sc_dm_set_sides(sc_dm_t *dm)
{
    bool                   own_sender, own_recipient;
    sc_str_t               recipient;
    const sc_meta_entry_t *entry;

    entry = dm->entry;

    dm->sender = sc_dm_id(dm, dm->element, SC_STR("sender"), SC_STR("id"));
    recipient = sc_dm_id(dm, dm->element, SC_STR("recipient"), SC_STR("id"));

    own_sender = sc_meta_is_own(entry, entry->account, dm->sender,
                                SC_STR_NULL);
    own_recipient = sc_meta_is_own(entry, entry->account, recipient,
                                   SC_STR_NULL);

    if (own_sender || sc_dm_flag(dm, dm->event, SC_STR("is_echo"))) {
        dm->direction = SC_DIRECTION_OUT;
        dm->customer = own_recipient && !own_sender ? dm->sender : recipient;

        if (!own_sender) {
            dm->sender = entry->account;
        }

    } else if (dm->sender.len != 0) {
        dm->direction = SC_DIRECTION_IN;
        dm->customer = dm->sender;

    } else {
        dm->direction = SC_DIRECTION_UNKNOWN;
        dm->customer = own_recipient ? SC_STR_NULL : recipient;
    }
}


sc_mention_t *
sc_dm_add(const sc_dm_t *dm, sc_kind_t kind, sc_action_t action)
{
    sc_mention_t *mention;

    mention = sc_meta_add(dm->entry, dm->platform, dm->raw);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = kind;
    mention->action = action;
    mention->direction = dm->direction;
    mention->is_public = SC_TRI_NO;
    mention->thread = dm->customer;
    mention->author.id = dm->sender;
    sc_meta_set_created(dm->entry, mention, dm->time_ms);

    if (dm->direction == SC_DIRECTION_OUT) {
        mention->recipient = dm->customer;
    }

    return mention;
}


static void
sc_dm_set_clock(const sc_dm_t *dm, sc_mention_t *mention)
{
    mention->clock_key = sc_meta_clock_key(dm->entry, mention, dm->customer);
}


void
sc_dm_add_dead(const sc_dm_t *dm, sc_dead_reason_t reason)
{
    sc_meta_add_dead(dm->entry, reason, dm->raw);
}


/* `payload` may be a string, null or absent; a fallback has url next to it. */
static void
sc_dm_add_attachment(const sc_dm_t *dm, sc_mention_t *mention,
    const sc_json_token_t *attachment)
{
    sc_str_t               type, url, ref;
    sc_callback_t         *callback;
    const sc_json_token_t *payload;

    callback = dm->entry->callback;
    payload = sc_json_member(callback->json, attachment, "payload");

    type = sc_callback_text(callback, attachment, SC_STR("type"));
    url = sc_callback_text(callback, payload, SC_STR("url"));
    ref = sc_callback_id(callback, payload, SC_STR("sticker_id"));

    if (url.len == 0) {
        url = sc_callback_text(callback, attachment, SC_STR("url"));
    }

    if (ref.len == 0) {
        ref = sc_callback_place(callback,
                                sc_json_member(callback->json, payload,
                                               "coordinates"),
                                SC_STR("lat"), SC_STR("long"));
    }

    if (sc_str_eq(type, SC_STR("story_mention"))) {
        mention->kind = SC_KIND_STORY_MENTION;
    }

    if (type.len != 0 || url.len != 0) {
        sc_callback_add_media(callback, mention, type, url, ref);
    }
}


static void
sc_dm_add_attachments(const sc_dm_t *dm, sc_mention_t *mention)
{
    size_t                 count;
    sc_json_doc_t         *json;
    const sc_json_token_t *list, *attachment;

    count = 0;
    json = dm->entry->callback->json;
    list = sc_json_member(json, dm->event, "attachments");

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        return;
    }

    for (attachment = sc_json_next(json, list, NULL, NULL);
         attachment != NULL && count++ < SC_KIT_MAX_MEDIA
         && !dm->entry->callback->too_large;
         attachment = sc_json_next(json, list, attachment, NULL))
    {
        sc_dm_add_attachment(dm, mention, attachment);
    }
}


static void
sc_dm_set_parent(const sc_dm_t *dm, sc_mention_t *mention)
{
    sc_str_t               story;
    const sc_json_token_t *reply;

    reply = sc_json_member(dm->entry->callback->json, dm->event, "reply_to");
    story = sc_dm_id(dm, reply, SC_STR("story"), SC_STR("id"));

    mention->parent = sc_kit_either(
                       sc_callback_id(dm->entry->callback, reply,
                                      SC_STR("mid")), story);

    if (sc_json_is(sc_json_member(dm->entry->callback->json, reply, "story"),
                   SC_JSON_OBJECT))
    {
        mention->kind = SC_KIND_STORY_REPLY;
    }
}


static bool
sc_dm_is_by_bot(const sc_dm_t *dm)
{
    size_t   i;
    sc_str_t app;

    app = sc_callback_id(dm->entry->callback, dm->event, SC_STR("app_id"));

    for (i = 0; i < dm->entry->options->bot_apps_count; i++) {
        if (sc_str_eq(dm->entry->options->bot_apps[i], app)) {
            return true;
        }
    }

    return false;
}


static void
sc_dm_unsent(const sc_dm_t *dm, sc_str_t mid)
{
    sc_mention_t *mention;

    mention = sc_dm_add(dm, SC_KIND_MESSAGE, SC_ACTION_DELETE);
    if (mention == NULL) {
        return;
    }

    mention->object = mid;
    mention->event = sc_kit_join(dm->entry->callback, mid,
                                 SC_STR("/delete"));

    if (!dm->entry->options->unsend_keeps
        && dm->direction != SC_DIRECTION_OUT)
    {
        sc_dm_set_clock(dm, mention);
    }
}


static void
sc_dm_message(const sc_dm_t *dm)
{
    sc_str_t       mid;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = dm->entry->callback;

    /* The account wrote to itself; the flag may be inside `message` or not. */
    if (sc_dm_flag(dm, dm->event, SC_STR("is_self"))
        || sc_dm_flag(dm, dm->element, SC_STR("is_self")))
    {
        return;
    }

    mid = sc_callback_id(callback, dm->event, SC_STR("mid"));
    if (mid.len == 0) {
        sc_dm_add_dead(dm, SC_DEAD_MISSING_MEMBER);
        return;
    }

    if (sc_dm_flag(dm, dm->event, SC_STR("is_deleted"))) {
        sc_dm_unsent(dm, mid);
        return;
    }

    mention = sc_dm_add(dm, SC_KIND_MESSAGE, SC_ACTION_CREATE);
    if (mention == NULL) {
        return;
    }

    mention->event = mid;
    mention->object = mid;
    mention->text = sc_callback_text(callback, dm->event, SC_STR("text"));
    mention->automatic = dm->direction == SC_DIRECTION_OUT
                         && sc_dm_is_by_bot(dm);

    sc_dm_set_parent(dm, mention);
    sc_dm_add_attachments(dm, mention);
    sc_dm_set_clock(dm, mention);
}


/*
 * Instagram also reports messages that were not edited (num_edit 0), without
 * text and often without their sender: beside the message itself, or, to apps
 * in development, in its place.
 */
static void
sc_dm_edit(const sc_dm_t *dm)
{
    sc_str_t       mid, number;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = dm->entry->callback;

    mid = sc_callback_id(callback, dm->event, SC_STR("mid"));
    if (mid.len == 0) {
        sc_dm_add_dead(dm, SC_DEAD_MISSING_MEMBER);
        return;
    }

    mention = sc_dm_add(dm, SC_KIND_MESSAGE, SC_ACTION_EDIT);
    if (mention == NULL) {
        return;
    }

    number = sc_callback_id(callback, dm->event, SC_STR("num_edit"));

    mention->object = mid;
    mention->event = sc_kit_join(callback, mid, SC_STR("/edit/"),
                                 sc_kit_either(number, dm->time_text));
    mention->text = sc_callback_text(callback, dm->event, SC_STR("text"));
    mention->needs_fetch = mention->text.len == 0;
    mention->edited_ms = mention->created_ms;
}


static void
sc_dm_reaction(const sc_dm_t *dm)
{
    sc_str_t       mid, action;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = dm->entry->callback;

    mid = sc_callback_id(callback, dm->event, SC_STR("mid"));
    if (mid.len == 0) {
        sc_dm_add_dead(dm, SC_DEAD_MISSING_MEMBER);
        return;
    }

    action = sc_callback_text(callback, dm->event, SC_STR("action"));

    mention = sc_dm_add(dm, SC_KIND_REACTION,
                        sc_str_eq(action, SC_STR("unreact"))
                        ? SC_ACTION_DELETE : SC_ACTION_CREATE);
    if (mention == NULL) {
        return;
    }

    mention->object = mid;
    mention->event = sc_kit_join(callback, mid, SC_STR("/reaction/"),
                                 dm->sender, SC_STR("/"), action,
                                 SC_STR("/"), dm->time_text);
    mention->reaction = sc_kit_either(
               sc_callback_text(callback, dm->event, SC_STR("reaction")),
               sc_callback_text(callback, dm->event, SC_STR("emoji")));
}


/* A button or a menu entry: contact by a person, though without words. */
static void
sc_dm_postback(const sc_dm_t *dm)
{
    sc_str_t       mid, payload;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = dm->entry->callback;

    mention = sc_dm_add(dm, SC_KIND_MESSAGE, SC_ACTION_CREATE);
    if (mention == NULL) {
        return;
    }

    mid = sc_callback_id(callback, dm->event, SC_STR("mid"));
    payload = sc_callback_text(callback, dm->event, SC_STR("payload"));

    mention->object = mid;
    mention->event = mid;
    mention->text = sc_callback_text(callback, dm->event, SC_STR("title"));

    if (mid.len == 0) {
        mention->event = sc_kit_join(callback, SC_STR("postback/"),
                                     dm->sender, SC_STR("/"), dm->time_text,
                                     SC_STR("/"), payload);
    }

    if (!dm->entry->options->postbacks_quiet) {
        sc_dm_set_clock(dm, mention);
    }
}


/* The platform warned or blocked the Page: not a person's message. */
static void
sc_dm_policy(const sc_dm_t *dm)
{
    sc_str_t       action, when;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = dm->entry->callback;
    action = sc_callback_text(callback, dm->event, SC_STR("action"));
    when = sc_kit_either(dm->time_text, dm->entry->time_text);

    mention = sc_meta_add_notice(dm->entry, dm->platform,
                                 sc_str_eq(action, SC_STR("unblock"))
                                 ? SC_STR("system") : SC_STR("error"),
                                 dm->raw);
    if (mention == NULL) {
        return;
    }

    mention->event = sc_kit_join(callback, SC_STR("policy-enforcement/"),
                                 action, SC_STR("/"), when);
    mention->status = action;
    mention->text = sc_callback_text(callback, dm->event, SC_STR("reason"));
    sc_meta_set_created(dm->entry, mention, dm->time_ms);
}


/*
 * What an element can be.  Those without a function (receipts, consent, links
 * and ownership of the conversation) are acknowledged and ignored.
 */
static const struct {
    sc_str_t name;
    sc_dm_fn handle;
} sc_dm_events[] = {
    { SC_STR_INIT("message"), sc_dm_message },
    { SC_STR_INIT("delivery"), NULL },
    { SC_STR_INIT("read"), NULL },
    { SC_STR_INIT("reaction"), sc_dm_reaction },
    { SC_STR_INIT("message_edit"), sc_dm_edit },
    { SC_STR_INIT("postback"), sc_dm_postback },
    { SC_STR_INIT("response_feedback"), sc_dm_thumb },
    { SC_STR_INIT("messaging_feedback"), sc_dm_survey },
    { SC_STR_INIT("policy-enforcement"), sc_dm_policy },
    { SC_STR_INIT("policy_enforcement"), sc_dm_policy },
    { SC_STR_INIT("referral"), NULL },
    { SC_STR_INIT("optin"), NULL },
    { SC_STR_INIT("account_linking"), NULL },
    { SC_STR_INIT("pass_thread_control"), NULL },
    { SC_STR_INIT("take_thread_control"), NULL },
    { SC_STR_INIT("request_thread_control"), NULL },
    { SC_STR_INIT("pass_thread_metadata"), NULL },
    { SC_STR_INIT("app_roles"), NULL },
    { SC_STR_INIT("call_permission_reply"), NULL }
};

#define SC_DM_EVENTS  (sizeof(sc_dm_events) / sizeof(sc_dm_events[0]))


void
sc_messenger_event(const sc_meta_entry_t *entry,
    const sc_platform_t *platform, const sc_json_token_t *element,
    sc_str_t raw)
{
    size_t         i;
    sc_dm_t        dm;
    sc_callback_t *callback;

    callback = entry->callback;
    memset(&dm, 0, sizeof(dm));

    for (i = 0; i < SC_DM_EVENTS && dm.event == NULL; i++) {
        dm.event = sc_json_get_set(callback->json, element,
                                   sc_dm_events[i].name);
    }

    if (dm.event == NULL) {
        sc_meta_add_dead(entry, SC_DEAD_UNKNOWN_OBJECT, raw);
        return;
    }

    if (sc_dm_events[i - 1].handle == NULL) {
        return;
    }

    if (!sc_json_is(dm.event, SC_JSON_OBJECT)) {
        sc_meta_add_dead(entry, SC_DEAD_SHAPE, raw);
        return;
    }

    dm.entry = entry;
    dm.platform = platform;
    dm.element = element;
    dm.raw = raw;
    dm.time_text = sc_callback_id(callback, element, SC_STR("timestamp"));
    dm.time_ms = sc_meta_time(callback, element, SC_STR("timestamp"));

    sc_dm_set_sides(&dm);
    sc_dm_events[i - 1].handle(&dm);
}
