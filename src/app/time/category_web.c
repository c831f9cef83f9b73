/* category_web.c: the list of categories in the settings, and the form of one. */
#include "app/contact/contact.h"
#include "app/time/time_in.h"
#include "category.tmpl.h"

enum { ORDER_STEP = 10 };

static void
set_page(struct req *rq, enum text title)
{
    struct page *pg = req_page(rq);
    pg->nav = NAV_SETTINGS;
    pg->title = page_text(pg, title, STR_NONE);
}

enum rc
category_get_list(struct req *rq, struct rtx *tx)
{
    struct category_list_page d = {0};
    TRY(category_list(tx, &d.rows, &d.n_rows));
    set_page(rq, T_category_title);
    return reply_page(rq, category_list_html, &d);
}

/* A new one goes to the end. */
enum rc
category_get_new(struct req *rq, struct rtx *tx)
{
    struct category_list_row *rows;
    size_t n;
    TRY(category_list(tx, &rows, &n));
    struct category_page d = {
        .is_new = true,
        .to = URL("/einstellungen/kategorien"),
        .form = {.active = true,
                 .billable = true,
                 .rate = MONEY_NONE,
                 .sort_no = n > 0 ? rows[n - 1].sort_no + ORDER_STEP : ORDER_STEP},
    };
    TRY(company_options(tx, (struct company_id){0}, &d.companies, &d.n_companies));
    set_page(rq, T_category_new);
    return reply_page(rq, category_html, &d);
}

enum rc
category_get(struct req *rq, struct rtx *tx)
{
    struct category_find_row k;
    struct category_id id = PATH_ID(rq, category);
    TRY(category_find(tx, &(struct category_find_in){.id = id}, &k));
    struct category_page d = {
        .to = url_fmt(req_mem(rq), "/einstellungen/kategorien/%lld", (long long)id.n),
        .form = {.name = k.name,
                 .group_name = k.group_name_text,
                 .sort_no = k.sort_no,
                 .active = k.active,
                 .billable = k.billable,
                 .rate = k.rate,
                 .company_id = k.company_id,
                 .price_group = k.price_group,
                 .version = k.version},
    };
    d.version = k.version;
    TRY(time_stale(rq, tx, SUBJECT(category, id), &category_form_def, &d.version, &d.stale));
    TRY(company_options(tx, k.company_id, &d.companies, &d.n_companies));
    set_page(rq, T_category_change);
    return reply_page(rq, category_html, &d);
}

enum rc
category_post_add(struct req *rq, struct wtx *tx)
{
    struct category_id id;
    TRY(category_add(tx, req_form(rq, struct category_form), &id));
    return reply_done(rq, URL("/einstellungen/kategorien"), T_notice_category_added);
}

enum rc
category_post_change(struct req *rq, struct wtx *tx)
{
    TRY(category_change(tx, PATH_ID(rq, category), req_form(rq, struct category_form)));
    return reply_done(rq, URL("/einstellungen/kategorien"), T_notice_category_changed);
}
