/*
 * sc_mail.c: see sc_mail.h.  Must not know a provider, keep state or allocate
 * outside the arena.
 */

#include "sc_mail.h"


/* A sender's clock that is further off is not trusted. */
#define SC_MAIL_OLDEST_MS    (INT64_C(7) * 86400 * 1000)
#define SC_MAIL_NEWEST_MS    (INT64_C(5) * 60 * 1000)


void
sc_mail_init(sc_mail_t *mail)
{
    memset(mail, 0, sizeof(*mail));

    mail->date_ms = -1;
}


/* The first <id> of a list, or the first word if there is no bracket. */
static sc_str_t
sc_mail_first_id(sc_str_t text)
{
    size_t   i, end;
    sc_str_t rest;

    text = sc_mail_trim(text);
    rest = sc_str_from(text, sc_str_find_byte(text, '<'));
    end = sc_str_find_byte(rest, '>');

    if (end < rest.len) {
        return sc_str_first(rest, end + 1);
    }

    for (i = 0; i < text.len && text.data[i] > ' '; i++) {
        /* void */
    }

    return sc_str_first(text, i);
}


static void
sc_mail_keep(sc_str_t *place, sc_str_t value)
{
    if (place->len == 0) {
        *place = sc_mail_trim(value);
    }
}


static void
sc_mail_keep_id(sc_str_t *place, sc_str_t value)
{
    if (place->len == 0) {
        *place = sc_mail_first_id(value);
    }
}


static void
sc_mail_keep_date(sc_mail_t *mail, sc_str_t value)
{
    int64_t  ms;
    sc_str_t text;

    /* A comment with the zone's name may follow. */
    text = sc_mail_trim(sc_str_first(value, sc_str_find_byte(value, '(')));

    if (mail->date_ms < 0 && text.len != 0
        && (sc_time_read(text, SC_TIME_RFC2822, &ms)
            || sc_time_read(text, SC_TIME_ISO8601, &ms)))
    {
        mail->date_ms = ms;
    }
}


/* <https://…>, <mailto:address?subject=…> */
static void
sc_mail_keep_list(sc_mail_t *mail, sc_str_t value)
{
    size_t   at;
    sc_str_t address;

    for (address = value; address.len != 0;
         address = sc_str_from(address, at + 1))
    {
        at = sc_str_find_byte(address, '<');

        if (sc_str_eq_nocase(sc_str_first(sc_str_from(address, at), 8),
                             SC_STR("<mailto:")))
        {
            address = sc_str_from(address, at + 8);
            address = sc_str_first(address, sc_str_find_byte(address, '>'));
            sc_mail_keep(&mail->list,
                         sc_str_first(address,
                                      sc_str_find_byte(address, '?')));
            return;
        }
    }
}


static bool
sc_mail_is_automatic(sc_str_t name, sc_str_t value)
{
    size_t i;

    static const sc_str_t precedences[] = {
        SC_STR_INIT("bulk"), SC_STR_INIT("junk"), SC_STR_INIT("auto_reply")
    };

    value = sc_mail_trim(sc_str_first(value, sc_str_find_byte(value, ';')));

    if (sc_str_eq_nocase(name, SC_STR("Auto-Submitted"))) {
        return value.len != 0 && !sc_str_eq_nocase(value, SC_STR("no"));
    }

    if (sc_str_eq_nocase(name, SC_STR("Precedence"))) {
        for (i = 0; i < sizeof(precedences) / sizeof(precedences[0]); i++) {
            if (sc_str_eq_nocase(value, precedences[i])) {
                return true;
            }
        }
    }

    /* A bounce has an empty return path, or is a report. */
    if (sc_str_eq_nocase(name, SC_STR("Return-Path"))) {
        return sc_str_eq(value, SC_STR("<>"));
    }

    if (sc_str_eq_nocase(name, SC_STR("Content-Type"))) {
        return sc_str_eq_nocase(value, SC_STR("multipart/report"));
    }

    return sc_str_eq_nocase(name, SC_STR("X-Autoreply"))
           || sc_str_eq_nocase(name, SC_STR("X-Autorespond"));
}


