/* Passwords: the policy's bounds, the row that only fits its person and generation, equal work for
 * names that nobody has, what rises and what falls with failures. */
#include "guard/password.h"

#include <sys/resource.h>

#include "desk.h"

/* --- policy ---------------------------------------------------------------------------------- */
static void
expect(struct desk *d, enum code code, const char *arg, const char *password, bool has_factor)
{
    const struct password_context about = {.login = STR("mara"),
                                           .first_name = STR("Mara"),
                                           .last_name = STR("Tannhof"),
                                           .email = STR("mt.kiel@lindenkai.example"),
                                           .workspace = STR("Lindenkai Studio GmbH"),
                                           .has_factor = has_factor};
    struct err err = {0};
    const enum rc rc = password_check(d->mem, &err, str_of(password), &about);

    if (rc != (code == E_NONE ? OK : RC_INVALID) || err.code != code || strcmp(err.arg, arg) != 0) {
        FAIL_TEST("%s: %d %s %s", password, (int)rc, code_name(err.code), err.arg);
    }
    if (code != E_NONE) {
        assert_string_equal(err.field, "password");
    }
}

static void
test_policy(void **state)
{
    struct desk *d = *state;
    char text[600];

    expect(d, E_PASSWORD_SHORT, "15", "gnR4;xw!pLq2vT", false); /* 14 */
    expect(d, E_NONE, "", "gnR4;xw!pLq2vTz", false);            /* 15 */
    expect(d, E_PASSWORD_SHORT, "8", "gnR4;xw", true);          /* 7 */
    expect(d, E_NONE, "", "gnR4;xw!", true);                    /* 8 */
    expect(d, E_PASSWORD_SHORT, "8", "ü€ñ漢字ñ€", true);        /* points, not bytes */
    expect(d, E_NONE, "", "ü€ñ漢字ñ€ø", true);
    expect(d, E_PASSWORD_COMMON, "", "passwort2026", true);
    expect(d, E_PASSWORD_COMMON, "", "qwertzuiopasdfgh", false);
    expect(d, E_PASSWORD_COMMON, "", "aB3aB3aB3aB3aB3", false);
    expect(d, E_PASSWORD_OBVIOUS, "", "Mara.Tannhof.1984", false);
    expect(d, E_PASSWORD_OBVIOUS, "", "Lindenkai-Studio-1", false);
    expect(d, E_PASSWORD_OBVIOUS, "", "mt.kiel99", true);
    expect(d, E_PASSWORD_OBVIOUS, "", "Kontor_Kontor", true);
    expect(d, E_NONE, "", "krabbenkutter", true);
    password_for_host(STR("krabbenkutter.moewe.example"));
    expect(d, E_PASSWORD_OBVIOUS, "", "Krabbenkutter-99", false);
    expect(d, E_PASSWORD_OBVIOUS, "", "krabbenkutter.moewe.example", false);
    expect(d, E_PASSWORD_OBVIOUS, "", "m0ewe:1999-2026", false);
    password_for_host(STR(""));
    for (size_t i = 0; i < 128; i++) {
        text[i] = (char)('!' + (i * 37 + i / 9) % 90);
    }
    text[128] = '\0';
    expect(d, E_NONE, "", text, false);
    text[128] = 'x';
    text[129] = '\0';
    expect(d, E_PASSWORD_LONG, "", text, false);
    memset(text, 'y', 513);
    text[513] = '\0';
    expect(d, E_PASSWORD_LONG, "", text, false);
}

static void
test_bytes(void **state)
{
    struct desk *d = *state;
    struct str a, b;
    char text[700] = "";

    /* The same letters from another keyboard: composed and decomposed, wide and narrow. */
    assert_int_equal(password_bytes(d->mem, NULL, STR("Fo\xcc\x88rde \xef\xbc\x91"), &a), OK);
    assert_int_equal(password_bytes(d->mem, NULL, STR("F\xc3\xb6rde 1"), &b), OK);
    assert_true(str_eq(a, b));
    /* One ligature of 18 letters: small on the wire, too long when written out. */
    for (int i = 0; i < 30; i++) {
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "\xef\xb7\xba");
    }
    assert_int_equal(password_bytes(d->mem, &d->err, str_of(text), &a), RC_INVALID);
    assert_int_equal(d->err.code, E_PASSWORD_LONG);
    d->err = (struct err){0};
}

