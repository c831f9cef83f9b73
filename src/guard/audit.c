/* audit.c: see audit.h. fields_text has one line for each changed field: the name, and where the
 * value may be kept, a tab, the old value, a tab, the new one; tab, line feed and backslash in
 * values are written \t, \n, \\. A value is cut after VALUE_MAX bytes (marked by "…"). */
#include "guard/audit.h"

#include <assert.h>

#include "audit.sql.h"
#include "base/out.h"
#include "guard/mail.h"

enum { VALUE_MAX = 300, FIELDS_MAX = 8000, LINE_MAX_BYTES = 2 * (2 * VALUE_MAX + 8) + 80 };

static const struct {
    const char *name;
    bool sensitive;
} events[EVENT_COUNT] = {
#define EVENT(sym, event_name, is_sensitive) [EVENT_##sym] = {event_name, is_sensitive},
#include "guard/events.def"
#undef EVENT
};

const char *
event_name(enum event e)
{
    assert((unsigned)e > EVENT_NOTHING && (unsigned)e < EVENT_COUNT);
    return events[e].name;
}

static void
put_value(struct out *o, struct str s)
{
    const bool cut = s.n > VALUE_MAX;

    if (cut) {
        s.n = VALUE_MAX;
        while (s.n > 0 && !str_is_utf8(s)) {
            s.n--;
        }
    }
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '\t':
            out_str(o, STR("\\t"));
            break;
        case '\n':
            out_str(o, STR("\\n"));
            break;
        case '\\':
            out_str(o, STR("\\\\"));
            break;
        default:
            out_char(o, s.p[i]);
        }
    }
    if (cut) {
        out_str(o, STR("…"));
    }
}

static bool
is_empty(struct arena *mem, const struct field *f, const void *data)
{
    return data == NULL || field_print(mem, f, data).n == 0;
}

static bool
has_changed(struct arena *mem, const struct field *f, const void *before, const void *after)
{
    if (before != NULL && after != NULL) {
        return !field_same(f, before, after);
    }
    return !is_empty(mem, f, before) || !is_empty(mem, f, after);
}

static void
put_field_line(struct arena *mem, struct out *o, const struct field *f, const void *before,
               const void *after)
{
    out_str(o, str_of(f->name));
    if (!f->secret && !f->personal) {
        out_char(o, '\t');
        put_value(o, before != NULL ? field_print(mem, f, before) : STR(""));
        out_char(o, '\t');
        put_value(o, after != NULL ? field_print(mem, f, after) : STR(""));
    }
    out_char(o, '\n');
}

/* STR_NONE when nothing of `def` changed. Fields beyond the room are counted in a last line "+n".
 */
static struct str
print_fields(struct arena *mem, const struct form_def *def, const void *before, const void *after)
{
    struct out o = out_new(mem, FIELDS_MAX);
    size_t left_out = 0;

    for (size_t i = 0; i < def->n; i++) {
        const struct field *f = &def->fields[i];
        if (!has_changed(mem, f, before, after)) {
            continue;
        }
        if (o.n + LINE_MAX_BYTES > FIELDS_MAX) {
            left_out++;
        } else {
            put_field_line(mem, &o, f, before, after);
        }
    }
    if (left_out > 0) {
        out_fmt(&o, "+%zu\n", left_out);
    }
    return o.n > 0 ? out_view(&o) : STR_NONE;
}

enum rc
touch(struct wtx *tx, enum event e, struct subject s, const struct form_def *def,
      const void *before, const void *after)
{
    const struct actor *who = rtx_actor(wtx_read(tx));
    int64_t id;

    TRY(wtx_new_id(tx, "audit", &id));
    TRY(audit_add(tx, &(struct audit_add_in){
                          .id = {id},
                          .at = wtx_now(tx),
                          .actor_user_id = who->user,
                          .reason_text = str_of(who->reason),
                          .event_text = str_of(event_name(e)),
                          .subject_kind_text = str_of(s.kind),
                          .subject_number = s.kind == NULL || s.id == 0 ? NONE_I64 : s.id,
                          .fields_text = def != NULL ? print_fields(wtx_mem(tx), def, before, after)
                                                     : STR_NONE,
                          .network_text = events[e].sensitive ? who->network : STR_NONE}));
    wtx_touched(tx);
    return notice_of_event(tx, e, s);
}

struct refused {
    struct str code_text;
};
static const struct field refused_fields[] = {
    FIELD(struct refused, code_text, T_NONE, .max = 64),
};
static const struct form_def refused_def = FORM_DEF(refused, refused_fields);

enum rc
touch_refused(struct wtx *tx, enum event e, struct subject s, struct str code)
{
    const struct refused after = {code};
    wtx_allow_untouched(tx, "what was refused changed nothing");
    return touch(tx, e, s, &refused_def, NULL, &after);
}

enum rc
audit_count(struct rtx *tx, enum event e, const char *kind, struct instant since, int64_t *ret_n)
{
    struct audit_of_event_row row;
    TRY(audit_of_event(tx,
                       &(struct audit_of_event_in){.subject_kind_text = str_of(kind),
                                                   .event_text = str_of(event_name(e)),
                                                   .since_at = since},
                       &row));
    *ret_n = row.row_count;
    return OK;
}

enum rc
audit_check(struct rtx *tx)
{
    struct audit_span_row row;

    TRY(audit_span(tx, &row));
    const bool whole =
        row.row_count == 0 || (row.last_number == row.given_count &&
                               row.last_number - row.first_count + 1 == row.row_count);
    return whole ? OK
                 : fail(rtx_err(tx), RC_BROKEN, E_AUDIT_GAP, "%lld rows from %lld to %lld of %lld",
                        (long long)row.row_count, (long long)row.first_count,
                        (long long)row.last_number, (long long)row.given_count);
}
