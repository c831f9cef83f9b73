/* One-time links and known browsers: good for one person, for a time, and only as long as nobody
 * took them back. */
#include "guard/link.h"

#include "desk.h"
#include "guard/device.h"
#include "guard/mail.h"

static struct user_id mara, piet;

static void
make_for(struct desk *d, enum link_kind kind, struct user_id user, bool by_wish, char token[64])
{
    const struct link_wanted wanted = {.kind = kind, .user = user, .by_wish = by_wish};
    struct str t;
    struct instant until;

    assert_int_equal(link_new(desk_write(d), &wanted, &t, &until), OK);
    desk_keep(t, token, 64);
    desk_commit(d);
    assert_int_equal(strlen(token), LINK_CHARS);
    const int64_t life = kind == LINK_INVITATION ? LINK_INVITATION_S
                         : kind == LINK_ADDRESS  ? LINK_ADDRESS_S
                                                 : LINK_MAIL_S;
    assert_int_equal(until.us, d->now.us + life * 1000000LL);
}

static void
make(struct desk *d, enum link_kind kind, struct user_id user, char token[64])
{
    make_for(d, kind, user, true, token);
}

static enum rc
look(struct desk *d, enum link_kind kind, const char *token, struct link *ret)
{
    const enum rc rc = link_find(desk_read(d), kind, str_of(token), ret);

    if (rc != OK) {
        assert_int_equal(d->err.code, E_LINK);
    }
    desk_done(d);
    d->err = (struct err){0};
    return rc;
}

static bool
is_open(struct desk *d, enum link_kind kind, struct user_id user)
{
    struct instant until;

    assert_int_equal(link_open_until(desk_read(d), kind, user, &until), OK);
    desk_done(d);
    return until.us > d->now.us;
}

