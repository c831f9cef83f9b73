/* asks.c: see asks.h. */
#include "proc/asks.h"

#include "proc/backups.h"
#include "proc/drills.h"
#include "proc/releases.h"

#include <fcntl.h>

enum { TEXT_MAX = 112, OF_MAX = 8192, JSON_MAX = 512, ASKS_MAX = 64 };
/* Of one workspace at a time, what is owed apart: more are refused, and more than can be told so
 * are passed over, until its worker starts again. */
enum { WISHES_MAX = 16, WISHES_HELD = 64 };

#define AGAIN_US INT64_C(1000000)
#define HOUR_US (3600 * INT64_C(1000000))
#define WAIT_US (15 * 60 * INT64_C(1000000)) /* for what is busy, without saying with what */

/* A text of the worker's on its way into JSON: letters, digits and signs that mean nothing there.
 */
static void
take_text(const struct frame *f, enum wire_field field, char ret_text[static TEXT_MAX + 1])
{
    const struct str s = frame_get(f, field);
    size_t n = s.n < TEXT_MAX ? s.n : TEXT_MAX;
    for (size_t i = 0; i < n; i++) {
        const char c = s.p[i];
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z') || (c != '\0' && strchr(".:-_@+", c) != NULL);
        ret_text[i] = '?';
        if (plain) {
            ret_text[i] = c;
        }
    }
    ret_text[n] = '\0';
}

/* --- questions ---------------------------------------------------------------------------------
 */

struct question_job {
    struct question_job *next;
    struct master *m;
    struct proc *proc; /* who waits for it; NULL: it has gone */
    uint64_t id;
};

static size_t
asks_of(const struct proc *p)
{
    size_t n = 0;
    for (const struct question_job *a = p->m->asks; a != NULL; a = a->next) {
        n += a->proc == p;
    }
    return n;
}

static void
tell(struct proc *p, uint64_t id, const struct answer *a)
{
    struct frame_out f;
    char fault[TEXT_MAX + 16];
    const char *code = a->rc == OK ? code_name(E_TOO_LARGE) : a->code;
    chan_begin(&f, W_TOLD, id);
    if (a->rc == OK) {
        frame_put_str(&f, W_F_BODY, a->body);
    }
    if (a->rc != OK || f.full) {
        (void)snprintf(fault, sizeof fault, "{\"fault\":\"%.64s\"}", code);
        chan_begin(&f, W_TOLD, id);
        frame_put_str(&f, W_F_BODY, str_of(fault));
    }
    chan_send(&p->control, &f, -1);
}

static void
answered(void *arg, const struct answer *a)
{
    struct question_job *ask = arg;
    for (struct question_job **at = &ask->m->asks; *at != NULL; at = &(*at)->next) {
        if (*at == ask) {
            *at = ask->next;
            break;
        }
    }
    if (ask->proc != NULL) {
        tell(ask->proc, ask->id, a);
    }
    free(ask);
}

static struct question_job *
new_ask(struct proc *p, const struct frame *f)
{
    if (asks_of(p) >= ASKS_MAX) {
        tell(p, f->id, &(struct answer){.rc = RC_LIMIT, .code = code_name(E_LIMIT)});
        return NULL;
    }
    struct question_job *ask = loop_alloc(sizeof *ask);
    *ask = (struct question_job){.next = p->m->asks, .m = p->m, .proc = p, .id = f->id};
    p->m->asks = ask;
    return ask;
}

static void
pass_on(struct proc *p, const struct frame *f, const char *command, const char *json)
{
    struct question_job *ask = new_ask(p, f);
    if (ask != NULL) {
        command_order(p->m, command, json, answered, ask);
    }
}

/* What a price is asked for, by the question's first word. */
static const char *
item_of(struct str name)
{
    return str_starts(name, STR("take.")) ? "restore_records" : "restore_whole";
}

static void
hold_noted(void *arg, const struct answer *a)
{
    (void)arg;
    if (a->rc != OK) {
        log_line(LOG_ERROR, "backup.unheld", "code=%s", a->code);
    }
}

