/* workspace.c: the settings: their defaults, rules and verbs. Who the agency is and how it works is
 * one row, which a restore brings back; what it demands of its people is another, which stays as it
 * is (decision 94). While nothing was saved, the defaults hold. */
#include "app/workspace/inner.h"

#include "guard/audit.h"
#include "workspace.sql.h"

enum {
    WEEK_DEFAULT = 40 * 60,
    WEEK_MAX = 7 * 24 * 60,
    LOCK_DEFAULT = 30,
    LOCK_MAX = 3650,
    GRACE_DEFAULT = 7
};
enum { MINUTE_S = 60, HOUR_S = 60 * 60 };

/* --- what may be chosen ------------------------------------------------------------------------
 */

/* Europe first in importance, the rest of the world by its large places. Sorted. */
static const struct str zones[] = {
    STR("Africa/Cairo"),
    STR("Africa/Johannesburg"),
    STR("Africa/Lagos"),
    STR("Africa/Nairobi"),
    STR("America/Bogota"),
    STR("America/Chicago"),
    STR("America/Denver"),
    STR("America/Los_Angeles"),
    STR("America/Mexico_City"),
    STR("America/New_York"),
    STR("America/Sao_Paulo"),
    STR("America/Toronto"),
    STR("Asia/Bangkok"),
    STR("Asia/Dubai"),
    STR("Asia/Hong_Kong"),
    STR("Asia/Jerusalem"),
    STR("Asia/Kolkata"),
    STR("Asia/Seoul"),
    STR("Asia/Shanghai"),
    STR("Asia/Singapore"),
    STR("Asia/Tokyo"),
    STR("Atlantic/Canary"),
    STR("Atlantic/Reykjavik"),
    STR("Australia/Sydney"),
    STR("Europe/Amsterdam"),
    STR("Europe/Athens"),
    STR("Europe/Belgrade"),
    STR("Europe/Berlin"),
    STR("Europe/Brussels"),
    STR("Europe/Bucharest"),
    STR("Europe/Budapest"),
    STR("Europe/Copenhagen"),
    STR("Europe/Dublin"),
    STR("Europe/Helsinki"),
    STR("Europe/Istanbul"),
    STR("Europe/Kyiv"),
    STR("Europe/Lisbon"),
    STR("Europe/London"),
    STR("Europe/Luxembourg"),
    STR("Europe/Madrid"),
    STR("Europe/Oslo"),
    STR("Europe/Paris"),
    STR("Europe/Prague"),
    STR("Europe/Rome"),
    STR("Europe/Sofia"),
    STR("Europe/Stockholm"),
    STR("Europe/Tallinn"),
    STR("Europe/Vaduz"),
    STR("Europe/Vienna"),
    STR("Europe/Vilnius"),
    STR("Europe/Warsaw"),
    STR("Europe/Zagreb"),
    STR("Europe/Zurich"),
    STR("Pacific/Auckland"),
    STR("UTC"),
    STR_NONE,
};
static const int64_t rasters[] = {0, 3, 5, 6, 10, 12, 15, 20, 30, 60, -1};

const struct str *
settings_zones(void)
{
    return zones;
}

const int64_t *
settings_rasters(void)
{
    return rasters;
}

/* --- forms -------------------------------------------------------------------------------------
 */

