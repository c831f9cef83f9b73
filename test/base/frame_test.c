/* frame_test.c: frames written and read back, cut and garbled; descriptors; calls; sealed bodies.
 */
#include "base/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/time.h"

enum { HEAD = 16, TAG = 7, LONG_WAIT_US = 5000000 };

static uint8_t out_buf[FRAME_MAX];
static uint8_t in_buf[FRAME_MAX];
static int pair[2];

static int
setup(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int
teardown(void **state)
{
    (void)state;
    (void)close(pair[0]);
    (void)close(pair[1]);
    return 0;
}

static struct frame_out
frame_new(uint64_t id)
{
    struct frame_out f;
    frame_begin(&f, out_buf, sizeof out_buf, 20, id);
    return f;
}

/* Number of open descriptors of this process: nothing may leak. */
static int
open_fds(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++) {
        n += fcntl(fd, F_GETFD) >= 0;
    }
    return n;
}

static void
fields_come_back(void **state)
{
    (void)state;
    struct frame_out o = frame_new(0x1122334455667788);
    struct frame f;
    int64_t n = 0;
    size_t pos = 0;
    uint16_t tag;
    struct str value;

    frame_put_str(&o, 1, STR("abc"));
    frame_put_str(&o, 2, STR(""));
    frame_put_str(&o, 3, STR_NONE);
    frame_put_i64(&o, 4, INT64_MIN);
    frame_put(&o, 1, "\0x", 2);
    assert_ok(frame_parse(o.p, o.n, &f));
    assert_int_equal(20, f.type);
    assert_true(f.id == 0x1122334455667788);
    assert_int_equal(-1, f.fd);
    assert_str(frame_get(&f, 1), "abc");
    assert_str(frame_get(&f, 2), "");
    assert_str(frame_get(&f, 3), NULL);
    assert_ok(frame_get_i64(&f, 4, &n));
    assert_true(n == INT64_MIN);
    assert_rc(RC_MISSING, frame_get_i64(&f, 3, &n));
    assert_rc(RC_BROKEN, frame_get_i64(&f, 1, &n));
    const uint16_t tags[] = {1, 2, 4, 1};
    for (size_t i = 0; i < CASES(tags); i++) {
        assert_true(frame_next(&f, &pos, &tag, &value));
        assert_int_equal(tags[i], tag);
    }
    assert_int_equal(2, value.n);
    assert_false(frame_next(&f, &pos, &tag, &value));
    assert_false(frame_next(&f, &pos, &tag, &value));
}

static void
bounds_of_a_frame(void **state)
{
    (void)state;
    struct frame_out o = frame_new(1);
    struct frame f;
    uint8_t tiny[HEAD + 10];

    frame_put(&o, TAG, in_buf, FRAME_MAX - HEAD - 8);
    assert_false(o.full);
    assert_ok(frame_parse(o.p, o.n, &f));
    frame_put(&o, TAG, "", 0);
    assert_true(o.full);
    assert_rc(RC_LIMIT, frame_send(pair[0], &o, -1));
    assert_rc(RC_LIMIT, frame_call(pair[0], &o, -1, in_buf, sizeof in_buf, 0, &f));

    o = frame_new(1);
    for (int i = 0; i < FRAME_FIELDS_MAX; i++) {
        frame_put(&o, TAG, "", 0);
    }
    assert_false(o.full);
    assert_ok(frame_parse(o.p, o.n, &f));
    frame_put(&o, TAG, "", 0);
    assert_true(o.full);

    frame_begin(&o, tiny, HEAD - 1, 1, 1);
    assert_true(o.full);
    frame_put(&o, TAG, "", 0);
    frame_begin(&o, tiny, sizeof tiny, 1, 1);
    frame_put(&o, TAG, "abc", 3);
    assert_true(o.full);
    /* More room than a frame may have is not used. */
    frame_begin(&o, out_buf, SIZE_MAX, 1, 1);
    assert_int_equal(FRAME_MAX, o.cap);
}

static void
every_cut_is_refused(void **state)
{
    (void)state;
    struct frame_out o = frame_new(9);
    struct frame f = {.type = 99};
    frame_put_str(&o, 1, STR("abc"));
    frame_put_i64(&o, 2, 5);
    for (size_t n = 0; n < o.n; n++) {
        assert_rc(RC_BROKEN, frame_parse(o.p, n, &f));
    }
    memcpy(in_buf, o.p, o.n);
    in_buf[o.n] = 0;
    assert_rc(RC_BROKEN, frame_parse(in_buf, o.n + 1, &f));
    assert_rc(RC_BROKEN, frame_parse(in_buf, FRAME_MAX + 1, &f));
    assert_int_equal(99, f.type);
}

