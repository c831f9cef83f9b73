/* contact_export_test.c: an export is understood by our own import: read back where it came from,
 * all is there; read into an empty agency, the next export is the same file. */
#include "app/contact/contact_own.h"
#include "app/contact/import.h"
#include "app/demo/demo.h"
#include "base/out.h"
#include "office.h"

#define TODAY "2026-11-24T08:15:00Z"

/* Every field of a person and of an address says something. */
static enum rc
do_add_full(struct wtx *tx, void *arg)
{
    struct company_form c;
    struct address_form a;
    struct person_form p;
    struct company_id company;
    struct address_id address;
    struct person_id person;

    (void)arg;
    company_form_init(&c);
    c.name = STR("'=Sonder\"fall; & Söhne");
    c.status = COMPANY_PRESS;
    c.tags = STR("Nord, Größe A");
    c.comments = STR("Zeile eins\nZeile zwei; mit \"Zeichen\"");
    c.rate = (struct money){9550};
    c.rate_discount.n = 750;
    c.payment_days = 14;
    c.cash_discount.n = 200;
    c.cash_discount_days = 7;
    TRY(company_add(tx, &c, &company));
    address_form_init(&a);
    a.name1 = STR("Sonderfall KG");
    a.address_name = STR("Lager");
    a.street = STR("Straße des 17. Juni");
    a.postal_code = STR("01067");
    a.city = STR("Möwenort");
    a.country = STR("Österreich");
    a.tags = STR("Lager");
    a.iban = STR("DE02 1203 0000 0000 2020 51");
    a.mandate_day = (struct day){20000};
    a.reverse_charge = true;
    a.no_invoice_email = true;
    a.active = false;
    TRY(address_add(tx, company, &a, &address));
    person_form_init(&p);
    p.address_id = address;
    p.title = STR("Frau Dr.");
    p.first_name = STR("Änne");
    p.last_name = STR("von der Linde");
    p.phone = STR("+49 431 000 20");
    p.street_private = STR("Holm");
    p.street_no_private = STR("3 b");
    p.postal_code_private = STR("24105");
    p.city_private = STR("Kiel");
    p.use_private_for_csv = true;
    p.birthday = (struct day){-1};
    p.filter_3 = true;
    p.active = false;
    return person_add(tx, company, &p, &person);
}

static struct str
export_of(struct office *o, int64_t user, const char *filter)
{
    const struct office_page p = {.user = user};
    struct office_sent s = office_post(o, &contact_domain, "/kontakte/export", &p, filter);

    if (s.rc != OK) {
        print_message("# %s %s\n", code_name(o->err.code), o->err.detail);
    }
    assert_int_equal(s.rc, OK);
    return s.body;
}

struct reading {
    struct bytes file;
    struct import_id id;
    struct import_counts counts;
};

static enum rc
do_upload(struct wtx *tx, void *arg)
{
    struct reading *r = arg;

    return import_add(tx, r->file, STR("export.csv"), &r->id);
}

static enum rc
do_check(struct rtx *tx, void *arg)
{
    const struct import_view view = {.only = IMPORT_ALL, .max = 200};
    struct reading *r = arg;
    struct import_draft draft;
    struct import_result result;

    TRY(import_find(tx, r->id, &draft));
    TRY(import_check(tx, &draft, &view, &result));
    for (size_t i = 0; i < result.n_lines; i++) {
        const struct import_line *l = &result.lines[i];

        for (size_t k = 0; k < l->n_faults; k++) {
            print_message("# line %zu: %.*s %s\n", l->line, STR_FMT(l->faults[k].column),
                          code_name(l->faults[k].code));
        }
        for (size_t k = 0; k < l->n_differences; k++) {
            print_message("# line %zu: %.*s -> %.*s\n", l->line, STR_FMT(l->differences[k].there),
                          STR_FMT(l->differences[k].here));
        }
    }
    r->counts = result.counts;
    return OK;
}

static enum rc
do_apply(struct wtx *tx, void *arg)
{
    const struct reading *r = arg;

    return import_apply(tx, r->id, 1, 0);
}

static void
read_file(struct office *o, struct str file, struct reading *r)
{
    r->file = (struct bytes){(const uint8_t *)file.p, file.n};
    assert_int_equal(office_write(o, OFFICE_ADMIN, do_upload, r), OK);
    assert_int_equal(office_read(o, OFFICE_ADMIN, do_check, r), OK);
}

