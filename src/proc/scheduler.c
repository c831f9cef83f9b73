/* scheduler.c: see scheduler.h. A pass goes through all workspaces, page by page, and orders one
 * thing for each that has something due; while any of it went well another pass follows, for the
 * next thing. What failed rests until the next minute, and five when somebody else was at work
 * there. An order that is not answered in time is waited for no longer; whether all is well is
 * asked each hour, however long a pass takes. */
#include "proc/scheduler.h"

#include <jansson.h>

#include "app/backup/window.h"
#include "base/log.h"
#include "proc/answer.h"
#include "proc/child.h"

enum {
    LOOK_US = 60LL * 1000000,
    HEALTH_FIRST_US = 2 * 60 * 1000000, /* after the start, which has enough to do */
    WAKE_CLOCK = 5 * 60, /* civil minutes: before anybody is at work, behind the backups */
    WAITING_MAX = 16,
    FAILED_MAX = 4096,
    LATE_MAX = 64,   /* orders that are given up and may be answered yet */
    US_FOR_BYTE = 4, /* an order's time grows with the store: 250 kB/s, all copies included */
    DRILL_WEEK = 7   /* days from which on a drill's age makes no difference */
};

static const int64_t HOUR_US = 3600LL * 1000000;
static const int64_t BUSY_US = 5LL * 60 * 1000000;

struct slot {
    uint64_t id; /* of the order; 0: free */
    int64_t workspace;
    struct instant since;
    int64_t most_us; /* its time */
    bool is_late;    /* it is over: others go on, and its answer is not waited for */
};
struct resting {
    int64_t workspace;
    int64_t until_us; /* monotonic; 0: till the next look */
};

struct scheduler {
    struct child child;
    struct chan orders;
    struct timer look, alarm;
    uint64_t next_id, page_id; /* page_id: of the question for a page */
    bool in_pass, again, all_asked, waking;
    struct day woken; /* the last day whose round of starts is done */
    int64_t after;    /* the last workspace of the page */
    json_t *page;
    size_t at;
    struct slot slots[SCHEDULER_AT_ONCE + LATE_MAX];
    size_t n_running; /* but for those that are late */
    struct resting failed[FAILED_MAX];
    size_t n_failed;
    int32_t drill_days,
        next_drill_days;           /* whose last drill is so old has its turn; see do_drill() */
    uint64_t waiting[WAITING_MAX]; /* "schedule.wait" */
    size_t n_waiting;
    bool backups;
    uint64_t watch_id;      /* of "catalogue.watch" under way */
    bool ends;              /* its answer ends the pass */
    struct instant watched; /* when that was asked, and */
    struct instant looked;  /* when doctor was last sent to look */
    struct instant idle;    /* when nothing was due, the last time */
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

static const size_t SLOTS = sizeof(s.slots) / sizeof(s.slots[0]);

static void
order(const char *name, const json_t *row, const char *body)
{
    const int64_t workspace = json_integer_value(json_object_get(row, "workspace"));
    const int64_t bytes = json_integer_value(json_object_get(row, "bytes"));
    for (size_t i = 0; i < SLOTS; i++) {
        if (s.slots[i].id == 0) {
            s.slots[i] = (struct slot){.id = send_order(name, workspace, body),
                                       .workspace = workspace,
                                       .since = time_now(),
                                       .most_us = HOUR_US + bytes * US_FOR_BYTE};
            s.n_running++;
            return;
        }
    }
}

/* What does not come to an end holds nobody else up. */
static void
give_up_late(void)
{
    const struct instant now = time_now();
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &s.slots[i];
        if (slot->id != 0 && !slot->is_late && now.us - slot->since.us >= slot->most_us) {
            log_line(LOG_ERROR, "schedule.stuck",
                     "ws=%lld minutes=%lld hint=others go on; it is waited for no longer",
                     (long long)slot->workspace, (long long)(slot->most_us / 60000000));
            slot->is_late = true;
            s.n_running--;
        }
    }
}

static bool
any_late(void)
{
    bool found = false;
    for (size_t i = 0; i < SLOTS; i++) {
        found |= s.slots[i].is_late;
    }
    return found;
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
    bool found = false;
    for (size_t i = 0; i < SLOTS; i++) {
        found |= s.slots[i].is_late && s.slots[i].workspace == workspace;
    }
    for (size_t i = 0; i < s.n_failed; i++) {
        found |= s.failed[i].workspace == workspace;
    }
    return found;
}

static void
let_rest(int64_t workspace, int64_t until_us)
{
    if (s.n_failed == FAILED_MAX) {
        s.n_failed--;
    }
    s.failed[s.n_failed++] = (struct resting){workspace, until_us};
}

/* Time has passed: who failed has another try. */
static void
wake_rested(int64_t now_us)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n_failed; i++) {
        if (s.failed[i].until_us > now_us) {
            s.failed[n++] = s.failed[i];
        }
    }
    s.n_failed = n;
}

static bool
is_of_today(struct instant t, struct instant now)
{
    return t.us != INSTANT_NONE.us && t.us <= now.us && instant_day(t).n == instant_day(now).n;
}

