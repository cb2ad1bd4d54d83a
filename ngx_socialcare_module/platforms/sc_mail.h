/*
 * sc_mail.h: what the e-mail platforms share: headers, addresses, threads,
 * automatic mail, plain text, and turning mail into mentions.
 *
 * Clock: by default a wait is matched by the thread, which the desk passes to
 * the provider as a variable of its own mails; the provider's event about the
 * mail returns it.  Key: PLATFORM:<first socialcare_account>:<thread>.  With
 * match=address every mail to the customer's address answers: the key's last
 * part is that address in lower case.
 *
 * A customer's automatic mail (Auto-Submitted, Precedence, bounces) keeps
 * nobody waiting; the brand's is an automatic answer, which ends no wait.  Mail
 * by a list is automatic, unless the list is the brand's own address, as groups
 * that share a mailbox have it.
 */

#ifndef SC_MAIL_H
#define SC_MAIL_H

#include "sc_kit.h"


/*
 * Options of all mail platforms:
 *
 *   own=DOMAIN,DOMAIN   mail from there is the brand's (as is mail from the
 *                       addresses in socialcare_account), if the provider's
 *                       verdicts agree (sc_mail_sender.c), and unless it is
 *                       addressed to the brand with somebody else in Reply-To,
 *                       as contact forms send it
 *   match=thread, match=address
 *   thread_variable=NAME   default care_thread
 *   plus=on             the part after + in the brand's address is the thread
 */
typedef struct {
    sc_kit_names_t own;
    sc_str_t       variable;
    bool           by_address;
    bool           plus;
} sc_mail_options_t;


/* One mail.  Texts are the callback's. */
typedef struct {
    sc_str_t message_id;       /* <id@host> */
    sc_str_t in_reply_to;
    sc_str_t references;       /* the first one */
    sc_str_t from;             /* "Name" <address> */
    sc_str_t reply_to;         /* the same */
    sc_str_t subject;
    sc_str_t language;
    int64_t  date_ms;          /* -1 none */
    bool     automatic;
    bool     listed;           /* came by a mailing list */
    sc_str_t list;             /* the list's address, where given */

    sc_str_t from_name;        /* of `from`, or known otherwise */
    sc_str_t from_address;
    sc_str_t envelope;         /* the sender in SMTP */
    sc_str_t brand;            /* the address it came to */
    sc_str_t recipient;        /* of the brand's own mail, else as brand */
    sc_str_t thread;           /* empty: by references */
    sc_str_t text;
    bool     unreadable;       /* words are in an unknown character set */
    sc_str_t fallback_id;      /* where there is no Message-ID */
    sc_str_t provider_id;      /* what the provider calls the mail */
    sc_str_t spam;             /* the provider's verdict, in its own words */
    sc_str_t spf;
    sc_str_t dkim;
} sc_mail_t;


/* An event about a mail that the brand sent. */
typedef struct {
    sc_str_t event;
    sc_str_t object;           /* Message-ID or the provider's id */
    sc_str_t thread;
    sc_str_t recipient;
    sc_str_t status;
    sc_str_t text;
    int64_t  created_ms;
    bool     proof;            /* the mail has been sent */
} sc_mail_event_t;


void sc_mail_init(sc_mail_t *mail);

/* Stores one header if it is of use; of a repeated one the first counts. */
void sc_mail_header(sc_mail_t *mail, sc_str_t name, sc_str_t value);

/*
 * Takes the next header, even a folded one, from the block; false at the empty
 * line that ends it, which is taken, too, or at the end.  Lines that are no
 * header have no name.
 */
bool sc_mail_next_header(sc_str_t *block, sc_str_t *name, sc_str_t *value);

/* The same for "Name: value" lines, even folded, up to an empty line. */
void sc_mail_headers(sc_mail_t *mail, sc_str_t block);

/* <id> with the brackets, whether they are there or not. */
sc_str_t sc_mail_id(sc_callback_t *callback, sc_str_t id);

/* NULL at the limits.  An unreadable mail is a dead letter as well. */
sc_mention_t *sc_mail_add(sc_callback_t *callback,
    const sc_mail_options_t *options, const sc_mail_t *mail, sc_str_t raw);

sc_mention_t *sc_mail_add_event(sc_callback_t *callback,
    const sc_mail_options_t *options, const sc_mail_event_t *event,
    sc_str_t raw);

/* The variable's name. */
sc_str_t sc_mail_variable(const sc_mail_options_t *options);

const char *sc_mail_set_option(sc_mail_options_t *options, sc_arena_t *arena,
    sc_str_t name, sc_str_t value, bool *known);


/* sc_mail_address.c */

/* Without blanks and line breaks at both ends. */
sc_str_t sc_mail_trim(sc_str_t text);

/* The first address of a list, with its name. */
void sc_mail_address(sc_callback_t *callback, sc_str_t list, sc_str_t *name,
    sc_str_t *address);

/* care+NW-1@example.com: care@example.com, in the arena, and NW-1. */
sc_str_t sc_mail_split_plus(sc_callback_t *callback, sc_str_t address,
    sc_str_t *tag);

/* What follows the '@'; empty without one. */
sc_str_t sc_mail_domain(sc_str_t address);

/* Whether it is one of socialcare_account, or in one of the domains of own=. */
bool sc_mail_is_own(const sc_callback_t *callback,
    const sc_mail_options_t *options, sc_str_t address);


/* sc_mail_sender.c */

/* Whether the mail is from this address, as far as the provider can tell. */
bool sc_mail_is_confirmed(const sc_mail_t *mail, sc_str_t address);


/* sc_mail_words.c */

/* A header's value with its folded lines joined. */
sc_str_t sc_mail_unfold(sc_callback_t *callback, sc_str_t text);

/*
 * The same, and words as people read them: =?charset?q?…?= decoded (RFC 2047),
 * up to 64 of them.  Words in an unknown character set stay as they are.
 */
sc_str_t sc_mail_decode(sc_callback_t *callback, sc_str_t text);


/* sc_mail_mime.c */

/*
 * What a whole mail (RFC 5322, MIME) says: its first text, else the text of its
 * first HTML, as UTF-8, without a quoted mail at the end.  *readable is false
 * if its character set is not known: then the text has to be read otherwise.
 */
sc_str_t sc_mail_mime_text(sc_callback_t *callback, sc_str_t message,
    bool *readable);

/* The text of such a mail (empty: none), if there is no other. */
void sc_mail_add_mime(sc_callback_t *callback, sc_mail_t *mail,
    sc_str_t message);


/* sc_mail_text.c */

/* The text without a quoted mail at the end. */
sc_str_t sc_mail_without_quote(sc_str_t text);

/* The plain text of an HTML text. */
sc_str_t sc_mail_from_html(sc_callback_t *callback, sc_str_t html);

/*
 * Text in a character set (sc_charset.h) as UTF-8; text in an unknown one is
 * returned unchanged.
 */
sc_str_t sc_mail_to_utf8(sc_callback_t *callback, sc_str_t text,
    sc_str_t charset);

#endif /* SC_MAIL_H */
