/* states.h: the states of this workspace, as its own people see them: what the registrar's
 * catalogue says of a month, and what the workspace itself keeps of each state's drill. */
#ifndef APP_RESTORE_STATES_H
#define APP_RESTORE_STATES_H

#include "http/request.h"

enum state_origin { STATE_GOOD = 1, STATE_UNREAD, STATE_DAMAGED };
enum state_drill { DRILL_NOT = 1, DRILL_PASSED, DRILL_MISSED };
struct state_view {
    struct str stamp; /* its id */
    struct instant at, verified_at;
    struct instant stays_until; /* what is promised, whatever happens to others */
    struct instant goes_at;     /* it is to go, from then on; none: it is not */
    int64_t bytes, copies;      /* copies: verified, beside the one in the server's own folder */
    int64_t tries;              /* attempts that its day needed; 0: not known */
    enum state_origin origin;
    bool is_saturday, is_substitute; /* kept for four weeks: as its own Saturday's, or another's */
    bool is_pinned;
    enum state_drill drill;
    struct instant drilled_at;
    enum text drill_fault;
    int64_t drill_rows; /* that were put back in trying */
    struct str zone;    /* of states_need(): in which its times are shown */
};
struct states {
    struct state_view *v; /* oldest first */
    size_t n;
    struct instant created_at, good_at; /* of the workspace; of its newest good state */
    struct str fault;                   /* code of what the last try failed of; "" */
    int64_t undrilled_days;             /* that none was tried, when a week is over; else 0 */
};

/* In prepare: asks for a month's states; states_read() has them in the handler. */
void states_ask(struct req *rq, struct day month);
/* The same of the state that the path names; RC_MISSING: it names none. */
MUST enum rc states_ask_named(struct req *rq, struct rtx *tx);
/* What the catalogue said, without drills. False: it could not say, or was not asked. */
bool states_hear(struct req *rq, size_t i, struct states *ret);
/* `i`: which question of the request it was. RC_BUSY E_BUSY: the catalogue could not say. */
MUST enum rc states_read(struct req *rq, struct rtx *tx, size_t i, struct states *ret);
/* NULL: there is none of that id in this month. */
const struct state_view *states_find(const struct states *s, struct str stamp);
/* The state of the path, {text}, when its month was the first question asked. RC_MISSING. */
MUST enum rc states_need(struct req *rq, struct rtx *tx, struct state_view *ret);
/* A page's title with a state's time in it: what it calls a state is no word for people. */
struct str states_title(struct req *rq, enum text title, struct instant at);
/* The civil month of a state's id, or of ?monat=2026-11, else this one; its first day. */
MUST enum rc states_month_of(struct rtx *tx, struct str stamp, struct day *ret_first);
struct day states_month_asked(struct req *rq);

#endif