/* Each bit flipped: magic, count, tags' zero and lengths must refuse; the rest must still parse
 * whole. */
static void
every_flip_is_safe(void **state)
{
    (void)state;
    struct frame_out o = frame_new(9);
    frame_put_str(&o, 1, STR("abc"));
    frame_put_i64(&o, 2, 5);
    for (size_t i = 0; i < o.n * 8; i++) {
        struct frame f;
        memcpy(in_buf, o.p, o.n);
        in_buf[i / 8] ^= (uint8_t)(1U << i % 8);
        enum rc rc = frame_parse(in_buf, o.n, &f);
        size_t byte = i / 8;
        bool fixed = byte < 4 || byte == 6 || byte == 7 || byte == 18 || byte == 19 || byte == 22 ||
                     byte == 23;
        if (fixed && rc != RC_BROKEN) {
            FAIL_TEST("bit %zu was not missed", i);
        }
        size_t pos = 0;
        uint16_t tag;
        struct str value;
        while (rc == OK && frame_next(&f, &pos, &tag, &value)) {
            assert_true((const uint8_t *)value.p + value.n <= in_buf + o.n);
        }
    }
    /* A tag of 0 is no field. */
    memcpy(in_buf, o.p, o.n);
    in_buf[16] = 0;
    struct frame f;
    assert_rc(RC_BROKEN, frame_parse(in_buf, o.n, &f));
}

static void
a_descriptor_travels(void **state)
{
    (void)state;
    struct frame_out o = frame_new(3);
    struct frame f;
    struct stat a;
    struct stat b;
    int before = open_fds();
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_ok(frame_send(pair[0], &o, null));
    assert_ok(frame_recv(pair[1], in_buf, sizeof in_buf, &f));
    assert_true(f.fd >= 0 && f.fd != null);
    assert_int_equal(FD_CLOEXEC, fcntl(f.fd, F_GETFD));
    assert_int_equal(0, fstat(null, &a));
    assert_int_equal(0, fstat(f.fd, &b));
    assert_true(a.st_ino == b.st_ino && a.st_rdev == b.st_rdev);
    (void)close(null);
    (void)close(f.fd);
    assert_int_equal(before, open_fds());
}

/* Sends raw bytes with n copies of a descriptor. */
static void
send_raw(const void *p, size_t len, int fd, size_t n)
{
    union {
        struct cmsghdr align;
        uint8_t p[CMSG_SPACE(sizeof(int) * 8)];
    } control = {0};
    struct iovec iov = {.iov_base = out_buf, .iov_len = len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (p != out_buf) {
        memcpy(out_buf, p, len);
    }
    if (n > 0) {
        msg.msg_control = control.p;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * n);
        for (size_t i = 0; i < n; i++) {
            memcpy(CMSG_DATA(c) + i * sizeof fd, &fd, sizeof fd);
        }
    }
    assert_int_equal(len, sendmsg(pair[0], &msg, 0));
}

static void
bad_messages_end_the_channel_and_leak_nothing(void **state)
{
    (void)state;
    struct frame f = {.fd = 77};
    struct frame_out o = frame_new(3);
    int before = open_fds();
    send_raw(o.p, o.n, 0, 2);
    assert_rc(RC_BROKEN, frame_recv(pair[1], in_buf, sizeof in_buf, &f));
    /* More than there is room for: the kernel says that control data was cut. */
    send_raw(o.p, o.n, 0, 8);
    assert_rc(RC_BROKEN, frame_recv(pair[1], in_buf, sizeof in_buf, &f));
    send_raw("junk", 4, 0, 1);
    assert_rc(RC_BROKEN, frame_recv(pair[1], in_buf, sizeof in_buf, &f));
    send_raw("junk", 4, 0, 0);
    assert_rc(RC_BROKEN, frame_recv(pair[1], in_buf, sizeof in_buf, &f));
    /* An empty message with a descriptor is not the end of the channel. */
    send_raw("", 0, 0, 1);
    assert_rc(RC_BROKEN, frame_recv(pair[1], in_buf, sizeof in_buf, &f));
    /* A frame larger than the buffer. */
    o = frame_new(3);
    frame_put(&o, TAG, in_buf, 100);
    send_raw(o.p, o.n, 0, 0);
    assert_rc(RC_BROKEN, frame_recv(pair[1], in_buf, 50, &f));
    assert_int_equal(77, f.fd);
    assert_int_equal(before, open_fds());
}

