/* findings_backup.c: what doctor says of backups: whether each workspace has a good and young one,
 * and whether its copies are where they should be, on another disk. */
#include <sys/stat.h>

#include "cli/findings.h"

static const char *
number(const json_t *j, const char *key, char text[static 24])
{
    (void)snprintf(text, 24, "%lld", (long long)json_integer_value(json_object_get(j, key)));
    return text;
}

/* --- where copies go -------------------------------------------------------------------------- */

static void
places(struct findings *f, const struct conf *conf)
{
    static struct conf_target targets[CONF_TARGETS];
    const size_t n = conf_targets(conf, f->c->dir, targets);
    for (size_t i = 0; i < n; i++) {
        struct stat st;
        if (!targets[i].is_remote && (stat(targets[i].path, &st) != 0 || !S_ISDIR(st.st_mode))) {
            FINDING(f, "backup.target", FINDING_BAD, T_doctor_backup_target, targets[i].name,
                    targets[i].path);
        }
    }
    if (n < 2) {
        FINDING(f, "backup.few", FINDING_BAD, T_doctor_backup_few);
    }
}

/* --- what the catalogue says ------------------------------------------------------------------ */

static void
late(struct findings *f, const json_t *row)
{
    char hours[24];
    const char *fault = cli_text(row, "fault");
    const bool bad = json_is_true(json_object_get(row, "bad"));
    const enum text text = json_is_true(json_object_get(row, "never")) ? T_doctor_backup_never
                           : fault[0] != '\0'                          ? T_doctor_backup_failing
                                                                       : T_doctor_backup_late;
    FINDING(f, "backup.late", bad ? FINDING_BAD : FINDING_WARN, text, cli_text(row, "workspace"),
            number(row, "hours", hours), fault);
}

/* What keeps a copy from its target, in a sentence of its own. */
static void
cause(struct findings *f, const json_t *row)
{
    char key[80];
    const char *fault = cli_text(row, "fault");
    (void)snprintf(key, sizeof key, "err.%s", fault);
    if (str_starts(str_of(fault), STR("copy."))) {
        FINDING(f, "backup.remote", FINDING_BAD, text_find(str_of(key)), cli_text(row, "target"));
    } else if (strcmp(fault, code_name(E_STORE_FULL)) == 0) {
        FINDING(f, "backup.full", FINDING_BAD, T_doctor_backup_full, cli_text(row, "target"));
    }
}

/* Those that are not named. */
static void
others(struct findings *f, const json_t *health, const char *count, const char *rows,
       const char *id, enum finding_state state)
{
    char n[24];
    const json_int_t left = json_integer_value(json_object_get(health, count)) -
                            (json_int_t)json_array_size(json_object_get(health, rows));
    if (left > 0) {
        (void)snprintf(n, sizeof n, "%lld", (long long)left);
        FINDING(f, id, state, T_doctor_others, n);
    }
}

void
findings_of_backups(struct findings *f, const struct conf *conf)
{
    json_t *health = NULL;
    const char *why = "";
    size_t i;
    const json_t *row;
    char n[24];
    places(f, conf);
    if (cli_try(f->c, "0", "catalogue.health", &health, &why) != OK) {
        return; /* the registrar does not answer: said elsewhere */
    }
    const json_t *all_late = json_object_get(health, "late");
    const json_t *lacking = json_object_get(health, "lacking");
    json_array_foreach(all_late, i, row)
    {
        late(f, row);
    }
    others(f, health, "lateCount", "late", "backup.late", FINDING_BAD);
    json_array_foreach(lacking, i, row)
    {
        FINDING(f, "backup.copies", FINDING_BAD, T_doctor_backup_copies, number(row, "states", n),
                cli_text(row, "target"), cli_text(row, "fault"));
        cause(f, row);
    }
    json_array_foreach(json_object_get(health, "drills"), i, row)
    {
        FINDING(f, "backup.drill", FINDING_BAD, T_doctor_backup_drill, cli_text(row, "workspace"),
                cli_text(row, "fault"));
    }
    others(f, health, "drillCount", "drills", "backup.drill", FINDING_BAD);
    json_array_foreach(json_object_get(health, "undrilled"), i, row)
    {
        FINDING(f, "backup.undrilled", FINDING_WARN, T_doctor_backup_undrilled,
                cli_text(row, "workspace"), number(row, "days", n));
    }
    others(f, health, "undrilledCount", "undrilled", "backup.undrilled", FINDING_WARN);
    json_array_foreach(json_object_get(health, "rotten"), i, row)
    {
        FINDING(f, "store.damaged", FINDING_BAD, T_doctor_store_rotten, json_string_value(row));
    }
    others(f, health, "rottenCount", "rotten", "store.damaged", FINDING_BAD);
    const bool damaged = json_integer_value(json_object_get(health, "damaged")) > 0;
    const bool none = json_integer_value(json_object_get(health, "never")) > 0;
    if (damaged) {
        FINDING(f, "backup.damaged", FINDING_BAD, T_doctor_backup_damaged,
                number(health, "damaged", n));
    }
    if (json_integer_value(json_object_get(health, "repaired")) > 0) {
        FINDING(f, "backup.repaired", FINDING_WARN, T_doctor_backup_repaired,
                number(health, "repaired", n));
    }
    if (json_is_true(json_object_get(health, "clockOff"))) {
        FINDING(f, "backup.clock", FINDING_BAD, T_doctor_backup_clock);
    }
    if (none) {
        FINDING(f, "backup", FINDING_BAD, T_doctor_backup_none, number(health, "never", n));
    } else if (json_array_size(all_late) == 0 && !damaged) {
        FINDING(f, "backup", FINDING_GOOD, T_doctor_backup_there, number(health, "workspaces", n));
    }
    json_decref(health);
}
