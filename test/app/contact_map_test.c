/* contact_map_test.c: header names of common exports find their fields. */
#include <stdio.h>

#include "app/contact/import_map.h"

enum { CEILING = 4 * 1024 * 1024 };

static int
begin(void **state)
{
    *state = arena_new(CEILING);
    return 0;
}

static int
end(void **state)
{
    arena_free(*state);
    return 0;
}

/* Headers separated by ';', wanted keys by ','. */
static void
assert_guess(struct arena *mem, const char *headers, const char *want)
{
    struct str rest = str_of(headers), header[CSV_COLUMNS_MAX];
    struct import_map map, again;
    struct str printed;
    char got[2000];
    size_t n = 0;

    while (str_cut(&rest, ';', &header[n])) {
        n++;
    }
    import_guess(mem, header, n, &map);
    printed = import_map_print(mem, &map);
    (void)snprintf(got, sizeof(got), "%.*s", STR_FMT(printed));
    assert_string_equal(got, want);
    assert_int_equal(import_map_parse(printed, n, &again), OK);
    assert_memory_equal(map.target, again.target, n * sizeof(map.target[0]));
}

static void
knows_lists_made_by_hand(void **state)
{
    assert_guess(
        *state, "Firma;Anrede;Vorname;Nachname;Straße;Hausnummer;PLZ;Ort;Land;E-Mail;Telefon;Mobil",
        "company.name,person.title,person.first_name,person.last_name,address.street,"
        "address.street_no,address.postal_code,address.city,address.country,person.email,"
        "person.phone,person.mobile");
    assert_guess(
        *state, "FIRMENNAME; Strasse ;Plz/Ort;USt-IdNr.;Position;Abteilung;Ansprechpartner",
        "company.name,address.street,place,address.tax_no,person.position,person.department,"
        "full_name");
    assert_guess(*state, "Kunde;E-Mail-Adresse;Tel.;Notiz;Spalte 5;",
                 "company.name,address.company_email,address.company_phone,company.comments,,");
}

static void
knows_columns_by_their_neighbours(void **state)
{
    assert_guess(*state, "Nr.;Firma;Straße;Nr.;PLZ;Ort",
                 ",company.name,address.street,"
                 "address.street_no,address.postal_code,address.city");
    assert_guess(*state, "Firma;Nachname;Merkmal 3: Weihnachtskarte;Merkmal 11;Mark 10;Merkmale",
                 "company.name,person.last_name,person.filter_3,,person.filter_10,");
    assert_guess(*state, "Firma;Notizen", "company.name,company.comments");
    assert_guess(*state, "Firma;Nachname;Notizen", "company.name,person.last_name,person.comments");
}

static void
knows_what_name_means(void **state)
{
    assert_guess(*state, "Firma;Vorname;Name;Ort",
                 "company.name,person.first_name,person.last_name,address.city");
    assert_guess(*state, "Name;Ort;Telefon", "company.name,address.city,address.company_phone");
    assert_guess(*state, "Name;Firma;E-Mail", "full_name,company.name,person.email");
    assert_guess(*state, "Firma;Nachname;Name", "company.name,person.last_name,");
}

static void
knows_outlook_and_google(void **state)
{
    assert_guess(*state,
                 "Anrede;Vorname;Weitere Vornamen;Nachname;Firma;Abteilung;Position;"
                 "Straße geschäftlich;Ort geschäftlich;Postleitzahl geschäftlich;"
                 "Land/Region geschäftlich;Fax geschäftlich;Telefon geschäftlich;Mobiltelefon;"
                 "Telefon privat;E-Mail-Adresse;E-Mail-Adresse 2;Geburtstag;Webseite",
                 "person.title,person.first_name,,person.last_name,company.name,person.department,"
                 "person.position,address.street,address.city,address.postal_code,address.country,"
                 "person.fax,person.phone,person.mobile,person.phone_private,person.email,"
                 "person.email2,person.birthday,person.website");
    assert_guess(*state,
                 "Title;First Name;Last Name;Company;Job Title;Business Street;Business City;"
                 "Business Postal Code;Business Country/Region;Business Phone;Mobile Phone;"
                 "E-mail Address",
                 "person.title,person.first_name,person.last_name,company.name,person.position,"
                 "address.street,address.city,address.postal_code,address.country,person.phone,"
                 "person.mobile,person.email");
    assert_guess(*state,
                 "Given Name;Family Name;Organization 1 - Name;E-mail 1 - Value;Phone 1 - Value",
                 "person.first_name,person.last_name,company.name,person.email,person.phone");
}

