/* The frame round every page: who sees which entries, languages, appearance, notices, error pages.
 */
#include "http/shell.h"

static struct arena *mem;
static struct page page;

static int
set_up(void **state)
{
    (void)state;
    mem = arena_new(1 << 21);
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
    page = (struct page){.mem = mem,
                         .lang = LANG_DE,
                         .title = STR("Zeiten <1>"),
                         .nav = NAV_TIMES,
                         .path = URL("/zeiten"),
                         .workspace = STR("Lindenkai & Co"),
                         .signed_in = true,
                         .user_name = STR("Mara Tannhof"),
                         .user_initials = STR("MT"),
                         .rights = group_rights(GROUP_ADMINISTRATOR)};
    return 0;
}

static void
content(struct out *o, const struct page *pg, const void *d)
{
    (void)pg;
    (void)d;
    out_str(o, STR("<h1>Inhalt</h1>"));
}

static struct str
render(enum shell shell)
{
    struct out o = out_new(mem, 1 << 20);

    shell_page(&o, &page, shell, content, NULL);
    assert_true(out_ok(&o));
    return arena_copy(mem, out_view(&o));
}

static bool
has(struct str html, const char *part)
{
    return str_find(html, str_of(part), 0) != SIZE_MAX;
}

static void
the_office_has_every_entry_for_an_administrator(void **state)
{
    struct str h = render(SHELL_APP);

    (void)state;
    assert_true(str_starts(h, STR("<!doctype html>\n<html lang=\"de\">")));
    assert_true(has(h, "<title>Zeiten &lt;1&gt; – Kontor</title>"));
    assert_true(has(h, "<small>Lindenkai &amp; Co</small>"));
    assert_true(has(h, "<a href=\"/zeiten\" data-go=\"z\" aria-current=\"page\">"));
    assert_false(has(h, "<a href=\"/projekte\" data-go=\"p\" aria-current=\"page\">"));
    assert_true(has(h, "href=\"/einstellungen\""));
    assert_true(has(h, "href=\"/personen\""));
    assert_true(has(h, "<main class=\"main\" id=\"inhalt\" tabindex=\"-1\">"));
    assert_true(has(h, "<h1>Inhalt</h1></main>"));
    assert_true(has(h, "Konto von Mara Tannhof"));
}

static void
entries_without_a_right_are_not_there(void **state)
{
    struct str h;

    (void)state;
    page.rights = group_rights(GROUP_TIME_RECORDER_1);
    h = render(SHELL_APP);
    assert_true(has(h, "href=\"/zeiten\""));
    assert_false(has(h, "href=\"/einstellungen\""));
    assert_false(has(h, "href=\"/personen\""));
    assert_false(has(h, "href=\"/kontakte\""));
    assert_false(has(h, "href=\"/projekte/neu\""));
    page.rights = 0;
    h = render(SHELL_APP);
    assert_false(has(h, "href=\"/zeiten\""));
    assert_false(has(h, ">Arbeit<"));
    assert_false(has(h, ">Neu<"));
}

static void
timers_run_in_the_top_bar(void **state)
{
    const struct page_timer timers[] = {
        {.id = {4},
         .project_name = STR("Portal <x>"),
         .company_name = STR("Auental"),
         .seconds = 5047},
        {.id = {5},         .project_name = STR("Zweites"),                       .seconds = 60}
    };
    struct str h;

    (void)state;
    assert_false(has(render(SHELL_APP), "class=\"timer\""));
    page.timers = timers;
    page.n_timers = 2;
    h = render(SHELL_APP);
    assert_true(has(h, "action=\"/zeiten/uhren/4/stopp\""));
    assert_true(has(h, "<b>Auental</b> · Portal &lt;x&gt;"));
    assert_true(has(h, "<output data-elapsed=\"5047\">1:24:07</output>"));
    assert_true(has(h, "und 1 weitere"));
    page.timers = timers + 1;
    page.n_timers = 1;
    assert_true(has(render(SHELL_APP), "<b>intern</b> · Zweites"));
}

static void
language_and_appearance_are_attributes(void **state)
{
    struct str h;

    (void)state;
    page.lang = LANG_EN;
    page.theme = THEME_DARK;
    page.keys_off = true;
    h = render(SHELL_APP);
    assert_true(has(h, "<html lang=\"en\" data-theme=\"dark\" data-keys=\"off\">"));
    assert_true(has(h, ">Sign out<"));
    page.theme = THEME_LIGHT;
    assert_true(has(render(SHELL_APP), "data-theme=\"light\""));
}

