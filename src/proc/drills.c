/* drills.c: see drills.h. A job goes from step to step; each waits for an answer, but for a process
 * that starts, for which it looks again in a moment. */
#include "proc/asks.h"
#include "proc/copy_remote.h"
#include "proc/drills_own.h"
#include "proc/target_rest.h"

enum { LOOK_US = 5000 };

/* What is asked for, and how it goes on: all but an export read an archive; a restore saves the
 * present and swaps afterwards, an import only swaps. */
static const struct {
    const char *name;
    enum role role;
    const char *order;
    bool swaps, rescues; /* rescues: what is there cannot be read, nor saved */
    const char *next; /* command of the workspace's writer that takes what was read; NULL: none */
    bool shows;       /* what is in it: when the operator asks, the workspace is told before */
    bool own;         /* ordered by the workspace's own people alone (asks.c) */
} kinds[] = {
    {"backup.drill",     R_DRILL,   "backup.drill",    false, false, "drill.record",      false, false},
    {"restore.preview",  R_RESTORE, "restore.preview", false, false, NULL,                true,  false},
    {"restore.apply",    R_RESTORE, "restore.load",    true,  false, NULL,                false, false},
    {"restore.rescue",   R_RESTORE, "restore.rescue",  true,  true,  NULL,                false, false},
    {"restore.find",     R_RESTORE, "restore.find",    false, false, NULL,                true,  false},
    {"restore.take",     R_RESTORE, "restore.take",    false, false, "restore.take_rows", false, false},
    {"workspace.import", R_RESTORE, "import.load",     true,  false, NULL,                false, false},
    {"workspace.export", R_BACKUP,  "backup.export",   false, false, NULL,                false, false},
    {"export.run",       R_BACKUP,  "backup.export",   false, false, NULL,                false, true },
    {"export.tables",    R_BACKUP,  "backup.tables",   false, false, NULL,                false, true },
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* --- the end -----------------------------------------------------------------------------------
 */

void
drill_finish(struct drill_job *j, const struct answer *a)
{
    struct master *m = j->m;
    for (struct drill_job **at = &m->drills; *at != NULL; at = &(*at)->next) {
        if (*at == j) {
            *at = j->next;
            break;
        }
    }
    loop_cancel(m->loop, &j->timer);
    loop_cancel(m->loop, &j->silence);
    backup_forget(m, j);
    remote_forget(m, j);
    if (j->proc != NULL) {
        proc_stop(j->proc);
    }
    if (j->fd >= 0) {
        close(j->fd);
    }
    drill_swap_end(j);
    if (j->done != NULL) {
        j->done(j->arg, a);
    }
    explicit_bzero(j->more, j->n_more);
    free(j->more);
    free(j);
}

static void
noted(void *arg, const struct answer *a)
{
    (void)arg;
    if (a->rc != OK) {
        log_line(LOG_ERROR, "restore.untold", "code=%s", a->code);
    }
}

/* The command that notes it; NULL: another one does, or there is nobody to note it. */
static const char *
note_of(const struct drill_job *j)
{
    const char *name = kinds[j->kind].name;
    if (strcmp(name, "restore.take") == 0) {
        return "restore.take_refused";
    }
    return kinds[j->kind].role == R_RESTORE && !j->imports ? "restore.refused" : NULL;
}

/* What was refused before the writer saw it stands in the workspace's audit as well; the end of an
 * order is told there anyway. */
static void
note_refusal(const struct drill_job *j, const char *code)
{
    char json[120];
    const char *refused = note_of(j);
    if (refused != NULL && !j->m->is_stopping && ask_order_of(j->m, j->arg) == 0) {
        (void)snprintf(json, sizeof json, "{\"code\":\"%s\"}", code);
        command_order_to(j->m, j->workspace, refused, str_of(json), noted, NULL);
    }
}

void
drill_fail(struct drill_job *j, enum rc rc, const char *code, const char *detail)
{
    if (kinds[j->kind].swaps && !j->imports && !j->rescues &&
        live_is_damage(code)) { /* there is another way back */
        code = code_name(E_RESTORE_DAMAGED);
    }
    log_line(LOG_ERROR, "restore.failed", "name=%s ws=%lld id=%s code=%s detail=\"%s\"",
             kinds[j->kind].name, (long long)j->workspace, j->id, code, detail);
    note_refusal(j, code);
    if (j->imports && !j->m->is_stopping) {
        transfer_refused(j, rc, code, detail);
    } else {
        drill_finish(j, &(struct answer){rc, code, detail, STR_NONE});
    }
}

static void
fail_as(struct drill_job *j, enum rc rc, const struct err *err)
{
    drill_fail(j, rc, code_name(err->code), err->detail);
}

void
drill_forget(struct master *m, const void *arg)
{
    for (struct drill_job *j = m->drills; j != NULL; j = j->next) {
        if (j->arg == arg) {
            j->done = NULL;
            j->arg = NULL;
        }
    }
}

void
drill_end_all(struct master *m)
{
    while (m->drills != NULL) {
        drill_finish(m->drills, &(struct answer){RC_IO, code_name(E_NOT_RUNNING),
                                                 "the server is stopping", STR_NONE});
    }
}

/* --- answers -----------------------------------------------------------------------------------
 */

void
drill_look_again(struct drill_job *j)
{
    loop_at(j->m->loop, &j->timer, loop_now(j->m->loop) + LOOK_US);
}

void
drill_reported(void *arg, const struct answer *a)
{
    drill_finish(arg, a);
}

/* --- its process -------------------------------------------------------------------------------
 */

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
    const enum role role = kinds[j->kind].role;
    TRY(role != R_BACKUP ? drill_make_room(j->m, j->workspace, err) : OK);
    const int keymgr = keymgr_bind(j->m, j->workspace, role_name(role));
    if (keymgr < 0) {
        return fail(err, RC_BUSY, E_BUSY, "keymgr");
    }
    j->proc = proc_spawn(j->m, role, 0, lv, keymgr);
    return j->proc != NULL ? OK : fail(err, RC_IO, E_IO, "no process");
}

