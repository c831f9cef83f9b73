/* contact_test.c: companies, addresses and persons: what they keep, what they refuse, what is
 * found. */
#include "app/contact/contact_own.h"
#include "rig.h"

static struct company_id
add_company(struct rig *g, struct str name)
{
    struct company_form f;
    struct company_id id;

    company_form_init(&f);
    f.name = name;
    f.tags = STR("Größe, groesse , Nord");
    f.code = STR("LUE");
    assert_int_equal(company_add(rig_begin(g), &f, &id), OK);
    assert_int_equal(rig_commit(g), OK);
    return id;
}

static enum rc
try_address(struct rig *g, struct company_id company, const struct address_form *f,
            struct address_id *ret_id)
{
    enum rc rc = address_add(rig_begin(g), company, f, ret_id);

    if (rc == OK) {
        assert_int_equal(rig_commit(g), OK);
    } else {
        rig_undo(g);
    }
    return rc;
}

static struct address_id
add_address(struct rig *g, struct company_id company, struct str city)
{
    struct address_form f;
    struct address_id id;

    address_form_init(&f);
    f.name1 = STR("Reederei Lührs KG");
    f.city = city;
    assert_int_equal(try_address(g, company, &f, &id), OK);
    return id;
}

static void
keeps_every_field_of_a_company(void **state)
{
    struct rig *g = *state;
    struct company_id id = add_company(g, STR("Lührs"));
    struct company_form f, got;
    struct contact_stamp stamp;

    assert_int_equal(company_form_find(rig_look(g), id, &f, &stamp), OK);
    rig_end(g);
    assert_int_equal(f.version, 1);
    f = (struct company_form){
        .name = STR("Reederei Lührs 'n <b> 😀"),
        .code = STR("L"),
        .status = COMPANY_INACTIVE,
        .tags = STR("a,b"),
        .comments = STR("eins\nzwei"),
        .rate_discount = {500},
        .rate = {9250},
        .price_group = STR("B"),
        .payment_days = 14,
        .cash_discount = {200},
        .cash_discount_days = 7,
        .version = 1,
    };
    g->now.us += 1000000;
    assert_int_equal(company_change(rig_begin(g), id, &f), OK);
    assert_int_equal(rig_commit(g), OK);
    assert_int_equal(company_form_find(rig_look(g), id, &got, &stamp), OK);
    for (size_t i = 0; i < company_form_def.n; i++) {
        if (strcmp(company_form_def.fields[i].name, "version") != 0 &&
            !field_same(&company_form_def.fields[i], &f, &got)) {
            print_message("# %s differs\n", company_form_def.fields[i].name);
            assert_true(false);
        }
    }
    assert_int_equal(got.version, 2);
    assert_int_equal(stamp.changed_at.us - stamp.created_at.us, 1000000);
    rig_end(g);
}

/* A value of its kind that is not the one a form begins with. */
static void
set_other(struct arena *mem, const struct field *f, size_t i, void *form)
{
    char *at = (char *)form + f->off;

    switch (f->kind) {
    case FIELD_TEXT:
        *(struct str *)(void *)at = arena_fmt(mem, "t%zu", i);
        break;
    case FIELD_FLAG:
        *(bool *)(void *)at = !*(bool *)(void *)at;
        break;
    case FIELD_INT:
        *(int64_t *)(void *)at = (int64_t)(i % 5) + 1;
        break;
    case FIELD_DAY:
        *(struct day *)(void *)at = (struct day){(int32_t)i};
        break;
    case FIELD_MONEY:
    case FIELD_PERCENT:
    case FIELD_MINUTES:
    case FIELD_CLOCK:
    case FIELD_ID:
    case FIELD_LIST:
        break;
    }
}

static void
assert_same(const struct form_def *def, const void *a, const void *b)
{
    for (size_t i = 0; i < def->n; i++) {
        if (!field_same(&def->fields[i], a, b)) {
            print_message("# %s differs\n", def->fields[i].name);
            assert_true(false);
        }
    }
}

