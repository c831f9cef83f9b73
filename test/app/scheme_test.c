/* Number schemes: what they print, what they count, and which are refused with which sentence. */
#include "app/workspace/workspace.h"

static struct arena *mem;

static struct scheme_fill
fill_of(int32_t year, int32_t month, int64_t company, const char *code, int64_t n)
{
    struct scheme_fill f = {.company = {company}, .company_code = str_of(code), .n = n};

    assert_int_equal(day_of(year, month, 2, &f.day), OK);
    return f;
}

static void
prints(const char *scheme, const struct scheme_fill *f, const char *number)
{
    const struct str got = scheme_print(mem, str_of(scheme), f);

    if (!str_eq(got, str_of(number))) {
        FAIL_TEST("%s gives %.*s, not %s", scheme, STR_FMT(got), number);
    }
}

static void
test_print(void **state)
{
    const struct scheme_fill f = fill_of(2026, 3, 31, "LUE", 4);
    const struct scheme_fill big = fill_of(2026, 11, 7, "", 1234);

    (void)state;
    prints("{YY}-{CUSTNO}-{N:3}", &f, "26-31-004");
    prints("P{YYYY}{MM}/{N}", &f, "P202603/4");
    prints("{CUSTCODE}_{N:2}", &f, "LUE_04");
    prints("{CUSTNO:5}.{N:9}", &f, "00031.000000004");
    prints("{N:3}", &big, "1234");
    prints("{CUSTCODE}-{N:1}", &big, "7-1234"); /* no code: the number stands for it */
    prints("Größe {N}", &f, "Größe 4");
}

/* A code may hold anything; the number stays plain and short, and no character is cut in half. */
static void
test_print_code(void **state)
{
    struct scheme_fill f = fill_of(2026, 3, 31, "A&<B>{N}", 4);

    (void)state;
    prints("{CUSTCODE}-{N}", &f, "ABN-4");
    f.company_code = STR("ÄÖÜäöüÄÖÜäöüß");
    prints("{CUSTCODE}-{N}", &f, "ÄÖÜäöüÄÖÜäöü-4");
}

static void
test_scope_key(void **state)
{
    const struct scheme_fill f = fill_of(2026, 3, 31, "", 0);

    (void)state;
    assert_true(str_eq(scheme_scope_key(mem, SCHEME_ALL, &f), STR("all")));
    assert_true(str_eq(scheme_scope_key(mem, SCHEME_YEAR, &f), STR("2026")));
    assert_true(str_eq(scheme_scope_key(mem, SCHEME_COMPANY, &f), STR("c31")));
    assert_true(str_eq(scheme_scope_key(mem, SCHEME_COMPANY_YEAR, &f), STR("c31/2026")));
}

static void
test_check(void **state)
{
    static const struct {
        const char *scheme;
        enum scheme_scope scope;
        enum code code; /* E_NONE: good */
        const char *arg;
    } cases[] = {
        {"{YY}-{CUSTNO}-{N:3}",              SCHEME_COMPANY_YEAR, E_NONE,           ""        },
        {"{YYYY}-{N:4}",                     SCHEME_YEAR,         E_NONE,           ""        },
        {"{CUSTCODE}-{N}",                   SCHEME_COMPANY,      E_NONE,           ""        },
        {"{N}",                              SCHEME_ALL,          E_NONE,           ""        },
        {"",                                 SCHEME_ALL,          E_SCHEME_COUNT,   ""        },
        {"{YYYY}",                           SCHEME_ALL,          E_SCHEME_COUNT,   ""        },
        {"{N}{N:2}",                         SCHEME_ALL,          E_SCHEME_COUNT,   ""        },
        {"{N}",                              SCHEME_YEAR,         E_SCHEME_YEAR,    ""        },
        {"{MM}-{N}",                         SCHEME_YEAR,         E_SCHEME_YEAR,    ""        },
        {"{YYYY}-{N}",                       SCHEME_COMPANY_YEAR, E_SCHEME_COMPANY, ""        },
        {"{CUSTNO}-{N}",                     SCHEME_COMPANY_YEAR, E_SCHEME_YEAR,    ""        },
        {"{JJJJ}-{N}",                       SCHEME_ALL,          E_SCHEME_UNKNOWN, "{JJJJ}"  },
        {"{n}",                              SCHEME_ALL,          E_SCHEME_UNKNOWN, "{n}"     },
        {"{N:0}",                            SCHEME_ALL,          E_SCHEME_UNKNOWN, "{N:0}"   },
        {"{N:12}",                           SCHEME_ALL,          E_SCHEME_UNKNOWN, "{N:12}"  },
        {"{N:}",                             SCHEME_ALL,          E_SCHEME_UNKNOWN, "{N:}"    },
        {"{YYYY:2}{N}",                      SCHEME_ALL,          E_SCHEME_UNKNOWN, "{YYYY:2}"},
        {"{}{N}",                            SCHEME_ALL,          E_SCHEME_UNKNOWN, "{}"      },
        {"{N}-{YY",                          SCHEME_ALL,          E_SCHEME_UNKNOWN, "{YY"     },
        {"{N}}",                             SCHEME_ALL,          E_SCHEME_SIGN,    "}"       },
        {"<b>{N}",                           SCHEME_ALL,          E_SCHEME_SIGN,    "<b>"     },
        {"={N}",                             SCHEME_ALL,          E_SCHEME_SIGN,    "="       },
        {"{N}{CUSTNO}{CUSTCODE}1234567890",  SCHEME_ALL,          E_NONE,           ""        },
        {"{N}{CUSTNO}{CUSTCODE}12345678901", SCHEME_ALL,          E_SCHEME_LONG,    ""        },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum code code = E_NONE;
        struct str arg = STR("");
        const enum rc rc = scheme_check(str_of(cases[i].scheme), cases[i].scope, &code, &arg);

        if (rc != (cases[i].code == E_NONE ? OK : RC_INVALID) || code != cases[i].code ||
            !str_eq(arg, str_of(cases[i].arg))) {
            FAIL_TEST("%s: %s (%.*s)", cases[i].scheme, code_name(code), STR_FMT(arg));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_print_code),
        cmocka_unit_test(test_scope_key),
        cmocka_unit_test(test_check),
    };
    int failed;

    mem = arena_new((size_t)1 << 20);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(mem);
    return failed;
}
