/*
 * sc_twilio_conversation.c: webhooks of Twilio Conversations: messages that are
 * added, changed and removed, delivery receipts, conversations that end.
 *
 * A request names its event, but no numbers.  An author is an address (+44…,
 * whatsapp:+44…) or the identity of somebody who uses an app.  Addresses are
 * customers'.  Identities are customers', too, if they are not configured:
 * identities=staff says that only staff have them.  What Twilio's API adds in
 * nobody's name has the author `system`.
 *
 * The events before an action (onMessageAdd) ask whether it may happen.  The
 * answer is always yes, and the event after it (onMessageAdded) counts.
 *
 * Key: twilio:<account>:<conversation>.
 */

#include "sc_twilio.h"


typedef void (*sc_twilio_event_fn)(const sc_twilio_t *event, sc_str_t id);

static void sc_twilio_added(const sc_twilio_t *event, sc_str_t id);
static void sc_twilio_updated(const sc_twilio_t *event, sc_str_t id);
static void sc_twilio_removed(const sc_twilio_t *event, sc_str_t id);
static void sc_twilio_receipt(const sc_twilio_t *event, sc_str_t id);
static void sc_twilio_state(const sc_twilio_t *event, sc_str_t id);
static void sc_twilio_ended(const sc_twilio_t *event, sc_str_t id);


static const struct {
    sc_str_t            name;
    const char         *id;            /* without it the request is dead */
    sc_twilio_event_fn  read;          /* NULL: known, but ignored */
} sc_twilio_events[] = {
    { SC_STR_INIT("onMessageAdded"), "MessageSid", sc_twilio_added },
    { SC_STR_INIT("onMessageUpdated"), "MessageSid", sc_twilio_updated },
    { SC_STR_INIT("onMessageRemoved"), "MessageSid", sc_twilio_removed },
    { SC_STR_INIT("onDeliveryUpdated"), "MessageSid", sc_twilio_receipt },
    { SC_STR_INIT("onConversationRemoved"), "ConversationSid",
      sc_twilio_ended },
    { SC_STR_INIT("onConversationStateUpdated"), "ConversationSid",
      sc_twilio_state },
    { SC_STR_INIT("onConversationAdded"), NULL, NULL },
    { SC_STR_INIT("onConversationUpdated"), NULL, NULL },
    { SC_STR_INIT("onParticipantAdded"), NULL, NULL },
    { SC_STR_INIT("onParticipantRemoved"), NULL, NULL },
    { SC_STR_INIT("onParticipantUpdated"), NULL, NULL },
    { SC_STR_INIT("onUserAdded"), NULL, NULL },
    { SC_STR_INIT("onUserUpdated"), NULL, NULL },
    { SC_STR_INIT("onMessageAdd"), NULL, NULL },
    { SC_STR_INIT("onMessageRemove"), NULL, NULL },
    { SC_STR_INIT("onMessageUpdate"), NULL, NULL },
    { SC_STR_INIT("onConversationAdd"), NULL, NULL },
    { SC_STR_INIT("onConversationRemove"), NULL, NULL },
    { SC_STR_INIT("onConversationUpdate"), NULL, NULL },
    { SC_STR_INIT("onParticipantAdd"), NULL, NULL },
    { SC_STR_INIT("onParticipantRemove"), NULL, NULL },
    { SC_STR_INIT("onParticipantUpdate"), NULL, NULL },
    { SC_STR_INIT("onUserUpdate"), NULL, NULL }
};


static sc_mention_t *
sc_twilio_add_part(const sc_twilio_t *event, sc_kind_t kind,
    sc_direction_t direction)
{
    sc_mention_t *mention;

    mention = sc_twilio_add(event, kind, SC_CHANNEL_MESSAGING, direction);

    if (mention != NULL) {
        mention->account = sc_kit_either(sc_param(event, "AccountSid"),
                               sc_kit_account(event->callback->source));
        mention->thread = sc_param(event, "ConversationSid");
        mention->redelivery = sc_params_int(&event->params,
                                            SC_STR("RetryCount")) > 0;
    }

    return mention;
}


/* Messages. */


static bool
sc_twilio_is_address(sc_str_t author)
{
    return sc_twilio_prefix(author) != 0
           || sc_str_starts_with(author, SC_STR("+"));
}


static void
sc_twilio_set_author(const sc_twilio_t *event, sc_mention_t *mention)
{
    sc_str_t author;

    author = sc_param(event, "Author");

    mention->author.id = author;
    mention->channel = sc_twilio_prefix(author) == 0
                       && sc_twilio_is_address(author)
                       ? SC_CHANNEL_SMS : SC_CHANNEL_MESSAGING;

    if (author.len == 0) {
        mention->direction = SC_DIRECTION_UNKNOWN;

    } else if (sc_twilio_is_own(event, author)) {
        mention->direction = SC_DIRECTION_OUT;

    } else if (sc_str_eq(author, SC_STR("system"))) {
        mention->direction = SC_DIRECTION_OUT;
        mention->automatic = true;

    } else {
        mention->direction = event->options->staff
                             && !sc_twilio_is_address(author)
                             ? SC_DIRECTION_OUT : SC_DIRECTION_IN;
    }
}


/*
 * The list of files, a JSON array in a parameter.  NULL: there are none, or it
 * cannot be read, and the message counts without them.  Only to be called while
 * there is no mention: one that is there would be lost.
 */
static const sc_json_token_t *
sc_twilio_files(const sc_twilio_t *event)
{
    sc_str_t          text;
    sc_callback_t    *callback;
    sc_parse_result_t result;

    callback = event->callback;
    text = sc_param(event, "Media");
    result = text.len == 0 ? SC_PARSE_DEAD
                           : sc_callback_read_json(callback, text);

    if (result == SC_PARSE_TOO_LARGE) {
        callback->too_large = true;
    }

    return result == SC_PARSE_OK ? sc_json_root(callback->json) : NULL;
}


