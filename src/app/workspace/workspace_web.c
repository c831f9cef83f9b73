/* workspace_web.c: the settings pages: the agency, projects, times, signing in. The categories of
 * times stand beside them and belong to app/time. */
#include "app/workspace/inner.h"
#include "base/time.h"
#include "guard/audit.h"
#include "guard/limit.h"
#include "http/reply.h"

enum { PRESETS = 4, MINUTE_S = 60 };

enum setting_tab { SETTING_AGENCY = 1, SETTING_PROJECTS, SETTING_TIMES, SETTING_SIGN_IN };

/* Somebody else saved in between: who, when. */
struct setting_stale {
    struct audit_entry *entries;
    size_t n_entries;
};

struct setting_frame {
    enum setting_tab tab;
    int64_t version, policy_version;
    struct setting_stale stale;
};

struct agency_page {
    struct setting_frame frame;
    struct agency_form form;
    struct option *zones, *langs;
    size_t n_zones, n_langs;
};

struct scheme_preset {
    struct str example;
    struct url use;
    enum text text;
};

struct project_rules_page {
    struct setting_frame frame;
    struct project_rules_form form;
    struct option *scopes;
    size_t n_scopes;
    struct str example; /* "" when the scheme shown cannot make numbers */
    struct scheme_preset *presets;
    size_t n_presets;
};

struct time_rules_page {
    struct setting_frame frame;
    struct time_rules_form form;
    struct option *rasters;
    size_t n_rasters;
};

struct sign_in_rules_page {
    struct setting_frame frame;
    struct sign_in_rules_form form;
    struct instant homebanking_since; /* INSTANT_NONE: off */
    bool is_homebanking;
    int64_t idle_minutes, fails, wait_minutes; /* what it means */
};
#include "workspace.tmpl.h"

/* --- frame -------------------------------------------------------------------------------------
 */

/* The stored version, but after another fault the one that the form came with. */
static int64_t
version_of(struct req *rq, struct str field, int64_t kept)
{
    int64_t sent;

    return !req_refused_with(rq, E_STALE) && str_to_i64(req_raw(rq, field), &sent) == OK ? sent
                                                                                         : kept;
}

/* The versions, and what a stale form is told. */
static enum rc
put_frame(struct req *rq, struct rtx *tx, const struct settings *s, enum setting_tab tab,
          enum text title, struct setting_frame *f)
{
    const bool demands = tab == SETTING_SIGN_IN;
    const int64_t kept = demands ? s->policy_version : s->version;
    struct page *pg = req_page(rq);
    int64_t sent;

    *f = (struct setting_frame){.tab = tab,
                                .version = version_of(rq, STR("version"), kept),
                                .policy_version =
                                    version_of(rq, STR("policy_version"), s->policy_version)};
    pg->nav = NAV_SETTINGS;
    pg->title = page_text(pg, title, STR_NONE);
    if (!req_refused_with(rq, E_STALE) || str_to_i64(req_raw(rq, STR("version")), &sent) != OK) {
        return OK;
    }
    return audit_since(tx, demands ? SETTINGS_POLICY : SETTINGS_AGENCY, sent, kept,
                       &f->stale.entries, &f->stale.n_entries);
}

static struct option
number_option(struct arena *mem, int64_t value, struct str label, int64_t now)
{
    return (struct option){.value = arena_fmt(mem, "%lld", (long long)value),
                           .label = label,
                           .selected = value == now};
}

/* --- agency ------------------------------------------------------------------------------------
 */

static void
put_zones(struct arena *mem, struct agency_page *d)
{
    const struct str *zones = settings_zones();

    while (zones[d->n_zones].p != NULL) {
        d->n_zones++;
    }
    d->zones = ARENA_ARRAY(mem, struct option, d->n_zones);
    for (size_t i = 0; i < d->n_zones; i++) {
        d->zones[i] = (struct option){.value = zones[i], .label = zones[i]};
    }
}

static enum rc
get_agency(struct req *rq, struct rtx *tx)
{
    static const enum text langs[LANG_COUNT] = {
        [LANG_DE] = T_setting_lang_de, [LANG_EN] = T_setting_lang_en};
    struct agency_page d = {0};
    struct settings s;

    TRY(settings_get(tx, &s));
    TRY(put_frame(rq, tx, &s, SETTING_AGENCY, T_setting_title_agency, &d.frame));
    agency_form_of(&s, &d.form);
    put_zones(req_mem(rq), &d);
    d.n_langs = LANG_COUNT;
    d.langs = ARENA_ARRAY(req_mem(rq), struct option, LANG_COUNT);
    for (int64_t i = 0; i < LANG_COUNT; i++) {
        d.langs[i] =
            number_option(req_mem(rq), i, page_text(req_page(rq), langs[i], STR_NONE), s.lang);
    }
    return reply_page(rq, setting_agency_html, &d);
}

/* Rules that a field table cannot say; all faults of the form are shown at once. */
static bool
refused(struct req *rq, const struct setting_fault *fault)
{
    if (fault->field == NULL) {
        return false;
    }
    req_fault(rq, fault->field, fault->code, fault->arg);
    return true;
}

