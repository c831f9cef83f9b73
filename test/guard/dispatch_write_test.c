/* The one way into a handler, from there on: work that waits, what is committed and what is not,
 * the same form twice, the session beside it, reading when nothing can be written, commands. */
#include "gate.h"
#include "guard/limit.h"
#include "guard/policy.h"

/* --- a disk that is nearly full (BAK-09) ------------------------------------------------------ */
static void
test_nearly_full(void **state)
{
    static const char *const go_on[] = {"/oft", "/export"}; /* one's own account; taking data out */
    struct desk *d = *state;
    plan.low = true;
    struct req rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    rq = form(d, "/zeiten");
    REFUSED(d, &rq, RC_IO, E_DISK_LOW, "bf");
    assert_int_equal(changes(d), 0);
    for (size_t i = 0; i < COUNT(go_on); i++) {
        rq = form(d, go_on[i]);
        SERVED(d, &rq, "bfP");
    }
    assert_int_equal(changes(d), 2);
    plan.low = false;
    rq = form(d, "/zeiten");
    SERVED(d, &rq, "bfP");
}

/* --- slow work ------------------------------------------------------------------------------- */
static void
test_parked(void **state)
{
    struct desk *d = *state;
    struct req rq = form(d, "/langsam");
    REFUSED(d, &rq, OK, E_NONE, "bfp");
    assert_true(rq.parked);
    rq.call.resumed = true; /* all is asked again, but for prepare */
    SERVED(d, &rq, "bfpbfP");
    assert_false(rq.parked);
    assert_int_equal(changes(d), 1);
    rq = ask(d, METHOD_GET, "/bild", cookie);
    SERVED(d, &rq, "mp");
    assert_true(rq.parked);
    plan.prepare_rc = RC_LIMIT;
    rq = form(d, "/langsam");
    REFUSED(d, &rq, RC_LIMIT, E_LIMIT, "bfp");
}

/* Who was signed out while the work was done is not served any more. */
static void
test_signed_out_while_parked(void **state)
{
    struct desk *d = *state;
    struct req rq = form(d, "/langsam");
    REFUSED(d, &rq, OK, E_NONE, "bfp");
    desk_sql(d, "guard", "DELETE FROM session");
    rq.call.resumed = true;
    REFUSED(d, &rq, RC_DENIED, E_SIGN_IN, "bfp");
}

/* --- writing --------------------------------------------------------------------------------- */
static void
test_change(void **state)
{
    struct desk *d = *state;
    struct req rq = form(d, "/zeiten");
    SERVED(d, &rq, "bfP");
    assert_int_equal(changes(d), 1);
    assert_int_equal(desk_events(d, "user.changed"), 1);
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM audit WHERE actor_user_id = 2"
                                 " AND event_text = 'user.changed'"),
                     1);
    plan.silent = true; /* a change that nobody audited */
    rq = form(d, "/ohne");
    REFUSED(d, &rq, RC_BROKEN, E_BROKEN, "bfP");
    plan.silent = false;
    plan.idle = true; /* an audit row of a change that was none */
    rq = form(d, "/ohne");
    REFUSED(d, &rq, RC_BROKEN, E_BROKEN, "bfP");
}

static void
test_refused_by_a_rule(void **state)
{
    struct desk *d = *state;
    static const enum rc mended[] = {RC_INVALID, RC_CONFLICT, RC_LIMIT};
    struct req rq;
    for (size_t i = 0; i < COUNT(mended); i++) { /* what the person can mend is shown again */
        plan.rc = mended[i];
        plan.code = E_STALE;
        rq = form(d, "/zeiten");
        REFUSED(d, &rq, OK, E_NONE, "bfPmA");
        assert_int_equal(rq.why, mended[i]);
        rq = form(d, "/ohne");
        REFUSED(d, &rq, mended[i], E_STALE, "bfP");
    }
    plan.rc = RC_DENIED;
    rq = form(d, "/zeiten");
    REFUSED(d, &rq, RC_DENIED, E_STALE, "bfP");
    plan.rc = RC_CONFLICT; /* nothing to say beside the form */
    plan.code = E_NONE;
    rq = form(d, "/zeiten");
    REFUSED(d, &rq, RC_CONFLICT, E_NONE, "bfP");
    plan.rc = OK;
    plan.fault = true;
    rq = form(d, "/zeiten");
    REFUSED(d, &rq, OK, E_NONE, "bfPmA");
    assert_int_equal(rq.why, RC_INVALID);
}

static void
test_busy(void **state)
{
    struct desk *d = *state;
    struct req rq = form(d, "/zeiten");
    plan.busy = 3;
    SERVED(d, &rq, "bfPPPP");
    assert_int_equal(changes(d), 1); /* of four tries one stands */
    assert_int_equal(desk_events(d, "user.changed"), 1);
    plan.busy = 4;
    rq = form(d, "/ohne");
    REFUSED(d, &rq, RC_BUSY, E_BUSY, "bfPPPP");
}

