/* contact_merge_test.c: which records look like one, and that making one of two loses nothing: what
 * hung on the second hangs on the first, what both said differently stands in the comments. */
#include "app/contact/merge.h"
#include "app/project/project.h"
#include "base/time.h"
#include "guard/audit.h"
#include "office.h"

static struct office office;

struct more {
    struct company_id company;
    struct address_id address;
    struct person_id person, second;
    struct project_id project;
};
static struct more more;

static enum rc
add_person(struct wtx *tx, const char *first, const char *email, struct person_id *ret)
{
    struct person_form p;

    person_form_init(&p);
    p.address_id = more.address;
    p.first_name = str_of(first);
    p.last_name = STR("Petersen");
    p.email = str_of(email);
    p.phone = STR("0431 7788");
    p.filter_2 = true;
    return person_add(tx, more.company, &p, ret);
}

/* Company 3 is company 1 once more, with another code, a rate, tags, its address, the same person
 * in other letters, somebody else, and a project. */
static enum rc
add_second_record(struct wtx *tx, void *arg)
{
    struct company_form c;
    struct address_form a;
    struct project_form p;

    (void)arg;
    company_form_init(&c);
    c.name = STR("REEDEREI LUEHRS GmbH & Co. KG");
    c.code = STR("RL");
    c.tags = STR("Nord, Schiff");
    c.comments = STR("Ruft lieber an");
    c.rate.minor = 9250;
    TRY(company_add(tx, &c, &more.company));
    address_form_init(&a);
    a.name1 = c.name;
    a.city = STR("KIEL");
    a.tax_no = STR("DE999999999");
    TRY(address_add(tx, more.company, &a, &more.address));
    TRY(add_person(tx, "ONNO", "onno@luehrs.example", &more.person));
    TRY(add_person(tx, "Frauke", "frauke@luehrs.example", &more.second));
    project_form_init(&p, instant_day(wtx_now(tx)));
    p.name = STR("Fahrplan-App");
    p.company_id = more.company;
    p.person_id = more.person;
    return project_add(tx, &p, &more.project);
}

