/* release.c: see release.h. */
#include "app/release/release_in.h"

#include <jansson.h>

#include "app/charge/charge.h"
#include "guard/mail.h"

static const int64_t DAY_US = 24LL * 3600 * 1000000;
enum { KEY_MAX = 64, STAMP_MAX = 16, AMOUNTS_MAX = 4000 };

static bool was_answered;
static int64_t need_of_conf;

void
release_set_need(int64_t n)
{
    need_of_conf = n;
}

int64_t
release_need(void)
{
    return need_of_conf;
}

static const struct field refuse_fields[] = {
    FIELD(struct refuse_form, refuse_reason, T_release_reason, .required = true,
          .max = RELEASE_REASON_MAX, .area = true),
};
const struct form_def refuse_form_def = FORM_DEF(refuse_form, refuse_fields);

/* What the audit keeps of a step. */
struct release_said {
    struct str slug, stamp, reason_text;
    int64_t release_need, given_count;
};
static const struct field said_fields[] = {
    FIELD(struct release_said, slug, T_charge_workspace, .max = 63),
    FIELD(struct release_said, stamp, T_restore_state, .max = STAMP_MAX),
    FIELD(struct release_said, reason_text, T_release_reason, .max = RELEASE_REASON_MAX),
    FIELD(struct release_said, release_need, T_release_need),
    FIELD(struct release_said, given_count, T_release_given),
};
static const struct form_def said_def = FORM_DEF(release_said, said_fields);

/* --- how it stands ---------------------------------------------------------------------------- */

struct instant
release_since(struct instant now)
{
    return (struct instant){now.us - RELEASE_DAYS * DAY_US};
}

static enum release_state
state_of(const struct release_find_row *r, struct instant now)
{
    if (r->refused_at.us != INSTANT_NONE.us) {
        return RELEASE_REFUSED;
    }
    if (r->released_at.us != INSTANT_NONE.us) {
        return RELEASE_RELEASED;
    }
    const bool has_ended = r->ended_at.us != INSTANT_NONE.us;
    if (r->asked_at.us <= release_since(has_ended ? r->ended_at : now).us) {
        return RELEASE_LAPSED;
    }
    return has_ended ? RELEASE_WITHDRAWN : RELEASE_WAITS;
}

enum rc
release_read(struct rtx *tx, struct restore_release_id id, struct release *ret)
{
    bool found;
    *ret = (struct release){0};
    TRY(release_find(tx, &(struct release_find_in){id}, &ret->row, &found));
    if (!found) {
        return fail(rtx_err(tx), RC_MISSING, E_MISSING, "release %lld", (long long)id.n);
    }
    TRY(release_givers(tx, &(struct release_givers_in){id}, &ret->givers, &ret->n_givers));
    ret->state = state_of(&ret->row, rtx_now(tx));
    ret->lapses_at.us = ret->row.asked_at.us + RELEASE_DAYS * DAY_US;
    return OK;
}

/* --- steps ------------------------------------------------------------------------------------ */

static enum rc
say(struct wtx *tx, enum event e, const struct release *r, int64_t given, struct str reason)
{
    const struct release_said after = {r->row.slug, r->row.stamp, reason, r->row.release_need,
                                       given};
    return touch(tx, e, SUBJECT(restore_release, r->row.id), &said_def, NULL, &after);
}

static enum rc
change(struct wtx *tx, const struct release_find_row *r, struct user_id refused_by)
{
    was_answered = true;
    return release_change(tx, &(struct release_change_in){.release_need = r->release_need,
                                                          .released_at = r->released_at,
                                                          .refused_at = r->refused_at,
                                                          .refused_user_id = refused_by,
                                                          .refuse_reason = r->refuse_reason,
                                                          .id = r->id,
                                                          .version = r->version});
}

static enum rc
need_waiting(struct wtx *tx, struct restore_release_id id, struct release *ret)
{
    TRY(release_read(wtx_read(tx), id, ret));
    return ret->state == RELEASE_WAITS
               ? OK
               : fail(wtx_err(tx), RC_CONFLICT, E_RELEASE_OVER, "release %lld", (long long)id.n);
}

enum rc
release_give(struct wtx *tx, struct restore_release_id id, bool *ret_last)
{
    struct release r;
    int64_t given_id;
    const struct user_id me = wtx_user(tx);
    TRY(need_waiting(tx, id, &r));
    for (size_t i = 0; i < r.n_givers; i++) {
        if (r.givers[i].user_id.n == me.n) {
            return fail(wtx_err(tx), RC_CONFLICT, E_RELEASE_TWICE, "user %lld", (long long)me.n);
        }
    }
    if (!r.row.state_flag) {
        return fail(wtx_err(tx), RC_CONFLICT, E_RELEASE_STATE, "its state");
    }
    TRY(wtx_new_id(tx, "restore_release_given", &given_id));
    TRY(release_given_insert(tx, &(struct release_given_insert_in){.id = {given_id},
                                                                   .restore_release_id = id,
                                                                   .user_id = me,
                                                                   .given_at = wtx_now(tx)}));
    *ret_last = (int64_t)r.n_givers + 1 >= r.row.release_need;
    r.row.released_at = *ret_last ? wtx_now(tx) : INSTANT_NONE;
    TRY(change(tx, &r.row, (struct user_id){0}));
    return say(tx, EVENT_RELEASE_GIVEN, &r, (int64_t)r.n_givers + 1, STR(""));
}

