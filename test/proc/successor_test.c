/* successor_test.c: what is ordered because a worker could not start waits for the next one. What
 * waited for that worker is answered. */
#include "fake_loop.h"
#include "proc/copy_remote.h"
#include "proc/drills_own.h"

static struct master master;
static struct live place;
static int ended, waited, told;

static struct live *
fake_get(struct master *m, int64_t workspace, const char **ret_why)
{
    (void)m;
    (void)workspace;
    *ret_why = "busy";
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
fake_stop(struct proc *p)
{
    p->is_stopping = true;
}

static void
fake_ask(struct drill_job *j)
{
    (void)j;
}

#define drill_ask fake_ask
#define live_get fake_get
#define live_find fake_find
#define proc_stop fake_stop
#include "proc/command.c"
#include "proc/command_pending.c"
#include "proc/drill_swap.c"
#include "proc/drills.c"

static void
end_was_told(void *arg, const struct answer *a)
{
    (void)arg;
    (void)a;
    told++;
}

static void
has_waited(void *arg, const struct answer *a)
{
    (void)arg;
    assert_string_equal(a->code, code_name(E_WORKER));
    waited++;
}

/* As a wish does it (asks.c). */
static void
has_ended(void *arg, const struct answer *a)
{
    (void)arg;
    assert_int_equal(a->rc, RC_BROKEN);
    ended++;
    command_order_to(&master, 1, "restore.ended", STR("{}"), end_was_told, NULL);
}

static void
the_end_of_an_order_waits_for_the_next_worker(void **state)
{
    (void)state;
    struct proc writer = {.m = &master,
                          .role = R_WRITER,
                          .live = &place,
                          .restores = true,
                          .is_as_was = true,
                          .refusal = RC_BROKEN,
                          .refusal_code = "restore.damaged"};
    place = (struct live){.m = &master, .workspace = 1};
    command_order_to(&master, 1, "restore.is_wanted", STR("{}"), has_waited, NULL);
    drill_begin(&master, 1, STR("restore.apply"), STR("20261122T031500Z"), -1, has_ended, NULL);
    master.drills->step = DRILL_SWAPS;
    command_worker_failed(&writer);
    assert_int_equal(waited, 1);
    assert_int_equal(ended, 1);
    assert_null(master.drills);
    assert_int_equal(told, 0);
    const struct pending *p = master.pendings;
    int waiting = 0;
    for (; p != NULL; p = p->next) {
        waiting += p->done == end_was_told;
    }
    assert_int_equal(waiting, 1);
    command_end_all(&master);
    assert_int_equal(told, 1);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_an_order_waits_for_the_next_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
