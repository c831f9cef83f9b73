/* rows.c: see rows.h. */
#include "app/restore/rows.h"

#include "base/text.h"

static bool
has_words(struct arena *mem, struct str text, struct str words)
{
    return str_find(text_fold(mem, text), text_fold(mem, words), 0) != SIZE_MAX;
}

struct str
rows_cut(struct arena *mem, struct str s)
{
    size_t n = ROWS_VALUE_MAX;
    if (s.n <= n) {
        return s;
    }
    while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80) {
        n--;
    }
    return arena_fmt(mem, "%.*s…", (int)n, s.p);
}

static json_t *
value_json(struct arena *mem, struct str s)
{
    const struct str text = rows_cut(mem, s);
    return s.p != NULL ? json_stringn(text.p, text.n) : json_null();
}

static json_t *
changes_json(struct arena *mem, const struct restore_row *row, const struct record_kind *k)
{
    json_t *list = json_array();
    for (size_t i = 0; i < row->n_changes; i++) {
        const struct restore_change *c = &row->changes[i];
        if (record_kind_shows(k, c->column)) {
            (void)json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "column", c->column,
                                                        "then", value_json(mem, c->then), "now",
                                                        value_json(mem, c->now)));
        }
    }
    return list;
}

static json_int_t
count_hidden(const struct restore_row *row, const struct record_kind *k)
{
    json_int_t n = 0;
    for (size_t i = 0; i < row->n_changes; i++) {
        const char *column = row->changes[i].column;
        n += !record_kind_shows(k, column) && !record_kind_keeps(column);
    }
    return n;
}

static enum rc
add(struct rows_told *t, const struct restore_row *row, const struct record_kind *k,
    const struct record_label *l)
{
    static const char *const kinds[] = {
        [RESTORE_CAME] = "came", [RESTORE_WENT] = "went", [RESTORE_CHANGED] = "changed"};
    char day[16];
    const struct str label = rows_cut(t->mem, l->label);
    const struct str note = rows_cut(t->mem, l->note);
    const struct str d = l->day.n == DAY_NONE.n ? STR("") : day_print(l->day, day);
    json_t *j =
        json_pack("{s:s, s:s, s:s, s:s, s:s%, s:s%, s:s%, s:o, s:I}", "table", row->table->name,
                  "what", kinds[row->kind], "key", row->key, "columns", row->columns, "label",
                  label.p, label.n, "note", note.p, note.n, "day", d.p, d.n, "changes",
                  changes_json(t->mem, row, k), "hidden", count_hidden(row, k));
    t->bytes += json_dumpb(j, NULL, 0, JSON_COMPACT);
    t->full = t->bytes > ROWS_TOLD_BYTES;
    if (t->full) {
        json_decref(j);
        return OK;
    }
    return json_array_append_new(t->rows, j) == 0 ? OK : RC_BROKEN;
}

enum rc
rows_tell(void *arg, const struct restore_row *row, struct err *err)
{
    struct rows_told *t = arg;
    struct record_label l;
    const struct record_kind *k = record_kind_of(str_of(row->table->name));
    if (row->table != t->table) {
        t->table = row->table;
        t->of_table = 0;
    }
    if (row->table->class != RESTORE_CONTENT || k == NULL || t->full ||
        (t->words.n > 0 && row->kind == RESTORE_WENT)) {
        return OK;
    }
    if (t->words.n == 0 && t->of_table >= ROWS_TABLE_MAX) { /* room for those of other tables */
        t->more = true;
        return OK;
    }
    const struct arena_mark mark = arena_mark(t->mem);
    enum rc rc = record_label(row->tx, k, str_of(row->key), &l);
    const bool wanted = rc == OK && (t->words.n == 0 || has_words(t->mem, l.label, t->words) ||
                                     has_words(t->mem, l.note, t->words));
    t->full = wanted && json_array_size(t->rows) >= ROWS_TOLD_MAX;
    rc = wanted && !t->full ? add(t, row, k, &l) : rc;
    t->more |= t->full;
    t->of_table += wanted;
    arena_back(t->mem, mark);
    return rc == RC_BROKEN ? fail(err, rc, E_BROKEN, "rows") : rc;
}
