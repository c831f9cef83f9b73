/* transfers.c: what an export or an import does beside what every job of drills.c does: the
 * workspace is asked first, and told of an import that does not come about. */
#include "proc/drills_own.h"

enum { BODY_MAX = 8192, JSON_MAX = 200, HASH = 32 };

enum code
transfer_refusal(int64_t workspace, struct str body, int fd)
{
    return workspace == 0      ? E_TRANSFER_CONSOLE
           : fd < 0            ? E_FIELD_ENCODING
           : body.n > BODY_MAX ? E_LIMIT
                               : E_NONE;
}

static void
allowed(void *arg, const struct answer *a)
{
    struct drill_job *j = arg;
    if (a->rc != OK) {
        drill_fail(j, a->rc, a->code, a->detail);
        return;
    }
    j->until_us = loop_now(j->m->loop) + DRILL_START_US;
    drill_look_again(j);
}

void
transfer_ask(struct drill_job *j)
{
    command_order_to(j->m, j->workspace, j->imports ? "transfer.import_check" : "transfer.exported",
                     STR("{}"), allowed, j);
}

/* --- an export -------------------------------------------------------------------------------- */

void
transfer_exported(struct drill_job *j, const struct frame *f)
{
    char json[JSON_MAX];
    char hex[2 * HASH + 1];
    int64_t bytes = 0;
    const struct str hash = frame_get(f, W_F_DIGEST);
    if (frame_get_i64(f, W_F_BODY_SIZE, &bytes) != OK || hash.n != HASH) {
        drill_fail(j, RC_BROKEN, code_name(E_BROKEN), "result");
        return;
    }
    for (size_t i = 0; i < hash.n; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned char)hash.p[i]);
    }
    (void)snprintf(json, sizeof json, "{\"bytes\":%lld,\"hash\":\"%s\"}", (long long)bytes, hex);
    drill_finish(j, &(struct answer){.rc = OK, .body = str_of(json)});
}

/* --- an import -------------------------------------------------------------------------------- */

static void
refusal_told(void *arg, const struct answer *a)
{
    struct drill_job *j = arg;
    (void)a;
    drill_finish(j, &(struct answer){j->rc, j->code, j->detail, STR_NONE});
}

/* A code as codes.def has them: nothing that means anything in JSON. */
static bool
is_plain(const char *code)
{
    return code[strspn(code, "abcdefghijklmnopqrstuvwxyz._")] == '\0';
}

void
transfer_refused(struct drill_job *j, enum rc rc, const char *code, const char *detail)
{
    j->rc = rc;
    (void)snprintf(j->code, sizeof j->code, "%s", code);
    (void)snprintf(j->detail, sizeof j->detail, "%s", detail);
    loop_cancel(j->m->loop, &j->timer);
    if (j->proc != NULL) { /* its end is no second failure */
        proc_stop(j->proc);
        j->proc = NULL;
    }
    drill_swap_end(j);
    j->step = DRILL_READS;
    char json[JSON_MAX];
    (void)snprintf(json, sizeof json, "{\"code\":\"%s\"}", is_plain(j->code) ? j->code : "");
    command_order_to(j->m, j->workspace, "transfer.import_refused", str_of(json), refusal_told, j);
}

static void
owner_known(void *arg, const struct answer *a)
{
    struct drill_job *j = arg;
    if (drill_swap_is_lost(j, a)) {
        drill_look_again(j);
    } else if (a->rc != OK) {
        drill_fail(j, a->rc, a->code, a->detail);
    } else {
        log_line(LOG_NOTE, "transfer.imported", "ws=%lld", (long long)j->workspace);
        drill_finish(j, a);
    }
}

void
transfer_ask_owner(struct drill_job *j)
{
    command_order_to(j->m, j->workspace, "transfer.owner", STR("{}"), owner_known, j);
}
