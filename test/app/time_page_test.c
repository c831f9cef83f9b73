/* The pages of times, run without a server: quick entry, timers, categories and
 * Mein Tag; what they refuse, and that nothing typed is lost. */
#include "app/project/project.h"
#include "app/time/time.h"
#include "app/workspace/workspace.h"
#include "base/time.h"
#include "guard/audit.h"
#include "times.h"

/* --- the day --------------------------------------------------------------------------------- */

static void
test_quick_entry(void **state)
{
    struct str body;

    (void)state;
    times_leads_to(times_quick(TIMES_AT_NINE), "/zeiten/2026-11-24?meldung=notice.time_added");
    body = times_day();
    office_says(body, "Dienstag, 24. November 2026");
    office_says(body, "1:15 von 8:00 Std. erfasst");
    office_says(body, "09:00 – 10:10");
    office_says(body, "gemessen 1:10");
    office_says(body, "Abrechenbar 1:15");
    office_says(body, "/zeiten/eintrag/1\"");
    office_says(body, "<option value=\"1\" selected>Kundenportal · Reederei Lührs");
    times_leads_to(times_quick("day=2026-11-24&project_id=2&category_id=2&note=&minutes=22-1%3A30"),
                   "/zeiten/2026-11-24?meldung=notice.time_added");
    body = times_day();
    office_says(body, "22:00 – 01:30");
    office_says(body, "Intern 3:30"); /* the category says whether it is billed */
}

/* What lies open between entries with clock times is named; overlaps and the night are none. */
static void
test_gaps(void **state)
{
    (void)state;
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    office_lacks(times_day(), "Lücke");
    assert_int_equal(
        times_quick("day=2026-11-24&project_id=1&category_id=1&minutes=9%3A30-9%3A45").rc, OK);
    assert_int_equal(times_quick("day=2026-11-24&project_id=1&category_id=1&minutes=22-1").rc, OK);
    office_says(times_day(), "Lücke 10:10 – 22:00");
    office_says(times_page("/", OFFICE_RECORDER_2, NULL, 0, ""), "Lücke 10:10 – 22:00");
}

/* A locked day offers no form, and no advice to use one. */
static void
test_locked_day(void **state)
{
    struct str body = times_page("/zeiten/{day}", OFFICE_RECORDER_2, "day", today.n - 40, "");

    (void)state;
    office_says(body, "Noch nichts erfasst");
    office_lacks(body, "Wählen Sie oben");
}

/* Everything that is wrong is said at once, what was typed stays, and nothing is stored. */
static void
test_quick_faults(void **state)
{
    struct office_sent s =
        times_quick("day=2020-01-02&project_id=99&category_id=98&note=%3Cb%3Ebleibt&minutes=");

    (void)state;
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "value=\"&lt;b&gt;bleibt\"");
    office_says(s.body, "4 ");
    office_says(s.body, "ist gesperrt");
    office_says(s.body, "Diesen Eintrag gibt es nicht mehr");
    office_says(s.body, "f-zeiten-project_id-e");
    office_says(s.body, "f-zeiten-category_id-e");
    office_says(s.body, "f-zeiten-minutes-e");
    s = times_quick(
        "day=2026-11-24&project_id=&category_id=1&note=x&from_clock=25%3A00&minutes=viel");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "value=\"viel\"");
    office_says(s.body, "value=\"25:00\"");
    office_says(s.body, "Bitte eine Uhrzeit wie 9:05");
    office_says(s.body, "Bitte eine Dauer wie");
    office_says(s.body, "Bitte füllen Sie dieses Feld aus");
    s = times_quick("day=2026-11-24&project_id=&category_id=&note=&minutes=");
    office_says(s.body, "Bitte prüfen Sie 3 Angaben");
    office_says(s.body, "f-zeiten-minutes-e");
    /* what a rule finds stands beside what the field table finds */
    s = times_quick("day=2020-01-02&project_id=1&category_id=98&note=&minutes=viel");
    office_says(s.body, "Bitte prüfen Sie 3 Angaben");
    office_says(s.body, "ist gesperrt");
    office_says(s.body, "f-zeiten-category_id-e");
    office_says(s.body, "Bitte eine Dauer wie");
    office_says(times_day(), "Noch nichts erfasst");
}

