/* catalogue.c: see catalogue.h. */
#include "app/backup/catalogue.h"

#include "app/backup/catalogue_in.h"
#include "app/backup/console_in.h"
#include "app/backup/put.h"
#include "archive/stamp.h"

/* What the audit trail keeps of a change. */
static const struct field backup_fields[] = {
    FIELD(struct backup_form, workspace_number, T_backup_workspace),
    FIELD(struct backup_form, backup_origin, T_backup_origin),
    FIELD(struct backup_form, size_bytes, T_backup_bytes),
    FIELD(struct backup_form, stamp, T_backup_state, .max = STAMP_LEN),
    FIELD(struct backup_form, content_hash, T_backup_hash, .max = 64),
};
const struct form_def backup_form_def = FORM_DEF(backup_form, backup_fields);

struct copy_form {
    struct str target_name, fault;
    int64_t copy_state;
};
static const struct field copy_fields[] = {
    FIELD(struct copy_form, target_name, T_backup_target, .max = 40),
    FIELD(struct copy_form, copy_state, T_backup_copy_state),
    FIELD(struct copy_form, fault, T_backup_fault, .max = 64),
};
static const struct form_def copy_form_def = FORM_DEF(copy_form, copy_fields);

struct duty_form {
    int64_t workspace_number, try_count, missed_days;
    struct str fault;
};
static const struct field duty_fields[] = {
    FIELD(struct duty_form, workspace_number, T_backup_workspace),
    FIELD(struct duty_form, try_count, T_backup_tries),
    FIELD(struct duty_form, missed_days, T_backup_missed),
    FIELD(struct duty_form, fault, T_backup_fault, .max = 64),
};
static const struct form_def duty_form_def = FORM_DEF(duty_form, duty_fields);

/* --- the log ---------------------------------------------------------------------------------- */

static catalogue_say_fn *say_fn;

void
catalogue_say_with(catalogue_say_fn *fn)
{
    say_fn = fn;
}

void
catalogue_say(bool bad, const char *event, const char *fmt, ...)
{
    char text[300];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (say_fn != NULL) {
        say_fn(bad, event, text);
    }
}

/* --- parameters ------------------------------------------------------------------------------- */

struct str
catalogue_text(const json_t *in, const char *key, size_t max)
{
    const json_t *v = json_object_get(in, key);
    const size_t n = json_string_length(v);
    return json_is_string(v) && n <= max ? (struct str){json_string_value(v), n} : STR_NONE;
}

enum rc
catalogue_workspace(struct wtx *tx, const json_t *in, int64_t *ret_number)
{
    const json_t *v = json_object_get(in, "workspace");
    const int64_t n = json_is_integer(v) ? json_integer_value(v) : -1;
    if (n < 0) {
        return fail_field(wtx_err(tx), "workspace", RC_INVALID, E_FIELD_ID, NULL);
    }
    *ret_number = n;
    return OK;
}

static enum rc
need_stamp(struct wtx *tx, const json_t *in, struct str *ret_stamp, struct instant *ret_at)
{
    const struct str stamp = catalogue_text(in, "id", STAMP_LEN);
    if (stamp.p == NULL || stamp_parse(stamp, ret_at) != OK) {
        return fail_field(wtx_err(tx), "id", RC_INVALID, E_FIELD_ID, NULL);
    }
    *ret_stamp = stamp;
    return OK;
}

enum rc
catalogue_need(struct wtx *tx, const json_t *in, struct backup_state_find_row *ret_row)
{
    int64_t number = 0;
    struct str stamp;
    struct instant at;
    bool found = false;
    TRY(catalogue_workspace(tx, in, &number));
    TRY(need_stamp(tx, in, &stamp, &at));
    TRY(backup_state_find(wtx_read(tx), &(struct backup_state_find_in){number, stamp}, ret_row,
                          &found));
    return found ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "no such backup");
}

/* --- how a workspace stands ------------------------------------------------------------------- */

enum rc
catalogue_duty(struct wtx *tx, int64_t number, struct backup_duty_find_row *ret_row)
{
    const struct backup_duty_find_in find = {number};
    bool found = false;
    TRY(backup_duty_find(wtx_read(tx), &find, ret_row, &found));
    if (!found) {
        struct backup_duty_id id;
        TRY(wtx_new_id(tx, "backup_duty", &id.n));
        TRY(backup_duty_insert(tx, &(struct backup_duty_insert_in){id, number}));
        TRY(backup_duty_find(wtx_read(tx), &find, ret_row, &found));
    }
    return OK;
}

