/* Forms as templates make them: what a field shows when it is new, stored or refused, and that
 * nothing typed by people becomes markup. sample.html goes through tmplgen. */
#include "http/form_html.h"

struct sample_form {
    struct str name, note, kind, size, secret, code;
    struct minutes minutes;
    struct money price;
    struct day due;
    bool done;
    struct str_list people;
    int64_t version;
};
static const struct field sample_fields[] = {
    FIELD(struct sample_form, name, T_button_add, .required = true, .max = 40, .token = "name"),
    FIELD(struct sample_form, note, T_button_add, .area = true),
    FIELD(struct sample_form, minutes, T_button_add, .required = true),
    FIELD(struct sample_form, price, T_button_add),
    FIELD(struct sample_form, due, T_button_add),
    FIELD(struct sample_form, done, T_button_add),
    FIELD(struct sample_form, kind, T_button_add, .required = true),
    FIELD(struct sample_form, size, T_button_add),
    FIELD(struct sample_form, people, T_button_add),
    FIELD(struct sample_form, secret, T_button_add, .secret = true, .token = "current-password"),
    FIELD(struct sample_form, code, T_button_add, .token = "one-time-code", .max = 6),
    FIELD(struct sample_form, version, T_button_add),
};
static const struct form_def sample_form_def = FORM_DEF(sample_form, sample_fields);
struct sample {
    struct sample_form form;
    struct project_id id;
    struct str text;
    struct url url;
    const struct option *kinds;
    size_t n_kinds;
};

#include "http/sample.tmpl.h"

static struct arena *mem;
static struct page page;
static struct sample data;
static const struct option kinds[] = {
    {STR("a"), STR("Alpha <1>"), false},
    {STR("b"), STR("Beta"),      false}
};

static int
set_up(void **state)
{
    (void)state;
    mem = arena_new(1 << 20);
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
    page = (struct page){.mem = mem, .lang = LANG_DE, .once = STR("once-1")};
    data = (struct sample){
        .id = {7}, .url = URL("/a?b&c"), .text = STR("<\"&'>"), .kinds = kinds, .n_kinds = 2};
    data.form = (struct sample_form){.name = STR("Ann \"&\" <Co>"),
                                     .note = STR("</textarea><b>"),
                                     .minutes = {90},
                                     .price = {123450},
                                     .done = true,
                                     .kind = STR("b"),
                                     .size = STR("a"),
                                     .secret = STR("geheim"),
                                     .version = 3};
    assert_int_equal(day_of(2026, 11, 24, &data.form.due), OK);
    return 0;
}

static struct str
render(void)
{
    struct out o = out_new(mem, 65536);

    sample_html(&o, &page, &data);
    assert_true(out_ok(&o));
    return arena_copy(mem, out_view(&o));
}

static void
has(struct str html, const char *part, const char *file, int line)
{
    if (str_find(html, str_of(part), 0) == SIZE_MAX) {
        FAIL_TEST("%s:%d: \"%s\" is missing in\n%s", file, line, part, html.p);
    }
}
#define HAS(html, part) has((html), (part), __FILE__, __LINE__)

static size_t
count(struct str html, const char *part)
{
    size_t n = 0, at = 0;

    while ((at = str_find(html, str_of(part), at)) != SIZE_MAX) {
        n++;
        at++;
    }
    return n;
}

