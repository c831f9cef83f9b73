/* queue_web.c: the outbox as administrators see it: what waits, what failed and why, what left and
 * how the way was encrypted. No text of a message is shown: it may hold a link. */
#include "app/outbound/inner.h"
#include "guard/audit.h"
#include "guard/mail.h"

struct queue_row {
    struct mail_id id;
    enum text kind;
    enum mail_state state;
    struct str recipient, why, via, transport;
    bool are_words; /* why: the server's own */
    int64_t tries;
    struct instant created_at, next_at, ended_at;
};
struct queue_page {
    struct queue_row *rows;
    size_t n_rows;
    struct mail_sums sums;
    bool has_way;
};
#include "queue.tmpl.h"

static enum text
kind_text(enum mail_kind kind)
{
    static const enum text texts[] = {[MAIL_NOTICE] = T_queue_kind_notice,
                                      [MAIL_INVITATION] = T_queue_kind_invitation,
                                      [MAIL_RESET] = T_queue_kind_reset,
                                      [MAIL_DEVICE] = T_queue_kind_device,
                                      [MAIL_TEST] = T_queue_kind_test};

    return (size_t)kind < COUNT(texts) && texts[kind] != T_NONE ? texts[kind] : T_queue_kind_other;
}

struct str
outbound_why(const struct page *pg, struct str answer, bool *ret_are_words)
{
    const enum text t = answer.n > 0 && answer.n < 60
                            ? text_find(arena_fmt(pg->mem, "err.%.*s", STR_FMT(answer)))
                            : T_NONE;

    *ret_are_words = t == T_NONE;
    return t == T_NONE ? answer : page_text(pg, t, STR_NONE);
}

enum rc
queue_get(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    struct queue_page d = {.has_way = outbound_setup()->mail_server.n > 0};
    struct own_server own;
    struct mail_view *v;

    if (!d.has_way) {
        TRY(own_server_find(tx, &own, &d.has_way));
    }
    TRY(mail_summary(tx, &d.sums));
    TRY(mail_list(tx, &v, &d.n_rows));
    d.rows = ARENA_ARRAY(req_mem(rq), struct queue_row, d.n_rows);
    for (size_t i = 0; i < d.n_rows; i++) {
        d.rows[i] = (struct queue_row){.id = v[i].id,
                                       .kind = kind_text(v[i].kind),
                                       .state = v[i].state,
                                       .recipient = v[i].recipient,
                                       .via = v[i].via,
                                       .transport = v[i].transport,
                                       .tries = v[i].tries,
                                       .created_at = v[i].created_at,
                                       .next_at = v[i].next_at,
                                       .ended_at = v[i].ended_at};
        d.rows[i].why = outbound_why(pg, v[i].answer, &d.rows[i].are_words);
    }
    pg->nav = NAV_SETTINGS;
    pg->title = page_text(pg, T_queue_title, STR_NONE);
    return reply_page(rq, queue_html, &d);
}

enum rc
queue_post_again(struct req *rq, struct wtx *tx)
{
    const struct mail_id id = PATH_ID(rq, mail);

    TRY(mail_again(tx, id));
    TRY(touch(tx, EVENT_MAIL_AGAIN, SUBJECT(mail, id), NULL, NULL, NULL));
    return reply_done(rq, URL("/einstellungen/postausgang"), T_notice_mail_again);
}
