/*
 * test_facebook.c: what happens on a Page, in the shapes that the samples do
 * not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define CHANGE(field, value)                                                  \
    "{'object':'page','entry':[{'id':'104','time':1768471203,'changes':["     \
    "{'field':'" field "','value':{" value "}}]}]}"

#define FEED(value)  CHANGE("feed", value)

#define CUSTOMER  "'from':{'id':'77','name':'Bo'},"
#define BRAND     "'from':{'id':104,'name':'Northwind'},"
#define UNDER_POST(id)                                                        \
    "'item':'comment','post_id':'104_1','parent_id':'104_1','comment_id':'"   \
    id "',"
#define UNDER_COMMENT(id, parent)                                             \
    "'item':'comment','post_id':'104_1','parent_id':'" parent "',"            \
    "'comment_id':'" id "',"
#define ADD   "'verb':'add','created_time':1768471200"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_facebook);
}


/* Question and answer must meet in one key, whatever the level. */
static void
test_clock_keys_meet(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);

    assert_text(one(&fixture, FEED(CUSTOMER UNDER_POST("1_5") ADD))
                ->clock_key, "facebook:104:1_5");
    assert_text(one(&fixture, FEED(BRAND UNDER_COMMENT("1_6", "1_5") ADD))
                ->clock_key, "facebook:104:1_5");
    assert_text(one(&fixture, FEED(CUSTOMER UNDER_COMMENT("1_7", "1_5") ADD))
                ->clock_key, "facebook:104:1_5");

    /* A visitor's post is answered at its top level. */
    assert_text(one(&fixture, FEED(CUSTOMER "'item':'post','post_id':'104_1',"
                ADD))->clock_key, "facebook:104:104_1");
    assert_text(one(&fixture, FEED(BRAND UNDER_POST("1_8") ADD))->clock_key,
                "facebook:104:104_1");
    assert_false(fixture_mention(&fixture, 0)->no_answer);

    fixture_free(&fixture);
}


/* Under the Page's post in a group, which may be closed. */
static void
test_comments_in_groups(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, CHANGE("group_feed", CUSTOMER "'recipient':{"
                  "'id':'104'},'group_id':'9','message':'Hi',"
                  UNDER_POST("1_5") ADD));
    assert_int_equal(mention->kind, SC_KIND_COMMENT);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_int_equal(mention->is_public, SC_TRI_UNKNOWN);
    assert_text(mention->text, "Hi");
    assert_text(mention->clock_key, "facebook:104:1_5");
    assert_text(one(&fixture, CHANGE("group_feed", BRAND
                UNDER_COMMENT("1_6", "1_5") ADD))->clock_key,
                "facebook:104:1_5");
    fixture_free(&fixture);
}


static void
test_loose_answers_match_by_post(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    assert_null(fixture_option(&fixture, "answer", "loose"));

    assert_text(one(&fixture, FEED(CUSTOMER UNDER_POST("1_5") ADD))
                ->clock_key, "facebook:104:104_1");
    assert_text(one(&fixture, FEED(BRAND UNDER_POST("1_6") ADD))->clock_key,
                "facebook:104:104_1");
    assert_text(one(&fixture, FEED(CUSTOMER UNDER_COMMENT("1_7", "1_5") ADD))
                ->clock_key, "facebook:104:104_1");

    /* Removing one comment takes that one back, wherever it waits. */
    assert_text(one(&fixture, FEED(CUSTOMER UNDER_POST("1_5")
                "'verb':'remove'"))->clock_key, "facebook:104:104_1");

    fixture_free(&fixture);
}


static void
test_removal_names_its_wait(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, FEED(CUSTOMER UNDER_POST("1_5")
                                 "'verb':'remove'"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->clock_key, "facebook:104:1_5");
    assert_int_equal(mention->created_ms, 1768471203000);
    assert_true(mention->created_is_delivery_time);
    assert_text(mention->event, "1_5/remove/1768471203");

    assert_text(one(&fixture, FEED(CUSTOMER UNDER_COMMENT("1_7", "1_5")
                "'verb':'delete'"))->clock_key, "facebook:104:1_5");
    assert_text(one(&fixture, FEED(BRAND UNDER_POST("1_5")
                "'verb':'delete'"))->clock_key, "");

    fixture_free(&fixture);
}


