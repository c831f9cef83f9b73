/* err.h: the one error class of Kontor, the request's single error slot, and TRY.
 *
 * A function that can fail returns `enum rc` and nothing else; results go last, as `ret_x`,
 * untouched on failure. The class is all a caller may branch on. The first place that knows fills
 * `struct err` and returns the class in one breath: `return fail(err, RC_CONFLICT, E_TIME_LOCKED,
 * "day %d", d.n);` */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define MUST __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum rc {
    OK = 0,
    RC_INVALID = -1,  /* what was sent breaks a rule of form; HTTP 422, exit 2 */
    RC_DENIED = -2,   /* known person, missing right, bad token; HTTP 403, exit 3 */
    RC_MISSING = -3,  /* no such thing, or not this person's to see; HTTP 404, exit 4 */
    RC_CONFLICT = -4, /* the state forbids it: locked, stale version, taken; HTTP 409, exit 5 */
    RC_LIMIT = -5,    /* a declared bound was passed; HTTP 413/429, exit 6 */
    RC_BUSY = -6,     /* try the whole transaction again; HTTP 503, exit 7 */
    RC_IO = -7,       /* disk, socket, other process; HTTP 503/507, exit 8 */
    RC_BROKEN = -8    /* an invariant does not hold; HTTP 500, exit 9 */
};

/* Stable codes, one per line in base/codes.def: X(E_TIME_LOCKED, "time.locked").
 * Code "time.locked" is explained to people by the text "err.time.locked" of po/. */
enum code {
    E_NONE = 0,
#define X(sym, name) sym,
#include "codes.def"
#undef X
    E_COUNT
};

enum { ERR_DETAIL_MAX = 256, ERR_ARG_MAX = 160 };

/* The request's only error slot. `field` names a form field when the fault is a field's, else NULL.
 * `arg` goes into the user's sentence ({0}); `detail` goes to the log only. */
struct err {
    enum rc rc;
    enum code code;
    const char *field;
    char arg[ERR_ARG_MAX];
    char detail[ERR_DETAIL_MAX];
};

/* Fills err (if not NULL; a filled one is kept, the first cause wins) and returns rc.
 * fmt is a literal; the detail is cut at ERR_DETAIL_MAX - 1 bytes and never holds personal data. */
MUST enum rc fail(struct err *err, enum rc rc, enum code code, const char *fmt, ...) PRINTF(4, 5);
/* The same for a fault of one form field; the page is shown again with the sentence beside it. */
MUST enum rc fail_field(struct err *err, const char *field, enum rc rc, enum code code,
                        const char *arg);

/* "time.locked" for E_TIME_LOCKED; "none" for E_NONE. Static storage. */
const char *code_name(enum code code);
/* HTTP status and process exit status of a class: the only table of either. */
int rc_http(enum rc rc);
int rc_exit(enum rc rc);

#define TRY(expr)                                                                                  \
    do {                                                                                           \
        enum rc try_rc_ = (expr);                                                                  \
        if (try_rc_ != OK) {                                                                       \
            return try_rc_;                                                                        \
        }                                                                                          \
    } while (0)

#endif