static int
open_office(void **state)
{
    (void)state;
    office_open(&office, "2026-11-24T08:15:00Z");
    assert_int_equal(office_write(&office, OFFICE_ADMIN, add_second_record, NULL), OK);
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
get(const char *path, const char *what, int64_t id, const char *query)
{
    const struct office_page p = {
        .query = str_of(query), .name = what, .id = id, .user = OFFICE_ADMIN};
    enum rc rc;
    struct str body = office_get(&office, office_route(&contact_domain, path), &p, &rc);

    assert_int_equal(rc, OK);
    return body;
}

static struct office_sent
post(const char *path, const char *what, int64_t id, const char *body)
{
    const struct office_page p = {.name = what, .id = id, .user = OFFICE_ADMIN};

    return office_post(&office, &contact_domain, path, &p, body);
}

/* --- who looks alike ------------------------------------------------------------------------- */

static void
compares_names(void **state)
{
    static const struct {
        const char *name, *key;
    } rows[] = {
        {"Müller & Co. GmbH",       "mueller"             },
        {"MUELLER",                  "mueller"             },
        {"Stadtwerke Auental e. V.", "stadtwerke auental"  },
        {"Bäckerei Birkenried GbR", "baeckerei birkenried"},
        {"GmbH & Co. KG",            "gmbh & co. kg"       },
        {"Eva Export",               "eva export"          },
        {"",                         ""                    },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str key = merge_name_key(office.mem, str_of(rows[i].name));

        if (!str_eq(key, str_of(rows[i].key))) {
            FAIL_TEST("%s: %.*s", rows[i].name, STR_FMT(key));
        }
    }
}

static void
shows_what_looks_alike(void **state)
{
    struct str body = get("/kontakte/dubletten", NULL, 0, "");

    (void)state;
    office_says(body, "href=\"/kontakte/1/zusammenfuehren?mit=3\"");
    office_says(body, "REEDEREI LUEHRS GmbH &amp; Co. KG");
    office_says(body, "Verglichen werden Namen und E-Mail-Adressen"); /* no two persons yet */
    office_lacks(body, "Hopfenstolz");
    office_says(get("/kontakte", NULL, 0, ""), "/kontakte/dubletten");
    office_says(get("/kontakte/{company}", "company", 1, ""), "/kontakte/1/zusammenfuehren");
    body = get("/kontakte/{company}/zusammenfuehren", "company", 1, "mit=3");
    office_says(body, "„Reederei Lührs“ bleibt.");
    office_says(body, "1 Adresse zieht um");
    office_says(body, "2 Ansprechpersonen ziehen um");
    office_says(body, "1 Projekt zieht um");
    office_says(body, "href=\"/kontakte/3/zusammenfuehren?mit=1\"");
    for (int i = 0; i < 3; i++) {
        static const char *const none[] = {"", "mit=1", "mit=99"};

        office_says(get("/kontakte/{company}/zusammenfuehren", "company", 1, none[i]),
                    "Noch nichts gewählt");
    }
    office_says(get("/kontakte/personen/{person}/zusammenfuehren", "person", 1, "mit=2"),
                "Noch nichts gewählt"); /* of another company */
}

/* --- companies ------------------------------------------------------------------------------- */

static const char merge_body[] = "drop=3&version=1&other_version=1";

static enum rc
look(struct rtx *tx, void *arg)
{
    struct company_form c;
    struct address_form a;
    struct person_form onno, frauke;
    struct project_form p;
    struct contact_stamp stamp;
    struct company_id company;
    struct company gone;

    (void)arg;
    TRY(company_form_find(tx, (struct company_id){1}, &c, &stamp));
    assert_true(str_eq(c.name, STR("Reederei Lührs")));
    assert_true(str_eq(c.code, STR("LUE")));
    assert_true(str_eq(c.tags, STR("Nord, Schiff")));
    assert_int_equal(c.rate.minor, 9250);
    office_says(c.comments, "Firma: REEDEREI LUEHRS GmbH & Co. KG");
    office_says(c.comments, "Kurzzeichen: RL");
    office_says(c.comments, "Ruft lieber an");
    TRY(address_form_find(tx, (struct address_id){1}, &a, &company, &stamp));
    assert_true(str_eq(a.tax_no, STR("DE999999999")));
    office_says(a.comments, "Debitorenkonto: 10003");
    TRY(person_form_find(tx, (struct person_id){1}, &onno, &company, &stamp));
    assert_true(str_eq(onno.email, STR("onno@luehrs.example")));
    assert_true(onno.filter_2);
    TRY(person_form_find(tx, more.second, &frauke, &company, &stamp));
    assert_int_equal(company.n, 1);
    assert_int_equal(frauke.address_id.n, 1);
    TRY(project_form_of(tx, more.project, &p));
    assert_int_equal(p.company_id.n, 1);
    assert_int_equal(p.person_id.n, 1);
    assert_int_equal(company_find(tx, more.company, &gone), RC_MISSING);
    *rtx_err(tx) = (struct err){0};
    assert_int_equal(person_form_find(tx, more.person, &onno, &company, &stamp), RC_MISSING);
    *rtx_err(tx) = (struct err){0};
    return OK;
}

static void
merges_companies(void **state)
{
    struct office_sent s = post("/kontakte/{company}/zusammenfuehren", "company", 1, merge_body);

    (void)state;
    assert_int_equal(s.rc, OK);
    assert_true(str_eq(s.location, STR("/kontakte/1?meldung=notice.contact_merged")));
    assert_int_equal(office_read(&office, OFFICE_ADMIN, look, NULL), OK);
    office_says(get("/kontakte/{company}", "company", 1, ""), "Firma zusammengeführt");
    office_says(get("/kontakte/dubletten", NULL, 0, ""), "Verglichen werden die Namen der Firmen");
    office_lacks(get("/kontakte", NULL, 0, "q=luehrs+gmbh"), "/kontakte/3\"");
}

static void
refuses(void **state)
{
    static const char path[] = "/kontakte/{company}/zusammenfuehren";

    (void)state;
    assert_int_equal(post(path, "company", 3, merge_body).rc, RC_INVALID); /* with itself */
    assert_int_equal(post(path, "company", 1, "drop=3&version=1&other_version=7").rc, RC_CONFLICT);
    assert_int_equal(post(path, "company", 1, "drop=3&version=2&other_version=1").rc, RC_CONFLICT);
    assert_int_equal(post(path, "company", 1, "drop=&version=1&other_version=1").rc, RC_INVALID);
    office_says(get("/kontakte/dubletten", NULL, 0, ""), "mit=3");
}

/* Another place stays an address of its own; another e-mail address another person. */
static void
keeps_what_differs(void **state)
{
    const char *const change = "name1=Werft&city=Husum&active=1&version=1";
    struct str body;

    (void)state;
    assert_int_equal(post("/kontakte/adressen/{address}", "address", 3, change).rc, OK);
    assert_int_equal(post("/kontakte/personen/{person}/aendern", "person", 1,
                          "address_id=1&title=Herr&first_name=Onno&last_name=Petersen"
                          "&email=o.petersen@luehrs.example&active=1&version=1")
                         .rc,
                     OK);
    assert_int_equal(post("/kontakte/{company}/zusammenfuehren", "company", 1, merge_body).rc, OK);
    body = get("/kontakte/{company}", "company", 1, "");
    office_says(body, "Husum");
    office_says(body, "Kiel");
    office_says(body, "o.petersen@luehrs.example");
    office_says(body, "onno@luehrs.example");
    office_says(get("/kontakte/dubletten", NULL, 0, ""),
                "/kontakte/personen/1/zusammenfuehren?mit=3");
}

/* --- persons --------------------------------------------------------------------------------- */

static enum rc
project_of_second(struct rtx *tx, void *arg)
{
    struct project_form p;

    TRY(project_form_of(tx, more.project, &p));
    *(int64_t *)arg = p.person_id.n;
    return OK;
}

static void
merges_persons(void **state)
{
    static const char path[] = "/kontakte/personen/{person}/zusammenfuehren";
    static const char body[] = "drop=3&version=1&other_version=1";
    struct str page = get(path, "person", 4, "mit=3");
    int64_t person = 0;

    (void)state;
    office_says(page, "ONNO Petersen");
    office_says(page, "frauke@luehrs.example");
    assert_int_equal(post(path, "person", 1, body).rc, RC_INVALID); /* of another company */
    assert_int_equal(post(path, "person", 3, body).rc, RC_INVALID);
    assert_int_equal(post(path, "person", 4, "drop=3&version=1&other_version=2").rc, RC_CONFLICT);
    assert_int_equal(post(path, "person", 4, body).rc, OK);
    page = get("/kontakte/personen/{person}", "person", 4, "");
    office_says(page, "Ansprechperson zusammengeführt");
    office_says(page, "Vorname: ONNO");
    office_says(page, "E-Mail: onno@luehrs.example");
    assert_int_equal(office_read(&office, OFFICE_ADMIN, project_of_second, &person), OK);
    assert_int_equal(person, 4);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, open_office, close_office)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(compares_names), TEST(shows_what_looks_alike), TEST(merges_companies),
        TEST(refuses),        TEST(keeps_what_differs),     TEST(merges_persons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