/* clang-format off */
static const struct field agency_fields[] = {
    FIELD(struct agency_form, agency_name, T_setting_agency_name, .required = true, .token = "organization"),
    FIELD(struct agency_form, street, T_setting_street, .token = "street-address"),
    FIELD(struct agency_form, postal_code, T_setting_postal_code, .max = 20, .token = "postal-code"),
    FIELD(struct agency_form, city, T_setting_city, .max = 120, .token = "address-level2"),
    FIELD(struct agency_form, country, T_setting_country, .max = 60, .token = "country-name"),
    FIELD(struct agency_form, agency_phone, T_setting_phone, .max = 60, .token = "tel", .mode = "tel"),
    FIELD(struct agency_form, agency_email, T_setting_email, .token = "email", .mode = "email"),
    FIELD(struct agency_form, zone, T_setting_zone, .required = true, .max = 60),
    FIELD(struct agency_form, lang, T_setting_lang, .required = true, .max = LANG_COUNT - 1),
    FIELD(struct agency_form, version, T_NONE),
};
static const struct field project_rules_fields[] = {
    FIELD(struct project_rules_form, project_scheme, T_setting_scheme, .required = true, .max = SCHEME_MAX),
    FIELD(struct project_rules_form, project_scope, T_setting_scope, .required = true, .max = SCHEME_COMPANY_YEAR),
    FIELD(struct project_rules_form, budget_warn, T_setting_budget_warn, .required = true, .min = 100, .max = 10000),
    FIELD(struct project_rules_form, department_0, T_setting_department_0, .max = 60),
    FIELD(struct project_rules_form, department_1, T_setting_department_1, .max = 60),
    FIELD(struct project_rules_form, department_2, T_setting_department_2, .max = 60),
    FIELD(struct project_rules_form, department_3, T_setting_department_3, .max = 60),
    FIELD(struct project_rules_form, department_4, T_setting_department_4, .max = 60),
    FIELD(struct project_rules_form, department_5, T_setting_department_5, .max = 60),
    FIELD(struct project_rules_form, department_6, T_setting_department_6, .max = 60),
    FIELD(struct project_rules_form, department_7, T_setting_department_7, .max = 60),
    FIELD(struct project_rules_form, department_8, T_setting_department_8, .max = 60),
    FIELD(struct project_rules_form, department_9, T_setting_department_9, .max = 60),
    FIELD(struct project_rules_form, version, T_NONE),
};
static const struct field time_rules_fields[] = {
    FIELD(struct time_rules_form, raster, T_setting_raster, .required = true, .max = 60),
    FIELD(struct time_rules_form, lock_days, T_setting_lock_days, .max = LOCK_MAX, .mode = "numeric"),
    FIELD(struct time_rules_form, week_minutes, T_setting_week, .required = true, .hours = true, .max = WEEK_MAX),
    FIELD(struct time_rules_form, version, T_NONE),
    FIELD(struct time_rules_form, policy_version, T_setting_lock_days, .max = INT32_MAX),
};
static const struct field sign_in_rules_fields[] = {
    FIELD(struct sign_in_rules_form, idle_limit, T_setting_idle_limit, .required = true, .min = POLICY_IDLE_MIN_S / MINUTE_S, .max = POLICY_IDLE_S / MINUTE_S, .mode = "numeric"),
    FIELD(struct sign_in_rules_form, life_limit, T_setting_life_limit, .required = true, .min = POLICY_LIFE_MIN_S / HOUR_S, .max = POLICY_LIFE_S / HOUR_S, .mode = "numeric"),
    FIELD(struct sign_in_rules_form, strict_codes, T_setting_strict_codes),
    FIELD(struct sign_in_rules_form, passkey_alone, T_setting_passkey_alone),
    FIELD(struct sign_in_rules_form, demand_1, T_group_time_recorder_1),
    FIELD(struct sign_in_rules_form, demand_2, T_group_time_recorder_2),
    FIELD(struct sign_in_rules_form, demand_3, T_group_team_leader),
    FIELD(struct sign_in_rules_form, demand_4, T_group_administration),
    FIELD(struct sign_in_rules_form, demand_6, T_group_crm_recorder),
    FIELD(struct sign_in_rules_form, demand_7, T_group_external_cost_recorder),
    FIELD(struct sign_in_rules_form, grace_days, T_setting_grace, .required = true, .max = POLICY_GRACE_MAX_DAYS, .mode = "numeric"),
    FIELD(struct sign_in_rules_form, version, T_NONE),
};
static const struct field switch_fields[] = {
    FIELD(struct switch_form, version, T_NONE),
};
/* clang-format on */
const struct form_def agency_form_def = FORM_DEF(agency_form, agency_fields);
const struct form_def project_rules_form_def = FORM_DEF(project_rules_form, project_rules_fields);
const struct form_def sign_in_rules_form_def = FORM_DEF(sign_in_rules_form, sign_in_rules_fields);
const struct form_def switch_form_def = FORM_DEF(switch_form, switch_fields);
const struct form_def time_rules_form_def = FORM_DEF(time_rules_form, time_rules_fields);

