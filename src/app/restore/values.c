/* values.c: see values.h. */
#include "app/restore/values.h"

#include "app/contact/contact.h"
#include "app/project/project.h"
#include "app/workspace/workspace.h"
#include "base/out.h"

enum { VALUE_HTML_MAX = 4000 };

/* How a column's value is read; what is not listed is text. */
enum value_kind {
    VALUE_DAY = 1,
    VALUE_MINUTES,
    VALUE_HOURS,
    VALUE_CLOCK,
    VALUE_FLAG,
    VALUE_NUMBER,
    VALUE_PERCENT
};
static const struct {
    const char *column;
    enum value_kind kind;
} kinds[] = {
    {"active",          VALUE_FLAG   },
    {"billable",        VALUE_FLAG   },
    {"budget_warn",     VALUE_PERCENT},
    {"day",             VALUE_DAY    },
    {"department_no",   VALUE_NUMBER },
    {"end_day",         VALUE_DAY    },
    {"from_clock",      VALUE_CLOCK  },
    {"invoiced",        VALUE_FLAG   },
    {"is_template",     VALUE_FLAG   },
    {"locked",          VALUE_FLAG   },
    {"minutes",         VALUE_MINUTES},
    {"needed_minutes",  VALUE_HOURS  },
    {"payment_days",    VALUE_NUMBER },
    {"planned_minutes", VALUE_HOURS  },
    {"raster_minutes",  VALUE_NUMBER },
    {"raw_minutes",     VALUE_MINUTES},
    {"sort_no",         VALUE_NUMBER },
    {"start_day",       VALUE_DAY    },
    {"to_clock",        VALUE_CLOCK  },
    {"week_minutes",    VALUE_HOURS  },
};

/* Columns that are a choice, kept as its number. */
static const enum text company_status[] = {[COMPANY_CUSTOMER] = T_contact_status_customer,
                                           [COMPANY_SUPPLIER] = T_contact_status_supplier,
                                           [COMPANY_PROSPECT] = T_contact_status_prospect,
                                           [COMPANY_ACQUISITION] = T_contact_status_acquisition,
                                           [COMPANY_PRESS] = T_contact_status_press,
                                           [COMPANY_INACTIVE] = T_contact_status_inactive,
                                           [COMPANY_OTHER] = T_contact_status_other};
static const enum text project_status[] = {[PROJECT_OPEN] = T_project_status_open,
                                           [PROJECT_INVOICING] = T_project_status_invoicing,
                                           [PROJECT_COMPLETED] = T_project_status_completed,
                                           [PROJECT_CANCELLED] = T_project_status_cancelled,
                                           [PROJECT_READY] = T_project_status_ready};
static const enum text recurrence[] = {
    T_project_recurrence_0, T_project_recurrence_1, T_project_recurrence_2, T_project_recurrence_3,
    T_project_recurrence_4, T_project_recurrence_5, T_project_recurrence_6};
static const enum text lang[] = {[LANG_DE] = T_setting_lang_de, [LANG_EN] = T_setting_lang_en};
static const enum text scope[] = {[SCHEME_ALL] = T_setting_scope_all,
                                  [SCHEME_YEAR] = T_setting_scope_year,
                                  [SCHEME_COMPANY] = T_setting_scope_company,
                                  [SCHEME_COMPANY_YEAR] = T_setting_scope_company_year};
static const struct {
    const char *table, *column;
    const enum text *texts;
    int64_t n;
} choices[] = {
    {"agency",  "lang",          lang,           COUNT(lang)          },
    {"agency",  "project_scope", scope,          COUNT(scope)         },
    {"company", "status",        company_status, COUNT(company_status)},
    {"project", "recurrence",    recurrence,     COUNT(recurrence)    },
    {"project", "status",        project_status, COUNT(project_status)},
};

static void
put_kind(struct out *o, const struct page *pg, enum value_kind kind, int64_t n)
{
    switch (kind) {
    case VALUE_DAY:
        put_day(o, pg, (struct day){(int32_t)n});
        break;
    case VALUE_MINUTES:
        put_minutes(o, pg, (struct minutes){(int32_t)n});
        break;
    case VALUE_HOURS:
        put_hours(o, pg, (struct minutes){(int32_t)n});
        break;
    case VALUE_CLOCK:
        put_clock(o, pg, (struct clock_time){(int32_t)n});
        break;
    case VALUE_FLAG:
        put_text(o, pg, n != 0 ? T_general_yes : T_general_no);
        break;
    case VALUE_PERCENT:
        put_percent(o, pg, (struct percent){(int32_t)n});
        break;
    case VALUE_NUMBER:
        put_count(o, pg, n);
        break;
    }
}

static bool
put_choice(struct out *o, const struct page *pg, struct str table, struct str column, int64_t n)
{
    for (size_t i = 0; i < COUNT(choices); i++) {
        if (str_eq(table, str_of(choices[i].table)) && str_eq(column, str_of(choices[i].column)) &&
            n >= 0 && n < choices[i].n) {
            put_text(o, pg, choices[i].texts[n]);
            return true;
        }
    }
    return false;
}

struct html
values_html(const struct page *pg, struct str table, struct str column, struct str value)
{
    struct out o = out_new(pg->mem, VALUE_HTML_MAX);
    int64_t n;
    if (value.n == 0) {
        put_text(&o, pg, T_restore_value_none);
        return html_of_page(&o);
    }
    if (str_to_i64(value, &n) != OK || n < INT32_MIN || n > INT32_MAX) {
        put_str(&o, pg, value);
        return html_of_page(&o);
    }
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (str_eq(column, str_of(kinds[i].column))) {
            put_kind(&o, pg, kinds[i].kind, n);
            return html_of_page(&o);
        }
    }
    if (!put_choice(&o, pg, table, column, n)) {
        put_str(&o, pg, value);
    }
    return html_of_page(&o);
}
