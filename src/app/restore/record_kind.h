/* record_kind.h: what people call single records of content, what belongs to which, and what of
 * them may be shown. */
#ifndef APP_RESTORE_RECORD_KIND_H
#define APP_RESTORE_RECORD_KIND_H

#include "store/record.h"

struct record_kind {
    const char *table;
    const char
        *of; /* the column whose row it belongs to and comes back with; NULL: it is its own */
    const char *open; /* columns whose values are shown, with blanks round each */
};
/* NULL: no table of content. */
const struct record_kind *record_kind_of(struct str table);
/* Those that belong to something, one behind the other; NULL behind the last. `at` starts at 0. */
const struct record_kind *record_kind_next(size_t *at);
bool record_kind_shows(const struct record_kind *k, const char *column);
/* Of any kind: what follows by itself from other values, or from who wrote when. */
bool record_kind_keeps(const char *column);

/* A record as people name it: "project:12". */
struct record_name {
    struct str table;
    int64_t id;
};
/* RC_INVALID E_RESTORE_RECORD: not like this, or nothing that can be asked for by a number. */
MUST enum rc record_name_parse(struct str text, struct err *err, struct record_name *ret_name);

/* What people know a row by. */
struct record_label {
    struct str label, note; /* "" when there is none */
    struct day day;         /* DAY_NONE */
};
/* key: the values of its key with blanks between. */
MUST enum rc record_label(struct rtx *tx, const struct record_kind *k, struct str key,
                          struct record_label *ret_label);

#endif
