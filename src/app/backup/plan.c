/* plan.c: retention on the catalogue: keep() decides, this writes down. The plan is on the log
 * before anything is marked, and what may be unlinked is told to master only by the commit that
 * says so. */
#include "app/backup/catalogue_in.h"
#include "app/backup/put.h"
#include "archive/stamp.h"
#include "base/out.h"

enum { PAGE = 200, UNLINK_MAX = 200, ENDED_DAYS = 36, DAY_S = 86400 };

static const char *const act_names[] = {
    [KEEP_STAY] = "stay",     [KEEP_MARK] = "mark",     [KEEP_WAIT] = "wait",
    [KEEP_UNLINK] = "unlink", [KEEP_REVIVE] = "revive",
};
static const char *const stop_names[] = {"no_recent", "few_copies", "clock"};
enum { STOPS = sizeof(stop_names) / sizeof(stop_names[0]), WHYS = 9 };

/* What is left of a workspace that has ended goes by age alone, also what nobody could read. */
static void
let_expire(struct catalogue_plan *p, struct instant now)
{
    const int64_t kept_us = (int64_t)ENDED_DAYS * DAY_S * 1000000;
    const int64_t waits_us = (int64_t)DAY_S * 1000000;
    p->result.stop = p->result.clock == KEEP_CLOCK_GOOD ? 0 : KEEP_CLOCK_OFF;
    p->result.n_kept = p->result.n_gone = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct instant since = p->states[i].tombstone;
        const unsigned pinned = p->lines[i].why & KEEP_PINNED;
        const bool goes =
            p->result.stop == 0 && pinned == 0 && now.us - p->states[i].at.us >= kept_us;
        p->lines[i] = (struct keep_line){.why = pinned, .saturday = DAY_NONE, .act = KEEP_STAY};
        if (goes) {
            p->lines[i].act = since.us == INSTANT_NONE.us     ? KEEP_MARK
                              : now.us - since.us >= waits_us ? KEEP_UNLINK
                                                              : KEEP_WAIT;
        }
        *(goes ? &p->result.n_gone : &p->result.n_kept) += 1;
    }
}

enum rc
catalogue_read_plan(struct wtx *tx, const struct keep_now *now, struct catalogue_plan *p)
{
    struct backup_state_list_row *rows;
    struct catalogue_state *known;
    size_t n;
    size_t n_known;
    struct backup_end_find_row end;
    struct arena *mem = wtx_mem(tx);
    TRY(backup_end_find(wtx_read(tx), &(struct backup_end_find_in){{p->number}}, &end, &p->ended));
    TRY(backup_state_list(wtx_read(tx), &(struct backup_state_list_in){p->number}, &rows, &n));
    TRY(catalogue_states(wtx_read(tx), p->number, &known, &n_known));
    p->rows = ARENA_ARRAY(mem, struct backup_state_list_row, n + 1);
    p->states = ARENA_ARRAY(mem, struct keep_state, n + 1);
    p->lines = ARENA_ARRAY(mem, struct keep_line, n + 1);
    for (size_t i = 0; i < n; i++) {
        p->states[p->n] = (struct keep_state){.at = rows[i].completed_at,
                                              .is_doubtful = rows[i].backup_origin != BACKUP_GOOD,
                                              .tombstone = rows[i].tombstone_at,
                                              .pin = (enum keep_pin)rows[i].pin,
                                              .pinned_at = rows[i].pinned_at,
                                              .pinned_until = rows[i].pinned_until,
                                              .replicas = known[i].copies};
        p->rows[p->n++] = rows[i];
    }
    TRY(keep(p->states, p->n, now, wtx_err(tx), p->lines, &p->result));
    if (p->ended) {
        let_expire(p, now->now);
    }
    return OK;
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static json_t *
whys_json(unsigned why)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < WHYS; i++) {
        if ((why & 1u << i) != 0) {
            (void)json_array_append_new(list, json_string(keep_why_name(1u << i)));
        }
    }
    return list;
}

