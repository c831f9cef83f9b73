/* The pages of projects and settings, run without a server: what they show to whom, what filters
 * find, and how large the list is. */
#include "app/contact/contact.h"
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

/* --- shorthands --------------------------------------------------------------------------------
 */

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

/* --- list --------------------------------------------------------------------------------------
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
    if (body.n > 25 * 1024) {
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

static struct office_sent sent(const struct domain *d, const char *path, int64_t user, int64_t id,
                               const char *body);

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
    a.form.group_name = STR("Häfen");
    a.form.recurrence = 5;
    a.form.end_day.n = a.form.start_day.n + 30;
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
    finds("group=H%C3%A4fen", "A");
    finds("group=haefen", "A");
    finds("group=keine", "");
    finds("recurrence=5", "A");
    finds("recurrence=0", "B");
    finds("begin_from=2026-11-01", "A");
    finds("begin_to=2026-11-01", "B");
    finds("end_from=2026-12-01&end_to=2027-01-01", "A");
    finds("end_to=2026-12-01", "");
    finds("team_id=1", "");
    assert_int_equal(
        sent(&project_domain, "/projekte/{project}/team", OFFICE_ADMIN, 2, "user=3&version=1").rc,
        OK);
    finds("team_id=3", "B");
    office_says(list(OFFICE_ADMIN, "team_id=3&begin_to=2026-11-01"),
                "team_id=3&amp;begin_to=2026-11-01");
}

/* A copy begins as its pattern does, with a number and days of its own, and only for those who see
 * the pattern. */
static void
test_copy(void **state)
{
    struct str body;

    (void)state;
    add_rivers();
    body = page(&project_domain, "/projekte/neu", OFFICE_ADMIN, 0, "vorlage=1");
    office_says(body, "value=\"Alster\"");
    office_says(body, "value=\"Web, Größe\"");
    office_says(body, "value=\"10:00\"");
    office_says(body, "value=\"2026-11-24\"");
    office_lacks(body, "26-1-001");
    office_lacks(body, "2026-12-24");
    office_says(body, "kunde=1&amp;company_id=1&amp;vorlage=1");
    office_says(page(&project_domain, "/projekte/neu", OFFICE_ADMIN, 0, "vorlage=1&kunde=1"),
                "name=\"vorlage\" value=\"1\"");
    body = page(&project_domain, "/projekte/neu", OFFICE_ADMIN, 0, "vorlage=99&company_id=1");
    office_lacks(body, "Alster");
    office_says(page(&project_domain, "/projekte/{project}", OFFICE_ADMIN, 1, ""),
                "/projekte/neu?vorlage=1\"");
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
    office_says(list(OFFICE_ADMIN, ""), "<a href=\"/projekte?light=3\">1 über Budget</a>");
    office_says(list(OFFICE_ADMIN, ""), "knapp ab 85");
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

/* --- a project's pages -------------------------------------------------------------------------
 */

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
    office_says(body, "<a class=\"grow\" href=\"https://design.example/luehrs\" rel=\"noopener "
                      "noreferrer\">Entwurf</a>");
    office_says(body, "/projekte/1/team");
    office_says(body, "<option value=\"0\" selected>offen");
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

static enum rc
do_company(struct wtx *tx, void *arg)
{
    return company_add(tx, arg, &(struct company_id){0});
}

/* A customer without people: the page says what is missing and where to add it. */
static void
test_new_without_person(void **state)
{
    struct company_form c;
    struct str body;

    (void)state;
    company_form_init(&c);
    c.name = STR("Museum am Deich");
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_company, &c), OK);
    body = page(&project_domain, "/projekte/neu", OFFICE_ADMIN, 0, "company_id=3");
    office_says(body, "noch keine Ansprechperson");
    office_says(body, "href=\"/kontakte/3/person\"");
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
    office_says(body, "<option value=\"0\" selected>einmalig");
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

/* --- sending forms -----------------------------------------------------------------------------
 */

static struct office_sent
sent(const struct domain *d, const char *path, int64_t user, int64_t id, const char *body)
{
    const struct office_page p = {.query = STR(""), .name = "project", .id = id, .user = user};

    return office_post(&office, d, path, &p, body);
}

static const char good_form[] =
    "name=Fahrplan-App&company_id=1&person_id=1&project_no_addition=&start_day=2026-11-24&end_day="
    "&responsible_user_id=&planned_minutes=120&department_no=0&group_name=&tags=&recurrence=0"
    "&contract_no=&purchase_order_no=&quick_info=&info=&active=1";

