/*
 * test_mail_mime.c: whole mails: parts, encodings, character sets, limits.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_mail.h"
#include "sc_registry.h"


#define FORM  "application/x-www-form-urlencoded"

#define MULTIPART(kind, parts)                                                \
    "Subject: x\r\nContent-Type: multipart/" kind ";\r\n\tboundary=\"b=_1\""   \
    "\r\n\r\npreamble\r\n" parts "--b=_1--\r\nepilogue\r\n"
#define PART(headers, body)  "--b=_1\r\n" headers "\r\n" body "\r\n"
#define PLAIN  "Content-Type: text/plain; charset=utf-8\r\n"
#define HTML   "Content-Type: text/html; charset=\"utf-8\"\r\n"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_email_sendgrid);
    fixture_header(fixture, "Content-Type", FORM);
    (void) fixture_parse(fixture, "");
}


static void
test_mails(void **state)
{
    size_t    i;
    bool      readable;
    fixture_t fixture;

    static const struct {
        const char *mail;
        const char *text;
    } mails[] = {
        { "", "" }, { "Subject: x\n\nHello\nyou\n", "Hello\nyou" },
        { "Subject: x", "" },
        { "Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe9",
          "\xc3\xa9" },
        { "Content-Type: TEXT/HTML\r\n\r\n<p>a<br>b", "a\nb" },

        /* Encodings. */
        { "Content-Transfer-Encoding: Quoted-Printable\r\n\r\n"
          "Gr=C3=BC=\r\n=c3=9fe=20=\n!\r\n1=2 =zz =",
          "Gr\xc3\xbc\xc3\x9f" "e !\r\n1=2 =zz =" },
        { "Content-Transfer-Encoding: BASE64\r\nContent-Type: text/plain;"
          " charset=windows-1251\r\n\r\nz/Do\r\n4uXy\r\n",
          "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82" },
        { "Content-Transfer-Encoding: base64\r\n\r\n*no*\r\n", "*no*" },
        { "Content-Transfer-Encoding: 8bit\r\n\r\n=C3", "=C3" },

        /* Parts. */
        { MULTIPART("alternative", PART(PLAIN, "Hello") PART(HTML, "<b>Hi")),
          "Hello" },
        { MULTIPART("alternative", PART(HTML, "<b>Hi") PART(PLAIN, "Hello")),
          "Hello" },
        { MULTIPART("alternative", PART(PLAIN, " \r\n") PART(HTML, "<b>Hi")),
          "Hi" },
        { MULTIPART("mixed", PART(PLAIN "Content-Disposition: attachment;"
          " filename=a.txt\r\n", "a file") PART("", "no header")),
          "no header" },
        { MULTIPART("mixed", PART("Content-Type: message/rfc822\r\n",
          "Subject: y\r\n\r\nof another") PART("Content-Type: image/png\r\n",
          "png")), "" },
        { MULTIPART("mixed", PART("Content-Type: multipart/alternative;"
          " boundary=b=_12\r\n", "\r\n--b=_12\r\n" HTML "\r\n<i>inner</i>\r\n"
          "--b=_12--\r\n") PART("Content-Type: image/png\r\n", "png")),
          "inner" },
        { "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nof a mail that "
          "was cut", "of a mail that was cut" },
        { "Content-Type: multipart/mixed; boundary=b\n\n--b  \n\nx\n--b--\n"
          "--b\n\nbehind", "x" },
        { "Content-Type: multipart/mixed; boundary=b\n\nnone of them", "" },
        { "Content-Type: multipart/mixed; boundary=b\n\n--b", "" },
        { "Content-Type: multipart/mixed\n\n--b\n\nx", "" },
        { "Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\nx", "" },

        /* The mail that is answered. */
        { "\n\nHello\n\nOn Mon Ada wrote:\n> a\n", "Hello" }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
        assert_text(sc_mail_mime_text(&fixture.callback,
                        sc_str_from_cstring(mails[i].mail), &readable),
                    mails[i].text);
        assert_true(readable);
    }

    (void) sc_mail_mime_text(&fixture.callback, SC_STR("Content-Type: "
                             "text/plain; charset=x-none\n\n\xc8\xd5"),
                             &readable);
    assert_false(readable);
    fixture_free(&fixture);
}


