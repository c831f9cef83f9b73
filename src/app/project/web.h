/* web.h: what the pages of this folder share: their data, and the handlers that the route table
 * names. */
#ifndef APP_PROJECT_WEB_H
#define APP_PROJECT_WEB_H

#include "app/project/inner.h"
#include "app/workspace/workspace.h"
#include "http/reply.h"
#include "project.sql.h"

/* --- words -------------------------------------------------------------------------------------
 */
enum text project_status_text(int64_t status);
/* The same, but "resting" for an open project that rests. */
enum text project_state_text(int64_t status, bool active);
/* Class of a status mark: "info", "note", "ok", "idle". */
struct str project_status_class(int64_t status, bool active);
enum text project_recurrence_text(int64_t recurrence);
/* The department's name, or its number while it has none. */
struct str project_department_name(struct arena *mem, const struct settings *s, int64_t no);
struct str project_whole_no(struct arena *mem, struct str no, struct str addition);
struct str project_full_name(struct arena *mem, struct str first, struct str last);

/* Needed against planned time, ready to be shown. */
struct budget_view {
    struct minutes planned, needed;
    enum budget_light light;
    struct str class_name; /* "ok", "warn", "bad" */
    int64_t percent;       /* over the plan: above 100 */
    int64_t width;         /* of the meter, 0 … 100 */
};
struct budget_view project_budget(struct minutes planned, struct minutes needed,
                                  struct percent warn);

/* --- the frame of a project's pages ------------------------------------------------------------
 */
enum project_tab { TAB_OVERVIEW = 1, TAB_HISTORY };
struct project_head {
    struct project_id id;
    struct str name, no;
    struct company_id company;
    struct str company_name;
    enum text status;
    struct str status_class;
    bool is_template, may_book;
    struct day start, end;
    struct str lead;
    enum project_tab tab;
};
void project_head_of(struct arena *mem, const struct project_full_row *row, enum project_tab tab,
                     struct project_head *ret_h);
/* The row; RC_MISSING with err filled when there is none. */
MUST enum rc project_full_find(struct rtx *tx, struct project_id id, struct project_full_row *ret);
struct url project_url(struct arena *mem, struct project_id id);

/* --- history -----------------------------------------------------------------------------------
 */
struct history_change {
    enum text label;
    struct str before, after; /* in words; both STR_NONE: only that it changed */
};
struct history_entry {
    struct instant at;
    struct str who; /* "" stands for the system */
    enum text event;
    struct history_change *changes;
    size_t n_changes;
};
/* Audit entries in words; values of rates only for those who may read them. */
MUST enum rc project_words(struct req *rq, struct rtx *tx, const struct audit_entry *v, size_t n,
                           struct history_entry **ret_v);

/* --- stale forms -------------------------------------------------------------------------------
 */
/* What a refused form must be told: who changed what since it was made. */
struct stale_view {
    struct history_entry *entries;
    size_t n_entries;
};
/* The version that the form shall carry: the stored one, but after another fault the one it came
 * with, so that a change in between is still noticed. Fills ret_view when the form was stale. */
MUST enum rc project_form_version(struct req *rq, struct rtx *tx, struct project_id id,
                                  int64_t stored, int64_t *ret_version,
                                  struct stale_view *ret_view);

/* --- handlers ----------------------------------------------------------------------------------
 */
enum rc project_get_list(struct req *rq, struct rtx *tx);
enum rc project_get(struct req *rq, struct rtx *tx);
enum rc project_get_history(struct req *rq, struct rtx *tx);
enum rc project_post_status(struct req *rq, struct wtx *tx);
enum rc project_get_new(struct req *rq, struct rtx *tx);
/* What the rules say about a form whose fields have faults; for a new project and a stored one. */
enum rc project_check_form(struct req *rq, struct rtx *tx);
enum rc project_post_add(struct req *rq, struct wtx *tx);
enum rc project_get_change(struct req *rq, struct rtx *tx);
enum rc project_post_change(struct req *rq, struct wtx *tx);
enum rc project_get_team(struct req *rq, struct rtx *tx);
enum rc project_post_team(struct req *rq, struct wtx *tx);
enum rc project_get_rate(struct req *rq, struct rtx *tx);
enum rc project_post_rate(struct req *rq, struct wtx *tx);

#endif