static void
stored_values_are_shown_and_escaped(void **state)
{
    struct str h = render();

    (void)state;
    HAS(h, "<form method=\"post\" action=\"/muster/7\" class=\"panel\" novalidate>"
           "<input type=\"hidden\" name=\"once\" value=\"once-1\">");
    HAS(h, "<input type=\"text\" class=\"input\" id=\"f-muster-7-name\" name=\"name\" required "
           "autofocus "
           "aria-describedby=\"f-muster-7-name-h\" maxlength=\"40\" autocomplete=\"name\" "
           "value=\"Ann &quot;&amp;&quot; &lt;Co&gt;\">");
    HAS(h, "<label for=\"f-muster-7-name\">Hinzufügen</label>");
    HAS(h, "<p class=\"hint\" id=\"f-muster-7-name-h\">");
    HAS(h, "maxlength=\"255\">\n&lt;/textarea&gt;&lt;b&gt;</textarea>");
    HAS(h, "<div class=\"with-unit\"><input type=\"text\" class=\"input wide num\"");
    HAS(h, " data-duration autocomplete=\"off\" value=\"1:30\">");
    HAS(h, "placeholder=\"Hinzufügen\" inputmode=\"decimal\" autocomplete=\"off\" "
           "value=\"1.234,50\">");
    HAS(h, "<input type=\"date\" class=\"input\" id=\"f-muster-7-due\" name=\"due\" "
           "autocomplete=\"off\" "
           "value=\"2026-11-24\">");
    HAS(h, "name=\"done\" value=\"1\" checked><span>");
    HAS(h,
        "<option value=\"a\">Alpha &lt;1&gt;</option><option value=\"b\" selected>Beta</option>");
    HAS(h, "<input type=\"radio\" name=\"size\" id=\"f-muster-7-size\" value=\"a\" checked>");
    HAS(h, "<input type=\"hidden\" name=\"version\" value=\"3\">");
    HAS(h, "inputmode=\"numeric\" autocomplete=\"one-time-code\"");
    HAS(h, "<label for=\"f-muster-7-note\">Hinzufügen <span "
           "class=\"opt\">(freiwillig)</span></label>");
    HAS(h, "<label for=\"f-muster-9-note\">Hinzufügen</label>"); /* needed here */
    HAS(h, "id=\"f-muster-9-note\" name=\"note\" required");
    assert_int_equal(count(h, "error"), 0);
}

static void
values_of_people_stay_text_everywhere(void **state)
{
    struct str h = render();

    (void)state;
    HAS(h,
        "<a href=\"/a?b&amp;c\" title=\"&lt;&quot;&amp;&#39;&gt;\">&lt;&quot;&amp;&#39;&gt;</a>");
    HAS(h, "<a href=\"/suche?q=%3C%22%26%27%3E#7\">");
    HAS(h, "<i>Alpha &lt;1&gt;</i><i>Beta</i>");
}

static void
a_secret_is_never_shown_again(void **state)
{
    const struct form_raw raw[] = {
        {STR("secret"), STR("geheim")}
    };
    struct str h = render();

    (void)state;
    HAS(h, "<input type=\"password\"");
    assert_int_equal(count(h, "geheim"), 0);
    page.failed_form = STR("sample_form");
    page.failed_to = URL("/muster/7");
    page.raw = raw;
    page.n_raw = 1;
    assert_int_equal(count(render(), "geheim"), 0);
}

static void
nothing_stored_is_empty(void **state)
{
    struct str h;

    (void)state;
    data.form = (struct sample_form){
        .minutes = MINUTES_NONE, .price = MONEY_NONE, .due = DAY_NONE, .version = NONE_I64};
    h = render();
    HAS(h, "<option value=\"\" selected>Bitte wählen</option><option value=\"a\">");
    HAS(h, "data-duration autocomplete=\"off\" value=\"\">");
    assert_int_equal(count(h, "checked"), 0);
}

static void
an_option_may_be_the_default(void **state)
{
    const struct option chosen[] = {
        {STR("a"), STR("Alpha"), false},
        {STR("b"), STR("Beta"),  true }
    };

    (void)state;
    data.kinds = chosen;
    data.form.kind = STR("");
    HAS(render(), "<option value=\"a\">Alpha</option><option value=\"b\" selected>Beta</option>");
    data.form.kind = STR("a");
    HAS(render(), "<option value=\"a\" selected>Alpha</option><option value=\"b\">Beta</option>");
}

/* 0 is no id, but a number like others: "0 = German" must not turn into "not said". */
static void
a_stored_zero_selects_the_option_that_offers_it(void **state)
{
    const struct option numbers[] = {
        {STR("0"), STR("Alpha"), false},
        {STR("1"), STR("Beta"),  true }
    };

    (void)state;
    data.kinds = numbers;
    data.form.kind = STR("0");
    HAS(render(), "<option value=\"0\" selected>Alpha</option><option value=\"1\">Beta</option>");
    data.kinds = &numbers[1];
    data.n_kinds = 1;
    HAS(render(), "<option value=\"1\" selected>Beta</option>");
}

