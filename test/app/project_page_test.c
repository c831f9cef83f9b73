/* The pages of projects and settings, run without a server: what they show to whom, what filters
 * find, and how large the list is. */
#include "app/project/project.h"
#include "app/workspace/inner.h"
#include "guard/audit.h"
#include "office.h"

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

/* --- shorthands
 * ------------------------------------------------------------------------------------------ */

struct add {
    struct project_form form;
    struct project_id id;
    struct project_status_form status;
    int64_t minutes;
    struct money rate;
};

static enum rc
do_add(struct wtx *tx, void *arg)
{
    struct add *a = arg;
    struct project_rate_form rate = {a->rate, 1};

    TRY(project_add(tx, &a->form, &a->id));
    TRY(project_add_minutes(tx, a->id, a->minutes));
    TRY(project_set_rate(tx, a->id, &rate));
    a->status.version = a->rate.minor == NONE_I64 ? 1 : 2;
    return project_set_status(tx, a->id, &a->status);
}

static struct add
project(const char *name, int64_t company)
{
    struct add a = {.rate = MONEY_NONE};
    struct day today;

    assert_int_equal(day_of(2026, 11, 24, &today), OK);
    project_form_init(&a.form, today);
    a.form.name = str_of(name);
    a.form.company_id.n = company;
    a.form.person_id.n = company;
    return a;
}

static struct project_id
saved(struct add *a)
{
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_add, a), OK);
    return a->id;
}

static struct str
page(const struct domain *d, const char *path, int64_t user, int64_t id, const char *query)
{
    const struct office_page p = {
        .query = str_of(query), .name = "project", .id = id, .user = user};
    enum rc rc;
    const struct str body = office_get(&office, office_route(d, path), &p, &rc);

    assert_int_equal(rc, OK);
    return body;
}

static struct str
list(int64_t user, const char *query)
{
    return page(&project_domain, "/projekte", user, 0, query);
}

/* --- list
 * -------------------------------------------------------------------------------------------------
 */

static void
test_list_is_small(void **state)
{
    struct str body;

    (void)state;
    for (int i = 0; i < 51; i++) {
        struct add a = project("Relaunch der Webseite", 1);

        a.form.name = arena_fmt(office.mem, "Relaunch der Webseite %02d", i);
        a.form.responsible_user_id.n = OFFICE_LEADER;
        a.form.planned_minutes.n = 6000;
        a.minutes = i * 120;
        saved(&a);
    }
    body = list(OFFICE_ADMIN, "");
    office_says(body, "51 Projekte");
    office_says(body, "1–50 von 51");
    office_says(body, "Relaunch der Webseite 49");
    office_lacks(body, "Relaunch der Webseite 50");
    if (body.n > 25000) {
        FAIL_TEST("50 rows are %zu bytes", body.n);
    }
    office_says(list(OFFICE_ADMIN, "seite=2"), "51–51 von 51");
    office_says(list(OFFICE_ADMIN, "seite=99"), "<h2>Noch kein Projekt</h2>");
}

static void
test_list_escapes(void **state)
{
    struct add a = project("<script>alert(1)</script> & \"x\"", 1);

    (void)state;
    saved(&a);
    office_says(list(OFFICE_ADMIN, ""), "&lt;script&gt;alert(1)&lt;/script&gt; &amp; ");
    office_lacks(list(OFFICE_ADMIN, "q=%3Cscript%3Ealert"), "<script>alert");
}

/* Time recorder 1 sees own projects only, and no button that would be refused. */
static void
test_list_scope(void **state)
{
    struct add a = project("fremd", 1);
    struct add b = project("eigen", 1);

    (void)state;
    saved(&a);
    b.form.responsible_user_id.n = OFFICE_RECORDER_1;
    saved(&b);
    office_lacks(list(OFFICE_RECORDER_1, ""), "fremd");
    office_says(list(OFFICE_RECORDER_1, ""), ">eigen<");
    office_lacks(list(OFFICE_RECORDER_1, "status=9&sort=2"), "fremd");
    office_says(list(OFFICE_RECORDER_1, "status=9"), "1 Projekt<");
    office_lacks(list(OFFICE_RECORDER_1, ""), "/projekte/neu");
    office_says(list(OFFICE_RECORDER_2, ""), "fremd");
    office_says(list(OFFICE_RECORDER_2, ""), "/projekte/neu");
}

static void
finds(const char *query, const char *only)
{
    static const char *const all[] = {">Alster<", ">Bille<", ">Elbe<", ">Vorlage<"};
    const struct str body = list(OFFICE_ADMIN, query);

    for (size_t i = 0; i < COUNT(all); i++) {
        const bool there = str_find(body, str_of(all[i]), 0) != SIZE_MAX;
        const bool wanted = strchr(only, all[i][1]) != NULL;

        if (there != wanted) {
            FAIL_TEST("?%s: %s is %s", query, all[i], there ? "there" : "missing");
        }
    }
}

