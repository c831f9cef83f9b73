/* help_web.c: what people may want to know of signing in, readable before and after it. A section
 * is a part of help.html and a line of its list of contents. */
#include "account.h"
#include "guard/limit.h"
#include "guard/policy.h"

#include "help.tmpl.h"

enum { MINUTE_S = 60, HOUR_S = 60 * 60 };

enum rc
help_get(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    const struct policy *p = policy_now();
    const struct help_page d = {
        .signed_in = who->user.n != 0 && !who->ticket,
        .idle_minutes = p->idle_s / MINUTE_S,
        .life_hours = p->life_s / HOUR_S,
        .free_tries = LIMIT_FREE,
        .wait_minutes = LIMIT_DELAY_MAX_S / MINUTE_S,
        .devices = FACTORS_MAX,
        .together = policy_is_homebanking(),
    };

    (void)tx;
    user_keep_lang(rq);
    req_page(rq)->title = page_text(req_page(rq), T_help_title, STR_NONE);
    return d.signed_in ? reply_page(rq, help_html, &d) : reply_auth_page(rq, help_html, &d);
}
