/* logs_test.c: what master writes to standard error, and that nobody who does not read it holds
 * master up. */
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>

#include "proc/master_own.h"

static struct master_options opt = {.command_fd = -1};
static struct master m;
static int kept_stderr, ours;

/* Standard error is a pipe, or a socket, that we hold the other end of. */
static void
begin(bool is_socket)
{
    int fds[2];
    assert_int_equal(is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds), 0);
    m = (struct master){.opt = &opt, .log_fd = -1};
    kept_stderr = dup(STDERR_FILENO);
    assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
    close(fds[1]);
    ours = fds[0];
    assert_int_equal(fcntl(ours, F_SETFL, O_NONBLOCK), 0);
}

static void
end(void)
{
    assert_true(dup2(kept_stderr, STDERR_FILENO) >= 0);
    close(kept_stderr);
    close(ours);
}

static void
warn(const char *text)
{
    char line[LINE_MAX_BYTES];
    int n = snprintf(line, sizeof line, "level=warn event=test %s", text);
    logs_write(&m, "master", line, (size_t)n);
}

/* All that has come: its length. */
static size_t
read_all(char *buf, size_t cap)
{
    size_t n = 0;
    ssize_t part;
    while (n < cap - 1 && (part = read(ours, buf + n, cap - 1 - n)) > 0) {
        n += (size_t)part;
    }
    buf[n] = '\0';
    return n;
}

static void
nobody_reads(bool is_socket)
{
    static char long_text[4000], got[2 << 20];
    char note[64];
    begin(is_socket);
    memset(long_text, 'x', sizeof long_text - 1);
    for (int i = 0; i < 500; i++) { /* two megabytes: it would wait here for ever */
        warn(long_text);
    }
    const int64_t lost = m.stderr_lost;
    assert_true(lost > 0 && lost < 500);
    assert_true(read_all(got, sizeof got) > 4000);
    warn("again");
    assert_int_equal(m.stderr_lost, 0);
    assert_true(read_all(got, sizeof got) > 0);
    (void)snprintf(note, sizeof note, "event=log.stderr_full lines=%lld\n", (long long)lost);
    const char *told = strstr(got, note);
    assert_non_null(told);
    assert_non_null(strstr(told, "event=test again\n"));
    end();
}

static void
a_pipe_that_nobody_reads(void **state)
{
    (void)state;
    nobody_reads(false);
}

static void
a_socket_that_nobody_reads(void **state)
{
    (void)state;
    nobody_reads(true);
}

static void
only_what_is_grave(void **state)
{
    const char *usual = "level=note event=usual";
    char got[1000];
    (void)state;
    begin(false);
    logs_write(&m, "edge-0", usual, strlen(usual));
    assert_int_equal(read_all(got, sizeof got), 0);
    warn("grave");
    assert_true(read_all(got, sizeof got) > 0);
    assert_non_null(strstr(got, "Z master level=warn event=test grave\n"));
    opt.quiet = true;
    warn("grave");
    assert_int_equal(read_all(got, sizeof got), 0);
    opt.quiet = false;
    end();
}

/* With its moment and its writer a line is no longer than a pipe takes at once. */
static void
a_long_line_is_cut(void **state)
{
    static char text[LINE_MAX_BYTES - 30], got[3 * LINE_MAX_BYTES];
    (void)state;
    begin(false);
    memset(text, 'x', sizeof text - 1);
    warn(text);
    const size_t n = read_all(got, sizeof got);
    assert_int_equal(n, PIPE_BUF);
    assert_int_equal(got[n - 1], '\n');
    end();
}

/* Master ends before its loop has heard that a pipe was closed. */
static void
last_words_are_written(void **state)
{
    static const char words[] = "level=warn event=last\nlevel=error event=unfinished";
    char got[1000];
    int fds[2];
    (void)state;
    begin(false);
    m.loop = loop_new();
    struct proc p = {.m = &m, .role = R_KEYMGR};
    assert_int_equal(pipe(fds), 0);
    logs_pipe(&p, fds[0]);
    assert_int_equal(write(fds[1], words, sizeof words - 1), sizeof words - 1);
    close(fds[1]);
    logs_drain(&m);
    assert_null(p.log);
    assert_null(m.log_pipes);
    assert_true(read_all(got, sizeof got) > 0);
    assert_non_null(strstr(got, "keymgr level=warn event=last\n"));
    assert_non_null(strstr(got, "keymgr level=error event=unfinished\n"));
    loop_free(m.loop);
    end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_that_nobody_reads), cmocka_unit_test(a_socket_that_nobody_reads),
        cmocka_unit_test(only_what_is_grave),       cmocka_unit_test(a_long_line_is_cut),
        cmocka_unit_test(last_words_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
