/* states.c: the catalogue beside the folder it describes: what was found there, what holds a state,
 * and the list. */
#include "app/backup/catalogue_in.h"
#include "app/backup/keep.h"
#include "archive/stamp.h"

/* --- what lies in the folder ------------------------------------------------------------------ */

static bool
is_listed(const json_t *states, struct str stamp)
{
    size_t i;
    const json_t *s;
    json_array_foreach(states, i, s)
    {
        if (str_eq(catalogue_text(s, "id", STAMP_LEN), stamp)) {
            return true;
        }
    }
    return false;
}

static enum rc
find_one(struct wtx *tx, int64_t number, const json_t *s, int64_t *found_count)
{
    struct backup_state_find_row row;
    struct backup_state_id id;
    struct instant at;
    bool found = false;
    const struct backup_form f = {.workspace_number = number,
                                  .backup_origin = BACKUP_BELIEVED,
                                  .size_bytes = json_integer_value(json_object_get(s, "bytes")),
                                  .stamp = catalogue_text(s, "id", STAMP_LEN),
                                  .content_hash = STR("")};
    if (f.stamp.p == NULL || stamp_parse(f.stamp, &at) != OK) {
        return fail_field(wtx_err(tx), "states", RC_INVALID, E_FIELD_ID, NULL);
    }
    TRY(backup_state_find(wtx_read(tx), &(struct backup_state_find_in){number, f.stamp}, &row,
                          &found));
    if (found) {
        return OK;
    }
    ++*found_count;
    TRY(catalogue_add(tx, &f, at, 0, &id));
    return touch(tx, EVENT_BACKUP_FOUND, SUBJECT(backup_state, id), &backup_form_def, NULL, &f);
}

/* May there be a copy of it? Not where each place was reached, and had none. */
static bool
may_be_somewhere(const struct backup_copy_list_row *copies, size_t n, struct backup_state_id id)
{
    bool may = false;
    for (size_t i = 0; i < n; i++) {
        may |= copies[i].backup_state_id.n == id.n && copies[i].copy_state != COPY_MISSING &&
               !str_eq(copies[i].target_name, STR(CATALOGUE_HERE));
    }
    return may;
}

/* A state whose file is gone: it lives on in its copies, or not at all; one that is held is
 * remembered all the same, so that it is said what is missing. */
static enum rc
miss_one(struct wtx *tx, const struct backup_state_list_row *row, bool remembered)
{
    const struct backup_form before = {row->workspace_number, row->backup_origin, row->size_bytes,
                                       row->stamp, row->content_hash};
    struct backup_copy_find_row here;
    bool known = false;
    TRY(backup_copy_find(wtx_read(tx), &(struct backup_copy_find_in){row->id, STR(CATALOGUE_HERE)},
                         &here, &known));
    if (!remembered) {
        TRY(catalogue_drop(tx, row->id));
    } else if (known && here.copy_state == COPY_MISSING) {
        return OK; /* said before */
    } else {
        TRY(catalogue_copy(tx, row->id, STR(CATALOGUE_HERE), COPY_MISSING, STR("missing")));
    }
    return touch(tx, EVENT_BACKUP_LOST, SUBJECT(backup_state, row->id), &backup_form_def, &before,
                 NULL);
}

static int32_t
copies_of(const struct backup_copy_list_row *copies, size_t n, struct backup_state_id id)
{
    int32_t k = 0;
    for (size_t i = 0; i < n; i++) {
        k += copies[i].backup_state_id.n == id.n && copies[i].copy_state == COPY_VERIFIED &&
             !str_eq(copies[i].target_name, STR(CATALOGUE_HERE));
    }
    return k;
}

/* A list that is full may have left out older ones: of them it says nothing. */
static struct instant
told_since(const json_t *states)
{
    struct instant t = {INT64_MIN};
    const json_t *oldest = json_array_get(states, CATALOGUE_FOUND_MAX - 1);
    return stamp_parse(catalogue_text(oldest, "id", STAMP_LEN), &t) == OK
               ? t
               : (struct instant){INT64_MIN};
}

