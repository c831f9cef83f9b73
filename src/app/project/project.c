/* project.c: the verbs of projects. Rules stand in rules.c and forms.c, statements in project.sql.
 * Every verb proves the version it was made from and writes its audit row in the same transaction.
 */
#include "app/project/web.h"

#include "app/workspace/workspace.h"
#include "base/text.h"
#include "base/time.h"
#include "guard/audit.h"
#include "project.sql.h"

enum {
    NAME_KEY_POINTS = 600,
    GROUP_KEY_POINTS = 240,
    NO_TRIES = 100000, /* numbers in a row that were given before the count came to them */
};

/* --- reading -----------------------------------------------------------------------------------
 */

static enum rc
missing(struct rtx *tx, struct project_id id)
{
    return fail(rtx_err(tx), RC_MISSING, E_MISSING, "project %lld", (long long)id.n);
}

enum rc
project_find(struct rtx *tx, struct project_id id, struct project *ret_p)
{
    struct project_brief_row row;
    bool found;

    TRY(project_brief(tx, &(struct project_brief_in){id}, &row, &found));
    if (!found) {
        return missing(tx, id);
    }
    *ret_p = (struct project){
        .id = row.project_id,
        .no = project_whole_no(rtx_mem(tx), row.project_no, row.project_no_addition),
        .name = row.name,
        .company = row.company_id,
        .company_name = row.company_name,
        .status = (enum project_status)row.status,
        .active = row.active,
        .is_template = row.is_template,
        .start = row.start_day,
        .end = row.end_day,
        .lead = project_full_name(rtx_mem(tx), row.first_name, row.last_name),
        .status_text = project_state_text(row.status, row.active),
        .status_class = project_status_class(row.status, row.active),
        .planned = row.planned_minutes,
        .needed = row.needed_minutes,
        .rate = row.rate,
    };
    return OK;
}

enum rc
project_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    const struct project_seen_in in = {
        .project_id = {id},
        .all_flag = may(who, RIGHT_PROJECT_READ_ALL),
        .user_id = who->user,
    };
    struct project_seen_row row;
    bool found;

    (void)write; /* who may see a project and holds the route's right may change it */
    TRY(project_seen(tx, &in, &row, &found));
    return found ? OK : RC_MISSING;
}

static bool
is_chosen(const struct project_choice *v, size_t n, struct project_id id)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i].id.n == id.n) {
            return true;
        }
    }
    return false;
}

/* Both statements have the same columns but not the same struct. */
#define CHOICE_OF(r, recent_)                                                                      \
    ((struct project_choice){                                                                      \
        .id = (r).project_id,                                                                      \
        .no = (r).project_no,                                                                      \
        .name = (r).name,                                                                          \
        .company_name = (r).company_name,                                                          \
        .company = (r).company_id,                                                                 \
        .recent = (recent_),                                                                       \
    })

enum rc
project_choices(struct rtx *tx, const struct principal *who, size_t limit,
                struct project_choice **ret_v, size_t *ret_n)
{
    const bool all = may(who, RIGHT_PROJECT_READ_ALL);
    const size_t max = limit < PROJECT_CHOICES_MAX ? limit : PROJECT_CHOICES_MAX;
    struct project_used_row *used;
    struct project_bookable_row *rows;
    struct project_choice *v = ARENA_ARRAY(rtx_mem(tx), struct project_choice, max);
    size_t n_used;
    size_t n_rows;
    size_t n = 0;

    TRY(project_used(tx, &(struct project_used_in){.user_id = who->user, .all_flag = all}, &used,
                     &n_used));
    TRY(project_bookable(tx,
                         &(struct project_bookable_in){
                             .all_flag = all, .user_id = who->user, .limit_count = (int64_t)max},
                         &rows, &n_rows));
    for (size_t i = 0; i < n_used && n < max; i++) {
        v[n++] = CHOICE_OF(used[i], true);
    }
    n_used = n;
    for (size_t i = 0; i < n_rows && n < max; i++) {
        if (!is_chosen(v, n_used, rows[i].project_id)) {
            v[n++] = CHOICE_OF(rows[i], false);
        }
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}

enum rc
project_find_text(struct rtx *tx, const struct principal *who, struct str query,
                  struct project **ret_v, size_t *ret_n)
{
    enum { NEWEST_FIRST = 5 };
    const struct project_search_in in = {
        .all_flag = may(who, RIGHT_PROJECT_READ_ALL),
        .user_id = who->user,
        .wanted_status = NONE_I64,
        .department_no = NONE_I64,
        .tag_key = STR_NONE,
        .pattern_text = project_pattern(rtx_mem(tx), query),
        .recurrence = NONE_I64,
        .name_key = STR_NONE,
        .begin_from_day = DAY_NONE,
        .begin_to_day = DAY_NONE,
        .end_from_day = DAY_NONE,
        .end_to_day = DAY_NONE,
        .idle_day = DAY_NONE,
        .light_status = NONE_I64,
        .sort_status = NEWEST_FIRST,
        .limit_count = PROJECT_HITS_MAX,
    };
    struct project_search_row *rows;
    size_t n = 0;

