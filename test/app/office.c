/* office.c: see office.h. People are written with a statement of their own, because the rest of the
 * office must not need sign-in; companies and persons by the verbs of app/contact. */
#include "office.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/contact/contact.h"
#include "app/demo/demo.h"
#include "base/time.h"
#include "guard/audit.h"
#include "guard/csrf.h"
#include "http/req.h"
#include "store/sql.h"

static void
need_ok(const struct office *o, enum rc rc)
{
    if (rc != OK) {
        FAIL_TEST("%s: %s", code_name(o->err.code), o->err.detail);
    }
}

struct person_in {
    struct user_id id;
    struct str login, first_name, last_name, name_key;
    int64_t group_no, user_state;
    struct instant created_at;
};
static const struct sql_slot person_slots[] = {
    {"id",         SQL_I64,  true,  offsetof(struct person_in, id)        },
    {"login",      SQL_TEXT, false, offsetof(struct person_in, login)     },
    {"first_name", SQL_TEXT, false, offsetof(struct person_in, first_name)},
    {"last_name",  SQL_TEXT, false, offsetof(struct person_in, last_name) },
    {"name_key",   SQL_TEXT, false, offsetof(struct person_in, name_key)  },
    {"group_no",   SQL_I64,  false, offsetof(struct person_in, group_no)  },
    {"user_state", SQL_I64,  false, offsetof(struct person_in, user_state)},
    {"created_at", SQL_I64,  true,  offsetof(struct person_in, created_at)},
};
static const struct sql_stmt person_insert = {
    .name = "test_person_insert",
    .owner = "user",
    .sqlite = "INSERT INTO \"user\" (id, login, login_fold, first_name, last_name, name_key, email,"
              " phone, group_no, user_state, created_at)"
              " VALUES (?1, ?2, ?2, ?3, ?4, ?5, '', '', ?6, ?7, ?8)",
    .postgres = "",
    .in = person_slots,
    .n_in = COUNT(person_slots),
    .writes = true,
};

static const struct {
    struct str login, first, last;
    enum group group;
} people[OFFICE_PEOPLE + 1] = {
    [OFFICE_ADMIN] = {STR("mara"),  STR("Mara"),  STR("Tannhof"),    GROUP_ADMINISTRATOR  },
    [OFFICE_LEADER] = {STR("esra"),  STR("Esra"),  STR("Lindgarten"), GROUP_TEAM_LEADER    },
    [OFFICE_RECORDER_2] = {STR("jette"), STR("Jette"), STR("Harms"),      GROUP_TIME_RECORDER_2},
    [OFFICE_RECORDER_1] = {STR("piet"),  STR("Piet"),  STR("Sandweg"),    GROUP_TIME_RECORDER_1},
};

static enum rc
add_people(struct wtx *tx, void *arg)
{
    struct instant *now = arg;

    for (int64_t i = 1; i <= OFFICE_PEOPLE; i++) {
        int64_t id;
        const struct person_in in = {
            .id = {i},
            .login = people[i].login,
            .first_name = people[i].first,
            .last_name = people[i].last,
            .name_key = people[i].login,
            .group_no = people[i].group,
            .user_state = 2,
            .created_at = *now,
        };

        TRY(wtx_new_id(tx, "user", &id));
        TRY(sql_change(tx, &person_insert, &in));
    }
    return touch(tx, EVENT_USER_ADDED, (struct subject){"user", 1}, NULL, NULL, NULL);
}

static enum rc
add_company(struct wtx *tx, void *arg)
{
    const struct company_form *c = arg;
    struct company_id company;
    struct address_id address;
    struct person_id person;
    struct address_form a;
    struct person_form p;

    address_form_init(&a);
    person_form_init(&p);
    a.name1 = c->name;
    a.city = STR("Kiel");
    TRY(company_add(tx, c, &company));
    TRY(address_add(tx, company, &a, &address));
    p.address_id = address;
    p.first_name = STR("Onno");
    p.last_name = STR("Petersen");
    return person_add(tx, company, &p, &person);
}

