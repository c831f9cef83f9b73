/* demo_test.c: the demo is the same each time, its twin has the same shape and other content, and
 * the hard cases are in it. */
#include <stdio.h>
#include <stdlib.h>

#include "app/contact/contact.h"
#include "app/demo/demo.h"
#include "app/demo/words.h"
#include "app/project/project.h"
#include "app/time/time.h"
#include "base/out.h"
#include "base/time.h"
#include "office.h"

#define TODAY "2026-11-24T08:15:00Z"

struct run {
    struct demo_order order;
    struct demo_counts counts;
    struct demo_truth truth;
};

static enum rc
do_fill(struct wtx *tx, void *arg)
{
    struct run *r = arg;

    return demo_fill(tx, &r->order, &r->counts, &r->truth);
}

static enum rc
fill(struct office *o, enum demo_profile profile, int64_t seed, bool twin, struct demo_counts *ret)
{
    struct run r = {
        .order = {profile, seed, twin, STR("Lindenkai Studio")}
    };
    enum rc rc = office_write(o, 0, do_fill, &r);

    if (rc != OK) {
        print_message("# %s: %s\n", code_name(o->err.code), o->err.detail);
    }
    *ret = r.counts;
    return rc;
}

/* All companies' names, one a line, kept in the office's arena: "1 Brauerei …". */
static enum rc
list_companies(struct rtx *tx, void *arg)
{
    struct out *o = arg;
    const struct option *v;
    size_t n;

    TRY(company_options(tx, (struct company_id){0}, &v, &n));
    for (size_t i = 0; i < n; i++) {
        out_str(o, v[i].value);
        out_char(o, ' ');
        out_str(o, v[i].label);
        out_char(o, '\n');
    }
    return project_check_minutes(tx);
}

static struct str
companies(struct office *o, struct arena *mem)
{
    struct out out = out_new(mem, 256 * 1024);

    assert_int_equal(office_read(o, OFFICE_ADMIN, list_companies, &out), OK);
    return out_view(&out);
}

static void
is_the_same_each_time(void **state)
{
    struct arena *mem = arena_new(1 << 20);
    struct demo_counts n[3];
    struct str names[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct office o;

        office_open_empty(&o, TODAY);
        assert_int_equal(fill(&o, DEMO_S, i < 2 ? 7 : 8, false, &n[i]), OK);
        names[i] = companies(&o, mem);
        office_close(&o);
    }
    assert_memory_equal(&n[0], &n[1], sizeof(n[0]));
    assert_true(n[0].digest == n[1].digest && n[0].digest != n[2].digest);
    assert_true(str_eq(names[0], names[1]));
    assert_false(str_eq(names[0], names[2]));
    assert_int_equal(n[0].companies, 25);
    assert_int_equal(n[0].projects, 30);
    assert_in_range(n[0].entries, 400, 1500);
    arena_free(mem);
}

static enum rc
find_canary(struct rtx *tx, void *arg)
{
    struct project_form p;
    struct str *canary = arg;
    size_t found = 0;

    for (int64_t id = 1; id <= 30; id++) {
        TRY(project_form_of(tx, (struct project_id){id}, &p));
        found += str_find(p.info, *canary, 0) != SIZE_MAX ? 1 : 0;
    }
    return found > 0 ? OK : RC_MISSING;
}

static void
has_a_twin_with_other_content(void **state)
{
    struct arena *mem = arena_new(1 << 20);
    struct words first = {.edition = EDITION_FIRST}, twin = {.edition = EDITION_TWIN};
    struct str canary[2] = {words_canary(&first), words_canary(&twin)};
    struct demo_counts n[2];
    struct str names[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct office o;

        office_open_empty(&o, TODAY);
        assert_int_equal(fill(&o, DEMO_S, 7, i == 1, &n[i]), OK);
        names[i] = companies(&o, mem);
        assert_int_equal(office_read(&o, OFFICE_ADMIN, find_canary, &canary[i]), OK);
        assert_int_equal(office_read(&o, OFFICE_ADMIN, find_canary, &canary[1 - i]), RC_MISSING);
        office_close(&o);
    }
    assert_true(n[0].digest != n[1].digest);
    n[1].digest = n[0].digest;
    assert_memory_equal(&n[0], &n[1], sizeof(n[0]));
    struct str rest = names[0], line;
    while (str_cut(&rest, '\n', &line)) {
        struct str name = str_sub(line, str_find(line, STR(" "), 0) + 1, line.n);

        assert_true(line.n == 0 || str_find(names[1], name, 0) == SIZE_MAX);
    }
    arena_free(mem);
}

