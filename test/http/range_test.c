/* Parts of a file: what browsers, curl and download managers ask for is understood, everything
 * that is no single range in bytes is the whole, and what lies behind the end is nothing. */
#include "http/range.h"

static const struct {
    const char *text;
    int64_t size;
    enum range_kind kind;
    int64_t at, n;
} table[] = {
    {NULL,                                1000,      RANGE_WHOLE,   0,         1000                   },
    {"",                                  1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes=0-",                          1000,      RANGE_PART,    0,         1000                   },
    {"bytes=0-0",                         1000,      RANGE_PART,    0,         1                      },
    {"Bytes=500-",                        1000,      RANGE_PART,    500,       500                    },
    {"bytes=500-599",                     1000,      RANGE_PART,    500,       100                    },
    {"bytes=999-999",                     1000,      RANGE_PART,    999,       1                      },
    {"bytes=500-1000",                    1000,      RANGE_PART,    500,       500                    },
    {"bytes=500-99999999999999999999999", 1000,      RANGE_PART,    500,       500                    },
    {"bytes=-1",                          1000,      RANGE_PART,    999,       1                      },
    {"bytes=-1000",                       1000,      RANGE_PART,    0,         1000                   },
    {"bytes=-5000",                       1000,      RANGE_PART,    0,         1000                   },
    {"bytes=4294967296-",                 INT64_MAX, RANGE_PART,    1LL << 32, INT64_MAX - (1LL << 32)},
    {"bytes=1000-",                       1000,      RANGE_OUTSIDE, 0,         0                      },
    {"bytes=1000-2000",                   1000,      RANGE_OUTSIDE, 0,         0                      },
    {"bytes=99999999999999999999-",       1000,      RANGE_OUTSIDE, 0,         0                      },
    {"bytes=-0",                          1000,      RANGE_OUTSIDE, 0,         0                      },
    {"bytes=0-",                          0,         RANGE_OUTSIDE, 0,         0                      },
    {"bytes=-5",                          0,         RANGE_OUTSIDE, 0,         0                      },
    {"bytes=",                            1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes=-",                           1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes=5",                           1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes=9-5",                         1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes=0-1,3-4",                     1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes=0-1 ",                        1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes= 0-1",                        1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes=+1-2",                        1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes=--1",                         1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes=0x1-2",                       1000,      RANGE_WHOLE,   0,         1000                   },
    {"lines=1-2",                         1000,      RANGE_WHOLE,   0,         1000                   },
    {"bytes",                             1000,      RANGE_WHOLE,   0,         1000                   },
};

static void
ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES(table); i++) {
        struct range r;
        const struct str text = table[i].text != NULL ? str_of(table[i].text) : STR_NONE;
        const enum range_kind kind = range_parse(text, table[i].size, &r);
        if (kind != table[i].kind || r.at != table[i].at || r.n != table[i].n) {
            FAIL_TEST("%s of %lld: kind %u, %lld from %lld", table[i].text,
                      (long long)table[i].size, kind, (long long)r.n, (long long)r.at);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges)};
    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