enum rc
release_refuse(struct wtx *tx, struct restore_release_id id, struct str reason)
{
    struct release r;
    TRY(need_waiting(tx, id, &r));
    r.row.refused_at = wtx_now(tx);
    r.row.refuse_reason = reason;
    TRY(change(tx, &r.row, wtx_user(tx)));
    return say(tx, EVENT_RELEASE_REFUSED, &r, (int64_t)r.n_givers, reason);
}

/* --- a workspace asks -------------------------------------------------------------------------
 */

struct ask {
    int64_t workspace, order, need, group;
    struct str key, stamp, amounts;
    struct instant looked_at;
};

static bool
is_amount(const json_t *row)
{
    bool good = json_array_size(row) == 4 && json_is_string(json_array_get(row, 0)) &&
                json_string_length(json_array_get(row, 0)) <= 63;
    for (size_t i = 1; i < 4 && good; i++) {
        good = json_integer_value(json_array_get(row, i)) >= 0;
    }
    return good;
}

/* Kept as it came, when it is nothing but kinds and numbers. */
static bool
read_amounts(struct arena *mem, const json_t *list, struct str *ret_text)
{
    bool good = json_is_array(list) && json_array_size(list) <= RELEASE_AMOUNTS_MAX;
    for (size_t i = 0; i < json_array_size(list) && good; i++) {
        good = is_amount(json_array_get(list, i));
    }
    char *text = good ? json_dumps(list, JSON_COMPACT) : NULL;
    good = text != NULL && strlen(text) <= AMOUNTS_MAX;
    *ret_text = good ? arena_copy(mem, str_of(text)) : STR_NONE;
    free(text);
    return good;
}

static struct str
text_in(const json_t *in, const char *key, size_t max)
{
    const json_t *v = json_object_get(in, key);
    const size_t n = json_string_length(v);
    return n <= max ? (struct str){json_string_value(v), n} : STR("");
}

static bool
read_ask(struct arena *mem, const json_t *in, struct ask *a)
{
    const json_t *asked = json_object_get(in, "asked");
    const json_t *looked = json_object_get(asked, "lookedAt");
    *a = (struct ask){.workspace = json_integer_value(json_object_get(in, "workspace")),
                      .order = json_integer_value(json_object_get(in, "order")),
                      .need = json_integer_value(json_object_get(in, "need")),
                      .group = json_integer_value(json_object_get(asked, "group")),
                      .key = text_in(asked, "key", KEY_MAX),
                      .stamp = text_in(asked, "state", STAMP_MAX),
                      .looked_at = json_is_integer(looked)
                                       ? (struct instant){json_integer_value(looked)}
                                       : INSTANT_NONE};
    return a->workspace > 0 && a->order > 0 && (a->need == 1 || a->need == 2) && a->group > 0 &&
           a->group < GROUP_COUNT && a->key.n > 0 && a->stamp.n > 0 &&
           read_amounts(mem, json_object_get(asked, "amounts"), &a->amounts);
}

static enum rc
put_state(struct wtx *tx, struct restore_release_id id, json_t *out)
{
    static const char *const names[] = {[RELEASE_WAITS] = "waits",
                                        [RELEASE_RELEASED] = "released",
                                        [RELEASE_REFUSED] = "refused",
                                        [RELEASE_LAPSED] = "lapsed",
                                        [RELEASE_WITHDRAWN] = "lapsed"};
    struct release r;
    TRY(release_read(wtx_read(tx), id, &r));
    json_t *row = json_pack("{s:I, s:I, s:s, s:I, s:I, s:I, s:s%}", "release", (json_int_t)id.n,
                            "order", (json_int_t)r.row.order_number, "state", names[r.state],
                            "need", (json_int_t)r.row.release_need, "given", (json_int_t)r.n_givers,
                            "askedAt", (json_int_t)r.row.asked_at.us, "reason",
                            r.row.refuse_reason.p, r.row.refuse_reason.n);
    const int bad = json_object_update(out, row);
    json_decref(row);
    return bad == 0 ? OK : fail(wtx_err(tx), RC_LIMIT, E_NO_MEMORY, "release");
}