static json_t *
line_json(const struct catalogue_plan *p, size_t i)
{
    char day[16];
    const struct keep_line *l = &p->lines[i];
    const struct str saturday = day_print(l->saturday, day);
    return json_pack(
        "{s:s%, s:o, s:o, s:o, s:s}", "id", p->rows[i].stamp.p, p->rows[i].stamp.n, "completedAt",
        catalogue_time(p->rows[i].completed_at), "why", whys_json(l->why), "saturday",
        l->saturday.n == DAY_NONE.n ? json_null() : json_stringn(saturday.p, saturday.n), "act",
        act_names[l->act]);
}

static enum rc
put_plan(const struct catalogue_plan *p, json_t *out)
{
    json_t *stop = json_array();
    for (unsigned i = 0; i < STOPS; i++) {
        if ((p->result.stop & 1u << i) != 0) {
            (void)json_array_append_new(stop, json_string(stop_names[i]));
        }
    }
    const int bad = json_object_set_new(out, "kept", json_integer((json_int_t)p->result.n_kept)) |
                    json_object_set_new(out, "goes", json_integer((json_int_t)p->result.n_gone)) |
                    json_object_set_new(out, "old", json_boolean(p->result.old)) |
                    json_object_set_new(out, "ended", json_boolean(p->ended)) |
                    json_object_set_new(out, "stop", stop);
    return bad == 0 ? OK : RC_BROKEN;
}

/* --- the clock -------------------------------------------------------------------------------- */

enum rc
catalogue_read_clock(struct rtx *tx, struct keep_now *ret_now)
{
    struct backup_duty_find_row d;
    bool found = false;
    TRY(backup_duty_find(tx, &(struct backup_duty_find_in){0}, &d, &found));
    *ret_now = (struct keep_now){.now = rtx_now(tx),
                                 .trust = time_trust(),
                                 .believed = found ? d.believed_at : INSTANT_NONE};
    return OK;
}

static enum rc
believe(struct wtx *tx, struct instant t)
{
    struct backup_duty_find_row d;
    int64_t changed;
    TRY(catalogue_duty(tx, 0, &d));
    return backup_believe(tx, &(struct backup_believe_in){t}, &changed);
}

enum rc
catalogue_clock(struct rtx *tx, bool *ret_good, struct instant *ret_believed)
{
    struct keep_now now;
    struct keep_plan plan;
    struct keep_line none;
    struct backup_ahead_row *ahead;
    size_t n;
    const struct keep_state nobody = {0};
    TRY(catalogue_read_clock(tx, &now));
    TRY(keep(&nobody, 0, &now, rtx_err(tx), &none, &plan));
    TRY(backup_ahead(tx, &(struct backup_ahead_in){now.now}, &ahead, &n));
    *ret_good = plan.clock == KEEP_CLOCK_GOOD && n == 0;
    *ret_believed = plan.believed;
    return OK;
}

enum rc
catalogue_believe(struct wtx *tx)
{
    bool good;
    struct instant believed;
    TRY(catalogue_clock(wtx_read(tx), &good, &believed));
    return believed.us != INSTANT_NONE.us ? believe(tx, believed) : OK;
}

/* The operator says that the clock is right. A state of a time that is not yet was made by one that
 * was wrong: it is of before the next one behind it, of now at the latest; nobody knows better, and
 * with its own time it would stay for as long as that clock was ahead. Its name stays. */
static enum rc
date_what_is_ahead(struct wtx *tx)
{
    struct backup_ahead_row *rows;
    size_t n;
    const struct instant now = wtx_now(tx);
    TRY(backup_ahead(wtx_read(tx), &(struct backup_ahead_in){now}, &rows, &n));
    for (size_t i = 0; i < n; i++) {
        const struct backup_ahead_row *r = &rows[i];
        const bool has_next = r->next_at.us != INSTANT_NONE.us;
        const struct instant at = {(has_next ? r->next_at.us : now.us) - 1000000};
        const struct archive_head head = backup_head(r->workspace_number, at);
        const struct backup_form f = {r->workspace_number, r->backup_origin, r->size_bytes,
                                      r->stamp, r->content_hash};
        TRY(backup_state_date(tx, &(struct backup_state_date_in){.completed_at = at,
                                                                 .day = head.day,
                                                                 .utc_offset = head.offset_s,
                                                                 .id = r->id,
                                                                 .version = r->version}));
        TRY(touch(tx, EVENT_BACKUP_DATED, SUBJECT(backup_state, r->id), &backup_form_def, NULL,
                  &f));
    }
    return OK;
}

