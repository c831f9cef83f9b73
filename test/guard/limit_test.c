/* The throttle: what is free, how delays grow, that all spellings are one name, that known browsers
 * and strangers do not harm each other, what is written and what a new process knows. */
#include "guard/limit.h"

#include "desk.h"
#include "guard/policy.h"

static struct user_id mara;

static struct limit_try
by(const char *name, const char *client)
{
    return (struct limit_try){.name = str_of(name),
                              .client = str_of(client),
                              .network = STR("192.0.2.0/24"),
                              .user = mara};
}

/* Seconds to wait; 0: it may be tried. */
static int64_t
wait_of(struct desk *d, const struct limit_try *t)
{
    int64_t s = 0;
    const enum rc rc = limit_check(desk_read(d), t);

    if (rc == RC_LIMIT) {
        assert_true(d->err.code == E_LIMIT_WAIT || d->err.code == E_LIMIT_LINK);
        assert_int_equal(str_to_i64(str_of(d->err.arg), &s), OK);
        assert_true(s > 0);
    } else {
        assert_int_equal(rc, OK);
    }
    desk_done(d);
    return s;
}

static void
fail_once(struct desk *d, const struct limit_try *t)
{
    assert_int_equal(limit_failed(desk_read(d), t), OK);
    desk_done(d);
}

static void
pass(struct desk *d, const struct limit_try *t)
{
    assert_int_equal(limit_passed(desk_read(d), t), OK);
    desk_done(d);
}

static void
fresh(struct desk *d)
{
    limit_reset();
    desk_wait(d, 3 * LIMIT_KEEP_S);
}

static void
test_delays(void **state)
{
    static const int64_t delays[] = {0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900};
    struct desk *d = *state;

    fresh(d);
    for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
        char client[32];
        (void)snprintf(client, sizeof(client), "198.51.%zu.7", i); /* each from elsewhere */
        const struct limit_try t = by("mara", client);
        assert_int_equal(wait_of(d, &t), 0);
        fail_once(d, &t);
        assert_int_equal(wait_of(d, &t), delays[i]);
        desk_wait(d, delays[i]);
    }
    int64_t fails = 0;
    const struct limit_try m = by("mara", "203.0.113.9");
    assert_int_equal(limit_fails(desk_read(d), &m, &fails), OK);
    desk_done(d);
    assert_int_equal(fails, 16);
    /* Never a lock: after the wait it may be tried; what is right empties the bucket. */
    const struct limit_try t = by("mara", "203.0.113.9");
    assert_int_equal(wait_of(d, &t), 0);
    pass(d, &t);
    assert_int_equal(limit_fails(desk_read(d), &t, &fails), OK);
    desk_done(d);
    assert_int_equal(fails, 0);
    fail_once(d, &t);
    assert_int_equal(wait_of(d, &t), 0);
}

/* From the hundredth failure in a row strangers need a link, where links can be had: for a day, and
 * the person is told once. Without a mail server it stays at 900 seconds. */
static void
test_link_needed(void **state)
{
    struct desk *d = *state;

    for (int links = 0; links < 2; links++) {
        fresh(d);
        limit_links_on(links == 1);
        const int64_t told = desk_events(d, "user.browsers_barred");
        struct limit_try t = by("mara", "203.0.113.9");
        for (int i = 1; i <= LIMIT_LINK_FAILS + 1; i++) {
            fail_once(d, &t);
            const int64_t wait = wait_of(d, &t);
            if (i == LIMIT_LINK_FAILS - 1) {
                assert_int_equal(wait, LIMIT_DELAY_MAX_S);
            }
            desk_wait(d, LIMIT_DELAY_MAX_S);
            assert_int_equal(limit_flush(d->store, d->mem, d->now, &d->err), OK);
        }
        assert_int_equal(desk_events(d, "user.browsers_barred"), told + links);
        if (links == 0) {
            assert_int_equal(wait_of(d, &t), 0);
            continue;
        }
        assert_int_equal(limit_check(desk_read(d), &t), RC_LIMIT);
        assert_int_equal(d->err.code, E_LIMIT_LINK);
        desk_done(d);
        t.known_device = true; /* whoever took a link */
        assert_int_equal(wait_of(d, &t), 0);
        t.known_device = false;
        desk_wait(d, LIMIT_KEEP_S); /* never a lock */
        assert_int_equal(wait_of(d, &t), 0);
        fail_once(d, &t);
        assert_int_equal(wait_of(d, &t), 0);
    }
    limit_links_on(false);
}

