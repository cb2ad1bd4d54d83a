/*
 * sc_kakao.c: a skill of a KakaoTalk chatbot: what a person says to the bot,
 * answered in the same connection.
 *
 * Nothing is signed: a fixed header is configured in the skill's form.  There
 * is no event id, no time and no retry: each call is a separate event, except
 * that identical calls within a second are one.  The account is the bot.
 *
 * Options:
 *
 *   header=NAME   the header that holds the secret; default: Authorization,
 *                 with "Bearer " before the secret
 *   note=TEXT     what the person is told; default: 접수되었습니다.
 *
 * Kakao echoes nothing: the reply feed ends waits.  Wait key:
 * kakao:BOT:USER.
 */

#include "sc_json_write.h"
#include "sc_kit.h"
#include "sc_registry.h"


#define SC_KAKAO_NOTE_MAX    1000
#define SC_KAKAO_ANSWER_MAX  (6 * SC_KAKAO_NOTE_MAX + 128)

#define SC_KAKAO_BEFORE                                                       \
    "{\"version\":\"2.0\",\"template\":{\"outputs\":[{\"simpleText\":"        \
    "{\"text\":"
#define SC_KAKAO_BEHIND  "}}]}}"


typedef struct {
    sc_str_t           answer;         /* made of note= */
    bool               header_is_given;
    sc_verify_scheme_t scheme;         /* with header= */
} sc_kakao_options_t;


static const sc_verify_scheme_t sc_kakao_scheme = {
    .kind = SC_SCHEME_TOKEN,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("Authorization") },
    .prefix = SC_STR_INIT("Bearer "),
    .prefix_any_case = true
};


/* USER/HASH OF THE BODY/SECOND */
static sc_str_t
sc_kakao_event(sc_callback_t *callback, sc_str_t user)
{
    return sc_kit_join(callback, user, SC_STR("/"),
                       sc_kit_digest(callback, callback->request->body),
                       SC_STR("/"),
                       sc_kit_number(callback, callback->now_ms / 1000));
}


static sc_parse_result_t
sc_kakao_parse(sc_callback_t *callback)
{
    sc_str_t               user;
    sc_mention_t          *mention;
    const sc_json_token_t *root, *request, *utterance;

    const sc_kakao_options_t *options = callback->source->options;

    callback->answer.content_type = SC_STR("application/json");
    callback->answer.body = options->answer.len != 0 ? options->answer
        : SC_STR(SC_KAKAO_BEFORE "\"접수되었습니다.\"" SC_KAKAO_BEHIND);

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    request = sc_kit_object(callback, root, SC_STR("userRequest"));
    user = sc_callback_id(callback,
                          sc_kit_object(callback, request, SC_STR("user")),
                          SC_STR("id"));
    utterance = sc_json_get_set(callback->json, request,
                                SC_STR("utterance"));

    if (user.len == 0 || utterance == NULL) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_kit_add(callback, callback->request->body);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->kind = SC_KIND_MESSAGE;
    mention->direction = SC_DIRECTION_IN;
    mention->is_public = SC_TRI_NO;
    mention->account = sc_kit_either(
                           sc_callback_id(callback,
                                          sc_kit_object(callback, root,
                                                        SC_STR("bot")),
                                          SC_STR("id")), mention->account);
    mention->event = sc_kakao_event(callback, user);
    mention->thread = user;
    mention->author.id = user;
    mention->text = sc_callback_text(callback, request, SC_STR("utterance"));
    mention->lang = sc_callback_text(callback, request, SC_STR("lang"));
    mention->subject = sc_callback_text(callback,
                                        sc_kit_object(callback, request,
                                                      SC_STR("block")),
                                        SC_STR("name"));
    sc_kit_set_clock(callback, mention, user);

    return SC_PARSE_OK;
}


static size_t
sc_kakao_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    const sc_kakao_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = options->header_is_given ? &options->scheme
                                           : &sc_kakao_scheme;
    }

    return 1;
}


static const char *
sc_kakao_set_note(sc_kakao_options_t *options, sc_arena_t *arena,
    sc_str_t note)
{
    sc_buf_t       buf;
    unsigned char *memory;

    if (note.len == 0 || note.len > SC_KAKAO_NOTE_MAX
        || !sc_utf8_is_valid(note))
    {
        return "note= is a text of at most 1000 bytes in UTF-8";
    }

    memory = sc_arena_bytes(arena, SC_KAKAO_ANSWER_MAX);
    if (memory == NULL) {
        return "no memory for this option";
    }

    sc_buf_init_fixed(&buf, memory, SC_KAKAO_ANSWER_MAX);
    sc_buf_append_literal(&buf, SC_KAKAO_BEFORE);
    sc_json_write_string(&buf, note);
    sc_buf_append_literal(&buf, SC_KAKAO_BEHIND);
    options->answer = sc_buf_str(&buf);

    return NULL;
}


static const char *
sc_kakao_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_kakao_options_t *options;

    options = data;

    if (sc_str_eq(name, SC_STR("note"))) {
        return sc_kakao_set_note(options, arena, value);
    }

    if (!sc_str_eq(name, SC_STR("header"))) {
        return "unknown option: kakao knows header= and note=";
    }

    if (value.len == 0) {
        return "header= is the name of the header that the skill's form adds";
    }

    options->header_is_given = true;
    options->scheme = (sc_verify_scheme_t) {
        .kind = SC_SCHEME_TOKEN,
        .signature = { SC_FROM_HEADER, value }
    };

    return NULL;
}


const sc_platform_t sc_platform_kakao = {
    .name = SC_STR_INIT("kakao"),
    .channel = SC_CHANNEL_MESSAGING,
    .json = true,
    .schemes = sc_kakao_schemes,
    .parse = sc_kakao_parse,
    .options_size = sizeof(sc_kakao_options_t),
    .set_option = sc_kakao_set_option
};