/* A place that the operator took away holds nothing that counts. */
static enum rc
forget_places(struct wtx *tx, int64_t number, const json_t *targets)
{
    struct str name[CATALOGUE_PLACES] = {STR(""), STR(""), STR("")};
    int64_t forgotten;
    if (targets == NULL) {
        return OK;
    }
    if (!json_is_array(targets) || json_array_size(targets) > CATALOGUE_PLACES) {
        return fail_field(wtx_err(tx), "targets", RC_INVALID, E_LIMIT, NULL);
    }
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *t = json_array_get(targets, i);
        name[i] = (struct str){json_string_value(t), json_string_length(t)};
        if (name[i].n == 0) {
            return fail_field(wtx_err(tx), "targets", RC_INVALID, E_FIELD_REQUIRED, NULL);
        }
    }
    TRY(backup_copy_forget(tx, &(struct backup_copy_forget_in){name[0], name[1], name[2], number},
                           &forgotten));
    if (forgotten > 0) {
        catalogue_say(true, "backup.forgotten", "ws=%lld copies=%lld", (long long)number,
                      (long long)forgotten);
    }
    return OK;
}

enum rc
catalogue_run_found(struct wtx *tx, json_t *in, json_t *out)
{
    int64_t number;
    int64_t found = 0;
    int64_t missing = 0;
    struct backup_state_list_row *rows;
    struct backup_copy_list_row *copies;
    size_t n;
    size_t n_copies;
    size_t i;
    const json_t *s;
    const json_t *states = json_object_get(in, "states");
    TRY(catalogue_workspace(tx, in, &number));
    if (!json_is_array(states) || json_array_size(states) > CATALOGUE_FOUND_MAX) {
        return fail_field(wtx_err(tx), "states", RC_INVALID, E_LIMIT, NULL);
    }
    TRY(forget_places(tx, number, json_object_get(in, "targets")));
    TRY(backup_state_list(wtx_read(tx), &(struct backup_state_list_in){number}, &rows, &n));
    TRY(backup_copy_list(wtx_read(tx), &(struct backup_copy_list_in){number}, &copies, &n_copies));
    const struct instant since = told_since(states);
    for (size_t k = 0; k < n; k++) {
        if (rows[k].completed_at.us >= since.us && !is_listed(states, rows[k].stamp)) {
            missing++;
            TRY(miss_one(tx, &rows[k],
                         rows[k].pin != PIN_NONE ||
                             may_be_somewhere(copies, n_copies, rows[k].id)));
        }
    }
    json_array_foreach(states, i, s)
    {
        TRY(find_one(tx, number, s, &found));
    }
    if (found + missing == 0) {
        wtx_allow_untouched(tx, "the folder is as the catalogue says");
    }
    const int bad = json_object_set_new(out, "found", json_integer(found)) |
                    json_object_set_new(out, "missing", json_integer(missing));
    return bad == 0 ? OK : RC_BROKEN;
}

/* --- what holds a state ----------------------------------------------------------------------- */

static enum rc
set_pin(struct wtx *tx, const struct backup_state_find_row *row, enum event e,
        const struct backup_state_pin_in *pin)
{
    const struct backup_form f = {row->workspace_number, row->backup_origin, row->size_bytes,
                                  row->stamp, row->content_hash};
    TRY(backup_state_pin(tx, pin));
    return touch(tx, e, SUBJECT(backup_state, row->id), &backup_form_def, NULL, &f);
}

enum rc
catalogue_run_pin(struct wtx *tx, json_t *in, json_t *out)
{
    static const char *const whys[] = {
        [PIN_RESTORE] = "restore", [PIN_HOLD] = "hold", [PIN_CUSTOMER] = "customer"};
    struct backup_state_find_row row;
    struct instant until = INSTANT_NONE;
    const struct str why = catalogue_text(in, "why", 20);
    const struct str reason = catalogue_text(in, "reason", 120);
    const struct str until_text = catalogue_text(in, "until", 40);
    enum keep_pin pin = PIN_CUSTOMER;
    (void)out;
    TRY(catalogue_need(tx, in, &row));
    while (pin > PIN_NONE && !str_eq(why, str_of(whys[pin]))) {
        pin--;
    }
    if (pin == PIN_NONE) {
        return fail_field(wtx_err(tx), "why", RC_INVALID, E_FIELD_REQUIRED, NULL);
    }
    if ((until_text.p != NULL && instant_parse(until_text, &until) != OK) ||
        (until_text.p == NULL && pin != PIN_RESTORE)) {
        return fail_field(wtx_err(tx), "until", RC_INVALID, E_FIELD_TIME, NULL);
    }
    return set_pin(tx, &row, EVENT_BACKUP_PINNED,
                   &(struct backup_state_pin_in){.pin = pin,
                                                 .pinned_at = wtx_now(tx),
                                                 .pinned_until = until,
                                                 .pin_reason = reason.p != NULL ? reason : STR(""),
                                                 .id = row.id,
                                                 .version = row.version});
}

