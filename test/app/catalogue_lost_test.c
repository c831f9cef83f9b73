/* catalogue_lost_test.c: what the catalogue makes of places that are not reached, that are there no
 * longer, and of files that are gone. */
#include "app/backup/catalogue.h"

#include <jansson.h>

#include "app/registry/registry.h"
#include "base/time.h"
#include "guard/audit.h"
#include "guard/call.h"
#include "shelf.h"

static void
found_and_lost(void **state)
{
    (void)state;
    shelf_at("2026-11-24T10:00:00Z");
    json_t *out =
        shelf_ask(OK, "catalogue.found",
                  "{\"workspace\": 3, \"states\": [{\"id\": \"20261124T003007Z\", \"bytes\": 10},"
                  "{\"id\": \"20261123T003007Z\", \"bytes\": 9}]}");
    assert_int_equal(json_integer_value(json_object_get(out, "found")), 2);
    json_decref(out);
    assert_listed(0, "origin", "\"believed\"");
    assert_listed(0, "verifiedAt", "null");
    assert_listed(0, "hash", "\"\"");
    assert_listed(0, "copies", "[]");
    /* Told again, nothing is new, and nothing is written. */
    const struct str before = shelf_last_event();
    out = shelf_ask(OK, "catalogue.found",
                    "{\"workspace\": 3, \"states\": [{\"id\": \"20261124T003007Z\", \"bytes\": 10},"
                    "{\"id\": \"20261123T003007Z\", \"bytes\": 9}]}");
    assert_int_equal(json_integer_value(json_object_get(out, "found")) +
                         json_integer_value(json_object_get(out, "missing")),
                     0);
    json_decref(out);
    assert_str(shelf_last_event(), before.p);
    /* Read, it is good; the older one has a copy elsewhere, then both files are gone. */
    shelf_keep("20261123T003007Z");
    assert_str(shelf_last_event(), "backup.verified");
    assert_listed(0, "origin", "\"good\"");
    shelf_tell("catalogue.copied", "{\"workspace\": 3, \"id\": \"20261123T003007Z\", \"target\": "
                                   "\"target1\", \"code\": \"\"}");
    shelf_tell("catalogue.found", "{\"workspace\": 3, \"states\": []}");
    assert_listed(0, "id", "\"20261123T003007Z\"");
    assert_non_null(strstr(shelf_listed(0, "copies"), "\"fault\":\"missing\""));
    assert_listed(1, "id", "");
    shelf_tell("catalogue.found", "{\"workspace\": 3, \"states\": []}");
    /* Another workspace's states are its own. */
    shelf_tell("catalogue.found", "{\"workspace\": 4, \"states\": []}");
    assert_listed(0, "id", "\"20261123T003007Z\"");
}

static void
copied(const char *target, const char *code)
{
    char json[200];
    (void)snprintf(json, sizeof json,
                   "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"target\": \"%s\", "
                   "\"code\": \"%s\"}",
                   target, code);
    shelf_tell("catalogue.copied", json);
}

static int32_t
good_copies(void)
{
    struct catalogue_state *v;
    size_t n;
    assert_ok(catalogue_states(rig_look(shelf_rig), 3, &v, &n));
    const int32_t copies = n > 0 ? v[0].copies : -1;
    rig_end(shelf_rig);
    return copies;
}

/* That a place could not be reached says nothing of the copy that is there. */
static void
unreachable(void **state)
{
    (void)state;
    static const char *const says_nothing[] = {"copy.unreachable", "copy.slow", "copy.away", "io",
                                               "busy"};
    shelf_at("2026-11-24T00:31:00Z");
    shelf_keep("20261124T003007Z");
    copied("target1", "");
    shelf_at("2026-11-25T00:31:00Z");
    for (size_t i = 0; i < CASES(says_nothing); i++) {
        copied("target1", says_nothing[i]);
        assert_int_equal(good_copies(), 1);
        assert_non_null(strstr(shelf_listed(0, "copies"), says_nothing[i]));
        assert_non_null(strstr(shelf_listed(0, "copies"),
                               "{\"target\":\"target1\",\"verified\":true,\"verifiedAt\":"
                               "\"2026-11-24T00:31:00Z\""));
        assert_str(shelf_last_event(), "backup.copy_lost");
    }
    copied("target1", "archive.damaged");
    assert_int_equal(good_copies(), 0);
    copied("target1", "copy.unreachable"); /* nor does it make it whole */
    assert_int_equal(good_copies(), 0);
    copied("target1", "");
    copied("target1", "missing");
    assert_int_equal(good_copies(), 0);
}