    *ret_v = NULL;
    *ret_n = 0;
    if (in.pattern_text.p == NULL) {
        return OK;
    }
    TRY(project_search(tx, &in, &rows, &n));
    *ret_v = ARENA_ARRAY(rtx_mem(tx), struct project, n);
    for (size_t i = 0; i < n; i++) {
        (*ret_v)[i] = (struct project){
            .id = rows[i].project_id,
            .no = rows[i].project_no,
            .name = rows[i].name,
            .company = rows[i].company_id,
            .company_name = rows[i].company_name,
            .status = (enum project_status)rows[i].status,
            .active = rows[i].active,
            .planned = rows[i].planned_minutes,
            .needed = rows[i].needed_minutes,
            .rate = MONEY_NONE,
        };
    }
    *ret_n = n;
    return OK;
}

/* --- minutes -----------------------------------------------------------------------------------
 */

enum rc
project_need_open(struct rtx *tx, struct project_id id)
{
    struct project p;

    TRY(project_find(tx, id, &p));
    if (p.is_template) {
        return fail(rtx_err(tx), RC_CONFLICT, E_PROJECT_TEMPLATE, "project %lld", (long long)id.n);
    }
    if (p.status != PROJECT_OPEN) {
        return fail(rtx_err(tx), RC_CONFLICT, E_PROJECT_NOT_OPEN, "project %lld has status %d",
                    (long long)id.n, (int)p.status);
    }
    return OK;
}

enum rc
project_add_minutes(struct wtx *tx, struct project_id id, int64_t minutes)
{
    if (minutes < INT32_MIN || minutes > INT32_MAX) {
        return fail(wtx_err(tx), RC_INVALID, E_LIMIT, "%lld minutes", (long long)minutes);
    }
    return project_add_needed(
        tx, &(struct project_add_needed_in){.added_minutes = {(int32_t)minutes}, .project_id = id});
}

enum rc
project_check_minutes(struct rtx *tx)
{
    struct project_sum_wrong_row row;
    struct err *err = rtx_err(tx);
    enum rc rc;
    bool found;

    TRY(project_sum_wrong(tx, &row, &found));
    if (!found) {
        return OK;
    }
    rc = fail(err, RC_BROKEN, E_PROJECT_SUM, "project %lld keeps %d, its entries say %d",
              (long long)row.project_id.n, row.needed_minutes.n, row.total_minutes.n);
    snprintf(err->arg, sizeof(err->arg), "%lld", (long long)row.project_id.n);
    return rc;
}

/* --- numbers -----------------------------------------------------------------------------------
 */

/* The first number of the scheme, counted from fill->n, that no project has or had: not one given
 * by hand, nor under another scheme, nor since a state that came back. */
static enum rc
first_free(struct rtx *tx, struct str scheme, struct scheme_fill *fill, struct str *ret_no)
{
    const int64_t first = fill->n;

    for (; fill->n < first + NO_TRIES; fill->n++) {
        const struct arena_mark mark = arena_mark(rtx_mem(tx));
        const struct str no = scheme_print(rtx_mem(tx), scheme, fill);
        struct project_no_known_row known;
        bool found;

        TRY(project_no_known(tx, &(struct project_no_known_in){no}, &known, &found));
        if (!found) {
            *ret_no = no;
            return OK;
        }
        arena_back(rtx_mem(tx), mark);
    }
    return fail(rtx_err(tx), RC_LIMIT, E_LIMIT, "no free project number after %d tries", NO_TRIES);
}

/* The next number of the count that the settings name. */
static enum rc
next_no(struct wtx *tx, struct company_id company, struct str *ret_no)
{
    struct rtx *rtx = wtx_read(tx);
    struct scheme_fill fill = {.day = instant_day(wtx_now(tx)), .company = company};
    struct project_company_row c;
    struct project_count_next_row count;
    struct settings s;
    struct str scope;
    bool found;

    TRY(settings_get(rtx, &s));
    TRY(project_company(rtx, &(struct project_company_in){company}, &c, &found));
    fill.company_code = found ? c.code : STR("");
    scope = scheme_scope_key(rtx_mem(rtx), s.project_scope, &fill);
    TRY(project_count_next(tx, &(struct project_count_next_in){scope}, &count));
    fill.n = count.given;
    TRY(first_free(rtx, s.project_scheme, &fill, ret_no));
    return fill.n == count.given
               ? OK
               : project_count_put(tx, &(struct project_count_put_in){fill.n, scope});
}

static enum rc
note_no(struct wtx *tx, struct str no)
{
    return project_no_note(tx, &(struct project_no_note_in){no, wtx_now(tx)});
}

enum rc
project_came_back(struct wtx *tx, struct project_id id)
{
    int64_t changed;

    return project_no_note_of(tx, &(struct project_no_note_of_in){wtx_now(tx), id}, &changed);
}

/* --- what hangs on a project -------------------------------------------------------------------
 */

static enum rc
group_of(struct wtx *tx, struct str name, struct project_group_id *ret_id)
{
    struct arena *mem = wtx_mem(tx);
    const struct str key = cut_points(text_fold(mem, name), GROUP_KEY_POINTS);
    struct project_group_find_row row;
    bool found;

    *ret_id = (struct project_group_id){0};
    if (key.n == 0) {
        return OK;
    }
    TRY(project_group_find(wtx_read(tx), &(struct project_group_find_in){key}, &row, &found));
    if (found) {
        *ret_id = row.project_group_id;
        return OK;
    }
    TRY(wtx_new_id(tx, "project_group", &ret_id->n));
    return project_group_insert(tx, &(struct project_group_insert_in){*ret_id, name, key});
}

static enum rc
write_tags(struct wtx *tx, struct project_id id, struct str text)
{
    struct project_tag v[PROJECT_TAGS_MAX];
    size_t n;
    int64_t rows;

    TRY(project_tag_drop(tx, &(struct project_tag_drop_in){id}, &rows));
    if (project_parse_tags(wtx_mem(tx), text, v, &n) != OK) {
        return fail_field(wtx_err(tx), "tags", RC_INVALID, E_PROJECT_TAG, "");
    }
    for (size_t i = 0; i < n; i++) {
        const struct project_tag_insert_in in = {id, v[i].key, v[i].text};

        TRY(project_tag_insert(tx, &in, &rows));
    }
    return OK;
}

static enum rc
write_links(struct wtx *tx, struct project_id id, const struct project_form *f)
{
    struct project_link v[PROJECT_LINKS];
    int64_t rows;

    TRY(project_link_drop(tx, &(struct project_link_drop_in){id}, &rows));
    project_form_links(f, v);
    for (size_t i = 0; i < PROJECT_LINKS; i++) {
        if (v[i].url.n > 0) {
            const struct project_link_insert_in in = {id, (int64_t)i + 1, v[i].name, v[i].url};

            TRY(project_link_insert(tx, &in));
        }
    }
    return OK;
}

/* --- add and change ----------------------------------------------------------------------------
 */

static enum rc
need_good(struct wtx *tx, struct project_id id, const struct project_form *f)
{
    struct field_fault v[PROJECT_FAULTS_MAX];
    char arg[ERR_ARG_MAX];
    size_t n;

    TRY(project_check(wtx_read(tx), id, f, v, &n));
    if (n == 0) {
        return OK;
    }
    snprintf(arg, sizeof(arg), "%.*s", STR_FMT(v[0].arg));
    return fail_field(wtx_err(tx), v[0].field, RC_INVALID, v[0].code, arg);
}

static struct minutes
plan_of(const struct project_form *f)
{
    struct minutes none = {0};

    return f->planned_minutes.n == NONE_I32 ? none : f->planned_minutes;
}

static enum rc
insert(struct wtx *tx, struct project_id id, const struct project_form *f)
{
    struct arena *mem = wtx_mem(tx);
    struct project_group_id group;

    TRY(group_of(tx, f->group_name, &group));
    return project_insert(tx,
                          &(struct project_insert_in){
                              .project_id = id,
                              .project_no = f->project_no,
                              .project_no_addition = f->project_no_addition,
                              .name = f->name,
                              .name_key = cut_points(text_sort_key(mem, f->name), NAME_KEY_POINTS),
                              .search_text = project_search_text(mem, f),
                              .company_id = f->company_id,
                              .person_id = f->person_id,
                              .responsible_user_id = f->responsible_user_id,
                              .created_user_id = wtx_user(tx),
                              .start_day = f->start_day,
                              .end_day = f->end_day,
                              .active = f->active,
                              .recurrence = f->recurrence,
                              .planned_minutes = plan_of(f),
                              .department_no = f->department_no,
                              .project_group_id = group,
                              .is_template = f->is_template,
                              .quick_info = f->quick_info,
                              .info = f->info,
                              .tags = f->tags,
                              .contract_no = f->contract_no,
                              .purchase_order_no = f->purchase_order_no,
                              .created_at = wtx_now(tx),
                          });
}

enum rc
project_add(struct wtx *tx, const struct project_form *f, struct project_id *ret_id)
{
    struct project_form as = *f;
    struct project_id id = {0};

    TRY(need_good(tx, id, f));
    if (as.project_no.n == 0) {
        TRY(next_no(tx, f->company_id, &as.project_no));
    }
    TRY(wtx_new_id(tx, "project", &id.n));
    TRY(insert(tx, id, &as));
    TRY(note_no(tx, as.project_no));
    TRY(write_tags(tx, id, as.tags));
    TRY(write_links(tx, id, &as));
    TRY(touch(tx, EVENT_PROJECT_ADDED, SUBJECT(project, id), &project_form_def, NULL, &as));
    *ret_id = id;
    return OK;
}

static bool
form_same(const struct project_form *a, const struct project_form *b)
{
    for (size_t i = 0; i < project_form_def.n; i++) {
        if (!field_same(&project_form_def.fields[i], a, b)) {
            return false;
        }
    }
    return true;
}

static enum rc
need_version(struct wtx *tx, struct project_id id, int64_t kept, int64_t sent)
{
    if (kept == sent) {
        return OK;
    }
    return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "project %lld is at version %lld, not %lld",
                (long long)id.n, (long long)kept, (long long)sent);
}