static void
test_edits_never_touch_the_clock(void **state)
{
    size_t        i;
    char          body[512];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const verbs[] = { "edit", "edited", "update" };

    (void) state;

    setup(&fixture);

    for (i = 0; i < 3; i++) {
        (void) snprintf(body, sizeof(body), FEED(BRAND UNDER_POST("1_5")
                        "'verb':'%s','created_time':1768471200"), verbs[i]);
        mention = one(&fixture, body);
        assert_int_equal(mention->action, SC_ACTION_EDIT);
        assert_int_equal(mention->created_ms, 1768471200000);
        assert_int_equal(mention->edited_ms, 1768471203000);
        assert_text(mention->clock_key, "");
    }

    fixture_free(&fixture);
}


/* Ids as bare numbers beyond 2^53 keep every digit. */
static void
test_big_numbers(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, FEED("'from':{'id':10201978818232617},'item':"
                                 "'photo','post_id':'104_9','photo_id':"
                                 "9007199254740993,'link':"
                                 "'https:\\/\\/i.example\\/a.jpg'," ADD));
    assert_text(mention->author.id, "10201978818232617");
    assert_text(mention->media->type, "photo");
    assert_text(mention->media->url, "https://i.example/a.jpg");
    assert_text(mention->media->ref, "9007199254740993");
    assert_int_equal(mention->kind, SC_KIND_POST);
    assert_text(mention->event,
                "104_9/photo/9007199254740993/add/1768471200");

    mention = one(&fixture, FEED("'from':{'id':18446744073709551617},"
                                 "'item':'video','video_id':"
                                 "123456789012345678901234567890," ADD));
    assert_text(mention->author.id, "18446744073709551617");
    assert_text(mention->object, "123456789012345678901234567890");

    fixture_free(&fixture);
}


static void
test_direction(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_account(&fixture, "555");

    assert_int_equal(one(&fixture, FEED(BRAND UNDER_POST("1_5") ADD))
                     ->direction, SC_DIRECTION_OUT);
    assert_int_equal(one(&fixture, FEED(CUSTOMER UNDER_POST("1_5") ADD))
                     ->direction, SC_DIRECTION_IN);

    /* A team member who answers as a person, by configuration. */
    assert_int_equal(one(&fixture, FEED("'from':{'id':'555'},"
                     UNDER_POST("1_5") ADD))->direction, SC_DIRECTION_OUT);

    /* Withheld or broken authors are never the brand. */
    assert_int_equal(one(&fixture, FEED(UNDER_POST("1_5") ADD))->direction,
                     SC_DIRECTION_UNKNOWN);
    assert_int_equal(one(&fixture, FEED("'from':null," UNDER_POST("1_5") ADD))
                     ->direction, SC_DIRECTION_UNKNOWN);
    assert_int_equal(one(&fixture, FEED("'from':{'id':104.0},"
                     UNDER_POST("1_5") ADD))->direction,
                     SC_DIRECTION_UNKNOWN);

    fixture_free(&fixture);
}


/* Neither an entry nor an author without an id: not brand by equality. */
static void
test_two_missing_ids_are_not_equal(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, "{'object':'page','entry':[{'changes':[{"
                          "'field':'feed','value':{'from':{'id':''},"
                          UNDER_POST("1_5") ADD "}}]}]}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_UNKNOWN);
    fixture_free(&fixture);
}


static void
test_old_names_of_the_author(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, FEED("'sender_id':77,'sender_name':'Bo','item':"
                                 "'video','post_id':'104_9','video_id':5,"
                                 "'message':'look'," ADD));
    assert_text(mention->author.id, "77");
    assert_text(mention->author.name, "Bo");
    assert_text(mention->media->type, "video");
    assert_text(mention->media->url, "");
    assert_text(mention->media->ref, "5");
    fixture_free(&fixture);
}


static void
test_media(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, FEED(CUSTOMER UNDER_POST("1_5") "'photo':'p',"
                                 "'video':'v','link':'no'," ADD));
    assert_text(mention->media->url, "p");
    assert_text(mention->media->next->url, "v");
    assert_null(mention->media->next->next);

    mention = one(&fixture, FEED(BRAND "'item':'status','post_id':'104_9',"
                                 "'photos':['a',7,null,'b'],'published':1,"
                                 ADD));
    assert_text(mention->media->url, "a");
    assert_text(mention->media->next->url, "b");
    assert_null(mention->media->next->next);

    fixture_free(&fixture);
}


