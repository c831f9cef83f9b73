/* asks_test.c: a wish of a workspace in the hands of master: what it waits for and how long, what
 * is begun, and what is not begun any more. Everything round it is the test's: the clock as well.
 */
#include "proc/asks.h"

#include <sys/mman.h>

#include "fake_loop.h"
#include "proc/backups.h"
#include "proc/drills.h"

enum { SECOND = 1000000, MINUTE = 60 * SECOND };

static struct master master;
static struct master_options opt = {.command_fd = -1};
static struct proc worker;
/* What was asked of others last. */
static struct call {
    char name[40], body[200];
    answer_fn *done;
    void *arg;
} call, begun, noted;
static int n_begun, n_noted;
static int64_t expected_workspace;

static void
take(struct call *c, struct str name, struct str body, answer_fn *done, void *arg)
{
    (void)snprintf(c->name, sizeof c->name, "%.*s", STR_FMT(name));
    (void)snprintf(c->body, sizeof c->body, "%.*s", STR_FMT(body));
    c->done = done;
    c->arg = arg;
}

static void
fake_order_to(struct master *m, int64_t workspace, const char *name, struct str json,
              answer_fn *done, void *arg)
{
    (void)m;
    assert_int_equal(workspace, expected_workspace);
    take(&call, str_of(name), json, done, arg);
}

static void
fake_order(struct master *m, const char *name, const char *json, answer_fn *done, void *arg)
{
    (void)m;
    const bool of_audit = strcmp(name, "catalogue.refused") == 0;
    n_noted += of_audit;
    take(of_audit ? &noted : &call, str_of(name), str_of(json), done, arg);
}

static void
fake_begin(struct master *m, int64_t workspace, struct str name, struct str id, answer_fn *done,
           void *arg)
{
    (void)m;
    assert_int_equal(workspace, expected_workspace);
    n_begun++;
    take(&begun, name, id, done, arg);
}

static void
fake_drill(struct master *m, int64_t workspace, struct str name, struct str id, int fd,
           answer_fn *done, void *arg)
{
    assert_int_equal(fd >= 0, str_eq(name, STR("export.run")));
    if (fd >= 0) {
        close(fd);
    }
    fake_begin(m, workspace, name, id, done, arg);
}

#define command_order fake_order
#define command_order_to fake_order_to
#define backup_begin fake_begin
#define drill_begin fake_drill
#include "proc/asks.c"

static int
start(void **state)
{
    (void)state;
    master = (struct master){.opt = &opt};
    worker =
        (struct proc){.m = &master, .role = R_WRITER, .workspace = 1, .control = {.w = {.fd = -1}}};
    now_us = 1;
    due = NULL;
    n_begun = n_noted = 0;
    expected_workspace = 1;
    call = begun = noted = (struct call){0};
    return 0;
}

static int
finish(void **state)
{
    (void)state;
    ask_end_all(&master);
    return 0;
}

static void
wish(const char *name, int64_t order)
{
    static uint8_t buf[1000];
    struct frame_out f;
    struct frame in;
    frame_begin(&f, buf, sizeof buf, W_ASK, 0);
    frame_put_str(&f, W_F_NAME, str_of(name));
    frame_put_str(&f, W_F_BODY, STR("20261122T031500Z"));
    frame_put_i64(&f, W_F_ORDER, order);
    assert_int_equal(frame_parse(f.p, f.n, &in), OK);
    ask_take(&worker, &in);
}

static void
fire(void)
{
    struct timer *t = due;
    assert_non_null(t);
    due = NULL;
    now_us = t->at_us > now_us ? t->at_us : now_us;
    t->fn(t);
}

static void
answer_to(struct call *c, enum rc rc, const char *code, const char *body)
{
    struct call was = *c;
    assert_non_null(was.done);
    *c = (struct call){0};
    was.done(was.arg, &(struct answer){rc, code, "", rc == OK ? str_of(body) : STR_NONE});
}

/* The workspace says that it is wanted, and it is begun. */
static void
begins(const char *name)
{
    fire();
    assert_string_equal(call.name, "restore.is_wanted");
    assert_string_equal(call.body, "{\"order\":7}");
    answer_to(&call, OK, "", "{\"wanted\":true}");
    assert_string_equal(begun.name, name);
}

/* It was told; the end. */
static void
is_told(const char *code)
{
    char want[200];
    (void)snprintf(want, sizeof want,
                   "{\"order\":7,\"what\":\"restore.apply\",\"code\":\"%s\",\"result\":{}}", code);
    assert_string_equal(call.name, "restore.ended");
    assert_string_equal(call.body, want);
    answer_to(&call, OK, "", "{}");
    assert_null(master.wishes);
    assert_null(due);
}

static void
it_is_begun_and_its_end_is_told(void **state)
{
    (void)state;
    wish("restore.apply", 7);
    wish("restore.apply", 7); /* again, as its worker was born again */
    begins("restore.apply");
    assert_string_equal(begun.body, "20261122T031500Z");
    answer_to(&begun, OK, "", "{}");
    is_told("");
    assert_int_equal(n_begun, 1);
}

