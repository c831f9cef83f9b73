/* times.c: see times.h. */
#include "times.h"

#include "app/project/project.h"
#include "app/time/time.h"
#include "app/workspace/workspace.h"
#include "base/time.h"

struct office office;
struct project_id portal, relaunch;
struct category_id concept, internal;
struct day today;

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

struct office_sent
times_post(const char *path, int64_t user, const char *name, int64_t id, const char *body)
{
    const struct office_page p = {.query = STR(""), .name = name, .id = id, .user = user};
    const struct domain *d =
        strncmp(path, "/einstellungen/zeiten", 21) == 0 ? &workspace_domain : &time_domain;

    return office_post(&office, d, path, &p, body);
}

int
times_open_empty(void **state)
{
    (void)state;
    office_open(&office, "2026-11-24T08:15:00Z");
    assert_int_equal(day_of(2026, 11, 24, &today), OK);
    return 0;
}

int
times_open_plain(void **state)
{
    times_open_empty(state);
    assert_int_equal(office_write(&office, OFFICE_ADMIN, fill_office, NULL), OK);
    return 0;
}

int
times_open(void **state)
{
    times_open_plain(state);
    assert_int_equal(times_post("/einstellungen/zeiten", OFFICE_ADMIN, NULL, 0,
                                "raster=15&lock_days=30&week_minutes=40&version=0&policy_version=0")
                         .rc,
                     OK);
    return 0;
}

int
times_close(void **state)
{
    (void)state;
    office_close(&office);
    return 0;
}

struct str
times_page(const char *path, int64_t user, const char *name, int64_t id, const char *query)
{
    const struct office_page p = {.query = str_of(query), .name = name, .id = id, .user = user};
    enum rc rc;
    const struct str body = office_get(&office, office_route(&time_domain, path), &p, &rc);

    assert_int_equal(rc, OK);
    return body;
}

struct str
times_day(void)
{
    return times_page("/zeiten/{day}", OFFICE_RECORDER_2, "day", today.n, "");
}

struct str
times_entry(int64_t user)
{
    return times_page("/zeiten/eintrag/{time_entry}", user, "time_entry", 1, "");
}

struct str
times_week(void)
{
    return times_page("/zeiten/woche/{day}", OFFICE_RECORDER_2, "day", today.n, "");
}

struct office_sent
times_quick(const char *body)
{
    return times_post("/zeiten", OFFICE_RECORDER_2, NULL, 0, body);
}

void
times_leads_to(struct office_sent s, const char *location)
{
    if (s.rc != OK) {
        FAIL_TEST("refused: %d\n%.*s", s.rc, STR_FMT(s.body));
    }
    if (!str_eq(s.location, str_of(location))) {
        FAIL_TEST("leads to %.*s", STR_FMT(s.location));
    }
}
