/* backup_job.c: a backup's job: that there is one, how far it is, and its end, which the catalogue
 * hears of first. */
#include <errno.h>
#include <fcntl.h>

#include "proc/backups_own.h"
#include "proc/copy_remote.h"
#include "proc/room.h"
#include "proc/target_rest.h"

/* --- which there are -------------------------------------------------------------------------- */

struct backup_job *
job_of_proc(const struct proc *p)
{
    struct backup_job *j = p->m->jobs;
    while (j != NULL && j->proc != p) {
        j = j->next;
    }
    return j;
}

bool
job_is_running(const struct master *m, int64_t workspace)
{
    const struct live *lv = live_find(m, workspace);
    const struct backup_job *j = m->jobs;
    while (j != NULL && (j->workspace != workspace || j->lists || j->follows)) {
        j = j->next;
    }
    return j != NULL || (lv != NULL && lv->is_held);
}

/* Of a process that was told to end, nobody knows any more whether it has. */
static bool
only_copies(const struct proc *p)
{
    const struct backup_job *j = job_of_proc(p);
    return j != NULL && j->copies;
}

bool
backup_is_quiet(const struct master *m, int64_t workspace)
{
    for (const struct backup_job *j = m->jobs; j != NULL; j = j->next) {
        if (j->workspace == workspace && !j->lists && !j->follows && !j->copies) {
            return false;
        }
    }
    for (const struct proc *p = m->procs; p != NULL; p = p->next) {
        if (p->role == R_BACKUP && p->workspace == workspace && !only_copies(p)) {
            return false;
        }
    }
    return true;
}

/* --- what it has ------------------------------------------------------------------------------ */

enum rc
job_open_folder(struct backup_job *j, struct err *err)
{
    char path[PATH_SIZE + 64];
    (void)snprintf(path, sizeof path, "%s/backup/%lld", j->m->dir, (long long)j->workspace);
    TRY(make_folder(path, 0700, getuid(), err));
    j->folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return j->folder >= 0 ? OK : fail(err, RC_IO, E_IO, "folder of backups: errno %d", errno);
}

void
job_targets(struct backup_job *j, char ret_text[static TARGETS_TEXT])
{
    size_t n = 0;
    ret_text[0] = '\0';
    j->n_targets = conf_targets(&j->m->conf, j->m->dir, j->targets);
    for (size_t i = 0; i < j->n_targets; i++) {
        n += (size_t)snprintf(ret_text + n, TARGETS_TEXT - n, "%s\"%s\"", i > 0 ? "," : "",
                              j->targets[i].name);
    }
}

enum code
job_target_rests(const struct backup_job *j)
{
    return j->insists && !j->bereft ? E_NONE : target_rests(j->m, j->targets[j->target].name);
}

/* --- how far it is ---------------------------------------------------------------------------- */

void
backup_progressed(const struct proc *p, const struct frame *f)
{
    struct backup_job *j = job_of_proc(p);
    int64_t percent;
    if (j != NULL && frame_get_i64(f, W_F_DONE, &percent) == OK && percent >= 0 && percent <= 100) {
        j->percent = percent;
    }
}

enum rc
job_need_room(const struct backup_job *j, struct err *err)
{
    struct room room;
    return room_look_at(j->folder, &room) && room_is_spare(&room)
               ? fail(err, RC_IO, E_STORE_FULL, "%lld bytes are left, for people",
                      (long long)room.free)
               : OK;
}

static const char *
step_of(const struct backup_job *j)
{
    if (j->copies) {
        return "copy";
    }
    if (j->order == 0) {
        return "wait";
    }
    return j->writes && j->percent < 100 ? "write" : "check";
}

void
backup_progress(const struct master *m, int64_t workspace,
                char ret_json[static BACKUP_PROGRESS_MAX])
{
    const struct backup_job *j = m->jobs;
    while (j != NULL && (j->workspace != workspace || j->lists || j->prunes)) {
        j = j->next;
    }
    (void)snprintf(ret_json, BACKUP_PROGRESS_MAX, "{\"running\":false}");
    if (j != NULL) {
        (void)snprintf(ret_json, BACKUP_PROGRESS_MAX,
                       "{\"running\":true,\"step\":\"%s\",\"percent\":%lld,\"copy\":%zu,"
                       "\"copies\":%zu}",
                       step_of(j), (long long)j->percent, j->copies ? j->target + 1 : 0,
                       j->n_targets);
    }
}

