/* charge_test.c: prices, incidents and orders by their commands, as master and the command line
 * send them. */
#include "app/charge/charge.h"
#include "app/registry/registry.h"

#include <jansson.h>

#include "base/time.h"
#include "guard/audit.h"
#include "guard/call.h"
#include "rig.h"

static struct rig *rig;
static const struct domain *const domains[] = {&charge_domain, &registry_domain};
static struct instant now;

static void
at(const char *time)
{
    assert_ok(instant_parse(str_of(time), &now));
}

/* The answer; NULL when it was refused as `want` says. */
static json_t *
ask(enum rc want, const char *name, const char *in)
{
    return rig_command(rig, domains, 2, now, want, name, in);
}

/* The answer as text. */
static const char *
answer(const char *name, const char *in)
{
    return rig_answer(rig, domains, 2, now, name, in);
}

static void
refused(enum rc want, enum code code, const char *name, const char *in)
{
    assert_null(ask(want, name, in));
    if (rig->err.code != code) {
        FAIL_TEST("%s %s: %s", name, in, code_name(rig->err.code));
    }
}

#define assert_has(text, part)                                                                     \
    do {                                                                                           \
        const char *s_ = (text);                                                                   \
        if (strstr(s_, (part)) == NULL) {                                                          \
            FAIL_TEST("%s has no %s", s_, (part));                                                 \
        }                                                                                          \
    } while (0)

static int
setup(void **state)
{
    const int rc = rig_setup_of(state, SCHEMA_SYSTEM);
    rig = *state;
    at("2026-11-24T10:00:00Z");
    if (rc != 0 || time_zone("Europe/Berlin") != OK) {
        return -1;
    }
    for (size_t i = 0; i < 4; i++) {
        static const char *const slugs[] = {"west", "ost", "nord", "sued"};
        char in[80];
        (void)snprintf(in, sizeof in, "{\"slug\": \"%s\", \"name\": \"%s\"}", slugs[i], slugs[i]);
        json_decref(ask(OK, "workspace.add", in));
    }
    return 0;
}

/* How many rows a table has. */
static int64_t
rows_of(const char *command)
{
    json_t *out = ask(OK, command, "{}");
    const int64_t n = (int64_t)json_array_size(json_object_get(out, "rows"));
    json_decref(out);
    return n;
}

/* What was written last about one thing. */
static struct str
last_event(const char *kind, int64_t id)
{
    struct audit_entry *v;
    size_t n;
    static char text[80];
    assert_ok(audit_history(rig_look(rig), (struct subject){kind, id}, 1, &v, &n));
    (void)snprintf(text, sizeof text, "%.*s", n > 0 ? (int)v[0].event.n : 0,
                   n > 0 ? v[0].event.p : "");
    rig_end(rig);
    return str_of(text);
}

/* --- prices ----------------------------------------------------------------------------------- */

static void
the_first_price(void **state)
{
    (void)state;
    assert_string_equal(
        answer("charge.price", "{\"workspace\": 3, \"item\": \"restore_whole\"}"),
        "{\"item\":\"restore_whole\",\"version\":1,\"net\":9000,\"vatRate\":1900,\"vat\":1710,"
        "\"total\":10710,\"currency\":\"EUR\",\"reason\":\"ordered\",\"regular\":10710}");
    assert_has(answer("charge.price", "{\"workspace\": 3, \"item\": \"restore_records\"}"),
               "\"net\":3000,\"vatRate\":1900,\"vat\":570,\"total\":3570");
    assert_has(answer("price.list", "{}"),
               "{\"version\":1,\"current\":true,\"preset\":true,\"currency\":\"EUR\"");
}

/* Only two things have a price at all. */
static void
what_is_always_free(void **state)
{
    static const char *const names[] = {"preview", "export", "leaving",      "undo",
                                        "backup",  "",       "RESTORE_WHOLE"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char in[200];
        (void)snprintf(in, sizeof in, "{\"workspace\": 3, \"item\": \"%s\"}", names[i]);
        refused(RC_INVALID, E_FIELD_CHOICE, "charge.price", in);
        (void)snprintf(in, sizeof in,
                       "{\"workspace\": 3, \"item\": \"%s\", \"order\": \"1\", \"version\": 1, "
                       "\"total\": 0, \"login\": \"mara\"}",
                       names[i]);
        refused(RC_INVALID, E_FIELD_CHOICE, "charge.record", in);
    }
    assert_int_equal(CHARGE_ITEM_END, 3); /* one more wants a reason why it may cost something */
    assert_int_equal(rows_of("charge.list"), 0);
}

