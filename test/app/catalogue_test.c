/* catalogue_test.c: the catalogue of backups by its commands, as master and the command line send
 * them. */
#include "app/backup/catalogue.h"

#include <jansson.h>

#include "app/registry/registry.h"
#include "base/time.h"
#include "guard/audit.h"
#include "guard/call.h"
#include "shelf.h"

#define OTHER_HASH "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
static void
a_night(void **state)
{
    (void)state;
    shelf_at("2026-11-23T23:30:00Z");
    shelf_tell("catalogue.tried", "{\"workspace\": 3}");
    shelf_tell("catalogue.failed", "{\"workspace\": 3, \"code\": \"store.full\"}");
    shelf_at("2026-11-24T00:30:07Z");
    shelf_tell("catalogue.tried", "{\"workspace\": 3}");
    shelf_keep("20261124T003007Z");
    assert_listed(0, "id", "\"20261124T003007Z\"");
    assert_listed(0, "completedAt", "\"2026-11-24T00:30:07Z\"");
    assert_listed(0, "verified", "true");
    assert_listed(0, "verifiedAt", "\"2026-11-24T00:30:07Z\"");
    assert_listed(0, "origin", "\"good\"");
    assert_listed(0, "bytes", "4711");
    assert_listed(0, "hash", "\"" HASH "\"");
    assert_listed(
        0, "copies",
        "[{\"target\":\"backup\",\"verified\":true,\"verifiedAt\":\"2026-11-24T00:30:07Z\","
        "\"fault\":\"\"}]");
    assert_listed(1, "id", "");
    assert_str(shelf_last_event(), "backup.kept");
}

/* The operators' audit has it, whether or not anything was tried before. */
static void
a_refusal(void **state)
{
    (void)state;
    shelf_at("2026-11-24T00:30:07Z");
    shelf_tell("catalogue.tried", "{\"workspace\": 3}");
    shelf_tell("catalogue.refused", "{\"workspace\": 3, \"code\": \"wish.often\"}");
    assert_str(shelf_last_event_of("backup_duty"), "backup.refused");
    shelf_tell("catalogue.tried", "{\"workspace\": 3}");
    assert_str(shelf_last_event_of("backup_duty"), "backup.tried");
    shelf_tell("catalogue.refused",
               "{\"workspace\": 4, \"code\": \"wish.often\"}"); /* never tried */
    assert_str(shelf_last_event_of("backup_duty"), "backup.refused");
    shelf_keep("20261124T003007Z");
    assert_str(shelf_last_event(), "backup.kept");
}

static void
copies(void **state)
{
    (void)state;
    shelf_at("2026-11-24T00:31:00Z");
    shelf_keep("20261124T003007Z");
    shelf_tell("catalogue.copied", "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"target\": "
                                   "\"target1\", \"code\": \"\"}");
    assert_str(shelf_last_event(), "backup.copied");
    shelf_tell("catalogue.copied", "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"target\": "
                                   "\"target2\", \"code\": \"store.full\"}");
    assert_str(shelf_last_event(), "backup.copy_lost");
    struct catalogue_state *v;
    size_t n;
    assert_ok(catalogue_states(rig_look(shelf_rig), 3, &v, &n));
    assert_int_equal(n, 1);
    assert_int_equal(v[0].copies, 1); /* neither the folder itself nor one that failed */
    assert_string_equal(v[0].stamp, "20261124T003007Z");
    rig_end(shelf_rig);
    /* Tried again later, it is there; then lost: it keeps the time when it was last good. */
    shelf_at("2026-11-24T02:00:00Z");
    shelf_tell("catalogue.copied", "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"target\": "
                                   "\"target2\", \"code\": \"\"}");
    shelf_at("2026-11-25T02:00:00Z");
    shelf_tell("catalogue.copied", "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"target\": "
                                   "\"target2\", \"code\": \"missing\"}");
    assert_non_null(strstr(shelf_listed(0, "copies"),
                           "{\"target\":\"target2\",\"verified\":false,\"verifiedAt\":"
                           "\"2026-11-24T02:00:00Z\",\"fault\":\"missing\"}"));
}

static json_int_t
health(const char *key)
{
    json_t *out = shelf_ask(OK, "catalogue.health", "{}");
    const json_int_t n = json_integer_value(json_object_get(out, key));
    json_decref(out);
    return n;
}