static void
test_quick_project_of_link(void **state)
{
    const struct office_page p = {.query = STR("projekt=2"), .user = OFFICE_RECORDER_2};
    enum rc rc;
    struct str body = times_page("/zeiten/{day}", OFFICE_RECORDER_2, "day", today.n, "projekt=2");

    (void)state;
    office_says(body, "<option value=\"2\" selected>");
    body = times_page("/zeiten/{day}", OFFICE_RECORDER_1, "day", today.n, "projekt=1");
    office_lacks(body, "Kundenportal");
    body = times_page("/zeiten/{day}", OFFICE_RECORDER_1, "day", today.n, "projekt=%3Cx");
    office_lacks(body, "<x");
    (void)office_get(&office, office_route(&time_domain, "/zeiten"), &p, &rc);
    assert_int_equal(rc, OK);
}

/* Administrators see and book another person's day; for everybody else the name says nothing. */
static void
test_day_of_others(void **state)
{
    static const char body[] = "day=2026-11-24&project_id=1&category_id=1&note=Vertretung"
                               "&minutes=1&user_id=3";
    struct office_sent s;
    struct str page;

    (void)state;
    times_leads_to(times_post("/zeiten", OFFICE_ADMIN, NULL, 0, body),
                   "/zeiten/2026-11-24?person=3&meldung=notice.time_added");
    office_says(times_day(), "Vertretung"); /* of Jette Harms, number 3 */
    page = times_page("/zeiten/{day}", OFFICE_ADMIN, "day", today.n, "person=3");
    office_says(page, "Sie erfassen für Jette Harms");
    office_says(page, "Vertretung");
    office_says(page, "name=\"user_id\" value=\"3\"");
    office_says(page, "href=\"/zeiten/2026-11-23?person=3\"");
    office_lacks(page, "name=\"start\"");
    office_lacks(page, "action=\"/zeiten/uhren\"");
    s = times_post("/zeiten", OFFICE_ADMIN, NULL, 0,
                   "day=2026-11-24&project_id=1&category_id=1&user_id=3");
    assert_int_equal(s.rc, RC_INVALID); /* the page again is still that person's */
    office_says(s.body, "Sie erfassen für Jette Harms");
    page = times_page("/zeiten/{day}", OFFICE_ADMIN, "day", today.n, "");
    office_lacks(page, "Vertretung");
    office_says(page, "name=\"person\"");
    office_lacks(times_page("/zeiten/{day}", OFFICE_ADMIN, "day", today.n, "person=99"), "für ");
    page = times_page("/zeiten/{day}", OFFICE_LEADER, "day", today.n, "person=3");
    office_lacks(page, "Vertretung");
    office_lacks(page, "name=\"person\"");
    assert_int_equal(times_post("/zeiten", OFFICE_LEADER, NULL, 0, body).rc, RC_INVALID);
}

/* Days far away are pages like others. */
static void
test_far_days(void **state)
{
    static const int years[] = {1900, 1970, 2199};

    (void)state;
    for (size_t i = 0; i < COUNT(years); i++) {
        struct day d;

        assert_int_equal(day_of(years[i], 12, 31, &d), OK);
        office_says(times_page("/zeiten/{day}", OFFICE_RECORDER_2, "day", d.n, ""), "31. Dezember");
        office_says(times_page("/zeiten/woche/{day}", OFFICE_RECORDER_2, "day", d.n, ""),
                    "<h1>Woche ");
    }
}

/* --- one entry ------------------------------------------------------------------------------- */

