/* gate.c: see gate.h. */
#include "gate.h"

#include "guard/csrf.h"
#include "guard/limit.h"
#include "guard/refusal.h"
#include "store/sql.h"

struct plan plan;
struct user_id mara, piet;
char cookie[COOKIE];
uint8_t secret[32];

static void
note(struct req *rq, char c)
{
    assert_true(rq->n_asked + 1 < sizeof(rq->asked));
    rq->asked[rq->n_asked++] = c;
}

/* --- the face -------------------------------------------------------------------------------- */
static enum rc
face_body(struct req *rq)
{
    note(rq, 'b');
    rq->call.csrf = rq->csrf;
    rq->call.once = rq->once;
    return OK;
}

static enum rc
face_form(struct req *rq, const struct form_def *def, void **ret_data, bool *ret_faults)
{
    note(rq, 'f');
    assert_non_null(def);
    *ret_data = rq->data;
    *ret_faults = rq->form_faults;
    return OK;
}

static bool
face_has_faults(const struct req *rq)
{
    return rq->faults;
}

static bool
face_wants_work(const struct req *rq)
{
    return rq->orders;
}

static struct str
face_location(const struct req *rq)
{
    return rq->location;
}

static enum rc
face_redirect(struct req *rq, struct str location)
{
    static char kept[64];
    note(rq, '>');
    rq->location = str_of(desk_keep(location, kept, sizeof(kept)));
    return OK;
}

static void
face_again(struct req *rq, enum rc why)
{
    rq->why = why;
}

static void
face_forget(struct req *rq)
{
    rq->location = STR_NONE;
    rq->faults = false;
}

static enum rc
face_ambient(struct req *rq, struct rtx *tx)
{
    (void)tx;
    note(rq, 'm');
    return OK;
}

static void
face_unproven(struct req *rq, struct rtx *tx)
{
    (void)tx;
    note(rq, 'u');
}

static const struct face face = {.body = face_body,
                                 .form = face_form,
                                 .has_faults = face_has_faults,
                                 .wants_work = face_wants_work,
                                 .location = face_location,
                                 .redirect = face_redirect,
                                 .again = face_again,
                                 .forget = face_forget,
                                 .ambient = face_ambient,
                                 .unproven = face_unproven};

/* --- handlers -------------------------------------------------------------------------------- */
static enum rc
get_page(struct req *rq, struct rtx *tx)
{
    note(rq, 'G');
    return plan.rc != OK ? fail(rtx_err(tx), plan.rc, plan.code, "page") : OK;
}

static enum rc
again(struct req *rq, struct rtx *tx)
{
    (void)tx;
    note(rq, 'A');
    return OK;
}

static enum rc
check_more(struct req *rq, struct rtx *tx)
{
    note(rq, 'c');
    return plan.rc != OK ? fail(rtx_err(tx), plan.rc, plan.code, "check") : OK;
}

static enum rc
prepare(struct req *rq, struct rtx *tx)
{
    note(rq, 'p');
    rq->orders = plan.prepare_rc == OK;
    return plan.prepare_rc != OK ? fail(rtx_err(tx), plan.prepare_rc, E_LIMIT, "prepare") : OK;
}

static enum rc
wants_proof(struct req *rq, struct rtx *tx, bool *ret_wanted)
{
    (void)tx;
    note(rq, 'w');
    *ret_wanted = plan.proof;
    return plan.prepare_rc;
}

static enum rc
dial(struct wtx *tx)
{
    static const struct sql_stmt longer = {
        .name = "longer",
        .owner = "user",
        .sqlite = "UPDATE \"user\" SET phone = phone || '1' WHERE login = 'piet'",
        .writes = true};
    return sql_change(tx, &longer, NULL);
}

static enum rc
post_change(struct req *rq, struct wtx *tx)
{
    note(rq, 'P');
    rq->location = STR("/danach");
    rq->faults = plan.fault;
    if (!plan.idle) {
        TRY(dial(tx));
    }
    if (!plan.silent) {
        TRY(touch(tx, rq->call.route->event, SUBJECT(user, piet), NULL, NULL, NULL));
    }
    if (plan.busy > 0) {
        plan.busy--;
        return fail(wtx_err(tx), RC_BUSY, E_BUSY, "busy");
    }
    return plan.rc != OK ? fail(wtx_err(tx), plan.rc, plan.code, "handler") : OK;
}