static void
damage(void **state)
{
    (void)state;
    shelf_at("2026-11-24T10:00:00Z");
    shelf_keep("20261124T003007Z");
    shelf_tell("catalogue.damaged",
               "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"code\": \"archive.cut\"}");
    assert_listed(0, "verified", "false");
    assert_listed(0, "origin", "\"damaged\"");
    assert_listed(0, "verifiedAt", "\"2026-11-24T10:00:00Z\"");
    assert_non_null(strstr(shelf_listed(0, "copies"), "\"fault\":\"archive.cut\""));
    assert_str(shelf_last_event(), "backup.damaged");
    shelf_keep("20261124T003007Z");
    assert_listed(0, "verified", "true");
    assert_str(shelf_last_event(), "backup.verified");
    /* Whole, and not what was kept under this name: what is known stays. */
    json_t *other = shelf_ask(RC_CONFLICT, "catalogue.kept",
                              "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"bytes\": 17, "
                              "\"hash\": \"" OTHER_HASH "\"}");
    json_decref(other);
    assert_listed(0, "bytes", "4711");
    assert_listed(0, "hash", "\"" HASH "\"");
    /* Made anew from a copy, whose hash the catalogue knows; that is said for a week. */
    json_t *known =
        shelf_ask(OK, "catalogue.damaged",
                  "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"code\": \"missing\"}");
    assert_string_equal(json_string_value(json_object_get(known, "hash")), HASH);
    json_decref(known);
    assert_int_equal(health("repaired"), 0);
    shelf_tell("catalogue.kept",
               "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"bytes\": 4711, "
               "\"hash\": \"" HASH "\", \"repairedFrom\": \"target1\"}");
    assert_listed(0, "verified", "true");
    assert_str(shelf_last_event(), "backup.repaired");
    shelf_at("2026-12-01T09:59:59Z");
    assert_int_equal(health("repaired"), 1);
    shelf_at("2026-12-01T10:00:01Z");
    assert_int_equal(health("repaired"), 0);
}

static void
pins(void **state)
{
    (void)state;
    shelf_at("2026-11-24T10:00:00Z");
    shelf_keep("20261124T003007Z");
    assert_listed(0, "pinned", "false");
    shelf_tell("catalogue.pin",
               "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"why\": \"restore\", "
               "\"until\": null, \"reason\": \"preview\"}");
    assert_listed(0, "pinned", "true");
    assert_str(shelf_last_event(), "backup.pinned");
    shelf_tell("catalogue.pin",
               "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"why\": \"hold\", "
               "\"until\": \"2027-01-01T00:00:00Z\"}");
    shelf_tell("catalogue.unpin", "{\"workspace\": 3, \"id\": \"20261124T003007Z\"}");
    assert_listed(0, "pinned", "false");
    assert_str(shelf_last_event(), "backup.unpinned");
}

/* --- retention -------------------------------------------------------------------------------- */

/* One good state a day at 01:00 UTC, `days` of them up to that day, each with this many copies. */
static void
nights(const char *last, int days, int copies)
{
    struct instant t;
    assert_ok(instant_parse(str_of(last), &t));
    for (int i = days - 1; i >= 0; i--) {
        char json[200];
        char id[20];
        shelf_now = (struct instant){t.us - (int64_t)i * 86400 * 1000000};
        char text[32];
        const struct str s = instant_print(shelf_now, text);
        (void)snprintf(id, sizeof id, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", s.p, s.p + 5, s.p + 8, s.p + 11,
                       s.p + 14, s.p + 17);
        shelf_keep(id);
        for (int c = 1; c <= copies; c++) {
            (void)snprintf(json, sizeof json,
                           "{\"workspace\": 3, \"id\": \"%s\", \"target\": \"target%d\", \"code\": "
                           "\"\"}",
                           id, c);
            shelf_tell("catalogue.copied", json);
        }
    }
}

static json_t *
prune(const char *time, const char *believe)
{
    char in[80];
    shelf_at(time);
    (void)snprintf(in, sizeof in, "{\"workspace\": 3, \"believe\": %s}", believe);
    return shelf_ask(OK, "catalogue.prune", in);
}

/* How many ids a prune gave; the first one of them. */
static size_t
to_unlink(json_t *out, char ret_first[static 17])
{
    const char *ids = json_string_value(json_object_get(out, "unlink"));
    (void)snprintf(ret_first, 17, "%.16s", ids);
    const size_t n = (strlen(ids) + 1) / 17;
    json_decref(out);
    return n;
}

#define assert_number(out, key, want)                                                              \
    assert_int_equal(json_integer_value(json_object_get(out, key)), want)

