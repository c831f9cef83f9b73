/* import_map.c: see import_map.h. The names are those of exports by Outlook, Google, Lexware,
 * lexoffice, sevDesk, MOCO, Excel lists made by hand, and of our own template. */
#include "app/contact/import_map.h"

#include "base/out.h"
#include "base/text.h"

enum { MAP_BYTES_MAX = CSV_COLUMNS_MAX * 40 };

/* clang-format off */
#define COMPANY(member, names)                                                                     \
    {"company." #member, LEVEL_COMPANY, SPECIAL_NONE, #member, T_contact_company_##member, names}
#define ADDRESS(member, names)                                                                     \
    {"address." #member, LEVEL_ADDRESS, SPECIAL_NONE, #member, T_contact_address_##member, names}
#define PERSON(member, names)                                                                      \
    {"person." #member, LEVEL_PERSON, SPECIAL_NONE, #member, T_contact_person_##member, names}
#define SPECIAL(level_, what, key_, names)                                                         \
    {#key_, LEVEL_##level_, SPECIAL_##what, NULL, T_import_special_##key_, names}

const struct import_target import_targets[] = {
    COMPANY(name, "firma|firmenname|firmaname|firmagruppe|unternehmen|unternehmensname|organisation|organisationsname"
        "|kunde|kundenname|company|companyname|organization|organizationname|organization1name|customer"
        "|customername|account|accountname|client|lieferant|lieferantenname|geschaeftspartner"),
    COMPANY(code, "kurzzeichen|kuerzel|firmenkuerzel|kundenkuerzel|companycode|shortcode|kurzname|matchcode"
        "|suchbegriff|code|kundennummer|kundennr|kdnr|kundenid|customernumber|customerno|customerid"),
    COMPANY(status, "art|firmenstatus|companystatus|status|kontaktart|kontakttyp|typ|type|kind"),
    {"company.tags", LEVEL_COMPANY, SPECIAL_NONE, "tags", T_contact_tags,
        "schlagwoerter|schlagworte|schlagwort|tags|companytags|tag|labels|gruppe|gruppen|kategorie|kategorien"
        "|categories|category|groupmembership|branche"},
    {"company.comments", LEVEL_COMPANY, SPECIAL_NONE, "comments", T_import_company_comments,
        "bemerkungfirma|bemerkungen|bemerkung|notiz|note|kommentar|kommentare|comments|comment"
        "|anmerkung|anmerkungen|beschreibung|description|bemerkungenzurfirma|commentsonthecompany"},
    COMPANY(rate, "stundensatz|eigenerstundensatz|hourlyrate|customercostrate|ownhourlyrate"),
    COMPANY(rate_discount, "nachlass|nachlassaufdenstundensatz|rabatt|hourlyratediscount|discount"
        "|discountonthehourlyrate"),
    COMPANY(price_group, "preisgruppe|pricegroup|customerpricegroup"),
    COMPANY(payment_days, "zahlungsziel|zahlungszieltage|zahlungszielintagen|zahlungsfrist|paymentterm"
        "|paymenttermdays|paymenttarget|customerpaymenttarget"),
    COMPANY(cash_discount, "skonto|skontosatz|skontoprozent|cashdiscount|customercashdiscountrate"),
    COMPANY(cash_discount_days, "skontofrist|skontotage|cashdiscountdays|customercashdiscountpaymenttarget"
        "|cashdiscountterm"),
    {"address.name1", LEVEL_ADDRESS, SPECIAL_NONE, "name1", T_import_address_name1,
        "name1|firmenname1|adressname1|namenszeile1"},
    ADDRESS(name2, "name2|namenszusatz|firmenzusatz|namezusatz|zusatz|adresszusatz|namenszeile2"
        "|adresszeile2|address2|addressline2|namesecondline"),
    ADDRESS(name3, "name3|namenszusatz2|namenszeile3|adresszusatz2|namethirdline"),
    ADDRESS(address_name, "internebezeichnung|adressbezeichnung|addressname|adressname|bezeichnung|internallabel"),
    ADDRESS(street, "strassegeschaeftlich|businessstreet|strasse|str|strassehausnummer|strasseundhausnummer|strasseunr|strasseundnr|strassenr"
        "|strassehausnr|geschaeftlichstrasse|street|streetaddress"
        "|anschrift|adresse|adresszeile1|address|address1|addressline1|address1street|rechnungsstrasse"),
    ADDRESS(street_no, "hausnummer|hausnr|hnr|streetno|streetnumber|housenumber|houseno"),
    ADDRESS(postal_code, "plzgeschaeftlich|postleitzahlgeschaeftlich|businesspostalcode|plz|postleitzahl|zip"
        "|zipcode|postcode|postalcode|address1postalcode|zippostalcode"),
    ADDRESS(city, "ortgeschaeftlich|businesscity|ort|stadt|wohnort|city|town|address1city|citytown"),
    SPECIAL(ADDRESS, PLACE, place, "plzort|plzundort|postleitzahlort|postleitzahlundort|zipcity|plzstadt"),
    ADDRESS(country, "land|landregion|landregiongeschaeftlich|landgeschaeftlich|staat|businesscountryregion"
        "|countryregion|country|address1country|laendercode|laenderkennzeichen"),
    ADDRESS(company_email, "emailderfirma|emailfirma|firmenemail|companyemail|emailzentrale|emailallgemein"),
    ADDRESS(company_phone, "telefonderfirma|telefonfirma|firmentelefon|telefonzentrale|zentrale"
        "|companymainphone|companyphone|companytelephone"),
    ADDRESS(tax_no, "ustidnr|ustid|ustidnummer|umsatzsteueridentifikationsnummer|umsatzsteuerid|vatid|vatno"
        "|vatnumber|vatregno|taxid|uid|uidnummer"),
    ADDRESS(duns_no, "dunsnummer|duns|dunsno|dunsnumber"),
    ADDRESS(gln_no, "gln|glnnummer|glnno"),
    ADDRESS(supplier_no, "unserenummerdort|unserekundennummer|eigenekundennummer|lieferantennummer"
        "|lieferantennr|supplierno|suppliernumber|ournumberthere"),
    ADDRESS(ledger_no, "debitorenkonto|debitorennummer|debitorennr|debitornr|debitor|kreditorennummer"
        "|kreditorennr|kreditor|fibukonto|fibuaccountno|ledgeraccount|debtoraccount"),
    ADDRESS(invoice_email, "emailfuerrechnungen|rechnungsemail|rechnungsmail|emailrechnung|emailrechnungen"
        "|rechnungemail|invoiceemail|billingemail|emailforinvoices"),
    ADDRESS(mandate_reference, "sepamandatsreferenz|mandatsreferenz|mandatereference|mandatsnummer"
        "|sepamandatereference"),
    ADDRESS(mandate_day, "mandatvom|mandatsdatum|mandatdatum|mandatedate|mandateof"),
    ADDRESS(iban, "iban"),
    ADDRESS(bic, "bic|swift|bicswift|swiftbic"),
    ADDRESS(bank_name, "bank|bankname|kreditinstitut|geldinstitut"),
    ADDRESS(account_owner, "kontoinhaber|accountowner|accountholder"),
    {"address.tags", LEVEL_ADDRESS, SPECIAL_NONE, "tags", T_import_address_tags,
        "schlagwoerterzuradresse|addresstags|tagsoftheaddress"},
    ADDRESS(no_invoice_email, "keinerechnungenpermail|keinerechnungenperemail|noinvoicesbymail|noinvoicesbyemail"),
    ADDRESS(reverse_charge, "steuerschuldbeimempfaengereu|reversechargeeu|reversecharge|invreversecharge"),
    ADDRESS(third_country, "drittlandausserhalbdereu|thirdcountryoutsidetheeu|drittland|thirdcountry"),
    {"address.active", LEVEL_ADDRESS, SPECIAL_NONE, "active", T_import_address_active,
        "adresseaktiv|addressactive"},
    {"address.comments", LEVEL_ADDRESS, SPECIAL_NONE, "comments", T_import_address_comments,
        "bemerkungadresse|bemerkungenzuradresse|adressnotiz|commentsontheaddress"},
    PERSON(title, "anrede|salutation|prefix|nameprefix|briefanrede|title"),
    SPECIAL(PERSON, DEGREE, degree, "titel|akademischertitel|akadtitel|academictitle|academicdegree"),
    PERSON(first_name, "vorname|vornamen|rufname|firstname|givenname"),
    PERSON(last_name, "nachname|familienname|zuname|lastname|surname|familyname"),
    SPECIAL(PERSON, FULL_NAME, full_name, "ansprechpartner|ansprechpartnerin|ansprechperson|kontaktperson"
        "|kontakt|vollstaendigername|vornamenachname|nachnamevorname|anzeigename|fullname|displayname"
        "|contactperson|contactname|contact"),
    PERSON(position, "position|funktion|rolle|berufsbezeichnung|beruf|jobtitle|organizationtitle"
        "|organization1title|role"),
    PERSON(department, "abteilung|department|organizationdepartment|organization1department"),
    PERSON(email, "email|emailadresse|mail|emailgeschaeftlich|email1|emailaddress|email1value|emailadresse1"
        "|mailadresse|epost"),
    PERSON(email2, "weitereemail|email2|emailadresse2|zweiteemail|email2value|email2address|emailprivat|secondemail"),
    PERSON(phone, "telefon|telefonnummer|tel|telefongeschaeftlich|businessphone|telefon1|telefonnr|festnetz"
        "|durchwahl|rufnummer|phone|phonenumber|telephone|phone1value|telgeschaeftlich"),
    PERSON(fax, "fax|telefax|faxnummer|faxgeschaeftlich|businessfax"),
    PERSON(mobile, "mobiltelefon|mobil|mobilnummer|mobilfunk|handy|handynummer|mobile|mobilephone|cellphone"
        "|cell"),
    PERSON(phone_private, "telefonprivat|privattelefon|telprivat|homephone|privatephone"),
    PERSON(mobile_private, "mobiltelefonprivat|mobilprivat|handyprivat|privatemobilephone"),
    PERSON(street_private, "strasseprivat|privatstrasse|homestreet|privatestreet"),
    PERSON(street_no_private, "hausnummerprivat|privatehousenumber"),
    PERSON(postal_code_private, "postleitzahlprivat|plzprivat|homepostalcode|privatepostalcode"),
    PERSON(city_private, "ortprivat|homecity|privatetown"),
    PERSON(country_private, "landprivat|landregionprivat|homecountryregion|privatecountry"),
    PERSON(messenger, "messenger|skype|imaddress"),
    PERSON(social_media, "sozialesnetzwerk|socialmedia|linkedin|xing|profil"),
    PERSON(website, "webseite|website|homepage|internet|internetseite|webpage|www|url|web|website1value"),
    PERSON(birthday, "geburtstag|geburtsdatum|birthday|dateofbirth"),
    PERSON(use_private_for_csv, "exportenehmendieprivateanschrift|exportstaketheprivateaddress|useprivateforcsv"),
    PERSON(filter_1, "merkmal1|filter1|contactfilter1|mark1"),
    PERSON(filter_2, "merkmal2|filter2|contactfilter2|mark2"),
    PERSON(filter_3, "merkmal3|filter3|contactfilter3|mark3"),
    PERSON(filter_4, "merkmal4|filter4|contactfilter4|mark4"),
    PERSON(filter_5, "merkmal5|filter5|contactfilter5|mark5"),
    PERSON(filter_6, "merkmal6|filter6|contactfilter6|mark6"),
    PERSON(filter_7, "merkmal7|filter7|contactfilter7|mark7"),
    PERSON(filter_8, "merkmal8|filter8|contactfilter8|mark8"),
    PERSON(filter_9, "merkmal9|filter9|contactfilter9|mark9"),
    PERSON(filter_10, "merkmal10|filter10|contactfilter10|mark10"),
    {"person.active", LEVEL_PERSON, SPECIAL_NONE, "active", T_import_person_active,
        "personaktiv|personactive|contactactive"},
    {"person.comments", LEVEL_PERSON, SPECIAL_NONE, "comments", T_import_person_comments,
        "bemerkungperson|personenbemerkung|notizperson|bemerkungenzurperson|commentsontheperson|notizen|notes"},
};
/* clang-format on */
const size_t n_import_targets = sizeof(import_targets) / sizeof(import_targets[0]);
_Static_assert(sizeof(import_targets) / sizeof(import_targets[0]) <= IMPORT_TARGETS_MAX,
               "import_row has a mark for each");

struct str
header_key(struct arena *mem, struct str header)
{
    struct str folded = text_fold(mem, str_sub(header, 0, 200));
    char *p = arena_alloc(mem, folded.n);
    size_t n = 0;

    for (size_t i = 0; i < folded.n; i++) {
        if ((folded.p[i] >= 'a' && folded.p[i] <= 'z') ||
            (folded.p[i] >= '0' && folded.p[i] <= '9')) {
            p[n++] = folded.p[i];
        }
    }
    return (struct str){p, n};
}

/* Place of key in the target's list, 0 for the best; SIZE_MAX when it is not there. */
static size_t
alias_rank(const struct import_target *t, struct str key)
{
    struct str rest = str_of(t->aliases), alias;

    for (size_t rank = 0; str_cut(&rest, '|', &alias); rank++) {
        if (str_eq(alias, key)) {
            return rank;
        }
    }
    return SIZE_MAX;
}

static int16_t
target_of(enum import_level level, enum import_special special, const char *field)
{
    for (size_t i = 0; i < n_import_targets; i++) {
        const struct import_target *t = &import_targets[i];

        if (t->level == level && t->special == special &&
            (field == NULL || strcmp(t->field, field) == 0)) {
            return (int16_t)i;
        }
    }
    return IMPORT_SKIP;
}

int16_t
import_target_of(enum import_level level, const char *field)
{
    return target_of(level, SPECIAL_NONE, field);
}

static bool
has_target(const struct import_map *map, int16_t target)
{
    for (size_t i = 0; i < map->n; i++) {
        if (map->target[i] == target) {
            return true;
        }
    }
    return false;
}

static bool
has_field(const struct import_map *map, enum import_level level, const char *field)
{
    return import_column(map, level, field) != SIZE_MAX;
}

static int16_t
mark_target(int64_t no)
{
    static const char *const fields[] = {"filter_1", "filter_2", "filter_3", "filter_4",
                                         "filter_5", "filter_6", "filter_7", "filter_8",
                                         "filter_9", "filter_10"};

    return target_of(LEVEL_PERSON, SPECIAL_NONE, fields[no - 1]);
}

/* "Name" means what the other columns leave open: beside a first name the last name, without a
 * company the company, else the person. */
static int16_t
meaning_of_name(const struct import_map *map)
{
    if (has_field(map, LEVEL_PERSON, "first_name") && !has_field(map, LEVEL_PERSON, "last_name")) {
        return target_of(LEVEL_PERSON, SPECIAL_NONE, "last_name");
    }
    if (!has_field(map, LEVEL_COMPANY, "name")) {
        return target_of(LEVEL_COMPANY, SPECIAL_NONE, "name");
    }
    if (!has_field(map, LEVEL_PERSON, "last_name") &&
        import_column_special(map, SPECIAL_FULL_NAME) == SIZE_MAX) {
        return target_of(LEVEL_PERSON, SPECIAL_FULL_NAME, NULL);
    }
    return IMPORT_SKIP;
}

/* A file without persons: its e-mail, phone and notes are the company's. */
static void
give_to_company(struct import_map *map, const char *person_field, enum import_level level,
                const char *field)
{
    size_t column = import_column(map, LEVEL_PERSON, person_field);

    if (column != SIZE_MAX && !has_field(map, level, field)) {
        map->target[column] = target_of(level, SPECIAL_NONE, field);
    }
}

/* "Nr." right behind the street is the house number; anywhere else it may be anything. Our own
 * export writes "Merkmal 3: Weihnachtskarte". */
static void
guess_by_place(struct import_map *map, const struct str *keys)
{
    int16_t street = target_of(LEVEL_ADDRESS, SPECIAL_NONE, "street");
    int16_t street_no = target_of(LEVEL_ADDRESS, SPECIAL_NONE, "street_no");

    for (size_t i = 0; i < map->n; i++) {
        size_t digits = str_starts(keys[i], STR("merkmal")) ? 7 : 4;
        int64_t no = 0;

        if (map->target[i] != IMPORT_SKIP) {
            continue;
        }
        if (i > 0 && map->target[i - 1] == street && !has_target(map, street_no) &&
            (str_eq(keys[i], STR("nr")) || str_eq(keys[i], STR("no")))) {
            map->target[i] = street_no;
        } else if (str_starts(keys[i], STR("merkmal")) || str_starts(keys[i], STR("mark"))) {
            for (; digits < keys[i].n && keys[i].p[digits] >= '0' && keys[i].p[digits] <= '9' &&
                   no < 11;
                 digits++) {
                no = no * 10 + (keys[i].p[digits] - '0');
            }
            if (no >= 1 && no <= 10 && !has_target(map, mark_target(no))) {
                map->target[i] = mark_target(no);
            }
        }
    }
}

void
import_guess(struct arena *mem, const struct str *header, size_t n, struct import_map *ret_map)
{
    struct import_map map = {.n = n < CSV_COLUMNS_MAX ? n : CSV_COLUMNS_MAX};
    struct str keys[CSV_COLUMNS_MAX];

    for (size_t i = 0; i < map.n; i++) {
        keys[i] = header_key(mem, header[i]);
        map.target[i] = IMPORT_SKIP;
    }
    for (size_t t = 0; t < n_import_targets; t++) {
        size_t best = SIZE_MAX, column = 0;

        for (size_t i = 0; i < map.n; i++) {
            size_t rank =
                map.target[i] == IMPORT_SKIP ? alias_rank(&import_targets[t], keys[i]) : SIZE_MAX;

            if (rank < best) {
                best = rank;
                column = i;
            }
        }
        if (best != SIZE_MAX) {
            map.target[column] = (int16_t)t;
        }
    }
    guess_by_place(&map, keys);
    for (size_t i = 0; i < map.n; i++) {
        if (map.target[i] == IMPORT_SKIP && str_eq(keys[i], STR("name"))) {
            map.target[i] = meaning_of_name(&map);
        }
    }
    if (!has_field(&map, LEVEL_PERSON, "last_name") &&
        !has_field(&map, LEVEL_PERSON, "first_name") &&
        import_column_special(&map, SPECIAL_FULL_NAME) == SIZE_MAX) {
        give_to_company(&map, "email", LEVEL_ADDRESS, "company_email");
        give_to_company(&map, "phone", LEVEL_ADDRESS, "company_phone");
        give_to_company(&map, "comments", LEVEL_COMPANY, "comments");
    }
    *ret_map = map;
}

struct str
import_map_print(struct arena *mem, const struct import_map *map)
{
    struct out o = out_new(mem, MAP_BYTES_MAX);

    for (size_t i = 0; i < map->n; i++) {
        if (i > 0) {
            out_char(&o, ',');
        }
        if (map->target[i] != IMPORT_SKIP) {
            out_str(&o, str_of(import_targets[map->target[i]].key));
        }
    }
    return o.n > 0 ? out_view(&o) : STR("");
}

enum rc
import_target_find(struct str key, int16_t *ret_target)
{
    if (key.n == 0) {
        *ret_target = IMPORT_SKIP;
        return OK;
    }
    for (size_t i = 0; i < n_import_targets; i++) {
        if (str_eq(str_of(import_targets[i].key), key)) {
            *ret_target = (int16_t)i;
            return OK;
        }
    }
    return RC_INVALID;
}

enum rc
import_map_parse(struct str s, size_t n, struct import_map *ret_map)
{
    struct import_map map = {0};
    struct str rest = s, key;

    while (map.n < n && map.n < CSV_COLUMNS_MAX && str_cut(&rest, ',', &key)) {
        TRY(import_target_find(key, &map.target[map.n]));
        map.n++;
    }
    if (map.n != n || rest.p != NULL) {
        return RC_INVALID;
    }
    *ret_map = map;
    return OK;
}

size_t
import_column(const struct import_map *map, enum import_level level, const char *field)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct import_target *t =
            map->target[i] == IMPORT_SKIP ? NULL : &import_targets[map->target[i]];

        if (t != NULL && t->special == SPECIAL_NONE && t->level == level &&
            strcmp(t->field, field) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t
import_column_special(const struct import_map *map, enum import_special special)
{
    for (size_t i = 0; i < map->n; i++) {
        if (map->target[i] != IMPORT_SKIP && import_targets[map->target[i]].special == special) {
            return i;
        }
    }
    return SIZE_MAX;
}

enum code
import_map_check(const struct import_map *map, size_t *ret_column)
{
    struct import_map before = {0};

    for (; before.n < map->n; before.n++) {
        int16_t target = map->target[before.n];

        if (target != IMPORT_SKIP && has_target(&before, target)) {
            *ret_column = before.n;
            return E_IMPORT_TWICE;
        }
        before.target[before.n] = target;
    }
    if (!has_field(map, LEVEL_COMPANY, "name") && !has_field(map, LEVEL_ADDRESS, "name1") &&
        !has_field(map, LEVEL_PERSON, "last_name") &&
        import_column_special(map, SPECIAL_FULL_NAME) == SIZE_MAX) {
        *ret_column = 0;
        return E_IMPORT_NO_NAME;
    }
    return E_NONE;
}
