/*
 * test_mail.c: mail of three providers: headers, addresses, threads, what is
 * automatic, quotes, HTML and charsets; events; options.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_mail.h"
#include "sc_registry.h"


#define FORM  "application/x-www-form-urlencoded"


static void
setup(fixture_t *fixture, const sc_platform_t *platform, const char *type)
{
    fixture_init(fixture, platform);
    fixture_header(fixture, "Content-Type", type);
}


static void
setup_postmark(fixture_t *fixture)
{
    setup(fixture, &sc_platform_email_postmark, "application/json");
}


static void
test_quotes(void **state)
{
    size_t i;

    static const struct {
        const char *text;
        const char *kept;
    } mails[] = {
        { "", "" },
        { "Hello\n", "Hello" },
        { "Hello\r\n\r\nOn Mon Ada wrote:\r\n> a\r\n> b\r\n", "Hello" },
        { "Hello\n\nOn Mon, 1 Jan 2026, somebody with a long name\n"
          "<a@example.org> wrote:\n\n> a\n>\n", "Hello" },
        { "Hallo\nAm Montag schrieb Ada:\n> a", "Hallo" },
        { "Hello\n> a", "Hello" },
        { "> a\nNo\n> b\nYes\n", "> a\nNo\n> b\nYes" },
        { "> a\n> b\n", "> a\n> b" },
        { "On Mon Ada wrote:\n> a", "On Mon Ada wrote:\n> a" },
        { "Hello\n-----Original Message-----\nFrom: x\n", "Hello" },
        { "Hello\r\n________________________________\r\nVon: x", "Hello" },
        { "-----Original Message-----\nx", "-----Original Message-----\nx" },
        { "My list:\n\nOn Mon Ada wrote:\n> x", "My list:" },

        /* A ruler that a person has drawn. */
        { "My form\n________________________________\n"
          "The kettle broke after one single day.",
          "My form\n________________________________\n"
          "The kettle broke after one single day." },
        { "Hello\n________________________________\n\nDe : x", "Hello" },
        { "Ada\n________________________________\n\n",
          "Ada\n________________________________" }
    };

    (void) state;

    for (i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
        assert_text(sc_mail_without_quote(sc_str_from_cstring(mails[i].text)),
                    mails[i].kept);
    }
}


static void
test_html(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const struct {
        const char *html;
        const char *text;
    } pages[] = {
        { "", "" },
        { "<p>Still&nbsp;waiting.</p><p>A &amp; B &lt;3</p>",
          "Still waiting.\n\nA & B <3" },
        { "<html><head><title>x</title></head><BODY>a<br/>b", "a\nb" },
        { "<style>p > b { }</style>a<script>1 < 2</script >b", "ab" },
        { "<style>never closed", "" },
        { "a<b", "a" },
        { "a & b &unknown; &; &#65;&#x20AC;&#x1F621;", "a & b &unknown; &; "
          "A\xe2\x82\xac\xf0\x9f\x98\xa1" },
        { "&#0;&#xd800;&#1114112;&#xffffffff;&#x;&#x12g;", "&#0;&#xd800;"
          "&#1114112;&#xffffffff;&#x;&#x12g;" },
        { "  a \n\t b  <i>c</i><div>  </div><br><br><br>d", "a b c\n\nd" },
        { "<stylex>a</stylex>", "a" },

        /* What HTML allows to be left out; what is for other programs. */
        { "<html><head><title>x</title><body><p>My order is late", "My order "
          "is late" },
        { "a<!--[if mso]><p>for Outlook</p><![endif]-->b<!--> c <!-- d -> "
          "e -- --> f", "ab c f" },
        { "a<!-- never ends <b>b</b> <!-- c", "ab" },
        { "Gr&uuml;&szlig;e &bdquo;&Scaron;&ldquo; don&#146;t &ensp;&#x80;",
          "Gr\xc3\xbc\xc3\x9f" "e \xe2\x80\x9e\xc5\xa0\xe2\x80\x9c "
          "don\xe2\x80\x99t \xe2\x82\xac" }
    };

    (void) state;

    setup_postmark(&fixture);
    (void) fixture_parse(&fixture, "{}");

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        assert_text(sc_mail_from_html(&fixture.callback,
                        sc_str_from_cstring(pages[i].html)), pages[i].text);
    }

    fixture_limit_memory(&fixture, 0);
    assert_text(sc_mail_from_html(&fixture.callback, SC_STR("abc")), "");
    assert_true(fixture.callback.too_large);
    fixture_free(&fixture);
}


