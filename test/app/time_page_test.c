/* The pages of times, run without a server: quick entry, the grid of the week, timers, categories
 * and Mein Tag; what they refuse, and that nothing typed is lost. */
#include "app/project/project.h"
#include "app/time/time.h"
#include "app/workspace/workspace.h"
#include "base/time.h"
#include "guard/audit.h"
#include "office.h"

static struct office office;
static struct project_id portal, relaunch;
static struct category_id concept, internal;
static struct day today;

/* --- shorthands ------------------------------------------------------------------------------ */

static enum rc
fill_office(struct wtx *tx, void *arg)
{
    struct project_form p;
    struct category_form k = {.name = STR("Konzeption"),
                              .sort_no = 10,
                              .active = true,
                              .billable = true,
                              .rate = MONEY_NONE};

    (void)arg;
    project_form_init(&p, today);
    p.name = STR("Kundenportal");
    p.company_id.n = 1;
    p.person_id.n = 1;
    p.planned_minutes.n = 600;
    TRY(project_add(tx, &p, &portal));
    p.name = STR("Relaunch");
    p.company_id.n = 2;
    p.person_id.n = 2;
    p.responsible_user_id.n = OFFICE_RECORDER_1;
    TRY(project_add(tx, &p, &relaunch));
    TRY(category_add(tx, &k, &concept));
    k.name = STR("Organisation");
    k.sort_no = 20;
    k.billable = false;
    return category_add(tx, &k, &internal);
}

static struct office_sent
post(const char *path, int64_t user, const char *name, int64_t id, const char *body)
{
    const struct office_page p = {.query = STR(""), .name = name, .id = id, .user = user};
    const struct domain *d =
        strncmp(path, "/einstellungen/zeiten", 21) == 0 ? &workspace_domain : &time_domain;

    return office_post(&office, d, path, &p, body);
}

static int
open_empty(void **state)
{
    (void)state;
    office_open(&office, "2026-11-24T08:15:00Z");
    assert_int_equal(day_of(2026, 11, 24, &today), OK);
    return 0;
}

static int
open_office(void **state)
{
    open_empty(state);
    assert_int_equal(office_write(&office, OFFICE_ADMIN, fill_office, NULL), OK);
    assert_int_equal(post("/einstellungen/zeiten", OFFICE_ADMIN, NULL, 0,
                          "raster=15&lock_days=30&week_minutes=40&version=0")
                         .rc,
                     OK);
    return 0;
}

static int
close_office(void **state)
{
    (void)state;
    office_close(&office);
    return 0;
}

static struct str
page_of(const char *path, int64_t user, const char *name, int64_t id, const char *query)
{
    const struct office_page p = {.query = str_of(query), .name = name, .id = id, .user = user};
    enum rc rc;
    const struct str body = office_get(&office, office_route(&time_domain, path), &p, &rc);

    assert_int_equal(rc, OK);
    return body;
}

static struct str
day_page(void)
{
    return page_of("/zeiten/{day}", OFFICE_RECORDER_2, "day", today.n, "");
}

static struct str
entry_page(int64_t user)
{
    return page_of("/zeiten/eintrag/{time_entry}", user, "time_entry", 1, "");
}

static struct str
week_page(void)
{
    return page_of("/zeiten/woche/{day}", OFFICE_RECORDER_2, "day", today.n, "");
}

static struct office_sent
quick(const char *body)
{
    return post("/zeiten", OFFICE_RECORDER_2, NULL, 0, body);
}

static void
leads_to(struct office_sent s, const char *location)
{
    if (s.rc != OK) {
        FAIL_TEST("refused: %d\n%.*s", s.rc, STR_FMT(s.body));
    }
    if (!str_eq(s.location, str_of(location))) {
        FAIL_TEST("leads to %.*s", STR_FMT(s.location));
    }
}

static const char at_nine[] =
    "day=2026-11-24&project_id=1&category_id=1&note=Entwurf&from_clock=9%3A00&to_clock=10%3A10"
    "&minutes=";

