/* What nobody may do alone: each step of an order, each refusal, and that approvals count only
 * while their giver may give them. */
#include "guard/approval.h"

#include "desk.h"

enum { HOUR = 60 * 60, DAY = 24 * HOUR, WEEK = 7 * DAY };

static struct user_id mara, jette, ole, piet; /* three administrators and a recorder */

static int
setup(void **state)
{
    if (desk_setup(state) != 0) {
        return -1;
    }
    mara = desk_person(*state, "mara", GROUP_ADMINISTRATOR, 1);
    jette = desk_person(*state, "jette", GROUP_ADMINISTRATOR, 2);
    ole = desk_person(*state, "ole", GROUP_ADMINISTRATOR, 3);
    piet = desk_person(*state, "piet", GROUP_TIME_RECORDER_2, 4);
    return 0;
}

/* --- steps ----------------------------------------------------------------------------------- */
static enum rc
try_order(struct desk *d, enum approval_kind kind, struct user_id whose, struct user_id by,
          struct approval_id *ret_id)
{
    const struct approval_order o = {.kind = kind,
                                     .about = SUBJECT(user, whose),
                                     .concerned = whose,
                                     .by = by,
                                     .reason = STR("phone lost")};
    const enum rc rc = approval_order(desk_write(d), &o, ret_id);
    if (rc == OK) {
        desk_commit(d);
    } else {
        wtx_rollback(d->w);
    }
    return rc;
}

static struct approval_id
order(struct desk *d, struct user_id whose, struct user_id by)
{
    struct approval_id id = {0};
    assert_int_equal(try_order(d, APPROVAL_FACTOR_RESET, whose, by, &id), OK);
    return id;
}

static enum rc
end(struct desk *d, enum rc rc)
{
    if (rc == OK) {
        desk_commit(d);
    } else {
        wtx_rollback(d->w);
    }
    return rc;
}

static enum rc
give(struct desk *d, struct approval_id id, struct user_id by, bool *ret_granted)
{
    return end(d, approval_give(desk_write(d), id, by, ret_granted));
}

static void
refuses(struct desk *d, enum rc rc, enum rc want, enum code code)
{
    assert_int_equal(rc, want);
    assert_int_equal(d->err.code, code);
}

static struct approval
find(struct desk *d, struct approval_id id)
{
    struct approval a = {0};
    assert_int_equal(approval_find(desk_read(d), id, &a), OK);
    desk_done(d);
    return a;
}

static bool
due(struct desk *d, enum approval_kind kind, struct user_id whose)
{
    struct approval_id id;
    bool is_due;
    assert_int_equal(approval_due(desk_read(d), kind, SUBJECT(user, whose), &id, &is_due), OK);
    desk_done(d);
    return is_due;
}

static enum rc
done(struct desk *d, struct approval_id id)
{
    return end(d, approval_done(desk_write(d), id));
}

static void
tidy(struct desk *d)
{
    assert_int_equal(approval_tidy(desk_write(d)), OK);
    assert_int_equal(wtx_commit(d->w), OK);
}

static int64_t
notices(struct desk *d, struct user_id who, const char *event)
{
    char sql[220];
    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) AS n_count FROM notice WHERE user_id = %lld AND event_text = "
                   "'user.factor_reset_%s'",
                   (long long)who.n, event);
    return desk_number(d, "guard", sql);
}