static enum rc
scope_asked(const char *name, int64_t id, bool write)
{
    plan.scopes++;
    plan.scope = name;
    plan.scope_id = id;
    plan.scope_write = write;
    return plan.scope_rc;
}

static enum rc
scope_user(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    (void)tx;
    assert_int_equal(who->user.n, piet.n);
    return scope_asked("user", id, write);
}

static enum rc
scope_project(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    (void)tx;
    (void)who;
    return scope_asked("project", id, write);
}

/* --- tables ---------------------------------------------------------------------------------- */
static const struct field ids_fields[] = {
    FIELD(struct ids_form, name, T_button_add),
    FIELD(struct ids_form, responsible_user_id, T_button_add),
    FIELD(struct ids_form, project_id, T_button_add),
    FIELD(struct ids_form, category_id, T_button_add),
    FIELD(struct ids_form, owner, T_button_add),
};
static const struct form_def ids_form_def = FORM_DEF(ids_form, ids_fields);

static const struct route routes[] = {
    GET("/offen", PUBLIC, get_page),
    POST("/offen", PUBLIC, USER_CHANGED, no_form, post_change, .throttled = true, .no_once = true),
    GET("/karte", TICKET, get_page),
    GET("/selbst", SELF, get_page, .enrol = true),
    GET("/zeiten", TIME_WRITE, get_page),
    GET("/leute", USER_ADMIN, get_page),
    GET("/heikel", SELF, get_page, .step_up = true),
    POST("/heikel/aendern", SELF, USER_CHANGED, no_form, post_change, .step_up = true,
         .again = again),
    POST("/heikel/teils", SELF, USER_CHANGED, no_form, post_change, .step_up_if = wants_proof),
    GET("/bild", SELF, get_page, .prepare = prepare),
    GET("/leute/{user}", SELF, get_page),
    POST("/leute/{user}", SELF, USER_CHANGED, no_form, post_change),
    POST("/leute/{user}/gelesen", SELF, USER_CHANGED, no_form, post_change, .reads_path = true),
    POST("/zeiten", TIME_WRITE, USER_CHANGED, no_form, post_change, .again = again),
    POST("/geprueft", SELF, USER_CHANGED, no_form, post_change, .again = again,
         .check = check_more),
    POST("/export", TIME_WRITE, USER_CHANGED, no_form, post_change, .when_low = true),
    POST("/ohne", TIME_WRITE, USER_CHANGED, no_form, post_change),
    POST("/ziele", SELF, USER_CHANGED, ids_form, post_change),
    POST("/langsam", SELF, USER_CHANGED, no_form, post_change, .prepare = prepare),
    POST("/oft", SELF, USER_CHANGED, no_form, post_change, .no_once = true),
};
static const struct scope scopes[] = {
    {"project", scope_project},
    {"user",    scope_user   }
};

static enum rc
run_change(struct wtx *tx, struct json_t *in, struct json_t *out)
{
    (void)in;
    (void)out;
    TRY(dial(tx));
    if (!plan.silent) {
        TRY(touch(tx, EVENT_USER_CHANGED, SUBJECT(user, piet), NULL, NULL, NULL));
    }
    return plan.rc != OK ? fail(wtx_err(tx), plan.rc, plan.code, "command") : OK;
}
static const struct command commands[] = {
    {"user.change", EVENT_USER_CHANGED, run_change},
    {"user.look",   EVENT_NOTHING,      run_change}
};
static const struct domain domain = {.name = "test",
                                     .routes = routes,
                                     .n_routes = COUNT(routes),
                                     .scopes = scopes,
                                     .n_scopes = COUNT(scopes),
                                     .commands = commands,
                                     .n_commands = COUNT(commands)};
static const struct domain *const domains[] = {&domain};

struct gate
gate_of(const struct desk *d)
{
    return (struct gate){.store = d->store,
                         .workspace = 1,
                         .domains = domains,
                         .n_domains = COUNT(domains),
                         .face = &face,
                         .is_low = plan.low};
}