void
sc_mail_header(sc_mail_t *mail, sc_str_t name, sc_str_t value)
{
    if (sc_str_eq_nocase(name, SC_STR("Message-ID"))) {
        sc_mail_keep_id(&mail->message_id, value);

    } else if (sc_str_eq_nocase(name, SC_STR("In-Reply-To"))) {
        sc_mail_keep_id(&mail->in_reply_to, value);

    } else if (sc_str_eq_nocase(name, SC_STR("References"))) {
        sc_mail_keep_id(&mail->references, value);

    } else if (sc_str_eq_nocase(name, SC_STR("From"))) {
        sc_mail_keep(&mail->from, value);

    } else if (sc_str_eq_nocase(name, SC_STR("Reply-To"))) {
        sc_mail_keep(&mail->reply_to, value);

    } else if (sc_str_eq_nocase(name, SC_STR("Subject"))) {
        sc_mail_keep(&mail->subject, value);

    } else if (sc_str_eq_nocase(name, SC_STR("Content-Language"))) {
        sc_mail_keep(&mail->language,
                     sc_str_first(value, sc_str_find_byte(value, ',')));

    } else if (sc_str_eq_nocase(name, SC_STR("X-Spam-Status"))
               || sc_str_eq_nocase(name, SC_STR("X-Mailgun-Sflag")))
    {
        sc_mail_keep(&mail->spam, value);

    } else if (sc_str_eq_nocase(name, SC_STR("Date"))) {
        sc_mail_keep_date(mail, value);

    } else if (sc_str_eq_nocase(name, SC_STR("List-Post"))) {
        sc_mail_keep_list(mail, value);

    } else if (sc_str_eq_nocase(name, SC_STR("Precedence"))
               && sc_str_eq_nocase(sc_mail_trim(value), SC_STR("list")))
    {
        mail->listed = true;

    } else if (sc_mail_is_automatic(name, value)) {
        mail->automatic = true;
    }
}


/* A header with the lines that continue it. */
static size_t
sc_mail_line_end(sc_str_t block)
{
    size_t end;

    end = sc_str_find_byte(block, '\n');

    while (end + 1 < block.len
           && (block.data[end + 1] == ' ' || block.data[end + 1] == '\t'))
    {
        end += 1 + sc_str_find_byte(sc_str_from(block, end + 1), '\n');
    }

    return end < block.len ? end : block.len;
}


bool
sc_mail_next_header(sc_str_t *block, sc_str_t *name, sc_str_t *value)
{
    size_t   end, colon;
    sc_str_t line;

    if (block->len == 0) {
        return false;
    }

    end = sc_mail_line_end(*block);
    line = sc_str_first(*block, end);
    *block = sc_str_from(*block, end + 1);

    colon = sc_str_find_byte(line, ':');
    *name = colon < line.len ? sc_mail_trim(sc_str_first(line, colon))
                             : SC_STR_NULL;
    *value = sc_str_from(line, colon + 1);

    return sc_mail_trim(line).len != 0;
}


void
sc_mail_headers(sc_mail_t *mail, sc_str_t block)
{
    sc_str_t name, value;

    while (sc_mail_next_header(&block, &name, &value)) {
        sc_mail_header(mail, name, value);
    }
}


sc_str_t
sc_mail_id(sc_callback_t *callback, sc_str_t id)
{
    if (id.len == 0 || id.data[0] == '<') {
        return id;
    }

    return sc_kit_join(callback, SC_STR("<"), id, SC_STR(">"));
}


/* Mentions. */


static void
sc_mail_set_clock(sc_callback_t *callback, const sc_mail_options_t *options,
    sc_mention_t *mention, sc_str_t customer)
{
    sc_str_t key;

    key = options->by_address && customer.len != 0
          ? sc_kit_lower(callback, customer) : mention->thread;

    if (key.len != 0) {
        mention->clock_key = sc_kit_join(callback, mention->platform,
                                 SC_STR(":"), sc_kit_account(callback->source),
                                 SC_STR(":"), key);
    }
}


static void
sc_mail_set_created(sc_callback_t *callback, sc_mention_t *mention,
    int64_t date_ms)
{
    if (date_ms > callback->now_ms + SC_MAIL_NEWEST_MS
        || date_ms < callback->now_ms - SC_MAIL_OLDEST_MS)
    {
        date_ms = -1;
    }

    sc_kit_set_created(callback, mention, date_ms);
}


/*
 * Sets the author.  A contact form sends from the brand to the brand: the
 * person is in Reply-To.
 */
static void
sc_mail_set_author(sc_callback_t *callback, const sc_mail_options_t *options,
    const sc_mail_t *mail, sc_mention_t *mention)
{
    sc_str_t name, address, tag, recipient;

    sc_mail_address(callback, mail->from, &name, &address);
    mention->author.id = sc_kit_either(mail->from_address, address);
    mention->author.name = sc_kit_either(mail->from_name, name);

    sc_mail_address(callback, mail->reply_to, &name, &address);
    recipient = sc_mail_split_plus(callback, mail->recipient, &tag);

    if (address.len != 0 && !sc_mail_is_own(callback, options, address)
        && sc_mail_is_own(callback, options, mention->author.id)
        && sc_mail_is_own(callback, options, recipient))
    {
        mention->author.id = address;
        mention->author.name = name;
    }

    mention->author.name = sc_mail_decode(callback, mention->author.name);
}


/* People who write to a group that is the brand's address do so themselves. */
static bool
sc_mail_is_by_machine(const sc_callback_t *callback,
    const sc_mail_options_t *options, const sc_mail_t *mail)
{
    return mail->automatic
           || (mail->listed
               && !sc_mail_is_own(callback, options, mail->list));
}


