/* key_log_test.c: keymgr's record: lines that read as they were written, kept within bounds of
 * bytes and days, and what becomes of one that the disk took in part. */
#include "proc/key_log.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/kontor-keylog-XXXXXX";
static const int64_t day = 86400LL * 1000000;
static const int64_t begin_us = 1764000000000000; /* 2025-11-24T16:00:00Z */

static const char *
in_dir(const char *name)
{
    static char path[PATH_MAX];
    (void)snprintf(path, PATH_MAX, "%s/%s", dir, name);
    return path;
}

static int
begin(void **state)
{
    (void)state;
    memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
    return mkdtemp(dir) == NULL;
}

static int
end(void **state)
{
    (void)state;
    (void)unlink(in_dir(KEY_LOG_NOW));
    (void)unlink(in_dir(KEY_LOG_OLD));
    return rmdir(dir);
}

static struct key_log_line
line_at(int64_t us)
{
    return (struct key_log_line){
        .at_us = us,
        .workspace = 3,
        .role = "writer",
        .uses = {.n = {[KEY_USE_PAGE] = 1, [KEY_USE_MAC] = 7}, .unwraps = 8}
    };
}

/* The whole file; "" when there is none. */
static const char *
text_of(const char *name)
{
    static char text[4096];
    int fd = open(in_dir(name), O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0) {
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void
a_line_reads_as_it_was_written(void **state)
{
    (void)state;
    struct key_log_line l = line_at(begin_us);
    struct key_log_line got;
    struct stat st;
    assert_int_equal(key_log_put(dir, &l), OK);
    assert_string_equal(text_of(KEY_LOG_NOW),
                        "2025-11-24T16:00:00Z ws=3 role=writer unwraps=8 page=1 mac=7\n");
    assert_int_equal(stat(in_dir(KEY_LOG_NOW), &st), 0);
    assert_int_equal(st.st_mode & 0777u, 0600);
    struct str s = str_trim(str_of(text_of(KEY_LOG_NOW)));
    assert_int_equal(key_log_parse(s, &got), OK);
    assert_int_equal(got.at_us, l.at_us);
    assert_int_equal(got.workspace, 3);
    assert_string_equal(got.role, "writer");
    assert_memory_equal(&got.uses, &l.uses, sizeof l.uses);
    for (size_t i = 0; i < KEY_USE_COUNT; i++) { /* the longest there can be */
        l.uses.n[i] = (uint64_t)INT64_MAX;
    }
    l.uses.unwraps = (uint64_t)INT64_MAX;
    assert_int_equal(key_log_put(dir, &l), OK);
    s = str_trim(str_of(strchr(text_of(KEY_LOG_NOW), '\n')));
    assert_int_equal(key_log_parse(s, &got), OK);
    assert_memory_equal(&got.uses, &l.uses, sizeof l.uses);
}

static void
what_is_no_line_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2025-11-24T16:00:00Z",
        "2025-11-24T16:00:00Z ws=3",
        "2025-11-24T16:00:00Z role=writer",
        "2025-11-24T16:00:00Z ws=3 role=",
        "2025-11-24T16:00:00Z ws=3 role=Writer",
        "2025-11-24T16:00:00Z ws=3 role=a-name-that-is-too-long",
        "2025-11-24T16:00:00Z ws=-3 role=writer",
        "2025-11-24T16:00:00Z ws=3 role=writer page",
        "2025-11-24T16:00:00Z ws=3 role=writer dance=1",
        "2025-11-24T16:00:00Z ws=3 role=writer page=x",
        "2025-11-24T26:00:00Z ws=3 role=writer page=1",
        "24.11.2025 ws=3 role=writer page=1",
    };
    struct key_log_line l;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(key_log_parse(str_of(bad[i]), &l), RC_INVALID);
    }
}

static void
a_secret_that_left_is_due_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEY_USE_COUNT; i++) {
        struct key_uses u = {.unwraps = 1};
        u.n[i] = 1;
        assert_int_equal(key_uses_are_due(&u), i <= KEY_USE_SIGN);
    }
}

