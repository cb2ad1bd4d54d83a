/*
 * sc_tiktok_shop.c: the customer service of TikTok Shop: messages of buyers,
 * staff and robots, and the end of an authorization.
 */

#include "sc_tiktok.h"


/*
 * What TikTok writes into the conversation: who serves it now, and what the
 * buyer looked at before it.  Nobody asks or answers anything by that.
 */
static const sc_str_t sc_tiktok_context[] = {
    SC_STR_INIT("ALLOCATED_SERVICE"), SC_STR_INIT("NOTIFICATION"),
    SC_STR_INIT("BUYER_ENTER_FROM_TRANSFER"),
    SC_STR_INIT("BUYER_ENTER_FROM_PRODUCT"),
    SC_STR_INIT("BUYER_ENTER_FROM_ORDER")
};


/* A robot's answer is automatic; a system message is from neither side. */
static void
sc_tiktok_set_role(const sc_tiktok_t *tiktok, sc_mention_t *mention,
    sc_str_t role, sc_str_t type)
{
    mention->direction = SC_DIRECTION_UNKNOWN;

    if (sc_str_eq(role, SC_STR("BUYER"))) {
        mention->direction = SC_DIRECTION_IN;

    } else if (sc_str_eq(role, SC_STR("CUSTOMER_SERVICE"))
               || sc_str_eq(role, SC_STR("SHOP"))
               || sc_str_eq(role, SC_STR("ROBOT")))
    {
        mention->direction = SC_DIRECTION_OUT;
        mention->automatic = sc_str_eq(role, SC_STR("ROBOT"));
    }

    if (sc_kit_is_one_of(sc_tiktok_context, type)) {
        mention->kind = SC_KIND_STATUS;
        mention->status = type;
        mention->no_answer = mention->direction == SC_DIRECTION_OUT;
        return;
    }

    sc_kit_set_clock(tiktok->callback, mention, mention->thread);
}


/* What is not a text may have no content, or one that is not understood. */
static sc_parse_result_t
sc_tiktok_open_shop_content(sc_tiktok_t *tiktok, sc_str_t text, bool is_text)
{
    sc_parse_result_t result;

    result = sc_tiktok_open(tiktok, text);

    if (result != SC_PARSE_DEAD || is_text
        || tiktok->callback->dead == SC_DEAD_DUPLICATE_NAME)
    {
        return result;
    }

    return sc_tiktok_open(tiktok, SC_STR("{}"));
}


/*
 * Pictures and films have a link, cards the id of what they show, texts,
 * emoticons and notices words.
 */
static void
sc_tiktok_add_shop_content(const sc_tiktok_t *tiktok, sc_mention_t *mention,
    sc_str_t type)
{
    sc_str_t card;

    mention->text = sc_tiktok_text(tiktok, "content");

    if (sc_str_eq(type, SC_STR("TEXT"))) {
        return;
    }

    card = sc_kit_either(sc_tiktok_id(tiktok, "product_id"),
                         sc_kit_either(sc_tiktok_id(tiktok, "order_id"),
                                       sc_tiktok_id(tiktok, "coupon_id")));
    sc_callback_add_media(tiktok->callback, mention, type,
                          sc_tiktok_text(tiktok, "url"),
                          sc_kit_either(card, mention->object));
}


static sc_parse_result_t
sc_tiktok_shop_message(sc_tiktok_t *tiktok, const sc_json_token_t *data)
{
    int64_t                created_ms;
    sc_str_t               id, thread, type, role, author;
    sc_mention_t          *mention;
    sc_callback_t         *callback;
    sc_parse_result_t      result;
    const sc_json_token_t *sender;

    callback = tiktok->callback;
    sender = sc_kit_object(callback, data, SC_STR("sender"));

    id = sc_callback_id(callback, data, SC_STR("message_id"));
    thread = sc_callback_id(callback, data, SC_STR("conversation_id"));
    type = sc_callback_text(callback, data, SC_STR("type"));
    role = sc_callback_text(callback, sender, SC_STR("role"));
    author = sc_callback_id(callback, sender, SC_STR("im_user_id"));
    created_ms = sc_kit_time(callback, data, SC_STR("create_time"), 1000);

    if (id.len == 0 || thread.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (sc_str_eq(role, SC_STR("SYSTEM"))
        || sc_json_is(sc_json_member(callback->json, data, "is_visible"),
                      SC_JSON_FALSE))
    {
        return SC_PARSE_OK;
    }

    result = sc_tiktok_open_shop_content(tiktok,
                 sc_callback_text(callback, data, SC_STR("content")),
                 sc_str_eq(type, SC_STR("TEXT")));
    if (result != SC_PARSE_OK) {
        return result;
    }

    mention = sc_tiktok_add(tiktok, SC_KIND_MESSAGE);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->event = id;
    mention->object = id;
    mention->thread = thread;
    mention->is_public = SC_TRI_NO;
    mention->author.id = author;
    sc_kit_set_created(callback, mention, created_ms);
    sc_tiktok_set_role(tiktok, mention, role, type);
    sc_tiktok_add_shop_content(tiktok, mention, type);

    return SC_PARSE_OK;
}


sc_parse_result_t
sc_tiktok_shop(sc_tiktok_t *tiktok, const sc_json_token_t *root)
{
    int64_t        type;
    sc_str_t       id;
    sc_callback_t *callback;

    callback = tiktok->callback;

    type = sc_callback_int(callback, root, SC_STR("type"));
    id = sc_callback_id(callback, root, SC_STR("tts_notification_id"));
    tiktok->account = sc_callback_id(callback, root, SC_STR("shop_id"));
    tiktok->sent_ms = sc_kit_time(callback, root, SC_STR("timestamp"), 1000);

    switch (type) {
    case -1:
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);

    case 14:
    case 33:
        return sc_tiktok_shop_message(tiktok,
                                      sc_kit_object(callback, root,
                                                    SC_STR("data")));
    case 6:
    case 7:
        if (id.len == 0) {
            return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
        }

        return sc_tiktok_notice(tiktok, type == 6 ? "revoke" : "system", id);

    default:                           /* orders, goods, conversations */
        return SC_PARSE_OK;
    }
}
