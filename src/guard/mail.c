/* mail.c: see mail.h. The only file that reads or writes tables mail and notice. */
#include "guard/mail.h"

#include "guard/keys.h"

#include "mail.sql.h"

enum { ANSWER_MAX = 200, TRANSPORT_MAX = 80, VIA_MAX = 260, DELAY_MAX_S = 6 * 60 * 60 };
#define US(seconds) ((int64_t)(seconds)*1000000)

static bool was_queued;

/* --- texts with a link ----------------------------------------------------------------------- */

/* Whoever has the text has the account: it waits sealed, in a column of text, so that neither an
 * archive nor a page of the store gives it away. */
static const struct str sealed_mark = {"sealed:", 7};

static bool
has_link(enum mail_kind kind)
{
    return kind == MAIL_INVITATION || kind == MAIL_RESET || kind == MAIL_DEVICE ||
           kind == MAIL_ADDRESS;
}

static struct str
body_ad(struct arena *mem, int64_t id)
{
    return arena_fmt(mem, "mail.body/%lld", (long long)id);
}

static enum rc
seal_body(struct wtx *tx, int64_t id, struct str body, struct str *ret_body)
{
    struct bytes sealed;
    struct arena *mem = wtx_mem(tx);
    TRY(keys_seal(mem, wtx_err(tx), KP_SECRET, body_ad(mem, id),
                  (struct bytes){(const uint8_t *)body.p, body.n}, &sealed));
    char *hex = ARENA_ARRAY(mem, char, 2 * sealed.n + 1);
    hex_print(sealed.p, sealed.n, hex);
    *ret_body = arena_fmt(mem, "%.*s%s", STR_FMT(sealed_mark), hex);
    return OK;
}

static enum rc
open_body(struct rtx *tx, int64_t id, struct str body, struct str *ret_body)
{
    struct bytes plain;
    struct arena *mem = rtx_mem(tx);
    const struct str hex = str_sub(body, sealed_mark.n, body.n - sealed_mark.n);
    uint8_t *sealed = ARENA_ARRAY(mem, uint8_t, hex.n / 2 + 1);
    if (hex_parse(hex, sealed, hex.n / 2) != OK) {
        return fail(rtx_err(tx), RC_BROKEN, E_KEYS, "text of mail %lld", (long long)id);
    }
    TRY(keys_unseal(mem, rtx_err(tx), KP_SECRET, body_ad(mem, id),
                    (struct bytes){sealed, hex.n / 2}, &plain));
    *ret_body = (struct str){(const char *)plain.p, plain.n};
    return OK;
}

/* --- the queue ------------------------------------------------------------------------------- */

enum rc
mail_queue(struct wtx *tx, const struct mail *m)
{
    int64_t n;
    struct str body = m->body;

    if (!mail_address_is_valid(m->recipient)) {
        return fail(wtx_err(tx), RC_INVALID, E_MAIL_ADDRESS, "not an address that we mail to");
    }
    if (m->subject.n > MAIL_SUBJECT_MAX || m->body.n > MAIL_BODY_MAX ||
        str_find(m->subject, STR("\n"), 0) != SIZE_MAX ||
        str_find(m->subject, STR("\r"), 0) != SIZE_MAX) {
        return fail(wtx_err(tx), RC_BROKEN, E_BROKEN, "a message that is none");
    }
    TRY(wtx_new_id(tx, "mail", &n));
    TRY(has_link(m->kind) ? seal_body(tx, n, m->body, &body) : OK);
    TRY(mail_add(tx, &(struct mail_add_in){.id = {n},
                                           .mail_kind = m->kind,
                                           .user_id = m->user,
                                           .recipient = m->recipient,
                                           .subject = m->subject,
                                           .body = body,
                                           .now_at = wtx_now(tx)}));
    was_queued = true;
    return OK;
}

void
mail_is_wanted(void)
{
    was_queued = true;
}

bool
mail_was_queued(void)
{
    const bool was = was_queued;

    was_queued = false;
    return was;
}

enum rc
mail_count(struct rtx *tx, enum mail_kind kind, struct user_id user, struct instant since,
           int64_t *ret_n)
{
    struct mail_count_since_row row;

    TRY(mail_count_since(tx, &(struct mail_count_since_in){kind, user, since}, &row));
    *ret_n = row.mail_count;
    return OK;
}