enum rc
catalogue_run_unpin(struct wtx *tx, json_t *in, json_t *out)
{
    struct backup_state_find_row row;
    (void)out;
    TRY(catalogue_need(tx, in, &row));
    return set_pin(tx, &row, EVENT_BACKUP_UNPINNED,
                   &(struct backup_state_pin_in){.pin = PIN_NONE,
                                                 .pinned_at = INSTANT_NONE,
                                                 .pinned_until = INSTANT_NONE,
                                                 .pin_reason = STR(""),
                                                 .id = row.id,
                                                 .version = row.version});
}

/* A workspace is believed no longer time than an order may take. */
enum { HOLD_DAYS = 16 };

/* An order's hold is put on its state and taken off any other; what somebody else holds is not an
 * order's to change. */
static enum rc
hold_one(struct wtx *tx, const struct backup_state_list_row *row, struct instant until,
         bool *ret_changed)
{
    struct backup_state_find_row state;
    bool found = false;
    const bool is_held = until.us != INSTANT_NONE.us;
    *ret_changed = is_held ? row->pin == PIN_NONE ||
                                 (row->pin == PIN_RESTORE && row->pinned_until.us != until.us)
                           : row->pin == PIN_RESTORE;
    if (!*ret_changed) {
        return OK;
    }
    TRY(backup_state_find(wtx_read(tx),
                          &(struct backup_state_find_in){row->workspace_number, row->stamp}, &state,
                          &found));
    return set_pin(tx, &state, is_held ? EVENT_BACKUP_PINNED : EVENT_BACKUP_UNPINNED,
                   &(struct backup_state_pin_in){.pin = is_held ? PIN_RESTORE : PIN_NONE,
                                                 .pinned_at = is_held ? wtx_now(tx) : INSTANT_NONE,
                                                 .pinned_until = until,
                                                 .pin_reason = is_held ? STR("order") : STR(""),
                                                 .id = state.id,
                                                 .version = state.version});
}

enum rc
catalogue_run_hold(struct wtx *tx, json_t *in, json_t *out)
{
    int64_t number;
    struct backup_state_list_row *rows;
    size_t n;
    bool any = false;
    const struct str id = catalogue_text(in, "id", STAMP_LEN);
    const json_t *until = json_object_get(in, "untilUs");
    (void)out;
    TRY(catalogue_workspace(tx, in, &number));
    if (id.p == NULL || !json_is_integer(until)) {
        return fail_field(wtx_err(tx), "id", RC_INVALID, E_FIELD_ID, NULL);
    }
    TRY(backup_state_list(wtx_read(tx), &(struct backup_state_list_in){number}, &rows, &n));
    const int64_t most_us = wtx_now(tx).us + HOLD_DAYS * INT64_C(86400000000);
    const int64_t said_us = json_integer_value(until);
    const struct instant end = {said_us < most_us ? said_us : most_us};
    for (size_t i = 0; i < n; i++) {
        bool changed;
        const struct instant to = str_eq(rows[i].stamp, id) ? end : INSTANT_NONE;
        TRY(hold_one(tx, &rows[i], to, &changed));
        any = any || changed;
    }
    if (!any) {
        wtx_allow_untouched(tx, "it is held already, or nothing is");
    }
    return OK;
}

/* --- the list --------------------------------------------------------------------------------- */

static json_t *
copies_json(const struct backup_copy_list_row *c, size_t n, struct backup_state_id id)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        if (c[i].backup_state_id.n == id.n) {
            (void)json_array_append_new(
                list, json_pack("{s:s%, s:b, s:o, s:s%}", "target", c[i].target_name.p,
                                c[i].target_name.n, "verified", c[i].copy_state == COPY_VERIFIED,
                                "verifiedAt", catalogue_time(c[i].verified_at), "fault",
                                c[i].fault.p, c[i].fault.n));
        }
    }
    return list;
}

