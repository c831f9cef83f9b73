/* backups.c: see backups.h. A job goes from step to step; each waits for an answer or, for what
 * tells nobody when it is there (a process that starts), looks again in a moment. */
#include "proc/backups_own.h"
#include "proc/target_rest.h"

#include <errno.h>
#include <fcntl.h>

enum {
    LOOK_US = 5000,            /* between two looks whether a process is there */
    TURN_US = 1000000,         /* whether another job is over */
    START_US = 60LL * 1000000, /* for it to be there */
};

bool
backup_is_order(struct str name)
{
    return str_eq(name, STR("backup.run")) || str_eq(name, STR("backup.verify")) ||
           str_eq(name, STR("backup.list")) || str_eq(name, STR("backup.prune")) ||
           str_eq(name, STR("backup.plan")) || str_eq(name, STR("backup.progress"));
}

/* --- the file --------------------------------------------------------------------------------- */

static enum rc
open_file(struct backup_job *j, struct err *err)
{
    char name[STAMP_FILE_LEN + 1];
    if (j->writes) {
        size_t swept;
        TRY(archive_file_sweep(j->folder, err, &swept));
        TRY(job_need_room(j, err));
        stamp_print(time_now(), j->id);
        stamp_file(j->id, name);
        TRY(archive_file_open(j->folder, name, err, &j->file));
        j->open = true;
        j->fd = fcntl(j->file.fd, F_DUPFD_CLOEXEC, 3);
    } else {
        stamp_file(j->id, name);
        j->fd = openat(j->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        j->unreadable = j->fd < 0 && archive_is_unreadable(errno);
        j->lacks = j->unreadable || (j->fd < 0 && errno == ENOENT); /* a copy may have it */
        return j->lacks || j->fd >= 0 ? OK : fail(err, RC_IO, E_IO, "%s: errno %d", name, errno);
    }
    return j->fd >= 0 ? OK : fail(err, RC_IO, E_IO, "%s: errno %d", name, errno);
}

/* --- its process ------------------------------------------------------------------------------ */

static void
look_again(struct backup_job *j)
{
    loop_at(j->m->loop, &j->timer, loop_now(j->m->loop) + LOOK_US);
}

/* Its writer is there by now, and has brought the store up to date; or it has ended. lv: NULL for
 * the registrar's. */
static void
spawn(struct backup_job *j, struct live *lv)
{
    struct err err = {0};
    enum rc rc = j->repairs ? OK : open_file(j, &err);
    if (j->saves && err.code == E_ARCHIVE_EXISTS) { /* ids are seconds */
        look_again(j);
        return;
    }
    const int keymgr = rc == OK ? keymgr_bind(j->m, j->workspace, "backup") : -1;
    if (rc == OK && keymgr < 0) {
        rc = fail(&err, RC_BUSY, E_BUSY, "keymgr");
    }
    j->proc = rc == OK ? proc_spawn(j->m, R_BACKUP, 0, lv, keymgr) : NULL;
    if (rc == OK && j->proc == NULL) {
        rc = fail(&err, RC_IO, E_IO, "no process");
    }
    if (rc != OK) {
        job_fail_as(j, rc, &err);
    } else {
        look_again(j);
    }
}

/* A folder on a disk or a machine that does not answer holds whoever reads there, and not master.
 */
static void
on_silence(struct timer *t)
{
    struct backup_job *j = t->arg;
    const char *target = j->targets[j->target].name;
    log_line(LOG_ERROR, "backup.silent", "ws=%lld id=%s target=%s hint=its process is ended",
             (long long)j->workspace, j->id, target);
    target_said(j->m, target, code_name(E_COPY_UNREACHABLE));
    proc_kill(j->proc);
    j->proc = NULL;
    j->order = 0;
    j->bereft = true;
    if (j->copies) {
        copies_silent(j);
    } else {
        repair_silent(j);
    }
}

void
job_order(struct backup_job *j, const char *name)
{
    struct frame_out f;
    j->order = ++j->m->next_id;
    chan_begin(&f, W_COMMAND, j->order);
    frame_put_str(&f, W_F_NAME, str_of(name));
    frame_put_str(&f, W_F_BODY, str_of(j->id));
    chan_send(&j->proc->control, &f, j->fd);
    j->fd = -1;
    if (j->copies || j->repairs) {
        const int64_t bytes = j->bytes > j->known_bytes ? j->bytes : j->known_bytes;
        j->silence = (struct timer){.fn = on_silence, .arg = j};
        loop_at(j->m->loop, &j->silence, loop_now(j->m->loop) + target_folder_us(j->m, bytes));
    }
}

void
job_return(struct backup_job *j)
{
    struct err err = {0};
    job_close_files(j);
    j->until_us = loop_now(j->m->loop) + START_US;
    if (!j->repairs) {
        j->copies = j->writes = j->saves = false;
        j->hash[0] = '\0';
    }
    if (!j->repairs && job_open_folder(j, &err) != OK) {
        job_fail_as(j, RC_IO, &err);
    } else {
        look_again(j);
    }
}

/* Another job of the workspace is at work, or somebody holds it. */
static bool
must_follow(const struct backup_job *j)
{
    const struct live *lv = live_find(j->m, j->workspace);
    for (const struct backup_job *o = j->m->jobs; o != NULL; o = o->next) {
        if (o != j && o->workspace == j->workspace && !o->lists && !o->follows) {
            return true;
        }
    }
    return lv != NULL && lv->is_held;
}

static void
on_turn(struct backup_job *j)
{
    struct err err = {0};
    if (must_follow(j)) {
        loop_at(j->m->loop, &j->timer, loop_now(j->m->loop) + TURN_US);
        return;
    }
    j->follows = false;
    j->until_us = loop_now(j->m->loop) + START_US;
    if (job_open_folder(j, &err) != OK) {
        job_fail_as(j, RC_IO, &err);
    } else {
        look_again(j);
    }
}

static void
when_ready(struct backup_job *j)
{
    if (j->repairs) {
        repair_go_on(j);
    } else if (j->lacks) {
        job_fail(j, j->unreadable ? RC_BROKEN : RC_MISSING,
                 code_name(j->unreadable ? E_ARCHIVE_UNREADABLE : E_MISSING), "no such file");
    } else {
        job_order(j, j->writes ? "backup.run" : "backup.source");
    }
}

static void
on_look(struct timer *t)
{
    struct backup_job *j = t->arg;
    struct master *m = j->m;
    const char *why = "busy";
    if (j->follows) {
        on_turn(j);
        return;
    }
    if (j->proc != NULL && j->proc->is_ready) {
        when_ready(j);
        return;
    }
    if (loop_now(m->loop) >= j->until_us) {
        job_fail(j, RC_BUSY, code_name(E_BUSY), "no process in time");
        return;
    }
    if (j->proc != NULL) {
        look_again(j);
        return;
    }
    struct live *lv = j->workspace == 0 ? NULL : live_get(m, j->workspace, &why);
    const struct proc *writer = j->workspace == 0 ? m->registrar.proc
                                : lv != NULL      ? lv->proc
                                                  : NULL;
    const bool is_time = j->saves ? lv != NULL && writer == NULL
                                  : writer != NULL && writer->is_ready && !writer->is_stopping;
    if (j->workspace != 0 && lv == NULL && strcmp(why, "quarantined") == 0) {
        job_fail(j, RC_BUSY, code_name(E_QUARANTINED), "");
    } else if (is_time && !command_turns(m, j->workspace)) {
        spawn(j, lv);
    } else {
        look_again(j);
    }
}

/* --- what it says ----------------------------------------------------------------------------- */

/* Who waits for the present to be saved knows enough. The job goes on as one that reads the state
 * again and makes the copies that are missing. */
static void
answer_early(struct backup_job *j)
{
    char json[JSON_MAX];
    answer_fn *done = j->done;
    copies_print(j, json);
    if (j->proc != NULL) {
        proc_stop(j->proc);
    }
    j->proc = NULL;
    j->done = NULL;
    j->hash[0] = '\0';
    j->writes = j->saves = false;
    j->follows = true;
    loop_at(j->m->loop, &j->timer, loop_now(j->m->loop) + TURN_US);
    if (done != NULL) {
        done(j->arg, &(struct answer){.rc = OK, .body = str_of(json)});
    }
}

static void
catalogued(void *arg, const struct answer *a)
{
    struct backup_job *j = arg;
    if (!j->writes && strcmp(a->code, code_name(E_ARCHIVE_OTHER)) == 0) {
        job_fail(j, a->rc, a->code, a->detail);
    } else if (a->rc != OK) { /* the file is there and is found again: believed, until verified */
        job_pass(j, a);
    } else if (j->saves && j->m->opt->command_fd < 0) {
        answer_early(j);
    } else {
        copies_begin(j);
    }
}

static void
print_hash(struct str hash, char ret_text[static HASH_TEXT + 1])
{
    for (size_t i = 0; i < hash.n; i++) {
        (void)snprintf(ret_text + 2 * i, 3, "%02x", (unsigned char)hash.p[i]);
    }
}

static void
take_result(struct backup_job *j, const struct frame *f)
{
    struct err err = {0};
    const struct str hash = frame_get(f, W_F_DIGEST);
    if (frame_get_i64(f, W_F_BODY_SIZE, &j->bytes) != OK || hash.n != HASH_TEXT / 2) {
        job_fail(j, RC_BROKEN, code_name(E_BROKEN), "result");
        return;
    }
    char text[HASH_TEXT + 1];
    print_hash(hash, text);
    if (j->copies) {
        copies_result(j, text);
        return;
    }
    if (j->repairs) {
        repair_result(j, text);
        return;
    }
    memcpy(j->hash, text, sizeof j->hash);
    const enum rc rc = j->writes ? archive_file_name(&j->file, &err) : OK;
    if (rc != OK) {
        job_fail_as(j, rc, &err);
        return;
    }
    log_line(LOG_NOTE, j->writes ? "backup.kept" : "backup.good", "ws=%lld id=%s",
             (long long)j->workspace, j->id);
    job_kept(j, "");
}

void
job_kept(struct backup_job *j, const char *repaired_from)
{
    char json[JSON_MAX];
    char targets[TARGETS_TEXT];
    job_close_files(j);
    job_targets(j, targets);
    (void)snprintf(json, sizeof json,
                   "{\"workspace\":%lld,\"id\":\"%s\",\"bytes\":%lld,\"hash\":\"%s\","
                   "\"repairedFrom\":\"%s\",\"targets\":[%s]}",
                   (long long)j->workspace, j->id, (long long)j->bytes, j->hash, repaired_from,
                   targets);
    command_order(j->m, "catalogue.kept", json, catalogued, j);
}

void
backup_result(struct proc *p, const struct frame *f)
{
    char code[64];
    char detail[128];
    int64_t rc = RC_BROKEN;
    struct backup_job *j = job_of_proc(p);
    if (j == NULL || j->order == 0 || f->id != j->order) {
        return;
    }
    j->order = 0;
    loop_cancel(j->m->loop, &j->silence);
    if (f->type == W_RESULT && frame_get_i64(f, W_F_RC, &rc) == OK && rc == OK) {
        take_result(j, f);
        return;
    }
    (void)snprintf(code, sizeof code, "%.*s", STR_FMT(frame_get(f, W_F_CODE)));
    (void)snprintf(detail, sizeof detail, "%.*s", STR_FMT(frame_get(f, W_F_DETAIL)));
    const enum rc why = rc >= RC_BROKEN && rc < OK ? (enum rc)rc : RC_BROKEN;
    if (j->copies) {
        copies_failed(j, why, code);
    } else if (j->repairs) {
        repair_failed(j, why, code);
    } else {
        job_fail(j, why, code, detail);
    }
}

void
backup_proc_ended(const struct proc *p)
{
    struct backup_job *j = job_of_proc(p);
    if (j == NULL) {
        return;
    }
    j->proc = NULL;
    loop_cancel(j->m->loop, &j->silence);
    if (j->order == 0 && command_met_turn(p) && loop_now(j->m->loop) < j->until_us) {
        look_again(j); /* the writer ends the turn, or gives it up */
    } else if (j->copies && j->order != 0) {
        copies_failed(j, RC_IO, code_name(E_IO));
    } else if (j->repairs && j->order != 0) {
        repair_failed(j, RC_IO, code_name(E_IO));
    } else if (!j->copies && !j->repairs && j->rc == OK &&
               j->hash[0] == '\0') { /* else it is over with it */
        const bool said = p->refusal != OK;
        job_fail(j, said ? p->refusal : RC_IO, code_name(said ? proc_refusal(p) : E_IO),
                 "the process that did it ended");
    }
}

void
backup_worker_failed(const struct proc *p)
{
    struct backup_job *next;
    for (struct backup_job *j = p->m->jobs; j != NULL; j = next) {
        next = j->next;
        if (j->workspace == p->live->workspace && j->proc == NULL && j->timer.slot != 0 &&
            !j->saves) { /* that one waits for its end */
            job_fail(j, p->refusal != OK ? p->refusal : RC_IO, code_name(E_WORKER),
                     p->refusal_code);
        }
    }
}

/* --- the beginning ---------------------------------------------------------------------------- */

static void
tried(void *arg, const struct answer *a)
{
    struct backup_job *j = arg;
    struct err err = {0};
    const enum rc rc = a->rc == OK ? job_open_folder(j, &err) : OK;
    if (a->rc != OK) {
        job_pass(j, a);
        return;
    }
    if (rc != OK) {
        job_fail_as(j, rc, &err);
        return;
    }
    j->until_us = loop_now(j->m->loop) + START_US;
    on_look(&j->timer);
}

/* A state that is in a folder and not in the catalogue is read all the same. */
static void
told_of_reading(void *arg, const struct answer *a)
{
    struct backup_job *j = arg;
    if (a->rc != OK && a->rc != RC_MISSING) {
        (void)job_was_told(j, a);
    }
    tried(j, &(struct answer){.code = ""});
}

static void
first_step(struct backup_job *j)
{
    char json[JSON_MAX];
    struct err err = {0};
    struct instant at;
    const bool has_id = stamp_parse(str_of(j->id), &at) == OK;
    if (!has_id && !j->writes && !j->prunes && (!j->lists || j->id[0] != '\0')) {
        job_fail(j, RC_MISSING, code_name(E_MISSING), "no such backup");
        return;
    }
    if (j->lists || j->prunes) {
        const enum rc rc = job_open_folder(j, &err);
        if (rc != OK) {
            job_fail_as(j, rc, &err);
        } else if (j->prunes) {
            prune_begin(j);
        } else {
            states_list(j);
        }
    } else if (j->writes) {
        (void)snprintf(json, sizeof json, "{\"workspace\":%lld}", (long long)j->workspace);
        command_order(j->m, "catalogue.tried", json, tried, j);
    } else {
        (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"id\":\"%s\"}",
                       (long long)j->workspace, j->id);
        command_order(j->m, "catalogue.checked", json, told_of_reading, j);
    }
}

static struct backup_job *
add_job(struct master *m, int64_t workspace, answer_fn *done, void *arg)
{
    struct backup_job *j = loop_alloc(sizeof *j);
    *j = (struct backup_job){.next = m->jobs,
                             .m = m,
                             .workspace = workspace,
                             .done = done,
                             .arg = arg,
                             .folder = -1,
                             .fd = -1};
    j->timer = (struct timer){.fn = on_look, .arg = j};
    m->jobs = j;
    return j;
}

void
backup_save(struct master *m, int64_t workspace, answer_fn *done, void *arg)
{
    struct backup_job *j = add_job(m, workspace, done, arg);
    j->writes = j->saves = true;
    first_step(j);
}

static void
begin(struct master *m, int64_t workspace, struct str name, struct str id, bool insists,
      answer_fn *done, void *arg)
{
    if (str_eq(name, STR("backup.progress"))) {
        char json[BACKUP_PROGRESS_MAX];
        backup_progress(m, workspace, json);
        done(arg, &(struct answer){.rc = OK, .body = str_of(json)});
        return;
    }
    const bool plans = str_eq(name, STR("backup.plan"));
    const bool lists = plans || str_eq(name, STR("backup.list"));
    if (!lists && job_is_running(m, workspace)) {
        done(arg, &(struct answer){RC_CONFLICT, code_name(E_BACKUP_RUNNING), "one is under way",
                                   STR_NONE});
        return;
    }
    struct backup_job *j = add_job(m, workspace, done, arg);
    j->insists = insists;
    j->writes = str_eq(name, STR("backup.run"));
    j->lists = lists;
    j->plans = plans;
    j->prunes = str_eq(name, STR("backup.prune"));
    j->believes = j->prunes && str_eq(id, STR("believe"));
    if (plans) {
        struct str rest = id;
        struct str after;
        const bool cut = str_cut(&rest, ' ', &after);
        (void)snprintf(j->id, sizeof j->id, "%.*s", STR_FMT(cut ? after : STR("")));
        (void)snprintf(j->now, sizeof j->now, "%.*s", STR_FMT(rest));
    } else if (!j->writes && !j->prunes) {
        (void)snprintf(j->id, sizeof j->id, "%.*s", STR_FMT(id));
    }
    first_step(j);
}

void
backup_begin(struct master *m, int64_t workspace, struct str name, struct str id, answer_fn *done,
             void *arg)
{
    begin(m, workspace, name, id, false, done, arg);
}

void
backup_begin_for_operator(struct master *m, int64_t workspace, struct str name, struct str id,
                          answer_fn *done, void *arg)
{
    begin(m, workspace, name, id, true, done, arg);
}