/* A state whose file is gone is forgotten when no place has it, and not while one may. */
static void
lost_for_good(void **state)
{
    (void)state;
    shelf_at("2026-11-24T00:31:00Z");
    shelf_keep("20261124T003007Z");
    copied("target1", "");
    copied("target2", "missing");
    copied("target1", "copy.unreachable");
    shelf_tell("catalogue.found", "{\"workspace\": 3, \"states\": []}");
    assert_listed(0, "id", "\"20261124T003007Z\"");
    copied("target1", "archive.damaged"); /* something is there */
    shelf_tell("catalogue.found", "{\"workspace\": 3, \"states\": []}");
    assert_listed(0, "id", "\"20261124T003007Z\"");
    copied("target1", "missing");
    shelf_tell("catalogue.pin",
               "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"why\": \"hold\", "
               "\"until\": \"2027-01-01T00:00:00Z\"}");
    shelf_tell("catalogue.found", "{\"workspace\": 3, \"states\": []}");
    assert_listed(0, "id", "\"20261124T003007Z\"");
    shelf_tell("catalogue.unpin", "{\"workspace\": 3, \"id\": \"20261124T003007Z\"}");
    shelf_tell("catalogue.found", "{\"workspace\": 3, \"states\": []}");
    assert_listed(0, "id", "");
}

/* A target that was taken out of kontor.conf is no place where a copy counts, nor lacks. */
static void
a_place_less(void **state)
{
    (void)state;
    shelf_at("2026-11-24T00:31:00Z");
    shelf_keep("20261124T003007Z");
    for (int i = 1; i <= 3; i++) {
        char name[] = "target1";
        name[6] = (char)('0' + i);
        copied(name, i == 3 ? "copy.unreachable" : "");
    }
    shelf_tell("catalogue.found",
               "{\"workspace\": 3, \"states\": [{\"id\": \"20261124T003007Z\", \"bytes\": 4711}], "
               "\"targets\": [\"target1\", \"target2\", \"target3\"]}");
    assert_int_equal(good_copies(), 2);
    shelf_tell("catalogue.found",
               "{\"workspace\": 4, \"states\": [], \"targets\": [\"target1\"]}"); /* another's */
    assert_int_equal(good_copies(), 2);
    shelf_tell("catalogue.found",
               "{\"workspace\": 3, \"states\": [{\"id\": \"20261124T003007Z\", \"bytes\": 4711}], "
               "\"targets\": [\"target2\"]}");
    assert_int_equal(good_copies(), 1);
    assert_null(strstr(shelf_listed(0, "copies"), "target1"));
    assert_null(strstr(shelf_listed(0, "copies"), "target3"));
    assert_non_null(strstr(shelf_listed(0, "copies"), "\"target\":\"backup\",\"verified\":true"));
    json_t *out = shelf_ask(OK, "catalogue.health", "{}");
    assert_int_equal(json_array_size(json_object_get(out, "lacking")), 0);
    json_decref(out);
    shelf_tell("catalogue.found", "{\"workspace\": 3, \"states\": [], \"targets\": []}");
    assert_listed(0, "id", ""); /* its file is gone as well, and there is no place left */
}

/* A target that is in another place holds nothing that was verified there, of whatever workspace;
 * the first time that places are told says nothing. */
