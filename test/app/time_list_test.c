/* The times of a project: what each filter finds, on the page, in the table for spreadsheets and on
 * the statement of hours; that all three agree, and that nobody reads there what they may not. */
#include "app/project/project.h"
#include "app/time/time.h"
#include "app/workspace/workspace.h"
#include "base/time.h"
#include "office.h"

static struct office office;
static struct category_id concept;

/* --- an agency with five entries ------------------------------------------------------------- */

struct booked {
    int64_t user;
    const char *day, *note;
    int minutes;
    bool billable;
};
static const struct booked entries[] = {
    {OFFICE_RECORDER_2, "2026-11-02", "=HYPERLINK(\"x\")",  60,  true },
    {OFFICE_RECORDER_2, "2026-11-10", "100% fertig",        30,  true },
    {OFFICE_LEADER,     "2026-11-10", "1000 Dinge",         45,  false},
    {OFFICE_LEADER,     "2026-11-20", "Zeile 1\nZeile 2",   90,  true },
    {OFFICE_RECORDER_1, "2026-11-24", "<b>Skizze;\"fett\"", 120, true },
};

static enum rc
book_all(struct wtx *tx)
{
    struct category_form k = {.name = STR("-Konzeption"), .active = true, .rate = MONEY_NONE};
    TRY(category_add(tx, &k, &concept));
    for (size_t i = 0; i < COUNT(entries); i++) {
        struct principal admin = office_who(OFFICE_ADMIN);
        struct time_form f = {.project_id = {1},
                              .category_id = concept,
                              .minutes = {entries[i].minutes},
                              .from_clock = CLOCK_NONE,
                              .to_clock = CLOCK_NONE,
                              .note = str_of(entries[i].note),
                              .billable = entries[i].billable,
                              .user_id = {entries[i].user}};
        struct time_entry_id id;
        TRY(day_parse(str_of(entries[i].day), &f.day));
        TRY(time_add(tx, &admin, &f, &id));
    }
    return OK;
}

static enum rc
fill_office(struct wtx *tx, void *arg)
{
    struct project_form p;
    struct project_id id;
    (void)arg;
    project_form_init(&p, instant_day(wtx_now(tx)));
    p.name = STR("Kundenportal");
    p.company_id.n = 1;
    p.person_id.n = 1;
    p.project_no = STR("26/1:001");
    p.responsible_user_id.n = OFFICE_RECORDER_1;
    TRY(project_add(tx, &p, &id));
    return book_all(tx);
}