static void
test_charsets(void **state)
{
    fixture_t fixture;

    (void) state;

    setup_postmark(&fixture);
    (void) fixture_parse(&fixture, "{}");
    assert_text(sc_mail_to_utf8(&fixture.callback, SC_STR("a\xe9\x80\x81"),
                                SC_STR("ISO-8859-1")),
                "a\xc3\xa9\xe2\x82\xac\xef\xbf\xbd");
    assert_text(sc_mail_to_utf8(&fixture.callback, SC_STR("\xc3\xa9"),
                                SC_STR("UTF-8")), "\xc3\xa9");
    assert_text(sc_mail_to_utf8(&fixture.callback, SC_STR("\xc3\xa9"),
                                SC_STR("x-unknown")), "\xc3\xa9");
    fixture_limit_memory(&fixture, 0);
    assert_text(sc_mail_to_utf8(&fixture.callback, SC_STR("abc"),
                                SC_STR("latin1")), "");
    assert_true(fixture.callback.too_large);
    fixture_free(&fixture);
}


/* Headers as they stand in the mail: RFC 2047's examples, and real ones. */
static void
test_encoded_words(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const struct {
        const char *header;
        const char *text;
    } headers[] = {
        { "plain", "plain" }, { "a=b", "a=b" }, { "", "" },
        { "=?ISO-8859-1?Q?a?=", "a" },
        { "=?ISO-8859-1?q?a_b?= c", "a b c" },
        { "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab" },
        { "=?ISO-8859-1?Q?a?=\r\n    =?UTF-8?B?w6k=?=", "a\xc3\xa9" },
        { "=?ISO-8859-1?Q?a?= b =?ISO-8859-1?Q?c?=", "a b c" },
        { "Re: =?utf-8*DE?B?R3LDvMOfZQ?=!", "Re: Gr\xc3\xbc\xc3\x9f" "e!" },
        { "=?windows-1251?B?z/Do4uXy?=", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2"
          "\xd0\xb5\xd1\x82" },
        { "one\r\n two", "one two" },

        /* Not one, or not understood. */
        { "=?x-unknown?Q?a?=", "=?x-unknown?Q?a?=" },
        { "=?utf-8?X?a?=", "=?utf-8?X?a?=" },
        { "=?utf-8?B?*?=", "=?utf-8?B?*?=" },
        { "=?utf-8?Q?a=", "=?utf-8?Q?a=" }, { "=?utf-8", "=?utf-8" },
        { "=?utf-8?Q?a?b", "=?utf-8?Q?a?b" }, { "=?", "=?" },
        { "=?utf-8?Q?=4?= =?utf-8?Q?=zz?=", "=4=zz" }
    };

    (void) state;

    setup_postmark(&fixture);
    (void) fixture_parse(&fixture, "{}");

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        assert_text(sc_mail_decode(&fixture.callback,
                                   sc_str_from_cstring(headers[i].header)),
                    headers[i].text);
    }

    fixture_free(&fixture);

    /* SendGrid passes Reply-To on as it is. */
    setup(&fixture, &sc_platform_email_sendgrid, FORM);
    assert_null(fixture_option(&fixture, "own", "nw.example"));
    fixture_expect(&fixture, "headers=Message-ID:%20%3Ca%40b%3E%0AReply-To:"
                   "%20%3D?UTF-8?Q?J=C3=B6rg=2C_Lea?%3D%20%3Cl%40x%3E%0A"
                   "Subject:%20%3D?UTF-8?Q?=C3=A9?%3D&from=web%40nw.example"
                   "&to=care%40nw.example&text=x", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->author.name,
                "J\xc3\xb6rg, Lea");
    assert_text(fixture_mention(&fixture, 0)->author.id, "l@x");
    assert_text(fixture_mention(&fixture, 0)->subject, "\xc3\xa9");
    fixture_free(&fixture);
}


/* A stranger decides how many there are, and each takes its time. */
static void
test_many_encoded_words(void **state)
{
    size_t    i;
    char      header[66 * 14 + 1], want[64 + 14 + 14 + 1];
    fixture_t fixture;

    (void) state;

    for (i = 0; i < 66; i++) {
        memcpy(header + i * 14, "=?utf-8?Q?a?= ", 14);
    }

    header[66 * 14 - 1] = '\0';
    memset(want, 'a', 64);
    memcpy(want + 64, "=?utf-8?Q?a?= =?utf-8?Q?a?=", 28);

    setup_postmark(&fixture);
    (void) fixture_parse(&fixture, "{}");
    assert_text(sc_mail_decode(&fixture.callback,
                               sc_str_from_cstring(header)), want);
    fixture_free(&fixture);
}


static void
test_encoded_words_without_memory(void **state)
{
    size_t    bytes;
    sc_str_t  text;
    fixture_t fixture;

    (void) state;

    setup_postmark(&fixture);

    for (bytes = 0; bytes < 512; bytes += 8) {
        (void) fixture_parse(&fixture, "{}");
        fixture_limit_memory(&fixture, bytes);
        text = sc_mail_decode(&fixture.callback,
                              SC_STR("=?iso-8859-1?Q?=E9?=\r\n"
                                     " =?iso-8859-1?Q?=E9?="));
        assert_true(fixture.callback.too_large
                    || sc_str_eq(text, SC_STR("\xc3\xa9\xc3\xa9")));
    }

    assert_false(fixture.callback.too_large);
    fixture_free(&fixture);
}


