/*
 * sc_messenger_feedback.c: what customers think of the brand's messages: thumbs
 * and surveys.
 *
 * Both are reactions, because nobody waits: the conversation that they are
 * about is over.
 */

#include "sc_messenger.h"


void
sc_dm_thumb(const sc_dm_t *dm)
{
    sc_str_t       mid, thumb;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = dm->entry->callback;

    mid = sc_callback_id(callback, dm->event, SC_STR("mid"));
    thumb = sc_callback_text(callback, dm->event, SC_STR("feedback"));

    if (mid.len == 0 || thumb.len == 0) {
        sc_dm_add_dead(dm, SC_DEAD_MISSING_MEMBER);
        return;
    }

    mention = sc_dm_add(dm, SC_KIND_REACTION, SC_ACTION_CREATE);
    if (mention == NULL) {
        return;
    }

    mention->object = mid;
    mention->event = sc_kit_join(callback, mid, SC_STR("/feedback/"),
                                 dm->sender, SC_STR("/"), dm->time_text);
    mention->reaction = thumb;
}


/* One answer of a survey: points, and perhaps words. */
static void
sc_dm_survey_answer(const sc_dm_t *dm, sc_str_t question,
    const sc_json_token_t *answer)
{
    int64_t        points;
    sc_str_t       type, given;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = dm->entry->callback;
    type = sc_callback_text(callback, answer, SC_STR("type"));
    given = sc_callback_text(callback, answer, SC_STR("payload"));
    points = sc_callback_int(callback, answer, SC_STR("payload"));

    mention = sc_dm_add(dm, SC_KIND_REACTION, SC_ACTION_CREATE);
    if (mention == NULL) {
        return;
    }

    mention->event = sc_kit_join(callback, SC_STR("survey/"), dm->sender,
                                 SC_STR("/"), dm->time_text, SC_STR("/"),
                                 question);
    mention->reaction = type;
    mention->rating = points < 0 ? -1 : points;
    mention->text = sc_kit_either(
                       sc_callback_text(callback,
                                        sc_json_get(callback->json, answer,
                                                    SC_STR("follow_up")),
                                        SC_STR("payload")),
                       points < 0 ? given : SC_STR_NULL);
}


/* {"feedback_screens": [{"questions": {ID: {type, payload, follow_up}}}]} */
void
sc_dm_survey(const sc_dm_t *dm)
{
    sc_json_doc_t         *json;
    const sc_json_token_t *screens, *screen, *questions, *answer, *name;

    json = dm->entry->callback->json;
    screens = sc_json_member(json, dm->event, "feedback_screens");

    if (!sc_json_is(screens, SC_JSON_ARRAY)) {
        sc_dm_add_dead(dm, SC_DEAD_SHAPE);
        return;
    }

    for (screen = sc_json_next(json, screens, NULL, NULL);
         screen != NULL && !dm->entry->callback->too_large;
         screen = sc_json_next(json, screens, screen, NULL))
    {
        questions = sc_json_member(json, screen, "questions");

        if (!sc_json_is(questions, SC_JSON_OBJECT)) {
            sc_dm_add_dead(dm, SC_DEAD_SHAPE);
            continue;
        }

        for (answer = sc_json_next(json, questions, NULL, &name);
             answer != NULL && !dm->entry->callback->too_large;
             answer = sc_json_next(json, questions, answer, &name))
        {
            sc_dm_survey_answer(dm,
                                sc_callback_string(dm->entry->callback, name),
                                answer);
        }
    }
}