/* A folder that does not answer holds whoever reads there; the next source is read instead. */
static void
on_silence(struct timer *t)
{
    struct drill_job *j = t->arg;
    log_line(LOG_ERROR, "drill.silent", "ws=%lld id=%s from=%s hint=its process is ended",
             (long long)j->workspace, j->id, j->from);
    target_said(j->m, j->from, code_name(E_COPY_UNREACHABLE));
    (void)snprintf(j->why, sizeof j->why, "%s", code_name(E_COPY_UNREACHABLE));
    proc_kill(j->proc);
    j->proc = NULL;
    j->order = 0;
    drill_next_source(j);
}

static void
send_order(struct drill_job *j)
{
    struct frame_out f;
    j->order = ++j->m->next_id;
    chan_begin(&f, W_COMMAND, j->order);
    frame_put_str(&f, W_F_NAME, str_of(kinds[j->kind].order));
    if (j->transfers) {
        frame_put_str(&f, W_F_BODY, (struct str){j->more, j->n_more});
    } else {
        frame_put_str(&f, W_F_BODY, str_of(j->id));
        frame_put_str(&f, W_F_TARGET_NAME,
                      str_of(kinds[j->kind].role == R_DRILL ? j->from : j->more));
        frame_put_str(&f, W_F_DIGEST, str_of(j->known));
    }
    chan_send(&j->proc->control, &f, j->fd);
    j->fd = -1;
    if (j->transfers) { /* a key; of all else it may be asked once more */
        explicit_bzero(j->more, j->n_more);
    }
    if (j->in_folder) {
        j->silence = (struct timer){.fn = on_silence, .arg = j};
        loop_at(j->m->loop, &j->silence,
                loop_now(j->m->loop) + TARGET_DRILL_TIMES * target_folder_us(j->m, j->known_bytes));
    }
}

bool
drill_is_ending(const struct drill_job *j)
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
    if (j->rescues) { /* it may never come */
        live_pardon(j->m, j->workspace);
        return true;
    }
    const struct live *lv = j->workspace != 0 ? live_get(j->m, j->workspace, &why) : NULL;
    return j->workspace == 0 || (lv == NULL && strcmp(why, "quarantined") == 0) ||
           (lv != NULL && lv->proc != NULL && lv->proc->is_ready && !lv->proc->is_stopping);
}

static void
on_look(struct timer *t)
{
    struct drill_job *j = t->arg;
    struct err err = {0};
    if (j->step != DRILL_READS) {
        drill_swap_look(j);
        return;
    }
    if (j->proc == NULL &&
        (drill_is_ending(j) || command_turns(j->m, j->workspace) || !is_writer_there(j)) &&
        loop_now(j->m->loop) < j->until_us) {
        drill_look_again(j);
        return;
    }
    if (j->proc == NULL) {
        enum rc rc = j->fd < 0 ? drill_open_archive(j, &err) : OK;
        if (rc != OK) {
            drill_judge(j, str_of(code_name(err.code)));
            drill_unread(j, rc, code_name(err.code), err.detail);
            return;
        }
        rc = spawn(j, &err);
        if (rc != OK) {
            fail_as(j, rc, &err);
            return;
        }
    }
    if (j->proc != NULL && j->proc->is_ready) {
        send_order(j);
    } else if (loop_now(j->m->loop) >= j->until_us) {
        drill_fail(j, RC_BUSY, code_name(E_BUSY), "no process in time");
    } else {
        drill_look_again(j);
    }
}