static void
test_orders(void **state)
{
    struct hash_order o = hash_order_new();
    const struct hash_order other = hash_order_new();
    uint8_t a[HASH_TAG], b[HASH_TAG];
    struct err err = {0};

    (void)state;
    assert_memory_not_equal(o.salt, other.salt, HASH_SALT);
    assert_true(hash_order_sound(&o));
    assert_false(hash_order_sound(&(struct hash_order){.ops = 1, .mem_kib = 65536}));
    assert_false(hash_order_sound(&(struct hash_order){.ops = 9, .mem_kib = 65536}));
    assert_false(hash_order_sound(&(struct hash_order){.ops = 3, .mem_kib = 1024}));
    assert_false(hash_order_sound(&(struct hash_order){.ops = 3, .mem_kib = 2097152}));
    o.mem_kib = HASH_MEM_KIB_MIN;
    o.ops = HASH_OPS_MIN;
    assert_int_equal(password_hash_now(&err, STR("Nebelhorn"), &o, a), OK);
    assert_int_equal(password_hash_now(&err, STR("Nebelhorn"), &o, b), OK);
    assert_memory_equal(a, b, HASH_TAG);
    assert_int_equal(password_hash_now(&err, STR("nebelhorn"), &o, b), OK);
    assert_memory_not_equal(a, b, HASH_TAG);
    assert_int_equal(password_hash_now(&err, STR(""), &o, b), OK);
    o.ops = 0;
    assert_int_equal(password_hash_now(&err, STR("x"), &o, b), RC_INVALID);
}

/* Without memory for it nothing is hashed with less, or not at all. Not there in an instrumented
 * build: the sanitizer itself ends the program when it gets no pages. */
#ifndef __SANITIZE_ADDRESS__
static void
test_no_memory(void **state)
{
    struct desk *d = *state;
    const struct hash_order o = hash_order_new();
    struct rlimit before;
    uint8_t tag[HASH_TAG];

    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    const struct rlimit none = {.rlim_cur = 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &none), 0); /* no new pages from here */
    const enum rc rc = password_hash_now(&d->err, STR("Nebelhorn"), &o, tag);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(rc, RC_LIMIT);
    assert_int_equal(d->err.code, E_HASH);
    d->err = (struct err){0};
}
#endif

/* --- the row --------------------------------------------------------------------------------- */
static bool
is_right(struct desk *d, struct user_id user, uint8_t seed)
{
    bool right = false;

    assert_int_equal(password_right(desk_read(d), user, desk_tag(seed), &right), OK);
    desk_done(d);
    return right;
}

static void
test_right_and_wrong(void **state)
{
    struct desk *d = *state;
    const struct user_id mara = desk_person(d, "mara", GROUP_ADMINISTRATOR, 1);
    const struct user_id piet = desk_person(d, "piet", GROUP_TEAM_LEADER, 2);

    assert_true(is_right(d, mara, 1));
    assert_false(is_right(d, mara, 2));
    assert_false(is_right(d, (struct user_id){0}, 1));
    assert_false(is_right(d, (struct user_id){4711}, 1));
    bool right;
    assert_int_equal(
        password_right(desk_read(d), mara, (struct bytes){(const uint8_t *)"x", 1}, &right),
        RC_BROKEN);
    desk_done(d);

    /* A stolen row copied to another person opens nothing (AUTH-04). */
    desk_sql(d, "guard",
             "UPDATE credential SET (salt, tag_sealed, generation) = (SELECT salt, tag_sealed,"
             " generation FROM credential WHERE user_id = 1) WHERE user_id = 2");
    assert_false(is_right(d, piet, 1));
    /* Nor does an old row of the same person that was put back under another generation. */
    desk_sql(d, "guard", "UPDATE credential SET generation = 2 WHERE user_id = 1");
    assert_false(is_right(d, mara, 1));
    desk_sql(d, "guard", "UPDATE credential SET generation = 1 WHERE user_id = 1");
    assert_true(is_right(d, mara, 1));
    /* Who is locked is nobody. */
    desk_sql(d, "user", "UPDATE \"user\" SET user_state = 3 WHERE id = 1");
    assert_false(is_right(d, mara, 1));
    desk_sql(d, "user", "UPDATE \"user\" SET user_state = 2 WHERE id = 1");
}

static struct hash_plan
plan_of(struct desk *d, int64_t user)
{
    struct hash_plan p;

    assert_int_equal(password_plan(desk_read(d), (struct user_id){user}, &p), OK);
    desk_done(d);
    assert_in_range(p.n, 1, HASH_KINDS_MAX);
    assert_true(p.own < p.n);
    return p;
}

