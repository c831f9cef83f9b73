/* log_test.c: one line for each event, escaped, bounded, by one write. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>

static char got[20000];
static size_t got_n;
static int lines;

static void
take(const char *line, size_t n)
{
    lines++;
    got_n = n;
    memcpy(got, line, n);
    got[n] = '\0';
}

static void
line_has_level_event_role(void **state)
{
    (void)state;
    log_sink(take);
    log_role(NULL);
    log_line(LOG_NOTE, "worker.ready", "ws=%d ms=%d", 3, 5);
    assert_string_equal("level=note event=worker.ready ws=3 ms=5\n", got);
    log_role("role=edge pid=7");
    log_line(LOG_ERROR, "edge.bad", "%s", "");
    assert_string_equal("level=error event=edge.bad role=edge pid=7\n", got);
    log_role(NULL);
    log_sink(NULL);
}

static void
control_bytes_are_escaped(void **state)
{
    (void)state;
    log_sink(take);
    log_line(LOG_WARN, "x.y", "a=%s", "1\nlevel=error event=forged\r\x1b[2J\x7f\xC3\xA4");
    log_sink(NULL);
    assert_string_equal("level=warn event=x.y a=1\\x0alevel=error event=forged\\x0d\\x1b[2J\\x7f"
                        "\xC3\xA4\n",
                        got);
}

static void
lines_are_cut_at_4096_bytes(void **state)
{
    (void)state;
    static char text[9000];
    static const char *const fills[] = {"x", "\x01"};
    log_sink(take);
    for (size_t i = 0; i < CASES(fills); i++) {
        memset(text, fills[i][0], sizeof text - 1);
        lines = 0;
        log_line(LOG_DEBUG, "long", "t=%s", text);
        assert_int_equal(1, lines);
        assert_in_range(got_n, 4090, 4096);
        assert_int_equal('\n', got[got_n - 1]);
        assert_null(memchr(got, '\n', got_n - 1));
    }
    log_sink(NULL);
}

/* Without a sink the line goes to descriptor 2; errno survives. */
static void
lines_go_to_descriptor_2(void **state)
{
    (void)state;
    int pipe_fd[2];
    char buf[200] = {0};
    int saved = dup(2);
    assert_int_equal(0, pipe2(pipe_fd, O_CLOEXEC));
    assert_true(saved >= 0 && dup2(pipe_fd[1], 2) == 2);
    errno = ENOENT;
    log_line(LOG_NOTE, "a.b", "n=%d", 1);
    int kept = errno;
    (void)dup2(saved, 2);
    (void)close(saved);
    (void)close(pipe_fd[1]);
    assert_true(read(pipe_fd[0], buf, sizeof buf - 1) > 0);
    (void)close(pipe_fd[0]);
    assert_string_equal("level=note event=a.b n=1\n", buf);
    assert_int_equal(ENOENT, kept);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_has_level_event_role),
        cmocka_unit_test(control_bytes_are_escaped),
        cmocka_unit_test(lines_are_cut_at_4096_bytes),
        cmocka_unit_test(lines_go_to_descriptor_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