enum rc
catalogue_duty_change(struct wtx *tx, enum event e, const struct backup_duty_find_row *d)
{
    const struct duty_form after = {d->workspace_number, d->try_count, d->missed_days, d->fault};
    TRY(backup_duty_change(tx, &(struct backup_duty_change_in){.tried_at = d->tried_at,
                                                               .good_at = d->good_at,
                                                               .try_count = d->try_count,
                                                               .fault = d->fault,
                                                               .missed_days = d->missed_days,
                                                               .believed_at = d->believed_at,
                                                               .told_at = d->told_at,
                                                               .planned_at = d->planned_at,
                                                               .drilled_at = d->drilled_at,
                                                               .drill_fault = d->drill_fault,
                                                               .id = d->id,
                                                               .version = d->version}));
    return touch(tx, e, SUBJECT(backup_duty, d->id), &duty_form_def, NULL, &after);
}

static enum rc
run_tried(struct wtx *tx, json_t *in, json_t *out)
{
    int64_t number = 0;
    struct backup_duty_find_row d;
    (void)out;
    TRY(catalogue_workspace(tx, in, &number));
    TRY(catalogue_duty(tx, number, &d));
    d.tried_at = wtx_now(tx);
    d.try_count++;
    return catalogue_duty_change(tx, EVENT_BACKUP_TRIED, &d);
}

static enum rc
run_failed(struct wtx *tx, json_t *in, json_t *out)
{
    int64_t number = 0;
    struct backup_duty_find_row d;
    (void)out;
    TRY(catalogue_workspace(tx, in, &number));
    TRY(catalogue_duty(tx, number, &d));
    d.fault = catalogue_text(in, "code", 64);
    d.fault = d.fault.n > 0 ? d.fault : STR("io");
    return catalogue_duty_change(tx, EVENT_BACKUP_FAILED, &d);
}

/* The audit trail alone has it, and whose it was. */
static enum rc
run_refused(struct wtx *tx, json_t *in, json_t *out)
{
    int64_t number = 0;
    struct backup_duty_find_row d;
    (void)out;
    TRY(catalogue_workspace(tx, in, &number));
    TRY(catalogue_duty(tx, number, &d));
    wtx_allow_untouched(tx, "what was refused changed nothing");
    const struct duty_form after = {number, d.try_count, d.missed_days,
                                    catalogue_text(in, "code", 64)};
    return touch(tx, EVENT_BACKUP_REFUSED, SUBJECT(backup_duty, d.id), &duty_form_def, NULL,
                 &after);
}

/* A verdict was signed, good or bad; what is no verdict counts as a failure. */
static enum rc
proved(struct wtx *tx, struct backup_duty_find_row *d, const json_t *result)
{
    int64_t changed;
    struct instant at = INSTANT_NONE;
    const json_t *people = json_object_get(result, "people");
    const struct str when = catalogue_text(result, "drilledAt", 32);
    const struct str code = catalogue_text(result, "code", 64);
    const bool good = json_is_true(json_object_get(result, "good"));
    if (when.n == 0 || instant_parse(when, &at) != OK ||
        !json_is_boolean(json_object_get(result, "good"))) {
        return fail_field(wtx_err(tx), "result", RC_INVALID, E_FIELD_CHOICE, NULL);
    }
    if (!good) {
        d->drill_fault = code.n > 0 ? code : STR("io");
    }
    return backup_duty_proved(
        tx,
        &(struct backup_duty_proved_in){
            .signed_at = at,
            .drilled_stamp = catalogue_text(result, "state", STAMP_LEN),
            .row_count = json_integer_value(json_object_get(result, "rows")),
            .people_count = json_is_integer(people) ? json_integer_value(people) : NONE_I64,
            .id = d->id},
        &changed);
}

static enum rc
run_drilled(struct wtx *tx, json_t *in, json_t *out)
{
    int64_t number = 0;
    struct backup_duty_find_row d;
    (void)out;
    TRY(catalogue_workspace(tx, in, &number));
    TRY(catalogue_duty(tx, number, &d));
    d.drilled_at = wtx_now(tx);
    d.drill_fault = catalogue_text(in, "code", 64);
    d.drill_fault = d.drill_fault.p != NULL ? d.drill_fault : STR("io");
    const json_t *result = json_object_get(in, "result");
    if (result != NULL) {
        TRY(proved(tx, &d, result));
    }
    return catalogue_duty_change(
        tx, d.drill_fault.n == 0 ? EVENT_BACKUP_DRILLED : EVENT_BACKUP_DRILL_FAILED, &d);
}

