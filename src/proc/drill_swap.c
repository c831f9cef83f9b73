/* drill_swap.c: what a restore does when its state is loaded. The worker is stopped and no other is
 * born; the present is saved while nobody writes, so that the way back has all that anybody was
 * told is kept; then the worker's successor swaps before it serves. What is asked meanwhile waits
 * for the successor, and when a step fails it finds the store as it was. */
#include "proc/asks.h"
#include "proc/drills_own.h"

#define QUIET_US (3600 * INT64_C(1000000)) /* for a backup to end; nobody is held up by it */
#define SAVE_US                                                                                    \
    (900 * INT64_C(1000000)) /* people wait as long as this for the present, no longer */
#define SWAP_US (3600 * INT64_C(1000000))

static void
go_on(struct drill_job *j, enum drill_step step, int64_t us)
{
    j->step = step;
    j->until_us = loop_now(j->m->loop) + us;
    drill_look_again(j);
}

/* The registrar, which could not open its store, is born for the first time, and puts the state in
 * its place before it serves. */
static void
swap_console(struct drill_job *j)
{
    struct master *m = j->m;
    stamp_print(time_now(), j->saved);
    memcpy(m->console_state, j->id, sizeof m->console_state);
    memcpy(m->console_saved, j->saved, sizeof m->console_saved);
    service_want(m, &m->registrar);
    go_on(j, DRILL_SWAPS, SWAP_US);
}

void
drill_swap(struct drill_job *j)
{
    if (j->workspace == 0) {
        swap_console(j);
    } else {
        go_on(j, DRILL_CLOSES, QUIET_US);
    }
}

void
drill_swap_end(const struct drill_job *j)
{
    struct live *lv = live_find(j->m, j->workspace);
    if (lv == NULL || j->step < DRILL_SAVES) {
        return;
    }
    lv->restore[0] = '\0';
    if (lv->is_held) {
        live_release(lv);
    }
}

static void
saved(void *arg, const struct answer *a)
{
    struct drill_job *j = arg;
    static const struct str before = STR("\"id\":\"");
    const size_t at = a->rc == OK ? str_find(a->body, before, 0) : SIZE_MAX;
    if (a->rc != OK) {
        drill_fail(j, a->rc, a->code, a->detail);
    } else if (at == SIZE_MAX) {
        drill_fail(j, RC_BROKEN, code_name(E_BROKEN), "no id");
    } else {
        (void)snprintf(j->saved, sizeof j->saved, "%.*s",
                       STR_FMT(str_sub(a->body, at + before.n, STAMP_LEN)));
        go_on(j, DRILL_OPENS, SAVE_US);
    }
}

static void
wait_for_quiet(struct drill_job *j)
{
    if (loop_now(j->m->loop) >= j->until_us) {
        drill_fail(j, RC_CONFLICT, code_name(E_BACKUP_RUNNING), "a backup takes its time");
    } else {
        drill_look_again(j);
    }
}

/* Who reads the store beside its writer would keep the log from being emptied when that one ends.
 */
static void
close_store(struct drill_job *j)
{
    const char *why = "busy";
    if (!backup_is_quiet(j->m, j->workspace) || drill_is_ending(j)) {
        wait_for_quiet(j);
        return;
    }
    if (j->rescues) {
        live_pardon(j->m, j->workspace);
    }
    struct live *lv = live_get(j->m, j->workspace, &why);
    if (lv == NULL) {
        const bool is_aside = strcmp(why, "quarantined") == 0;
        drill_fail(j, RC_BUSY, code_name(is_aside ? E_QUARANTINED : E_BUSY), why);
    } else if (j->rescues || j->imports) { /* of an empty one there is nothing to save */
        live_hold(lv);
        stamp_print(time_now(), j->saved);
        go_on(j, DRILL_OPENS, SAVE_US);
    } else {
        live_hold(lv);
        j->step = DRILL_SAVES;
        j->until_us = loop_now(j->m->loop) + SAVE_US;
        loop_at(j->m->loop, &j->timer, j->until_us);
        backup_save(j->m, j->workspace, saved, j);
    }
}