/* Strangers who fail everywhere leave each name fewer free tries, for as long as they go on. */
static void
test_anomaly(void **state)
{
    struct desk *d = *state;
    char name[24], client[32];

    fresh(d);
    for (int i = 0; i < LIMIT_ANOMALY_FAILS; i++) {
        (void)snprintf(name, sizeof(name), "somebody%d", i);
        (void)snprintf(client, sizeof(client), "198.18.%d.7", i);
        const struct limit_try t = by(name, client);
        fail_once(d, &t);
    }
    const struct limit_try t = by("lene", "203.0.113.9");
    fail_once(d, &t);
    assert_int_equal(wait_of(d, &t), 0);
    fail_once(d, &t);
    assert_int_equal(wait_of(d, &t), 1); /* the second one, not the fifth */
    desk_wait(d, LIMIT_WINDOW_S);
    fail_once(d, &t);
    assert_int_equal(wait_of(d, &t), 0);
}

/* A counter that cannot be written (here: a clock at zero) stays due, and nothing half of it is
 * there. */
static void
test_not_written(void **state)
{
    struct desk *d = *state;
    const struct instant real = d->now;
    const struct limit_try t = by("anni", "203.0.113.5");

    fresh(d);
    d->now = INSTANT_NONE;
    fail_once(d, &t);
    d->now = (struct instant){2000000};
    assert_true(limit_due(d->now));
    const int64_t before = desk_events(d, "user.sign_in_refused");
    assert_int_equal(limit_flush(d->store, d->mem, d->now, &d->err), RC_BROKEN);
    assert_int_equal(d->err.code, E_BROKEN);
    assert_true(limit_due(d->now));
    assert_int_equal(desk_events(d, "user.sign_in_refused"), before);
    d->now = real;
}

static void
test_spellings(void **state)
{
    struct desk *d = *state;
    static const char *const spellings[] = {"Müller", "MÜLLER", "mueller", " müller ",
                                            "mu\xcc\x88ller"};

    fresh(d);
    for (size_t i = 0; i < 5; i++) {
        const struct limit_try t = by(spellings[i], "");
        fail_once(d, &t);
    }
    const struct limit_try t = by("Mueller", "");
    assert_int_equal(wait_of(d, &t), 1);
    const struct limit_try other = by("Maler", "203.0.113.77");
    assert_int_equal(wait_of(d, &other), 0);
}

/* Names that nobody has count in the same way: nothing tells them apart (AUTH-05). */
static void
test_unknown_names(void **state)
{
    struct desk *d = *state;
    struct limit_try t = by("niemand", "203.0.113.9");

    fresh(d);
    t.user = (struct user_id){0};
    for (int i = 0; i < 6; i++) {
        fail_once(d, &t);
    }
    assert_int_equal(wait_of(d, &t), 2);
}

static void
test_networks(void **state)
{
    struct desk *d = *state;
    char name[16], client[32];

    fresh(d);
    for (int i = 0; i < LIMIT_NETWORK_FAILS; i++) { /* another name from another host each time */
        (void)snprintf(name, sizeof(name), "n%d", i);
        (void)snprintf(client, sizeof(client), "203.0.113.%d", i + 1);
        const struct limit_try t = by(name, client);
        assert_int_equal(wait_of(d, &t), 0);
        fail_once(d, &t);
    }
    struct limit_try t = by("other", "203.0.113.200");
    assert_int_equal(wait_of(d, &t), LIMIT_WINDOW_S);
    t.client = STR("::ffff:203.0.113.9"); /* the same network, written otherwise */
    assert_int_equal(wait_of(d, &t), LIMIT_WINDOW_S);
    t.client = STR("203.0.114.1");
    assert_int_equal(wait_of(d, &t), 0);
    t.known_device = true; /* a colleague in the same house */
    t.client = STR("203.0.113.9");
    assert_int_equal(wait_of(d, &t), 0);
    t.known_device = false;
    desk_wait(d, LIMIT_WINDOW_S);
    assert_int_equal(wait_of(d, &t), 0);
    /* IPv6 by /56; what is no address is one network. */
    for (int i = 0; i < LIMIT_NETWORK_FAILS; i++) {
        (void)snprintf(client, sizeof(client), "2001:db8:1:2%02x::%x", (unsigned)i,
                       (unsigned)i + 1);
        t = by("", client);
        fail_once(d, &t);
    }
    t = by("", "2001:db8:1:2ff::1");
    assert_true(wait_of(d, &t) > 0);
    t = by("", "2001:db8:1:300::1");
    assert_int_equal(wait_of(d, &t), 0);
    for (int i = 0; i < LIMIT_NETWORK_FAILS; i++) {
        t = by("", i % 2 == 0 ? "" : "@unix");
        fail_once(d, &t);
    }
    assert_true(wait_of(d, &t) > 0);
    t = by("", "a text that is much too long to be any kind of internet address");
    assert_true(wait_of(d, &t) > 0);
}