struct seen {
    int status[PROJECT_STATUS_COUNT], resting, templates, over, longest_name;
};

static enum rc
look(struct rtx *tx, void *arg)
{
    struct seen *s = arg;

    for (int64_t id = 1; id <= 30; id++) {
        struct project p;

        TRY(project_find(tx, (struct project_id){id}, &p));
        s->status[p.status]++;
        s->resting += p.active ? 0 : 1;
        s->templates += p.is_template ? 1 : 0;
        s->over +=
            project_light(p.planned, p.needed, (struct percent){8500}) == BUDGET_OVER ? 1 : 0;
    }
    for (int64_t id = 1; id <= 25; id++) {
        struct company c;

        TRY(company_find(tx, (struct company_id){id}, &c));
        s->longest_name =
            (int)str_points(c.name) > s->longest_name ? (int)str_points(c.name) : s->longest_name;
    }
    return OK;
}

static enum rc
look_at_timers(struct rtx *tx, void *arg)
{
    struct timer_view *v;
    int64_t *longest = arg;
    size_t n;

    TRY(timer_views(tx, (struct user_id){OFFICE_ADMIN}, &v, &n));
    for (size_t i = 0; i < n; i++) {
        *longest = v[i].running && v[i].seconds > *longest ? v[i].seconds : *longest;
    }
    return OK;
}

static void
holds_the_hard_cases(void **state)
{
    struct arena *mem = arena_new(1 << 20);
    struct seen s = {0};
    struct demo_counts n;
    struct office o;
    int64_t longest = 0;

    (void)state;
    office_open_empty(&o, TODAY);
    assert_int_equal(fill(&o, DEMO_S, 1, false, &n), OK);
    struct str names = companies(&o, mem);
    assert_true(str_find(names, STR("<script>"), 0) != SIZE_MAX);
    assert_true(str_find(names, STR("'; DROP TABLE"), 0) != SIZE_MAX);
    assert_true(str_find(names, STR("=HYPERLINK"), 0) != SIZE_MAX);
    assert_true(str_find(names, STR("☀️"), 0) != SIZE_MAX);
    assert_true(str_find(names, STR("مطبعة"), 0) != SIZE_MAX);
    assert_int_equal(office_read(&o, OFFICE_ADMIN, look, &s), OK);
    for (int i = 0; i < PROJECT_STATUS_COUNT; i++) {
        assert_true(s.status[i] > 0);
    }
    assert_true(s.resting > 0 && s.templates > 0 && s.over > 0);
    assert_in_range(s.longest_name, 200, 255);
    assert_int_equal(office_read(&o, OFFICE_ADMIN, look_at_timers, &longest), OK);
    assert_int_equal(longest, 3 * 24 * 3600);
    assert_int_equal(fill(&o, DEMO_S, 1, false, &n), RC_CONFLICT);
    assert_int_equal(o.err.code, E_DEMO_FILLED);
    office_close(&o);
    arena_free(mem);
}

static void
is_as_large_as_it_says(void **state)
{
    struct demo_counts n, again;
    struct office o;
    int64_t begin = time_mono_us();

    (void)state;
    office_open_empty(&o, TODAY);
    assert_int_equal(fill(&o, DEMO_P, 1, false, &again), OK);
    office_close(&o);
    office_open_empty(&o, TODAY);
    assert_int_equal(fill(&o, DEMO_P, 1, false, &n), OK);
    assert_memory_equal(&n, &again, sizeof(n));
    assert_int_equal(n.companies, 200);
    assert_int_equal(n.projects, 1000);
    assert_int_equal(n.entries, 50000);
    print_message("# 50000 entries: %lld ms\n", (long long)(time_mono_us() - begin) / 1000);
    office_close(&o);
}

static void
favours_small_indices(void **state)
{
    struct dice d = dice_new(1, 1);
    int first = 0, last = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint32_t n = dice_zipf(&d, 1000);

        assert_true(n < 1000);
        first += n < 100 ? 1 : 0;
        last += n >= 900 ? 1 : 0;
    }
    /* u^2.2 < 0.1 is u < 0.351; u^2.2 > 0.9 is u > 0.953 */
    assert_in_range(first, 34600, 35600);
    assert_in_range(last, 4500, 5000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(favours_small_indices),         cmocka_unit_test(is_the_same_each_time),
        cmocka_unit_test(has_a_twin_with_other_content), cmocka_unit_test(holds_the_hard_cases),
        cmocka_unit_test(is_as_large_as_it_says),
    };
    return cmocka_run_group_tests_name("demo", tests, NULL, NULL);
}
