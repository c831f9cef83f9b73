/* transfers.c: see transfers.h. A job goes from step to step; each waits for an answer, but for a
 * process that starts, for which it looks again in a moment. */
#include "proc/transfers.h"

#include "proc/drills_own.h"

enum {
    LOOK_US = 5000,
    START_US = 60LL * 1000000,
    SWAP_US = 3600LL * 1000000,
    BODY_MAX = 8192,
    JSON_MAX = 200
};

struct transfer_job {
    struct transfer_job *next;
    struct master *m;
    int64_t workspace;
    bool imports;
    bool loaded; /* it waits for the worker that swaps */
    char *body;  /* a key: wiped when it is sent */
    size_t n;
    int fd; /* the file, until it is given; or -1 */
    answer_fn *done;
    void *arg;
    struct proc *proc;
    uint64_t order; /* what its process was sent; 0: nothing yet */
    struct timer timer;
    int64_t until_us;
    /* Why it failed, while the workspace is told. */
    enum rc rc;
    char code[64], detail[128];
};

/* --- the end ---------------------------------------------------------------------------------- */

static void
finish(struct transfer_job *j, const struct answer *a)
{
    struct master *m = j->m;
    struct live *lv = live_find(m, j->workspace);
    for (struct transfer_job **at = &m->transfers; *at != NULL; at = &(*at)->next) {
        if (*at == j) {
            *at = j->next;
            break;
        }
    }
    loop_cancel(m->loop, &j->timer);
    if (j->proc != NULL) {
        proc_stop(j->proc);
    }
    if (j->fd >= 0) {
        close(j->fd);
    }
    if (lv != NULL && j->loaded) {
        lv->restore[0] = '\0';
    }
    if (j->done != NULL) {
        j->done(j->arg, a);
    }
    explicit_bzero(j->body, j->n);
    free(j->body);
    free(j);
}

static void
refusal_told(void *arg, const struct answer *a)
{
    struct transfer_job *j = arg;
    (void)a;
    finish(j, &(struct answer){j->rc, j->code, j->detail, STR_NONE});
}

/* An import that does not come about stands in the audit of the workspace that stays empty. */
static void
fail_with(struct transfer_job *j, enum rc rc, const char *code, const char *detail)
{
    j->rc = rc;
    (void)snprintf(j->code, sizeof j->code, "%s", code);
    (void)snprintf(j->detail, sizeof j->detail, "%s", detail);
    log_line(LOG_ERROR, "transfer.failed", "ws=%lld import=%d code=%s detail=\"%s\"",
             (long long)j->workspace, j->imports, code, detail);
    loop_cancel(j->m->loop, &j->timer);
    if (j->proc != NULL) { /* its end is no second failure */
        proc_stop(j->proc);
        j->proc = NULL;
    }
    if (j->imports && !j->m->is_stopping) {
        struct live *lv = live_find(j->m, j->workspace);
        if (lv != NULL && j->loaded) {
            lv->restore[0] = '\0';
        }
        j->loaded = false;
        command_order_to(j->m, j->workspace, "transfer.import_refused", STR("{}"), refusal_told, j);
    } else {
        refusal_told(j, NULL);
    }
}

static void
fail_as(struct transfer_job *j, enum rc rc, const struct err *err)
{
    fail_with(j, rc, code_name(err->code), err->detail);
}

void
transfer_forget(struct master *m, const void *arg)
{
    for (struct transfer_job *j = m->transfers; j != NULL; j = j->next) {
        j->done = j->arg == arg ? NULL : j->done;
    }
}

void
transfer_end_all(struct master *m)
{
    while (m->transfers != NULL) {
        finish(m->transfers, &(struct answer){RC_IO, code_name(E_NOT_RUNNING), "", STR_NONE});
    }
}

/* --- its process ------------------------------------------------------------------------------ */

static void
look_again(struct transfer_job *j)
{
    loop_at(j->m->loop, &j->timer, loop_now(j->m->loop) + LOOK_US);
}

static enum rc
spawn(struct transfer_job *j, struct live *lv, struct err *err)
{
    const enum role role = j->imports ? R_RESTORE : R_BACKUP;
    TRY(j->imports ? drill_make_room(j->m, j->workspace, err) : OK);
    const int keymgr = keymgr_bind(j->m, j->workspace, role_name(role));
    if (keymgr < 0) {
        return fail(err, RC_BUSY, E_BUSY, "keymgr");
    }
    j->proc = proc_spawn(j->m, role, 0, lv, keymgr);
    return j->proc != NULL ? OK : fail(err, RC_IO, E_IO, "no process");
}

