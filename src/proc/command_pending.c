/* command_pending.c: the commands that are under way: each ends once, with an answer to whoever
 * asked, at the latest when its time is over. */
#include "proc/command_own.h"

void
pending_end(struct pending *p)
{
    struct master *m = p->m;
    for (struct pending **at = &m->pendings; *at != NULL; at = &(*at)->next) {
        if (*at == p) {
            *at = p->next;
            break;
        }
    }
    if (p->client != NULL) {
        p->client->running--;
    }
    backup_forget(m, p);
    drill_forget(m, p);
    loop_cancel(m->loop, &p->timer);
    if (p->frame != NULL) {
        explicit_bzero(p->frame, p->n);
    }
    if (p->fd >= 0) {
        close(p->fd);
    }
    free(p->answer);
    free(p->frame);
    free(p);
}

void
pending_answer(struct pending *p, const struct answer *a)
{
    if (p->done != NULL) {
        p->done(p->arg, a);
    } else if (a->rc == OK) {
        control_json(p->client, p->client_id, a->body);
    } else {
        control_refuse(p->client, p->client_id, a->rc, a->code, a->detail);
    }
    pending_end(p);
}

void
pending_json(struct pending *p, struct str json)
{
    pending_answer(p, &(struct answer){.rc = OK, .body = json});
}

void
pending_fail(struct pending *p, enum rc rc, enum code code, const char *detail)
{
    pending_answer(p, &(struct answer){rc, code_name(code), detail, STR_NONE});
}

struct pending *
pending_new(struct master *m, struct client *c, uint64_t client_id, int64_t workspace)
{
    struct pending *p = loop_alloc(sizeof *p);
    *p = (struct pending){.m = m,
                          .client = c,
                          .id = ++m->next_id,
                          .client_id = client_id,
                          .workspace = workspace,
                          .fd = -1,
                          .until_us = loop_now(m->loop) + COMMAND_US};
    p->next = m->pendings;
    m->pendings = p;
    if (c != NULL) {
        c->running++;
    }
    return p;
}

static void
on_timer(struct timer *t)
{
    struct pending *p = t->arg;
    if (loop_now(p->m->loop) >= p->until_us) {
        pending_fail(p, RC_BUSY, E_BUSY, "no answer in time");
    } else {
        pending_try(p);
    }
}

void
pending_wait(struct pending *p, int64_t us)
{
    p->timer = (struct timer){.fn = on_timer, .arg = p, .slot = p->timer.slot};
    loop_at(p->m->loop, &p->timer, loop_now(p->m->loop) + us);
}

struct pending *
pending_find(const struct master *m, uint64_t id, const struct proc *proc)
{
    for (struct pending *p = m->pendings; p != NULL; p = p->next) {
        if (p->id == id && p->proc == proc) {
            return p;
        }
    }
    return NULL;
}

/* The list is read anew for each, as far as it went at the beginning. */
void
pending_fail_those(struct master *m, bool (*hit)(const struct pending *p, const struct proc *proc),
                   const struct proc *proc, enum rc rc, enum code code, const char *detail)
{
    const uint64_t until = m->next_id;
    struct pending *p = m->pendings;
    while (p != NULL) {
        if (p->id <= until && hit(p, proc)) {
            pending_fail(p, rc, code, detail);
            p = m->pendings;
        } else {
            p = p->next;
        }
    }
}