/* Each of several photos of one post is an event of its own. */
static void
test_posts_of_every_item(void **state)
{
    size_t        i;
    char          body[512];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const items[] = {
        "post", "status", "photo", "video", "share", "album", "link", "note"
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        (void) snprintf(body, sizeof(body), FEED(CUSTOMER "'item':'%s',"
                        "'post_id':'104_9'," ADD), items[i]);
        mention = one(&fixture, body);
        assert_int_equal(mention->kind, SC_KIND_POST);
        assert_int_equal(mention->direction, SC_DIRECTION_IN);
        assert_true(sc_mention_is_actionable(mention));

        (void) snprintf(body, sizeof(body), FEED(BRAND "'item':'%s',"
                        "'post_id':'104_9'," ADD), items[i]);
        assert_true(one(&fixture, body)->no_answer);
    }

    mention = one(&fixture, FEED(BRAND "'item':'album','album_id':5,"
                                 "'photo_ids':[1,2]," ADD));
    assert_text(mention->object, "5");
    assert_text(mention->thread, "5");

    fixture_free(&fixture);
}


static void
test_reactions(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, FEED(CUSTOMER "'item':'reaction','post_id':"
                                 "'104_1','parent_id':'104_1',"
                                 "'reaction_type':'anger','verb':'remove',"
                                 "'created_time':1768471200"));
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->reaction, "anger");
    assert_text(mention->parent, "");
    assert_text(mention->clock_key, "");
    assert_text(mention->event,
                "104_1/reaction/77/anger/remove/1768471200");

    mention = one(&fixture, FEED(CUSTOMER "'item':'reaction','post_id':"
                                 "'104_1','reaction_type':'new_word',"
                                 "'verb':'edit','created_time':1768471200"));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->reaction, "new_word");

    mention = one(&fixture, FEED("'item':'like','verb':'add','user_id':"
                                 "10201978818232617"));
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_text(mention->reaction, "like");
    assert_text(mention->author.id, "10201978818232617");
    assert_text(mention->event,
                "104/like/10201978818232617/like/add/1768471203");

    fixture_expect_quoted(&fixture, FEED("'item':'like','verb':'add'"), 0, 1);

    fixture_free(&fixture);
}


static void
test_noise_is_dropped(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, FEED("'item':'event','verb':'add',"
                          "'story':'X created an event'"), 0, 0);
    fixture_expect_quoted(&fixture, FEED("'item':'timeline cover','verb':"
                          "'add'"), 0, 0);
    fixture_expect_quoted(&fixture, FEED(CUSTOMER UNDER_POST("1_5")
                          "'verb':'hide'"), 0, 0);
    fixture_expect_quoted(&fixture, FEED(CUSTOMER UNDER_POST("1_5")
                          "'verb':'unhide'"), 0, 0);
    fixture_expect_quoted(&fixture, FEED("'item':'video','verb':'mute'"), 0,
                          0);
    fixture_expect_quoted(&fixture, FEED("'item':'page','verb':'block'"), 0,
                          0);
    fixture_expect_quoted(&fixture, CHANGE("conversations", "'thread_id':'t',"
                          "'page_id':1"), 0, 0);
    fixture_expect_quoted(&fixture, CHANGE("phone", "'x':1"), 0, 0);
    fixture_expect_quoted(&fixture, CHANGE("leadgen", "'leadgen_id':1"), 0,
                          0);
    fixture_free(&fixture);
}


static void
expect_piece(const char *text, sc_dead_reason_t reason)
{
    fixture_t fixture;

    setup(&fixture);
    fixture_expect_quoted(&fixture, text, 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, reason);
    fixture_free(&fixture);
}


static void
test_unknown_words_are_dead(void **state)
{
    (void) state;

    expect_piece(FEED("'item':'hologram'," ADD), SC_DEAD_UNKNOWN_OBJECT);
    expect_piece(FEED("'item':'comment','comment_id':'1','verb':'fold'"),
                 SC_DEAD_UNKNOWN_OBJECT);
    expect_piece(FEED("'item':'comment'," ADD), SC_DEAD_MISSING_MEMBER);
    expect_piece(FEED("'verb':'add'"), SC_DEAD_MISSING_MEMBER);
    expect_piece(FEED("'item':'comment','comment_id':'1'"),
                 SC_DEAD_MISSING_MEMBER);
    expect_piece(CHANGE("feed_of_tomorrow", "'x':1"), SC_DEAD_UNKNOWN_OBJECT);
}


static void
test_mentions(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, CHANGE("mention", "'item':'post','verb':'add',"
                                   "'post_id':'99_7','message':'@Northwind',"
                                   "'sender_id':'77','sender_name':'Bo'"));
    assert_int_equal(mention->kind, SC_KIND_MENTION);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->object, "99_7");
    assert_text(mention->clock_key, "facebook:104:99_7");
    assert_true(mention->created_is_delivery_time);

    mention = one(&fixture, CHANGE("mention", "'item':'comment','verb':"
                                   "'remove','post_id':'99_7','comment_id':"
                                   "'7_8'"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->clock_key, "facebook:104:7_8");

    fixture_free(&fixture);
}


