/*
 * sc_kit.c: see sc_kit.h.  Must not know a platform, keep state or allocate
 * outside the arena.
 */

#include "sc_calendar.h"
#include "sc_kit.h"
#include "sc_siphash.h"


sc_str_t
sc_kit_lower(sc_callback_t *callback, sc_str_t text)
{
    size_t         i;
    unsigned char *out;

    if (text.len == 0) {
        return SC_STR_NULL;
    }

    out = sc_arena_bytes(callback->arena, text.len);
    if (out == NULL) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    for (i = 0; i < text.len; i++) {
        out[i] = text.data[i] >= 'A' && text.data[i] <= 'Z'
                 ? (unsigned char) (text.data[i] + ('a' - 'A'))
                 : text.data[i];
    }

    return sc_str_make(out, text.len);
}


bool
sc_kit_in(const sc_str_t *names, size_t count, sc_str_t name)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (sc_str_eq(names[i], name)) {
            return true;
        }
    }

    return false;
}


sc_str_t
sc_kit_account(const sc_source_t *source)
{
    return source->accounts_count == 0 ? SC_STR_NULL : source->accounts[0];
}


sc_mention_t *
sc_kit_add(sc_callback_t *callback, sc_str_t raw)
{
    sc_mention_t *mention;

    mention = sc_callback_add(callback);
    if (mention == NULL) {
        return NULL;
    }

    mention->account = sc_kit_account(callback->source);
    mention->raw = raw;

    return mention;
}


sc_mention_t *
sc_kit_add_notice(sc_callback_t *callback, sc_str_t raw, sc_str_t notice)
{
    sc_mention_t *mention;

    mention = sc_kit_add(callback, raw);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = SC_KIND_NOTICE;
    mention->notice = notice;
    mention->direction = SC_DIRECTION_NONE;
    mention->is_public = SC_TRI_NO;

    return mention;
}


sc_mention_t *
sc_kit_add_private(sc_callback_t *callback, sc_str_t raw, sc_kind_t kind,
    sc_channel_t channel, sc_direction_t direction)
{
    sc_mention_t *mention;

    mention = sc_kit_add(callback, raw);

    if (mention != NULL) {
        mention->kind = kind;
        mention->channel = channel;
        mention->direction = direction;
        mention->is_public = SC_TRI_NO;
        mention->no_answer = direction == SC_DIRECTION_OUT;
    }

    return mention;
}


void
sc_kit_set_sides(sc_mention_t *mention, sc_str_t brand, sc_str_t customer)
{
    if (mention->direction == SC_DIRECTION_OUT) {
        mention->author.id = brand;
        mention->recipient = customer;

    } else {
        mention->author.id = customer;
    }
}


bool
sc_kit_is_withheld(sc_str_t number)
{
    size_t i;

    static const sc_str_t words[] = {
        SC_STR_INIT("anonymous"), SC_STR_INIT("private"),
        SC_STR_INIT("restricted"), SC_STR_INIT("unavailable"),
        SC_STR_INIT("unknown"), SC_STR_INIT("withheld")
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (sc_str_eq_nocase(words[i], number)) {
            return true;
        }
    }

    return number.len == 0;
}


sc_str_t
sc_kit_pair_thread(sc_callback_t *callback, sc_str_t scheme, sc_str_t brand,
    sc_str_t customer)
{
    if (brand.len == 0 || customer.len == 0) {
        return SC_STR_NULL;
    }

    return sc_kit_join(callback, scheme, SC_STR(":"), brand, SC_STR("|"),
                       customer);
}


sc_mention_t *
sc_kit_add_sms(sc_callback_t *callback, sc_str_t raw, sc_str_t id,
    sc_str_t brand, sc_str_t customer)
{
    sc_mention_t *mention;

    mention = sc_kit_add_private(callback, raw, SC_KIND_MESSAGE,
                                 SC_CHANNEL_SMS, SC_DIRECTION_IN);

    if (mention != NULL) {
        mention->event = id;
        mention->object = id;
        mention->account = brand;
        mention->thread = sc_kit_pair_thread(callback, SC_STR("sms"), brand,
                                             customer);
        sc_kit_set_sides(mention, brand, customer);
    }

    return mention;
}