static enum rc
check_agency(struct req *rq, struct rtx *tx)
{
    const struct setting_fault fault = agency_check(req_form(rq, struct agency_form));

    (void)tx;
    (void)refused(rq, &fault);
    return OK;
}

static enum rc
post_agency(struct req *rq, struct wtx *tx)
{
    const struct agency_form *f = req_form(rq, struct agency_form);
    const struct setting_fault fault = agency_check(f);
    if (refused(rq, &fault)) {
        return OK;
    }
    TRY(settings_save_agency(tx, f));
    return reply_done(rq, URL("/einstellungen"), T_notice_settings);
}

/* --- projects ----------------------------------------------------------------------------------
 */

/* What the next number would look like for a company 31 called LUE, as the manual's examples have
 * it. */
static struct str
example_of(struct arena *mem, struct day today, struct str scheme)
{
    const struct scheme_fill fill = {
        .day = today, .company = {31}, .company_code = STR("LUE"), .n = 4};

    return scheme_print(mem, scheme, &fill);
}

static void
put_presets(struct req *rq, struct project_rules_page *d)
{
    static const struct {
        struct str scheme;
        enum scheme_scope scope;
        enum text text;
    } all[PRESETS] = {
        {STR("{YY}-{CUSTNO}-{N:3}"), SCHEME_COMPANY_YEAR, T_setting_preset_company_year},
        {STR("{CUSTCODE}-{N:3}"),    SCHEME_COMPANY,      T_setting_preset_company     },
        {STR("{YYYY}-{N:3}"),        SCHEME_YEAR,         T_setting_preset_year        },
        {STR("P{N:5}"),              SCHEME_ALL,          T_setting_preset_all         },
    };
    struct arena *mem = req_mem(rq);

    d->n_presets = PRESETS;
    d->presets = ARENA_ARRAY(mem, struct scheme_preset, PRESETS);
    for (size_t i = 0; i < PRESETS; i++) {
        d->presets[i] = (struct scheme_preset){
            .example = example_of(mem, req_today(rq), all[i].scheme),
            .use = url_fmt(mem, "/einstellungen/projekte?project_scheme=%s&project_scope=%d",
                           url_text(mem, all[i].scheme), (int)all[i].scope),
            .text = all[i].text,
        };
    }
}

static void
put_scopes(struct req *rq, struct project_rules_page *d)
{
    static const enum text texts[] = {T_setting_scope_all, T_setting_scope_year,
                                      T_setting_scope_company, T_setting_scope_company_year};

    d->n_scopes = COUNT(texts);
    d->scopes = ARENA_ARRAY(req_mem(rq), struct option, COUNT(texts));
    for (size_t i = 0; i < COUNT(texts); i++) {
        d->scopes[i] =
            number_option(req_mem(rq), (int64_t)i, page_text(req_page(rq), texts[i], STR_NONE),
                          d->form.project_scope);
    }
}

/* The example is that of the scheme in the form: the one just sent, one out of a link, the stored
 * one. */
static void
put_example(struct req *rq, struct project_rules_page *d)
{
    const struct str raw = req_raw(rq, STR("project_scheme"));
    struct str scheme;
    struct str arg;
    enum code code;

    req_query_form(rq, &project_rules_form_def, &d->form);
    d->form.version = d->frame.version;
    scheme = raw.p != NULL ? str_trim(raw) : d->form.project_scheme;
    if (scheme_check(scheme, SCHEME_ALL, &code, &arg) == OK) {
        d->example = example_of(req_mem(rq), req_today(rq), scheme);
    }
}

static enum rc
get_project_rules(struct req *rq, struct rtx *tx)
{
    struct project_rules_page d = {.example = STR("")};
    struct settings s;

    TRY(settings_get(tx, &s));
    TRY(put_frame(rq, tx, &s, SETTING_PROJECTS, T_setting_title_projects, &d.frame));
    project_rules_form_of(&s, &d.form);
    put_example(rq, &d);
    put_scopes(rq, &d);
    put_presets(rq, &d);
    return reply_page(rq, setting_projects_html, &d);
}

static enum rc
check_project_rules(struct req *rq, struct rtx *tx)
{
    const struct setting_fault fault = project_rules_check(req_form(rq, struct project_rules_form));

    (void)tx;
    (void)refused(rq, &fault);
    return OK;
}

static enum rc
post_project_rules(struct req *rq, struct wtx *tx)
{
    const struct project_rules_form *f = req_form(rq, struct project_rules_form);
    const struct setting_fault fault = project_rules_check(f);
    if (refused(rq, &fault)) {
        return OK;
    }
    TRY(settings_save_project_rules(tx, f));
    return reply_done(rq, URL("/einstellungen/projekte"), T_notice_settings);
}

/* --- times -------------------------------------------------------------------------------------
 */

