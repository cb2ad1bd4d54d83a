/*
 * sc_facebook.c: what happens on a Facebook Page: comments, posts, reactions,
 * mentions elsewhere, recommendations.  Private messages: sc_messenger.c.
 *
 * A wait is matched by: for a comment directly under a post its own id, for a
 * reply to a comment that comment's id (`parent_id`), for a visitor's post the
 * post's id; for the Page's answer its `parent_id`.  So everybody who writes
 * under one top-level comment shares one wait, which an answer under it ends.
 * With answer=loose everything under a post is one wait: for teams that answer
 * at the top level instead of under the comment.
 */

#include "sc_facebook.h"


/* One change of the fields `feed`, `group_feed`, `mention` and `ratings`. */
typedef struct {
    const sc_meta_entry_t *entry;
    const sc_json_token_t *value;
    sc_str_t               raw;
    sc_str_t               field;
    sc_str_t               item;
    sc_str_t               verb;
    sc_str_t               post;       /* post_id, or the recommendation */
    sc_str_t               comment;
    sc_str_t               parent;     /* as received; may be the post */
    sc_facebook_class_t    class;
    sc_action_t            action;
} sc_facebook_t;


const sc_platform_t sc_platform_facebook =
    SC_META_PLATFORM("facebook", SC_CHANNEL_SOCIAL, NULL);


static sc_str_t
sc_facebook_id(const sc_facebook_t *change, const char *name)
{
    return sc_callback_id(change->entry->callback, change->value,
                          sc_str_from_cstring(name));
}


static sc_str_t
sc_facebook_text(const sc_facebook_t *change, const char *name)
{
    return sc_callback_text(change->entry->callback, change->value,
                            sc_str_from_cstring(name));
}


/* Names of before `from`, and of ratings and likes. */
static sc_str_t
sc_facebook_old_author(const sc_facebook_t *change, sc_mention_t *mention)
{
    sc_str_t id;

    if (mention->author.name.len == 0) {
        mention->author.name = sc_kit_either(
                               sc_facebook_text(change, "sender_name"),
                               sc_facebook_text(change, "reviewer_name"));
    }

    id = sc_kit_either(sc_facebook_id(change, "sender_id"),
                       sc_facebook_id(change, "reviewer_id"));

    return sc_kit_either(id, sc_facebook_id(change, "user_id"));
}


/*
 * A withheld author is taken for a customer, never for the brand: stopping a
 * clock takes proof.
 */
static void
sc_facebook_set_author(const sc_facebook_t *change, sc_mention_t *mention)
{
    sc_str_t               id;
    sc_callback_t         *callback;
    const sc_json_token_t *from;

    callback = change->entry->callback;
    from = sc_json_member(callback->json, change->value, "from");

    id = sc_callback_id(callback, from, SC_STR("id"));
    mention->author.name = sc_callback_text(callback, from, SC_STR("name"));

    if (id.len == 0) {
        id = sc_facebook_old_author(change, mention);
    }

    mention->author.id = id;

    if (id.len == 0) {
        mention->direction = SC_DIRECTION_UNKNOWN;

    } else if (sc_meta_is_own(change->entry, change->entry->account, id,
                              SC_STR_NULL))
    {
        mention->direction = SC_DIRECTION_OUT;

    } else {
        mention->direction = SC_DIRECTION_IN;
    }
}


/* The id of a photo, a video, an album or a share that has no post. */
static sc_str_t
sc_facebook_media_id(const sc_facebook_t *change)
{
    sc_str_t id;

    id = sc_facebook_id(change, "photo_id");
    id = sc_kit_either(id, sc_facebook_id(change, "video_id"));
    id = sc_kit_either(id, sc_facebook_id(change, "album_id"));

    return sc_kit_either(id, sc_facebook_id(change, "share_id"));
}


/*
 * There is no event id.  A comment's own id is unique with verb and time; each
 * of several photos in one post, and each of several people who react to one
 * item in the same second, is a separate event.  For edits created_time remains
 * the comment's, so the delivery's time tells two edits apart.
 */
static sc_str_t
sc_facebook_event(const sc_facebook_t *change, const sc_mention_t *mention)
{
    size_t   count;
    sc_str_t parts[13], created, media;

    created = sc_kit_either(sc_facebook_id(change, "created_time"),
                            change->entry->time_text);
    count = 0;

    parts[count++] = sc_kit_either(mention->object, change->entry->account);

    if (change->class != SC_FACEBOOK_COMMENT) {
        parts[count++] = SC_STR("/");
        parts[count++] = change->item;
    }

    media = change->class == SC_FACEBOOK_POST ? sc_facebook_media_id(change)
                                              : SC_STR_NULL;

    if (media.len != 0) {
        parts[count++] = SC_STR("/");
        parts[count++] = media;

    } else if (change->class == SC_FACEBOOK_REACTION) {
        parts[count++] = SC_STR("/");
        parts[count++] = mention->author.id;
        parts[count++] = SC_STR("/");
        parts[count++] = mention->reaction;
    }

    parts[count++] = SC_STR("/");
    parts[count++] = change->verb;
    parts[count++] = SC_STR("/");
    parts[count++] = created;

    if (change->action == SC_ACTION_EDIT) {
        parts[count++] = SC_STR("/");
        parts[count++] = change->entry->time_text;
    }

    return sc_callback_join(change->entry->callback, parts, count);
}


