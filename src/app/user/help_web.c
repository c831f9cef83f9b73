/* help_web.c: what people may want to know of signing in, readable before and after it. */
#include "account.h"

#include "help.tmpl.h"

enum rc
help_get(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    const struct help_page d = {.signed_in = who->user.n != 0 && !who->ticket};

    (void)tx;
    user_keep_lang(rq);
    req_page(rq)->title = page_text(req_page(rq), T_help_title, STR_NONE);
    return d.signed_in ? reply_page(rq, help_html, &d) : reply_auth_page(rq, help_html, &d);
}