/* What the audit says of the switch of SES-06. */
struct homebanking_state {
    bool homebanking;
};
static const struct field homebanking_fields[] = {
    FIELD(struct homebanking_state, homebanking, T_setting_homebanking),
};
static const struct form_def homebanking_state_def =
    FORM_DEF(homebanking_state, homebanking_fields);

void
agency_form_of(const struct settings *s, struct agency_form *ret_f)
{
    *ret_f = (struct agency_form){
        .agency_name = s->agency_name,
        .street = s->street,
        .postal_code = s->postal_code,
        .city = s->city,
        .country = s->country,
        .agency_phone = s->agency_phone,
        .agency_email = s->agency_email,
        .zone = s->zone,
        .lang = s->lang,
        .version = s->version,
    };
}

void
project_rules_form_of(const struct settings *s, struct project_rules_form *ret_f)
{
    *ret_f = (struct project_rules_form){
        .project_scheme = s->project_scheme,
        .project_scope = s->project_scope,
        .budget_warn = s->budget_warn,
        .department_0 = s->department[0],
        .department_1 = s->department[1],
        .department_2 = s->department[2],
        .department_3 = s->department[3],
        .department_4 = s->department[4],
        .department_5 = s->department[5],
        .department_6 = s->department[6],
        .department_7 = s->department[7],
        .department_8 = s->department[8],
        .department_9 = s->department[9],
        .version = s->version,
    };
}

void
time_rules_form_of(const struct settings *s, struct time_rules_form *ret_f)
{
    *ret_f = (struct time_rules_form){
        .raster = s->raster.n,
        .lock_days = s->lock_days,
        .week_minutes = s->week,
        .version = s->version,
        .policy_version = s->policy_version,
    };
}

void
sign_in_rules_form_of(const struct policy *p, int64_t version, struct sign_in_rules_form *ret_f)
{
    *ret_f = (struct sign_in_rules_form){
        .idle_limit = p->idle_s / MINUTE_S,
        .life_limit = p->life_s / HOUR_S,
        .strict_codes = p->strict_codes,
        .passkey_alone = p->passkey_alone,
#define X(group) .demand_##group = p->factor_since[group].us != 0,
        FREE_GROUPS(X)
#undef X
            .grace_days = p->grace_days,
        .version = version,
    };
}

/* --- rules -------------------------------------------------------------------------------------
 */

struct setting_fault
agency_check(const struct agency_form *f)
{
    for (size_t i = 0; zones[i].p != NULL; i++) {
        if (str_eq(zones[i], f->zone)) {
            return (struct setting_fault){NULL, E_NONE, STR_NONE};
        }
    }
    return (struct setting_fault){"zone", E_FIELD_CHOICE, STR_NONE};
}

struct setting_fault
project_rules_check(const struct project_rules_form *f)
{
    struct setting_fault fault = {"project_scheme", E_NONE, STR_NONE};

    if (scheme_check(f->project_scheme, (enum scheme_scope)f->project_scope, &fault.code,
                     &fault.arg) != OK) {
        return fault;
    }
    return (struct setting_fault){NULL, E_NONE, STR_NONE};
}