static json_t *
state_json(const struct backup_state_page_row *r, json_t *copies)
{
    static const char *const origins[] = {
        [BACKUP_GOOD] = "good", [BACKUP_BELIEVED] = "believed", [BACKUP_DAMAGED] = "damaged"};
    return json_pack(
        "{s:s%, s:I, s:o, s:b, s:o, s:s, s:I, s:s%, s:o, s:b, s:o}", "id", r->stamp.p, r->stamp.n,
        "workspace", (json_int_t)r->workspace_number, "completedAt",
        catalogue_time(r->completed_at), "verified", r->backup_origin == BACKUP_GOOD, "verifiedAt",
        catalogue_time(r->verified_at), "origin", origins[r->backup_origin], "bytes",
        (json_int_t)r->size_bytes, "hash", r->content_hash.p, r->content_hash.n, "tombstoneAt",
        catalogue_time(r->tombstone_at), "pinned", r->pin != PIN_NONE, "copies", copies);
}

enum rc
catalogue_run_list(struct wtx *tx, json_t *in, json_t *out)
{
    int64_t number;
    struct backup_state_page_row *rows;
    struct backup_copy_list_row *copies;
    size_t n;
    size_t n_copies;
    const struct str after = catalogue_text(in, "after", STAMP_LEN);
    TRY(catalogue_workspace(tx, in, &number));
    TRY(backup_state_page(wtx_read(tx),
                          &(struct backup_state_page_in){number, after.p != NULL ? after : STR("")},
                          &rows, &n));
    TRY(backup_copy_list(wtx_read(tx), &(struct backup_copy_list_in){number}, &copies, &n_copies));
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *row = state_json(&rows[i], copies_json(copies, n_copies, rows[i].id));
        if (json_array_append_new(list, row) != 0) {
            json_decref(list);
            return RC_BROKEN;
        }
    }
    return json_object_set_new(out, "rows", list) == 0 ? OK : RC_BROKEN;
}

/* --- where from ------------------------------------------------------------------------------- */

enum rc
catalogue_run_copies(struct wtx *tx, json_t *in, json_t *out)
{
    struct backup_state_find_row state;
    struct backup_copy_good_row *rows;
    size_t n;
    char text[200] = "";
    size_t len = 0;
    TRY(catalogue_need(tx, in, &state));
    TRY(backup_copy_good(wtx_read(tx), &(struct backup_copy_good_in){state.id}, &rows, &n));
    const size_t first = (size_t)(instant_day(wtx_now(tx)).n + state.workspace_number);
    for (size_t i = 0; i < n && len + 42 < sizeof text; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", i > 0 ? " " : "",
                                STR_FMT(rows[(first + i) % n].target_name));
    }
    const int bad =
        json_object_set_new(out, "targets", json_string(text)) |
        json_object_set_new(out, "hash", json_stringn(state.content_hash.p, state.content_hash.n)) |
        json_object_set_new(out, "bytes", json_integer(state.size_bytes));
    return bad == 0 ? OK : RC_BROKEN;
}

/* --- for others ------------------------------------------------------------------------------- */

enum rc
catalogue_states(struct rtx *tx, int64_t workspace, struct catalogue_state **ret_v, size_t *ret_n)
{
    struct backup_state_list_row *rows;
    struct backup_copy_list_row *copies;
    size_t n;
    size_t n_copies;
    TRY(backup_state_list(tx, &(struct backup_state_list_in){workspace}, &rows, &n));
    TRY(backup_copy_list(tx, &(struct backup_copy_list_in){workspace}, &copies, &n_copies));
    struct catalogue_state *v = ARENA_ARRAY(rtx_mem(tx), struct catalogue_state, n + 1);
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct catalogue_state){.id = rows[i].id,
                                        .completed_at = rows[i].completed_at,
                                        .verified_at = rows[i].verified_at,
                                        .origin = (enum backup_origin)rows[i].backup_origin,
                                        .size_bytes = rows[i].size_bytes,
                                        .copies = copies_of(copies, n_copies, rows[i].id)};
        (void)snprintf(v[i].stamp, sizeof v[i].stamp, "%.*s", STR_FMT(rows[i].stamp));
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}
