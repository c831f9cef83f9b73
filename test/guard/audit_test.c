/* The audit row of a change: who, when, which fields, what may not be kept; and that it is never
 * changed. */
#include "guard/audit.h"

#include "desk.h"

struct sample {
    struct str title, note, secret_code, home;
    struct minutes minutes;
    bool done;
};
static const struct field sample_fields[] = {
    FIELD(struct sample, title, T_NONE),
    FIELD(struct sample, note, T_NONE, .area = true, .max = 5000),
    FIELD(struct sample, secret_code, T_NONE, .secret = true),
    FIELD(struct sample, home, T_NONE, .personal = true),
    FIELD(struct sample, minutes, T_NONE),
    FIELD(struct sample, done, T_NONE),
};
static const struct form_def sample_def = FORM_DEF(sample, sample_fields);

static const struct sample empty = {
    .title = {"", 0},
    .note = {"",  0},
    .secret_code = {"",0},
    .home = {"", 0},
    .minutes = {NONE_I32 }
};

static struct audit_entry
last(struct desk *d, int64_t id)
{
    struct audit_entry *v;
    size_t n;

    assert_int_equal(audit_history(desk_read(d), (struct subject){"project", id}, 10, &v, &n), OK);
    assert_true(n >= 1);
    return v[0];
}

static void
note(struct desk *d, int64_t id, const struct sample *before, const struct sample *after)
{
    struct wtx *tx = desk_write(d);

    assert_int_equal(touch(tx, EVENT_PROJECT_CHANGED, (struct subject){"project", id}, &sample_def,
                           before, after),
                     OK);
    assert_int_equal(wtx_commit(tx),
                     RC_BROKEN); /* touched, but nothing changed: a fault of the verb */
    tx = desk_write(d);
    wtx_allow_untouched(tx, "test");
    assert_int_equal(touch(tx, EVENT_PROJECT_CHANGED, (struct subject){"project", id}, &sample_def,
                           before, after),
                     OK);
    assert_int_equal(wtx_commit(tx), OK);
}

static void
test_changes(void **state)
{
    struct desk *d = *state;
    struct sample a = empty, b;

    a.title = STR("Fahrplan");
    a.secret_code = STR("geheim");
    a.home = STR("Kiel");
    a.minutes.n = 90;
    b = a;
    b.title = STR("Fahrplan\tneu\\1\nzwei");
    b.secret_code = STR("anders");
    b.home = STR("Lübeck");
    b.done = true;
    note(d, 1, &a, &b);
    const struct audit_entry e = last(d, 1);
    assert_int_equal(e.n_changes, 4);
    assert_true(str_eq(e.event, STR("project.changed")));
    assert_int_equal(e.at.us, d->now.us);
    assert_int_equal(e.user.n, 0);
    assert_true(str_eq(e.changes[0].field, STR("title")));
    assert_true(str_eq(e.changes[0].before, STR("Fahrplan")));
    assert_true(str_eq(e.changes[0].after, STR("Fahrplan\tneu\\1\nzwei")));
    for (size_t i = 1; i < 3; i++) { /* secret and personal: that they changed, not to what */
        assert_false(e.changes[i].has_values);
        assert_int_equal(e.changes[i].after.n, 0);
    }
    assert_true(str_eq(e.changes[3].field, STR("done")));
    desk_done(d);
    assert_int_equal(
        desk_number(d, "guard",
                    "SELECT count(*) AS n_count FROM audit WHERE fields_text LIKE '%geheim%'"
                    " OR fields_text LIKE '%beck%'"),
        0);
}

static void
test_count(void **state)
{
    struct desk *d = *state;
    struct sample a = empty;
    int64_t n = -1;

    a.title = STR("Gezählt");
    note(d, 7, NULL, &a);
    note(d, 8, NULL, &a);
    assert_int_equal(audit_count(desk_read(d), EVENT_PROJECT_CHANGED, "project", d->now, &n), OK);
    assert_true(n >= 2);
    desk_done(d);
    assert_int_equal(audit_count(desk_read(d), EVENT_PROJECT_CHANGED, "project",
                                 (struct instant){d->now.us + 1}, &n),
                     OK);
    assert_int_equal(n, 0); /* since then */
    desk_done(d);
    assert_int_equal(audit_count(desk_read(d), EVENT_PROJECT_CHANGED, "nobody", d->now, &n), OK);
    assert_int_equal(n, 0);
    desk_done(d);
}

static void
test_new_and_gone(void **state)
{
    struct desk *d = *state;
    struct sample a = empty;

    a.title = STR("Neu");
    a.minutes.n = 30;
    note(d, 2, NULL, &a);
    struct audit_entry e = last(d, 2);
    assert_true(str_eq(e.changes[0].before, STR("")));
    assert_true(str_eq(e.changes[0].after, STR("Neu")));
    desk_done(d);
    note(d, 2, &a, NULL);
    e = last(d, 2);
    assert_true(str_eq(e.changes[0].before, STR("Neu")));
    assert_true(str_eq(e.changes[0].after, STR("")));
    desk_done(d);
    note(d, 3, &a, &a);
    e = last(d, 3);
    assert_int_equal(e.n_changes, 0);
    desk_done(d);
}