static void
what_goes(void **state)
{
    (void)state;
    char first[17];
    nights("2026-11-24T01:00:00Z", 60, 2);
    /* Dry: nothing is written down. */
    json_t *out = shelf_ask(OK, "catalogue.plan", "{\"workspace\": 3}");
    assert_number(out, "kept", 13);
    assert_number(out, "goes", 47);
    assert_int_equal(json_array_size(json_object_get(out, "stop")), 0);
    assert_int_equal(json_array_size(json_object_get(out, "backups")), 60);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(out, "backups"), 0), "act")),
                        "mark");
    json_decref(out);
    assert_listed(0, "tombstoneAt", "null");
    /* Marked, then nothing for a day, then what was marked goes, and is forgotten when it is gone.
     */
    out = prune("2026-11-24T02:00:00Z", "false");
    assert_number(out, "marked", 48);
    assert_int_equal(to_unlink(out, first), 0);
    assert_listed(0, "tombstoneAt", "\"2026-11-24T02:00:00Z\"");
    assert_int_equal(to_unlink(prune("2026-11-25T01:59:59Z", "false"), first), 0);
    assert_int_equal(to_unlink(prune("2026-11-25T02:00:00Z", "false"), first), 48);
    assert_string_equal(first, "20260926T010000Z");
    shelf_tell("catalogue.unlinked", "{\"workspace\": 3, \"id\": \"20260926T010000Z\"}");
    assert_str(shelf_last_event(),
               "backup.copied"); /* of the newest; the one that went has its own */
    assert_int_equal(to_unlink(prune("2026-11-25T02:00:01Z", "false"), first), 47);
    /* What is to stay cannot be forgotten. */
    assert_null(shelf_ask(RC_CONFLICT, "catalogue.unlinked",
                          "{\"workspace\": 3, \"id\": \"20261124T010000Z\"}"));
    /* One is wanted after all: the mark goes. Its copies may be gone, so they count for nothing
     * before they were read again. */
    shelf_tell("catalogue.pin",
               "{\"workspace\": 3, \"id\": \"20260927T010000Z\", \"why\": \"restore\"}");
    out = prune("2026-11-25T02:00:02Z", "false");
    assert_string_equal(json_string_value(json_array_get(json_object_get(out, "stop"), 0)),
                        "few_copies");
    assert_int_equal(to_unlink(out, first), 0);
    assert_listed(0, "tombstoneAt", "null");
    for (int c = 1; c <= 2; c++) {
        char in[120];
        (void)snprintf(in, sizeof in,
                       "{\"workspace\": 3, \"id\": \"20260927T010000Z\", \"target\": "
                       "\"target%d\", \"code\": \"\"}",
                       c);
        shelf_tell("catalogue.copied", in);
    }
    assert_int_equal(to_unlink(prune("2026-11-25T02:00:03Z", "false"), first), 46);
    /* Where only age deletes it is spared, and nothing goes there by a clock that jumped. */
    out = prune("2026-11-29T02:00:00Z", "true");
    assert_string_equal(json_string_value(json_object_get(out, "spared")), "20260927T010000Z");
    assert_true(json_is_true(json_object_get(out, "sweep")));
    json_decref(out);
    time_told(TIME_UNKNOWN);
    out = prune("2026-12-09T02:00:00Z", "false");
    assert_false(json_is_true(json_object_get(out, "sweep")));
    json_decref(out);
    time_told(TIME_GOOD);
}

static bool
is_pinned_at(const char *now)
{
    char in[80];
    (void)snprintf(in, sizeof in, "{\"workspace\": 3, \"now\": \"%s\"}", now);
    json_t *out = shelf_ask(OK, "catalogue.plan", in);
    const json_t *oldest = json_array_get(json_object_get(out, "backups"), 0);
    const char *why = json_string_value(json_array_get(json_object_get(oldest, "why"), 0));
    const bool is = why != NULL && strcmp(why, "pinned") == 0;
    json_decref(out);
    return is;
}

/* What an order waits for stays until that is over, or its time is; no other hold is touched. */
static void
what_an_order_needs(void **state)
{
    (void)state;
    char first[17];
    nights("2026-11-24T01:00:00Z", 60, 2);
    json_decref(prune("2026-11-24T02:00:00Z", "false"));
    assert_listed(0, "tombstoneAt", "\"2026-11-24T02:00:00Z\"");
    shelf_tell("catalogue.pin", "{\"workspace\": 3, \"id\": \"20260928T010000Z\", \"why\": "
                                "\"hold\", \"until\": \"2028-01-01T00:00:00Z\"}");
    shelf_tell("catalogue.hold", "{\"workspace\": 3, \"id\": \"20260926T010000Z\", "
                                 "\"untilUs\": 1795651200000000}"); /* 26 November */
    assert_listed(0, "pinned", "true");
    assert_int_equal(to_unlink(prune("2026-11-25T02:00:00Z", "false"), first), 46);
    assert_listed(0, "tombstoneAt", "null");
    /* Another order, of another state; then none. */
    shelf_tell("catalogue.hold", "{\"workspace\": 3, \"id\": \"20260927T010000Z\", "
                                 "\"untilUs\": 1795651200000000}");
    assert_listed(0, "pinned", "false");
    assert_listed(1, "pinned", "true");
    shelf_tell("catalogue.hold", "{\"workspace\": 3, \"id\": \"20260928T010000Z\", "
                                 "\"untilUs\": 1795651200000000}");
    shelf_tell("catalogue.hold", "{\"workspace\": 3, \"id\": \"\", \"untilUs\": 0}");
    assert_listed(1, "pinned", "false");
    assert_listed(2, "pinned", "true"); /* the operator's */
    /* Nobody let it go: it ends by itself. */
    shelf_tell("catalogue.hold", "{\"workspace\": 3, \"id\": \"20260926T010000Z\", "
                                 "\"untilUs\": 1795573800000000}"); /* half past two */
    json_decref(prune("2026-11-25T02:00:01Z", "false"));
    assert_listed(0, "tombstoneAt", "null");
    json_decref(prune("2026-11-25T02:45:00Z", "false"));
    assert_listed(0, "tombstoneAt", "\"2026-11-25T02:45:00Z\"");
    /* Nor for longer than an order may take. */
    shelf_tell("catalogue.hold", "{\"workspace\": 3, \"id\": \"20260926T010000Z\", "
                                 "\"untilUs\": 4102444800000000}");
    assert_true(is_pinned_at("2026-12-11T02:44:00Z"));
    assert_false(is_pinned_at("2026-12-11T02:46:00Z"));
    assert_null(shelf_ask(RC_INVALID, "catalogue.hold", "{\"workspace\": 3, \"id\": \"\"}"));
}

