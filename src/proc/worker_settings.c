/* worker_settings.c: what holds in a workspace's writer: what kontor.conf says, and what its own
 * store does. */
#include "app/app.h"
#include "app/outbound/outbound.h"
#include "app/release/release.h"
#include "app/user/user.h"
#include "base/log.h"
#include "guard/password.h"
#include "proc/worker_own.h"

/* --- the workspace's own ---------------------------------------------------------------------- */

/* Base/time has the zone of this process; the settings say which. */
static void
take_zone(struct store *s, struct arena *mem)
{
    struct err err = {0};
    struct str zone;
    if (app_zone(s, mem, time_now(), &err, &zone) != OK || time_zone(zone.p) != OK) {
        log_line(LOG_WARN, "zone.unknown", "code=%s", code_name(err.code));
    }
    arena_reset(mem);
}

/* What was tightened about signing in; what held before goes on when it cannot be read. */
static void
take_policy(struct store *s, struct arena *mem)
{
    struct err err = {0};
    struct policy p;
    if (app_policy(s, mem, time_now(), &err, &p) == OK) {
        policy_set(&p);
    } else {
        log_line(LOG_WARN, "policy.unknown", "code=%s", code_name(err.code));
    }
    arena_reset(mem);
}

static void
set_mail(const struct child *c, bool is_on)
{
    user_set_mail(&(struct mail_setting){
        .name = child_get(c, "name"), .origin = child_get(c, "origin"), .is_on = is_on});
}

/* Mail leaves through the operator's server or one of the workspace's own. */
static void
take_mail(const struct child *c, struct store *s, struct arena *mem)
{
    struct err err = {0};
    bool is_on;
    if (app_mail_is_on(s, mem, time_now(), &err, &is_on) == OK) {
        set_mail(c, is_on);
    }
    arena_reset(mem);
}

void
worker_take_settings(const struct child *c, struct store *s, struct arena *mem)
{
    take_zone(s, mem);
    take_policy(s, mem);
    take_mail(c, s, mem);
}

bool
worker_is_setting(enum event e)
{
    return e == EVENT_SETTINGS_CHANGED || e == EVENT_TARGET_SAVED || e == EVENT_TARGET_ON ||
           e == EVENT_TARGET_OFF || e == EVENT_TARGET_REMOVED;
}

/* --- the operator's --------------------------------------------------------------------------- */

/* What the operator's configuration says about the ways outside. */
static void
take_outbound(const struct child *c)
{
    static char server[300];
    const struct str host = child_get(c, "smtp_host");
    if (host.n > 0) {
        const bool bracket = str_find(host, STR(":"), 0) != SIZE_MAX;
        (void)snprintf(server, sizeof(server), bracket ? "[%.*s]:%lld" : "%.*s:%lld", STR_FMT(host),
                       (long long)child_get_i64(c, "smtp_port", 465));
    }
    outbound_init(&(struct outbound_setup){
        .mail_server = str_of(server), .own_allowed = child_get_i64(c, "workspace_mail", 0) != 0});
}

void
worker_take_config(const struct child *c)
{
    app_set_name(child_get(c, "name"));
    app_set_origin(child_get(c, "origin"));
    set_mail(c, child_get(c, "mail_from").n > 0);
    release_set_need(child_get_i64(c, "restore_release", 0));
    user_set_security_contact(child_get(c, "security_contact"));
    hash_cost_set(child_get_i64(c, "hash_ops", 0), child_get_i64(c, "hash_mem_kib", 0));
    take_outbound(c);
}
