/* scheduler.c: see scheduler.h. A pass goes through all workspaces, page by page, and orders one
 * thing for each that has something due; while any of it went well another pass follows, for the
 * next thing. What failed rests until the next minute. */
#include "proc/scheduler.h"

#include <jansson.h>

#include "app/backup/window.h"
#include "base/log.h"
#include "proc/child.h"

enum {
    LOOK_US = 60LL * 1000000,
    HEALTH_FIRST_US = 2 * 60 * 1000000, /* after the start, which has enough to do */
    WAKE_CLOCK = 5 * 60, /* civil minutes: before anybody is at work, behind the backups */
    WAITING_MAX = 16,
    FAILED_MAX = 4096
};

static const int64_t HOUR_US = 3600LL * 1000000;

struct slot {
    uint64_t id; /* of the order; 0: free */
    int64_t workspace;
};

struct scheduler {
    struct child child;
    struct chan orders;
    struct timer look;
    uint64_t next_id, page_id; /* page_id: of the question for a page */
    bool in_pass, again, all_asked, waking;
    struct day woken; /* the last day whose round of starts is done */
    int64_t after;    /* the last workspace of the page */
    json_t *page;
    size_t at;
    struct slot slots[SCHEDULER_AT_ONCE];
    size_t n_running;
    int64_t failed[FAILED_MAX]; /* workspaces that rest */
    size_t n_failed;
    uint64_t waiting[WAITING_MAX]; /* "schedule.wait" */
    size_t n_waiting;
    bool backups;
    uint64_t watch_id;      /* of "catalogue.watch" under way */
    struct instant watched; /* when that was asked, and */
    struct instant looked;  /* when doctor was last sent to look */
};

static struct scheduler s;

