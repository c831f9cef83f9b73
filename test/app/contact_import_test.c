/* contact_import_test.c: files as agencies have them become contacts; the dry run says what
 * happens; a fault writes nothing; the same file again finds everything there. */
#include <stdio.h>
#include <stdlib.h>

#include "app/contact/contact_own.h"
#include "app/contact/import.h"
#include "base/out.h"
#include "base/time.h"
#include "rig.h"

static struct bytes
fixture(const char *name)
{
    static uint8_t buf[1 << 20];
    char path[500];

    (void)snprintf(path, sizeof(path), "%s/test/fixture/csv/%s", getenv("KONTOR_SOURCE"), name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(buf, 1, sizeof(buf), f);
    assert_int_equal(fclose(f), 0);
    return (struct bytes){buf, n};
}

static struct import_id
upload(struct rig *g, struct bytes file)
{
    struct import_id id = {0};
    enum rc rc = import_add(rig_begin(g), file, STR("liste.csv"), &id);

    if (rc != OK) {
        print_message("# %s %s\n", code_name(g->err.code), g->err.detail);
    }
    assert_int_equal(rc, OK);
    assert_int_equal(rig_commit(g), OK);
    return id;
}

/* "2 new_company, 3 fault Ort:field.required" … of all rows, as the page shows them. */
static void
assert_check(struct rig *g, struct import_id id, const char *want)
{
    static const char *const words[] = {"all",   "company", "address", "person",
                                        "known", "DIFFERS", "FAULT"};
    const struct import_view view = {.only = IMPORT_ALL, .max = 100};
    struct import_draft draft;
    struct import_result r;
    struct rtx *tx = rig_look(g);
    struct out o = out_new(g->mem, 65536);

    assert_int_equal(import_find(tx, id, &draft), OK);
    assert_int_equal(import_check(tx, &draft, &view, &r), OK);
    for (size_t i = 0; i < r.n_lines; i++) {
        const struct import_line *l = &r.lines[i];

        out_fmt(&o, "%s%zu %s", i > 0 ? ", " : "", l->line, words[l->verdict]);
        for (size_t k = 0; k < l->n_faults; k++) {
            out_fmt(&o, " %.*s:%s", STR_FMT(l->faults[k].column), code_name(l->faults[k].code));
        }
        for (size_t k = 0; k < l->n_differences; k++) {
            const struct import_difference *d = &l->differences[k];

            out_fmt(&o, " [%.*s->%.*s]", STR_FMT(d->there), STR_FMT(d->here));
        }
    }
    char got[4000];
    (void)snprintf(got, sizeof(got), "%.*s", STR_FMT(out_view(&o)));
    assert_string_equal(got, want);
    rig_end(g);
}

static enum rc
apply_without(struct rig *g, struct import_id id, int64_t version, int64_t left_out)
{
    enum rc rc = import_apply(rig_begin(g), id, version, left_out);

    if (rc == OK) {
        rc = rig_commit(g);
    } else {
        rig_undo(g);
    }
    return rc;
}

static enum rc
apply(struct rig *g, struct import_id id, int64_t version)
{
    return apply_without(g, id, version, 0);
}

static size_t
hits(struct rig *g, const char *query)
{
    const struct contact_hit *v;
    size_t n;

    assert_int_equal(contact_search(rig_look(g), str_of(query), &v, &n), OK);
    rig_end(g);
    return n;
}

static int64_t
n_companies(struct rig *g)
{
    const struct option *v;
    size_t n;

    assert_int_equal(company_options(rig_look(g), (struct company_id){0}, &v, &n), OK);
    rig_end(g);
    return (int64_t)n;
}

static void
takes_over_an_excel_list(void **state)
{
    struct rig *g = *state;
    struct import_id id = upload(g, fixture("excel-kunden.csv"));
    const struct contact_hit *v;
    struct person_form p;
    struct address_form a;
    struct company_form c;
    struct contact_stamp stamp;
    struct company_id whose;
    size_t n;

    assert_check(g, id, "2 company, 4 person, 5 company, 6 company, 7 company");
    assert_int_equal(n_companies(g), 0);
    assert_int_equal(apply(g, id, 1), OK);
    assert_int_equal(n_companies(g), 4);

    struct rtx *tx = rig_look(g);
    assert_int_equal(contact_search(tx, STR("großmann"), &v, &n), OK);
    assert_int_equal(n, 1);
    assert_int_equal(person_form_find(tx, v[0].person_id, &p, &whose, &stamp), OK);
    assert_true(str_eq(p.title, STR("Frau Dr.")) && str_eq(p.last_name, STR("Großmann")));
    assert_int_equal(address_form_find(tx, p.address_id, &a, &whose, &stamp), OK);
    assert_true(str_eq(a.street, STR("Am Kai")) && str_eq(a.street_no, STR("3b")));
    assert_true(str_eq(a.name1, STR("Müller & Söhne GmbH")));
    assert_int_equal(a.ledger_no, 10001);
    assert_int_equal(company_form_find(tx, whose, &c, &stamp), OK);
    assert_true(str_eq(c.code, STR("101")));
    assert_true(str_eq(c.comments, STR("Ruft gern an.\nNie vor 9 Uhr.")));
    assert_int_equal(contact_search(tx, STR("krone"), &v, &n), OK);
    assert_int_equal(n, 1);
    assert_true(str_eq(v[0].name, STR("Gasthof \"Krone\"; Inh. O'Brien")));
    /* without a person, its e-mail address is the company's; without a company, the person's name
     * is */
    assert_int_equal(contact_search(tx, STR("zoë özdemir"), &v, &n), OK);
    assert_int_equal(n, 2);
    rig_end(g);

    id = upload(g, fixture("excel-kunden.csv"));
    assert_check(g, id, "2 known, 4 known, 5 known, 6 known, 7 known");
    assert_int_equal(apply(g, id, 1), OK);
    assert_int_equal(n_companies(g), 4);
}

static void
takes_over_utf8_with_commas(void **state)
{
    struct rig *g = *state;
    struct import_id id = upload(g, fixture("google-komma.csv"));

    assert_check(g, id, "2 company, 3 person");
    assert_int_equal(apply(g, id, 1), OK);
    assert_int_equal(hits(g, "petersen"), 1);
    assert_check(g, upload(g, fixture("google-komma.csv")), "2 known, 3 known");
}

static void
names_every_fault_and_writes_nothing(void **state)
{
    struct rig *g = *state;
    struct import_id id = upload(g, fixture("mit-fehlern.csv"));

    assert_check(g, id,
                 "2 company, 3 FAULT E-Mail:contact.email, 4 FAULT Ort:import.no_address, "
                 "5 FAULT Firma:field.required, 6 FAULT Art:import.status, "
                 "7 FAULT Zahlungsziel:field.number, "
                 "8 FAULT :import.columns Art:import.status Zahlungsziel:field.number "
                 "E-Mail:contact.email, 9 FAULT Nachname:field.required");
    assert_int_equal(apply(g, id, 1), RC_CONFLICT);
    assert_int_equal(g->err.code, E_IMPORT_FAULTS);
    assert_int_equal(n_companies(g), 0);
}

static void
keeps_formulas_as_text(void **state)
{
    struct rig *g = *state;
    struct import_id id = upload(g, fixture("formeln.csv"));
    const struct contact_hit *v;
    struct out o;
    size_t n;

    assert_check(g, id, "2 company, 3 company");
    assert_int_equal(apply(g, id, 1), OK);
    struct rtx *tx = rig_look(g);
    assert_int_equal(contact_search(tx, STR("=hyperlink"), &v, &n), OK);
    assert_int_equal(n, 1);
    assert_true(str_eq(v[0].name, STR("=HYPERLINK(\"http://böse.example\";\"klick\")")));
    o = out_new(g->mem, 1000);
    csv_put(&o, v[0].name, true);
    assert_true(str_eq(out_view(&o),
                       STR("\"'=HYPERLINK(\"\"http://böse.example\"\";\"\"klick\"\")\"\r\n")));
    rig_end(g);
    assert_int_equal(hits(g, "drop table"), 1);
}

static void
splits_names_and_places(void **state)
{
    static const struct {
        const char *query, *title, *first, *last;
    } want[] = {
        {"petersen",      "",               "Onno",  "Petersen"     },
        {"harms",         "Frau Dr.",       "Jette", "Harms"        },
        {"von der linde", "",               "Anna",  "von der Linde"},
        {"kim lee",       "Herr Prof. Dr.", "Kim",   "Lee"          },
        {"cher",          "",               "",      "Cher"         },
        {"de la cruz",    "",               "Juan",  "de la Cruz"   },
    };
    struct rig *g = *state;
    struct import_id id = upload(g, fixture("namen.csv"));

    assert_check(g, id, "2 company, 3 person, 4 person, 5 person, 6 person, 7 address");
    assert_int_equal(apply(g, id, 1), OK);
    for (size_t i = 0; i < COUNT(want); i++) {
        const struct contact_hit *v;
        struct person p;
        size_t n;

        assert_int_equal(contact_search(rig_look(g), str_of(want[i].query), &v, &n), OK);
        assert_int_equal(n, 1);
        assert_int_equal(person_find(g->r, v[0].person_id, &p), OK);
        assert_true(str_eq(p.title, str_of(want[i].title)));
        assert_true(str_eq(p.first_name, str_of(want[i].first)));
        assert_true(str_eq(p.last_name, str_of(want[i].last)));
        rig_end(g);
    }
}

#define FILE_OF(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})

static void
tells_namesakes_apart_by_place(void **state)
{
    struct rig *g = *state;

    assert_int_equal(
        apply(g, upload(g, FILE_OF("Firma;PLZ;Ort;Straße\nBäcker Groß;24103;Kiel;\n")), 1), OK);
    assert_check(
        g,
        upload(g, FILE_OF("Firma;PLZ;Ort;Straße;Nachname\n"
                          "BÄCKER  GROSS;24103;Kiel;Am Kai 3;\n" /* no quarrel: the same */
                          "Baecker Groß;80331;München;;\n"       /* another town: another firm */
                          "Bäcker Groß;;;;Harms\n"               /* which of the two? */
                          "Bäcker Groß;24105;Kiel;Holm 1;Lee\n"  /* a second address in Kiel */
                          "Bäcker Groß;24103;;;Lee\n")),
        "2 DIFFERS [Bäcker Groß->BÄCKER  GROSS] [->Am Kai] [->3], 3 company, "
        "4 FAULT Firma:import.ambiguous, 5 address, 6 FAULT "
        "Ort:field.required");
}

static void
knows_companies_by_their_code(void **state)
{
    struct rig *g = *state;

    assert_int_equal(apply(g, upload(g, FILE_OF("Kürzel;Firma;Ort\nLUE;Reederei Lührs;Kiel\n")), 1),
                     OK);
    assert_check(g,
                 upload(g, FILE_OF("Kürzel;Firma;Ort;Nachname\n"
                                   "lue;Lührs umbenannt;Kiel;Harms\n"
                                   "XYZ;Reederei Lührs;Kiel;Harms\n")),
                 "2 person [Reederei Lührs->Lührs umbenannt] [LUE->lue], 3 company");
}

/* What the file says otherwise is shown, and stays as it was; empty cells say nothing. */
static void
shows_what_differs_and_leaves_it(void **state)
{
    struct rig *g = *state;
    const struct contact_hit *v;
    size_t n;

    assert_int_equal(
        apply(g,
              upload(g, FILE_OF("Firma;Art;PLZ;Ort;Nachname;E-Mail;Geburtstag;Person aktiv\n"
                                "Hof Nord;Lieferant;24103;Kiel;Lee;lee@hof.example;1.2.1980;ja\n")),
              1),
        OK);
    struct import_id id =
        upload(g, FILE_OF("Firma;Art;PLZ;Ort;Nachname;E-Mail;Geburtstag;Person aktiv\n"
                          "Hof Nord;;24103;Kiel;Lee;;;\n"
                          "Hof Nord;Lieferant;24103;Kiel;Lee;lee@hof.example;01.02.80;x\n"
                          "Hof Nord;Kunde;24103;Kiel;Lee;neu@hof.example;2.2.1980;nein\n"));
    assert_check(g, id,
                 "2 known, 3 known, "
                 "4 DIFFERS [->] [lee@hof.example->neu@hof.example] [->] [->]");
    assert_int_equal(apply(g, id, 1), OK);
    assert_int_equal(contact_search(rig_look(g), STR("lee"), &v, &n), OK);
    assert_int_equal(n, 1);
    assert_true(str_eq(v[0].detail, STR("lee@hof.example")));
    rig_end(g);
}

/* Only as many as the person was shown, and only these. */
static void
leaves_out_faulty_rows_on_demand(void **state)
{
    struct rig *g = *state;
    struct import_id id = upload(g, fixture("mit-fehlern.csv"));
    struct import_draft d;

    assert_int_equal(apply_without(g, id, 1, 6), RC_CONFLICT);
    assert_int_equal(g->err.code, E_IMPORT_FAULTS);
    assert_int_equal(n_companies(g), 0);
    assert_int_equal(apply_without(g, id, 1, 7), OK);
    assert_int_equal(n_companies(g), 1);
    assert_int_equal(hits(g, "gut"), 2);
    assert_int_equal(import_find(rig_look(g), id, &d), OK);
    assert_int_equal(d.counts.verdict[IMPORT_FAULT], 7);
    assert_int_equal(d.counts.new_companies, 1);
    rig_end(g);
    /* none may be left out of a good file */
    id = upload(g, FILE_OF("Firma;Ort\nA;Kiel\n"));
    assert_int_equal(apply_without(g, id, 1, 1), RC_CONFLICT);
}

static void
opens_with_the_faults(void **state)
{
    struct rig *g = *state;
    struct import_id id = upload(g, fixture("mit-fehlern.csv"));
    const struct import_view first = {IMPORT_ALL, 0, 3, true};
    struct import_draft draft;
    struct import_result r;

    assert_int_equal(import_find(rig_look(g), id, &draft), OK);
    assert_int_equal(import_check(g->r, &draft, &first, &r), OK);
    assert_int_equal(r.only, IMPORT_FAULT);
    assert_int_equal(r.n_lines, 3);
    assert_int_equal(r.lines[0].line, 3);
    rig_end(g);
    id = upload(g, FILE_OF("Firma;Ort\nA;Kiel\n"));
    assert_int_equal(import_find(rig_look(g), id, &draft), OK);
    assert_int_equal(import_check(g->r, &draft, &first, &r), OK);
    assert_int_equal(r.only, IMPORT_ALL);
    assert_int_equal(r.n_lines, 1);
    rig_end(g);
}

/* Files as six kinds of programs write them: guessed columns and all, without a person's help; the
 * second time each row is there, and nothing differs. */
static void
takes_over_what_programs_write(void **state)
{
    static const struct {
        const char *file, *first, *again, *query;
    } sources[] = {
        {"outlook-windows.csv",   "2 company, 5 person, 6 company, 7 company",
         "2 known, 5 known, 6 known, 7 known",                                                              "kuestermann jk@auental"},
        {"google-contacts.csv",   "2 company, 6 person",                       "2 known, 6 known",          "dhomhnaill"            },
        {"excel-unicode.txt",     "2 company, 4 person, 5 company",            "2 known, 4 known, 5 known",
         "goetz linde steillage"                                                                                                    },
        {"agentur-software.csv",  "2 company, 3 person, 4 address, 5 company",
         "2 known, 3 known, 4 known, 5 known",                                                              "oezdemir birk"         },
        {"rechnungsprogramm.csv", "2 company, 3 company, 4 company",           "2 known, 3 known, 4 known",
         "rosenkoetter 1002"                                                                                                        },
        {"english-crm.csv",       "2 company, 4 person, 5 company",            "2 known, 4 known, 5 known",
         "siobhan harbour"                                                                                                          },
    };
    struct rig *g = *state;

    for (size_t i = 0; i < COUNT(sources); i++) {
        struct import_id id = upload(g, fixture(sources[i].file));

        print_message("# %s\n", sources[i].file);
        assert_check(g, id, sources[i].first);
        assert_int_equal(apply(g, id, 1), OK);
        assert_true(hits(g, sources[i].query) > 0);
        assert_check(g, upload(g, fixture(sources[i].file)), sources[i].again);
    }
}

static void
refuses_what_is_no_csv_file(void **state)
{
    struct rig *g = *state;
    struct import_id id;

    assert_int_equal(import_add(rig_begin(g), FILE_OF("PK\3\4xx"), STR("x.xlsx"), &id), RC_INVALID);
    assert_int_equal(g->err.code, E_CSV_SPREADSHEET);
    rig_undo(g);
}

static void
is_written_once(void **state)
{
    struct rig *g = *state;
    struct import_id id = upload(g, FILE_OF("Firma;Ort\nA;Kiel\n"));
    struct import_draft d;

    assert_int_equal(apply(g, id, 2), RC_CONFLICT);
    assert_int_equal(g->err.code, E_STALE);
    assert_int_equal(apply(g, id, 1), OK);
    assert_int_equal(apply(g, id, 2), RC_CONFLICT);
    assert_int_equal(g->err.code, E_IMPORT_DONE);
    assert_int_equal(n_companies(g), 1);
    assert_int_equal(import_find(rig_look(g), id, &d), OK);
    assert_true(d.done && d.counts.new_companies == 1 && d.counts.new_addresses == 1);
    rig_end(g);
}

static void
expires_after_a_day(void **state)
{
    struct rig *g = *state;
    struct import_id id = upload(g, FILE_OF("Firma;Ort\nA;Kiel\n"));
    struct import_draft d;
    int64_t removed;

    g->now.us += 24LL * 3600 * 1000000 - 1;
    assert_int_equal(import_find(rig_look(g), id, &d), OK);
    rig_end(g);
    g->now.us += 1;
    assert_int_equal(import_find(rig_look(g), id, &d), RC_MISSING);
    rig_end(g);
    assert_int_equal(contact_import_expire(rig_begin(g), &removed), OK);
    assert_int_equal(rig_commit(g), OK);
    assert_int_equal(removed, 1);
}

static void
changes_its_columns(void **state)
{
    struct rig *g = *state;
    struct import_id id = upload(g, FILE_OF("Spalte 1;Spalte 2\nA;Kiel\n"));
    struct import_map map;
    struct import_draft d;

    assert_int_equal(import_map_parse(STR("company.name,address.city"), 2, &map), OK);
    assert_int_equal(import_change_map(rig_begin(g), id, &map, 9), RC_CONFLICT);
    rig_undo(g);
    assert_int_equal(import_change_map(rig_begin(g), id, &map, 1), OK);
    assert_int_equal(rig_commit(g), OK);
    assert_int_equal(import_find(rig_look(g), id, &d), OK);
    assert_int_equal(d.version, 2);
    assert_int_equal(import_column(&d.map, LEVEL_ADDRESS, "city"), 1);
    rig_end(g);
    assert_check(g, id, "2 company");
    assert_int_equal(import_drop(rig_begin(g), id), OK);
    assert_int_equal(rig_commit(g), OK);
    assert_int_equal(import_find(rig_look(g), id, &d), RC_MISSING);
    rig_end(g);
}

static void
pages_through_what_a_person_asked_for(void **state)
{
    struct rig *g = *state;
    struct import_id id = upload(g, fixture("mit-fehlern.csv"));
    const struct import_view second = {IMPORT_FAULT, 2, 3, false};
    struct import_draft draft;
    struct import_result r;

    assert_int_equal(import_find(rig_look(g), id, &draft), OK);
    assert_int_equal(import_check(g->r, &draft, &second, &r), OK);
    assert_int_equal(r.n_lines, 3);
    assert_int_equal(r.lines[0].line, 5);
    assert_int_equal(r.lines[2].line, 7);
    assert_int_equal(r.counts.verdict[IMPORT_FAULT], 7);
    assert_int_equal(r.counts.rows, 8);
    rig_end(g);
}

/* The bound of the file, in the bounds of one request: 64 MiB of memory. */
/* What only the whole row can say; the columns of split cells have no limit of their own. */
static void
judges_what_was_split(void **state)
{
    static char text[2000];
    struct rig *g = *state;

    int n = snprintf(text, sizeof(text),
                     "Firma;Titel;Kontakt;PLZ Ort;Vorname;Abteilung;Drittland\n"
                     "Ohne Namen;;;24103 Kiel;;Einkauf;\n"       /* details of nobody */
                     "Ohne Nachnamen;;;24103 Kiel;Änne;;\n"      /* half a name */
                     "Vielleicht;;;24103 Kiel;;;womöglich\n"     /* neither yes nor no */
                     "Lang;%061d;Änne %0121d;24103 %0121d;;;\n", /* each longer than its field */
                     0, 0, 0);
    assert_true(n > 0 && (size_t)n < sizeof(text));
    struct import_id id = upload(g, (struct bytes){(const uint8_t *)text, (size_t)n});
    assert_check(g, id,
                 "2 FAULT :field.required, 3 FAULT :field.required, 4 FAULT Drittland:import.flag, "
                 "5 FAULT :field.too_long :field.too_long :field.too_long");
}

static void
takes_over_as_many_rows_as_it_says(void **state)
{
    struct rig *g = *state;
    struct arena *mem = arena_new(8 * 1024 * 1024);
    struct out o = out_new(mem, CSV_BYTES_MAX);
    struct import_draft d;

    out_str(&o, STR("Firma;Anrede;Vorname;Nachname;Straße;PLZ;Ort;E-Mail;Telefon;Notiz\n"));
    for (int i = 0; i < CSV_ROWS_MAX; i++) {
        out_fmt(&o,
                "Firma %d GmbH & Co. KG;Frau;Änne;Großmann-%d;Am Kai %d;%05d;Kiel;p%d@f.example;"
                "0431 %d;Eine Bemerkung von mittlerer Länge, wie sie so dasteht.\n",
                i / 3, i, i % 100, i / 3, i, i);
    }
    assert_true(out_ok(&o));
    struct import_id id = upload(g, (struct bytes){(const uint8_t *)o.p, o.n});
    int64_t begin = time_mono_us();
    assert_int_equal(apply(g, id, 1), OK);
    print_message("# %d rows: %lld ms\n", CSV_ROWS_MAX, (long long)(time_mono_us() - begin) / 1000);
    assert_int_equal(import_find(rig_look(g), id, &d), OK);
    assert_int_equal(d.counts.new_persons, CSV_ROWS_MAX);
    assert_int_equal(d.counts.new_companies, (CSV_ROWS_MAX + 2) / 3);
    rig_end(g);
    arena_free(mem);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        T(takes_over_an_excel_list),
        T(takes_over_utf8_with_commas),
        T(names_every_fault_and_writes_nothing),
        T(keeps_formulas_as_text),
        T(splits_names_and_places),
        T(tells_namesakes_apart_by_place),
        T(knows_companies_by_their_code),
        T(shows_what_differs_and_leaves_it),
        T(leaves_out_faulty_rows_on_demand),
        T(opens_with_the_faults),
        T(takes_over_what_programs_write),
        T(refuses_what_is_no_csv_file),
        T(is_written_once),
        T(expires_after_a_day),
        T(changes_its_columns),
        T(pages_through_what_a_person_asked_for),
        T(judges_what_was_split),
        T(takes_over_as_many_rows_as_it_says),
    };
    return cmocka_run_group_tests_name("contact_import", tests, NULL, NULL);
}
