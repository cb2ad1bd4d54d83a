/*
 * sc_example.c: a forum that signs its posts: the walk-through of README's
 * "Adding a platform" as a whole file.  It is compiled and run by
 * test_example.c; in earnest it lies in ngx_socialcare_module/platforms/.
 *
 * Clock key: forum:<account>:<thread>.  Staff's posts answer.
 */

#include "sc_kit.h"

extern const sc_platform_t sc_platform_example;        /* sc_registry.h */


static const sc_verify_scheme_t sc_example_scheme = {
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Forum-Signature") },
    .prefix = SC_STR_INIT("sha256="),
    .timestamp = { SC_FROM_HEADER, SC_STR_INIT("X-Forum-Time") },
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT(".") },
                   { SC_PART_BODY, { 0, NULL } } }, 3 }
};


static void
sc_example_post(sc_callback_t *callback, const sc_json_token_t *post)
{
    sc_str_t               id, raw;
    sc_mention_t          *mention;
    const sc_json_token_t *author;

    id = sc_callback_id(callback, post, SC_STR("id"));
    raw = sc_json_raw(callback->json, post);
    author = sc_kit_object(callback, post, SC_STR("author"));

    if (id.len == 0) {
        sc_callback_add_dead(callback, SC_DEAD_MISSING_MEMBER, raw);
        return;
    }

    mention = sc_kit_add(callback, raw);
    if (mention == NULL) {
        return;                        /* limits: the caller answers 413 */
    }

    mention->kind = SC_KIND_POST;
    mention->event = id;
    mention->object = id;
    mention->is_public = SC_TRI_YES;
    mention->thread = sc_callback_id(callback, post, SC_STR("thread"));
    mention->author.id = sc_callback_id(callback, author, SC_STR("id"));
    mention->author.name = sc_callback_text(callback, author, SC_STR("name"));
    mention->text = sc_callback_text(callback, post, SC_STR("text"));
    mention->direction = sc_source_is_own(callback->source, SC_STR_NULL,
                                          mention->author.id)
                         ? SC_DIRECTION_OUT : SC_DIRECTION_IN;

    sc_kit_set_created(callback, mention,
                       sc_kit_text_time(callback, post, SC_STR("at"),
                                        SC_TIME_ISO8601));
    sc_kit_set_clock(callback, mention, mention->thread);
}


/* One bad post must not lose the others. */
static sc_parse_result_t
sc_example_parse(sc_callback_t *callback)
{
    const sc_json_token_t *posts, *post;

    posts = sc_json_member(callback->json, sc_json_root(callback->json),
                           "posts");
    post = NULL;

    if (!sc_json_is(posts, SC_JSON_ARRAY)) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    while ((post = sc_json_next(callback->json, posts, post, NULL)) != NULL) {
        sc_example_post(callback, post);
    }

    return SC_PARSE_OK;
}


const sc_platform_t sc_platform_example = {
    .name = SC_STR_INIT("forum"),
    .channel = SC_CHANNEL_SOCIAL,
    .json = true,
    .scheme = &sc_example_scheme,
    .parse = sc_example_parse
};