/* Whoever asks a group that shares a mailbox waits like everybody else. */
static void
test_own_lists(void **state)
{
    size_t        i;
    char          body[512];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *list;
        bool        automatic;
    } lists[] = {
        { "<https://groups.example.org/a/post>, <mailto:care@nw.example>",
          false },
        { "<mailto:Care@NW.example?subject=x>", false },
        { "<mailto:desk@in.example>", false },
        { "<mailto:news@other.example>", true },
        { "<mailto:care@nw.example.org>", true },
        { "NO", true }, { "<https://groups.example.org/a/post>", true },
        { "<", true }, { "", true }
    };

    (void) state;

    setup_postmark(&fixture);
    assert_null(fixture_option(&fixture, "own", "nw.example"));
    fixture_account(&fixture, "desk@in.example");

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        (void) snprintf(body, sizeof(body), "{'FromFull':{'Email':'a@b'},"
                        "'MessageID':'1','Headers':[{'Name':'Precedence',"
                        "'Value':' list'},{'Name':'List-Post','Value':"
                        "'%s'}]}", lists[i].list);
        mention = one(&fixture, body);
        assert_int_equal(mention->automatic, lists[i].automatic);
        assert_int_equal(mention->clock_key.len == 0, lists[i].automatic);
    }

    /* A reply of a machine stays one, whatever list it went through. */
    assert_true(one(&fixture, "{'MessageID':'1','Headers':[{'Name':"
                    "'Precedence','Value':'list'},{'Name':'List-Post',"
                    "'Value':'<mailto:care@nw.example>'},{'Name':"
                    "'Auto-Submitted','Value':'auto-replied'}]}")->automatic);
    fixture_free(&fixture);
}


/* Words that the record cannot have are kept as they came. */
static void
test_unknown_charset(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, &sc_platform_email_sendgrid, FORM);
    fixture_expect(&fixture, "headers=Message-ID:%20%3Ca%40b%3E&text=%C8%D5"
                   "&charsets=%7B%22text%22:%22x-unknown%22%7D", 1, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_ENCODING);
    fixture_expect(&fixture, "headers=Message-ID:%20%3Ca%40b%3E&html=%1B$B"
                   "&charsets=%7B%22html%22:%22ISO-2022-KR%22%7D", 1, 1);
    fixture_expect(&fixture, "headers=Message-ID:%20%3Ca%40b%3E&subject=%C8"
                   "&charsets=%7B%22subject%22:%22euc-tw%22%7D", 1, 1);

    /* Readable all the same, or converted. */
    fixture_expect(&fixture, "headers=Message-ID:%20%3Ca%40b%3E&text=Hello"
                   "&charsets=%7B%22text%22:%22x-unknown%22%7D", 1, 0);
    fixture_expect(&fixture, "headers=Message-ID:%20%3Ca%40b%3E&text=%CF%F0"
                   "&charsets=%7B%22text%22:%22Windows-1251%22%7D", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "\xd0\x9f\xd1\x80");
    fixture_expect(&fixture, "headers=Message-ID:%20%3Ca%40b%3E&text=%C8%D5"
                   "&charsets=%7B%22text%22:%22GB2312%22%7D", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "\xe6\x97\xa5");
    fixture_free(&fixture);
}


static void
test_addresses(void **state)
{
    size_t    i;
    sc_str_t  name, address;
    fixture_t fixture;

    static const struct {
        const char *list;
        const char *name;
        const char *address;
    } lists[] = {
        { "a@example.org", "", "a@example.org" },
        { "<a@example.org>", "", "a@example.org" },
        { "Ada L <a@example.org>, b@example.org", "Ada L", "a@example.org" },
        { "\"L, \\\"Ada\\\" <x>\" <a@example.org>", "L, \"Ada\" <x>",
          "a@example.org" },
        { "a@example.org, b@example.org", "", "a@example.org" },
        { "a@example.org (Ada)", "Ada", "a@example.org" },
        { "a@example.org, Bo <b@example.org>", "", "a@example.org" },
        { "L, Ada <a@example.org>", "L, Ada", "a@example.org" },
        { "Ada <a@example.org", "Ada", "a@example.org" },
        { "\"", "", "\"" }, { "", "", "" }, { "<", "", "" }
    };

    (void) state;

    setup_postmark(&fixture);
    (void) fixture_parse(&fixture, "{}");

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        sc_mail_address(&fixture.callback, sc_str_from_cstring(lists[i].list),
                        &name, &address);
        assert_text(name, lists[i].name);
        assert_text(address, lists[i].address);
    }

    fixture_free(&fixture);
}