enum rc
project_change(struct wtx *tx, struct project_id id, const struct project_form *f)
{
    struct arena *mem = wtx_mem(tx);
    struct project_group_id group;
    struct project_form before;

    TRY(project_form_of(wtx_read(tx), id, &before));
    TRY(need_version(tx, id, before.version, f->version));
    TRY(need_good(tx, id, f));
    if (form_same(&before, f)) {
        return OK;
    }
    TRY(group_of(tx, f->group_name, &group));
    TRY(project_update(tx, &(struct project_update_in){
                               .project_no = f->project_no,
                               .project_no_addition = f->project_no_addition,
                               .name = f->name,
                               .name_key = cut_points(text_sort_key(mem, f->name), NAME_KEY_POINTS),
                               .search_text = project_search_text(mem, f),
                               .company_id = f->company_id,
                               .person_id = f->person_id,
                               .responsible_user_id = f->responsible_user_id,
                               .start_day = f->start_day,
                               .end_day = f->end_day,
                               .active = f->active,
                               .recurrence = f->recurrence,
                               .planned_minutes = plan_of(f),
                               .department_no = f->department_no,
                               .project_group_id = group,
                               .is_template = f->is_template,
                               .quick_info = f->quick_info,
                               .info = f->info,
                               .tags = f->tags,
                               .contract_no = f->contract_no,
                               .purchase_order_no = f->purchase_order_no,
                               .changed_at = wtx_now(tx),
                               .project_id = id,
                               .version = f->version,
                           }));
    TRY(note_no(tx, f->project_no));
    TRY(write_tags(tx, id, f->tags));
    TRY(write_links(tx, id, f));
    return touch(tx, EVENT_PROJECT_CHANGED, SUBJECT(project, id), &project_form_def, &before, f);
}

