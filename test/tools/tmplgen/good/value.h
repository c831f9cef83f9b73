/* Made by tools/tmplgen from value.html. */
#include "http/asset.h"
#include "http/form_html.h"

static void value_html(struct out *o, const struct page *pg, const struct sample *d);

static void
value_html(struct out *o, const struct page *pg, const struct sample *d)
{
    (void)pg;
    (void)d;
    out_str(o, STR("<h1 class=\""));
#line 3 "value.html"
    put(o, pg, d->kind);
    out_str(o, STR(" big\">"));
#line 3 "value.html"
    put(o, pg, d->title);
    out_str(o, STR("</h1>\n"
    "<p>"));
#line 4 "value.html"
    put(o, pg, d->form.name);
    out_str(o, STR(" "));
#line 4 "value.html"
    put(o, pg, d->person->name);
    out_str(o, STR(" "));
#line 4 "value.html"
    put_day_long(o, pg, d->day);
    out_str(o, STR("\n"));
#line 5 "value.html"
    _Static_assert(T_ARGS_button_save == 0, "arguments of button.save");
    put_text(o, pg, T_button_save);
    out_str(o, STR(" "));
#line 5 "value.html"
    _Static_assert(T_ARGS_list_page == 2, "arguments of list.page");
    for (struct text_walk w = text_walk(o, pg, T_list_page); text_step(&w);) {
        if (w.arg == 0) {
            put(o, pg, d->page);
        }
        if (w.arg == 1) {
            put_count(o, pg, d->pages);
        }
    }
    out_str(o, STR(" "));
#line 5 "value.html"
    _Static_assert(T_ARGS_form_faults_one <= 1 && T_ARGS_form_faults_other == 1, "arguments of form.faults");
    for (struct text_walk w = text_walk(o, pg, d->page == 1 ? T_form_faults_one : T_form_faults_other); text_step(&w);) {
        if (w.arg == 0) {
            put(o, pg, d->page);
        }
    }
    out_str(o, STR("</p>\n"
    "<time datetime=\""));
#line 6 "value.html"
    put_iso(o, pg, d->day);
    out_str(o, STR("\">"));
#line 6 "value.html"
    put(o, pg, d->day);
    out_str(o, STR("</time>\n"));
    put_icon(o, "clock", "");
    put_icon(o, "plus", "sm");
    out_str(o, STR("\n"
    "<br><input type=\"text\" value=\""));
#line 8 "value.html"
    put(o, pg, d->title);
    out_str(o, STR("\" disabled>\n"
    "<svg viewBox=\"0 0 9 9\"><rect width=\""));
#line 9 "value.html"
    put(o, pg, d->page);
    out_str(o, STR("\" height=\"6\"/></svg>\n"
    "<pre>  as\n"
    "  it is </pre>"));
}