/* When a day is too short for all drills, those have their turn whose last one is the oldest, by
 * days: none waits longer than others. */
static void
do_drill(const json_t *row, struct instant now)
{
    const struct instant last = time_of(row, "drilledAt");
    const bool never = last.us == INSTANT_NONE.us || last.us > now.us;
    const int32_t age = never ? DRILL_WEEK : instant_day(now).n - instant_day(last).n;
    const int32_t days = age < DRILL_WEEK ? age : DRILL_WEEK;
    if (days >= s.drill_days) {
        order("backup.drill", row, "");
    } else if (days > s.next_drill_days) {
        s.next_drill_days = days;
    }
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
            order("backup.prune", row, "");
        }
        return;
    }
    if (s.waking) {
        if (workspace > 0) {
            order("workspace.wake", row, "");
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
        order("backup.run", row, "");
    } else if (is_of_today(past.good, now) && !is_of_today(time_of(row, "plannedAt"), now)) {
        order("backup.prune", row, "");
    } else if (is_of_today(past.good, now) && !is_of_today(time_of(row, "drilledAt"), now)) {
        do_drill(row, now);
    } else if (check != NULL) {
        order("backup.verify", row, check);
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
    s.drill_days = s.next_drill_days > 0 ? s.next_drill_days : DRILL_WEEK;
    s.next_drill_days = 0;
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

/* Is anything wrong? Asked once an hour: when all that was due is done, and when that takes more
 * than an hour beside it. True: the answer is to come. */
static bool
ask_watch(void)
{
    if (s.watch_id == 0 && take_hour(&s.watched)) {
        s.watch_id = send_order("catalogue.watch", 0, "");
    }
    return s.watch_id != 0;
}

/* Whatever is under way, or does not come to an end: each minute. */
static void
sound_alarms(void)
{
    const struct instant now = time_now();
    if (!chan_is_open(&s.orders)) {
        return;
    }
    give_up_late();
    if (take_hour(&s.looked)) {
        (void)send_order("health.look", 0, "");
    }
    if (s.in_pass && (now.us < s.idle.us || now.us - s.idle.us >= HOUR_US)) {
        (void)ask_watch();
    }
}

static void
end_pass(void)
{
    s.in_pass = false;
    if (s.waking) {
        s.woken = instant_day(time_now());
        s.again = true;
    }
    if (s.again || s.next_drill_days > 0) {
        begin_pass();
        return;
    }
    s.in_pass = s.ends = ask_watch();
    if (s.ends) {
        return;
    }
    s.idle = time_now();
    if (!any_late()) { /* or it is not all done that was due */
        answer_waiting();
    }
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
    if (s.in_pass && !s.ends && s.all_asked && s.n_running == 0) {
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
    const struct str code = frame_get(f, W_F_CODE);
    (void)!frame_get_i64(f, W_F_RC, &rc);
    if (rc == OK) {
        s.again = !s.waking || s.again;
    } else {
        log_line(LOG_WARN, "schedule.failed", "ws=%lld rc=%lld code=%.*s",
                 (long long)slot->workspace, (long long)rc, STR_FMT(code));
        /* Somebody is at work there: no minute of the night is lost by asking less often. */
        let_rest(slot->workspace, answer_is_busy(rc, code) ? loop_now(s.child.loop) + BUSY_US : 0);
    }
    const bool was_late = slot->is_late;
    s.n_running -= !was_late;
    *slot = (struct slot){0};
    s.again = was_late || s.again; /* its workspace was passed over meanwhile */
    if (was_late && !s.in_pass) {
        begin_pass();
    } else {
        go_on();
    }
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
        if (s.ends) {
            s.ends = false;
            end_pass();
        }
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        if (s.slots[i].id == f->id) {
            take_result(&s.slots[i], f);
            return;
        }
    }
}

/* --- the beginning ---------------------------------------------------------------------------- */

static void
look(void)
{
    sound_alarms();
    begin_pass();
}

static void
on_look(struct timer *t)
{
    (void)t;
    wake_rested(loop_now(s.child.loop));
    look();
}

/* A timer of its own, for a pass may take a night. */
static void
on_alarm(struct timer *t)
{
    sound_alarms();
    go_on();
    loop_at(s.child.loop, t, loop_now(s.child.loop) + LOOK_US);
}

static void
on_clock(struct child *c)
{
    (void)c;
    s.n_failed = 0;
    look();
    go_on();
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
    s.idle = time_now();
    s.look = (struct timer){.fn = on_look};
    s.alarm = (struct timer){.fn = on_alarm};
    s.orders = (struct chan){.w = {.fd = -1}, .on_frame = on_result, .on_close = on_orders_closed};
    s.backups = child_get_i64(&s.child, "backups", 0) != 0;
    s.woken = child_get_i64(&s.child, "wake", 0) != 0 ? DAY_NONE : instant_day(time_now());
    child_ready(&s.child, &(struct sandbox){.role = SANDBOX_SCHEDULER});
    loop_at(s.child.loop, &s.alarm, loop_now(s.child.loop) + LOOK_US);
    loop_run(s.child.loop);
    return child_end(&s.child);
}
