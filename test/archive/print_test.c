/* print_test.c: a row of each kind of value as CSV and JSON; a number with a fraction is shown. */
#include "archive/print.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "base/csv.h"

static char *
printed(const char *sql, enum print_kind kind)
{
    char *text = NULL;
    size_t n;
    sqlite3 *db;
    sqlite3_stmt *rows;
    FILE *f = open_memstream(&text, &n);
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
    print_begin(f, rows, kind);
    for (bool first = true; sqlite3_step(rows) == SQLITE_ROW; first = false) {
        print_row(f, rows, kind, first);
    }
    print_end(f, kind);
    (void)sqlite3_finalize(rows);
    (void)sqlite3_close(db);
    (void)fclose(f);
    return text;
}

static void
is_printed(const char *sql, const char *csv, const char *json)
{
    char *as_csv = printed(sql, PRINT_CSV);
    char *as_json = printed(sql, PRINT_JSON);
    assert_memory_equal(as_csv, CSV_BOM.p, CSV_BOM.n);
    assert_string_equal(as_csv + CSV_BOM.n, csv);
    assert_string_equal(as_json, json);
    free(as_csv);
    free(as_json);
}

static void
each_kind_of_value(void **state)
{
    (void)state;
    is_printed("SELECT 1 AS id, 'a' AS name, x'00ff' AS key, NULL AS none",
               "id;name;key;none\r\n1;a;00ff;\r\n",
               "[\n{\"id\": 1, \"name\": \"a\", \"key\": \"00ff\", \"none\": null}\n]\n");
    is_printed("SELECT '' AS name, x'' AS key", "name;key\r\n;\r\n",
               "[\n{\"name\": \"\", \"key\": \"\"}\n]\n");
}

static void
a_fraction_is_shown(void **state)
{
    (void)state;
    is_printed("SELECT 1.5 AS rate, 9e999 AS most", "rate;most\r\n1.5;Inf\r\n",
               "[\n{\"rate\": \"1.5\", \"most\": \"Inf\"}\n]\n");
}

static void
several_rows_and_none(void **state)
{
    (void)state;
    is_printed("VALUES (1), (2)", "column1\r\n1\r\n2\r\n",
               "[\n{\"column1\": 1},\n{\"column1\": 2}\n]\n");
    is_printed("SELECT 1 AS id WHERE 0", "id\r\n", "[\n]\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_value),
        cmocka_unit_test(a_fraction_is_shown),
        cmocka_unit_test(several_rows_and_none),
    };
    return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
