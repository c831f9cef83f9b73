/* duty.c: what the scheduler has to know of each workspace. */
#include "app/backup/catalogue_in.h"
#include "archive/stamp.h"

enum {
    DAY_S = 86400,
    SCRUB_S = 7 * DAY_S, /* each state and each of its copies is read once a week */
    HEAL_S = 20 * 3600   /* one that lacks a copy or is damaged, once a day */
};

json_t *
catalogue_time(struct instant t)
{
    char text[32];
    const struct str s = instant_print(t, text);
    return t.us == INSTANT_NONE.us ? json_null() : json_stringn(s.p, s.n);
}

static struct instant
before(struct instant now, int64_t seconds)
{
    return (struct instant){now.us - seconds * 1000000};
}

static enum rc
put_duty(struct wtx *tx, json_t *list, const struct backup_duty_page_row *d)
{
    struct backup_check_next_row check;
    bool found = false;
    TRY(backup_check_next(
        wtx_read(tx),
        &(struct backup_check_next_in){.workspace_number = d->workspace_id.n,
                                       .lately_checked_at = before(wtx_now(tx), HEAL_S),
                                       .now_checked_at = wtx_now(tx),
                                       .long_verified_at = before(wtx_now(tx), SCRUB_S),
                                       .lately_verified_at = before(wtx_now(tx), HEAL_S)},
        &check, &found));
    json_t *row = json_pack(
        "{s:I, s:I, s:b, s:o, s:o, s:o, s:o, s:o}", "workspace", (json_int_t)d->workspace_id.n,
        "bytes", (json_int_t)d->bytes_count, "ended", d->wanted_at.us != INSTANT_NONE.us, "triedAt",
        catalogue_time(d->tried_at), "goodAt", catalogue_time(d->good_at), "drilledAt",
        catalogue_time(d->drilled_at), "plannedAt", catalogue_time(d->planned_at), "check",
        found ? json_stringn(check.stamp.p, check.stamp.n) : json_null());
    return json_array_append_new(list, row) == 0 ? OK : RC_BROKEN;
}

/* The console's own store is no row of the registry. */
static enum rc
put_console(struct wtx *tx, json_t *list)
{
    struct backup_duty_find_row d;
    bool found = false;
    struct backup_duty_page_row row = {.tried_at = INSTANT_NONE,
                                       .good_at = INSTANT_NONE,
                                       .planned_at = INSTANT_NONE,
                                       .drilled_at = INSTANT_NONE,
                                       .wanted_at = INSTANT_NONE};
    TRY(backup_duty_find(wtx_read(tx), &(struct backup_duty_find_in){0}, &d, &found));
    if (found) {
        row.tried_at = d.tried_at;
        row.good_at = d.good_at;
        row.planned_at = d.planned_at;
        row.drilled_at = d.drilled_at;
    }
    return put_duty(tx, list, &row);
}

enum rc
catalogue_run_duty(struct wtx *tx, json_t *in, json_t *out)
{
    struct backup_duty_page_row *rows;
    size_t n;
    const json_t *v = json_object_get(in, "after");
    const int64_t after = json_is_integer(v) ? json_integer_value(v) : -1;
    json_t *list = json_array();
    enum rc rc = after < 0 ? put_console(tx, list) : OK;
    if (rc == OK) {
        rc = backup_duty_page(wtx_read(tx), &(struct backup_duty_page_in){after < 0 ? 0 : after},
                              &rows, &n);
    }
    for (size_t i = 0; rc == OK && i < n; i++) {
        rc = put_duty(tx, list, &rows[i]);
    }
    if (rc != OK) {
        json_decref(list);
        return rc;
    }
    return json_object_set_new(out, "rows", list) == 0 ? OK : RC_BROKEN;
}
