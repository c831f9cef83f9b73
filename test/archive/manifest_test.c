/* manifest_test.c: what is printed is read again; what is missing, of another kind or too large is
 * refused; what is not known is passed over. */
#include "archive/rig.h"

static struct manifest
sample(void)
{
    static struct keys k;
    const struct archive_head h = rig_head(&k, 3);
    struct manifest m = rig_manifest(&h, 123456, 7, 99999);
    m.made.us -= m.made.us % 1000000;
    return m;
}

static void
there_and_back(void **state)
{
    (void)state;
    AUTO_ARENA struct arena *mem = arena_new(4 * MANIFEST_MAX);
    struct err err = {0};
    for (int i = 0; i < 2; i++) {
        struct manifest m = sample();
        struct manifest back;
        struct str json;
        if (i == 1) {
            m.n_tables = 0;
            m.erasures = 12;
            memset(m.audit_head, 'a', 64);
        }
        assert_ok(manifest_print(&m, mem, &err, &json));
        assert_ok(manifest_parse(json, mem, &err, &back));
        assert_int_equal(back.workspace, m.workspace);
        assert_int_equal(back.made.us, m.made.us);
        assert_int_equal(back.offset_s, m.offset_s);
        assert_int_equal(back.day.n, m.day.n);
        assert_int_equal(back.schema, m.schema);
        assert_string_equal(back.app, m.app);
        assert_int_equal(back.database, m.database);
        assert_int_equal(back.documents, m.documents);
        assert_int_equal(back.document_bytes, m.document_bytes);
        assert_string_equal(back.audit_head, m.audit_head);
        assert_int_equal(back.erasures, m.erasures);
        assert_int_equal(back.n_tables, m.n_tables);
        for (size_t k = 0; k < m.n_tables; k++) {
            assert_memory_equal(&back.tables[k], &m.tables[k], sizeof(m.tables[k]));
        }
    }
}

/* Each place of a good one replaced: a row that is refused, or read all the same. */
static void
single_faults(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        bool good;
    } rows[] = {
        {"\"workspace\": 3",          "\"workspace\": 3, \"later\": [{}]", true },
        {"\"workspace\": 3",          "\"workspace\": \"3\"",              false},
        {"\"workspace\": 3",          "\"workspace\": -3",                 false},
        {"\"workspace\": 3",          "\"workspace\": 3.0",                false},
        {"\"workspace\": 3",          "\"workspace\": 3, \"schema\": 1",   false},
        {"manifest-1",                "manifest-2",                        false},
        {"\"format\"",                "\"formal\"",                        false},
        {"T23:31:00Z",                "T23:31:61Z",                        false},
        {"2026-11-24",                "2026-11-31",                        false},
        {"\"offsetSeconds\": 3600",   "\"offsetSeconds\": 99999999999",    false},
        {"\"offsetSeconds\": 3600",   "\"offsetSeconds\": null",           false},
        {"\"offsetSeconds\": 3600",   "\"offsetSeconds\": -18000",         true },
        {"\"schema\": 18",            "\"schema\": null",                  false},
        {"\"app\": \"0.2.0\"",        "\"app\": \"\"",                     false},
        {"\"app\": \"0.2.0\"",        "\"app\": \"a b\"",                  false},
        {"\"app\": \"0.2.0\"",        "\"app\": null",                     false},
        {"\"databaseBytes\": 123456", "\"databaseBytes\": true",           false},
        {"\"documents\": 7",          "\"documents\": {}",                 false},
        {"\"documentBytes\": 99999",  "\"documentBytes\": -1",             false},
        {"\"auditHead\": null",       "\"auditHead\": 4",                  false},
        {"\"erasures\": null",        "\"erasures\": \"\"",                false},
        {"\"tables\": [",             "\"tables\": [{},",                  false},
        {"\"tables\"",                "\"stools\"",                        false},
        {"\"rows\": 3",               "\"rows\": -1",                      false},
        {"\"name\": \"audit\"",       "\"name\": 1",                       false},
        {"\"checksum\": \"0102",      "\"checksum\": \"01",                false},
        {"\"checksum\": \"0102",      "\"checksum\": \"zz02",              false},
        {"{\n  \"format\"",           "[{\n  \"format\"",                  false},
        {"{\n  \"format\"",           "\xff{\n  \"format\"",               false},
    };
    AUTO_ARENA struct arena *mem = arena_new(16 * MANIFEST_MAX);
    struct err err = {0};
    const struct manifest m = sample();
    struct str json;
    assert_ok(manifest_print(&m, mem, &err, &json));
    for (size_t i = 0; i < CASES(rows); i++) {
        struct manifest back;
        const size_t at = str_find(json, str_of(rows[i].from), 0);
        if (at == SIZE_MAX) {
            FAIL_TEST("%s is not there", rows[i].from);
        }
        struct err e = {0};
        const struct str head = str_sub(json, 0, at);
        const struct str tail = str_sub(json, at + strlen(rows[i].from), json.n);
        const struct str text =
            arena_fmt(mem, "%.*s%s%.*s", STR_FMT(head), rows[i].to, STR_FMT(tail));
        const enum rc rc = manifest_parse(text, mem, &e, &back);
        if (rc != (rows[i].good ? OK : RC_INVALID) ||
            (!rows[i].good && e.code != E_ARCHIVE_CONTENT)) {
            FAIL_TEST("%s: rc %d", rows[i].to, rc);
        }
    }
}

static void
bounds(void **state)
{
    (void)state;
    AUTO_ARENA struct arena *mem = arena_new(32 * MANIFEST_MAX);
    struct err err = {0};
    struct manifest m = sample();
    struct manifest back;
    struct str json;
    struct manifest_table *many = ARENA_ARRAY(mem, struct manifest_table, 20000);
    for (size_t i = 0; i < 20000; i++) {
        (void)snprintf(many[i].name, sizeof(many[i].name), "t%zu", i);
    }
    m.tables = many;
    m.n_tables = MANIFEST_TABLES_MAX;
    assert_ok(manifest_print(&m, mem, &err, &json));
    assert_ok(manifest_parse(json, mem, &err, &back));
    assert_int_equal(back.n_tables, MANIFEST_TABLES_MAX);
    m.n_tables++;
    assert_ok(manifest_print(&m, mem, &err, &json));
    assert_rc(RC_INVALID, manifest_parse(json, mem, &err, &back));
    m.n_tables = 20000;
    assert_rc(RC_LIMIT, manifest_print(&m, mem, &err, &json));
    assert_rc(RC_INVALID, manifest_parse((struct str){json.p, MANIFEST_MAX + 1}, mem, &err, &back));
    m.n_tables = 2;
    many[1].name[0] = '"';
    assert_rc(RC_INVALID, manifest_print(&m, mem, &err, &json));
    many[1].name[0] = '\0';
    assert_rc(RC_INVALID, manifest_print(&m, mem, &err, &json));
    many[1].name[0] = 't';
    m.audit_head[0] = '\n';
    assert_rc(RC_INVALID, manifest_print(&m, mem, &err, &json));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(single_faults),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
