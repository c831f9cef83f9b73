/* One-time links and known browsers: good for one person, for a time, and only as long as nobody
 * took them back. */
#include "guard/invitation.h"

#include "desk.h"
#include "guard/device.h"

static struct user_id mara, piet;

static void
invite(struct desk *d, struct user_id user, char token[64])
{
    struct str t;
    struct instant until;

    assert_int_equal(invitation_new(desk_write(d), user, &t, &until), OK);
    assert_int_equal(until.us, d->now.us + INVITATION_S * 1000000LL);
    desk_keep(t, token, 64);
    desk_commit(d);
    assert_int_equal(strlen(token), INVITATION_CHARS);
}

static enum rc
look(struct desk *d, const char *token, struct user_id *ret_user, struct invitation_id *ret_id)
{
    struct instant until;
    const enum rc rc = invitation_find(desk_read(d), str_of(token), ret_user, ret_id, &until);

    desk_done(d);
    d->err = (struct err){0};
    return rc;
}

static void
test_link(void **state)
{
    struct desk *d = *state;
    char token[64], second[64];
    struct user_id user = {0};
    struct invitation_id id;
    struct instant until;

    invite(d, mara, token);
    assert_int_equal(look(d, token, &user, &id), OK);
    assert_int_equal(user.n, mara.n);
    assert_int_equal(invitation_open_until(desk_read(d), mara, &until), OK);
    desk_done(d);
    assert_true(until.us > d->now.us);
    assert_int_equal(look(d, "", &user, &id), RC_MISSING);
    assert_int_equal(look(d, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &user, &id),
                     RC_MISSING);
    assert_int_equal(look(d, "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &user, &id),
                     RC_MISSING);
    /* A new one takes the old one back; another person's stays. */
    invite(d, piet, second);
    assert_int_equal(look(d, token, &user, &id), OK);
    char third[64];
    invite(d, mara, third);
    assert_int_equal(look(d, token, &user, &id), RC_MISSING);
    assert_int_equal(look(d, second, &user, &id), OK);
    assert_int_equal(user.n, piet.n);
    assert_int_equal(look(d, third, &user, &id), OK);
    /* Used once. */
    assert_int_equal(invitation_take(desk_write(d), id), OK);
    desk_commit(d);
    assert_int_equal(look(d, third, &user, &id), RC_MISSING);
    assert_int_equal(invitation_take(desk_write(d), id), RC_CONFLICT);
    desk_undo(d);
    assert_int_equal(invitation_withdraw(desk_write(d), piet), OK);
    desk_commit(d);
    assert_int_equal(look(d, second, &user, &id), RC_MISSING);
    assert_int_equal(invitation_open_until(desk_read(d), piet, &until), OK);
    desk_done(d);
    assert_int_equal(until.us, 0);
}

static void
test_link_ends(void **state)
{
    struct desk *d = *state;
    char token[64];
    struct user_id user;
    struct invitation_id id;

    invite(d, piet, token);
    desk_wait(d, INVITATION_S - 1);
    assert_int_equal(look(d, token, &user, &id), OK);
    desk_wait(d, 1);
    assert_int_equal(look(d, token, &user, &id), RC_MISSING);
    assert_int_equal(invitation_prune(desk_write(d)), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM invitation"), 0);
}

/* --- known browsers -------------------------------------------------------------------------- */
static void
keep(struct desk *d, struct user_id user, const char *old, char cookie[96])
{
    struct str c;

    assert_int_equal(device_keep(desk_write(d), user, str_of(old), STR("Firefox, Linux"), &c), OK);
    desk_keep(c, cookie, 96);
    desk_commit(d);
    assert_int_equal(strlen(cookie), DEVICE_COOKIE_CHARS);
}

static bool
is_known(struct desk *d, struct user_id user, const char *cookie, uint8_t bucket[static 32])
{
    bool known = true;

    assert_int_equal(device_find(desk_read(d), user, str_of(cookie), &known, bucket), OK);
    desk_done(d);
    return known;
}

static void
test_browser(void **state)
{
    struct desk *d = *state;
    char cookie[96], next[96], bent[96];
    uint8_t a[32] = {0}, b[32] = {0};

    keep(d, mara, "", cookie);
    assert_true(is_known(d, mara, cookie, a));
    assert_false(is_known(d, piet, cookie, b)); /* another person at the same browser */
    assert_false(is_known(d, (struct user_id){0}, cookie, b));
    assert_false(is_known(d, mara, "", b));
    assert_false(is_known(d, mara, "nonsense", b));
    for (size_t i = 0; i < DEVICE_COOKIE_CHARS; i += 7) {
        (void)snprintf(bent, sizeof(bent), "%s", cookie);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        assert_false(is_known(d, mara, bent, b));
    }
    keep(d, mara, cookie, next); /* signed in again: a new cookie, the same browser */
    assert_false(is_known(d, mara, cookie, b));
    assert_true(is_known(d, mara, next, b));
    assert_memory_equal(a, b, 32);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM device"), 1);
    assert_int_equal(device_forget_all(desk_write(d), mara), OK);
    desk_commit(d);
    assert_false(is_known(d, mara, next, b));
}

static void
test_browsers_end(void **state)
{
    struct desk *d = *state;
    char cookie[96], first[96];
    uint8_t bucket[32];

    keep(d, mara, "", first);
    for (int i = 0; i < DEVICES_PER_USER; i++) {
        desk_wait(d, 1);
        keep(d, mara, "", cookie);
    }
    assert_false(is_known(d, mara, first, bucket));
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM device"),
                     DEVICES_PER_USER);
    desk_wait(d, DEVICE_S - 1);
    assert_true(is_known(d, mara, cookie, bucket));
    desk_wait(d, 1);
    assert_false(is_known(d, mara, cookie, bucket));
    assert_int_equal(device_prune(desk_write(d)), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM device"), 0);
}

static void
test_no_label(void **state)
{
    struct desk *d = *state;
    char longest[200];
    struct str c;

    assert_int_equal(device_keep(desk_write(d), mara, STR_NONE, STR_NONE, &c), OK);
    desk_commit(d);
    memset(longest, 'x', sizeof(longest));
    assert_int_equal(
        device_keep(desk_write(d), mara, STR_NONE, (struct str){longest, sizeof(longest)}, &c), OK);
    desk_commit(d);
    assert_int_equal(
        desk_number(d, "guard",
                    "SELECT count(*) AS n_count FROM device WHERE length(device) IN (0, 60)"),
        2);
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
        cmocka_unit_test(test_link),     cmocka_unit_test(test_link_ends),
        cmocka_unit_test(test_browser),  cmocka_unit_test(test_browsers_end),
        cmocka_unit_test(test_no_label),
    };

    return cmocka_run_group_tests(tests, setup, desk_teardown);
}
