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

/* calendar_web.c */
get_fn calendar_get, calendar_get_state;
prepare_fn calendar_prepare, calendar_prepare_state;
post_fn calendar_post_backup;

/* restore_web.c: one state, before it is put back */
get_fn restore_get;
prepare_fn restore_prepare, restore_prepare_order;
post_fn restore_post_preview, restore_post_order;

/* order_web.c: one order, from the approval to the way back */
get_fn order_get;
post_fn order_post_approve, order_post_refuse, order_post_cancel, order_post_undo;

/* outcome.c: what a look or a report says, for people */
enum outcome_mark { OUTCOME_CAME = 1, OUTCOME_WENT, OUTCOME_CHANGED };
struct outcome_line {
    struct str name;   /* of what kind of thing */
    int64_t then, now; /* how many there were, there are */
    int64_t came, went, changed;
    struct str came_numbers, went_numbers, changed_numbers; /* the first of them, by number */
};
struct outcome {
    struct outcome_line *lines; /* what travels and differs */
    size_t n_lines;
    struct str stays; /* kinds that differ and stay as they are today: "Personen, Sitzungen" */
    bool is_same, has_more;
};
void outcome_read(struct req *rq, struct str json, struct outcome *ret);

#endif
