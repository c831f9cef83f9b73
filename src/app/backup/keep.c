/* keep.c: see keep.h. The rules stand in their order, each a function of its own. */
#include "app/backup/keep.h"

enum {
    HOUR_S = 3600,
    DAY_S = 24 * HOUR_S,
    WEEK_DAYS = 8,      /* G2: 7 days promised, one more */
    DAYS_KEPT = 7,      /* G3 */
    SATURDAY_DAYS = 36, /* G4: 28 promised, 7 for a substitute, one more */
    WEEK_PROMISED = 7,
    SATURDAY_PROMISED = 28,
    SATURDAYS_KEPT = 4,     /* G4, after an outage */
    SUBSTITUTE_AFTER = 6,   /* days behind a Saturday */
    SUBSTITUTE_BEFORE = 3,  /* days before it */
    PIN_CUSTOMER_DAYS = 30, /* G5 */
    RECENT_HOURS = 26,      /* a good backup must be as new before anything goes */
    OLD_HOURS = 50,         /* alarm */
    JUMP_HOURS = 36,        /* more between two runs is no clock to delete by */
    TOMBSTONE_HOURS = 24,   /* between mark and unlink */
    REPLICAS_MIN = 2,
    NEWEST_KEPT = 2, /* G1 */
    SATURDAY = 6,    /* of day_weekday() */
    NOBODY = -1
};

struct work {
    const struct keep_state *states;
    size_t n;
    const struct keep_now *now;
    struct keep_line *lines;
};

/* --- small words ------------------------------------------------------------------------------ */

static int64_t
seconds_us(int64_t seconds)
{
    return seconds * 1000000;
}

static bool
is_within(const struct work *w, size_t i, int64_t seconds)
{
    return w->now->now.us - w->states[i].at.us <= seconds_us(seconds);
}

/* The newest of those that `day` lies between; NOBODY. */
static int
newest_between(const struct work *w, struct day from, struct day to)
{
    int best = NOBODY;
    for (size_t i = 0; i < w->n; i++) {
        const struct day d = w->lines[i].day;
        if (!w->states[i].is_doubtful && d.n >= from.n && d.n <= to.n &&
            (best == NOBODY || w->states[i].at.us > w->states[best].at.us)) {
            best = (int)i;
        }
    }
    return best;
}

static int
oldest_between(const struct work *w, struct day from, struct day to)
{
    int best = NOBODY;
    for (size_t i = 0; i < w->n; i++) {
        const struct day d = w->lines[i].day;
        if (!w->states[i].is_doubtful && d.n >= from.n && d.n <= to.n &&
            (best == NOBODY || w->states[i].at.us < w->states[best].at.us)) {
            best = (int)i;
        }
    }
    return best;
}

static const struct day ever = {INT32_MIN}, never = {INT32_MAX};

/* --- the clock -------------------------------------------------------------------------------- */

static enum keep_clock
judge_clock(const struct work *w)
{
    const struct keep_now *now = w->now;
    const int newest = newest_between(w, ever, never);
    const int64_t gap = now->now.us - now->believed.us;

    if (now->trust == TIME_OFF || now->trust == TIME_BACK) {
        return KEEP_CLOCK_WRONG;
    }
    if (newest != NOBODY && w->states[newest].at.us > now->now.us) {
        return KEEP_CLOCK_BEHIND;
    }
    if (now->believed.us != INSTANT_NONE.us &&
        (gap > seconds_us(JUMP_HOURS * HOUR_S) || gap < -seconds_us(JUMP_HOURS * HOUR_S))) {
        return KEEP_CLOCK_JUMPED;
    }
    return KEEP_CLOCK_GOOD;
}

/* What is remembered: a clock that passed, and one that jumped when the kernel vouches for it. */
static struct instant
believe(const struct keep_now *now, enum keep_clock clock)
{
    const bool vouched = clock == KEEP_CLOCK_JUMPED && now->trust == TIME_GOOD;
    return clock == KEEP_CLOCK_GOOD || vouched ? now->now : now->believed;
}

/* --- the rules -------------------------------------------------------------------------------- */

/* G1 */
static void
keep_newest(struct work *w)
{
    const int first = newest_between(w, ever, never);
    int second = NOBODY;
    for (size_t i = 0; i < w->n; i++) {
        if ((int)i != first && !w->states[i].is_doubtful &&
            (second == NOBODY || w->states[i].at.us > w->states[second].at.us)) {
            second = (int)i;
        }
    }
    if (first != NOBODY) {
        w->lines[first].why |= KEEP_NEWEST;
    }
    if (second != NOBODY) {
        w->lines[second].why |= KEEP_NEWEST;
    }
}

/* G2 */
static void
keep_week(struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (!w->states[i].is_doubtful && is_within(w, i, WEEK_DAYS * DAY_S)) {
            w->lines[i].why |= KEEP_WEEK;
        }
    }
}