static bool
take_question(struct proc *p, const struct frame *f)
{
    char json[JSON_MAX];
    char of[TEXT_MAX + 1];
    char login[TEXT_MAX + 1];
    int64_t version = 0;
    int64_t total = 0;
    const struct str name = frame_get(f, W_F_NAME);
    const long long workspace = (long long)p->workspace;
    take_text(f, W_F_BODY, of);
    take_text(f, W_F_LOGIN, login);
    (void)!frame_get_i64(f, W_F_VERSION, &version);
    (void)!frame_get_i64(f, W_F_TOTAL, &total);
    if (str_eq(name, STR("backup.calendar"))) {
        (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"month\":\"%s\"}", workspace, of);
        pass_on(p, f, "catalogue.calendar", json);
    } else if (str_eq(name, STR("backup.hold"))) {
        (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"id\":\"%s\",\"untilUs\":%lld}",
                       workspace, of, (long long)total);
        command_order(p->m, "catalogue.hold", json, hold_noted, NULL);
    } else if (str_eq(name, STR("backup.progress"))) {
        backup_progress(p->m, p->workspace, json);
        tell(p, f->id, &(struct answer){.rc = OK, .body = str_of(json)});
    } else if (str_eq(name, STR("restore.price")) || str_eq(name, STR("take.price"))) {
        (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"item\":\"%s\"}", workspace,
                       item_of(name));
        pass_on(p, f, "charge.price", json);
    } else if (str_eq(name, STR("restore.record")) || str_eq(name, STR("take.record"))) {
        (void)snprintf(json, sizeof json,
                       "{\"workspace\":%lld,\"order\":\"%s\",\"item\":\"%s\","
                       "\"version\":%lld,\"total\":%lld,\"login\":\"%s\"}",
                       workspace, of, item_of(name), (long long)version, (long long)total, login);
        pass_on(p, f, "charge.record", json);
    } else {
        return false;
    }
    return true;
}

void
ask_proc_ended(const struct proc *p)
{
    for (struct question_job *a = p->m->asks; a != NULL; a = a->next) {
        a->proc = a->proc == p ? NULL : a->proc;
    }
}

/* --- wishes ------------------------------------------------------------------------------------
 */

enum wish_kind {
    WISH_BACKUP,
    WISH_PREVIEW,
    WISH_APPLY,
    WISH_CHARGE,
    WISH_EXPORT,
    WISH_TABLES,
    WISH_FIND,
    WISH_TAKE,
    WISHES
};

/* The pages grant fewer (app/restore/order.h, app/transfer/export.h), but their rules stand in the
 * worker, which also says what is wanted: one that somebody took over grants itself everything, and
 * each of these fills the disk. So master counts for itself, from a workspace's first wish of a
 * kind on. most 0: any number, it leaves nothing behind. */
static const struct {
    const char *name;
    int64_t most;
    int64_t within_us;
} wishes[WISHES] = {
    [WISH_BACKUP] = {"backup.run",      6,  HOUR_US     },
    [WISH_PREVIEW] = {"restore.preview", 30, HOUR_US     },
    [WISH_APPLY] = {"restore.apply",   12, HOUR_US     },
    [WISH_CHARGE] = {"charge.done",     0,  0           },
    [WISH_EXPORT] = {"export.run",      6,  24 * HOUR_US},
    [WISH_TABLES] = {"export.tables",   6,  24 * HOUR_US},
    [WISH_FIND] = {"restore.find",    40, HOUR_US     },
    [WISH_TAKE] = {"restore.take",    12, HOUR_US     },
};

static bool
is_export(enum wish_kind kind)
{
    return kind == WISH_EXPORT || kind == WISH_TABLES;
}

struct wish {
    struct wish *next;
    struct master *m;
    int64_t workspace, order;
    enum wish_kind kind;
    char *of;         /* a key; a state, and behind a blank what of it: never put into JSON */
    bool good;        /* charge.done */
    bool is_released; /* the operator's people let it begin, where they are asked */
    int fd;           /* of an export: where it is written; else -1 */
    struct timer timer;
    int64_t until_us;
};

