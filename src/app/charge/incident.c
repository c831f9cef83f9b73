/* incident.c: faults of the operator's, during and after which a restore is free. */
#include "app/charge/charge_in.h"

static const struct field incident_fields[] = {
    FIELD(struct incident_form, slug, T_incident_workspace, .max = 63),
    FIELD(struct incident_form, incident_text, T_incident_text, .required = true,
          .max = INCIDENT_MAX, .area = true),
};
const struct form_def incident_form_def = FORM_DEF(incident_form, incident_fields);

enum rc
incident_open(struct wtx *tx, const struct incident_form *f, struct instant from,
              struct incident_id *ret_id)
{
    struct charge_workspace_named_row w = {.workspace_id = {NONE_I64}};
    bool found = true;
    if (f->slug.n > 0) {
        TRY(charge_workspace_named(wtx_read(tx), &(struct charge_workspace_named_in){f->slug}, &w,
                                   &found));
    }
    if (!found) {
        return fail_field(wtx_err(tx), "slug", RC_MISSING, E_MISSING, NULL);
    }
    if (from.us > wtx_now(tx).us) {
        return fail_field(wtx_err(tx), "from", RC_INVALID, E_INCIDENT_AHEAD, NULL);
    }
    TRY(wtx_new_id(tx, "incident", &ret_id->n));
    TRY(incident_insert(tx, &(struct incident_insert_in){
                                .id = *ret_id,
                                .workspace_number = w.workspace_id.n,
                                .begins_at = from.us != INSTANT_NONE.us ? from : wtx_now(tx),
                                .incident_text = f->incident_text,
                                .made_at = wtx_now(tx),
                                .made_user_id = wtx_user(tx)}));
    return touch(tx, EVENT_INCIDENT_OPENED, SUBJECT(incident, *ret_id), &incident_form_def, NULL,
                 f);
}

static enum rc
need_incident(struct wtx *tx, struct incident_id id, struct incident_find_row *ret_row)
{
    bool found;
    TRY(incident_find(wtx_read(tx), &(struct incident_find_in){id}, ret_row, &found));
    return found ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "no such incident");
}

enum rc
incident_close(struct wtx *tx, struct incident_id id, struct instant to)
{
    struct incident_find_row row;
    TRY(need_incident(tx, id, &row));
    if (row.ends_at.us != INSTANT_NONE.us) {
        return fail(wtx_err(tx), RC_CONFLICT, E_INCIDENT_CLOSED, "incident %lld", (long long)id.n);
    }
    to = to.us != INSTANT_NONE.us ? to : wtx_now(tx);
    if (to.us < row.begins_at.us || to.us > wtx_now(tx).us) {
        return fail_field(wtx_err(tx), "to", RC_INVALID, E_INCIDENT_AHEAD, NULL);
    }
    TRY(incident_end(tx, &(struct incident_end_in){to, id, row.version}));
    return touch(tx, EVENT_INCIDENT_CLOSED, SUBJECT(incident, id), NULL, NULL, NULL);
}

/* --- commands --------------------------------------------------------------------------------- */

static json_t *
row_of(const struct incident_find_row *r)
{
    const bool all = r->workspace_number == NONE_I64;
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:b}", "incident", (json_int_t)r->id.n,
                     "workspace", all ? json_null() : json_integer(r->workspace_number), "slug",
                     charge_json_text(r->slug), "from", charge_json_time(r->begins_at), "to",
                     charge_json_time(r->ends_at), "text", charge_json_text(r->incident_text),
                     "open", r->ends_at.us == INSTANT_NONE.us);
}

static enum rc
put_incident(struct wtx *tx, struct incident_id id, json_t *out)
{
    struct incident_find_row row;
    TRY(need_incident(tx, id, &row));
    json_t *j = row_of(&row);
    const int bad = json_object_update(out, j);
    json_decref(j);
    return bad == 0 ? OK : RC_BROKEN;
}

enum rc
incident_run_open(struct wtx *tx, json_t *in, json_t *out)
{
    struct incident_id id;
    struct instant from;
    const json_t *slug = json_object_get(in, "slug");
    const struct incident_form f = {slug != NULL ? ask_text(in, "slug", 63) : STR(""),
                                    str_trim(ask_text(in, "text", INCIDENT_MAX))};
    if (f.slug.p == NULL) {
        return fail_field(wtx_err(tx), "slug", RC_MISSING, E_MISSING, NULL);
    }
    if (f.incident_text.n == 0) {
        return fail_field(wtx_err(tx), "text", RC_INVALID, E_FIELD_REQUIRED, NULL);
    }
    TRY(ask_time(tx, in, "from", &from));
    TRY(incident_open(tx, &f, from, &id));
    return put_incident(tx, id, out);
}

enum rc
incident_run_close(struct wtx *tx, json_t *in, json_t *out)
{
    struct incident_id id;
    struct instant to;
    TRY(ask_number(tx, in, "incident", 1, INT64_MAX, &id.n));
    TRY(ask_time(tx, in, "to", &to));
    TRY(incident_close(tx, id, to));
    return put_incident(tx, id, out);
}

enum rc
incident_run_list(struct wtx *tx, json_t *in, json_t *out)
{
    struct incident_list_row *rows;
    size_t n;
    (void)in;
    TRY(incident_list(wtx_read(tx), &rows, &n));
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct incident_list_row *r = &rows[i];
        const struct incident_find_row row = {r->id,        r->workspace_number, r->slug,
                                              r->begins_at, r->ends_at,          r->incident_text,
                                              r->version};
        (void)json_array_append_new(list, row_of(&row));
    }
    return json_object_set_new(out, "rows", list) == 0 ? OK : RC_BROKEN;
}
