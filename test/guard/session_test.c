/* Sessions: found and not found, rotation with lost answers and parallel requests, replay, bounds
 * of time and number, tickets, proofs, ends. */
#include "guard/session.h"

#include "desk.h"
#include "guard/policy.h"

enum { COOKIE = 96 };
static const struct session_from here = {.device = STR("Firefox, Linux"),
                                         .network = STR("192.0.2.0/24")};
static struct user_id mara, piet;

static void
begin_full(struct desk *d, struct user_id user, char cookie[COOKIE], struct session_id *ret_id)
{
    struct str c;

    assert_int_equal(session_begin_full(desk_write(d), user, &here, ret_id, &c), OK);
    desk_keep(c, cookie, COOKIE);
    desk_commit(d);
}

/* Who is it? The name is checked, the rest handed back (texts are gone with the transaction). */
static struct principal
find(struct desk *d, const char *cookie, struct session_use *ret_use)
{
    struct principal who;
    struct session_use use;

    assert_int_equal(session_find(desk_read(d), str_of(cookie), STR("nord.example"), &who, &use),
                     OK);
    desk_done(d);
    use.cookie = str_of(cookie);
    *ret_use = use;
    return who;
}

static bool
is_in(struct desk *d, const char *cookie)
{
    struct session_use use;

    return find(d, cookie, &use).user.n != 0;
}

/* What the dispatcher does at each request: find, and keep when due. True when a new cookie came.
 */
static bool
request(struct desk *d, char cookie[COOKIE], bool *ret_in)
{
    struct session_use use;
    struct str fresh = STR_NONE;
    const struct principal who = find(d, cookie, &use);

    *ret_in = who.user.n != 0;
    if (use.due) {
        assert_int_equal(session_keep(desk_write(d), &use, &fresh), OK);
        if (fresh.p != NULL) {
            desk_keep(fresh, cookie, COOKIE);
        }
        desk_commit(d);
    }
    return fresh.p != NULL;
}

static void
test_found(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE];
    struct session_id id;
    struct session_use use;
    struct principal who;

    begin_full(d, mara, cookie, &id);
    assert_int_equal(strlen(cookie), 64);
    assert_int_equal(session_find(desk_read(d), str_of(cookie), STR("nord.example"), &who, &use),
                     OK);
    assert_int_equal(who.user.n, mara.n);
    assert_int_equal(who.session.n, id.n);
    assert_int_equal(who.group, GROUP_ADMINISTRATOR);
    assert_true(str_eq(who.name, STR("Mara Tannhof")));
    assert_true(str_eq(who.login, STR("mara")));
    assert_true(may(&who, RIGHT_USER_ADMIN));
    assert_true(who.must_enrol); /* an administrator without a factor */
    assert_false(who.ticket);
    assert_true(session_is_fresh(&who, d->now));
    desk_done(d);
    /* The store has neither selector nor token: only hashes of 32 bytes. */
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM session WHERE"
                                 " length(selector_hash) = 32 AND length(token_hash) = 32"),
                     1);
}