/* --- what it says ------------------------------------------------------------------------------
 */

static struct drill_job *
job_of(const struct proc *p)
{
    struct drill_job *j = p->m->drills;
    while (j != NULL && j->proc != p) {
        j = j->next;
    }
    return j;
}

/* A drill says what it found; what shall be put back may be whole elsewhere. */
static bool
is_unread(const struct drill_job *j, const char *code)
{
    return kinds[j->kind].role == R_RESTORE && !j->transfers &&
           str_starts(str_of(code), STR("archive."));
}

bool
drill_result(struct proc *p, const struct frame *f)
{
    char code[64];
    char detail[128];
    int64_t rc = RC_BROKEN;
    struct drill_job *j = job_of(p);
    if (j == NULL || j->order == 0 || f->id != j->order) {
        return j != NULL;
    }
    loop_cancel(j->m->loop, &j->silence);
    j->proc = p->role == R_BACKUP ? p : NULL; /* the others end by themselves */
    drill_judge(j, frame_get(f, W_F_CODE));
    if (f->type == W_RESULT && frame_get_i64(f, W_F_RC, &rc) == OK && rc == OK) {
        j->rc = OK;
        if (kinds[j->kind].next != NULL) {
            command_order_to(j->m, j->workspace, kinds[j->kind].next, frame_get(f, W_F_BODY),
                             drill_reported, j);
        } else if (kinds[j->kind].swaps) {
            drill_swap(j);
        } else if (j->transfers) {
            transfer_exported(j, f);
        } else {
            drill_finish(j, &(struct answer){.rc = OK, .body = frame_get(f, W_F_BODY)});
        }
        return true;
    }
    (void)snprintf(code, sizeof code, "%.*s", STR_FMT(frame_get(f, W_F_CODE)));
    (void)snprintf(detail, sizeof detail, "%.*s", STR_FMT(frame_get(f, W_F_DETAIL)));
    const enum rc why = rc >= RC_BROKEN && rc < OK ? (enum rc)rc : RC_BROKEN;
    if (is_unread(j, code)) {
        drill_unread(j, why, code, detail);
    } else {
        drill_fail(j, why, code, detail);
    }
    return true;
}

void
drill_worker_failed(const struct proc *p)
{
    struct drill_job *next;
    for (struct drill_job *j = p->m->drills; j != NULL; j = next) {
        next = j->next;
        if (j->workspace != p->live->workspace) {
            continue;
        }
        if (j->step == DRILL_SWAPS && p->restores && p->refusal != OK) {
            drill_swap_refused(j, p);
        } else if (j->proc == NULL && j->step == DRILL_READS && j->order == 0 &&
                   j->timer.slot != 0 && !j->rescues && live_is_damage(p->refusal_code)) {
            drill_fail(j, p->refusal, p->refusal_code, "its worker does not start");
        }
    }
}

void
drill_proc_ended(const struct proc *p)
{
    struct drill_job *j = job_of(p);
    if (j != NULL) {
        loop_cancel(j->m->loop, &j->silence);
    }
    if (j != NULL && command_met_turn(p) && loop_now(j->m->loop) < j->until_us) {
        j->proc = NULL;
        drill_look_again(j); /* the writer ends the turn, or gives it up */
    } else if (j != NULL) {
        const bool said = p->refusal != OK;
        j->proc = NULL;
        drill_fail(j, said ? p->refusal : RC_IO, code_name(said ? proc_refusal(p) : E_IO),
                   "the process that did it ended");
    }
}

/* --- the beginning -----------------------------------------------------------------------------
 */

bool
drill_is_running(const struct master *m, int64_t workspace)
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
            return !kinds[i].own;
        }
    }
    return false;
}

/* Why it is not begun, or E_NONE. An import and a restore are put in place by the same worker. */
static enum code
refusal(const struct master *m, size_t kind, int64_t workspace, struct str id)
{
    struct instant at;
    const bool needs_id = kinds[kind].role == R_RESTORE;
    if ((id.n > 0 || needs_id) && stamp_parse(id, &at) != OK) {
        return E_MISSING;
    }
    if (workspace == 0 && needs_id && !(kinds[kind].rescues && m->opt->rescues_console)) {
        return E_RESTORE_CONSOLE;
    }
    return drill_is_running(m, workspace) ? E_BACKUP_RUNNING : E_NONE;
}