/* --- a plan ----------------------------------------------------------------------------------- */

enum rc
catalogue_run_plan(struct wtx *tx, json_t *in, json_t *out)
{
    struct catalogue_plan p = {0};
    struct keep_now now;
    const struct str after = catalogue_text(in, "after", STAMP_LEN);
    const struct str given = catalogue_text(in, "now", 40);
    TRY(catalogue_workspace(tx, in, &p.number));
    TRY(catalogue_read_clock(wtx_read(tx), &now));
    if (given.n > 0) { /* as of another time, by a clock that is right */
        now.believed = INSTANT_NONE;
        now.trust = TIME_GOOD;
        if (instant_parse(given, &now.now) != OK) {
            return fail_field(wtx_err(tx), "now", RC_INVALID, E_FIELD_TIME, NULL);
        }
    }
    TRY(catalogue_read_plan(tx, &now, &p));
    TRY(put_plan(&p, out));
    json_t *list = json_array();
    for (size_t i = 0; i < p.n && json_array_size(list) < PAGE; i++) {
        const char *stamp = p.rows[i].stamp.p;
        if (after.n == STAMP_LEN && memcmp(stamp, after.p, STAMP_LEN) <= 0) {
            continue;
        }
        if (json_array_append_new(list, line_json(&p, i)) != 0) {
            json_decref(list);
            return RC_BROKEN;
        }
    }
    return json_object_set_new(out, "backups", list) == 0 ? OK : RC_BROKEN;
}

/* --- acting on it ----------------------------------------------------------------------------- */

static void
say_plan(const struct catalogue_plan *p)
{
    char whys[100];
    for (size_t i = 0; i < p->n; i++) {
        size_t n = 0;
        if (p->lines[i].act == KEEP_STAY || p->lines[i].act == KEEP_WAIT) {
            continue;
        }
        whys[0] = '\0';
        for (unsigned w = 0; w < WHYS; w++) {
            if ((p->lines[i].why & 1u << w) != 0) {
                n += (size_t)snprintf(whys + n, sizeof whys - n, "%s%s", n > 0 ? "," : "",
                                      keep_why_name(1u << w));
            }
        }
        catalogue_say(false, "backup.plan", "ws=%lld id=%.*s act=%s why=%s", (long long)p->number,
                      STR_FMT(p->rows[i].stamp), act_names[p->lines[i].act], whys);
    }
    catalogue_say(p->result.stop != 0, "backup.planned",
                  "ws=%lld kept=%zu goes=%zu stop=%u clock=%u", (long long)p->number,
                  p->result.n_kept, p->result.n_gone, p->result.stop, (unsigned)p->result.clock);
}

static enum rc
mark(struct wtx *tx, const struct backup_state_list_row *row, enum event e, struct instant since)
{
    const struct backup_form f = {row->workspace_number, row->backup_origin, row->size_bytes,
                                  row->stamp, row->content_hash};
    TRY(backup_state_mark(tx, &(struct backup_state_mark_in){
                                  .tombstone_at = since, .id = row->id, .version = row->version}));
    return touch(tx, e, SUBJECT(backup_state, row->id), &backup_form_def, NULL, &f);
}

/* Ids with blanks between them: master reads them, and no JSON. */
struct id_list {
    char text[UNLINK_MAX * (STAMP_LEN + 1) + 1];
    size_t n;
};

static bool
has_room(const struct id_list *ids)
{
    return ids->n + STAMP_LEN + 1 < sizeof ids->text;
}

static void
list_id(struct id_list *ids, const struct backup_state_list_row *row)
{
    ids->n += (size_t)snprintf(ids->text + ids->n, sizeof ids->text - ids->n, "%s%.16s",
                               ids->n > 0 ? " " : "", row->stamp.p);
}