static void
test_known_browser(void **state)
{
    struct desk *d = *state;
    struct limit_try stranger = by("mara", "203.0.113.9");
    struct limit_try home = by("mara", "198.51.100.3");

    fresh(d);
    home.known_device = true;
    home.device[0] = 7;
    for (int i = 0; i < 15; i++) {
        fail_once(d, &stranger);
    }
    assert_true(wait_of(d, &stranger) > 0);
    assert_int_equal(wait_of(d, &home), 0); /* strangers do not lock the person out */
    for (int i = 0; i < LIMIT_DEVICE_FAILS; i++) {
        assert_int_equal(wait_of(d, &home), 0);
        fail_once(d, &home);
    }
    assert_int_equal(wait_of(d, &home), LIMIT_WINDOW_S);
    struct limit_try other_home = home;
    other_home.device[0] = 8;
    assert_int_equal(wait_of(d, &other_home), 0); /* that browser only */
    desk_wait(d, LIMIT_WINDOW_S);
    assert_int_equal(wait_of(d, &home), 0);
    /* Who gets in from the known browser does not help the stranger. */
    fail_once(d, &stranger);
    const int64_t before = wait_of(d, &stranger);
    pass(d, &home);
    assert_int_equal(wait_of(d, &stranger), before);
}

/* SES-06: five in a row close a door for 15 minutes, each door by itself. */
static void
test_homebanking(void **state)
{
    struct desk *d = *state;
    const struct limit_try stranger = by("mara", "203.0.113.9");
    struct limit_try home = by("mara", "198.51.100.3");

    policy_set(&(struct policy){.homebanking_since = d->now});
    fresh(d);
    home.known_device = true;
    home.device[0] = 9;
    for (int i = 0; i < HOMEBANKING_FAILS; i++) {
        assert_int_equal(wait_of(d, &stranger), 0);
        fail_once(d, &stranger);
    }
    assert_int_equal(wait_of(d, &stranger), LIMIT_DELAY_MAX_S);
    assert_int_equal(wait_of(d, &home), 0); /* strangers do not lock the person out */
    desk_wait(d, LIMIT_DELAY_MAX_S);        /* then one try for each wait, until one is right */
    assert_int_equal(wait_of(d, &stranger), 0);
    fail_once(d, &stranger);
    assert_int_equal(wait_of(d, &stranger), LIMIT_DELAY_MAX_S);
    /* Four, a pause that is too short to count as an end, and the fifth closes. */
    for (int i = 1; i < HOMEBANKING_FAILS; i++) {
        fail_once(d, &home);
        desk_wait(d, LIMIT_WINDOW_S / 2);
        assert_int_equal(wait_of(d, &home), 0);
    }
    fail_once(d, &home);
    assert_int_equal(wait_of(d, &home), LIMIT_WINDOW_S);
    struct limit_try other_home = home;
    other_home.device[0] = 10;
    assert_int_equal(wait_of(d, &other_home), 0); /* that browser only */
    desk_wait(d, LIMIT_WINDOW_S);
    assert_int_equal(wait_of(d, &home), 0);
    fail_once(d, &home);
    assert_int_equal(wait_of(d, &home), 0); /* a pause of 15 minutes ended the row */
    policy_set(NULL);
}

static void
flush(struct desk *d)
{
    arena_reset(d->mem);
    if (limit_flush(d->store, d->mem, d->now, &d->err) != OK) {
        FAIL_TEST("flush: %s %s", code_name(d->err.code), d->err.detail);
    }
}

static void
test_written(void **state)
{
    struct desk *d = *state;
    const struct limit_try t = by("mara", "203.0.113.9");
    struct limit_try nobody = by("niemand", "203.0.113.9");

    fresh(d);
    nobody.user = (struct user_id){0};
    assert_false(limit_due(d->now));
    const int64_t before = desk_events(d, "user.sign_in_refused");
    for (int i = 0; i < 7; i++) {
        fail_once(d, &t);
    }
    fail_once(d, &nobody);
    assert_true(limit_due(d->now));
    flush(d);
    assert_false(limit_due(d->now));
    assert_int_equal(desk_events(d, "user.sign_in_refused"), before + 2); /* one for each name */
    assert_int_equal(
        desk_number(d, "guard",
                    "SELECT count(*) AS n_count FROM audit WHERE event_text ="
                    " 'user.sign_in_refused' AND subject_number = 1 AND fields_text ="
                    " 'tries' || char(9) || char(9) || '7' || char(10) AND network_text ="
                    " '192.0.2.0/24'"),
        1);
    fail_once(d, &t);
    assert_false(limit_due(d->now)); /* at most once a second */
    flush(d);
    desk_wait(d, 1);
    assert_true(limit_due(d->now));
    flush(d);
    assert_int_equal(desk_events(d, "user.sign_in_refused"), before + 3);
    /* A new process reads it back. */
    const int64_t wait = wait_of(d, &t);
    assert_true(wait > 0);
    limit_reset();
    assert_int_equal(wait_of(d, &t), wait);
    /* No name and no address is in the table. */
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM throttle WHERE"
                                 " length(bucket) <> 32"),
                     0);
    desk_wait(d, LIMIT_KEEP_S);
    assert_int_equal(wait_of(d, &t), 0);
    assert_int_equal(limit_prune(desk_write(d)), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM throttle"), 0);
}

