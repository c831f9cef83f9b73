/* totp_test.c: our codes are those of an authenticator that is not ours: 100 random secrets against
 * oathtool, each in two windows of 5,000 steps somewhere in the ten years from 2026 on. The
 * secrets and windows are drawn anew in each run; a failure names them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/keybox.h"

enum { SECRETS = 100, WINDOWS = 2, STEPS = 5000, STEP_S = 30, SECRET = 20 };

static const int64_t from_s = 1767225600;                     /* 2026-01-01 */
static const int64_t ten_years_s = (int64_t)3652 * 24 * 3600; /* to 2036 */

static const char *
find_oathtool(void)
{
    static const char *const places[] = {"/usr/bin/oathtool", "/usr/local/bin/oathtool"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (access(places[i], X_OK) == 0) {
            return places[i];
        }
    }
    return NULL;
}

/* Its codes from `step` on, one a line. */
static FILE *
run(const char *oathtool, char *hex, int64_t step, pid_t *ret_pid)
{
    static char name[] = "oathtool", totp[] = "--totp", when[] = "-N", window[] = "-w";
    char at[32], width[16];
    char *const argv[] = {name, totp, when, at, window, width, hex, NULL};
    int ends[2];
    (void)snprintf(at, sizeof at, "@%lld", (long long)step * STEP_S);
    (void)snprintf(width, sizeof width, "%d", STEPS - 1);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    *ret_pid = fork();
    if (*ret_pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execv(oathtool, argv);
        _exit(127);
    }
    assert_true(*ret_pid > 0);
    close(ends[1]);
    FILE *f = fdopen(ends[0], "r");
    assert_non_null(f);
    return f;
}

static void
compare_window(const char *oathtool, const uint8_t *secret, int64_t step)
{
    char hex[2 * SECRET + 1];
    char line[32];
    int status = 0;
    pid_t pid;
    for (size_t i = 0; i < SECRET; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", secret[i]);
    }
    FILE *f = run(oathtool, hex, step, &pid);
    for (int64_t i = 0; i < STEPS; i++) {
        char ours[24];
        (void)snprintf(ours, sizeof ours, "%06lld\n",
                       (long long)keybox_totp_code((struct bytes){secret, SECRET}, step + i));
        if (fgets(line, sizeof line, f) == NULL || strcmp(line, ours) != 0) {
            FAIL_TEST("secret %s step %lld: %s", hex, (long long)(step + i), ours);
        }
    }
    (void)fclose(f);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void
codes_are_those_of_oathtool(void **state)
{
    const char *oathtool = find_oathtool();
    (void)state;
    if (oathtool == NULL) {
        skip();
    }
    for (int i = 0; i < SECRETS; i++) {
        uint8_t secret[SECRET];
        uint64_t where[WINDOWS];
        assert_int_equal(getrandom(secret, sizeof secret, 0), sizeof secret);
        assert_int_equal(getrandom(where, sizeof where, 0), sizeof where);
        for (int w = 0; w < WINDOWS; w++) {
            int64_t at_s = from_s + (int64_t)(where[w] % (uint64_t)ten_years_s);
            compare_window(oathtool, secret, at_s / STEP_S);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_oathtool),
    };
    return cmocka_run_group_tests_name("proc/totp", tests, NULL, NULL);
}