static struct office_sent
change(int64_t user, const char *minutes, int version)
{
    const struct str body =
        arena_fmt(office.mem,
                  "project_id=1&category_id=1&day=2026-11-24&minutes=%s&from_clock=9%%3A00"
                  "&to_clock=10%%3A10&note=Entwurf&billable=1&version=%d",
                  minutes, version);

    return times_post("/zeiten/eintrag/{time_entry}", user, "time_entry", 1, body.p);
}

static void
test_entry_change(void **state)
{
    (void)state;
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    office_says(times_entry(OFFICE_RECORDER_2), "value=\"1:10\"");
    times_leads_to(change(OFFICE_RECORDER_2, "2%3A00", 1),
                   "/zeiten/2026-11-24?meldung=notice.time_changed");
    office_says(times_entry(OFFICE_RECORDER_2), "value=\"11:00\""); /* the end moves along */
    times_leads_to(change(OFFICE_RECORDER_2, "2%3A00", 2),
                   "/zeiten/2026-11-24?meldung=notice.time_changed");
    office_says(times_entry(OFFICE_RECORDER_2), "value=\"1:10\""); /* and the duration with it */
    assert_int_equal(change(OFFICE_RECORDER_2, "13-14%3A00", 3).rc, OK);
    office_says(times_entry(OFFICE_RECORDER_2), "value=\"13:00\"");
    times_leads_to(times_post("/zeiten/eintrag/{time_entry}/loeschen", OFFICE_RECORDER_2,
                              "time_entry", 1, "version=4"),
                   "/zeiten/2026-11-24?meldung=notice.time_removed");
    office_says(times_day(), "Noch nichts erfasst");
}

/* Who comes too late is told who changed what, keeps what was typed, and may then insist. */
static void
test_entry_stale(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    times_leads_to(change(OFFICE_ADMIN, "2%3A00", 1),
                   "/projekte/1/zeiten?meldung=notice.time_changed");
    s = change(OFFICE_RECORDER_2, "3%3A00", 1);
    assert_int_equal(s.rc, RC_CONFLICT);
    office_says(s.body, "Inzwischen geändert</h2>");
    office_says(s.body, "Mara Tannhof, ");
    office_says(s.body, "Dauer: 1:10 → 2:00");
    office_says(s.body, "value=\"3:00\"");
    office_says(s.body, "name=\"version\" value=\"2\"");
    assert_int_equal(change(OFFICE_RECORDER_2, "3%3A00", 2).rc, OK);
}

/* Nobody removes what they have not seen. */
static void
test_entry_remove_stale(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    assert_int_equal(change(OFFICE_ADMIN, "2%3A00", 1).rc, OK);
    s = times_post("/zeiten/eintrag/{time_entry}/loeschen", OFFICE_RECORDER_2, "time_entry", 1,
                   "version=1");
    assert_int_equal(s.rc, RC_CONFLICT);
    office_says(s.body, "Mara Tannhof, ");
    office_says(s.body, "Dauer: 1:10 → 2:00");
    office_says(s.body, "name=\"version\" value=\"2\"");
    assert_int_equal(times_post("/zeiten/eintrag/{time_entry}/loeschen", OFFICE_RECORDER_2,
                                "time_entry", 1, "version=2")
                         .rc,
                     OK);
}

/* Others see an entry without a way to change it; administrators change it and see whose it is. */
static void
test_entry_of_others(void **state)
{
    struct str body;

    (void)state;
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    body = times_entry(OFFICE_LEADER);
    office_says(body, "Jette Harms");
    office_lacks(body, "Speichern</button>");
    office_says(times_entry(OFFICE_ADMIN), "Speichern</button>");
    office.now.us += 40LL * 86400 * 1000000;
    body = times_entry(OFFICE_RECORDER_2);
    office_says(body, "Bearbeitungssperre");
    office_lacks(body, "Speichern</button>");
    assert_int_equal(times_post("/zeiten/eintrag/{time_entry}/loeschen", OFFICE_RECORDER_2,
                                "time_entry", 1, "version=1")
                         .rc,
                     RC_CONFLICT);
}