static void
elsewhere(void **state)
{
    (void)state;
    shelf_at("2026-11-24T00:31:00Z");
    shelf_keep("20261124T003007Z");
    copied("target1", "");
    copied("target2", "");
    shelf_tell("catalogue.placed", "{\"targets\": [{\"name\": \"target1\", \"mark\": \"a\"}, "
                                   "{\"name\": \"target2\", \"mark\": \"b\"}]}");
    assert_int_equal(good_copies(), 2);
    shelf_tell("catalogue.placed", "{\"targets\": [{\"name\": \"target2\", \"mark\": \"b\"}]}");
    assert_int_equal(good_copies(), 2);
    shelf_tell("catalogue.placed", "{\"targets\": [{\"name\": \"target1\", \"mark\": \"c\"}, "
                                   "{\"name\": \"target2\", \"mark\": \"b\"}]}");
    assert_int_equal(good_copies(), 1);
    assert_non_null(strstr(shelf_listed(0, "copies"),
                           "{\"target\":\"target1\",\"verified\":false,\"verifiedAt\":"
                           "\"2026-11-24T00:31:00Z\",\"fault\":\"missing\"}"));
    copied("target1", "");
    shelf_tell("catalogue.placed", "{\"targets\": [{\"name\": \"target1\", \"mark\": \"c\"}]}");
    assert_int_equal(good_copies(), 2);
    static const char *const refused[] = {"{}", "{\"targets\": [{\"name\": \"target1\"}]}",
                                          "{\"targets\": [{\"mark\": \"c\"}]}",
                                          "{\"targets\": [1, 2, 3, 4]}"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_null(shelf_ask(RC_INVALID, "catalogue.placed", refused[i]));
    }
}

/* A full list says nothing of those that are older than its last. */
static void
a_full_list(void **state)
{
    (void)state;
    static char json[CATALOGUE_FOUND_MAX * 60 + 100];
    shelf_at("2026-11-24T10:00:00Z");
    shelf_keep("20200101T000000Z");
    shelf_keep("20261124T003007Z");
    int n_json = snprintf(json, sizeof json, "{\"workspace\": 3, \"states\": [");
    for (int i = 0; i < CATALOGUE_FOUND_MAX; i++) {
        n_json += snprintf(json + n_json, sizeof json - (size_t)n_json,
                           "%s{\"id\": \"20261122T%02d%02d00Z\", \"bytes\": 1}", i > 0 ? "," : "",
                           20 - i / 60, 59 - i % 60);
    }
    (void)snprintf(json + n_json, sizeof json - (size_t)n_json, "]}");
    json_t *out = shelf_ask(OK, "catalogue.found", json);
    assert_int_equal(json_integer_value(json_object_get(out, "found")), CATALOGUE_FOUND_MAX);
    assert_int_equal(json_integer_value(json_object_get(out, "missing")), 1);
    json_decref(out);
    assert_listed(0, "id", "\"20200101T000000Z\"");
    /* Page by page. */
    size_t n = 0;
    char after[20] = "";
    for (size_t got = 1; got > 0; n += got) {
        char in[80];
        (void)snprintf(in, sizeof in, "{\"workspace\": 3, \"after\": \"%s\"}", after);
        out = shelf_ask(OK, "catalogue.list", in);
        const json_t *rows = json_object_get(out, "rows");
        got = json_array_size(rows);
        assert_true(got <= CATALOGUE_PAGE);
        const char *last = json_string_value(json_object_get(json_array_get(rows, got - 1), "id"));
        (void)snprintf(after, sizeof after, "%s", last != NULL ? last : "");
        json_decref(out);
    }
    assert_int_equal(n, CATALOGUE_FOUND_MAX + 1);
}

