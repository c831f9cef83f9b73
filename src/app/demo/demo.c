/* demo.c: the command, and the pieces that both profiles are made of. The memory of the transaction
 * is taken back after each piece: 50,000 entries need the memory of one. */
#include "app/demo/demo.h"

#include <jansson.h>

#include "app/demo/fill.h"
#include "app/workspace/workspace.h"
#include "base/time.h"

#include "demo.sql.h"

enum { STREAM_SHAPE = 1, STREAM_CONTENT = 2 };

/* --- pieces ---------------------------------------------------------------------------------- */

/* A made-up account at a test bank's code, with the right check digits (ISO 13616: what is left of
 * the account, "DE00" behind it as 131400, is taken from 98). */
static struct str
some_iban(struct words *w)
{
    int64_t account = dice_between(&w->dice, 1, 999999999);
    int64_t rest = 12030000 % 97;

    rest = (rest * 100000 + account / 100000) % 97;
    rest = (rest * 100000 + account % 100000) % 97;
    rest = (rest * 1000000 + 131400) % 97;
    return arena_fmt(w->mem, "DE%02lld12030000%010lld", (long long)(98 - rest), (long long)account);
}

/* Every tenth is in another state of the EU, every twentieth outside it. */
static void
some_tax(struct fill *f, struct address_form *a)
{
    int32_t n = f->n_companies % 20;

    if (n == 12) {
        a->country = STR("Österreich"); /* lint: text, because it is a sample row */
        a->tax_no = STR("ATU99999999");
        a->reverse_charge = true;
    } else if (n == 17) {
        a->country = STR("Schweiz"); /* lint: text, because it is a sample row */
        a->third_country = true;
    } else {
        a->tax_no = n % 2 == 0 ? STR("DE999999999") : STR("");
        a->iban = n % 3 == 0 ? some_iban(&f->words) : STR("");
    }
}

static void
some_address(struct fill *f, struct str company, struct str domain, struct address_form *a)
{
    struct words *w = &f->words;

    address_form_init(a);
    a->name1 = company;
    a->street = words_street(w);
    a->street_no = arena_fmt(w->mem, "%d", dice_between(&w->dice, 1, 120));
    a->city = words_town(w, &a->postal_code);
    a->company_email = arena_fmt(w->mem, "info@%.*s", STR_FMT(domain));
    a->company_phone = words_phone(w);
    a->invoice_email = arena_fmt(w->mem, "rechnung@%.*s", STR_FMT(domain));
    some_tax(f, a);
}

/* Nobody has a namesake in the same company: an import would take them for one person. */
static struct str
other_last_name(struct words *w, struct str *used, size_t *n_used)
{
    struct str name = words_last_name(w);

    for (size_t i = 0; i < *n_used; i++) {
        if (str_eq(used[i], name)) {
            name = words_last_name(w);
            i = SIZE_MAX; /* from the first again */
        }
    }
    used[(*n_used)++] = name;
    return name;
}

static enum rc
some_person(struct fill *f, struct company_id company, struct address_id address, struct str domain,
            struct str last_name, struct person_id *ret_id)
{
    struct words *w = &f->words;
    struct person_form p;

    person_form_init(&p);
    p.address_id = address;
    p.first_name = words_first_name(w, &p.title);
    p.last_name = last_name;
    p.email = words_email(w, p.first_name, p.last_name, domain);
    p.phone = words_phone(w);
    p.mobile = dice_percent(&f->shape, 40) ? words_phone(w) : STR("");
    TRY(person_add(f->tx, company, &p, ret_id));
    f->counts.persons++;
    return OK;
}

/* Most are customers; every kind occurs. */
static int64_t
some_status(struct fill *f)
{
    int32_t n = f->n_companies;

    return n >= 10 && n < 10 + COMPANY_STATUS_COUNT ? n - 10
           : dice_percent(&f->shape, 85)            ? COMPANY_CUSTOMER
                                                    : COMPANY_SUPPLIER;
}