bool
sc_kit_add_place(sc_callback_t *callback, sc_mention_t *mention,
    const sc_json_token_t *object, sc_str_t latitude, sc_str_t longitude)
{
    sc_str_t place;

    place = sc_callback_place(callback, object, latitude, longitude);

    if (place.len == 0) {
        return false;
    }

    sc_callback_add_media(callback, mention, SC_STR("location"), SC_STR_NULL,
                          place);

    return true;
}


int64_t
sc_kit_pick_up_ms(int64_t end_ms, int64_t duration_s)
{
    if (end_ms < 0 || duration_s < 0 || duration_s > end_ms / 1000) {
        return end_ms;
    }

    return end_ms - duration_s * 1000;
}


sc_mention_t *
sc_kit_add_report(sc_callback_t *callback, sc_str_t raw, sc_channel_t channel,
    sc_str_t id, sc_str_t status)
{
    sc_mention_t *mention;

    mention = sc_kit_add_private(callback, raw, SC_KIND_STATUS, channel,
                                 SC_DIRECTION_OUT);

    if (mention != NULL) {
        mention->event = sc_kit_join(callback, id, SC_STR(":"), status);
        mention->object = id;
        mention->status = status;
    }

    return mention;
}


sc_parse_result_t
sc_kit_die(sc_callback_t *callback, sc_dead_reason_t reason)
{
    callback->dead = reason;

    return SC_PARSE_DEAD;
}


sc_str_t
sc_kit_clock_key(sc_callback_t *callback, const sc_mention_t *mention,
    sc_str_t key)
{
    if (key.len == 0) {
        return SC_STR_NULL;
    }

    return sc_kit_join(callback, mention->platform, SC_STR(":"),
                       mention->account, SC_STR(":"), key);
}


void
sc_kit_set_clock(sc_callback_t *callback, sc_mention_t *mention, sc_str_t key)
{
    bool answers;

    answers = mention->direction == SC_DIRECTION_OUT;

    if (mention->action == SC_ACTION_EDIT
        || (mention->action == SC_ACTION_DELETE && answers)
        || mention->kind == SC_KIND_STATUS || mention->kind == SC_KIND_NOTICE
        || mention->kind == SC_KIND_REACTION || mention->kind == SC_KIND_SHARE
        || mention->kind == SC_KIND_NOTE
        || (!answers && !sc_mention_is_inbound(mention)))
    {
        mention->no_answer = answers;
        return;
    }

    mention->clock_key = sc_kit_clock_key(callback, mention, key);
    mention->no_answer = answers && key.len == 0;
}


sc_str_t
sc_kit_number(sc_callback_t *callback, int64_t value)
{
    sc_buf_t      buf;
    sc_str_t      digits;
    unsigned char memory[24];

    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    sc_buf_append_int(&buf, value);

    if (!sc_arena_copy(callback->arena, sc_buf_str(&buf), &digits)) {
        callback->too_large = true;
    }

    return digits;
}


sc_str_t
sc_kit_digest(sc_callback_t *callback, sc_str_t text)
{
    size_t        i;
    sc_str_t      digest;
    uint64_t      hash;
    unsigned char bytes[8], hex[16];

    static const unsigned char key[SC_SIPHASH_KEY_SIZE] = "socialcare same?";

    hash = sc_siphash24(key, text);

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char) (hash >> (56 - 8 * i));
    }

    sc_hex_encode(sc_str_make(bytes, sizeof(bytes)), hex);

    if (!sc_arena_copy(callback->arena, sc_str_make(hex, sizeof(hex)),
                       &digest))
    {
        callback->too_large = true;
    }

    return digest;
}


void
sc_kit_set_same_edit(sc_callback_t *callback, sc_mention_t *mention)
{
    if (mention->edited_ms < 0) {
        mention->same = sc_kit_join(callback, mention->event, SC_STR(":"),
                                    sc_kit_digest(callback, mention->raw));
    }
}


