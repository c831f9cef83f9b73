/* The outbox: when it is tried again, what is kept; and the notices that
 * events leave by themselves. */
#include "guard/mail.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/frame.h"
#include "desk.h"
#include "guard/audit.h"
#include "guard/keys.h"

static struct user_id mara;

static const struct mail hello = {
    .kind = MAIL_TEST,
    .recipient = {"mara@linden.example", 19},
    .subject = {"Hello",               5 },
    .body = {"Hello there\n",       12}
};

static void
queue(struct desk *d, const struct mail *m)
{
    struct wtx *tx = desk_write(d);
    assert_int_equal(mail_queue(tx, m), OK);
    assert_int_equal(touch(tx, EVENT_ACCOUNT_CHANGED, SUBJECT(user, mara), NULL, NULL, NULL), OK);
    desk_commit(d);
}

static bool
due(struct desk *d, struct mail_due *ret_m)
{
    bool found;
    assert_int_equal(mail_next(desk_read(d), ret_m, &found), OK);
    desk_done(d);
    return found;
}

static void
is_delivered_once(void **state)
{
    struct desk *d = *state;
    struct mail_due m;
    struct mail_view *v;
    size_t n;
    int64_t count;

    (void)mail_was_queued();
    assert_false(due(d, &m));
    queue(d, &hello);
    assert_true(mail_was_queued());
    assert_false(mail_was_queued());
    assert_true(due(d, &m));
    assert_true(str_eq(m.body, STR("Hello there\n")));
    assert_int_equal(mail_delivered(desk_write(d), m.id, STR("250 2.0.0 ok\r\n"), STR("TLSv1.3"),
                                    STR("mail.linden.example:465")),
                     OK);
    desk_commit(d);
    assert_false(due(d, &m));
    assert_int_equal(mail_list(desk_read(d), &v, &n), OK);
    assert_int_equal(n, 1);
    assert_int_equal(v[0].state, MAIL_SENT);
    assert_true(str_eq(v[0].answer, STR("250 2.0.0 ok")));
    assert_true(str_eq(v[0].transport, STR("TLSv1.3")));
    desk_done(d);
    assert_int_equal(
        desk_number(d, "guard", "SELECT count(*) AS n_count FROM mail WHERE body IS NULL"), 1);
    assert_int_equal(mail_count(desk_read(d), MAIL_TEST, mara, (struct instant){1}, &count), OK);
    assert_int_equal(count, 0); /* it was nobody's */
    desk_done(d);
    /* A second answer finds nothing that waits. */
    assert_int_equal(mail_delivered(desk_write(d), m.id, STR(""), STR(""), STR("")), RC_CONFLICT);
    desk_undo(d);
}

/* Whoever reads the store, a backup or an export of it, cannot set somebody's password with it. */
static void
a_link_waits_sealed(void **state)
{
    struct desk *d = *state;
    struct mail_due m;
    struct mail with_link = hello;
    static const enum mail_kind kinds[] = {MAIL_INVITATION, MAIL_RESET, MAIL_DEVICE, MAIL_ADDRESS};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        with_link.kind = kinds[i];
        with_link.body = STR("https://nord.kontor.example/link/geheim\n");
        queue(d, &with_link);
        assert_int_equal(desk_number(d, "guard",
                                     "SELECT count(*) AS n_count FROM mail WHERE mail_state = 1 "
                                     "AND (instr(body, 'geheim') > 0 OR instr(body, 'link') > 0)"),
                         0);
        assert_true(due(d, &m));
        assert_true(str_eq(m.body, with_link.body));
        assert_int_equal(mail_delivered(desk_write(d), m.id, STR("250"), STR(""), STR("")), OK);
        desk_commit(d);
    }
    /* One that waited before this was so is sent as it is. */
    queue(d, &(struct mail){MAIL_RESET, {0}, hello.recipient, hello.subject, hello.body});
    desk_sql(d, "guard", "UPDATE mail SET body = 'as it was' WHERE mail_state = 1");
    assert_true(due(d, &m));
    assert_true(str_eq(m.body, STR("as it was")));
    assert_ok(mail_delivered(desk_write(d), m.id, STR("250"), STR(""), STR("")));
    desk_commit(d);
    /* What was moved here from another row, or is no such text, opens nothing. */
    static const char *const wrong[] = {
        "UPDATE mail SET body = 'sealed:zz' WHERE mail_state = 1",
        "UPDATE mail SET body = 'sealed:0102' WHERE mail_state = 1",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        queue(d, &with_link);
        desk_sql(d, "guard", wrong[i]);
        queue(d, &hello);
        assert_true(due(d, &m));
        assert_true(m.is_shut);
        assert_ok(
            mail_not_delivered(desk_write(d), &m, str_of(code_name(E_MAIL_SHUT)), STR(""), true));
        desk_commit(d);
        assert_true(due(d, &m)); /* the next one goes out */
        assert_false(m.is_shut);
        assert_str(m.body, "Hello there\n");
        assert_ok(mail_delivered(desk_write(d), m.id, STR("250"), STR(""), STR("")));
        desk_commit(d);
    }
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM mail WHERE mail_state = 3 AND "
                                 "body IS NULL AND answer = 'mail.shut'"),
                     2);
}

