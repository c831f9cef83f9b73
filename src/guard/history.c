/* history.c: reads back what touch() wrote about one thing; the counterpart of audit.c. */
#include "guard/audit.h"

#include "audit.sql.h"

static struct str
unescape(struct arena *mem, struct str s)
{
    char *p = arena_alloc(mem, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n) {
            i++;
            p[n++] = (char)(s.p[i] == 't' ? '\t' : s.p[i] == 'n' ? '\n' : s.p[i]);
        } else {
            p[n++] = s.p[i];
        }
    }
    return (struct str){p, n};
}

static size_t
count_lines(struct str text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        n += text.p[i] == '\n' ? 1 : 0;
    }
    return n;
}

/* "name" or "name TAB old TAB new"; the last line "+n" of a long list is left out. */
static void
parse_fields(struct arena *mem, struct str text, struct audit_entry *e)
{
    struct str rest = text;
    struct str line;

    e->changes = ARENA_ARRAY(mem, struct audit_change, count_lines(text));
    while (str_cut(&rest, '\n', &line)) {
        struct audit_change c = {.before = STR(""), .after = STR("")};
        struct str parts = line;
        struct str value;

        if (line.n == 0 || line.p[0] == '+' || !str_cut(&parts, '\t', &c.field)) {
            continue;
        }
        if (str_cut(&parts, '\t', &value)) {
            c.before = unescape(mem, value);
            c.after = parts.p != NULL ? unescape(mem, parts) : STR("");
            c.has_values = true;
        }
        e->changes[e->n_changes++] = c;
    }
}

static struct str
name_of(struct arena *mem, const struct audit_of_subject_row *row)
{
    if (row->first_name.p == NULL) {
        return STR("");
    }
    return str_trim(arena_fmt(mem, "%.*s %.*s", STR_FMT(row->first_name), STR_FMT(row->last_name)));
}

enum rc
audit_history(struct rtx *tx, struct subject s, size_t limit, struct audit_entry **ret_v,
              size_t *ret_n)
{
    struct arena *mem = rtx_mem(tx);
    struct audit_of_subject_row *rows;
    struct audit_entry *v;
    size_t n;

    TRY(audit_of_subject(
        tx,
        &(struct audit_of_subject_in){
            .subject_kind_text = str_of(s.kind),
            .subject_number = s.id,
            .limit_count = limit < AUDIT_HISTORY_MAX ? (int64_t)limit : AUDIT_HISTORY_MAX,
        },
        &rows, &n));
    v = ARENA_ARRAY(mem, struct audit_entry, n);
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct audit_entry){
            .id = rows[i].audit_id,
            .at = rows[i].at,
            .user = rows[i].actor_user_id,
            .user_name = name_of(mem, &rows[i]),
            .event = rows[i].event_text,
        };
        parse_fields(mem, rows[i].fields_text, &v[i]);
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}

enum rc
audit_since(struct rtx *tx, struct subject s, int64_t sent, int64_t kept,
            struct audit_entry **ret_v, size_t *ret_n)
{
    size_t limit = 0;

    if (sent >= 0 && kept > sent) {
        limit = kept - sent < AUDIT_HISTORY_MAX ? (size_t)(kept - sent) : AUDIT_HISTORY_MAX;
    }
    return audit_history(tx, s, limit, ret_v, ret_n);
}