static void
keeps_every_field_of_an_address(void **state)
{
    struct rig *g = *state;
    struct company_id company = add_company(g, STR("A")), whose;
    struct address_id id = add_address(g, company, STR("Kiel"));
    struct arena *mem = arena_new(1024 * 1024);
    struct contact_stamp stamp;
    struct address_form f, got;

    address_form_init(&f);
    for (size_t i = 0; i < address_form_def.n; i++) {
        set_other(mem, &address_form_def.fields[i], i, &f);
    }
    f.company_email = STR("a@b.example");
    f.invoice_email = STR("r@b.example");
    f.iban = STR("DE02 1203 0000 0000 2020 51");
    f.version = 1;
    assert_int_equal(address_change(rig_begin(g), id, &f), OK);
    assert_int_equal(rig_commit(g), OK);
    assert_int_equal(address_form_find(rig_look(g), id, &got, &whose, &stamp), OK);
    f.version = 2;
    assert_same(&address_form_def, &f, &got);
    assert_int_equal(whose.n, company.n);
    rig_end(g);
    arena_free(mem);
}

static void
keeps_every_field_of_a_person(void **state)
{
    struct rig *g = *state;
    struct company_id company = add_company(g, STR("A")), whose;
    struct address_id address = add_address(g, company, STR("Kiel"));
    struct arena *mem = arena_new(1024 * 1024);
    struct contact_stamp stamp;
    struct person_form f, got;
    struct person_id id;

    person_form_init(&f);
    f.last_name = STR("Harms");
    f.address_id = address;
    assert_int_equal(person_add(rig_begin(g), company, &f, &id), OK);
    assert_int_equal(rig_commit(g), OK);
    for (size_t i = 0; i < person_form_def.n; i++) {
        set_other(mem, &person_form_def.fields[i], i, &f);
    }
    f.email = STR("a@b.example");
    f.email2 = STR("b@b.example");
    f.version = 1;
    assert_int_equal(person_change(rig_begin(g), id, &f), OK);
    assert_int_equal(rig_commit(g), OK);
    assert_int_equal(person_form_find(rig_look(g), id, &got, &whose, &stamp), OK);
    f.version = 2;
    assert_same(&person_form_def, &f, &got);
    rig_end(g);
    arena_free(mem);
}

static void
tells_a_stale_form(void **state)
{
    struct rig *g = *state;
    struct company_id id = add_company(g, STR("A"));
    struct contact_stamp stamp;
    struct company_form f;

    assert_int_equal(company_form_find(rig_look(g), id, &f, &stamp), OK);
    rig_end(g);
    f.name = STR("B");
    f.tags = f.comments = f.code = f.price_group = STR("");
    assert_int_equal(company_change(rig_begin(g), id, &f), OK);
    assert_int_equal(rig_commit(g), OK);
    f.name = STR("C");
    assert_int_equal(company_change(rig_begin(g), id, &f), RC_CONFLICT);
    assert_int_equal(g->err.code, E_STALE);
    rig_undo(g);
    struct company c;
    assert_int_equal(company_find(rig_look(g), id, &c), OK);
    assert_true(str_eq(c.name, STR("B")));
    rig_end(g);
}

static void
says_missing(void **state)
{
    struct rig *g = *state;
    struct principal nobody = {0};
    struct company_form f;

    company_form_init(&f);
    f.name = STR("A");
    assert_int_equal(company_change(rig_begin(g), (struct company_id){99}, &f), RC_MISSING);
    rig_undo(g);
    struct rtx *tx = rig_look(g);
    assert_int_equal(company_scope(tx, &nobody, 99, false), RC_MISSING);
    assert_int_equal(address_scope(tx, &nobody, 99, false), RC_MISSING);
    assert_int_equal(person_scope(tx, &nobody, 99, false), RC_MISSING);
    assert_int_equal(import_scope(tx, &nobody, 99, false), RC_MISSING);
    rig_end(g);
}

static int64_t
ledger_of(struct rig *g, struct address_id id)
{
    struct contact_stamp stamp;
    struct company_id company;
    struct address_form f;

    assert_int_equal(address_form_find(rig_look(g), id, &f, &company, &stamp), OK);
    rig_end(g);
    return f.ledger_no;
}

static void
gives_out_account_numbers(void **state)
{
    struct rig *g = *state;
    struct company_id c = add_company(g, STR("A"));
    struct address_form f;
    struct address_id id;

    assert_int_equal(ledger_of(g, add_address(g, c, STR("Kiel"))), 10001);
    assert_int_equal(ledger_of(g, add_address(g, c, STR("Bonn"))), 10002);
    address_form_init(&f);
    f.name1 = f.city = STR("x");
    f.ledger_no = 70000; /* a creditor, given by hand: not of the range that is given out */
    assert_int_equal(try_address(g, c, &f, &id), OK);
    assert_int_equal(ledger_of(g, add_address(g, c, STR("Ulm"))), 10003);
    f.ledger_no = LEDGER_LAST;
    assert_int_equal(try_address(g, c, &f, &id), OK);
    f.ledger_no = 0;
    assert_int_equal(try_address(g, c, &f, &id), RC_INVALID);
    assert_int_equal(g->err.code, E_CONTACT_LEDGER);
}

