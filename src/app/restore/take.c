/* take.c: see take.h. Rows come in any order; each is put in as soon as what it refers to is there.
 * What is there today stays, unless it was named and may be set back. */
#include "app/restore/take.h"

#include <stdio.h>

#include "app/restore/order.h"
#include "app/restore/pick.h"
#include "app/restore/record_json.h"
#include "app/restore/rows.h"
#include "app/restore/take_in.h"
#include "guard/audit.h"

#include "record.sql.h"

enum role { ROLE_NAMED, ROLE_PART, ROLE_PARENT };
enum fate { FATE_OPEN, FATE_SAME, FATE_STAYED, FATE_CAME, FATE_CHANGED, FATE_LEFT };

struct item {
    const struct record_shape *shape;
    struct record_value *v;
    const struct record_value *before; /* NULL: it is not there today */
    enum role role;
    enum fate fate;
    int64_t turn; /* in which it was put in; an undo goes back in the other order */
};
struct take {
    const json_t *in;
    json_t *out;
    struct restore_take_id id;
    struct restore_order_id order; /* {0}: the operator's */
    struct str state;
    bool parents, overwrite;
    struct item *items;
    size_t n;
    int64_t loosened, written; /* references that went; rows that came or changed */
    struct take_projects projects;
};

/* --- what was sent -----------------------------------------------------------------------------
 */

static bool
read_role(const json_t *row, enum role *ret_role)
{
    static const char *const names[] = {"named", "part", "parent"};
    const char *text = json_string_value(json_object_get(row, "role"));
    for (int i = ROLE_NAMED; text != NULL && i <= ROLE_PARENT; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_role = (enum role)i;
            return true;
        }
    }
    return false;
}

static enum rc
read_item(struct wtx *tx, const json_t *row, struct item *ret_i)
{
    const char *table = json_string_value(json_object_get(row, "table"));
    if (table == NULL || !read_role(row, &ret_i->role)) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "a record");
    }
    TRY(record_shape(wtx_read(tx), str_of(table), &ret_i->shape));
    return record_from_json(json_object_get(row, "values"), ret_i->shape->n, wtx_mem(tx),
                            wtx_err(tx), &ret_i->v);
}

static enum rc
read_all(struct wtx *tx, struct take *t)
{
    const json_t *rows = json_object_get(t->in, "rows");
    t->n = json_array_size(rows);
    if (t->n == 0 || t->n > PICK_ROWS_MAX) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "records");
    }
    t->parents = json_is_true(json_object_get(t->in, "parents"));
    t->overwrite = json_is_true(json_object_get(t->in, "overwrite"));
    t->items = ARENA_ARRAY(wtx_mem(tx), struct item, t->n);
    t->projects.cap = 2 * t->n;
    t->projects.v = ARENA_ARRAY(wtx_mem(tx), struct project_id, t->projects.cap);
    for (size_t i = 0; i < t->n; i++) {
        TRY(read_item(tx, json_array_get(rows, i), &t->items[i]));
    }
    return OK;
}

/* --- today -------------------------------------------------------------------------------------
 */

/* A refusal that names the record. */
static enum rc
refuse(struct wtx *tx, enum code code, const struct item *i)
{
    const struct str name = take_name(wtx_mem(tx), i->shape, i->v);
    struct err *err = wtx_err(tx);
    *err = (struct err){0};
    const enum rc rc = fail(err, RC_CONFLICT, code, "%.*s", STR_FMT(name));
    (void)snprintf(err->arg, sizeof(err->arg), "%.*s", STR_FMT(name));
    return rc;
}

static void
set_number(const struct item *i, const char *column, int64_t n)
{
    const int at = record_column(i->shape, column);
    if (at >= 0) {
        i->v[at].number = n;
    }
}

static int64_t
number_of(const struct item *i, const struct record_value *v, const char *column)
{
    const int at = record_column(i->shape, column);
    return at >= 0 ? v[at].number : 0;
}

/* Whoever put it right by hand wrote it later; for people it is as it was. */
static bool
is_as_then(const struct item *i)
{
    for (int c = 0; c < i->shape->n; c++) {
        if (!record_kind_keeps(i->shape->names[c]) && !record_same(&i->v[c], &i->before[c], 1)) {
            return false;
        }
    }
    return true;
}

