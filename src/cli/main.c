/* main.c: `kontor NOUN [VERB] [OPTIONS]`: finds the row, takes the options, runs it. Exit status is
 * the class of the error (rc_exit): 0 done, 2 wrong use or value, 3 refused, 4 not found, 5
 * conflict … */
#include <errno.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/log.h"
#include "cli/cli.h"
#include "proc/sandbox_calls.h"
#include "proc/scheduler.h"

static const struct cli_verb *const tables[] = {
    init_verbs,    serve_verbs,  workspace_verbs, transfer_verbs, user_verbs,
    doctor_verbs,  rights_verbs, clock_verbs,     key_verbs,      backup_verbs,
    restore_verbs, price_verbs,  charge_verbs,    incident_verbs};

/* German unless the environment asks for English. */
static enum lang
environment_lang(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *v = getenv(names[i]);
        if (v != NULL && v[0] != '\0') {
            return strncmp(v, "en", 2) == 0 ? LANG_EN : LANG_DE;
        }
    }
    return LANG_DE;
}

static void
usage(const struct cli *c, FILE *to)
{
    cli_say(c, to, T_cli_usage, (const char *const[]){NULL});
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        for (const struct cli_verb *v = tables[t]; v->words != NULL; v++) {
            struct str help = text_get(v->help, c->lang);
            (void)fprintf(to, "  %-20s %.*s\n", v->words, STR_FMT(help));
            if (v->options[0] != '\0') {
                (void)fprintf(to, "  %-20s  %s\n", "", v->options);
            }
        }
    }
}

/* The row whose words stand at the start of argv; how many they are. */
static const struct cli_verb *
find_verb(int argc, char **argv, int *ret_words)
{
    char two[80];
    (void)snprintf(two, sizeof two, "%s %s", argv[1], argc > 2 ? argv[2] : "");
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        for (const struct cli_verb *v = tables[t]; v->words != NULL; v++) {
            if (strcmp(v->words, two) == 0) {
                *ret_words = 2;
                return v;
            }
            if (strcmp(v->words, argv[1]) == 0) {
                *ret_words = 1;
                return v;
            }
        }
    }
    return NULL;
}

/* 1: known and takes a value; 0: known; -1: unknown to this verb. */
static int
option_kind(const struct cli_verb *v, const char *name)
{
    struct str rest = str_of(v->options);
    struct str word;
    while (str_cut(&rest, ' ', &word)) {
        bool value = str_ends(word, STR("="));
        struct str bare = str_sub(word, 0, word.n - (value ? 1 : 0));
        if (str_eq(bare, str_of(name))) {
            return value ? 1 : 0;
        }
    }
    return -1;
}

static enum rc
wrong_use(const struct cli *c, const char *what)
{
    cli_say(c, stderr, T_cli_wrong_option, (const char *const[]){what, NULL});
    return RC_INVALID;
}

/* Takes argv[i]; *ret_used says how many words that were. */
static enum rc
take_word(struct cli *c, int argc, char **argv, int i, const char **ret_dir, int *ret_used)
{
    const char *w = argv[i];
    *ret_used = 1;
    if (strcmp(w, "--json") == 0) {
        c->json = true;
        return OK;
    }
    bool is_dir = strcmp(w, "-d") == 0 || strcmp(w, "--dir") == 0;
    int kind = is_dir ? 1 : w[0] == '-' ? option_kind(c->verb, w) : -1;
    if (w[0] != '-' && c->verb->takes_arg && c->arg == NULL) {
        c->arg = w;
        return OK;
    }
    if (kind < 0 || (kind == 1 && i + 1 >= argc) || c->n_options >= CLI_OPTIONS_MAX) {
        return wrong_use(c, w);
    }
    const char *value = kind == 1 ? argv[i + 1] : "";
    *ret_used = 1 + kind;
    if (is_dir) {
        *ret_dir = value;
    } else {
        c->options[c->n_options].name = w;
        c->options[c->n_options++].value = value;
    }
    return OK;
}

static enum rc
take_dir(struct cli *c, const char *dir)
{
    const char *from_env = getenv("KONTOR_DIR");
    char cwd[CLI_PATH_MAX / 2] = "";
    dir = dir != NULL                               ? dir
          : from_env != NULL && from_env[0] != '\0' ? from_env
                                                    : "/var/lib/kontor";
    if (dir[0] != '/' && getcwd(cwd, sizeof cwd) == NULL) {
        return wrong_use(c, "-d");
    }
    int n = snprintf(c->dir, sizeof c->dir, "%s%s%s", cwd, cwd[0] != '\0' ? "/" : "", dir);
    if (n < 2 || (size_t)n >= sizeof c->dir) {
        return wrong_use(c, "-d");
    }
    while (n > 1 && c->dir[n - 1] == '/') {
        c->dir[--n] = '\0';
    }
    return OK;
}

static enum rc
parse(struct cli *c, int argc, char **argv, int first)
{
    const char *dir = NULL;
    for (int i = first; i < argc;) {
        int used;
        TRY(take_word(c, argc, argv, i, &dir, &used));
        i += used;
    }
    return take_dir(c, dir);
}

/* Passwords and printed keys are typed into a command: no core, and nobody else of this user looks
 * into it. */
static void
keep_to_oneself(void)
{
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (!ADDRESS_SANITIZER) { /* its search for leaks looks into its own process */
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}

int
main(int argc, char **argv)
{
    static struct cli c = {.sock = -1};
    int words = 0;
    keep_to_oneself();
    if (argc > 2 && strcmp(argv[1], "--role") == 0 && strcmp(argv[2], "scheduler") == 0) {
        return scheduler_main(argc, argv); /* born by master */
    }
    c.lang = environment_lang();
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            usage(&c, stdout);
            return 0;
        }
    }
    const struct cli_verb *verb = argc < 2 ? NULL : find_verb(argc, argv, &words);
    c.verb = verb;
    if (verb == NULL) {
        usage(&c, stderr);
        return rc_exit(RC_INVALID);
    }
    enum rc rc = parse(&c, argc, argv, 1 + words);
    if (rc == OK) {
        rc = verb->run(&c);
    }
    cli_hang_up(&c);
    if (fflush(stdout) != 0) {
        rc = RC_IO;
    }
    return rc_exit(rc);
}
