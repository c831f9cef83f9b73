/* cost.c: what a password hash costs on this machine. kontor itself does no cryptography: the
 * worker measures. */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "cli/cli.h"
#include "proc/master.h"

static int64_t
read_number(int fd)
{
    char text[32];
    size_t n = 0;
    int64_t value = 0;
    ssize_t got = 0;
    while (n < sizeof text && (got = read(fd, text + n, sizeof text - n)) != 0) {
        if (got < 0 && errno != EINTR) {
            return 0;
        }
        n += got > 0 ? (size_t)got : 0;
    }
    return str_to_i64(str_trim((struct str){text, n}), &value) == OK ? value : 0;
}

int64_t
cli_hash_ms(int64_t ops, int64_t mem_kib)
{
    static char name[] = "kontor-worker";
    static char verb[] = "--hash-time";
    char ops_text[24];
    char mem_text[24];
    char *const argv[] = {name, verb, ops_text, mem_text, NULL};
    char *const env[] = {NULL};
    int ends[2];
    int status = 0;
    int64_t ms = 0;
    int program = master_worker_program();
    if (program < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        return 0;
    }
    (void)snprintf(ops_text, sizeof ops_text, "%lld", (long long)ops);
    (void)snprintf(mem_text, sizeof mem_text, "%lld", (long long)mem_kib);
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)fexecve(program, argv, env);
        _exit(rc_exit(RC_IO));
    }
    close(ends[1]);
    if (pid > 0) {
        ms = read_number(ends[0]);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
    }
    close(ends[0]);
    close(program);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ms : 0;
}
