/* pages.h: the pages of states and restores, for the route table in office.c. */
#ifndef APP_RESTORE_PAGES_H
#define APP_RESTORE_PAGES_H

#include "app/restore/order.h"
#include "app/restore/states.h"

struct restore_form {
    struct str order_key; /* the page's own: who sends it twice has ordered once */
    int64_t price_version;
    int64_t price_total; /* as shown, in cents */
    struct str reason;
};
extern const struct form_def restore_form_def;

struct find_form {
    struct str words;
};
extern const struct form_def find_form_def;

/* Single records, ordered back. */
struct records_form {
    int64_t find;      /* the search that found them */
    struct str chosen; /* which of what it found: "3,7" */
    struct str order_key;
    int64_t price_version, price_total; /* as in restore_form */
    bool parents, overwrite;
    struct str reason;
};
extern const struct form_def records_form_def;

/* order_web.c: what to tell an agency of a preview, a search or a return that failed by this code:
 * what she can do, who has neither the file nor another copy of it; T_NONE: nothing is known. */
enum text restore_why(struct req *rq, struct str code);

/* calendar_web.c */
get_fn calendar_get, calendar_get_state;
prepare_fn calendar_prepare, calendar_prepare_state;
post_fn calendar_post_backup;

/* restore_web.c: one state, before it is put back */
get_fn restore_get;
prepare_fn restore_prepare, restore_prepare_order;
post_fn restore_post_preview, restore_post_order;

/* records_web.c: single records of a state */
get_fn records_get, records_get_order;
prepare_fn records_prepare, records_prepare_price, records_prepare_order;
post_fn records_post_find, records_post_order;

/* order_web.c: one order, from the approval to the way back */
get_fn order_get;
post_fn order_post_approve, order_post_refuse, order_post_cancel, order_post_undo;

/* outcome.c: what a look or a report says, for people */
enum outcome_mark { OUTCOME_CAME = 1, OUTCOME_WENT, OUTCOME_CHANGED };
/* One column that differs. */
struct outcome_value {
    struct str name;
    struct html then, now;
};
struct outcome_record {
    enum outcome_mark mark;
    struct str key;         /* its number, or what its key says */
    struct str label, note; /* "" when people know it by nothing */
    struct str title;       /* what the pages call it: the label, or what of its kind differs */
    struct str number;      /* "Kundennummer 5"; "" when people know no number of it */
    struct day day;
    struct outcome_value *values; /* when it changed: those that may be shown */
    size_t n_values;
    int64_t n_hidden; /* that may not */
};
struct outcome_line {
    struct str name;   /* of what kind of thing */
    int64_t then, now; /* how many there were, there are */
    int64_t came, went, changed;
    struct outcome_record *records; /* the first of them */
    size_t n_records;
    int64_t further; /* that differ and are not among them */
};
struct outcome {
    struct outcome_line *lines; /* what travels and differs */
    size_t n_lines;
    struct str stays; /* kinds that differ and stay as they are today: "Personen, Sitzungen" */
    bool is_same, has_records;
};
/* What came of an order of single records. */
struct taken_row {
    struct str kind;                /* "Firma" */
    struct str title, number, note; /* as in outcome_record */
    struct day day;
    enum taken_what { TAKEN_CAME = 1, TAKEN_CHANGED, TAKEN_SAME, TAKEN_STAYED, TAKEN_LEFT } what;
};
struct taken {
    int64_t came, changed, same, stayed, loosened, left;
    struct taken_row *rows;
    size_t n_rows;
    struct str subject; /* it was refused because of this: "Firma Nr. 5" */
    bool is_faded;      /* what was known of it by name has gone */
};
void outcome_read_taken(struct req *rq, struct str json, struct taken *ret);
/* "company:5" -> "Firma Nr. 5"; of what has no number of one's own its kind; "" when it is no such
 * name. */
struct str outcome_subject_of(struct req *rq, struct str name);
/* "company:5" -> "Firma", in the page's language; "" when people have no word for it. */
struct str outcome_kind_of(struct req *rq, struct str name);
/* One row of a look or a search, or of what single records came: a JSON object. */
struct json_t;
void outcome_read_record(struct req *rq, const struct json_t *row, struct outcome_record *ret);
void outcome_read(struct req *rq, struct str json, struct outcome *ret);

#endif
