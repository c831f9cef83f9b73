/* One value in CSV and in JSON: days and times written out in one, exact in the other; whatever its
 * size, whole; nothing that a program for tables would carry out. */
#include "base/cell.h"

#include <stdlib.h>

#include "base/csv.h"
#include "base/out.h"

#define TEXT(s_)                                                                                   \
    {                                                                                              \
        .kind = CELL_TEXT, .s = { s_, sizeof(s_) - 1 }                                             \
    }

static const struct {
    const char *column;
    struct cell c;
    const char *csv, *json;
} table[] = {
    {"id",        {.kind = CELL_NUMBER, .n = -7},                 "-7;",                "\"id\": -7"                      },
    {"day",       {.kind = CELL_NUMBER, .n = 20781},              "2026-11-24;",        "\"day\": 20781"                  },
    {"since_day", {.kind = CELL_NUMBER, .n = 0},                  "1970-01-01;",        "\"since_day\": 0"                },
    {"added_at",
     {.kind = CELL_NUMBER, .n = 1000000},
     "1970-01-01T00:00:01",                                                             "\"added_at\": 1000000"           },
    {"name",      TEXT("Lührs & Söhne"),                        "Lührs & Söhne;",   "\"name\": \"Lührs & Söhne\""   },
    {"name",      TEXT("a;\"b\"\n"),                              "\"a;\"\"b\"\"\n\";", "\"name\": \"a;\\\"b\\\"\\u000a\""},
    {"name",      TEXT("back\\slash"),                            "back\\slash;",       "\"name\": \"back\\\\slash\""     },
    {"name",      TEXT("=1+1"),                                   "'=1+1;",             "\"name\": \"=1+1\""              },
    {"name",      TEXT("'=1"),                                    "''=1;",              "\"name\": \"'=1\""               },
    {"name",      TEXT(""),                                       ";",                  "\"name\": \"\""                  },
    {"key",       {.kind = CELL_BYTES, .s = {"\x00\xff\x0a", 3}}, "00ff0a;",            "\"key\": \"00ff0a\""             },
    {"ended_at",  {.kind = CELL_NONE},                            ";",                  "\"ended_at\": null"              },
};

static char *
printed(size_t i, bool json)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    if (json) {
        cell_json(f, str_of(table[i].column), &table[i].c);
    } else {
        cell_csv(f, str_of(table[i].column), &table[i].c, false);
    }
    (void)fclose(f);
    return text;
}

static void
cells(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES(table); i++) {
        char *csv = printed(i, false);
        char *json = printed(i, true);
        if (strncmp(csv, table[i].csv, strlen(table[i].csv)) != 0 ||
            strcmp(json, table[i].json) != 0) {
            FAIL_TEST("%zu: %s %s", i, csv, json);
        }
        free(csv);
        free(json);
    }
}

/* Both ways to write a cell write the same, and none of them cuts it. */
static void
large_cells(void **state)
{
    enum { N = 3 << 20 };
    char *text = NULL;
    size_t n;
    struct arena *mem = arena_new((size_t)16 * N);
    char *large = arena_alloc(mem, N);
    struct out o = out_new(mem, (size_t)3 * N);
    (void)state;
    memset(large, '"', N);
    FILE *f = open_memstream(&text, &n);
    csv_write(f, (struct str){large, N}, true);
    (void)fclose(f);
    csv_put(&o, (struct str){large, N}, true);
    assert_true(out_ok(&o));
    assert_int_equal(n, 2 * N + 4);
    assert_int_equal(o.n, n);
    assert_memory_equal(text, o.p, n);
    free(text);
    arena_free(mem);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells),
        cmocka_unit_test(large_cells),
    };
    return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