/* G3 */
static void
keep_days(struct work *w)
{
    struct day before = never;
    for (int k = 0; k < DAYS_KEPT; k++) {
        const int i = newest_between(w, ever, (struct day){before.n - 1});
        if (i == NOBODY) {
            return;
        }
        if (is_within(w, (size_t)i, KEEP_OUTAGE_DAYS * DAY_S)) {
            w->lines[i].why |= KEEP_DAY;
        }
        before = w->lines[i].day;
    }
}

/* Who stands for a Saturday; *ret_why says as what. */
static int
representative(const struct work *w, struct day s, unsigned *ret_why)
{
    int i = newest_between(w, s, s);
    *ret_why = i != NOBODY ? KEEP_SATURDAY : KEEP_SUBSTITUTE;
    if (i == NOBODY) {
        i = oldest_between(w, (struct day){s.n + 1}, (struct day){s.n + SUBSTITUTE_AFTER});
    }
    if (i == NOBODY) {
        i = newest_between(w, (struct day){s.n - SUBSTITUTE_BEFORE}, (struct day){s.n - 1});
    }
    return i;
}

/* Would d, were it good, stand for Saturday s before i? The same order as in representative(). */
static bool
goes_before(const struct work *w, size_t d, size_t i, struct day s)
{
    const int32_t from = w->lines[d].day.n - s.n;
    const bool is_later = w->states[d].at.us > w->states[i].at.us;
    if (w->lines[i].day.n == s.n) {
        return from == 0 && is_later;
    }
    if (w->lines[i].day.n > s.n) {
        return from >= 0 && !is_later;
    }
    return is_later && from <= SUBSTITUTE_AFTER;
}

/* Neither a backup to come nor one that is doubtful today takes the place of i for Saturday s. */
static bool
is_settled(const struct work *w, size_t i, struct day s)
{
    const struct day today = instant_day(w->now->now);
    const int32_t from = w->lines[i].day.n - s.n;
    if ((from == 0 && today.n <= s.n) || (from < 0 && today.n <= s.n + SUBSTITUTE_AFTER)) {
        return false;
    }
    for (size_t d = 0; d < w->n; d++) {
        if (w->states[d].is_doubtful && goes_before(w, d, i, s)) {
            return false;
        }
    }
    return true;
}

/* G4, from the last Saturday back to the last one that any backup can stand for. */
static void
keep_saturdays(struct work *w)
{
    const int oldest = oldest_between(w, ever, never);
    const struct day today = instant_day(w->now->now);
    const int32_t since = (day_weekday(today) - SATURDAY + 7) % 7;
    int seen = 0;
    if (oldest == NOBODY) {
        return;
    }
    for (struct day s = {today.n - since}; s.n >= w->lines[oldest].day.n - SUBSTITUTE_AFTER;
         s.n -= 7) {
        unsigned why;
        const int i = representative(w, s, &why);
        if (i == NOBODY) {
            continue;
        }
        struct keep_line *line = &w->lines[i];
        const bool fresh = is_within(w, (size_t)i, SATURDAY_DAYS * DAY_S);
        if (fresh || (seen < SATURDAYS_KEPT && is_within(w, (size_t)i, KEEP_OUTAGE_DAYS * DAY_S))) {
            line->why |= fresh ? why : why | KEEP_OUTAGE;
            line->saturday = line->saturday.n == DAY_NONE.n ? s : line->saturday;
            line->is_settled = line->is_settled || is_settled(w, (size_t)i, s);
        }
        seen++;
    }
}

static bool
is_pinned(const struct keep_state *s, struct instant now)
{
    const int64_t most = s->pinned_at.us + seconds_us(PIN_CUSTOMER_DAYS * DAY_S);
    switch (s->pin) {
    case PIN_RESTORE:
        return s->pinned_until.us == INSTANT_NONE.us || now.us < s->pinned_until.us;
    case PIN_HOLD:
        return now.us < s->pinned_until.us;
    case PIN_CUSTOMER:
        return now.us < s->pinned_until.us && now.us < most;
    case PIN_NONE:
    default:
        return false;
    }
}

/* G5 */
static void
keep_pinned(struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (is_pinned(&w->states[i], w->now->now)) {
            w->lines[i].why |= KEEP_PINNED;
        }
    }
}

/* How many Saturdays behind `day` have a representative. */
static int
saturdays_behind(const struct work *w, struct day day)
{
    unsigned why;
    int n = 0;
    const struct day today = instant_day(w->now->now);
    const int32_t since = (day_weekday(today) - SATURDAY + 7) % 7;
    for (struct day s = {today.n - since}; s.n > day.n && n < SATURDAYS_KEPT; s.n -= 7) {
        n += representative(w, s, &why) != NOBODY;
    }
    return n;
}

/* How many days behind `day` have a good one. */
static int
days_behind(const struct work *w, struct day day)
{
    int n = 0;
    struct day before = never;
    while (n < DAYS_KEPT) {
        const int i = newest_between(w, (struct day){day.n + 1}, (struct day){before.n - 1});
        if (i == NOBODY) {
            break;
        }
        before = w->lines[i].day;
        n++;
    }
    return n;
}

