/* forms.c: the field tables of projects, their defaults, and the rules that look at more than one
 * field or into the store. */
#include "app/project/inner.h"

#include "app/workspace/workspace.h"
#include "project.sql.h"

enum {
    INFO_MAX = 20000,
    TAGS_MAX = 500,
    NO_MAX = 40,
    REFERENCE_MAX = 100,
    URL_MAX = 1000,
    GROUP_MAX = 120,
    LINK_NAME_MAX = 100,
    PLAN_MAX = HOURS_MAX * 60
};

#define LINK(no)                                                                                   \
    FIELD(struct project_form, link##no##_name, T_project_link##no##_name, .max = LINK_NAME_MAX),  \
        FIELD(struct project_form, link##no##_url, T_project_link##no##_url, .max = URL_MAX,       \
              .mode = "url")

static const struct field project_fields[] = {
    FIELD(struct project_form, name, T_project_name, .required = true),
    FIELD(struct project_form, company_id, T_project_company, .required = true),
    FIELD(struct project_form, person_id, T_project_person, .required = true),
    FIELD(struct project_form, project_no, T_project_no, .max = NO_MAX),
    FIELD(struct project_form, project_no_addition, T_project_no_addition, .max = NO_MAX),
    FIELD(struct project_form, start_day, T_project_start, .required = true),
    FIELD(struct project_form, end_day, T_project_end),
    FIELD(struct project_form, responsible_user_id, T_project_lead),
    FIELD(struct project_form, planned_minutes, T_project_planned, .hours = true, .max = PLAN_MAX),
    FIELD(struct project_form, recurrence, T_project_recurrence, .required = true, .max = 6),
    FIELD(struct project_form, department_no, T_project_department, .required = true,
          .max = DEPARTMENTS - 1),
    FIELD(struct project_form, group_name, T_project_group, .max = GROUP_MAX),
    FIELD(struct project_form, tags, T_project_tags, .max = TAGS_MAX),
    FIELD(struct project_form, quick_info, T_project_quick_info),
    FIELD(struct project_form, info, T_project_info, .max = INFO_MAX, .area = true),
    FIELD(struct project_form, contract_no, T_project_contract_no, .max = REFERENCE_MAX),
    FIELD(struct project_form, purchase_order_no, T_project_order_no, .max = REFERENCE_MAX),
    FIELD(struct project_form, active, T_project_active),
    FIELD(struct project_form, is_template, T_project_template),
    LINK(1),
    LINK(2),
    LINK(3),
    LINK(4),
    LINK(5),
    FIELD(struct project_form, version, T_NONE),
};
const struct form_def project_form_def = FORM_DEF(project_form, project_fields);

static const struct field status_fields[] = {
    FIELD(struct project_status_form, status, T_project_status, .required = true,
          .max = PROJECT_STATUS_COUNT - 1),
    FIELD(struct project_status_form, back, T_project_status_back),
    FIELD(struct project_status_form, version, T_NONE),
};
const struct form_def project_status_form_def = FORM_DEF(project_status_form, status_fields);

static const struct field rate_fields[] = {
    FIELD(struct project_rate_form, rate, T_project_rate, .max = INT64_C(100000000),
          .mode = "decimal"),
    FIELD(struct project_rate_form, version, T_NONE),
};
const struct form_def project_rate_form_def = FORM_DEF(project_rate_form, rate_fields);

static const struct field team_fields[] = {
    FIELD(struct project_team_form, user, T_project_team),
    FIELD(struct project_team_form, version, T_NONE),
};
const struct form_def project_team_form_def = FORM_DEF(project_team_form, team_fields);

void
project_form_init(struct project_form *f, struct day today)
{
    *f = (struct project_form){
        .name = STR(""),
        .project_no = STR(""),
        .project_no_addition = STR(""),
        .start_day = today,
        .end_day = DAY_NONE,
        .planned_minutes = MINUTES_NONE,
        .group_name = STR(""),
        .tags = STR(""),
        .quick_info = STR(""),
        .info = STR(""),
        .contract_no = STR(""),
        .purchase_order_no = STR(""),
        .active = true,
        .link1_name = STR(""),
        .link1_url = STR(""),
        .link2_name = STR(""),
        .link2_url = STR(""),
        .link3_name = STR(""),
        .link3_url = STR(""),
        .link4_name = STR(""),
        .link4_url = STR(""),
        .link5_name = STR(""),
        .link5_url = STR(""),
    };
}

static void
links_of(struct project_form *f, const struct project_links_row *rows, size_t n)
{
    struct str *const slots[PROJECT_LINKS][2] = {
        {&f->link1_name, &f->link1_url},
        {&f->link2_name, &f->link2_url},
        {&f->link3_name, &f->link3_url},
        {&f->link4_name, &f->link4_url},
        {&f->link5_name, &f->link5_url},
    };

    for (size_t i = 0; i < n; i++) {
        struct str *const *slot = slots[rows[i].link_no - 1];

        *slot[0] = rows[i].name;
        *slot[1] = rows[i].url;
    }
}

enum rc
project_form_of(struct rtx *tx, struct project_id id, struct project_form *ret_f)
{
    const struct project_full_in in = {id};
    struct project_full_row row;
    struct project_links_row *links;
    size_t n;
    bool found;

    TRY(project_full(tx, &in, &row, &found));
    if (!found) {
        return fail(rtx_err(tx), RC_MISSING, E_MISSING, "project %lld", (long long)id.n);
    }
    TRY(project_links(tx, &(struct project_links_in){id}, &links, &n));
    project_form_init(ret_f, row.start_day);
    ret_f->name = row.name;
    ret_f->company_id = row.company_id;
    ret_f->person_id = row.person_id;
    ret_f->project_no = row.project_no;
    ret_f->project_no_addition = row.project_no_addition;
    ret_f->end_day = row.end_day;
    ret_f->responsible_user_id = row.responsible_user_id;
    ret_f->planned_minutes = row.planned_minutes.n > 0 ? row.planned_minutes : MINUTES_NONE;
    ret_f->recurrence = row.recurrence;
    ret_f->department_no = row.department_no;
    ret_f->group_name = row.group_name.p != NULL ? row.group_name : STR("");
    ret_f->tags = row.tags;
    ret_f->quick_info = row.quick_info;
    ret_f->info = row.info;
    ret_f->contract_no = row.contract_no;
    ret_f->purchase_order_no = row.purchase_order_no;
    ret_f->active = row.active;
    ret_f->is_template = row.is_template;
    ret_f->version = row.version;
    links_of(ret_f, links, n);
    return OK;
}

/* --- rules -------------------------------------------------------------------------------------
 */

struct faults {
    struct field_fault *v;
    size_t n;
};

static void
add_fault(struct faults *all, const char *field, enum code code, struct str arg)
{
    if (all->n < PROJECT_FAULTS_MAX) {
        all->v[all->n++] = (struct field_fault){.field = field, .code = code, .arg = arg};
    }
}

static void
check_links(const struct project_form *f, struct faults *all)
{
    struct project_link v[PROJECT_LINKS];

    project_form_links(f, v);
    for (size_t i = 0; i < PROJECT_LINKS; i++) {
        if (v[i].url.n > 0 && v[i].name.n == 0) {
            add_fault(all, v[i].name_field, E_PROJECT_LINK_NAME, STR_NONE);
        }
        if ((v[i].url.n > 0 || v[i].name.n > 0) && !project_link_is_good(v[i].url)) {
            add_fault(all, v[i].url_field, E_PROJECT_LINK_URL, STR_NONE);
        }
    }
}

static enum rc
check_no(struct rtx *tx, struct project_id id, const struct project_form *f, struct faults *all)
{
    const struct project_by_no_in in = {f->project_no};
    struct project_by_no_row other;
    bool taken;

    if (f->project_no.n == 0) {
        if (id.n != 0) {
            add_fault(all, "project_no", E_FIELD_REQUIRED, STR_NONE);
        }
        return OK;
    }
    TRY(project_by_no(tx, &in, &other, &taken));
    if (taken && other.project_id.n != id.n) {
        add_fault(all, "project_no", E_PROJECT_NO_TAKEN, f->project_no);
    }
    return OK;
}

static enum rc
check_person(struct rtx *tx, const struct project_form *f, struct faults *all)
{
    const struct project_person_in in = {f->person_id};
    struct project_person_row person;
    bool found;

    TRY(project_person(tx, &in, &person, &found));
    if (!found || person.company_id.n != f->company_id.n) {
        add_fault(all, "person_id", E_PROJECT_PERSON, STR_NONE);
    }
    return OK;
}

enum rc
project_check(struct rtx *tx, struct project_id id, const struct project_form *f,
              struct field_fault *ret_faults, size_t *ret_n)
{
    struct faults all = {.v = ret_faults};
    struct project_tag tags[PROJECT_TAGS_MAX];
    size_t n_tags;

    TRY(check_person(tx, f, &all));
    TRY(check_no(tx, id, f, &all));
    if (f->end_day.n != DAY_NONE.n && f->end_day.n < f->start_day.n) {
        add_fault(&all, "end_day", E_PROJECT_PERIOD, STR_NONE);
    }
    if (project_parse_tags(rtx_mem(tx), f->tags, tags, &n_tags) != OK) {
        add_fault(&all, "tags", E_PROJECT_TAG, STR_NONE);
    }
    check_links(f, &all);
    *ret_n = all.n;
    return OK;
}
