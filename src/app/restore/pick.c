/* pick.c: see pick.h. */
#include "app/restore/pick.h"

#include <stdio.h>

#include "app/restore/record_json.h"

static bool
is_order(struct str word, int64_t *ret_order)
{
    struct str name = STR("");
    return str_cut(&word, ':', &name) && str_eq(name, STR("+order")) &&
           str_to_i64(word, ret_order) == OK && *ret_order > 0;
}

enum rc
pick_parse(struct str text, struct err *err, struct pick_order *ret_o)
{
    struct pick_order o = {0};
    struct str rest = text;
    struct str word;
    while (str_cut(&rest, ' ', &word)) {
        if (str_eq(word, STR("+parents"))) {
            o.parents = true;
        } else if (str_eq(word, STR("+overwrite"))) {
            o.overwrite = true;
        } else if (is_order(word, &o.order)) {
            continue;
        } else if (o.n == PICK_NAMES_MAX) {
            return fail(err, RC_LIMIT, E_RESTORE_MANY, "more than %d records", PICK_NAMES_MAX);
        } else {
            TRY(record_name_parse(word, err, &o.names[o.n]));
            o.n++;
        }
    }
    *ret_o = o;
    return o.n > 0 ? OK : fail(err, RC_INVALID, E_RESTORE_RECORD, "none");
}

/* --- what comes along --------------------------------------------------------------------------
 */

enum role { ROLE_NAMED, ROLE_PART, ROLE_PARENT };
static const char *const role_names[] = {"named", "part", "parent"};

struct picked {
    const struct record_shape *shape;
    const struct record_value *v;
    enum role role;
};
struct pick {
    struct rtx *tx;
    struct picked rows[PICK_ROWS_MAX];
    size_t n;
};

static bool
is_row(const struct picked *r, const struct record_shape *sh, const struct record_value *v)
{
    bool same = r->shape->table == sh->table;
    for (int i = 0; i < sh->n_key && same; i++) {
        same = record_same(&r->v[sh->key[i]], &v[sh->key[i]], 1);
    }
    return same;
}

/* In its own words, whatever the store said before. */
static enum rc
too_many(const struct pick *p)
{
    struct err *err = rtx_err(p->tx);
    *err = (struct err){0};
    return fail(err, RC_LIMIT, E_RESTORE_MANY, "more than %d rows", PICK_ROWS_MAX);
}

static enum rc
add(struct pick *p, const struct record_shape *sh, const struct record_value *v, enum role role)
{
    for (size_t i = 0; i < p->n; i++) {
        if (is_row(&p->rows[i], sh, v)) {
            return OK;
        }
    }
    if (p->n == PICK_ROWS_MAX) {
        return too_many(p);
    }
    p->rows[p->n++] = (struct picked){sh, v, role};
    return OK;
}

/* Not there, in a state that keeps its references, only for what was named. */
static enum rc
add_by_id(struct pick *p, struct str table, int64_t id, enum role role)
{
    const struct record_shape *sh;
    struct record_value *v;
    bool found = false;
    const struct record_value key = {.type = RECORD_NUMBER, .number = id};
    TRY(record_shape(p->tx, table, &sh));
    if (sh->n_key == 1) {
        TRY(record_find(p->tx, sh, &key, &v, &found));
    }
    if (!found) {
        return fail(rtx_err(p->tx), RC_MISSING, E_RESTORE_RECORD, "%.*s:%lld", STR_FMT(table),
                    (long long)id);
    }
    return add(p, sh, v, role);
}

static enum rc
add_parts(struct pick *p, const struct picked *r)
{
    size_t at = 0;
    const struct record_kind *k;
    while ((k = record_kind_next(&at)) != NULL) {
        const struct record_shape *sh;
        struct record_value **rows;
        size_t n = 0;
        TRY(record_shape(p->tx, str_of(k->table), &sh));
        const int column = record_column(sh, k->of);
        for (int i = 0; i < sh->n_refs; i++) {
            if (sh->refs[i].column == column && sh->refs[i].table == r->shape->table) {
                const enum rc rc = record_list(p->tx, sh, column, r->v[r->shape->key[0]].number,
                                               PICK_ROWS_MAX, &rows, &n);
                TRY(rc != RC_LIMIT ? rc : too_many(p));
            }
        }
        for (size_t i = 0; i < n; i++) {
            TRY(add(p, sh, rows[i], ROLE_PART));
        }
    }
    return OK;
}

static enum rc
add_parents(struct pick *p, const struct picked *r)
{
    for (int i = 0; i < r->shape->n_refs; i++) {
        const struct record_ref *ref = &r->shape->refs[i];
        const struct record_value *v = &r->v[ref->column];
        if (v->type == RECORD_NUMBER && restore_class_of(ref->table) == RESTORE_CONTENT) {
            TRY(add_by_id(p, str_of(ref->table->name), v->number, ROLE_PARENT));
        }
    }
    return OK;
}

/* What is added stands behind and has its turn as well; a parent brings nothing that is its own. */
static enum rc
collect(struct pick *p, const struct pick_order *o)
{
    size_t i = 0;
    for (size_t k = 0; k < o->n; k++) {
        TRY(add_by_id(p, o->names[k].table, o->names[k].id, ROLE_NAMED));
    }
    for (; i < p->n; i++) {
        if (p->rows[i].role != ROLE_PARENT && p->rows[i].shape->n_key == 1) {
            TRY(add_parts(p, &p->rows[i]));
        }
    }
    for (i = 0; i < p->n; i++) {
        TRY(add_parents(p, &p->rows[i]));
    }
    return OK;
}

/* --- as JSON -----------------------------------------------------------------------------------
 */

static json_t *
rows_json(const struct pick *p)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < p->n && rows != NULL; i++) {
        const struct picked *r = &p->rows[i];
        json_t *row = json_pack("{s:s, s:s, s:o}", "table", r->shape->table->name, "role",
                                role_names[r->role], "values",
                                record_to_json(rtx_mem(p->tx), r->v, r->shape->n));
        if (json_array_append_new(rows, row) != 0) {
            json_decref(rows);
            rows = NULL;
        }
    }
    return rows;
}

enum rc
pick_records(struct rtx *state, struct str state_name, const struct pick_order *o,
             json_t **ret_json)
{
    struct pick *p = ARENA_ARRAY(rtx_mem(state), struct pick, 1);
    p->tx = state;
    TRY(collect(p, o));
    json_t *j = json_pack("{s:s%, s:I, s:b, s:b, s:o}", "state", state_name.p, state_name.n,
                          "order", (json_int_t)o->order, "parents", o->parents, "overwrite",
                          o->overwrite, "rows", rows_json(p));
    if (j == NULL) {
        return fail(rtx_err(state), RC_BROKEN, E_BROKEN, "rows");
    }
    if (json_dumpb(j, NULL, 0, JSON_COMPACT) > PICK_BYTES_MAX) {
        json_decref(j);
        return fail(rtx_err(state), RC_LIMIT, E_RESTORE_MANY, "%zu rows", p->n);
    }
    *ret_json = j;
    return OK;
}
