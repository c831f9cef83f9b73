/* rights.c: `kontor rights`: who may do what, from the route tables that are compiled into the
 * worker; needs no installation. doc/rights.txt is its output. */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "cli/cli.h"
#include "proc/master.h"

static enum rc
rights(struct cli *c)
{
    int status = 0;
    int program = master_worker_program();
    if (program < 0) {
        return cli_fail(c, RC_IO, "io", "kontor-worker");
    }
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        static char name[] = "kontor-worker";
        static char text[] = "--rights";
        static char json[] = "--rights-json";
        char *const argv[] = {name, c->json ? json : text, NULL};
        char *const env[] = {NULL};
        (void)fexecve(program, argv, env);
        _exit(rc_exit(RC_IO));
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    close(program);
    bool good = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return good ? OK : cli_fail(c, RC_IO, "io", "kontor-worker --rights");
}

const struct cli_verb rights_verbs[] = {
    {"rights", "", false, T_cli_help_rights, rights},
    {NULL,     "", false, T_NONE,            NULL  },
};
