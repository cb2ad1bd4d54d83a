/*
 * sc_mail_sender.c: whether a mail is from the address in its From.
 *
 * Anybody can write the brand's address there, and the brand's mail ends waits.
 * So where the provider reports its checks of the sender, they must agree
 * (relaxed alignment as in RFC 7489): a valid DKIM signature of the domain in
 * From, or an SPF pass for an envelope sender there.  Where it reports none,
 * From is trusted.
 */

#include "sc_mail.h"


static bool
sc_mail_is_below(sc_str_t domain, sc_str_t parent)
{
    size_t before;

    if (parent.len == 0 || domain.len <= parent.len) {
        return false;
    }

    before = domain.len - parent.len;

    return domain.data[before - 1] == '.'
           && sc_str_eq_nocase(sc_str_from(domain, before), parent);
}


/* The same domain, or one is a subdomain of the other. */
static bool
sc_mail_is_aligned(sc_str_t a, sc_str_t b)
{
    return (a.len != 0 && sc_str_eq_nocase(a, b)) || sc_mail_is_below(a, b)
           || sc_mail_is_below(b, a);
}


static bool
sc_mail_is_pass(sc_str_t verdict)
{
    sc_str_t pass;

    pass = SC_STR("pass");

    return sc_str_eq_nocase(sc_str_first(verdict, pass.len), pass);
}


/* {@example.org : pass}, one or several */
static bool
sc_mail_is_signed_by(sc_str_t verdicts, sc_str_t domain)
{
    size_t   at, colon;
    sc_str_t rest, signer;

    rest = verdicts;

    while ((at = sc_str_find_byte(rest, '@')) < rest.len) {
        rest = sc_str_from(rest, at + 1);
        colon = sc_str_find_byte(rest, ':');
        signer = sc_str_trim(sc_str_first(rest, colon));
        rest = sc_str_from(rest, colon + 1);

        if (sc_mail_is_pass(sc_str_trim(sc_str_first(rest,
                                sc_str_find_byte(rest, '}'))))
            && sc_mail_is_aligned(signer, domain))
        {
            return true;
        }
    }

    return false;
}


bool
sc_mail_is_confirmed(const sc_mail_t *mail, sc_str_t address)
{
    sc_str_t domain;

    domain = sc_mail_domain(address);

    return (mail->spf.len == 0 && mail->dkim.len == 0)
           || sc_mail_is_signed_by(mail->dkim, domain)
           || (sc_mail_is_pass(mail->spf)
               && sc_mail_is_aligned(sc_mail_domain(mail->envelope), domain));
}