/* Whoever has the other end of a key channel answers one question so. */
static pid_t
keymgr_says(enum rc rc, int *ret_fd)
{
    static uint8_t in[4096];
    static uint8_t out[256];
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct frame f;
        struct frame_out o;
        if (frame_recv(pair[1], in, sizeof(in), &f) != OK) {
            _exit(1);
        }
        frame_begin(&o, out, sizeof(out), W_ERROR, f.id);
        frame_put_i64(&o, W_F_RC, rc);
        _exit(frame_send(pair[1], &o, -1) != OK);
    }
    close(pair[1]);
    *ret_fd = pair[0];
    return child;
}

/* The disk or keymgr is away for a moment: that is no attempt, and nothing is given up. */
static void
a_text_that_cannot_be_opened_now_waits(void **state)
{
    static const enum rc why[] = {RC_IO, RC_BUSY};
    struct desk *d = *state;
    const struct mail with_link = {MAIL_RESET, {0}, hello.recipient, hello.subject, hello.body};
    struct mail_due m;
    bool found;
    int fd;

    queue(d, &with_link);
    for (size_t i = 0; i <= sizeof(why) / sizeof(why[0]); i++) {
        const bool gone = i == sizeof(why) / sizeof(why[0]);
        const pid_t child = gone ? -1 : keymgr_says(why[i], &fd);
        keys_use(gone ? -1 : fd);
        assert_int_equal(mail_next(desk_read(d), &m, &found), gone ? RC_IO : why[i]);
        desk_done(d);
        assert_false(m.is_shut);
        if (!gone) {
            close(fd);
            assert_int_equal(waitpid(child, NULL, 0), child);
        }
        assert_int_equal(desk_number(d, "guard",
                                     "SELECT count(*) AS n_count FROM mail WHERE mail_state = 1 "
                                     "AND tries = 0 AND answer = '' AND body IS NOT NULL"),
                         1);
    }
    keys_use(d->keys);
    assert_true(due(d, &m)); /* at once, not after a pause */
    assert_str(m.body, "Hello there\n");
}

static void
waits_longer_each_time_and_ends(void **state)
{
    struct desk *d = *state;
    struct mail_due m;
    struct instant at;
    int64_t waited = 0;
    int tries = 0;

    queue(d, &hello);
    while (due(d, &m)) {
        assert_int_equal(mail_not_delivered(desk_write(d), &m, STR("no\xffway"),
                                            STR("mail.linden.example:465"), false),
                         OK);
        desk_commit(d);
        tries++;
        assert_int_equal(mail_next_at(desk_read(d), &at), OK);
        desk_done(d);
        if (at.us == 0) {
            break;
        }
        const int64_t wait = (at.us - d->now.us) / 1000000;
        assert_int_equal(wait, tries <= 9 ? 60 << (tries - 1) : 6 * 60 * 60);
        assert_false(due(d, &m));
        desk_wait(d, wait);
        waited += wait;
    }
    assert_int_equal(tries, MAIL_TRIES_MAX);
    assert_in_range(waited, 30 * 60 * 60, 60 * 60 * 60);
    assert_int_equal(
        desk_number(d, "guard",
                    "SELECT count(*) AS n_count FROM mail WHERE mail_state = 3 AND body IS NULL "
                    "AND answer = 'no'"),
        1);
}

