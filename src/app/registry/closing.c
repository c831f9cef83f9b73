/* closing.c: the end of a workspace (KEY-06). It is locked, then for 30 days whatever the agency
 * still needs is exported or unlocked for; after that, or at the agency's word, its data key is
 * destroyed and its folder deleted. The row stays: number and slug are never given again. */
#include <jansson.h>

#include "app/registry/registry.h"
#include "app/registry/registry_in.h"
#include "base/time.h"
#include "base/wire.h"
#include "closing.sql.h"
#include "guard/audit.h"
#include "registry.sql.h"

enum { WHY_MAX = 300, WAIT_DAYS = 30, KEPT_DAYS = 36 };

static const int64_t day_us = INT64_C(86400) * 1000000;

/* What the audit trail keeps. */
struct closing_form {
    struct str slug, why;
    int64_t workspace_state, file_count, byte_count;
};

static const struct field closing_fields[] = {
    FIELD(struct closing_form, slug, T_registry_slug, .required = true, .max = 63),
    FIELD(struct closing_form, why, T_registry_why, .required = true, .max = WHY_MAX),
    FIELD(struct closing_form, workspace_state, T_registry_state, .min = WH_ACTIVE,
          .max = WH_ENDED),
    FIELD(struct closing_form, file_count, T_registry_files, .max = INT64_MAX),
    FIELD(struct closing_form, byte_count, T_registry_bytes, .max = INT64_MAX),
};
static const struct form_def closing_form_def = FORM_DEF(closing_form, closing_fields);

/* --- what is known ---------------------------------------------------------------------------- */

struct closing {
    struct registry_find_row w;
    struct closing_find_row end; /* when has_end */
    bool has_end;
};

static enum rc
find(struct wtx *tx, const json_t *in, struct closing *ret)
{
    *ret = (struct closing){0};
    TRY(registry_need(tx, in, &ret->w));
    return closing_find(wtx_read(tx), &(struct closing_find_in){ret->w.workspace_id}, &ret->end,
                        &ret->has_end);
}

static bool
is_wanted(const struct closing *c)
{
    return c->has_end && c->end.wanted_at.us != INSTANT_NONE.us;
}

static enum rc
need_why(struct wtx *tx, json_t *in, struct str *ret_why)
{
    *ret_why = str_trim(registry_text(in, "reason"));
    if (ret_why->n == 0 || str_points(*ret_why) > WHY_MAX) {
        return fail_field(wtx_err(tx), "reason", RC_INVALID,
                          ret_why->n == 0 ? E_FIELD_REQUIRED : E_FIELD_TOO_LONG, NULL);
    }
    return OK;
}

static json_t *
time_json(struct instant t)
{
    char text[32];
    const struct str s = instant_print(t, text);
    return t.us == INSTANT_NONE.us ? json_null() : json_stringn(s.p, s.n);
}

static enum rc
put(json_t *out, const struct closing *c, int64_t state)
{
    const struct instant kept = {c->end.wanted_at.us + KEPT_DAYS * day_us};
    TRY(registry_put(out, c->w.workspace_id.n, c->w.slug, c->w.workspace_name, state));
    const int bad =
        json_object_set_new(out, "lockedAt", time_json(c->end.locked_at)) |
        json_object_set_new(out, "reason", json_stringn(c->end.why.p, c->end.why.n)) |
        json_object_set_new(out, "orderedAt", time_json(c->end.wanted_at)) |
        json_object_set_new(out, "endedAt", time_json(c->end.ended_at)) |
        json_object_set_new(out, "files", json_integer(c->end.file_count)) |
        json_object_set_new(out, "bytes", json_integer(c->end.byte_count)) |
        json_object_set_new(out, "backupsUntil", is_wanted(c) ? time_json(kept) : json_null());
    return bad == 0 ? OK : RC_BROKEN;
}

/* --- commands --------------------------------------------------------------------------------- */

static enum rc
set_state(struct wtx *tx, const struct closing *c, int64_t state)
{
    return registry_set_state(tx, &(struct registry_set_state_in){.workspace_state = state,
                                                                  .workspace_id = c->w.workspace_id,
                                                                  .version = c->w.version});
}

static enum rc
note(struct wtx *tx, enum event e, const struct closing *c, int64_t state)
{
    const struct closing_form after = {c->w.slug, c->end.why, state, c->end.file_count,
                                       c->end.byte_count};
    return touch(tx, e, SUBJECT(workspace, c->w.workspace_id), &closing_form_def, NULL, &after);
}

