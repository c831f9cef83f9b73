/* keep.h: which backups stay: the retention rules as a pure function over a workspace's
 * backups, with the reason for each. It decides; whoever calls it logs the plan and acts.
 *
 * Two promises hang on it: every good backup younger than 7 × 24 h is there, and so is every good
 * Saturday younger than 28 × 24 h. Days are civil days of Europe/Berlin (the loaded zone).
 *
 *   G1  the newest two good ones, whatever their age
 *   G2  every good one of at most 8 × 24 h (a day more than promised, so that a night of the clock
 *       change takes nothing away)
 *   G3  the newest good one of each of the 7 newest days that have one, while at most 62 days old
 *   G4  for each Saturday the newest good one of that day, else the first of the six days behind
 *       it, else the last of the three days before it, while at most 36 days old; of these
 *       representatives the 4 newest while at most 62 days old
 *   G5  what is pinned
 *   G6  what is doubtful (damaged, or never read) counts for none of them, but may be made anew
 * from a copy: until nothing would rest on it even if it were good, that is for 36 days at least,
 *       behind an outage for 62, and for ever while fewer than two good ones are newer
 *
 * The rest gets a tombstone and is unlinked 24 hours later at the earliest. Each backup a day,
 * these are at most KEEP_FILES_MAX files, and without an outage none is older than 36 days. */
#ifndef APP_BACKUP_KEEP_H
#define APP_BACKUP_KEEP_H

#include "base/time.h"

enum {
    KEEP_STATES_MAX = 4096, /* backups of one workspace, on-demand ones included */
    KEEP_FILES_MAX = 14,    /* kept with one good backup a day */
    KEEP_OUTAGE_DAYS = 62   /* so long anything is kept by a rule, but for the newest two */
};

/* Why something holds a backup, beside the rules. */
enum keep_pin {
    PIN_NONE,
    PIN_RESTORE, /* one is ordered of it, or reads it: until its latest end; none: as long as it
                    does */
    PIN_HOLD,    /* legal hold: until its end */
    PIN_CUSTOMER /* by the customer: until its end, 30 days at most */
};

/* One backup: completed and verified, or doubtful. */
struct keep_state {
    struct instant at;        /* completed */
    bool is_doubtful;         /* damaged, or nobody has read it yet */
    struct instant tombstone; /* since when it is to go; INSTANT_NONE: it is not */
    enum keep_pin pin;
    struct instant pinned_at, pinned_until;
    int32_t replicas; /* copies elsewhere that were verified by themselves */
};

/* May this clock decide what goes? */
enum keep_clock {
    KEEP_CLOCK_GOOD,
    KEEP_CLOCK_WRONG,  /* it is known to be wrong, or was set back (base/time.h) */
    KEEP_CLOCK_BEHIND, /* a good backup is from later than now */
    KEEP_CLOCK_JUMPED  /* more than 36 hours since it was last believed, forwards or backwards */
};

struct keep_now {
    struct instant now;
    enum time_trust trust;
    struct instant believed; /* keep_plan.believed of the last run; INSTANT_NONE at the first */
};

/* Why a backup stays: any of these. */
enum keep_why {
    KEEP_NEWEST = 1,      /* G1 */
    KEEP_WEEK = 2,        /* G2 */
    KEEP_DAY = 4,         /* G3 */
    KEEP_SATURDAY = 8,    /* G4: the Saturday itself */
    KEEP_SUBSTITUTE = 16, /* G4: another day stands for a Saturday that has none */
    KEEP_OUTAGE = 32,     /* G4: older than 36 days, but of the 4 newest representatives */
    KEEP_PINNED = 64,     /* G5 */
    KEEP_CLOCK = 128,     /* the clock is not believed: everything stays */
    KEEP_DOUBTFUL = 256   /* G6 */
};

enum keep_act {
    KEEP_STAY,
    KEEP_MARK,   /* write a tombstone */
    KEEP_WAIT,   /* has one, for less than 24 hours */
    KEEP_UNLINK, /* has one for 24 hours: may go */
    KEEP_REVIVE  /* has one and is kept after all: take it away */
};

struct keep_line {
    unsigned why; /* of enum keep_why; 0: goes */
    struct day day;
    struct day saturday; /* the newest one that it stands for; DAY_NONE: for none */
    bool is_settled;     /* nothing can take its place as the state of a Saturday any more */
    enum keep_act act;
};

/* Until when a good one that these lines hold is there for certain, whatever happens to others: 28
 * days for the state of a Saturday that is settled, else 7. That it is damaged itself is no
 * promise's. */
struct instant keep_until(const struct keep_state *state, const struct keep_line *line);

/* Why nothing may be unlinked or marked now; any of these. Revived is always. */
enum keep_stop {
    KEEP_NO_RECENT = 1,  /* no good backup of the last 26 hours */
    KEEP_FEW_COPIES = 2, /* a kept one has fewer than two replicas */
    KEEP_CLOCK_OFF = 4
};

struct keep_plan {
    enum keep_clock clock;
    unsigned stop; /* of enum keep_stop; not 0: nothing goes */
    bool old;      /* alarm: the newest good backup is older than 50 hours, or there is none */
    struct instant believed; /* to be remembered for the next run */
    size_t n_kept, n_gone;
};

/* Fills lines[i] for states[i] (any order, n at most KEEP_STATES_MAX) and the plan. Pure: the same
 * input gives the same plan, and nothing is done. RC_LIMIT: too many states.
 *
 * A jumped clock keeps all. It is believed from the next run on when the kernel says that it is
 * synchronised (TIME_GOOD); when nobody knows, only after the operator has said so (that is, the
 * caller gives `believed` = now). */
MUST enum rc keep(const struct keep_state *states, size_t n, const struct keep_now *now,
                  struct err *err, struct keep_line *lines, struct keep_plan *ret_plan);

/* "newest", "week", "day", "saturday", "substitute", "outage", "pinned", "clock", "doubtful": for
 * commands and logs. Static storage; NULL when more or less than one bit is set. */
const char *keep_why_name(unsigned why);

#endif
