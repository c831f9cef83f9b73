/* Second factors: RFC vectors through the whole way, steps used once for device and person, the
 * limits, what can be read and when, the address for the app. */
#include "guard/factor.h"

#include "base/time.h"
#include "desk.h"
#include "guard/policy.h"
#include "proc/keybox.h"

static struct user_id mara, piet;

/* base32 of RFC 4648, read here anew. */
static struct bytes
unbase32(const char *text)
{
    static uint8_t out[64];
    uint32_t bits = 0;
    int n_bits = 0;
    size_t n = 0;

    for (; *text != '\0'; text++) {
        const char *at = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", *text);
        assert_non_null(at);
        bits = bits << 5 | (uint32_t)(at - "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
        n_bits += 5;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[n++] = (uint8_t)(bits >> n_bits);
        }
    }
    return (struct bytes){out, n};
}

static const char *
code_at(const char *secret, struct instant t)
{
    static char code[16];

    (void)snprintf(code, sizeof(code), "%06lld",
                   (long long)keybox_totp_code(unbase32(secret), t.us / 30000000));
    return code;
}

/* A confirmed device; its secret comes back. */
static struct factor_id
set_up(struct desk *d, struct user_id user, const char *name, char secret[40])
{
    struct factor_id id;
    struct str text, got_name;
    bool right = false;

    assert_int_equal(factor_begin(desk_write(d), user, str_of(name), &id), OK);
    desk_commit(d);
    assert_int_equal(factor_secret(desk_read(d), user, id, &got_name, &text), OK);
    assert_true(str_eq(got_name, str_of(name)));
    desk_keep(text, secret, 40);
    desk_done(d);
    assert_int_equal(strlen(secret), FACTOR_SECRET_CHARS);
    assert_int_equal(
        factor_confirm(desk_write(d), user, id, str_of(code_at(secret, d->now)), &right), OK);
    desk_commit(d);
    assert_true(right);
    return id;
}

static bool
check(struct desk *d, struct user_id user, const char *code)
{
    bool right = false;

    assert_int_equal(factor_check(desk_write(d), user, str_of(code), &right), OK);
    desk_commit(d);
    return right;
}

/* RFC 4226 appendix D and RFC 6238 appendix B (the last six of eight digits). */
static void
test_vectors(void **state)
{
    static const int64_t hotp[] = {755224, 287082, 359152, 969429, 338314,
                                   254676, 287922, 162583, 399871, 520489};
    static const struct {
        int64_t s, code;
    } totp[] = {
        {59,          287082},
        {1111111109,  81804 },
        {1111111111,  50471 },
        {1234567890,  5924  },
        {2000000000,  279037},
        {20000000000, 353130}
    };
    const struct bytes secret = {(const uint8_t *)"12345678901234567890", 20};

    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(keybox_totp_code(secret, i), hotp[i]);
    }
    for (size_t i = 0; i < sizeof(totp) / sizeof(totp[0]); i++) {
        assert_int_equal(keybox_totp_code(secret, totp[i].s / 30), totp[i].code);
    }
}

static void
test_confirm(void **state)
{
    struct desk *d = *state;
    struct factor_id id;
    struct str name, text;
    char secret[40];
    bool right = true;
    int64_t n;

    assert_int_equal(factor_begin(desk_write(d), piet, STR("Telefon"), &id), OK);
    desk_commit(d);
    assert_int_equal(factor_count(desk_read(d), piet, &n), OK);
    desk_done(d);
    assert_int_equal(n, 0);
    assert_false(check(d, piet, "123456"));
    assert_int_equal(factor_secret(desk_read(d), mara, id, &name, &text), RC_MISSING);
    desk_done(d);
    assert_int_equal(factor_secret(desk_read(d), piet, id, &name, &text), OK);
    desk_keep(text, secret, sizeof(secret));
    desk_done(d);
    assert_int_equal(factor_confirm(desk_write(d), piet, id, STR("000000"), &right), OK);
    desk_commit(d);
    assert_false(right);
    assert_int_equal(factor_confirm(desk_write(d), mara, id, STR("000000"), &right), RC_MISSING);
    desk_undo(d);
    const char *code = code_at(secret, d->now);
    char spaced[16];
    (void)snprintf(spaced, sizeof(spaced), " %.3s %.3s", code, code + 3);
    assert_int_equal(factor_confirm(desk_write(d), piet, id, str_of(spaced), &right), OK);
    desk_commit(d);
    assert_true(right);
    /* From now on nobody reads it any more, and it cannot be confirmed twice. */
    assert_int_equal(factor_secret(desk_read(d), piet, id, &name, &text), RC_MISSING);
    desk_done(d);
    assert_int_equal(factor_confirm(desk_write(d), piet, id, STR("000000"), &right), RC_MISSING);
    desk_undo(d);
    assert_int_equal(factor_remove(desk_write(d), piet, id), OK);
    desk_commit(d);
}