/* They have a handle, but no URL. */
static void
sc_twilio_add_files(const sc_twilio_t *event, sc_mention_t *mention,
    const sc_json_token_t *list)
{
    size_t                 count;
    sc_callback_t         *callback;
    const sc_json_token_t *file;

    callback = event->callback;
    file = NULL;

    for (count = 0; list != NULL && count < SC_KIT_MAX_MEDIA; count++) {
        file = sc_json_next(callback->json, list, file, NULL);
        if (file == NULL) {
            break;
        }

        sc_callback_add_media(callback, mention,
                              sc_callback_text(callback, file,
                                               SC_STR("ContentType")),
                              SC_STR_NULL,
                              sc_callback_text(callback, file,
                                               SC_STR("Sid")));
    }
}


static sc_mention_t *
sc_twilio_add_message(const sc_twilio_t *event, sc_str_t id,
    sc_action_t action)
{
    sc_mention_t          *mention;
    const sc_json_token_t *files;

    files = sc_twilio_files(event);

    mention = sc_twilio_add_part(event, SC_KIND_MESSAGE, SC_DIRECTION_IN);
    if (mention == NULL) {
        return NULL;
    }

    mention->action = action;
    mention->event = id;
    mention->object = id;
    mention->text = sc_param(event, "Body");
    mention->created_ms = sc_param_time(event, "DateCreated",
                                        SC_TIME_ISO8601);
    sc_twilio_set_author(event, mention);
    sc_twilio_add_files(event, mention, files);
    sc_kit_set_clock(event->callback, mention, mention->thread);

    return mention;
}


static void
sc_twilio_added(const sc_twilio_t *event, sc_str_t id)
{
    (void) sc_twilio_add_message(event, id, SC_ACTION_CREATE);
}


static void
sc_twilio_updated(const sc_twilio_t *event, sc_str_t id)
{
    sc_mention_t *mention;

    mention = sc_twilio_add_message(event, id, SC_ACTION_EDIT);
    if (mention == NULL) {
        return;
    }

    mention->event = sc_kit_join(event->callback, id, SC_STR(":edit:"),
                                 sc_param(event, "DateUpdated"));
    mention->edited_ms = sc_param_time(event, "DateUpdated", SC_TIME_ISO8601);
    sc_kit_set_same_edit(event->callback, mention);
}


static void
sc_twilio_removed(const sc_twilio_t *event, sc_str_t id)
{
    int64_t       ms;
    sc_mention_t *mention;

    mention = sc_twilio_add_message(event, id, SC_ACTION_DELETE);
    if (mention == NULL) {
        return;
    }

    mention->event = sc_kit_join(event->callback, id, SC_STR(":removed"));

    ms = sc_param_time(event, "DateRemoved", SC_TIME_ISO8601);
    mention->created_ms = ms >= 0 ? ms : mention->created_ms;
}


/* One for each participant.  The message itself has answered already. */
static void
sc_twilio_receipt(const sc_twilio_t *event, sc_str_t id)
{
    sc_str_t      status;
    sc_mention_t *mention;

    status = sc_param(event, "Status");

    mention = sc_twilio_add_part(event, SC_KIND_STATUS, SC_DIRECTION_OUT);
    if (mention == NULL) {
        return;
    }

    mention->event = sc_kit_join(event->callback,
                         sc_kit_either(sc_param(event, "DeliveryReceiptSid"),
                                       id),
                         SC_STR(":"), status);
    mention->object = id;
    mention->status = status;
    mention->created_ms = sc_param_time(event, "DateUpdated",
                                        SC_TIME_ISO8601);
}


/* Conversations. */


/* Nobody can write there any more. */
static void
sc_twilio_ended(const sc_twilio_t *event, sc_str_t id)
{
    sc_mention_t *mention;

    mention = sc_twilio_add_part(event, SC_KIND_UNKNOWN, SC_DIRECTION_INTERNAL);
    if (mention == NULL) {
        return;
    }

    mention->action = SC_ACTION_DELETE;
    mention->event = sc_kit_join(event->callback, id, SC_STR(":ended"));
    mention->object = id;
    mention->ends = "not_actionable";
    mention->clock_key = sc_kit_clock_key(event->callback, mention, id);
}


/* Only a closed conversation cannot come back. */
static void
sc_twilio_state(const sc_twilio_t *event, sc_str_t id)
{
    if (sc_str_eq(sc_param(event, "StateTo"), SC_STR("closed"))) {
        sc_twilio_ended(event, id);
    }
}


bool
sc_twilio_is_conversation(const sc_twilio_t *event)
{
    return sc_str_starts_with(sc_param(event, "EventType"), SC_STR("on"));
}


void
sc_twilio_conversation(const sc_twilio_t *event)
{
    size_t   i;
    sc_str_t name, id;

    event->callback->answer = (sc_answer_t) { .status = 200 };
    name = sc_param(event, "EventType");

    for (i = 0; i < sizeof(sc_twilio_events) / sizeof(sc_twilio_events[0]);
         i++)
    {
        if (!sc_str_eq(name, sc_twilio_events[i].name)) {
            continue;
        }

        if (sc_twilio_events[i].read == NULL) {
            return;
        }

        id = sc_param(event, sc_twilio_events[i].id);

        if (id.len == 0) {
            sc_twilio_dead(event, SC_DEAD_MISSING_MEMBER);
            return;
        }

        sc_twilio_events[i].read(event, id);
        return;
    }

    sc_twilio_dead(event, SC_DEAD_UNKNOWN_OBJECT);
}
