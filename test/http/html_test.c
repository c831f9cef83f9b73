/* put() by type: every escape, both languages, none values, and what may become an address. */
#include "http/html.h"

#include "http/asset.h"

static struct arena *mem;
static struct out out;
static struct page de, en;

static int
set_up(void **state)
{
    (void)state;
    mem = arena_new(1 << 20);
    assert_int_equal(time_zone("Europe/Berlin"), OK);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static int
fresh(void **state)
{
    (void)state;
    arena_reset(mem);
    out = out_new(mem, 65536);
    de = (struct page){.mem = mem, .lang = LANG_DE};
    assert_int_equal(day_of(2026, 11, 24, &de.today), OK);
    en = de;
    en.lang = LANG_EN;
    return 0;
}

static void
expect(const char *file, int line, const char *want)
{
    struct str got = arena_copy(mem, out_view(&out));

    if (!str_eq(got, str_of(want))) {
        FAIL_TEST("%s:%d: got \"%s\", want \"%s\"", file, line, got.p != NULL ? got.p : "", want);
    }
    out.n = 0;
}
#define SHOWS(call, want) ((void)(call), expect(__FILE__, __LINE__, (want)))
#define BOTH(x, german, english)                                                                   \
    (SHOWS(put(&out, &de, (x)), (german)), SHOWS(put(&out, &en, (x)), (english)))

static struct day
day(int32_t year, int32_t month, int32_t dom)
{
    struct day d = DAY_NONE;

    assert_int_equal(day_of(year, month, dom, &d), OK);
    return d;
}

static struct instant
instant(const char *text)
{
    struct instant t = INSTANT_NONE;

    assert_int_equal(instant_parse(str_of(text), &t), OK);
    return t;
}

static void
text_is_escaped_markup_is_not(void **state)
{
    (void)state;
    SHOWS(put(&out, &de, STR("a<b>\"c\"&'d'")), "a&lt;b&gt;&quot;c&quot;&amp;&#39;d&#39;");
    SHOWS(put(&out, &de, STR("<script>alert(1)</script>")),
          "&lt;script&gt;alert(1)&lt;/script&gt;");
    SHOWS(put(&out, &de, STR("Grüße – 5 €")), "Grüße – 5 €");
    SHOWS(put(&out, &de, STR("")), "");
    SHOWS(put(&out, &de, STR_NONE), "");
    SHOWS(put(&out, &de, HTML("<b>&amp;</b>")), "<b>&amp;</b>");
    SHOWS(put(&out, &de, URL("/suche?a=1&b=2")), "/suche?a=1&amp;b=2");
}

static void
numbers_print_plain(void **state)
{
    (void)state;
    BOTH(0, "0", "0");
    BOTH(-12345, "-12345", "-12345");
    BOTH((int64_t)INT64_MAX, "9223372036854775807", "9223372036854775807");
    BOTH((int64_t)NONE_I64, "", "");
    BOTH((size_t)50000, "50000", "50000");
    BOTH((uint32_t)4000000000u, "4000000000", "4000000000");
    BOTH(((struct project_id){7}), "7", "7");
    BOTH(((struct user_id){0}), "", "");
    SHOWS(put_count(&out, &de, 999), "999");
    SHOWS(put_size(&out, &de, 0), "0\u00a0kB");
    SHOWS(put_size(&out, &de, 11432), "11,4\u00a0kB");
    SHOWS(put_size(&out, &en, 999999), "999.9\u00a0kB");
    SHOWS(put_size(&out, &de, 1000000), "1\u00a0MB");
    SHOWS(put_size(&out, &de, 1824000000), "1,8\u00a0GB");
    SHOWS(put_count(&out, &de, 1000), "1.000");
    SHOWS(put_count(&out, &en, 1234567), "1,234,567");
    SHOWS(put_count(&out, &de, -1234567), "−1.234.567");
    SHOWS(put_count(&out, &de, INT64_MIN + 1), "−9.223.372.036.854.775.807");
}

static void
money_percent_and_hours(void **state)
{
    (void)state;
    BOTH(((struct money){0}), "0,00", "0.00");
    BOTH(((struct money){5}), "0,05", "0.05");
    BOTH(((struct money){-5}), "−0,05", "−0.05");
    BOTH(((struct money){123456789}), "1.234.567,89", "1,234,567.89");
    BOTH(MONEY_NONE, "", "");
    SHOWS(put_whole(&out, &de, (struct money){123450}), "1.235");
    SHOWS(put_whole(&out, &de, (struct money){123449}), "1.234");
    SHOWS(put_whole(&out, &de, MONEY_NONE), "");
    BOTH(((struct percent){1900}), "19\u00a0%", "19%");
    BOTH(((struct percent){750}), "7,5\u00a0%", "7.5%");
    BOTH(((struct percent){725}), "7,25\u00a0%", "7.25%");
    BOTH(((struct percent){705}), "7,05\u00a0%", "7.05%");
    BOTH(PERCENT_NONE, "", "");
    SHOWS(put_hours(&out, &de, (struct minutes){90}), "1,50");
    SHOWS(put_hours(&out, &en, (struct minutes){20}), "0.33");
    SHOWS(put_hours(&out, &de, MINUTES_NONE), "");
}

static void
durations_and_clocks(void **state)
{
    (void)state;
    BOTH(((struct minutes){90}), "1:30", "1:30");
    BOTH(((struct minutes){0}), "0:00", "0:00");
    BOTH(((struct minutes){-5}), "−0:05", "−0:05");
    BOTH(((struct minutes){60000}), "1000:00", "1000:00");
    BOTH(MINUTES_NONE, "", "");
    BOTH(((struct clock_time){545}), "09:05", "09:05");
    BOTH(CLOCK_NONE, "", "");
    SHOWS(put_elapsed(&out, &de, 5047), "1:24:07");
    SHOWS(put_elapsed(&out, &de, -3), "0:00:00");
}

static void
days_in_all_forms(void **state)
{
    const struct day d = day(2026, 11, 24);

    (void)state;
    BOTH(d, "24.11.2026", "24 Nov 2026");
    BOTH(day(2027, 3, 1), "01.03.2027", "1 Mar 2027");
    BOTH(DAY_NONE, "", "");
    SHOWS(put_month(&out, &en, d), "November 2026");
    SHOWS(put_day_long(&out, &de, d), "Dienstag, 24. November 2026");
    SHOWS(put_day_long(&out, &en, d), "Tuesday, 24 November 2026");
    SHOWS(put_day_short(&out, &de, d), "24.11.");
    SHOWS(put_day_short(&out, &en, d), "24 Nov");
    SHOWS(put_day_name(&out, &de, d), "Di");
    SHOWS(put_day_name(&out, &en, d), "Tue");
    SHOWS(put_day_short(&out, &de, day(2026, 3, 2)), "02.03.");
    SHOWS(put_day_near(&out, &de, d), "heute");
    SHOWS(put_day_near(&out, &en, day(2026, 11, 23)), "yesterday");
    SHOWS(put_day_near(&out, &de, day(2026, 11, 25)), "morgen");
    SHOWS(put_day_near(&out, &de, day(2026, 11, 22)), "22.11.2026");
    SHOWS(put_week(&out, &de, d), "48");
    SHOWS(put_week(&out, &de, day(2027, 1, 3)), "53");
    SHOWS(put_iso(&out, &de, d), "2026-11-24");
    SHOWS(put_day_long(&out, &de, DAY_NONE), "");
    SHOWS(put_day_name(&out, &de, DAY_NONE), "");
    SHOWS(put_week(&out, &de, DAY_NONE), "");
    SHOWS(put_iso(&out, &de, DAY_NONE), "");
}

static void
instants_in_the_zone(void **state)
{
    const struct instant summer = instant("2026-07-01T22:30:00Z"); /* next day in Berlin */
    const struct instant winter = instant("2026-11-24T08:05:00Z");

    (void)state;
    BOTH(summer, "02.07.2026, 00:30", "2 Jul 2026, 00:30");
    BOTH(winter, "24.11.2026, 09:05", "24 Nov 2026, 09:05");
    BOTH(INSTANT_NONE, "", "");
    SHOWS(put_instant_near(&out, &de, winter), "heute, 09:05");
    SHOWS(put_instant_clock(&out, &de, winter), "09:05");
    SHOWS(put_iso(&out, &de, winter), "2026-11-24T08:05:00Z");
    SHOWS(put_iso(&out, &de, INSTANT_NONE), "");
}

static void
texts_speak_the_language_of_the_page(void **state)
{
    const enum text t = T_button_save;

    (void)state;
    BOTH(t, "Speichern", "Save");
    SHOWS(put_text(&out, &de, T_nav_users), "Personen &amp; Rechte");
    SHOWS(put_text(&out, &de, T_NONE), "");
    SHOWS(put_text(&out, &de, T_list_page), "Seite  von ");
    for (struct text_walk w = text_walk(&out, &de, T_list_page); text_step(&w);) {
        put(&out, &de, w.arg == 0 ? STR("<3>") : STR("9"));
    }
    SHOWS((void)0, "Seite &lt;3&gt; von 9");
    assert_true(str_eq(page_text(&en, T_error_number, STR("404")), STR("Error 404")));
    assert_true(str_eq(page_error(&de, E_FIELD_MAX, STR("24:00")),
                       STR("Der Wert ist zu groß. Höchstens 24:00 ist möglich.")));
}

/* Whoever adds a code adds its sentence. */
static void
every_code_has_a_sentence(void **state)
{
    (void)state;
    for (int c = 1; c < E_COUNT; c++) {
        struct str key = arena_fmt(mem, "err.%s", code_name((enum code)c));

        if (text_find(key) == T_NONE) {
            FAIL_TEST("no text \"%s\"", key.p);
        }
    }
}

static bool
is_url(const char *s)
{
    struct url u = {STR("untouched")};

    if (url_parse(str_of(s), &u) == OK) {
        assert_true(str_eq(u.s, str_of(s)));
        return true;
    }
    assert_true(str_eq(u.s, STR("untouched")));
    return false;
}

static void
an_own_path_is_a_url_and_nothing_else(void **state)
{
    (void)state;
    assert_true(is_url("/"));
    assert_true(is_url("/zeiten/2026-11-24?seite=2&q=a%20b#e5"));
    assert_true(is_url("/kontakte/import/4:2"));
    assert_false(is_url(""));
    assert_false(is_url("zeiten"));
    assert_false(is_url("//evil.example"));
    assert_false(is_url("/\\evil.example"));
    assert_false(is_url("https://evil.example/"));
    assert_false(is_url("javascript:alert(1)"));
    assert_false(is_url("/a b"));
    assert_false(is_url("/a\"b"));
    assert_false(is_url("/a'b"));
    assert_false(is_url("/a<b"));
    assert_false(is_url("/a\nb"));
    assert_false(is_url("/\xc3\xbc"));
    assert_int_equal(url_parse(STR("/a\0b"), &(struct url){STR("")}), RC_INVALID);
    assert_int_equal(url_parse(STR_NONE, &(struct url){STR("")}), RC_INVALID);
}

static void
parts_of_urls_are_encoded(void **state)
{
    (void)state;
    SHOWS(put_url(&out, &de, URL("/suche?a=1&b=2")), "/suche?a=1&amp;b=2");
    SHOWS(put_url_part(&out, &de, STR("a/b?c&d=ü\"<")), "a%2Fb%3Fc%26d%3D%C3%BC%22%3C");
    SHOWS(put_url_part(&out, &de, STR("-._~Az09")), "-._~Az09");
    SHOWS(put_url_part(&out, &de, STR_NONE), "");
    SHOWS(put_url_part(&out, &de, ((struct project_id){42})), "42");
    SHOWS(put_url_part(&out, &de, de.today), "2026-11-24");
    SHOWS(put_url_part(&out, &de, 7), "7");
    assert_true(str_eq(url_fmt(mem, "/suche?q=%s", url_text(mem, STR("a&b c"))).s,
                       STR("/suche?q=a%26b%20c")));
}

static bool
is_outside(const char *s)
{
    struct outside u;

    return outside_parse(str_of(s), &u) == OK;
}

static void
addresses_elsewhere_are_web_addresses(void **state)
{
    (void)state;
    assert_true(is_outside("https://www.example/a?b=c"));
    assert_true(is_outside("http://www.example"));
    assert_false(is_outside("javascript:alert(1)"));
    assert_false(is_outside("data:text/html,x"));
    assert_false(is_outside("ftp://www.example"));
    assert_false(is_outside("https://"));
    assert_false(is_outside("https:///x"));
    assert_false(is_outside("https://a b"));
    assert_false(is_outside("/zeiten"));
    assert_false(is_outside(""));
    SHOWS(put_url(&out, &de, ((struct outside){STR("https://www.example/\"<&")})),
          "https://www.example/&quot;&lt;&amp;");
}

static void
truth_is_by_type(void **state)
{
    (void)state;
    assert_true(is_set(true));
    assert_false(is_set(false));
    assert_true(is_set(-1));
    assert_false(is_set(0));
    assert_false(is_set((int64_t)NONE_I64));
    assert_true(is_set(STR("a")));
    assert_false(is_set(STR("")));
    assert_false(is_set(STR_NONE));
    assert_true(is_set(((struct minutes){0})));
    assert_false(is_set(MINUTES_NONE));
    assert_true(is_set(((struct money){0})));
    assert_false(is_set(MONEY_NONE));
    assert_true(is_set(((struct clock_time){0})));
    assert_false(is_set(DAY_NONE));
    assert_false(is_set(INSTANT_NONE));
    assert_false(is_set(((struct user_id){0})));
    assert_true(is_set(((struct user_id){1})));
    assert_true(is_set(&de));
    assert_false(is_set((const struct page *)NULL));
    de.rights = (uint64_t)1 << RIGHT_TIME_WRITE;
    assert_true(page_may(&de, RIGHT_TIME_WRITE));
    assert_false(page_may(&de, RIGHT_USER_ADMIN));
}

static void
icons_come_from_the_sprite(void **state)
{
    struct str path = asset_path(ASSET_icons_svg);

    (void)state;
    put_icon(&out, "clock", "sm");
    SHOWS((void)0, arena_fmt(mem,
                             "<svg class=\"icon sm\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">"
                             "<use href=\"%.*s#clock\"/></svg>",
                             STR_FMT(path))
                       .p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(text_is_escaped_markup_is_not, fresh),
        cmocka_unit_test_setup(numbers_print_plain, fresh),
        cmocka_unit_test_setup(money_percent_and_hours, fresh),
        cmocka_unit_test_setup(durations_and_clocks, fresh),
        cmocka_unit_test_setup(days_in_all_forms, fresh),
        cmocka_unit_test_setup(instants_in_the_zone, fresh),
        cmocka_unit_test_setup(texts_speak_the_language_of_the_page, fresh),
        cmocka_unit_test_setup(every_code_has_a_sentence, fresh),
        cmocka_unit_test_setup(an_own_path_is_a_url_and_nothing_else, fresh),
        cmocka_unit_test_setup(parts_of_urls_are_encoded, fresh),
        cmocka_unit_test_setup(addresses_elsewhere_are_web_addresses, fresh),
        cmocka_unit_test_setup(truth_is_by_type, fresh),
        cmocka_unit_test_setup(icons_come_from_the_sprite, fresh),
    };

    return cmocka_run_group_tests_name("html", tests, set_up, tear_down);
}
