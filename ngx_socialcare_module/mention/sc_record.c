/*
 * sc_record.c: writing a mention as the published JSON object.
 *
 * conf/mention.schema.json describes the result, and a test checks every
 * sample's record against it.  Members that are unknown are left out; flags
 * are written only when set, except those that every worker looks at.
 */

#include "sc_json_write.h"
#include "sc_record.h"


/* How far the platform's clock may be ahead of ours. */
#define SC_RECORD_MAX_AHEAD_MS  5000

/* Older than this means a wrong clock, or a wait that is lost anyway. */
#define SC_RECORD_MAX_AGE_MS    (INT64_C(7) * 24 * 60 * 60 * 1000)


/* `platform:account:name`, unescaped. */
static void
sc_record_write_key(sc_buf_t *buf, const sc_mention_t *mention, sc_str_t name)
{
    sc_buf_append_str(buf, mention->platform);
    sc_buf_append_byte(buf, ':');
    sc_buf_append_str(buf, mention->account);
    sc_buf_append_byte(buf, ':');
    sc_buf_append_str(buf, name);
}


void
sc_record_write_id(sc_buf_t *buf, const sc_mention_t *mention)
{
    sc_record_write_key(buf, mention, mention->same.len ? mention->same
                                                        : mention->event);
}


void
sc_record_write_proof(sc_buf_t *buf, const sc_mention_t *mention)
{
    sc_buf_append_literal(buf, "proof:");
    sc_record_write_key(buf, mention, mention->proof);
}


int64_t
sc_record_digest(const unsigned char key[SC_SIPHASH_KEY_SIZE], sc_str_t id)
{
    return (int64_t) sc_siphash24(key, id);
}


int64_t
sc_record_start_ms(const sc_mention_t *mention, int64_t received_ms,
    bool *skewed)
{
    int64_t age;

    *skewed = false;

    if (mention->created_ms < 0) {
        return received_ms;
    }

    age = received_ms - mention->created_ms;

    if (age < -SC_RECORD_MAX_AHEAD_MS || age > SC_RECORD_MAX_AGE_MS) {
        *skewed = true;
        return received_ms;
    }

    return mention->created_ms;
}


/* At most SC_RECORD_MAX_ID bytes, cut between two UTF-8 characters. */
static sc_str_t
sc_record_short(sc_str_t text)
{
    size_t len;

    if (text.len <= SC_RECORD_MAX_ID) {
        return text;
    }

    len = SC_RECORD_MAX_ID;

    while (len > 0 && (text.data[len] & 0xc0) == 0x80) {
        len--;
    }

    return sc_str_first(text, len);
}


static void
sc_record_write_bool(sc_buf_t *buf, sc_str_t lead, bool value)
{
    sc_json_write_lead(buf, lead);
    sc_buf_append_str(buf, value ? SC_STR("true") : SC_STR("false"));
}


static void
sc_record_write_flag(sc_buf_t *buf, sc_str_t lead, bool set)
{
    if (set) {
        sc_record_write_bool(buf, lead, true);
    }
}


/* A boolean that may be unknown. */
static void
sc_record_write_tri(sc_buf_t *buf, sc_str_t lead, sc_tri_t value)
{
    if (value != SC_TRI_UNKNOWN) {
        sc_record_write_bool(buf, lead, value == SC_TRI_YES);
    }
}


static void
sc_record_write_int(sc_buf_t *buf, sc_str_t lead, int64_t value)
{
    sc_json_write_lead(buf, lead);
    sc_buf_append_int(buf, value);
}


/* A number that is never negative: negative means unknown. */
static void
sc_record_write_known(sc_buf_t *buf, sc_str_t lead, int64_t value)
{
    if (value >= 0) {
        sc_record_write_int(buf, lead, value);
    }
}


static void
sc_record_write_word(sc_buf_t *buf, sc_str_t lead, const char *word)
{
    sc_json_write_led(buf, lead, sc_str_from_cstring(word));
}