static void
test_not_found(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE], bent[COOKIE];
    struct session_id id;
    struct session_use use;

    begin_full(d, mara, cookie, &id);
    assert_false(is_in(d, ""));
    assert_false(is_in(d, "x"));
    assert_false(is_in(d, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert_false(is_in(d, "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"));
    (void)snprintf(bent, sizeof(bent), "%s", cookie);
    bent[3] = bent[3] == 'A' ? 'B' : 'A'; /* another selector: unknown, not a replay */
    assert_int_equal(find(d, bent, &use).user.n, 0);
    assert_false(use.replay);
    assert_false(use.due);
    struct principal who;
    assert_int_equal(session_find(desk_read(d), STR_NONE, STR("nord.example"), &who, &use), OK);
    desk_done(d);
    assert_int_equal(who.user.n, 0);
    assert_true(is_in(d, cookie));
}

static void
test_rights_of_the_person(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE];
    char sql[160];
    struct session_id id;
    struct session_use use;

    begin_full(d, piet, cookie, &id);
    assert_false(may(&(struct principal){0}, RIGHT_SELF));
    struct principal who = find(d, cookie, &use);
    assert_true(may(&who, RIGHT_TIME_WRITE));
    assert_false(may(&who, RIGHT_USER_ADMIN));
    assert_false(who.must_enrol);
    (void)snprintf(sql, sizeof(sql),
                   "UPDATE \"user\" SET right_plus = %lld, right_minus = %lld WHERE id = %lld",
                   (1LL << RIGHT_USER_ADMIN) | (1LL << RIGHT_OPERATOR), 1LL << RIGHT_TIME_WRITE,
                   (long long)piet.n);
    desk_sql(d, "user", sql);
    who = find(d, cookie, &use); /* the next request */
    assert_false(may(&who, RIGHT_TIME_WRITE));
    assert_true(may(&who, RIGHT_USER_ADMIN));
    assert_false(may(&who, RIGHT_OPERATOR)); /* never a switch */
    assert_true(who.must_enrol);             /* who administers people needs a factor */
    desk_sql(d, "user", "UPDATE \"user\" SET right_plus = 0 WHERE login = 'piet'");
    assert_false(find(d, cookie, &use).must_enrol);
    desk_sql(d, "guard", "UPDATE credential SET factor_again = 1");
    who = find(d, cookie, &use); /* his factors were reset (AUTH-16) */
    assert_true(who.must_enrol && who.factor_demanded);
    desk_sql(d, "guard", "UPDATE credential SET factor_again = 0");
    (void)snprintf(sql, sizeof(sql),
                   "UPDATE \"user\" SET right_plus = 0, right_minus = 0 WHERE id = %lld",
                   (long long)piet.n);
    desk_sql(d, "user", sql);
}

/* AUTH-15: demanded of a group, with days to set it up that count from the demand or from the
 * person's own first day, whichever is later. */
static void
test_factor_demand(void **state)
{
    struct desk *d = *state;
    const int64_t day = 24 * 60 * 60 * INT64_C(1000000);
    const struct instant since = {100 * day};
    struct policy p = {.idle_s = POLICY_IDLE_S, .life_s = POLICY_LIFE_S, .grace_days = 3};
    char cookie[COOKIE];
    struct session_id id;
    struct session_use use;

    begin_full(d, piet, cookie, &id);
    const enum group group = find(d, cookie, &use).group;
    assert_false(policy_factor_demand(group, 0, since).is_made);
    p.factor_since[group] = since;
    policy_set(&p);
    const struct instant before = {99 * day};
    const struct instant after = {102 * day};
    assert_int_equal(policy_factor_demand(group, 0, before).due_at.us, 103 * day);
    assert_int_equal(policy_factor_demand(group, 0, after).due_at.us, 105 * day);
    assert_true(policy_factor_demand(GROUP_ADMINISTRATOR, 0, after).due_at.us == 0);
    assert_true(policy_factor_demand(GROUP_CRM_RECORDER, 1LL << RIGHT_USER_ADMIN, after).is_made);
    p.grace_days = 1000;
    policy_set(&p);
    assert_int_equal(policy_now()->grace_days, POLICY_GRACE_MAX_DAYS);

    p.grace_days = 1;
    p.factor_since[group] = d->now;
    policy_set(&p);
    struct principal who = find(d, cookie, &use);
    assert_true(who.factor_demanded && !who.must_enrol);
    assert_true(who.factor_due_at.us >= d->now.us + day);
    p.grace_days = 0;
    p.factor_since[group] = (struct instant){1};
    policy_set(&p);
    who = find(d, cookie, &use);
    assert_true(who.factor_demanded && who.must_enrol);
    assert_int_equal(who.factor_due_at.us, 0);
    policy_set(NULL);
    assert_false(find(d, cookie, &use).factor_demanded);
}

static void
test_known_password(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE];
    struct session_id id;
    struct session_use use;

    begin_full(d, piet, cookie, &id);
    desk_sql(d, "guard", "UPDATE credential SET must_change = 1");
    assert_true(find(d, cookie, &use).must_enrol);
    desk_sql(d, "guard", "UPDATE credential SET must_change = 0");
    assert_false(find(d, cookie, &use).must_enrol);
}

