/*
 * sc_mapping_run.c: applies a mapping to a verified callback.
 *
 * Rules for what a mapping leaves open:
 *
 * direction  the brand's if the author is one of the configured accounts,
 *            else the customer's
 * account    the configured one, if there is exactly one
 * event id   the default choices of the receiver; in a list, an id that is not
 *            the record's own gets the suffix `.N`.  An event_id= that finds
 *            nothing sends the record to `dead`.  Edits and deletions get the
 *            prefix `edit:` or `delete:`, or they would look like repetitions
 *            of the creation; edits without a time of their own (edited=)
 *            are told apart by their content.
 * clock key  the conversation; without one a customer's item waits under its
 *            own id and a brand's answer ends the wait of its parent.  It is
 *            not bound to the receiver: the desk's reply feed may not be the
 *            receiver that the question came to.  clock_key= overrides: a feed
 *            that answers for another platform writes that platform's keys,
 *            such as clock_key='messenger:{/page}:{/user}'.
 */

#include "sc_json_write.h"
#include "sc_kit.h"
#include "sc_mapping_run.h"


/* Longest name of a queue that the sender chooses. */
#define SC_MAPPING_MAX_QUEUE  64


typedef enum {
    SC_WORD_ABSENT = 0,
    SC_WORD_KNOWN,
    SC_WORD_UNKNOWN,
    SC_WORD_IGNORE
} sc_word_result_t;


static sc_str_t
sc_mapping_raw(sc_mapping_run_t *run)
{
    if (run->mapping->depth > 0) {
        return sc_json_raw(run->callback->json,
                           run->elements[run->mapping->depth]);
    }

    return run->mapping->format == SC_MAPPING_QUERY
           ? run->callback->request->query : run->callback->request->body;
}


static sc_str_t
sc_mapping_text(sc_mapping_run_t *run, size_t field)
{
    sc_str_t value;

    (void) sc_mapping_value(run, field, &value, NULL);

    return value;
}


static int64_t
sc_mapping_number(sc_mapping_run_t *run, size_t field)
{
    int64_t number;

    return sc_str_to_int64(sc_mapping_text(run, field), &number)
           && number >= 0 ? number : -1;
}


static sc_tri_t
sc_mapping_tri(sc_mapping_run_t *run, size_t field)
{
    bool value;

    if (!sc_mapping_boolean(sc_mapping_text(run, field), &value)) {
        return SC_TRI_UNKNOWN;
    }

    return value ? SC_TRI_YES : SC_TRI_NO;
}


/* An unreadable time loses the time, not the mention. */
static int64_t
sc_mapping_time(sc_mapping_run_t *run, size_t field)
{
    int64_t  ms;
    sc_str_t text;

    text = sc_mapping_text(run, field);

    if (run->mapping->created_is_given) {
        return sc_time_read(text, run->mapping->created_format, &ms) ? ms : -1;
    }

    if (sc_str_to_int64(text, &ms)) {
        return sc_time_guess_ms(ms);
    }

    if (sc_time_read(text, SC_TIME_SECONDS_FRACTION, &ms)
        || sc_time_read(text, SC_TIME_ISO8601, &ms)
        || sc_time_read(text, SC_TIME_RFC2822, &ms))
    {
        return ms;
    }

    return -1;
}


static sc_word_result_t
sc_word_result(bool known, bool ignore)
{
    if (ignore) {
        return SC_WORD_IGNORE;
    }

    return known ? SC_WORD_KNOWN : SC_WORD_UNKNOWN;
}