/* Two people's sign-ins compute the same kinds in the same order. */
static void
expect_same_work(const struct hash_plan *a, const struct hash_plan *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        assert_int_equal(a->orders[i].ops, b->orders[i].ops);
        assert_int_equal(a->orders[i].mem_kib, b->orders[i].mem_kib);
        assert_memory_not_equal(a->orders[i].salt, b->orders[i].salt, HASH_SALT);
    }
}

static void
keep_today(struct desk *d, int64_t user, const struct hash_plan *p, uint8_t seed)
{
    assert_int_equal(password_rehash(desk_write(d), (struct user_id){user}, &p->orders[p->n - 1],
                                     desk_tag(seed)),
                     OK);
    desk_commit(d);
}

static void
test_dummy_work(void **state)
{
    struct desk *d = *state;
    const struct hash_plan real = plan_of(d, 1);
    const struct hash_plan dummy = plan_of(d, 0);

    assert_int_equal(real.n, 1);
    assert_false(real.rehash);
    assert_false(dummy.rehash);
    expect_same_work(&real, &dummy);
}

static void
test_rising_parameters(void **state)
{
    struct desk *d = *state;
    struct hash_plan none;

    desk_sql(d, "guard",
             "UPDATE credential SET hash_ops = 2, hash_mem_kib = 19456 WHERE user_id = 1");
    const struct hash_plan p = plan_of(d, 1);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.own, 0);
    assert_int_equal(p.orders[0].ops, 2);
    assert_int_equal(p.orders[0].mem_kib, 19456);
    assert_int_equal(p.orders[1].ops, HASH_OPS);
    assert_int_equal(p.orders[1].mem_kib, HASH_MEM_KIB);
    assert_true(p.rehash);
    const struct hash_plan dummy = plan_of(d, 0);
    assert_false(dummy.rehash);
    assert_int_equal(dummy.own, 1);
    expect_same_work(&p, &dummy);
    keep_today(d, 1, &p, 9);
    assert_true(is_right(d, (struct user_id){1}, 9));
    const struct hash_plan after = plan_of(d, 1);
    assert_int_equal(after.n, 1);
    assert_false(after.rehash);
    /* A row with parameters below the floor was not written by us; the others do not suffer. */
    desk_sql(d, "guard", "UPDATE credential SET hash_ops = 1 WHERE user_id = 1");
    assert_int_equal(password_plan(desk_read(d), (struct user_id){1}, &none), RC_BROKEN);
    desk_done(d);
    d->err = (struct err){0};
    assert_int_equal(plan_of(d, 0).n, 1);
    desk_sql(d, "guard", "UPDATE credential SET hash_ops = 3 WHERE user_id = 1");
}

/* AUTH-03: new hashes cost what the settings say, up and down; a row of another cost is hashed
 * again at sign-in. */
static void
test_cost_follows_settings(void **state)
{
    struct desk *d = *state;

    hash_cost_set(6, 90112);
    assert_int_equal(hash_order_new().ops, 6);
    assert_int_equal(hash_order_new().mem_kib, 90112);
    const struct hash_plan up = plan_of(d, 1);
    assert_true(up.rehash);
    assert_int_equal(up.orders[up.own].ops, HASH_OPS);
    assert_int_equal(up.orders[up.n - 1].ops, 6);
    keep_today(d, 1, &up, 7);
    assert_false(plan_of(d, 1).rehash);
    hash_cost_set(0, 0); /* never below the least */
    const struct hash_plan down = plan_of(d, 1);
    const struct hash_plan dummy = plan_of(d, 0);
    assert_true(down.rehash);
    assert_int_equal(down.orders[down.own].ops, 6);
    expect_same_work(&down, &dummy);
    keep_today(d, 1, &down, 1);
    assert_false(plan_of(d, 1).rehash);
    hash_cost_set(INT64_MAX, INT64_MAX);
    assert_int_equal(hash_order_new().ops, HASH_OPS_MAX);
    assert_int_equal(hash_order_new().mem_kib, HASH_MEM_KIB_MAX);
    hash_cost_set(HASH_OPS, HASH_MEM_KIB);
}