enum rc
fill_company(struct fill *f, struct str name)
{
    struct arena_mark mark = arena_mark(f->words.mem);
    struct words *w = &f->words;
    struct company_form c;
    struct address_form a;
    struct address_id address, second;
    struct company_id id;
    struct str domain, used[3];
    size_t n_used = 0;

    company_form_init(&c);
    c.name = name.p != NULL ? name : words_company(w);
    c.code = arena_fmt(w->mem, "K%03d", f->n_companies + 1);
    c.status = some_status(f);
    c.tags = words_tag(w);
    c.comments = dice_percent(&f->shape, 20) ? words_canary(w) : STR("");
    c.rate.minor =
        dice_percent(&f->shape, 25) ? 100LL * dice_between(&f->shape, 80, 140) : NONE_I64;
    if (f->n_companies == 2 ||
        f->n_companies == 3) { /* nothing at all, and as much as there may be */
        c.rate.minor = f->n_companies == 2 ? 0 : 100000000;
    }
    c.payment_days = dice_percent(&f->shape, 30) ? 14 : NONE_I64;
    TRY(company_add(f->tx, &c, &id));
    domain = words_domain(w, c.name);
    some_address(f, c.name, domain, &a);
    TRY(address_add(f->tx, id, &a, &address));
    f->counts.addresses++;
    if (dice_percent(&f->shape, 20)) {
        some_address(f, c.name, domain, &a);
        a.address_name = STR("Lager");
        TRY(address_add(f->tx, id, &a, &second));
        f->counts.addresses++;
    }
    for (int i = dice_between(&f->shape, 1, 3); i > 0; i--) {
        TRY(some_person(f, id, address, domain, other_last_name(w, used, &n_used),
                        &f->person[f->n_companies]));
    }
    f->company[f->n_companies++] = id;
    f->counts.companies++;
    arena_back(f->words.mem, mark);
    return OK;
}

enum rc
fill_project(struct fill *f, int32_t company, struct minutes planned)
{
    struct arena_mark mark = arena_mark(f->words.mem);
    struct words *w = &f->words;
    struct project_form p;

    project_form_init(&p, (struct day){f->today.n - dice_between(&f->shape, 90, 400)});
    p.name = words_project(w);
    p.company_id = f->company[company];
    p.person_id = f->person[company];
    p.planned_minutes = planned;
    p.responsible_user_id = f->people[dice_below(&f->shape, (uint32_t)f->n_people)];
    p.tags = words_tag(w);
    p.quick_info = dice_percent(&f->shape, 50) ? words_note(w, 4, 200) : STR("");
    p.info = dice_percent(&f->shape, 10) ? words_canary(w) : STR("");
    if (dice_percent(&f->shape, 60)) {
        p.end_day.n = f->today.n + dice_between(&f->shape, -20, 120);
    }
    TRY(project_add(f->tx, &p, &f->project[f->n_projects]));
    f->n_projects++;
    f->counts.projects++;
    arena_back(f->words.mem, mark);
    return OK;
}

struct minutes
fill_length(struct fill *f)
{
    int32_t quarters = dice_between(&f->shape, 1, 6) + dice_between(&f->shape, 0, 5);

    return (struct minutes){dice_percent(&f->shape, 8) ? dice_between(&f->shape, 1, 180)
                                                       : quarters * 15};
}

struct str
fill_note(struct fill *f)
{
    struct words *w = &f->words;

    if (dice_percent(&f->shape, 15)) {
        return STR("");
    }
    if (dice_percent(&f->shape, 1)) {
        return words_note(w, 1000, (size_t)dice_between(&f->shape, 2001, TIME_NOTE_MAX));
    }
    return words_note(w, dice_between(&f->shape, 3, 12), TIME_NOTE_MAX);
}

static size_t
place_of(const struct fill *f, struct user_id user)
{
    size_t i = 0;

    while (f->people[i].n != user.n) {
        i++;
    }
    return i;
}

static void
add_truth(struct fill *f, const struct time_form *form, struct minutes worked)
{
    struct civil now = day_civil(f->today), then = day_civil(form->day);
    int32_t step = f->raster.n > 1 ? f->raster.n : 1;
    int64_t billed = (worked.n + step - 1) / step * step;
    int32_t months = (now.year - then.year) * 12 + now.month - then.month;

    f->truth->project[form->project_id.n - 1] += billed;
    f->truth->billable[form->project_id.n - 1] += form->billable ? billed : 0;
    f->truth->person[place_of(f, form->user_id)] += billed;
    f->truth->month[months] += billed;
}

/* A day that is full already takes no more: the entry is left out in both twins alike. */
enum rc
fill_entry_form(struct fill *f, struct time_form *form, struct minutes worked)
{
    struct arena_mark mark = arena_mark(f->words.mem);
    struct time_entry_id id;
    struct err *err = wtx_err(f->tx);
    enum rc rc = time_add(f->tx, &f->boss, form, &id);

    if (rc == RC_CONFLICT && err->code == E_TIME_DAY_FULL) {
        *err = (struct err){0};
        rc = OK;
    } else if (rc == OK) {
        f->counts.entries++;
        add_truth(f, form, worked);
    }
    arena_back(f->words.mem, mark);
    return rc;
}