/* One that nobody can read goes as well, by the same tombstone, and only when it is too old to be
 * of use; an unread one too. Made anew in the meantime it is as any other. */
static void
what_is_damaged_goes(void **state)
{
    (void)state;
    char first[17];
    nights("2026-11-24T01:00:00Z", 38, 2);
    shelf_tell("catalogue.damaged",
               "{\"workspace\": 3, \"id\": \"20261019T010000Z\", \"code\": \"io\"}");
    shelf_tell("catalogue.damaged",
               "{\"workspace\": 3, \"id\": \"20261018T010000Z\", \"code\": \"io\"}");
    shelf_tell("catalogue.damaged",
               "{\"workspace\": 3, \"id\": \"20261020T010000Z\", \"code\": \"io\"}");
    json_decref(prune("2026-11-24T02:00:00Z", "false"));
    assert_listed(0, "tombstoneAt", "\"2026-11-24T02:00:00Z\""); /* of 18 October: 37 days */
    assert_listed(1, "tombstoneAt", "\"2026-11-24T02:00:00Z\"");
    assert_listed(2, "id", "\"20261020T010000Z\"");
    assert_listed(2, "tombstoneAt", "null"); /* 35 days */
    (void)to_unlink(prune("2026-11-25T02:00:00Z", "false"), first);
    assert_string_equal(first, "20261018T010000Z");
    shelf_tell("catalogue.unlinked", "{\"workspace\": 3, \"id\": \"20261018T010000Z\"}");
    assert_listed(0, "id", "\"20261019T010000Z\"");
}

/* Of a workspace that has ended: by age alone, 36 days, but for what is held. */
static void
ended(void **state)
{
    (void)state;
    char first[17];
    nights("2026-11-24T01:00:00Z", 60, 2);
    for (size_t i = 0; i < 3; i++) { /* the third has the number 3 */
        static const char *const add[] = {"{\"slug\": \"west\", \"name\": \"West\"}",
                                          "{\"slug\": \"ost\", \"name\": \"Ost\"}",
                                          "{\"slug\": \"nord\", \"name\": \"Nord\"}"};
        json_decref(shelf_ask(OK, "workspace.add", add[i]));
    }
    shelf_tell("workspace.activate", "{\"slug\": \"nord\"}");
    shelf_tell("workspace.lock", "{\"slug\": \"nord\", \"reason\": \"Vertrag beendet\"}");
    assert_null(
        shelf_ask(RC_CONFLICT, "workspace.end", "{\"slug\": \"nord\", \"reason\": \"Ende\"}"));
    shelf_tell("workspace.end", "{\"slug\": \"nord\", \"reason\": \"Ende\", \"atOnce\": true}");
    shelf_tell("catalogue.pin",
               "{\"workspace\": 3, \"id\": \"20260927T010000Z\", \"why\": \"hold\", "
               "\"until\": \"2028-01-01T00:00:00Z\"}");
    shelf_tell("catalogue.damaged", /* what nobody can read goes as well */
               "{\"workspace\": 3, \"id\": \"20260928T010000Z\", \"code\": \"io\"}");
    json_t *out = prune("2026-11-24T01:00:00Z", "false"); /* one is of 36 days ago, to the second */
    assert_true(json_is_true(json_object_get(out, "ended")));
    assert_number(out, "marked", 23);
    assert_int_equal(to_unlink(out, first), 0);
    assert_int_equal(to_unlink(prune("2026-11-25T00:59:59Z", "false"), first), 0);
    assert_int_equal(to_unlink(prune("2026-11-25T01:00:00Z", "false"), first), 23);
    assert_string_equal(first, "20260926T010000Z");
    /* A clock that is not believed deletes nothing here either. */
    assert_int_equal(to_unlink(prune("2027-11-25T02:00:00Z", "false"), first), 0);
}

/* What was found, and nobody has read, stays as long as it may be of use, and no longer. */
static void
what_is_believed(void **state)
{
    (void)state;
    char first[17];
    nights("2026-11-24T01:00:00Z", 3, 2);
    shelf_tell("catalogue.found", "{\"workspace\": 3, \"states\": ["
                                  "{\"id\": \"20261124T010000Z\", \"bytes\": 4711},"
                                  "{\"id\": \"20261123T010000Z\", \"bytes\": 4711},"
                                  "{\"id\": \"20261122T010000Z\", \"bytes\": 4711},"
                                  "{\"id\": \"20261010T010000Z\", \"bytes\": 4711},"
                                  "{\"id\": \"20250101T010000Z\", \"bytes\": 4711}]}");
    json_t *out =
        shelf_ask(OK, "catalogue.plan", "{\"workspace\": 3, \"now\": \"2026-11-24T02:00:00Z\"}");
    assert_int_equal(json_array_size(json_object_get(out, "backups")), 5);
    json_decref(out);
    out = prune("2026-11-24T02:00:00Z", "false");
    assert_number(out, "marked", 1);
    assert_number(out, "kept", 4); /* of October: behind it are too few days */
    assert_int_equal(to_unlink(out, first), 0);
    assert_listed(0, "id", "\"20250101T010000Z\"");
    assert_listed(0, "tombstoneAt", "\"2026-11-24T02:00:00Z\"");
    assert_listed(1, "tombstoneAt", "null");
}

