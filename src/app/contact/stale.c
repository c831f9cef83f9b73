/* stale.c: who changed what: on the page of a thing, and for the person whose form came too late.
 * What a person may not see on the pages is not told here either. */
#include "app/contact/pages.h"

enum { HISTORY_ENTRIES = 10 };

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

/* Conditions are for those who see money. */
static bool
may_see(struct req *rq, const struct form_def *def, const struct field *f)
{
    bool money = false;

    for (size_t i = 0; def == &company_form_def && i < company_terms_form_def.n; i++) {
        money = money || (f->label != T_NONE && f->label == company_terms_form_def.fields[i].label);
    }
    return !money || may(req_who(rq), RIGHT_RATE_READ);
}

/* A stored value as the page would say it. */
static struct str
words_of(struct req *rq, const struct form_def *def, const struct field *f, struct str value)
{
    int64_t n;

    if (f->kind == FIELD_FLAG) {
        return page_text(req_page(rq), value.n > 0 ? T_import_yes : T_import_no, STR_NONE);
    }
    if (def == &company_form_def && strcmp(f->name, "status") == 0 && str_to_i64(value, &n) == OK &&
        company_status_text(n) != T_NONE) {
        return page_text(req_page(rq), company_status_text(n), STR_NONE);
    }
    return value;
}

static void
entry_of(struct req *rq, const struct form_def *def, const struct audit_entry *a,
         struct stale_entry *to)
{
    struct arena *mem = req_mem(rq);
    struct stale_change *changes = ARENA_ARRAY(mem, struct stale_change, a->n_changes);
    size_t n = 0;

    for (size_t i = 0; i < a->n_changes; i++) {
        const struct audit_change *c = &a->changes[i];
        const struct field *f = field_named(def, c->field);

        if (f != NULL && f->label != T_NONE && may_see(rq, def, f)) {
            changes[n++] = (struct stale_change){
                .label = f->label,
                .before = words_of(rq, def, f, c->before),
                .after = words_of(rq, def, f, c->after),
                .has_values = c->has_values && f->kind != FIELD_ID,
            };
        }
    }
    *to = (struct stale_entry){
        .at = a->at,
        .who = a->user_name,
        .event = text_find(arena_fmt(mem, "event.%.*s", STR_FMT(a->event))),
        .changes = changes,
        .n_changes = n,
    };
}

enum rc
stale_version(struct req *rq, struct rtx *tx, struct subject s, const struct form_def *def,
              int64_t stored, int64_t *ret_version, struct stale_view *ret_view)
{
    struct str raw = req_raw(rq, STR("version"));
    struct audit_entry *entries;
    struct stale_entry *to;
    int64_t sent;
    size_t n;

    *ret_version = stored;
    *ret_view = (struct stale_view){0};
    if (raw.p == NULL || str_to_i64(raw, &sent) != OK || sent < 0) {
        return OK;
    }
    if (!req_refused_with(rq, E_STALE)) {
        *ret_version = sent;
        return OK;
    }
    TRY(audit_since(tx, s, sent, stored, &entries, &n));
    to = ARENA_ARRAY(rtx_mem(tx), struct stale_entry, n);
    for (size_t i = 0; i < n; i++) {
        entry_of(rq, def, &entries[i], &to[i]);
    }
    *ret_view = (struct stale_view){to, n};
    return OK;
}

/* What a thing was added with stands on its page or was changed since: the event is enough. */
enum rc
contact_history(struct req *rq, struct rtx *tx, struct subject s, const struct form_def *def,
                struct stale_view *ret_view)
{
    struct audit_entry *entries;
    struct stale_entry *to;
    size_t n;

    TRY(audit_history(tx, s, HISTORY_ENTRIES, &entries, &n));
    to = ARENA_ARRAY(rtx_mem(tx), struct stale_entry, n);
    for (size_t i = 0; i < n; i++) {
        entry_of(rq, def, &entries[i], &to[i]);
        if (str_ends(entries[i].event, STR("_added"))) {
            to[i].n_changes = 0;
        }
    }
    *ret_view = (struct stale_view){to, n};
    return OK;
}