static int
newer_than(const struct work *w, size_t i)
{
    int n = 0;
    for (size_t k = 0; k < w->n; k++) {
        n += !w->states[k].is_doubtful && w->states[k].at.us > w->states[i].at.us;
    }
    return n;
}

/* Might G1 to G4 want it, if it were made anew? Once they do not they never will again, but for
 * newer ones that are lost. */
static bool
is_wanted_if_good(const struct work *w, size_t i)
{
    if (is_within(w, i, SATURDAY_DAYS * DAY_S) || newer_than(w, i) < NEWEST_KEPT) {
        return true;
    }
    const struct day day = w->lines[i].day;
    return is_within(w, i, KEEP_OUTAGE_DAYS * DAY_S) &&
           (days_behind(w, day) < DAYS_KEPT ||
            saturdays_behind(w, (struct day){day.n + SUBSTITUTE_BEFORE}) < SATURDAYS_KEPT);
}

/* G6 */
static void
keep_doubtful(struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->states[i].is_doubtful && is_wanted_if_good(w, i)) {
            w->lines[i].why |= KEEP_DOUBTFUL;
        }
    }
}

/* --- what follows ----------------------------------------------------------------------------- */

static unsigned
judge_stop(const struct work *w, enum keep_clock clock)
{
    const int newest = newest_between(w, ever, never);
    unsigned stop = clock != KEEP_CLOCK_GOOD ? KEEP_CLOCK_OFF : 0;
    if (newest == NOBODY || !is_within(w, (size_t)newest, RECENT_HOURS * HOUR_S)) {
        stop |= KEEP_NO_RECENT;
    }
    for (size_t i = 0; i < w->n; i++) {
        if (w->lines[i].why != 0 && !w->states[i].is_doubtful &&
            w->states[i].replicas < REPLICAS_MIN) {
            stop |= KEEP_FEW_COPIES;
        }
    }
    return stop;
}

static enum keep_act
judge_act(const struct work *w, size_t i, unsigned stop)
{
    const struct instant tombstone = w->states[i].tombstone;
    const bool marked = tombstone.us != INSTANT_NONE.us;
    if (w->lines[i].why != 0) {
        return marked ? KEEP_REVIVE : KEEP_STAY;
    }
    if (stop != 0) {
        return marked ? KEEP_WAIT : KEEP_STAY;
    }
    if (!marked) {
        return KEEP_MARK;
    }
    return w->now->now.us - tombstone.us >= seconds_us(TOMBSTONE_HOURS * HOUR_S) ? KEEP_UNLINK
                                                                                 : KEEP_WAIT;
}

enum rc
keep(const struct keep_state *states, size_t n, const struct keep_now *now, struct err *err,
     struct keep_line *lines, struct keep_plan *ret_plan)
{
    struct work w = {states, n, now, lines};
    if (n > KEEP_STATES_MAX) {
        return fail(err, RC_LIMIT, E_LIMIT, "%zu backups of one workspace", n);
    }
    for (size_t i = 0; i < n; i++) {
        lines[i] = (struct keep_line){.day = instant_day(states[i].at), .saturday = DAY_NONE};
    }
    struct keep_plan plan = {.clock = judge_clock(&w)};
    keep_newest(&w);
    keep_week(&w);
    keep_days(&w);
    keep_saturdays(&w);
    keep_pinned(&w);
    keep_doubtful(&w);
    for (size_t i = 0; i < n; i++) {
        lines[i].why |= plan.clock != KEEP_CLOCK_GOOD ? KEEP_CLOCK : 0;
        lines[i].is_settled = lines[i].is_settled && plan.clock == KEEP_CLOCK_GOOD;
    }
    plan.stop = judge_stop(&w, plan.clock);
    for (size_t i = 0; i < n; i++) {
        lines[i].act = judge_act(&w, i, plan.stop);
        plan.n_kept += lines[i].why != 0;
        plan.n_gone += lines[i].why == 0;
    }
    const int newest = newest_between(&w, ever, never);
    plan.old = newest == NOBODY || !is_within(&w, (size_t)newest, OLD_HOURS * HOUR_S);
    plan.believed = believe(now, plan.clock);
    *ret_plan = plan;
    return OK;
}

struct instant
keep_until(const struct keep_state *state, const struct keep_line *line)
{
    const int64_t days = line->is_settled ? SATURDAY_PROMISED : WEEK_PROMISED;
    return (struct instant){state->at.us + seconds_us(days * DAY_S)};
}

const char *
keep_why_name(unsigned why)
{
    static const char *const names[] = {"newest", "week",   "day",   "saturday", "substitute",
                                        "outage", "pinned", "clock", "doubtful"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (why == 1u << i) {
            return names[i];
        }
    }
    return NULL;
}