/* --- status, rate, people ----------------------------------------------------------------------
 */

static enum rc
load_full(struct wtx *tx, struct project_id id, struct project_full_row *ret_row)
{
    bool found;

    TRY(project_full(wtx_read(tx), &(struct project_full_in){id}, ret_row, &found));
    return found ? OK : missing(wtx_read(tx), id);
}

enum rc
project_set_status(struct wtx *tx, struct project_id id, const struct project_status_form *f)
{
    struct project_full_row row;
    struct project_status_form before;

    TRY(load_full(tx, id, &row));
    TRY(need_version(tx, id, row.version, f->version));
    if (row.status == f->status) {
        return OK;
    }
    if (!f->back &&
        project_goes_back((enum project_status)row.status, (enum project_status)f->status)) {
        return fail_field(wtx_err(tx), "back", RC_INVALID, E_PROJECT_STATUS_BACK, "");
    }
    before = (struct project_status_form){row.status, f->back, row.version};
    TRY(project_update_status(tx, &(struct project_update_status_in){
                                      .status = f->status,
                                      .changed_at = wtx_now(tx),
                                      .project_id = id,
                                      .version = f->version,
                                  }));
    return touch(tx, EVENT_PROJECT_STATUS, SUBJECT(project, id), &project_status_form_def, &before,
                 f);
}