enum rc
fill_entry(struct fill *f, int32_t person, int32_t project, struct day day, struct minutes minutes)
{
    struct arena_mark mark = arena_mark(f->words.mem);
    struct time_form t = {
        .project_id = f->project[project],
        .category_id = f->category[dice_zipf(&f->shape, FILL_CATEGORIES - 1)],
        .day = day,
        .minutes = minutes,
        .from_clock = CLOCK_NONE,
        .to_clock = CLOCK_NONE,
        .note = fill_note(f),
        .billable = dice_percent(&f->shape, 85) != 0,
        .user_id = f->people[person],
    };

    TRY(fill_entry_form(f, &t, minutes));
    arena_back(f->words.mem, mark);
    return OK;
}

enum rc
fill_status(struct fill *f, int32_t project, enum project_status status)
{
    struct project_form p;
    struct project_status_form s = {.status = status, .back = true};

    TRY(project_form_of(wtx_read(f->tx), f->project[project], &p));
    s.version = p.version;
    return project_set_status(f->tx, f->project[project], &s);
}

/* --- what both profiles begin with ----------------------------------------------------------- */

static enum rc
find_people(struct fill *f)
{
    struct demo_people_row *rows;
    size_t n;

    TRY(demo_people(wtx_read(f->tx), &rows, &n));
    if (n == 0) {
        return fail(wtx_err(f->tx), RC_MISSING, E_DEMO_PEOPLE, "no people");
    }
    for (size_t i = 0; i < n; i++) {
        f->people[i] = rows[i].user_id;
    }
    f->n_people = (int32_t)n;
    f->boss = (struct principal){
        .user = f->people[0],
        .group = GROUP_ADMINISTRATOR,
        .rights = group_rights(GROUP_ADMINISTRATOR),
    };
    return OK;
}

/* The last one is closed: nobody may book on it any more. */
static enum rc
add_categories(struct fill *f)
{
    static const char *const names[EDITIONS][FILL_CATEGORIES] = {
        {"Konzeption", "Gestaltung", "Programmierung", "Text",     "Projektleitung", "Abstimmung",
         "Reisezeit",                                                                                          "Faxversand"},
        {"Beratung",   "Entwurf",    "Reinzeichnung",  "Lektorat", "Produktion",     "Besprechung", "Anfahrt",
         "Telexdienst"                                                                                                     },
    };

    for (int i = 0; i < FILL_CATEGORIES; i++) {
        struct category_form c = {
            .name = str_of(names[f->words.edition][i]),
            .group_name = STR(""),
            .sort_no = (i + 1LL) * 10,
            .active = i + 1 < FILL_CATEGORIES,
            .billable = i != 5 && i != 6,
            .rate = MONEY_NONE,
        };

        TRY(category_add(f->tx, &c, &f->category[i]));
    }
    return OK;
}

static enum rc
name_agency(struct fill *f, struct str name)
{
    struct settings s;
    struct agency_form a;
    bool first = f->words.edition == EDITION_FIRST;

    TRY(settings_get(wtx_read(f->tx), &s));
    agency_form_of(&s, &a);
    a.agency_name = name;
    a.street = first ? STR("Lindenkai 7") : STR("Am Rain 3");
    a.postal_code = first ? STR("20457") : STR("79098");
    a.city = first ? STR("Möwenort") : STR("Felsenau");
    a.agency_phone = first ? STR("040 000 70") : STR("0761 000 30");
    a.agency_email = arena_fmt(f->words.mem, "moin@%.*s", STR_FMT(words_domain(&f->words, name)));
    return settings_save_agency(f->tx, &a);
}

/* FNV-1a over all rows, in the order of kinds and ids. */
static enum rc
add_line(void *arg, const struct demo_lines_row *r)
{
    uint64_t *digest = arg;

    for (size_t i = 0; i < r->line_text.n; i++) {
        *digest = (*digest ^ (unsigned char)r->line_text.p[i]) * 1099511628211u;
    }
    *digest = (*digest ^ (uint64_t)r->line_count) * 1099511628211u;
    return OK;
}

enum rc
demo_fill(struct wtx *tx, const struct demo_order *order, struct demo_counts *ret_counts,
          struct demo_truth *ret_truth)
{
    uint64_t seed = (uint64_t)order->seed;
    enum edition edition = order->twin ? EDITION_TWIN : EDITION_FIRST;
    struct fill *f = ARENA_NEW(wtx_mem(tx), struct fill);
    struct demo_is_filled_row there;
    struct settings settings;

