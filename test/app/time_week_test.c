/* The grid of a week, run without a server: what it books, changes and empties, whose it is, what
 * it refuses, and that nothing that somebody else wrote in between is lost. */
#include "app/time/time.h"
#include "app/user/user.h"
#include "times.h"

/* --- the week -------------------------------------------------------------------------------- */

static struct office_sent
save_week(const char *seen, const char *cells)
{
    const struct str body = arena_fmt(office.mem, "monday=2026-11-23&seen=%s&%s", seen, cells);

    return times_post("/zeiten/woche", OFFICE_RECORDER_2, NULL, 0, body.p);
}

static const char saved[] = "/zeiten/woche/2026-11-23?meldung=notice.week_saved";

static void
test_week(void **state)
{
    struct str body;

    (void)state;
    office_says(times_week(), "Noch keine Zeile");
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    body = times_week();
    office_says(body, "id=\"z-1-1-1\" value=\"1:15\"");
    office_says(body, "name=\"seen\" value=\"1-1=,75@1,,,,,\"");
    office_says(body, "1:15 von 40:00 Std.");
    times_leads_to(save_week("1-1=,75@1,,,,,", "z-1-1-0=0%3A30&z-1-1-1=1%3A15&z-1-1-2=9-10%3A30"),
                   saved);
    body = times_week();
    office_says(body, "value=\"1-1=30@2,75@1,90@3,,,,\"");
    times_leads_to(save_week("1-1=30@2,75@1,90@3,,,,", "z-1-1-0=&z-1-1-1=2&z-1-1-2=1%2C5"), saved);
    office_says(times_week(), "value=\"1-1=,120@1,90@3,,,,\"");
    office_says(times_entry(OFFICE_RECORDER_2), "value=\"11:00\"");
    times_leads_to(save_week("1-1=,120@1,90@3,,,,", "z-1-1-1=2%3A00&z-1-1-2=1%3A30"),
                   "/zeiten/woche/2026-11-23?meldung=notice.nothing_changed");
}

/* A row that was asked for stands in the grid; what was typed beside it is saved. */
static void
test_week_row(void **state)
{
    struct str body;

    (void)state;
    office_says(times_week(), "name=\"row_project\"");
    times_leads_to(save_week("", "row=1&row_project=2&row_category=2"),
                   "/zeiten/woche/2026-11-23?zeile=2-2");
    body = times_page("/zeiten/woche/{day}", OFFICE_RECORDER_2, "day", today.n, "zeile=2-2");
    office_says(body, "id=\"z-2-2-0\"");
    office_says(body, "value=\"2-2=,,,,,,\"");
    times_leads_to(save_week("2-2=,,,,,,", "z-2-2-0=1&row=1&row_project=1&row_category=1"),
                   "/zeiten/woche/2026-11-23?zeile=1-1,2-2&meldung=notice.week_saved");
    body = times_page("/zeiten/woche/{day}", OFFICE_RECORDER_2, "day", today.n, "zeile=1-1,2-2");
    office_says(body, "id=\"z-1-1-6\"");
    office_says(body, "value=\"1:00\"");
    office_says(body, "<td class=\"num\">8:00</td>");
    /* somebody else's project, nonsense and an unknown category make no row */
    body = times_page("/zeiten/woche/{day}", OFFICE_RECORDER_1, "day", today.n, "zeile=1-1,2-99,x");
    office_lacks(body, "Kundenportal");
    office_lacks(body, "id=\"z-");
    assert_int_equal(save_week("", "row=1&row_project=x&row_category=").rc, OK);
}

static void
test_week_faults(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    s = save_week("1-1=,75@1,,,,,", "z-1-1-0=1%3A00&z-1-1-1=viel&z-1-1-2=25h");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "id=\"z-1-1-0\" value=\"1:00\"");
    office_says(s.body, "id=\"z-1-1-1\" value=\"viel\" aria-invalid=\"true\"");
    office_says(s.body, "id=\"z-1-1-2-e\">Bitte eine Dauer");
    office_says(s.body, "name=\"seen\" value=\"1-1=,75@1,,,,,\"");
    office_says(times_week(), "value=\"1-1=,75@1,,,,,\"");
}

/* What was booked elsewhere since the form was made is neither undone nor hidden. */
static void
test_week_stale(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    times_leads_to(save_week("1-1=,,,,,,", "z-1-1-0=1%3A00&z-1-1-1="), saved);
    office_says(times_week(), "value=\"1-1=60@2,75@1,,,,,\"");
    s = save_week("1-1=,,,,,,", "z-1-1-0=2%3A00&z-1-1-1=");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Hier steht inzwischen 1:00");
    office_says(s.body, "(Jette Harms, heute, 09:15)");
    office_says(s.body, "id=\"z-1-1-0\" value=\"2:00\"");
    office_says(s.body, "name=\"seen\" value=\"1-1=60@2,75@1,,,,,\"");
    times_leads_to(save_week("1-1=60@2,75@1,,,,,", "z-1-1-0=2%3A00&z-1-1-1=1%3A15"), saved);
    /* a row that is neither booked nor recent any more is taken all the same */
    times_leads_to(save_week("2-2=,,,,,,", "z-2-2-4=1%3A00"), saved);
    office_says(times_week(), "2-2=,,,,60@3,,");
    assert_int_equal(save_week("kaputt", "z-1-1-0=1").rc, RC_INVALID);
    assert_int_equal(save_week("99-1=,;1-99=", "z-99-1-0=1&z-1-99-0=1").rc, OK);
}

