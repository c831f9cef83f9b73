/* audit.h: touch(): the audit row of a change, in the change's own transaction. A commit with changed
 * rows and no touch is rolled back (store/tx). The table is append-only. */
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
#define SUBJECT(what, the_id) ((struct subject){#what, ((struct what##_id){(the_id).n}).n})

/* Writes who, when, event, subject and the changed fields of `def` (old and new value; names only for
 * fields that are secret or personal). before NULL: something new; after NULL: something removed; def
 * NULL: no fields. */
MUST enum rc touch(struct wtx *tx, enum event e, struct subject s, const struct form_def *def,
                   const void *before, const void *after);

#endif