struct setting_fault
time_rules_check(const struct time_rules_form *f)
{
    for (size_t i = 0; rasters[i] >= 0; i++) {
        if (rasters[i] == f->raster) {
            return (struct setting_fault){NULL, E_NONE, STR_NONE};
        }
    }
    return (struct setting_fault){"raster", E_FIELD_CHOICE, STR_NONE};
}

/* --- reading and saving ------------------------------------------------------------------------
 */

static const struct settings defaults = {
    .agency_name = STR(""),
    .street = STR(""),
    .postal_code = STR(""),
    .city = STR(""),
    .country = STR(""),
    .agency_phone = STR(""),
    .agency_email = STR(""),
    .zone = STR("Europe/Berlin"),
    .lang = LANG_DE,
    .project_scheme = STR("{YY}-{CUSTNO}-{N:3}"),
    .project_scope = SCHEME_COMPANY_YEAR,
    .budget_warn.n = 8500,
    .department = {STR(""),  STR(""), STR(""), STR(""), STR(""), STR(""), STR(""), STR(""), STR(""),
                   STR("")},
    .raster = {15},
    .lock_days = LOCK_DEFAULT,
    .week = {WEEK_DEFAULT},
};

static enum rc
get_agency(struct rtx *tx, struct settings *ret_s)
{
    struct agency_row_row row;
    bool found;

    *ret_s = defaults;
    TRY(agency_row(tx, &row, &found));
    if (!found) {
        return OK;
    }
    *ret_s = (struct settings){
        .agency_name = row.agency_name,
        .street = row.street,
        .postal_code = row.postal_code,
        .city = row.city,
        .country = row.country,
        .agency_phone = row.agency_phone,
        .agency_email = row.agency_email,
        .zone = row.zone,
        .lang = row.lang,
        .project_scheme = row.project_scheme,
        .project_scope = (enum scheme_scope)row.project_scope,
        .budget_warn = row.budget_warn,
        .department = {row.department_0, row.department_1, row.department_2, row.department_3,
                       row.department_4, row.department_5, row.department_6, row.department_7,
                       row.department_8, row.department_9},
        .raster = row.raster_minutes,
        .lock_days = LOCK_DEFAULT,
        .week = row.week_minutes,
        .version = row.version,
    };
    return OK;
}

static enum rc
get_lock(struct rtx *tx, struct settings *s)
{
    struct policy_row_row row;
    bool found;

    TRY(policy_row(tx, &row, &found));
    if (found) {
        s->lock_days = row.lock_days;
        s->policy_version = row.version;
    }
    return OK;
}

enum rc
settings_get(struct rtx *tx, struct settings *ret_s)
{
    enum rc rc = get_agency(tx, ret_s);

    rc = rc == OK ? get_lock(tx, ret_s) : rc;
    if (rc != OK && rtx_is_old(tx)) { /* whoever reads what is there shall not wait for the rest */
        *rtx_err(tx) = (struct err){0};
        *ret_s = defaults;
        return OK;
    }
    return rc;
}

enum rc
settings_policy(struct rtx *tx, struct policy *ret_p)
{
    struct policy_row_row row;
    bool found;

    *ret_p = (struct policy){
        .idle_s = POLICY_IDLE_S, .life_s = POLICY_LIFE_S, .grace_days = GRACE_DEFAULT};
    TRY(policy_row(tx, &row, &found));
    if (found) {
        *ret_p = (struct policy){.idle_s = row.idle_limit * MINUTE_S,
                                 .life_s = row.life_limit * HOUR_S,
                                 .strict_codes = row.strict_codes,
                                 .passkey_alone = row.passkey_alone,
                                 .grace_days = row.factor_grace,
                                 .homebanking_since = row.homebanking_since};
#define X(group) ret_p->factor_since[group] = row.factor_since_##group;
        FREE_GROUPS(X)
#undef X
    }
    return OK;
}

