/* findings_procs.c: what doctor learns from master: walls, processes, workspaces that are set
 * aside. */
#include "cli/findings.h"

static void
isolation(struct findings *f, const struct conf *conf, const json_t *status)
{
    const char *level = cli_text(status, "level");
    bool root = json_is_true(json_object_get(status, "root"));
    enum finding_state s = level[0] == 'C' ? FINDING_BAD : FINDING_GOOD;
    FINDING(f, "isolation.level", s, s == FINDING_BAD ? T_doctor_level_c : T_doctor_level, level);
    if (!root) {
        FINDING(f, "isolation.uids", FINDING_WARN, T_doctor_no_uids);
    }
    if (!json_is_true(json_object_get(status, "network"))) {
        FINDING(f, "isolation.network", root ? FINDING_WARN : FINDING_BAD, T_doctor_no_netns,
                cli_text(status, "networkWhy"));
    }
    if (level[0] > conf->accept_isolation[0]) {
        FINDING(f, "isolation.accepted", FINDING_BAD, T_doctor_level_refused, level,
                conf->accept_isolation);
    } else if (conf->accept_isolation[0] == 'C') {
        FINDING(f, "isolation.accepted", FINDING_WARN, T_doctor_level_c_accepted);
    }
}

/* The probes of one process: "open=EACCES socket=refused …"; "allowed" is what must not be. That
 * the network was reached before the filter went up is said once, for all, by isolation.network. */
static void
probes(struct findings *f, const json_t *proc)
{
    static const char *const acts[] = {"open=allowed", "socket=allowed", "trace=allowed",
                                       "exec=allowed"};
    const char *probe = cli_text(proc, "probe");
    const char *role = cli_text(proc, "role");
    if (!json_is_true(json_object_get(proc, "ready"))) {
        FINDING(f, "process.starting", FINDING_WARN, T_doctor_process_starting, role);
        return;
    }
    if (strstr(probe, "landlock=0") != NULL) {
        FINDING(f, "isolation.landlock", FINDING_BAD, T_doctor_no_landlock, role);
    }
    /* Egress has the network and the name service's files: that is what it is for. */
    const size_t first = strcmp(role, "egress") == 0 ? 2 : 0;
    for (size_t i = first; i < sizeof acts / sizeof acts[0]; i++) {
        if (strstr(probe, acts[i]) != NULL) {
            FINDING(f, "isolation.probe", FINDING_BAD, T_doctor_probe_allowed, role, acts[i]);
        }
    }
}

static void
quarantined(struct findings *f, const json_t *status)
{
    size_t i;
    json_t *id;
    json_array_foreach(json_object_get(status, "quarantined"), i, id)
    {
        char text[24];
        (void)snprintf(text, sizeof text, "%lld", (long long)json_integer_value(id));
        FINDING(f, "workspace.quarantined", FINDING_BAD, T_doctor_quarantined, text);
    }
}

/* kontor.conf is read at the start: what was written there since holds from the next one on. */
static void
targets_not_loaded(struct findings *f, const struct conf *conf, const json_t *status)
{
    static struct conf_target targets[CONF_TARGETS];
    const size_t n = conf_targets(conf, f->c->dir, targets);
    const json_t *loaded = json_object_get(status, "targets");
    bool other = n != json_object_size(loaded);
    for (size_t i = 0; i < n; i++) {
        other = other || strcmp(cli_text(loaded, targets[i].name), targets[i].mark) != 0;
    }
    if (other) {
        FINDING(f, "backup.restart", FINDING_WARN, T_doctor_backup_restart);
    }
}

/* The kernel's own word stands with the host; only master knows that the clock was set back. */
static void
clock_of_master(struct findings *f, const json_t *status)
{
    if (strcmp(cli_text(status, "clock"), "back") == 0) {
        FINDING(f, "clock.back", FINDING_BAD, T_doctor_clock_back);
    }
}

void
findings_of_processes(struct findings *f, const struct conf *conf, const json_t *status)
{
    size_t i;
    json_t *proc;
    size_t bad = f->n[FINDING_BAD];
    isolation(f, conf, status);
    json_array_foreach(json_object_get(status, "processes"), i, proc)
    {
        probes(f, proc);
    }
    if (f->n[FINDING_BAD] == bad) {
        FINDING(f, "isolation.probe", FINDING_GOOD, T_doctor_probes_good);
    }
    quarantined(f, status);
    clock_of_master(f, status);
    targets_not_loaded(f, conf, status);
    if (json_is_true(json_object_get(status, "testBuild"))) {
        FINDING(f, "build", FINDING_WARN, T_doctor_test_build);
    }
}
