/* slow_start_test.c: how long master waits for a worker that has not said yet that it is ready. The
 * file is the tested one's, the clock and the loop are the test's. */
#include "fake_loop.h"
#include "proc/spawn.c"

static struct master master;
static struct proc worker;

static int
start(void **state)
{
    (void)state;
    master = (struct master){0};
    worker = (struct proc){.m = &master, .role = R_WRITER, .spawned_us = 5000000};
    now_us = 6000000;
    due = NULL;
    return 0;
}

static void
says_progress(void)
{
    uint8_t buf[64];
    struct frame_out f;
    struct frame in;
    frame_begin(&f, buf, sizeof buf, W_PROGRESS, 0);
    assert_ok(frame_parse(f.p, f.n, &in));
    worker.control.arg = &worker;
    on_frame(&worker.control, &in);
}

static void
who_says_so_has_the_time_of_a_restore(void **state)
{
    (void)state;
    says_progress();
    assert_ptr_equal(due, &worker.deadline);
    assert_int_equal(worker.deadline.at_us, 5000000 + (int64_t)RESTORED_US);
    now_us += 60 * 1000000;
    says_progress(); /* from its birth on: it is no more by saying so again */
    assert_int_equal(worker.deadline.at_us, 5000000 + (int64_t)RESTORED_US);
}

static void
nobody_else_has(void **state)
{
    (void)state;
    worker.is_ready = true;
    says_progress();
    assert_null(due);
    worker.is_ready = false;
    worker.is_stopping = true; /* it has some seconds for its end, and no more */
    says_progress();
    assert_null(due);
    worker.is_stopping = false;
    worker.role = R_HASH;
    says_progress();
    assert_null(due);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_says_so_has_the_time_of_a_restore, start),
        cmocka_unit_test_setup(nobody_else_has, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
