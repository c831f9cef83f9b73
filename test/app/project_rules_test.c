/* The pure rules of projects: traffic light, way of work, tags, links, search patterns. */
#include "app/project/inner.h"

static struct arena *mem;

static enum budget_light
light(int32_t planned, int32_t needed)
{
    return project_light((struct minutes){planned}, (struct minutes){needed},
                         (struct percent){8500});
}

static int64_t
used(int32_t planned, int32_t needed)
{
    return project_used_percent((struct minutes){planned}, (struct minutes){needed});
}

/* Yellow begins exactly at the threshold, red one minute above the plan and not at it. */
static void
test_light(void **state)
{
    (void)state;
    assert_int_equal(light(0, 0), BUDGET_NONE);
    assert_int_equal(light(0, 500), BUDGET_NONE);
    assert_int_equal(light(100, 0), BUDGET_OK);
    assert_int_equal(light(100, 84), BUDGET_OK);
    assert_int_equal(light(100, 85), BUDGET_WARN);
    assert_int_equal(light(100, 100), BUDGET_WARN);
    assert_int_equal(light(100, 101), BUDGET_OVER);
    assert_int_equal(light(7199, 6119), BUDGET_OK);   /* 84.998 % */
    assert_int_equal(light(7199, 6120), BUDGET_WARN); /* 85.012 % */
    assert_int_equal(light(5999940, 5999940), BUDGET_WARN);
    assert_int_equal(light(1, INT32_MAX), BUDGET_OVER);
}

/* The shown number never contradicts the colour: above the plan is above 100. */
static void
test_used(void **state)
{
    (void)state;
    assert_int_equal(used(100, 0), 0);
    assert_int_equal(used(200, 1), 1);
    assert_int_equal(used(6000, 6000), 100);
    assert_int_equal(used(6000, 6001), 101);
    assert_int_equal(used(6000, 5999), 100);
    assert_int_equal(used(60, 90), 150);
}

static void
test_goes_back(void **state)
{
    static const enum project_status way[] = {PROJECT_OPEN, PROJECT_READY, PROJECT_INVOICING,
                                              PROJECT_COMPLETED, PROJECT_CANCELLED};

    (void)state;
    for (size_t from = 0; from < 5; from++) {
        for (size_t to = 0; to < 5; to++) {
            assert_int_equal(project_goes_back(way[from], way[to]), to < from);
        }
    }
}

static void
test_tags(void **state)
{
    struct project_tag v[PROJECT_TAGS_MAX];
    char many[256] = "";
    size_t n;

    (void)state;
    assert_int_equal(project_parse_tags(mem, STR(" App,, Größe ,app,groesse, x "), v, &n), OK);
    assert_int_equal(n, 3);
    assert_true(str_eq(v[0].text, STR("App")));
    assert_true(str_eq(v[1].text, STR("Größe")));
    assert_true(str_eq(v[1].key, STR("groesse")));
    assert_true(str_eq(v[2].text, STR("x")));
    assert_int_equal(project_parse_tags(mem, STR(""), v, &n), OK);
    assert_int_equal(n, 0);
    for (int i = 0; i < PROJECT_TAGS_MAX; i++) {
        snprintf(many + strlen(many), sizeof(many) - strlen(many), "t%d,", i);
    }
    assert_int_equal(project_parse_tags(mem, str_of(many), v, &n), OK);
    assert_int_equal(n, PROJECT_TAGS_MAX);
    snprintf(many + strlen(many), sizeof(many) - strlen(many), "one too many");
    assert_int_equal(project_parse_tags(mem, str_of(many), v, &n), RC_INVALID);
}

static void
test_tag_length(void **state)
{
    struct project_tag v[PROJECT_TAGS_MAX];
    char text[3 * PROJECT_TAG_POINTS + 3] = "";
    size_t n;

    (void)state;
    for (int i = 0; i < PROJECT_TAG_POINTS; i++) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "ß");
    }
    assert_int_equal(project_parse_tags(mem, str_of(text), v, &n), OK);
    assert_int_equal(n, 1);
    assert_true(v[0].key.n == (size_t)2 * PROJECT_TAG_POINTS); /* ss: as long as the column takes */
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "x");
    assert_int_equal(project_parse_tags(mem, str_of(text), v, &n), RC_INVALID);
}

static void
test_cut(void **state)
{
    (void)state;
    assert_true(str_eq(cut_points(STR("aßc"), 2), STR("aß")));
    assert_true(str_eq(cut_points(STR("aßc"), 3), STR("aßc")));
    assert_true(str_eq(cut_points(STR("ß"), 0), STR("")));
}

static void
test_links(void **state)
{
    static const char *const good[] = {"https://design.example/luehrs", "http://x",
                                       "https://[::1]/", "https://a.example/?q=1#top"};
    static const char *const bad[] = {"",
                                      "https://",
                                      "http:///etc/passwd",
                                      "https://#x",
                                      "javascript:alert(1)",
                                      "HTTPS://a.example",
                                      "ftp://a.example",
                                      "//a.example",
                                      "https://a b",
                                      "https://a\nb",
                                      "data:text/html,x"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(project_link_is_good(str_of(good[i])));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(project_link_is_good(str_of(bad[i])));
    }
}

/* What people type is text, never a wildcard. */
static void
test_pattern(void **state)
{
    (void)state;
    assert_ptr_equal(project_pattern(mem, STR("")).p, NULL);
    assert_ptr_equal(project_pattern(mem, STR("  ")).p, NULL);
    assert_true(str_eq(project_pattern(mem, STR("Müller")), STR("%mueller%")));
    assert_true(str_eq(project_pattern(mem, STR("50%_\\")), STR("%50\\%\\_\\\\%")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_light),      cmocka_unit_test(test_used),
        cmocka_unit_test(test_goes_back),  cmocka_unit_test(test_tags),
        cmocka_unit_test(test_tag_length), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_links),      cmocka_unit_test(test_pattern),
    };
    int failed;

    mem = arena_new((size_t)1 << 20);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(mem);
    return failed;
}