/* Sets kind, action, direction and channel; returns the worst result. */
static sc_word_result_t
sc_mapping_set_words(sc_mapping_run_t *run, sc_mention_t *mention)
{
    bool             known, ignore;
    sc_str_t         word;
    sc_word_result_t result, worst;

    worst = SC_WORD_KNOWN;
    ignore = false;

    if (sc_mapping_value(run, SC_FIELD_KIND, &word, NULL)) {
        known = sc_mapping_kind(word, &mention->kind, &ignore);
        result = sc_word_result(known, ignore);
        worst = result > worst ? result : worst;
    }

    if (sc_mapping_value(run, SC_FIELD_ACTION, &word, NULL)) {
        known = sc_mapping_action(word, &mention->action, &ignore);
        result = sc_word_result(known, ignore);
        worst = result > worst ? result : worst;
    }

    if (sc_mapping_value(run, SC_FIELD_DIRECTION, &word, NULL)) {
        known = sc_mapping_direction(word, &mention->direction, &ignore);
        result = sc_word_result(known, ignore);
        worst = result > worst ? result : worst;

    } else if (sc_source_is_own(run->callback->source, SC_STR_NULL,
                                mention->author.id))
    {
        mention->direction = SC_DIRECTION_OUT;
    }

    if (sc_mapping_value(run, SC_FIELD_CHANNEL, &word, NULL)
        && !sc_channel_by_name(word, &mention->channel)
        && worst < SC_WORD_UNKNOWN)
    {
        worst = SC_WORD_UNKNOWN;
    }

    return worst;
}


/* Whether the choice refers to the record itself. */
static bool
sc_choice_is_of_record(const sc_choice_t *choice)
{
    const sc_choice_t *part;

    for (part = choice->parts; part != NULL; part = part->next) {
        if (sc_choice_is_of_record(part)) {
            return true;
        }
    }

    return choice->kind == SC_CHOICE_POINTER && choice->stars > 0;
}


/* prefix + id + separator + number; without the last two if number < 0. */
static sc_str_t
sc_mapping_join_id(sc_mapping_run_t *run, sc_str_t prefix, sc_str_t id,
    sc_str_t separator, int64_t number)
{
    sc_buf_t       buf;
    sc_str_t       parts[4];
    unsigned char  digits[20];

    sc_buf_init_fixed(&buf, digits, sizeof(digits));

    if (number >= 0) {
        sc_buf_append_int(&buf, number);
    }

    parts[0] = prefix;
    parts[1] = id;
    parts[2] = number >= 0 ? separator : SC_STR_NULL;
    parts[3] = sc_buf_str(&buf);

    return sc_callback_join(run->callback, parts, 4);
}


/* False: there is no event id. */
static bool
sc_mapping_set_event(sc_mapping_run_t *run, sc_mention_t *mention)
{
    int64_t            version;
    sc_str_t           id;
    const sc_choice_t *choice;

    if (!sc_mapping_value(run, SC_FIELD_EVENT_ID, &id, &choice)) {
        return false;
    }

    if (run->mapping->depth > 0 && !sc_choice_is_of_record(choice)) {
        id = sc_mapping_join_id(run, SC_STR_NULL, id, SC_STR("."),
                                (int64_t) run->index);
    }

    mention->event = id;
    mention->object = sc_mapping_text(run, SC_FIELD_OBJECT_ID);

    if (mention->object.len == 0) {
        mention->object = id;
    }

    if (mention->action == SC_ACTION_DELETE) {
        mention->event = sc_mapping_join_id(run, SC_STR("delete:"), id,
                                            SC_STR_NULL, -1);

    } else if (mention->action == SC_ACTION_EDIT) {
        version = mention->edited_ms >= 0 ? mention->edited_ms
                                          : mention->created_ms;
        mention->event = sc_mapping_join_id(run, SC_STR("edit:"), id,
                                            SC_STR(":"), version);

        /* `created` may be the time of the item, which edits do not change. */
        sc_kit_set_same_edit(run->callback, mention);
    }

    return mention->event.len > 0;
}


static void
sc_mapping_set_author(sc_mapping_run_t *run, sc_mention_t *mention)
{
    sc_author_t *author;

    author = &mention->author;

    author->id = sc_mapping_text(run, SC_FIELD_AUTHOR_ID);
    author->name = sc_mapping_text(run, SC_FIELD_AUTHOR_NAME);
    author->handle = sc_mapping_text(run, SC_FIELD_AUTHOR_HANDLE);
    author->followers = sc_mapping_number(run, SC_FIELD_AUTHOR_FOLLOWERS);
    author->verified = sc_mapping_tri(run, SC_FIELD_AUTHOR_VERIFIED);

    if (sc_str_starts_with(author->handle, SC_STR("@"))) {
        author->handle = sc_str_from(author->handle, 1);
    }
}


