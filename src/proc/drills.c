/* drills.c: see drills.h. A job goes from step to step; each waits for an answer, but for a process
 * that starts, for which it looks again in a moment. */
#include "proc/drills.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "archive/stamp.h"
#include "proc/backups.h"

enum { LOOK_US = 5000, START_US = 60LL * 1000000, SECOND_US = 1000000, SWAP_US = 3600LL * 1000000 };

/* What is asked for, and how it goes on: all of them read an archive; a restore saves the present
 * before and swaps afterwards. */
static const struct {
    const char *name;
    enum role role;
    const char *order;
    bool swaps;
} kinds[] = {
    {"backup.drill",    R_DRILL,   "backup.drill",    false},
    {"restore.preview", R_RESTORE, "restore.preview", false},
    {"restore.apply",   R_RESTORE, "restore.load",    true },
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

struct drill_job {
    struct drill_job *next;
    struct master *m;
    int64_t workspace;
    size_t kind;
    char id[STAMP_LEN + 1], saved[STAMP_LEN + 1];
    bool waits;  /* for the next second: a backup of this one is there */
    bool loaded; /* it waits for the worker that swaps */
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
    backup_forget(m, j);
    if (j->fd >= 0) {
        close(j->fd);
    }
    struct live *lv = live_find(m, j->workspace);
    if (lv != NULL && j->loaded) {
        lv->restore[0] = '\0';
    }
    if (j->done != NULL) {
        j->done(j->arg, a);
    }
    free(j);
}

static void
fail_with(struct drill_job *j, enum rc rc, const char *code, const char *detail)
{
    log_line(LOG_ERROR, "restore.failed", "name=%s ws=%lld id=%s code=%s detail=\"%s\"",
             kinds[j->kind].name, (long long)j->workspace, j->id, code, detail);
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

/* --- answers -----------------------------------------------------------------------------------
 */

static void
look_again(struct drill_job *j)
{
    loop_at(j->m->loop, &j->timer, loop_now(j->m->loop) + LOOK_US);
}

/* What a drill found is kept, what a worker put back is said. */
static void
reported(void *arg, const struct answer *a)
{
    finish(arg, a);
}

/* The present lies in an archive of its own before anything is put in its place. */
static void
saved(void *arg, const struct answer *a)
{
    struct drill_job *j = arg;
    static const struct str before = STR("\"id\":\"");
    const size_t at = a->rc == OK ? str_find(a->body, before, 0) : SIZE_MAX;
    if (a->rc == RC_CONFLICT && !j->waits && strcmp(a->code, code_name(E_ARCHIVE_EXISTS)) == 0) {
        j->waits = true; /* ids are seconds */
        loop_at(j->m->loop, &j->timer, loop_now(j->m->loop) + SECOND_US);
        return;
    }
    j->waits = false;
    if (at == SIZE_MAX) {
        fail_with(j, a->rc == OK ? RC_BROKEN : a->rc, a->rc == OK ? code_name(E_BROKEN) : a->code,
                  a->rc == OK ? "no id" : a->detail);
        return;
    }
    (void)snprintf(j->saved, sizeof j->saved, "%.*s",
                   STR_FMT(str_sub(a->body, at + before.n, at + before.n + STAMP_LEN)));
    j->until_us = loop_now(j->m->loop) + START_US;
    look_again(j);
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

/* Its writer is woken and there: it alone brings the store up to date that role restore reads, and
 * it will be told what came of a drill. */
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
    const enum role role = kinds[j->kind].role;
    const int keymgr = keymgr_bind(j->m, j->workspace, role_name(role));
    if (keymgr < 0) {
        return fail(err, RC_BUSY, E_BUSY, "keymgr");
    }
    j->proc = proc_spawn(j->m, role, 0, lv, keymgr);
    return j->proc != NULL ? OK : fail(err, RC_IO, E_IO, "no process");
}

static void
send_order(struct drill_job *j)
{
    struct frame_out f;
    j->order = ++j->m->next_id;
    chan_begin(&f, W_COMMAND, j->order);
    frame_put_str(&f, W_F_NAME, str_of(kinds[j->kind].order));
    frame_put_str(&f, W_F_BODY, str_of(j->id));
    chan_send(&j->proc->control, &f, j->fd);
    j->fd = -1;
}

/* The worker's successor puts the state in the place of the store before it serves. */
static void
look_for_successor(struct drill_job *j)
{
    const char *why = "";
    const struct live *lv = live_get(j->m, j->workspace, &why);
    if (lv == NULL && strcmp(why, "quarantined") == 0) {
        fail_with(j, RC_BUSY, code_name(E_QUARANTINED), why);
    } else if (loop_now(j->m->loop) >= j->until_us) {
        fail_with(j, RC_BUSY, code_name(E_BUSY), "no worker in time");
    } else if (lv != NULL && lv->proc != NULL && lv->proc->is_ready && !lv->proc->is_stopping &&
               lv->proc->restores) {
        command_order_to(j->m, j->workspace, "restore.report", STR("{}"), reported, j);
    } else {
        look_again(j);
    }
}

/* One that has answered and is about to end: its folder is still its own. */
static bool
is_ending(const struct drill_job *j)
{
    for (const struct proc *p = j->m->procs; p != NULL; p = p->next) {
        if ((p->role == R_DRILL || p->role == R_RESTORE) && p->workspace == j->workspace) {
            return true;
        }
    }
    return false;
}

static bool
is_writer_there(struct drill_job *j)
{
    const char *why;
    const struct live *lv = j->workspace != 0 ? live_get(j->m, j->workspace, &why) : NULL;
    return j->workspace == 0 ||
           (lv != NULL && lv->proc != NULL && lv->proc->is_ready && !lv->proc->is_stopping);
}

static void
on_look(struct timer *t)
{
    struct drill_job *j = t->arg;
    struct err err = {0};
    if (j->waits) {
        backup_begin(j->m, j->workspace, STR("backup.run"), STR_NONE, saved, j);
        return;
    }
    if (j->loaded) {
        look_for_successor(j);
        return;
    }
    if (j->proc == NULL && (is_ending(j) || !is_writer_there(j)) &&
        loop_now(j->m->loop) < j->until_us) {
        look_again(j);
        return;
    }
    if (j->proc == NULL) {
        const enum rc rc = spawn(j, &err);
        if (rc != OK) {
            fail_as(j, rc, &err);
            return;
        }
    }
    if (j->proc != NULL && j->proc->is_ready) {
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
swap(struct drill_job *j)
{
    const char *why;
    struct live *lv = live_get(j->m, j->workspace, &why);
    if (lv == NULL) {
        fail_with(j, RC_BUSY, code_name(E_BUSY), why);
        return;
    }
    memcpy(lv->restore, j->id, sizeof lv->restore);
    memcpy(lv->restore_saved, j->saved, sizeof lv->restore_saved);
    j->loaded = true;
    j->until_us = loop_now(j->m->loop) + SWAP_US;
    if (lv->proc != NULL) {
        proc_stop(lv->proc);
    }
    look_again(j);
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
        if (kinds[j->kind].role == R_DRILL) {
            command_order_to(j->m, j->workspace, "drill.record", frame_get(f, W_F_BODY), reported,
                             j);
        } else if (kinds[j->kind].swaps) {
            swap(j);
        } else {
            finish(j, &(struct answer){.rc = OK, .body = frame_get(f, W_F_BODY)});
        }
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
    const struct drill_job *j = m->drills;
    while (j != NULL && j->workspace != workspace) {
        j = j->next;
    }
    return j != NULL;
}

bool
drill_is_order(struct str name)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (str_eq(name, str_of(kinds[i].name))) {
            return true;
        }
    }
    return false;
}

/* Why it is not begun, or E_NONE. */
static enum code
refusal(const struct master *m, size_t kind, int64_t workspace, struct str id)
{
    struct instant at;
    const bool needs_id = kinds[kind].role == R_RESTORE;
    if ((id.n > 0 || needs_id) && stamp_parse(id, &at) != OK) {
        return E_MISSING;
    }
    if (workspace == 0 && needs_id) {
        return E_RESTORE_CONSOLE;
    }
    return is_running(m, workspace) ? E_BACKUP_RUNNING : E_NONE;
}

static bool
is_there(const struct drill_job *j)
{
    char path[PATH_SIZE + 64];
    char name[STAMP_FILE_LEN + 1];
    stamp_file(j->id, name);
    (void)snprintf(path, sizeof path, "%s/backup/%lld/%s", j->m->dir, (long long)j->workspace,
                   name);
    return access(path, R_OK) == 0;
}

void
drill_begin(struct master *m, int64_t workspace, struct str name, struct str id, answer_fn *done,
            void *arg)
{
    size_t kind = 0;
    while (kind + 1 < KINDS && !str_eq(name, str_of(kinds[kind].name))) {
        kind++;
    }
    const enum code code = refusal(m, kind, workspace, id);
    if (code != E_NONE) {
        done(arg, &(struct answer){code == E_MISSING ? RC_MISSING : RC_CONFLICT, code_name(code),
                                   "", STR_NONE});
        return;
    }
    struct drill_job *j = loop_alloc(sizeof *j);
    *j = (struct drill_job){.m = m,
                            .workspace = workspace,
                            .kind = kind,
                            .done = done,
                            .arg = arg,
                            .fd = -1,
                            .until_us = loop_now(m->loop) + START_US};
    (void)snprintf(j->id, sizeof j->id, "%.*s", STR_FMT(id));
    j->timer = (struct timer){.fn = on_look, .arg = j};
    j->next = m->drills;
    m->drills = j;
    if (!kinds[kind].swaps) {
        look_again(j);
    } else if (!is_there(j)) {
        fail_with(j, RC_MISSING, code_name(E_MISSING), "no such backup");
    } else {
        backup_begin(m, workspace, STR("backup.run"), STR_NONE, saved, j);
    }
}