static void
what_stops_it(void **state)
{
    (void)state;
    char first[17];
    nights("2026-11-24T01:00:00Z", 30, 1);
    json_t *out = prune("2026-11-24T02:00:00Z", "false");
    assert_string_equal(json_string_value(json_array_get(json_object_get(out, "stop"), 0)),
                        "few_copies");
    assert_number(out, "marked", 0);
    json_decref(out);
    /* 27 hours without a good one. */
    out = prune("2026-11-25T04:00:01Z", "false");
    assert_string_equal(json_string_value(json_array_get(json_object_get(out, "stop"), 0)),
                        "no_recent");
    json_decref(out);
    /* A state that is damaged is kept for another reason, and that it has no copy stops nothing. */
    shelf_tell("catalogue.damaged",
               "{\"workspace\": 3, \"id\": \"20261026T010000Z\", \"code\": \"io\"}");
    out = shelf_ask(OK, "catalogue.plan", "{\"workspace\": 3, \"now\": \"2026-11-24T02:00:00Z\"}");
    const json_t *oldest = json_array_get(json_object_get(out, "backups"), 0);
    assert_string_equal(json_string_value(json_array_get(json_object_get(oldest, "why"), 0)),
                        "doubtful");
    assert_string_equal(json_string_value(json_object_get(oldest, "act")), "stay");
    json_decref(out);
    /* A jump of two days is no clock to delete by; nobody vouches for it but the operator. */
    time_told(TIME_UNKNOWN);
    nights("2026-11-28T01:00:00Z", 4, 2);
    out = prune("2026-11-28T02:00:00Z", "false");
    assert_false(json_is_true(json_object_get(out, "clock")));
    json_decref(out);
    out = prune("2026-11-28T02:00:01Z", "false");
    assert_false(json_is_true(json_object_get(out, "clock")));
    json_decref(out);
    out = prune("2026-11-28T02:00:02Z", "true");
    assert_true(json_is_true(json_object_get(out, "clock")));
    json_decref(out);
    out = prune("2026-11-28T02:00:03Z", "false");
    assert_true(json_is_true(json_object_get(out, "clock")));
    assert_int_equal(to_unlink(out, first), 0);
    time_told(TIME_GOOD);
    assert_null(shelf_ask(RC_INVALID, "catalogue.plan", "{\"workspace\": 3, \"now\": \"morgen\"}"));
}

/* One night the clock is 500 days ahead. What was kept then is no newest good one, and nothing goes
 * before somebody has said that the clock is right; then it has a time, and goes like others. */
static void
a_clock_that_was_ahead(void **state)
{
    (void)state;
    nights("2026-11-23T01:00:00Z", 30, 2);
    nights("2028-04-06T01:00:00Z", 1, 2);
    nights("2026-11-24T01:00:00Z", 1, 2);
    json_t *out = shelf_ask(OK, "catalogue.health", "{}");
    assert_true(json_is_true(json_object_get(out, "clockOff")));
    json_decref(out);
    out = prune("2026-11-24T02:00:00Z", "false");
    assert_false(json_is_true(json_object_get(out, "clock")));
    assert_number(out, "marked", 0);
    json_decref(out);
    out = prune("2026-11-24T02:00:01Z", "true");
    assert_true(json_is_true(json_object_get(out, "clock")));
    assert_true(json_integer_value(json_object_get(out, "marked")) > 0);
    json_decref(out);
    assert_listed(31, "id", "\"20280406T010000Z\"");
    assert_listed(31, "completedAt",
                  "\"2026-11-24T00:59:59Z\""); /* before what was made behind it */
    out = shelf_ask(OK, "catalogue.health", "{}");
    assert_false(json_is_true(json_object_get(out, "clockOff")));
    json_decref(out);
    nights("2027-02-01T01:00:00Z", 69, 2);
    json_decref(prune("2027-02-01T02:00:00Z", "true"));
    out = prune("2027-02-02T02:00:01Z", "false");
    assert_non_null(strstr(json_string_value(json_object_get(out, "unlink")), "20280406T010000Z"));
    json_decref(out);
}

