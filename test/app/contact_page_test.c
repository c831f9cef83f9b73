/* contact_page_test.c: the pages of contacts, run without a server: what they show to whom, what a
 * form keeps and refuses, and an import from page to page. */
#include "app/contact/contact_own.h"
#include "app/contact/import.h"
#include "office.h"

static struct office office;

static int
open_office(void **state)
{
    (void)state;
    office_open(&office, "2026-11-24T08:15:00Z");
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
get(const char *path, const char *what, int64_t id, int64_t user, const char *query)
{
    const struct office_page p = {.query = str_of(query), .name = what, .id = id, .user = user};
    enum rc rc;
    struct str body = office_get(&office, office_route(&contact_domain, path), &p, &rc);

    if (rc != OK) {
        print_message("# %s: %d %s\n", path, rc, office.err.detail);
    }
    assert_int_equal(rc, OK);
    return body;
}

static struct office_sent
post(const char *path, const char *what, int64_t id, int64_t user, const char *body)
{
    const struct office_page p = {.name = what, .id = id, .user = user};

    return office_post(&office, &contact_domain, path, &p, body);
}

static void
assert_done(struct office_sent s, const char *to)
{
    if (s.rc != OK) {
        print_message("# %s %s: %.2000s\n", code_name(office.err.code), office.err.detail,
                      s.body.p);
    }
    assert_int_equal(s.rc, OK);
    if (!str_eq(s.location, str_of(to))) {
        print_message("# %.*s\n", STR_FMT(s.location));
    }
    assert_true(str_eq(s.location, str_of(to)));
}

/* --- lists ----------------------------------------------------------------------------------- */

static void
lists_companies(void **state)
{
    struct str body = get("/kontakte", NULL, 0, OFFICE_ADMIN, "");

    (void)state;
    office_says(body, "Reederei Lührs");
    office_says(body, "Brauerei Hopfenstolz");
    office_says(body, "2 Firmen");
    office_says(body, "1 bis 2 von 2");
    office_says(body, "/kontakte/import");
    office_lacks(get("/kontakte", NULL, 0, OFFICE_RECORDER_2, ""), "/kontakte/import");
    body = get("/kontakte", NULL, 0, OFFICE_ADMIN, "q=l%C3%BChrs");
    office_says(body, "Reederei");
    office_lacks(body, "Hopfenstolz");
    office_says(get("/kontakte", NULL, 0, OFFICE_ADMIN, "q=petersen"), "1 bis 2 von 2");
    office_says(get("/kontakte", NULL, 0, OFFICE_ADMIN, "q=kiel"), "1 bis 2 von 2");
    office_says(get("/kontakte", NULL, 0, OFFICE_ADMIN, "q=kiel+petersen+luehrs"), "1 bis 1 von 1");
    office_says(get("/kontakte", NULL, 0, OFFICE_ADMIN, "q=kiel+oslo"), "Kein Treffer");
    office_says(get("/kontakte/personen", NULL, 0, OFFICE_ADMIN, "q=l%C3%BChrs+pet"),
                "1 bis 1 von 1");
    office_says(get("/kontakte", NULL, 0, OFFICE_ADMIN, "status=1"), "Kein Treffer");
    office_says(get("/kontakte", NULL, 0, OFFICE_ADMIN, "status=99&seite=x"), "1 bis 2 von 2");
    office_says(get("/kontakte", NULL, 0, OFFICE_ADMIN, "q=%25"), "Kein Treffer");
}

static void
pages_by_fifty(void **state)
{
    struct str body;

    (void)state;
    for (int i = 0; i < 60; i++) {
        assert_done(
            post("/kontakte", NULL, 0, OFFICE_ADMIN,
                 arena_fmt(office.mem, "name=Firma+%02d&code=F&status=1&tags=Nord,+S%%C3%%BCd", i)
                     .p),
            arena_fmt(office.mem, "/kontakte/%d?meldung=notice.contact_company_added", i + 3).p);
    }
    body = get("/kontakte", NULL, 0, OFFICE_ADMIN, "status=1&q=firma&tag=sued");
    office_says(body, "1 bis 50 von 60");
    office_says(body, "Firma 49");
    office_lacks(body, "Firma 50");
    office_says(body, "/kontakte?q=firma&amp;status=1&amp;tag=sued&amp;seite=2");
    if (body.n > 25 * 1024) {
        print_message("# 50 rows are %zu bytes\n", body.n);
        assert_true(false);
    }
    body = get("/kontakte", NULL, 0, OFFICE_ADMIN, "status=1&q=firma&seite=2");
    office_says(body, "51 bis 60 von 60");
    office_says(body, "Firma 59");
}

static void
lists_persons_with_marks(void **state)
{
    (void)state;
    assert_done(
        post("/kontakte/merkmale", NULL, 0, OFFICE_ADMIN, "name_3=Weihnachtskarte&version=0"),
        "/kontakte/personen?meldung=notice.contact_marks_changed");
    office_says(get("/kontakte/personen", NULL, 0, OFFICE_ADMIN, ""), "Weihnachtskarte");
    office_says(get("/kontakte/personen", NULL, 0, OFFICE_ADMIN, "mark=3"), "Kein Treffer");
    assert_done(post("/kontakte/personen/{person}/aendern", "person", 1, OFFICE_ADMIN,
                     "address_id=1&last_name=Petersen&filter_3=1&active=1&version=1"),
                "/kontakte/personen/1?meldung=notice.contact_person_changed");
    office_says(get("/kontakte/personen", NULL, 0, OFFICE_ADMIN, "mark=3"), "Petersen");
    office_says(get("/kontakte/personen/{person}", "person", 1, OFFICE_ADMIN, ""),
                "Weihnachtskarte");
}

/* --- companies ------------------------------------------------------------------------------- */

static void
adds_a_contact_in_one_go(void **state)
{
    struct str body;

    (void)state;
    assert_done(
        post("/kontakte/neu", NULL, 0, OFFICE_ADMIN,
             "name=Weingut+Steillage&status=2&street=Am+Rebhang&street_no=12&postal_code=76829"
             "&city=Rebental&title=Frau&first_name=%C3%84nne&last_name=Gro%C3%9Fmann"
             "&email=ag%40steillage.example"),
        "/kontakte/3?meldung=notice.contact_company_added");
    body = get("/kontakte/{company}", "company", 3, OFFICE_ADMIN, "");
    office_says(body, "Weingut Steillage");
    office_says(body, "Interessent");
    office_says(body, "76829 Rebental");
    office_says(body, "Frau Änne Großmann");
    office_says(body, "10003");
    office_says(body, "/projekte/neu?company_id=3");
}

static void
tells_all_faults_at_once(void **state)
{
    struct office_sent s = post("/kontakte/neu", NULL, 0, OFFICE_ADMIN,
                                "name=&status=2&first_name=Ada&company_email=x&email=y");

    (void)state;
    assert_int_equal(s.rc, RC_INVALID); /* the table's faults come first */
    office_says(s.body, "Bitte füllen Sie dieses Feld aus.");
    office_says(s.body, "value=\"Ada\"");
    s = post("/kontakte/neu", NULL, 0, OFFICE_ADMIN,
             "name=A&status=2&first_name=Ada&company_email=x&email=y");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Bitte prüfen Sie 4 Angaben");
    office_says(s.body, "Eine Ansprechperson braucht eine Adresse. Bitte geben Sie den Ort an.");
    office_says(get("/kontakte", NULL, 0, OFFICE_ADMIN, ""), "2 Firmen"); /* nothing half saved */
}

static void
needs_both_rights_for_a_whole_contact(void **state)
{
    (void)state;
    office_says(get("/kontakte/neu", NULL, 0, OFFICE_ADMIN, ""), "name=\"city\"");
    office_lacks(get("/kontakte/neu", NULL, 0, OFFICE_RECORDER_2, ""), "name=\"city\"");
}

static void
escapes_what_people_type(void **state)
{
    struct str body;

    (void)state;
    assert_done(
        post("/kontakte", NULL, 0, OFFICE_ADMIN,
             "name=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22&status=0&comments=%3Cb%3E&tags=%3Ci%3E"),
        "/kontakte/3?meldung=notice.contact_company_added");
    body = get("/kontakte/{company}", "company", 3, OFFICE_ADMIN, "");
    office_says(body, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;");
    office_lacks(body, "<script>alert");
    office_lacks(body, "<b>");
    office_says(get("/kontakte/{company}/aendern", "company", 3, OFFICE_ADMIN, ""),
                "value=\"&lt;script&gt;alert(1)&lt;/script&gt;&quot;\"");
}

static void
tells_who_changed_what(void **state)
{
    struct office_sent s;

    (void)state;
    office_says(get("/kontakte/{company}/aendern", "company", 1, OFFICE_ADMIN, ""),
                "name=\"version\" value=\"1\"");
    assert_done(post("/kontakte/{company}/aendern", "company", 1, OFFICE_LEADER,
                     "name=Reederei+L%C3%BChrs+KG&code=RL&status=0&version=1"),
                "/kontakte/1?meldung=notice.contact_company_changed");
    s = post("/kontakte/{company}/aendern", "company", 1, OFFICE_ADMIN,
             "name=L%C3%BChrs&code=LUE&status=2&version=1");
    assert_int_equal(s.rc, RC_CONFLICT);
    office_says(s.body, "Esra Lindgarten");
    office_says(s.body, "Reederei Lührs → Reederei Lührs KG");
    office_says(s.body, "LUE → RL");
    office_says(s.body, "value=\"Lührs\""); /* the input is kept */
    office_says(s.body, "name=\"version\" value=\"2\"");
    /* a fault does not make a stale form fresh */
    s = post("/kontakte/{company}/aendern", "company", 1, OFFICE_ADMIN, "name=&status=2&version=1");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "name=\"version\" value=\"1\"");
}

static void
keeps_terms_apart(void **state)
{
    struct str body;

    (void)state;
    assert_done(
        post("/kontakte/{company}/konditionen", "company", 1, OFFICE_LEADER,
             "rate=92%2C50&rate_discount=5&payment_days=14&cash_discount=2&cash_discount_days=7"
             "&version=1"),
        "/kontakte/1?meldung=notice.contact_company_changed");
    office_says(get("/kontakte/{company}", "company", 1, OFFICE_LEADER, ""), "92,50");
    body = get("/kontakte/{company}", "company", 1, OFFICE_RECORDER_2, "");
    office_lacks(body, "92,50");
    office_lacks(body, "konditionen");
    /* the other form leaves them as they are */
    assert_done(post("/kontakte/{company}/aendern", "company", 1, OFFICE_RECORDER_2,
                     "name=L&status=0&version=2"),
                "/kontakte/1?meldung=notice.contact_company_changed");
    office_says(get("/kontakte/{company}", "company", 1, OFFICE_LEADER, ""), "92,50");
}

/* --- addresses and persons ------------------------------------------------------------------- */

static void
adds_and_changes_addresses(void **state)
{
    struct office_sent s;

    (void)state;
    s = post("/kontakte/{company}/adresse", "company", 1, OFFICE_ADMIN,
             "name1=&city=Bonn&iban=DE1&invoice_email=x&active=1");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Bitte prüfen Sie 3 Angaben");
    assert_done(post("/kontakte/{company}/adresse", "company", 1, OFFICE_ADMIN,
                     "name1=Lager&city=Bonn&iban=DE02120300000000202051&mandate_day=2026-01-31"
                     "&reverse_charge=1&active=1"),
                "/kontakte/1?meldung=notice.contact_address_added");
    office_says(get("/kontakte/adressen/{address}", "address", 3, OFFICE_ADMIN, ""), "2026-01-31");
    assert_done(post("/kontakte/adressen/{address}", "address", 3, OFFICE_ADMIN,
                     "name1=Lager&city=Bonn&version=1"),
                "/kontakte/1?meldung=notice.contact_address_changed");
    office_says(get("/kontakte/{company}", "company", 1, OFFICE_ADMIN, ""), "inaktiv");
    s = post("/kontakte/adressen/{address}", "address", 3, OFFICE_ADMIN,
             "name1=Lager&city=Bonn&version=1");
    assert_int_equal(s.rc, RC_CONFLICT);
    office_says(s.body, "Mara Tannhof");
}

static void
adds_and_changes_persons(void **state)
{
    struct office_sent s;

    (void)state;
    office_says(get("/kontakte/{company}/person", "company", 1, OFFICE_RECORDER_2, ""), "Kiel");
    s = post("/kontakte/{company}/person", "company", 1, OFFICE_RECORDER_2,
             "address_id=2&last_name=Harms&active=1"); /* the brewery's address */
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Diese Adresse gehört zu einer anderen Firma.");
    s = post("/kontakte/{company}/person", "company", 1, OFFICE_RECORDER_2,
             "address_id=1&last_name=&email=x&birthday=31.2.2000&active=1");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Bitte prüfen Sie 3 Angaben");
    assert_done(post("/kontakte/{company}/person", "company", 1, OFFICE_RECORDER_2,
                     "address_id=1&title=Frau&first_name=Jette&last_name=Harms&birthday=29.02.2000"
                     "&manager_user_id=2&active=1"),
                "/kontakte/1?meldung=notice.contact_person_added");
    office_says(get("/kontakte/personen/{person}", "person", 3, OFFICE_ADMIN, ""),
                "Esra Lindgarten");
    office_says(get("/kontakte/personen/{person}/aendern", "person", 3, OFFICE_ADMIN, ""),
                "2000-02-29");
}

/* --- the same name again, and who changed what ------------------------------------------------ */

static void
asks_before_a_name_is_there_twice(void **state)
{
    struct office_sent s;

    (void)state;
    s = post("/kontakte/neu", NULL, 0, OFFICE_ADMIN, "name=REEDEREI++L%C3%BChrs&status=0");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Diesen Namen gibt es schon");
    office_says(s.body, "href=\"/kontakte/1\"");
    office_says(s.body, "name=\"anyway\"");
    s = post("/kontakte", NULL, 0, OFFICE_RECORDER_2, "name=Reederei+L%C3%BChrs&status=0");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Diesen Namen gibt es schon");
    assert_done(
        post("/kontakte/neu", NULL, 0, OFFICE_ADMIN, "name=Reederei+L%C3%BChrs&status=0&anyway=1"),
        "/kontakte/3?meldung=notice.contact_company_added");
    office_lacks(get("/kontakte/neu", NULL, 0, OFFICE_ADMIN, ""), "Diesen Namen gibt es schon");
}

static void
tells_the_history(void **state)
{
    struct str body;

    (void)state;
    assert_done(post("/kontakte/{company}/aendern", "company", 1, OFFICE_ADMIN,
                     "name=Reederei+L%C3%BChrs&code=LUE&status=2&version=1"),
                "/kontakte/1?meldung=notice.contact_company_changed");
    assert_done(
        post("/kontakte/{company}/konditionen", "company", 1, OFFICE_LEADER, "rate=95&version=2"),
        "/kontakte/1?meldung=notice.contact_company_changed");
    body = get("/kontakte/{company}", "company", 1, OFFICE_ADMIN, "");
    office_says(body, "Verlauf");
    office_says(body, "Kunde → Interessent");
    office_says(body, "– → 95,00");
    /* who sees no money is not told of it either */
    office_lacks(get("/kontakte/{company}", "company", 1, OFFICE_RECORDER_2, ""), "95,00");
}

static void
tells_when_the_marks_were_named_by_others(void **state)
{
    struct office_sent s;

    (void)state;
    assert_done(post("/kontakte/merkmale", NULL, 0, OFFICE_ADMIN, "name_1=Karte&version=0"),
                "/kontakte/personen?meldung=notice.contact_marks_changed");
    s = post("/kontakte/merkmale", NULL, 0, OFFICE_ADMIN, "name_2=Brief&version=0");
    assert_int_equal(s.rc, RC_CONFLICT);
    office_says(s.body, "– → Karte");
    office_says(s.body, "value=\"Brief\"");
    office_lacks(get("/kontakte/personen", NULL, 0, OFFICE_ADMIN, ""), "Brief");
}

/* --- import ---------------------------------------------------------------------------------- */

#define FILE_OF(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})

static enum rc
do_upload(struct wtx *tx, void *arg)
{
    struct import_id id;

    return import_add(tx, *(struct bytes *)arg, STR("<liste>.csv"), &id);
}

static void
imports_from_page_to_page(void **state)
{
    struct bytes file = FILE_OF("Firma;Irgendwas;Ort;Nachname\n<b>Fett</b>;Lee;Ulm;x\n"
                                "Reederei Lührs;Petersen;Kiel;y\n");
    struct office_sent s;
    struct str body;

    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_upload, &file), OK);
    office_says(get("/kontakte/import", NULL, 0, OFFICE_ADMIN, ""), "&lt;liste&gt;.csv");
    office_lacks(get("/kontakte/import", NULL, 0, OFFICE_LEADER, ""), "liste");
    body = get("/kontakte/import/{import}", "import", 1, OFFICE_ADMIN, "");
    office_says(body, "2 Zeilen");
    office_says(body, "Trennzeichen Semikolon");
    office_says(body, "&lt;b&gt;Fett&lt;/b&gt;");
    office_says(body, "<option value=\"company.name\" selected>");
    s = post("/kontakte/import/{import}", "import", 1, OFFICE_ADMIN,
             "c0=company.name&c1=company.name&c2=address.city&c3=&version=1");
    assert_int_equal(s.rc, RC_INVALID);
    office_says(s.body, "Dieses Feld ist schon einer anderen Spalte zugeordnet.");
    s = post("/kontakte/import/{import}", "import", 1, OFFICE_ADMIN, "c0=unsinn&version=1");
    assert_int_equal(s.rc, RC_INVALID);
    assert_done(post("/kontakte/import/{import}", "import", 1, OFFICE_ADMIN,
                     "c0=company.name&c1=person.last_name&c2=address.city&c3=&version=1"),
                "/kontakte/import/1/pruefung");
    body = get("/kontakte/import/{import}/pruefung", "import", 1, OFFICE_ADMIN, "");
    office_says(body, "neue Firma");
    office_says(body, "neue Person"); /* "Petersen" alone is not Onno Petersen */
    office_says(body, "Alle Zeilen sind in Ordnung.");
    assert_done(post("/kontakte/import/{import}/pruefung", "import", 1, OFFICE_ADMIN, "version=2"),
                "/kontakte/import/1/ergebnis");
    office_says(get("/kontakte/import/{import}/ergebnis", "import", 1, OFFICE_ADMIN, ""),
                "Die Kontakte sind übernommen.");
    office_says(get("/kontakte", NULL, 0, OFFICE_ADMIN, ""), "&lt;b&gt;Fett&lt;/b&gt;");
}

