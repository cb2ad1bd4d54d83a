/*
 * sc_sinch_content.c: what is in a message of Sinch's Conversation API: words,
 * files, places, forms.  The member that is there names the kind.
 */

#include "sc_sinch.h"


/* Where a message has its words; only one of these kinds is there. */
static const struct {
    sc_str_t    kind;
    const char *name;
} sc_sinch_words[] = {
    { SC_STR_INIT("text_message"), "text" },
    { SC_STR_INIT("media_message"), "caption" },
    { SC_STR_INIT("media_card_message"), "caption" },
    { SC_STR_INIT("choice_response_message"), "postback_data" },
    { SC_STR_INIT("product_response_message"), "text" },
    { SC_STR_INIT("location_message"), "title" },
    { SC_STR_INIT("location_message"), "label" },
    { SC_STR_INIT("fallback_message"), "raw_message" }
};

#define SC_SINCH_WORDS  (sizeof(sc_sinch_words) / sizeof(sc_sinch_words[0]))

static const sc_str_t sc_sinch_media[] = {
    SC_STR_INIT("media_message"), SC_STR_INIT("media_card_message")
};


static void
sc_sinch_add_media(const sc_sinch_t *event, sc_mention_t *mention,
    const sc_json_token_t *content)
{
    size_t         i;
    sc_str_t       url;
    sc_callback_t *callback;

    callback = event->callback;

    for (i = 0; i < sizeof(sc_sinch_media) / sizeof(sc_sinch_media[0]); i++) {
        url = sc_sinch_text(event, sc_kit_object(callback, content,
                                                 sc_sinch_media[i]), "url");

        if (url.len != 0) {
            sc_callback_add_media(callback, mention, SC_STR("media"), url,
                                  SC_STR_NULL);
        }
    }

    (void) sc_kit_add_place(callback, mention,
               sc_kit_object(callback,
                             sc_kit_object(callback, content,
                                           SC_STR("location_message")),
                             SC_STR("coordinates")),
               SC_STR("latitude"), SC_STR("longitude"));
}


/* What a person entered in a form of WhatsApp is JSON. */
static void
sc_sinch_add_form(const sc_sinch_t *event, sc_mention_t *mention,
    const sc_json_token_t *content)
{
    sc_callback_t         *callback;
    const sc_json_token_t *reply;

    callback = event->callback;
    reply = sc_kit_object(callback,
                sc_kit_object(callback,
                    sc_kit_object(callback, content,
                                  SC_STR("channel_specific_message")),
                    SC_STR("message")), SC_STR("nfm_reply"));

    mention->text = sc_kit_either(mention->text,
                                  sc_sinch_text(event, reply, "body"));
    sc_callback_add_extra(callback, mention, "form",
                          sc_sinch_text(event, reply, "response_json"));
}


void
sc_sinch_content(const sc_sinch_t *event, sc_mention_t *mention,
    const sc_json_token_t *content)
{
    size_t         i;
    sc_callback_t *callback;

    callback = event->callback;

    for (i = 0; i < SC_SINCH_WORDS && mention->text.len == 0; i++) {
        mention->text = sc_sinch_text(event,
                            sc_kit_object(callback, content,
                                          sc_sinch_words[i].kind),
                            sc_sinch_words[i].name);
    }

    mention->parent = sc_kit_either(
        sc_sinch_text(event, sc_kit_object(callback, content,
                                           SC_STR("reply_to")), "message_id"),
        sc_sinch_text(event, sc_kit_object(callback, content,
                                     SC_STR("choice_response_message")),
                      "message_id"));
    sc_sinch_add_media(event, mention, content);
    sc_sinch_add_form(event, mention, content);
}
