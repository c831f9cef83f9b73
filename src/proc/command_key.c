/* command_key.c: commands that keymgr answers: key.…, and a workspace's beginning and end. */
#include <fcntl.h>

#include "proc/command_own.h"

/* --- the beginning of a workspace ------------------------------------------------------------- */

/* The folder first, then the key; a workspace of which only one is there is finished by asking
 * again. */
void
key_prepare(struct pending *p)
{
    struct master *m = p->m;
    char path[PATH_SIZE + 64];
    struct err err = {0};
    if (m->keymgr.proc == NULL || !m->keymgr.proc->is_ready) {
        pending_wait(p, COMMAND_RETRY_US);
        return;
    }
    (void)snprintf(path, sizeof path, "%s/workspaces/%lld", m->dir, (long long)p->workspace);
    if (p->workspace > 0 &&
        make_folder(path, 0700, role_uid(m, R_WRITER, p->workspace), &err) != OK) {
        pending_fail(p, RC_IO, E_IO, err.detail);
        return;
    }
    struct frame_out f;
    p->proc = m->keymgr.proc;
    chan_begin(&f, W_KEY_NEW, p->id);
    frame_put_i64(&f, W_F_WORKSPACE, p->workspace);
    chan_send(&p->proc->control, &f, -1);
    pending_wait(p, COMMAND_US);
}

void
key_prepared(struct pending *p, const struct frame *f)
{
    int64_t rc = OK;
    (void)!frame_get_i64(f, W_F_RC, &rc);
    if (f->type == W_KEY_NEW ||
        rc == RC_CONFLICT) { /* a key that is there is as good as a new one */
        pending_json(p, STR("{}"));
    } else if (rc == RC_BUSY) {
        pending_fail(p, RC_BUSY, E_KEY_PREPARED, "");
    } else {
        pending_fail(p, RC_IO, E_MASTER_KEY, "keymgr could not make a key");
    }
}

/* --- the end of a workspace ------------------------------------------------------------------- */

static void
destroy_more(struct pending *p)
{
    char json[96];
    struct err err = {0};
    bool done = false;
    if (destroy_files(p->m->dir, p->workspace, &p->destroyed, &done, &err) != OK) {
        pending_fail(p, RC_IO, E_IO, err.detail);
        return;
    }
    if (!done) {
        pending_wait(p, COMMAND_RETRY_US);
        return;
    }
    log_line(LOG_NOTE, "workspace.destroyed", "ws=%lld files=%lld bytes=%lld",
             (long long)p->workspace, (long long)p->destroyed.files, (long long)p->destroyed.bytes);
    (void)snprintf(json, sizeof json, "{\"files\":%lld,\"bytes\":%lld}",
                   (long long)p->destroyed.files, (long long)p->destroyed.bytes);
    pending_json(p, str_of(json));
}

/* Only what the registrar calls ended; only when nobody is at work in it any more. */
void
key_destroy(struct pending *p)
{
    struct master *m = p->m;
    struct proc *keymgr = m->keymgr.proc;
    const struct host_row *row = hosts_of_workspace(m, p->workspace);
    if (m->hosts_known && (row == NULL || row->state != WH_ENDED)) {
        pending_fail(p, RC_CONFLICT, E_WORKSPACE_NOT_LOCKED, "its end is not ordered");
        return;
    }
    if (p->is_keyless) {
        destroy_more(p);
        return;
    }
    live_shut(m); /* also one that was waiting to be born when the end was ordered */
    if (!m->hosts_known || live_is_at_work(m, p->workspace) || keymgr == NULL ||
        !keymgr->is_ready || keymgr->is_stopping) {
        pending_wait(p, COMMAND_RETRY_US);
        return;
    }
    struct frame_out f;
    p->proc = keymgr;
    chan_begin(&f, W_KEY_DROP, p->id);
    frame_put_i64(&f, W_F_WORKSPACE, p->workspace);
    chan_send(&p->proc->control, &f, -1);
    pending_wait(p, COMMAND_US);
}

/* A key that was gone already is as good as one that goes. */
void
key_dropped(struct pending *p, const struct frame *f)
{
    int64_t rc = OK;
    (void)!frame_get_i64(f, W_F_RC, &rc);
    if (f->type != W_KEY_DROP && rc != RC_MISSING) {
        pending_fail(p, RC_IO, E_MASTER_KEY, "keymgr could not drop the key");
        return;
    }
    p->proc = NULL;
    p->is_keyless = true;
    key_destroy(p);
}

/* --- commands for keymgr --------------------------------------------------------------------- */

/* What goes along to keymgr: the empty file that the command line made for the next master key, or
 * the file in use. */
static int
key_descriptor(struct pending *p, struct str name)
{
    int fd = p->fd;
    if (str_eq(name, STR("key.escrow")) || str_eq(name, STR("key.cancel"))) {
        return fcntl(p->m->master_key_fd, F_DUPFD_CLOEXEC, 3);
    }
    p->fd = -1;
    return fd;
}

/* keymgr's successor sees by the file of the master key which ring counts. */
void
key_reborn(struct pending *p, struct str answer)
{
    proc_stop(p->m->keymgr.proc);
    p->answer = loop_alloc(answer.n + 1);
    memcpy(p->answer, answer.p, answer.n);
    p->proc = NULL;
    pending_wait(p, COMMAND_RETRY_US);
}

static void
key_adopt(struct pending *p)
{
    struct err err = {0};
    int fd = p->fd;
    p->fd = -1;
    enum rc rc = key_place_changed(p->m, fd, &err);
    if (rc != OK) {
        pending_fail(p, rc, err.code, err.detail);
    } else {
        key_reborn(p, STR("{}"));
    }
}

/* A state is loaded under the key that the store has; who reads it beside its writer keeps it from
 * being copied. */
static bool
must_wait(const struct pending *p)
{
    return p->is_page &&
           (drill_is_running(p->m, p->workspace) || !backup_is_quiet(p->m, p->workspace));
}

void
key_send(struct pending *p)
{
    struct frame in;
    struct proc *keymgr = p->m->keymgr.proc;
    if (keymgr == NULL || !keymgr->is_ready || keymgr->is_stopping) {
        pending_wait(p, COMMAND_RETRY_US);
    } else if (p->answer != NULL) {
        pending_json(p, str_of(p->answer));
    } else if (frame_parse(p->frame, p->n, &in) != OK) {
        pending_fail(p, RC_BROKEN, E_BROKEN, "frame");
    } else {
        struct str name = frame_get(&in, W_F_NAME);
        p->is_rotate = str_eq(name, STR("key.rotate"));
        p->is_page = str_eq(name, STR("key.page")) &&
                     str_to_i64(frame_get(&in, W_F_BODY), &p->workspace) == OK;
        if (must_wait(p)) {
            pending_wait(p, COMMAND_RETRY_US);
        } else if (str_eq(name, STR("key.adopt"))) {
            key_adopt(p);
        } else {
            pending_send(p, keymgr, key_descriptor(p, name));
        }
    }
}