/* More than one page, and more than goes at a time. */
static void
many_at_once(void **state)
{
    (void)state;
    char first[17];
    nights("2026-11-24T01:00:00Z", 260, 2);
    json_t *out = shelf_ask(OK, "catalogue.plan", "{\"workspace\": 3}");
    const json_t *page = json_object_get(out, "backups");
    assert_int_equal(json_array_size(page), 200);
    char in[80];
    (void)snprintf(in, sizeof in, "{\"workspace\": 3, \"after\": \"%s\"}",
                   json_string_value(json_object_get(json_array_get(page, 199), "id")));
    json_decref(out);
    out = shelf_ask(OK, "catalogue.plan", in);
    assert_int_equal(json_array_size(json_object_get(out, "backups")), 60);
    json_decref(out);
    json_decref(prune("2026-11-24T02:00:00Z", "false"));
    assert_int_equal(to_unlink(prune("2026-11-25T02:00:00Z", "false"), first), 200);
}

/* --- what the scheduler asks ------------------------------------------------------------------ */

static const char *
duty(const char *key)
{
    static char text[100];
    json_t *out = shelf_ask(OK, "catalogue.duty", "{\"after\": -1}");
    const json_t *row = json_array_get(json_object_get(out, "rows"), 0);
    char *s = json_dumps(json_object_get(row, key), JSON_ENCODE_ANY);
    (void)snprintf(text, sizeof text, "%s", s);
    free(s);
    json_decref(out);
    return text;
}

static void
duties(void **state)
{
    (void)state;
    shelf_at("2026-11-24T01:00:00Z");
    assert_string_equal(duty("triedAt"), "null");
    assert_string_equal(duty("check"), "null");
    shelf_tell("catalogue.tried", "{\"workspace\": 0}");
    assert_string_equal(duty("triedAt"), "\"2026-11-24T01:00:00Z\"");
    /* One that nobody has read. */
    shelf_tell("catalogue.found",
               "{\"workspace\": 0, \"states\": [{\"id\": \"20261124T003007Z\", \"bytes\": 10}]}");
    assert_string_equal(duty("check"), "\"20261124T003007Z\"");
    shelf_tell("catalogue.kept",
               "{\"workspace\": 0, \"id\": \"20261124T003007Z\", \"bytes\": 4711, "
               "\"hash\": \"" HASH "\"}");
    assert_string_equal(duty("goodAt"), "\"2026-11-24T00:30:07Z\"");
    assert_string_equal(duty("check"), "null");
    /* One that lacks a copy, the next day; one that was not read for a week. */
    shelf_tell("catalogue.copied", "{\"workspace\": 0, \"id\": \"20261124T003007Z\", \"target\": "
                                   "\"target1\", \"code\": \"missing\"}");
    shelf_at("2026-11-24T20:59:59Z");
    assert_string_equal(duty("check"), "null");
    shelf_at("2026-11-24T21:00:01Z");
    assert_string_equal(duty("check"), "\"20261124T003007Z\"");
    shelf_tell("catalogue.copied", "{\"workspace\": 0, \"id\": \"20261124T003007Z\", \"target\": "
                                   "\"target1\", \"code\": \"\"}");
    assert_string_equal(duty("check"), "null");
    shelf_at("2026-12-01T01:00:01Z");
    assert_string_equal(duty("check"), "\"20261124T003007Z\"");
    /* Whatever comes of a reading, the next one is another day. */
    shelf_tell("catalogue.checked", "{\"workspace\": 0, \"id\": \"20261124T003007Z\"}");
    assert_string_equal(duty("check"), "null");
    /* Found damaged, it is made anew at once; and when that came to nothing once a day, as long as
     * there may be a copy. */
    shelf_tell("catalogue.damaged",
               "{\"workspace\": 0, \"id\": \"20261124T003007Z\", \"code\": \"io\"}");
    assert_string_equal(duty("check"), "\"20261124T003007Z\"");
    shelf_tell("catalogue.checked", "{\"workspace\": 0, \"id\": \"20261124T003007Z\"}");
    shelf_tell("catalogue.damaged",
               "{\"workspace\": 0, \"id\": \"20261124T003007Z\", \"code\": \"io\"}");
    shelf_tell("catalogue.copied", "{\"workspace\": 0, \"id\": \"20261124T003007Z\", \"target\": "
                                   "\"target1\", \"code\": \"archive.cut\"}");
    assert_string_equal(duty("check"), "null");
    shelf_tell("catalogue.prune", "{\"workspace\": 0}");
    assert_string_equal(duty("plannedAt"), "\"2026-12-01T01:00:01Z\"");
    shelf_at("2026-12-01T21:00:02Z");
    assert_string_equal(duty("check"), "\"20261124T003007Z\"");
    shelf_at("2026-11-30T21:00:02Z"); /* the clock was wrong then */
    assert_string_equal(duty("check"), "\"20261124T003007Z\"");
    json_t *out = shelf_ask(OK, "catalogue.duty", "{\"after\": 0}");
    assert_int_equal(json_array_size(json_object_get(out, "rows")), 0);
    json_decref(out);
}

/* --- is all well ------------------------------------------------------------------------------ */

static void
need_health(const char *time, int64_t never, size_t late, bool bad)
{
    shelf_at(time);
    json_t *out = shelf_ask(OK, "catalogue.health", "{}");
    const json_t *list = json_object_get(out, "late");
    assert_number(out, "workspaces", 1);
    assert_number(out, "never", never);
    assert_int_equal(json_array_size(list), late);
    assert_int_equal(json_is_true(json_object_get(json_array_get(list, 0), "bad")), bad);
    json_decref(out);
}