static void
shows_faults_line_by_line(void **state)
{
    struct bytes file =
        FILE_OF("Firma;E-Mail;Nachname;Ort\nA;a@a.example;Gut;Ulm\nB;kaputt;Lee;Ulm\n");
    struct office_sent s;
    struct str body;

    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_upload, &file), OK);
    body = get("/kontakte/import/{import}/pruefung", "import", 1, OFFICE_ADMIN, "");
    office_says(body, "1 Zeile mit Fehlern");
    office_says(body, "E-Mail:</b> Das ist keine E-Mail-Adresse.");
    office_says(body, "1 bis 1 von 1"); /* it opens with the faults */
    office_says(body, "1 fehlerhafte Zeile weglassen");
    office_lacks(body, "Gut");
    office_says(get("/kontakte/import/{import}/fehler.csv", "import", 1, OFFICE_ADMIN, ""),
                "Firma;E-Mail;Nachname;Ort;Fehler\r\n"
                "B;kaputt;Lee;Ulm;\"E-Mail: Das ist keine E-Mail-Adresse.");
    body = get("/kontakte/import/{import}/pruefung", "import", 1, OFFICE_ADMIN, "zeige=6");
    office_says(body, "1 bis 1 von 1");
    s = post("/kontakte/import/{import}/pruefung", "import", 1, OFFICE_ADMIN, "version=1");
    assert_int_equal(s.rc, RC_CONFLICT);
    office_says(s.body, "Es wurde nichts übernommen.");
    s = post("/kontakte/import/{import}/pruefung", "import", 1, OFFICE_ADMIN,
             "version=1&n_faulty=1"); /* not ticked */
    assert_int_equal(s.rc, RC_CONFLICT);
    s = post("/kontakte/import/{import}/pruefung", "import", 1, OFFICE_ADMIN,
             "version=1&n_faulty=2&leave_out=1"); /* another number than there are now */
    assert_int_equal(s.rc, RC_CONFLICT);
    assert_done(post("/kontakte/import/{import}/pruefung", "import", 1, OFFICE_ADMIN,
                     "version=1&n_faulty=1&leave_out=1"),
                "/kontakte/import/1/ergebnis");
    office_says(get("/kontakte/import/{import}/ergebnis", "import", 1, OFFICE_ADMIN, ""),
                "Weggelassene Zeilen");
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_upload, &file), OK);
    body = get("/kontakte/import/{import}/pruefung", "import", 2, OFFICE_ADMIN, "");
    office_says(body, "Es bleibt keine Zeile");
    office_lacks(body, "Kontakte übernehmen");
    assert_done(post("/kontakte/import/{import}/verwerfen", "import", 2, OFFICE_ADMIN, ""),
                "/kontakte/import?meldung=notice.contact_import_dropped");
}