enum rc
mail_next(struct rtx *tx, struct mail_due *ret_m, bool *ret_found)
{
    struct mail_first_due_row row;

    TRY(mail_first_due(tx, &(struct mail_first_due_in){rtx_now(tx)}, &row, ret_found));
    if (*ret_found) {
        *ret_m = (struct mail_due){.id = row.id,
                                   .recipient = row.recipient,
                                   .subject = row.subject,
                                   .body = row.body,
                                   .tries = row.tries,
                                   .created_at = row.created_at};
        if (has_link(row.mail_kind) && str_starts(row.body, sealed_mark)) {
            const enum rc rc = open_body(tx, row.id.n, row.body, &ret_m->body);
            ret_m->is_shut = rc == RC_DENIED || rc == RC_BROKEN;
            return ret_m->is_shut ? OK : rc;
        }
    }
    return OK;
}

enum rc
mail_next_at(struct rtx *tx, struct instant *ret_at)
{
    struct mail_first_at_row row;
    bool found;

    TRY(mail_first_at(tx, &row, &found));
    *ret_at = found ? row.next_at : INSTANT_NONE;
    return OK;
}

/* Cut where a character ends. Servers may answer in any bytes: what is no UTF-8 is left out. */
static struct str
clip(struct str s, size_t max)
{
    s = str_trim(s);
    s.n = s.n > max ? max : s.n;
    while (s.n > 0 && !str_is_utf8(s)) {
        s.n--;
    }
    return s.n > 0 ? s : STR("");
}

static enum rc
end(struct wtx *tx, struct mail_id id, enum mail_state state, struct str answer,
    struct str transport, struct str via)
{
    return mail_end(tx, &(struct mail_end_in){.mail_state = state,
                                              .ended_at = wtx_now(tx),
                                              .answer = clip(answer, ANSWER_MAX),
                                              .transport = clip(transport, TRANSPORT_MAX),
                                              .via = clip(via, VIA_MAX),
                                              .id = id});
}

enum rc
mail_delivered(struct wtx *tx, struct mail_id id, struct str answer, struct str transport,
               struct str via)
{
    wtx_allow_untouched(tx, "a mail was delivered");
    return end(tx, id, MAIL_SENT, answer, transport, via);
}

enum rc
mail_not_delivered(struct wtx *tx, const struct mail_due *m, struct str answer, struct str via,
                   bool for_good)
{
    int64_t delay = 60;

    wtx_allow_untouched(tx, "a mail was not delivered");
    if (for_good || m->tries + 1 >= MAIL_TRIES_MAX) {
        return end(tx, m->id, MAIL_FAILED, answer, STR(""), via);
    }
    for (int64_t i = 0; i < m->tries && delay < DELAY_MAX_S; i++) {
        delay *= 2;
    }
    delay = delay > DELAY_MAX_S ? DELAY_MAX_S : delay;
    return mail_delay(tx, &(struct mail_delay_in){.next_at = {wtx_now(tx).us + US(delay)},
                                                  .answer = clip(answer, ANSWER_MAX),
                                                  .via = clip(via, VIA_MAX),
                                                  .id = m->id});
}

enum rc
mail_again(struct wtx *tx, struct mail_id id)
{
    TRY(mail_hurry(tx, &(struct mail_hurry_in){wtx_now(tx), id}));
    was_queued = true;
    return OK;
}

enum rc
mail_list(struct rtx *tx, struct mail_view **ret_v, size_t *ret_n)
{
    struct mail_queue_list_row *rows;
    size_t n;

    TRY(mail_queue_list(tx, &rows, &n));
    struct mail_view *v = ARENA_ARRAY(rtx_mem(tx), struct mail_view, n);
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct mail_view){.id = rows[i].id,
                                  .kind = (enum mail_kind)rows[i].mail_kind,
                                  .state = (enum mail_state)rows[i].mail_state,
                                  .recipient = rows[i].recipient,
                                  .subject = rows[i].subject,
                                  .answer = rows[i].answer,
                                  .transport = rows[i].transport,
                                  .via = rows[i].via,
                                  .tries = rows[i].tries,
                                  .created_at = rows[i].created_at,
                                  .next_at = rows[i].next_at,
                                  .ended_at = rows[i].ended_at};
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}

void
mail_wake(void)
{
    was_queued = true;
}

enum rc
mail_need(struct rtx *tx, struct mail_id id)
{
    struct mail_known_row row;
    bool found;

    TRY(mail_known(tx, &(struct mail_known_in){id}, &row, &found));
    return found ? OK : fail(rtx_err(tx), RC_MISSING, E_MISSING, "mail %lld", (long long)id.n);
}

