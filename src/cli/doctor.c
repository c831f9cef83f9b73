/* doctor.c: `kontor doctor`: what is missing and what is unsafe, in sentences; and `kontor
 * migrate`. */
#include "cli/findings.h"

static char *
fill(const struct cli *c, enum text t, const char *const *args)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (to == NULL) {
        return NULL;
    }
    cli_say(c, to, t, args);
    if (fclose(to) != 0 || n == 0) {
        return text;
    }
    text[n - 1] = '\0'; /* the line feed */
    return text;
}

/* For the console, whose people read either language. */
static void
note(struct findings *f, const char *id, const char *status, enum text t, const char *const *args)
{
    struct cli de = *f->c;
    struct cli en = *f->c;
    de.lang = LANG_DE;
    en.lang = LANG_EN;
    char *german = fill(&de, t, args);
    char *english = fill(&en, t, args);
    json_t *row = german == NULL || english == NULL
                      ? NULL
                      : json_pack("{s:s, s:s, s:s, s:s}", "id", id, "status", status, "de", german,
                                  "en", english);
    free(german);
    free(english);
    if (row != NULL) {
        (void)json_array_append_new(f->record, row);
    }
}

/* What was found becomes the console's page: all of it, or the worst and how many more. */
static enum rc
record(struct findings *f, bool is_quick)
{
    json_t *out = NULL;
    json_t *unseen = json_array();
    size_t left;
    char n[24];
    const char *worst;
    json_t *all = f->record;
    f->record = findings_to_record(all, FINDINGS_MOST, FINDINGS_BYTES, &left, &worst);
    json_decref(all);
    if (left > 0) {
        (void)snprintf(n, sizeof n, "%zu", left);
        note(f, "more", worst, T_doctor_more, (const char *const[]){n, NULL});
    }
    for (size_t i = 0; is_quick && findings_slow[i] != NULL; i++) {
        (void)json_array_append_new(unseen, json_string(findings_slow[i]));
    }
    if (f->is_smart_unseen) {
        (void)json_array_append_new(unseen, json_string("disk.smart"));
    }
    json_t *in = json_pack("{s:o, s:o}", "findings", f->record, "unseen", unseen);
    const enum rc rc = in == NULL ? RC_LIMIT : cli_call(f->c, "system", "health.record", in, &out);
    json_decref(out);
    return rc;
}

void
finding(struct findings *f, const char *id, enum finding_state s, enum text t,
        const char *const *args)
{
    static const char *const names[] = {"good", "warn", "bad"};
    char *text = fill(f->c, t, args);
    json_t *row = json_pack("{s:s, s:s, s:s}", "id", id, "status", names[s], "text",
                            text != NULL ? text : "");
    free(text);
    f->n[s]++;
    if (row != NULL) {
        (void)json_array_append_new(f->list, row);
    }
    if (f->record != NULL) {
        note(f, id, names[s], t, args);
    }
}

static void
print(const struct findings *f)
{
    static const struct {
        const char *name, *mark;
    } order[] = {
        {"bad",  "✗"},
        {"warn", "!"  },
        {"good", "✓"}
    };
    for (size_t k = 0; k < 3; k++) {
        size_t i;
        json_t *row;
        json_array_foreach(f->list, i, row)
        {
            if (strcmp(json_string_value(json_object_get(row, "status")), order[k].name) == 0) {
                (void)printf("%s %s\n", order[k].mark,
                             json_string_value(json_object_get(row, "text")));
            }
        }
    }
}

static enum rc
doctor(struct cli *c)
{
    struct conf conf;
    json_t *status = NULL;
    struct findings f = {.c = c};
    TRY(cli_conf(c, &conf));
    bool running = cli_is_running(c);
    f.list = json_array();
    f.record = cli_option(c, "--record") != NULL ? json_array() : NULL;
    findings_of_settings(&f, &conf);
    findings_of_host(&f, &conf);
    findings_of_disks(&f);
    findings_of_certificates(&f);
    enum rc rc = cli_call(c, "0", "status", NULL, &status);
    if (rc == OK) {
        findings_of_keys(&f, status);
        findings_of_processes(&f, &conf, status);
        findings_of_backups(&f, &conf);
        if (cli_option(c, "--quick") == NULL) {
            findings_of_mail(&f, &conf);
            findings_of_stores(&f);
        }
    }
    if (!running) {
        FINDING(&f, "server", FINDING_WARN, T_doctor_not_serving);
    }
    if (f.record != NULL && rc == OK) {
        rc = record(&f, cli_option(c, "--quick") != NULL);
    }
    if (!c->json) {
        print(&f);
        json_decref(f.list);
        json_decref(status);
        return rc;
    }
    json_t *out = status != NULL ? status : json_object();
    (void)json_object_set_new(out, "running", json_boolean(running));
    (void)json_object_set_new(out, "findings", f.list);
    cli_print_json(out);
    return rc;
}

/* A worker migrates its store when it opens it; so asking each one how it was opened migrates all.
 */
static enum rc
migrate_one(struct cli *c, const char *slug)
{
    json_t *out = NULL;
    TRY(cli_call(c, slug, "store.state", NULL, &out));
    const char *state = json_string_value(json_object_get(out, "state"));
    bool old = state != NULL && strcmp(state, "old") == 0;
    json_decref(out);
    if (old) {
        cli_say(c, stderr, T_cli_not_migrated, (const char *const[]){slug, NULL});
    } else if (!c->json) {
        SAY(c, T_cli_migrated, slug);
    }
    return old ? RC_CONFLICT : OK;
}

static enum rc
migrate(struct cli *c)
{
    json_t *out = NULL;
    json_t *row;
    size_t i;
    enum rc worst = OK;
    json_t *result = json_array();
    TRY(cli_call(c, "0", "workspace.list", NULL, &out));
    json_array_foreach(json_object_get(out, "rows"), i, row)
    {
        const char *slug = json_string_value(json_object_get(row, "slug"));
        enum rc rc = migrate_one(c, slug);
        worst = rc != OK ? rc : worst;
        (void)json_array_append_new(
            result, json_pack("{s:s, s:b}", "workspace", slug, "migrated", rc == OK));
    }
    json_decref(out);
    if (c->json) {
        cli_print_json(result);
    } else {
        json_decref(result);
    }
    return worst;
}

const struct cli_verb doctor_verbs[] = {
    {"doctor",  "--quick --record", false, T_cli_help_doctor,  doctor },
    {"migrate", "",                 false, T_cli_help_migrate, migrate},
    {NULL,      "",                 false, T_NONE,             NULL   },
};