static void
drop(struct wish *w)
{
    for (struct wish **at = &w->m->wishes; *at != NULL; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            break;
        }
    }
    loop_cancel(w->m->loop, &w->timer);
    if (w->fd >= 0) {
        close(w->fd);
    }
    free(w->of);
    free(w);
}

/* Words that were looked for are of any letters; of all else little is let through. */
static char *
copy_of(const struct frame *f, enum wish_kind kind)
{
    const struct str s = frame_get(f, W_F_BODY);
    char *of = loop_alloc(OF_MAX + 1);
    if (kind == WISH_FIND || kind == WISH_TAKE) {
        (void)snprintf(of, OF_MAX + 1, "%.*s", STR_FMT(s));
    } else {
        take_text(f, W_F_BODY, of);
    }
    return of;
}

int64_t
ask_order_of(const struct master *m, const void *arg)
{
    const struct wish *w = m->wishes;
    while (w != NULL && w != arg) {
        w = w->next;
    }
    return w != NULL ? w->order : 0;
}

/* A workspace that cannot be told asks again when its worker starts. */
static void
was_told(void *arg, const struct answer *a)
{
    struct wish *w = arg;
    if (a->rc != OK) {
        log_line(LOG_WARN, "wish.untold", "ws=%lld order=%lld code=%s", (long long)w->workspace,
                 (long long)w->order, a->code);
    }
    drop(w);
}

static void
tell_workspace(struct wish *w, const char *code, struct str result)
{
    const size_t cap = result.n + JSON_MAX;
    char *json = loop_alloc(cap);
    char word[TEXT_MAX + 1];
    size_t n = 0;
    for (const char *c = code; *c != '\0' && n < TEXT_MAX; c++) {
        if ((*c >= 'a' && *c <= 'z') || *c == '.' || *c == '_') {
            word[n++] = *c;
        }
    }
    word[n] = '\0';
    (void)snprintf(json, cap, "{\"order\":%lld,\"what\":\"%s\",\"code\":\"%s\",\"result\":%.*s}",
                   (long long)w->order, wishes[w->kind].name, word,
                   STR_FMT(result.n > 0 ? result : STR("{}")));
    command_order_to(w->m, w->workspace, is_export(w->kind) ? "transfer.ended" : "restore.ended",
                     str_of(json), was_told, w);
    free(json);
}

/* Another one is at work for this workspace: that takes the time it takes, and has its end. What is
 * busy otherwise (a process that is being born, a machine that is loaded) is so for some minutes.
 */
static bool
must_wait(struct wish *w, const struct answer *a)
{
    const int64_t now = loop_now(w->m->loop);
    if (a->rc == RC_CONFLICT && (strcmp(a->code, code_name(E_BACKUP_RUNNING)) == 0 ||
                                 strcmp(a->code, code_name(E_ARCHIVE_EXISTS)) == 0)) {
        w->until_us = now + WAIT_US;
        return true;
    }
    return a->rc == RC_BUSY && strcmp(a->code, code_name(E_BUSY)) == 0 && now < w->until_us;
}

static void
ended(void *arg, const struct answer *a)
{
    struct wish *w = arg;
    if (w->m->is_stopping) {
        drop(w);
    } else if (must_wait(w, a)) {
        loop_at(w->m->loop, &w->timer, loop_now(w->m->loop) + AGAIN_US);
    } else {
        log_line(a->rc == OK ? LOG_NOTE : LOG_WARN, "wish.ended",
                 "ws=%lld order=%lld name=%s code=%s", (long long)w->workspace, (long long)w->order,
                 wishes[w->kind].name, a->rc == OK ? "" : a->code);
        tell_workspace(w, a->rc == OK ? "" : a->code, a->rc == OK ? a->body : STR_NONE);
    }
}

