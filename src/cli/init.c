/* init.c: `kontor init`: a new installation, with one agency and the operator console, each with a
 * one-time link for its first person. Nothing has a default password. */
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "cli/escrow.h"
#include "cli/workspace.h"
#include "proc/master.h"

enum {
    DEMO_PASSWORD = 24 + 5 + 1,
    HASH_MS = 170, /* what the second option of RFC 9106 (t = 3, four lanes) costs on one core */
    HASH_MS_MAX = 2000,
    HASH_OPS_MAX = 8 /* as in config.def */
};

static enum rc
make_folders_above(const char *dir)
{
    char path[CLI_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", dir);
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p == '/') {
            *p = '\0';
            if (mkdir(path, 0755) != 0 && errno != EEXIST) {
                return RC_IO;
            }
            *p = '/';
        }
    }
    return mkdir(path, 0711) == 0 || errno == EEXIST ? OK : RC_IO;
}

/* As many passes as fit into the time, never fewer than the least (AUTH-03). */
static enum rc
choose_cost(struct cli *c, struct conf *conf)
{
    const char *text = cli_option(c, "--hash-ms");
    int64_t wanted = HASH_MS;
    if (text != NULL &&
        (str_to_i64(str_of(text), &wanted) != OK || wanted < 0 || wanted > HASH_MS_MAX)) {
        cli_say(c, stderr, T_cli_wrong_hash_ms, (const char *const[]){text, NULL});
        return RC_INVALID;
    }
    const int64_t ms = wanted > 0 ? cli_hash_ms(conf->hash_ops, conf->hash_mem_kib) : 0;
    const int64_t ops = ms > 0 ? conf->hash_ops * wanted / ms : 0;
    if (ops > conf->hash_ops) {
        conf->hash_ops = ops < HASH_OPS_MAX ? ops : HASH_OPS_MAX;
    }
    return OK;
}

static enum rc
save_conf(struct cli *c, const char *path, struct conf *conf, struct escrow *escrow)
{
    if (make_folders_above(c->dir) != OK) {
        return cli_fail(c, RC_IO, "io", strerrorname_np(errno));
    }
    TRY(escrow_make(c, escrow));
    (void)snprintf(conf->backup_escrow, sizeof conf->backup_escrow, "%s", escrow->public);
    if (conf_save(path, conf) != OK) {
        escrow_drop(escrow);
        return cli_fail(c, RC_IO, "io", strerrorname_np(errno));
    }
    return OK;
}

static enum rc
write_conf(struct cli *c, struct conf *conf, struct escrow *escrow)
{
    char path[CLI_PATH_MAX + 16];
    const char *domain = cli_option(c, "--base-domain");
    config_defaults(conf_rows, conf_n_rows, conf);
    if (domain != NULL) {
        if (!domain_is_valid(str_of(domain)) || strlen(domain) >= sizeof conf->base_domain) {
            cli_say(c, stderr, T_cli_wrong_domain, (const char *const[]){domain, NULL});
            return RC_INVALID;
        }
        (void)snprintf(conf->base_domain, sizeof conf->base_domain, "%s", domain);
    }
    TRY(choose_cost(c, conf));
    /* Two copies from the first day, though on the same disk: doctor says what is better. */
    (void)snprintf(conf->backup_target1, sizeof conf->backup_target1, "folder:copies/1");
    (void)snprintf(conf->backup_target2, sizeof conf->backup_target2, "append:copies/2");
    conf->uid_base = master_uid_base();
    (void)snprintf(path, sizeof path, "%s/kontor.conf", c->dir);
    if (access(path, F_OK) == 0) {
        return cli_fail(c, RC_CONFLICT, "installed", c->dir);
    }
    return save_conf(c, path, conf, escrow);
}

/* One agency of a new installation: with --demo filled with people and data, else empty. */
struct agency {
    const char *slug, *name;
};
static const struct agency agencies_plain[] = {
    {"agentur", "Agentur"},
    {NULL,      NULL     }
};
static const struct agency agencies_s[] = {
    {"lindenkai", "Lindenkai Studio"},
    {"nordmole",  "Nordmole Werbung"},
    {NULL,        NULL              }
};
static const struct agency agencies_p[] = {
    {"lindenkai", "Lindenkai Studio"},
    {NULL,        NULL              }
};

