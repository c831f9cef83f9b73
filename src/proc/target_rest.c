/* target_rest.c: see target_rest.h. */
#include "proc/target_rest.h"

enum { FOLDER_WAITS = 3, FOLDER_BYTES_PER_S = 1024 * 1024 };

static const enum code silences[] = {E_COPY_UNREACHABLE, E_COPY_SLOW, E_COPY_NAME};

/* A name's row, or one that is free; there are as many as names. */
static struct target_rest *
row_of(struct master *m, const char *name)
{
    struct target_rest *row = NULL;
    for (size_t i = 0; i < CONF_TARGETS; i++) {
        struct target_rest *r = &m->rests[i];
        if (strcmp(r->name, name) == 0) {
            return r;
        }
        row = r->name[0] == '\0' ? r : row;
    }
    return row;
}

void
target_said(struct master *m, const char *name, const char *code)
{
    struct target_rest *row = row_of(m, name);
    enum code why = E_NONE;
    for (size_t i = 0; i < sizeof silences / sizeof silences[0]; i++) {
        why = strcmp(code, code_name(silences[i])) == 0 ? silences[i] : why;
    }
    if (row == NULL) {
        return;
    }
    (void)snprintf(row->name, sizeof row->name, "%s", name);
    row->since = time_now();
    row->why = why;
    if (why != E_NONE) {
        log_line(LOG_WARN, "target.rests", "target=%s code=%s minutes=%d", name, code,
                 TARGET_REST_S / 60);
    }
}

enum code
target_rests(const struct master *m, const char *name)
{
    enum code why = E_NONE;
    for (size_t i = 0; i < CONF_TARGETS; i++) {
        const struct target_rest *r = &m->rests[i];
        const int64_t age = time_now().us - r->since.us;
        if (strcmp(r->name, name) == 0 && age >= 0 && age < TARGET_REST_S * INT64_C(1000000)) {
            why = r->why;
        }
    }
    return why;
}

int64_t
target_folder_us(const struct master *m, int64_t bytes)
{
    return (FOLDER_WAITS * m->conf.backup_wait + bytes / FOLDER_BYTES_PER_S) * INT64_C(1000000);
}