static void
sc_facebook_add_photos(const sc_facebook_t *change, sc_mention_t *mention)
{
    size_t                 count;
    sc_str_t               url;
    sc_callback_t         *callback;
    const sc_json_token_t *photos, *photo;

    count = 0;
    callback = change->entry->callback;
    photos = sc_json_member(callback->json, change->value, "photos");

    if (!sc_json_is(photos, SC_JSON_ARRAY)) {
        return;
    }

    for (photo = sc_json_next(callback->json, photos, NULL, NULL);
         photo != NULL && count++ < SC_KIT_MAX_MEDIA && !callback->too_large;
         photo = sc_json_next(callback->json, photos, photo, NULL))
    {
        if (sc_json_string(callback->json, photo, callback->arena, &url)) {
            sc_callback_add_media(callback, mention, SC_STR("photo"), url,
                                  SC_STR_NULL);

        } else if (sc_json_is(photo, SC_JSON_STRING)) {
            callback->too_large = true;
        }
    }
}


static void
sc_facebook_add_media(const sc_facebook_t *change, sc_mention_t *mention)
{
    sc_str_t       photo, video, link, id;
    sc_callback_t *callback;

    callback = change->entry->callback;

    photo = sc_facebook_text(change, "photo");
    video = sc_facebook_text(change, "video");

    if (photo.len != 0) {
        sc_callback_add_media(callback, mention, SC_STR("photo"), photo,
                              SC_STR_NULL);
    }

    if (video.len != 0) {
        sc_callback_add_media(callback, mention, SC_STR("video"), video,
                              SC_STR_NULL);
    }

    sc_facebook_add_photos(change, mention);

    if (!sc_str_eq(change->item, SC_STR("photo"))
        && !sc_str_eq(change->item, SC_STR("video")))
    {
        return;
    }

    link = sc_facebook_text(change, "link");
    id = sc_facebook_media_id(change);

    if (link.len != 0 || id.len != 0) {
        sc_callback_add_media(callback, mention, change->item, link, id);
    }
}


/* The key that matches question and answer; see the file's head. */
static sc_str_t
sc_facebook_wait(const sc_facebook_t *change, const sc_mention_t *mention)
{
    if (sc_str_eq(change->field, SC_STR("ratings"))
        || (change->entry->options->loose_answers && change->post.len != 0))
    {
        return change->post;
    }

    if (change->class != SC_FACEBOOK_COMMENT) {
        return mention->object;
    }

    if (mention->direction == SC_DIRECTION_OUT) {
        return sc_kit_either(change->parent, change->post);
    }

    return sc_kit_either(mention->parent, mention->object);
}


static void
sc_facebook_set_clock(const sc_facebook_t *change, sc_mention_t *mention)
{
    bool     customer;
    sc_str_t wait;

    if (change->class == SC_FACEBOOK_REACTION) {
        return;
    }

    wait = sc_facebook_wait(change, mention);
    customer = mention->direction != SC_DIRECTION_OUT;

    /* A Page's post or a mention by the Page answers nobody. */
    mention->no_answer = !customer
                         && (change->class != SC_FACEBOOK_COMMENT
                             || (change->parent.len == 0
                                 && change->post.len == 0));

    if ((mention->action == SC_ACTION_CREATE && !mention->no_answer)
        || (mention->action == SC_ACTION_DELETE && customer))
    {
        mention->clock_key = sc_meta_clock_key(change->entry, mention, wait);
    }
}


static void
sc_facebook_set_rating(const sc_facebook_t *change, sc_mention_t *mention)
{
    int64_t  stars;
    sc_str_t word;

    mention->kind = SC_KIND_REVIEW;
    stars = sc_callback_int(change->entry->callback, change->value,
                            SC_STR("rating"));
    mention->rating = stars < 0 ? -1 : stars;
    word = sc_facebook_text(change, "recommendation_type");

    if (sc_str_eq_nocase(word, SC_STR("positive"))) {
        mention->reaction = SC_STR("positive");

    } else if (sc_str_eq_nocase(word, SC_STR("negative"))) {
        mention->reaction = SC_STR("negative");
    }
}