/* Outlook has a column "Ort" that is where a meeting is, and empty days, streets, accounts. */
static void
is_not_misled_by_outlook(void **state)
{
    assert_guess(*state, "Firma;Nachname;Ort geschäftlich;Ort privat;Konto;Ort;Privat;Priorität",
                 "company.name,person.last_name,address.city,person.city_private,,,,");
    assert_guess(*state, "Company;Last Name;Business City;Home City;Account;Location;Private",
                 "company.name,person.last_name,address.city,person.city_private,,,");
}

static void
takes_no_field_twice(void **state)
{
    assert_guess(*state, "Firma;Firma;Unternehmen", "company.name,,");
    /* the better name wins, wherever it stands */
    assert_guess(*state, "Kundennummer;Kürzel;Firma", ",company.code,company.name");
    assert_guess(*state, "Kundennummer;Firma", "company.code,company.name");
}

static void
has_no_header_name_in_two_fields(void **state)
{
    for (size_t i = 0; i < n_import_targets; i++) {
        struct str rest = str_of(import_targets[i].aliases), alias;

        while (str_cut(&rest, '|', &alias)) {
            struct str key = header_key(*state, alias);
            struct import_map map;

            assert_true(str_eq(key, alias)); /* as header_key() gives it, or it is never found */
            import_guess(*state, &alias, 1, &map);
            if (map.target[0] != (int16_t)i) {
                /* without a person e-mail, phone and notes are the company's */
                assert_true(strcmp(import_targets[i].key, "person.email") == 0 ||
                            strcmp(import_targets[i].key, "person.phone") == 0 ||
                            strcmp(import_targets[i].key, "person.comments") == 0);
            }
        }
    }
}

/* What our own pages and the template call a field is understood when it comes back. */
static void
knows_its_own_labels(void **state)
{
    static const enum lang langs[] = {LANG_DE, LANG_EN};

    for (size_t i = 0; i < n_import_targets; i++) {
        for (size_t k = 0; k < 2; k++) {
            struct str label = text_get(import_targets[i].label, langs[k]);
            struct str rest = str_of(import_targets[i].aliases), alias;
            struct str key = header_key(*state, label);
            bool found = import_targets[i].special != SPECIAL_NONE;

            while (!found && str_cut(&rest, '|', &alias)) {
                found = str_eq(alias, key);
            }
            if (!found) {
                print_message("# %s: %.*s\n", import_targets[i].key, STR_FMT(label));
                assert_true(false);
            }
        }
    }
}

static void
refuses_maps_that_cannot_be(void **state)
{
    struct import_map map;
    size_t column = 99;

    (void)state;
    assert_int_equal(import_map_parse(STR("company.name,,"), 3, &map), OK);
    assert_int_equal(import_map_parse(STR("company.name,"), 3, &map), RC_INVALID);
    assert_int_equal(import_map_parse(STR("company.name,,,"), 3, &map), RC_INVALID);
    assert_int_equal(import_map_parse(STR("company.nome,,"), 3, &map), RC_INVALID);
    assert_int_equal(import_map_parse(STR("address.city,person.email"), 2, &map), OK);
    assert_int_equal(import_map_check(&map, &column), E_IMPORT_NO_NAME);
    assert_int_equal(import_map_parse(STR("person.last_name,,person.last_name"), 3, &map), OK);
    assert_int_equal(import_map_check(&map, &column), E_IMPORT_TWICE);
    assert_int_equal(column, 2);
    assert_int_equal(import_map_parse(STR("full_name,place"), 2, &map), OK);
    assert_int_equal(import_map_check(&map, &column), E_NONE);
}

static void
reads_header_names_by_their_letters(void **state)
{
    assert_true(str_eq(header_key(*state, STR(" E-Mail_Adresse: ")), STR("emailadresse")));
    assert_true(str_eq(header_key(*state, STR("Straße/Hausnr.")), STR("strassehausnr")));
    assert_true(str_eq(header_key(*state, STR("GESCHÄFTLICH")), STR("geschaeftlich")));
    assert_int_equal(header_key(*state, STR("电话")).n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(knows_lists_made_by_hand, begin, end),
        cmocka_unit_test_setup_teardown(knows_columns_by_their_neighbours, begin, end),
        cmocka_unit_test_setup_teardown(knows_what_name_means, begin, end),
        cmocka_unit_test_setup_teardown(knows_outlook_and_google, begin, end),
        cmocka_unit_test_setup_teardown(is_not_misled_by_outlook, begin, end),
        cmocka_unit_test_setup_teardown(takes_no_field_twice, begin, end),
        cmocka_unit_test_setup_teardown(has_no_header_name_in_two_fields, begin, end),
        cmocka_unit_test_setup_teardown(knows_its_own_labels, begin, end),
        cmocka_unit_test_setup_teardown(refuses_maps_that_cannot_be, begin, end),
        cmocka_unit_test_setup_teardown(reads_header_names_by_their_letters, begin, end),
    };
    return cmocka_run_group_tests_name("contact_map", tests, NULL, NULL);
}