/* Credentials come along when the socket asks for them: not a descriptor, and no fault. */
static void
other_control_data_is_passed_over(void **state)
{
    (void)state;
    struct frame_out o = frame_new(3);
    struct frame f;
    int on = 1;
    assert_int_equal(0, setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    assert_ok(frame_send(pair[0], &o, -1));
    assert_ok(frame_recv(pair[1], in_buf, sizeof in_buf, &f));
    assert_int_equal(-1, f.fd);
}

static void
ends_and_emptiness(void **state)
{
    (void)state;
    struct frame_out o = frame_new(3);
    struct frame f;
    int other[2];
    assert_int_equal(0, fcntl(pair[1], F_SETFL, O_NONBLOCK));
    assert_rc(RC_BUSY, frame_recv(pair[1], in_buf, sizeof in_buf, &f));
    assert_int_equal(0, fcntl(pair[0], F_SETFL, O_NONBLOCK));
    enum rc rc = OK;
    for (int i = 0; i < 10000 && rc == OK; i++) {
        rc = frame_send(pair[0], &o, -1);
    }
    assert_int_equal(RC_BUSY, rc);

    assert_int_equal(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, other));
    (void)close(other[0]);
    assert_rc(RC_MISSING, frame_recv(other[1], in_buf, sizeof in_buf, &f));
    assert_rc(RC_IO, frame_send(other[1], &o, -1));
    (void)close(other[1]);
    assert_rc(RC_IO, frame_recv(other[1], in_buf, sizeof in_buf, &f));

    /* The peer went away with our message unread. */
    assert_int_equal(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, other));
    assert_ok(frame_send(other[0], &o, -1));
    (void)close(other[1]);
    assert_rc(RC_MISSING, frame_recv(other[0], in_buf, sizeof in_buf, &f));
    (void)close(other[0]);

    /* It did so behind last words, which are heard. */
    assert_int_equal(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, other));
    assert_ok(frame_send(other[0], &o, -1));
    assert_ok(frame_send(other[1], &o, -1));
    (void)close(other[1]);
    assert_ok(frame_recv(other[0], in_buf, sizeof in_buf, &f));
    assert_rc(RC_MISSING, frame_recv(other[0], in_buf, sizeof in_buf, &f));
    (void)close(other[0]);
}

/* Two replies wait: one with another id and a descriptor, which is dropped, then the right one. */
static void
a_call_takes_its_own_reply(void **state)
{
    (void)state;
    struct frame f;
    int before = open_fds();
    struct frame_out o = frame_new(41);
    assert_ok(frame_send(pair[1], &o, 0));
    o = frame_new(42);
    frame_put_str(&o, TAG, STR("reply"));
    assert_ok(frame_send(pair[1], &o, -1));
    o = frame_new(42);
    assert_ok(
        frame_call(pair[0], &o, -1, in_buf, sizeof in_buf, time_mono_us() + LONG_WAIT_US, &f));
    assert_str(frame_get(&f, TAG), "reply");
    assert_int_equal(before, open_fds());
}

static void
a_call_ends_at_its_deadline(void **state)
{
    (void)state;
    struct frame f;
    struct frame_out o = frame_new(42);
    int64_t start = time_mono_us();
    assert_rc(RC_BUSY, frame_call(pair[0], &o, -1, in_buf, sizeof in_buf, start + 20000, &f));
    assert_in_range(time_mono_us() - start, 20000, 2000000);
    assert_rc(RC_BUSY, frame_call(pair[0], &o, -1, in_buf, sizeof in_buf, start, &f));
}

static void
a_call_fails_with_its_channel(void **state)
{
    (void)state;
    struct frame f;
    int64_t deadline = time_mono_us() + LONG_WAIT_US;
    struct frame_out o = frame_new(42);
    send_raw("junk", 4, 0, 0);
    assert_rc(RC_BROKEN, frame_call(pair[1], &o, -1, in_buf, sizeof in_buf, deadline, &f));
    o = frame_new(42);
    (void)close(pair[1]);
    pair[1] = -1;
    assert_rc(RC_IO, frame_call(pair[0], &o, -1, in_buf, sizeof in_buf, deadline, &f));
}