static void
test_header_block(void **state)
{
    sc_mail_t mail;

    (void) state;

    sc_mail_init(&mail);
    sc_mail_headers(&mail, SC_STR("message-ID:\r\n\t<a@b>\r\nX: y\r\n"
                    "no colon\r\nReferences: <1@x>\r\n <2@x>\r\n"
                    "Date: 21 Sep 2026 14:12:31 GMT (UTC)\r\n"
                    "Message-Id: <second@b>\r\nIn-Reply-To: bare second\r\n"
                    "Content-Language: pl, en\r\n\r\nSubject: body\r\n"));
    assert_text(mail.message_id, "<a@b>");
    assert_text(mail.references, "<1@x>");
    assert_text(mail.in_reply_to, "bare");
    assert_text(mail.language, "pl");
    assert_text(mail.subject, "");
    assert_int_equal(mail.date_ms, 1789999951000);
    assert_false(mail.automatic);

    sc_mail_headers(&mail, SC_STR("Date: yesterday"));
    sc_mail_headers(&mail, SC_STR(""));
    sc_mail_headers(&mail, SC_STR("\n\n"));
    assert_int_equal(mail.date_ms, 1789999951000);
}


static void
test_automatic(void **state)
{
    size_t        i;
    char          body[512];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *name;
        const char *value;
        bool        automatic;
    } headers[] = {
        { "Auto-Submitted", "auto-replied", true },
        { "auto-submitted", " auto-generated; type=x", true },
        { "Auto-Submitted", "no", false }, { "Auto-Submitted", "", false },
        { "Precedence", "bulk", true }, { "Precedence", "LIST", true },
        { "Precedence", "auto_reply", true },
        { "Precedence", "first-class", false },
        { "Return-Path", "<>", true }, { "Return-Path", "<a@b>", false },
        { "X-Autoreply", "yes", true }, { "X-Autorespond", "x", true },
        { "Content-Type", "multipart/report; report-type=x", true },
        { "Content-Type", "text/plain", false }
    };

    (void) state;

    setup_postmark(&fixture);

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        (void) snprintf(body, sizeof(body), "{'FromFull':{'Email':'a@b'},"
                        "'MessageID':'1','Headers':[{'Name':'%s','Value':"
                        "'%s'}]}", headers[i].name, headers[i].value);
        mention = one(&fixture, body);
        assert_int_equal(mention->automatic, headers[i].automatic);
        assert_int_equal(sc_mention_is_actionable(mention),
                         !headers[i].automatic);
        assert_int_equal(mention->clock_key.len == 0, headers[i].automatic);
    }

    fixture_free(&fixture);
}


/* The brand's own automatic mail is an automatic answer: it ends nothing. */
static void
test_automatic_answer(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char question[] = "{'FromFull':{'Email':'lea@example.org'},"
        "'MessageID':'1','Headers':[{'Name':'Message-ID','Value':'<q@e>'}]}";
    static const char answer[] = "{'FromFull':{'Email':'care@northwind.example'"
        "},'MessageID':'2','Headers':[{'Name':'Auto-Submitted','Value':"
        "'auto-replied'},{'Name':'References','Value':'<q@e>'}]}";

    (void) state;

    setup_postmark(&fixture);
    assert_null(fixture_option(&fixture, "own", "northwind.example"));

    mention = one(&fixture, question);
    assert_true(sc_mention_is_actionable(mention));
    assert_true(sc_str_ends_with(mention->clock_key, SC_STR(":<q@e>")));

    mention = one(&fixture, answer);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_true(mention->automatic);
    assert_false(mention->no_answer);
    assert_true(sc_str_ends_with(mention->clock_key, SC_STR(":<q@e>")));

    fixture_free(&fixture);
}


/* What the desk sends ends the wait that the customer's mail began. */
static void
test_clock(void **state)
{
    fixture_t fixture;

    static const char question[] = "{'FromFull':{'Email':'Lea@Example.org'},"
        "'MessageID':'1','OriginalRecipient':'Care+NW-1@in.example',"
        "'MailboxHash':'NW-1'}";
    static const char answer[] = "{'RecordType':'Delivery','MessageID':'2',"
        "'Recipient':'lea@example.ORG','Metadata':{'ticket':'NW-1'}}";

    (void) state;

    setup_postmark(&fixture);
    fixture_account(&fixture, "care@in.example");
    assert_null(fixture_option(&fixture, "thread_variable", "ticket"));
    assert_text(one(&fixture, question)->clock_key,
                "email-postmark:care@in.example:NW-1");
    assert_text(fixture_mention(&fixture, 0)->account, "care@in.example");
    assert_text(one(&fixture, answer)->clock_key,
                "email-postmark:care@in.example:NW-1");

    /* Not the desk's: without the variable nothing is answered. */
    assert_null(fixture_option(&fixture, "thread_variable", "other"));
    assert_true(one(&fixture, answer)->no_answer);

    assert_null(fixture_option(&fixture, "match", "address"));
    assert_text(one(&fixture, question)->clock_key,
                "email-postmark:care@in.example:lea@example.org");
    assert_text(one(&fixture, answer)->clock_key,
                "email-postmark:care@in.example:lea@example.org");
    assert_text(one(&fixture, "{'RecordType':'Bounce','MessageID':'2',"
                    "'Email':'lea@example.org','Description':'Full'}")
                ->clock_key, "");
    assert_text(fixture_mention(&fixture, 0)->text, "Full");
    assert_text(fixture_mention(&fixture, 0)->status, "bounced");

    /* A copy of the brand's own mail, by account and by domain. */
    assert_text(one(&fixture, "{'FromFull':{'Email':'CARE@in.example'},"
                    "'MessageID':'3','ToFull':[{'Email':'Lea@example.org'}]}")
                ->clock_key, "email-postmark:care@in.example:lea@example.org");
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_OUT);
    assert_null(fixture_option(&fixture, "own", "a.example,northwind.example"
                               ));
    assert_int_equal(one(&fixture, "{'MessageID':'3','From':"
                         "'Care <x@Northwind.example>'}")->direction,
                     SC_DIRECTION_OUT);
    assert_int_equal(one(&fixture, "{'MessageID':'3','From':"
                         "'Care <x@sub.northwind.example>'}")->direction,
                     SC_DIRECTION_IN);
    assert_int_equal(one(&fixture, "{'MessageID':'3'}")->direction,
                     SC_DIRECTION_UNKNOWN);

    fixture_free(&fixture);
}