static void
is_given_up_at_once_when_refused_for_ever(void **state)
{
    struct desk *d = *state;
    struct mail_due m;

    queue(d, &hello);
    assert_true(due(d, &m));
    assert_int_equal(mail_not_delivered(desk_write(d), &m, STR("550 no such person"),
                                        STR("mail.linden.example:465"), true),
                     OK);
    desk_commit(d);
    assert_false(due(d, &m));
    assert_int_equal(mail_again(desk_write(d), m.id), RC_CONFLICT);
    desk_undo(d);
}

static void
an_administrator_need_not_wait(void **state)
{
    struct desk *d = *state;
    struct mail_due m;

    queue(d, &hello);
    assert_true(due(d, &m));
    assert_int_equal(mail_not_delivered(desk_write(d), &m, STR("421 busy"),
                                        STR("mail.linden.example:465"), false),
                     OK);
    desk_commit(d);
    assert_false(due(d, &m));
    struct wtx *tx = desk_write(d);
    assert_int_equal(mail_again(tx, m.id), OK);
    assert_int_equal(touch(tx, EVENT_ACCOUNT_CHANGED, SUBJECT(user, mara), NULL, NULL, NULL), OK);
    desk_commit(d);
    assert_true(due(d, &m));
}

static void
what_is_no_message_is_refused(void **state)
{
    struct desk *d = *state;
    struct mail m = hello;

    m.recipient = STR("mara@linden.example\r\nRCPT TO:<x@y.example>");
    assert_int_equal(mail_queue(desk_write(d), &m), RC_INVALID);
    assert_int_equal(d->err.code, E_MAIL_ADDRESS);
    desk_undo(d);
    m = hello;
    m.subject = STR("a\r\nBcc: x@y.example");
    assert_int_equal(mail_queue(desk_write(d), &m), RC_BROKEN);
    desk_undo(d);
}

static void
events_leave_notices(void **state)
{
    struct desk *d = *state;
    struct notice *v;
    size_t n;
    int64_t count;

    struct wtx *tx = desk_write(d);
    assert_int_equal(touch(tx, EVENT_PASSWORD_CHANGED, SUBJECT(user, mara), NULL, NULL, NULL), OK);
    assert_int_equal(touch(tx, EVENT_ACCOUNT_CHANGED, SUBJECT(user, mara), NULL, NULL, NULL), OK);
    wtx_allow_untouched(tx, "test");
    desk_commit(d);
    assert_int_equal(notice_unmailed(desk_read(d), &v, &n), OK);
    assert_int_equal(n, 1);
    assert_int_equal(v[0].user.n, mara.n);
    assert_true(str_eq(v[0].event, STR("user.password_changed")));
    const struct notice_id id = v[0].id;
    desk_done(d);
    assert_int_equal(notice_mailed(desk_write(d), id), OK);
    desk_commit(d);
    assert_int_equal(notice_unmailed(desk_read(d), &v, &n), OK);
    assert_int_equal(n, 0);
    assert_int_equal(notice_count_unseen(d->r, mara, &count), OK);
    assert_int_equal(count, 1);
    desk_done(d);
    assert_int_equal(notice_seen(desk_write(d), mara), OK);
    desk_commit(d);
    assert_int_equal(notice_count_unseen(desk_read(d), mara, &count), OK);
    assert_int_equal(count, 0);
    assert_int_equal(notice_list(d->r, mara, &v, &n), OK);
    assert_true(n == 1 && v[0].seen_at.us == d->now.us);
    desk_done(d);
}

