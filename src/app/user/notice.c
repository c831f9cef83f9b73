/* notice.c: turns the notices that events left (guard/mail.h) into mails. A mail says what
 * happened, when, and what to do if it was somebody else; it names no customer, holds no link, and
 * asks for nothing, so that one with a link is known for what it is (AUTH-07). */
#include "guard/mail.h"

#include "base/time.h"
#include "user_in.h"

/* "24.11.2026, 09:05" or "2026-11-24, 09:05", in the workspace's zone. */
static struct str
when(const struct page *pg, struct instant at)
{
    const struct civil c = day_civil(instant_day(at));
    char clock[8];
    const struct str time = clock_print(instant_clock(at), clock);

    return pg->lang == LANG_EN
               ? arena_fmt(pg->mem, "%04d-%02d-%02d, %.*s", c.year, c.month, c.dom, STR_FMT(time))
               : arena_fmt(pg->mem, "%02d.%02d.%04d, %.*s", c.dom, c.month, c.year, STR_FMT(time));
}

static void
put_line(struct out *o, struct str line)
{
    out_str(o, line);
    out_char(o, '\n');
}

enum text
user_notice_text(struct arena *mem, struct str event)
{
    const enum text t = text_find(arena_fmt(mem, "notice.%.*s", STR_FMT(event)));

    return t != T_NONE ? t : T_notice_other;
}

/* One notice to one address of the person. */
static enum rc
write_mail(struct wtx *tx, const struct notice *n, const struct user_find_row *u, struct str to,
           struct str agency)
{
    const struct page pg = {.mem = wtx_mem(tx), .lang = u->lang == LANG_EN ? LANG_EN : LANG_DE};
    struct out body = out_new(pg.mem, MAIL_BODY_MAX);

    put_line(&body, page_text(&pg, T_notice_mail_hello,
                              arena_fmt(pg.mem, "%.*s %.*s", STR_FMT(u->first_name),
                                        STR_FMT(u->last_name))));
    put_line(&body, STR(""));
    put_line(&body, page_text(&pg, user_notice_text(pg.mem, n->event), STR_NONE));
    put_line(&body, STR(""));
    put_line(&body, page_text(&pg, T_notice_mail_when, when(&pg, n->at)));
    if (n->network.n > 0) {
        put_line(&body, page_text(&pg, T_notice_mail_network, n->network));
    }
    put_line(&body, STR(""));
    put_line(&body, page_text(&pg, T_notice_mail_you, STR_NONE));
    put_line(&body, page_text(&pg, T_notice_mail_not_you, STR_NONE));
    put_line(&body, STR(""));
    put_line(&body, page_text(&pg, T_notice_mail_no_link, agency));
    return mail_queue(tx, &(struct mail){.kind = MAIL_NOTICE,
                                         .user = n->user,
                                         .recipient = to,
                                         .subject = page_text(&pg, T_notice_mail_subject, agency),
                                         .body = out_view(&body)});
}

enum rc
user_email_replaced(struct wtx *tx, const struct user_find_row *before, struct str agency)
{
    const struct notice n = {
        .user = before->id, .event = str_of(event_name(EVENT_EMAIL_CHANGED)), .at = wtx_now(tx)};

    TRY(notice_of_event(tx, EVENT_EMAIL_CHANGED, SUBJECT(user, before->id)));
    return mail_address_is_valid(before->email) ? write_mail(tx, &n, before, before->email, agency)
                                                : OK;
}

enum rc
user_mail_notices(struct wtx *tx, struct str agency)
{
    struct notice *v;
    size_t n;

    wtx_allow_untouched(tx, "notices go into the outbox");
    TRY(notice_unmailed(wtx_read(tx), &v, &n));
    for (size_t i = 0; i < n; i++) {
        struct user_find_row u;
        TRY(user_find(wtx_read(tx), &(struct user_find_in){v[i].user}, &u));
        if (mail_address_is_valid(u.email)) {
            TRY(write_mail(tx, &v[i], &u, u.email, agency));
        }
        TRY(notice_mailed(tx, v[i].id));
    }
    return OK;
}