/* A wrong second factor behind a right password is told of and counted with the bucket, in the one
 * transaction that a wrong password costs too; that a passkey may have been copied outweighs. */
static void
test_factor_failures(void **state)
{
    struct desk *d = *state;
    struct limit_try t = by("mara", "203.0.113.9");
    struct password_state p;

    fresh(d);
    const int64_t refused = desk_events(d, "user.sign_in_refused");
    const int64_t factor = desk_events(d, "user.factor_refused");
    const int64_t counter = desk_events(d, "user.passkey_counter");
    const int64_t known = desk_events(d, "user.password_known");
    t.factor = EVENT_FACTOR_REFUSED;
    fail_once(d, &t);
    fail_once(d, &t);
    flush(d);
    flush(d);
    assert_int_equal(desk_events(d, "user.factor_refused"), factor + 1);
    assert_int_equal(password_state(desk_read(d), mara, &p), OK);
    desk_done(d);
    assert_int_equal(p.factor_fails, 2);
    desk_wait(d, 1);
    t.factor = EVENT_PASSKEY_COUNTER;
    fail_once(d, &t);
    t.factor = EVENT_FACTOR_REFUSED;
    fail_once(d, &t);
    flush(d);
    assert_int_equal(desk_events(d, "user.passkey_counter"), counter + 1);
    assert_int_equal(desk_events(d, "user.factor_refused"), factor + 1);
    assert_int_equal(desk_events(d, "user.sign_in_refused"), refused);
    assert_int_equal(password_state(desk_read(d), mara, &p), OK);
    desk_done(d);
    assert_int_equal(p.factor_fails, 4);
    desk_wait(d, 1);
    fail_once(d, &t);
    pass(d, &t); /* told of, but the row of failures has ended */
    flush(d);
    assert_int_equal(desk_events(d, "user.factor_refused"), factor + 2);
    assert_int_equal(password_state(desk_read(d), mara, &p), OK);
    desk_done(d);
    assert_int_equal(p.factor_fails, 4);
    for (int i = 0; i < FACTOR_FAILS_MAX; i++) {
        desk_wait(d, LIMIT_DELAY_MAX_S);
        fail_once(d, &t);
        flush(d);
    }
    assert_int_equal(password_state(desk_read(d), mara, &p), OK);
    desk_done(d);
    assert_true(p.must_change);
    assert_int_equal(desk_events(d, "user.password_known"), known + 1);
}

/* More names than memory holds: who failed before is not forgotten, it is read back. */
static void
test_flood(void **state)
{
    struct desk *d = *state;
    const struct limit_try t = by("mara", "203.0.113.9");
    char name[24];

    fresh(d);
    for (int i = 0; i < 10; i++) {
        fail_once(d, &t);
    }
    flush(d);
    desk_wait(d, 1);
    const int64_t before = wait_of(d, &t);
    for (int i = 0; i < LIMIT_BUCKETS + 50; i++) {
        (void)snprintf(name, sizeof(name), "flood%d", i);
        const struct limit_try f = by(name, "198.51.100.1");
        assert_int_equal(limit_passed(desk_read(d), &f),
                         OK); /* a bucket in memory, nothing to write */
        desk_done(d);
    }
    assert_int_equal(wait_of(d, &t), before);
    /* All dirty at once: it goes on, and everything that is left is written. */
    for (int i = 0; i < LIMIT_BUCKETS + 50; i++) {
        (void)snprintf(name, sizeof(name), "dirty%d", i);
        const struct limit_try f = by(name, "198.51.100.1");
        fail_once(d, &f);
    }
    assert_true(limit_due(d->now));
    flush(d);
    assert_false(limit_due(d->now));
}

static int
setup(void **state)
{
    if (desk_setup(state) != 0) {
        return -1;
    }
    mara = desk_person(*state, "mara", GROUP_ADMINISTRATOR, 1);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays),          cmocka_unit_test(test_link_needed),
        cmocka_unit_test(test_anomaly),         cmocka_unit_test(test_homebanking),
        cmocka_unit_test(test_spellings),       cmocka_unit_test(test_not_written),
        cmocka_unit_test(test_unknown_names),   cmocka_unit_test(test_networks),
        cmocka_unit_test(test_known_browser),   cmocka_unit_test(test_written),
        cmocka_unit_test(test_factor_failures), cmocka_unit_test(test_flood),
    };

    return cmocka_run_group_tests(tests, setup, desk_teardown);
}