static void
test_once(void **state)
{
    struct desk *d = *state;
    char one[40], two[40];
    const struct factor_id first = set_up(d, mara, "Telefon", one);

    /* The code that confirmed it does not sign in as well. */
    assert_false(check(d, mara, code_at(one, d->now)));
    desk_wait(d, 30);
    assert_false(check(d, piet, code_at(one, d->now))); /* another person's device */
    assert_true(check(d, mara, code_at(one, d->now)));
    assert_false(check(d, mara, code_at(one, d->now)));
    /* One step ahead and one behind are let through, two are not; never backwards. */
    struct instant t = {d->now.us + 60 * 1000000};
    assert_false(check(d, mara, code_at(one, t)));
    t.us = d->now.us + 30 * 1000000;
    assert_true(check(d, mara, code_at(one, t)));
    assert_false(check(d, mara, code_at(one, d->now)));
    desk_wait(d, 60);
    t.us = d->now.us - 30 * 1000000;
    assert_false(check(d, mara, code_at(one, t))); /* the step that was taken ahead of time */
    desk_wait(d, 60);
    t.us = d->now.us - 30 * 1000000;
    assert_true(check(d, mara, code_at(one, t)));
    desk_wait(d, 90);
    t.us = d->now.us - 60 * 1000000;
    assert_false(check(d, mara, code_at(one, t))); /* two behind */
    /* A second device; a step counts for the person, whichever device showed it. */
    (void)set_up(d, mara, "Tresor", two);
    desk_wait(d, 30);
    assert_true(check(d, mara, code_at(two, d->now)));
    assert_false(check(d, mara, code_at(one, d->now)));
    desk_wait(d, 30);
    assert_true(check(d, mara, code_at(one, d->now)));
    struct factor_row *rows;
    size_t n;
    assert_int_equal(factor_list(desk_read(d), mara, &rows, &n), OK);
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].id.n, first.n);
    assert_int_equal(rows[0].used_at.us, d->now.us);
    assert_true(str_eq(rows[1].name, STR("Tresor")));
    desk_done(d);
}

static void
test_odd_codes(void **state)
{
    struct desk *d = *state;

    assert_false(check(d, mara, ""));
    assert_false(check(d, mara, "12345"));
    assert_false(check(d, mara, "1234567"));
    assert_false(check(d, mara, "abcdef"));
    assert_false(check(d, mara, "٠١٢٣٤٥"));
}

/* A row moved to another person or device does not open in keymgr. */
static void
test_swapped_rows(void **state)
{
    struct desk *d = *state;
    char secret[40];
    const struct factor_id id = set_up(d, piet, "Telefon", secret);
    char sql[160];

    desk_wait(d, 30);
    (void)snprintf(sql, sizeof(sql), "UPDATE factor SET user_id = %lld WHERE id = %lld",
                   (long long)mara.n, (long long)id.n);
    desk_sql(d, "guard", sql);
    assert_false(check(d, mara, code_at(secret, d->now)));
    (void)snprintf(sql, sizeof(sql), "UPDATE factor SET user_id = %lld WHERE id = %lld",
                   (long long)piet.n, (long long)id.n);
    desk_sql(d, "guard", sql);
    assert_true(check(d, piet, code_at(secret, d->now)));
}

