/* stamp.c: see stamp.h. */
#include "archive/stamp.h"

void
stamp_print(struct instant t, char ret_stamp[static STAMP_LEN + 1])
{
    char text[32];
    const struct str s = instant_print(t, text);
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < STAMP_LEN; i++) {
        if (s.p[i] != '-' && s.p[i] != ':') {
            ret_stamp[n++] = s.p[i];
        }
    }
    ret_stamp[n] = '\0';
}

enum rc
stamp_parse(struct str s, struct instant *ret_t)
{
    char text[32];
    char again[STAMP_LEN + 1];
    struct instant t;
    if (s.n != STAMP_LEN) {
        return RC_INVALID;
    }
    (void)snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", s.p, s.p + 4, s.p + 6,
                   s.p + 9, s.p + 11, s.p + 13);
    TRY(instant_parse(str_of(text), &t));
    stamp_print(t, again);
    if (!str_eq(str_of(again), s)) {
        return RC_INVALID;
    }
    *ret_t = t;
    return OK;
}

enum rc
stamp_of_file(struct str name, char ret_stamp[static STAMP_LEN + 1])
{
    struct instant t;
    if (name.n != STAMP_FILE_LEN || !str_ends(name, STR(STAMP_ENDING))) {
        return RC_INVALID;
    }
    TRY(stamp_parse(str_sub(name, 0, STAMP_LEN), &t));
    memcpy(ret_stamp, name.p, STAMP_LEN);
    ret_stamp[STAMP_LEN] = '\0';
    return OK;
}

bool
stamp_fits(const char *stamp, struct instant made)
{
    struct instant at;
    return stamp_parse(str_of(stamp), &at) == OK && made.us >= at.us &&
           made.us <= at.us + STAMP_LATE_S * INT64_C(1000000);
}

void
stamp_file(const char *stamp, char ret_name[static STAMP_FILE_LEN + 1])
{
    (void)snprintf(ret_name, STAMP_FILE_LEN + 1, "%.16s" STAMP_ENDING, stamp);
}