/* From the brand to the brand: a person stands in Reply-To. */
static void
test_contact_form(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *mail;
        const char *author;
    } mails[] = {
        { "'From':'Form <web@northwind.example>','To':'care@in.example',"
          "'ToFull':[{'Email':'care+NW-1@in.example'}],"
          "'ReplyTo':'Lea H <lea@example.org>'", "lea@example.org" },
        { "'From':'Form <web@northwind.example>',"
          "'ToFull':[{'Email':'care@in.example'}],'Headers':[{'Name':"
          "'Reply-To','Value':'Lea H <lea@example.org>'}]",
          "lea@example.org" },

        /* Colleagues; a desk's answer; customers who read mail elsewhere. */
        { "'From':'web@northwind.example','ToFull':[{'Email':"
          "'care@in.example'}],'ReplyTo':'x@northwind.example'",
          "web@northwind.example" },
        { "'From':'web@northwind.example','ToFull':[{'Email':"
          "'care@in.example'}]", "web@northwind.example" },
        { "'From':'web@northwind.example','ToFull':[{'Email':"
          "'lea@example.org'}],'ReplyTo':'ticket@desk.example'",
          "web@northwind.example" },
        { "'From':'web@northwind.example','ReplyTo':'lea@example.org'",
          "web@northwind.example" },
        { "'From':'lea@example.org','ToFull':[{'Email':'care@in.example'}],"
          "'ReplyTo':'other@example.org'", "lea@example.org" }
    };

    (void) state;

    setup_postmark(&fixture);
    fixture_account(&fixture, "care@in.example");
    assert_null(fixture_option(&fixture, "own", "northwind.example"));

    for (i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
        char body[512];

        (void) snprintf(body, sizeof(body), "{'MessageID':'3',%s}",
                        mails[i].mail);
        mention = one(&fixture, body);
        assert_text(mention->author.id, mails[i].author);
        assert_int_equal(mention->direction,
                         sc_str_eq(mention->author.id,
                                   SC_STR("web@northwind.example"))
                         ? SC_DIRECTION_OUT : SC_DIRECTION_IN);
        assert_text(mention->author.name, i < 2 ? "Lea H" : "");
    }

    fixture_free(&fixture);

    setup(&fixture, &sc_platform_email_mailgun, FORM);
    assert_null(fixture_option(&fixture, "own", "northwind.example"));
    mention = one(&fixture, "token=1&from=web@northwind.example"
                  "&recipient=care@northwind.example"
                  "&Reply-To=lea@example.org");
    assert_text(mention->author.id, "lea@example.org");
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->account, "care@northwind.example");
    fixture_free(&fixture);
}


static void
test_threads_and_times(void **state)
{
    fixture_t fixture;

    (void) state;

    setup_postmark(&fixture);
    assert_text(one(&fixture, "{'MessageID':'1','Headers':[{'Name':"
                    "'Message-ID','Value':'<m@x>'}]}")->thread, "<m@x>");
    assert_text(one(&fixture, "{'MessageID':'1','Headers':[{'Name':"
                    "'In-Reply-To','Value':'<p@x>'}]}")->thread, "<p@x>");
    assert_text(fixture_mention(&fixture, 0)->event, "1");
    assert_text(one(&fixture, "{'MessageID':'1','OriginalRecipient':"
                    "'care+77@x','To':'a'}")->thread, "1");
    assert_null(fixture_option(&fixture, "plus", "on"));
    assert_text(one(&fixture, "{'MessageID':'1','OriginalRecipient':"
                    "'care+77@x'}")->thread, "77");
    assert_text(one(&fixture, "{'MessageID':'1','OriginalRecipient':"
                    "'+77@x'}")->account, "+77@x");

    /* The clock above: 2026-01-15T10:01:40Z */
    assert_int_equal(one(&fixture, "{'MessageID':'1','Date':"
                         "'15 Jan 2026 10:00 +0000'}")->created_ms,
                     1768471200000);
    assert_int_equal(one(&fixture, "{'MessageID':'1','Date':"
                         "'15 Jan 2026 10:07 +0000'}")->created_ms,
                     FIXTURE_NOW_MS);
    assert_true(fixture_mention(&fixture, 0)->created_is_delivery_time);
    assert_int_equal(one(&fixture, "{'MessageID':'1','Date':"
                         "'1 Jan 2026 10:00 +0000'}")->created_ms,
                     FIXTURE_NOW_MS);
    fixture_free(&fixture);
}