/* --- the end ---------------------------------------------------------------------------------- */

void
job_close_files(struct backup_job *j)
{
    if (j->open) {
        archive_file_drop(&j->file);
        j->open = false;
    }
    int *const fds[] = {&j->fd, &j->folder};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (*fds[i] >= 0) {
            close(*fds[i]);
            *fds[i] = -1;
        }
    }
}

void
job_finish(struct backup_job *j, struct str body)
{
    struct master *m = j->m;
    job_close_files(j); /* what was not finished is gone before anybody hears of it */
    for (struct backup_job **at = &m->jobs; *at != NULL; at = &(*at)->next) {
        if (*at == j) {
            *at = j->next;
            break;
        }
    }
    loop_cancel(m->loop, &j->timer);
    loop_cancel(m->loop, &j->silence);
    remote_forget(m, j);
    if (j->proc != NULL) {
        proc_stop(j->proc);
    }
    if (j->done != NULL) {
        j->done(j->arg, &(struct answer){j->rc, j->code, j->detail, body});
    }
    free(j->plan);
    free(j);
}

void
job_pass(struct backup_job *j, const struct answer *a)
{
    j->rc = a->rc;
    (void)snprintf(j->code, sizeof j->code, "%s", a->code);
    (void)snprintf(j->detail, sizeof j->detail, "%s", a->detail);
    job_finish(j, a->body);
}

void
backup_forget(struct master *m, const void *arg)
{
    for (struct backup_job *j = m->jobs; j != NULL; j = j->next) {
        j->done = j->arg == arg ? NULL : j->done;
    }
}

bool
job_was_told(const struct backup_job *j, const struct answer *a)
{
    if (a->rc != OK) {
        log_line(LOG_ERROR, "backup.untold", "ws=%lld id=%s code=%s", (long long)j->workspace,
                 j->id, a->code);
    }
    return a->rc == OK;
}

static void
told_of_failure(void *arg, const struct answer *a)
{
    struct backup_job *j = arg;
    if (a->rc != OK && a->rc != RC_MISSING) { /* a state that it does not know cannot be damaged */
        log_line(LOG_ERROR, "backup.untold", "code=%s", a->code);
    }
    if (a->rc == OK && !j->writes && j->proc != NULL) {
        repair_begin(j, a->body);
    } else {
        job_finish(j, STR_NONE);
    }
}

void
job_fail(struct backup_job *j, enum rc rc, const char *code, const char *detail)
{
    char json[JSON_MAX];
    const bool damaged = !j->writes && !j->lists && !j->prunes &&
                         (j->lacks || str_starts(str_of(code), STR("archive.")));
    if (j->bereft && !j->repairs && !damaged) { /* the archive is there, and that is known */
        loop_cancel(j->m->loop, &j->timer);
        job_close_files(j);
        if (j->proc != NULL) {
            proc_stop(j->proc);
        }
        j->proc = NULL;
        j->gave_up = true;
        copies_begin(j);
        return;
    }
    j->rc = rc;
    (void)snprintf(j->code, sizeof j->code, "%s", code);
    (void)snprintf(j->detail, sizeof j->detail, "%s", detail);
    job_close_files(j);
    log_line(LOG_ERROR, "backup.failed", "ws=%lld id=%s code=%s detail=\"%s\"",
             (long long)j->workspace, j->id, code, detail);
    if (!j->writes && !damaged) {
        job_finish(j, STR_NONE);
        return;
    }
    loop_cancel(j->m->loop, &j->timer);
    (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"id\":\"%s\",\"code\":\"%s\"}",
                   (long long)j->workspace, j->id, code);
    command_order(j->m, damaged ? "catalogue.damaged" : "catalogue.failed", json, told_of_failure,
                  j);
}

void
job_fail_as(struct backup_job *j, enum rc rc, const struct err *err)
{
    job_fail(j, rc, code_name(err->code), err->detail);
}

void
backup_end_all(struct master *m)
{
    while (m->jobs != NULL) {
        struct backup_job *j = m->jobs;
        j->rc = RC_IO;
        (void)snprintf(j->code, sizeof j->code, "%s", code_name(E_NOT_RUNNING));
        job_finish(j, STR_NONE);
    }
}