static void
test_locked(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE];
    struct session_id id;

    begin_full(d, piet, cookie, &id);
    desk_sql(d, "user", "UPDATE \"user\" SET user_state = 3 WHERE id = 2");
    assert_false(is_in(d, cookie));
    desk_sql(d, "user", "UPDATE \"user\" SET user_state = 2 WHERE id = 2");
    assert_true(is_in(d, cookie));
}

static void
test_idle_and_end(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE];
    struct session_id id;
    bool in;

    begin_full(d, mara, cookie, &id);
    desk_wait(d, POLICY_IDLE_S - 1);
    request(d, cookie, &in);
    assert_true(in); /* and it was used again */
    desk_wait(d, POLICY_IDLE_S - 1);
    assert_true(is_in(d, cookie));
    desk_wait(d, 1);
    assert_false(is_in(d, cookie));
    begin_full(d, mara, cookie, &id);
    for (int i = 0; i < 12 * 4 - 1; i++) { /* busy all day */
        desk_wait(d, 15 * 60);
        request(d, cookie, &in);
        assert_true(in);
    }
    desk_wait(d, 15 * 60 - 1);
    assert_true(is_in(d, cookie));
    desk_wait(d, 1);
    assert_false(is_in(d, cookie));
}

/* SES-03: tightened for sessions that stand already, and never loosened. */
static void
test_policy(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE];
    struct session_id id;
    struct session_row *rows;
    size_t n;
    bool in;

    begin_full(d, piet, cookie, &id);
    desk_wait(d, 5 * 60);
    assert_true(is_in(d, cookie));
    policy_set(&(struct policy){.idle_s = 5 * 60, .life_s = 60 * 60});
    assert_false(is_in(d, cookie));
    assert_int_equal(session_list(desk_read(d), piet, &rows, &n), OK);
    desk_done(d);
    assert_int_equal(n, 0);
    policy_set(NULL);
    assert_true(is_in(d, cookie));
    for (int i = 0; i < 5; i++) {
        desk_wait(d, 10 * 60);
        request(d, cookie, &in);
        assert_true(in);
    }
    desk_wait(d, 5 * 60); /* an hour old, at rest for five minutes */
    policy_set(&(struct policy){.idle_s = POLICY_IDLE_S, .life_s = 60 * 60});
    assert_false(is_in(d, cookie));
    assert_int_equal(session_prune(desk_write(d)), OK);
    desk_commit(d);
    begin_full(d, piet, cookie, &id);
    policy_set(NULL);
    desk_wait(d, 59 * 60);
    request(d, cookie, &in);
    assert_true(in);
    desk_wait(d, 60); /* what began under the short one keeps its end */
    assert_false(is_in(d, cookie));

    policy_set(&(struct policy){.idle_s = 1, .life_s = 1});
    assert_int_equal(policy_now()->idle_s, POLICY_IDLE_MIN_S);
    assert_int_equal(policy_now()->life_s, POLICY_LIFE_MIN_S);
    policy_set(&(struct policy){.idle_s = INT64_MAX, .life_s = INT64_MAX});
    assert_int_equal(policy_now()->idle_s, POLICY_IDLE_S);
    assert_int_equal(policy_now()->life_s, POLICY_LIFE_S);
    policy_set(NULL);
}

/* SES-06: the switch governs rest, codes and factors whatever else is set, also for sessions that
 * stand. */
static void
test_homebanking(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE];
    struct session_id id;
    const struct policy off = {.idle_s = 50 * 60, .life_s = 2 * 60 * 60, .grace_days = 9};
    struct policy on = off;

    begin_full(d, piet, cookie, &id);
    desk_wait(d, HOMEBANKING_IDLE_S);
    policy_set(&off);
    assert_false(policy_is_homebanking());
    assert_false(policy_factor_demand(GROUP_TEAM_LEADER, 0, d->now).is_made);
    assert_true(is_in(d, cookie));
    on.homebanking_since = d->now;
    policy_set(&on);
    assert_true(policy_is_homebanking());
    assert_false(is_in(d, cookie));
    assert_true(policy_now()->strict_codes);
    assert_int_equal(policy_now()->idle_s, HOMEBANKING_IDLE_S);
    assert_int_equal(policy_now()->life_s, off.life_s); /* not governed */
    const struct factor_demand demand = policy_factor_demand(GROUP_TEAM_LEADER, 0, d->now);
    assert_true(demand.is_made);
    assert_true(demand.due_at.us == 0); /* at once, no grace */
    policy_set(&off);
    assert_false(policy_now()->strict_codes);
    assert_true(is_in(d, cookie));
    policy_set(NULL);
}