static void
test_postmark(void **state)
{
    char      *body;
    fixture_t  fixture;

    (void) state;

    setup_postmark(&fixture);
    assert_text(one(&fixture, "{'MessageID':'1','HtmlBody':'<p>Hi</p>'}")
                ->text, "Hi");
    assert_text(one(&fixture, "{'MessageID':'1','TextBody':'Hi\\n> x'}")
                ->text, "Hi");
    assert_text(one(&fixture, "{'RecordType':'SpamComplaint','MessageID':'1'}"
                    )->status, "complained");
    fixture_expect_quoted(&fixture, "{'RecordType':'Open','MessageID':'1'}",
                          0, 0);
    fixture_expect_quoted(&fixture, "{'RecordType':'Dance','MessageID':'1'}",
                          0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    fixture_expect_quoted(&fixture, "{'RecordType':'Delivery'}", 0, 1);
    fixture_expect_quoted(&fixture, "{'Subject':'x'}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_parse(&fixture, "[]"), SC_PARSE_DEAD);
    assert_int_equal(fixture_parse(&fixture, "{"), SC_PARSE_DEAD);

    /* An attachment is one string, longer than strings may be elsewhere. */
    body = malloc(200000);
    assert_non_null(body);
    memset(body, 'A', 200000);
    memcpy(body, "{\"MessageID\":\"1\",\"Attachments\":[{\"Content\":\"", 44);
    memcpy(body + 199996, "\"}]}", 4);
    assert_int_equal(fixture_parse_bytes(&fixture, body, 200000),
                     SC_PARSE_OK);
    assert_int_equal(fixture.callback.count, 1);
    free(body);
    fixture_free(&fixture);
}


static void
test_sendgrid_events(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, &sc_platform_email_sendgrid, "application/json");
    fixture_expect_quoted(&fixture, "[{'event':'processed','sg_event_id':'1',"
        "'timestamp':1768471200,'care_thread':77,'smtp-id':'x@y'},"
        "{'event':'open','sg_event_id':'2'},{'event':'dance'},7,"
        "{'event':'bounce','sg_event_id':'3','reason':'full'},"
        "{'event':'delivered'},{'sg_event_id':'4'}]", 2, 4);
    assert_text(fixture_mention(&fixture, 0)->clock_key,
                "email-sendgrid::77");
    assert_text(fixture_mention(&fixture, 0)->object, "<x@y>");
    assert_text(fixture_mention(&fixture, 0)->proof, "<x@y>//sent");
    assert_true(fixture_mention(&fixture, 1)->no_answer);
    assert_text(fixture_mention(&fixture, 1)->text, "full");
    assert_text(fixture_mention(&fixture, 1)->proof, "");
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(fixture_dead(&fixture, 1)->reason, SC_DEAD_SHAPE);
    assert_int_equal(fixture_dead(&fixture, 2)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_dead(&fixture, 3)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_parse(&fixture, "{}"), SC_PARSE_DEAD);
    fixture_free(&fixture);
}


/*
 * A slow server takes a mail hours after the provider did.  Both events tell
 * of one answer, which must not end a wait that began in between.
 */
static void
test_proofs_are_one(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, &sc_platform_email_sendgrid, "application/json");
    fixture_expect_quoted(&fixture, "[{'event':'processed','sg_event_id':'1',"
        "'email':'Ann@x','care_thread':77,'smtp-id':'<m@y>'},"
        "{'event':'delivered','sg_event_id':'2','email':'ann@X',"
        "'care_thread':77,'smtp-id':'<m@y>'},"
        "{'event':'delivered','sg_event_id':'3','email':'bob@x',"
        "'care_thread':77,'smtp-id':'<m@y>'},"
        "{'event':'delivered','sg_event_id':'4','care_thread':77}]", 4, 0);
    assert_text(fixture_mention(&fixture, 0)->proof, "<m@y>/ann@x/sent");
    assert_text(fixture_mention(&fixture, 1)->proof, "<m@y>/ann@x/sent");
    assert_text(fixture_mention(&fixture, 2)->proof, "<m@y>/bob@x/sent");

    /* Which mail it was is not told. */
    assert_text(fixture_mention(&fixture, 3)->proof, "");
    fixture_free(&fixture);

    setup(&fixture, &sc_platform_email_mailgun, "application/json");
    assert_text(one(&fixture, "{'event-data':{'event':'accepted','id':'1',"
                    "'recipient':'a@x','message':{'headers':{'message-id':"
                    "'m@y'}}}}")->proof, "<m@y>/a@x/sent");
    assert_text(one(&fixture, "{'event-data':{'event':'delivered','id':'2',"
                    "'recipient':'a@x','message':{'headers':{'message-id':"
                    "'m@y'}}}}")->proof, "<m@y>/a@x/sent");
    fixture_free(&fixture);
}