enum rc
closing_run_lock(struct wtx *tx, json_t *in, json_t *out)
{
    struct closing c;
    struct str why;
    TRY(find(tx, in, &c));
    TRY(need_why(tx, in, &why));
    if (c.w.workspace_state != WH_ACTIVE) {
        return fail(wtx_err(tx), RC_CONFLICT, E_WORKSPACE_NOT_OPEN, "it is not in use");
    }
    c.end = (struct closing_find_row){.workspace_id = c.w.workspace_id,
                                      .locked_at = wtx_now(tx),
                                      .why = why,
                                      .wanted_at = INSTANT_NONE,
                                      .ended_at = INSTANT_NONE};
    TRY(set_state(tx, &c, WH_LOCKED));
    TRY(closing_insert(tx,
                       &(struct closing_insert_in){c.w.workspace_id, c.end.locked_at, c.end.why}));
    TRY(note(tx, EVENT_WORKSPACE_LOCKED, &c, WH_LOCKED));
    return put(out, &c, WH_LOCKED);
}

/* Locked, and its end is not ordered. */
static enum rc
need_locked(struct wtx *tx, const struct closing *c)
{
    if (is_wanted(c)) {
        return fail(wtx_err(tx), RC_CONFLICT, E_WORKSPACE_ENDED, "its end is ordered");
    }
    return c->has_end ? OK : fail(wtx_err(tx), RC_CONFLICT, E_WORKSPACE_NOT_LOCKED, "it is in use");
}

enum rc
closing_run_unlock(struct wtx *tx, json_t *in, json_t *out)
{
    struct closing c;
    TRY(find(tx, in, &c));
    TRY(need_locked(tx, &c));
    TRY(set_state(tx, &c, WH_ACTIVE));
    TRY(closing_drop(tx, &(struct closing_drop_in){c.w.workspace_id}));
    TRY(note(tx, EVENT_WORKSPACE_UNLOCKED, &c, WH_ACTIVE));
    return registry_put(out, c.w.workspace_id.n, c.w.slug, c.w.workspace_name, WH_ACTIVE);
}

static enum rc
change(struct wtx *tx, const struct closing *c)
{
    return closing_change(tx, &(struct closing_change_in){.why = c->end.why,
                                                          .wanted_at = c->end.wanted_at,
                                                          .ended_at = c->end.ended_at,
                                                          .file_count = c->end.file_count,
                                                          .byte_count = c->end.byte_count,
                                                          .workspace_id = c->w.workspace_id,
                                                          .version = c->end.version});
}

/* Asked again it is the same order: what was interrupted is finished. */
enum rc
closing_run_end(struct wtx *tx, json_t *in, json_t *out)
{
    struct closing c;
    struct str why;
    TRY(find(tx, in, &c));
    if (is_wanted(&c)) {
        wtx_allow_untouched(tx, "ordered before");
        return put(out, &c, WH_ENDED);
    }
    TRY(need_locked(tx, &c));
    TRY(need_why(tx, in, &why));
    const int64_t waited = wtx_now(tx).us - c.end.locked_at.us;
    if (!json_is_true(json_object_get(in, "atOnce")) && waited < WAIT_DAYS * day_us) {
        return fail(wtx_err(tx), RC_CONFLICT, E_WORKSPACE_EARLY, "locked for less than 30 days");
    }
    c.end.why = why;
    c.end.wanted_at = wtx_now(tx);
    TRY(change(tx, &c));
    TRY(note(tx, EVENT_WORKSPACE_END_ORDERED, &c, WH_ENDED));
    return put(out, &c, WH_ENDED);
}

enum rc
closing_run_ended(struct wtx *tx, json_t *in, json_t *out)
{
    struct closing c;
    TRY(find(tx, in, &c));
    if (!is_wanted(&c)) {
        return fail(wtx_err(tx), RC_CONFLICT, E_WORKSPACE_NOT_LOCKED, "its end is not ordered");
    }
    if (c.end.ended_at.us != INSTANT_NONE.us) {
        wtx_allow_untouched(tx, "ended before");
        return put(out, &c, WH_ENDED);
    }
    c.end.ended_at = wtx_now(tx);
    c.end.file_count = json_integer_value(json_object_get(in, "files"));
    c.end.byte_count = json_integer_value(json_object_get(in, "bytes"));
    TRY(change(tx, &c));
    TRY(note(tx, EVENT_WORKSPACE_ENDED, &c, WH_ENDED));
    return put(out, &c, WH_ENDED);
}
