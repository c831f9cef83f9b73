/* health.c: see health.h. */
#include "app/health/health_in.h"
#include "guard/mail.h"

#include <jansson.h>

#include "health.sql.h"

enum { KEY_MAX = 64, TEXT_MAX = 2000 };

/* What the audit trail keeps of a change. */
struct health_form {
    struct str finding_key;
    int64_t finding_state;
};
static const struct field health_fields[] = {
    FIELD(struct health_form, finding_key, T_health_finding, .max = KEY_MAX),
    FIELD(struct health_form, finding_state, T_health_state),
};
static const struct form_def health_form_def = FORM_DEF(health_form, health_fields);

struct finding {
    struct str key, de, en;
    int64_t place, state;
};

struct count {
    int64_t worse, better;
};

/* --- one look ----------------------------------------------------------------------------------
 */

static struct str
text_of(const json_t *row, const char *key, size_t max)
{
    const json_t *v = json_object_get(row, key);
    const size_t n = json_string_length(v);
    return json_is_string(v) && n > 0 && n <= max ? (struct str){json_string_value(v), n}
                                                  : STR_NONE;
}

static int64_t
state_of(struct str status)
{
    return str_eq(status, STR("bad"))    ? HEALTH_BAD
           : str_eq(status, STR("warn")) ? HEALTH_WARN
           : str_eq(status, STR("good")) ? HEALTH_GOOD
                                         : 0;
}

/* The i-th of the findings. */
static enum rc
finding_of(struct wtx *tx, const json_t *list, size_t i, struct finding *ret)
{
    const json_t *row = json_array_get(list, i);
    *ret = (struct finding){.key = text_of(row, "id", KEY_MAX),
                            .de = text_of(row, "de", TEXT_MAX),
                            .en = text_of(row, "en", TEXT_MAX),
                            .state = state_of(text_of(row, "status", KEY_MAX))};
    if (ret->key.p == NULL || ret->de.p == NULL || ret->en.p == NULL || ret->state == 0) {
        return fail_field(wtx_err(tx), "findings", RC_INVALID, E_FIELD_CHOICE, NULL);
    }
    for (size_t k = 0; k < i; k++) {
        ret->place += str_eq(text_of(json_array_get(list, k), "id", KEY_MAX), ret->key);
    }
    return OK;
}

static enum rc
tell_operators(struct wtx *tx)
{
    struct health_operators_row *rows;
    size_t n;
    TRY(health_operators(wtx_read(tx), &rows, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(notice_to(tx, rows[i].user_id, EVENT_HEALTH_WORSE));
    }
    return OK;
}

/* A change between bad and not bad is an event, any other is none. */
static enum rc
note_change(struct wtx *tx, struct health_id id, struct str key, int64_t before, int64_t after,
            struct count *n)
{
    const struct health_form was = {key, before};
    const struct health_form is = {key, after};
    if ((before == HEALTH_BAD) == (after == HEALTH_BAD)) {
        return OK;
    }
    n->worse += after == HEALTH_BAD;
    n->better += after != HEALTH_BAD;
    return touch(tx, after == HEALTH_BAD ? EVENT_HEALTH_WORSE : EVENT_HEALTH_BETTER,
                 SUBJECT(health, id), &health_form_def, &was, &is);
}

static enum rc
record(struct wtx *tx, const struct finding *f, struct count *n)
{
    struct health_find_row was;
    bool found;
    TRY(health_find(wtx_read(tx), &(struct health_find_in){f->key, f->place}, &was, &found));
    if (!found) {
        struct health_id id;
        TRY(wtx_new_id(tx, "health", &id.n));
        TRY(health_insert(tx, &(struct health_insert_in){.id = id,
                                                         .finding_key = f->key,
                                                         .place_no = f->place,
                                                         .finding_state = f->state,
                                                         .german_text = f->de,
                                                         .english_text = f->en,
                                                         .since_at = wtx_now(tx)}));
        return note_change(tx, id, f->key, HEALTH_GOOD, f->state, n);
    }
    if (was.finding_state == f->state) {
        return health_seen(tx, &(struct health_seen_in){.german_text = f->de,
                                                        .english_text = f->en,
                                                        .seen_at = wtx_now(tx),
                                                        .id = was.id,
                                                        .version = was.version});
    }
    TRY(health_state_change(tx, &(struct health_state_change_in){.finding_state = f->state,
                                                                 .german_text = f->de,
                                                                 .english_text = f->en,
                                                                 .since_at = wtx_now(tx),
                                                                 .id = was.id,
                                                                 .version = was.version}));
    return note_change(tx, was.id, f->key, was.finding_state, f->state, n);
}

/* Could this look not have made that finding? */
static bool
is_unseen(const json_t *unseen, struct str key)
{
    size_t i;
    const json_t *v;
    json_array_foreach(unseen, i, v)
    {
        if (str_eq((struct str){json_string_value(v), json_string_length(v)}, key)) {
            return true;
        }
    }
    return false;
}

static enum rc
drop_gone(struct wtx *tx, const json_t *unseen, struct count *n)
{
    struct health_gone_row *rows;
    size_t n_rows;
    TRY(health_gone(wtx_read(tx), &(struct health_gone_in){wtx_now(tx)}, &rows, &n_rows));
    for (size_t i = 0; i < n_rows; i++) {
        if (is_unseen(unseen, rows[i].finding_key)) {
            continue;
        }
        TRY(health_drop(tx, &(struct health_drop_in){rows[i].id}));
        TRY(note_change(tx, rows[i].id, rows[i].finding_key, rows[i].finding_state, HEALTH_GOOD,
                        n));
    }
    return OK;
}

static enum rc
run_record(struct wtx *tx, json_t *in, json_t *out)
{
    const json_t *list = json_object_get(in, "findings");
    struct count n = {0};
    if (!json_is_array(list) || json_array_size(list) > HEALTH_FINDINGS_MAX) {
        return fail_field(wtx_err(tx), "findings", RC_INVALID, E_FIELD_CHOICE, NULL);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct finding f;
        TRY(finding_of(tx, list, i, &f));
        TRY(record(tx, &f, &n));
    }
    TRY(drop_gone(tx, json_object_get(in, "unseen"), &n));
    if (n.worse > 0) {
        TRY(tell_operators(tx));
    }
    if (n.worse == 0 && n.better == 0) {
        wtx_allow_untouched(tx, "a look that found what the last one found");
    }
    return json_object_set_new(out, "worse", json_integer(n.worse)) == 0 &&
                   json_object_set_new(out, "better", json_integer(n.better)) == 0
               ? OK
               : fail(wtx_err(tx), RC_LIMIT, E_NO_MEMORY, "health");
}

static const struct command commands[] = {
    {"health.record", EVENT_HEALTH_WORSE, run_record}
};

static const struct route routes[] = {
    GET("/zustand", OPERATOR, health_get),
};

const struct domain health_domain = {
    .name = "health",
    .routes = routes,
    .n_routes = COUNT(routes),
    .commands = commands,
    .n_commands = COUNT(commands),
};
