/* times.h: an agency with two projects and two categories for the tests of times, on
 * Tuesday, 24 November 2026, with a raster of 15 minutes and an edit lock of 30 days. */
#ifndef TEST_APP_TIMES_H
#define TEST_APP_TIMES_H

#include "office.h"

extern struct office office;
extern struct project_id portal, relaunch;   /* 1, planned 10 hours; 2 */
extern struct category_id concept, internal; /* 1, billed; 2, not billed */
extern struct day today;

/* Set-up and teardown of a test; times_open_empty() without projects and categories,
 * times_open_plain() with them and the rules that hold when none were set. */
int times_open(void **state);
int times_open_plain(void **state);
int times_open_empty(void **state);
int times_close(void **state);

/* A page, by its path in the route table; asserts that it answers. */
struct str times_page(const char *path, int64_t user, const char *name, int64_t id,
                      const char *query);
/* Those of OFFICE_RECORDER_2: today, this week; entry 1 for anybody. */
struct str times_day(void);
struct str times_week(void);
struct str times_entry(int64_t user);
/* A form is sent. */
struct office_sent times_post(const char *path, int64_t user, const char *name, int64_t id,
                              const char *body);
/* The quick entry of OFFICE_RECORDER_2. */
struct office_sent times_quick(const char *body);
#define TIMES_AT_NINE                                                                              \
    "day=2026-11-24&project_id=1&category_id=1&note=Entwurf&from_clock=9%3A00&to_clock=10%3A10"    \
    "&minutes="
/* Asserts that a form was taken, and where it leads. */
void times_leads_to(struct office_sent s, const char *location);

#endif