/* Empty: an attempt that came to nothing may lie there, which role backup cannot cut. */
static void
begin_export(struct wish *w)
{
    if (ftruncate(w->fd, 0) == 0) {
        drill_begin(w->m, w->workspace, str_of(wishes[w->kind].name), str_of(w->of),
                    fcntl(w->fd, F_DUPFD_CLOEXEC, 3), ended, w);
    } else {
        ended(w, &(struct answer){RC_IO, code_name(E_IO), "its file", STR_NONE});
    }
}

static void begin(struct timer *t);

/* One that waits is told so, and wished again when it is released. */
static void
release_known(void *arg, const struct answer *a)
{
    struct wish *w = arg;
    if (a->rc != OK || w->m->is_stopping) {
        ended(w, a);
    } else if (release_is_given(a->body)) {
        w->is_released = true;
        begin(&w->timer);
    } else {
        command_order_to(w->m, w->workspace, "restore.release_told", a->body, was_told, w);
    }
}

/* While a wish waited, the operator may have done the same, or somebody dropped it: what the
 * workspace itself does not call wanted any more is not begun. Between its answer and the beginning
 * nothing else happens. */
static void
asked(void *arg, const struct answer *a)
{
    struct wish *w = arg;
    const struct str name = str_of(wishes[w->kind].name);
    const bool asks = w->m->conf.restore_release > 0 && !w->is_released &&
                      str_find(a->body, STR("\"releasable\":true"), 0) != SIZE_MAX;
    if (a->rc != OK || w->m->is_stopping) {
        ended(w, a);
    } else if (str_find(a->body, STR("\"wanted\":true"), 0) == SIZE_MAX) {
        log_line(LOG_NOTE, "wish.over", "ws=%lld order=%lld name=%s", (long long)w->workspace,
                 (long long)w->order, wishes[w->kind].name);
        drop(w);
    } else if (is_export(w->kind)) {
        begin_export(w);
    } else if (asks) {
        release_ask(w->m, w->workspace, w->order, a->body, release_known, w);
    } else if (w->kind == WISH_BACKUP) {
        backup_begin(w->m, w->workspace, name, STR_NONE, ended, w);
    } else {
        drill_begin(w->m, w->workspace, name, str_of(w->of), -1, ended, w);
    }
}

static void
begin(struct timer *t)
{
    char json[JSON_MAX];
    struct wish *w = t->arg;
    if (w->kind == WISH_CHARGE) {
        (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"order\":\"%s\",\"good\":%s}",
                       (long long)w->workspace, w->of, w->good ? "true" : "false");
        command_order(w->m, "charge.done", json, ended, w);
    } else {
        (void)snprintf(json, sizeof json, "{\"order\":%lld}", (long long)w->order);
        command_order_to(w->m, w->workspace,
                         is_export(w->kind) ? "transfer.is_wanted" : "restore.is_wanted",
                         str_of(json), asked, w);
    }
}

/* --- how many ----------------------------------------------------------------------------------
 */

struct wish_count {
    struct wish_count *next;
    int64_t workspace, until_us;
    enum wish_kind kind;
    int64_t n;
};

static void
forget_counts(struct master *m, int64_t until_us)
{
    struct wish_count **at = &m->wish_counts;
    while (*at != NULL) {
        struct wish_count *c = *at;
        if (c->until_us > until_us) {
            at = &c->next;
        } else {
            *at = c->next;
            free(c);
        }
    }
}

/* With this one: how many it has had. */
static int64_t
count(const struct wish *w)
{
    struct master *m = w->m;
    const int64_t now = loop_now(m->loop);
    forget_counts(m, now);
    struct wish_count *c = m->wish_counts;
    while (c != NULL && (c->workspace != w->workspace || c->kind != w->kind)) {
        c = c->next;
    }
    if (c == NULL) {
        c = loop_alloc(sizeof *c);
        *c = (struct wish_count){m->wish_counts, w->workspace, now + wishes[w->kind].within_us,
                                 w->kind, 0};
        m->wish_counts = c;
    }
    return ++c->n;
}