static void
add_rivers(void)
{
    struct add a = project("Alster", 1);
    struct add b = project("Bille", 2);
    struct add e = project("Elbe", 1);
    struct add v = project("Vorlage", 1);

    a.form.planned_minutes.n = 600;
    a.minutes = 601;
    a.form.tags = STR("Web, Größe");
    a.form.quick_info = STR("100% Handarbeit");
    saved(&a);
    b.form.planned_minutes.n = 600;
    b.minutes = 510;
    b.form.responsible_user_id.n = OFFICE_ADMIN;
    b.form.start_day.n -= 100;
    b.form.department_no = 2;
    b.form.active = false;
    saved(&b);
    e.status.status = PROJECT_READY;
    saved(&e);
    v.form.is_template = true;
    saved(&v);
}

static void
test_filters(void **state)
{
    (void)state;
    add_rivers();
    finds("", "AB");
    finds("status=4", "E");
    finds("status=5", "B");
    finds("status=6", "V");
    finds("status=9", "ABE");
    finds("status=7", "");
    finds("q=alster", "A");
    finds("q=LUEHRS&status=9", "AE");
    finds("q=26-2-001", "B");
    finds("q=handarbeit", "A");
    finds("q=%25", "A");
    finds("q=_", "");
    finds("q=%5C", "");
    finds("light=3", "A");
    finds("light=2", "B");
    finds("light=1", "");
    finds("mine=1", "B");
    finds("company_id=2", "B");
    finds("lead_id=1", "B");
    finds("tag=groesse", "A");
    finds("department=2", "B");
    finds("department=0&status=9", "AE");
    finds("idle=1", "B");
}

/* Whatever stands in the query, the page opens. */
static void
test_filter_garbage(void **state)
{
    (void)state;
    add_rivers();
    finds("status=x&light=-1&sort=99&company_id=abc&department=12&seite=0", "AB");
    finds("unknown=1&q=", "AB");
    finds("company_id=99999999999999999999", "AB");
}

static void
in_order(const char *query, const char *first, const char *second)
{
    const struct str body = list(OFFICE_ADMIN, query);
    const size_t a = str_find(body, str_of(first), 0);
    const size_t b = str_find(body, str_of(second), 0);

    if (a == SIZE_MAX || b == SIZE_MAX || a > b) {
        FAIL_TEST("?%s: %s does not stand before %s", query, first, second);
    }
}

static void
test_order(void **state)
{
    (void)state;
    add_rivers();
    in_order("", ">Alster<", ">Bille<");
    in_order("sort=1", ">Alster<", ">Bille<");
    in_order("sort=2", ">Bille<", ">Alster<"); /* Brauerei before Reederei */
    in_order("sort=4", ">Alster<", ">Bille<");
    in_order("sort=5", ">Bille<", ">Alster<");
    in_order("sort=5&status=9", ">Elbe<", ">Bille<");
}

static void
test_list_empty(void **state)
{
    (void)state;
    office_says(list(OFFICE_ADMIN, ""), "Noch kein Projekt");
    office_says(list(OFFICE_ADMIN, "q=x"), "Kein Treffer");
}

/* --- a project's pages
 * ------------------------------------------------------------------------------------- */

static void
test_overview(void **state)
{
    struct add a = project("Fahrplan-App", 1);
    struct str body;
    int64_t id;

    (void)state;
    a.form.planned_minutes.n = 7200;
    a.minutes = 6120;
    a.rate.minor = 9250;
    a.form.tags = STR("App");
    a.form.link1_name = STR("Entwurf");
    a.form.link1_url = STR("https://design.example/luehrs");
    a.form.info = STR("<b>Notiz</b>");
    id = saved(&a).n;
    body = page(&project_domain, "/projekte/{project}", OFFICE_LEADER, id, "");
    office_says(body, "85 % verbraucht, knapp");
    office_says(body, "92,50 €");
    office_says(body, "Onno Petersen");
    office_says(body, "&lt;b&gt;Notiz&lt;/b&gt;");
    office_says(body, "https://design.example/luehrs");
    office_says(body, "/projekte/1/team");
    body = page(&project_domain, "/projekte/{project}", OFFICE_RECORDER_2, id, "");
    office_lacks(body, "92,50");
    office_lacks(body, "/projekte/1/team");
    office_says(body, "/projekte/1/bearbeiten");
    body = page(&project_domain, "/projekte/{project}", OFFICE_RECORDER_1, id, "");
    office_lacks(body, "/projekte/1/bearbeiten");
    office_lacks(body, "project_status_form");
}

struct change {
    struct project_id id;
    struct project_form form;
    struct project_team_form team;
};

static enum rc
do_change(struct wtx *tx, void *arg)
{
    struct change *c = arg;

    TRY(project_form_of(wtx_read(tx), c->id, &c->form));
    c->form.name = STR("Fahrplan");
    c->form.company_id.n = 2;
    c->form.person_id.n = 2;
    c->form.end_day = c->form.start_day;
    c->form.active = false;
    c->form.recurrence = 3;
    TRY(project_change(tx, c->id, &c->form));
    c->team.version = c->form.version + 1;
    return project_set_team(tx, c->id, &c->team);
}