enum rc
project_set_rate(struct wtx *tx, struct project_id id, const struct project_rate_form *f)
{
    struct project_full_row row;
    struct project_rate_form before;

    TRY(load_full(tx, id, &row));
    TRY(need_version(tx, id, row.version, f->version));
    if (row.rate.minor == f->rate.minor) {
        return OK;
    }
    before = (struct project_rate_form){row.rate, row.version};
    TRY(project_update_rate(tx, &(struct project_update_rate_in){
                                    .rate = f->rate,
                                    .changed_at = wtx_now(tx),
                                    .project_id = id,
                                    .version = f->version,
                                }));
    return touch(tx, EVENT_PROJECT_RATE, SUBJECT(project, id), &project_rate_form_def, &before, f);
}

/* The row of a posted id among those who may be assigned, or SIZE_MAX. */
static size_t
person_at(const struct project_people_row *v, size_t n, struct str text)
{
    int64_t id;

    if (str_to_i64(text, &id) != OK) {
        return SIZE_MAX;
    }
    for (size_t i = 0; i < n; i++) {
        if (v[i].user_id.n == id) {
            return i;
        }
    }
    return SIZE_MAX;
}

static struct str_list
members_of(struct arena *mem, const struct project_people_row *v, size_t n, const bool *in)
{
    struct str *list = ARENA_ARRAY(mem, struct str, n);
    size_t n_list = 0;

    for (size_t i = 0; i < n; i++) {
        if (in != NULL ? in[i] : v[i].member_flag) {
            list[n_list++] = arena_fmt(mem, "%lld", (long long)v[i].user_id.n);
        }
    }
    return (struct str_list){list, n_list};
}

static enum rc
write_team(struct wtx *tx, struct project_id id, const struct project_people_row *v, size_t n,
           const bool *in)
{
    int64_t rows;

    TRY(project_user_drop(tx, &(struct project_user_drop_in){id}, &rows));
    for (size_t i = 0; i < n; i++) {
        if (in[i]) {
            TRY(project_user_insert(tx, &(struct project_user_insert_in){id, v[i].user_id}));
        }
    }
    return OK;
}

enum rc
project_set_team(struct wtx *tx, struct project_id id, const struct project_team_form *f)
{
    struct arena *mem = wtx_mem(tx);
    struct project_full_row row;
    struct project_people_row *v;
    struct project_team_form before;
    struct project_team_form after = *f;
    bool changed = false;
    bool *in;
    size_t n;

    TRY(load_full(tx, id, &row));
    TRY(need_version(tx, id, row.version, f->version));
    TRY(project_people(wtx_read(tx), &(struct project_people_in){id}, &v, &n));
    in = ARENA_ARRAY(mem, bool, n);
    for (size_t i = 0; i < f->user.n; i++) {
        const size_t at = person_at(v, n, f->user.p[i]);

        if (at == SIZE_MAX) {
            return fail_field(wtx_err(tx), "user", RC_INVALID, E_FIELD_ID, "");
        }
        in[at] = true;
    }
    for (size_t i = 0; i < n; i++) {
        changed = changed || in[i] != v[i].member_flag;
    }
    if (!changed) {
        return OK;
    }
    before = (struct project_team_form){members_of(mem, v, n, NULL), row.version};
    after.user = members_of(mem, v, n, in);
    TRY(project_bump(tx, &(struct project_bump_in){wtx_now(tx), id, f->version}));
    TRY(write_team(tx, id, v, n, in));
    return touch(tx, EVENT_PROJECT_ASSIGNED, SUBJECT(project, id), &project_team_form_def, &before,
                 &after);
}