static void
test_sendgrid_parse(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture, &sc_platform_email_sendgrid, FORM);

    /* ISO-8859-1 in a form, HTML alone, no Message-ID. */
    fixture_expect(&fixture, "headers=X:%20y&html=%3Cp%3EGr%FC%DFe&from="
                   "L%E9a%20%3Cl%40x%3E&charsets=%7B%22html%22:%22"
                   "iso-8859-1%22,%22from%22:%22ISO-8859-1%22%7D"
                   "&envelope=%7B%22to%22:[%22care%40in%22],%22from%22:"
                   "%22l%40x%22%7D", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->text, "Gr\xc3\xbc\xc3\x9f" "e");
    assert_text(mention->author.name, "L\xc3\xa9" "a");
    assert_text(mention->account, "care@in");
    assert_int_equal(mention->event.len, 32);
    assert_true(sc_mention_is_actionable(mention));

    /* A bounce; members that are not JSON; raw mode. */
    fixture_expect(&fixture, "headers=Message-ID:%20%3Ca%40b%3E&text=x"
                   "&envelope=%7B%22from%22:%22%22%7D&charsets=no", 1, 0);
    assert_true(fixture_mention(&fixture, 0)->automatic);
    fixture_expect(&fixture, "email=Message-ID:%20%3Ca%40b%3E%0AFrom:%20a%40b"
                   "%0A%0Atext", 1, 0);
    assert_true(fixture_mention(&fixture, 0)->needs_fetch);
    assert_text(fixture_mention(&fixture, 0)->author.id, "a@b");
    fixture_expect(&fixture, "text=x", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


/*
 * Who writes the brand's address into From is the brand only if the provider
 * has found that to be true: an own mail ends the customer's wait.
 */
static void
test_forged_sender(void **state)
{
    char          body[512];
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *envelope;
        const char *verdicts;
        bool        own;
    } mails[] = {
        { "evil@x.example", "&SPF=pass&dkim=none", false },
        { "evil@x.example", "&SPF=pass&dkim=%7B%40x.example%20:%20pass%7D",
          false },
        { "care@nw.example", "&SPF=softfail&dkim=none", false },
        { "care@nw.example", "&SPF=fail&dkim=%7B%40nw.example%20:%20fail%7D",
          false },
        { "b@notnw.example", "&SPF=pass&dkim=%7B%40notnw.example:pass%7D",
          false },
        { "b@nw.example.x", "&SPF=pass", false },
        { "b@example", "&SPF=none&dkim=%7B%40", false },
        { "", "&SPF=pass&dkim=none", false },
        { "care@nw.example", "&SPF=pass&dkim=none", true },
        { "b@bounce.NW.example", "&SPF=Pass", true },
        { "b@desk.example", "&SPF=fail&dkim=%7B%40desk.example%20:%20pass%7D"
          "%7B%40nw.example%20:%20pass%7D", true },
        { "b@desk.example", "&dkim=%7B%40mail.nw.example%20:%20pass%7D",
          true },

        /* Not said. */
        { "b@desk.example", "", true }
    };

    (void) state;

    setup(&fixture, &sc_platform_email_sendgrid, FORM);
    assert_null(fixture_option(&fixture, "own", "nw.example"));

    for (i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
        (void) snprintf(body, sizeof(body), "headers=Message-ID:%%20%%3Ca%%40b"
                        "%%3E%%0AIn-Reply-To:%%20%%3Cq%%40e%%3E&text=x&from="
                        "care%%40nw.example&envelope=%%7B%%22from%%22:%%22%s"
                        "%%22%%7D%s", mails[i].envelope, mails[i].verdicts);
        fixture_expect(&fixture, body, 1, 0);
        mention = fixture_mention(&fixture, 0);
        assert_text(mention->author.id, "care@nw.example");
        assert_int_equal(mention->direction, mails[i].own
                         ? SC_DIRECTION_OUT : SC_DIRECTION_IN);
    }

    /* The same with the address of an account. */
    fixture_free(&fixture);
    setup(&fixture, &sc_platform_email_sendgrid, FORM);
    fixture_account(&fixture, "care@nw.example");
    fixture_expect(&fixture, "headers=Message-ID:%20%3Ca%40b%3E&text=x&from="
                   "Care%20%3Ccare%40nw.example%3E&SPF=fail&dkim=none", 1, 0);
    assert_true(sc_mention_is_actionable(fixture_mention(&fixture, 0)));
    fixture_free(&fixture);
}