static enum rc
scope_of(struct rtx *tx, void *arg)
{
    const struct scope *s = arg;
    const struct principal one = office_who(OFFICE_RECORDER_1);
    const struct principal leader = office_who(OFFICE_LEADER);
    const struct principal admin = office_who(OFFICE_ADMIN);
    bool is_entry = strcmp(s->name, "time_entry") == 0;

    assert_int_equal(s->check(tx, &one, 1, false), RC_MISSING);
    assert_int_equal(s->check(tx, &admin, 99, false), RC_MISSING);
    assert_int_equal(s->check(tx, &leader, 1, false), is_entry ? OK : RC_MISSING);
    assert_int_equal(s->check(tx, &leader, 1, true), is_entry ? RC_DENIED : RC_MISSING);
    assert_int_equal(s->check(tx, &admin, 1, true), is_entry ? OK : RC_MISSING);
    return OK;
}

/* Foreign ids are none; a timer is nobody else's business, not even an administrator's. */
static void
test_foreign_ids(void **state)
{
    (void)state;
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    assert_int_equal(
        times_quick("day=2026-11-24&project_id=1&category_id=1&note=&minutes=&start=1").rc, OK);
    for (size_t i = 0; i < time_domain.n_scopes; i++) {
        struct scope s = time_domain.scopes[i];

        if (strcmp(s.name, "category") != 0) {
            assert_int_equal(office_read(&office, OFFICE_ADMIN, scope_of, &s), OK);
        }
    }
}

/* --- timers ---------------------------------------------------------------------------------- */

static struct office_sent
timer(const char *verb)
{
    const char *path = arena_fmt(office.mem, "/zeiten/uhren/{timer}/%s", verb).p;

    return times_post(path, OFFICE_RECORDER_2, "timer", 1, "");
}

static void
start(const char *category)
{
    const struct str body =
        arena_fmt(office.mem, "project_id=1&category_id=%s&note=Skizze&billable=1", category);

    times_leads_to(times_post("/zeiten/uhren", OFFICE_RECORDER_2, NULL, 0, body.p),
                   "/zeiten/2026-11-24?meldung=notice.timer_started");
}

static void
pass(int64_t minutes)
{
    office.now.us += minutes * 60000000;
}

static void
test_timer(void **state)
{
    (void)state;
    times_leads_to(
        times_quick("day=2026-11-20&project_id=1&category_id=1&note=Skizze&minutes=&start=1"),
        "/zeiten/2026-11-24?meldung=notice.timer_started");
    pass(20);
    office_says(times_day(), "0:20:00");
    times_leads_to(timer("pause"), "/zeiten/2026-11-24?meldung=notice.timer_paused");
    pass(60);
    office_says(times_day(), "angehalten");
    times_leads_to(timer("weiter"), "/zeiten/2026-11-24?meldung=notice.timer_started");
    pass(11);
    times_leads_to(timer("stopp"), "/zeiten/2026-11-24?meldung=notice.time_added");
    office_says(times_day(), "0:45 von 8:00");
    office_says(times_day(), "gemessen 0:31");
    office_lacks(times_day(), "/zeiten/uhren/1");
}

/* What cannot be booked without asking is paused and asked for on the timer's page. */
static void
test_timer_asks(void **state)
{
    struct office_sent s;

    (void)state;
    start("");
    pass(30);
    times_leads_to(timer("stopp"), "/zeiten/uhren/1?meldung=notice.timer_asks");
    pass(100);
    office_says(times_page("/zeiten/uhren/{timer}", OFFICE_RECORDER_2, "timer", 1, ""),
                "value=\"0:30\"");
    s = times_post("/zeiten/uhren/{timer}/buchen", OFFICE_RECORDER_2, "timer", 1,
                   "project_id=1&category_id=&day=2026-11-24&minutes=0%3A30&note=bleibt");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "value=\"bleibt\"");
    times_leads_to(
        times_post("/zeiten/uhren/{timer}/buchen", OFFICE_RECORDER_2, "timer", 1,
                   "project_id=1&category_id=1&day=2026-11-24&minutes=0%3A30&note=&billable=1"),
        "/zeiten/2026-11-24?meldung=notice.time_added");
    office_says(times_day(), "0:30 von 8:00");
    office_lacks(times_day(), "/zeiten/uhren/1");
}

