/* The verbs of projects against a real store: numbers, forms, status, people, sums, who sees what.
 */
#include "app/project/project.h"

#include "app/workspace/inner.h"
#include "guard/audit.h"
#include "office.h"
#include "store/sql.h"

static struct office office;

static int
open_office(void **state)
{
    (void)state;
    office_open(&office, "2026-11-24T08:15:00Z");
    return 0;
}

static int
close_office(void **state)
{
    (void)state;
    office_close(&office);
    return 0;
}

/* --- shorthands --------------------------------------------------------------------------------
 */

struct add {
    struct project_form form;
    struct project_id id;
};

static enum rc
do_add(struct wtx *tx, void *arg)
{
    struct add *a = arg;

    return project_add(tx, &a->form, &a->id);
}

static struct add
form_for(int64_t company, const char *name)
{
    struct add a;
    struct day today;

    assert_int_equal(day_of(2026, 11, 24, &today), OK);
    project_form_init(&a.form, today);
    a.form.name = str_of(name);
    a.form.company_id.n = company;
    a.form.person_id.n = company;
    return a;
}

static struct project_id
added(int64_t company, const char *name)
{
    struct add a = form_for(company, name);

    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_add, &a), OK);
    return a.id;
}

struct get_form {
    struct project_id id;
    struct project_form form;
};

static enum rc
do_form_of(struct rtx *tx, void *arg)
{
    struct get_form *g = arg;

    return project_form_of(tx, g->id, &g->form);
}

static struct project_form
stored(struct project_id id)
{
    struct get_form g = {.id = id};

    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_form_of, &g), OK);
    return g.form;
}

static enum rc
do_change(struct wtx *tx, void *arg)
{
    struct get_form *g = arg;

    return project_change(tx, g->id, &g->form);
}

static void
has_no(struct project_id id, const char *number)
{
    const struct project_form f = stored(id);

    if (!str_eq(f.project_no, str_of(number))) {
        FAIL_TEST("project %d has %.*s, not %s", (int)id.n, STR_FMT(f.project_no), number);
    }
}

static void
refuses(struct get_form *g, const char *field, enum code code)
{
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_change, g), RC_INVALID);
    assert_string_equal(office.err.field, field);
    assert_int_equal(office.err.code, code);
}

/* --- numbers -----------------------------------------------------------------------------------
 */

static void
test_numbers_default(void **state)
{
    (void)state;
    has_no(added(1, "Fahrplan-App"), "26-1-001");
    has_no(added(1, "Relaunch"), "26-1-002");
    has_no(added(2, "Etikett"), "26-2-001");
    office.now.us += INT64_C(60) * 86400 * 1000000; /* January 2027 */
    has_no(added(1, "Neujahr"), "27-1-001");
}

/* A number given by hand is passed over; a project that was refused leaves no gap. */
static void
test_numbers_gapless(void **state)
{
    struct add by_hand = form_for(1, "von Hand");
    struct add bad = form_for(1, "abgelehnt");

    (void)state;
    by_hand.form.project_no = STR("26-1-002");
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_add, &by_hand), OK);
    has_no(added(1, "eins"), "26-1-001");
    bad.form.person_id.n = 2;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_add, &bad), RC_INVALID);
    assert_int_equal(office.err.code, E_PROJECT_PERSON);
    has_no(added(1, "drei"), "26-1-003");
}

static enum rc
do_scheme(struct wtx *tx, void *arg)
{
    const struct project_rules_form *f = arg;

    return settings_save_project_rules(tx, f);
}

static void
test_numbers_scheme(void **state)
{
    struct project_rules_form f = {
        .project_scheme = STR("{CUSTCODE}/{N:2}"),
        .project_scope = SCHEME_ALL,
        .budget_warn = {8500},
        .department_0 = STR(""),
        .department_1 = STR(""),
        .department_2 = STR("Digital"),
        .department_3 = STR(""),
        .department_4 = STR(""),
        .department_5 = STR(""),
        .department_6 = STR(""),
        .department_7 = STR(""),
        .department_8 = STR(""),
        .department_9 = STR(""),
    };

    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_scheme, &f), OK);
    has_no(added(1, "a"), "LUE/01");
    has_no(added(2, "b"), "2/02");
    f.version = 1;
    f.project_scheme = STR("{N}{N}");
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_scheme, &f), RC_INVALID);
    assert_string_equal(office.err.field, "project_scheme");
    f.version = 0;
    f.project_scheme = STR("{YYYY}-{N:3}");
    f.project_scope = SCHEME_YEAR;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_scheme, &f), RC_CONFLICT);
    assert_int_equal(office.err.code, E_STALE);
    f.version = 1;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_scheme, &f), OK);
    has_no(added(1, "c"), "2026-001");
}

