/* Recovery codes: ten, each good once, replaced when used; what people type; rows that were moved.
 */
#include "guard/recovery.h"

#include "desk.h"

static struct user_id mara, piet;
static struct recovery_code codes[RECOVERY_CODES];

/* The tag that the hash process would give for a code: any function of the code will do here. */
static struct bytes
tag_of(const char *plain, uint8_t buf[static HASH_TAG])
{
    for (size_t i = 0; i < HASH_TAG; i++) {
        buf[i] = (uint8_t)(plain[i % RECOVERY_CHARS] + (char)(i / RECOVERY_CHARS));
    }
    return (struct bytes){buf, HASH_TAG};
}

static void
issue(struct desk *d, struct user_id user)
{
    uint8_t raw[RECOVERY_CODES][HASH_TAG];
    struct bytes tags[RECOVERY_CODES];

    assert_int_equal(recovery_draw(desk_read(d), user, RECOVERY_CODES, codes), OK);
    desk_done(d);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        tags[i] = tag_of(codes[i].plain, raw[i]);
    }
    assert_int_equal(recovery_put_all(desk_write(d), user, codes, tags), OK);
    desk_commit(d);
}

static int64_t
left(struct desk *d, struct user_id user)
{
    int64_t n = -1;
    struct instant at;

    assert_int_equal(recovery_left(desk_read(d), user, &n, &at), OK);
    desk_done(d);
    return n;
}

static bool
use(struct desk *d, struct user_id user, const char *plain, struct recovery_code *fresh)
{
    uint8_t raw[2][HASH_TAG];
    bool right = false;

    assert_int_equal(recovery_draw(desk_read(d), user, 1, fresh), OK);
    desk_done(d);
    assert_int_equal(recovery_use(desk_write(d), user, plain, tag_of(plain, raw[0]), fresh,
                                  tag_of(fresh->plain, raw[1]), &right),
                     OK);
    desk_commit(d);
    return right;
}

static void
test_drawn(void **state)
{
    struct desk *d = *state;

    issue(d, mara);
    assert_int_equal(left(d, mara), 10);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        char plain[RECOVERY_CHARS + 1];
        assert_int_equal(strlen(codes[i].shown), RECOVERY_SHOWN);
        assert_int_equal(recovery_parse(str_of(codes[i].shown), plain), OK);
        assert_string_equal(plain, codes[i].plain);
        assert_int_equal(codes[i].order.ops, RECOVERY_OPS);
        assert_int_equal(codes[i].order.mem_kib, RECOVERY_MEM_KIB);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(codes[i].plain, codes[k].plain);
            assert_memory_not_equal(codes[i].selector, codes[k].selector, 2);
            assert_memory_not_equal(codes[i].order.salt, codes[k].order.salt, HASH_SALT);
        }
    }
}

static void
expect_parse(const char *typed, const char *plain)
{
    char got[RECOVERY_CHARS + 1] = "untouched";
    const enum rc rc = recovery_parse(str_of(typed), got);

    if (plain == NULL ? rc != RC_INVALID || strcmp(got, "untouched") != 0
                      : rc != OK || strcmp(got, plain) != 0) {
        FAIL_TEST("%s: %d %s", typed, (int)rc, got);
    }
}

static void
test_typed(void **state)
{
    (void)state;
    expect_parse("7KQF-2M9X-PV4D-88WT", "7KQF2M9XPV4D88WT");
    expect_parse(" 7kqf 2m9x pv4d 88wt ", "7KQF2M9XPV4D88WT");
    expect_parse("OoIiLl0-0000-00000", "0011110000000000");
    expect_parse("7KQF-2M9X-PV4D-88W", NULL);
    expect_parse("7KQF-2M9X-PV4D-88WTA", NULL);
    expect_parse("7KQF-2M9X-PV4D-88WU", NULL); /* no U in the alphabet */
    expect_parse("7KQF-2M9X-PV4D-88W\xc3\xbc", NULL);
    expect_parse("", NULL);
}

static void
test_used_once(void **state)
{
    struct desk *d = *state;
    struct recovery_code fresh, other;

    issue(d, mara);
    assert_true(use(d, mara, codes[3].plain, &fresh));
    assert_int_equal(left(d, mara), 10); /* the fresh one took its place */
    assert_false(use(d, mara, codes[3].plain, &other));
    assert_true(use(d, mara, fresh.plain, &other));
    assert_true(use(d, mara, codes[4].plain, &other));
    assert_false(use(d, piet, codes[5].plain, &other)); /* another person's */
    assert_false(use(d, mara, "0000000000000000", &other));
    issue(d, mara); /* a new set: the old ones are worth nothing */
    assert_false(use(d, mara, other.plain, &fresh));
    assert_int_equal(left(d, mara), 10);
}

static void
test_orders(void **state)
{
    struct desk *d = *state;
    struct hash_order a, b;

    issue(d, mara);
    assert_int_equal(recovery_order(desk_read(d), mara, codes[0].plain, &a), OK);
    desk_done(d);
    assert_memory_equal(a.salt, codes[0].order.salt, HASH_SALT);
    assert_int_equal(recovery_order(desk_read(d), piet, codes[0].plain, &b), OK);
    desk_done(d); /* nobody's: the same work, another salt */
    assert_memory_not_equal(b.salt, a.salt, HASH_SALT);
    assert_int_equal(b.ops, a.ops);
    assert_int_equal(b.mem_kib, a.mem_kib);
}