/* A sum that is kept beside its entries is today's business, and a version only rises. */
static void
fit_to_today(struct item *i)
{
    const int64_t today = number_of(i, i->before, "version");
    for (int c = 0; c < i->shape->n; c++) { /* who may see it as well */
        if (str_eq(str_of(i->shape->names[c]), restore_kept_column(i->shape->table))) {
            i->v[c] = i->before[c];
        }
    }
    set_number(i, "needed_minutes", number_of(i, i->before, "needed_minutes"));
    set_number(i, "version", today);
    if (!is_as_then(i)) {
        set_number(i, "version", today + 1);
    }
}

/* Who may see what is there today is today's business: a pair comes with its thing or not at all.
 */
static enum rc
is_barred(struct wtx *tx, const struct item *i, bool *ret_is)
{
    const bool is_pair = restore_class_of(i->shape->table) == RESTORE_ACCESS;
    *ret_is = false;
    for (int k = 0; k < i->shape->n_refs && is_pair; k++) {
        const struct record_ref *ref = &i->shape->refs[k];
        if (ref->column == 0) {
            return record_is_there(wtx_read(tx), ref->table, i->v[0].number, ret_is);
        }
    }
    return OK;
}

static enum rc
look(struct wtx *tx, const struct take *t, struct item *i)
{
    struct record_value *v;
    bool found = false;
    bool barred;
    TRY(is_barred(tx, i, &barred));
    if (barred) {
        i->fate = FATE_STAYED;
        return OK;
    }
    TRY(record_find(wtx_read(tx), i->shape, record_key(wtx_mem(tx), i->shape, i->v), &v, &found));
    if (!found) {
        return OK;
    }
    i->before = v;
    if (i->role != ROLE_NAMED) {
        i->fate = FATE_STAYED;
        return OK;
    }
    fit_to_today(i);
    if (is_as_then(i)) {
        i->fate = FATE_SAME;
        return OK;
    }
    return t->overwrite ? OK : refuse(tx, E_RESTORE_THERE, i);
}

/* --- one by one --------------------------------------------------------------------------------
 */

/* Will it come, later on? */
static bool
is_to_come(const struct take *t, const struct record_ref *ref, int64_t id)
{
    for (size_t k = 0; k < t->n; k++) {
        const struct item *i = &t->items[k];
        if (i->fate == FATE_OPEN && (i->role != ROLE_PARENT || t->parents) &&
            i->shape->table == ref->table && i->v[i->shape->key[0]].number == id) {
            return true;
        }
    }
    return false;
}

/* What it refers to is there; a reference that may be empty is let go when that will never be.
 * Whoever worked here may be gone: what is nothing without that person is left where it is. */
static enum rc
need_refs(struct wtx *tx, struct take *t, struct item *i, bool *ret_wait)
{
    *ret_wait = false;
    for (int k = 0; k < i->shape->n_refs && i->fate == FATE_OPEN; k++) {
        const struct record_ref *ref = &i->shape->refs[k];
        struct record_value *v = &i->v[ref->column];
        bool there = v->type == RECORD_NULL;
        if (!there) {
            TRY(record_is_there(wtx_read(tx), ref->table, v->number, &there));
        }
        if (there) {
            continue;
        }
        const bool content = restore_class_of(ref->table) == RESTORE_CONTENT;
        if (is_to_come(t, ref, v->number) || (content && ref->needed)) {
            *ret_wait = true;
        } else if (!ref->needed) {
            *v = (struct record_value){.type = RECORD_NULL};
            t->loosened++;
        } else if (i->role == ROLE_PART) {
            i->fate = FATE_LEFT;
        } else {
            return refuse(tx, E_RESTORE_REFERENCE, i);
        }
    }
    return OK;
}

static enum rc
put(struct wtx *tx, struct item *i)
{
    const enum rc rc =
        i->before == NULL ? record_insert(tx, i->shape, i->v) : record_change(tx, i->shape, i->v);
    i->fate = i->before == NULL ? FATE_CAME : FATE_CHANGED;
    return rc == RC_CONFLICT ? refuse(tx, E_RESTORE_TAKEN, i) : rc;
}