/* --- the day --------------------------------------------------------------------------------- */

static void
test_quick_entry(void **state)
{
    struct str body;

    (void)state;
    leads_to(quick(at_nine), "/zeiten/2026-11-24?meldung=notice.time_added");
    body = day_page();
    office_says(body, "Dienstag, 24. November 2026");
    office_says(body, "1:15 von 8:00 Std. erfasst");
    office_says(body, "09:00 – 10:10");
    office_says(body, "gemessen 1:10");
    office_says(body, "Abrechenbar 1:15");
    office_says(body, "/zeiten/eintrag/1\"");
    office_says(body, "<option value=\"1\" selected>Kundenportal · Reederei Lührs");
    leads_to(quick("day=2026-11-24&project_id=2&category_id=2&note=&minutes=22-1%3A30"),
             "/zeiten/2026-11-24?meldung=notice.time_added");
    body = day_page();
    office_says(body, "22:00 – 01:30");
    office_says(body, "Intern 3:30"); /* the category says whether it is billed */
}

/* Everything that is wrong is said at once, what was typed stays, and nothing is stored. */
static void
test_quick_faults(void **state)
{
    struct office_sent s =
        quick("day=2020-01-02&project_id=99&category_id=98&note=%3Cb%3Ebleibt&minutes=");

    (void)state;
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "value=\"&lt;b&gt;bleibt\"");
    office_says(s.body, "4 ");
    office_says(s.body, "ist gesperrt");
    office_says(s.body, "Diesen Eintrag gibt es nicht mehr");
    office_says(s.body, "f-zeiten-project_id-e");
    office_says(s.body, "f-zeiten-category_id-e");
    office_says(s.body, "f-zeiten-minutes-e");
    s = quick("day=2026-11-24&project_id=&category_id=1&note=x&from_clock=25%3A00&minutes=viel");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "value=\"viel\"");
    office_says(s.body, "value=\"25:00\"");
    office_says(s.body, "Bitte eine Uhrzeit wie 9:05");
    office_says(s.body, "Bitte eine Dauer wie");
    office_says(s.body, "Bitte füllen Sie dieses Feld aus");
    s = quick("day=2026-11-24&project_id=&category_id=&note=&minutes=");
    office_says(s.body, "Bitte prüfen Sie 3 Angaben");
    office_says(s.body, "f-zeiten-minutes-e");
    /* what a rule finds stands beside what the field table finds */
    s = quick("day=2020-01-02&project_id=1&category_id=98&note=&minutes=viel");
    office_says(s.body, "Bitte prüfen Sie 3 Angaben");
    office_says(s.body, "ist gesperrt");
    office_says(s.body, "f-zeiten-category_id-e");
    office_says(s.body, "Bitte eine Dauer wie");
    office_says(day_page(), "Noch nichts erfasst");
}