static void
vat(void **state)
{
    static const struct {
        int64_t net;
        int32_t rate;
        int64_t vat, total;
    } rows[] = {
        {9000,      1900,  1710,      10710    },
        {0,         1900,  0,         0        },
        {1,         1900,  0,         1        }, /* 0.19 */
        {3,         1900,  1,         4        }, /* 0.57 */
        {50,        700,   4,         54       }, /* 3.5: half up */
        {150,       700,   11,        161      }, /* 10.5 */
        {149,       700,   10,        159      }, /* 10.43 */
        {1001,      0,     0,         1001     },
        {100000000, 10000, 100000000, 200000000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct money v;
        struct money t;
        assert_ok(charge_vat((struct money){rows[i].net}, (struct percent){rows[i].rate}, &v, &t));
        assert_int_equal(v.minor, rows[i].vat);
        assert_int_equal(t.minor, rows[i].total);
        assert_int_equal(t.minor,
                         rows[i].net + v.minor); /* the sum shown is the sum of its parts */
    }
}

static void
another_version(void **state)
{
    (void)state;
    assert_has(answer("price.set", "{\"restoreWhole\": 12050}"),
               "{\"version\":2,\"current\":true,\"preset\":false");
    assert_has(answer("charge.price", "{\"workspace\": 3, \"item\": \"restore_whole\"}"),
               "\"version\":2,\"net\":12050,\"vatRate\":1900,\"vat\":2290,\"total\":14340");
    assert_has(answer("charge.price", "{\"workspace\": 3, \"item\": \"restore_records\"}"),
               "\"version\":2,\"net\":3000"); /* what was not named stays */
    /* One that counts later, and one at once that takes its place too. */
    assert_has(answer("price.set", "{\"vatRate\": 700, \"from\": \"2026-12-01T00:00:00Z\"}"),
               "{\"version\":3,\"current\":false");
    assert_has(answer("charge.price", "{\"workspace\": 3, \"item\": \"restore_whole\"}"),
               "\"version\":2");
    at("2026-12-01T00:00:00Z");
    assert_has(answer("charge.price", "{\"workspace\": 3, \"item\": \"restore_whole\"}"),
               "\"version\":3,\"net\":12050,\"vatRate\":700");
    assert_has(answer("price.set", "{\"restoreWhole\": 0, \"restoreRecords\": 0}"),
               "\"version\":4");
    assert_has(answer("charge.price", "{\"workspace\": 3, \"item\": \"restore_whole\"}"),
               "\"total\":0,\"currency\":\"EUR\",\"reason\":\"free\",\"regular\":0");
    assert_int_equal(rows_of("price.list"), 4);
    assert_str(last_event("price", 7), "charge.price_set");
}

static void
wrong_prices(void **state)
{
    (void)state;
    refused(RC_INVALID, E_FIELD_NUMBER, "price.set", "{\"restoreWhole\": -1}");
    refused(RC_INVALID, E_FIELD_NUMBER, "price.set", "{\"restoreRecords\": 100000001}");
    refused(RC_INVALID, E_FIELD_NUMBER, "price.set", "{\"restoreRecords\": \"30\"}");
    refused(RC_INVALID, E_FIELD_NUMBER, "price.set", "{\"vatRate\": 10001}");
    refused(RC_INVALID, E_FIELD_TIME, "price.set", "{\"from\": \"tomorrow\"}");
    refused(RC_INVALID, E_FIELD_TIME, "price.set", "{\"from\": 7}");
    refused(RC_INVALID, E_PRICE_PAST, "price.set", "{\"from\": \"2026-11-24T09:59:59Z\"}");
    assert_int_equal(rows_of("price.list"), 1);
}

/* --- orders ----------------------------------------------------------------------------------- */

#define ORDER(key, total)                                                                          \
    "{\"workspace\": 3, \"item\": \"restore_whole\", \"order\": \"" key                            \
    "\", \"version\": 1, \"total\": " total ", \"login\": \"mara\"}"

static void
an_order(void **state)
{
    (void)state;
    static const char want[] =
        "{\"item\":\"restore_whole\",\"version\":1,\"net\":9000,\"vatRate\":1900,\"vat\":1710,"
        "\"total\":10710,\"currency\":\"EUR\",\"reason\":\"ordered\",\"regular\":10710,"
        "\"recorded\":true,\"charge\":1,\"status\":\"ordered\"}";
    assert_string_equal(answer("charge.record", ORDER("7", "10710")), want);
    assert_str(last_event("charge", 1), "charge.ordered");
    /* Told again, even when the price is another one since: the same, and one order. */
    (void)answer("price.set", "{\"restoreWhole\": 1}");
    assert_string_equal(answer("charge.record", ORDER("7", "10710")), want);
    assert_int_equal(rows_of("charge.list"), 1);
    /* Another workspace's order of the same name is another order. */
    assert_has(answer("charge.record",
                      "{\"workspace\": 4, \"item\": \"restore_records\", \"order\": \"7\", "
                      "\"version\": 2, \"total\": 3570, \"login\": \"jan\"}"),
               "\"charge\":2");
    refused(RC_CONFLICT, E_CHARGE_ORDER, "charge.record",
            "{\"workspace\": 3, \"item\": \"restore_records\", \"order\": \"7\", \"version\": 2, "
            "\"total\": 3570, \"login\": \"mara\"}");
    assert_has(answer("charge.find", "{\"workspace\": 3, \"order\": \"7\"}"),
               "\"slug\":\"nord\",\"item\":\"restore_whole\",\"version\":1,\"net\":9000");
    /* A name is no order for later: neither one that nothing came of for a while, nor one that was
     * carried out. */
    at("2026-11-24T10:15:00Z");
    assert_has(answer("charge.record", ORDER("7", "10710")), "\"recorded\":true");
    at("2026-11-24T10:15:01Z");
    refused(RC_CONFLICT, E_CHARGE_CLOSED, "charge.record", ORDER("7", "10710"));
    at("2026-11-24T10:01:00Z");
    (void)answer("charge.done", "{\"workspace\": 3, \"order\": \"7\", \"good\": true}");
    refused(RC_CONFLICT, E_CHARGE_CLOSED, "charge.record", ORDER("7", "10710"));
}

/* The customer saw another price than the one of now: nothing is ordered, and it is kept that
 * it was refused. */
static void
price_changed(void **state)
{
    (void)state;
    (void)answer("price.set", "{\"restoreWhole\": 10000}");
    const char *got = answer("charge.record", ORDER("7", "10710"));
    assert_has(got, "\"version\":2,\"net\":10000,\"vatRate\":1900,\"vat\":1900,\"total\":11900");
    assert_has(got, "\"recorded\":false,\"code\":\"price.changed\"");
    assert_str(last_event("workspace", 3), "charge.refused");
    assert_int_equal(rows_of("charge.list"), 0);
    /* The right version with a wrong sum is no better. */
    assert_has(answer("charge.record",
                      "{\"workspace\": 3, \"item\": \"restore_whole\", \"order\": \"7\", "
                      "\"version\": 2, \"total\": 11899, \"login\": \"mara\"}"),
               "\"recorded\":false");
    refused(RC_MISSING, E_MISSING, "charge.find", "{\"workspace\": 3, \"order\": \"7\"}");
}

static void
wrong_orders(void **state)
{
    (void)state;
    refused(RC_INVALID, E_FIELD_REQUIRED, "charge.record", ORDER("", "10710"));
    refused(RC_INVALID, E_FIELD_REQUIRED, "charge.record",
            ORDER("12345678901234567890123456789012345678901234567890123456789012345", "10710"));
    assert_has(
        answer("charge.record",
               ORDER("1234567890123456789012345678901234567890123456789012345678901234", "10710")),
        "\"recorded\":true");
    refused(RC_INVALID, E_FIELD_NUMBER, "charge.record", ORDER("8", "\"10710\""));
    refused(RC_INVALID, E_FIELD_NUMBER, "charge.record", ORDER("8", "-1"));
    refused(RC_INVALID, E_FIELD_REQUIRED, "charge.record",
            "{\"workspace\": 3, \"item\": \"restore_whole\", \"order\": \"8\", \"version\": 1, "
            "\"total\": 10710}");
    refused(RC_MISSING, E_MISSING, "charge.price",
            "{\"workspace\": 5, \"item\": \"restore_whole\"}");
    refused(RC_MISSING, E_MISSING, "charge.price", "{\"item\": \"restore_whole\"}");
    refused(RC_INVALID, E_FIELD_NUMBER, "charge.price",
            "{\"workspace\": 0, \"item\": \"restore_whole\"}");
    assert_int_equal(rows_of("charge.list"), 1);
}

/* --- incidents -------------------------------------------------------------------------------- */

static void
incidents(void **state)
{
    (void)state;
    static const char price[] = "{\"workspace\": 3, \"item\": \"restore_whole\"}";
    static const char other[] = "{\"workspace\": 4, \"item\": \"restore_whole\"}";
    assert_has(
        answer("incident.open", "{\"slug\": \"nord\", \"text\": \" Platte voll \", \"from\": "
                                "\"2026-11-23T08:00:00Z\"}"),
        "{\"incident\":1,\"workspace\":3,\"slug\":\"nord\",\"from\":\"2026-11-23T08:00:00Z\","
        "\"to\":null,\"text\":\"Platte voll\",\"open\":true}");
    assert_str(last_event("incident", 1), "charge.incident_opened");
    assert_has(answer("charge.price", price),
               "\"net\":0,\"vatRate\":1900,\"vat\":0,\"total\":0,\"currency\":\"EUR\","
               "\"reason\":\"incident\",\"regular\":10710");
    assert_has(answer("charge.price", other), "\"reason\":\"ordered\"");
    /* Who saw a price before it was declared is told of the better one. */
    assert_has(answer("charge.record", ORDER("7", "10710")), "\"recorded\":false");
    assert_has(answer("charge.record", ORDER("7", "0")), "\"reason\":\"incident\"");
    assert_has(answer("charge.list", "{}"), "\"reason\":\"incident\",\"incident\":1");
    /* Free until 30 days after its end, to the second. */
    assert_has(answer("incident.close", "{\"incident\": 1}"), "\"open\":false");
    assert_str(last_event("incident", 1), "charge.incident_closed");
    at("2026-12-24T10:00:00Z");
    assert_has(answer("charge.price", price), "\"reason\":\"incident\"");
    at("2026-12-24T10:00:01Z");
    assert_has(answer("charge.price", price), "\"reason\":\"ordered\"");
    /* One for everybody. */
    assert_has(answer("incident.open", "{\"text\": \"Leitung\"}"), "\"workspace\":null");
    assert_has(answer("charge.price", other), "\"reason\":\"incident\"");
    assert_has(answer("incident.list", "{}"), "{\"rows\":[{\"incident\":2,");
}

static void
wrong_incidents(void **state)
{
    (void)state;
    refused(RC_INVALID, E_FIELD_REQUIRED, "incident.open", "{\"text\": \"  \"}");
    refused(RC_INVALID, E_FIELD_REQUIRED, "incident.open", "{}");
    refused(RC_MISSING, E_MISSING, "incident.open", "{\"slug\": \"mitte\", \"text\": \"x\"}");
    refused(RC_MISSING, E_MISSING, "incident.open", "{\"slug\": 7, \"text\": \"x\"}");
    refused(RC_INVALID, E_INCIDENT_AHEAD, "incident.open",
            "{\"text\": \"x\", \"from\": \"2026-11-24T10:00:01Z\"}");
    (void)answer("incident.open", "{\"text\": \"x\"}");
    refused(RC_INVALID, E_INCIDENT_AHEAD, "incident.close",
            "{\"incident\": 1, \"to\": \"2026-11-24T09:59:59Z\"}");
    refused(RC_INVALID, E_INCIDENT_AHEAD, "incident.close",
            "{\"incident\": 1, \"to\": \"2026-11-24T10:00:01Z\"}");
    refused(RC_MISSING, E_MISSING, "incident.close", "{\"incident\": 2}");
    refused(RC_MISSING, E_MISSING, "incident.close", "{}");
    (void)answer("incident.close", "{\"incident\": 1, \"to\": \"2026-11-24T10:00:00Z\"}");
    refused(RC_CONFLICT, E_INCIDENT_CLOSED, "incident.close", "{\"incident\": 1}");
}

/* --- what becomes of an order ----------------------------------------------------------------- */

static void
billing(void **state)
{
    (void)state;
    (void)answer("charge.record", ORDER("7", "10710"));
    refused(RC_CONFLICT, E_CHARGE_NOT_DONE, "charge.billed", "{\"charge\": 1}");
    at("2026-11-24T11:00:00Z");
    assert_string_equal(
        answer("charge.done", "{\"workspace\": 3, \"order\": \"7\", \"good\": true}"),
        "{\"status\":\"done\"}");
    assert_str(last_event("charge", 1), "charge.done");
    /* Told again, or told the contrary: it stays as it is. */
    assert_string_equal(
        answer("charge.done", "{\"workspace\": 3, \"order\": \"7\", \"good\": false}"),
        "{\"status\":\"done\"}");
    assert_has(answer("charge.billed", "{\"charge\": 1}"),
               "\"doneAt\":\"2026-11-24T11:00:00Z\",\"billedAt\":\"2026-11-24T11:00:00Z\","
               "\"waivedAt\":null,\"waiveReason\":\"\",\"status\":\"billed\"}");
    assert_str(last_event("charge", 1), "charge.billed");
    refused(RC_CONFLICT, E_CHARGE_CLOSED, "charge.billed", "{\"charge\": 1}");
    refused(RC_CONFLICT, E_CHARGE_CLOSED, "charge.waive", "{\"charge\": 1, \"reason\": \"x\"}");
}

static void
waiving(void **state)
{
    (void)state;
    (void)answer("charge.record", ORDER("7", "10710"));
    (void)answer("charge.record", ORDER("8", "10710"));
    refused(RC_INVALID, E_FIELD_REQUIRED, "charge.waive", "{\"charge\": 1, \"reason\": \" \"}");
    assert_has(answer("charge.waive", "{\"charge\": 1, \"reason\": \" Kulanz \"}"),
               "\"waiveReason\":\"Kulanz\",\"status\":\"waived\"");
    assert_str(last_event("charge", 1), "charge.waived");
    /* What could not be carried out is not owed. */
    assert_string_equal(
        answer("charge.done", "{\"workspace\": 3, \"order\": \"8\", \"good\": false}"),
        "{\"status\":\"waived\"}");
    refused(RC_CONFLICT, E_CHARGE_CLOSED, "charge.billed", "{\"charge\": 2}");
    refused(RC_MISSING, E_MISSING, "charge.waive", "{\"charge\": 3, \"reason\": \"x\"}");
    refused(RC_MISSING, E_MISSING, "charge.waive", "{\"reason\": \"x\"}");
    refused(RC_INVALID, E_FIELD_CHOICE, "charge.done", "{\"workspace\": 3, \"order\": \"8\"}");
    refused(RC_MISSING, E_MISSING, "charge.done",
            "{\"workspace\": 4, \"order\": \"8\", \"good\": true}");
    refused(RC_MISSING, E_MISSING, "charge.done", "{\"workspace\": 3, \"good\": true}");
}

static void
tidy(const char *time)
{
    at(time);
    rig->now = now;
    assert_ok(charge_tidy(rig_begin(rig)));
    assert_ok(rig_commit(rig));
}

/* Nobody ever said how it ended: the server lost it, or the workspace is no more. */
static void
what_nobody_carries_out(void **state)
{
    (void)state;
    (void)answer("charge.record", ORDER("7", "10710"));
    (void)answer("charge.record", ORDER("8", "10710"));
    (void)answer("charge.done", "{\"workspace\": 3, \"order\": \"8\", \"good\": true}");
    tidy("2026-12-24T10:00:00Z"); /* 30 days to the second */
    assert_has(answer("charge.find", "{\"workspace\": 3, \"order\": \"7\"}"),
               "\"status\":\"ordered\"");
    tidy("2026-12-24T10:00:01Z");
    assert_has(answer("charge.find", "{\"workspace\": 3, \"order\": \"7\"}"),
               "\"waivedAt\":\"2026-12-24T10:00:01Z\",\"waiveReason\":\"nicht ausgeführt: 30 Tage "
               "lang kam "
               "nichts zurück\",\"status\":\"waived\"");
    assert_str(last_event("charge", 1), "charge.waived");
    /* What was carried out stays owed, and what comes too late changes nothing. */
    assert_has(answer("charge.find", "{\"workspace\": 3, \"order\": \"8\"}"),
               "\"status\":\"done\"");
    assert_string_equal(
        answer("charge.done", "{\"workspace\": 3, \"order\": \"7\", \"good\": true}"),
        "{\"status\":\"waived\"}");
    (void)answer("charge.record", ORDER("9", "10710"));
    (void)answer("workspace.activate", "{\"slug\": \"nord\"}");
    (void)answer("workspace.lock", "{\"slug\": \"nord\", \"reason\": \"gekündigt\"}");
    tidy("2026-12-24T10:01:00Z");
    assert_has(answer("charge.find", "{\"workspace\": 3, \"order\": \"9\"}"),
               "\"status\":\"ordered\"");
    (void)answer("workspace.end", "{\"slug\": \"nord\", \"reason\": \"Ende\", \"atOnce\": true}");
    tidy("2026-12-24T10:02:00Z");
    assert_has(answer("charge.find", "{\"workspace\": 3, \"order\": \"9\"}"),
               "nicht ausgeführt: den Arbeitsbereich gibt es nicht mehr");
}

static void
lists(void **state)
{
    (void)state;
    for (int i = 0; i < CHARGE_PAGE + 1; i++) {
        char in[300];
        (void)snprintf(in, sizeof in,
                       "{\"workspace\": %d, \"item\": \"restore_records\", \"order\": \"%d\", "
                       "\"version\": 1, \"total\": 3570, \"login\": \"mara\"}",
                       3 + i % 2, i);
        (void)answer("charge.record", in);
    }
    assert_int_equal(rows_of("charge.list"), CHARGE_PAGE);
    assert_has(answer("charge.list", "{\"after\": 100}"), "{\"rows\":[{\"charge\":101,");
    assert_has(answer("charge.list", "{\"workspace\": 4, \"after\": 98}"), "\"charge\":100,");
    assert_string_equal(answer("charge.list", "{\"workspace\": 4, \"after\": 100}"),
                        "{\"rows\":[]}");
    assert_string_equal(answer("charge.list", "{\"status\": \"done\"}"), "{\"rows\":[]}");
    (void)answer("charge.done", "{\"workspace\": 3, \"order\": \"4\", \"good\": true}");
    assert_has(answer("charge.list", "{\"status\": \"done\"}"), "{\"rows\":[{\"charge\":5,");
    (void)answer("charge.billed", "{\"charge\": 5}");
    assert_has(answer("charge.list", "{\"status\": \"billed\"}"), "{\"rows\":[{\"charge\":5,");
    (void)answer("charge.waive", "{\"charge\": 6, \"reason\": \"x\"}");
    assert_has(answer("charge.list", "{\"status\": \"waived\"}"), "{\"rows\":[{\"charge\":6,");
    refused(RC_INVALID, E_FIELD_CHOICE, "charge.list", "{\"status\": \"lost\"}");
    refused(RC_INVALID, E_FIELD_NUMBER, "charge.list", "{\"after\": \"x\"}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_price, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_is_always_free, setup, rig_teardown),
        cmocka_unit_test(vat),
        cmocka_unit_test_setup_teardown(another_version, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(wrong_prices, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(an_order, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_nobody_carries_out, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(price_changed, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(wrong_orders, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(incidents, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(wrong_incidents, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(billing, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(waiving, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(lists, setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