static void
test_long_values(void **state)
{
    struct desk *d = *state;
    struct sample a = empty;
    char text[2001];

    for (size_t i = 0; i < sizeof(text) - 1; i += 2) {
        memcpy(text + i, "ü", 2);
    }
    a.note = (struct str){text, sizeof(text) - 1};
    note(d, 4, NULL, &a);
    const struct audit_entry e = last(d, 4);
    assert_true(str_is_utf8(e.changes[0].after));
    assert_true(str_ends(e.changes[0].after, STR("ü…")));
    assert_int_equal(e.changes[0].after.n, 300 + 3);
    desk_done(d);
}

/* More fields than fit: the rest is counted. */
static void
test_many_fields(void **state)
{
    struct desk *d = *state;
    static struct field many[60];
    const struct form_def def = {
        .name = "many", .fields = many, .n = 60, .size = sizeof(struct sample)};
    struct sample a = empty;
    char text[301];
    struct wtx *tx;

    memset(text, 'x', 300);
    text[300] = '\0';
    a.title = str_of(text);
    for (size_t i = 0; i < 60; i++) {
        many[i] = sample_fields[0];
    }
    tx = desk_write(d);
    assert_int_equal(
        touch(tx, EVENT_PROJECT_CHANGED, (struct subject){"project", 5}, &def, NULL, &a), OK);
    desk_commit(d);
    assert_int_equal(
        desk_number(d, "guard",
                    "SELECT count(*) AS n_count FROM audit WHERE subject_number = 5 AND"
                    " length(fields_text) <= 8000 AND fields_text LIKE '%' || char(10) ||"
                    " '+__' || char(10)"),
        1);
}

/* Only security events keep the coarse network; the system says why it acts. */
static void
test_who(void **state)
{
    struct desk *d = *state;
    const struct actor system_actor = {.reason = "cli user.add"};
    struct wtx *tx = desk_write(d);

    assert_int_equal(touch(tx, EVENT_SIGNED_OUT, (struct subject){"user", 9}, NULL, NULL, NULL),
                     OK);
    assert_int_equal(
        touch(tx, EVENT_TIME_ADDED, (struct subject){"time_entry", 9}, NULL, NULL, NULL), OK);
    assert_int_equal(touch(tx, EVENT_DEMO_FILLED, (struct subject){NULL, 0}, NULL, NULL, NULL), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM audit WHERE event_text ="
                                 " 'user.signed_out' AND network_text = '192.0.2.0/24'"),
                     1);
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM audit WHERE event_text ="
                                 " 'time.added' AND network_text IS NULL"),
                     1);
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM audit WHERE event_text ="
                                 " 'workspace.demo_filled' AND subject_number IS NULL"),
                     1);
    arena_reset(d->mem);
    assert_int_equal(wtx_begin(d->store, d->mem, d->now, &system_actor, &d->err, &d->w), OK);
    assert_int_equal(touch(d->w, EVENT_USER_ADDED, (struct subject){"user", 9}, NULL, NULL, NULL),
                     OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard",
                                 "SELECT count(*) AS n_count FROM audit WHERE reason_text ="
                                 " 'cli user.add' AND actor_user_id IS NULL"),
                     1);
}

static void
test_names(void **state)
{
    (void)state;
    for (unsigned e = 1; e < EVENT_COUNT; e++) {
        const char *name = event_name((enum event)e);
        assert_non_null(strchr(name, '.'));
        for (unsigned k = 1; k < e; k++) {
            assert_string_not_equal(name, event_name((enum event)k));
        }
        char key[96];
        (void)snprintf(key, sizeof(key), "event.%s", name);
        if (text_find(str_of(key)) == T_NONE) {
            FAIL_TEST("no text %s", key);
        }
    }
}

/* A row that is missing in the middle or at the end is seen; the oldest may go. */
static void
test_no_gap(void **state)
{
    struct desk *d = *state;

    assert_int_equal(audit_check(desk_read(d)), OK);
    desk_done(d);
    for (int64_t i = 1; i <= 4; i++) {
        note(d, i, NULL, &empty);
    }
    assert_int_equal(audit_check(desk_read(d)), OK);
    desk_done(d);
    static const char more[] =
        "UPDATE id_counter SET last_number = last_number + 1 WHERE table_name = 'audit'";
    static const char less[] =
        "UPDATE id_counter SET last_number = last_number - 1 WHERE table_name = 'audit'";
    desk_sql(d, "store", more); /* the last one is missing */
    assert_int_equal(audit_check(desk_read(d)), RC_BROKEN);
    assert_int_equal(d->err.code, E_AUDIT_GAP);
    desk_done(d);
    note(d, 5, NULL, &empty); /* one in the middle is */
    assert_int_equal(audit_check(desk_read(d)), RC_BROKEN);
    desk_done(d);
    desk_sql(d, "store", less);
    assert_int_equal(audit_check(desk_read(d)), RC_BROKEN);
    desk_done(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),     cmocka_unit_test(test_new_and_gone),
        cmocka_unit_test(test_long_values), cmocka_unit_test(test_many_fields),
        cmocka_unit_test(test_who),         cmocka_unit_test(test_names),
        cmocka_unit_test(test_count),       cmocka_unit_test(test_no_gap),
    };

    return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
