/* drills.c: see drills.h. A job goes from step to step; each waits for an answer, but for a process
 * that starts, for which it looks again in a moment. */
#include "proc/drills.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "archive/stamp.h"

enum { LOOK_US = 5000, START_US = 60LL * 1000000 };

struct drill_job {
    struct drill_job *next;
    struct master *m;
    int64_t workspace;
    char id[STAMP_LEN + 1];
    answer_fn *done;
    void *arg;
    struct proc *proc;
    int fd;         /* the archive, until it is given; or -1 */
    uint64_t order; /* what its process was sent; 0: nothing yet */
    struct timer timer;
    int64_t until_us;
};

/* --- the end -----------------------------------------------------------------------------------
 */

static void
finish(struct drill_job *j, const struct answer *a)
{
    struct master *m = j->m;
    for (struct drill_job **at = &m->drills; *at != NULL; at = &(*at)->next) {
        if (*at == j) {
            *at = j->next;
            break;
        }
    }
    loop_cancel(m->loop, &j->timer);
    if (j->fd >= 0) {
        close(j->fd);
    }
    if (j->done != NULL) {
        j->done(j->arg, a);
    }
    free(j);
}

static void
fail_with(struct drill_job *j, enum rc rc, const char *code, const char *detail)
{
    log_line(LOG_ERROR, "backup.drill_failed", "ws=%lld id=%s code=%s detail=\"%s\"",
             (long long)j->workspace, j->id, code, detail);
    finish(j, &(struct answer){rc, code, detail, STR_NONE});
}

static void
fail_as(struct drill_job *j, enum rc rc, const struct err *err)
{
    fail_with(j, rc, code_name(err->code), err->detail);
}

void
drill_forget(struct master *m, const void *arg)
{
    for (struct drill_job *j = m->drills; j != NULL; j = j->next) {
        j->done = j->arg == arg ? NULL : j->done;
    }
}

void
drill_end_all(struct master *m)
{
    while (m->drills != NULL) {
        fail_with(m->drills, RC_IO, code_name(E_NOT_RUNNING), "the server is stopping");
    }
}

/* --- the archive -------------------------------------------------------------------------------
 */