static void
send_order(struct transfer_job *j)
{
    struct frame_out f;
    j->order = ++j->m->next_id;
    chan_begin(&f, W_COMMAND, j->order);
    frame_put_str(&f, W_F_NAME, j->imports ? STR("import.load") : STR("backup.export"));
    frame_put_str(&f, W_F_BODY, (struct str){j->body, j->n});
    chan_send(&j->proc->control, &f, j->fd);
    j->fd = -1;
    explicit_bzero(j->body, j->n);
}

/* The worker that was asked died; its successor knows as much. */
static bool
is_lost(const struct transfer_job *j, const struct answer *a)
{
    return a->rc == RC_IO && strcmp(a->code, code_name(E_IO)) == 0 && !j->m->is_stopping &&
           loop_now(j->m->loop) < j->until_us;
}

static void
reported(void *arg, const struct answer *a)
{
    struct transfer_job *j = arg;
    if (is_lost(j, a)) {
        look_again(
            j); /* not at once: its end is being told, and it is still called its own worker */
        return;
    }
    if (a->rc != OK) {
        fail_with(j, a->rc, a->code, a->detail);
        return;
    }
    log_line(LOG_NOTE, "transfer.imported", "ws=%lld", (long long)j->workspace);
    finish(j, a);
}

/* The store is another one by now; who shall have its first link? */
static void
swapped(void *arg, const struct answer *a)
{
    struct transfer_job *j = arg;
    if (is_lost(j, a)) {
        look_again(j);
        return;
    }
    if (a->rc != OK) {
        fail_with(j, a->rc, a->code, a->detail);
        return;
    }
    command_order_to(j->m, j->workspace, "transfer.owner", STR("{}"), reported, j);
}

static void
look_for_successor(struct transfer_job *j, const struct live *lv)
{
    if (lv->proc != NULL && lv->proc->is_ready && !lv->proc->is_stopping && lv->proc->restores) {
        command_order_to(j->m, j->workspace, "restore.report", STR("{}"), swapped, j);
    } else {
        look_again(j);
    }
}

static void
on_look(struct timer *t)
{
    struct transfer_job *j = t->arg;
    struct err err = {0};
    const char *why = "busy";
    struct live *lv = live_get(j->m, j->workspace, &why);
    const bool is_there = lv != NULL && lv->proc != NULL && lv->proc->is_ready;
    if (j->proc != NULL && j->proc->is_ready) {
        send_order(j);
    } else if (loop_now(j->m->loop) >= j->until_us) {
        fail_with(j, RC_BUSY, code_name(E_BUSY), "no process in time");
    } else if (lv == NULL && strcmp(why, "quarantined") == 0) {
        fail_with(j, RC_BUSY, code_name(E_QUARANTINED), "");
    } else if (j->loaded && lv != NULL) {
        look_for_successor(j, lv);
    } else if (j->proc != NULL || !is_there || lv->proc->is_stopping) {
        look_again(j);
    } else {
        const enum rc rc = spawn(j, lv, &err);
        if (rc == OK) {
            look_again(j);
        } else {
            fail_as(j, rc, &err);
        }
    }
}

/* --- what it says ----------------------------------------------------------------------------- */

static void
exported(struct transfer_job *j, const struct frame *f)
{
    char json[JSON_MAX];
    char hex[2 * 32 + 1];
    int64_t bytes = 0;
    const struct str hash = frame_get(f, W_F_DIGEST);
    if (frame_get_i64(f, W_F_BODY_SIZE, &bytes) != OK || hash.n != 32) {
        fail_with(j, RC_BROKEN, code_name(E_BROKEN), "result");
        return;
    }
    for (size_t i = 0; i < hash.n; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned char)hash.p[i]);
    }
    (void)snprintf(json, sizeof json, "{\"bytes\":%lld,\"hash\":\"%s\"}", (long long)bytes, hex);
    finish(j, &(struct answer){.rc = OK, .body = str_of(json)});
}