static void
refusal_noted(void *arg, const struct answer *a)
{
    (void)arg;
    if (a->rc != OK) {
        log_line(LOG_ERROR, "wish.unnoted", "code=%s", a->code);
    }
}

/* For the operators, of the first one that is too many: a flood of lines fills the disk as well. */
static void
note_refusal(const struct wish *w)
{
    char json[JSON_MAX];
    log_line(LOG_ERROR, "wish.refused", "ws=%lld name=%s most=%lld", (long long)w->workspace,
             wishes[w->kind].name, (long long)wishes[w->kind].most);
    (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"code\":\"%s\"}",
                   (long long)w->workspace, code_name(E_WISH_OFTEN));
    command_order(w->m, "catalogue.refused", json, refusal_noted, NULL);
}

static void
refuse(struct timer *t)
{
    tell_workspace(t->arg, code_name(E_WISH_OFTEN), STR_NONE);
}

static bool
is_one_too_many(const struct wish *w)
{
    const int64_t most = wishes[w->kind].most;
    const int64_t n = most > 0 ? count(w) : 0;
    if (n == most + 1) {
        note_refusal(w);
    }
    return n > most;
}

static bool
is_under_way(const struct proc *p, int64_t order, enum wish_kind kind)
{
    const struct wish *w = p->m->wishes;
    while (w != NULL && (w->workspace != p->workspace || w->order != order || w->kind != kind)) {
        w = w->next;
    }
    return w != NULL;
}

/* What is owed holds up nothing else, and nothing else holds it up. */
static size_t
held_beside(const struct proc *p, enum wish_kind kind)
{
    size_t n = 0;
    for (const struct wish *w = p->m->wishes; w != NULL; w = w->next) {
        n += w->workspace == p->workspace && (w->kind == WISH_CHARGE) == (kind == WISH_CHARGE);
    }
    return n;
}

static bool
take_wish(struct proc *p, struct frame *f)
{
    int64_t order = 0;
    int64_t total = 0;
    enum wish_kind kind = WISH_BACKUP;
    const struct str name = frame_get(f, W_F_NAME);
    while (kind < WISHES && !str_eq(name, str_of(wishes[kind].name))) {
        kind++;
    }
    if (kind == WISHES || frame_get_i64(f, W_F_ORDER, &order) != OK ||
        is_export(kind) != (f->fd >= 0)) {
        return false;
    }
    (void)!frame_get_i64(f, W_F_TOTAL, &total);
    const size_t held = held_beside(p, kind);
    if (p->m->opt->command_fd >= 0 || is_under_way(p, order, kind) || held >= WISHES_HELD) {
        return true; /* a single command of the command line does not begin what takes its time */
    }
    const bool is_full = kind != WISH_CHARGE && held >= WISHES_MAX;
    struct wish *w = loop_alloc(sizeof *w);
    *w = (struct wish){.next = p->m->wishes,
                       .m = p->m,
                       .workspace = p->workspace,
                       .order = order,
                       .kind = kind,
                       .good = total != 0,
                       .fd = f->fd,
                       .until_us = loop_now(p->m->loop) + WAIT_US};
    f->fd = -1;
    w->of = copy_of(f, kind);
    w->timer = (struct timer){.fn = is_one_too_many(w) || is_full ? refuse : begin, .arg = w};
    p->m->wishes = w;
    loop_at(p->m->loop, &w->timer, loop_now(p->m->loop));
    return true;
}

/* --- both --------------------------------------------------------------------------------------
 */

void
ask_take(struct proc *p, struct frame *f)
{
    if (!take_question(p, f) && !take_wish(p, f)) {
        log_line(LOG_ERROR, "ask.unknown", "ws=%lld", (long long)p->workspace);
        tell(p, f->id, &(struct answer){.rc = RC_MISSING, .code = code_name(E_MISSING)});
    }
}

void
ask_end_all(struct master *m)
{
    while (m->wishes != NULL) {
        drop(m->wishes);
    }
    forget_counts(m, INT64_MAX);
}
