/* registrar.c: the host table on its way to master. */
#include "proc/registrar.h"

#include <sodium.h>

#include "app/backup/catalogue.h"
#include "app/registry/registry.h"
#include "base/log.h"
#include "base/time.h"

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

static void
send_rows(struct child *c, struct arena *mem, const struct registry_host *hosts, size_t n)
{
    struct frame_out f;
    for (size_t i = 0; i < n; i++) {
        chan_begin(&f, W_HOSTS, 0);
        frame_put_str(&f, W_F_HOST, full_name(c, mem, &hosts[i]));
        frame_put_str(&f, W_F_SLUG, hosts[i].slug);
        frame_put_str(&f, W_F_NAME, hosts[i].name);
        frame_put_i64(&f, W_F_WORKSPACE, hosts[i].workspace.n);
        frame_put_i64(&f, W_F_STATE, hosts[i].state);
        child_send(c, &f, -1);
    }
    chan_begin(&f, W_HOSTS, 0);
    frame_put_i64(&f, W_F_DONE, 1);
    child_send(c, &f, -1);
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
        send_rows(c, mem, hosts, n);
        memcpy(last_sent, now, DIGEST);
        was_sent = true;
    }
    rtx_end(tx);
}
