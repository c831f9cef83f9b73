/* app.c: see app.h. */
#include "app/app.h"

#include "app/backup/catalogue.h"
#include "app/charge/charge.h"
#include "app/contact/contact.h"
#include "app/demo/demo.h"
#include "app/health/health.h"
#include "app/outbound/outbound.h"
#include "app/project/project.h"
#include "app/registry/registry.h"
#include "app/release/release.h"
#include "app/restore/office.h"
#include "app/restore/order.h"
#include "app/restore/restore.h"
#include "app/time/time.h"
#include "app/transfer/export.h"
#include "app/transfer/transfer.h"
#include "app/user/user.h"
#include "app/workspace/workspace.h"
#include "guard/mail.h"
#include "guard/password.h"
#include "http/serve.h"

const struct domain *const app_domains[] = {
    &contact_domain,        &demo_domain, &outbound_domain, &project_domain, &restore_domain,
    &restore_office_domain, &time_domain, &transfer_domain, &user_domain,    &workspace_domain,
};
const size_t n_app_domains = COUNT(app_domains);

const struct domain *const console_domains[] = {
    &backup_domain,   &charge_domain,  &health_domain,          &operator_domain,
    &registry_domain, &release_domain, &restore_console_domain,
};
const size_t n_console_domains = COUNT(console_domains);

/* --- what every page shows ------------------------------------------------------------------- */

/* The running ones, for the top bar. */
static enum rc
fill_timers(struct page *pg, struct rtx *tx, struct user_id user)
{
    struct timer_view *v;
    size_t n, k = 0;
    TRY(timer_views(tx, user, &v, &n));
    struct page_timer *t = ARENA_ARRAY(pg->mem, struct page_timer, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (v[i].running) {
            t[k++] = (struct page_timer){.id = v[i].id,
                                         .project_name = v[i].project_name,
                                         .company_name = v[i].company_name,
                                         .note = v[i].note,
                                         .seconds = v[i].seconds};
        }
    }
    pg->timers = t;
    pg->n_timers = k;
    return OK;
}

static struct str given_name;

void
app_set_name(struct str name)
{
    given_name = name;
}

void
app_set_origin(struct str origin)
{
    const size_t at = str_find(origin, STR("://"), 0);
    struct str host = at != SIZE_MAX ? str_sub(origin, at + 3, origin.n) : STR("");
    const size_t colon = str_find(host, STR(":"), 0);

    password_for_host(colon != SIZE_MAX ? str_sub(host, 0, colon) : host);
}

enum rc
app_name(struct rtx *tx, struct str *ret_name)
{
    struct settings s;
    TRY(settings_get(tx, &s));
    *ret_name = s.agency_name.n > 0 ? s.agency_name : given_name;
    return OK;
}

enum rc
console_name(struct rtx *tx, struct str *ret_name)
{
    (void)tx;
    *ret_name = text_get(T_console_name, LANG_DE);
    return OK;
}

enum rc
app_ambient(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    TRY(app_name(tx, &pg->workspace));
    if (!pg->signed_in) {
        return OK;
    }
    TRY(notice_count_unseen(tx, pg->user, &pg->n_notices));
    return fill_timers(pg, tx, pg->user);
}

enum rc
console_ambient(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    pg->workspace = page_text(pg, T_console_name, STR_NONE);
    return pg->signed_in ? notice_count_unseen(tx, pg->user, &pg->n_notices) : OK;
}

/* --- housekeeping ---------------------------------------------------------------------------- */

enum rc
app_tidy(struct store *s, struct arena *mem, struct instant now, bool is_console, struct err *err)
{
    struct actor system_actor = {.reason = "tidy"};
    struct wtx *tx;
    TRY(wtx_begin(s, mem, now, &system_actor, err, &tx));
    enum rc rc = user_prune(tx);
    int64_t imports;
    if (rc == OK) {
        rc = mail_prune(tx);
    }
    if (rc == OK) {
        rc = restore_prune(tx);
    }
    if (rc == OK && is_console) {
        rc = charge_tidy(tx);
    }
    if (rc == OK && !is_console) { /* system.db has no agency's tables */
        rc = contact_import_expire(tx, &imports);
    }
    if (rc == OK && !is_console) {
        rc = order_tidy(tx);
    }
    if (rc == OK && !is_console) {
        rc = export_tidy(tx);
    }
    if (rc != OK) {
        wtx_rollback(tx);
        return rc;
    }
    return wtx_commit(tx);
}

enum rc
app_check(struct store *s, struct arena *mem, struct instant now, struct err *err)
{
    struct actor nobody = {.reason = "check"};
    struct rtx *tx;
    TRY(rtx_begin(s, mem, now, &nobody, err, &tx));
    enum rc rc = project_check_minutes(tx);
    rtx_end(tx);
    return rc;
}

static enum rc
show_samples(struct rtx *tx, int64_t *ret_pages)
{
    static const char *const pages[] = {"/", "/projekte", "/kontakte"};
    struct user_id user;
    TRY(restore_sample_user(tx, &user));
    for (size_t i = 0; i < COUNT(pages) && user.n != 0; i++) {
        TRY(serve_sample(app_domains, n_app_domains, pages[i], user, tx));
        ++*ret_pages;
    }
    return OK;
}

enum rc
app_drill(struct store *s, struct arena *mem, struct instant now, bool is_console, struct err *err,
          int64_t *ret_pages)
{
    struct actor nobody = {.reason = "drill"};
    struct rtx *tx;
    *ret_pages = 0;
    TRY(store_check_ids(s, err));
    TRY(rtx_begin(s, mem, now, &nobody, err, &tx));
    enum rc rc = audit_check(tx);
    if (rc == OK && !is_console) {
        rc = show_samples(tx, ret_pages);
    }
    rtx_end(tx);
    return rc;
}

enum rc
app_zone(struct store *s, struct arena *mem, struct instant now, struct err *err,
         struct str *ret_zone)
{
    struct actor nobody = {.reason = "start"};
    struct settings set;
    struct rtx *tx;
    TRY(rtx_begin(s, mem, now, &nobody, err, &tx));
    enum rc rc = settings_get(tx, &set);
    if (rc == OK) {
        *ret_zone = arena_copy(mem, set.zone);
    }
    rtx_end(tx);
    return rc;
}

enum rc
app_mail_is_on(struct store *s, struct arena *mem, struct instant now, struct err *err,
               bool *ret_on)
{
    struct actor nobody = {.reason = "start"};
    struct own_server own;
    bool found = false;
    struct rtx *tx;
    TRY(rtx_begin(s, mem, now, &nobody, err, &tx));
    enum rc rc = own_server_find(tx, &own, &found);
    rtx_end(tx);
    *ret_on = found || outbound_setup()->mail_server.n > 0;
    return rc;
}

enum rc
app_policy(struct store *s, struct arena *mem, struct instant now, struct err *err,
           struct policy *ret_p)
{
    struct actor nobody = {.reason = "start"};
    struct rtx *tx;
    TRY(rtx_begin(s, mem, now, &nobody, err, &tx));
    enum rc rc = settings_policy(tx, ret_p);
    rtx_end(tx);
    return rc;
}