bool
scheduler_may(struct str command)
{
    static const char *const names[] = {"backup.drill",  "backup.prune",   "backup.run",
                                        "backup.verify", "catalogue.duty", "catalogue.watch",
                                        "health.look",   "workspace.wake"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (str_eq(command, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* --- orders ----------------------------------------------------------------------------------- */

static uint64_t
send_order(const char *name, int64_t workspace, const char *body)
{
    struct frame_out f;
    char number[24];
    (void)snprintf(number, sizeof(number), "%lld", (long long)workspace);
    chan_begin(&f, W_COMMAND, ++s.next_id);
    frame_put_str(&f, W_F_WORKSPACE, str_of(number));
    frame_put_str(&f, W_F_NAME, str_of(name));
    frame_put_str(&f, W_F_BODY, str_of(body));
    chan_send(&s.orders, &f, -1);
    return s.next_id;
}

static void
order(const char *name, int64_t workspace, const char *body)
{
    for (size_t i = 0; i < SCHEDULER_AT_ONCE; i++) {
        if (s.slots[i].id == 0) {
            s.slots[i] = (struct slot){send_order(name, workspace, body), workspace};
            s.n_running++;
            return;
        }
    }
}

/* --- what is due ------------------------------------------------------------------------------ */

static struct instant
time_of(const json_t *row, const char *key)
{
    struct instant t;
    const char *text = json_string_value(json_object_get(row, key));
    return text != NULL && instant_parse(str_of(text), &t) == OK ? t : INSTANT_NONE;
}

static bool
rests(int64_t workspace)
{
    for (size_t i = 0; i < s.n_failed; i++) {
        if (s.failed[i] == workspace) {
            return true;
        }
    }
    return false;
}

static bool
is_of_today(struct instant t, struct instant now)
{
    return t.us != INSTANT_NONE.us && t.us <= now.us && instant_day(t).n == instant_day(now).n;
}

static void
do_row(const json_t *row)
{
    const int64_t workspace = json_integer_value(json_object_get(row, "workspace"));
    const char *check = json_string_value(json_object_get(row, "check"));
    const struct window_past past = {time_of(row, "goodAt"), time_of(row, "triedAt")};
    const struct instant now = time_now();
    if (rests(workspace)) {
        return;
    }
    if (json_is_true(json_object_get(row, "ended"))) { /* its archives expire */
        if (!s.waking && s.backups && !is_of_today(time_of(row, "plannedAt"), now)) {
            order("backup.prune", workspace, "");
        }
        return;
    }
    if (s.waking) {
        if (workspace > 0) {
            order("workspace.wake", workspace, "");
        }
        return;
    }
    if (!s.backups) {
        return;
    }
    const struct window w = window_next(workspace, &past, now);
    if (w.due.us <= now.us) {
        if (w.missed > 0) {
            log_line(LOG_WARN, "backup.missed", "ws=%lld days=%d", (long long)workspace, w.missed);
        }
        order("backup.run", workspace, "");
    } else if (is_of_today(past.good, now) && !is_of_today(time_of(row, "plannedAt"), now)) {
        order("backup.prune", workspace, "");
    } else if (is_of_today(past.good, now) && !is_of_today(time_of(row, "drilledAt"), now)) {
        order("backup.drill", workspace, "");
    } else if (check != NULL) {
        order("backup.verify", workspace, check);
    }
}

/* --- a pass ----------------------------------------------------------------------------------- */

static void go_on(void);

static void
ask_page(void)
{
    char body[48];
    (void)snprintf(body, sizeof(body), "{\"after\":%lld}", (long long)s.after);
    s.page_id = send_order("catalogue.duty", 0, body);
}

static void
begin_pass(void)
{
    const struct instant now = time_now();
    if (s.in_pass || !chan_is_open(&s.orders)) {
        s.again = true;
        return;
    }
    s.in_pass = true;
    s.again = s.all_asked = false;
    s.waking = s.woken.n != instant_day(now).n &&
               (s.woken.n == DAY_NONE.n || instant_clock(now).n >= WAKE_CLOCK);
    s.after = -1;
    ask_page();
}

static void
answer_waiting(void)
{
    for (size_t i = 0; i < s.n_waiting; i++) {
        struct frame_out f;
        chan_begin(&f, W_RESULT, s.waiting[i]);
        frame_put_i64(&f, W_F_RC, OK);
        frame_put_str(&f, W_F_BODY, STR("{}"));
        child_send(&s.child, &f, -1);
    }
    s.n_waiting = 0;
}

/* An hour is over since then, or the clock was set back behind it: it is now, again. */
static bool
take_hour(struct instant *last)
{
    const struct instant now = time_now();
    if (last->us <= now.us && now.us - last->us < HOUR_US) {
        return false;
    }
    *last = now;
    return true;
}

/* Is anything wrong? Asked when all that was due is done, once an hour. */
static bool
ask_watch(void)
{
    if (!take_hour(&s.watched)) {
        return false;
    }
    s.watch_id = send_order("catalogue.watch", 0, "");
    return true;
}

static void
end_pass(void)
{
    s.in_pass = false;
    if (s.waking) {
        s.woken = instant_day(time_now());
        s.again = true;
    }
    if (s.again) {
        begin_pass();
        return;
    }
    s.in_pass = ask_watch();
    if (s.in_pass) {
        return; /* its answer ends the pass */
    }
    answer_waiting();
    loop_at(s.child.loop, &s.look, loop_now(s.child.loop) + LOOK_US);
}

/* As far as there is room for another order. */
static void
go_on(void)
{
    while (s.page != NULL && s.n_running < SCHEDULER_AT_ONCE) {
        if (s.at == json_array_size(s.page)) {
            s.all_asked = s.at == 0;
            json_decref(s.page);
            s.page = NULL;
            if (!s.all_asked) {
                ask_page();
            }
            break;
        }
        const json_t *row = json_array_get(s.page, s.at++);
        s.after = json_integer_value(json_object_get(row, "workspace"));
        do_row(row);
    }
    if (s.in_pass && s.all_asked && s.n_running == 0) {
        end_pass();
    }
}

static void
take_page(const struct frame *f)
{
    int64_t rc = RC_BROKEN;
    const struct str body = frame_get(f, W_F_BODY);
    json_t *answer = frame_get_i64(f, W_F_RC, &rc) == OK && rc == OK
                         ? json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, NULL)
                         : NULL;
    s.page_id = 0;
    s.page = json_incref(json_object_get(answer, "rows"));
    s.at = 0;
    json_decref(answer);
    if (!json_is_array(s.page)) { /* the registrar starts anew: another time */
        log_line(LOG_WARN, "schedule.unread", "rc=%lld", (long long)rc);
        json_decref(s.page);
        s.page = NULL;
        s.all_asked = true;
    }
    go_on();
}

static void
take_result(struct slot *slot, const struct frame *f)
{
    int64_t rc = RC_BROKEN;
    (void)!frame_get_i64(f, W_F_RC, &rc);
    if (rc == OK) {
        s.again = !s.waking || s.again;
    } else {
        log_line(LOG_WARN, "schedule.failed", "ws=%lld rc=%lld code=%.*s",
                 (long long)slot->workspace, (long long)rc, STR_FMT(frame_get(f, W_F_CODE)));
        s.failed[s.n_failed++ % FAILED_MAX] = slot->workspace;
        s.n_failed = s.n_failed > FAILED_MAX ? FAILED_MAX : s.n_failed;
    }
    slot->id = 0;
    s.n_running--;
    go_on();
}

static void
on_result(struct chan *ch, struct frame *f)
{
    (void)ch;
    if (f->type != W_RESULT) {
        return;
    }
    if (f->id == s.page_id) {
        take_page(f);
        return;
    }
    if (f->id == s.watch_id) {
        s.watch_id = 0;
        end_pass();
        return;
    }
    for (size_t i = 0; i < SCHEDULER_AT_ONCE; i++) {
        if (s.slots[i].id == f->id) {
            take_result(&s.slots[i], f);
            return;
        }
    }
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* Time has passed: what failed is tried again. */
static void
look(void)
{
    s.n_failed = 0;
    if (take_hour(&s.looked)) {
        (void)send_order("health.look", 0, "");
    }
    begin_pass();
}

static void
on_look(struct timer *t)
{
    (void)t;
    look();
}

static void
on_clock(struct child *c)
{
    (void)c;
    look();
}

static void
on_orders_closed(struct chan *ch)
{
    (void)ch;
    loop_stop(s.child.loop); /* a process that can order nothing is of no use */
}

static void
on_channel(struct child *c, enum wire_kind kind, int fd, const struct frame *f)
{
    (void)f;
    if (kind != WK_COMMAND || chan_is_open(&s.orders)) {
        close(fd);
        return;
    }
    chan_open(&s.orders, c->loop, fd);
    look();
}

static void
on_message(struct child *c, struct frame *f)
{
    (void)c;
    if (f->type != W_COMMAND || !str_eq(frame_get(f, W_F_NAME), STR("schedule.wait")) ||
        s.n_waiting == WAITING_MAX) {
        return;
    }
    s.waiting[s.n_waiting++] = f->id;
    if (!s.in_pass) {
        begin_pass(); /* something may have become due since */
    }
}

int
scheduler_main(int argc, char **argv)
{
    static const struct child_hooks hooks = {
        .channel = on_channel, .message = on_message, .clock = on_clock};
    child_start(&s.child, argc, argv, SANDBOX_SCHEDULER, &hooks);
    if (time_zone("Europe/Berlin") != OK) {
        log_line(LOG_ERROR, "zone.unknown", "zone=Europe/Berlin");
        return rc_exit(RC_IO);
    }
    json_object_seed(0); /* else jansson opens /dev/urandom at its first object */
    s.watched = INSTANT_NONE;
    s.looked.us = time_now().us - HOUR_US + HEALTH_FIRST_US;
    s.look = (struct timer){.fn = on_look};
    s.orders = (struct chan){.w = {.fd = -1}, .on_frame = on_result, .on_close = on_orders_closed};
    s.backups = child_get_i64(&s.child, "backups", 0) != 0;
    s.woken = child_get_i64(&s.child, "wake", 0) != 0 ? DAY_NONE : instant_day(time_now());
    child_ready(&s.child, &(struct sandbox){.role = SANDBOX_SCHEDULER});
    loop_run(s.child.loop);
    return child_end(&s.child);
}
