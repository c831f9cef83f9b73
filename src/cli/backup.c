/* backup.c: `kontor backup run|list|verify`: backups of one workspace. Master owns their files; the
 * command line only asks. */
#include "app/backup/keep.h"
#include "cli/cli.h"

static const char *
text_of(const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));
    return s != NULL ? s : "";
}

static const char *
number_of(const json_t *row, const char *key, char text[static 24])
{
    (void)snprintf(text, 24, "%lld", (long long)json_integer_value(json_object_get(row, key)));
    return text;
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
    TRY(cli_call_text(c, workspace, "backup.run", "", &row));
    if (c->json) {
        cli_print_json(row);
        return OK;
    }
    SAY(c, T_cli_backup_done, text_of(row, "id"), number_of(row, "bytes", bytes),
        number_of(row, "copies", copies), number_of(row, "targets", targets));
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
        (void)snprintf(after, sizeof(after), "%s", text_of(last, "id"));
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
    const char *origin = text_of(row, "origin");
    const enum text state = strcmp(origin, "good") == 0       ? T_cli_backup_state_good
                            : strcmp(origin, "believed") == 0 ? T_cli_backup_state_believed
                                                              : T_cli_backup_state_damaged;
    SAY(c, state, text_of(row, "id"), text_of(row, "completedAt"), number_of(row, "bytes", bytes),
        copies);
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
    SAY(c, T_cli_backup_good, text_of(row, "id"), number_of(row, "bytes", bytes),
        text_of(row, "hash"), number_of(row, "copies", copies), number_of(row, "targets", targets));
    json_decref(row);
    return OK;
}

/* A state that cannot be restored is a failure, though the drill did what it should. */
static enum rc
drill(struct cli *c)
{
    const char *workspace;
    const char *id = c->arg != NULL ? c->arg : cli_option(c, "--id");
    json_t *row = NULL;
    char rows[24];
    char ms[24];
    enum rc rc = OK;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_call_text(c, workspace, "backup.drill", id != NULL ? id : "", &row));
    const bool good = json_is_true(json_object_get(row, "good"));
    (void)snprintf(rows, sizeof(rows), "%lld",
                   (long long)json_integer_value(json_object_get(row, "rows")));
    (void)snprintf(ms, sizeof(ms), "%lld",
                   (long long)json_integer_value(json_object_get(row, "ms")));
    if (c->json) {
        cli_print_json(json_incref(row));
    } else if (good) {
        SAY(c, T_cli_backup_drilled, text_of(row, "state"), rows, ms);
    }
    if (!good) {
        rc = cli_fail(c, RC_BROKEN, text_of(row, "code"), text_of(row, "subject"));
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
            (void)printf("%s  %s  %s\n", text_of(row, "drilledAt"), text_of(row, "state"),
                         good ? "good" : text_of(row, "code"));
        }
    }
    json_decref(got);
    return OK;
}

/* --- plan: what retention would do, and why; nothing is done --------------------------------- */

static const char *const act_names[] = {
    [KEEP_STAY] = "stay",     [KEEP_MARK] = "mark",     [KEEP_WAIT] = "wait",
    [KEEP_UNLINK] = "unlink", [KEEP_REVIVE] = "revive",
};

/* What stops everything, in the order of enum keep_stop. */
static const struct {
    const char *name;
    enum text text;
} stops[] = {
    {"no_recent",  T_cli_backup_no_recent },
    {"few_copies", T_cli_backup_few_copies},
    {"clock",      T_cli_backup_clock     },
};
enum { STOPS = sizeof(stops) / sizeof(stops[0]), WHYS = 8 };

static enum rc
plan_now(struct cli *c, struct keep_now *ret_now)
{
    int64_t error_us;
    const char *given = cli_option(c, "--now");
    struct keep_now now = {.now = time_now(), .trust = time_sync(&error_us)};
    if (given != NULL && instant_parse(str_of(given), &now.now) != OK) {
        return cli_fail(c, RC_INVALID, code_name(E_FIELD_TIME), given);
    }
    *ret_now = now;
    return OK;
}

