/* releases.c: see releases.h. */
#include "proc/releases.h"

#include "base/log.h"

enum { JSON_MAX = 256, ASKED_MAX = 16384 };

/* The workspace's own words stand behind master's: a name that is there already is refused by who
 * reads it, so they change none of them. */
void
release_ask(struct master *m, int64_t workspace, int64_t order, struct str asked, answer_fn *done,
            void *arg)
{
    const struct str about = asked.n <= ASKED_MAX ? asked : STR("{}");
    const size_t cap = about.n + JSON_MAX;
    char *json = loop_alloc(cap);
    (void)snprintf(json, cap, "{\"workspace\":%lld,\"order\":%lld,\"need\":%lld,\"asked\":%.*s}",
                   (long long)workspace, (long long)order, (long long)m->conf.restore_release,
                   STR_FMT(about));
    command_order(m, "release.ask", json, done, arg);
    free(json);
}

bool
release_is_given(struct str body)
{
    return str_find(body, STR("\"state\":\"released\""), 0) != SIZE_MAX;
}

/* --- the registrar's answers -------------------------------------------------------------------
 */

struct told {
    struct master *m;
    int64_t release, workspace, version;
};

static void
end(struct told *t, const struct answer *a)
{
    if (a->rc != OK) {
        log_line(LOG_WARN, "release.untold", "ws=%lld release=%lld code=%s",
                 (long long)t->workspace, (long long)t->release, a->code);
    }
    free(t);
}

static void
noted(void *arg, const struct answer *a)
{
    end(arg, a);
}

static void
told(void *arg, const struct answer *a)
{
    struct told *t = arg;
    char json[JSON_MAX];
    if (a->rc != OK || t->m->is_stopping) {
        end(t, a);
        return;
    }
    (void)snprintf(json, sizeof json, "{\"release\":%lld,\"version\":%lld}", (long long)t->release,
                   (long long)t->version);
    command_order(t->m, "release.told", json, noted, t);
}

static void
found(void *arg, const struct answer *a)
{
    struct told *t = arg;
    if (a->rc != OK || t->m->is_stopping) {
        end(t, a);
        return;
    }
    command_order_to(t->m, t->workspace, "restore.release_told", a->body, told, t);
}

void
release_take(struct master *m, const struct frame *f)
{
    char json[JSON_MAX];
    int64_t release = 0;
    int64_t workspace = 0;
    int64_t version = 0;
    if (!str_eq(frame_get(f, W_F_NAME), STR("release.answered")) ||
        frame_get_i64(f, W_F_ORDER, &release) != OK ||
        frame_get_i64(f, W_F_WORKSPACE, &workspace) != OK || workspace <= 0 ||
        frame_get_i64(f, W_F_VERSION, &version) != OK) {
        log_line(LOG_ERROR, "ask.unknown", "ws=0");
        return;
    }
    if (m->opt->command_fd >= 0) {
        return; /* a single command of the command line tells nobody */
    }
    struct told *t = loop_alloc(sizeof *t);
    *t = (struct told){m, release, workspace, version};
    (void)snprintf(json, sizeof json, "{\"release\":%lld}", (long long)release);
    command_order(m, "release.find", json, found, t);
}
