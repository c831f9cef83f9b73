/* record.c: which findings the console is told, when they are too many for one command. */
#include "cli/findings.h"

const char *const findings_slow[] = {
    "mail.certificate", "mail.failed",   "mail.failing", "mail.old",     "mail.outbox",
    "mail.own",         "mail.waiting",  "store",        "store.closed", "store.old",
    "store.sums",       "store.damaged", NULL,
};

static const char *const worst_first[] = {"bad", "warn", "good"};
enum { STATES = 3 };

static size_t
state_of(const json_t *row)
{
    const char *status = json_string_value(json_object_get(row, "status"));
    size_t k = 0;
    while (k + 1 < STATES && (status == NULL || strcmp(status, worst_first[k]) != 0)) {
        k++;
    }
    return k;
}

static size_t
bytes_of(const json_t *row)
{
    char *text = json_dumps(row, JSON_COMPACT);
    const size_t n = text != NULL ? strlen(text) + 1 : SIZE_MAX / 2;
    free(text);
    return n;
}

json_t *
findings_to_record(const json_t *list, size_t most, size_t bytes, size_t *ret_left,
                   const char **ret_worst)
{
    const size_t n = json_array_size(list);
    json_t *out = json_array();
    bool *taken = calloc(n + 1, sizeof *taken);
    size_t kept = 0;
    *ret_left = 0;
    *ret_worst = worst_first[STATES - 1];
    for (size_t k = 0; taken != NULL && k < STATES; k++) {
        for (size_t i = 0; i < n; i++) {
            const json_t *row = json_array_get(list, i);
            const size_t size = state_of(row) == k ? bytes_of(row) : 0;
            taken[i] = taken[i] || (size > 0 && kept < most && size <= bytes);
            if (size > 0 && taken[i]) {
                kept++;
                bytes -= size;
            } else if (size > 0 && (*ret_left)++ == 0) {
                *ret_worst = worst_first[k];
            }
        }
    }
    for (size_t i = 0; taken != NULL && i < n; i++) {
        if (taken[i]) {
            (void)json_array_append(out, json_array_get(list, i));
        }
    }
    free(taken);
    return out;
}