static void
a_notice_says_what_was_done(void **state)
{
    struct str h;

    (void)state;
    assert_true(has(render(SHELL_APP), "<div id=\"meldung\" role=\"status\"></div>"));
    page.notice = STR("Gespeichert <b>");
    h = render(SHELL_APP);
    assert_true(has(h, "<div class=\"notice ok\">"));
    assert_true(has(h, "<p>Gespeichert &lt;b&gt;</p>"));
    page.notice_kind = NOTICE_WARN;
    assert_true(has(render(SHELL_APP), "<div class=\"notice warn\">"));
}

static void
the_title_says_that_something_is_wrong(void **state)
{
    const struct field_fault faults[] = {
        {"name", E_FIELD_REQUIRED, STR_NONE}
    };

    (void)state;
    page.faults = faults;
    page.n_faults = 1;
    assert_true(has(render(SHELL_APP), "<title>Fehler: Zeiten &lt;1&gt; – Kontor</title>"));
}

static void
sign_in_pages_are_quiet(void **state)
{
    struct str h;

    (void)state;
    page.signed_in = false;
    page.path = URL("/anmelden");
    h = render(SHELL_AUTH);
    assert_true(has(h, "<body class=\"auth\">"));
    assert_true(has(h, "<a href=\"/anmelden?sprache=en\" lang=\"en\" hreflang=\"en\">English</a>"));
    assert_false(has(h, "class=\"nav\""));
    assert_false(has(h, "facts"));
    page.lang = LANG_EN;
    assert_true(has(render(SHELL_AUTH), "href=\"/anmelden?sprache=de\" lang=\"de\""));
}

/* The content security policy forbids both; a page that needs them would be broken. */
static void
no_page_holds_script_or_style(void **state)
{
    static const enum shell shells[] = {SHELL_APP, SHELL_AUTH, SHELL_PRINT};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct str h = render(shells[i]);

        assert_false(has(h, "<style"));
        assert_false(has(h, " style="));
        assert_false(has(h, " onclick="));
        assert_false(has(h, "<script>"));
        assert_false(has(h, "javascript:"));
        assert_false(has(h, "http://"));
        assert_false(has(h, "https://"));
    }
}

static struct str
error(int status, enum code code)
{
    struct out o = out_new(mem, 1 << 20);

    shell_error(&o, &page, status, code);
    return arena_copy(mem, out_view(&o));
}

static void
error_pages_say_what_is_and_what_was_saved(void **state)
{
    struct str h = error(404, E_MISSING);

    (void)state;
    assert_true(has(h, "<h1>Diese Seite gibt es nicht</h1>"));
    assert_true(has(h, "action=\"/suche\""));
    assert_true(has(h, "Fehler 404"));
    assert_false(has(h, "Zeiten"));
    page.signed_in = false;
    h = error(404, E_MISSING);
    assert_false(has(h, "action=\"/suche\""));
    assert_true(has(h, "Zur Anmeldung"));
    h = error(500, E_BROKEN);
    assert_true(has(h, "Ihre letzte Eingabe wurde nicht gespeichert."));
    assert_false(has(h, "id=\"vorgang\""));
    page.request_no = STR("7F3A-21C9");
    assert_true(has(error(500, E_BROKEN), "Vorgang 7F3A-21C9"));
    assert_true(has(error(418, E_NONE), "<h1>Das hat nicht geklappt"));
    assert_true(has(error(403, E_CSRF), "Diese Seite war zu lange offen."));
}

/* Every status that the classes of errors lead to has its own words in both languages. */
static void
every_status_has_words(void **state)
{
    static const int statuses[] = {403, 404, 405, 409, 413, 422, 429, 500, 503, 507};

    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        assert_true(text_find(arena_fmt(mem, "error.title.%d", statuses[i])) != T_NONE);
        assert_true(text_find(arena_fmt(mem, "error.text.%d", statuses[i])) != T_NONE);
    }
    for (int rc = RC_BROKEN; rc < OK; rc++) {
        assert_true(text_find(arena_fmt(mem, "error.title.%d", rc_http((enum rc)rc))) != T_NONE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_office_has_every_entry_for_an_administrator, fresh),
        cmocka_unit_test_setup(entries_without_a_right_are_not_there, fresh),
        cmocka_unit_test_setup(timers_run_in_the_top_bar, fresh),
        cmocka_unit_test_setup(language_and_appearance_are_attributes, fresh),
        cmocka_unit_test_setup(a_notice_says_what_was_done, fresh),
        cmocka_unit_test_setup(the_title_says_that_something_is_wrong, fresh),
        cmocka_unit_test_setup(sign_in_pages_are_quiet, fresh),
        cmocka_unit_test_setup(no_page_holds_script_or_style, fresh),
        cmocka_unit_test_setup(error_pages_say_what_is_and_what_was_saved, fresh),
        cmocka_unit_test_setup(every_status_has_words, fresh),
    };

    return cmocka_run_group_tests_name("shell", tests, set_up, tear_down);
}
