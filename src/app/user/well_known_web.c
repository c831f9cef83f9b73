/* well_known_web.c: what programs look for below /.well-known/: whom to tell of a fault in security
 * (RFC 9116, WEB-07), and where a password manager changes a password. */
#include "account.h"
#include "app/user/user.h"

static struct str contact;

void
user_set_security_contact(struct str text)
{
    contact = text;
}

/* A year from the release: what nobody looked after for so long must not be trusted. Renewed with
 * each release; headers_http.mjs fails 60 days before. */
static struct day
expires_day(void)
{
    struct day released = DAY_NONE;
    (void)!day_of(2026, 11, 24, &released);
    return (struct day){released.n + 365};
}

enum rc
security_txt_get(struct req *rq, struct rtx *tx)
{
    char day[16];
    const struct str origin = req_origin(rq);
    if (contact.n == 0) {
        return fail(rtx_err(tx), RC_MISSING, E_MISSING, "no security_contact in kontor.conf");
    }
    const struct str until = day_print(expires_day(), day);
    const struct str text =
        arena_fmt(req_mem(rq),
                  "Contact: %.*s\nExpires: %.*sT00:00:00Z\nPreferred-Languages: %s\n"
                  "Canonical: %.*s/.well-known/security.txt\n",
                  STR_FMT(contact), STR_FMT(until), "de, en", STR_FMT(origin));
    return reply_bytes(rq, "text/plain; charset=utf-8", STR_NONE,
                       (struct bytes){(const uint8_t *)text.p, text.n});
}

enum rc
change_password_get(struct req *rq, struct rtx *tx)
{
    (void)tx;
    return reply_redirect(rq, URL("/konto/passwort"));
}