static void
watch(const char *time, const char *told)
{
    struct audit_entry *v;
    size_t n;
    shelf_at(time);
    json_decref(shelf_ask(OK, "catalogue.watch", "{}"));
    assert_ok(audit_history(rig_look(shelf_rig), (struct subject){"backup_duty", 1}, 1, &v, &n));
    assert_str(v[0].event, told);
    rig_end(shelf_rig);
}

static void
age(void **state)
{
    (void)state;
    need_health("2026-11-24T00:00:00Z", 1, 0, false);
    shelf_tell("catalogue.kept",
               "{\"workspace\": 0, \"id\": \"20261124T000000Z\", \"bytes\": 4711, "
               "\"hash\": \"" HASH "\"}");
    need_health("2026-11-25T01:59:59Z", 0, 0, false);
    watch("2026-11-25T01:59:59Z", "backup.kept");
    need_health("2026-11-25T02:00:00Z", 0, 1, false);
    need_health("2026-11-26T01:59:59Z", 0, 1, false);
    need_health("2026-11-26T02:00:00Z", 0, 1, true);
    /* Told once a day while it goes on, and once when it is over. */
    watch("2026-11-25T02:00:00Z", "backup.late");
    shelf_tell("catalogue.tried", "{\"workspace\": 0}");
    watch("2026-11-26T01:59:59Z", "backup.tried");
    watch("2026-11-26T02:00:00Z", "backup.late");
    shelf_at("2026-11-26T02:30:00Z");
    shelf_tell("catalogue.kept",
               "{\"workspace\": 0, \"id\": \"20261126T023000Z\", \"bytes\": 4711, "
               "\"hash\": \"" HASH "\"}");
    watch("2026-11-26T02:31:00Z", "backup.well");
    /* A copy that is not there; one that is damaged; a clock that nobody believes. */
    shelf_tell("catalogue.copied", "{\"workspace\": 0, \"id\": \"20261126T023000Z\", \"target\": "
                                   "\"target1\", \"code\": \"missing\"}");
    json_t *out = shelf_ask(OK, "catalogue.health", "{}");
    const json_t *lack = json_array_get(json_object_get(out, "lacking"), 0);
    assert_string_equal(json_string_value(json_object_get(lack, "target")), "target1");
    assert_string_equal(json_string_value(json_object_get(lack, "fault")), "missing");
    assert_number(lack, "states", 1);
    json_decref(out);
    watch("2026-11-26T02:32:00Z", "backup.late");
    shelf_tell("catalogue.drilled", "{\"workspace\": 0, \"code\": \"store.damaged\"}");
    assert_string_equal(duty("drilledAt"), "\"2026-11-26T02:32:00Z\"");
    out = shelf_ask(OK, "catalogue.health", "{}");
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(out, "drills"), 0), "fault")),
                        "store.damaged");
    json_decref(out);
    /* What the drill signed decides, whatever the command came to. */
    shelf_tell(
        "catalogue.drilled",
        "{\"workspace\": 0, \"code\": \"\", \"result\": {\"good\": false, \"code\": "
        "\"backup.sums\", "
        "\"drilledAt\": \"2026-11-26T02:32:00Z\", \"state\": \"20261126T003007Z\", \"rows\": 7}}");
    out = shelf_ask(OK, "catalogue.health", "{}");
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(out, "drills"), 0), "fault")),
                        "backup.sums");
    json_decref(out);
    assert_null(shelf_ask(RC_INVALID, "catalogue.drilled",
                          "{\"workspace\": 0, \"code\": \"\", \"result\": {\"good\": true}}"));
    assert_null(shelf_ask(RC_INVALID, "catalogue.drilled",
                          "{\"workspace\": 0, \"code\": \"\", \"result\": {\"drilledAt\": "
                          "\"2026-11-26T02:32:00Z\"}}"));
    shelf_tell("catalogue.drilled", "{\"workspace\": 0, \"code\": \"\"}");
    shelf_tell("catalogue.damaged",
               "{\"workspace\": 0, \"id\": \"20261126T023000Z\", \"code\": \"io\"}");
    out = shelf_ask(OK, "catalogue.health", "{}");
    assert_int_equal(json_array_size(json_object_get(out, "drills")), 0);
    assert_number(out, "damaged", 1);
    assert_false(json_is_true(json_object_get(out, "clockOff")));
    json_decref(out);
    shelf_tell("catalogue.prune", "{\"workspace\": 0}");
    time_told(TIME_BACK);
    shelf_at("2026-11-26T02:33:00Z");
    out = shelf_ask(OK, "catalogue.health", "{}");
    time_told(TIME_GOOD);
    assert_true(json_is_true(json_object_get(out, "clockOff")));
    json_decref(out);
}