int64_t
sc_kit_time(sc_callback_t *callback, const sc_json_token_t *object,
    sc_str_t name, int64_t unit_ms)
{
    int64_t value;

    value = sc_callback_int(callback, object, name);

    return value < 0 || value > SC_CALENDAR_LAST_MS / unit_ms
           ? -1 : value * unit_ms;
}


int64_t
sc_kit_text_time(sc_callback_t *callback, const sc_json_token_t *object,
    sc_str_t name, sc_time_format_t format)
{
    int64_t  ms;
    sc_str_t text;

    text = sc_callback_id(callback, object, name);

    return text.len != 0 && sc_time_read(text, format, &ms) ? ms : -1;
}


void
sc_kit_set_created(sc_callback_t *callback, sc_mention_t *mention, int64_t ms)
{
    mention->created_ms = ms >= 0 ? ms : callback->now_ms;
    mention->created_is_delivery_time = ms < 0;
}


const sc_json_token_t *
sc_kit_object(sc_callback_t *callback, const sc_json_token_t *object,
    sc_str_t name)
{
    const sc_json_token_t *member;

    member = sc_json_get(callback->json, object, name);

    return sc_json_is(member, SC_JSON_OBJECT) ? member : NULL;
}


bool
sc_kit_is_harmless(sc_str_t text, size_t limit)
{
    size_t i;

    if (text.len == 0 || text.len > limit) {
        return false;
    }

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e) {
            return false;
        }
    }

    return true;
}


bool
sc_kit_hmac(sc_callback_t *callback, sc_str_t key, sc_str_t text,
    unsigned char *mac, size_t *len)
{
    if (sc_hmac(SC_DIGEST_SHA256, key, text, mac, len)) {
        return true;
    }

    sc_arena_starve(callback->arena);

    return false;
}


/* Options */


const char *
sc_kit_set_switch(bool *on, sc_str_t value)
{
    *on = sc_str_eq(value, SC_STR("on"));

    return *on || sc_str_eq(value, SC_STR("off"))
           ? NULL : "this option is either on or off";
}


const char *
sc_kit_set_choice(bool *second, sc_str_t value, const char *first,
    const char *other, const char *problem)
{
    *second = sc_str_eq(value, sc_str_from_cstring(other));

    return *second || sc_str_eq(value, sc_str_from_cstring(first)) ? NULL
                                                                  : problem;
}


const char *
sc_kit_add_names(sc_arena_t *arena, sc_kit_names_t *list, sc_str_t value)
{
    size_t    count;
    sc_str_t  rest, name, *items;

    rest = value;
    count = list->count;

    while (sc_str_next(&rest, ',', &name)) {
        if (name.len == 0) {
            return "this option needs one or more names, with a comma and no "
                   "space in between";
        }

        count++;
    }

    if (count == list->count) {
        return "this option needs a value";
    }

    items = sc_arena_array(arena, count, sizeof(sc_str_t));
    if (items == NULL) {
        return "no memory for this option";
    }

    if (list->count != 0) {
        memcpy(items, list->items, list->count * sizeof(sc_str_t));
    }

    list->items = items;

    while (sc_str_next(&value, ',', &name)) {
        items[list->count++] = name;
    }

    return NULL;
}


const char *
sc_kit_add_pair(sc_arena_t *arena, sc_kit_pair_t **list, sc_str_t value,
    const char *problem)
{
    size_t         at;
    sc_kit_pair_t *pair;

    at = sc_str_find_byte(value, ':');

    if (at == 0 || at + 1 >= value.len) {
        return problem;
    }

    pair = sc_arena_array(arena, 1, sizeof(sc_kit_pair_t));
    if (pair == NULL) {
        return "no memory for this option";
    }

    pair->name = sc_str_first(value, at);
    pair->value = sc_str_from(value, at + 1);

    while (*list != NULL) {
        list = &(*list)->next;
    }

    *list = pair;

    return NULL;
}


bool
sc_kit_pair_get(const sc_kit_pair_t *list, sc_str_t name, sc_str_t *value)
{
    for ( /* void */ ; list != NULL; list = list->next) {
        if (sc_str_eq(list->name, name)) {
            *value = list->value;
            return true;
        }
    }

    return false;
}