static void
test_mailgun(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture, &sc_platform_email_mailgun, FORM);

    /* The last of a repeated field is Mailgun's own. */
    fixture_expect(&fixture, "from=evil%40x&from=a%40b&token=t&body-html=Hi"
                   "&recipient=c%40d&References=%3Cr%40x%3E&attachments="
                   "[%7B%22url%22:%22u%22,%22content-type%22:%22image/png"
                   "%22%7D]", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->author.id, "a@b");
    assert_text(mention->event, "t");
    assert_text(mention->thread, "<r@x>");
    assert_text(mention->text, "Hi");
    assert_text(mention->media->ref, "u");
    assert_int_equal(fixture_parse(&fixture, "token=t&message-headers=["),
                     SC_PARSE_DEAD);
    fixture_expect(&fixture, "token=t&message-headers=[[],7,[%22a%22],"
                   "[%22Precedence%22,%22bulk%22]]", 1, 0);
    assert_true(fixture_mention(&fixture, 0)->automatic);

    /* A bounce without a word of it in its headers has no sender. */
    fixture_expect(&fixture, "token=t&sender=&from=MAILER-DAEMON%40x", 1, 0);
    assert_true(fixture_mention(&fixture, 0)->automatic);
    fixture_expect(&fixture, "token=t&sender=%3C%3E&from=a%40b", 1, 0);
    assert_true(fixture_mention(&fixture, 0)->automatic);
    fixture_expect(&fixture, "token=t&sender=a%40b&from=a%40b", 1, 0);
    assert_false(fixture_mention(&fixture, 0)->automatic);

    fixture_expect(&fixture, "token=t&body-mime=Subject:%20x%0A%0A", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->subject, "x");
    assert_true(fixture_mention(&fixture, 0)->needs_fetch);
    fixture_free(&fixture);

    setup(&fixture, &sc_platform_email_mailgun, "application/json");
    mention = one(&fixture, "{'event-data':{'event':'failed','id':'1',"
                  "'reason':'bounce','delivery-status':{'message':'no'}}}");
    assert_text(mention->text, "no");
    assert_true(mention->no_answer);
    fixture_expect_quoted(&fixture, "{'event-data':{'event':'opened'}}", 0, 0);

    /* A customer's mail on its way through a route is nothing that was sent;
     * that it could not be passed on is worth knowing. */
    fixture_expect_quoted(&fixture, "{'event-data':{'event':'accepted',"
        "'id':'1','recipient':'care@d','flags':{'is-routed':true}}}", 0, 0);
    fixture_expect_quoted(&fixture, "{'event-data':{'event':'failed',"
        "'id':'1','recipient':'care@d','flags':{'is-routed':true}}}", 1, 0);
    fixture_expect_quoted(&fixture, "{'event-data':{'event':'accepted',"
        "'id':'1','recipient':'a@b','flags':{'is-routed':false}}}", 1, 0);
    fixture_expect_quoted(&fixture, "{'event-data':{'event':'dance'}}", 0, 1);
    fixture_expect_quoted(&fixture, "{'event-data':{'event':'accepted'}}", 0,
                          1);
    assert_int_equal(fixture_parse(&fixture, "{}"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_options(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const sc_platform_t *const platforms[] = {
        &sc_platform_email_postmark, &sc_platform_email_sendgrid,
        &sc_platform_email_mailgun
    };

    (void) state;

    for (i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
        fixture_init(&fixture, platforms[i]);
        assert_null(fixture_option(&fixture, "match", "thread"));
        assert_non_null(fixture_option(&fixture, "match", "both"));
        assert_non_null(fixture_option(&fixture, "plus", "yes"));
        assert_non_null(fixture_option(&fixture, "own", ""));
        assert_non_null(fixture_option(&fixture, "thread_variable", ""));
        assert_non_null(fixture_option(&fixture, "owner", "x"));
        fixture_free(&fixture);
    }

    fixture_init(&fixture, &sc_platform_email_sendgrid);
    assert_null(fixture_option(&fixture, "auth", "signature"));
    assert_non_null(fixture_option(&fixture, "auth", "none"));
    assert_null(fixture_option(&fixture, "auth", "basic"));
    fixture_free(&fixture);
}


/* A wrong password must not end the retries; a forged mail must. */
static void
test_refusals(void **state)
{
    sc_policy_t policy;
    sc_source_t source;

    (void) state;

    memset(&source, 0, sizeof(source));
    source.platform = &sc_platform_email_postmark;
    sc_source_policy(&source, &policy);
    assert_int_equal(policy.refused_status, 401);
    source.platform = &sc_platform_email_mailgun;
    sc_source_policy(&source, &policy);
    assert_int_equal(policy.refused_status, 406);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_charsets),
        cmocka_unit_test(test_encoded_words),
        cmocka_unit_test(test_many_encoded_words),
        cmocka_unit_test(test_encoded_words_without_memory),
        cmocka_unit_test(test_own_lists),
        cmocka_unit_test(test_unknown_charset),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_header_block),
        cmocka_unit_test(test_automatic),
        cmocka_unit_test(test_automatic_answer),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_contact_form),
        cmocka_unit_test(test_threads_and_times),
        cmocka_unit_test(test_postmark),
        cmocka_unit_test(test_sendgrid_events),
        cmocka_unit_test(test_proofs_are_one),
        cmocka_unit_test(test_sendgrid_parse),
        cmocka_unit_test(test_forged_sender),
        cmocka_unit_test(test_mailgun),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_refusals)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