static void
test_send_new(void **state)
{
    struct office_sent s = sent(&project_domain, "/projekte", OFFICE_RECORDER_2, 0, good_form);

    (void)state;
    assert_int_equal(s.rc, OK);
    assert_true(str_eq(s.location, STR("/projekte/1?meldung=notice.project_added")));
    office_says(page(&project_domain, "/projekte/{project}", OFFICE_ADMIN, 1, ""), "0:00 / 120:00");
}

/* Everything that is wrong is said at once, what was typed stays, and nothing is stored. */
static void
test_send_faults(void **state)
{
    struct office_sent s =
        sent(&project_domain, "/projekte", OFFICE_ADMIN, 0,
             "name=&company_id=1&person_id=1&start_day=31.02.2026&planned_minutes=viel"
             "&recurrence=9&department_no=0&quick_info=%3Cb%3Ebleibt");
    const struct office_sent r = sent(
        &project_domain, "/projekte", OFFICE_ADMIN, 0,
        "name=x&company_id=1&person_id=2&start_day=2026-11-24&end_day=2026-11-23&planned_minutes="
        "&recurrence=0&department_no=0&link1_url=ftp%3A%2F%2Fx");

    (void)state;
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "value=\"&lt;b&gt;bleibt\"");
    office_says(s.body, "value=\"viel\"");
    office_says(s.body, "Dieses Datum gibt es nicht");
    office_says(s.body, "Bitte füllen Sie dieses Feld aus");
    office_says(s.body, "Bitte Stunden wie 120 oder 37,5 eingeben");
    office_says(s.body, "Der Wert ist zu groß");
    assert_int_equal(r.rc, RC_INVALID);
    office_says(r.body, "Diese Person gehört zu einer anderen Firma");
    office_says(r.body, "Das Ende liegt vor dem Beginn");
    office_says(r.body, "Bitte geben Sie diesem Link einen Namen");
    office_says(r.body, "Bitte eine vollständige Adresse");
    /* both kinds at once */
    s = sent(&project_domain, "/projekte", OFFICE_ADMIN, 0,
             "name=&company_id=1&person_id=2&start_day=2026-11-24&end_day=2026-11-23"
             "&planned_minutes=viel&recurrence=0&department_no=0&link1_url=ftp%3A%2F%2Fx");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Bitte prüfen Sie 6 Angaben");
    office_says(s.body, "Bitte Stunden wie 120 oder 37,5 eingeben");
    office_says(s.body, "Diese Person gehört zu einer anderen Firma");
    office_says(s.body, "Das Ende liegt vor dem Beginn");
    office_says(list(OFFICE_ADMIN, "status=9"), "Noch kein Projekt");
}

static struct office_sent
sent_name(int64_t user, const char *name, int version)
{
    const struct str body =
        arena_fmt(office.mem,
                  "name=%s&company_id=1&person_id=1&project_no=26-1-001&start_day=2026-11-24"
                  "&planned_minutes=120&recurrence=0&department_no=0&active=1&version=%d",
                  name, version);

    return sent(&project_domain, "/projekte/{project}/bearbeiten", user, 1, body.p);
}

/* Who comes too late is told who changed what, keeps what was typed, and may then insist. */
static void
test_send_stale(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(sent(&project_domain, "/projekte", OFFICE_ADMIN, 0, good_form).rc, OK);
    assert_int_equal(sent_name(OFFICE_LEADER, "Fahrplan", 1).rc, OK);
    s = sent_name(OFFICE_ADMIN, "", 1);
    assert_int_equal(s.rc, RC_INVALID); /* a fault of the form itself comes first */
    office_says(s.body, "name=\"version\" value=\"1\"");
    office_lacks(s.body, "inzwischen geändert</h2>");
    s = sent_name(OFFICE_ADMIN, "Bahnplan", 1);
    assert_int_equal(s.rc, RC_CONFLICT);
    office_says(s.body, "Dieses Projekt wurde inzwischen geändert</h2>");
    office_says(s.body, "Esra Lindgarten, ");
    office_says(s.body, "Projekt: Fahrplan-App → Fahrplan<");
    office_says(s.body, "value=\"Bahnplan\"");
    office_says(s.body, "name=\"version\" value=\"2\"");
    assert_int_equal(sent_name(OFFICE_ADMIN, "Bahnplan", 2).rc, OK);
}

static void
test_send_status(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(sent(&project_domain, "/projekte", OFFICE_ADMIN, 0, good_form).rc, OK);
    s = sent(&project_domain, "/projekte/{project}/status", OFFICE_ADMIN, 1, "status=1&version=1");
    assert_int_equal(s.rc, OK);
    s = sent(&project_domain, "/projekte/{project}/status", OFFICE_ADMIN, 1, "status=0&version=2");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Dieser Schritt geht zurück");
    office_says(s.body, "name=\"version\" value=\"2\"");
    s = sent(&project_domain, "/projekte/{project}/status", OFFICE_ADMIN, 1,
             "status=0&back=1&version=2");
    assert_int_equal(s.rc, OK);
    s = sent(&project_domain, "/projekte/{project}/status", OFFICE_ADMIN, 1, "status=5&version=3");
    assert_int_equal(s.rc, RC_INVALID);
}

