/* stale.c: tells the person whose form came too late who changed what in between. */
#include "app/contact/pages.h"

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

static void
entry_of(struct arena *mem, const struct form_def *def, const struct audit_entry *a,
         struct stale_entry *to)
{
    struct stale_change *changes = ARENA_ARRAY(mem, struct stale_change, a->n_changes);
    size_t n = 0;

    for (size_t i = 0; i < a->n_changes; i++) {
        const struct audit_change *c = &a->changes[i];
        const struct field *f = field_named(def, c->field);

        if (f != NULL && f->label != T_NONE) {
            changes[n++] = (struct stale_change){f->label, c->before, c->after, c->has_values};
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
        entry_of(rtx_mem(tx), def, &entries[i], &to[i]);
    }
    *ret_view = (struct stale_view){to, n};
    return OK;
}