/* --- forms -------------------------------------------------------------------------------------
 */

static void
test_form_comes_back(void **state)
{
    struct add a = form_for(1, "Fahrplan-App");
    struct project_form f;

    (void)state;
    a.form.planned_minutes.n = 7200;
    a.form.responsible_user_id.n = OFFICE_LEADER;
    a.form.tags = STR("App, Größe");
    a.form.group_name = STR("Nahverkehr");
    a.form.link1_name = STR("Entwurf");
    a.form.link1_url = STR("https://design.example/luehrs");
    a.form.link3_name = STR("Wiki");
    a.form.link3_url = STR("https://wiki.example/");
    a.form.contract_no = STR("V-17");
    a.form.department_no = 2;
    a.form.recurrence = 3;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_add, &a), OK);
    f = stored(a.id);
    a.form.project_no = f.project_no;
    a.form.version = 1;
    for (size_t i = 0; i < project_form_def.n; i++) {
        if (!field_same(&project_form_def.fields[i], &a.form, &f)) {
            FAIL_TEST("field %s did not come back", project_form_def.fields[i].name);
        }
    }
}

static void
test_change_faults(void **state)
{
    const struct project_id other = added(1, "anderes");
    struct get_form g = {.id = added(1, "Fahrplan-App")};
    struct project_form good;

    (void)state;
    assert_int_equal(other.n, 1);
    good = stored(g.id);
    g.form = good;
    g.form.project_no = STR("26-1-001");
    refuses(&g, "project_no", E_PROJECT_NO_TAKEN);
    assert_string_equal(office.err.arg, "26-1-001");
    g.form = good;
    g.form.project_no = STR("");
    refuses(&g, "project_no", E_FIELD_REQUIRED);
    g.form = good;
    g.form.end_day.n = good.start_day.n - 1;
    refuses(&g, "end_day", E_PROJECT_PERIOD);
    g.form = good;
    g.form.company_id.n = 2;
    refuses(&g, "person_id", E_PROJECT_PERSON);
    g.form = good;
    g.form.link2_url = STR("https://x.example");
    refuses(&g, "link2_name", E_PROJECT_LINK_NAME);
    g.form = good;
    g.form.link2_name = STR("x");
    g.form.link2_url = STR("javascript:alert(1)");
    refuses(&g, "link2_url", E_PROJECT_LINK_URL);
    g.form = good;
    g.form.company_id.n = 2;
    g.form.person_id.n = 2;
    g.form.end_day = good.start_day;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_change, &g), OK);
    assert_int_equal(stored(g.id).version, 2);
}

struct faults {
    struct project_form form;
    struct field_fault v[PROJECT_FAULTS_MAX];
    size_t n;
};

static enum rc
do_check(struct rtx *tx, void *arg)
{
    struct faults *f = arg;

    return project_check(tx, (struct project_id){0}, &f->form, f->v, &f->n);
}

/* All at once, as the page shows them. */
static void
test_all_faults(void **state)
{
    struct faults f = {.form = form_for(1, "x").form};

    (void)state;
    f.form.person_id.n = 99;
    f.form.end_day.n = 0;
    f.form.tags = STR("0123456789012345678901234567890123456789012345678901234567890");
    f.form.link1_name = STR("nur ein Name");
    f.form.link5_url = STR("nur eine Adresse");
    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_check, &f), OK);
    assert_int_equal(f.n, 6);
}

struct history {
    struct subject subject;
    struct audit_entry *v;
    size_t n;
};

static enum rc
do_history(struct rtx *tx, void *arg)
{
    struct history *h = arg;

    return audit_history(tx, h->subject, 50, &h->v, &h->n);
}

static size_t
changes_of(struct project_id id, struct history *ret)
{
    *ret = (struct history){.subject = SUBJECT(project, id)};
    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_history, ret), OK);
    return ret->n;
}

/* A stale form changes nothing, and the audit knows who was faster with what. */
static void
test_stale(void **state)
{
    const struct project_id id = added(1, "Fahrplan-App");
    struct get_form first = {.id = id, .form = stored(id)};
    struct get_form second = first;
    struct history h;

    (void)state;
    first.form.name = STR("Fahrplan");
    first.form.tags = STR("a\\b\tc");
    assert_int_equal(office_write(&office, OFFICE_LEADER, do_change, &first), OK);
    second.form.quick_info = STR("Phase 2");
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_change, &second), RC_CONFLICT);
    assert_int_equal(office.err.code, E_STALE);
    assert_true(str_eq(stored(id).quick_info, STR("")));
    assert_int_equal(changes_of(id, &h), 2);
    assert_true(str_eq(h.v[0].user_name, STR("Esra Lindgarten")));
    assert_true(str_eq(h.v[0].event, STR("project.changed")));
    assert_int_equal(h.v[0].n_changes, 2);
    assert_true(str_eq(h.v[0].changes[0].field, STR("name")));
    assert_true(str_eq(h.v[0].changes[0].before, STR("Fahrplan-App")));
    assert_true(str_eq(h.v[0].changes[0].after, STR("Fahrplan")));
    assert_true(str_eq(h.v[0].changes[1].after, STR("a\\b\tc"))); /* as it was written */
}

