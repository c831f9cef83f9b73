/* serve.c: `kontor serve` and `kontor check-config`. */
#include "cli/cli.h"
#include "proc/master.h"

static enum rc
take_listen(struct cli *c, const char *option, char *to, size_t cap)
{
    struct listen_address a;
    const char *v = cli_option(c, option);
    if (v == NULL) {
        return OK;
    }
    const size_t n = strlen(v);
    if (n >= cap || listen_address_parse(str_of(v), &a) != OK) {
        cli_say(c, stderr, T_cli_wrong_address, (const char *const[]){option, v, NULL});
        return RC_INVALID;
    }
    memcpy(to, v, n + 1);
    return OK;
}

static struct cli *serving;

/* A demo installation says its log-in each time; demo.txt was written by init --demo: who does the
 * daily work, the password of all, who administers. */
static void
say_demo_login(const struct cli *c, const char *url)
{
    char path[CLI_PATH_MAX + 16];
    char line[256] = "";
    (void)snprintf(path, sizeof path, "%s/demo.txt", c->dir);
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return;
    }
    (void)!fgets(line, sizeof line, f);
    (void)fclose(f);
    line[strcspn(line, "\n")] = '\0';
    char *rest = line;
    const char *login = strsep(&rest, " ");
    const char *password = strsep(&rest, " ");
    const char *admin = strsep(&rest, " ");
    if (password != NULL && admin != NULL) {
        SAY(c, T_cli_demo_login, url, login, password);
        SAY(c, T_cli_demo_admin, admin);
    }
}

static void
on_ready(const char *url, char level)
{
    char text[2] = {level, '\0'};
    say_demo_login(serving, url);
    SAY(serving, T_cli_serve_ready, url, text);
    (void)fflush(stdout);
}

static void
on_refuse(const char *code, const char *detail)
{
    (void)cli_fail(serving, RC_IO, code, detail);
}

/* What whoever started us left open is nobody's here; systemd hands over up to two sockets. */
static void
close_inherited(void)
{
    enum { FIRST = 3, SOCKETS = 2 };
    (void)close_range(FIRST + (getenv("LISTEN_FDS") != NULL ? SOCKETS : 0), ~0U, 0);
}

static enum rc
serve(struct cli *c)
{
    struct master_options opt = {
        .dir = c->dir, .command_fd = -1, .on_ready = on_ready, .on_refuse = on_refuse};
    close_inherited();
    opt.verbose = cli_option(c, "--verbose") != NULL;
    serving = c;
    TRY(cli_conf(c, &opt.conf));
    TRY(take_listen(c, "--listen", opt.conf.listen, sizeof opt.conf.listen));
    TRY(take_listen(c, "--operator-listen", opt.conf.operator_listen,
                    sizeof opt.conf.operator_listen));
    if (strcmp(opt.conf.listen, opt.conf.operator_listen) == 0) {
        cli_say(c, stderr, T_cli_same_address, (const char *const[]){opt.conf.listen, NULL});
        return RC_INVALID;
    }
    int status = master_run(&opt);
    for (enum rc rc = OK; rc >= RC_BROKEN; rc--) {
        if (rc_exit(rc) == status) {
            return rc;
        }
    }
    return RC_BROKEN;
}

static enum rc
check_config(struct cli *c)
{
    struct conf conf;
    TRY(cli_conf(c, &conf));
    if (c->json) {
        json_t *j = json_object();
        for (size_t i = 0; i < conf_n_rows; i++) {
            const struct config_row *r = &conf_rows[i];
            const char *at = (const char *)&conf + r->off;
            int64_t n = 0;
            if (r->type == CONFIG_INT) {
                memcpy(&n, at, sizeof n);
            }
            (void)json_object_set_new(j, r->name,
                                      r->type == CONFIG_INT ? json_integer(n) : json_string(at));
        }
        cli_print_json(j);
        return OK;
    }
    SAY(c, T_cli_conf_good, c->dir);
    return OK;
}

/* clang-format off */
const struct cli_verb serve_verbs[] = {
    {"serve", "--listen= --operator-listen= --verbose", false, T_cli_help_serve, serve},
    {"check-config", "", false, T_cli_help_check_config, check_config},
    {NULL, "", false, T_NONE, NULL},
};
/* clang-format on */
