/* field_test.c: every kind of field parsed, refused, bounded, shown again, compared. */
#include "base/field.h"

struct form {
    struct str title;
    struct str note;
    struct str code;
    bool flag;
    int64_t count;
    struct money price;
    struct percent tax;
    struct minutes minutes;
    struct day day;
    struct clock_time clock;
    struct project_id project_id;
    struct str_list users;
};

static const struct field title = FIELD(struct form, title, T_NONE, .required = true, .max = 5);
static const struct field note = FIELD(struct form, note, T_NONE, .area = true);
static const struct field code = FIELD(struct form, code, T_NONE, .raw = true, .secret = true);
static const struct field flag = FIELD(struct form, flag, T_NONE);
static const struct field count = FIELD(struct form, count, T_NONE, .min = -5, .max = 1000);
static const struct field price = FIELD(struct form, price, T_NONE, .min = 0, .max = 123456);
static const struct field tax = FIELD(struct form, tax, T_NONE, .min = 0, .max = 10000);
static const struct field minutes = FIELD(struct form, minutes, T_NONE, .min = 1, .max = 90);
static const struct field day = FIELD(struct form, day, T_NONE, .min = 0, .max = 20781);
static const struct field clock_at = FIELD(struct form, clock, T_NONE, .min = 60, .max = 120);
static const struct field project_id = FIELD(struct form, project_id, T_NONE);
static const struct field users = FIELD(struct form, users, T_NONE, .max = 3);
static const struct field open_int = FIELD(struct form, count, T_NONE);

static struct arena *mem;

