/* loop_test.c: timers come in order of time, a watch that was taken out is not called any more
 * although its event was fetched, and channels keep order, pass descriptors and tell the end. */
#include "proc/loop.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "base/time.h"
#include "proc/chan.h"

enum { W_TEST_NUMBER = 900 };

static char order[16];

static void
note(struct timer *t)
{
    size_t n = strlen(order);
    order[n] = *(const char *)t->arg;
    order[n + 1] = '\0';
}

static void
timers_come_in_order(void **state)
{
    (void)state;
    struct loop *l = loop_new();
    struct timer t[5] = {0};
    static char names[] = "abcde";
    const int64_t at[5] = {30, 10, 50, 20, 40};
    order[0] = '\0';
    for (size_t i = 0; i < 5; i++) {
        t[i] = (struct timer){.fn = note, .arg = &names[i]};
        loop_at(l, &t[i], at[i]);
    }
    loop_cancel(l, &t[2]);
    loop_cancel(l, &t[2]); /* twice is fine */
    loop_at(l, &t[1], 45); /* moved behind e */
    loop_turn(l, 0);
    assert_string_equal(order, "daeb");
    assert_int_equal(t[0].slot, 0);
    loop_free(l);
}

static struct timer again;
static int again_calls;
static struct loop *again_loop;

static void
set_again(struct timer *t)
{
    again_calls++;
    loop_at(again_loop, t, 1);
}

static void
a_timer_set_again_waits_for_the_next_turn(void **state)
{
    (void)state;
    again_loop = loop_new();
    again.fn = set_again;
    loop_at(again_loop, &again, 1);
    loop_turn(again_loop, 0);
    assert_int_equal(again_calls, 1);
    loop_turn(again_loop, 0);
    assert_int_equal(again_calls, 2);
    loop_free(again_loop);
}

static struct watch pair_watch[2];
static struct loop *pair_loop;
static int pair_calls;

static void
take_other_out(struct watch *w, uint32_t events)
{
    (void)events;
    pair_calls++;
    loop_unwatch(pair_loop, w == &pair_watch[0] ? &pair_watch[1] : &pair_watch[0]);
}

static void
a_watch_taken_out_in_the_batch_is_not_called(void **state)
{
    (void)state;
    int a[2];
    int b[2];
    pair_loop = loop_new();
    assert_int_equal(pipe(a), 0);
    assert_int_equal(pipe(b), 0);
    pair_watch[0] = (struct watch){.fd = a[0], .fn = take_other_out};
    pair_watch[1] = (struct watch){.fd = b[0], .fn = take_other_out};
    loop_watch(pair_loop, &pair_watch[0], EPOLLIN);
    loop_watch(pair_loop, &pair_watch[1], EPOLLIN);
    assert_int_equal(write(a[1], "x", 1), 1);
    assert_int_equal(write(b[1], "x", 1), 1);
    loop_turn(pair_loop, 0);
    assert_int_equal(pair_calls, 1);
    for (int i = 0; i < 2; i++) {
        close(a[i]);
        close(b[i]);
    }
    loop_free(pair_loop);
}

/* --- channels -------------------------------------------------------------------------------- */

struct end {
    struct chan c;
    int64_t got[64];
    size_t n;
    int fd;
    bool closed;
};

static void
on_frame(struct chan *c, struct frame *f)
{
    struct end *e = c->arg;
    assert_int_equal(frame_get_i64(f, W_TEST_NUMBER, &e->got[e->n]), OK);
    e->n++;
    if (f->fd >= 0) {
        e->fd = f->fd;
        f->fd = -1;
    }
}

static void
on_close(struct chan *c)
{
    struct end *e = c->arg;
    e->closed = true;
}

static void
open_pair(struct loop *l, struct end *a, struct end *b)
{
    int fds[2];
    assert_int_equal(chan_pair(fds), OK);
    *a = (struct end){.fd = -1};
    *b = (struct end){.fd = -1};
    a->c = (struct chan){.on_frame = on_frame, .on_close = on_close, .arg = a};
    b->c = (struct chan){.on_frame = on_frame, .on_close = on_close, .arg = b};
    chan_open(&a->c, l, fds[0]);
    chan_open(&b->c, l, fds[1]);
}

static void
send_number(struct end *e, int64_t n, size_t ballast, int fd)
{
    static char zeros[80000];
    struct frame_out f;
    chan_begin(&f, 1, (uint64_t)n);
    frame_put_i64(&f, W_TEST_NUMBER, n);
    frame_put(&f, W_TEST_NUMBER + 1, zeros, ballast);
    chan_send(&e->c, &f, fd);
}

static void
a_channel_keeps_order_when_the_socket_is_full(void **state)
{
    (void)state;
    struct loop *l = loop_new();
    struct end a;
    struct end b;
    open_pair(l, &a, &b);
    for (int64_t i = 0; i < 40; i++) {
        send_number(&a, i, 80000, -1);
    }
    assert_true(a.c.queued > 0); /* else this tests nothing */
    for (int i = 0; i < 400 && b.n < 40; i++) {
        loop_turn(l, 1000);
    }
    assert_int_equal(b.n, 40);
    for (int64_t i = 0; i < 40; i++) {
        assert_int_equal(b.got[i], i);
    }
    assert_int_equal(a.c.queued, 0);
    chan_close(&a.c);
    for (int i = 0; i < 10 && !b.closed; i++) {
        loop_turn(l, 1000);
    }
    assert_true(b.closed);
    assert_false(chan_is_open(&b.c));
    loop_free(l);
}

static void
a_channel_passes_a_descriptor_and_owns_it(void **state)
{
    (void)state;
    struct loop *l = loop_new();
    struct end a;
    struct end b;
    int fds[2];
    open_pair(l, &a, &b);
    assert_int_equal(pipe(fds), 0);
    send_number(&a, 7, 0, fds[1]);
    for (int i = 0; i < 10 && b.n == 0; i++) {
        loop_turn(l, 1000);
    }
    assert_true(b.fd >= 0);
    assert_int_equal(fcntl(b.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    close(b.fd); /* now nobody can write: chan_send closed its own copy */
    char byte;
    assert_int_equal(read(fds[0], &byte, 1), 0);
    close(fds[0]);
    chan_close(&a.c);
    chan_close(&b.c);
    loop_free(l);
}

static void
bytes_that_are_no_frame_end_the_channel(void **state)
{
    (void)state;
    struct loop *l = loop_new();
    struct end a;
    struct end b;
    open_pair(l, &a, &b);
    assert_int_equal(send(a.c.w.fd, "nonsense", 8, 0), 8);
    for (int i = 0; i < 10 && !b.closed; i++) {
        loop_turn(l, 1000);
    }
    assert_true(b.closed);
    assert_int_equal(b.n, 0);
    chan_close(&a.c);
    loop_free(l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_come_in_order),
        cmocka_unit_test(a_timer_set_again_waits_for_the_next_turn),
        cmocka_unit_test(a_watch_taken_out_in_the_batch_is_not_called),
        cmocka_unit_test(a_channel_keeps_order_when_the_socket_is_full),
        cmocka_unit_test(a_channel_passes_a_descriptor_and_owns_it),
        cmocka_unit_test(bytes_that_are_no_frame_end_the_channel),
    };
    return cmocka_run_group_tests_name("proc/loop", tests, NULL, NULL);
}
