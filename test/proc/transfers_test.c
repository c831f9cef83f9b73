/* transfers_test.c: an import's last steps, and what is not begun beside what. Everything round it
 * is the test's. */
#include <fcntl.h>

#include "fake_loop.h"
#include "proc/copy_remote.h"
#include "proc/drills_own.h"

static struct master master;
static struct live place;
static struct proc writer;
static const struct proc *killed;
static bool aside;
static char asked[40];
static answer_fn *asked_done;
static void *asked_arg;
static char answered[40];

static struct live *
fake_get(struct master *m, int64_t workspace, const char **ret_why)
{
    (void)m;
    (void)workspace;
    *ret_why = "quarantined";
    return aside ? NULL : &place;
}

static struct live *
fake_find(const struct master *m, int64_t workspace)
{
    (void)m;
    (void)workspace;
    return &place;
}

static void
fake_order_to(struct master *m, int64_t workspace, const char *name, struct str json,
              answer_fn *done, void *arg)
{
    (void)m;
    (void)workspace;
    (void)json;
    (void)snprintf(asked, sizeof asked, "%s", name);
    asked_done = done;
    asked_arg = arg;
}

static bool
fake_quiet(const struct master *m, int64_t workspace)
{
    (void)m;
    (void)workspace;
    return true;
}

static void
fake_hold(struct live *lv)
{
    lv->is_held = true;
    lv->proc = NULL;
}

static void
fake_release(struct live *lv)
{
    lv->is_held = false;
    lv->proc = &writer;
}

static void
fake_stop(struct proc *p)
{
    p->is_stopping = true;
}

static void
fake_kill(struct proc *p)
{
    killed = p;
}

static void
fake_ask(struct drill_job *j)
{
    due = &j->timer;
}

#define drill_ask fake_ask
#define live_get fake_get
#define live_find fake_find
#define command_order_to fake_order_to
#define proc_stop fake_stop
#define proc_kill fake_kill
#define live_hold fake_hold
#define live_release fake_release
#define backup_is_quiet fake_quiet
#include "proc/drill_swap.c"
#include "proc/drills.c"
#include "proc/transfers.c"

static void
take_answer(void *arg, const struct answer *a)
{
    (void)arg;
    (void)snprintf(answered, sizeof answered, "%s", a->rc == OK ? "OK" : a->code);
}

static int
start(void **state)
{
    (void)state;
    master = (struct master){0};
    place = (struct live){.m = &master, .workspace = 1, .proc = &writer};
    writer = (struct proc){.m = &master, .role = R_WRITER, .live = &place, .is_ready = true};
    due = NULL;
    now_us = 1;
    killed = NULL;
    aside = false;
    asked[0] = answered[0] = '\0';
    return 0;
}

static int
finish_all(void **state)
{
    (void)state;
    drill_end_all(&master);
    return 0;
}

static void
fire(void)
{
    struct timer *t = due;
    assert_non_null(t);
    due = NULL;
    t->fn(t);
}

static void
tell(const char *name, enum rc rc, const char *code)
{
    assert_string_equal(asked, name);
    asked[0] = '\0';
    asked_done(asked_arg, &(struct answer){rc, code, "", STR_NONE});
}

/* Who was asked dies. */
static void
lose(const char *name)
{
    assert_string_equal(asked, name);
    asked[0] = '\0';
    asked_done(asked_arg, &(struct answer){RC_IO, "io", ANSWER_LOST, STR_NONE});
}

static void
begin(const char *name)
{
    drill_begin(&master, 1, str_of(name), STR(""), open("/dev/null", O_RDONLY | O_CLOEXEC),
                take_answer, NULL);
}

/* Whoever hears of a worker's death at the moment of its end may ask only its successor, in the
 * next turn; asked at once, the dead one would be asked, and nobody answered for ten minutes. */
static void
a_dead_worker_is_not_asked_again(void **state)
{
    (void)state;
    begin("workspace.import");
    tell("transfer.import_check", OK, "");
    drill_swap(master.drills);
    fire();
    assert_true(place.is_held);
    assert_string_equal(place.restore, "");
    fire();
    assert_false(place.is_held);
    assert_string_equal(place.restore, "import");
    writer = (struct proc){
        .m = &master, .role = R_WRITER, .live = &place, .is_ready = true, .restores = true};
    for (int i = 0; i < 3; i++) {
        fire();
        tell("restore.report", OK, "");
        lose("transfer.owner");
        assert_string_equal(asked, "");
    }
    fire();
    lose("restore.report");
    assert_string_equal(asked, "");
    fire();
    tell("restore.report", OK, "");
    tell("transfer.owner", OK, "");
    assert_string_equal(answered, "OK");
    assert_null(master.drills);
}

static void
begin_to_swap(void)
{
    begin("workspace.import");
    tell("transfer.import_check", OK, "");
    drill_swap(master.drills);
    fire();
    fire();
    assert_string_equal(place.restore, "import");
    writer = (struct proc){
        .m = &master, .role = R_WRITER, .live = &place, .is_ready = true, .restores = true};
}

/* A disk that fails it is an answer, and the last: no successor tries again behind people's backs.
 */