/* RC_INVALID: no such profile. */
static enum rc
choose(struct cli *c, const struct agency **ret_agencies)
{
    const char *profile = cli_option(c, "--demo");
    if (profile == NULL) {
        *ret_agencies = agencies_plain;
    } else if (strcmp(profile, "S") == 0) {
        *ret_agencies = agencies_s;
    } else if (strcmp(profile, "P") == 0) {
        *ret_agencies = agencies_p;
    } else {
        cli_say(c, stderr, T_cli_wrong_profile, (const char *const[]){profile, NULL});
        return RC_INVALID;
    }
    return OK;
}

/* The one-time link of a workspace's first person. */
static enum rc
first_link(struct cli *c, const char *workspace, json_t **ret_url)
{
    json_t *out = NULL;
    char origin[700];
    TRY(cli_call(c, workspace, "user.first_link", NULL, &out));
    TRY(cli_origin(c, strcmp(workspace, "system") == 0 ? NULL : workspace, origin, sizeof origin));
    *ret_url = json_sprintf("%s%s", origin, json_string_value(json_object_get(out, "path")));
    json_decref(out);
    return *ret_url != NULL ? OK : RC_BROKEN;
}

/* 120 bits in groups that can be read aloud; letters and digits that look like no other. */
static void
make_password(char out[static DEMO_PASSWORD])
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    uint8_t random[24];
    size_t n = 0;
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        abort(); /* no randomness, no password */
    }
    for (size_t i = 0; i < sizeof random; i++) {
        if (i > 0 && i % 4 == 0) {
            out[n++] = '-';
        }
        out[n++] = letters[random[i] % 32];
    }
    out[n] = '\0';
}

/* Who works in the demo's two agencies. The first one's log-in is printed: she may do all of the
 * daily work; administrators have to set up a second factor first, in a demo as everywhere. */
static const struct {
    const char *login, *group, *names[2];
} demo_people[] = {
    {"mara",  "administration",  {"Mara Tannhof", "Runa Feldhus"}     },
    {"jonte", "administrator",   {"Jonte Waldkirch", "Enno Steinbach"}},
    {"esra",  "team_leader",     {"Esra Lindgarten", "Malte Ostwind"} },
    {"tarek", "time_recorder_2", {"Tarek Morgenau", "Svea Halm"}      },
    {"piet",  "time_recorder_1", {"Piet Sandweg", "Lasse Kornblum"}   },
};

static enum rc
add_demo_people(struct cli *c, const struct agency *a, int64_t part, const char *password)
{
    for (size_t i = 0; i < sizeof demo_people / sizeof demo_people[0]; i++) {
        json_t *out = NULL;
        TRY(cli_call(c, a->slug, "user.add",
                     json_pack("{s:s, s:s, s:s, s:s}", "login", demo_people[i].login, "group",
                               demo_people[i].group, "name", demo_people[i].names[part - 1],
                               "password", password),
                     &out));
        json_decref(out);
    }
    return OK;
}

/* demo.fill {profile, part, name}: part 1 is the agency, 2 the one beside it. */
static enum rc
fill_demo(struct cli *c, const struct agency *a, int64_t part, const char *password, json_t *row)
{
    json_t *out = NULL;
    TRY(add_demo_people(c, a, part, password));
    TRY(cli_call(c, a->slug, "demo.fill",
                 json_pack("{s:s, s:I, s:s}", "profile", cli_option(c, "--demo"), "part",
                           (json_int_t)part, "name", a->name),
                 &out));
    (void)json_object_set_new(row, "login", json_string(demo_people[0].login));
    (void)json_object_set_new(row, "password", json_string(password));
    (void)json_object_set_new(row, "filled", out);
    return OK;
}

static enum rc
fill(struct cli *c, const struct agency *agencies, json_t **ret_result)
{
    char password[DEMO_PASSWORD];
    json_t *rows = json_array();
    json_t *console = NULL;
    make_password(password);
    for (size_t i = 0; agencies[i].slug != NULL; i++) {
        json_t *row = NULL;
        json_t *link = NULL;
        TRY(workspace_add(c, agencies[i].slug, agencies[i].name, &row));
        (void)json_array_append_new(rows, row);
        if (cli_option(c, "--demo") != NULL) {
            TRY(fill_demo(c, &agencies[i], (int64_t)i + 1, password, row));
        } else {
            TRY(first_link(c, agencies[i].slug, &link));
            (void)json_object_set_new(row, "ownerLink", link);
        }
    }
    TRY(first_link(c, "system", &console));
    *ret_result =
        json_pack("{s:s, s:o, s:o}", "dir", c->dir, "workspaces", rows, "operatorLink", console);
    return *ret_result != NULL ? OK : RC_BROKEN;
}

