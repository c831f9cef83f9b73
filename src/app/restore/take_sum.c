/* take_sum.c: what a take and its undoing share: names, kept sums, refusals. */
#include "app/project/project.h"
#include "app/restore/order.h"
#include "app/restore/take.h"
#include "app/restore/take_in.h"
#include "guard/audit.h"

#include "record.sql.h"

struct str
take_name(struct arena *mem, const struct record_shape *sh, const struct record_value *v)
{
    struct str s = arena_fmt(mem, "%s", sh->table->name);
    for (int i = 0; i < sh->n_key; i++) {
        const struct record_value *k = &v[sh->key[i]];
        const char *sep = i == 0 ? ":" : " ";
        s = k->type == RECORD_NUMBER
                ? arena_fmt(mem, "%.*s%s%lld", STR_FMT(s), sep, (long long)k->number)
                : arena_fmt(mem, "%.*s%s%.*s", STR_FMT(s), sep, STR_FMT(k->text));
    }
    return s;
}

void
take_note_project(struct take_projects *p, const struct record_shape *sh,
                  const struct record_value *v)
{
    const bool is_project = strcmp(sh->table->name, "project") == 0;
    const int i = record_column(sh, is_project ? "id" : "project_id");
    const struct project_id id = {i >= 0 ? v[i].number : 0};
    size_t k = 0;
    while (k < p->n && p->v[k].n != id.n) {
        k++;
    }
    if (i >= 0 && k == p->n && p->n < p->cap) {
        p->v[p->n++] = id;
    }
}

enum rc
take_put_sums(struct wtx *tx, const struct take_projects *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct record_minutes_row row;
        bool found = false;
        TRY(project_came_back(tx, p->v[i]));
        TRY(record_minutes(wtx_read(tx), &(struct record_minutes_in){p->v[i]}, &row, &found));
        if (found && row.needed_minutes.n != row.total_minutes.n) {
            TRY(project_add_minutes(tx, p->v[i], row.total_minutes.n - row.needed_minutes.n));
        }
    }
    return OK;
}

static struct str
subject_of(const struct err *err)
{
    return str_of(err->arg[0] != '\0' ? err->arg : err->detail);
}

static enum rc
refuse(struct wtx *tx, enum code code, json_t *out, struct str subject)
{
    TRY(touch_refused(tx, EVENT_RESTORE_TAKE_REFUSED, (struct subject){0},
                      str_of(code_name(code))));
    (void)json_object_clear(out);
    int bad = json_object_set_new(out, "refused", json_string(code_name(code)));
    bad |= json_object_set_new(out, "subject", json_stringn(subject.p, subject.n));
    return bad == 0 ? OK : RC_BROKEN;
}

enum rc
take_or_refuse(struct wtx *tx, enum rc (*fn)(struct wtx *tx, void *arg), void *arg, json_t *out)
{
    const enum rc rc = wtx_try(tx, fn, arg);
    const bool refused = rc == RC_CONFLICT || rc == RC_MISSING || rc == RC_LIMIT;
    return refused ? refuse(tx, wtx_err(tx)->code, out, subject_of(wtx_err(tx))) : rc;
}

enum rc
take_run_refused(struct wtx *tx, json_t *in, json_t *out)
{
    const char *code = json_string_value(json_object_get(in, "code"));
    (void)out;
    return touch_refused(tx, EVENT_RESTORE_TAKE_REFUSED, (struct subject){0}, str_of(code));
}

/* What the operator sees of an agency's content is no secret from it. */
enum rc
take_run_looked(struct wtx *tx, json_t *in, json_t *out)
{
    (void)in;
    (void)out;
    wtx_allow_untouched(tx, "a look changes nothing");
    TRY(order_tell_others(tx, (struct user_id){0}, EVENT_RESTORE_OPERATOR_LOOKED));
    return touch(tx, EVENT_RESTORE_OPERATOR_LOOKED, (struct subject){0}, NULL, NULL, NULL);
}
