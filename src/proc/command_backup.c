/* command_backup.c: commands that backups.c and drills.c do, and answer. */
#include "proc/answer.h"
#include "proc/command_own.h"

enum { DRILLED_MAX = 8192 }; /* a signed verdict, as catalogue.drilled is told it */

static void
backup_answered(void *arg, const struct answer *a)
{
    pending_answer(arg, a);
}

/* The catalogue is told first; what it answers changes nothing for who asked. */
static void
drill_noted(void *arg, const struct answer *a)
{
    (void)arg;
    if (a->rc != OK) {
        log_line(LOG_ERROR, "backup.untold", "code=%s", a->code);
    }
}

static void
drill_answered(void *arg, const struct answer *a)
{
    const struct pending *p = arg;
    struct frame in;
    char json[DRILLED_MAX];
    const bool newest = frame_parse(p->frame, p->n, &in) == OK &&
                        str_eq(frame_get(&in, W_F_NAME), STR("backup.drill")) &&
                        frame_get(&in, W_F_BODY).n == 0 && !answer_is_busy(a->rc, str_of(a->code));
    if (newest) {
        /* The worker's answer as it came: it cannot name another workspace, for a key that is there
         * twice is refused. */
        const bool said = a->rc == OK && a->body.n > 0 && a->body.n < sizeof json - 200;
        (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"code\":\"%s\"%s%.*s}",
                       (long long)p->workspace,
                       a->rc != OK ? a->code
                       : said      ? ""
                                   : code_name(E_IO),
                       said ? ",\"result\":" : "", said ? (int)a->body.n : 0,
                       said ? a->body.p : "");
        command_order(p->m, "catalogue.drilled", json, drill_noted, NULL);
    }
    pending_answer(arg, a);
}

void
backup_send(struct pending *p)
{
    struct frame in;
    if (frame_parse(p->frame, p->n, &in) != OK) {
        pending_fail(p, RC_BROKEN, E_BROKEN, "frame");
        return;
    }
    const bool is_typed = p->client == NULL || !p->client->is_scheduler;
    const struct str name = frame_get(&in, W_F_NAME);
    const struct str body = frame_get(&in, W_F_BODY);
    loop_cancel(p->m->loop, &p->timer); /* it may be large: it takes the time it takes */
    if (p->is_drill) {
        const int fd = p->fd;
        p->fd = -1;
        (is_typed ? drill_begin_for_operator : drill_begin)(p->m, p->workspace, name, body, fd,
                                                            drill_answered, p);
    } else {
        (is_typed ? backup_begin_for_operator : backup_begin)(p->m, p->workspace, name, body,
                                                              backup_answered, p);
    }
}