/* A success at `at`: days between the last one and this one had none, and that is said. A time that
 * is not yet is of a clock that was ahead, and counts for nothing. */
static enum rc
succeeded(struct wtx *tx, int64_t number, struct instant at)
{
    struct backup_duty_find_row d;
    TRY(catalogue_duty(tx, number, &d));
    const struct instant now = wtx_now(tx);
    const bool first = d.good_at.us == INSTANT_NONE.us || d.good_at.us > now.us;
    if (at.us > now.us || (!first && d.good_at.us >= at.us)) {
        return OK; /* an older one was read again */
    }
    const int64_t days = first ? 1 : instant_day(at).n - instant_day(d.good_at).n;
    d.good_at = at;
    d.try_count = 0;
    d.fault = STR("");
    d.missed_days = days > 1 ? days - 1 : 0;
    return catalogue_duty_change(tx, d.missed_days > 0 ? EVENT_BACKUP_CAUGHT_UP : EVENT_BACKUP_KEPT,
                                 &d);
}

/* --- copies ----------------------------------------------------------------------------------- */

enum rc
catalogue_copy(struct wtx *tx, struct backup_state_id state, struct str target, enum copy_state s,
               struct str fault)
{
    struct backup_copy_find_row row;
    bool found = false;
    TRY(backup_copy_find(wtx_read(tx), &(struct backup_copy_find_in){state, target}, &row, &found));
    struct instant verified = found ? row.verified_at : INSTANT_NONE;
    verified = s == COPY_VERIFIED && fault.n == 0 ? wtx_now(tx) : verified;
    if (found) {
        return backup_copy_judge(
            tx, &(struct backup_copy_judge_in){
                    .copy_state = s, .verified_at = verified, .fault = fault, .id = row.id});
    }
    struct backup_copy_id id;
    TRY(wtx_new_id(tx, "backup_copy", &id.n));
    return backup_copy_insert(tx, &(struct backup_copy_insert_in){.id = id,
                                                                  .backup_state_id = state,
                                                                  .target_name = target,
                                                                  .copy_state = s,
                                                                  .verified_at = verified,
                                                                  .fault = fault});
}

/* What a code tells of the copy itself; that its place could not be reached, or not in time, tells
 * nothing: one that was verified stays so. */
static enum copy_state
judge_copy(struct str code, const struct backup_copy_find_row *before)
{
    if (code.n == 0) {
        return COPY_VERIFIED;
    }
    if (str_eq(code, str_of(code_name(E_MISSING)))) {
        return COPY_MISSING;
    }
    return !str_starts(code, STR("archive.")) && before != NULL &&
                   before->copy_state == COPY_VERIFIED
               ? COPY_VERIFIED
               : COPY_FAILED;
}

static enum rc
run_copied(struct wtx *tx, json_t *in, json_t *out)
{
    struct backup_state_find_row row;
    struct backup_copy_find_row before;
    bool found = false;
    const struct str target = catalogue_text(in, "target", 40);
    const struct str code = catalogue_text(in, "code", 64);
    (void)out;
    TRY(catalogue_need(tx, in, &row));
    if (target.n == 0 || code.p == NULL) {
        return fail_field(wtx_err(tx), "target", RC_INVALID, E_FIELD_REQUIRED, NULL);
    }
    TRY(backup_copy_find(wtx_read(tx), &(struct backup_copy_find_in){row.id, target}, &before,
                         &found));
    const enum copy_state s = judge_copy(code, found ? &before : NULL);
    const struct copy_form after = {target, code, s};
    TRY(catalogue_copy(tx, row.id, target, s, code));
    return touch(tx, code.n == 0 ? EVENT_BACKUP_COPIED : EVENT_BACKUP_COPY_LOST,
                 SUBJECT(backup_state, row.id), &copy_form_def, NULL, &after);
}

/* --- states ----------------------------------------------------------------------------------- */

enum rc
catalogue_add(struct wtx *tx, const struct backup_form *f, struct instant at, int64_t tries,
              struct backup_state_id *ret_id)
{
    struct backup_state_id id;
    const struct archive_head head = backup_head(f->workspace_number, at);
    TRY(wtx_new_id(tx, "backup_state", &id.n));
    TRY(backup_state_insert(
        tx, &(struct backup_state_insert_in){
                .id = id,
                .workspace_number = f->workspace_number,
                .stamp = f->stamp,
                .completed_at = at,
                .day = head.day,
                .utc_offset = head.offset_s,
                .backup_origin = f->backup_origin,
                .size_bytes = f->size_bytes,
                .content_hash = f->content_hash,
                .verified_at = f->backup_origin == BACKUP_GOOD ? wtx_now(tx) : INSTANT_NONE,
                .try_count = tries}));
    *ret_id = id;
    return OK;
}

