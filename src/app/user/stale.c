/* stale.c: tells whoever sent a form of a person too late who changed what in between. A person's
 * audit also holds sign-ins and refusals, which change no form: they are passed over. */
#include "base/text.h"
#include "guard/audit.h"
#include "people.h"

/* What raises the version of a person's row. */
static bool
raises_version(const struct audit_entry *a)
{
    static const enum event events[] = {EVENT_USER_CHANGED,     EVENT_USER_LOCKED,
                                        EVENT_USER_UNLOCKED,    EVENT_RIGHTS_CHANGED,
                                        EVENT_INVITATION_TAKEN, EVENT_ACCOUNT_CHANGED};

    for (size_t i = 0; i < COUNT(events); i++) {
        if (str_eq(a->event, str_of(event_name(events[i])))) {
            return true;
        }
    }
    return false;
}

/* --- words ----------------------------------------------------------------------------------- */
static enum text
label_of(struct str field)
{
    static const struct form_def *const defs[] = {&user_form_def, &account_form_def,
                                                  &rights_said_def};

    for (size_t d = 0; d < COUNT(defs); d++) {
        for (size_t i = 0; i < defs[d]->n; i++) {
            if (str_eq(str_of(defs[d]->fields[i].name), field)) {
                return defs[d]->fields[i].label;
            }
        }
    }
    return T_NONE;
}

static struct str
group_words(const struct page *pg, struct str code)
{
    enum group g;

    return group_parse(code, &g) == OK ? page_text(pg, user_group_text(g), STR_NONE) : code;
}

/* "contact.read time.write" as people call these rights. */
static struct str
right_words(const struct page *pg, struct str names)
{
    struct out o = out_new(pg->mem, 4096);
    struct str name;

    while (str_cut(&names, ' ', &name)) {
        char key[64];
        (void)snprintf(key, sizeof(key), "right.%.*s", STR_FMT(name));
        const enum text t = text_find(str_of(key));
        out_fmt(&o, "%s%.*s", o.n > 0 ? ", " : "",
                STR_FMT(t != T_NONE ? page_text(pg, t, STR_NONE) : name));
    }
    return out_view(&o);
}

/* Values are shown where they are words; a number that stands for a language says nothing. */
static struct stale_change
change_of(const struct page *pg, const struct audit_change *c, enum text label)
{
    struct stale_change to = {.label = label};

    if (str_eq(c->field, STR("group"))) {
        to = (struct stale_change){label, group_words(pg, c->before), group_words(pg, c->after),
                                   c->has_values};
    } else if (label == T_user_rights_plus || label == T_user_rights_minus) {
        to = (struct stale_change){label, right_words(pg, c->before), right_words(pg, c->after),
                                   c->has_values};
    } else if (label == T_user_week) {
        to = (struct stale_change){label, c->before, c->after, c->has_values};
    }
    return to;
}

static void
put_entry(const struct page *pg, const struct audit_entry *a, struct stale_entry *to)
{
    struct stale_change *changes = ARENA_ARRAY(pg->mem, struct stale_change, a->n_changes);
    size_t n = 0;

    for (size_t i = 0; i < a->n_changes; i++) {
        const enum text label = label_of(a->changes[i].field);
        if (label != T_NONE) {
            changes[n++] = change_of(pg, &a->changes[i], label);
        }
    }
    *to = (struct stale_entry){.at = a->at,
                               .who = a->user_name,
                               .event =
                                   text_find(arena_fmt(pg->mem, "event.%.*s", STR_FMT(a->event))),
                               .changes = changes,
                               .n_changes = n};
}

/* --- the form's version ---------------------------------------------------------------------- */
enum rc
user_stale(struct req *rq, struct rtx *tx, struct user_id id, int64_t *version,
           struct stale_view *ret_view)
{
    const struct str raw = req_raw(rq, STR("version"));
    struct audit_entry *v;
    int64_t sent;
    size_t n;

    *ret_view = (struct stale_view){0};
    if (raw.p == NULL || str_to_i64(raw, &sent) != OK || sent < 0) {
        return OK;
    }
    if (!req_refused_with(rq, E_STALE)) {
        *version = sent;
        return OK;
    }
    TRY(audit_history(tx, SUBJECT(user, id), AUDIT_HISTORY_MAX, &v, &n));
    struct stale_entry *entries = ARENA_ARRAY(rtx_mem(tx), struct stale_entry, n);
    for (size_t i = 0; i < n && (int64_t)ret_view->n_entries < *version - sent; i++) {
        if (raises_version(&v[i])) {
            put_entry(req_page(rq), &v[i], &entries[ret_view->n_entries++]);
        }
    }
    ret_view->entries = entries;
    return OK;
}
