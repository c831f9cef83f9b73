/* upgrade_test.c: what a store of an earlier version of the program held is there after the update,
 * where a migration moves it: the real schemas, cut before the migration, filled, and opened whole.
 */
#include "store/rig.h"

/* 32 bytes that differ, as SQL. */
#define TOKEN(n) "x'000000000000000000000000000000000000000000000000000000000000000" #n "'"

/* Opens the rig's file with the migrations of `which` that come before `number`; 0: with all. */
static void
open_before(struct rig *r, enum store_schema which, int64_t number, bool create)
{
    r->def = *schema_of(which);
    while (number != 0 && r->def.migrations[r->def.n_migrations - 1].number >= number) {
        r->def.n_migrations--;
    }
    GOOD(r, rig_open(r, create, false));
    assert_int_equal(store_state(r->s), STORE_READY);
}

static void
put(struct rig *r, const char *sql)
{
    r->s->phase = PHASE_MIGRATE;
    GOOD(r, store_query_only(r->s, &r->err, false));
    GOOD(r, store_exec(r->s, &r->err, sql));
}

static int64_t
number(struct rig *r, const char *sql)
{
    int64_t n = -1;

    GOOD(r, store_number(r->s, &r->err, sql, &n));
    return n;
}

static void
put_people(struct rig *r)
{
    put(r,
        "INSERT INTO \"user\" (id, first_name, last_name, name_key, email, phone, group_no,"
        " user_state, created_at) VALUES (1, 'Mara', 'Tannhof', 'tannhof mara', '', '', 1, 2, 5),"
        " (2, 'Piet', 'Sandweg', 'sandweg piet', '', '', 3, 1, 6)");
}

static const enum store_schema kinds[] = {SCHEMA_WORKSPACE, SCHEMA_SYSTEM};

/* 0022: an invitation that is on its way is a link of the same token, for the same person, until
 * the same moment; one that was taken stays taken; and no number is given twice. */
static void
invitations_become_links(void **state)
{
    for (size_t i = 0; i < CASES(kinds); i++) {
        assert_int_equal(rig_setup_closed(state), 0);
        struct rig *r = *state;
        open_before(r, kinds[i], 22, true);
        put_people(r);
        put(r, "INSERT INTO invitation (id, user_id, token_hash, created_user_id, created_at,"
               " expires_at, used_at) VALUES"
               " (7, 2, " TOKEN(1) ", 1, 100, 900, NULL),"
                                   " (8, 1, " TOKEN(2) ", NULL, 200, 800, 300)");
        put(r, "INSERT INTO id_counter (table_name, last_number) VALUES ('invitation', 8)");
        rig_close(r);
        open_before(r, kinds[i], 0, false);
        assert_int_equal(number(r, "SELECT count(*) FROM link"), 2);
        assert_int_equal(
            number(r, "SELECT count(*) FROM link WHERE id = 7 AND link_kind = 1 AND user_id = 2"
                      " AND token_hash = " TOKEN(
                          1) " AND generation = 0 AND address = ''"
                             " AND created_user_id = 1 AND created_at = 100 AND expires_at = 900"
                             " AND used_at IS NULL"),
            1);
        assert_int_equal(
            number(r, "SELECT count(*) FROM link WHERE id = 8 AND link_kind = 1 AND user_id = 1"
                      " AND created_user_id IS NULL AND expires_at = 800 AND used_at = 300"),
            1);
        assert_int_equal(number(r, "SELECT last_number FROM id_counter WHERE table_name = 'link'"),
                         8);
        assert_int_equal(
            number(r, "SELECT count(*) FROM id_counter WHERE table_name = 'invitation'"), 0);
        assert_int_equal(number(r, "SELECT count(*) FROM sqlite_schema WHERE name = 'invitation'"),
                         0);
        GOOD(r, store_check(r->s, &r->err));
        assert_int_equal(rig_teardown(state), 0);
    }
}

/* 0022, where nobody had ever been invited: the first link gets the first number. */
static void
no_invitation_is_no_link(void **state)
{
    struct rig *r = *state;

    open_before(r, SCHEMA_WORKSPACE, 22, true);
    rig_close(r);
    open_before(r, SCHEMA_WORKSPACE, 0, false);
    assert_int_equal(number(r, "SELECT count(*) FROM link"), 0);
    assert_int_equal(number(r, "SELECT count(*) FROM id_counter WHERE table_name = 'link'"), 0);
}

/* 0030: what was mailed to strangers' wishes in the hour before the update still counts; what an
 * administrator issued, and invitations, do not. */
static void
links_without_a_maker_are_wishes(void **state)
{
    struct rig *r = *state;

    open_before(r, SCHEMA_WORKSPACE, 30, true);
    put_people(r);
    put(r, "INSERT INTO link (id, link_kind, user_id, token_hash, created_user_id, created_at,"
           " expires_at) VALUES"
           " (1, 1, 2, " TOKEN(1) ", NULL, 100, 900),"
                                  " (2, 2, 1, " TOKEN(2) ", NULL, 100, 900),"
                                                         " (3, 3, 1, " TOKEN(
                                                             3) ", NULL, 100, 900),"
                                                                " (4, 2, 2, " TOKEN(
                                                                    4) ", 1, 100, 900)");
    rig_close(r);
    open_before(r, SCHEMA_WORKSPACE, 0, false);
    assert_int_equal(number(r, "SELECT count(*) FROM link WHERE by_wish = 1 AND id IN (2, 3)"), 2);
    assert_int_equal(number(r, "SELECT count(*) FROM link WHERE by_wish = 0 AND id IN (1, 4)"), 2);
}

/* 0055: an order of before, whoever had it, waits for nobody's release and is not refused. */
static void
orders_of_before_wait_for_no_release(void **state)
{
    struct rig *r = *state;

    open_before(r, SCHEMA_WORKSPACE, 55, true);
    put_people(r);
    put(r, "INSERT INTO restore_order (id, order_kind, order_state, state_name, user_id,"
           " ordered_at, reason_text, order_key, total, is_settled, run_number, code_text,"
           " saved_name, outcome_text, is_records, what_text) VALUES"
           " (5, 2, 2, '20261101T030000Z', 1, 100, 'w', 'a-key-of-twenty-chars', 3570, 0, 0, '',"
           " '', '', 0, ''), (6, 2, 3, '20261101T030000Z', 1, 90, 'v', 'another-of-twenty-chars',"
           " 3570, 1, 0, '', '20261101T040000Z', '{}', 0, '')");
    rig_close(r);
    open_before(r, SCHEMA_WORKSPACE, 0, false);
    assert_int_equal(number(r, "SELECT count(*) FROM restore_order WHERE release_need = 0 AND"
                               " release_given = 0 AND waits_at IS NULL AND refuse_reason = ''"),
                     2);
    assert_int_equal(number(r, "SELECT count(*) FROM restore_order WHERE id = 5 AND order_state = 2"
                               " AND ordered_at = 100 AND total = 3570"),
                     1);
    GOOD(r, store_check(r->s, &r->err));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invitations_become_links),
        cmocka_unit_test_setup_teardown(no_invitation_is_no_link, rig_setup_closed, rig_teardown),
        cmocka_unit_test_setup_teardown(links_without_a_maker_are_wishes, rig_setup_closed,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(orders_of_before_wait_for_no_release, rig_setup_closed,
                                        rig_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
