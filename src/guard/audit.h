/* audit.h: touch(): the audit row of a change, in the change's own transaction. A commit with
 * changed rows and no touch is rolled back (store/tx). The table is append-only. */
#ifndef GUARD_AUDIT_H
#define GUARD_AUDIT_H

#include "base/field.h"
#include "store/store.h"

enum event {
    EVENT_NOTHING = 0, /* value of a row without its macro; refused by routes_check */
#define EVENT(sym, name, sensitive) EVENT_##sym,
#include "events.def"
#undef EVENT
    EVENT_COUNT
};
const char *event_name(enum event e);

/* What a change was about: SUBJECT(project, id) with a struct project_id. */
struct subject {
    const char *kind;
    int64_t id;
};
#define SUBJECT(what, the_id)                                                                      \
    ((struct subject){#what, _Generic((the_id), struct what##_id : (the_id)).n})

/* Writes who, when, event, subject and the changed fields of `def` (old and new value; names only
 * for fields that are secret or personal). before NULL: something new; after NULL: something
 * removed; def NULL: no fields. */
MUST enum rc touch(struct wtx *tx, enum event e, struct subject s, const struct form_def *def,
                   const void *before, const void *after);

/* A command that was refused and changed nothing: the row says by which code. */
MUST enum rc touch_refused(struct wtx *tx, enum event e, struct subject s, struct str code);

/* No row of the trail is missing between its first and the one given last; the oldest go with their
 * retention. RC_BROKEN E_AUDIT_GAP. */
MUST enum rc audit_check(struct rtx *tx);

/* One field of a change. Without values (has_values false) it is only said that it changed. */
struct audit_change {
    struct str field; /* name in the form's table */
    struct str before,
        after; /* as field_print() printed them; long ones are cut and end with "…" */
    bool has_values;
};
struct audit_entry {
    struct audit_id id;
    struct instant at;
    struct user_id user;  /* 0: the system, or nobody was signed in */
    struct str user_name; /* "Jette Harms"; "" without a user */
    struct str event;     /* "project.changed"; text "event.project.changed" */
    struct audit_change *changes;
    size_t n_changes;
};
enum { AUDIT_HISTORY_MAX = 200 };
/* What was done to one thing, the latest first; at most `limit`. */
MUST enum rc audit_history(struct rtx *tx, struct subject s, size_t limit,
                           struct audit_entry **ret_v, size_t *ret_n);
/* How often this was done to anything of that kind since then. */
MUST enum rc audit_count(struct rtx *tx, enum event e, const char *kind, struct instant since,
                         int64_t *ret_n);
/* Only what raised its version from `sent` to `kept`, for a form that came too late: every verb
 * that raises a version writes one row. */
MUST enum rc audit_since(struct rtx *tx, struct subject s, int64_t sent, int64_t kept,
                         struct audit_entry **ret_v, size_t *ret_n);

#endif