/* --- the way through ------------------------------------------------------------------------- */
static void
test_two_approve_what_the_person_asked_for(void **state)
{
    struct desk *d = *state;
    const struct approval_id id = order(d, piet, piet);
    struct approval a = find(d, id);
    bool granted = true;
    bool has;

    assert_int_equal(a.state, APPROVAL_OPEN);
    assert_int_equal(a.subject_user.n, piet.n);
    assert_int_equal(a.needs, 2);
    assert_int_equal(a.given, 0);
    assert_true(str_eq(a.reason, STR("phone lost")));
    assert_int_equal(notices(d, piet, "ordered"), 1);
    assert_int_equal(notices(d, mara, "wanted"), 1);
    assert_int_equal(notices(d, jette, "wanted"), 1);
    assert_int_equal(notices(d, piet, "wanted"), 0);

    assert_int_equal(give(d, id, mara, &granted), OK);
    assert_false(granted);
    assert_int_equal(desk_events(d, "user.factor_reset_approved"), 1);
    assert_int_equal(approval_has_given(desk_read(d), id, mara, &has), OK);
    assert_true(has);
    desk_done(d);
    desk_wait(d, HOUR);
    assert_int_equal(give(d, id, jette, &granted), OK);
    assert_true(granted);
    assert_int_equal(notices(d, piet, "approved"), 1);
    assert_int_equal(notices(d, piet, "granted"), 1);
    a = find(d, id);
    assert_int_equal(a.state, APPROVAL_WAITING);
    assert_int_equal(a.given, 2);
    assert_int_equal(a.not_before_at.us, d->now.us + (int64_t)DAY * 1000000);

    assert_false(due(d, APPROVAL_FACTOR_RESET, piet));
    desk_wait(d, DAY - 1);
    assert_false(due(d, APPROVAL_FACTOR_RESET, piet));
    refuses(d, done(d, id), RC_CONFLICT, E_APPROVAL_ENDED);
    desk_wait(d, 1);
    assert_true(due(d, APPROVAL_FACTOR_RESET, piet));
    assert_int_equal(done(d, id), OK);
    assert_int_equal(find(d, id).state, APPROVAL_DONE);
    assert_int_equal(notices(d, piet, "done"), 1);
    assert_false(due(d, APPROVAL_FACTOR_RESET, piet));
    refuses(d, done(d, id), RC_CONFLICT, E_APPROVAL_ENDED);
}

static void
test_an_orderer_with_the_right_is_the_first(void **state)
{
    struct desk *d = *state;
    const struct approval_id id = order(d, jette, mara);
    bool granted;

    assert_int_equal(find(d, id).given, 1);
    assert_int_equal(notices(d, mara, "wanted"), 0);
    assert_int_equal(notices(d, ole, "wanted"), 1);
    refuses(d, give(d, id, mara, &granted), RC_CONFLICT, E_APPROVAL_TWICE);
    refuses(d, give(d, id, jette, &granted), RC_CONFLICT, E_APPROVAL_OWN);
    refuses(d, give(d, id, piet, &granted), RC_DENIED, E_APPROVAL_RIGHT);
    assert_int_equal(find(d, id).state, APPROVAL_OPEN);
    assert_int_equal(give(d, id, ole, &granted), OK);
    assert_true(granted);
    refuses(d, give(d, id, mara, &granted), RC_CONFLICT, E_APPROVAL_TWICE);
}

static void
test_a_third_comes_too_late(void **state)
{
    struct desk *d = *state;
    const struct approval_id id = order(d, piet, mara);
    bool granted;

    assert_int_equal(give(d, id, ole, &granted), OK);
    refuses(d, give(d, id, jette, &granted), RC_CONFLICT, E_APPROVAL_ENDED);
}

static void
test_an_administrator_who_asks_for_herself_gives_nothing(void **state)
{
    struct desk *d = *state;
    assert_int_equal(find(d, order(d, mara, mara)).given, 0);
}

static void
test_the_operator_waits_longer_and_needs_nobody(void **state)
{
    struct desk *d = *state;
    const struct user_id operator_ = {0};
    struct approval_id id;

    assert_int_equal(try_order(d, APPROVAL_FACTOR_RESET_LAST, mara, operator_, &id), OK);
    assert_int_equal(find(d, id).state, APPROVAL_WAITING);
    assert_int_equal(notices(d, mara, "last_ordered"), 1);
    assert_int_equal(notices(d, jette, "last_wanted"), 1);
    assert_false(due(d, APPROVAL_FACTOR_RESET, mara)); /* another kind */
    desk_wait(d, 3 * DAY - 1);
    assert_false(due(d, APPROVAL_FACTOR_RESET_LAST, mara));
    desk_wait(d, 1);
    assert_true(due(d, APPROVAL_FACTOR_RESET_LAST, mara));
}

/* --- who may order --------------------------------------------------------------------------- */
static void
test_orders_are_refused(void **state)
{
    struct desk *d = *state;
    struct approval_id id;
    struct approval_id other;

    refuses(d, try_order(d, APPROVAL_FACTOR_RESET, mara, piet, &id), RC_DENIED, E_APPROVAL_RIGHT);
    id = order(d, piet, piet);
    refuses(d, try_order(d, APPROVAL_FACTOR_RESET, piet, mara, &other), RC_CONFLICT,
            E_APPROVAL_OPEN);
    assert_int_equal(end(d, approval_cancel(desk_write(d), id, piet)), OK);
    for (int i = 0; i < 2; i++) {
        id = order(d, piet, piet);
        assert_int_equal(end(d, approval_cancel(desk_write(d), id, piet)), OK);
    }
    refuses(d, try_order(d, APPROVAL_FACTOR_RESET, piet, piet, &other), RC_LIMIT, E_APPROVAL_OFTEN);
    desk_wait(d, DAY);
    assert_int_equal(try_order(d, APPROVAL_FACTOR_RESET, piet, piet, &other), OK);
    assert_true(other.n > id.n);
}

