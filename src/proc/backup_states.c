/* backup_states.c: what lies in a folder of backups, told to the catalogue, and what that lists. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "proc/backups_own.h"

enum {
    FOUND_MAX = 500, /* files that are told of; the newest of them */
    FOUND_ROW = 64
};

static void
listed(void *arg, const struct answer *a)
{
    job_pass(arg, a);
}

static void
order_list(struct backup_job *j)
{
    char json[JSON_MAX];
    for (const char *at = j->now; *at != '\0';
         at++) { /* into JSON as it is: what a time is made of */
        if (strchr("0123456789-:+.TZtz", *at) == NULL) {
            job_pass(j, &(struct answer){RC_INVALID, code_name(E_FIELD_TIME), "now", STR_NONE});
            return;
        }
    }
    (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"after\":\"%s\",\"now\":\"%s\"}",
                   (long long)j->workspace, j->id, j->now);
    command_order(j->m, j->plans ? "catalogue.plan" : "catalogue.list", json, listed, j);
}

static void
found(void *arg, const struct answer *a)
{
    struct backup_job *j = arg;
    if (a->rc != OK) {
        listed(j, a);
    } else {
        order_list(j);
    }
}

static int
newest_first(const void *a, const void *b)
{
    return strcmp(b, a);
}

size_t
states_read(int folder, char (**ret_ids)[STAMP_LEN + 1])
{
    size_t n = 0;
    size_t cap = 0;
    char(*ids)[STAMP_LEN + 1] = NULL;
    DIR *dir = fdopendir(fcntl(folder, F_DUPFD_CLOEXEC, 3));
    for (const struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        if (n == cap) {
            cap = cap * 2 + 64;
            ids = realloc(ids, cap * sizeof *ids);
            if (ids == NULL) {
                out_of_memory();
            }
        }
        n += stamp_of_file(str_of(e->d_name), ids[n]) == OK;
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    if (n > 0) {
        qsort(ids, n, sizeof ids[0], newest_first);
    }
    *ret_ids = ids;
    return n;
}

void
states_tell(struct backup_job *j, answer_fn *done)
{
    char(*ids)[STAMP_LEN + 1];
    const size_t all = states_read(j->folder, &ids);
    const size_t n_ids = all < FOUND_MAX ? all : FOUND_MAX;
    const size_t cap = n_ids * FOUND_ROW + TARGETS_TEXT + 80;
    char targets[TARGETS_TEXT];
    char *json = loop_alloc(cap);
    size_t n =
        (size_t)snprintf(json, cap, "{\"workspace\":%lld,\"states\":[", (long long)j->workspace);
    for (size_t i = 0; i < n_ids; i++) {
        char name[STAMP_FILE_LEN + 1];
        struct stat st = {0};
        stamp_file(ids[i], name);
        (void)fstatat(j->folder, name, &st, AT_SYMLINK_NOFOLLOW);
        n += (size_t)snprintf(json + n, cap - n, "%s{\"id\":\"%s\",\"bytes\":%lld}",
                              i > 0 ? "," : "", ids[i], (long long)st.st_size);
    }
    job_targets(j, targets);
    (void)snprintf(json + n, cap - n, "],\"targets\":[%s]}", targets);
    free(ids);
    command_order(j->m, "catalogue.found", json, done, j);
    free(json);
}

void
states_list(struct backup_job *j)
{
    if (j->id[0] != '\0') {
        order_list(j);
    } else {
        states_tell(j, found);
    }
}

/* --- where they are --------------------------------------------------------------------------- */

static void
places_told(void *arg, const struct answer *a)
{
    (void)arg;
    if (a->rc != OK) {
        log_line(LOG_ERROR, "backup.untold", "code=%s", a->code);
    }
}

void
backup_tell_places(struct master *m)
{
    static struct conf_target targets[CONF_TARGETS];
    char json[JSON_MAX];
    const size_t n_targets = conf_targets(&m->conf, m->dir, targets);
    size_t n = (size_t)snprintf(json, sizeof json, "{\"targets\":[");
    for (size_t i = 0; i < n_targets; i++) {
        n += (size_t)snprintf(json + n, sizeof json - n, "%s{\"name\":\"%s\",\"mark\":\"%s\"}",
                              i > 0 ? "," : "", targets[i].name, targets[i].mark);
    }
    (void)snprintf(json + n, sizeof json - n, "]}");
    command_order(m, "catalogue.placed", json, places_told, NULL);
}