/* No copy is counted yet: targets come with replication, and until then nothing goes. */
static void
read_states(const json_t *rows, struct keep_state *states)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        states[i] = (struct keep_state){.at = INSTANT_NONE};
        if (instant_parse(str_of(text_of(row, "completedAt")), &states[i].at) != OK) {
            states[i].at = INSTANT_NONE; /* the oldest there can be */
        }
    }
}

static json_t *
names_of(unsigned bits, size_t n, const char *(*name)(unsigned bit))
{
    json_t *list = json_array();
    for (unsigned i = 0; i < n; i++) {
        if ((bits & 1u << i) != 0) {
            (void)json_array_append_new(list, json_string(name(1u << i)));
        }
    }
    return list;
}

static const char *
stop_name(unsigned bit)
{
    return stops[bit == 1 ? 0 : bit == 2 ? 1 : 2].name;
}

/* Puts why and what into each row of the list. */
static void
put_lines(json_t *rows, const struct keep_line *lines)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        char day[16];
        const struct str saturday = day_print(lines[i].saturday, day);
        json_t *why = names_of(lines[i].why, WHYS, keep_why_name);
        (void)json_object_set_new(row, "why", why);
        (void)json_object_set_new(
            row, "saturday",
            lines[i].saturday.n == DAY_NONE.n ? json_null() : json_stringn(saturday.p, saturday.n));
        (void)json_object_set_new(row, "act", json_string(act_names[lines[i].act]));
    }
}

static void
print_plan(const struct cli *c, const json_t *rows, const struct keep_plan *plan)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        size_t k;
        json_t *why;
        (void)printf("%s  %-7s", text_of(row, "id"), text_of(row, "act"));
        json_array_foreach(json_object_get(row, "why"), k, why)
        {
            (void)printf(" %s", json_string_value(why));
        }
        (void)printf("\n");
    }
    for (unsigned s = 0; s < STOPS; s++) {
        if ((plan->stop & 1u << s) != 0) {
            SAY(c, stops[s].text);
        }
    }
}

static enum rc
make_plan(struct cli *c, json_t *rows)
{
    const size_t n = json_array_size(rows);
    struct keep_state *states = calloc(n + 1, sizeof(*states));
    struct keep_line *lines = calloc(n + 1, sizeof(*lines));
    struct keep_now now;
    struct keep_plan plan;
    struct err err = {0};
    if (states == NULL || lines == NULL) {
        out_of_memory();
    }
    read_states(rows, states);
    enum rc rc = plan_now(c, &now);
    if (rc == OK) {
        rc = keep(states, n, &now, &err, lines, &plan);
        rc = rc == OK ? OK : cli_fail(c, rc, code_name(err.code), err.detail);
    }
    if (rc == OK) {
        put_lines(rows, lines);
        if (c->json) {
            cli_print_json(json_pack("{s:I, s:I, s:b, s:o, s:O}", "kept", (json_int_t)plan.n_kept,
                                     "goes", (json_int_t)plan.n_gone, "old", plan.old ? 1 : 0,
                                     "stop", names_of(plan.stop, STOPS, stop_name), "backups",
                                     rows));
        } else {
            print_plan(c, rows, &plan);
        }
    }
    free(states);
    free(lines);
    return rc;
}

static enum rc
plan(struct cli *c)
{
    const char *workspace;
    json_t *rows = NULL;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(time_zone("Europe/Berlin"));
    TRY(fetch(c, workspace, &rows));
    const enum rc rc = make_plan(c, rows);
    json_decref(rows);
    return rc;
}

const struct cli_verb backup_verbs[] = {
    {"backup run",    "--workspace=",        false, T_cli_help_backup_run,    run   },
    {"backup list",   "--workspace=",        false, T_cli_help_backup_list,   list  },
    {"backup plan",   "--workspace= --now=", false, T_cli_help_backup_plan,   plan  },
    {"backup verify", "--workspace= --id=",  true,  T_cli_help_backup_verify, verify},
    {"backup drills", "--workspace=",        false, T_cli_help_backup_drills, drills},
    {"backup drill",  "--workspace= --id=",  true,  T_cli_help_backup_drill,  drill },
    {NULL,            "",                    false, T_NONE,                   NULL  },
};