static void
open_store(struct drill_job *j)
{
    struct live *lv = live_find(j->m, j->workspace);
    if (!backup_is_quiet(j->m, j->workspace)) {
        wait_for_quiet(j);
        return;
    }
    (void)snprintf(lv->restore, sizeof lv->restore, "%s", j->imports ? "import" : j->id);
    memcpy(lv->restore_saved, j->saved, sizeof lv->restore_saved);
    lv->rescues = j->rescues;
    lv->restore_order = ask_order_of(j->m, j->arg);
    live_release(lv);
    go_on(j, DRILL_SWAPS, SWAP_US);
}

bool
drill_swap_is_lost(const struct drill_job *j, const struct answer *a)
{
    return a->rc == RC_IO && strcmp(a->detail, ANSWER_LOST) == 0 && !j->m->is_stopping &&
           loop_now(j->m->loop) < j->until_us;
}

static void
reported(void *arg, const struct answer *a)
{
    struct drill_job *j = arg;
    if (drill_swap_is_lost(j, a)) {
        drill_look_again(j);
    } else if (j->imports && a->rc == OK) {
        transfer_ask_owner(j);
    } else if (a->rc != OK) {
        drill_fail(j, a->rc, a->code, a->detail);
    } else {
        drill_reported(j, a);
    }
}

/* When it could not put the state there, the store is as it was, and that is the end. Else the
 * state may be there, now or since the one before it, and the store itself knows: the next one is
 * asked, as long as any starts. */
void
drill_swap_refused(struct drill_job *j, const struct proc *p)
{
    if (p->is_as_was) {
        drill_fail(j, p->refusal, p->refusal_code, "its successor does not start");
        return;
    }
    j->rc = p->refusal;
    (void)snprintf(j->code, sizeof j->code, "%s", p->refusal_code);
    drill_look_again(j);
}

/* None starts any more: why the last one did not, when it said so. */
static void
give_up(struct drill_job *j)
{
    char code[sizeof j->code];
    (void)snprintf(code, sizeof code, "%s", j->code);
    const bool said = j->rc != OK;
    drill_fail(j, said ? j->rc : RC_BUSY, said ? code : code_name(E_QUARANTINED), "quarantined");
}

/* One that is still at it would put the state there behind the back of who is told that it is not.
 */
static void
run_out_of_time(struct drill_job *j, const struct live *lv)
{
    if (lv != NULL && lv->proc != NULL && lv->proc->restores && !lv->proc->is_ready) {
        proc_kill(lv->proc);
    }
    drill_fail(j, RC_BUSY, code_name(E_BUSY), "no worker in time");
}

/* The worker's successor puts the state in the place of the store before it serves. */
static void
look_for_successor(struct drill_job *j)
{
    if (j->workspace == 0) { /* the question waits until it is ready */
        command_order_to(j->m, 0, "restore.report", STR("{}"), reported, j);
        return;
    }
    const char *why = "";
    const struct live *lv = live_get(j->m, j->workspace, &why);
    if (lv == NULL && strcmp(why, "quarantined") == 0) {
        give_up(j);
    } else if (loop_now(j->m->loop) >= j->until_us) {
        run_out_of_time(j, lv);
    } else if (lv == NULL || lv->proc == NULL || !lv->proc->is_ready || lv->proc->is_stopping) {
        drill_look_again(j);
    } else if (!lv->proc->restores) { /* one that could not was ready before, and did not say why */
        drill_fail(j, RC_IO, code_name(E_IO), ANSWER_LOST);
    } else {
        command_order_to(j->m, j->workspace, "restore.report", STR("{}"), reported, j);
    }
}

void
drill_swap_look(struct drill_job *j)
{
    switch (j->step) {
    case DRILL_CLOSES:
        close_store(j);
        break;
    case DRILL_SAVES: /* the timer is that of its end */
        drill_fail(j, RC_BUSY, code_name(E_BUSY), "the present was not saved in time");
        break;
    case DRILL_OPENS:
        open_store(j);
        break;
    case DRILL_SWAPS:
        look_for_successor(j);
        break;
    case DRILL_READS:
        break;
    }
}
