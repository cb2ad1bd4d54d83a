/*
 * sc_status_html.c: the status page.
 *
 * One self-contained document, embedded at build time from page.html.  It
 * contains no numbers but fetches the JSON from its own address, so that it can
 * refresh itself without flickering and show the age of its data.
 */

#include "sc_status.h"
#include "sc_pages.h"


void
sc_status_write_html(sc_buf_t *buf, const sc_status_t *status)
{
    (void) status;

    sc_buf_append(buf, sc_embedded_page, SC_EMBEDDED_PAGE_SIZE);
}


const char *
sc_status_html_policy(void)
{
    return "default-src 'none'; " SC_EMBEDDED_PAGE_POLICY "; "
           "connect-src 'self'; base-uri 'none'; form-action 'none'; "
           "frame-ancestors 'none'";
}
