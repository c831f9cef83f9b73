/* calendar.c: one workspace's states as its own people see them, a month at a time. */
#include "app/backup/catalogue_in.h"
#include "archive/stamp.h"

enum { OVER = 8, MONTH = 31 }; /* days of the weeks that hang over a month */

static enum rc
read_month(struct wtx *tx, const json_t *in, struct day *ret_first)
{
    const struct str month = catalogue_text(in, "month", 7);
    const struct str first = arena_fmt(wtx_mem(tx), "%.*s-01", STR_FMT(month));
    return month.n == 7 && day_parse(first, ret_first) == OK
               ? OK
               : fail_field(wtx_err(tx), "month", RC_INVALID, E_FIELD_DAY, NULL);
}

static bool
is_of_month(const struct backup_state_list_row *r, struct day first)
{
    return r->day.n >= first.n - OVER && r->day.n < first.n + MONTH + OVER;
}

static json_t *
state_json(const struct catalogue_plan *p, size_t i, int32_t copies)
{
    static const char *const origins[] = {
        [BACKUP_GOOD] = "good", [BACKUP_BELIEVED] = "believed", [BACKUP_DAMAGED] = "damaged"};
    const struct backup_state_list_row *r = &p->rows[i];
    const struct keep_line *line = &p->lines[i];
    const bool is_own = (line->why & KEEP_SATURDAY) != 0;
    struct instant goes = r->tombstone_at;
    if (goes.us != INSTANT_NONE.us) {
        goes.us += 24 * 3600 * INT64_C(1000000);
    }
    return json_pack(
        "{s:s%, s:I, s:s, s:o, s:o, s:o, s:b, s:i, s:b, s:b, s:I}", "id", r->stamp.p, r->stamp.n,
        "bytes", (json_int_t)r->size_bytes, "origin", origins[r->backup_origin], "verifiedAt",
        catalogue_time(r->verified_at), "goesAt", catalogue_time(goes), "staysUntil",
        catalogue_time(keep_until(&p->states[i], line)), "pinned", (line->why & KEEP_PINNED) != 0,
        "copies", (int)copies, "saturday", line->is_settled && is_own, "substitute",
        line->is_settled && !is_own, "tries", (json_int_t)r->try_count);
}

static enum rc
put_states(struct wtx *tx, int64_t number, struct day first, json_t *list)
{
    struct catalogue_plan plan = {.number = number};
    struct keep_now now;
    struct catalogue_state *known;
    size_t n_known;
    TRY(catalogue_read_clock(wtx_read(tx), &now));
    TRY(catalogue_read_plan(tx, &now, &plan));
    TRY(catalogue_states(wtx_read(tx), number, &known, &n_known));
    for (size_t i = 0; i < plan.n; i++) {
        if (!is_of_month(&plan.rows[i], first)) {
            continue;
        }
        if (json_array_append_new(list, state_json(&plan, i, known[i].copies)) != 0) {
            return RC_BROKEN;
        }
        if (json_array_size(list) > CATALOGUE_MONTH) {
            (void)json_array_remove(list, 0);
        }
    }
    return OK;
}

enum rc
catalogue_run_calendar(struct wtx *tx, json_t *in, json_t *out)
{
    int64_t number;
    struct day first;
    struct backup_workspace_find_row w;
    struct backup_duty_find_row d = {.good_at = INSTANT_NONE,
                                     .tried_at = INSTANT_NONE,
                                     .drilled_at = INSTANT_NONE,
                                     .fault = STR("")};
    struct backup_state_first_row since;
    bool found = false;
    bool known = false;
    TRY(catalogue_workspace(tx, in, &number));
    TRY(read_month(tx, in, &first));
    TRY(backup_workspace_find(wtx_read(tx), &(struct backup_workspace_find_in){{number}}, &w,
                              &known));
    TRY(backup_duty_find(wtx_read(tx), &(struct backup_duty_find_in){number}, &d, &found));
    TRY(backup_state_first(wtx_read(tx), &(struct backup_state_first_in){number}, &since));
    const int64_t undrilled =
        catalogue_undrilled_days(d.drilled_at, since.first_completed_at, wtx_now(tx));
    json_t *list = json_array();
    const int bad =
        json_object_set_new(out, "createdAt", catalogue_time(known ? w.created_at : INSTANT_NONE)) |
        json_object_set_new(out, "goodAt", catalogue_time(d.good_at)) |
        json_object_set_new(out, "triedAt", catalogue_time(d.tried_at)) |
        json_object_set_new(out, "fault", json_stringn(d.fault.p, d.fault.n)) |
        json_object_set_new(out, "undrilled", json_integer((json_int_t)undrilled)) |
        json_object_set_new(out, "states", list);
    return bad == 0 ? put_states(tx, number, first, list) : RC_BROKEN;
}
