/* transfers_test.c: an import's last steps, and what is not begun beside what. Everything round it
 * is the test's. */
#include <fcntl.h>

#include "proc/drills_own.h"
#include "proc/transfers.h"

static struct master master;
static struct live place;
static struct proc writer;
static struct timer *due;
static bool drill_runs;
static char asked[40];
static answer_fn *asked_done;
static void *asked_arg;
static char answered[40];

static void
fake_at(struct loop *l, struct timer *t, int64_t at_us)
{
    (void)l;
    (void)at_us;
    due = t;
}

static void
fake_cancel(struct loop *l, struct timer *t)
{
    (void)l;
    due = due == t ? NULL : due;
}

static int64_t
fake_now(const struct loop *l)
{
    (void)l;
    return 1;
}

static struct live *
fake_get(struct master *m, int64_t workspace, const char **ret_why)
{
    (void)m;
    (void)workspace;
    (void)ret_why;
    return &place;
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
fake_drill_is_running(const struct master *m, int64_t workspace)
{
    (void)m;
    (void)workspace;
    return drill_runs;
}

static void
fake_stop(struct proc *p)
{
    p->is_stopping = true;
}

#define loop_at fake_at
#define loop_cancel fake_cancel
#define loop_now fake_now
#define live_get fake_get
#define live_find fake_find
#define command_order_to fake_order_to
#define drill_is_running fake_drill_is_running
#define proc_stop fake_stop
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
    drill_runs = false;
    asked[0] = answered[0] = '\0';
    return 0;
}

static int
finish_all(void **state)
{
    (void)state;
    transfer_end_all(&master);
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

static void
begin(const char *name)
{
    transfer_begin(&master, 1, str_of(name), STR(""), open("/dev/null", O_RDONLY | O_CLOEXEC),
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
    swap(master.transfers);
    assert_string_equal(place.restore, "import");
    writer = (struct proc){
        .m = &master, .role = R_WRITER, .live = &place, .is_ready = true, .restores = true};
    for (int i = 0; i < 3; i++) {
        fire();
        tell("restore.report", OK, "");
        tell("transfer.owner", RC_IO, "io");
        assert_string_equal(asked, "");
    }
    fire();
    tell("restore.report", RC_IO, "io");
    assert_string_equal(asked, "");
    fire();
    tell("restore.report", OK, "");
    tell("transfer.owner", OK, "");
    assert_string_equal(answered, "OK");
    assert_null(master.transfers);
}

static void
none_beside_another_or_a_restore(void **state)
{
    (void)state;
    drill_runs = true;
    begin("workspace.import");
    assert_string_equal(answered, "backup.running");
    begin("workspace.export");
    assert_string_equal(answered, "backup.running");
    assert_false(transfer_is_running(&master, 1));
    drill_runs = false;
    answered[0] = '\0';
    begin("workspace.export");
    assert_string_equal(answered, "");
    assert_true(transfer_is_running(&master, 1));
    assert_false(transfer_is_running(&master, 2));
    begin("workspace.import");
    assert_string_equal(answered, "backup.running");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_dead_worker_is_not_asked_again, start, finish_all),
        cmocka_unit_test_setup_teardown(none_beside_another_or_a_restore, start, finish_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