static void
sc_record_write_identity(sc_buf_t *buf, const sc_mention_t *mention,
    const sc_record_context_t *context)
{
    sc_record_write_int(buf, SC_JSON_LEAD("v"), SC_RECORD_VERSION);

    sc_json_write_lead(buf, SC_JSON_LEAD("id"));
    sc_buf_append_byte(buf, '"');
    sc_json_write_piece(buf, mention->platform);
    sc_buf_append_byte(buf, ':');
    sc_json_write_piece(buf, mention->account);
    sc_buf_append_byte(buf, ':');
    sc_json_write_piece(buf, mention->event);
    sc_buf_append_byte(buf, '"');

    sc_json_write_led(buf, SC_JSON_LEAD("platform"), mention->platform);
    sc_record_write_word(buf, SC_JSON_LEAD("channel"),
                         sc_channel_name(mention->channel));
    sc_json_write_led(buf, SC_JSON_LEAD("brand"), context->brand);
    sc_json_write_led(buf, SC_JSON_LEAD("account"), mention->account);
    sc_json_write_led(buf, SC_JSON_LEAD("queue"), context->queue);
}


static void
sc_record_write_meaning(sc_buf_t *buf, const sc_mention_t *mention)
{
    if (mention->kind != SC_KIND_UNKNOWN) {
        sc_record_write_word(buf, SC_JSON_LEAD("kind"),
                             sc_kind_name(mention->kind));
    }

    sc_record_write_word(buf, SC_JSON_LEAD("action"),
                         sc_action_name(mention->action));
    sc_record_write_word(buf, SC_JSON_LEAD("direction"),
                         sc_direction_name(mention->direction));
    sc_record_write_tri(buf, SC_JSON_LEAD("public"), mention->is_public);
    sc_record_write_bool(buf, SC_JSON_LEAD("actionable"),
                         sc_mention_is_actionable(mention));
    sc_record_write_flag(buf, SC_JSON_LEAD("auto"), mention->automatic);

    sc_json_write_led(buf, SC_JSON_LEAD("object"), mention->object);
    sc_json_write_led(buf, SC_JSON_LEAD("thread"), mention->thread);
    sc_json_write_led(buf, SC_JSON_LEAD("parent"), mention->parent);

    /* Replaced bytes would name another wait, or none. */
    if (!mention->no_answer && sc_utf8_is_valid(mention->clock_key)) {
        sc_json_write_led(buf, SC_JSON_LEAD("wait"), mention->clock_key);
    }
}


static void
sc_record_write_author(sc_buf_t *buf, const sc_mention_t *mention)
{
    const sc_author_t *author;

    author = &mention->author;

    if (author->id.len == 0 && author->name.len == 0
        && author->handle.len == 0 && author->followers < 0
        && author->verified == SC_TRI_UNKNOWN)
    {
        return;
    }

    sc_json_write_lead(buf, SC_JSON_LEAD("author"));
    sc_buf_append_byte(buf, '{');

    sc_json_write_led(buf, SC_JSON_LEAD("id"), author->id);
    sc_json_write_led(buf, SC_JSON_LEAD("name"),
                      sc_record_short(author->name));
    sc_json_write_led(buf, SC_JSON_LEAD("handle"),
                      sc_record_short(author->handle));
    sc_record_write_known(buf, SC_JSON_LEAD("followers"), author->followers);
    sc_record_write_tri(buf, SC_JSON_LEAD("verified"), author->verified);
    sc_record_write_word(buf, SC_JSON_LEAD("reach"),
                         sc_reach_name(sc_mention_reach(mention)));

    sc_buf_append_byte(buf, '}');
}


static void
sc_record_write_media(sc_buf_t *buf, const sc_media_t *media)
{
    const sc_media_t *item;

    if (media == NULL) {
        return;
    }

    sc_json_write_lead(buf, SC_JSON_LEAD("media"));
    sc_buf_append_byte(buf, '[');

    for (item = media; item != NULL; item = item->next) {
        if (item != media) {
            sc_buf_append_byte(buf, ',');
        }

        sc_buf_append_byte(buf, '{');
        sc_json_write_led(buf, SC_JSON_LEAD("type"), item->type);
        sc_json_write_led(buf, SC_JSON_LEAD("url"), item->url);
        sc_json_write_led(buf, SC_JSON_LEAD("ref"), item->ref);
        sc_buf_append_byte(buf, '}');
    }

    sc_buf_append_byte(buf, ']');
}