static void
test_once(void **state)
{
    struct desk *d = *state;
    char other[COOKIE];
    struct req rq = form(d, "/zeiten");
    SERVED(d, &rq, "bfP");
    rq = form(d, "/zeiten"); /* the same submission again leads to the same place */
    REFUSED(d, &rq, OK, E_NONE, "bf>");
    assert_str(rq.location, "/danach");
    rq = form(d, "/zeiten"); /* another text from the same page is another one */
    rq.call.body = STR("name=y");
    SERVED(d, &rq, "bfP");
    rq = form(d, "/ohne"); /* and so is another path */
    SERVED(d, &rq, "bfP");
    const struct user_id nele = desk_person(d, "nele", GROUP_TIME_RECORDER_1, 3);
    sign_in(d, nele, false, other); /* somebody else sends the same bytes */
    desk_sql(d, "guard",
             "UPDATE session SET form_secret = (SELECT form_secret FROM session"
             " WHERE user_id = 2)");
    rq = form(d, "/zeiten");
    rq.call.sid = str_of(other);
    SERVED(d, &rq, "bfP");
    rq = form(d, "/oft");
    SERVED(d, &rq, "bfP");
    rq = form(d, "/oft");
    SERVED(d, &rq, "bfP");
    for (int i = 0; i < 2; i++) { /* a key that is none */
        rq = form(d, "/zeiten");
        rq.call.body = STR("name=z");
        rq.once = STR("0123456789abcde");
        SERVED(d, &rq, "bfP");
    }
}

static void
test_once_ends(void **state)
{
    struct desk *d = *state;
    struct req rq = form(d, "/zeiten");
    SERVED(d, &rq, "bfP");
    desk_sql(d, "guard", "UPDATE once_key SET used_at = used_at - 86400000001");
    rq = form(d, "/ohne"); /* each new key clears away the old ones */
    SERVED(d, &rq, "bfP");
    rq = form(d, "/zeiten");
    SERVED(d, &rq, "bfP");
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM once_key"), 2);
}

/* --- the session ----------------------------------------------------------------------------- */
static void
test_session_is_kept(void **state)
{
    struct desk *d = *state;
    struct req rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    desk_wait(d, SESSION_ROTATE_S);
    rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    assert_int_equal(rq.call.new_sid.n, strlen(cookie));
    assert_false(str_eq(rq.call.new_sid, str_of(cookie)));
    assert_int_equal(
        desk_number(d, "guard", "SELECT count(*) AS n_count FROM session WHERE old_hash IS NULL"),
        0);
}

/* What nobody asked for is no activity: it is answered, and leaves session, token and the time of
 * the last use as they are (SES-03). */
static void
test_background(void **state)
{
    struct desk *d = *state;
    const char *seen = "SELECT max(seen_at) AS n_count FROM session";
    const int64_t before = desk_number(d, "guard", seen);
    desk_wait(d, SESSION_ROTATE_S);
    for (int i = 0; i < 3; i++) {
        struct req rq = ask(d, METHOD_GET, "/zeiten", cookie);
        rq.call.background = true;
        SERVED(d, &rq, "mG");
        assert_null(rq.call.new_sid.p);
        assert_int_equal(desk_number(d, "guard", seen), before);
        desk_wait(d, POLICY_IDLE_S / 4);
    }
    struct req rq = ask(d, METHOD_GET, "/zeiten", cookie);
    REFUSED(d, &rq, RC_DENIED, E_SIGN_IN, "");
}

/* A token that is too old was copied: whoever comes with it is nobody, and the family ends, also
 * when the page would have been refused anyway. */
static void
test_replay(void **state)
{
    struct desk *d = *state;
    char fresh[COOKIE];
    desk_wait(d, SESSION_ROTATE_S);
    struct req rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    desk_keep(rq.call.new_sid, fresh, sizeof(fresh));
    rq = ask(d, METHOD_GET, "/zeiten", fresh);
    SERVED(d, &rq, "mG");
    desk_wait(d, SESSION_OLD_S + 1);
    rq = ask(d, METHOD_GET, "/zeiten", cookie);
    REFUSED(d, &rq, RC_DENIED, E_SIGN_IN, "");
    assert_str(rq.call.new_sid, ""); /* the browser forgets it */
    assert_int_equal(desk_events(d, "user.session_replay"), 1);
    rq = ask(d, METHOD_GET, "/zeiten", fresh);
    REFUSED(d, &rq, RC_DENIED, E_SIGN_IN, "");
}

/* When nothing can be written people go on reading; what is due stays due, and a cookie that the
 * store does not know is not handed out. */