static void
wants_a_name_or_a_label(void **state)
{
    struct rig *g = *state;
    struct company_id c = add_company(g, STR("A"));
    struct address_form f;
    struct address_id id;

    address_form_init(&f);
    f.city = STR("Kiel");
    assert_int_equal(try_address(g, c, &f, &id), RC_INVALID);
    assert_int_equal(g->err.code, E_CONTACT_LABEL);
    assert_string_equal(g->err.field, "name1");
    f.address_name = STR("Lager");
    assert_int_equal(try_address(g, c, &f, &id), OK);
}

static void
keeps_persons_at_their_own_company(void **state)
{
    struct rig *g = *state;
    struct company_id a = add_company(g, STR("A")), b = add_company(g, STR("B"));
    struct address_id at_a = add_address(g, a, STR("Kiel")), at_b = add_address(g, b, STR("Ulm"));
    struct person_form f;
    struct person_id id;

    person_form_init(&f);
    f.last_name = STR("Harms");
    f.address_id = at_b;
    assert_int_equal(person_add(rig_begin(g), a, &f, &id), RC_INVALID);
    assert_int_equal(g->err.code, E_CONTACT_ADDRESS);
    rig_undo(g);
    f.address_id = (struct address_id){4711};
    assert_int_equal(person_add(rig_begin(g), a, &f, &id), RC_INVALID);
    rig_undo(g);
    f.address_id = at_a;
    assert_int_equal(person_add(rig_begin(g), a, &f, &id), OK);
    assert_int_equal(rig_commit(g), OK);
    f.address_id = at_b;
    f.version = 1;
    assert_int_equal(person_change(rig_begin(g), id, &f), RC_INVALID);
    assert_int_equal(g->err.code, E_CONTACT_ADDRESS);
    rig_undo(g);
}

static void
checks_ibans(void **state)
{
    static const struct {
        const char *iban;
        bool good;
    } cases[] = {
        {"DE02 1203 0000 0000 2020 51", true },
        {"DE02120300000000202051",      true },
        {"AT02 2050 3021 0102 3600",    true },
        {"CH0209000000100013997",       true },
        {"DE02120300000000202052",      false},
        {"DE0212030000000020205",       false},
        {"DE021203000000002020511",     false},
        {"1234567890123456789012",      false},
        {"DE02-1203-0000",              false},
        {"Sparkasse Kiel",              false},
    };
    struct field_fault faults[CONTACT_FAULTS_MAX];
    struct address_form f;

    (void)state;
    address_form_init(&f);
    f.name1 = f.city = STR("x");
    for (size_t i = 0; i < COUNT(cases); i++) {
        f.iban = str_of(cases[i].iban);
        assert_int_equal(address_check(&f, faults), cases[i].good ? 0 : 1);
    }
}