/* A demo has two agencies side by side and shall run where no isolation is to be had, too. */
static enum rc
accept_level(struct cli *c)
{
    char path[CLI_PATH_MAX + 16];
    json_t *status = NULL;
    TRY(cli_call(c, "0", "status", NULL, &status));
    const char *level = json_string_value(json_object_get(status, "level"));
    bool low = level != NULL && level[0] == 'C';
    json_decref(status);
    if (!low) {
        return OK;
    }
    (void)snprintf(path, sizeof path, "%s/kontor.conf", c->dir);
    FILE *f = fopen(path, "ae");
    bool ok = f != NULL && fputs("\n# The data are invented.\naccept_isolation = C\n", f) >= 0;
    if (f != NULL && fclose(f) != 0) {
        ok = false;
    }
    if (!ok) {
        return cli_fail(c, RC_IO, "io", strerrorname_np(errno));
    }
    if (!c->json) {
        SAY(c, T_cli_demo_level);
    }
    return OK;
}

/* The demo's log-in, and who administers it, are kept beside it, so that `kontor serve` can say it
 * again. No host name: a copied disk shall not tell which agencies it holds, not even a demo's. */
static enum rc
keep_login(struct cli *c, json_t *rows)
{
    char path[CLI_PATH_MAX + 16];
    const json_t *first = json_array_get(rows, 0);
    (void)snprintf(path, sizeof path, "%s/demo.txt", c->dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (f == NULL) {
        return cli_fail(c, RC_IO, "io", strerrorname_np(errno));
    }
    (void)fprintf(f, "%s %s %s\n", cli_text(first, "login"), cli_text(first, "password"),
                  demo_people[1].login);
    return fclose(f) == 0 ? OK : cli_fail(c, RC_IO, "io", strerrorname_np(errno));
}

static void
say_result(struct cli *c, json_t *result)
{
    size_t i;
    json_t *row;
    SAY(c, T_cli_init_done, c->dir);
    json_array_foreach(json_object_get(result, "workspaces"), i, row)
    {
        const char *link = cli_text(row, "ownerLink");
        if (link[0] != '\0') {
            SAY(c, T_cli_init_owner, link);
        } else if (cli_text(row, "login")[0] != '\0') {
            SAY(c, T_cli_demo_login, cli_text(row, "url"), cli_text(row, "login"),
                cli_text(row, "password"));
        }
    }
    if (cli_option(c, "--demo") != NULL) {
        SAY(c, T_cli_demo_admin, demo_people[1].login);
    }
    const char *console = cli_text(result, "operatorLink");
    if (console[0] != '\0') {
        SAY(c, T_cli_init_operator, console);
    }
    SAY(c, T_cli_init_serve, c->dir);
}

static enum rc
make(struct cli *c, const struct conf *conf, const struct agency *agencies, json_t **ret_result)
{
    struct err err = {0};
    const enum rc rc = master_make(c->dir, conf, &err);
    if (rc != OK) {
        return cli_fail(c, rc, code_name(err.code), err.detail);
    }
    TRY(fill(c, agencies, ret_result));
    if (cli_option(c, "--demo") != NULL) {
        TRY(keep_login(c, json_object_get(*ret_result, "workspaces")));
        TRY(accept_level(c));
    }
    return OK;
}

static enum rc
init(struct cli *c)
{
    static struct escrow escrow;
    struct conf conf;
    const struct agency *agencies;
    json_t *result = NULL;
    TRY(choose(c, &agencies));
    TRY(write_conf(c, &conf, &escrow));
    if (!c->json) {
        escrow_say(c, &escrow); /* first: whatever goes wrong now, its public half is in use */
    }
    TRY(make(c, &conf, agencies, &result));
    (void)json_object_set_new(result, "escrowKey", json_string(escrow.public));
    (void)json_object_set_new(result, "escrowFile", json_string(escrow.file));
    if (c->json) {
        cli_print_json(result);
        return OK;
    }
    say_result(c, result);
    json_decref(result);
    return OK;
}

const struct cli_verb init_verbs[] = {
    {"init", "--demo= --base-domain= --hash-ms= --escrow-out= --escrow=", false, T_cli_help_init,
     init                                                                                             },
    {NULL,   "",                                                          false, T_NONE,          NULL},
};