/* More kinds than one sign-in computes: everybody's own is among theirs all the same. */
static void
test_too_many_kinds(void **state)
{
    static const char *const logins[] = {"kind4", "kind5", "kind6", "kind7", "kind8"};
    struct desk *d = *state;
    struct hash_plan plans[5];
    int64_t users[5];

    for (int i = 0; i < 5; i++) {
        char sql[100];
        users[i] = desk_person(d, logins[i], GROUP_TEAM_LEADER, 1).n;
        (void)snprintf(sql, sizeof sql, "UPDATE credential SET hash_ops = %d WHERE user_id = %d",
                       4 + i, (int)users[i]);
        desk_sql(d, "guard", sql);
    }
    for (int i = 0; i < 5; i++) {
        plans[i] = plan_of(d, users[i]);
        assert_int_equal(plans[i].n, HASH_KINDS_MAX);
        assert_true(plans[i].rehash);
        assert_int_equal(plans[i].orders[plans[i].own].ops, 4 + i);
    }
    for (int i = 0; i < 5; i++) {
        keep_today(d, users[i], &plans[i], 1);
    }
    assert_int_equal(plan_of(d, users[0]).n, 1);
}

static void
test_put_refuses(void **state)
{
    struct desk *d = *state;
    const struct hash_order sound = hash_order_new();
    const struct hash_order weak = {.ops = 1, .mem_kib = 8};

    assert_int_equal(password_put(desk_write(d), (struct user_id){1}, &weak, desk_tag(1), 20),
                     RC_BROKEN);
    desk_undo(d);
    assert_int_equal(password_put(desk_write(d), (struct user_id){1}, &sound,
                                  (struct bytes){(const uint8_t *)"", 0}, 20),
                     RC_BROKEN);
    desk_undo(d);
}

static void
test_state_and_failures(void **state)
{
    struct desk *d = *state;
    const struct user_id user = {1};
    const struct hash_order order = hash_order_new();
    struct password_state s;

    const int64_t told = desk_events(d, "user.password_known");

    assert_int_equal(password_state(desk_read(d), (struct user_id){99}, &s), OK);
    desk_done(d);
    assert_false(s.set);
    for (int i = 1; i <= FACTOR_FAILS_MAX; i++) {
        assert_int_equal(password_state(desk_read(d), user, &s), OK);
        desk_done(d);
        assert_false(s.must_change);
        assert_int_equal(desk_events(d, "user.password_known"), told);
        assert_int_equal(password_factor_failed(desk_write(d), user), OK);
        desk_commit(d);
    }
    assert_int_equal(desk_events(d, "user.password_known"), told + 1);
    assert_int_equal(password_state(desk_read(d), user, &s), OK);
    desk_done(d);
    assert_true(s.must_change);
    assert_int_equal(s.factor_fails, FACTOR_FAILS_MAX);
    /* Signing in after all forgets the failures, but others know the password still. */
    assert_int_equal(password_signed_in(desk_write(d), user), OK);
    desk_commit(d);
    assert_int_equal(password_state(desk_read(d), user, &s), OK);
    desk_done(d);
    assert_int_equal(s.factor_fails, 0);
    assert_true(s.must_change);
    assert_int_equal(s.last_login_at.us, d->now.us);
    assert_int_equal(password_put(desk_write(d), user, &order, desk_tag(3), 14), OK);
    desk_commit(d);
    assert_int_equal(password_state(desk_read(d), user, &s), OK);
    desk_done(d);
    assert_false(s.must_change);
    assert_false(s.long_enough);
    assert_true(is_right(d, user, 3));
    assert_false(is_right(d, user, 9));
}

static void
test_overview(void **state)
{
    struct desk *d = *state;
    struct password_overview *rows;
    size_t n;

    assert_int_equal(password_overview(desk_read(d), &rows, &n), OK);
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].user.n, 1);
    assert_false(rows[0].long_enough);
    assert_true(rows[1].long_enough);
    assert_int_equal(rows[0].factors, 0);
    assert_int_equal(rows[1].last_login_at.us, 0);
    desk_done(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_orders),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(test_no_memory),
#endif
        cmocka_unit_test(test_right_and_wrong),
        cmocka_unit_test(test_dummy_work),
        cmocka_unit_test(test_rising_parameters),
        cmocka_unit_test(test_cost_follows_settings),
        cmocka_unit_test(test_put_refuses),
        cmocka_unit_test(test_state_and_failures),
        cmocka_unit_test(test_overview),
        cmocka_unit_test(test_too_many_kinds),
    };

    return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
