/* letter_test.c: mails about an account: to which addresses, in whose language, under which name,
 * and which wishes for a link become one. */
#include "app/user/user.h"
#include "base/time.h"
#include "guard/desk.h"
#include "guard/link.h"
#include "guard/mail.h"
#include "office.h"
#include "store/sql.h"

static struct office office;
static struct desk keys; /* its key process alone: links wait sealed */

/* --- shorthands ------------------------------------------------------------------------------ */
struct addresses {
    struct str email, second_email;
    int64_t lang;
    struct user_id id;
};
static const struct sql_slot address_slots[] = {
    {"email",        SQL_TEXT, false, offsetof(struct addresses, email)       },
    {"second_email", SQL_TEXT, false, offsetof(struct addresses, second_email)},
    {"lang",         SQL_I64,  false, offsetof(struct addresses, lang)        },
    {"id",           SQL_I64,  true,  offsetof(struct addresses, id)          },
};
static const struct sql_stmt address_update = {
    .name = "test_addresses",
    .owner = "user",
    .sqlite = "UPDATE \"user\" SET email = ?1, second_email = ?2, lang = ?3 WHERE id = ?4",
    .postgres = "",
    .in = address_slots,
    .n_in = COUNT(address_slots),
    .writes = true,
};

static const struct sql_stmt password_insert = {
    .name = "test_password",
    .owner = "guard",
    .sqlite = "INSERT OR REPLACE INTO credential (user_id, salt, hash_ops, hash_mem_kib, "
              "tag_sealed, generation, long_enough, must_change, changed_at, factor_fails) VALUES "
              "(?4, zeroblob(16), 2, 19456, zeroblob(64), 1, 1, 0, 0, 0)",
    .postgres = "",
    .in = address_slots,
    .n_in = COUNT(address_slots),
    .writes = true,
};
static const struct sql_stmt password_delete = {
    .name = "test_no_password",
    .owner = "guard",
    .sqlite = "DELETE FROM credential",
    .postgres = "",
    .writes = true,
};

static enum rc
do_set(struct wtx *tx, void *arg)
{
    wtx_allow_untouched(tx, "the test says where somebody is reached");
    TRY(sql_change(tx, &password_insert, arg));
    return sql_change(tx, &address_update, arg);
}

static enum rc
do_shut(struct wtx *tx, void *arg)
{
    (void)arg;
    wtx_allow_untouched(tx, "as a rescue leaves it");
    return sql_change(tx, &password_delete, &(struct addresses){0});
}

static void
reach(int64_t user, const char *email, const char *second, enum lang lang)
{
    struct addresses a = {str_of(email), str_of(second), lang, {user}};

    assert_int_equal(office_write(&office, 0, do_set, &a), OK);
}

static enum rc
do_wish(struct wtx *tx, void *arg)
{
    wtx_allow_untouched(tx, "somebody asks");
    return link_wish(tx, LINK_RESET, (struct user_id){*(int64_t *)arg});
}

static void
wish(int64_t user)
{
    assert_int_equal(office_write(&office, 0, do_wish, &user), OK);
}

static enum rc
do_write(struct wtx *tx, void *arg)
{
    return user_write_mails(tx, *(struct str *)arg);
}

/* What waits in the outbox afterwards. */
struct outbox {
    struct mail_view *v;
    size_t n;
    struct mail_due due;
    bool found;
};
static enum rc
do_look(struct rtx *tx, void *arg)
{
    struct outbox *o = arg;

    TRY(mail_list(tx, &o->v, &o->n));
    return mail_next(tx, &o->due, &o->found);
}

static struct outbox
written(const char *agency)
{
    struct str name = str_of(agency);
    struct outbox o = {0};

    assert_int_equal(office_write(&office, 0, do_write, &name), OK);
    assert_int_equal(office_read(&office, 0, do_look, &o), OK);
    return o;
}

static bool
goes_to(const struct outbox *o, const char *address)
{
    bool found = false;

    for (size_t i = 0; i < o->n; i++) {
        found |= str_eq(o->v[i].recipient, str_of(address));
    }
    return found;
}

static int
open_office(void **state)
{
    static const struct mail_setting setting = {
        .name = STR("Nordmole"), .origin = STR("https://nord.kontor.example"), .is_on = true};

    (void)state;
    office_open_empty(&office, "2026-11-24T08:15:00Z");
    user_set_mail(&setting);
    return desk_keys_start(&keys);
}

static int
close_office(void **state)
{
    (void)state;
    user_set_mail(&(struct mail_setting){0});
    office_close(&office);
    return desk_keys_end(&keys);
}

/* --- tests ----------------------------------------------------------------------------------- */
static void
goes_to_every_address_once(void **state)
{
    static const struct {
        const char *email, *second;
        size_t n;
    } people[] = {
        {"jette@linden.example", "",                     1},
        {"jette@linden.example", "jette@zweit.example",  2},
        {"jette@linden.example", "jette@linden.example", 1},
        {"",                     "jette@zweit.example",  1},
        {"no address",           "",                     0},
        {"",                     "",                     0},
    };

    for (size_t i = 0; i < CASES(people); i++) {
        open_office(state);
        reach(OFFICE_RECORDER_2, people[i].email, people[i].second, LANG_DE);
        wish(OFFICE_RECORDER_2);
        const struct outbox o = written("Agentur Nord");
        assert_int_equal(o.n, people[i].n);
        assert_int_equal(o.found, people[i].n > 0);
        close_office(state);
    }
}

