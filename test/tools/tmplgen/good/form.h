/* Made by tools/tmplgen from form.html. */
#include "http/asset.h"
#include "http/form_html.h"

static void form_html(struct out *o, const struct page *pg, const struct sample *d);

static void
form_html(struct out *o, const struct page *pg, const struct sample *d)
{
    (void)pg;
    (void)d;
    {
        const size_t mark = o->n;
        out_str(o, STR("<form method=\"post\" action=\"/zeiten/"));
#line 2 "form.html"
        put_url_part(o, pg, d->day);
        out_str(o, STR("\" class=\"panel "));
#line 2 "form.html"
        put(o, pg, d->kind);
        out_str(o, STR("\" id=\"f"));
#line 2 "form.html"
        put(o, pg, d->id);
        out_str(o, STR("\" data-frag=\"liste\" aria-label=\""));
#line 2 "form.html"
        _Static_assert(T_ARGS_time_add == 0, "arguments of time.add");
        put_text(o, pg, T_time_add);
        out_str(o, STR("\""));
#line 2 "form.html"
        const struct time_form *const of = &d->form;
#line 2 "form.html"
        const struct form_use form = form_open(o, pg, &time_form_def, of, mark);
        (void)form;
        out_str(o, STR("\n"));
        put_faults(o, &form);
        out_str(o, STR("\n"));
#line 4 "form.html"
        put_field(o, &form, &(const struct field_look){.name = FIELD_NAME(struct time_form, minutes), .placeholder = T_time_duration_placeholder, .class_name = "num", .focus = true, .needed = true,});
        out_str(o, STR("\n"));
#line 5 "form.html"
        put_field(o, &form, &(const struct field_look){.name = FIELD_NAME(struct time_form, project_id), .label = T_time_project, .hint = T_time_project_hint, .unit = T_time_unit, .options = d->projects, .n_options = d->n_projects, .type = "radio", .bare = true,});
        out_str(o, STR("\n"
    "<button class=\"btn primary\" type=\"submit\">"));
#line 6 "form.html"
        _Static_assert(T_ARGS_button_save == 0, "arguments of button.save");
        put_text(o, pg, T_button_save);
        out_str(o, STR("</button>\n"
    "</form>"));
    }
    out_str(o, STR("\n"));
#line 8 "form.html"
    for (size_t at_r = 0; at_r < d->n_rows; at_r++) {
#line 8 "form.html"
        const __auto_type r = &d->rows[at_r];
        (void)r;
        {
            const size_t mark = o->n;
            out_str(o, STR("<form method=\"post\" action=\""));
#line 9 "form.html"
            put_url(o, pg, r->url);
            out_str(o, STR("\""));
#line 9 "form.html"
            const struct form_use form = form_open(o, pg, NULL, NULL, mark);
            (void)form;
            out_str(o, STR("<button>x</button></form>"));
        }
        out_str(o, STR("\n"));
        {
            const size_t mark = o->n;
            out_str(o, STR("<form method=\"post\" action=\"/import\" enctype=\"multipart/form-data\""));
#line 10 "form.html"
            const struct form_use form = form_open(o, pg, &import_form_def, NULL, mark);
            (void)form;
            out_str(o, STR("<input type=\"file\" name=\"file\"></form>"));
        }
        out_str(o, STR("\n"));
    }
}