static enum rc
get_time_rules(struct req *rq, struct rtx *tx)
{
    const int64_t *rasters = settings_rasters();
    struct page *pg = req_page(rq);
    struct time_rules_page d = {0};
    struct settings s;

    TRY(settings_get(tx, &s));
    TRY(put_frame(rq, tx, &s, SETTING_TIMES, T_setting_title_times, &d.frame));
    time_rules_form_of(&s, &d.form);
    while (rasters[d.n_rasters] >= 0) {
        d.n_rasters++;
    }
    d.rasters = ARENA_ARRAY(req_mem(rq), struct option, d.n_rasters);
    for (size_t i = 0; i < d.n_rasters; i++) {
        const struct str minutes = arena_fmt(req_mem(rq), "%lld", (long long)rasters[i]);

        d.rasters[i] =
            number_option(req_mem(rq), rasters[i],
                          rasters[i] == 0 ? page_text(pg, T_setting_raster_free, STR_NONE)
                                          : page_text(pg, T_setting_raster_minutes, minutes),
                          s.raster.n);
    }
    return reply_page(rq, setting_times_html, &d);
}

static enum rc
check_time_rules(struct req *rq, struct rtx *tx)
{
    const struct setting_fault fault = time_rules_check(req_form(rq, struct time_rules_form));

    (void)tx;
    (void)refused(rq, &fault);
    return OK;
}

static enum rc
post_time_rules(struct req *rq, struct wtx *tx)
{
    const struct time_rules_form *f = req_form(rq, struct time_rules_form);
    const struct setting_fault fault = time_rules_check(f);
    if (refused(rq, &fault)) {
        return OK;
    }
    TRY(settings_save_time_rules(tx, f));
    return reply_done(rq, URL("/einstellungen/zeiten"), T_notice_settings);
}

/* --- signing in --------------------------------------------------------------------------------
 */

static enum rc
get_sign_in_rules(struct req *rq, struct rtx *tx)
{
    struct sign_in_rules_page d = {.idle_minutes = HOMEBANKING_IDLE_S / MINUTE_S,
                                   .fails = HOMEBANKING_FAILS,
                                   .wait_minutes = LIMIT_DELAY_MAX_S / MINUTE_S};
    struct settings s;
    struct policy p;

    TRY(settings_get(tx, &s));
    TRY(settings_policy(tx, &p));
    TRY(put_frame(rq, tx, &s, SETTING_SIGN_IN, T_setting_title_sign_in, &d.frame));
    sign_in_rules_form_of(&p, s.policy_version, &d.form);
    d.homebanking_since = p.homebanking_since;
    d.is_homebanking = p.homebanking_since.us != 0;
    return reply_page(rq, setting_sign_in_html, &d);
}

static enum rc
post_sign_in_rules(struct req *rq, struct wtx *tx)
{
    TRY(settings_save_sign_in_rules(tx, req_form(rq, struct sign_in_rules_form)));
    return reply_done(rq, URL("/einstellungen/anmeldung"), T_notice_settings);
}

static enum rc
post_homebanking_on(struct req *rq, struct wtx *tx)
{
    TRY(settings_switch_homebanking(tx, req_form(rq, struct switch_form), true));
    return reply_done(rq, URL("/einstellungen/anmeldung"), T_notice_homebanking_on);
}

static enum rc
post_homebanking_off(struct req *rq, struct wtx *tx)
{
    TRY(settings_switch_homebanking(tx, req_form(rq, struct switch_form), false));
    return reply_done(rq, URL("/einstellungen/anmeldung"), T_notice_homebanking_off);
}

/* --- routes ------------------------------------------------------------------------------------
 */

/* clang-format off */
static const struct route routes[] = {
    GET ("/einstellungen",          SETTING_WRITE, get_agency),
    POST("/einstellungen",          SETTING_WRITE, SETTINGS_CHANGED, agency_form,        post_agency,        .again = get_agency, .check = check_agency),
    GET ("/einstellungen/anmeldung", SETTING_WRITE, get_sign_in_rules),
    POST("/einstellungen/anmeldung", SETTING_WRITE, SETTINGS_CHANGED, sign_in_rules_form, post_sign_in_rules, .again = get_sign_in_rules, .step_up = true),
    POST("/einstellungen/anmeldung/homebanking/aus", SETTING_WRITE, SETTINGS_CHANGED, switch_form, post_homebanking_off, .again = get_sign_in_rules, .step_up = true),
    POST("/einstellungen/anmeldung/homebanking/ein", SETTING_WRITE, SETTINGS_CHANGED, switch_form, post_homebanking_on, .again = get_sign_in_rules, .step_up = true),
    GET ("/einstellungen/projekte", SETTING_WRITE, get_project_rules),
    POST("/einstellungen/projekte", SETTING_WRITE, SETTINGS_CHANGED, project_rules_form, post_project_rules, .again = get_project_rules, .check = check_project_rules),
    GET ("/einstellungen/zeiten",   SETTING_WRITE, get_time_rules),
    POST("/einstellungen/zeiten",   SETTING_WRITE, SETTINGS_CHANGED, time_rules_form,    post_time_rules,    .again = get_time_rules, .check = check_time_rules),
    GET ("/suche",                  SELF,          search_get),
};
/* clang-format on */

const struct domain workspace_domain = {
    .name = "workspace",
    .routes = routes,
    .n_routes = COUNT(routes),
};