static int
setup(void **state)
{
    (void)state;
    mem = arena_new(1 << 22);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

/* What a text becomes: parsed and shown again. */
static void
values_come_back(void **state)
{
    (void)state;
    static const struct {
        const struct field *f;
        const char *text;
        const char *shown;
    } rows[] = {
        {&title,      " abc ",                                        "abc"                },
        {&title,      "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xE2\x82\xAC",
         "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xE2\x82\xAC"                                    },
        {&note,       "a\r\nb\rc\n\td\r\n",                           "a\nb\nc\n\td"       },
        {&note,       "",                                             ""                   },
        {&flag,       "on",                                           "1"                  },
        {&flag,       "true",                                         "1"                  },
        {&flag,       "1",                                            "1"                  },
        {&flag,       "0",                                            ""                   },
        {&flag,       "false",                                        ""                   },
        {&flag,       "",                                             ""                   },
        {&count,      "-5",                                           "-5"                 },
        {&count,      "1000",                                         "1000"               },
        {&count,      "",                                             ""                   },
        {&open_int,   "9223372036854775807",                          "9223372036854775807"},
        {&price,      "1234,56",                                      "1.234,56"           },
        {&price,      "0",                                            "0,00"               },
        {&price,      "",                                             ""                   },
        {&tax,        "7,5",                                          "7,5"                },
        {&tax,        "19 %",                                         "19"                 },
        {&tax,        "7,25",                                         "7,25"               },
        {&tax,        "",                                             ""                   },
        {&minutes,    "1h30",                                         "1:30"               },
        {&minutes,    "9-10",                                         "1:00"               },
        {&minutes,    "",                                             ""                   },
        {&day,        "24.11.2026",                                   "2026-11-24"         },
        {&day,        "",                                             ""                   },
        {&clock_at,   "2",                                            "02:00"              },
        {&clock_at,   "",                                             ""                   },
        {&project_id, "42",                                           "42"                 },
        {&project_id, "",                                             ""                   },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct form form = {0};
        struct field_fault fault;
        assert_ok(field_parse(mem, rows[i].f, str_of(rows[i].text), &form, &fault));
        assert_str(field_print(mem, rows[i].f, &form), rows[i].shown);
    }
}

static void
faults_say_what_and_how_much(void **state)
{
    (void)state;
    static const struct {
        const struct field *f;
        const char *text;
        enum code code;
        const char *arg;
    } rows[] = {
        {&title,      "  ",                   E_FIELD_REQUIRED, NULL        },
        {&title,      "abcdef",               E_FIELD_TOO_LONG, "5"         },
        {&title,      "a\nb",                 E_FIELD_ENCODING, NULL        },
        {&title,      "a\x7f",                E_FIELD_ENCODING, NULL        },
        {&title,      "a\xC2\x85",            E_FIELD_ENCODING, NULL        }, /* a C1 control */
        {&title,      "a\xFF",                E_FIELD_ENCODING, NULL        },
        {&note,       "a\x01",                E_FIELD_ENCODING, NULL        },
        {&flag,       "yes",                  E_FIELD_CHOICE,   NULL        },
        {&count,      "-6",                   E_FIELD_MIN,      "-5"        },
        {&count,      "1001",                 E_FIELD_MAX,      "1000"      },
        {&count,      "1.000",                E_FIELD_NUMBER,   NULL        },
        {&open_int,   "-9223372036854775808", E_FIELD_NUMBER,   NULL        },
        {&price,      "-1",                   E_FIELD_MIN,      "0,00"      },
        {&price,      "1234,57",              E_FIELD_MAX,      "1.234,56"  },
        {&price,      "viel",                 E_FIELD_MONEY,    NULL        },
        {&tax,        "100,01",               E_FIELD_MAX,      "100"       },
        {&tax,        "x",                    E_FIELD_NUMBER,   NULL        },
        {&minutes,    "0",                    E_FIELD_MIN,      "0:01"      },
        {&minutes,    "91m",                  E_FIELD_MAX,      "1:30"      },
        {&minutes,    "x",                    E_FIELD_DURATION, NULL        },
        {&day,        "31.12.1969",           E_FIELD_MIN,      "1970-01-01"},
        {&day,        "2026-11-25",           E_FIELD_MAX,      "2026-11-24"},
        {&day,        "x",                    E_FIELD_DAY,      NULL        },
        {&clock_at,   "0:59",                 E_FIELD_MIN,      "01:00"     },
        {&clock_at,   "x",                    E_FIELD_TIME,     NULL        },
        {&project_id, "0",                    E_FIELD_ID,       NULL        },
        {&project_id, "-1",                   E_FIELD_ID,       NULL        },
        {&project_id, "1x",                   E_FIELD_ID,       NULL        },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct form form;
        struct form before;
        struct field_fault fault = {0};
        memset(&form, 0x55, sizeof form);
        memcpy(&before, &form, sizeof form);
        if (field_parse(mem, rows[i].f, str_of(rows[i].text), &form, &fault) != RC_INVALID ||
            fault.code != rows[i].code) {
            FAIL_TEST("row %zu: %s gives %s", i, rows[i].text, code_name(fault.code));
        }
        assert_string_equal(rows[i].f->name, fault.field);
        assert_str(fault.arg, rows[i].arg);
        assert_memory_equal(&before, &form, sizeof form);
    }
}

static void
empty_is_none(void **state)
{
    (void)state;
    struct form form;
    struct field_fault fault;
    memset(&form, 0x55, sizeof form);
    static const struct field *const all[] = {&note,    &flag, &count,    &price,     &tax,
                                              &minutes, &day,  &clock_at, &project_id};
    for (size_t i = 0; i < CASES(all); i++) {
        assert_ok(field_parse(mem, all[i], STR_NONE, &form, &fault));
    }
    assert_str(form.note, "");
    assert_false(form.flag);
    assert_true(form.count == NONE_I64 && form.price.minor == NONE_I64);
    assert_true(form.tax.n == NONE_I32 && form.minutes.n == NONE_I32);
    assert_true(form.day.n == NONE_I32 && form.clock.n == NONE_I32);
    assert_true(form.project_id.n == 0);
}

static void
secrets_are_raw_and_never_shown(void **state)
{
    (void)state;
    struct form form = {0};
    struct field_fault fault;
    assert_ok(field_parse(mem, &code, STR("  pass  "), &form, &fault));
    assert_str(form.code, "  pass  ");
    assert_str(field_print(mem, &code, &form), "");
}

static void
a_required_flag_must_be_set(void **state)
{
    (void)state;
    struct field f = flag;
    struct form form = {0};
    struct field_fault fault;
    f.required = true;
    assert_rc(RC_INVALID, field_parse(mem, &f, STR("0"), &form, &fault));
    assert_int_equal(E_FIELD_REQUIRED, fault.code);
    assert_ok(field_parse(mem, &f, STR("1"), &form, &fault));
}

static void
lists_keep_their_order_and_bound(void **state)
{
    (void)state;
    struct form form = {0};
    struct field_fault fault = {0};
    struct field required = users;
    required.required = true;
    assert_rc(RC_INVALID, field_parse(mem, &required, STR(""), &form, &fault));
    assert_int_equal(E_FIELD_REQUIRED, fault.code);
    assert_ok(field_parse(mem, &users, STR(""), &form, &fault));
    assert_int_equal(0, form.users.n);
    for (int i = 0; i < FIELD_LIST_MAX; i++) {
        assert_ok(field_parse(mem, &users, arena_fmt(mem, "%d", i), &form, &fault));
    }
    assert_int_equal(FIELD_LIST_MAX, form.users.n);
    assert_str(form.users.p[0], "0");
    assert_str(form.users.p[FIELD_LIST_MAX - 1], "499");
    assert_rc(RC_INVALID, field_parse(mem, &users, STR("x"), &form, &fault));
    assert_int_equal(E_LIMIT, fault.code);
    assert_rc(RC_INVALID, field_parse(mem, &users, STR("4444"), &(struct form){0}, &fault));
    assert_int_equal(E_FIELD_TOO_LONG, fault.code);
    form.users.n = 3;
    assert_str(field_print(mem, &users, &form), "0,1,2");
    assert_ok(field_parse(mem, &required, STR(""), &form, &fault));
}

static void
same_means_same_value(void **state)
{
    (void)state;
    const struct str ab[] = {STR("a"), STR("b")};
    const struct str ac[] = {STR("a"), STR("c")};
    struct form a = {
        .title = STR("x"), .count = 5, .project_id = {7 },
                .users = { ab, 2}
    };
    struct form b = a;
    char x[] = "x";
    b.title.p = x; /* another place, the same text */
    assert_true(field_same(&title, &a, &b));
    assert_true(field_same(&users, &a, &b));
    assert_true(field_same(&count, &a, &b));
    assert_true(field_same(&flag, &a, &b));
    b.title = STR("y");
    b.count = 6;
    b.project_id.n = 8;
    b.users.p = ac;
    b.flag = true;
    assert_false(field_same(&title, &a, &b));
    assert_false(field_same(&count, &a, &b));
    assert_false(field_same(&project_id, &a, &b));
    assert_false(field_same(&users, &a, &b));
    assert_false(field_same(&flag, &a, &b));
    b.users.n = 1;
    assert_false(field_same(&users, &a, &b));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(faults_say_what_and_how_much),
        cmocka_unit_test(empty_is_none),
        cmocka_unit_test(secrets_are_raw_and_never_shown),
        cmocka_unit_test(a_required_flag_must_be_set),
        cmocka_unit_test(lists_keep_their_order_and_bound),
        cmocka_unit_test(same_means_same_value),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