/* Which states stay for a reason, of those that a target of the kind append would lose by age. When
 * they are too many to be told, none of them is told, and nothing goes there. */
static enum rc
spare(struct wtx *tx, const struct catalogue_plan *p, json_t *out)
{
    struct id_list *ids = ARENA_NEW(wtx_mem(tx), struct id_list);
    const int64_t since = wtx_now(tx).us - (int64_t)KEEP_OUTAGE_DAYS * DAY_S * 1000000;
    bool are_all = true;
    for (size_t i = 0; i < p->n; i++) {
        if (p->states[i].at.us < since && (p->lines[i].why & ~(unsigned)KEEP_DOUBTFUL) != 0) {
            are_all = are_all && has_room(ids);
            if (are_all) {
                list_id(ids, &p->rows[i]);
            }
        }
    }
    const bool may_sweep = are_all && p->result.clock == KEEP_CLOCK_GOOD;
    return (json_object_set_new(out, "spared", json_string(ids->text)) |
            json_object_set_new(out, "sweep", json_boolean(may_sweep))) == 0
               ? OK
               : RC_BROKEN;
}

static enum rc
act(struct wtx *tx, const struct catalogue_plan *p, json_t *out)
{
    struct id_list *ids = ARENA_NEW(wtx_mem(tx), struct id_list);
    int64_t copies;
    size_t marked = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct backup_state_list_row *row = &p->rows[i];
        if (p->lines[i].act == KEEP_MARK) {
            marked++;
            TRY(mark(tx, row, EVENT_BACKUP_MARKED, wtx_now(tx)));
        } else if (p->lines[i].act == KEEP_REVIVE) {
            TRY(mark(tx, row, EVENT_BACKUP_REVIVED, INSTANT_NONE));
        } else if (p->lines[i].act == KEEP_UNLINK && has_room(ids)) {
            list_id(ids, row);
            TRY(backup_copy_goes(tx, &(struct backup_copy_goes_in){row->id}, &copies));
        }
    }
    const int bad =
        json_object_set_new(out, "marked", json_integer((json_int_t)marked)) |
        json_object_set_new(out, "unlink", json_string(ids->text)) |
        json_object_set_new(out, "clock", json_boolean(p->result.clock == KEEP_CLOCK_GOOD));
    return bad == 0 ? spare(tx, p, out) : RC_BROKEN;
}

enum rc
catalogue_run_prune(struct wtx *tx, json_t *in, json_t *out)
{
    struct catalogue_plan p = {0};
    struct backup_duty_find_row d;
    struct keep_now now;
    TRY(catalogue_workspace(tx, in, &p.number));
    TRY(catalogue_read_clock(wtx_read(tx), &now));
    if (json_is_true(json_object_get(in, "believe"))) {
        now.believed = wtx_now(tx);
        TRY(date_what_is_ahead(tx));
    }
    TRY(catalogue_read_plan(tx, &now, &p));
    say_plan(&p);
    TRY(act(tx, &p, out));
    TRY(put_plan(&p, out));
    TRY(believe(tx, p.result.believed));
    TRY(catalogue_duty(tx, p.number, &d));
    d.planned_at = wtx_now(tx);
    return catalogue_duty_change(tx, EVENT_BACKUP_PLANNED, &d);
}

enum rc
catalogue_run_unlinked(struct wtx *tx, json_t *in, json_t *out)
{
    struct backup_state_find_row row;
    (void)out;
    TRY(catalogue_need(tx, in, &row));
    if (row.tombstone_at.us == INSTANT_NONE.us) {
        return fail(wtx_err(tx), RC_CONFLICT, E_BACKUP_KEPT, "it was not to go");
    }
    const struct backup_form before = {row.workspace_number, row.backup_origin, row.size_bytes,
                                       row.stamp, row.content_hash};
    TRY(catalogue_drop(tx, row.id));
    return touch(tx, EVENT_BACKUP_UNLINKED, SUBJECT(backup_state, row.id), &backup_form_def,
                 &before, NULL);
}