static void
says_who_what_and_until_when(void **state)
{
    static const struct {
        enum lang lang;
        const char *agency, *subject, *hello, *until;
    } mails[] = {
        {LANG_DE, "Agentur Nord", "Neues Passwort für Ihr Konto bei Agentur Nord",
         "Guten Tag Jette Harms,",                                                                 "24.11.2026, 09:45"},
        {LANG_EN, "Agentur Nord", "New password for your account at Agentur Nord",  "Jette Harms",
         "2026-11-24, 09:45"                                                                                          },
        {LANG_DE, "",             "Neues Passwort für Ihr Konto bei Kontor",       "Guten Tag",   "24.11.2026, 09:45"},
    };

    for (size_t i = 0; i < CASES(mails); i++) {
        open_office(state);
        reach(OFFICE_RECORDER_2, "jette@linden.example", "", mails[i].lang);
        wish(OFFICE_RECORDER_2);
        const struct outbox o = written(mails[i].agency);
        assert_int_equal(o.n, 1);
        assert_int_equal(o.v[0].kind, MAIL_RESET);
        assert_true(str_eq(o.due.recipient, STR("jette@linden.example")));
        assert_true(str_eq(o.due.subject, str_of(mails[i].subject)));
        office_says(o.due.body, mails[i].hello);
        office_says(o.due.body, mails[i].until);
        office_says(o.due.body, "\nhttps://nord.kontor.example/anmelden/passwort/");
        office_lacks(o.due.body, "jette@");
        close_office(state);
    }
}

/* Names of nobody, people without an address and the fourth in an hour get nothing; who has an
 * account reads of it on her own page. */
static void
what_becomes_of_wishes(void **state)
{
    (void)state;
    reach(OFFICE_RECORDER_2, "jette@linden.example", "", LANG_DE);
    wish(0);
    assert_int_equal(written("Nord").n, 0);
    wish(OFFICE_RECORDER_1);
    assert_int_equal(written("Nord").n, 0);
    for (int i = 0; i < LINK_MAILS_PER_HOUR + 1; i++) {
        wish(OFFICE_RECORDER_2);
    }
    const struct outbox o = written("Nord");
    assert_int_equal(o.n, LINK_MAILS_PER_HOUR - 1); /* the last only when no open one is left */
    assert_true(goes_to(&o, "jette@linden.example"));
    office.now.us += 31LL * 60 * 1000000;
    wish(OFFICE_RECORDER_2);
    assert_int_equal(written("Nord").n, LINK_MAILS_PER_HOUR);
    wish(OFFICE_RECORDER_2);
    assert_int_equal(written("Nord").n, LINK_MAILS_PER_HOUR);
}

/* As behind a rescue that lost secrets: she is active, and her mailbox alone lets nobody in. */
static void
without_a_password_there_is_no_link(void **state)
{
    (void)state;
    reach(OFFICE_RECORDER_2, "jette@linden.example", "", LANG_DE);
    assert_int_equal(office_write(&office, 0, do_shut, NULL), OK);
    wish(OFFICE_RECORDER_2);
    assert_int_equal(written("Nord").n, 0);
    reach(OFFICE_RECORDER_2, "jette@linden.example", "", LANG_DE);
    wish(OFFICE_RECORDER_2);
    assert_int_equal(written("Nord").n, 1);
}

static struct office_sent
ask_second(const char *address)
{
    const struct office_page p = {.query = STR(""), .user = OFFICE_RECORDER_2};
    char body[200];

    (void)snprintf(body, sizeof(body), "second_email=%s", address);
    return office_post(&office, &user_domain, "/konto/adresse", &p, body);
}

/* A second address gets a link and counts for nothing until that was taken. */
static void
a_second_address_is_asked_first(void **state)
{
    (void)state;
    reach(OFFICE_RECORDER_2, "jette@linden.example", "", LANG_DE);
    assert_int_equal(ask_second("jette").rc, RC_INVALID);
    assert_int_equal(ask_second("jette@zweit.example").rc, OK);
    struct outbox o = written("Nord");
    assert_int_equal(o.v[0].kind, MAIL_ADDRESS);
    assert_true(goes_to(&o, "jette@zweit.example"));
    assert_false(goes_to(&o, "jette@linden.example"));
    office_says(o.due.body, "https://nord.kontor.example/adresse/");
    const size_t before = o.n;
    wish(OFFICE_RECORDER_2);
    o = written("Nord");
    assert_int_equal(o.n, before + 1);
    assert_true(goes_to(&o, "jette@linden.example"));
    user_set_mail(&(struct mail_setting){.name = STR("Nord")});
    assert_int_equal(ask_second("jette@dritt.example").rc, RC_CONFLICT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_to_every_address_once),
        cmocka_unit_test(says_who_what_and_until_when),
        cmocka_unit_test_setup_teardown(what_becomes_of_wishes, open_office, close_office),
        cmocka_unit_test_setup_teardown(without_a_password_there_is_no_link, open_office,
                                        close_office),
        cmocka_unit_test_setup_teardown(a_second_address_is_asked_first, open_office, close_office),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