static enum rc
write_agency(struct wtx *tx, const struct settings *s)
{
    return agency_write(tx, &(struct agency_write_in){
                                .agency_name = s->agency_name,
                                .street = s->street,
                                .postal_code = s->postal_code,
                                .city = s->city,
                                .country = s->country,
                                .agency_phone = s->agency_phone,
                                .agency_email = s->agency_email,
                                .zone = s->zone,
                                .lang = s->lang,
                                .project_scheme = s->project_scheme,
                                .project_scope = s->project_scope,
                                .budget_warn = s->budget_warn,
                                .department_0 = s->department[0],
                                .department_1 = s->department[1],
                                .department_2 = s->department[2],
                                .department_3 = s->department[3],
                                .department_4 = s->department[4],
                                .department_5 = s->department[5],
                                .department_6 = s->department[6],
                                .department_7 = s->department[7],
                                .department_8 = s->department[8],
                                .department_9 = s->department[9],
                                .raster_minutes = s->raster,
                                .week_minutes = s->week,
                                .version = s->version,
                            });
}

static enum rc
write_policy(struct wtx *tx, const struct policy *p, int64_t lock_days, int64_t version)
{
    struct policy_write_in in = {.idle_limit = p->idle_s / MINUTE_S,
                                 .life_limit = p->life_s / HOUR_S,
                                 .strict_codes = p->strict_codes,
                                 .passkey_alone = p->passkey_alone,
                                 .factor_grace = p->grace_days,
                                 .homebanking_since = p->homebanking_since,
                                 .lock_days = lock_days,
                                 .version = version};
#define X(group) in.factor_since_##group = p->factor_since[group];
    FREE_GROUPS(X)
#undef X
    return policy_write(tx, &in);
}

static bool
form_same(const struct form_def *def, const void *a, const void *b)
{
    for (size_t i = 0; i < def->n; i++) {
        if (!field_same(&def->fields[i], a, b)) {
            return false;
        }
    }
    return true;
}

static enum rc
need_version(struct wtx *tx, const char *what, int64_t kept, int64_t sent)
{
    return kept == sent ? OK
                        : fail(wtx_err(tx), RC_CONFLICT, E_STALE, "%s is at version %lld, not %lld",
                               what, (long long)kept, (long long)sent);
}

/* Writes the agency's row as `s` says, unless the form changed nothing. */
static enum rc
save(struct wtx *tx, const struct settings *s, int64_t version, const struct form_def *def,
     const void *before, const void *after)
{
    TRY(need_version(tx, SETTINGS_AGENCY.kind, s->version, version));
    if (form_same(def, before, after)) {
        return OK;
    }
    TRY(write_agency(tx, s));
    return touch(tx, EVENT_SETTINGS_CHANGED, SETTINGS_AGENCY, def, before, after);
}

/* The same of what is demanded. */
static enum rc
save_policy(struct wtx *tx, const struct policy *p, const struct settings *s, int64_t version,
            const struct form_def *def, const void *before, const void *after)
{
    TRY(need_version(tx, SETTINGS_POLICY.kind, s->policy_version, version));
    if (form_same(def, before, after)) {
        return OK;
    }
    TRY(write_policy(tx, p, s->lock_days, version));
    return touch(tx, EVENT_SETTINGS_CHANGED, SETTINGS_POLICY, def, before, after);
}

static enum rc
refuse(struct wtx *tx, struct setting_fault fault)
{
    char arg[ERR_ARG_MAX];

    if (fault.field == NULL) {
        return OK;
    }
    snprintf(arg, sizeof(arg), "%.*s", STR_FMT(fault.arg));
    return fail_field(wtx_err(tx), fault.field, RC_INVALID, fault.code, arg);
}

enum rc
settings_save_agency(struct wtx *tx, const struct agency_form *f)
{
    struct agency_form before;
    struct settings s;

    TRY(refuse(tx, agency_check(f)));
    TRY(settings_get(wtx_read(tx), &s));
    agency_form_of(&s, &before);
    s.agency_name = f->agency_name;
    s.street = f->street;
    s.postal_code = f->postal_code;
    s.city = f->city;
    s.country = f->country;
    s.agency_phone = f->agency_phone;
    s.agency_email = f->agency_email;
    s.zone = f->zone;
    s.lang = f->lang;
    return save(tx, &s, f->version, &agency_form_def, &before, f);
}