static void
test_seen_once_a_minute(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE];
    struct session_id id;
    struct session_use use;
    bool in;

    begin_full(d, mara, cookie, &id);
    (void)find(d, cookie, &use);
    assert_true(use.due); /* its token is shown for the first time */
    assert_false(request(d, cookie, &in));
    desk_wait(d, SESSION_SEEN_S - 1);
    (void)find(d, cookie, &use);
    assert_false(use.due);
    desk_wait(d, 1);
    (void)find(d, cookie, &use);
    assert_true(use.due);
}

static void
test_rotation(void **state)
{
    struct desk *d = *state;
    char first[COOKIE], cookie[COOKIE], lost[COOKIE], parallel[COOKIE];
    struct session_id id;
    struct session_use use;
    bool in;

    begin_full(d, mara, cookie, &id);
    request(d, cookie, &in);
    (void)snprintf(first, sizeof(first), "%s", cookie);
    desk_wait(d, SESSION_ROTATE_S);
    (void)snprintf(parallel, sizeof(parallel), "%s", cookie);
    assert_true(request(d, cookie, &in)); /* the new one; say that this answer gets lost */
    assert_string_not_equal(cookie, first);
    (void)snprintf(lost, sizeof(lost), "%s", cookie);
    assert_true(request(d, parallel, &in)); /* the old one again: the same new one is handed out */
    assert_true(in);
    assert_string_equal(parallel, lost);
    desk_wait(d, 20 * 60); /* a laptop lid later the old one still leads to the new one */
    (void)snprintf(parallel, sizeof(parallel), "%s", first);
    assert_true(request(d, parallel, &in));
    assert_true(in);
    assert_string_equal(parallel, lost);
    /* The new one was shown at last: the old one lives 30 seconds more. */
    (void)snprintf(parallel, sizeof(parallel), "%s", lost);
    (void)find(d, lost, &use);
    assert_true(use.due);
    desk_sql(d, "guard", "UPDATE session SET turned_at = turned_at + 1200000000");
    assert_false(request(d, parallel, &in));
    desk_wait(d, SESSION_OLD_S);
    assert_true(is_in(d, first));
    desk_wait(d, 1);
    assert_false(is_in(d, first));
    assert_true(is_in(d, lost));
}

static void
test_replay(void **state)
{
    struct desk *d = *state;
    char old[COOKIE], cookie[COOKIE];
    struct session_id id;
    struct session_use use;
    struct str fresh;
    bool in;

    begin_full(d, mara, cookie, &id);
    request(d, cookie, &in);
    (void)snprintf(old, sizeof(old), "%s", cookie);
    desk_wait(d, SESSION_ROTATE_S);
    assert_true(request(d, cookie, &in));
    request(d, cookie, &in); /* shown */
    assert_true(is_in(d, old));
    desk_wait(d, SESSION_OLD_S + 1);
    const int64_t before = desk_events(d, "user.session_replay");
    assert_int_equal(find(d, old, &use).user.n, 0);
    assert_true(use.replay);
    assert_true(use.due);
    assert_int_equal(session_keep(desk_write(d), &use, &fresh), OK);
    assert_non_null(fresh.p);
    assert_int_equal(fresh.n, 0); /* take the cookie away */
    desk_commit(d);
    assert_int_equal(desk_events(d, "user.session_replay"), before + 1);
    assert_false(is_in(d, cookie)); /* the whole family has ended */
    /* And a request that was on its way finds nothing to keep. */
    use.cookie = str_of(cookie);
    assert_int_equal(session_keep(desk_write(d), &use, &fresh), OK);
    assert_null(fresh.p);
    desk_commit(d);
}

