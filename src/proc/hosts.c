/* hosts.c: host name -> workspace, as the registrar told. What comes replaces the whole table, or
 * nothing of it, so that nobody sees half of one. */
#include <arpa/inet.h>

#include "proc/host_table.h"
#include "proc/master_own.h"

enum { HOSTS_MAX = 100000 };

static char *
copy(struct str s)
{
    char *p = loop_alloc(s.n + 1);
    memcpy(p, s.p != NULL ? s.p : "", s.n);
    return p;
}

static char *
copy_lower(struct str s)
{
    char *p = loop_alloc(s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        p[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return p;
}

void
hosts_done(struct hosts *h)
{
    for (size_t i = 0; i < h->n; i++) {
        free(h->rows[i].name);
        free(h->rows[i].slug);
        free(h->rows[i].agency);
    }
    free(h->rows);
    *h = (struct hosts){0};
}

static void
add_row(struct hosts *h, const struct frame *f)
{
    struct str name = frame_get(f, W_F_HOST);
    struct str slug = frame_get(f, W_F_SLUG);
    int64_t workspace;
    int64_t state;
    if (!domain_is_valid(name) || !domain_is_valid(slug) || h->n >= HOSTS_MAX ||
        frame_get_i64(f, W_F_WORKSPACE, &workspace) != OK || workspace < 1 ||
        frame_get_i64(f, W_F_STATE, &state) != OK || state < WH_ACTIVE || state > WH_ENDED) {
        log_line(LOG_ERROR, "hosts.refused", "rows=%zu", h->n);
        return;
    }
    if (h->n == h->cap) {
        h->cap = h->cap == 0 ? 64 : h->cap * 2;
        struct host_row *rows = realloc(h->rows, h->cap * sizeof *rows);
        if (rows == NULL) {
            loop_die("memory");
        }
        h->rows = rows;
    }
    h->rows[h->n++] = (struct host_row){.name = copy_lower(name),
                                        .workspace = workspace,
                                        .state = (enum wire_host_state)state,
                                        .slug = copy_lower(slug),
                                        .agency = copy(frame_get(f, W_F_NAME))};
}

static int
by_name(const void *a, const void *b)
{
    const struct host_row *x = a;
    const struct host_row *y = b;
    return strcmp(x->name, y->name);
}

static enum rc
read_table(int fd, struct hosts *h)
{
    AUTO_ARENA struct arena *mem = arena_new(HOST_TABLE_MAX + (1 << 20));
    struct bytes body = {NULL, 0};
    struct frame row;
    size_t pos = 0;
    enum rc rc = body_fd_read(fd, HOST_TABLE_MAX, mem, &body);
    while (rc == OK && (rc = host_table_next(body, &pos, &row)) == OK) {
        add_row(h, &row);
    }
    return rc == RC_MISSING ? OK : rc;
}

void
hosts_take(struct master *m, const struct frame *f)
{
    struct hosts coming = {0};
    const enum rc rc = read_table(f->fd, &coming);
    if (rc != OK) {
        log_line(LOG_ERROR, "hosts.unread", "rc=%d", rc);
        hosts_done(&coming);
        return;
    }
    if (coming.n > 1) {
        qsort(coming.rows, coming.n, sizeof *coming.rows, by_name);
    }
    hosts_done(&m->hosts);
    m->hosts = coming;
    log_line(LOG_NOTE, "hosts", "names=%zu workspaces=%zu", m->hosts.n, hosts_workspaces(m));
    live_shut(m);
    master_hosts_known(m);
    master_progress(m);
}

static const struct host_row *
first_workspace(const struct master *m)
{
    const struct host_row *first = NULL;
    for (size_t i = 0; i < m->hosts.n; i++) {
        const struct host_row *r = &m->hosts.rows[i];
        if (r->state != WH_NEW && (first == NULL || r->workspace < first->workspace)) {
            first = r;
        }
    }
    return first;
}

static bool
is_address(const char *host)
{
    unsigned char bin[16];
    return inet_pton(AF_INET, host, bin) == 1 || inet_pton(AF_INET6, host, bin) == 1;
}

const struct host_row *
hosts_find(const struct master *m, struct str host)
{
    if (host.p == NULL || host.n == 0 || host.n > 253) {
        return NULL;
    }
    char *name = copy_lower(host);
    const struct host_row key = {.name = name};
    const struct host_row *row =
        m->hosts.n == 0 ? NULL
                        : bsearch(&key, m->hosts.rows, m->hosts.n, sizeof *m->hosts.rows, by_name);
    if (row == NULL && (strcmp(name, m->conf.base_domain) == 0 || strcmp(name, "localhost") == 0 ||
                        is_address(name) || hosts_workspaces(m) == 1)) {
        row = first_workspace(m);
    }
    free(name);
    return row == NULL || row->state == WH_NEW ? NULL : row;
}

const struct host_row *
hosts_of_workspace(const struct master *m, int64_t workspace)
{
    for (size_t i = 0; i < m->hosts.n; i++) {
        if (m->hosts.rows[i].workspace == workspace) {
            return &m->hosts.rows[i];
        }
    }
    return NULL;
}

/* Rows of one workspace need not stand together, but slugs are unique: one row is named by the
 * slug. */
size_t
hosts_workspaces(const struct master *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->hosts.n; i++) {
        const struct host_row *r = &m->hosts.rows[i];
        size_t len = strlen(r->slug);
        n += r->state != WH_NEW && strncmp(r->name, r->slug, len) == 0 && r->name[len] == '.';
    }
    return n;
}