static void
test_timer_of_three_days(void **state)
{
    struct str body;

    (void)state;
    start("1");
    pass(3 * 24 * 60);
    times_leads_to(timer("stopp"), "/zeiten/uhren/1?meldung=notice.timer_asks");
    body = times_page("/zeiten/uhren/{timer}", OFFICE_RECORDER_2, "timer", 1, "");
    office_says(body, "72:00:00");
    office_says(body, "mehr als einen Tag");
    office_says(body, "value=\"2026-11-24\"");
    times_leads_to(timer("verwerfen"), "/zeiten/2026-11-27?meldung=notice.timer_dropped");
    office_says(times_day(), "Noch nichts erfasst");
}

/* A start button has no field beside it: the page says why at its head. */
static void
test_timer_refused(void **state)
{
    struct office_sent s = times_post("/zeiten/uhren", OFFICE_RECORDER_1, NULL, 0, "project_id=1");

    (void)state;
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "error-summary");
    office_says(s.body, "Diesen Eintrag gibt es nicht mehr");
}

/* --- a project's times ----------------------------------------------------------------------- */

static void
test_project_times(void **state)
{
    struct str body;

    (void)state;
    office_says(times_page("/projekte/{project}/zeiten", OFFICE_LEADER, "project", 1, ""),
                "Noch keine Zeiten");
    for (int i = 0; i < 51; i++) {
        assert_int_equal(
            times_quick(arena_fmt(office.mem,
                                  "day=2026-11-24&project_id=1&category_id=1&note=%%3Cb%%3E%d"
                                  "&minutes=15m",
                                  i)
                            .p)
                .rc,
            OK);
    }
    body = times_page("/projekte/{project}/zeiten", OFFICE_LEADER, "project", 1, "");
    office_says(body, "12:45 Std. gebucht");
    office_says(body, "&lt;b&gt;50<");
    office_lacks(body, "&lt;b&gt;0<");
    office_says(body, "seite=2");
    office_says(times_page("/projekte/{project}/zeiten", OFFICE_LEADER, "project", 1, "seite=2"),
                "&lt;b&gt;0<");
    office_lacks(times_page("/projekte/{project}/zeiten", OFFICE_RECORDER_1, "project", 1, ""),
                 "&lt;b&gt;");
}

/* --- categories ------------------------------------------------------------------------------ */

static void
test_categories(void **state)
{
    const char *path = "/einstellungen/kategorien/{category}";
    struct office_sent s;

    (void)state;
    office_says(times_page("/einstellungen/kategorien", OFFICE_ADMIN, NULL, 0, ""), "Organisation");
    s = times_post("/einstellungen/kategorien", OFFICE_ADMIN, NULL, 0,
                   "name=&group_name=Gestaltung&sort_no=viel&rate=-3");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "value=\"Gestaltung\"");
    office_says(s.body, "Bitte eine ganze Zahl");
    s = times_post("/einstellungen/kategorien", OFFICE_ADMIN, NULL, 0,
                   "name=Satz&group_name=Gestaltung&sort_no=5&rate=95%2C50&active=1");
    times_leads_to(s, "/einstellungen/kategorien?meldung=notice.category_added");
    office_says(times_page(path, OFFICE_ADMIN, "category", 3, ""), "value=\"95,50\"");
    assert_int_equal(times_post(path, OFFICE_ADMIN, "category", 3,
                                "name=Satz&group_name=gestaltung&sort_no=5&rate=&version=1")
                         .rc,
                     OK);
    s = times_post(path, OFFICE_ADMIN, "category", 3, "name=Satz+2&sort_no=5&rate=&version=1");
    assert_int_equal(s.rc, RC_CONFLICT);
    office_says(s.body, "Mara Tannhof, ");
    office_says(s.body, "wird angeboten: ja → nein");
    office_says(s.body, "value=\"Satz 2\"");
    office_says(s.body, "name=\"version\" value=\"2\"");
    office_says(times_page("/einstellungen/kategorien", OFFICE_ADMIN, NULL, 0, ""), "geschlossen");
    office_lacks(times_day(), ">Satz<");
}