static void
test_link(void **state)
{
    struct desk *d = *state;
    char token[64], second[64], third[64];
    struct link l;

    make(d, LINK_INVITATION, mara, token);
    assert_int_equal(look(d, LINK_INVITATION, token, &l), OK);
    assert_int_equal(l.user.n, mara.n);
    assert_true(is_open(d, LINK_INVITATION, mara));
    assert_int_equal(look(d, LINK_INVITATION, "", &l), RC_MISSING);
    assert_int_equal(look(d, LINK_INVITATION, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &l),
                     RC_MISSING);
    assert_int_equal(look(d, LINK_INVITATION, "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &l),
                     RC_MISSING);
    /* Good for its own purpose only. */
    assert_int_equal(look(d, LINK_RESET, token, &l), RC_MISSING);
    assert_int_equal(look(d, LINK_DEVICE, token, &l), RC_MISSING);
    assert_int_equal(look(d, LINK_ADDRESS, token, &l), RC_MISSING);
    /* A new one takes the old one back; another person's stays. */
    make(d, LINK_INVITATION, piet, second);
    assert_int_equal(look(d, LINK_INVITATION, token, &l), OK);
    make(d, LINK_INVITATION, mara, third);
    assert_int_equal(look(d, LINK_INVITATION, token, &l), RC_MISSING);
    assert_int_equal(look(d, LINK_INVITATION, second, &l), OK);
    assert_int_equal(l.user.n, piet.n);
    assert_int_equal(look(d, LINK_INVITATION, third, &l), OK);
    /* Used once. */
    assert_int_equal(link_take(desk_write(d), &l), OK);
    desk_commit(d);
    assert_int_equal(look(d, LINK_INVITATION, third, &l), RC_MISSING);
    assert_int_equal(link_take(desk_write(d), &l), RC_CONFLICT);
    desk_undo(d);
    assert_int_equal(link_withdraw(desk_write(d), piet), OK);
    desk_commit(d);
    assert_int_equal(look(d, LINK_INVITATION, second, &l), RC_MISSING);
    assert_false(is_open(d, LINK_INVITATION, piet));
}

static void
test_link_ends(void **state)
{
    static const struct {
        enum link_kind kind;
        int64_t life;
    } kinds[] = {
        {LINK_INVITATION, LINK_INVITATION_S},
        {LINK_RESET,      LINK_MAIL_S      },
        {LINK_DEVICE,     LINK_MAIL_S      },
        {LINK_ADDRESS,    LINK_ADDRESS_S   },
    };
    struct desk *d = *state;
    char token[64];
    struct link l;

    for (size_t i = 0; i < 4; i++) {
        make(d, kinds[i].kind, piet, token);
        desk_wait(d, kinds[i].life - 1);
        assert_int_equal(look(d, kinds[i].kind, token, &l), OK);
        desk_wait(d, 1);
        assert_int_equal(look(d, kinds[i].kind, token, &l), RC_MISSING);
    }
    desk_wait(d, 60 * 60);
    assert_int_equal(link_prune(desk_write(d)), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM link"), 0);
}

/* Another password ends what was made beside the old one; so does a lock. */
static void
test_link_and_password(void **state)
{
    struct desk *d = *state;
    const struct hash_order order = hash_order_new();
    char token[64], address[64];
    struct link l;

    make(d, LINK_RESET, piet, token);
    make(d, LINK_ADDRESS, piet, address);
    assert_int_equal(look(d, LINK_RESET, token, &l), OK);
    assert_int_equal(password_put(desk_write(d), piet, &order, desk_tag(9), 20), OK);
    desk_commit(d);
    assert_int_equal(look(d, LINK_RESET, token, &l), RC_MISSING);
    assert_int_equal(look(d, LINK_ADDRESS, address, &l), RC_MISSING);
    make(d, LINK_RESET, piet, token);
    assert_int_equal(look(d, LINK_RESET, token, &l), OK);
    desk_sql(d, "user", "UPDATE \"user\" SET user_state = 3 WHERE login = 'piet'");
    assert_int_equal(look(d, LINK_RESET, token, &l), RC_MISSING);
    desk_sql(d, "user", "UPDATE \"user\" SET user_state = 2 WHERE login = 'piet'");
    assert_int_equal(look(d, LINK_RESET, token, &l), OK);
}

/* --- wishes ---------------------------------------------------------------------------------- */
static bool
may_mail(struct desk *d, enum link_kind kind, struct user_id user)
{
    bool may;

    assert_int_equal(link_may_mail(desk_read(d), kind, user, &may), OK);
    desk_done(d);
    return may;
}

/* At most three in an hour, and never an hour in which none of them is good: whoever asks again and
 * again neither floods a mailbox nor leaves it without a link that works. */
static void
test_three_in_an_hour(void **state)
{
    struct desk *d = *state;
    char token[64], other[64], issued[64];
    struct link l;
    int64_t made[24];
    size_t n = 0;

    desk_wait(d, 2 * 60 * 60);
    for (int minute = 0; minute < 6 * 60; minute++) { /* a stranger asks each minute, for hours */
        if (may_mail(d, LINK_RESET, mara)) {
            make(d, LINK_RESET, mara, token);
            made[n++] = d->now.us;
        }
        assert_int_equal(look(d, LINK_RESET, token, &l), OK);
        desk_wait(d, 60);
    }
    assert_true(n > 3 && n < sizeof(made) / sizeof(made[0]));
    for (size_t i = 3; i < n; i++) {
        assert_true(made[i] - made[i - 3] >= 60 * 60 * 1000000LL);
    }
    /* Kinds and people do not share the number; what somebody signed in began does not count. */
    assert_true(may_mail(d, LINK_DEVICE, mara));
    assert_true(may_mail(d, LINK_RESET, piet));
    desk_wait(d, 2 * 60 * 60);
    make(d, LINK_RESET, mara, token);
    make(d, LINK_RESET, mara, other);
    assert_int_equal(look(d, LINK_RESET, token, &l), OK); /* both are good, until one is used */
    assert_int_equal(look(d, LINK_RESET, other, &l), OK);
    assert_false(may_mail(d, LINK_RESET, mara));
    for (int i = 0; i < LINK_MAILS_PER_HOUR; i++) { /* of an administrator, at the command line */
        make_for(d, LINK_RESET, piet, false, issued);
    }
    assert_true(may_mail(d, LINK_RESET, piet));
    assert_int_equal(link_take(desk_write(d), &l), OK);
    desk_commit(d);
    assert_int_equal(look(d, LINK_RESET, token, &l), RC_MISSING);
    assert_true(may_mail(d, LINK_RESET, mara));
}

static void
wish(struct desk *d, enum link_kind kind, struct user_id user)
{
    struct wtx *tx = desk_write(d);

    wtx_allow_untouched(tx, "the test wishes");
    assert_int_equal(link_wish(tx, kind, user), OK);
    desk_commit(d);
}

static void
test_wishes(void **state)
{
    struct desk *d = *state;
    struct link_wish *v;
    size_t n;

    (void)mail_was_queued();
    wish(d, LINK_RESET, mara);
    assert_true(mail_was_queued());
    wish(d, LINK_DEVICE, (struct user_id){0});
    assert_int_equal(link_wishes(desk_read(d), &v, &n), OK);
    assert_int_equal(n, 2);
    assert_int_equal(v[0].kind, LINK_RESET);
    assert_int_equal(v[0].user.n, mara.n);
    assert_int_equal(v[1].kind, LINK_DEVICE);
    assert_int_equal(v[1].user.n, 0);
    const struct link_wish_id first = v[0].id;
    desk_done(d);
    assert_int_equal(link_wish_done(desk_write(d), first), OK);
    desk_commit(d);
    assert_int_equal(link_wish_done(desk_write(d), first), RC_CONFLICT);
    desk_undo(d);
    assert_int_equal(link_wishes(desk_read(d), &v, &n), OK);
    desk_done(d);
    assert_int_equal(n, 1);
    desk_wait(d, 60 * 60);
    assert_int_equal(link_prune(desk_write(d)), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM link_wish"), 0);
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
        cmocka_unit_test(test_link),
        cmocka_unit_test(test_link_ends),
        cmocka_unit_test(test_link_and_password),
        cmocka_unit_test(test_three_in_an_hour),
        cmocka_unit_test(test_wishes),
        cmocka_unit_test(test_browser),
        cmocka_unit_test(test_browsers_end),
        cmocka_unit_test(test_no_label),
    };

    return cmocka_run_group_tests(tests, setup, desk_teardown);
}