/* As deep and as many as a sender likes: read up to a limit, and in time. */
static void
test_limits(void **state)
{
    size_t    i, at;
    bool      readable;
    char     *mail;
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    mail = malloc(100000);
    assert_non_null(mail);

    for (i = 0, at = 0; i < 9; i++) {
        at += (size_t) snprintf(mail + at, 100000 - at, "Content-Type: "
                                "multipart/mixed; boundary=b%zu\n\n--b%zu\n",
                                i, i);
    }

    (void) snprintf(mail + at, 100000 - at, "\ntoo deep");
    assert_text(sc_mail_mime_text(&fixture.callback,
                                  sc_str_from_cstring(mail), &readable), "");

    at = (size_t) snprintf(mail, 100000, "Content-Type: multipart/mixed; "
                           "boundary=b\n\n");

    for (i = 0; i < 300; i++) {
        at += (size_t) snprintf(mail + at, 100000 - at, "--b\nContent-Type: "
                                "image/png\n\nx\n");
    }

    (void) snprintf(mail + at, 100000 - at, "--b\n\ntoo many");
    assert_text(sc_mail_mime_text(&fixture.callback,
                                  sc_str_from_cstring(mail), &readable), "");
    free(mail);
    fixture_free(&fixture);
}


/* A text as long as a book is cut, not refused. */
static void
test_long_text(void **state)
{
    size_t    i, at;
    bool      readable;
    char     *mail;
    sc_str_t  text;
    fixture_t fixture;

    static const char headers[] = "Content-Transfer-Encoding: base64\n\n\n";

    (void) state;

    setup(&fixture);
    at = sizeof(headers) - 1;
    mail = malloc(at + (2 << 20));
    assert_non_null(mail);
    memcpy(mail, headers, at);

    for (i = 0; i < 2 << 20; i++) {
        mail[at + i] = "YWFh"[i % 4];          /* aaa */
    }

    text = sc_mail_mime_text(&fixture.callback,
                             sc_str_make(mail, at + (2 << 20)), &readable);
    assert_int_equal(text.len, ((1 << 20) - 1) / 4 * 3);
    assert_int_equal(text.data[0], 'a');
    free(mail);
    fixture_free(&fixture);
}


static void
test_little_memory(void **state)
{
    size_t    bytes;
    bool      readable;
    sc_str_t  text;
    fixture_t fixture;

    static const char *const mails[] = {
        "Content-Transfer-Encoding: base64\nContent-Type: text/plain; "
        "charset=iso-8859-1\n\n6Q==",
        "Content-Transfer-Encoding: quoted-printable\nContent-Type: "
        "text/html;\n charset=iso-8859-1\n\n=E9"
    };

    (void) state;

    setup(&fixture);

    for (bytes = 0; bytes < 2048; bytes += 8) {
        (void) fixture_parse(&fixture, "");
        fixture_limit_memory(&fixture, bytes);
        text = sc_mail_mime_text(&fixture.callback,
                                 sc_str_from_cstring(mails[bytes / 8 % 2]),
                                 &readable);
        assert_true(fixture.callback.too_large
                    || sc_str_eq(text, SC_STR("\xc3\xa9")));
    }

    assert_false(fixture.callback.too_large);
    fixture_free(&fixture);
}


/* Both providers that have a raw mode. */
static void
test_raw_mode(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect(&fixture, "email=Message-ID:%20%3Ca%40b%3E%0AContent-"
                   "Transfer-Encoding:%20quoted-printable%0A%0AGr%3DC3%3DBC",
                   1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "Gr\xc3\xbc");
    assert_true(fixture_mention(&fixture, 0)->needs_fetch);
    fixture_expect(&fixture, "email=Message-ID:%20%3Ca%40b%3E%0AContent-"
                   "Type:%20text/plain;charset%3Dx-no%0A%0A%C8", 1, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_ENCODING);
    fixture_free(&fixture);

    fixture_init(&fixture, &sc_platform_email_mailgun);
    fixture_header(&fixture, "Content-Type", FORM);
    fixture_expect(&fixture, "token=t&body-mime=Subject:%20x%0A%0AHello", 1,
                   0);
    assert_text(fixture_mention(&fixture, 0)->text, "Hello");
    fixture_expect(&fixture, "token=t&body-mime=Content-Type:%20text/plain;"
                   "charset%3Dx-no%0A%0A%C8", 1, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_ENCODING);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mails),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_little_memory),
        cmocka_unit_test(test_raw_mode)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