    TRY(demo_is_filled(wtx_read(tx), &there));
    if (there.company_count > 0) {
        return fail(wtx_err(tx), RC_CONFLICT, E_DEMO_FILLED, "%lld companies",
                    (long long)there.company_count);
    }
    f->tx = tx;
    f->shape = dice_new(seed, STREAM_SHAPE);
    f->words = (struct words){wtx_mem(tx), dice_new(seed, STREAM_CONTENT + edition), edition};
    f->today = instant_day(wtx_now(tx));
    f->truth = ret_truth != NULL ? ret_truth : ARENA_NEW(wtx_mem(tx), struct demo_truth);
    *f->truth = (struct demo_truth){.today = f->today};
    TRY(settings_get(wtx_read(tx), &settings));
    f->raster = settings.raster;
    TRY(find_people(f));
    memcpy(f->truth->people, f->people, sizeof(f->truth->people));
    TRY(name_agency(f, order->name));
    TRY(add_categories(f));
    TRY(order->profile == DEMO_S ? fill_small(f) : fill_large(f));
    f->counts.digest = 14695981039346656037u;
    TRY(demo_lines(wtx_read(tx), add_line, &f->counts.digest));
    *ret_counts = f->counts;
    return touch(tx, EVENT_DEMO_FILLED, (struct subject){"workspace", 1}, NULL, NULL, NULL);
}

/* --- the command ----------------------------------------------------------------------------- */

/* {"projects": {"1": 21645 …}, "billable": {…}, "people": {…}, "months": {"2026-11": …}}, in
 * minutes; what has none is left out. */
static void
put_truth(struct arena *mem, const struct demo_truth *t, struct json_t *out)
{
    struct json_t *projects = json_object(), *billable = json_object();
    struct json_t *people = json_object(), *months = json_object();
    struct civil now = day_civil(t->today);

    for (int i = 0; i < DEMO_PROJECTS_MAX; i++) {
        const char *id = arena_fmt(mem, "%d", i + 1).p;

        if (t->project[i] > 0) {
            (void)json_object_set_new(projects, id, json_integer(t->project[i]));
            (void)json_object_set_new(billable, id, json_integer(t->billable[i]));
        }
    }
    for (int i = 0; i < DEMO_PEOPLE_MAX && t->people[i].n != 0; i++) {
        (void)json_object_set_new(people, arena_fmt(mem, "%lld", (long long)t->people[i].n).p,
                                  json_integer(t->person[i]));
    }
    for (int i = 0; i < DEMO_MONTHS; i++) {
        int32_t month = now.year * 12 + now.month - 1 - i;

        if (t->month[i] > 0) {
            (void)json_object_set_new(months,
                                      arena_fmt(mem, "%04d-%02d", month / 12, month % 12 + 1).p,
                                      json_integer(t->month[i]));
        }
    }
    (void)json_object_set_new(out, "truth",
                              json_pack("{s:o, s:o, s:o, s:o}", "projects", projects, "billable",
                                        billable, "people", people, "months", months));
}

static enum rc
run_fill(struct wtx *tx, struct json_t *in, struct json_t *out)
{
    const char *profile = json_string_value(json_object_get(in, "profile"));
    const char *name = json_string_value(json_object_get(in, "name"));
    struct demo_order order = {
        .seed = json_integer_value(json_object_get(in, "seed")),
        .twin = json_integer_value(json_object_get(in, "part")) == 2,
        .name = str_of(name),
    };
    struct demo_truth *truth = ARENA_NEW(wtx_mem(tx), struct demo_truth);
    struct demo_counts n;

    if (profile == NULL || (strcmp(profile, "S") != 0 && strcmp(profile, "P") != 0)) {
        return fail_field(wtx_err(tx), "profile", RC_INVALID, E_FIELD_CHOICE, "");
    }
    if (name == NULL || !str_is_utf8(order.name) || order.name.n == 0 || order.name.n > 255) {
        return fail_field(wtx_err(tx), "name", RC_INVALID, E_FIELD_REQUIRED, "");
    }
    order.profile = strcmp(profile, "S") == 0 ? DEMO_S : DEMO_P;
    TRY(demo_fill(tx, &order, &n, truth));
    put_truth(wtx_mem(tx), truth, out);
    (void)json_object_set_new(out, "companies", json_integer(n.companies));
    (void)json_object_set_new(out, "addresses", json_integer(n.addresses));
    (void)json_object_set_new(out, "persons", json_integer(n.persons));
    (void)json_object_set_new(out, "projects", json_integer(n.projects));
    (void)json_object_set_new(out, "timeEntries", json_integer(n.entries));
    (void)json_object_set_new(out, "digest", json_sprintf("%016llx", (unsigned long long)n.digest));
    return OK;
}

static const struct command commands[] = {
    {"demo.fill", EVENT_DEMO_FILLED, run_fill},
};

const struct domain demo_domain = {
    .name = "demo", .commands = commands, .n_commands = COUNT(commands)};