/* poll itself fails when no descriptors at all are allowed to be watched. */
static void
a_call_without_poll_is_io(void **state)
{
    (void)state;
    struct frame f;
    struct frame_out o = frame_new(42);
    struct rlimit old;
    assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &old));
    assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, old.rlim_max}));
    enum rc rc =
        frame_call(pair[0], &o, -1, in_buf, sizeof in_buf, time_mono_us() + LONG_WAIT_US, &f);
    int fd = -1;
    enum rc body = body_fd_new((struct bytes){(const uint8_t *)"x", 1}, &fd);
    assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &old));
    assert_int_equal(RC_IO, rc);
    assert_int_equal(RC_IO, body);
    assert_int_equal(-1, fd);
}

static void
bodies_are_sealed(void **state)
{
    (void)state;
    struct arena *mem = arena_new(1 << 20);
    static uint8_t big[200000];
    struct bytes got;
    int fd = -1;
    memset(big, 'b', sizeof big);
    assert_ok(body_fd_new((struct bytes){big, sizeof big}, &fd));
    assert_int_equal(-1, ftruncate(fd, 1));
    assert_int_equal(-1, write(fd, "x", 1));
    assert_int_equal(-1, fcntl(fd, F_ADD_SEALS, 0));
    assert_int_equal(FD_CLOEXEC, fcntl(fd, F_GETFD));
    assert_ok(body_fd_read(fd, sizeof big, mem, &got));
    assert_int_equal(sizeof big, got.n);
    assert_memory_equal(big, got.p, sizeof big);
    assert_rc(RC_LIMIT, body_fd_read(fd, sizeof big - 1, mem, &got));
    (void)close(fd);
    assert_ok(body_fd_new((struct bytes){NULL, 0}, &fd));
    assert_ok(body_fd_read(fd, 0, mem, &got));
    assert_int_equal(0, got.n);
    assert_non_null(got.p);
    (void)close(fd);
    arena_free(mem);
}

static void
unsealed_bodies_are_refused(void **state)
{
    (void)state;
    struct arena *mem = arena_new(1 << 20);
    struct bytes got;
    int plain = memfd_create("plain", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_rc(RC_BROKEN, body_fd_read(plain, 100, mem, &got));
    assert_int_equal(0, fcntl(plain, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK));
    assert_rc(RC_BROKEN, body_fd_read(plain, 100, mem, &got));
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_rc(RC_BROKEN, body_fd_read(null, 100, mem, &got));
    assert_rc(RC_BROKEN, body_fd_read(-1, 100, mem, &got));
    (void)close(null);
    (void)close(plain);
    arena_free(mem);
}

/* A sealed body behind a descriptor that may not read: the read fails, not the process. */
static void
unreadable_bodies_are_io(void **state)
{
    (void)state;
    struct arena *mem = arena_new(1 << 20);
    struct bytes got = {NULL, 7};
    char path[64];
    int fd = -1;
    assert_ok(body_fd_new((struct bytes){(const uint8_t *)"abc", 3}, &fd));
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int blind = open(path, O_WRONLY | O_CLOEXEC);
    if (blind >= 0) {
        assert_rc(RC_IO, body_fd_read(blind, 100, mem, &got));
        assert_int_equal(7, got.n);
        (void)close(blind);
    }
    assert_true(blind >= 0);
    (void)close(fd);
    arena_free(mem);
}

static void
a_body_that_does_not_fit_is_io(void **state)
{
    (void)state;
    struct rlimit old;
    uint8_t body[5000] = {0};
    int fd = -1;
    int before = open_fds();
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &old));
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, old.rlim_max}));
    enum rc rc = body_fd_new((struct bytes){body, sizeof body}, &fd);
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &old));
    (void)signal(SIGXFSZ, handler);
    assert_int_equal(RC_IO, rc);
    assert_int_equal(before, open_fds());
}

#define WITH_PAIR(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_come_back),
        WITH_PAIR(bounds_of_a_frame),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_flip_is_safe),
        WITH_PAIR(a_descriptor_travels),
        WITH_PAIR(bad_messages_end_the_channel_and_leak_nothing),
        WITH_PAIR(other_control_data_is_passed_over),
        WITH_PAIR(ends_and_emptiness),
        WITH_PAIR(a_call_takes_its_own_reply),
        WITH_PAIR(a_call_ends_at_its_deadline),
        WITH_PAIR(a_call_fails_with_its_channel),
        WITH_PAIR(a_call_without_poll_is_io),
        cmocka_unit_test(bodies_are_sealed),
        cmocka_unit_test(unsealed_bodies_are_refused),
        cmocka_unit_test(unreadable_bodies_are_io),
        cmocka_unit_test(a_body_that_does_not_fit_is_io),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