/* --- asking ---------------------------------------------------------------------------------- */
struct req
ask(struct desk *d, enum method method, const char *path, const char *sid)
{
    return (struct req){
        .call = {.mem = d->mem,
                 .now = d->now,
                 .method = method,
                 .path = str_of(path),
                 .own_origin = STR("https://nord.localhost:8443"),
                 .network = STR("192.0.2.0/24"),
                 .actor = {.network = STR("192.0.2.0/24")},
                 .sid = sid != NULL ? str_of(sid) : STR_NONE,
                 .body = STR("name=x")},
        .location = STR_NONE
    };
}

struct req
form(struct desk *d, const char *path)
{
    static char token[64];
    const char *name = strcmp(path, "/ziele") == 0 ? "ids_form" : "no_form";
    struct req rq = ask(d, METHOD_POST, path, cookie);
    rq.csrf = str_of(desk_keep(csrf_token(d->mem, secret, name), token, sizeof(token)));
    rq.once = STR("0123456789abcdef");
    return rq;
}

enum rc
go(struct desk *d, struct req *rq)
{
    const struct gate g = gate_of(d);
    arena_reset(d->mem);
    return dispatch(&g, rq, &rq->call, &rq->parked);
}

int64_t
changes(struct desk *d)
{
    return desk_number(d, "user",
                       "SELECT length(phone) AS n_count FROM \"user\" WHERE login = 'piet'");
}

void
refused(struct desk *d, struct req *rq, enum rc rc, enum code code, const char *asked, int line)
{
    const int64_t before = changes(d), events = desk_events(d, "user.changed");
    const enum rc got = go(d, rq);
    if (got != rc || rq->call.err.code != code || strcmp(rq->asked, asked) != 0) {
        FAIL_TEST("line %d: rc %d, code %s (%s), asked %s", line, got, code_name(rq->call.err.code),
                  rq->call.err.detail, rq->asked);
    }
    assert_int_equal(changes(d), before);
    assert_int_equal(desk_events(d, "user.changed"), events);
}

void
served(struct desk *d, struct req *rq, const char *asked, int line)
{
    const enum rc got = go(d, rq);
    if (got != OK || strcmp(rq->asked, asked) != 0) {
        FAIL_TEST("line %d: rc %d, code %s (%s), asked %s", line, got, code_name(rq->call.err.code),
                  rq->call.err.detail, rq->asked);
    }
}

void
sign_in(struct desk *d, struct user_id user, bool ticket, char out[COOKIE])
{
    static const struct session_from from = {.device = STR("Firefox"), .network = STR("")};
    struct session_id id;
    struct str c;
    struct wtx *tx = desk_write(d);
    assert_int_equal(ticket ? session_begin_ticket(tx, user, &from, &c)
                            : session_begin_full(tx, user, &from, &id, &c),
                     OK);
    desk_keep(c, out, COOKIE);
    desk_commit(d);
}

int
gate_setup(void **state)
{
    static const uint8_t key[32] = {9};
    struct principal who;
    struct session_use use;
    if (desk_setup(state) != 0) {
        return -1;
    }
    struct desk *d = *state;
    memset(&plan, 0, sizeof(plan));
    limit_reset();
    refusal_reset();
    csrf_use_key(key);
    mara = desk_person(d, "mara", GROUP_ADMINISTRATOR, 1);
    piet = desk_person(d, "piet", GROUP_TIME_RECORDER_1, 2);
    sign_in(d, piet, false, cookie);
    assert_int_equal(session_find(desk_read(d), str_of(cookie), STR("nord.example"), &who, &use),
                     OK);
    desk_done(d);
    memcpy(secret, use.secret, sizeof(secret));
    return 0;
}

void
reopen(struct desk *d, bool read_only)
{
    static const uint8_t key[32] = {4, 5, 6};
    char path[96];
    (void)snprintf(path, sizeof(path), "%s/data.db", d->dir);
    const struct store_options opt = {
        .path = path, .schema = SCHEMA_WORKSPACE, .key = key, .read_only = read_only};
    store_close(d->store);
    assert_int_equal(store_open(&opt, &d->err, &d->store), OK);
}