/* Sets the direction: customer, brand (a copy of its mail), or unknown. */
static void
sc_mail_set_side(sc_callback_t *callback, const sc_mail_options_t *options,
    const sc_mail_t *mail, sc_mention_t *mention)
{
    bool own;

    own = sc_mail_is_own(callback, options, mention->author.id)
          && sc_mail_is_confirmed(mail, mention->author.id);

    mention->automatic = sc_mail_is_by_machine(callback, options, mail);

    if (own) {
        mention->direction = SC_DIRECTION_OUT;
        mention->recipient = mail->recipient;

    } else if (mention->author.id.len == 0) {
        mention->direction = SC_DIRECTION_UNKNOWN;
    }

    if (own || !mention->automatic) {
        sc_mail_set_clock(callback, options, mention,
                          own ? mail->recipient : mention->author.id);
    }

    mention->no_answer = own && mention->clock_key.len == 0;
}


sc_mention_t *
sc_mail_add(sc_callback_t *callback, const sc_mail_options_t *options,
    const sc_mail_t *mail, sc_str_t raw)
{
    sc_str_t      tag;
    sc_mention_t *mention;

    if (mail->message_id.len == 0 && mail->fallback_id.len == 0) {
        sc_callback_add_dead(callback, SC_DEAD_MISSING_MEMBER, raw);
        return NULL;
    }

    mention = sc_kit_add(callback, raw);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = SC_KIND_MESSAGE;
    mention->is_public = SC_TRI_NO;
    mention->account = sc_kit_either(
        sc_kit_lower(callback, sc_mail_split_plus(callback, mail->brand,
                                                   &tag)),
        mention->account);
    mention->event = sc_kit_either(mail->message_id, mail->fallback_id);
    mention->object = mention->event;
    mention->parent = mail->in_reply_to;
    mention->thread = sc_kit_either(mail->thread,
        sc_kit_either(options->plus ? tag : SC_STR_NULL,
            sc_kit_either(mail->references,
                sc_kit_either(mail->in_reply_to, mention->event))));
    sc_mail_set_author(callback, options, mail, mention);
    mention->subject = sc_mail_decode(callback, mail->subject);
    mention->text = mail->text;
    mention->lang = mail->language;
    sc_callback_add_extra(callback, mention, "provider_id",
                          mail->provider_id);
    sc_callback_add_extra(callback, mention, "spam", mail->spam);
    sc_callback_add_extra(callback, mention, "spf", mail->spf);
    sc_callback_add_extra(callback, mention, "dkim", mail->dkim);
    sc_mail_set_created(callback, mention, mail->date_ms);
    sc_mail_set_side(callback, options, mail, mention);

    /* The mail is a record, and its bytes are kept for people to read. */
    if (mail->unreadable) {
        sc_callback_add_dead(callback, SC_DEAD_ENCODING, raw);
    }

    return mention;
}


/* Several events, even hours apart, may report that one mail was sent: the
 * first one answers. */
static sc_str_t
sc_mail_proof(sc_callback_t *callback, const sc_mail_event_t *event)
{
    return event->object.len == 0
           ? SC_STR_NULL
           : sc_kit_join(callback, event->object, SC_STR("/"),
                         sc_kit_lower(callback, event->recipient),
                         SC_STR("/sent"));
}


sc_mention_t *
sc_mail_add_event(sc_callback_t *callback, const sc_mail_options_t *options,
    const sc_mail_event_t *event, sc_str_t raw)
{
    sc_mention_t *mention;

    if (event->event.len == 0) {
        sc_callback_add_dead(callback, SC_DEAD_MISSING_MEMBER, raw);
        return NULL;
    }

    mention = sc_kit_add(callback, raw);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = SC_KIND_STATUS;
    mention->direction = SC_DIRECTION_OUT;
    mention->is_public = SC_TRI_NO;
    mention->event = event->event;
    mention->object = event->object;
    mention->thread = event->thread;
    mention->recipient = event->recipient;
    mention->status = event->status;
    mention->text = event->text;
    sc_kit_set_created(callback, mention, event->created_ms);

    if (event->proof) {
        mention->proof = sc_mail_proof(callback, event);
        sc_mail_set_clock(callback, options, mention, event->recipient);
    }

    mention->no_answer = mention->clock_key.len == 0;

    return mention;
}


/* Options. */


sc_str_t
sc_mail_variable(const sc_mail_options_t *options)
{
    return sc_kit_either(options->variable, SC_STR("care_thread"));
}


const char *
sc_mail_set_option(sc_mail_options_t *options, sc_arena_t *arena,
    sc_str_t name, sc_str_t value, bool *known)
{
    *known = true;

    if (sc_str_eq(name, SC_STR("own"))) {
        return sc_kit_add_names(arena, &options->own, value);
    }

    if (sc_str_eq(name, SC_STR("plus"))) {
        return sc_kit_set_switch(&options->plus, value);
    }

    if (sc_str_eq(name, SC_STR("thread_variable"))) {
        options->variable = value;
        return value.len != 0 ? NULL : "thread_variable= needs a name";
    }

    if (sc_str_eq(name, SC_STR("match"))) {
        options->by_address = sc_str_eq(value, SC_STR("address"));

        return options->by_address || sc_str_eq(value, SC_STR("thread"))
               ? NULL : "match= is thread or address";
    }

    *known = false;

    return "unknown option";
}