static void
test_unchanged(void **state)
{
    const struct project_id id = added(1, "Fahrplan-App");
    struct get_form g = {.id = id, .form = stored(id)};
    struct history h;

    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_change, &g), OK);
    assert_int_equal(stored(id).version, 1);
    assert_int_equal(changes_of(id, &h), 1);
}

/* --- status, rate, people ----------------------------------------------------------------------
 */

struct status {
    struct project_id id;
    struct project_status_form form;
};

static enum rc
do_status(struct wtx *tx, void *arg)
{
    const struct status *s = arg;

    return project_set_status(tx, s->id, &s->form);
}

static enum rc
set_status(struct project_id id, enum project_status to, bool back)
{
    struct status s = {
        id, {.status = to, .back = back, .version = stored(id).version}
    };

    return office_write(&office, OFFICE_ADMIN, do_status, &s);
}

static enum rc
do_need_open(struct wtx *tx, void *arg)
{
    const struct project_id *id = arg;

    return project_need_open(wtx_read(tx), *id);
}

static void
test_status(void **state)
{
    struct project_id id = added(1, "Fahrplan-App");

    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_need_open, &id), OK);
    assert_int_equal(set_status(id, PROJECT_READY, false), OK);
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_need_open, &id), RC_CONFLICT);
    assert_int_equal(office.err.code, E_PROJECT_NOT_OPEN);
    assert_int_equal(set_status(id, PROJECT_INVOICING, false), OK);
    assert_int_equal(set_status(id, PROJECT_OPEN, false), RC_INVALID);
    assert_int_equal(office.err.code, E_PROJECT_STATUS_BACK);
    assert_int_equal(set_status(id, PROJECT_OPEN, true), OK);
    assert_int_equal(set_status(id, PROJECT_CANCELLED, false), OK);
    assert_int_equal(set_status(id, PROJECT_COMPLETED, false), RC_INVALID);
    assert_int_equal(stored(id).version, 5);
}

static void
test_template(void **state)
{
    struct add a = form_for(1, "Vorlage");

    (void)state;
    a.form.is_template = true;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_add, &a), OK);
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_need_open, &a.id), RC_CONFLICT);
    assert_int_equal(office.err.code, E_PROJECT_TEMPLATE);
}

struct team {
    struct project_id id;
    struct project_team_form form;
};

static enum rc
do_team(struct wtx *tx, void *arg)
{
    const struct team *t = arg;

    return project_set_team(tx, t->id, &t->form);
}

static enum rc
set_team(struct project_id id, const struct str *users, size_t n)
{
    struct team t = {
        id, {.user = {users, n}, .version = stored(id).version}
    };

    return office_write(&office, OFFICE_LEADER, do_team, &t);
}

struct scope_ask {
    int64_t user, id;
};

static enum rc
do_scope(struct rtx *tx, void *arg)
{
    const struct scope_ask *s = arg;
    const struct principal who = office_who(s->user);

    return project_scope(tx, &who, s->id, false);
}

static enum rc
sees(int64_t user, int64_t id)
{
    struct scope_ask s = {user, id};

    return office_read(&office, user, do_scope, &s);
}

struct choices {
    int64_t user;
    struct project_choice *v;
    size_t n;
};

static enum rc
do_choices(struct rtx *tx, void *arg)
{
    struct choices *c = arg;
    const struct principal who = office_who(c->user);

    return project_choices(tx, &who, 100, &c->v, &c->n);
}

static size_t
n_choices(int64_t user)
{
    struct choices c = {.user = user};

    assert_int_equal(office_read(&office, user, do_choices, &c), OK);
    return c.n;
}