static void
test_send_team_and_rate(void **state)
{
    static const struct {
        const char *path, *body;
        enum rc rc;
    } steps[] = {
        {"/projekte/{project}/team", "user=4&user=3&version=1", OK         },
        {"/projekte/{project}/team", "user=99&version=2",       RC_INVALID },
        {"/projekte/{project}/satz", "rate=92%2C50&version=2",  OK         },
        {"/projekte/{project}/satz", "rate=-1&version=3",       RC_INVALID },
        {"/projekte/{project}/satz", "rate=1&version=2",        RC_CONFLICT},
    };

    (void)state;
    assert_int_equal(sent(&project_domain, "/projekte", OFFICE_ADMIN, 0, good_form).rc, OK);
    for (size_t i = 0; i < COUNT(steps); i++) {
        assert_int_equal(sent(&project_domain, steps[i].path, OFFICE_LEADER, 1, steps[i].body).rc,
                         steps[i].rc);
    }
    office_says(page(&project_domain, "/projekte/{project}", OFFICE_LEADER, 1, ""), "92,50 €");
}

/* --- settings ----------------------------------------------------------------------------------
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
    assert_int_equal(sent(&workspace_domain, "/einstellungen/zeiten", OFFICE_ADMIN, 0,
                          "raster=7&lock_days=&week_minutes=40&version=0&policy_version=0")
                         .rc,
                     RC_INVALID);
    assert_int_equal(sent(&workspace_domain, "/einstellungen/zeiten", OFFICE_ADMIN, 0,
                          "raster=0&lock_days=&week_minutes=38%2C5&version=0&policy_version=0")
                         .rc,
                     OK);
    body = sent(&workspace_domain, "/einstellungen", OFFICE_LEADER, 0,
                "agency_name=Lindenkai&zone=Europe%2FVienna&lang=0&version=0")
               .body;
    office_says(body, "Die Einstellungen wurden inzwischen geändert");
    office_says(body, "Mara Tannhof, ");
    office_says(body, "<option value=\"Europe/Vienna\" selected>");
    office_says(body, "name=\"version\" value=\"1\"");
    assert_int_equal(sent(&workspace_domain, "/einstellungen", OFFICE_ADMIN, 0,
                          "agency_name=Lindenkai&zone=Mars%2FOlympus&lang=0&version=1")
                         .rc,
                     RC_INVALID);
    body = sent(&workspace_domain, "/einstellungen/projekte", OFFICE_ADMIN, 0,
                "project_scheme=%7BJJ%7D-%7BN%7D&project_scope=0&budget_warn=80&version=1")
               .body;
    office_says(body, "Den Platzhalter {JJ} gibt es nicht");
    body = page(&workspace_domain, "/einstellungen/zeiten", OFFICE_ADMIN, 0, "");
    office_says(body, "<option value=\"0\" selected>ohne Rundung");
    office_says(body, "value=\"38:30\"");
}

static void
test_search(void **state)
{
    struct add a = project("Alster", 1);
    struct str body;

    (void)state;
    saved(&a);
    body = page(&workspace_domain, "/suche", OFFICE_RECORDER_2, 0, "q=LUEHRS");
    office_says(body, "href=\"/projekte/1\">Alster<");
    office_says(body, "href=\"/kontakte/1\">Reederei Lührs<");
    body = page(&workspace_domain, "/suche", OFFICE_RECORDER_2, 0, "q=petersen");
    office_says(body, "href=\"/kontakte/personen/2\">Onno Petersen<");
    body = page(&workspace_domain, "/suche", OFFICE_RECORDER_1, 0, "q=luehrs");
    office_lacks(body, "Alster");
    office_lacks(body, "Reederei");
    office_says(body, "Kein Treffer");
    body = page(&workspace_domain, "/suche", OFFICE_ADMIN, 0, "q=%3Cb%3E");
    office_says(body, "„&lt;b&gt;“");
    office_lacks(page(&workspace_domain, "/suche", OFFICE_ADMIN, 0, ""), "Kein Treffer");
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
        TEST(test_copy),
        TEST(test_order),
        TEST(test_list_empty),
        TEST(test_overview),
        TEST(test_history),
        TEST(test_send_new),
        TEST(test_send_faults),
        TEST(test_send_stale),
        TEST(test_send_status),
        TEST(test_send_team_and_rate),
        TEST(test_search),
        TEST(test_new_without_person),
        TEST(test_new),
        TEST(test_forms_hold_what_is_stored),
        TEST(test_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