static void
test_moved_row(void **state)
{
    struct desk *d = *state;
    struct recovery_code fresh;
    char sql[120];

    issue(d, mara);
    desk_sql(d, "guard", "UPDATE recovery SET used_at = 1 WHERE user_id = 1");
    assert_int_equal(left(d, mara), 0);
    assert_false(use(d, mara, codes[0].plain, &fresh));
    issue(d, piet);
    desk_sql(d, "guard", "DELETE FROM recovery WHERE user_id = 1");
    (void)snprintf(sql, sizeof(sql), "UPDATE recovery SET user_id = 1 WHERE user_id = %lld",
                   (long long)piet.n);
    desk_sql(d, "guard", sql);
    assert_int_equal(left(d, mara), 10);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        assert_false(use(d, mara, codes[i].plain, &fresh));
    }
}

static void
test_bad_tag(void **state)
{
    struct desk *d = *state;
    struct bytes tags[RECOVERY_CODES] = {
        {(const uint8_t *)"short", 5}
    };

    assert_int_equal(recovery_draw(desk_read(d), piet, RECOVERY_CODES, codes), OK);
    desk_done(d);
    assert_int_equal(recovery_put_all(desk_write(d), piet, codes, tags), RC_BROKEN);
    desk_undo(d);
}

/* A rehearsal asks and uses nothing up. */
static void
test_asked_only(void **state)
{
    struct desk *d = *state;
    struct recovery_code fresh;
    uint8_t raw[HASH_TAG];
    bool right;

    issue(d, mara);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(recovery_is_right(desk_read(d), mara, codes[0].plain,
                                           tag_of(codes[0].plain, raw), &right),
                         OK);
        assert_true(right);
        desk_done(d);
    }
    assert_int_equal(
        recovery_is_right(desk_read(d), mara, codes[0].plain, tag_of(codes[1].plain, raw), &right),
        OK);
    assert_false(right);
    desk_done(d);
    assert_true(use(d, mara, codes[0].plain, &fresh));
    assert_int_equal(
        recovery_is_right(desk_read(d), mara, codes[0].plain, tag_of(codes[0].plain, raw), &right),
        OK);
    assert_false(right); /* used up */
    desk_done(d);
    assert_int_equal(recovery_remove_all(desk_write(d), mara), OK);
    desk_commit(d);
    assert_int_equal(left(d, mara), 0);
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

/* --- selectors ------------------------------------------------------------------------------- */
static void
fill_selectors(struct desk *d, int from, int to)
{
    char sql[240];

    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO recovery (id, user_id, selector, salt, tag_sealed, created_at)"
                   " WITH RECURSIVE c (n) AS (SELECT %d UNION ALL SELECT n + 1 FROM c WHERE n < %d)"
                   " SELECT 9000 + n, 1, unhex(printf('%%04x', n)), x'', x'', 1 FROM c",
                   from, to - 1);
    desk_sql(d, "guard", sql);
}

/* A code is found by 16 bits: a new one never has those of another, also after many were used. */
static void
test_selectors(void **state)
{
    enum { MANY = 65536, FREE = 6000 };
    struct desk *d = *state;
    struct recovery_code drawn[RECOVERY_CODES];

    desk_sql(d, "guard", "DELETE FROM recovery WHERE user_id = 1");
    fill_selectors(d, 0, MANY - FREE);
    assert_int_equal(mara.n, 1);
    assert_int_equal(recovery_draw(desk_read(d), mara, RECOVERY_CODES, drawn), OK);
    desk_done(d);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        assert_true(drawn[i].selector[0] * 256 + drawn[i].selector[1] >= MANY - FREE);
    }
    /* The same person's own draw: of 300 codes with 65,536 selectors some meet, none are alike. */
    static struct recovery_code many[300];
    for (int round = 0; round < 30; round++) {
        assert_int_equal(recovery_draw(desk_read(d), piet, 300, many), OK);
        desk_done(d);
        static bool seen[MANY];
        memset(seen, 0, sizeof(seen));
        for (size_t i = 0; i < 300; i++) {
            const int at = many[i].selector[0] * 256 + many[i].selector[1];
            assert_false(seen[at]);
            seen[at] = true;
        }
    }
    fill_selectors(d, MANY - FREE, MANY);
    assert_int_equal(recovery_draw(desk_read(d), mara, 1, drawn), RC_BROKEN);
    assert_int_equal(d->err.code, E_BROKEN);
    desk_done(d);
    desk_sql(d, "guard", "DELETE FROM recovery WHERE user_id = 1");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn),     cmocka_unit_test(test_typed),
        cmocka_unit_test(test_used_once), cmocka_unit_test(test_orders),
        cmocka_unit_test(test_moved_row), cmocka_unit_test(test_bad_tag),
        cmocka_unit_test(test_selectors), cmocka_unit_test(test_asked_only),
    };

    return cmocka_run_group_tests(tests, setup, desk_teardown);
}