static void
test_reading_goes_on(void **state)
{
    struct desk *d = *state;
    desk_wait(d, SESSION_ROTATE_S);
    reopen(d, true);
    struct req rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    assert_null(rq.call.new_sid.p);
    rq = form(d, "/ohne");
    REFUSED(d, &rq, RC_CONFLICT, E_STORE_READ_ONLY, "bf");
    reopen(d, false);
    rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    assert_int_equal(rq.call.new_sid.n, strlen(cookie));
}

/* A copied token is refused even when its family cannot be ended now. */
static void
test_replay_while_read_only(void **state)
{
    struct desk *d = *state;
    desk_wait(d, SESSION_ROTATE_S);
    struct req rq = ask(d, METHOD_GET, "/zeiten", cookie);
    SERVED(d, &rq, "mG");
    desk_sql(d, "guard", "UPDATE session SET shown_at = turned_at");
    desk_wait(d, SESSION_OLD_S + 1);
    reopen(d, true);
    rq = ask(d, METHOD_GET, "/zeiten", cookie);
    assert_int_not_equal(go(d, &rq), OK);
    assert_string_equal(rq.asked, "");
    rq = ask(d, METHOD_GET, "/offen", cookie);
    assert_int_equal(go(d, &rq), RC_CONFLICT);
    reopen(d, false);
    rq = ask(d, METHOD_GET, "/zeiten", cookie);
    REFUSED(d, &rq, RC_DENIED, E_SIGN_IN, "");
    assert_int_equal(desk_events(d, "user.session_replay"), 1);
}

/* What must not happen is told, not passed over: here a clock that stands at zero. */
static void
test_session_is_broken(void **state)
{
    struct desk *d = *state;
    struct req rq = ask(d, METHOD_GET, "/zeiten", cookie);
    rq.call.now = INSTANT_NONE;
    REFUSED(d, &rq, RC_BROKEN, E_BROKEN, "mG");
    assert_non_null(strstr(rq.call.err.detail, "session: "));
}

/* --- counters and commands ------------------------------------------------------------------- */
static void
test_counters_are_written(void **state)
{
    struct desk *d = *state;
    const struct limit_try t = {.name = STR("mara"), .client = STR("192.0.2.7"), .user = mara};
    assert_int_equal(limit_failed(desk_read(d), &t), OK);
    desk_done(d);
    desk_wait(d, 2);
    reopen(d, true);
    struct req rq = ask(d, METHOD_GET, "/offen", NULL); /* the answer is not the counters' */
    SERVED(d, &rq, "mG");
    assert_true(limit_due(d->now));
    reopen(d, false);
    rq = ask(d, METHOD_GET, "/offen", NULL);
    SERVED(d, &rq, "mG");
    assert_false(limit_due(d->now));
    assert_int_equal(desk_events(d, "user.sign_in_refused"), 1);
}

static enum rc
command(struct desk *d, const char *name)
{
    const struct gate g = gate_of(d);
    arena_reset(d->mem);
    d->err = (struct err){0};
    return dispatch_command(&g, d->mem, d->now, str_of(name), NULL, NULL, &d->err);
}

static void
test_commands(void **state)
{
    struct desk *d = *state;
    assert_int_equal(command(d, "user.nothing"), RC_MISSING);
    assert_int_equal(d->err.code, E_MISSING);
    assert_int_equal(command(d, "user.change"), OK);
    assert_int_equal(changes(d), 1);
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM audit WHERE actor_user_id IS NULL"
                                 " AND reason_text = 'user.change'"),
                     1);
    plan.rc = RC_CONFLICT;
    plan.code = E_STORE_TAKEN;
    assert_int_equal(command(d, "user.change"), RC_CONFLICT);
    assert_int_equal(d->err.code, E_STORE_TAKEN);
    plan.rc = OK;
    plan.silent = true;
    assert_int_equal(command(d, "user.change"), RC_BROKEN);
    plan.silent = false;
    assert_int_equal(command(d, "user.look"), OK); /* it said that it only reads */
    assert_int_equal(changes(d), 1);
    assert_int_equal(desk_events(d, "user.changed"), 1);
    reopen(d, true);
    assert_int_equal(command(d, "user.change"), RC_CONFLICT);
    assert_int_equal(d->err.code, E_STORE_READ_ONLY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gate_setup, desk_teardown)
int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nearly_full),
        TEST(test_parked),
        TEST(test_signed_out_while_parked),
        TEST(test_change),
        TEST(test_refused_by_a_rule),
        TEST(test_busy),
        TEST(test_once),
        TEST(test_once_ends),
        TEST(test_session_is_kept),
        TEST(test_background),
        TEST(test_replay),
        TEST(test_reading_goes_on),
        TEST(test_replay_while_read_only),
        TEST(test_session_is_broken),
        TEST(test_counters_are_written),
        TEST(test_commands),
        TEST(test_background),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