static const struct field_fault faults[] = {
    {"name",   E_FIELD_TOO_LONG, STR("40")},
    {"people", E_FIELD_ID,       STR_NONE },
    {NULL,     E_STALE,          STR_NONE }
};
static const struct form_raw sent[] = {
    {STR("name"),    STR("<neu>")},
    {STR("minutes"), STR("abc")  },
    {STR("kind"),    STR("a")    },
    {STR("people"),  STR("b")    }
};

static void
refuse_the_form(struct url to)
{
    page.failed_form = STR("sample_form");
    page.failed_to = to;
    page.faults = faults;
    page.n_faults = 3;
    page.raw = sent;
    page.n_raw = 4;
}

static void
a_refused_form_keeps_what_was_typed(void **state)
{
    struct str h;

    (void)state;
    refuse_the_form(URL("/muster/7"));
    h = render();
    HAS(h, "value=\"&lt;neu&gt;\">");
    HAS(h, "value=\"abc\">");
    HAS(h, "<option value=\"a\" selected>Alpha");
    HAS(h, "<input type=\"checkbox\" name=\"people\" value=\"b\" checked>");
    assert_int_equal(count(h, "name=\"done\" value=\"1\" checked"), 0);
    assert_int_equal(count(h, "1.234,50"), 0); /* emptied on purpose: stays empty */
}

static void
faults_stand_beside_their_fields_and_above(void **state)
{
    struct str h;

    (void)state;
    refuse_the_form(URL("/muster/7"));
    h = render();
    HAS(h, "<div class=\"error-summary\" role=\"alert\" tabindex=\"-1\" autofocus><h2>Bitte prüfen "
           "Sie 3 Angaben");
    HAS(h,
        "<li><a href=\"#f-muster-7-name\">Hinzufügen: Der Text ist zu lang. Höchstens 40 Zeichen");
    HAS(h, "<li><a href=\"#f-muster-7-people\">");
    HAS(h, "<li>Jemand hat diesen Eintrag inzwischen geändert.");
    HAS(h, "<div class=\"field error\"><label for=\"f-muster-7-name\">");
    HAS(h, "aria-invalid=\"true\" aria-describedby=\"f-muster-7-name-e f-muster-7-name-h\"");
    HAS(h, "<p class=\"field-error\" id=\"f-muster-7-name-e\">");
    HAS(h, "<fieldset class=\"field error\" id=\"f-muster-7-people\" tabindex=\"-1\" "
           "aria-describedby=\"f-muster-7-people-e\">");
    assert_int_equal(count(h, "error-summary"), 1); /* not in the other form of this kind */
}

static void
another_form_of_the_same_kind_is_left_alone(void **state)
{
    struct str h;

    (void)state;
    refuse_the_form(URL("/muster/9"));
    h = render();
    HAS(h, "id=\"f-muster-9-name\" name=\"name\" required aria-invalid=\"true\"");
    HAS(h, "value=\"Ann &quot;&amp;&quot; &lt;Co&gt;\">");
    refuse_the_form(URL("/muster/8"));
    assert_int_equal(count(render(), "error-summary"), 0);
}

static void
english_pages_speak_english(void **state)
{
    struct str h;

    (void)state;
    page.lang = LANG_EN;
    refuse_the_form(URL("/muster/7"));
    h = render();
    HAS(h, "Please check 3 entries");
    HAS(h, "(optional)");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(stored_values_are_shown_and_escaped, fresh),
        cmocka_unit_test_setup(values_of_people_stay_text_everywhere, fresh),
        cmocka_unit_test_setup(a_secret_is_never_shown_again, fresh),
        cmocka_unit_test_setup(nothing_stored_is_empty, fresh),
        cmocka_unit_test_setup(a_stored_zero_selects_the_option_that_offers_it, fresh),
        cmocka_unit_test_setup(an_option_may_be_the_default, fresh),
        cmocka_unit_test_setup(a_refused_form_keeps_what_was_typed, fresh),
        cmocka_unit_test_setup(faults_stand_beside_their_fields_and_above, fresh),
        cmocka_unit_test_setup(another_form_of_the_same_kind_is_left_alone, fresh),
        cmocka_unit_test_setup(english_pages_speak_english, fresh),
    };

    return cmocka_run_group_tests_name("form", tests, set_up, tear_down);
}
