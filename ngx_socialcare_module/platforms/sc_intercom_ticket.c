/*
 * sc_intercom_ticket.c: a new ticket of Intercom: its title and description,
 * as the message of whoever opened it.  What is said in it later has the shape
 * of a conversation: sc_intercom.c.
 */

#include "sc_intercom.h"


/*
 * Staff open tickets, too: for themselves (any category but Customer), or for a
 * customer whom they have on the phone.
 */
static sc_direction_t
sc_intercom_opener(sc_intercom_t *event, sc_mention_t *mention)
{
    sc_str_t               type, category;
    sc_callback_t         *callback;
    const sc_json_token_t *author;

    callback = event->callback;
    author = sc_kit_object(callback,
                           sc_json_next(callback->json,
                                        sc_intercom_parts(event), NULL, NULL),
                           SC_STR("author"));
    type = sc_callback_text(callback, author, SC_STR("type"));
    category = sc_callback_text(callback, event->item, SC_STR("category"));

    mention->author.id = sc_callback_id(callback, author, SC_STR("id"));
    mention->author.name = sc_callback_text(callback, author, SC_STR("name"));

    if ((category.len != 0 && !sc_str_eq_nocase(category, SC_STR("customer")))
        || sc_str_eq(type, SC_STR("admin"))
        || sc_str_eq(type, SC_STR("team")))
    {
        return SC_DIRECTION_INTERNAL;
    }

    /* A workflow of the Messenger opens it for the person who writes there. */
    if (type.len == 0 || sc_str_eq(type, SC_STR("bot"))) {
        mention->author.id = sc_intercom_contact(event);
        mention->author.name = SC_STR_NULL;
    }

    return mention->author.id.len == 0 ? SC_DIRECTION_UNKNOWN
                                       : SC_DIRECTION_IN;
}


sc_parse_result_t
sc_intercom_ticket(sc_intercom_t *event)
{
    sc_mention_t *mention;

    mention = sc_intercom_add(event, SC_KIND_MESSAGE, event->conversation);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    event->message = sc_kit_object(event->callback, event->item,
                                   SC_STR("ticket_attributes"));
    mention->subject = sc_intercom_text(event, SC_STR("_default_title_"));
    mention->text = sc_kit_either(
        sc_intercom_text(event, SC_STR("_default_description_")),
        mention->subject);
    mention->direction = sc_intercom_opener(event, mention);
    mention->kind = mention->direction == SC_DIRECTION_INTERNAL
                    ? SC_KIND_NOTE : SC_KIND_MESSAGE;
    sc_intercom_set_created(event, mention, event->item);
    sc_kit_set_clock(event->callback, mention, event->conversation);

    return SC_PARSE_OK;
}