/* A thief of the database has hashes and salts; a thief of an old cookie has no key. */
static void
test_forged_token(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE];
    struct session_id id;
    struct session_use use;

    begin_full(d, mara, cookie, &id);
    cookie[40] = cookie[40] == 'A' ? 'B' : 'A'; /* known selector, foreign token */
    assert_int_equal(find(d, cookie, &use).user.n, 0);
    assert_true(use.replay);
}

static void
test_ticket(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE];
    struct session_use use;
    struct str c;
    int64_t left = 0;

    assert_int_equal(session_begin_ticket(desk_write(d), mara, &here, &c), OK);
    desk_keep(c, cookie, sizeof(cookie));
    desk_commit(d);
    const struct principal who = find(d, cookie, &use);
    assert_true(who.ticket);
    assert_false(who.must_enrol); /* the code is asked for first */
    assert_int_equal(who.rights, 0);
    assert_false(may(&who, RIGHT_SELF));
    for (int i = TICKET_TRIES - 1; i >= 0; i--) {
        assert_true(is_in(d, cookie));
        assert_int_equal(session_ticket_failed(desk_write(d), who.session, mara, &left), OK);
        desk_commit(d);
        assert_int_equal(left, i);
    }
    assert_false(is_in(d, cookie));
    assert_int_equal(session_ticket_failed(desk_write(d), who.session, mara, &left), RC_MISSING);
    desk_undo(d);
    assert_int_equal(session_begin_ticket(desk_write(d), mara, &here, &c), OK);
    desk_keep(c, cookie, sizeof(cookie));
    desk_commit(d);
    desk_wait(d, SESSION_TICKET_S - 1);
    assert_true(is_in(d, cookie));
    desk_wait(d, 1);
    assert_false(is_in(d, cookie));
}

static void
test_step_up(void **state)
{
    struct desk *d = *state;
    char cookie[COOKIE], next[COOKIE];
    struct session_id id;
    struct session_use use;
    struct str c;
    bool in;

    begin_full(d, mara, cookie, &id);
    request(d, cookie, &in);
    desk_wait(d, SESSION_STEP_UP_S);
    struct principal who = find(d, cookie, &use);
    assert_true(session_is_fresh(&who, d->now));
    desk_wait(d, 1);
    assert_false(session_is_fresh(&who, d->now));
    assert_int_equal(session_step_up(desk_write(d), id, str_of(cookie), &c), OK);
    desk_keep(c, next, sizeof(next));
    desk_commit(d);
    assert_string_not_equal(next, cookie);
    who = find(d, next, &use);
    assert_true(session_is_fresh(&who, d->now));
    /* Its successor is on its way: another proof with the old cookie makes no third token. */
    assert_int_equal(session_step_up(desk_write(d), id, str_of(cookie), &c), OK);
    assert_null(c.p);
    desk_commit(d);
    assert_int_equal(
        session_step_up(desk_write(d), (struct session_id){id.n + 1}, str_of(next), &c), RC_DENIED);
    desk_undo(d);
    assert_int_equal(session_step_up(desk_write(d), id, STR("x"), &c), RC_DENIED);
    desk_undo(d);
}

static void
test_at_most_ten(void **state)
{
    struct desk *d = *state;
    char cookies[SESSIONS_PER_USER + 1][COOKIE];
    struct session_id id;
    struct session_row *rows;
    size_t n;
    int64_t ended;

    assert_int_equal(session_end_all(desk_write(d), mara, (struct session_id){0}, &ended), OK);
    desk_commit(d);
    for (int i = 0; i <= SESSIONS_PER_USER; i++) {
        begin_full(d, mara, cookies[i], &id);
        desk_wait(d, 1);
    }
    assert_false(is_in(d, cookies[0])); /* the one that rested longest */
    for (int i = 1; i <= SESSIONS_PER_USER; i++) {
        assert_true(is_in(d, cookies[i]));
    }
    assert_int_equal(session_list(desk_read(d), mara, &rows, &n), OK);
    assert_int_equal(n, SESSIONS_PER_USER);
    assert_int_equal(rows[0].id.n, id.n);
    assert_true(str_eq(rows[0].device, STR("Firefox, Linux")));
    assert_true(str_eq(rows[0].network, STR("192.0.2.0/24")));
    desk_done(d);
    assert_int_equal(desk_events(d, "user.session_limit"), 1);
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM notice WHERE event_text = "
                                 "'user.session_limit'"),
                     1);
    /* Those that rested too long take nobody's place, and nobody is told of their end. */
    desk_wait(d, 60 * 60);
    begin_full(d, mara, cookies[0], &id);
    assert_int_equal(desk_events(d, "user.session_limit"), 1);
}