static enum rc
put_ready(struct wtx *tx, struct take *t, size_t *ret_n)
{
    *ret_n = 0;
    for (size_t k = 0; k < t->n; k++) {
        struct item *i = &t->items[k];
        bool wait = false;
        if (i->fate != FATE_OPEN || (i->role == ROLE_PARENT && !t->parents)) {
            continue;
        }
        TRY(need_refs(tx, t, i, &wait));
        if (!wait && i->fate == FATE_OPEN) {
            TRY(put(tx, i));
            i->turn = ++t->written;
            take_note_project(&t->projects, i->shape, i->v);
            if (i->before != NULL) {
                take_note_project(&t->projects, i->shape, i->before);
            }
            (*ret_n)++;
        }
    }
    return OK;
}

/* The first parent that is missing is told, for it can be brought along. */
static enum rc
need_all(struct wtx *tx, const struct take *t)
{
    for (size_t k = 0; k < t->n; k++) {
        const struct item *i = &t->items[k];
        if (i->fate == FATE_OPEN && i->role != ROLE_PARENT) {
            for (int r = 0; r < i->shape->n_refs; r++) {
                const struct record_ref *ref = &i->shape->refs[r];
                bool there = !ref->needed;
                if (!there) {
                    TRY(record_is_there(wtx_read(tx), ref->table, i->v[ref->column].number,
                                        &there));
                }
                if (!there) {
                    const enum rc rc = refuse(tx, E_RESTORE_PARENT, i);
                    (void)snprintf(wtx_err(tx)->arg, sizeof(wtx_err(tx)->arg), "%s:%lld",
                                   ref->table->name, (long long)i->v[ref->column].number);
                    return rc;
                }
            }
        }
    }
    return OK;
}

/* An order that changes nothing has not been carried out, and nobody owes its price. */
static enum rc
need_written(struct wtx *tx, const struct take *t)
{
    return t->order.n == 0 || t->written > 0
               ? OK
               : fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_SAME, "nothing to change");
}

/* --- what is kept and said of it ---------------------------------------------------------------
 */

static enum rc
print(struct wtx *tx, const struct record_value *v, int n, struct str *ret_text)
{
    json_t *j = record_to_json(wtx_mem(tx), v, n);
    char *text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
    json_decref(j);
    if (text == NULL) {
        return fail(wtx_err(tx), RC_BROKEN, E_BROKEN, "a record");
    }
    *ret_text = arena_copy(wtx_mem(tx), str_of(text));
    free(text);
    return OK;
}

/* As it stands now, with sums put right. */
static enum rc
keep(struct wtx *tx, struct take *t, const struct item *i)
{
    struct record_value *now;
    bool found = false;
    struct take_row_add_in in = {.restore_take_id = t->id,
                                 .row_no = i->turn,
                                 .record_table = str_of(i->shape->table->name),
                                 .before_json = STR_NONE};
    TRY(record_find(wtx_read(tx), i->shape, record_key(wtx_mem(tx), i->shape, i->v), &now, &found));
    if (!found) {
        return fail(wtx_err(tx), RC_BROKEN, E_BROKEN, "a record that came is not there");
    }
    TRY(print(tx, now, i->shape->n, &in.after_json));
    TRY(i->before != NULL ? print(tx, i->before, i->shape->n, &in.before_json) : OK);
    TRY(take_row_add(tx, &in));
    return i->shape->n_key == 1
               ? touch(tx, EVENT_RESTORE_RECORD,
                       (struct subject){i->shape->table->name, i->v[i->shape->key[0]].number}, NULL,
                       NULL, NULL)
               : OK;
}

static enum rc
say(struct wtx *tx, const struct item *i, json_t *rows)
{
    static const char *const whats[] = {
        [FATE_OPEN] = "left", [FATE_SAME] = "same",       [FATE_STAYED] = "stayed",
        [FATE_CAME] = "came", [FATE_CHANGED] = "changed", [FATE_LEFT] = "left"};
    struct record_label label;
    char day[16];
    const struct str name = take_name(wtx_mem(tx), i->shape, i->v);
    struct str key = name;
    struct str table;
    (void)str_cut(&key, ':', &table);
    TRY(record_label(wtx_read(tx), record_kind_of(table), key, &label));
    const struct str d = label.day.n == DAY_NONE.n ? STR("") : day_print(label.day, day);
    const struct str words = rows_cut(wtx_mem(tx), label.label);
    const struct str note = rows_cut(wtx_mem(tx), label.note);
    return json_array_append_new(rows,
                                 json_pack("{s:s%, s:s%, s:s%, s:s%, s:s}", "record", name.p,
                                           name.n, "label", words.p, words.n, "note", note.p,
                                           note.n, "day", d.p, d.n, "what", whats[i->fate])) == 0
               ? OK
               : fail(wtx_err(tx), RC_BROKEN, E_BROKEN, "report");
}