static void
sc_record_write_part(sc_buf_t *buf, const sc_message_part_t *part)
{
    if (part->number < 0) {
        return;
    }

    sc_json_write_lead(buf, SC_JSON_LEAD("part"));
    sc_buf_append_byte(buf, '{');
    sc_json_write_led(buf, SC_JSON_LEAD("ref"), part->ref);
    sc_record_write_int(buf, SC_JSON_LEAD("number"), part->number);
    sc_record_write_known(buf, SC_JSON_LEAD("total"), part->total);
    sc_buf_append_byte(buf, '}');
}


static void
sc_record_write_extra(sc_buf_t *buf, const sc_extra_t *extra)
{
    if (extra == NULL) {
        return;
    }

    sc_json_write_lead(buf, SC_JSON_LEAD("extra"));
    sc_buf_append_byte(buf, '{');

    while (extra != NULL) {
        sc_json_write_member(buf, extra->name, extra->value);
        extra = extra->next;
    }

    sc_buf_append_byte(buf, '}');
}


static void
sc_record_write_content(sc_buf_t *buf, const sc_mention_t *mention)
{
    sc_json_write_led(buf, SC_JSON_LEAD("recipient"), mention->recipient);
    sc_json_write_led(buf, SC_JSON_LEAD("subject"), mention->subject);
    sc_json_write_led(buf, SC_JSON_LEAD("text"), mention->text);
    sc_json_write_led(buf, SC_JSON_LEAD("lang"), mention->lang);
    sc_record_write_part(buf, &mention->part);
    sc_record_write_media(buf, mention->media);
    sc_json_write_led(buf, SC_JSON_LEAD("url"), mention->url);
    sc_record_write_known(buf, SC_JSON_LEAD("rating"), mention->rating);
    sc_json_write_led(buf, SC_JSON_LEAD("reaction"), mention->reaction);
    sc_json_write_led(buf, SC_JSON_LEAD("status"), mention->status);
    sc_record_write_known(buf, SC_JSON_LEAD("duration_s"),
                          mention->duration_s);
    sc_json_write_led(buf, SC_JSON_LEAD("notice"), mention->notice);
    sc_record_write_extra(buf, mention->extra);
    sc_record_write_flag(buf, SC_JSON_LEAD("needs_fetch"),
                         mention->needs_fetch);
    sc_record_write_flag(buf, SC_JSON_LEAD("redelivery"), mention->redelivery);
}


static void
sc_record_write_times(sc_buf_t *buf, const sc_mention_t *mention,
    const sc_record_context_t *context)
{
    sc_record_write_known(buf, SC_JSON_LEAD("created_ms"),
                          mention->created_ms);
    sc_record_write_flag(buf, SC_JSON_LEAD("created_is_delivery_time"),
                         mention->created_is_delivery_time);
    sc_record_write_known(buf, SC_JSON_LEAD("edited_ms"), mention->edited_ms);
    sc_record_write_int(buf, SC_JSON_LEAD("received_ms"),
                        context->received_ms);
    sc_record_write_known(buf, SC_JSON_LEAD("due_ms"), context->due_ms);
}


void
sc_record_write(sc_buf_t *buf, const sc_mention_t *mention,
    const sc_record_context_t *context)
{
    sc_buf_append_byte(buf, '{');

    sc_record_write_identity(buf, mention, context);
    sc_record_write_meaning(buf, mention);
    sc_record_write_author(buf, mention);
    sc_record_write_content(buf, mention);
    sc_record_write_times(buf, mention, context);
    sc_json_write_led(buf, SC_JSON_LEAD("trend"), context->trend);

    if (context->with_raw) {
        sc_json_write_led(buf, SC_JSON_LEAD("raw"), mention->raw);
    }

    sc_buf_append_byte(buf, '}');
}