static void
test_ends(void **state)
{
    struct desk *d = *state;
    char one[COOKIE], two[COOKIE], other[COOKIE];
    struct session_id a, b, c;
    int64_t ended;

    begin_full(d, piet, one, &a);
    begin_full(d, piet, two, &b);
    begin_full(d, mara, other, &c);
    assert_int_equal(session_end(desk_write(d), mara, a), RC_MISSING); /* not hers */
    desk_undo(d);
    assert_int_equal(session_need(desk_read(d), piet, a), OK);
    desk_done(d);
    assert_int_equal(session_need(desk_read(d), mara, a), RC_MISSING);
    desk_done(d);
    assert_int_equal(session_end(desk_write(d), piet, a), OK);
    desk_commit(d);
    assert_false(is_in(d, one));
    begin_full(d, piet, one, &a);
    assert_int_equal(session_end_all(desk_write(d), piet, b, &ended), OK);
    desk_commit(d);
    assert_true(ended >= 1);
    assert_false(is_in(d, one));
    assert_true(is_in(d, two));
    assert_true(is_in(d, other));
    assert_int_equal(session_end_all(desk_write(d), piet, (struct session_id){0}, &ended), OK);
    desk_commit(d);
    assert_false(is_in(d, two));
}

static void
test_labels_and_prune(void **state)
{
    struct desk *d = *state;
    char longest[200];
    const struct session_from odd = {.network = STR_NONE};
    struct session_from wide = {.network = STR("x")};
    struct session_id id;
    struct str c;

    memset(longest, 'a', 59);
    (void)snprintf(longest + 59, sizeof(longest) - 59, "ü and more");
    wide.device = str_of(longest);
    assert_int_equal(session_begin_full(desk_write(d), piet, &wide, &id, &c), OK);
    desk_commit(d); /* cut before the letter that does not fit */
    assert_int_equal(session_begin_full(desk_write(d), piet, &odd, &id, &c), OK);
    desk_commit(d);
    assert_int_equal(
        desk_number(d, "guard",
                    "SELECT count(*) AS n_count FROM session WHERE length(device) = 59"),
        1);
    desk_wait(d, POLICY_IDLE_S);
    assert_int_equal(session_prune(desk_write(d)), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM session"), 0);
}

static void
test_console_names(void **state)
{
    (void)state;
    assert_string_equal(session_cookie(), "__Host-sid");
    assert_string_equal(session_device_cookie(), "__Host-dev");
    session_for_console();
    assert_string_equal(session_cookie(), "__Host-op");
    assert_string_equal(session_device_cookie(), "__Host-op-dev");
}

static int
setup(void **state)
{
    if (desk_setup(state) != 0) {
        return -1;
    }
    mara = desk_person(*state, "mara", GROUP_ADMINISTRATOR, 1);
    piet = desk_person(*state, "piet", GROUP_TIME_RECORDER_1, 2);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_rights_of_the_person),
        cmocka_unit_test(test_factor_demand),
        cmocka_unit_test(test_known_password),
        cmocka_unit_test(test_locked),
        cmocka_unit_test(test_idle_and_end),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_homebanking),
        cmocka_unit_test(test_seen_once_a_minute),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_forged_token),
        cmocka_unit_test(test_ticket),
        cmocka_unit_test(test_step_up),
        cmocka_unit_test(test_at_most_ten),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_labels_and_prune),
        cmocka_unit_test(test_console_names),
    };

    return cmocka_run_group_tests(tests, setup, desk_teardown);
}