static void
test_an_unknown_one_is_missing(void **state)
{
    struct desk *d = *state;
    const struct approval_id id = {99};
    bool granted;

    refuses(d, give(d, id, mara, &granted), RC_MISSING, E_MISSING);
    refuses(d, done(d, id), RC_MISSING, E_MISSING);
    refuses(d, end(d, approval_refuse(desk_write(d), id, mara)), RC_MISSING, E_MISSING);
    refuses(d, end(d, approval_cancel(desk_write(d), id, mara)), RC_MISSING, E_MISSING);
}

/* --- lowered rights -------------------------------------------------------------------------- */
static void
lower(struct desk *d, struct user_id who)
{
    char sql[120];
    (void)snprintf(sql, sizeof(sql), "UPDATE \"user\" SET group_no = 1 WHERE id = %lld",
                   (long long)who.n);
    desk_sql(d, "user", sql);
}

static void
test_a_lowered_right_gives_nothing(void **state)
{
    struct desk *d = *state;
    const struct approval_id id = order(d, piet, mara);
    bool granted = true;

    lower(d, mara);
    assert_int_equal(find(d, id).given, 0);
    assert_int_equal(give(d, id, jette, &granted), OK);
    assert_false(granted); /* mara's does not count any more */
    lower(d, ole);
    refuses(d, give(d, id, ole, &granted), RC_DENIED, E_APPROVAL_RIGHT);
    desk_sql(d, "user", "UPDATE \"user\" SET user_state = 3 WHERE login = 'jette'");
    assert_int_equal(find(d, id).given, 0);
}

static void
test_what_lost_its_approvals_is_not_due(void **state)
{
    struct desk *d = *state;
    const struct approval_id id = order(d, piet, mara);
    bool granted;

    assert_int_equal(give(d, id, jette, &granted), OK);
    desk_sql(d, "user", "UPDATE \"user\" SET right_minus = -1 WHERE login = 'jette'");
    tidy(d);
    assert_int_equal(find(d, id).state, APPROVAL_WAITING); /* there is time to mend it */
    desk_wait(d, DAY);
    assert_false(due(d, APPROVAL_FACTOR_RESET, piet));
    refuses(d, done(d, id), RC_CONFLICT, E_APPROVAL_ENDED);
    tidy(d);
    assert_int_equal(find(d, id).state, APPROVAL_EXPIRED);
    assert_int_equal(notices(d, piet, "expired"), 1);
}

/* --- stopping -------------------------------------------------------------------------------- */
static void
test_who_may_cancel(void **state)
{
    struct desk *d = *state;
    struct approval_id id = order(d, piet, mara);
    bool granted;

    refuses(d, end(d, approval_cancel(desk_write(d), id, jette)), RC_DENIED, E_APPROVAL_RIGHT);
    assert_int_equal(end(d, approval_cancel(desk_write(d), id, mara)), OK);
    assert_int_equal(find(d, id).state, APPROVAL_CANCELLED);
    assert_int_equal(find(d, id).ended_by.n, mara.n);
    refuses(d, end(d, approval_cancel(desk_write(d), id, mara)), RC_CONFLICT, E_APPROVAL_ENDED);
    refuses(d, give(d, id, jette, &granted), RC_CONFLICT, E_APPROVAL_ENDED);

    id = order(d, piet, mara);
    assert_int_equal(give(d, id, jette, &granted), OK);
    assert_int_equal(end(d, approval_cancel(desk_write(d), id, piet)), OK); /* while it waits */
    assert_int_equal(notices(d, piet, "cancelled"), 2);
    desk_wait(d, DAY);
    assert_false(due(d, APPROVAL_FACTOR_RESET, piet));

    id = order(d, piet, mara);
    assert_int_equal(end(d, approval_cancel(desk_write(d), id, (struct user_id){0})), OK);
}

