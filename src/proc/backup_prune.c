/* backup_prune.c: what retention gives up goes: from DIR/backup and from the targets that follow
 * the catalogue. The catalogue says which, by a plan that it has logged, for states whose tombstone
 * is a day old; it forgets a state when all its files are gone. Killed in between, the next run
 * finds the tombstone, and goes on. A target of the kind append follows age alone (decision 89). */
#include <stdlib.h>
#include <unistd.h>

#include "app/backup/keep.h"
#include "proc/backups_own.h"
#include "proc/copy_remote.h"
#include "proc/target_rest.h"

enum {
    APPEND_LEAST = 2, /* older ones go when they are as old as anything that retention keeps */
    DAY_S = 86400
};

static void next_one(struct backup_job *j);

/* --- the end ---------------------------------------------------------------------------------- */

static bool
plan_says(const struct backup_job *j, const char *words)
{
    return strstr(j->plan, words) != NULL;
}

/* The catalogue's object, with how many are gone. */
static void
answer(struct backup_job *j)
{
    const size_t n = strlen(j->plan) + 40;
    char *json = loop_alloc(n);
    (void)snprintf(json, n, "%.*s,\"unlinked\":%zu}", (int)strlen(j->plan) - 1, j->plan,
                   j->n_unlinked);
    job_finish(j, str_of(json));
    free(json);
}

/* Does the catalogue keep this one for a reason, however old it is? */
static bool
is_spared(const struct backup_job *j, const char *id)
{
    static const char key[] = "\"spared\":\"";
    const char *list = strstr(j->plan, key);
    const char *end = list != NULL ? strchr(list + sizeof key - 1, '"') : NULL;
    const char *at = end != NULL ? strstr(list, id) : NULL;
    return at != NULL && at < end;
}

/* --- a target that only age deletes from ------------------------------------------------------ */

static void
sweep_by_age(const struct backup_job *j, const struct conf_target *t, int folder)
{
    char(*ids)[STAMP_LEN + 1];
    const size_t n = states_read(folder, &ids);
    const int64_t since = time_now().us - (int64_t)KEEP_OUTAGE_DAYS * DAY_S * 1000000;
    for (size_t i = plan_says(j, "\"ended\":true") ? 0 : APPEND_LEAST; i < n; i++) {
        char name[STAMP_FILE_LEN + 1];
        struct err err = {0};
        struct instant at;
        if (stamp_parse(str_of(ids[i]), &at) != OK || at.us >= since || is_spared(j, ids[i])) {
            continue;
        }
        stamp_file(ids[i], name);
        const enum rc rc = archive_file_remove(folder, name, &err);
        log_line(rc == OK ? LOG_NOTE : LOG_ERROR, "backup.expired",
                 "ws=%lld id=%s target=%s code=%s", (long long)j->workspace, ids[i], t->name,
                 code_name(err.code));
    }
    free(ids);
}

static void
sweep(struct backup_job *j)
{
    for (size_t i = 0; i < j->n_targets && plan_says(j, "\"sweep\":true"); i++) {
        struct err err = {0};
        int folder;
        if (j->targets[i].appends && !j->targets[i].is_remote &&
            target_rests(j->m, j->targets[i].name) == E_NONE &&
            copies_folder(j->workspace, &j->targets[i], &err, &folder) == OK) {
            sweep_by_age(j, &j->targets[i], folder);
            (void)close(folder);
        }
    }
    answer(j);
}

/* --- one state -------------------------------------------------------------------------------- */

static void
told(void *arg, const struct answer *a)
{
    struct backup_job *j = arg;
    if (job_was_told(j, a)) {
        j->n_unlinked++;
    }
    next_one(j);
}

/* False: it is still there, or may be; another time. */
static bool
unlink_at(const struct backup_job *j, const char *target, int folder)
{
    char name[STAMP_FILE_LEN + 1];
    struct err err = {0};
    stamp_file(j->id, name);
    const enum rc rc = archive_file_remove(folder, name, &err);
    log_line(rc == OK ? LOG_NOTE : LOG_ERROR, "backup.unlinked", "ws=%lld id=%s target=%s code=%s",
             (long long)j->workspace, j->id, target, code_name(err.code));
    return rc == OK;
}

/* Here last: as long as the file is here, the state is remembered. */
static void
unlink_here(struct backup_job *j)
{
    char json[JSON_MAX];
    if (!j->all_gone || !unlink_at(j, "backup", j->folder)) {
        next_one(j);
        return;
    }
    (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"id\":\"%s\"}", (long long)j->workspace,
                   j->id);
    command_order(j->m, "catalogue.unlinked", json, told, j);
}

static void unlink_next(struct backup_job *j);

static void
removed(void *arg, enum rc rc, const char *code)
{
    struct backup_job *j = arg;
    log_line(rc == OK ? LOG_NOTE : LOG_ERROR, "backup.unlinked", "ws=%lld id=%s target=%s code=%s",
             (long long)j->workspace, j->id, j->targets[j->target].name, code);
    j->all_gone = j->all_gone && rc == OK;
    j->target++;
    unlink_next(j);
}

/* From one target after the other; where one is away, its copy goes when it is back. */
static void
unlink_next(struct backup_job *j)
{
    for (; j->target < j->n_targets; j->target++) {
        const struct conf_target *t = &j->targets[j->target];
        struct err err = {0};
        int folder = -1;
        if (t->appends) {
            continue;
        }
        if (job_target_rests(j) != E_NONE) {
            j->all_gone = false;
            continue;
        }
        const struct remote_what what = {.verb = "copy.remove",
                                         .target = t->name,
                                         .workspace = j->workspace,
                                         .id = j->id,
                                         .fd = -1};
        if (t->is_remote && remote_begin(j->m, &what, removed, j) == OK) {
            return;
        }
        if (t->is_remote || copies_folder(j->workspace, t, &err, &folder) != OK) {
            j->all_gone = false;
            continue;
        }
        j->all_gone = unlink_at(j, t->name, folder) && j->all_gone;
        (void)close(folder);
    }
    unlink_here(j);
}

/* The catalogue's ids, checked one by one: nothing but a stamp becomes a file's name. */
static void
next_one(struct backup_job *j)
{
    static const char key[] = "\"unlink\":\"";
    const char *list = strstr(j->plan, key);
    const struct str rest = list != NULL ? str_of(list + sizeof key - 1) : STR("");
    const struct str id = str_sub(rest, j->unlink_at, STAMP_LEN);
    struct instant at;
    if (stamp_parse(id, &at) != OK) {
        sweep(j);
        return;
    }
    j->unlink_at += STAMP_LEN + 1;
    (void)snprintf(j->id, sizeof j->id, "%.*s", STR_FMT(id));
    j->target = 0;
    j->all_gone = true;
    unlink_next(j);
}

/* --- the plan --------------------------------------------------------------------------------- */

static void
planned(void *arg, const struct answer *a)
{
    struct backup_job *j = arg;
    if (a->rc != OK) {
        job_pass(j, a);
        return;
    }
    j->plan = loop_alloc(a->body.n + 1);
    memcpy(j->plan, a->body.p, a->body.n);
    next_one(j);
}

static void
found(void *arg, const struct answer *a)
{
    struct backup_job *j = arg;
    char json[JSON_MAX];
    if (a->rc != OK) {
        job_pass(j, a);
        return;
    }
    (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"believe\":%s}",
                   (long long)j->workspace, j->believes ? "true" : "false");
    command_order(j->m, "catalogue.prune", json, planned, j);
}

void
prune_begin(struct backup_job *j)
{
    states_tell(j, found);
}