/* The history speaks of names and words, never of ids; rates only to who may read them. */
static void
test_history(void **state)
{
    static const struct str team[] = {STR("4"), STR("3")};
    struct add a = project("Fahrplan-App", 1);
    struct change c = {.team = {.user = {team, 2}}};
    struct str body;

    (void)state;
    a.rate.minor = 9250;
    a.status.status = PROJECT_READY;
    c.id = saved(&a);
    assert_int_equal(office_write(&office, OFFICE_LEADER, do_change, &c), OK);
    body = page(&project_domain, "/projekte/{project}/verlauf", OFFICE_LEADER, c.id.n, "");
    office_says(body, "Projekt angelegt");
    office_says(body, "Esra Lindgarten");
    office_says(body, "Projekt: Fahrplan-App → Fahrplan");
    office_says(body, "Kunde: Reederei Lührs → Brauerei Hopfenstolz");
    office_says(body, "Wiederholung: einmalig → vierteljährlich");
    office_says(body, "Ende: 24.11.2026");
    office_says(body, "ja → nein");
    office_says(body, "Status: offen → bereit zur Abrechnung");
    office_says(body, "Team: Jette Harms, Piet Sandweg");
    office_says(body, "Stundensatz: 92,50");
    body = page(&project_domain, "/projekte/{project}/verlauf", OFFICE_RECORDER_2, c.id.n, "");
    office_says(body, "Stundensatz geändert");
    office_lacks(body, "92,50");
}

static void
test_new(void **state)
{
    struct str body = page(&project_domain, "/projekte/neu", OFFICE_ADMIN, 0, "");

    (void)state;
    office_says(body, "<option value=\"1\">Reederei Lührs</option>");
    office_lacks(body, "name=\"person_id\"");
    body = page(&project_domain, "/projekte/neu", OFFICE_ADMIN, 0, "company_id=2");
    office_says(body, "Brauerei Hopfenstolz");
    office_says(body, "name=\"person_id\"");
    office_says(body, "name=\"company_id\" value=\"2\"");
    office_says(body, "value=\"2026-11-24\"");
    office_lacks(body, "name=\"project_no\"");
    body = page(&project_domain, "/projekte/neu", OFFICE_ADMIN, 0, "company_id=99");
    office_lacks(body, "name=\"person_id\"");
}

static void
test_forms_hold_what_is_stored(void **state)
{
    struct add a = project("Fahrplan-App", 1);
    struct str body;

    (void)state;
    a.form.planned_minutes.n = 7230;
    a.form.responsible_user_id.n = OFFICE_LEADER;
    saved(&a);
    body = page(&project_domain, "/projekte/{project}/bearbeiten", OFFICE_ADMIN, 1, "");
    office_says(body, "value=\"Fahrplan-App\"");
    office_says(body, "value=\"120:30\"");
    office_says(body, "value=\"26-1-001\"");
    office_says(body, "<option value=\"2\" selected>Esra Lindgarten</option>");
    office_says(body, "name=\"version\" value=\"1\"");
    body = page(&project_domain, "/projekte/{project}/bearbeiten", OFFICE_ADMIN, 1, "kunde=1");
    office_lacks(body, "name=\"person_id\"");
    body = page(&project_domain, "/projekte/{project}/team", OFFICE_ADMIN, 1, "");
    office_says(body, "Piet Sandweg");
    body = page(&project_domain, "/projekte/{project}/satz", OFFICE_ADMIN, 1, "");
    office_says(body, "name=\"rate\"");
}

/* --- settings
 * ------------------------------------------------------------------------------------------------
 */

static void
test_settings(void **state)
{
    struct str body = page(&workspace_domain, "/einstellungen", OFFICE_ADMIN, 0, "");

    (void)state;
    office_says(body, "<option value=\"Europe/Berlin\" selected>");
    office_says(body, "/einstellungen/kategorien");
    body = page(&workspace_domain, "/einstellungen/projekte", OFFICE_ADMIN, 0, "");
    office_says(body, "Beispiel: 26-31-004");
    office_says(body, "value=\"{YY}-{CUSTNO}-{N:3}\"");
    office_says(body, "LUE-004");
    body = page(&workspace_domain, "/einstellungen/projekte", OFFICE_ADMIN, 0,
                "project_scheme=%7BYYYY%7D-%7BN%3A4%7D&project_scope=1");
    office_says(body, "Beispiel: 2026-0004");
    body = page(&workspace_domain, "/einstellungen/projekte", OFFICE_ADMIN, 0,
                "project_scheme=%7BX%7D");
    office_lacks(body, "Beispiel:");
    body = page(&workspace_domain, "/einstellungen/zeiten", OFFICE_ADMIN, 0, "");
    office_says(body, "<option value=\"15\" selected>");
    office_says(body, "value=\"40:00\"");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, open_office, close_office)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_list_is_small),
        TEST(test_list_escapes),
        TEST(test_list_scope),
        TEST(test_filters),
        TEST(test_filter_garbage),
        TEST(test_order),
        TEST(test_list_empty),
        TEST(test_overview),
        TEST(test_history),
        TEST(test_new),
        TEST(test_forms_hold_what_is_stored),
        TEST(test_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