static void
comes_back_as_it_went(void **state)
{
    const struct office_page p = {.user = OFFICE_ADMIN};
    struct arena *mem = arena_new(4 << 20);
    struct demo_counts n;
    struct reading r;
    struct office o;

    (void)state;
    office_open_empty(&o, TODAY);
    assert_int_equal(office_write(&o, 0, office_demo, &n), OK);
    assert_int_equal(office_write(&o, 0, do_add_full, NULL), OK);
    assert_int_equal(office_post(&o, &contact_domain, "/kontakte/merkmale", &p,
                                 "name_3=Weihnachtskarte&version=0")
                         .rc,
                     OK);
    struct str file = arena_copy(mem, export_of(&o, OFFICE_ADMIN, ""));
    assert_true(str_starts(file, STR("\xef\xbb\xbf"
                                     "Firma;")));
    assert_true(str_find(file, STR("Merkmal 3: Weihnachtskarte"), 0) != SIZE_MAX);
    assert_true(str_find(file, STR(";'+49 431 000 20;"), 0) != SIZE_MAX);
    assert_true(str_find(file, STR("\"'=HYPERLINK"), 0) != SIZE_MAX);
    assert_true(str_find(file, STR("Frau Dr. Änne von der Linde;Holm 3 b;24105 Kiel;"), 0) !=
                SIZE_MAX);
    read_file(&o, file, &r);
    assert_int_equal(r.counts.verdict[IMPORT_KNOWN], r.counts.rows);
    assert_true(r.counts.rows > 25);
    office_close(&o);

    office_open_empty(&o, TODAY);
    assert_int_equal(office_post(&o, &contact_domain, "/kontakte/merkmale", &p,
                                 "name_3=Weihnachtskarte&version=0")
                         .rc,
                     OK);
    read_file(&o, file, &r);
    assert_int_equal(r.counts.verdict[IMPORT_FAULT], 0);
    assert_int_equal(r.counts.new_companies, n.companies + 1);
    assert_int_equal(r.counts.new_addresses, n.addresses + 1);
    assert_int_equal(r.counts.new_persons, n.persons + 1);
    assert_int_equal(office_write(&o, OFFICE_ADMIN, do_apply, &r), OK);
    struct str again = export_of(&o, OFFICE_ADMIN, "");
    if (!str_eq(again, file)) {
        size_t i = 0;

        while (i < again.n && i < file.n && again.p[i] == file.p[i]) {
            i++;
        }
        i = i > 100 ? i - 100 : 0;
        print_message("# went %.*s\n# came %.*s\n", 300, file.p + i, 300, again.p + i);
    }
    assert_true(str_eq(again, file));
    office_close(&o);
    arena_free(mem);
}

static size_t
lines_of(struct str file)
{
    size_t n = 0;

    for (size_t at = str_find(file, STR("\r\n"), 0); at != SIZE_MAX;
         at = str_find(file, STR("\r\n"), at + 2)) {
        n++;
    }
    return n;
}

static void
holds_what_the_list_shows(void **state)
{
    struct office o;

    (void)state;
    office_open(&o, TODAY);
    assert_int_equal(lines_of(export_of(&o, OFFICE_ADMIN, "")), 3);
    assert_int_equal(lines_of(export_of(&o, OFFICE_ADMIN, "q=l%C3%BChrs")), 2);
    assert_int_equal(lines_of(export_of(&o, OFFICE_ADMIN, "status=1")), 1);
    assert_int_equal(lines_of(export_of(&o, OFFICE_ADMIN, "tag=nichts")), 1);
    assert_int_equal(lines_of(export_of(&o, OFFICE_ADMIN, "persons=1&mark=4")), 1);
    assert_int_equal(lines_of(export_of(&o, OFFICE_ADMIN, "persons=1&q=petersen+luehrs")), 2);
    /* nobody gets to see on paper what the pages keep from them */
    assert_true(str_find(export_of(&o, OFFICE_ADMIN, ""), STR("IBAN"), 0) != SIZE_MAX);
    assert_true(str_find(export_of(&o, OFFICE_RECORDER_2, ""), STR("IBAN"), 0) == SIZE_MAX);
    assert_true(str_find(export_of(&o, OFFICE_RECORDER_2, ""), STR("tundensatz"), 0) == SIZE_MAX);
    office_close(&o);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_went),
        cmocka_unit_test(holds_what_the_list_shows),
    };
    return cmocka_run_group_tests_name("contact_export", tests, NULL, NULL);
}