/* Several entries, and locked days, are shown and lead to the day. */
static void
test_week_fixed(void **state)
{
    struct office_sent s;

    (void)state;
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    office_says(times_week(), "<a href=\"/zeiten/2026-11-24\" id=\"z-1-1-1\" title=\"Mehrere");
    s = save_week("1-1=,150@2,,,,,", "z-1-1-1=1%3A00");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(times_week(), "value=\"1-1=,150@2,,,,,\"");
    office.now.us += 40LL * 86400 * 1000000;
    office_says(times_week(), "title=\"Abgerechnet oder gesperrt");
}

/* Administrators fill in another person's week; for everybody else the name says nothing, and a
 * form that names somebody is refused. */
static void
test_week_of_others(void **state)
{
    static const char body[] = "monday=2026-11-23&seen=1-1=,,,,,,&z-1-1-0=2%3A00&user_id=3";
    struct str page;

    (void)state;
    times_leads_to(times_post("/zeiten/woche", OFFICE_ADMIN, NULL, 0, body),
                   "/zeiten/woche/2026-11-23?person=3&meldung=notice.week_saved");
    office_says(times_week(), "value=\"1-1=120@1,,,,,,\""); /* of Jette Harms, number 3 */
    page = times_page("/zeiten/woche/{day}", OFFICE_ADMIN, "day", today.n, "person=3");
    office_says(page, "Sie erfassen für Jette Harms");
    office_says(page, "name=\"user_id\" value=\"3\"");
    office_says(page, "value=\"1-1=120@1,,,,,,\"");
    office_says(page, "href=\"/zeiten/woche/2026-11-16?person=3\"");
    office_says(page, "href=\"/zeiten/2026-11-24?person=3\"");
    times_leads_to(
        times_post("/zeiten/woche", OFFICE_ADMIN, NULL, 0,
                   "monday=2026-11-23&seen=&user_id=3&row=1&row_project=2&row_category=2"),
        "/zeiten/woche/2026-11-23?person=3&zeile=2-2");
    page = times_page("/zeiten/woche/{day}", OFFICE_ADMIN, "day", today.n, "");
    office_lacks(page, "120@1");
    office_says(page, "name=\"person\"");
    page = times_page("/zeiten/woche/{day}", OFFICE_LEADER, "day", today.n, "person=3");
    office_lacks(page, "120@1");
    office_lacks(page, "name=\"person\"");
    assert_int_equal(times_post("/zeiten/woche", OFFICE_LEADER, NULL, 0, body).rc, RC_DENIED);
    assert_int_equal(
        times_post("/zeiten/woche", OFFICE_ADMIN, NULL, 0, "monday=2026-11-23&seen=&user_id=99").rc,
        RC_DENIED);
}

static enum rc
work_less(struct wtx *tx, void *arg)
{
    const struct user_form f = {.first_name = STR("Jette"),
                                .last_name = STR("Harms"),
                                .email = STR(""),
                                .phone = STR(""),
                                .group_no = GROUP_TIME_RECORDER_2,
                                .week_minutes = {20 * 60},
                                .version = 1};

    (void)arg;
    return user_change(tx, (struct user_id){OFFICE_RECORDER_2}, &f);
}

/* What is to be reached is the person's own week, not the agency's. */
static void
test_own_target(void **state)
{
    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, work_less, NULL), OK);
    assert_int_equal(times_quick(TIMES_AT_NINE).rc, OK);
    office_says(times_day(), "1:15 von 4:00 Std. erfasst");
    office_says(times_week(), "1:15 von 20:00 Std.");
    office_says(times_week(), "18:45 Std.");
    office_says(times_page("/", OFFICE_RECORDER_2, NULL, 0, ""), "Soll 20:00");
    office_says(times_page("/", OFFICE_RECORDER_2, NULL, 0, ""), "1:15 · 100 %");
}

/* The rows of the week before can be taken over, without their hours; closed projects stay away. */
static void
test_week_before(void **state)
{
    static const struct office_page p = {.user = OFFICE_RECORDER_2};
    struct str body;

    (void)state;
    office.now.us += 100LL * 86400 * 1000000; /* so that nothing counts as used lately */
    times_leads_to(office_post(&office, &time_domain, "/zeiten", &p,
                               "day=2027-03-01&project_id=1&category_id=1&minutes=1"),
                   "/zeiten/2027-03-01?meldung=notice.time_added");
    office.now.us += 10LL * 86400 * 1000000;
    body = times_page("/zeiten/woche/{day}", OFFICE_ADMIN, "day", today.n + 104, "person=3");
    office_says(body, "zeile=vorwoche&amp;person=3");
    body = times_page("/zeiten/woche/{day}", OFFICE_RECORDER_2, "day", today.n + 104,
                      "zeile=vorwoche");
    office_says(body, "value=\"1-1=,,,,,,\"");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, times_open, times_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_week),       TEST(test_week_row),    TEST(test_week_faults),
        TEST(test_week_stale), TEST(test_week_fixed),  TEST(test_week_of_others),
        TEST(test_own_target), TEST(test_week_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
