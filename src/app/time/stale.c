/* stale.c: tells the person whose form came too late who changed what in between. Values were kept
 * as the fields print them, so ids become names again here. */
#include "app/time/time_in.h"
#include "guard/audit.h"

static const struct field *
field_named(const struct form_def *def, struct str name)
{
    for (size_t i = 0; i < def->n; i++) {
        if (str_eq(str_of(def->fields[i].name), name)) {
            return &def->fields[i];
        }
    }
    return NULL;
}

/* --- values ---------------------------------------------------------------------------------- */

static enum rc
project_words(struct rtx *tx, int64_t id, struct str *ret)
{
    struct project p;
    enum rc rc = project_find(tx, (struct project_id){id}, &p);
    if (rc == OK) {
        *ret = p.name;
    }
    return rc == RC_MISSING ? OK : rc;
}

static enum rc
category_words(struct rtx *tx, int64_t id, struct str *ret)
{
    struct time_category_row k;
    bool found;
    TRY(time_category(tx, &(struct time_category_in){.id = {id}}, &k, &found));
    if (found) {
        *ret = k.name;
    }
    return OK;
}

static enum rc
id_words(struct rtx *tx, const struct field *f, struct str value, struct str *ret)
{
    int64_t id;
    if (str_to_i64(value, &id) != OK) {
        return OK;
    }
    if (strcmp(f->name, "project_id") == 0) {
        return project_words(tx, id, ret);
    }
    return strcmp(f->name, "category_id") == 0 ? category_words(tx, id, ret) : OK;
}

/* One kept value as people read it. */
static enum rc
value_words(struct req *rq, struct rtx *tx, const struct field *f, struct str value,
            struct str *ret)
{
    const struct page *pg = req_page(rq);
    struct day d;
    *ret = value;
    if (f->kind == FIELD_FLAG) {
        *ret = page_text(pg, value.n > 0 ? T_general_yes : T_general_no, STR_NONE);
    } else if (f->kind == FIELD_DAY && day_parse(value, &d) == OK) {
        struct out o = out_new(rtx_mem(tx), 64);
        put_day(&o, pg, d);
        *ret = out_view(&o);
    } else if (f->kind == FIELD_ID) {
        return id_words(tx, f, value, ret);
    }
    return OK;
}

/* --- entries --------------------------------------------------------------------------------- */

static enum rc
entry_of(struct req *rq, struct rtx *tx, const struct form_def *def, const struct audit_entry *a,
         struct stale_entry *to)
{
    *to = (struct stale_entry){
        .at = a->at,
        .who = a->user_name,
        .event = text_find(arena_fmt(rtx_mem(tx), "event.%.*s", STR_FMT(a->event))),
        .changes = ARENA_ARRAY(rtx_mem(tx), struct stale_change, a->n_changes),
    };
    for (size_t i = 0; i < a->n_changes; i++) {
        const struct audit_change *c = &a->changes[i];
        const struct field *f = field_named(def, c->field);
        if (f == NULL || !c->has_values) {
            continue;
        }
        struct stale_change *to_change = &to->changes[to->n_changes++];
        to_change->label = f->label;
        TRY(value_words(rq, tx, f, c->before, &to_change->before));
        TRY(value_words(rq, tx, f, c->after, &to_change->after));
    }
    return OK;
}

enum rc
time_stale(struct req *rq, struct rtx *tx, struct subject s, const struct form_def *def,
           int64_t *version, struct stale_view *ret_view)
{
    struct str raw = req_raw(rq, STR("version"));
    struct audit_entry *entries;
    int64_t sent, stored = *version;
    *ret_view = (struct stale_view){0};
    if (raw.p == NULL || str_to_i64(raw, &sent) != OK || sent < 0) {
        return OK;
    }
    if (!req_refused_with(rq, E_STALE)) {
        *version = sent;
        return OK;
    }
    TRY(audit_since(tx, s, sent, stored, &entries, &ret_view->n_entries));
    ret_view->entries = ARENA_ARRAY(rtx_mem(tx), struct stale_entry, ret_view->n_entries);
    for (size_t i = 0; i < ret_view->n_entries; i++) {
        TRY(entry_of(rq, tx, def, &entries[i], &ret_view->entries[i]));
    }
    return OK;
}