/* Each day another one comes first. */
static void
turns(void **state)
{
    (void)state;
    static const char *const days[] = {"2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z",
                                       "2026-11-26T10:00:00Z"};
    unsigned seen = 0;
    shelf_at(days[0]);
    shelf_keep("20261124T003007Z");
    for (int i = 1; i <= 3; i++) {
        char json[200];
        (void)snprintf(json, sizeof json,
                       "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"target\": "
                       "\"target%d\", \"code\": \"\"}",
                       i);
        shelf_tell("catalogue.copied", json);
    }
    for (size_t i = 0; i < CASES(days); i++) {
        shelf_at(days[i]);
        json_t *out =
            shelf_ask(OK, "catalogue.copies", "{\"workspace\": 3, \"id\": \"20261124T003007Z\"}");
        const char *targets = json_string_value(json_object_get(out, "targets"));
        assert_int_equal(strlen(targets), strlen("target1 target2 target3"));
        seen |= 1U << (targets[6] - '1');
        json_decref(out);
    }
    assert_int_equal(seen, 7);
    shelf_tell("catalogue.copied", "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"target\": "
                                   "\"target2\", \"code\": \"archive.damaged\"}");
    json_t *out =
        shelf_ask(OK, "catalogue.copies", "{\"workspace\": 3, \"id\": \"20261124T003007Z\"}");
    assert_null(strstr(json_string_value(json_object_get(out, "targets")), "target2"));
    json_decref(out);
    assert_null(shelf_ask(RC_MISSING, "catalogue.copies",
                          "{\"workspace\": 4, \"id\": \"20261124T003007Z\"}"));
}

/* Killed between the archive and its copies: they are known to be missing. */
static void
copies_to_be(void **state)
{
    (void)state;
    shelf_at("2026-11-24T00:31:00Z");
    shelf_tell("catalogue.kept",
               "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"bytes\": 4711, \"hash\": \"" HASH
               "\", \"targets\": [\"target1\", \"target2\"]}");
    assert_non_null(strstr(shelf_listed(0, "copies"),
                           "{\"target\":\"target2\",\"verified\":false,"
                           "\"verifiedAt\":null,\"fault\":\"missing\"}"));
    shelf_tell("catalogue.copied", "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"target\": "
                                   "\"target2\", \"code\": \"\"}");
    shelf_tell("catalogue.kept",
               "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"bytes\": 4711, \"hash\": \"" HASH
               "\", \"targets\": [\"target1\", \"target2\"]}");
    assert_null(strstr(shelf_listed(0, "copies"), "{\"target\":\"target2\",\"verified\":false"));
    assert_null(shelf_ask(
        RC_INVALID, "catalogue.kept",
        "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"bytes\": 4711, \"hash\": \"" HASH
        "\", \"targets\": [7]}"));
}

/* The backup is the scrub: what it finds in the store itself is said at once. */
static void
rotten(void **state)
{
    (void)state;
    shelf_at("2026-11-24T00:31:00Z");
    shelf_tell("catalogue.tried", "{\"workspace\": 0}");
    shelf_tell("catalogue.failed", "{\"workspace\": 0, \"code\": \"store.full\"}");
    json_t *out = shelf_ask(OK, "catalogue.health", "{}");
    assert_int_equal(json_array_size(json_object_get(out, "rotten")), 0);
    json_decref(out);
    shelf_tell("catalogue.failed", "{\"workspace\": 0, \"code\": \"store.damaged\"}");
    out = shelf_ask(OK, "catalogue.health", "{}");
    assert_string_equal(json_string_value(json_array_get(json_object_get(out, "rotten"), 0)),
                        "system");
    json_decref(out);
    shelf_tell("catalogue.watch", "{}");
}

/* Days without a backup are said in the audit when there is one again. */
static void
a_missed_day(void **state)
{
    (void)state;
    shelf_at("2026-11-24T00:31:00Z");
    shelf_keep("20261124T003100Z");
    assert_str(shelf_last_event_of("backup_duty"), "backup.kept");
    shelf_at("2026-11-25T00:31:00Z");
    shelf_keep("20261125T003100Z");
    assert_str(shelf_last_event_of("backup_duty"), "backup.kept");
    shelf_at("2026-11-28T09:00:00Z");
    shelf_keep("20261128T090000Z");
    assert_str(shelf_last_event_of("backup_duty"), "backup.caught_up");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_and_lost, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(unreachable, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(lost_for_good, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_place_less, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(elsewhere, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_full_list, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(turns, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(copies_to_be, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(rotten, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_missed_day, shelf_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