/* Time recorder 1 sees only what they are assigned to or lead; the others see everything. */
static void
test_who_sees_what(void **state)
{
    static const struct str team[] = {STR("4"), STR("3")};
    static const struct str unknown[] = {STR("4"), STR("77")};
    static const struct str garbage[] = {STR("x")};
    const struct project_id id = added(1, "Fahrplan-App");
    struct add led = form_for(2, "geleitet");

    (void)state;
    assert_int_equal(sees(OFFICE_RECORDER_2, id.n), OK);
    assert_int_equal(sees(OFFICE_RECORDER_2, 99), RC_MISSING);
    assert_int_equal(sees(OFFICE_RECORDER_1, id.n), RC_MISSING);
    assert_int_equal(n_choices(OFFICE_RECORDER_1), 0);
    assert_int_equal(set_team(id, unknown, 2), RC_INVALID);
    assert_int_equal(set_team(id, garbage, 1), RC_INVALID);
    assert_int_equal(sees(OFFICE_RECORDER_1, id.n), RC_MISSING);
    assert_int_equal(set_team(id, team, 2), OK);
    assert_int_equal(set_team(id, team, 2), OK); /* unchanged: no audit row, no version */
    assert_int_equal(stored(id).version, 2);
    assert_int_equal(sees(OFFICE_RECORDER_1, id.n), OK);
    assert_int_equal(n_choices(OFFICE_RECORDER_1), 1);
    assert_int_equal(set_team(id, NULL, 0), OK);
    assert_int_equal(sees(OFFICE_RECORDER_1, id.n), RC_MISSING);
    led.form.responsible_user_id.n = OFFICE_RECORDER_1;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_add, &led), OK);
    assert_int_equal(sees(OFFICE_RECORDER_1, led.id.n), OK);
}

static void
test_choices_are_bookable(void **state)
{
    struct add rests = form_for(1, "ruht");
    const struct project_id id = added(1, "fertig");

    (void)state;
    rests.form.active = false;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_add, &rests), OK);
    assert_int_equal(n_choices(OFFICE_ADMIN), 1);
    assert_int_equal(set_status(id, PROJECT_READY, false), OK);
    assert_int_equal(n_choices(OFFICE_ADMIN), 0);
}

struct rate {
    struct project_id id;
    struct project_rate_form form;
};

static enum rc
do_rate(struct wtx *tx, void *arg)
{
    const struct rate *r = arg;

    return project_set_rate(tx, r->id, &r->form);
}

static enum rc
do_find(struct rtx *tx, void *arg)
{
    struct project *p = arg;

    return project_find(tx, p->id, p);
}

static void
test_rate(void **state)
{
    struct rate r = {
        added(1, "Fahrplan-App"), {.rate = {9250}, .version = 1}
    };
    struct project p = {.id = r.id};

    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_rate, &r), OK);
    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_find, &p), OK);
    assert_int_equal(p.rate.minor, 9250);
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_rate, &r), RC_CONFLICT);
    r.form = (struct project_rate_form){.rate = MONEY_NONE, .version = 2};
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_rate, &r), OK);
    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_find, &p), OK);
    assert_int_equal(p.rate.minor, NONE_I64);
}

/* --- sums --------------------------------------------------------------------------------------
 */

struct minutes_of {
    struct project_id id;
    int64_t minutes;
};

static enum rc
do_minutes(struct wtx *tx, void *arg)
{
    const struct minutes_of *m = arg;

    wtx_allow_untouched(tx, "the entry's own verb writes the row");
    return project_add_minutes(tx, m->id, m->minutes);
}

static enum rc
do_check_minutes(struct rtx *tx, void *arg)
{
    (void)arg;
    return project_check_minutes(tx);
}

/* The kept sum is recomputed from the entries: one that is wrong is found and named. Booking does
 * not make a form of the project stale. */
static void
test_minutes(void **state)
{
    struct minutes_of m = {added(1, "Fahrplan-App"), 90};
    struct project p = {.id = m.id};

    (void)state;
    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_check_minutes, NULL), OK);
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_minutes, &m), OK);
    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_find, &p), OK);
    assert_int_equal(p.needed.n, 90);
    assert_int_equal(stored(m.id).version, 1);
    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_check_minutes, NULL), RC_BROKEN);
    assert_int_equal(office.err.code, E_PROJECT_SUM);
    assert_string_equal(office.err.arg, "1");
    m.minutes = -90;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_minutes, &m), OK);
    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_check_minutes, NULL), OK);
    m.id.n = 99;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_minutes, &m), RC_CONFLICT);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, open_office, close_office)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_numbers_default),
        TEST(test_numbers_gapless),
        TEST(test_numbers_scheme),
        TEST(test_form_comes_back),
        TEST(test_change_faults),
        TEST(test_all_faults),
        TEST(test_stale),
        TEST(test_unchanged),
        TEST(test_status),
        TEST(test_template),
        TEST(test_who_sees_what),
        TEST(test_choices_are_bookable),
        TEST(test_rate),
        TEST(test_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