/* "" becomes the newest that lies in the folder. */
static void
find_newest(int folder, char id[static STAMP_LEN + 1])
{
    char found[STAMP_LEN + 1];
    DIR *dir = fdopendir(fcntl(folder, F_DUPFD_CLOEXEC, 3));
    for (const struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        if (stamp_of_file(str_of(e->d_name), found) == OK && strcmp(found, id) > 0) {
            memcpy(id, found, sizeof found);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static enum rc
open_archive(struct drill_job *j, struct err *err)
{
    char path[PATH_SIZE + 64];
    char name[STAMP_FILE_LEN + 1];
    (void)snprintf(path, sizeof path, "%s/backup/%lld", j->m->dir, (long long)j->workspace);
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) {
        return fail(err, errno == ENOENT ? RC_MISSING : RC_IO, E_MISSING, "no backups yet");
    }
    if (j->id[0] == '\0') {
        find_newest(folder, j->id);
    }
    stamp_file(j->id, name);
    j->fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    const int cause = errno;
    (void)close(folder);
    return j->fd >= 0 ? OK : fail(err, cause == ENOENT ? RC_MISSING : RC_IO, E_MISSING, "%s", name);
}

/* --- its process -------------------------------------------------------------------------------
 */

/* The folder where it loads the state: of the workspace's user, with nothing else of it. Master may
 * not look into one that is there. */
static enum rc
make_room(const struct drill_job *j, struct err *err)
{
    char path[PATH_SIZE + 64];
    struct stat st;
    const uid_t uid = role_uid(j->m, R_DRILL, j->workspace);
    (void)snprintf(path, sizeof path, "%s/state", j->m->dir);
    TRY(make_folder(path, 0711, getuid(), err));
    (void)snprintf(path, sizeof path, "%s/state/%lld", j->m->dir, (long long)j->workspace);
    const bool is_there = lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid;
    return is_there ? OK : make_folder(path, 0700, uid, err);
}

static void
look_again(struct drill_job *j)
{
    loop_at(j->m->loop, &j->timer, loop_now(j->m->loop) + LOOK_US);
}

/* Its writer is woken, as it will be told what came of it. */
static enum rc
spawn(struct drill_job *j, struct err *err)
{
    const char *why;
    struct live *lv = j->workspace == 0 ? NULL : live_get(j->m, j->workspace, &why);
    if (j->workspace != 0 && lv == NULL) {
        return fail(err, RC_BUSY, strcmp(why, "busy") == 0 ? E_BUSY : E_QUARANTINED, "%s", why);
    }
    TRY(open_archive(j, err));
    TRY(make_room(j, err));
    const int keymgr = keymgr_bind(j->m, j->workspace, "drill");
    if (keymgr < 0) {
        return fail(err, RC_BUSY, E_BUSY, "keymgr");
    }
    j->proc = proc_spawn(j->m, R_DRILL, 0, lv, keymgr);
    return j->proc != NULL ? OK : fail(err, RC_IO, E_IO, "no process");
}

static void
send_order(struct drill_job *j)
{
    struct frame_out f;
    j->order = ++j->m->next_id;
    chan_begin(&f, W_COMMAND, j->order);
    frame_put_str(&f, W_F_NAME, STR("backup.drill"));
    frame_put_str(&f, W_F_BODY, str_of(j->id));
    chan_send(&j->proc->control, &f, j->fd);
    j->fd = -1;
}

static void
on_look(struct timer *t)
{
    struct drill_job *j = t->arg;
    struct err err = {0};
    if (j->proc == NULL) {
        const enum rc rc = spawn(j, &err);
        if (rc != OK) {
            fail_as(j, rc, &err);
            return;
        }
    }
    if (j->proc->is_ready) {
        send_order(j);
    } else if (loop_now(j->m->loop) >= j->until_us) {
        fail_with(j, RC_BUSY, code_name(E_BUSY), "no process in time");
    } else {
        look_again(j);
    }
}

/* --- what it says ------------------------------------------------------------------------------
 */

static void
recorded(void *arg, const struct answer *a)
{
    finish(arg, a);
}

static struct drill_job *
job_of(const struct proc *p)
{
    struct drill_job *j = p->m->drills;
    while (j != NULL && j->proc != p) {
        j = j->next;
    }
    return j;
}

void
drill_result(struct proc *p, const struct frame *f)
{
    char code[64];
    char detail[128];
    int64_t rc = RC_BROKEN;
    struct drill_job *j = job_of(p);
    if (j == NULL || j->order == 0 || f->id != j->order) {
        return;
    }
    j->proc = NULL;
    if (f->type == W_RESULT && frame_get_i64(f, W_F_RC, &rc) == OK && rc == OK) {
        command_order_to(j->m, j->workspace, "drill.record", frame_get(f, W_F_BODY), recorded, j);
        return;
    }
    (void)snprintf(code, sizeof code, "%.*s", STR_FMT(frame_get(f, W_F_CODE)));
    (void)snprintf(detail, sizeof detail, "%.*s", STR_FMT(frame_get(f, W_F_DETAIL)));
    fail_with(j, rc >= RC_BROKEN && rc < OK ? (enum rc)rc : RC_BROKEN, code, detail);
}

void
drill_proc_ended(const struct proc *p)
{
    struct drill_job *j = job_of(p);
    if (j != NULL) {
        const bool said = p->refusal != OK;
        fail_with(j, said ? p->refusal : RC_IO, code_name(said ? proc_refusal(p) : E_IO),
                  "the process that did it ended");
    }
}

/* --- the beginning -----------------------------------------------------------------------------
 */

static bool
is_running(const struct master *m, int64_t workspace)
{
    for (const struct drill_job *j = m->drills; j != NULL; j = j->next) {
        if (j->workspace == workspace) {
            return true;
        }
    }
    for (const struct proc *p = m->procs; p != NULL; p = p->next) {
        if (p->role == R_DRILL && p->workspace == workspace) {
            return true; /* it has answered and is about to end; its folder is still its own */
        }
    }
    return false;
}

void
drill_begin(struct master *m, int64_t workspace, struct str id, answer_fn *done, void *arg)
{
    struct instant at;
    if (id.n > 0 && stamp_parse(id, &at) != OK) {
        done(arg, &(struct answer){RC_MISSING, code_name(E_MISSING), "no such backup", STR_NONE});
        return;
    }
    if (is_running(m, workspace)) {
        done(arg, &(struct answer){RC_CONFLICT, code_name(E_BACKUP_RUNNING), "", STR_NONE});
        return;
    }
    struct drill_job *j = loop_alloc(sizeof *j);
    *j = (struct drill_job){.m = m,
                            .workspace = workspace,
                            .done = done,
                            .arg = arg,
                            .fd = -1,
                            .until_us = loop_now(m->loop) + START_US};
    (void)snprintf(j->id, sizeof j->id, "%.*s", STR_FMT(id));
    j->timer = (struct timer){.fn = on_look, .arg = j};
    j->next = m->drills;
    m->drills = j;
    look_again(j);
}
