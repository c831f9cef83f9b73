/* drill_swap.c: what a restore does beside reading the state: the present is saved before, and the
 * worker makes way for one that swaps. */
#include "proc/drills_own.h"

enum { SECOND_US = 1000000 };

#define SWAP_US (3600 * INT64_C(1000000))

/* --- before ------------------------------------------------------------------------------------
 */

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
        drill_fail(j, a->rc == OK ? RC_BROKEN : a->rc, a->rc == OK ? code_name(E_BROKEN) : a->code,
                   a->rc == OK ? "no id" : a->detail);
        return;
    }
    (void)snprintf(j->saved, sizeof j->saved, "%.*s",
                   STR_FMT(str_sub(a->body, at + before.n, at + before.n + STAMP_LEN)));
    j->until_us = loop_now(j->m->loop) + DRILL_START_US;
    drill_look_again(j);
}

void
drill_save(struct drill_job *j)
{
    backup_begin(j->m, j->workspace, STR("backup.run"), STR_NONE, saved, j);
}

/* --- after -------------------------------------------------------------------------------------
 */

void
drill_swap(struct drill_job *j)
{
    const char *why;
    struct live *lv = live_get(j->m, j->workspace, &why);
    if (lv == NULL) {
        drill_fail(j, RC_BUSY, code_name(E_BUSY), why);
        return;
    }
    memcpy(lv->restore, j->id, sizeof lv->restore);
    memcpy(lv->restore_saved, j->saved, sizeof lv->restore_saved);
    j->loaded = true;
    j->until_us = loop_now(j->m->loop) + SWAP_US;
    if (lv->proc != NULL) {
        proc_stop(lv->proc);
    }
    drill_look_again(j);
}

/* The worker's successor puts the state in the place of the store before it serves. */
void
drill_look_for_successor(struct drill_job *j)
{
    const char *why = "";
    const struct live *lv = live_get(j->m, j->workspace, &why);
    if (lv == NULL && strcmp(why, "quarantined") == 0) {
        drill_fail(j, RC_BUSY, code_name(E_QUARANTINED), why);
    } else if (loop_now(j->m->loop) >= j->until_us) {
        drill_fail(j, RC_BUSY, code_name(E_BUSY), "no worker in time");
    } else if (lv != NULL && lv->proc != NULL && lv->proc->is_ready && !lv->proc->is_stopping &&
               lv->proc->restores) {
        command_order_to(j->m, j->workspace, "restore.report", STR("{}"), drill_reported, j);
    } else {
        drill_look_again(j);
    }
}