static void
test_limits(void **state)
{
    struct desk *d = *state;
    char secret[40];
    struct factor_id id, sixth;
    struct str name, text;
    bool right;
    int64_t n;

    assert_int_equal(factor_count(desk_read(d), mara, &n), OK);
    desk_done(d);
    for (; n < FACTORS_MAX - 1; n++) {
        (void)set_up(d, mara, "mehr", secret);
    }
    /* A sixth that was begun before the fifth was confirmed. */
    assert_int_equal(factor_begin(desk_write(d), mara, STR("sechstes"), &sixth), OK);
    desk_commit(d);
    assert_int_equal(factor_begin(desk_write(d), mara, STR("fünftes"), &id), OK);
    desk_commit(d);
    assert_int_equal(factor_secret(desk_read(d), mara, sixth, &name, &text), RC_MISSING);
    desk_done(d); /* only the last one begun counts */
    assert_int_equal(factor_secret(desk_read(d), mara, id, &name, &text), OK);
    desk_keep(text, secret, sizeof(secret));
    desk_done(d);
    assert_int_equal(
        factor_confirm(desk_write(d), mara, id, str_of(code_at(secret, d->now)), &right), OK);
    desk_commit(d);
    assert_true(right);
    assert_int_equal(factor_begin(desk_write(d), mara, STR("sechstes"), &sixth), RC_LIMIT);
    assert_int_equal(d->err.code, E_FACTOR_MANY);
    desk_undo(d);
    assert_int_equal(factor_confirm(desk_write(d), mara, id, STR("000000"), &right), RC_LIMIT);
    desk_undo(d);
    assert_int_equal(factor_remove(desk_write(d), piet, id), RC_MISSING);
    desk_undo(d);
    assert_int_equal(factor_need(desk_read(d), mara, id), OK);
    desk_done(d);
    assert_int_equal(factor_need(desk_read(d), piet, id), RC_MISSING);
    desk_done(d);
    assert_int_equal(factor_remove(desk_write(d), mara, id), OK);
    desk_commit(d);
}