static void
test_ratings(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, CHANGE("ratings", "'item':'rating','verb':'add',"
                                   "'reviewer_id':77,'reviewer_name':'Bo',"
                                   "'open_graph_story_id':9007199254740993,"
                                   "'recommendation_type':'NEGATIVE',"
                                   "'review_text':'late','comment_id':null,"
                                   "'created_time':1768471200"));
    assert_int_equal(mention->kind, SC_KIND_REVIEW);
    assert_text(mention->thread, "9007199254740993");
    assert_text(mention->text, "late");
    assert_text(mention->reaction, "negative");
    assert_text(mention->author.name, "Bo");
    assert_int_equal(mention->rating, -1);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->clock_key, "facebook:104:9007199254740993");

    /* The Page comments under it. */
    mention = one(&fixture, CHANGE("ratings", BRAND "'item':'comment',"
                                   "'open_graph_story_id':'9007199254740993',"
                                   "'comment_id':'3','message':'Sorry',"
                                   ADD));
    assert_int_equal(mention->kind, SC_KIND_COMMENT);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "facebook:104:9007199254740993");
    assert_false(mention->no_answer);

    /* Old payloads: stars, and no time. */
    mention = one(&fixture, CHANGE("ratings", "'item':'rating','verb':'add',"
                                   "'rating':4,'review_text':null,"
                                   "'reviewer_id':'77',"
                                   "'open_graph_story_id':'5'"));
    assert_int_equal(mention->rating, 4);
    assert_text(mention->text, "");
    assert_int_equal(mention->created_ms, 1768471203000);
    assert_true(mention->created_is_delivery_time);

    mention = one(&fixture, CHANGE("ratings", "'item':'rating','verb':'add',"
                                   "'rating':-7,'recommendation_type':"
                                   "'positive','open_graph_story_id':'5'"));
    assert_int_equal(mention->rating, -1);
    assert_text(mention->reaction, "positive");
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);

    mention = one(&fixture, CHANGE("ratings", "'item':'like','verb':'add',"
                                   "'sender_id':'77',"
                                   "'open_graph_story_id':'5'"));
    assert_int_equal(mention->kind, SC_KIND_REACTION);

    fixture_free(&fixture);
}


static void
test_missing_parent_means_top_level(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, FEED(CUSTOMER "'item':'comment','post_id':"
                                 "'104_1','comment_id':'1_5'," ADD));
    assert_text(mention->parent, "");
    assert_text(mention->clock_key, "facebook:104:1_5");

    /* An answer to nobody knows whom. */
    mention = one(&fixture, FEED(BRAND "'item':'comment','comment_id':'1_6',"
                                 ADD));
    assert_true(mention->no_answer);
    assert_text(mention->clock_key, "");
    assert_text(mention->thread, "1_6");

    fixture_free(&fixture);
}


static void
test_escapes(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, FEED(CUSTOMER UNDER_POST("1_5") "'message':"
                                 "'\\ud83d\\ude86 a\\/b \\u003C50\\u0025"
                                 "\\u0040 \\ud83d!'," ADD));
    assert_text(mention->text,
                "\xf0\x9f\x9a\x86 a/b <50%@ \xef\xbf\xbd!");
    fixture_free(&fixture);
}


/* Facebook's dashboards send private messages as a change, too. */
static void
test_message_as_change(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, CHANGE("messages", "'sender':{'id':'12334'},"
                                   "'recipient':{'id':'104'},'timestamp':"
                                   "'1527459824','message':{'mid':'test_id',"
                                   "'text':'t'}"));
    assert_text(mention->platform, "messenger");
    assert_int_equal(mention->created_ms, 1527459824000);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_keys_meet),
        cmocka_unit_test(test_comments_in_groups),
        cmocka_unit_test(test_loose_answers_match_by_post),
        cmocka_unit_test(test_removal_names_its_wait),
        cmocka_unit_test(test_edits_never_touch_the_clock),
        cmocka_unit_test(test_big_numbers),
        cmocka_unit_test(test_direction),
        cmocka_unit_test(test_two_missing_ids_are_not_equal),
        cmocka_unit_test(test_old_names_of_the_author),
        cmocka_unit_test(test_media),
        cmocka_unit_test(test_posts_of_every_item),
        cmocka_unit_test(test_reactions),
        cmocka_unit_test(test_noise_is_dropped),
        cmocka_unit_test(test_unknown_words_are_dead),
        cmocka_unit_test(test_mentions),
        cmocka_unit_test(test_ratings),
        cmocka_unit_test(test_missing_parent_means_top_level),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_message_as_change)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
