/* notice_web.c: the notices of a person's own account (AUTH-07) on a page. They are new until the
 * person says that they were read: looking changes nothing, so nobody's browser hides one. */
#include "account.h"
#include "guard/mail.h"
#include "http/shell.h"

#include "notice.tmpl.h"

enum rc
notices_get(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    struct page *pg = req_page(rq);
    struct user_find_row u;
    struct notice *v;
    size_t n;

    TRY(user_find(tx, &(struct user_find_in){who->user}, &u));
    TRY(notice_list(tx, who->user, &v, &n));
    struct notice_row *rows = ARENA_ARRAY(req_mem(rq), struct notice_row, n);
    struct notices_page d = {
        .rows = rows, .n_rows = n, .email = user_addresses_said(req_mem(rq), &u)};

    d.has_email = d.email.n > 0;
    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct notice_row){.event = user_notice_text(req_mem(rq), v[i].event),
                                      .advice = user_notice_advice(req_mem(rq), v[i].event),
                                      .network = v[i].network.n > 0 ? v[i].network : STR(""),
                                      .at = v[i].at,
                                      .is_new = v[i].seen_at.us == 0};
        d.has_new |= rows[i].is_new;
    }
    pg->nav = NAV_SECURITY;
    pg->title = page_text(pg, T_notices_title, STR_NONE);
    return reply_page(rq, notices_html, &d);
}

enum rc
notices_post(struct req *rq, struct wtx *tx)
{
    const struct user_id user = req_who(rq)->user;

    TRY(notice_seen(tx, user));
    TRY(touch(tx, EVENT_NOTICES_SEEN, SUBJECT(user, user), NULL, NULL, NULL));
    return reply_done(rq, URL("/konto/hinweise"), T_notice_notices_seen);
}
