/* category.c: kinds of work, kept in the settings; old entries keep one that is no longer offered.
 */
#include "app/time/time_in.h"
#include "base/text.h"

/* clang-format off */
static const struct field category_fields[] = {
    FIELD(struct category_form, name, T_category_name, .required = true, .max = 120),
    FIELD(struct category_form, group_name, T_category_group, .max = 120),
    FIELD(struct category_form, sort_no, T_category_order, .required = true, .min = 0, .max = 100000),
    FIELD(struct category_form, active, T_category_active),
    FIELD(struct category_form, billable, T_time_billable),
    FIELD(struct category_form, rate, T_category_rate, .min = 0, .max = 10000000, .mode = "decimal"),
    FIELD(struct category_form, company_id, T_category_company),
    FIELD(struct category_form, price_group, T_category_price_group, .max = 60),
    FIELD(struct category_form, version, T_general_version, .min = 0, .max = INT32_MAX),
};
/* clang-format on */
const struct form_def category_form_def = FORM_DEF(category_form, category_fields);

/* The group of that name, made when there is none; 0 for no name. */
static enum rc
group_of(struct wtx *tx, struct str name, struct category_group_id *ret_id)
{
    struct category_group_find_row found;
    bool is_there;
    int64_t id, changed;
    *ret_id = (struct category_group_id){0};
    if (name.n == 0) {
        return OK;
    }
    struct str key = text_fold(wtx_mem(tx), name);
    TRY(category_group_find(wtx_read(tx), &(struct category_group_find_in){.name_key = key}, &found,
                            &is_there));
    if (is_there) {
        *ret_id = found.id;
        return OK;
    }
    TRY(wtx_new_id(tx, "category_group", &id));
    TRY(category_group_insert(
        tx, &(struct category_group_insert_in){.id = {id}, .name = name, .name_key = key},
        &changed));
    *ret_id = (struct category_group_id){id};
    return OK;
}

/* A form without the field means none. */
static struct str
price_group_of(const struct category_form *f)
{
    return f->price_group.p != NULL ? f->price_group : STR("");
}

enum rc
category_add(struct wtx *tx, const struct category_form *f, struct category_id *ret_id)
{
    struct category_group_id group;
    int64_t id, changed;
    TRY(group_of(tx, f->group_name, &group));
    TRY(wtx_new_id(tx, "category", &id));
    TRY(category_insert(tx,
                        &(struct category_insert_in){.id = {id},
                                                     .sort_no = f->sort_no,
                                                     .name = f->name,
                                                     .category_group_id = group,
                                                     .active = f->active,
                                                     .rate = f->rate,
                                                     .billable = f->billable,
                                                     .company_id = f->company_id,
                                                     .price_group = price_group_of(f),
                                                     .created_at = wtx_now(tx)},
                        &changed));
    *ret_id = (struct category_id){id};
    return touch(tx, EVENT_CATEGORY_ADDED, SUBJECT(category, *ret_id), &category_form_def, NULL, f);
}

enum rc
category_change(struct wtx *tx, struct category_id id, const struct category_form *f)
{
    struct category_find_row k;
    struct category_group_id group;
    TRY(category_find(wtx_read(tx), &(struct category_find_in){.id = id}, &k));
    if (k.version != f->version) {
        return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "category %lld", (long long)id.n);
    }
    struct category_form before = {.name = k.name,
                                   .group_name = k.group_name_text,
                                   .sort_no = k.sort_no,
                                   .active = k.active,
                                   .billable = k.billable,
                                   .rate = k.rate,
                                   .company_id = k.company_id,
                                   .price_group = k.price_group,
                                   .version = k.version};
    TRY(group_of(tx, f->group_name, &group));
    TRY(category_update(tx, &(struct category_update_in){.sort_no = f->sort_no,
                                                         .name = f->name,
                                                         .category_group_id = group,
                                                         .active = f->active,
                                                         .rate = f->rate,
                                                         .billable = f->billable,
                                                         .company_id = f->company_id,
                                                         .price_group = price_group_of(f),
                                                         .id = id,
                                                         .version = f->version}));
    return touch(tx, EVENT_CATEGORY_CHANGED, SUBJECT(category, id), &category_form_def, &before, f);
}

enum rc
category_move(struct wtx *tx, struct company_id from, struct company_id to)
{
    int64_t moved;
    return category_rebind(
        tx, &(struct category_rebind_in){.company_id = to, .old_company_id = from}, &moved);
}