/* The settled file lies there: the worker is stopped, for its successor to put it in its place. */
static void
swap(struct transfer_job *j)
{
    const char *why = "busy";
    struct live *lv = live_get(j->m, j->workspace, &why);
    if (lv == NULL || lv->restore[0] != '\0') {
        fail_with(j, RC_BUSY, code_name(E_BUSY), why);
        return;
    }
    (void)snprintf(lv->restore, sizeof lv->restore, "import");
    lv->restore_saved[0] = '\0';
    lv->rescues = false;
    j->loaded = true;
    j->until_us = loop_now(j->m->loop) + SWAP_US;
    if (lv->proc != NULL) {
        proc_stop(lv->proc);
    }
    look_again(j);
}

static struct transfer_job *
job_of(const struct proc *p)
{
    struct transfer_job *j = p->m->transfers;
    while (j != NULL && j->proc != p) {
        j = j->next;
    }
    return j;
}

bool
transfer_result(struct proc *p, const struct frame *f)
{
    char code[64];
    char detail[128];
    int64_t rc = RC_BROKEN;
    struct transfer_job *j = job_of(p);
    if (j == NULL || j->order == 0 || f->id != j->order) {
        return j != NULL;
    }
    if (j->imports) {
        j->proc = NULL; /* it ends by itself */
    }
    if (f->type == W_RESULT && frame_get_i64(f, W_F_RC, &rc) == OK && rc == OK) {
        if (j->imports) {
            swap(j);
        } else {
            exported(j, f);
        }
        return true;
    }
    (void)snprintf(code, sizeof code, "%.*s", STR_FMT(frame_get(f, W_F_CODE)));
    (void)snprintf(detail, sizeof detail, "%.*s", STR_FMT(frame_get(f, W_F_DETAIL)));
    fail_with(j, rc >= RC_BROKEN && rc < OK ? (enum rc)rc : RC_BROKEN, code, detail);
    return true;
}

void
transfer_proc_ended(const struct proc *p)
{
    struct transfer_job *j = job_of(p);
    if (j != NULL) {
        const bool said = p->refusal != OK;
        j->proc = NULL;
        fail_with(j, said ? p->refusal : RC_IO, code_name(said ? proc_refusal(p) : E_IO),
                  "the process that did it ended");
    }
}

/* --- the beginning ---------------------------------------------------------------------------- */

bool
transfer_is_order(struct str name)
{
    return str_eq(name, STR("workspace.export")) || str_eq(name, STR("workspace.import"));
}

static void
noted(void *arg, const struct answer *a)
{
    struct transfer_job *j = arg;
    if (a->rc != OK) {
        fail_with(j, a->rc, a->code, a->detail);
        return;
    }
    j->until_us = loop_now(j->m->loop) + START_US;
    look_again(j);
}

bool
transfer_is_running(const struct master *m, int64_t workspace)
{
    const struct transfer_job *j = m->transfers;
    while (j != NULL && j->workspace != workspace) {
        j = j->next;
    }
    return j != NULL;
}

/* An import and a restore are put in the place of the store by the same worker. */
static enum code
refusal(const struct master *m, int64_t workspace, int fd)
{
    if (transfer_is_running(m, workspace) || drill_is_running(m, workspace)) {
        return E_BACKUP_RUNNING;
    }
    return workspace == 0 ? E_TRANSFER_CONSOLE : fd < 0 ? E_FIELD_ENCODING : E_NONE;
}

void
transfer_begin(struct master *m, int64_t workspace, struct str name, struct str body, int fd,
               answer_fn *done, void *arg)
{
    enum code code = refusal(m, workspace, fd);
    code = code == E_NONE && body.n > BODY_MAX ? E_LIMIT : code;
    if (code != E_NONE) {
        if (fd >= 0) {
            close(fd);
        }
        done(arg, &(struct answer){RC_CONFLICT, code_name(code), "", STR_NONE});
        return;
    }
    struct transfer_job *j = loop_alloc(sizeof *j);
    *j = (struct transfer_job){.next = m->transfers,
                               .m = m,
                               .workspace = workspace,
                               .imports = str_eq(name, STR("workspace.import")),
                               .body = loop_alloc(body.n + 1),
                               .n = body.n,
                               .fd = fd,
                               .done = done,
                               .arg = arg};
    memcpy(j->body, body.p != NULL ? body.p : "", body.n);
    j->timer = (struct timer){.fn = on_look, .arg = j};
    m->transfers = j;
    command_order_to(m, workspace, j->imports ? "transfer.import_check" : "transfer.exported",
                     STR("{}"), noted, j);
}