static int
open_office(void **state)
{
    (void)state;
    office_open(&office, "2026-11-24T08:15:00Z");
    assert_int_equal(office_write(&office, OFFICE_ADMIN, fill_office, NULL), OK);
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
get(const char *tail, int64_t user, const char *query)
{
    const struct office_page p = {.query = str_of(query), .name = "project", .id = 1, .user = user};
    const char *path = arena_fmt(office.mem, "/projekte/{project}/zeiten%s", tail).p;
    enum rc rc;
    const struct str body = office_get(&office, office_route(&time_domain, path), &p, &rc);

    assert_int_equal(rc, OK);
    return body;
}

static size_t
count(struct str body, const char *what)
{
    size_t n = 0;
    for (size_t at = str_find(body, str_of(what), 0); at != SIZE_MAX;
         at = str_find(body, str_of(what), at + 1)) {
        n++;
    }
    return n;
}

/* --- tests ----------------------------------------------------------------------------------- */

/* Page, table and statement find the same. */
static void
test_filters(void **state)
{
    static const struct {
        const char *query;
        size_t found;
        const char *total; /* on the page */
    } cases[] = {
        {"",                                          5, "5:45 Std."            },
        {"user_id=2",                                 2, "2 Einträge, 2:15"    },
        {"billing=1",                                 4, "4 Einträge, 5:00"    },
        {"billing=2",                                 1, "1 Eintrag, 0:45"      },
        {"billing=3",                                 0, "Keine Zeiten gefunden"},
        {"from_day=2026-11-10&to_day=2026-11-20",     3, "3 Einträge, 2:45"    },
        {"from_day=10.11.2026&to_day=10.11.2026",     2, "2 Einträge, 1:15"    },
        {"q=100%25",                                  1, "1 Eintrag, 0:30"      },
        {"q=skizze",                                  1, "1 Eintrag, 2:00"      },
        {"category_id=1&user_id=4",                   1, "1 Eintrag, 2:00"      },
        {"category_id=99",                            0, "Keine Zeiten gefunden"},
        {"billing=77&from_day=gestern&user_id=viele", 5, "5:45 Std."            },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str page = get("", OFFICE_LEADER, cases[i].query);
        office_says(page, cases[i].total);
        assert_int_equal(count(page, "/zeiten/eintrag/"), cases[i].found);
        assert_int_equal(count(get("/nachweis", OFFICE_LEADER, cases[i].query), "2026</td>"),
                         cases[i].found);
        assert_int_equal(count(get("/tabelle", OFFICE_LEADER, cases[i].query), ".2026;"),
                         cases[i].found);
    }
}

/* Links carry the filter, and what was typed stands in it again. */
static void
test_filter_is_kept(void **state)
{
    struct str page =
        get("", OFFICE_LEADER, "q=%22%3E%3Cb%3E&user_id=2&from_day=2026-11-01&billing=1");
    (void)state;
    office_says(page, "value=\"&quot;&gt;&lt;b&gt;\"");
    office_says(page, "value=\"2\" selected");
    office_says(page, "name=\"from_day\" type=\"date\" value=\"2026-11-01\"");
    page = get("", OFFICE_LEADER, "q=1&user_id=2&from_day=2026-11-01");
    office_says(page, "/zeiten/tabelle?q=1&amp;user_id=2&amp;from_day=2026-11-01\"");
    office_says(page, "/zeiten/nachweis?q=1&amp;user_id=2&amp;from_day=2026-11-01\"");
}

/* No cell runs as a formula; quotes, separators and lines survive. */
static void
test_table(void **state)
{
    struct str csv = get("/tabelle", OFFICE_LEADER, "");
    (void)state;
    assert_true(str_starts(csv, STR("\xef\xbb\xbf"
                                    "Datum;Von;Bis;Person;Leistung;Tätigkeit;")));
    office_says(csv,
                "02.11.2026;;;Jette Harms;'-Konzeption;\"'=HYPERLINK(\"\"x\"\")\";1:00;\"1,00\";");
    office_says(csv, ";\"<b>Skizze;\"\"fett\"\"\";2:00;\"2,00\";");
    office_says(csv, ";\"Zeile 1\nZeile 2\";1:30;\"1,50\";");
    assert_int_equal(count(csv, "\r\n"), 6);
}

static void
test_statement(void **state)
{
    struct str page = get("/nachweis", OFFICE_LEADER, "from_day=2026-11-10");
    (void)state;
    office_says(page, "Stundennachweis");
    office_says(page, "26/1:001 Kundenportal");
    office_says(page, "Reederei Lührs");
    office_says(page, "<dt>Von</dt><dd>10.11.2026</dd>");
    office_says(page, "4:45</td>");
    office_says(page, "&lt;b&gt;Skizze");
    office_lacks(page, "02.11.2026");
}

/* Who may see only their own times sees only those, whatever they ask for. */
static void
test_own_only(void **state)
{
    static const char *const tails[] = {"", "/nachweis", "/tabelle"};
    (void)state;
    for (size_t i = 0; i < COUNT(tails); i++) {
        struct str body = get(tails[i], OFFICE_RECORDER_1, "user_id=2");
        office_lacks(body, "Dinge");
        body = get(tails[i], OFFICE_RECORDER_1, "");
        office_says(body, "Skizze");
        office_lacks(body, "Dinge");
    }
    office_lacks(get("", OFFICE_RECORDER_1, ""), "name=\"user_id\"");
    office_says(get("", OFFICE_RECORDER_1, ""), "2:00 Std. gebucht");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, open_office, close_office)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_filters),   TEST(test_filter_is_kept), TEST(test_table),
        TEST(test_statement), TEST(test_own_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