static void
checks_email_addresses(void **state)
{
    static const struct {
        const char *email;
        bool good;
    } cases[] = {
        {"",                            true },
        {"a@b.example",                 true },
        {"änne.groß@müller.example", true },
        {"a",                           false},
        {"@b.example",                  false},
        {"a@b",                         false},
        {"a@.example",                  false},
        {"a@b.example.",                false},
        {"a@b@c.example",               false},
        {"a b@c.example",               false},
        {"a@b.example, c@d.example",    false},
        {"a@b..example",                false},
        {"<a@b.example>",               false},
    };
    struct field_fault faults[CONTACT_FAULTS_MAX];
    struct person_form f;

    (void)state;
    person_form_init(&f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        f.email = str_of(cases[i].email);
        assert_int_equal(person_check(&f, faults), cases[i].good ? 0 : 1);
    }
    f.email = f.email2 = STR("x");
    assert_int_equal(person_check(&f, faults), 2); /* all at once */
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

static void
finds_by_parts_and_umlauts(void **state)
{
    struct rig *g = *state;
    struct company_id c = add_company(g, STR("Müller & Söhne 50% GmbH_x"));
    struct person_form f;
    struct person_id id;

    person_form_init(&f);
    f.address_id = add_address(g, c, STR("Köln"));
    f.first_name = STR("Änne");
    f.last_name = STR("Großmann");
    f.email = STR("ag@mueller.example");
    assert_int_equal(person_add(rig_begin(g), c, &f, &id), OK);
    assert_int_equal(rig_commit(g), OK);
    assert_int_equal(hits(g, "müller"), 2); /* the company, and the person's e-mail address */
    assert_int_equal(hits(g, "SÖHNE"), 1);
    assert_int_equal(hits(g, "soehne"), 1);
    assert_int_equal(hits(g, "koeln"), 1);
    assert_int_equal(hits(g, "grossmann"), 1);
    assert_int_equal(hits(g, "Änne Großmann"), 1);
    assert_int_equal(hits(g, "nord"), 1);
    /* several words, each anywhere: in the company, its towns, the person */
    assert_int_equal(hits(g, "großmann änne"), 1);
    assert_int_equal(hits(g, "köln müll"), 1);
    assert_int_equal(hits(g, "gross soehne"), 1); /* the person; her company has no "gross" */
    assert_int_equal(hits(g, "  ÄNNE   müller nord gmbh_x "), 1);
    assert_int_equal(hits(g, "änne berlin"), 0);
    assert_int_equal(hits(g, "müller söhne 50% gmbh_x nord"),
                     0); /* from the fourth on: as it stands */
    assert_int_equal(hits(g, "50%"), 1);
    assert_int_equal(hits(g, "5%0"), 0); /* no wildcard */
    assert_int_equal(hits(g, "gmbh_x"), 1);
    assert_int_equal(hits(g, "gmbh?x"), 0);
    assert_int_equal(hits(g, "s_hne"), 0);
    assert_int_equal(hits(g, "\\"), 0);
    assert_int_equal(hits(g, ""), 0);
    assert_int_equal(hits(g, "  "), 0);
}

static void
offers_choices_by_name(void **state)
{
    struct rig *g = *state;
    const struct option *v;
    struct company_form f;
    struct contact_stamp stamp;
    struct company_id last;
    size_t n;

    (void)add_company(g, STR("Zeta"));
    (void)add_company(g, STR("Öl AG"));
    last = add_company(g, STR("Alpha"));
    assert_int_equal(company_options(rig_look(g), (struct company_id){0}, &v, &n), OK);
    assert_int_equal(n, 3);
    assert_true(str_eq(v[0].label, STR("Alpha")) && str_eq(v[1].label, STR("Öl AG")) &&
                str_eq(v[2].label, STR("Zeta")));
    rig_end(g);
    struct wtx *tx = rig_begin(g);
    assert_int_equal(company_form_find(wtx_read(tx), last, &f, &stamp), OK);
    f.status = COMPANY_INACTIVE;
    assert_int_equal(company_change(tx, last, &f), OK);
    assert_int_equal(rig_commit(g), OK);
    assert_int_equal(company_options(rig_look(g), (struct company_id){0}, &v, &n), OK);
    assert_int_equal(n, 2);
    rig_end(g);
    assert_int_equal(company_options(rig_look(g), last, &v, &n), OK);
    assert_int_equal(n, 3); /* a stored value stays choosable */
    rig_end(g);
}

static void
bounds_what_folding_makes_longer(void **state)
{
    struct rig *g = *state;
    struct arena *mem = arena_new(1024 * 1024);
    struct out o = out_new(mem, 4096);
    struct company_id id;
    struct company c;

    for (int i = 0; i < 255; i++) {
        out_str(&o, STR("ﷺ")); /* NFKC makes 18 characters of it */
    }
    id = add_company(g, out_view(&o));
    assert_int_equal(company_find(rig_look(g), id, &c), OK);
    assert_int_equal(str_points(c.name), 255);
    rig_end(g);
    arena_free(mem);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        T(keeps_every_field_of_a_company),
        T(keeps_every_field_of_an_address),
        T(keeps_every_field_of_a_person),
        T(tells_a_stale_form),
        T(says_missing),
        T(gives_out_account_numbers),
        T(wants_a_name_or_a_label),
        T(keeps_persons_at_their_own_company),
        cmocka_unit_test(checks_ibans),
        cmocka_unit_test(checks_email_addresses),
        T(finds_by_parts_and_umlauts),
        T(offers_choices_by_name),
        T(bounds_what_folding_makes_longer),
    };
    return cmocka_run_group_tests_name("contact", tests, NULL, NULL);
}