enum rc
mail_summary(struct rtx *tx, struct mail_sums *ret_s)
{
    struct mail_sums_row sums;
    struct mail_stuck_row stuck = {STR(""), STR("")};
    bool found;

    TRY(mail_sums(tx, &sums));
    TRY(mail_stuck(tx, &stuck, &found));
    *ret_s = (struct mail_sums){.waiting = sums.waiting_count,
                                .sent = sums.sent_count,
                                .failed = sums.failed_count,
                                .oldest_at = sums.oldest_at,
                                .answer = stuck.answer,
                                .via = stuck.via};
    return OK;
}

enum rc
mail_use(struct rtx *tx, struct str via, struct instant since, int64_t *ret_n,
         struct instant *ret_last_at)
{
    struct mail_use_of_row row;

    TRY(mail_use_of(tx, &(struct mail_use_of_in){via, since}, &row));
    *ret_n = row.mail_count;
    *ret_last_at = row.ended_at;
    return OK;
}

/* --- notices --------------------------------------------------------------------------------- */

static bool
is_told(enum event e)
{
    static const bool told[EVENT_COUNT] = {
#define NOTICE(sym) [EVENT_##sym] = true,
#include "guard/notices.def"
#undef NOTICE
    };
    return told[e];
}

enum rc
notice_of_event(struct wtx *tx, enum event e, struct subject s)
{
    return is_told(e) && s.kind != NULL && strcmp(s.kind, "user") == 0
               ? notice_to(tx, (struct user_id){s.id}, e)
               : OK;
}

enum rc
notice_to(struct wtx *tx, struct user_id user, enum event e)
{
    const struct actor *who = rtx_actor(wtx_read(tx));
    int64_t n;

    TRY(wtx_new_id(tx, "notice", &n));
    TRY(notice_add(tx, &(struct notice_add_in){.id = {n},
                                               .user_id = user,
                                               .event_text = str_of(event_name(e)),
                                               .at = wtx_now(tx),
                                               .network_text = who->network}));
    was_queued = true;
    return OK;
}

enum rc
notice_unmailed(struct rtx *tx, struct notice **ret_v, size_t *ret_n)
{
    struct notice_first_unmailed_row *rows;
    size_t n;

    TRY(notice_first_unmailed(tx, &rows, &n));
    struct notice *v = ARENA_ARRAY(rtx_mem(tx), struct notice, n);
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct notice){rows[i].id, rows[i].user_id, rows[i].event_text,
                               rows[i].at, rows[i].seen_at, rows[i].network_text};
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}

enum rc
notice_mailed(struct wtx *tx, struct notice_id id)
{
    wtx_allow_untouched(tx, "a notice went into the outbox");
    return notice_set_mailed(tx, &(struct notice_set_mailed_in){wtx_now(tx), id});
}

enum rc
notice_list(struct rtx *tx, struct user_id user, struct notice **ret_v, size_t *ret_n)
{
    struct notice_of_user_row *rows;
    size_t n;

    TRY(notice_of_user(tx, &(struct notice_of_user_in){user}, &rows, &n));
    struct notice *v = ARENA_ARRAY(rtx_mem(tx), struct notice, n);
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct notice){rows[i].id, rows[i].user_id, rows[i].event_text,
                               rows[i].at, rows[i].seen_at, rows[i].network_text};
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}

enum rc
notice_count_unseen(struct rtx *tx, struct user_id user, int64_t *ret_n)
{
    struct notice_unseen_count_row row;

    TRY(notice_unseen_count(tx, &(struct notice_unseen_count_in){user}, &row));
    *ret_n = row.notice_count;
    return OK;
}

enum rc
notice_was_told(struct rtx *tx, struct user_id user, enum event e, struct instant since,
                bool *ret_was)
{
    struct notice_told_count_row row;

    TRY(notice_told_count(tx, &(struct notice_told_count_in){user, str_of(event_name(e)), since},
                          &row));
    *ret_was = row.notice_count > 0;
    return OK;
}

enum rc
notice_seen(struct wtx *tx, struct user_id user)
{
    int64_t n;

    wtx_allow_untouched(tx, "notices were shown");
    return notice_set_seen(tx, &(struct notice_set_seen_in){wtx_now(tx), user}, &n);
}

enum rc
mail_prune(struct wtx *tx)
{
    int64_t n;

    wtx_allow_untouched(tx, "old mails and notices");
    TRY(mail_give_up_old(
        tx, &(struct mail_give_up_old_in){wtx_now(tx), {wtx_now(tx).us - US(MAIL_KEEP_S)}}, &n));
    TRY(mail_drop_old(tx, &(struct mail_drop_old_in){{wtx_now(tx).us - US(MAIL_KEEP_S)}}, &n));
    return notice_drop_old(tx, &(struct notice_drop_old_in){{wtx_now(tx).us - US(NOTICE_KEEP_S)}},
                           &n);
}