static void
the_outbox_says_how_it_stands(void **state)
{
    struct desk *d = *state;
    struct mail_due m;
    struct mail_sums s;
    struct instant last;
    int64_t n;
    const struct str via = STR("mail.linden.example:465");

    assert_ok(mail_summary(desk_read(d), &s));
    assert_true(s.waiting == 0 && s.sent == 0 && s.failed == 0 && s.oldest_at.us == 0);
    assert_str(s.answer, "");
    assert_ok(mail_use(d->r, via, (struct instant){1}, &n, &last));
    assert_true(n == 0 && last.us == 0);
    assert_rc(RC_MISSING, mail_need(d->r, (struct mail_id){77}));
    desk_done(d);
    queue(d, &hello);
    queue(d, &hello);
    const struct instant written = d->now;
    assert_true(due(d, &m));
    assert_ok(mail_need(desk_read(d), m.id));
    desk_done(d);
    assert_ok(mail_not_delivered(desk_write(d), &m, STR("421 busy"), via, false));
    desk_commit(d);
    assert_ok(mail_summary(desk_read(d), &s));
    assert_true(s.waiting == 2 && s.oldest_at.us == written.us);
    assert_str(s.answer, "421 busy");
    assert_str(s.via, "mail.linden.example:465");
    desk_done(d);
    desk_wait(d, 60);
    for (int i = 0; i < 2; i++) {
        assert_true(due(d, &m));
        assert_ok(i == 0 ? mail_delivered(desk_write(d), m.id, STR("ok"), STR(""), via)
                         : mail_not_delivered(desk_write(d), &m, STR("550"), via, true));
        desk_commit(d);
    }
    assert_ok(mail_summary(desk_read(d), &s));
    assert_true(s.waiting == 0 && s.sent == 1 && s.failed == 1 && s.oldest_at.us == 0);
    assert_ok(mail_use(d->r, via, written, &n, &last));
    assert_true(n == 1 && last.us == d->now.us);
    assert_ok(mail_use(d->r, STR("mail.ulmen.example:465"), written, &n, &last));
    assert_int_equal(n, 0);
    desk_done(d);
}

/* The way out has changed: whoever asks whether to look is told to. */
static void
another_way_wakes_the_post(void **state)
{
    (void)state;
    (void)mail_was_queued();
    mail_wake();
    assert_true(mail_was_queued());
    assert_false(mail_was_queued());
}

static void
what_nobody_takes_is_given_up(void **state)
{
    struct desk *d = *state;
    struct mail_due m;

    queue(d, &hello);
    desk_wait(d, MAIL_KEEP_S - 1);
    assert_ok(mail_prune(desk_write(d)));
    desk_commit(d);
    assert_true(due(d, &m));
    desk_wait(d, 1);
    assert_ok(mail_prune(desk_write(d)));
    desk_commit(d);
    assert_false(due(d, &m));
    assert_int_equal(
        desk_number(d, "guard",
                    "SELECT count(*) AS n_count FROM mail WHERE mail_state = 3 AND body IS NULL"),
        1);
}

static void
old_ones_go(void **state)
{
    struct desk *d = *state;
    struct mail_due m;

    queue(d, &hello);
    assert_true(due(d, &m));
    assert_int_equal(mail_delivered(desk_write(d), m.id, STR("ok"), STR(""), STR("")), OK);
    desk_commit(d);
    desk_wait(d, MAIL_KEEP_S - 10);
    assert_int_equal(mail_prune(desk_write(d)), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM mail"), 1);
    desk_wait(d, 10);
    assert_int_equal(mail_prune(desk_write(d)), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM mail"), 0);
}

static int
setup(void **state)
{
    if (desk_setup(state) != 0) {
        return -1;
    }
    mara = desk_person(*state, "mara", GROUP_TEAM_LEADER, 1);
    return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, desk_teardown)

static void
is_told_once(void **state)
{
    struct desk *d = *state;
    bool was;

    assert_int_equal(notice_to(desk_write(d), mara, EVENT_FACTOR_DUE_WEEK), OK);
    desk_commit(d);
    assert_int_equal(notice_was_told(desk_read(d), mara, EVENT_FACTOR_DUE_WEEK, d->now, &was), OK);
    assert_true(was);
    desk_done(d);
    assert_int_equal(notice_was_told(desk_read(d), mara, EVENT_FACTOR_DUE_DAY, d->now, &was), OK);
    assert_false(was);
    desk_done(d);
    assert_int_equal(notice_was_told(desk_read(d), mara, EVENT_FACTOR_DUE_WEEK,
                                     (struct instant){d->now.us + 1}, &was),
                     OK);
    assert_false(was);
    desk_done(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_delivered_once),
        TEST(a_link_waits_sealed),
        TEST(a_text_that_cannot_be_opened_now_waits),
        TEST(waits_longer_each_time_and_ends),
        TEST(is_given_up_at_once_when_refused_for_ever),
        TEST(an_administrator_need_not_wait),
        TEST(what_is_no_message_is_refused),
        TEST(events_leave_notices),
        TEST(is_told_once),
        TEST(the_outbox_says_how_it_stands),
        TEST(another_way_wakes_the_post),
        TEST(what_nobody_takes_is_given_up),
        TEST(old_ones_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
