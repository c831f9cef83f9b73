/* compare_web.c: the published comparison with (EU) 2018/389 Art. 4 (SES-06): row by row what the
 * article demands, what holds always and with the switch, and which test shows it. No figure is
 * typed; test/http/help_http.mjs reads the page and the sources and compares. */
#include "account.h"
#include "guard/limit.h"
#include "guard/policy.h"

#include "compare.tmpl.h"

enum { MINUTE_S = 60, HOUR_S = 60 * 60 };

enum rc
compare_get(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    const struct compare_page d = {
        .signed_in = who->user.n != 0 && !who->ticket,
        .idle_minutes = POLICY_IDLE_S / MINUTE_S,
        .idle_least = POLICY_IDLE_MIN_S / MINUTE_S,
        .idle_strict = HOMEBANKING_IDLE_S / MINUTE_S,
        .life_hours = POLICY_LIFE_S / HOUR_S,
        .fails = HOMEBANKING_FAILS,
        .free_tries = LIMIT_FREE,
        .device_fails = LIMIT_DEVICE_FAILS,
        .tickets = TICKET_TRIES,
        .wait_minutes = LIMIT_DELAY_MAX_S / MINUTE_S,
        .secret_bits = FACTOR_SECRET * 8,
        .step_s = FACTOR_STEP_S,
        .around_s = FACTOR_STEP_S * FACTOR_WINDOW,
        .notice_fails = NOTICE_FAILS,
    };

    (void)tx;
    user_keep_lang(rq);
    req_page(rq)->title = page_text(req_page(rq), T_compare_title, STR_NONE);
    return d.signed_in ? reply_page(rq, compare_html, &d) : reply_auth_page(rq, compare_html, &d);
}