static void
test_quick_project_of_link(void **state)
{
    const struct office_page p = {.query = STR("projekt=2"), .user = OFFICE_RECORDER_2};
    enum rc rc;
    struct str body = page_of("/zeiten/{day}", OFFICE_RECORDER_2, "day", today.n, "projekt=2");

    (void)state;
    office_says(body, "<option value=\"2\" selected>");
    body = page_of("/zeiten/{day}", OFFICE_RECORDER_1, "day", today.n, "projekt=1");
    office_lacks(body, "Kundenportal");
    body = page_of("/zeiten/{day}", OFFICE_RECORDER_1, "day", today.n, "projekt=%3Cx");
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
    leads_to(post("/zeiten", OFFICE_ADMIN, NULL, 0, body),
             "/zeiten/2026-11-24?person=3&meldung=notice.time_added");
    office_says(day_page(), "Vertretung"); /* of Jette Harms, number 3 */
    page = page_of("/zeiten/{day}", OFFICE_ADMIN, "day", today.n, "person=3");
    office_says(page, "Sie erfassen für Jette Harms");
    office_says(page, "Vertretung");
    office_says(page, "name=\"user_id\" value=\"3\"");
    office_says(page, "href=\"/zeiten/2026-11-23?person=3\"");
    office_lacks(page, "name=\"start\"");
    office_lacks(page, "action=\"/zeiten/uhren\"");
    s = post("/zeiten", OFFICE_ADMIN, NULL, 0,
             "day=2026-11-24&project_id=1&category_id=1&user_id=3");
    assert_int_equal(s.rc, RC_INVALID); /* the page again is still that person's */
    office_says(s.body, "Sie erfassen für Jette Harms");
    page = page_of("/zeiten/{day}", OFFICE_ADMIN, "day", today.n, "");
    office_lacks(page, "Vertretung");
    office_says(page, "name=\"person\"");
    office_lacks(page_of("/zeiten/{day}", OFFICE_ADMIN, "day", today.n, "person=99"), "für ");
    page = page_of("/zeiten/{day}", OFFICE_LEADER, "day", today.n, "person=3");
    office_lacks(page, "Vertretung");
    office_lacks(page, "name=\"person\"");
    assert_int_equal(post("/zeiten", OFFICE_LEADER, NULL, 0, body).rc, RC_INVALID);
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
        office_says(page_of("/zeiten/{day}", OFFICE_RECORDER_2, "day", d.n, ""), "31. Dezember");
        office_says(page_of("/zeiten/woche/{day}", OFFICE_RECORDER_2, "day", d.n, ""),
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

    return post("/zeiten/eintrag/{time_entry}", user, "time_entry", 1, body.p);
}

static void
test_entry_change(void **state)
{
    (void)state;
    assert_int_equal(quick(at_nine).rc, OK);
    office_says(entry_page(OFFICE_RECORDER_2), "value=\"1:10\"");
    leads_to(change(OFFICE_RECORDER_2, "2%3A00", 1),
             "/zeiten/2026-11-24?meldung=notice.time_changed");
    office_says(entry_page(OFFICE_RECORDER_2), "value=\"11:00\""); /* the end moves along */
    leads_to(change(OFFICE_RECORDER_2, "2%3A00", 2),
             "/zeiten/2026-11-24?meldung=notice.time_changed");
    office_says(entry_page(OFFICE_RECORDER_2), "value=\"1:10\""); /* and the duration with it */
    assert_int_equal(change(OFFICE_RECORDER_2, "13-14%3A00", 3).rc, OK);
    office_says(entry_page(OFFICE_RECORDER_2), "value=\"13:00\"");
    leads_to(post("/zeiten/eintrag/{time_entry}/loeschen", OFFICE_RECORDER_2, "time_entry", 1,
                  "version=4"),
             "/zeiten/2026-11-24?meldung=notice.time_removed");
    office_says(day_page(), "Noch nichts erfasst");
}

/* Who comes too late is told who changed what, keeps what was typed, and may then insist. */
static void
test_entry_stale(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(quick(at_nine).rc, OK);
    leads_to(change(OFFICE_ADMIN, "2%3A00", 1), "/projekte/1/zeiten?meldung=notice.time_changed");
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
    assert_int_equal(quick(at_nine).rc, OK);
    assert_int_equal(change(OFFICE_ADMIN, "2%3A00", 1).rc, OK);
    s = post("/zeiten/eintrag/{time_entry}/loeschen", OFFICE_RECORDER_2, "time_entry", 1,
             "version=1");
    assert_int_equal(s.rc, RC_CONFLICT);
    office_says(s.body, "Mara Tannhof, ");
    office_says(s.body, "Dauer: 1:10 → 2:00");
    office_says(s.body, "name=\"version\" value=\"2\"");
    assert_int_equal(post("/zeiten/eintrag/{time_entry}/loeschen", OFFICE_RECORDER_2, "time_entry",
                          1, "version=2")
                         .rc,
                     OK);
}

/* Others see an entry without a way to change it; administrators change it and see whose it is. */
static void
test_entry_of_others(void **state)
{
    struct str body;

    (void)state;
    assert_int_equal(quick(at_nine).rc, OK);
    body = entry_page(OFFICE_LEADER);
    office_says(body, "Jette Harms");
    office_lacks(body, "Speichern</button>");
    office_says(entry_page(OFFICE_ADMIN), "Speichern</button>");
    office.now.us += 40LL * 86400 * 1000000;
    body = entry_page(OFFICE_RECORDER_2);
    office_says(body, "Bearbeitungssperre");
    office_lacks(body, "Speichern</button>");
    assert_int_equal(post("/zeiten/eintrag/{time_entry}/loeschen", OFFICE_RECORDER_2, "time_entry",
                          1, "version=1")
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
    assert_int_equal(quick(at_nine).rc, OK);
    assert_int_equal(quick("day=2026-11-24&project_id=1&category_id=1&note=&minutes=&start=1").rc,
                     OK);
    for (size_t i = 0; i < time_domain.n_scopes; i++) {
        struct scope s = time_domain.scopes[i];

        if (strcmp(s.name, "category") != 0) {
            assert_int_equal(office_read(&office, OFFICE_ADMIN, scope_of, &s), OK);
        }
    }
}

/* --- the week -------------------------------------------------------------------------------- */

static struct office_sent
save_week(const char *seen, const char *cells)
{
    const struct str body = arena_fmt(office.mem, "monday=2026-11-23&seen=%s&%s", seen, cells);

    return post("/zeiten/woche", OFFICE_RECORDER_2, NULL, 0, body.p);
}

static const char saved[] = "/zeiten/woche/2026-11-23?meldung=notice.week_saved";

static void
test_week(void **state)
{
    struct str body;

    (void)state;
    office_says(week_page(), "Noch keine Zeile");
    assert_int_equal(quick(at_nine).rc, OK);
    body = week_page();
    office_says(body, "id=\"z-1-1-1\" value=\"1:15\"");
    office_says(body, "name=\"seen\" value=\"1-1=,75@1,,,,,\"");
    office_says(body, "1:15 von 40:00 Std.");
    leads_to(save_week("1-1=,75@1,,,,,", "z-1-1-0=0%3A30&z-1-1-1=1%3A15&z-1-1-2=9-10%3A30"), saved);
    body = week_page();
    office_says(body, "value=\"1-1=30@2,75@1,90@3,,,,\"");
    leads_to(save_week("1-1=30@2,75@1,90@3,,,,", "z-1-1-0=&z-1-1-1=2&z-1-1-2=1%2C5"), saved);
    office_says(week_page(), "value=\"1-1=,120@1,90@3,,,,\"");
    office_says(entry_page(OFFICE_RECORDER_2), "value=\"11:00\"");
    leads_to(save_week("1-1=,120@1,90@3,,,,", "z-1-1-1=2%3A00&z-1-1-2=1%3A30"),
             "/zeiten/woche/2026-11-23?meldung=notice.nothing_changed");
}

/* A row that was asked for stands in the grid; what was typed beside it is saved. */
static void
test_week_row(void **state)
{
    struct str body;

    (void)state;
    office_says(week_page(), "name=\"row_project\"");
    leads_to(save_week("", "row=1&row_project=2&row_category=2"),
             "/zeiten/woche/2026-11-23?zeile=2-2");
    body = page_of("/zeiten/woche/{day}", OFFICE_RECORDER_2, "day", today.n, "zeile=2-2");
    office_says(body, "id=\"z-2-2-0\"");
    office_says(body, "value=\"2-2=,,,,,,\"");
    leads_to(save_week("2-2=,,,,,,", "z-2-2-0=1&row=1&row_project=1&row_category=1"),
             "/zeiten/woche/2026-11-23?zeile=1-1,2-2&meldung=notice.week_saved");
    body = page_of("/zeiten/woche/{day}", OFFICE_RECORDER_2, "day", today.n, "zeile=1-1,2-2");
    office_says(body, "id=\"z-1-1-6\"");
    office_says(body, "value=\"1:00\"");
    office_says(body, "<td class=\"num\">8:00</td>");
    /* somebody else's project, nonsense and an unknown category make no row */
    body = page_of("/zeiten/woche/{day}", OFFICE_RECORDER_1, "day", today.n, "zeile=1-1,2-99,x");
    office_lacks(body, "Kundenportal");
    office_lacks(body, "id=\"z-");
    assert_int_equal(save_week("", "row=1&row_project=x&row_category=").rc, OK);
}

static void
test_week_faults(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(quick(at_nine).rc, OK);
    s = save_week("1-1=,75@1,,,,,", "z-1-1-0=1%3A00&z-1-1-1=viel&z-1-1-2=25h");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "id=\"z-1-1-0\" value=\"1:00\"");
    office_says(s.body, "id=\"z-1-1-1\" value=\"viel\" aria-invalid=\"true\"");
    office_says(s.body, "id=\"z-1-1-2-e\">Bitte eine Dauer");
    office_says(s.body, "name=\"seen\" value=\"1-1=,75@1,,,,,\"");
    office_says(week_page(), "value=\"1-1=,75@1,,,,,\"");
}

/* What was booked elsewhere since the form was made is neither undone nor hidden. */
static void
test_week_stale(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(quick(at_nine).rc, OK);
    leads_to(save_week("1-1=,,,,,,", "z-1-1-0=1%3A00&z-1-1-1="), saved);
    office_says(week_page(), "value=\"1-1=60@2,75@1,,,,,\"");
    s = save_week("1-1=,,,,,,", "z-1-1-0=2%3A00&z-1-1-1=");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Hier steht inzwischen 1:00");
    office_says(s.body, "(Jette Harms, heute, 09:15)");
    office_says(s.body, "id=\"z-1-1-0\" value=\"2:00\"");
    office_says(s.body, "name=\"seen\" value=\"1-1=60@2,75@1,,,,,\"");
    leads_to(save_week("1-1=60@2,75@1,,,,,", "z-1-1-0=2%3A00&z-1-1-1=1%3A15"), saved);
    /* a row that is neither booked nor recent any more is taken all the same */
    leads_to(save_week("2-2=,,,,,,", "z-2-2-4=1%3A00"), saved);
    office_says(week_page(), "2-2=,,,,60@3,,");
    assert_int_equal(save_week("kaputt", "z-1-1-0=1").rc, RC_INVALID);
    assert_int_equal(save_week("99-1=,;1-99=", "z-99-1-0=1&z-1-99-0=1").rc, OK);
}

/* Several entries, and locked days, are shown and lead to the day. */
static void
test_week_fixed(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(quick(at_nine).rc, OK);
    assert_int_equal(quick(at_nine).rc, OK);
    office_says(week_page(), "<a href=\"/zeiten/2026-11-24\" id=\"z-1-1-1\" title=\"Mehrere");
    s = save_week("1-1=,150@2,,,,,", "z-1-1-1=1%3A00");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(week_page(), "value=\"1-1=,150@2,,,,,\"");
    office.now.us += 40LL * 86400 * 1000000;
    office_says(week_page(), "title=\"Abgerechnet oder gesperrt");
}

/* --- timers ---------------------------------------------------------------------------------- */

static struct office_sent
timer(const char *verb)
{
    const char *path = arena_fmt(office.mem, "/zeiten/uhren/{timer}/%s", verb).p;

    return post(path, OFFICE_RECORDER_2, "timer", 1, "");
}

static void
start(const char *category)
{
    const struct str body =
        arena_fmt(office.mem, "project_id=1&category_id=%s&note=Skizze&billable=1", category);

    leads_to(post("/zeiten/uhren", OFFICE_RECORDER_2, NULL, 0, body.p),
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
    leads_to(quick("day=2026-11-20&project_id=1&category_id=1&note=Skizze&minutes=&start=1"),
             "/zeiten/2026-11-24?meldung=notice.timer_started");
    pass(20);
    office_says(day_page(), "0:20:00");
    leads_to(timer("pause"), "/zeiten/2026-11-24?meldung=notice.timer_paused");
    pass(60);
    office_says(day_page(), "angehalten");
    leads_to(timer("weiter"), "/zeiten/2026-11-24?meldung=notice.timer_started");
    pass(11);
    leads_to(timer("stopp"), "/zeiten/2026-11-24?meldung=notice.time_added");
    office_says(day_page(), "0:45 von 8:00");
    office_says(day_page(), "gemessen 0:31");
    office_lacks(day_page(), "/zeiten/uhren/1");
}

/* What cannot be booked without asking is paused and asked for on the timer's page. */
static void
test_timer_asks(void **state)
{
    struct office_sent s;

    (void)state;
    start("");
    pass(30);
    leads_to(timer("stopp"), "/zeiten/uhren/1?meldung=notice.timer_asks");
    pass(100);
    office_says(page_of("/zeiten/uhren/{timer}", OFFICE_RECORDER_2, "timer", 1, ""),
                "value=\"0:30\"");
    s = post("/zeiten/uhren/{timer}/buchen", OFFICE_RECORDER_2, "timer", 1,
             "project_id=1&category_id=&day=2026-11-24&minutes=0%3A30&note=bleibt");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "value=\"bleibt\"");
    leads_to(post("/zeiten/uhren/{timer}/buchen", OFFICE_RECORDER_2, "timer", 1,
                  "project_id=1&category_id=1&day=2026-11-24&minutes=0%3A30&note=&billable=1"),
             "/zeiten/2026-11-24?meldung=notice.time_added");
    office_says(day_page(), "0:30 von 8:00");
    office_lacks(day_page(), "/zeiten/uhren/1");
}

static void
test_timer_of_three_days(void **state)
{
    struct str body;

    (void)state;
    start("1");
    pass(3 * 24 * 60);
    leads_to(timer("stopp"), "/zeiten/uhren/1?meldung=notice.timer_asks");
    body = page_of("/zeiten/uhren/{timer}", OFFICE_RECORDER_2, "timer", 1, "");
    office_says(body, "72:00:00");
    office_says(body, "mehr als einen Tag");
    office_says(body, "value=\"2026-11-24\"");
    leads_to(timer("verwerfen"), "/zeiten/2026-11-27?meldung=notice.timer_dropped");
    office_says(day_page(), "Noch nichts erfasst");
}

/* A start button has no field beside it: the page says why at its head. */
static void
test_timer_refused(void **state)
{
    struct office_sent s = post("/zeiten/uhren", OFFICE_RECORDER_1, NULL, 0, "project_id=1");

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
    office_says(page_of("/projekte/{project}/zeiten", OFFICE_LEADER, "project", 1, ""),
                "Noch keine Zeiten");
    for (int i = 0; i < 51; i++) {
        assert_int_equal(
            quick(arena_fmt(office.mem,
                            "day=2026-11-24&project_id=1&category_id=1&note=%%3Cb%%3E%d"
                            "&minutes=15m",
                            i)
                      .p)
                .rc,
            OK);
    }
    body = page_of("/projekte/{project}/zeiten", OFFICE_LEADER, "project", 1, "");
    office_says(body, "12:45 Std. gebucht");
    office_says(body, "&lt;b&gt;50<");
    office_lacks(body, "&lt;b&gt;0<");
    office_says(body, "seite=2");
    office_says(page_of("/projekte/{project}/zeiten", OFFICE_LEADER, "project", 1, "seite=2"),
                "&lt;b&gt;0<");
    office_lacks(page_of("/projekte/{project}/zeiten", OFFICE_RECORDER_1, "project", 1, ""),
                 "&lt;b&gt;");
}

/* --- categories ------------------------------------------------------------------------------ */

static void
test_categories(void **state)
{
    const char *path = "/einstellungen/kategorien/{category}";
    struct office_sent s;

    (void)state;
    office_says(page_of("/einstellungen/kategorien", OFFICE_ADMIN, NULL, 0, ""), "Organisation");
    s = post("/einstellungen/kategorien", OFFICE_ADMIN, NULL, 0,
             "name=&group_name=Gestaltung&sort_no=viel&rate=-3");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "value=\"Gestaltung\"");
    office_says(s.body, "Bitte eine ganze Zahl");
    s = post("/einstellungen/kategorien", OFFICE_ADMIN, NULL, 0,
             "name=Satz&group_name=Gestaltung&sort_no=5&rate=95%2C50&active=1");
    leads_to(s, "/einstellungen/kategorien?meldung=notice.category_added");
    office_says(page_of(path, OFFICE_ADMIN, "category", 3, ""), "value=\"95,50\"");
    assert_int_equal(post(path, OFFICE_ADMIN, "category", 3,
                          "name=Satz&group_name=gestaltung&sort_no=5&rate=&version=1")
                         .rc,
                     OK);
    s = post(path, OFFICE_ADMIN, "category", 3, "name=Satz+2&sort_no=5&rate=&version=1");
    assert_int_equal(s.rc, RC_CONFLICT);
    office_says(s.body, "Mara Tannhof, ");
    office_says(s.body, "wird angeboten: ja → nein");
    office_says(s.body, "value=\"Satz 2\"");
    office_says(s.body, "name=\"version\" value=\"2\"");
    office_says(page_of("/einstellungen/kategorien", OFFICE_ADMIN, NULL, 0, ""), "geschlossen");
    office_lacks(day_page(), ">Satz<");
}