static struct drill_job *
add_job(struct master *m, int64_t workspace, size_t kind, struct str more)
{
    struct drill_job *j = loop_alloc(sizeof *j);
    *j = (struct drill_job){.next = m->drills,
                            .m = m,
                            .workspace = workspace,
                            .kind = kind,
                            .rescues = kinds[kind].rescues,
                            .more = loop_alloc(more.n + 1),
                            .n_more = more.n,
                            .fd = -1,
                            .until_us = loop_now(m->loop) + DRILL_START_US};
    memcpy(j->more, more.n > 0 ? more.p : "", more.n);
    j->timer = (struct timer){.fn = on_look, .arg = j};
    m->drills = j;
    return j;
}

static void
begin_transfer(struct master *m, int64_t workspace, size_t kind, struct str body, int fd,
               answer_fn *done, void *arg)
{
    enum code code = transfer_refusal(workspace, body, fd);
    code = drill_is_running(m, workspace) ? E_BACKUP_RUNNING : code;
    if (code != E_NONE) {
        if (fd >= 0) {
            close(fd);
        }
        done(arg, &(struct answer){RC_CONFLICT, code_name(code), "", STR_NONE});
        return;
    }
    struct drill_job *j = add_job(m, workspace, kind, body);
    j->transfers = true;
    j->imports = kinds[kind].swaps;
    j->fd = fd;
    j->done = done;
    j->arg = arg;
    if (kinds[kind].own) { /* its people know: they ordered it */
        drill_look_again(j);
    } else {
        transfer_ask(j);
    }
}

/* It is not shown to anybody before the workspace knows. */
static void
was_told(void *arg, const struct answer *a)
{
    struct drill_job *j = arg;
    if (a->rc == OK) {
        j->until_us = loop_now(j->m->loop) + DRILL_START_US;
        drill_look_again(j);
    } else {
        drill_fail(j, a->rc, a->code, a->detail);
    }
}

static void
tell_of_look(struct drill_job *j)
{
    struct err err = {0};
    const enum rc rc = drill_open_archive(j, &err);
    if (rc != OK && j->sources[0] == '\0') { /* nor has anybody a copy */
        fail_as(j, rc, &err);
    } else {
        command_order_to(j->m, j->workspace, "restore.looked", STR("{}"), was_told, j);
    }
}

void
drill_known(struct drill_job *j)
{
    j->until_us = loop_now(j->m->loop) + DRILL_START_US;
    if (kinds[j->kind].role == R_DRILL) {
        drill_find_source(j);
    } else if (j->by_operator && kinds[j->kind].shows) {
        tell_of_look(j);
    } else {
        drill_look_again(j);
    }
}

static void
begin_job(struct master *m, int64_t workspace, struct str name, struct str body, int fd,
          bool by_operator, answer_fn *done, void *arg)
{
    size_t kind = 0;
    struct str more = body;
    struct str id;
    while (kind + 1 < KINDS && !str_eq(name, str_of(kinds[kind].name))) {
        kind++;
    }
    if (kinds[kind].own || str_starts(name, STR("workspace."))) {
        begin_transfer(m, workspace, kind, body, fd, done, arg);
        return;
    }
    if (fd >= 0) {
        close(fd); /* nothing of these comes along */
    }
    if (!str_cut(&more, ' ', &id)) {
        id = STR("");
    }
    const enum code code = refusal(m, kind, workspace, id);
    if (code != E_NONE) {
        done(arg, &(struct answer){code == E_MISSING ? RC_MISSING : RC_CONFLICT, code_name(code),
                                   "", STR_NONE});
        return;
    }
    const bool drills = kinds[kind].role == R_DRILL;
    struct drill_job *j = add_job(m, workspace, kind, drills || more.p == NULL ? STR("") : more);
    j->done = done;
    j->arg = arg;
    j->by_operator = by_operator;
    (void)snprintf(j->id, sizeof j->id, "%.*s", STR_FMT(id));
    if (drills) {
        (void)snprintf(j->from, sizeof j->from, "%.*s", STR_FMT(more.p != NULL ? more : STR("")));
    }
    drill_ask(j);
}

void
drill_begin(struct master *m, int64_t workspace, struct str name, struct str body, int fd,
            answer_fn *done, void *arg)
{
    begin_job(m, workspace, name, body, fd, false, done, arg);
}

void
drill_begin_for_operator(struct master *m, int64_t workspace, struct str name, struct str body,
                         int fd, answer_fn *done, void *arg)
{
    begin_job(m, workspace, name, body, fd, true, done, arg);
}
