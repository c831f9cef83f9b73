/* take_undo.c: the last take is undone, as long as nothing of it was changed since: what came goes,
 * what was set back is as it was before. All of it or nothing. */
#include <stdio.h>

#include "app/restore/pick.h"
#include "app/restore/record_json.h"
#include "app/restore/restore.h"
#include "app/restore/take.h"
#include "app/restore/take_in.h"
#include "guard/audit.h"

#include "record.sql.h"

struct undo {
    json_t *out;
    int64_t went, changed;
    struct take_projects projects;
};

static enum rc
read_values(struct wtx *tx, struct str text, const struct record_shape *sh,
            struct record_value **ret_v)
{
    json_error_t why;
    json_t *j = json_loadb(text.p, text.n, 0, &why);
    enum rc rc = record_from_json(j, sh->n, wtx_mem(tx), wtx_err(tx), ret_v);
    for (int i = 0; rc == OK && i < sh->n; i++) { /* text of its own: j goes */
        struct record_value *v = &(*ret_v)[i];
        v->text = v->type == RECORD_TEXT ? arena_copy(wtx_mem(tx), v->text) : v->text;
    }
    json_decref(j);
    return rc;
}

static enum rc
refuse(struct wtx *tx, const struct record_shape *sh, const struct record_value *v)
{
    const struct str name = take_name(wtx_mem(tx), sh, v);
    struct err *err = wtx_err(tx);
    *err = (struct err){0};
    const enum rc rc = fail(err, RC_CONFLICT, E_RESTORE_CHANGED, "%.*s", STR_FMT(name));
    (void)snprintf(err->arg, sizeof(err->arg), "%.*s", STR_FMT(name));
    return rc;
}

struct undo_row {
    const struct record_shape *shape;
    struct record_value *before, *after; /* before NULL: it was not there */
};

/* Nothing is touched until all of it was looked at. */
static enum rc
check_row(struct wtx *tx, const struct take_rows_row *kept, struct undo_row *ret_r)
{
    struct record_value *now;
    bool found = false;
    TRY(record_shape(wtx_read(tx), kept->record_table, &ret_r->shape));
    const struct record_shape *sh = ret_r->shape;
    TRY(read_values(tx, kept->after_json, sh, &ret_r->after));
    if (kept->before_json.n > 0) {
        TRY(read_values(tx, kept->before_json, sh, &ret_r->before));
    }
    TRY(record_find(wtx_read(tx), sh, record_key(wtx_mem(tx), sh, ret_r->after), &now, &found));
    return found && record_same(now, ret_r->after, sh->n) ? OK : refuse(tx, sh, ret_r->after);
}

static enum rc
undo_row(struct wtx *tx, struct undo *u, const struct undo_row *r)
{
    const int version = record_column(r->shape, "version");
    const bool came = r->before == NULL;
    if (!came && version >= 0) {
        r->before[version].number = r->after[version].number + 1;
    }
    const enum rc rc =
        came ? record_remove(tx, r->shape, r->after) : record_change(tx, r->shape, r->before);
    TRY(rc == RC_CONFLICT ? refuse(tx, r->shape, r->after) : rc);
    take_note_project(&u->projects, r->shape, r->after);
    if (!came) {
        take_note_project(&u->projects, r->shape, r->before);
    }
    u->went += came;
    u->changed += !came;
    return r->shape->n_key == 1
               ? touch(tx, EVENT_RESTORE_TAKE_UNDONE,
                       (struct subject){r->shape->table->name, r->after[r->shape->key[0]].number},
                       NULL, NULL, NULL)
               : OK;
}

static enum rc
undo_all(struct wtx *tx, struct undo *u, struct restore_take_id id)
{
    struct take_rows_row *rows;
    size_t n;
    TRY(take_rows(wtx_read(tx), &(struct take_rows_in){id}, &rows, &n));
    struct undo_row *r = ARENA_ARRAY(wtx_mem(tx), struct undo_row, n + 1);
    u->projects.cap = 2 * n;
    u->projects.v = ARENA_ARRAY(wtx_mem(tx), struct project_id, u->projects.cap + 1);
    for (size_t i = 0; i < n; i++) {
        TRY(check_row(tx, &rows[i], &r[i]));
    }
    for (size_t i = 0; i < n; i++) {
        TRY(undo_row(tx, u, &r[i]));
    }
    return take_put_sums(tx, &u->projects);
}

enum rc
take_undo(struct wtx *tx, struct restore_take_id id)
{
    struct undo u = {.out = NULL};
    TRY(undo_all(tx, &u, id));
    TRY(take_undone(tx, &(struct take_undone_in){wtx_now(tx), id}));
    return touch(tx, EVENT_RESTORE_TAKE_UNDONE, SUBJECT(restore_take, id), NULL, NULL, NULL);
}

static enum rc
run(struct wtx *tx, void *arg)
{
    struct undo *u = arg;
    struct take_last_row last;
    bool found = false;
    TRY(take_last(wtx_read(tx), &(struct take_last_in){{wtx_now(tx).us - RESTORE_UNDO_US}}, &last,
                  &found));
    if (!found) {
        return fail(wtx_err(tx), RC_MISSING, E_RESTORE_UNDO, "no take in seven days");
    }
    TRY(undo_all(tx, u, last.restore_take_id));
    TRY(take_undone(tx, &(struct take_undone_in){wtx_now(tx), last.restore_take_id}));
    json_t *head = json_pack("{s:I, s:s%, s:I, s:I}", "take", (json_int_t)last.restore_take_id.n,
                             "state", last.state_name.p, last.state_name.n, "went",
                             (json_int_t)u->went, "changed", (json_int_t)u->changed);
    const int bad = json_object_update(u->out, head);
    json_decref(head);
    TRY(bad == 0 ? OK : fail(wtx_err(tx), RC_BROKEN, E_BROKEN, "report"));
    return touch(tx, EVENT_RESTORE_TAKE_UNDONE, SUBJECT(restore_take, last.restore_take_id), NULL,
                 NULL, NULL);
}

enum rc
take_run_undo(struct wtx *tx, json_t *in, json_t *out)
{
    struct undo u = {.out = out};
    (void)in;
    return take_or_refuse(tx, run, &u, out);
}

enum rc
take_prune(struct wtx *tx)
{
    int64_t n;
    return take_row_prune(tx, &(struct take_row_prune_in){{wtx_now(tx).us - RESTORE_UNDO_US}}, &n);
}