/* The sender may choose a queue, but not make up arbitrary key names. */
static sc_str_t
sc_mapping_queue(sc_mapping_run_t *run)
{
    size_t        i;
    sc_str_t      name;
    unsigned char c;

    name = sc_mapping_text(run, SC_FIELD_QUEUE);

    if (name.len > SC_MAPPING_MAX_QUEUE) {
        return SC_STR_NULL;
    }

    for (i = 0; i < name.len; i++) {
        c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'))
        {
            return SC_STR_NULL;
        }
    }

    return name;
}


static void
sc_mapping_set_texts(sc_mapping_run_t *run, sc_mention_t *mention)
{
    mention->thread = sc_mapping_text(run, SC_FIELD_CONVERSATION_ID);
    mention->parent = sc_mapping_text(run, SC_FIELD_PARENT_ID);
    mention->recipient = sc_mapping_text(run, SC_FIELD_RECIPIENT);
    mention->text = sc_mapping_text(run, SC_FIELD_TEXT);
    mention->lang = sc_mapping_text(run, SC_FIELD_LANGUAGE);
    mention->subject = sc_mapping_text(run, SC_FIELD_SUBJECT);
    mention->url = sc_mapping_text(run, SC_FIELD_PERMALINK);
    mention->reaction = sc_mapping_text(run, SC_FIELD_REACTION);
    mention->status = sc_mapping_text(run, SC_FIELD_STATUS);
    mention->notice = sc_mapping_text(run, SC_FIELD_NOTICE);
    mention->queue = sc_mapping_queue(run);
    mention->created_ms = sc_mapping_time(run, SC_FIELD_CREATED);
    mention->edited_ms = sc_mapping_time(run, SC_FIELD_EDITED);
    mention->duration_s = sc_mapping_number(run, SC_FIELD_DURATION);
    mention->rating = sc_mapping_number(run, SC_FIELD_RATING);
    mention->is_public = sc_mapping_tri(run, SC_FIELD_PUBLIC);

    mention->account = sc_mapping_text(run, SC_FIELD_ACCOUNT);

    if (mention->account.len == 0
        && run->callback->source->accounts_count == 1)
    {
        mention->account = run->callback->source->accounts[0];
    }
}


static void
sc_mapping_set_clock(sc_mapping_run_t *run, sc_mention_t *mention)
{
    bool answers;

    answers = mention->direction == SC_DIRECTION_OUT;

    mention->automatic = answers
                         && sc_mapping_tri(run, SC_FIELD_AUTO) == SC_TRI_YES;

    if (mention->action == SC_ACTION_EDIT) {
        mention->no_answer = answers;
        return;
    }

    if (answers && (mention->action != SC_ACTION_CREATE
                    || mention->kind == SC_KIND_STATUS
                    || mention->kind == SC_KIND_REACTION
                    || mention->kind == SC_KIND_NOTE
                    || mention->kind == SC_KIND_NOTICE))
    {
        mention->no_answer = true;
        return;
    }

    mention->clock_key = sc_mapping_text(run, SC_FIELD_CLOCK_KEY);

    if (mention->clock_key.len == 0) {
        mention->clock_key = mention->thread;
    }

    if (mention->clock_key.len == 0) {
        mention->clock_key = answers ? mention->parent : mention->object;
    }

    mention->no_answer = answers && mention->clock_key.len == 0;
}


static void
sc_mapping_bury(sc_mapping_run_t *run, sc_dead_reason_t reason)
{
    sc_callback_drop_last(run->callback);
    sc_callback_add_dead(run->callback, reason, sc_mapping_raw(run));
}


