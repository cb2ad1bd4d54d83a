/*
 * sc_record.c: writing a mention as the published JSON object.
 *
 * conf/mention.schema.json describes the outcome, and a test holds every
 * sample's record against it.  Members that are unknown are left out; flags
 * are written only when they are set, but for those that every worker asks.
 */

#include "sc_json_write.h"
#include "sc_record.h"


/* How far the platform's clock may be ahead of ours. */
#define SC_RECORD_MAX_AHEAD_MS  5000

/* Older than this is a wrong clock, or a wait that is lost anyway. */
#define SC_RECORD_MAX_AGE_MS    (INT64_C(7) * 24 * 60 * 60 * 1000)


void
sc_record_write_id(sc_buf_t *buf, const sc_mention_t *mention)
{
    sc_buf_append_str(buf, mention->platform);
    sc_buf_append_byte(buf, ':');
    sc_buf_append_str(buf, mention->account);
    sc_buf_append_byte(buf, ':');
    sc_buf_append_str(buf, mention->same.len ? mention->same : mention->event);
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


/* At most SC_RECORD_MAX_ID bytes, cut in front of a UTF-8 character. */
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
sc_record_write_flag(sc_buf_t *buf, const char *name, bool set)
{
    if (set) {
        sc_json_write_bool(buf, name, true);
    }
}


/* A boolean that may be unknown. */
static void
sc_record_write_tri(sc_buf_t *buf, const char *name, sc_tri_t value)
{
    if (value != SC_TRI_UNKNOWN) {
        sc_json_write_bool(buf, name, value == SC_TRI_YES);
    }
}


/* A number that is never negative: that stands for unknown. */
static void
sc_record_write_known(sc_buf_t *buf, const char *name, int64_t value)
{
    if (value >= 0) {
        sc_json_write_int(buf, name, value);
    }
}


static void
sc_record_write_word(sc_buf_t *buf, const char *name, const char *word)
{
    sc_json_write_member(buf, name, sc_str_from_cstring(word));
}


/*
 * The id is joined from three texts of any length, so it cannot be put
 * together first and escaped then: each part is written as a string of its
 * own, and the quotes between them are taken back.
 */
static void
sc_record_write_id_part(sc_buf_t *buf, sc_str_t part, const char *separator)
{
    size_t start;

    start = buf->len;
    sc_json_write_string(buf, part);

    if (buf->failed) {
        return;
    }

    memmove(buf->data + start, buf->data + start + 1, buf->len - start - 1);
    buf->len -= 2;

    sc_buf_append_str(buf, sc_str_from_cstring(separator));
}


static void
sc_record_write_identity(sc_buf_t *buf, const sc_mention_t *mention,
    const sc_record_context_t *context)
{
    sc_json_write_int(buf, "v", SC_RECORD_VERSION);

    sc_json_write_name(buf, "id");
    sc_buf_append_byte(buf, '"');
    sc_record_write_id_part(buf, mention->platform, ":");
    sc_record_write_id_part(buf, mention->account, ":");
    sc_record_write_id_part(buf, mention->event, "\"");

    sc_json_write_member(buf, "platform", mention->platform);
    sc_record_write_word(buf, "channel", sc_channel_name(mention->channel));
    sc_json_write_member(buf, "brand", context->brand);
    sc_json_write_member(buf, "account", mention->account);
    sc_json_write_member(buf, "queue", context->queue);
}


static void
sc_record_write_meaning(sc_buf_t *buf, const sc_mention_t *mention)
{
    if (mention->kind != SC_KIND_UNKNOWN) {
        sc_record_write_word(buf, "kind", sc_kind_name(mention->kind));
    }

    sc_record_write_word(buf, "action", sc_action_name(mention->action));
    sc_record_write_word(buf, "direction",
                         sc_direction_name(mention->direction));
    sc_record_write_tri(buf, "public", mention->is_public);
    sc_json_write_bool(buf, "actionable", sc_mention_is_actionable(mention));
    sc_record_write_flag(buf, "auto", mention->automatic);

    sc_json_write_member(buf, "object", mention->object);
    sc_json_write_member(buf, "thread", mention->thread);
    sc_json_write_member(buf, "parent", mention->parent);

    /* Replaced bytes would name another wait, or none. */
    if (sc_utf8_is_valid(mention->clock_key)) {
        sc_json_write_member(buf, "wait", mention->clock_key);
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

    sc_json_write_name(buf, "author");
    sc_buf_append_byte(buf, '{');

    sc_json_write_member(buf, "id", author->id);
    sc_json_write_member(buf, "name", sc_record_short(author->name));
    sc_json_write_member(buf, "handle", sc_record_short(author->handle));
    sc_record_write_known(buf, "followers", author->followers);
    sc_record_write_tri(buf, "verified", author->verified);
    sc_record_write_word(buf, "reach",
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

    sc_json_write_name(buf, "media");
    sc_buf_append_byte(buf, '[');

    for (item = media; item != NULL; item = item->next) {
        if (item != media) {
            sc_buf_append_byte(buf, ',');
        }

        sc_buf_append_byte(buf, '{');
        sc_json_write_member(buf, "type", item->type);
        sc_json_write_member(buf, "url", item->url);
        sc_json_write_member(buf, "ref", item->ref);
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

    sc_json_write_name(buf, "part");
    sc_buf_append_byte(buf, '{');
    sc_json_write_member(buf, "ref", part->ref);
    sc_json_write_int(buf, "number", part->number);
    sc_record_write_known(buf, "total", part->total);
    sc_buf_append_byte(buf, '}');
}


static void
sc_record_write_extra(sc_buf_t *buf, const sc_extra_t *extra)
{
    if (extra == NULL) {
        return;
    }

    sc_json_write_name(buf, "extra");
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
    sc_json_write_member(buf, "recipient", mention->recipient);
    sc_json_write_member(buf, "subject", mention->subject);
    sc_json_write_member(buf, "text", mention->text);
    sc_json_write_member(buf, "lang", mention->lang);
    sc_record_write_part(buf, &mention->part);
    sc_record_write_media(buf, mention->media);
    sc_json_write_member(buf, "url", mention->url);
    sc_record_write_known(buf, "rating", mention->rating);
    sc_json_write_member(buf, "reaction", mention->reaction);
    sc_json_write_member(buf, "status", mention->status);
    sc_record_write_known(buf, "duration_s", mention->duration_s);
    sc_json_write_member(buf, "notice", mention->notice);
    sc_record_write_extra(buf, mention->extra);
    sc_record_write_flag(buf, "needs_fetch", mention->needs_fetch);
    sc_record_write_flag(buf, "redelivery", mention->redelivery);
}


static void
sc_record_write_times(sc_buf_t *buf, const sc_mention_t *mention,
    const sc_record_context_t *context)
{
    sc_record_write_known(buf, "created_ms", mention->created_ms);
    sc_record_write_flag(buf, "created_is_delivery_time",
                         mention->created_is_delivery_time);
    sc_record_write_known(buf, "edited_ms", mention->edited_ms);
    sc_json_write_int(buf, "received_ms", context->received_ms);
    sc_record_write_known(buf, "due_ms", context->due_ms);
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
    sc_json_write_member(buf, "trend", context->trend);

    if (context->with_raw) {
        sc_json_write_member(buf, "raw", mention->raw);
    }

    sc_buf_append_byte(buf, '}');
}
