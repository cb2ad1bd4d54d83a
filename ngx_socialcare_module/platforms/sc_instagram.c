/*
 * sc_instagram.c: comments and mentions of Instagram accounts, in every shape
 * that the two login products send.  Private messages: sc_messenger.c.
 *
 * Threads are flattened: a reply to a reply names the top-level comment as its
 * parent.  So the wait is matched by the top-level comment: the comment's own
 * id where it has no parent, else its parent; the brand's answer by its parent.
 * With answer=username each person under a comment has a separate wait: an
 * answer must begin with the @name of the person, as Instagram's apps write it;
 * otherwise it ends no wait.
 */

#include "sc_meta.h"


const sc_platform_t sc_platform_instagram =
    SC_META_PLATFORM("instagram", SC_CHANNEL_SOCIAL, SC_META_ECHOES);


static const sc_str_t sc_instagram_comment_fields[] = {
    SC_STR_INIT("comments"),
    SC_STR_INIT("live_comments")
};


/* Documented, but without anybody's words. */
static const sc_str_t sc_instagram_ignored_fields[] = {
    SC_STR_INIT("story_insights"),
    SC_STR_INIT("creator_marketplace_*"),
    SC_STR_INIT("share_to_feed"),
    SC_STR_INIT("follow"),
    SC_STR_INIT("delta")
};


/* Only the account's own comments carry a self id. */
static sc_direction_t
sc_instagram_direction(const sc_meta_entry_t *entry,
    const sc_json_token_t *from, const sc_author_t *author)
{
    if (sc_meta_is_own(entry, entry->account, author->id, author->handle)
        || sc_json_get_set(entry->callback->json, from,
                           SC_STR("self_ig_scoped_id")) != NULL)
    {
        return SC_DIRECTION_OUT;
    }

    return author->id.len == 0 && author->handle.len == 0
           ? SC_DIRECTION_UNKNOWN : SC_DIRECTION_IN;
}


/* The @name that a text begins with, without it; empty when there is none. */
static sc_str_t
sc_instagram_named(sc_str_t text)
{
    size_t   end;
    sc_str_t name;

    if (text.len == 0 || text.data[0] != '@') {
        return SC_STR_NULL;
    }

    name = sc_str_from(text, 1);

    for (end = 0; end < name.len; end++) {
        if (!((name.data[end] >= 'a' && name.data[end] <= 'z')
              || (name.data[end] >= 'A' && name.data[end] <= 'Z')
              || (name.data[end] >= '0' && name.data[end] <= '9')
              || name.data[end] == '.' || name.data[end] == '_'))
        {
            break;
        }
    }

    /* In "@lea." the dot ends a sentence: no name ends in one. */
    while (end > 0 && name.data[end - 1] == '.') {
        end--;
    }

    return sc_str_first(name, end);
}


/* COMMENT:@name in lower case; empty without a name. */
static sc_str_t
sc_instagram_personal_key(const sc_meta_entry_t *entry, sc_str_t comment,
    sc_str_t name)
{
    sc_str_t lower;

    lower = sc_kit_lower(entry->callback, name);

    return lower.len == 0 ? SC_STR_NULL
           : sc_kit_join(entry->callback, comment, SC_STR(":@"), lower);
}


static void
sc_instagram_set_clock(const sc_meta_entry_t *entry, sc_mention_t *mention)
{
    bool     out;
    sc_str_t key;

    out = mention->direction == SC_DIRECTION_OUT;
    key = out ? mention->parent
              : sc_kit_either(mention->parent, mention->object);

    /* A person without a name waits as without answer=username. */
    if (entry->options->answers_by_name && key.len != 0
        && (out || mention->author.handle.len != 0))
    {
        key = sc_instagram_personal_key(entry, key,
                  out ? sc_instagram_named(mention->text)
                      : mention->author.handle);
    }

    mention->no_answer = out && key.len == 0;
    mention->clock_key = sc_meta_clock_key(entry, mention, key);
}


/*
 * A boosted post exists twice and may report one comment under both media:
 * the comment's id alone tells events apart.
 */
static void
sc_instagram_comment(const sc_meta_entry_t *entry,
    const sc_json_token_t *value, sc_str_t raw)
{
    sc_str_t               id;
    sc_mention_t          *mention;
    sc_callback_t         *callback;
    const sc_json_token_t *from, *media;

    callback = entry->callback;

    id = sc_kit_either(sc_callback_id(callback, value, SC_STR("id")),
                       sc_callback_id(callback, value,
                                      SC_STR("comment_id")));
    if (id.len == 0) {
        sc_meta_add_dead(entry, SC_DEAD_MISSING_MEMBER, raw);
        return;
    }

    mention = sc_meta_add(entry, &sc_platform_instagram, raw);
    if (mention == NULL) {
        return;
    }

    from = sc_json_member(callback->json, value, "from");
    media = sc_json_member(callback->json, value, "media");

    mention->kind = SC_KIND_COMMENT;
    mention->is_public = SC_TRI_YES;
    mention->event = id;
    mention->object = id;
    mention->thread = sc_callback_id(callback, media, SC_STR("id"));
    mention->parent = sc_callback_id(callback, value, SC_STR("parent_id"));
    mention->author.id = sc_callback_id(callback, from, SC_STR("id"));
    mention->author.handle = sc_callback_text(callback, from,
                                              SC_STR("username"));
    mention->author.name = mention->author.handle;
    mention->text = sc_callback_text(callback, value, SC_STR("text"));
    mention->direction = sc_instagram_direction(entry, from,
                                                &mention->author);

    /* The payload has no time of the comment itself. */
    sc_meta_set_created(entry, mention, -1);
    sc_instagram_set_clock(entry, mention);
}


/* Ids only: author and text need an API call. */
static void
sc_instagram_mention(const sc_meta_entry_t *entry,
    const sc_json_token_t *value, sc_str_t raw)
{
    sc_str_t       media, comment;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = entry->callback;

    media = sc_callback_id(callback, value, SC_STR("media_id"));
    comment = sc_callback_id(callback, value, SC_STR("comment_id"));

    if (media.len == 0 && comment.len == 0) {
        sc_meta_add_dead(entry, SC_DEAD_MISSING_MEMBER, raw);
        return;
    }

    mention = sc_meta_add(entry, &sc_platform_instagram, raw);
    if (mention == NULL) {
        return;
    }

    mention->kind = SC_KIND_MENTION;
    mention->direction = SC_DIRECTION_UNKNOWN;
    mention->is_public = SC_TRI_YES;
    mention->needs_fetch = true;
    mention->event = sc_kit_either(media, comment);
    mention->object = sc_kit_either(comment, media);
    mention->thread = media;

    if (media.len != 0 && comment.len != 0) {
        mention->event = sc_kit_join(callback, media, SC_STR("/"), comment);
    }

    sc_meta_set_created(entry, mention, -1);
    sc_instagram_set_clock(entry, mention);
}


void
sc_instagram_change(const sc_meta_entry_t *entry, sc_str_t field,
    const sc_json_token_t *value, sc_str_t raw)
{
    if (sc_meta_is_one_of(sc_instagram_comment_fields, field)) {
        sc_instagram_comment(entry, value, raw);

    } else if (sc_str_eq(field, SC_STR("mentions"))) {
        sc_instagram_mention(entry, value, raw);

    } else if (!sc_meta_is_one_of(sc_instagram_ignored_fields, field)) {
        sc_meta_add_dead(entry, SC_DEAD_UNKNOWN_OBJECT, raw);
    }
}