static void
sc_facebook_set_kind(const sc_facebook_t *change, sc_mention_t *mention)
{
    switch (change->class) {

    case SC_FACEBOOK_COMMENT:
        mention->kind = SC_KIND_COMMENT;
        break;

    case SC_FACEBOOK_REACTION:
        mention->kind = SC_KIND_REACTION;
        mention->reaction = sc_kit_either(
                               sc_facebook_text(change, "reaction_type"),
                               sc_str_eq(change->item, SC_STR("like"))
                               ? SC_STR("like") : SC_STR_NULL);
        break;

    case SC_FACEBOOK_RATING:
        sc_facebook_set_rating(change, mention);
        break;

    default:
        mention->kind = SC_KIND_POST;
        break;
    }

    if (sc_str_eq(change->field, SC_STR("mention"))) {
        mention->kind = SC_KIND_MENTION;
    }
}


static void
sc_facebook_set_content(const sc_facebook_t *change, sc_mention_t *mention)
{
    sc_callback_t         *callback;
    const sc_json_token_t *post;

    callback = change->entry->callback;
    post = sc_json_member(callback->json, change->value, "post");

    mention->text = sc_kit_either(sc_facebook_text(change, "message"),
                                  sc_facebook_text(change, "review_text"));

    /* The post's link: the nearest page that shows a comment, too. */
    mention->url = sc_callback_text(callback, post, SC_STR("permalink_url"));

    sc_meta_set_created(change->entry, mention,
                        sc_meta_time(callback, change->value,
                                     SC_STR("created_time")));

    if (change->action == SC_ACTION_EDIT) {
        mention->edited_ms = change->entry->sent_ms;
    }

    sc_facebook_add_media(change, mention);
}


static void
sc_facebook_add(const sc_facebook_t *change)
{
    sc_str_t      object;
    sc_mention_t *mention;

    object = sc_kit_either(change->comment, change->post);

    if (object.len == 0) {
        object = sc_facebook_media_id(change);
    }

    /* A like of the Page itself has nothing but a person. */
    if (object.len == 0
        && (change->class != SC_FACEBOOK_REACTION
            || sc_facebook_id(change, "user_id").len == 0))
    {
        sc_meta_add_dead(change->entry, SC_DEAD_MISSING_MEMBER, change->raw);
        return;
    }

    mention = sc_meta_add(change->entry, &sc_platform_facebook, change->raw);
    if (mention == NULL) {
        return;
    }

    mention->action = change->action;
    mention->is_public = sc_str_eq(change->field, SC_STR("group_feed"))
                         ? SC_TRI_UNKNOWN : SC_TRI_YES;
    mention->object = object;
    mention->thread = sc_kit_either(change->post, object);

    if (!sc_str_eq(change->parent, change->post)) {
        mention->parent = change->parent;
    }

    sc_facebook_set_author(change, mention);
    sc_facebook_set_kind(change, mention);
    sc_facebook_set_content(change, mention);
    sc_facebook_set_clock(change, mention);
    mention->event = sc_facebook_event(change, mention);
}


/* One change of a field that carries what people write. */
static void
sc_facebook_item(sc_facebook_t *change)
{
    change->item = sc_facebook_text(change, "item");
    change->verb = sc_facebook_text(change, "verb");

    if (change->item.len == 0 || change->verb.len == 0) {
        sc_meta_add_dead(change->entry, SC_DEAD_MISSING_MEMBER, change->raw);
        return;
    }

    change->class = sc_facebook_class(change->item);

    if (change->class == SC_FACEBOOK_NOISE
        || sc_facebook_is_moderation(change->verb))
    {
        return;
    }

    if (change->class == SC_FACEBOOK_UNKNOWN
        || !sc_facebook_action(change->verb, &change->action))
    {
        sc_meta_add_dead(change->entry, SC_DEAD_UNKNOWN_OBJECT, change->raw);
        return;
    }

    change->comment = sc_facebook_id(change, "comment_id");
    change->parent = sc_facebook_id(change, "parent_id");
    change->post = sc_kit_either(sc_facebook_id(change, "post_id"),
                                 sc_facebook_id(change,
                                                "open_graph_story_id"));

    sc_facebook_add(change);
}


void
sc_facebook_change(const sc_meta_entry_t *entry, sc_str_t field,
    const sc_json_token_t *value, sc_str_t raw)
{
    sc_facebook_t change;

    if (sc_str_eq(field, SC_STR("feed"))
        || sc_str_eq(field, SC_STR("group_feed"))
        || sc_str_eq(field, SC_STR("mention"))
        || sc_str_eq(field, SC_STR("ratings")))
    {
        memset(&change, 0, sizeof(change));
        change.entry = entry;
        change.field = field;
        change.value = value;
        change.raw = raw;
        sc_facebook_item(&change);
        return;
    }

    if (!sc_facebook_is_setting(field)) {
        sc_meta_add_dead(entry, SC_DEAD_UNKNOWN_OBJECT, raw);
    }
}