/* Hours behind a backup that sends its copies far away are no failure. */
static void
it_waits_out_whoever_is_at_work(void **state)
{
    (void)state;
    wish("restore.apply", 7);
    for (int i = 0; i < 5 * 3600; i++) {
        begins("restore.apply");
        answer_to(&begun, RC_CONFLICT, i % 2 ? "backup.running" : "archive.exists", "");
        assert_null(call.done);
    }
    assert_true(now_us > 4 * (int64_t)60 * MINUTE);
    begins("restore.apply");
    answer_to(&begun, OK, "", "{}");
    is_told("");
}

static void
it_waits_out_a_loaded_machine_for_a_while(void **state)
{
    (void)state;
    wish("restore.apply", 7);
    begins("restore.apply");
    answer_to(&begun, RC_BUSY, "busy", "");
    fire(); /* asking may find it busy as well */
    answer_to(&call, RC_BUSY, "busy", "");
    begins("restore.apply");
    answer_to(&begun, RC_CONFLICT, "backup.running", "");
    now_us += 14 * (int64_t)MINUTE; /* from then on */
    begins("restore.apply");
    answer_to(&begun, RC_BUSY, "busy", "");
    now_us += 2 * (int64_t)MINUTE;
    begins("restore.apply");
    answer_to(&begun, RC_BUSY, "busy", "");
    is_told("busy");
}

static void
a_failure_is_told_at_once(void **state)
{
    (void)state;
    wish("restore.apply", 7);
    begins("restore.apply");
    answer_to(&begun, RC_BROKEN, "archive.damaged", "");
    is_told("archive.damaged");
}

/* The operator put the same state back while it waited: the workspace knows, and it is not done
 * again. */
static void
what_is_not_wanted_any_more_is_not_begun(void **state)
{
    (void)state;
    wish("restore.apply", 7);
    begins("restore.apply");
    answer_to(&begun, RC_CONFLICT, "backup.running", "");
    fire();
    answer_to(&call, OK, "", "{\"wanted\":false}");
    assert_int_equal(n_begun, 1);
    assert_null(call.done);
    assert_null(master.wishes);
}

/* What is owed is the registrar's, who is not asked whether it is wanted. */
static void
what_is_owed_is_told(void **state)
{
    (void)state;
    wish("charge.done", 7);
    fire();
    assert_string_equal(call.name, "charge.done");
    answer_to(&call, OK, "", "{}");
    assert_string_equal(call.name, "restore.ended");
    answer_to(&call, OK, "", "{}");
    assert_null(master.wishes);
}

/* One that is taken over says that all it asks for is wanted, and has as many numbers as it likes.
 */
static bool
is_done(const char *name, int64_t order)
{
    char want[200];
    const int before = n_begun;
    wish(name, order);
    fire();
    if (strcmp(call.name, "restore.is_wanted") == 0) {
        answer_to(&call, OK, "", "{\"wanted\":true}");
        answer_to(&begun, OK, "", "{}");
    } else {
        (void)snprintf(want, sizeof want,
                       "{\"order\":%d,\"what\":\"%s\",\"code\":\"wish.often\",\"result\":{}}",
                       (int)order, name);
        assert_string_equal(call.body, want);
    }
    assert_string_equal(call.name, "restore.ended");
    answer_to(&call, OK, "", "{}");
    assert_null(master.wishes);
    return n_begun > before;
}

static void
more_than_a_workspace_may_want_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int most;
    } kinds[] = {
        {"backup.run",      6 },
        {"restore.preview", 30},
        {"restore.find",    40},
        {"restore.apply",   12},
        {"restore.take",    12}
    };
    int64_t order = 1;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        for (int n = 0; n < kinds[i].most; n++) {
            assert_true(is_done(kinds[i].name, order++));
        }
        assert_int_equal(n_noted, i);
        for (int n = 0; n < 100; n++) {
            assert_false(is_done(kinds[i].name, order++));
        }
        assert_int_equal(n_noted, i + 1); /* no flood there either */
        assert_string_equal(noted.body, "{\"workspace\":1,\"code\":\"wish.often\"}");
        answer_to(&noted, RC_BUSY, "busy", ""); /* it is on the log, then */
    }
}

static void
after_an_hour_it_may_want_again(void **state)
{
    (void)state;
    const int64_t began_us = now_us;
    for (int64_t order = 1; order <= 6; order++) {
        assert_true(is_done("backup.run", order));
        now_us += MINUTE;
    }
    now_us = began_us + 60 * (int64_t)MINUTE - 1;
    assert_false(is_done("backup.run", 7));
    now_us++;
    for (int64_t order = 8; order <= 13; order++) {
        assert_true(is_done("backup.run", order));
    }
    assert_false(is_done("backup.run", 14));
    assert_int_equal(n_noted, 2);
}