/* A category may be for one customer alone: it says so where it is chosen, and is refused
 * elsewhere. */
static void
test_category_of_company(void **state)
{
    struct office_sent s =
        times_post("/einstellungen/kategorien/{category}", OFFICE_ADMIN, "category", 1,
                   "name=Fahrplan&sort_no=5&rate=&active=1&billable=1&company_id=2"
                   "&price_group=Nord&version=1");
    struct str page;

    (void)state;
    times_leads_to(s, "/einstellungen/kategorien?meldung=notice.category_changed");
    page = times_page("/einstellungen/kategorien", OFFICE_ADMIN, NULL, 0, "");
    office_says(page, "Brauerei Hopfenstolz");
    office_says(page, "Nord");
    page = times_page("/einstellungen/kategorien/{category}", OFFICE_ADMIN, "category", 1, "");
    office_says(page, "<option value=\"2\" selected>");
    office_says(page, "value=\"Nord\"");
    office_says(times_day(), "Fahrplan · Brauerei Hopfenstolz");
    s = times_quick("day=2026-11-24&project_id=1&category_id=1&minutes=1");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "für dieses Projekt nicht angeboten");
    assert_int_equal(times_quick("day=2026-11-24&project_id=2&category_id=1&minutes=1").rc, OK);
}

/* --- Mein Tag -------------------------------------------------------------------------------- */

static void
test_start_empty(void **state)
{
    struct str body = times_page("/", OFFICE_ADMIN, NULL, 0, "");

    (void)state;
    office_says(body, "Guten Tag, Mara");
    office_says(body, "Willkommen in Kontor");
    office_says(body, "/kontakte/import");
    body = times_page("/", OFFICE_RECORDER_1, NULL, 0, "");
    office_lacks(body, "/kontakte/import");
    office_lacks(body, "Lesen Sie Ihre Kontakte");
}

static void
test_start(void **state)
{
    struct str body;

    (void)state;
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    start("1");
    pass(5);
    body = times_page("/", OFFICE_RECORDER_2, NULL, 0, "");
    office_says(body, "Guten Tag, Jette");
    office_says(body, "0:05:00");
    office_says(body, "/zeiten/eintrag/1\"");
    office_says(body, "Soll 40:00");
    office_says(body, "13 %"); /* 75 of 600 minutes */
    office_says(body, "1:15 / 10:00");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, times_open, times_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_quick_entry),
        TEST(test_quick_faults),
        TEST(test_quick_project_of_link),
        TEST(test_day_of_others),
        TEST(test_far_days),
        TEST(test_gaps),
        TEST(test_locked_day),
        TEST(test_entry_change),
        TEST(test_entry_stale),
        TEST(test_entry_remove_stale),
        TEST(test_entry_of_others),
        TEST(test_foreign_ids),
        TEST(test_timer),
        TEST(test_timer_asks),
        TEST(test_timer_of_three_days),
        TEST(test_timer_refused),
        TEST(test_project_times),
        TEST(test_categories),
        TEST(test_category_of_company),
        TEST(test_start),
        cmocka_unit_test_setup_teardown(test_start_empty, times_open_empty, times_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