void
office_open_empty(struct office *o, const char *now)
{
    static const uint8_t key[32] = {1, 2, 3};
    struct store_options opt = {.schema = SCHEMA_WORKSPACE, .key = key, .create = true};
    char path[96];

    csrf_use_key(key);
    *o = (struct office){.mem = arena_new((size_t)64 << 20)};
    snprintf(o->dir, sizeof(o->dir), "/tmp/kontor-office-XXXXXX");
    assert_non_null(mkdtemp(o->dir));
    snprintf(path, sizeof(path), "%s/data.db", o->dir);
    opt.path = path;
    assert_int_equal(time_zone("Europe/Berlin"), OK);
    assert_int_equal(instant_parse(str_of(now), &o->now), OK);
    need_ok(o, store_open(&opt, &o->err, &o->store));
    need_ok(o, office_write(o, 0, add_people, &o->now));
}

void
office_open(struct office *o, const char *now)
{
    struct company_form c;

    office_open_empty(o, now);
    company_form_init(&c);
    c.name = STR("Reederei Lührs");
    c.code = STR("LUE");
    need_ok(o, office_write(o, OFFICE_ADMIN, add_company, &c));
    company_form_init(&c);
    c.name = STR("Brauerei Hopfenstolz");
    need_ok(o, office_write(o, OFFICE_ADMIN, add_company, &c));
}

void
office_close(struct office *o)
{
    static const char *const names[] = {"data.db", "data.db-wal", "data.db-shm"};
    char path[128];

    store_close(o->store);
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", o->dir, names[i]);
        unlink(path);
    }
    rmdir(o->dir);
    arena_free(o->mem);
}

enum rc
office_write(struct office *o, int64_t user, enum rc (*fn)(struct wtx *tx, void *arg), void *arg)
{
    const struct actor who = {.user = {user}, .reason = user == 0 ? "test" : NULL};
    struct wtx *tx;
    enum rc rc;

    o->err = (struct err){0};
    need_ok(o, wtx_begin(o->store, o->mem, o->now, &who, &o->err, &tx));
    rc = fn(tx, arg);
    if (rc == OK) {
        return wtx_commit(tx);
    }
    wtx_rollback(tx);
    return rc;
}

enum rc
office_demo(struct wtx *tx, void *arg)
{
    struct demo_counts own;
    const struct demo_order order = {DEMO_S, 7, false, STR("Lindenkai Studio")};
    return demo_fill(tx, &order, arg != NULL ? arg : &own, NULL);
}

enum rc
office_read(struct office *o, int64_t user, enum rc (*fn)(struct rtx *tx, void *arg), void *arg)
{
    const struct actor who = {.user = {user}};
    struct rtx *tx;
    enum rc rc;

    o->err = (struct err){0};
    need_ok(o, rtx_begin(o->store, o->mem, o->now, &who, &o->err, &tx));
    rc = fn(tx, arg);
    rtx_end(tx);
    return rc;
}

struct principal
office_who(int64_t user)
{
    return (struct principal){
        .user = {user},
        .group = people[user].group,
        .rights = group_rights(people[user].group),
        .login = people[user].login,
        .name = people[user].first,
    };
}

static struct req *
new_req(struct office *o, const struct office_page *p)
{
    struct req *rq = ARENA_NEW(o->mem, struct req);

    rq->call.mem = o->mem;
    rq->call.now = o->now;
    rq->call.who = office_who(p->user);
    rq->call.path = STR("/test");
    if (p->name != NULL) {
        rq->call.param[0] =
            (struct path_param){.name = p->name, .name_n = strlen(p->name), .n = p->id};
        rq->call.n_params = 1;
    }
    assert_int_equal(pairs_parse_urlencoded(o->mem, p->query, &rq->query), OK);
    rq->page = (struct page){
        .mem = o->mem,
        .lang = LANG_DE,
        .path = {STR("/test")},
        .now = o->now,
        .today = instant_day(o->now),
        .workspace = STR("Lindenkai Studio"),
        .signed_in = true,
        .user = rq->call.who.user,
        .user_name = STR("Mara Tannhof"),
        .user_initials = STR("MT"),
        .rights = rq->call.who.rights,
    };
    return rq;
}