enum rc
settings_save_project_rules(struct wtx *tx, const struct project_rules_form *f)
{
    struct project_rules_form before;
    struct settings s;

    TRY(refuse(tx, project_rules_check(f)));
    TRY(settings_get(wtx_read(tx), &s));
    project_rules_form_of(&s, &before);
    s.project_scheme = f->project_scheme;
    s.project_scope = (enum scheme_scope)f->project_scope;
    s.budget_warn = f->budget_warn;
    s.department[0] = f->department_0;
    s.department[1] = f->department_1;
    s.department[2] = f->department_2;
    s.department[3] = f->department_3;
    s.department[4] = f->department_4;
    s.department[5] = f->department_5;
    s.department[6] = f->department_6;
    s.department[7] = f->department_7;
    s.department[8] = f->department_8;
    s.department[9] = f->department_9;
    return save(tx, &s, f->version, &project_rules_form_def, &before, f);
}

enum rc
settings_save_time_rules(struct wtx *tx, const struct time_rules_form *f)
{
    struct time_rules_form before;
    struct settings s;
    struct policy p;
    const int64_t lock_days = f->lock_days == NONE_I64 ? 0 : f->lock_days;

    TRY(refuse(tx, time_rules_check(f)));
    TRY(settings_get(wtx_read(tx), &s));
    TRY(settings_policy(wtx_read(tx), &p));
    time_rules_form_of(&s, &before);
    TRY(need_version(tx, SETTINGS_POLICY.kind, s.policy_version, f->policy_version));
    s.raster = (struct minutes){(int32_t)f->raster};
    s.week = f->week_minutes;
    TRY(save(tx, &s, f->version, &time_rules_form_def, &before, f));
    return lock_days == s.lock_days ? OK : write_policy(tx, &p, lock_days, s.policy_version);
}

/* A demand that stands keeps its first day, or saving the page would grant the time anew. */
static struct instant
demanded_since(bool is_on, struct instant before, struct instant now)
{
    return !is_on ? INSTANT_NONE : before.us != 0 ? before : now;
}

enum rc
settings_save_sign_in_rules(struct wtx *tx, const struct sign_in_rules_form *f)
{
    struct sign_in_rules_form before;
    struct settings s;
    struct policy p;
    const struct instant now = wtx_now(tx);

    TRY(settings_get(wtx_read(tx), &s));
    TRY(settings_policy(wtx_read(tx), &p));
    sign_in_rules_form_of(&p, s.policy_version, &before);
    p.idle_s = f->idle_limit * MINUTE_S;
    p.life_s = f->life_limit * HOUR_S;
    p.strict_codes = f->strict_codes;
    p.passkey_alone = f->passkey_alone;
    p.grace_days = f->grace_days;
#define X(group)                                                                                   \
    p.factor_since[group] = demanded_since(f->demand_##group, p.factor_since[group], now);
    FREE_GROUPS(X)
#undef X
    return save_policy(tx, &p, &s, f->version, &sign_in_rules_form_def, &before, f);
}

enum rc
settings_switch_homebanking(struct wtx *tx, const struct switch_form *f, bool on)
{
    const struct homebanking_state after = {.homebanking = on};
    struct homebanking_state before;
    struct settings s;
    struct policy p;

    TRY(settings_get(wtx_read(tx), &s));
    TRY(settings_policy(wtx_read(tx), &p));
    before.homebanking = p.homebanking_since.us != 0;
    p.homebanking_since = on ? wtx_now(tx) : INSTANT_NONE;
    return save_policy(tx, &p, &s, f->version, &homebanking_state_def, &before, &after);
}