/* What one workspace wanted is nothing to another. */
static void
each_workspace_has_its_own_number(void **state)
{
    (void)state;
    for (int64_t order = 1; order <= 7; order++) {
        assert_int_equal(is_done("backup.run", order), order <= 6);
    }
    worker.workspace = expected_workspace = 2;
    assert_true(is_done("backup.run", 8));
}

static void
ask_for_export(int64_t order)
{
    static uint8_t buf[1000];
    struct frame_out f;
    struct frame in;
    frame_begin(&f, buf, sizeof buf, W_ASK, 0);
    frame_put_str(&f, W_F_NAME, STR("export.run"));
    frame_put_str(&f, W_F_BODY, STR("key"));
    frame_put_i64(&f, W_F_ORDER, order);
    assert_int_equal(frame_parse(f.p, f.n, &in), OK);
    in.fd = memfd_create("export", MFD_CLOEXEC);
    assert_true(in.fd >= 0);
    ask_take(&worker, &in);
}

static int
export_wish(int64_t order)
{
    ask_for_export(order);
    fire();
    if (strcmp(call.name, "transfer.is_wanted") == 0) {
        answer_to(&call, OK, "", "{\"wanted\":true}");
    }
    const int before = n_begun;
    if (begun.done != NULL) {
        answer_to(&begun, OK, "", "{}");
    }
    assert_string_equal(call.name, "transfer.ended");
    answer_to(&call, OK, "", "{}");
    return before;
}

/* Twice what its page grants, and as there in a day. */
static void
exports_are_counted_by_the_day(void **state)
{
    (void)state;
    for (int64_t order = 1; order <= 9; order++) {
        assert_int_equal(export_wish(order), order <= 6 ? order : 6);
        now_us += 60 * (int64_t)MINUTE;
    }
    assert_int_equal(n_noted, 1);
    now_us += 15 * 60 * (int64_t)MINUTE; /* 24 hours after the first */
    assert_int_equal(export_wish(10), 7);
}

/* Somebody's key was not seen, and she dropped it: nothing is written that nobody can open. */
static void
an_export_that_was_dropped_is_not_begun(void **state)
{
    (void)state;
    ask_for_export(7);
    fire();
    assert_string_equal(call.name, "transfer.is_wanted");
    assert_string_equal(call.body, "{\"order\":7}");
    answer_to(&call, OK, "", "{\"wanted\":false}");
    assert_int_equal(n_begun, 0);
    assert_null(call.done);
    assert_null(master.wishes);
}

static size_t
held(void)
{
    size_t n = 0;
    for (const struct wish *w = master.wishes; w != NULL; w = w->next) {
        n++;
    }
    return n;
}

/* They wait for the registrar, and nothing else waits for them. */
static void
what_is_owed_holds_nothing_up(void **state)
{
    (void)state;
    for (int64_t order = 100; order < 140; order++) {
        wish("charge.done", order);
    }
    assert_int_equal(held(), 40);
    wish("restore.apply", 7);
    begins("restore.apply");
}

/* Whoever wants too much at once is told so, and not left waiting; more than that is no flood. */
static void
the_seventeenth_that_waits_is_refused(void **state)
{
    (void)state;
    for (int64_t order = 100; order < 116; order++) {
        wish("restore.preview", order);
    }
    wish("restore.apply", 7);
    assert_int_equal(held(), 17);
    fire();
    assert_string_equal(call.name, "restore.ended");
    assert_non_null(
        strstr(call.body, "{\"order\":7,\"what\":\"restore.apply\",\"code\":\"wish.often\""));
    answer_to(&call, OK, "", "{}");
    assert_int_equal(held(), 16);
    wish("charge.done", 8);
    fire();
    assert_string_equal(call.name, "charge.done");
    for (int64_t order = 200; order < 400; order++) {
        wish("restore.find", order);
    }
    assert_int_equal(held(), 64 + 1);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_begun_and_its_end_is_told, start, finish),
        cmocka_unit_test_setup_teardown(it_waits_out_whoever_is_at_work, start, finish),
        cmocka_unit_test_setup_teardown(it_waits_out_a_loaded_machine_for_a_while, start, finish),
        cmocka_unit_test_setup_teardown(a_failure_is_told_at_once, start, finish),
        cmocka_unit_test_setup_teardown(what_is_not_wanted_any_more_is_not_begun, start, finish),
        cmocka_unit_test_setup_teardown(what_is_owed_is_told, start, finish),
        cmocka_unit_test_setup_teardown(more_than_a_workspace_may_want_is_refused, start, finish),
        cmocka_unit_test_setup_teardown(after_an_hour_it_may_want_again, start, finish),
        cmocka_unit_test_setup_teardown(each_workspace_has_its_own_number, start, finish),
        cmocka_unit_test_setup_teardown(exports_are_counted_by_the_day, start, finish),
        cmocka_unit_test_setup_teardown(an_export_that_was_dropped_is_not_begun, start, finish),
        cmocka_unit_test_setup_teardown(what_is_owed_holds_nothing_up, start, finish),
        cmocka_unit_test_setup_teardown(the_seventeenth_that_waits_is_refused, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