enum rc
catalogue_drop(struct wtx *tx, struct backup_state_id state)
{
    int64_t copies;
    TRY(backup_copy_drop(tx, &(struct backup_copy_drop_in){state}, &copies));
    return backup_state_drop(tx, &(struct backup_state_drop_in){state});
}

static enum rc
judge_state(struct wtx *tx, const struct backup_state_find_row *row, const struct backup_form *f)
{
    const struct instant verified =
        f->backup_origin == BACKUP_GOOD ? wtx_now(tx) : row->verified_at;
    return backup_state_judge(tx, &(struct backup_state_judge_in){.backup_origin = f->backup_origin,
                                                                  .size_bytes = f->size_bytes,
                                                                  .content_hash = f->content_hash,
                                                                  .verified_at = verified,
                                                                  .id = row->id,
                                                                  .version = row->version});
}

/* Whoever is killed before a copy is made leaves a row that says that it is missing. */
static enum rc
want_copies(struct wtx *tx, struct backup_state_id id, const json_t *targets)
{
    size_t i;
    const json_t *t;
    json_array_foreach(targets, i, t)
    {
        struct backup_copy_find_row row;
        bool found = false;
        const struct str name = {json_string_value(t), json_string_length(t)};
        if (name.p == NULL || name.n == 0 || name.n > 40) {
            return fail_field(wtx_err(tx), "targets", RC_INVALID, E_FIELD_REQUIRED, NULL);
        }
        TRY(backup_copy_find(wtx_read(tx), &(struct backup_copy_find_in){id, name}, &row, &found));
        if (!found) {
            TRY(catalogue_copy(tx, id, name, COPY_MISSING, STR("missing")));
        }
    }
    return OK;
}

/* judge_state() came before. The operators hear of it, since a disk that lost bits loses more: of
 * the first in a day, and doctor counts them. A folder that was lost is a thousand files in one
 * night. */
static enum rc
note_repair(struct wtx *tx, const struct backup_state_find_row *row)
{
    TRY(backup_state_repair(tx, &(struct backup_state_repair_in){.repaired_at = wtx_now(tx),
                                                                 .id = row->id,
                                                                 .version = row->version + 1}));
    return catalogue_tell_daily(tx, EVENT_BACKUP_REPAIRED);
}

static enum rc
run_kept(struct wtx *tx, json_t *in, json_t *out)
{
    struct backup_form f = {.backup_origin = BACKUP_GOOD};
    struct instant at;
    struct backup_state_find_row row;
    struct backup_state_id id;
    bool found = false;
    (void)out;
    TRY(catalogue_workspace(tx, in, &f.workspace_number));
    TRY(need_stamp(tx, in, &f.stamp, &at));
    f.size_bytes = json_integer_value(json_object_get(in, "bytes"));
    f.content_hash = catalogue_text(in, "hash", 64);
    if (f.content_hash.n != 64 || f.size_bytes <= 0) {
        return fail_field(wtx_err(tx), "hash", RC_INVALID, E_FIELD_REQUIRED, NULL);
    }
    TRY(backup_state_find(wtx_read(tx), &(struct backup_state_find_in){f.workspace_number, f.stamp},
                          &row, &found));
    if (found && row.content_hash.n > 0 && !str_eq(row.content_hash, f.content_hash)) {
        return fail(wtx_err(tx), RC_CONFLICT, E_ARCHIVE_OTHER, "not what was kept");
    }
    if (found) {
        id = row.id;
        TRY(judge_state(tx, &row, &f));
    } else {
        struct backup_duty_find_row d;
        TRY(catalogue_duty(tx, f.workspace_number, &d));
        TRY(catalogue_add(tx, &f, at, d.try_count, &id));
    }
    const bool repaired = found && catalogue_text(in, "repairedFrom", 40).n > 0;
    TRY(catalogue_copy(tx, id, STR(CATALOGUE_HERE), COPY_VERIFIED, STR("")));
    TRY(want_copies(tx, id, json_object_get(in, "targets")));
    TRY(repaired ? note_repair(tx, &row) : OK);
    TRY(touch(tx,
              repaired ? EVENT_BACKUP_REPAIRED
              : found  ? EVENT_BACKUP_VERIFIED
                       : EVENT_BACKUP_KEPT,
              SUBJECT(backup_state, id), &backup_form_def, NULL, &f));
    return succeeded(tx, f.workspace_number, at);
}

