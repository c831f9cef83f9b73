/* registrar.c: the host table on its way to master. */
#include "proc/registrar.h"

#include <sodium.h>

#include "app/backup/catalogue.h"
#include "app/registry/registry.h"
#include "base/log.h"
#include "base/time.h"
#include "proc/host_table.h"

enum { DIGEST = 32 };

static uint8_t last_sent[DIGEST];
static bool was_sent;

static struct str
full_name(const struct child *c, struct arena *mem, const struct registry_host *h)
{
    if (h->host.p != NULL) {
        return h->host;
    }
    struct str base = child_get(c, "base_domain");
    return arena_fmt(mem, "%.*s.%.*s", STR_FMT(h->slug), STR_FMT(base));
}

static void
digest(const struct registry_host *hosts, size_t n, uint8_t out[static DIGEST])
{
    crypto_generichash_state st;
    crypto_generichash_init(&st, NULL, 0, DIGEST);
    for (size_t i = 0; i < n; i++) {
        const struct registry_host *h = &hosts[i];
        const int64_t fixed[] = {h->workspace.n, h->state, (int64_t)h->host.n, (int64_t)h->slug.n,
                                 (int64_t)h->name.n};
        crypto_generichash_update(&st, (const uint8_t *)fixed, sizeof fixed);
        crypto_generichash_update(&st, (const uint8_t *)h->host.p, h->host.n);
        crypto_generichash_update(&st, (const uint8_t *)h->slug.p, h->slug.n);
        crypto_generichash_update(&st, (const uint8_t *)h->name.p, h->name.n);
    }
    crypto_generichash_final(&st, out, DIGEST);
}

static enum rc
send_table(struct child *c, struct arena *mem, const struct registry_host *hosts, size_t n)
{
    int fd = -1;
    struct frame_out f;
    struct host_line *lines = ARENA_ARRAY(mem, struct host_line, n);
    for (size_t i = 0; i < n; i++) {
        lines[i] = (struct host_line){full_name(c, mem, &hosts[i]), hosts[i].slug, hosts[i].name,
                                      hosts[i].workspace.n, hosts[i].state};
    }
    TRY(host_table_new(lines, n, &fd));
    chan_begin(&f, W_HOSTS, 0);
    child_send(c, &f, fd);
    return OK;
}

static void
say(bool bad, const char *event, const char *text)
{
    log_line(bad ? LOG_WARN : LOG_NOTE, event, "%s", text);
}

void
registrar_begin(void)
{
    if (time_zone("Europe/Berlin") != OK) { /* the days that backups are of */
        log_line(LOG_WARN, "zone.unknown", "ws=0");
    }
    catalogue_say_with(say);
}

void
registrar_changed(const struct gate *g, struct child *c, struct arena *mem)
{
    static const struct actor registrar = {.reason = "registrar hosts"};
    struct err err = {0};
    struct rtx *tx;
    struct registry_host *hosts;
    size_t n;
    uint8_t now[DIGEST];
    if (rtx_begin(g->store, mem, time_now(), &registrar, &err, &tx) != OK) {
        log_line(LOG_ERROR, "hosts.unread", "code=%s", code_name(err.code));
        return;
    }
    if (registry_hosts(tx, &hosts, &n) != OK) {
        log_line(LOG_ERROR, "hosts.unread", "code=%s detail=%s", code_name(err.code), err.detail);
        rtx_end(tx);
        return;
    }
    digest(hosts, n, now);
    if (!was_sent || sodium_memcmp(now, last_sent, DIGEST) != 0) {
        const enum rc rc = send_table(c, mem, hosts, n);
        if (rc != OK) {
            log_line(LOG_ERROR, "hosts.unsent", "rows=%zu rc=%d", n, rc);
        }
        memcpy(last_sent, now, DIGEST);
        was_sent = rc == OK;
    }
    rtx_end(tx);
}