static void
sc_mapping_add(sc_mapping_run_t *run)
{
    sc_mention_t     *mention;
    sc_word_result_t  words;

    mention = sc_callback_add(run->callback);
    if (mention == NULL) {
        return;
    }

    if (run->mapping->platform.len > 0) {
        mention->platform = run->mapping->platform;
    }

    run->misshaped = false;

    mention->kind = SC_KIND_MESSAGE;
    mention->direction = SC_DIRECTION_IN;
    mention->raw = sc_mapping_raw(run);

    sc_mapping_set_author(run, mention);
    sc_mapping_set_texts(run, mention);

    words = sc_mapping_set_words(run, mention);

    if (words == SC_WORD_IGNORE) {
        sc_callback_drop_last(run->callback);
        return;
    }

    if (words == SC_WORD_UNKNOWN) {
        sc_mapping_bury(run, SC_DEAD_UNKNOWN_OBJECT);
        return;
    }

    if (!sc_mapping_set_event(run, mention)) {
        sc_mapping_bury(run, SC_DEAD_MISSING_MEMBER);
        return;
    }

    sc_mapping_set_clock(run, mention);
    sc_mapping_add_media(run, mention);

    if (run->misshaped) {
        sc_mapping_bury(run, SC_DEAD_SHAPE);
    }
}


/* One record for each element of the innermost list. */
static void
sc_mapping_walk(sc_mapping_run_t *run, size_t depth)
{
    const sc_json_token_t *list, *item;

    /* The second test is for compilers: depth never exceeds it. */
    if (depth == run->mapping->depth || depth == SC_MAPPING_MAX_STARS) {
        sc_mapping_add(run);
        run->index++;
        return;
    }

    list = sc_json_pointer(run->callback->json, run->elements[depth],
                           run->mapping->lists[depth]);

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        sc_callback_add_dead(run->callback,
                             list == NULL ? SC_DEAD_MISSING_MEMBER
                                          : SC_DEAD_SHAPE,
                             sc_json_raw(run->callback->json,
                                         run->elements[depth]));
        return;
    }

    item = NULL;

    while (!run->callback->too_large) {
        item = sc_json_next(run->callback->json, list, item, NULL);
        if (item == NULL) {
            return;
        }

        run->elements[depth + 1] = item;
        sc_mapping_walk(run, depth + 1);
    }
}


static sc_parse_result_t
sc_mapping_die(sc_callback_t *callback, sc_dead_reason_t reason)
{
    callback->dead = reason;

    return SC_PARSE_DEAD;
}


static sc_parse_result_t
sc_mapping_read_form(sc_mapping_run_t *run)
{
    size_t   i;
    sc_str_t text;

    text = run->mapping->format == SC_MAPPING_QUERY
           ? run->callback->request->query : run->callback->request->body;

    if (!sc_form_read(run->callback->arena, text, SC_MAPPING_MAX_PAIRS,
                      &run->form, &run->form_count))
    {
        return sc_mapping_die(run->callback, SC_DEAD_SYNTAX);
    }

    for (i = 0; i < run->form_count; i++) {
        if (!sc_utf8_is_valid(run->form[i].value)) {
            return sc_mapping_die(run->callback, SC_DEAD_ENCODING);
        }
    }

    return SC_PARSE_OK;
}


sc_parse_result_t
sc_mapping_run(const sc_mapping_t *mapping, sc_callback_t *callback)
{
    sc_mapping_run_t  run;
    sc_parse_result_t result;

    memset(&run, 0, sizeof(run));

    run.mapping = mapping;
    run.callback = callback;

    if (mapping->format != SC_MAPPING_JSON) {
        result = sc_mapping_read_form(&run);

    } else if (callback->json == NULL) {
        result = sc_callback_read_json(callback, callback->request->body);

    } else {
        result = SC_PARSE_OK;
    }

    if (result != SC_PARSE_OK) {
        return result;
    }

    if (callback->json != NULL) {
        run.elements[0] = sc_json_root(callback->json);
    }

    sc_mapping_walk(&run, 0);

    if (run.repeated) {
        return sc_mapping_die(callback, SC_DEAD_DUPLICATE_NAME);
    }

    return SC_PARSE_OK;
}
