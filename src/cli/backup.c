/* backup.c: `kontor backup run|list|verify`: backups of one workspace. Master owns their files; the
 * command line only asks. */
#include <unistd.h>

#include "cli/cli.h"

/* --- how far it is, for who sits before a terminal */

static char said[64];

static void
say_progress(const struct cli *c, const json_t *p)
{
    char percent[CLI_NUMBER];
    char copy[CLI_NUMBER];
    char copies[CLI_NUMBER];
    char now[sizeof said];
    const char *step = cli_text(p, "step");
    cli_number(p, "percent", percent);
    cli_number(p, "copy", copy);
    (void)snprintf(now, sizeof now, "%s %s %s", step, percent, copy);
    if (strcmp(now, said) == 0) {
        return;
    }
    memcpy(said, now, sizeof said);
    if (strcmp(step, "write") == 0) {
        cli_say(c, stderr, T_cli_backup_step_write, (const char *const[]){percent, NULL});
    } else if (strcmp(step, "wait") == 0) {
        cli_say(c, stderr, T_cli_backup_step_wait, (const char *const[]){NULL});
    } else if (strcmp(step, "check") == 0) {
        cli_say(c, stderr, T_cli_backup_step_check, (const char *const[]){NULL});
    } else if (strcmp(step, "copy") == 0) {
        cli_say(c, stderr, T_cli_backup_step_copy,
                (const char *const[]){copy, cli_number(p, "copies", copies), NULL});
    }
}

/* Asked over a connection of its own: the other one waits for the end. */
static void
look(struct cli *c)
{
    struct cli other = *c;
    const char *code;
    json_t *p = NULL;
    other.sock = -1;
    other.watch = NULL;
    if (cli_is_running(&other) &&
        cli_try(&other, cli_option(c, "--workspace"), "backup.progress", &p, &code) == OK) {
        say_progress(c, p);
    }
    json_decref(p);
    cli_hang_up(&other);
}

static enum rc
run(struct cli *c)
{
    const char *workspace;
    json_t *row = NULL;
    char bytes[24];
    char copies[24];
    char targets[24];
    TRY(cli_need(c, "--workspace", &workspace));
    c->watch = !c->json && isatty(STDERR_FILENO) == 1 ? look : NULL;
    TRY(cli_call_text(c, workspace, "backup.run", "", &row));
    if (c->json) {
        cli_print_json(row);
        return OK;
    }
    SAY(c, T_cli_backup_done, cli_text(row, "id"), cli_number(row, "bytes", bytes),
        cli_number(row, "copies", copies), cli_number(row, "targets", targets));
    json_decref(row);
    return OK;
}

/* All of them, page by page. */
static enum rc
fetch(struct cli *c, const char *workspace, json_t **ret_rows)
{
    char after[32] = "";
    json_t *rows = json_array();
    size_t before;
    do {
        json_t *page = NULL;
        const enum rc rc = cli_call_text(c, workspace, "backup.list", after, &page);
        if (rc != OK) {
            json_decref(rows);
            return rc;
        }
        before = json_array_size(rows);
        (void)json_array_extend(rows, json_object_get(page, "rows"));
        json_decref(page);
        const json_t *last = json_array_get(rows, json_array_size(rows) - 1);
        (void)snprintf(after, sizeof(after), "%s", cli_text(last, "id"));
    } while (json_array_size(rows) > before);
    *ret_rows = rows;
    return OK;
}

/* "verified", or what is known of it, and in how many places. */
static void
print_state(const struct cli *c, const json_t *row)
{
    char bytes[24];
    char copies[24];
    size_t i;
    const json_t *copy;
    size_t n = 0;
    json_array_foreach(json_object_get(row, "copies"), i, copy)
    {
        n += json_is_true(json_object_get(copy, "verified"));
    }
    (void)snprintf(copies, sizeof(copies), "%zu", n);
    const char *origin = cli_text(row, "origin");
    const enum text state = strcmp(origin, "good") == 0       ? T_cli_backup_state_good
                            : strcmp(origin, "believed") == 0 ? T_cli_backup_state_believed
                                                              : T_cli_backup_state_damaged;
    SAY(c, state, cli_text(row, "id"), cli_text(row, "completedAt"),
        cli_number(row, "bytes", bytes), copies);
}

static enum rc
list(struct cli *c)
{
    const char *workspace;
    json_t *rows = NULL;
    size_t i;
    json_t *row;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(fetch(c, workspace, &rows));
    if (c->json) {
        cli_print_json(rows);
        return OK;
    }
    json_array_foreach(rows, i, row)
    {
        print_state(c, row);
    }
    json_decref(rows);
    return OK;
}

static enum rc
verify(struct cli *c)
{
    const char *workspace;
    const char *id = c->arg;
    json_t *row = NULL;
    char bytes[24];
    char copies[24];
    char targets[24];
    TRY(cli_need(c, "--workspace", &workspace));
    if (id == NULL) {
        TRY(cli_need(c, "--id", &id));
    }
    TRY(cli_call_text(c, workspace, "backup.verify", id, &row));
    if (c->json) {
        cli_print_json(row);
        return OK;
    }
    SAY(c, T_cli_backup_good, cli_text(row, "id"), cli_number(row, "bytes", bytes),
        cli_text(row, "hash"), cli_number(row, "copies", copies),
        cli_number(row, "targets", targets));
    json_decref(row);
    return OK;
}