/* --- Mein Tag -------------------------------------------------------------------------------- */

static void
test_start_empty(void **state)
{
    struct str body = page_of("/", OFFICE_ADMIN, NULL, 0, "");

    (void)state;
    office_says(body, "Guten Tag, Mara");
    office_says(body, "Willkommen in Kontor");
    office_says(body, "/kontakte/import");
    body = page_of("/", OFFICE_RECORDER_1, NULL, 0, "");
    office_lacks(body, "/kontakte/import");
    office_lacks(body, "Lesen Sie Ihre Kontakte");
}

static void
test_start(void **state)
{
    struct str body;

    (void)state;
    assert_int_equal(quick(at_nine).rc, OK);
    start("1");
    pass(5);
    body = page_of("/", OFFICE_RECORDER_2, NULL, 0, "");
    office_says(body, "Guten Tag, Jette");
    office_says(body, "0:05:00");
    office_says(body, "/zeiten/eintrag/1\"");
    office_says(body, "Soll 40:00");
    office_says(body, "13 %"); /* 75 of 600 minutes */
    office_says(body, "1:15 / 10:00");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, open_office, close_office)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_quick_entry),
        TEST(test_quick_faults),
        TEST(test_quick_project_of_link),
        TEST(test_day_of_others),
        TEST(test_far_days),
        TEST(test_entry_change),
        TEST(test_entry_stale),
        TEST(test_entry_remove_stale),
        TEST(test_entry_of_others),
        TEST(test_foreign_ids),
        TEST(test_week),
        TEST(test_week_row),
        TEST(test_week_faults),
        TEST(test_week_stale),
        TEST(test_week_fixed),
        TEST(test_timer),
        TEST(test_timer_asks),
        TEST(test_timer_of_three_days),
        TEST(test_timer_refused),
        TEST(test_project_times),
        TEST(test_categories),
        TEST(test_start),
        cmocka_unit_test_setup_teardown(test_start_empty, open_empty, close_office),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