static enum rc
tell_operators(struct wtx *tx)
{
    struct release_operators_row *v;
    size_t n;
    TRY(release_operators(wtx_read(tx), &v, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(notice_to(tx, v[i].user_id, EVENT_RELEASE_ASKED));
    }
    return OK;
}

static enum rc
add(struct wtx *tx, const struct ask *a, struct charge_id charge, struct restore_release_id *ret_id)
{
    struct release r;
    TRY(wtx_new_id(tx, "restore_release", &ret_id->n));
    TRY(release_insert(tx, &(struct release_insert_in){.id = *ret_id,
                                                       .charge_id = charge,
                                                       .order_number = a->order,
                                                       .stamp = a->stamp,
                                                       .group_no = a->group,
                                                       .looked_at = a->looked_at,
                                                       .amounts_text = a->amounts,
                                                       .asked_at = wtx_now(tx),
                                                       .release_need = a->need}));
    TRY(tell_operators(tx));
    TRY(release_read(wtx_read(tx), *ret_id, &r));
    return say(tx, EVENT_RELEASE_ASKED, &r, 0, STR(""));
}

static enum rc
run_ask(struct wtx *tx, json_t *in, json_t *out)
{
    struct ask a;
    struct release_charge_row charge;
    struct release_of_charge_row is;
    bool found;
    if (!read_ask(wtx_mem(tx), in, &a)) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "an order that asks");
    }
    TRY(release_charge(wtx_read(tx), &(struct release_charge_in){a.workspace, a.key}, &charge,
                       &found));
    if (!found) {
        return fail(wtx_err(tx), RC_MISSING, E_MISSING, "no charge of that order");
    }
    TRY(release_of_charge(wtx_read(tx), &(struct release_of_charge_in){charge.charge_id}, &is,
                          &found));
    wtx_allow_untouched(tx, "it was asked before");
    TRY(found ? OK : add(tx, &a, charge.charge_id, &is.id));
    return put_state(tx, is.id, out);
}

static struct restore_release_id
id_in(const json_t *in)
{
    return (struct restore_release_id){json_integer_value(json_object_get(in, "release"))};
}

static enum rc
run_find(struct wtx *tx, json_t *in, json_t *out)
{
    return put_state(tx, id_in(in), out);
}

static enum rc
run_told(struct wtx *tx, json_t *in, json_t *out)
{
    int64_t n;
    (void)out;
    wtx_allow_untouched(tx, "what is decided stays as it is");
    return release_told(
        tx,
        &(struct release_told_in){json_integer_value(json_object_get(in, "version")), id_in(in)},
        &n);
}

enum rc
release_order_ended(struct wtx *tx, struct charge_id charge, bool good)
{
    int64_t n;
    return release_end(tx, &(struct release_end_in){wtx_now(tx), good, charge}, &n);
}

/* --- for the process -------------------------------------------------------------------------- */

bool
release_was_answered(void)
{
    const bool was = was_answered;
    was_answered = false;
    return was;
}

enum rc
release_wishes(struct rtx *tx, struct release_wish **ret_v, size_t *ret_n)
{
    struct release_untold_row *rows;
    TRY(release_untold(tx, &rows, ret_n));
    *ret_v = ARENA_ARRAY(rtx_mem(tx), struct release_wish, *ret_n + 1);
    for (size_t i = 0; i < *ret_n; i++) {
        (*ret_v)[i] = (struct release_wish){rows[i].id, rows[i].workspace_number, rows[i].version};
    }
    return OK;
}

/* --- the subject's tables --------------------------------------------------------------------- */

static enum rc
release_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct release r;
    (void)write;
    TRY(release_read(tx, (struct restore_release_id){id}, &r));
    return may(who, RIGHT_OPERATOR) ? OK : RC_MISSING;
}

static const struct scope scopes[] = {
    {.name = "restore_release", .check = release_scope},
};

static const struct command commands[] = {
    {"release.ask",  EVENT_RELEASE_ASKED, run_ask },
    {"release.find", EVENT_NOTHING,       run_find},
    {"release.told", EVENT_RELEASE_GIVEN, run_told},
};

/* clang-format off */
static const struct route routes[] = {
    GET ("/freigaben",                             OPERATOR, releases_get),
    GET ("/freigaben/{restore_release}",           OPERATOR, release_get),
    POST("/freigaben/{restore_release}/ablehnen",  OPERATOR, RELEASE_REFUSED, refuse_form, release_post_refuse, .again = release_get, .step_up = true),
    POST("/freigaben/{restore_release}/freigeben", OPERATOR, RELEASE_GIVEN, no_form, release_post_give, .again = release_get, .step_up = true),
};
/* clang-format on */

const struct domain release_domain = {
    .name = "release",
    .routes = routes,
    .n_routes = COUNT(routes),
    .scopes = scopes,
    .n_scopes = COUNT(scopes),
    .commands = commands,
    .n_commands = COUNT(commands),
};
