/* answer.c: see answer.h. */
#include "proc/answer.h"

#include <stdio.h>

#include "base/err.h"

enum { NAME_MAX_ = 32, DIGITS_MAX = 20 };

/* What stands behind `"name":`, or STR_NONE. */
static struct str
behind(struct str json, const char *name)
{
    char key[NAME_MAX_ + 4];
    const int n = snprintf(key, sizeof key, "\"%.*s\":", NAME_MAX_, name);
    const size_t at = str_find(json, (struct str){key, (size_t)n}, 0);
    return at == SIZE_MAX ? STR_NONE : str_sub(json, at + (size_t)n, json.n);
}

void
answer_text(struct str json, const char *name, char *ret, size_t cap)
{
    struct str s = behind(json, name);
    ret[0] = '\0';
    if (s.n > 0 && s.p[0] == '"') {
        s = str_sub(s, 1, s.n);
        const size_t end = str_find(s, STR("\""), 0);
        (void)snprintf(ret, cap, "%.*s", end < s.n ? (int)end : 0, s.p);
    }
}

int64_t
answer_number(struct str json, const char *name)
{
    const struct str s = behind(json, name);
    int64_t number = 0;
    size_t n = 0;
    while (n < s.n && n < DIGITS_MAX && s.p[n] >= '0' && s.p[n] <= '9') {
        n++;
    }
    return str_to_i64(str_sub(s, 0, n), &number) == OK ? number : 0;
}

bool
answer_is_busy(int64_t rc, struct str code)
{
    return rc == RC_BUSY || str_eq(code, str_of(code_name(E_BACKUP_RUNNING))) ||
           str_eq(code, str_of(code_name(E_NOT_RUNNING)));
}