static void
offers_a_template_that_it_understands(void **state)
{
    struct str body = get("/kontakte/import/vorlage.csv", NULL, 0, OFFICE_ADMIN, "");
    struct bytes file = {(const uint8_t *)body.p, body.n};

    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_upload, &file), OK);
    body = get("/kontakte/import/{import}/pruefung", "import", 1, OFFICE_ADMIN, "");
    office_says(body, "Alle Zeilen sind in Ordnung.");
    office_says(body, "Weingut Steillage");
    office_says(body, "Änne Großmann");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)
    const struct CMUnitTest tests[] = {
        T(lists_companies),
        T(pages_by_fifty),
        T(lists_persons_with_marks),
        T(adds_a_contact_in_one_go),
        T(tells_all_faults_at_once),
        T(needs_both_rights_for_a_whole_contact),
        T(escapes_what_people_type),
        T(tells_who_changed_what),
        T(keeps_terms_apart),
        T(adds_and_changes_addresses),
        T(asks_before_a_name_is_there_twice),
        T(tells_the_history),
        T(tells_when_the_marks_were_named_by_others),
        T(adds_and_changes_persons),
        T(imports_from_page_to_page),
        T(shows_faults_line_by_line),
        T(offers_a_template_that_it_understands),
    };
    return cmocka_run_group_tests_name("contact_page", tests, NULL, NULL);
}