/* The end of the recovery ladder: all go, those never confirmed too; a new one ends the duty. */
static void
test_all_removed(void **state)
{
    static const char *const again =
        "SELECT count(*) AS n_count FROM credential WHERE factor_again = 1";
    struct desk *d = *state;
    char secret[40];
    struct factor_id id;
    int64_t n;

    set_up(d, piet, "Telefon", secret);
    desk_wait(d, 60);
    assert_int_equal(factor_begin(desk_write(d), piet, STR("halb"), &id), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard", again), 0);
    assert_int_equal(factor_remove_all(desk_write(d), piet), OK);
    desk_commit(d);
    assert_int_equal(factor_need(desk_read(d), piet, id), RC_MISSING);
    desk_done(d);
    assert_int_equal(factor_count(desk_read(d), piet, &n), OK);
    desk_done(d);
    assert_int_equal(n, 0);
    assert_int_equal(desk_number(d, "guard", again), 1);
    set_up(d, piet, "Neues", secret);
    assert_int_equal(desk_number(d, "guard", again), 0);
    assert_int_equal(factor_remove_all(desk_write(d), piet), OK);
    desk_commit(d);
    desk_sql(d, "guard", "UPDATE credential SET factor_again = 0 WHERE factor_again = 1");
}

static void
test_pending_ends(void **state)
{
    struct desk *d = *state;
    struct factor_id id;
    struct str name, text;

    assert_int_equal(factor_begin(desk_write(d), piet, STR("alt"), &id), OK);
    desk_commit(d);
    desk_wait(d, FACTOR_PENDING_S - 1);
    assert_int_equal(factor_secret(desk_read(d), piet, id, &name, &text), OK);
    desk_done(d);
    desk_wait(d, 1);
    assert_int_equal(factor_secret(desk_read(d), piet, id, &name, &text), RC_MISSING);
    desk_done(d);
    assert_int_equal(factor_prune(desk_write(d)), OK);
    desk_commit(d);
    assert_int_equal(factor_need(desk_read(d), piet, id), RC_MISSING);
    desk_done(d);
}

/* AUTH-11: a server whose clock is known to be wrong judges no code, not even a right one. */
static void
test_clock(void **state)
{
    struct desk *d = *state;
    char secret[40], other[40];
    struct str text, name;
    struct factor_id id;
    bool sound = true;
    bool right = true;

    desk_wait(d, 3600);
    (void)set_up(d, piet, "Uhr", secret);
    desk_wait(d, 60);
    time_told(TIME_OFF);
    assert_false(check(d, piet, code_at(secret, d->now)));
    time_told(TIME_BACK);
    assert_false(check(d, piet, code_at(secret, d->now)));
    time_told(TIME_UNKNOWN); /* warned of by doctor; the code is judged */
    assert_true(check(d, piet, code_at(secret, d->now)));
    time_told(TIME_GOOD);

    /* An hour back behind an accepted code, in a process that has not seen it happen. */
    desk_wait(d, -3600);
    assert_int_equal(factor_clock(desk_read(d), &sound), OK);
    desk_done(d);
    assert_false(sound);
    assert_int_equal(factor_begin(desk_write(d), mara, STR("Neu"), &id), OK);
    desk_commit(d);
    assert_int_equal(factor_secret(desk_read(d), mara, id, &name, &text), OK);
    desk_keep(text, other, sizeof(other));
    desk_done(d);
    assert_int_equal(
        factor_confirm(desk_write(d), mara, id, str_of(code_at(other, d->now)), &right),
        RC_CONFLICT);
    assert_int_equal(d->err.code, E_FACTOR_CLOCK);
    desk_undo(d);
    desk_wait(d, 3600 - FACTOR_WINDOW * 30);
    assert_int_equal(factor_clock(desk_read(d), &sound), OK);
    desk_done(d);
    assert_true(sound);
    desk_wait(d, 120);
    assert_true(check(d, piet, code_at(secret, d->now)));
}

/* AUTH-11: the code of the step before counts, in strict mode only that of this very step. */
static void
test_strict(void **state)
{
    struct desk *d = *state;
    char secret[40], before[16];

    desk_wait(d, 3600);
    (void)set_up(d, piet, "Streng", secret);
    desk_wait(d, 120);
    (void)snprintf(before, sizeof(before), "%s", code_at(secret, d->now));
    desk_wait(d, 30);
    policy_set(
        &(struct policy){.idle_s = POLICY_IDLE_S, .life_s = POLICY_LIFE_S, .strict_codes = true});
    assert_false(check(d, piet, before));
    policy_set(NULL);
    assert_true(check(d, piet, before));
    policy_set(
        &(struct policy){.idle_s = POLICY_IDLE_S, .life_s = POLICY_LIFE_S, .strict_codes = true});
    assert_true(check(d, piet, code_at(secret, d->now)));
    policy_set(NULL);
}

static void
test_uri(void **state)
{
    struct desk *d = *state;

    assert_true(str_eq(factor_uri(d->mem, STR("nord.localhost"), STR("mara"), STR("ABC234")),
                       STR("otpauth://totp/Kontor:mara%40nord.localhost?secret=ABC234"
                           "&issuer=Kontor&algorithm=SHA1&digits=6&period=30")));
    assert_true(str_eq(factor_uri(d->mem, STR("süd"), STR("Jörg: 100% & co?"), STR("A")),
                       STR("otpauth://totp/Kontor:J%C3%B6rg%3A%20100%25%20%26%20co%3F%40s%C3%BCd"
                           "?secret=A&issuer=Kontor&algorithm=SHA1&digits=6&period=30")));
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
        cmocka_unit_test(test_vectors),      cmocka_unit_test(test_confirm),
        cmocka_unit_test(test_once),         cmocka_unit_test(test_odd_codes),
        cmocka_unit_test(test_swapped_rows), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_all_removed),  cmocka_unit_test(test_pending_ends),
        cmocka_unit_test(test_clock),        cmocka_unit_test(test_strict),
        cmocka_unit_test(test_uri),
    };

    return cmocka_run_group_tests(tests, setup, desk_teardown);
}