static void
test_who_may_refuse(void **state)
{
    struct desk *d = *state;
    struct approval_id id = order(d, jette, mara);
    bool granted;

    refuses(d, end(d, approval_refuse(desk_write(d), id, piet)), RC_DENIED, E_APPROVAL_RIGHT);
    refuses(d, end(d, approval_refuse(desk_write(d), id, jette)), RC_CONFLICT, E_APPROVAL_OWN);
    assert_int_equal(end(d, approval_refuse(desk_write(d), id, ole)), OK);
    assert_int_equal(find(d, id).state, APPROVAL_REFUSED);
    assert_int_equal(notices(d, jette, "refused"), 1);
    refuses(d, give(d, id, ole, &granted), RC_CONFLICT, E_APPROVAL_ENDED);

    id = order(d, jette, mara);
    assert_int_equal(give(d, id, ole, &granted), OK);
    assert_int_equal(end(d, approval_refuse(desk_write(d), id, ole)), OK); /* thought again */
    assert_int_equal(find(d, id).state, APPROVAL_REFUSED);
}

/* --- running out ----------------------------------------------------------------------------- */
static void
test_runs_out_without_approvals(void **state)
{
    struct desk *d = *state;
    const struct approval_id id = order(d, piet, piet);
    struct approval a;
    bool found;
    bool granted;

    desk_wait(d, WEEK - 1);
    tidy(d);
    assert_int_equal(find(d, id).state, APPROVAL_OPEN);
    desk_wait(d, 1);
    refuses(d, give(d, id, mara, &granted), RC_CONFLICT, E_APPROVAL_ENDED);
    assert_int_equal(
        approval_under_way(desk_read(d), APPROVAL_FACTOR_RESET, SUBJECT(user, piet), &a, &found),
        OK);
    desk_done(d);
    assert_false(found); /* also before it was tidied away */
    tidy(d);
    assert_int_equal(find(d, id).state, APPROVAL_EXPIRED);
    tidy(d);
    assert_int_equal(notices(d, piet, "expired"), 1);
}

static void
test_runs_out_when_nobody_comes(void **state)
{
    struct desk *d = *state;
    const struct approval_id id = order(d, piet, mara);
    bool granted;

    assert_int_equal(give(d, id, jette, &granted), OK);
    desk_wait(d, DAY + WEEK - 1);
    assert_true(due(d, APPROVAL_FACTOR_RESET, piet));
    desk_wait(d, 1);
    assert_false(due(d, APPROVAL_FACTOR_RESET, piet));
    refuses(d, done(d, id), RC_CONFLICT, E_APPROVAL_ENDED);
}

static void
test_ended_ones_go_after_a_year(void **state)
{
    struct desk *d = *state;
    const struct approval_id id = order(d, piet, mara);

    assert_int_equal(end(d, approval_cancel(desk_write(d), id, mara)), OK);
    desk_wait(d, APPROVAL_KEEP_S - 1);
    tidy(d);
    assert_int_equal(find(d, id).state, APPROVAL_CANCELLED);
    desk_wait(d, 1);
    tidy(d);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM approval"), 0);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM approval_vote"), 0);
}

/* --- lists ----------------------------------------------------------------------------------- */
static void
test_lists(void **state)
{
    struct desk *d = *state;
    const struct approval_id first = order(d, piet, mara);
    const struct approval_id second = order(d, jette, mara);
    struct approval *v;
    struct approval_holder *h;
    size_t n;

    assert_int_equal(end(d, approval_cancel(desk_write(d), second, mara)), OK);
    assert_int_equal(approval_list(desk_read(d), APPROVAL_FACTOR_RESET, &v, &n), OK);
    assert_int_equal(n, 2);
    assert_int_equal(v[0].id.n, first.n); /* under way comes before what ended */
    assert_int_equal(v[1].id.n, second.n);
    desk_done(d);
    assert_int_equal(approval_holders(desk_read(d), APPROVAL_FACTOR_RESET, mara, &h, &n), OK);
    assert_int_equal(n, 2);
    desk_done(d);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, desk_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_two_approve_what_the_person_asked_for),
        TEST(test_an_orderer_with_the_right_is_the_first),
        TEST(test_a_third_comes_too_late),
        TEST(test_an_administrator_who_asks_for_herself_gives_nothing),
        TEST(test_the_operator_waits_longer_and_needs_nobody),
        TEST(test_orders_are_refused),
        TEST(test_an_unknown_one_is_missing),
        TEST(test_a_lowered_right_gives_nothing),
        TEST(test_what_lost_its_approvals_is_not_due),
        TEST(test_who_may_cancel),
        TEST(test_who_may_refuse),
        TEST(test_runs_out_without_approvals),
        TEST(test_runs_out_when_nobody_comes),
        TEST(test_ended_ones_go_after_a_year),
        TEST(test_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
