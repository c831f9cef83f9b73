/* catalogue_in.h: what the files of the catalogue share. */
#ifndef APP_BACKUP_CATALOGUE_IN_H
#define APP_BACKUP_CATALOGUE_IN_H

#include <jansson.h>

#include "app/backup/catalogue.h"
#include "app/backup/keep.h"
#include "guard/audit.h"

#include "catalogue.sql.h"

/* For the log of who runs this. */
void catalogue_say(bool bad, const char *event, const char *fmt, ...) PRINTF(3, 4);
/* catalogue.c: parameters. STR_NONE when it is no text, or longer. */
struct str catalogue_text(const json_t *in, const char *key, size_t max);
MUST enum rc catalogue_workspace(struct wtx *tx, const json_t *in, int64_t *ret_number);
/* The state that {workspace, id} name; RC_MISSING. */
MUST enum rc catalogue_need(struct wtx *tx, const json_t *in,
                            struct backup_state_find_row *ret_row);
/* How a workspace stands; made when it has no row yet. */
MUST enum rc catalogue_duty(struct wtx *tx, int64_t number, struct backup_duty_find_row *ret_row);
MUST enum rc catalogue_duty_change(struct wtx *tx, enum event e,
                                   const struct backup_duty_find_row *d);

/* What the audit keeps of a state. */
struct backup_form {
    int64_t workspace_number, backup_origin, size_bytes;
    struct str stamp, content_hash;
};
extern const struct form_def backup_form_def;
/* A state that is new to the catalogue; the caller's touch() covers it. tries: attempts
 * that its day needed, 0: not known. */
MUST enum rc catalogue_add(struct wtx *tx, const struct backup_form *f, struct instant at,
                           int64_t tries, struct backup_state_id *ret_id);
MUST enum rc catalogue_copy(struct wtx *tx, struct backup_state_id state, struct str target,
                            enum copy_state s, struct str fault);
/* The state and what is known of its copies. */
MUST enum rc catalogue_drop(struct wtx *tx, struct backup_state_id state);

/* states.c */
typedef enum rc run_fn(struct wtx *tx, json_t *in, json_t *out);
run_fn catalogue_run_found, catalogue_run_list, catalogue_run_copies, catalogue_run_pin,
    catalogue_run_hold, catalogue_run_unpin;

/* place.c */
run_fn catalogue_run_placed;

/* plan.c */
struct catalogue_plan {
    int64_t number;
    bool ended;                         /* the workspace has: age alone decides */
    struct backup_state_list_row *rows; /* all of them, oldest first */
    struct keep_state *states;
    struct keep_line *lines;
    size_t n;
    struct keep_plan result;
};
/* Of p->number. */
MUST enum rc catalogue_read_plan(struct wtx *tx, const struct keep_now *now,
                                 struct catalogue_plan *p);
/* One clock for all workspaces: when it was believed last stands in the console's own row. */
MUST enum rc catalogue_read_clock(struct rtx *tx, struct keep_now *ret_now);
/* May this clock decide what goes? And what is to be remembered of it. */
MUST enum rc catalogue_clock(struct rtx *tx, bool *ret_good, struct instant *ret_believed);
/* Remembers that the clock was believed now, if it is; the caller's touch() or reason covers it. */
MUST enum rc catalogue_believe(struct wtx *tx);
run_fn catalogue_run_plan, catalogue_run_prune, catalogue_run_unlinked;

/* calendar.c */
run_fn catalogue_run_calendar;

/* health.c */
run_fn catalogue_run_health, catalogue_run_watch;
/* Whole days since the last drill, or since the first state when there was none, from the eighth
 * on; else 0. A week is promised (BAK-06), and a workspace that has no state yet cannot keep it. */
int64_t catalogue_undrilled_days(struct instant drilled_at, struct instant first_at,
                                 struct instant now);
/* A notice to every operator. */
MUST enum rc catalogue_tell(struct wtx *tx, enum event e);
/* The same, but for those who were told within a day. */
MUST enum rc catalogue_tell_daily(struct wtx *tx, enum event e);

/* duty.c */
json_t *catalogue_time(struct instant t); /* RFC 3339, or null */
run_fn catalogue_run_duty;

#endif