/* Sixteen thousand agencies that wake all day do not fill the disk. */
static void
two_files_are_all_there_are(void **state)
{
    (void)state;
    struct key_log_line l = line_at(begin_us);
    int fd = open(in_dir(KEY_LOG_NOW), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, KEY_LOG_MAX - KEY_LOG_LINE - 1), 0);
    assert_int_equal(pwrite(fd, "\n", 1, KEY_LOG_MAX - KEY_LOG_LINE - 1), 1);
    close(fd);
    struct stat st;
    assert_int_equal(key_log_put(dir, &l), OK); /* begins at the last place where one fits */
    assert_int_equal(stat(in_dir(KEY_LOG_NOW), &st), 0);
    assert_true(st.st_size > KEY_LOG_MAX - KEY_LOG_LINE && st.st_size <= KEY_LOG_MAX);
    assert_int_equal(stat(in_dir(KEY_LOG_OLD), &st), -1);
    assert_int_equal(key_log_put(dir, &l), OK);
    assert_int_equal(stat(in_dir(KEY_LOG_OLD), &st), 0);
    assert_true(st.st_size <= KEY_LOG_MAX);
    assert_string_equal(text_of(KEY_LOG_NOW),
                        "2025-11-24T16:00:00Z ws=3 role=writer unwraps=8 page=1 mac=7\n");
}

static void
lines_go_after_ninety_days(void **state)
{
    (void)state;
    struct key_log_line l = line_at(begin_us);
    key_log_age(dir, begin_us); /* of nothing */
    assert_int_equal(key_log_put(dir, &l), OK);
    key_log_age(dir, begin_us + 45 * day);
    assert_string_equal(text_of(KEY_LOG_OLD), "");
    key_log_age(dir, begin_us + 45 * day + 1000000);
    assert_string_equal(text_of(KEY_LOG_NOW), "");
    assert_string_not_equal(text_of(KEY_LOG_OLD), "");
    l.at_us = begin_us + 46 * day;
    assert_int_equal(key_log_put(dir, &l), OK);
    key_log_age(dir, begin_us + 90 * day);
    assert_string_not_equal(text_of(KEY_LOG_OLD), "");
    key_log_age(dir, begin_us + 90 * day + 1000000);
    assert_string_equal(text_of(KEY_LOG_OLD), "");
    assert_string_not_equal(text_of(KEY_LOG_NOW), "");
    key_log_age(dir, begin_us); /* a clock that was set back deletes nothing */
    assert_string_not_equal(text_of(KEY_LOG_NOW), "");
}

/* Zeros that a power cut left in front say no time, and take nothing with them. */
static void
a_file_without_a_time_is_kept(void **state)
{
    (void)state;
    struct key_log_line l = line_at(begin_us);
    int fd = open(in_dir(KEY_LOG_NOW), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, 100), 0);
    close(fd);
    assert_int_equal(key_log_put(dir, &l), OK);
    key_log_age(dir, begin_us + 400 * day);
    struct stat st;
    assert_int_equal(stat(in_dir(KEY_LOG_NOW), &st), 0);
    assert_true(st.st_size > 100);
}

static void
a_full_disk_is_told_and_spoils_no_other_line(void **state)
{
    (void)state;
    struct key_log_line l = line_at(begin_us);
    struct rlimit was;
    struct rlimit tight;
    assert_int_equal(key_log_put(dir, &l), OK);
    assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    tight = was;
    tight.rlim_cur = 70; /* nine bytes of the second line */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    enum rc rc = key_log_put(dir, &l);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(rc, RC_IO);
    assert_int_equal(key_log_put(dir, &l), OK);
    assert_string_equal(text_of(KEY_LOG_NOW),
                        "2025-11-24T16:00:00Z ws=3 role=writer unwraps=8 page=1 mac=7\n"
                        "2025-11-2\n"
                        "2025-11-24T16:00:00Z ws=3 role=writer unwraps=8 page=1 mac=7\n");
    assert_int_equal(key_log_put("/nowhere/at/all", &l), RC_IO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_reads_as_it_was_written, begin, end),
        cmocka_unit_test(what_is_no_line_is_refused),
        cmocka_unit_test(a_secret_that_left_is_due_at_once),
        cmocka_unit_test_setup_teardown(two_files_are_all_there_are, begin, end),
        cmocka_unit_test_setup_teardown(lines_go_after_ninety_days, begin, end),
        cmocka_unit_test_setup_teardown(a_file_without_a_time_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_and_spoils_no_other_line, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