static enum rc
report(struct wtx *tx, struct take *t)
{
    int64_t counts[FATE_LEFT + 1] = {0};
    json_t *rows = json_array();
    (void)json_object_set_new(t->out, "rows", rows);
    for (size_t k = 0; k < t->n; k++) {
        const struct item *i = &t->items[k];
        const bool wrote = i->fate == FATE_CAME || i->fate == FATE_CHANGED;
        counts[i->fate] += i->role != ROLE_PARENT || wrote;
        TRY(wrote ? keep(tx, t, i) : OK);
        const bool tells = wrote || i->role == ROLE_NAMED || i->fate == FATE_LEFT;
        TRY(tells && json_array_size(rows) < ROWS_TOLD_MAX ? say(tx, i, rows) : OK);
    }
    json_t *head =
        json_pack("{s:I, s:s%, s:I, s:I, s:I, s:I, s:I, s:I}", "take", (json_int_t)t->id.n, "state",
                  t->state.p, t->state.n, "came", (json_int_t)counts[FATE_CAME], "changed",
                  (json_int_t)counts[FATE_CHANGED], "same", (json_int_t)counts[FATE_SAME], "stayed",
                  (json_int_t)counts[FATE_STAYED], "loosened", (json_int_t)t->loosened, "left",
                  (json_int_t)counts[FATE_LEFT] + (json_int_t)counts[FATE_OPEN]);
    const int bad = json_object_update(t->out, head);
    json_decref(head);
    return bad == 0 ? OK : fail(wtx_err(tx), RC_BROKEN, E_BROKEN, "report");
}

static enum rc
run(struct wtx *tx, void *arg)
{
    struct take *t = arg;
    size_t n = 1;
    TRY(read_all(tx, t));
    for (size_t k = 0; k < t->n; k++) {
        TRY(look(tx, t, &t->items[k]));
    }
    TRY(wtx_new_id(tx, "restore_take", &t->id.n));
    TRY(take_add(tx, &(struct take_add_in){t->id, t->state, wtx_now(tx), t->order}));
    while (n > 0) {
        TRY(put_ready(tx, t, &n));
    }
    TRY(need_all(tx, t));
    TRY(need_written(tx, t));
    TRY(take_put_sums(tx, &t->projects));
    TRY(report(tx, t));
    return touch(tx, EVENT_RESTORE_TAKEN, SUBJECT(restore_take, t->id), NULL, NULL, NULL);
}

static bool
read_head(struct take *t)
{
    const json_t *state = json_object_get(t->in, "state");
    t->order = (struct restore_order_id){json_integer_value(json_object_get(t->in, "order"))};
    t->state = (struct str){json_string_value(state), json_string_length(state)};
    return json_is_string(state) && t->state.n <= 40;
}

/* An order ends in this transaction, whatever comes of it, so it is done once, and known to be. */
static enum rc
run_ordered(struct wtx *tx, struct take *t)
{
    bool wanted;
    TRY(order_is_wanted_take(tx, t->order, t->state, &wanted));
    if (!wanted) {
        wtx_allow_untouched(tx, "its end is known");
        return OK;
    }
    TRY(take_or_refuse(tx, run, t, t->out));
    return order_take_ended(tx, t->order, t->out);
}

enum rc
take_run_rows(struct wtx *tx, json_t *in, json_t *out)
{
    struct take t = {.in = in, .out = out};
    if (!read_head(&t)) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "records");
    }
    if (t.order.n != 0) {
        return run_ordered(tx, &t);
    }
    TRY(take_or_refuse(tx, run, &t, out));
    return json_object_get(out, "refused") != NULL
               ? OK
               : order_tell_others(tx, (struct user_id){0}, EVENT_RESTORE_OPERATOR_TOOK);
}
