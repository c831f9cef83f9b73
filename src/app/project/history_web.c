/* history_web.c: audit rows of a project in words, and what a stale form is told. Values were kept
 * as the fields print them (ids and choices as numbers), so they are read back here by the field's
 * name. */
#include "guard/audit.h"

#include "app/project/web.h"

struct words {
    struct req *rq;
    struct rtx *tx;
    struct settings settings;
    bool may_rate;
};

static const struct field *
field_named(struct str name)
{
    static const struct form_def *const defs[] = {&project_form_def, &project_status_form_def,
                                                  &project_rate_form_def, &project_team_form_def};

    for (size_t i = 0; i < COUNT(defs); i++) {
        for (size_t k = 0; k < defs[i]->n; k++) {
            if (str_eq(str_of(defs[i]->fields[k].name), name)) {
                return &defs[i]->fields[k];
            }
        }
    }
    return NULL;
}

/* --- ids become names --------------------------------------------------------------------------
 */

static enum rc
user_name(struct words *w, int64_t id, struct str *ret)
{
    struct project_user_name_row row;
    bool found;

    TRY(project_user_name(w->tx, &(struct project_user_name_in){{id}}, &row, &found));
    if (found) {
        *ret = project_full_name(rtx_mem(w->tx), row.first_name, row.last_name);
    }
    return OK;
}

static enum rc
person_name(struct words *w, int64_t id, struct str *ret)
{
    struct project_person_name_row row;
    bool found;

    TRY(project_person_name(w->tx, &(struct project_person_name_in){{id}}, &row, &found));
    if (found) {
        *ret = project_full_name(rtx_mem(w->tx), row.first_name, row.last_name);
    }
    return OK;
}

static enum rc
company_name(struct words *w, int64_t id, struct str *ret)
{
    struct project_company_name_row row;
    bool found;

    TRY(project_company_name(w->tx, &(struct project_company_name_in){{id}}, &row, &found));
    if (found) {
        *ret = row.name;
    }
    return OK;
}

static enum rc
people_names(struct words *w, struct str ids, struct str *ret)
{
    struct arena *mem = rtx_mem(w->tx);
    struct str all = STR("");
    struct str rest = ids;
    struct str part;

    while (str_cut(&rest, ',', &part)) {
        struct str name = part;
        int64_t id;

        if (str_to_i64(part, &id) != OK) {
            continue; /* a list that was cut when it was kept */
        }
        TRY(user_name(w, id, &name));
        all = arena_fmt(mem, "%.*s%s%.*s", STR_FMT(all), all.n > 0 ? ", " : "", STR_FMT(name));
    }
    *ret = all;
    return OK;
}

/* --- values ------------------------------------------------------------------------------------
 */

static enum text
choice_text(struct str field, int64_t n)
{
    if (str_eq(field, STR("status"))) {
        return project_status_text(n);
    }
    if (str_eq(field, STR("recurrence"))) {
        return project_recurrence_text(n);
    }
    return T_NONE;
}

static enum rc
id_words(struct words *w, struct str field, int64_t id, struct str *ret)
{
    if (str_eq(field, STR("company_id"))) {
        return company_name(w, id, ret);
    }
    if (str_eq(field, STR("person_id"))) {
        return person_name(w, id, ret);
    }
    return user_name(w, id, ret);
}

static struct str
day_words(struct words *w, struct str iso)
{
    struct out o = out_new(rtx_mem(w->tx), 64);
    struct day d;

    if (day_parse(iso, &d) != OK) {
        return iso;
    }
    put_day(&o, req_page(w->rq), d);
    return out_view(&o);
}

/* One kept value as people read it. */
static enum rc
value_words(struct words *w, const struct field *f, struct str value, struct str *ret)
{
    const struct page *pg = req_page(w->rq);
    const struct str name = str_of(f->name);
    int64_t n = 0;
    const bool is_number = str_to_i64(value, &n) == OK;

    *ret = value;
    if (f->kind == FIELD_FLAG) {
        *ret = page_text(pg, value.n > 0 ? T_general_yes : T_general_no, STR_NONE);
    } else if (f->kind == FIELD_ID && is_number) {
        return id_words(w, name, n, ret);
    } else if (f->kind == FIELD_LIST) {
        return people_names(w, value, ret);
    } else if (f->kind == FIELD_DAY) {
        *ret = day_words(w, value);
    } else if (is_number && str_eq(name, STR("department_no"))) {
        *ret = project_department_name(rtx_mem(w->tx), &w->settings, n);
    } else if (is_number && choice_text(name, n) != T_NONE) {
        *ret = page_text(pg, choice_text(name, n), STR_NONE);
    }
    return OK;
}

/* "back" and "version" say how a form was sent, not what the project became. */
static bool
is_told(const struct field *f)
{
    return f != NULL && f->label != T_NONE && !str_eq(str_of(f->name), STR("back"));
}

static enum rc
change_words(struct words *w, const struct audit_change *c, struct history_entry *e)
{
    const struct field *f = field_named(c->field);
    struct history_change *to = &e->changes[e->n_changes];

    if (!is_told(f)) {
        return OK;
    }
    *to = (struct history_change){.label = f->label};
    if (c->has_values && (w->may_rate || !str_eq(c->field, STR("rate")))) {
        TRY(value_words(w, f, c->before, &to->before));
        TRY(value_words(w, f, c->after, &to->after));
    }
    e->n_changes++;
    return OK;
}

static enum text
event_text(struct arena *mem, struct str event)
{
    return text_find(arena_fmt(mem, "event.%.*s", STR_FMT(event)));
}

enum rc
project_words(struct req *rq, struct rtx *tx, const struct audit_entry *v, size_t n,
              struct history_entry **ret_v)
{
    struct arena *mem = rtx_mem(tx);
    struct history_entry *to = ARENA_ARRAY(mem, struct history_entry, n);
    struct words w = {.rq = rq, .tx = tx, .may_rate = may(req_who(rq), RIGHT_RATE_READ)};

    TRY(settings_get(tx, &w.settings));
    for (size_t i = 0; i < n; i++) {
        const bool is_new = str_eq(v[i].event, str_of(event_name(EVENT_PROJECT_ADDED)));

        to[i] = (struct history_entry){
            .at = v[i].at,
            .who = v[i].user_name,
            .event = event_text(mem, v[i].event),
            .changes = ARENA_ARRAY(mem, struct history_change, v[i].n_changes),
        };
        /* What a new project began with is on its page; the history tells what became of it. */
        for (size_t k = 0; k < v[i].n_changes && !is_new; k++) {
            TRY(change_words(&w, &v[i].changes[k], &to[i]));
        }
    }
    *ret_v = to;
    return OK;
}

/* --- stale forms -------------------------------------------------------------------------------
 */

enum rc
project_form_version(struct req *rq, struct rtx *tx, struct project_id id, int64_t stored,
                     int64_t *ret_version, struct stale_view *ret_view)
{
    const struct str raw = req_raw(rq, STR("version"));
    struct audit_entry *entries;
    int64_t sent;

    *ret_version = stored;
    *ret_view = (struct stale_view){0};
    if (raw.p == NULL || str_to_i64(raw, &sent) != OK) {
        return OK;
    }
    if (!req_refused_with(rq, E_STALE)) {
        *ret_version = sent;
        return OK;
    }
    TRY(audit_since(tx, SUBJECT(project, id), sent, stored, &entries, &ret_view->n_entries));
    return project_words(rq, tx, entries, ret_view->n_entries, &ret_view->entries);
}