/* By it there was no backup: the next one is due, counts, and its age is told. */
static void
kept_by_a_clock_that_was_ahead(void **state)
{
    (void)state;
    shelf_at("2028-04-06T01:00:00Z");
    shelf_tell("catalogue.kept",
               "{\"workspace\": 0, \"id\": \"20280406T010000Z\", \"bytes\": 4711, "
               "\"hash\": \"" HASH "\"}");
    need_health("2028-04-06T01:00:00Z", 0, 0, false);
    shelf_at("2026-11-24T01:00:00Z");
    shelf_tell("catalogue.kept",
               "{\"workspace\": 0, \"id\": \"20261124T010000Z\", \"bytes\": 4711, "
               "\"hash\": \"" HASH "\"}");
    assert_string_equal(duty("goodAt"), "\"2026-11-24T01:00:00Z\"");
    need_health("2026-11-26T03:00:00Z", 0, 1, true);
    /* Read again, it is no success of today either. */
    shelf_tell("catalogue.kept", "{\"workspace\": 0, \"id\": \"20280406T010000Z\", \"bytes\": "
                                 "4711, \"hash\": \"" HASH "\"}");
    assert_string_equal(duty("goodAt"), "\"2026-11-24T01:00:00Z\"");
}

static void
refusals(void **state)
{
    (void)state;
    static const struct {
        const char *name, *in;
        enum rc rc;
    } rows[] = {
        {"catalogue.tried",   "{}",                                                                  RC_INVALID},
        {"catalogue.tried",   "{\"workspace\": -1}",                                                 RC_INVALID},
        {"catalogue.refused", "{}",                                                                  RC_INVALID},
        {"catalogue.failed",  "{\"workspace\": \"3\"}",                                              RC_INVALID},
        {"catalogue.list",    "{\"workspace\": null}",                                               RC_INVALID},
        {"catalogue.kept",    "{\"workspace\": 3, \"id\": \"gestern\"}",                             RC_INVALID},
        {"catalogue.kept",    "{\"workspace\": 3, \"id\": \"20261324T003007Z\"}",                    RC_INVALID},
        {"catalogue.kept",    "{\"workspace\": 3, \"id\": \"20261124T003007Z\"}",                    RC_INVALID},
        {"catalogue.kept",
         "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"bytes\": 0, \"hash\": \"" HASH "\"}",
         RC_INVALID                                                                                            },
        {"catalogue.damaged", "{\"workspace\": 3, \"id\": \"20261124T003007Z\"}",                    RC_MISSING},
        {"catalogue.checked", "{\"workspace\": 3, \"id\": \"20261124T003007Z\"}",                    RC_MISSING},
        {"catalogue.copied",
         "{\"workspace\": 3, \"id\": \"20261124T003007Z\", \"target\": \"t\", \"code\": \"\"}",      RC_MISSING},
        {"catalogue.copied",  "{\"workspace\": 3, \"id\": \"20261125T003007Z\", \"code\": \"\"}",
         RC_INVALID                                                                                            },
        {"catalogue.copied",  "{\"workspace\": 3, \"id\": \"20261125T003007Z\", \"target\": \"t\"}",
         RC_INVALID                                                                                            },
        {"catalogue.found",   "{\"workspace\": 3}",                                                  RC_INVALID},
        {"catalogue.found",   "{\"workspace\": 3, \"states\": [{\"id\": \"x\"}]}",                   RC_INVALID},
        {"catalogue.found",   "{\"workspace\": 3, \"states\": [], \"targets\": \"target1\"}",
         RC_INVALID                                                                                            },
        {"catalogue.found",   "{\"workspace\": 3, \"states\": [], \"targets\": [7]}",                RC_INVALID},
        {"catalogue.found",   "{\"workspace\": 3, \"states\": [], \"targets\": [1, 2, 3, 4]}",
         RC_INVALID                                                                                            },
        {"catalogue.pin",     "{\"workspace\": 3, \"id\": \"20261125T003007Z\", \"why\": \"so\"}",
         RC_INVALID                                                                                            },
        {"catalogue.pin",     "{\"workspace\": 3, \"id\": \"20261125T003007Z\", \"why\": \"hold\"}",
         RC_INVALID                                                                                            },
        {"catalogue.pin",
         "{\"workspace\": 3, \"id\": \"20261125T003007Z\", \"why\": \"hold\", \"until\": "
         "\"morgen\"}",                                                                              RC_INVALID},
        {"catalogue.unpin",   "{\"workspace\": 3, \"id\": \"20261124T003007Z\"}",                    RC_MISSING},
    };
    shelf_at("2026-11-25T10:00:00Z");
    shelf_keep("20261125T003007Z");
    for (size_t i = 0; i < CASES(rows); i++) {
        assert_null(shelf_ask(rows[i].rc, rows[i].name, rows[i].in));
    }
    assert_listed(1, "id", "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_night, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_refusal, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(copies, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(damage, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(pins, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_goes, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_an_order_needs, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_is_damaged_goes, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(ended, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_is_believed, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_stops_it, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_was_ahead, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(many_at_once, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(duties, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(age, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(kept_by_a_clock_that_was_ahead, shelf_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(refusals, shelf_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