static enum rc
run_checked(struct wtx *tx, json_t *in, json_t *out)
{
    struct backup_state_find_row row;
    int64_t changed;
    (void)out;
    TRY(catalogue_need(tx, in, &row));
    wtx_allow_untouched(tx, "that it is read changes nothing of a backup");
    return backup_state_check(tx, &(struct backup_state_check_in){wtx_now(tx), row.id}, &changed);
}

static enum rc
run_damaged(struct wtx *tx, json_t *in, json_t *out)
{
    int64_t changed;
    struct backup_state_find_row row;
    const struct str code = catalogue_text(in, "code", 64);
    TRY(catalogue_need(tx, in, &row));
    if ((json_object_set_new(out, "hash", json_stringn(row.content_hash.p, row.content_hash.n)) |
         json_object_set_new(out, "bytes", json_integer(row.size_bytes))) != 0) {
        return RC_BROKEN;
    }
    const struct backup_form f = {.workspace_number = row.workspace_number,
                                  .backup_origin = BACKUP_DAMAGED,
                                  .size_bytes = row.size_bytes,
                                  .stamp = row.stamp,
                                  .content_hash = row.content_hash};
    TRY(judge_state(tx, &row, &f));
    if (row.backup_origin != BACKUP_DAMAGED) { /* by whomever it was found: it is read at once */
        TRY(backup_state_check(tx, &(struct backup_state_check_in){INSTANT_NONE, row.id},
                               &changed));
    }
    TRY(catalogue_copy(tx, row.id, STR(CATALOGUE_HERE), COPY_FAILED,
                       code.n > 0 ? code : STR("io")));
    return touch(tx, EVENT_BACKUP_DAMAGED, SUBJECT(backup_state, row.id), &backup_form_def, NULL,
                 &f);
}

static const struct command commands[] = {
    {"catalogue.calendar", EVENT_NOTHING,          catalogue_run_calendar},
    {"catalogue.checked",  EVENT_BACKUP_VERIFIED,  run_checked           },
    {"catalogue.copied",   EVENT_BACKUP_COPIED,    run_copied            },
    {"catalogue.copies",   EVENT_NOTHING,          catalogue_run_copies  },
    {"catalogue.damaged",  EVENT_BACKUP_DAMAGED,   run_damaged           },
    {"catalogue.drilled",  EVENT_BACKUP_DRILLED,   run_drilled           },
    {"catalogue.duty",     EVENT_NOTHING,          catalogue_run_duty    },
    {"catalogue.failed",   EVENT_BACKUP_FAILED,    run_failed            },
    {"catalogue.found",    EVENT_BACKUP_FOUND,     catalogue_run_found   },
    {"catalogue.health",   EVENT_NOTHING,          catalogue_run_health  },
    {"catalogue.hold",     EVENT_BACKUP_PINNED,    catalogue_run_hold    },
    {"catalogue.kept",     EVENT_BACKUP_KEPT,      run_kept              },
    {"catalogue.list",     EVENT_NOTHING,          catalogue_run_list    },
    {"catalogue.pin",      EVENT_BACKUP_PINNED,    catalogue_run_pin     },
    {"catalogue.placed",   EVENT_BACKUP_DISPLACED, catalogue_run_placed  },
    {"catalogue.plan",     EVENT_NOTHING,          catalogue_run_plan    },
    {"catalogue.prune",    EVENT_BACKUP_PLANNED,   catalogue_run_prune   },
    {"catalogue.refused",  EVENT_BACKUP_REFUSED,   run_refused           },
    {"catalogue.tried",    EVENT_BACKUP_TRIED,     run_tried             },
    {"catalogue.unlinked", EVENT_BACKUP_UNLINKED,  catalogue_run_unlinked},
    {"catalogue.unpin",    EVENT_BACKUP_UNPINNED,  catalogue_run_unpin   },
    {"catalogue.watch",    EVENT_BACKUP_LATE,      catalogue_run_watch   },
};

static const struct route routes[] = {
    GET("/sicherungen", OPERATOR, backups_get),
    GET("/sicherungen/{workspace}", OPERATOR, backup_states_get),
    GET("/proben", OPERATOR, backup_drills_get),
};

const struct domain backup_domain = {
    .name = "backup",
    .routes = routes,
    .n_routes = COUNT(routes),
    .commands = commands,
    .n_commands = COUNT(commands),
};