struct page_call {
    struct req *rq;
    get_fn *get;
    post_fn *post;
};

static enum rc
call_get(struct rtx *tx, void *arg)
{
    const struct page_call *c = arg;

    return c->get(c->rq, tx);
}

static enum rc
call_post(struct wtx *tx, void *arg)
{
    const struct page_call *c = arg;

    TRY(c->post(c->rq, tx));
    return req_has_faults(c->rq) ? RC_INVALID : OK;
}

static struct str
body_of(const struct req *rq)
{
    return (struct str){(const char *)rq->reply.body.p, rq->reply.body.n};
}

struct str
office_get(struct office *o, get_fn *fn, const struct office_page *p, enum rc *ret_rc)
{
    struct page_call call = {.rq = new_req(o, p), .get = fn};

    *ret_rc = office_read(o, p->user, call_get, &call);
    return *ret_rc == OK ? body_of(call.rq) : STR_NONE;
}

static const struct route *
find_route(const struct domain *d, enum method method, const char *path)
{
    for (size_t i = 0; i < d->n_routes; i++) {
        if (d->routes[i].method == method && strcmp(d->routes[i].path, path) == 0) {
            return &d->routes[i];
        }
    }
    FAIL_TEST("no route %s", path);
    return NULL;
}

/* What the dispatcher asks of a form whose fields have faults. */
static enum rc
call_check(struct rtx *tx, void *arg)
{
    const struct page_call *c = arg;
    check_fn *check = c->rq->call.route->check;

    return check != NULL ? check(c->rq, tx) : OK;
}

static struct str
show_again(struct office *o, struct page_call *call, int64_t user, enum rc why)
{
    call->rq->call.err = o->err;
    req_show_again(call->rq, why);
    call->get = call->rq->call.route->again;
    assert_int_equal(office_read(o, user, call_get, call), OK);
    return body_of(call->rq);
}

/* "/projekte/{project}/team" with the number in it. */
static struct str
path_of(struct office *o, const char *pattern, int64_t id)
{
    const struct str s = str_of(pattern);
    const size_t from = str_find(s, STR("{"), 0);
    const size_t to = str_find(s, STR("}"), 0);

    if (from == SIZE_MAX || to == SIZE_MAX) {
        return s;
    }
    return arena_fmt(o->mem, "%.*s%lld%.*s", (int)from, s.p, (long long)id, (int)(s.n - to - 1),
                     s.p + to + 1);
}

struct office_sent
office_post(struct office *o, const struct domain *d, const char *path, const struct office_page *p,
            const char *body)
{
    const struct route *r = find_route(d, METHOD_POST, path);
    struct page_call call = {.rq = new_req(o, p), .post = r->post};
    struct office_sent sent = {.rc = OK};
    bool faults;
    void *data;

    call.rq->call.route = r;
    call.rq->call.path = path_of(o, path, p->id);
    call.rq->call.body = str_of(body);
    call.rq->content_type = STR("application/x-www-form-urlencoded");
    o->err = (struct err){0};
    assert_int_equal(req_body(call.rq), OK);
    assert_int_equal(req_parse_form(call.rq, r->form, &data, &faults), OK);
    if (faults) {
        assert_int_equal(office_read(o, p->user, call_check, &call), OK);
        sent.rc = RC_INVALID;
    } else {
        sent.rc = office_write(o, p->user, call_post, &call);
    }
    if (sent.rc == OK) {
        sent.location = call.rq->reply.location;
        sent.body = body_of(call.rq);
    } else {
        sent.body = show_again(o, &call, p->user, sent.rc);
    }
    return sent;
}

get_fn *
office_route(const struct domain *d, const char *path)
{
    return find_route(d, METHOD_GET, path)->get;
}

void
office_says(struct str body, const char *text)
{
    if (str_find(body, str_of(text), 0) == SIZE_MAX) {
        FAIL_TEST("the page does not say: %s\n%.*s", text, STR_FMT(body));
    }
}

void
office_lacks(struct str body, const char *text)
{
    if (str_find(body, str_of(text), 0) != SIZE_MAX) {
        FAIL_TEST("the page says: %s\n%.*s", text, STR_FMT(body));
    }
}