/* A state that cannot be restored is a failure, though the drill did what it should. */
static enum rc
drill(struct cli *c)
{
    const char *workspace;
    const char *id = c->arg != NULL ? c->arg : cli_option(c, "--id");
    const char *from = cli_option(c, "--from");
    char which[80];
    json_t *row = NULL;
    char rows[24];
    char ms[24];
    enum rc rc = OK;
    TRY(cli_need(c, "--workspace", &workspace));
    (void)snprintf(which, sizeof which, "%s%s%s", id != NULL ? id : "", from != NULL ? " " : "",
                   from != NULL ? from : "");
    TRY(cli_call_text(c, workspace, "backup.drill", which, &row));
    const bool good = json_is_true(json_object_get(row, "good"));
    if (c->json) {
        cli_print_json(json_incref(row));
    } else if (good) {
        SAY(c, T_cli_backup_drilled, cli_text(row, "state"), cli_number(row, "rows", rows),
            cli_number(row, "ms", ms), cli_text(row, "from"));
    }
    if (!good) {
        rc = cli_fail(c, RC_BROKEN, cli_text(row, "code"), cli_text(row, "subject"));
    }
    json_decref(row);
    return rc;
}

/* The ones there were, the newest first. */
static enum rc
drills(struct cli *c)
{
    const char *workspace;
    json_t *got = NULL;
    size_t i;
    json_t *row;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_call_text(c, workspace, "drill.list", "{}", &got));
    const json_t *rows = json_object_get(got, "rows");
    if (c->json) {
        cli_print_json(json_deep_copy(rows));
    } else {
        json_array_foreach(rows, i, row)
        {
            const bool good = json_is_true(json_object_get(row, "good"));
            (void)printf("%s  %s  %s  %s\n", cli_text(row, "drilledAt"), cli_text(row, "state"),
                         cli_text(row, "from"), good ? "good" : cli_text(row, "code"));
        }
    }
    json_decref(got);
    return OK;
}

/* --- retention -------------------------------------------------------------------------------- */

/* What stops everything. */
static const struct {
    const char *name;
    enum text text;
} stops[] = {
    {"no_recent",  T_cli_backup_no_recent },
    {"few_copies", T_cli_backup_few_copies},
    {"clock",      T_cli_backup_clock     },
};

static void
print_stops(const struct cli *c, const json_t *plan)
{
    size_t i;
    const json_t *stop;
    json_array_foreach(json_object_get(plan, "stop"), i, stop)
    {
        for (size_t k = 0; k < sizeof(stops) / sizeof(stops[0]); k++) {
            if (strcmp(stops[k].name, json_string_value(stop)) == 0) {
                SAY(c, stops[k].text);
            }
        }
    }
}

static void
print_plan(const struct cli *c, const json_t *plan)
{
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(plan, "backups"), i, row)
    {
        size_t k;
        const json_t *why;
        (void)printf("%s  %-7s", cli_text(row, "id"), cli_text(row, "act"));
        json_array_foreach(json_object_get(row, "why"), k, why)
        {
            (void)printf(" %s", json_string_value(why));
        }
        (void)printf("\n");
    }
    print_stops(c, plan);
}

/* Page by page, into the first one. */
static enum rc
fetch_plan(struct cli *c, const char *workspace, json_t **ret_plan)
{
    const char *now = cli_option(c, "--now");
    json_t *plan = NULL;
    size_t got = 1;
    while (got > 0) {
        json_t *page = NULL;
        char body[120];
        const json_t *all = json_object_get(plan, "backups");
        (void)snprintf(body, sizeof(body), "%s %.64s",
                       cli_text(json_array_get(all, json_array_size(all) - 1), "id"),
                       now != NULL ? now : "");
        const enum rc rc = cli_call_text(c, workspace, "backup.plan", body, &page);
        if (rc != OK) {
            json_decref(plan);
            return rc;
        }
        got = json_array_size(json_object_get(page, "backups"));
        if (plan == NULL) {
            plan = page;
        } else {
            (void)json_array_extend(json_object_get(plan, "backups"),
                                    json_object_get(page, "backups"));
            json_decref(page);
        }
    }
    *ret_plan = plan;
    return OK;
}

static enum rc
plan(struct cli *c)
{
    const char *workspace;
    json_t *plan = NULL;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(fetch_plan(c, workspace, &plan));
    if (c->json) {
        cli_print_json(plan);
        return OK;
    }
    print_plan(c, plan);
    json_decref(plan);
    return OK;
}

static enum rc
prune(struct cli *c)
{
    const char *workspace;
    json_t *done = NULL;
    char marked[24];
    char unlinked[24];
    const bool believe = cli_option(c, "--trust-clock") != NULL;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_call_text(c, workspace, "backup.prune", believe ? "believe" : "", &done));
    if (c->json) {
        cli_print_json(done);
        return OK;
    }
    SAY(c, T_cli_backup_pruned, cli_number(done, "marked", marked),
        cli_number(done, "unlinked", unlinked));
    print_stops(c, done);
    json_decref(done);
    return OK;
}

const struct cli_verb backup_verbs[] = {
    {"backup run",    "--workspace=",               false, T_cli_help_backup_run,    run   },
    {"backup list",   "--workspace=",               false, T_cli_help_backup_list,   list  },
    {"backup plan",   "--workspace= --now=",        false, T_cli_help_backup_plan,   plan  },
    {"backup prune",  "--workspace= --trust-clock", false, T_cli_help_backup_prune,  prune },
    {"backup verify", "--workspace= --id=",         true,  T_cli_help_backup_verify, verify},
    {"backup drills", "--workspace=",               false, T_cli_help_backup_drills, drills},
    {"backup drill",  "--workspace= --id= --from=", true,  T_cli_help_backup_drill,  drill },
    {NULL,            "",                           false, T_NONE,                   NULL  },
};