static void
a_failing_disk_is_no_death(void **state)
{
    (void)state;
    begin_to_swap();
    fire();
    tell("restore.report", RC_IO, "io");
    assert_string_equal(place.restore, "");
    tell("transfer.import_refused", OK, "");
    assert_string_equal(answered, "io");
    assert_null(master.drills);
}

/* It was ready without having put the state back, and died before it said why: its successor knows
 * of no order (take_ready()). */
static void
a_successor_without_the_order_ends_it(void **state)
{
    (void)state;
    begin_to_swap();
    fire();
    lose("restore.report");
    place.restore[0] = '\0';
    writer.restores = false;
    fire();
    tell("transfer.import_refused", OK, "");
    assert_string_equal(answered, "io");
    assert_null(master.drills);
}

static void
refuse(bool is_as_was)
{
    writer.is_ready = false;
    writer.refusal = RC_BROKEN;
    writer.is_as_was = is_as_was;
    (void)snprintf(writer.refusal_code, sizeof writer.refusal_code, "keys");
    drill_worker_failed(&writer);
}

/* The state is in its place, and then the worker cannot start for a reason of its own: that is no
 * failure of the restore. The next one is asked, and says what the store says. */
static void
a_successor_that_refuses_behind_the_swap_is_followed(void **state)
{
    (void)state;
    begin_to_swap();
    fire();
    asked[0] = '\0';
    for (int i = 0; i < 2; i++) {
        refuse(false);
        assert_string_equal(asked, "");
        assert_string_equal(answered, "");
        assert_string_equal(place.restore, "import");
    }
    writer = (struct proc){
        .m = &master, .role = R_WRITER, .live = &place, .is_ready = true, .restores = true};
    fire();
    tell("restore.report", OK, "");
    tell("transfer.owner", OK, "");
    assert_string_equal(answered, "OK");
    assert_null(master.drills);
}

/* None starts any more: the last one's own word is the answer. */
static void
a_successor_that_never_starts_is_named(void **state)
{
    (void)state;
    begin_to_swap();
    refuse(false);
    aside = true;
    fire();
    tell("transfer.import_refused", OK, "");
    assert_string_equal(answered, "keys");
    assert_null(master.drills);
}

static void
what_could_not_be_put_back_is_the_end(void **state)
{
    (void)state;
    begin_to_swap();
    refuse(true);
    assert_string_equal(place.restore, "");
    tell("transfer.import_refused", OK, "");
    assert_string_equal(answered, "keys");
    assert_null(master.drills);
}

/* Told that it failed, nobody shall find the state there later. */
static void
who_takes_too_long_is_ended(void **state)
{
    (void)state;
    begin_to_swap();
    writer.is_ready = false;
    fire();
    assert_null(killed);
    now_us += 3601 * INT64_C(1000000);
    fire();
    assert_ptr_equal(killed, &writer);
    assert_string_equal(place.restore, "");
    tell("transfer.import_refused", OK, "");
    assert_string_equal(answered, "busy");
}

static void
none_beside_another_or_a_restore(void **state)
{
    (void)state;
    drill_begin(&master, 1, STR("restore.apply"), STR("20261122T031500Z"), -1, take_answer, NULL);
    assert_string_equal(answered, "");
    begin("workspace.import");
    assert_string_equal(answered, "backup.running");
    answered[0] = '\0';
    begin("workspace.export");
    assert_string_equal(answered, "backup.running");
    drill_end_all(&master);
    assert_false(drill_is_running(&master, 1));
    answered[0] = '\0';
    begin("workspace.export");
    assert_string_equal(answered, "");
    assert_true(drill_is_running(&master, 1));
    assert_false(drill_is_running(&master, 2));
    drill_begin(&master, 1, STR("restore.apply"), STR("20261122T031500Z"), -1, take_answer, NULL);
    assert_string_equal(answered, "backup.running");
}

/* What failed is told to the workspace first, once, and people are served again by then. */
static void
an_import_that_fails_is_told(void **state)
{
    (void)state;
    begin("workspace.import");
    tell("transfer.import_check", OK, "");
    drill_swap(master.drills);
    fire();
    assert_true(place.is_held);
    drill_fail(master.drills, RC_IO, "store.full", "");
    assert_false(place.is_held);
    assert_string_equal(answered, "");
    tell("transfer.import_refused", OK, "");
    assert_string_equal(answered, "store.full");
    assert_null(master.drills);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_dead_worker_is_not_asked_again, start, finish_all),
        cmocka_unit_test_setup_teardown(a_failing_disk_is_no_death, start, finish_all),
        cmocka_unit_test_setup_teardown(a_successor_without_the_order_ends_it, start, finish_all),
        cmocka_unit_test_setup_teardown(a_successor_that_refuses_behind_the_swap_is_followed, start,
                                        finish_all),
        cmocka_unit_test_setup_teardown(a_successor_that_never_starts_is_named, start, finish_all),
        cmocka_unit_test_setup_teardown(what_could_not_be_put_back_is_the_end, start, finish_all),
        cmocka_unit_test_setup_teardown(who_takes_too_long_is_ended, start, finish_all),
        cmocka_unit_test_setup_teardown(an_import_that_fails_is_told, start, finish_all),
        cmocka_unit_test_setup_teardown(none_beside_another_or_a_restore, start, finish_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
