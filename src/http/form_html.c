/* form_html.c: see form_html.h. The markup is that of the design's building blocks. */
#include "http/form_html.h"

#include <assert.h>

#include "guard/csrf.h"

enum { TEXT_MAX_DEFAULT = 255 };

static void
attr(struct out *o, const struct page *pg, const char *name, struct str value)
{
    out_fmt(o, " %s=\"", name);
    put_str(o, pg, value);
    out_char(o, '"');
}

/* --- the form -------------------------------------------------------------------------------- */

/* The value of an attribute that was printed since mark: ` action="…"`. */
static struct str
printed_attr(const struct out *o, size_t mark, struct str name)
{
    struct str tag = str_sub(out_view(o), mark, o->n);
    size_t at = str_find(tag, name, 0);
    if (at == SIZE_MAX) {
        return STR_NONE;
    }
    size_t from = at + name.n, end = str_find(tag, STR("\""), from);
    return str_sub(tag, from, end - from);
}

/* Two forms of one page must not share ids: the second of the same kind is told apart by its
 * address. */
static struct str
id_prefix(const struct page *pg, const struct form_def *def, struct str id, struct str action)
{
    if (id.p != NULL || def == NULL) {
        return id.p != NULL ? arena_copy(pg->mem, id) : STR("f");
    }
    struct out o = out_new(pg->mem, 400);
    out_char(&o, 'f');
    for (size_t i = 0; i < action.n && i < 200; i++) {
        char c = action.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        out_char(&o, ok ? c : '-');
    }
    return out_view(&o);
}

struct form_use
form_open(struct out *o, const struct page *pg, const struct form_def *def, const void *of,
          size_t mark)
{
    struct str action = printed_attr(o, mark, STR(" action=\""));
    struct form_use f = {.pg = pg, .def = def, .of = of};
    action = str_sub(action, 0, str_find(action, STR("?"), 0));
    f.prefix = id_prefix(pg, def, printed_attr(o, mark, STR(" id=\"")), action);
    const char *name = def != NULL ? def->name : "no_form"; /* a form of buttons */
    f.failed = pg->failed_form.p != NULL && str_eq(pg->failed_form, str_of(name)) &&
               str_eq(pg->failed_to.s, action);
    /* Faults are told by the page: all at once, in its own language and words. */
    out_str(o, STR(" novalidate>"));
    if (pg->form_secret != NULL) {
        out_str(o, STR("<input type=\"hidden\" name=\"csrf\""));
        attr(o, pg, "value", csrf_token(pg->mem, pg->form_secret, name));
        out_char(o, '>');
    }
    if (pg->once.n > 0) {
        out_str(o, STR("<input type=\"hidden\" name=\"once\""));
        attr(o, pg, "value", pg->once);
        out_char(o, '>');
    }
    return f;
}

/* --- what a field shows ---------------------------------------------------------------------- */

static const struct field *
find_field(const struct form_use *f, const char *name)
{
    for (size_t i = 0; f->def != NULL && i < f->def->n; i++) {
        if (strcmp(f->def->fields[i].name, name) == 0) {
            return &f->def->fields[i];
        }
    }
    return NULL;
}

static const struct field_fault *
fault_of(const struct form_use *f, const char *name)
{
    for (size_t i = 0; f->failed && i < f->pg->n_faults; i++) {
        const struct field_fault *x = &f->pg->faults[i];
        if (x->field != NULL && strcmp(x->field, name) == 0) {
            return x;
        }
    }
    return NULL;
}

static bool
raw_of(const struct form_use *f, const char *name, struct str *ret)
{
    for (size_t i = 0; f->failed && i < f->pg->n_raw; i++) {
        if (str_eq(f->pg->raw[i].name, str_of(name))) {
            *ret = f->pg->raw[i].value;
            return true;
        }
    }
    return false;
}

/* Typed, stored, or nothing. An unchecked box of a refused form is "not there", which is its value.
 */
static struct str
value_of(const struct form_use *f, const struct field *fd)
{
    struct str v = STR_NONE;
    if (fd->secret || raw_of(f, fd->name, &v) || f->failed) {
        return v;
    }
    return f->of != NULL ? field_print(f->pg->mem, fd, f->of) : STR_NONE;
}

struct widget {
    const struct form_use *f;
    const struct field *fd;
    const struct field_look *look;
    const struct field_fault *fault;
    struct str id, value;
    const char *type;
};

static bool
is_required(const struct widget *w)
{
    return w->fd->required || w->look->needed;
}

static const char *
input_type(const struct field *fd, const struct field_look *look)
{
    if (look->type != NULL) {
        return look->type;
    }
    if (fd->secret) {
        return "password";
    }
    return fd->kind == FIELD_DAY ? "date" : "text";
}

static const char *
input_mode(const struct field *fd)
{
    if (fd->mode != NULL) {
        return fd->mode;
    }
    if (fd->kind == FIELD_MONEY || fd->kind == FIELD_PERCENT) {
        return "decimal";
    }
    return fd->kind == FIELD_INT ? "numeric" : NULL;
}

/* --- controls -------------------------------------------------------------------------------- */

/* Ties fault and hint to a control, or to the group that holds it. */
static void
put_described(struct out *o, const struct widget *w, bool is_group)
{
    bool hint = w->look->hint != T_NONE;
    if (w->fault != NULL && !is_group) {
        out_str(o, STR(" aria-invalid=\"true\""));
    }
    if (w->fault != NULL || hint) {
        out_fmt(o, " aria-describedby=\"");
        if (w->fault != NULL) {
            out_fmt(o, "%.*s-e", STR_FMT(w->id));
        }
        if (hint) {
            out_fmt(o, "%s%.*s-h", w->fault != NULL ? " " : "", STR_FMT(w->id));
        }
        out_char(o, '"');
    }
}

static void
put_common(struct out *o, const struct widget *w, const char *kind)
{
    const struct page *pg = w->f->pg;
    const char *more = w->look->class_name != NULL ? w->look->class_name : "";
    bool amount =
        w->fd->kind == FIELD_MONEY || w->fd->kind == FIELD_PERCENT || w->fd->kind == FIELD_MINUTES;
    out_fmt(o, " class=\"%s%s%s%s\" id=\"%.*s\" name=\"%s\"", kind, more[0] != '\0' ? " " : "",
            more, amount && w->look->options == NULL && strstr(more, "num") == NULL ? " num" : "",
            STR_FMT(w->id), w->fd->name);
    if (w->look->placeholder != T_NONE) {
        attr(o, pg, "placeholder", page_text(pg, w->look->placeholder, STR_NONE));
    }
    if (is_required(w)) {
        out_str(o, STR(" required"));
    }
    if (w->look->focus) {
        out_str(o, STR(" autofocus"));
    }
    put_described(o, w, false);
}

static void
put_input(struct out *o, const struct widget *w)
{
    const struct page *pg = w->f->pg;
    const char *mode = input_mode(w->fd);
    bool otp = strcmp(w->type, "otp") == 0;
    out_fmt(o, "<input type=\"%s\"", otp ? "text" : w->type);
    put_common(o, w, "input");
    if (w->fd->kind == FIELD_TEXT) {
        out_fmt(o, " maxlength=\"%lld\"",
                (long long)(w->fd->max > 0 ? w->fd->max : TEXT_MAX_DEFAULT));
    }
    if (w->fd->kind == FIELD_MINUTES) {
        out_str(o, STR(" data-duration"));
    }
    if (otp || mode != NULL) {
        out_fmt(o, " inputmode=\"%s\"", otp ? "numeric" : mode);
    }
    attr(o, pg, "autocomplete",
         w->fd->token != NULL ? str_of(w->fd->token)
         : otp                ? STR("one-time-code")
                              : STR("off"));
    if (w->value.p != NULL) {
        attr(o, pg, "value", w->value);
    }
    out_char(o, '>');
}

static void
put_area(struct out *o, const struct widget *w)
{
    out_str(o, STR("<textarea rows=\"4\""));
    put_common(o, w, "textarea");
    out_fmt(o, " maxlength=\"%lld\">\n",
            (long long)(w->fd->max > 0 ? w->fd->max : TEXT_MAX_DEFAULT));
    put_str(o, w->f->pg, w->value);
    out_str(o, STR("</textarea>"));
}

/* A stored or typed value decides; else what the option says. 0 is an id that is not there, but a
 * number like others where it is offered. */
static bool
is_selected(const struct widget *w, const struct option *opt)
{
    bool has_value = w->value.n > 0 && !str_eq(w->value, STR("0"));
    for (size_t i = 0; i < w->look->n_options && w->value.n > 0; i++) {
        has_value = has_value || str_eq(w->look->options[i].value, w->value);
    }
    return w->f->failed || has_value ? str_eq(opt->value, w->value) : opt->selected;
}

static void
put_option(struct out *o, const struct page *pg, struct str value, struct str label, bool selected)
{
    out_str(o, STR("<option"));
    attr(o, pg, "value", value);
    out_str(o, selected ? STR(" selected>") : STR(">"));
    put_str(o, pg, label);
    out_str(o, STR("</option>"));
}

static void
put_select(struct out *o, const struct widget *w)
{
    const struct page *pg = w->f->pg;
    bool any = false, offers_empty = false;
    for (size_t i = 0; i < w->look->n_options; i++) {
        any = any || is_selected(w, &w->look->options[i]);
        offers_empty = offers_empty || w->look->options[i].value.n == 0;
    }
    out_str(o, STR("<select"));
    put_common(o, w, "select");
    out_char(o, '>');
    if (!offers_empty && (!is_required(w) || !any)) {
        enum text t = is_required(w) ? T_form_choose : T_form_none;
        put_option(o, pg, STR(""), page_text(pg, t, STR_NONE), !any);
    }
    for (size_t i = 0; i < w->look->n_options; i++) {
        const struct option *opt = &w->look->options[i];
        put_option(o, pg, opt->value, opt->label, is_selected(w, opt));
    }
    out_str(o, STR("</select>"));
}

/* --- whole fields ---------------------------------------------------------------------------- */

static void
put_label_text(struct out *o, const struct widget *w)
{
    put_text(o, w->f->pg, w->look->label != T_NONE ? w->look->label : w->fd->label);
}

/* What must be filled in is the rule; what need not be says so. */
static void
put_optional(struct out *o, const struct widget *w)
{
    if (!is_required(w) && !w->fd->depends) {
        out_str(o, STR(" <span class=\"opt\">"));
        put_text(o, w->f->pg, T_form_optional);
        out_str(o, STR("</span>"));
    }
}

static void
put_fault_and_hint(struct out *o, const struct widget *w)
{
    const struct page *pg = w->f->pg;
    if (w->fault != NULL) {
        out_fmt(o, "<p class=\"field-error\" id=\"%.*s-e\">", STR_FMT(w->id));
        put_icon(o, "circle-alert", "sm");
        put_str(o, pg, page_error(pg, w->fault->code, w->fault->arg));
        out_str(o, STR("</p>"));
    }
    if (w->look->hint != T_NONE) {
        out_fmt(o, "<p class=\"hint\" id=\"%.*s-h\">", STR_FMT(w->id));
        put_text(o, pg, w->look->hint);
        out_str(o, STR("</p>"));
    }
}

static void
put_check(struct out *o, const struct widget *w)
{
    bool on = str_eq(w->value, STR("1")) || str_eq(w->value, STR("on"));
    const char *kind =
        w->look->type != NULL && strcmp(w->look->type, "switch") == 0 ? "switch" : "check";
    out_fmt(o,
            "<div class=\"field\"><label class=\"%s\"><input type=\"checkbox\" id=\"%.*s\" "
            "name=\"%s\" value=\"1\"%s",
            kind, STR_FMT(w->id), w->fd->name, on ? " checked" : "");
    put_described(o, w, false);
    out_str(o, STR("><span>"));
    put_label_text(o, w);
    out_str(o, STR("</span></label>"));
    put_fault_and_hint(o, w);
    out_str(o, STR("</div>"));
}

/* Several choices at once: a group of boxes. */
static void
put_boxes(struct out *o, const struct widget *w)
{
    const struct page *pg = w->f->pg;
    out_fmt(o, "<fieldset class=\"field%s\" id=\"%.*s\" tabindex=\"-1\"",
            w->fault != NULL ? " error" : "", STR_FMT(w->id));
    put_described(o, w, true);
    out_str(o, STR("><legend class=\"label\">"));
    put_label_text(o, w);
    put_optional(o, w);
    out_str(o, STR("</legend>"));
    for (size_t i = 0; i < w->look->n_options; i++) {
        const struct option *opt = &w->look->options[i];
        bool on = w->f->failed ? false : opt->selected;
        for (size_t k = 0; w->f->failed && k < pg->n_raw; k++) {
            on = on || (str_eq(pg->raw[k].name, str_of(w->fd->name)) &&
                        str_eq(pg->raw[k].value, opt->value));
        }
        out_fmt(o, "<label class=\"check\"><input type=\"checkbox\" name=\"%s\"", w->fd->name);
        attr(o, pg, "value", opt->value);
        out_str(o, on ? STR(" checked><span>") : STR("><span>"));
        put_str(o, pg, opt->label);
        out_str(o, STR("</span></label>"));
    }
    put_fault_and_hint(o, w);
    out_str(o, STR("</fieldset>"));
}

/* One choice of few, all in sight. */
static void
put_radios(struct out *o, const struct widget *w)
{
    const struct page *pg = w->f->pg;
    out_str(o, w->fault != NULL ? STR("<fieldset class=\"field error\"")
                                : STR("<fieldset class=\"field\""));
    put_described(o, w, true);
    out_str(o, STR("><legend class=\"label\">"));
    put_label_text(o, w);
    put_optional(o, w);
    out_str(o, STR("</legend><div class=\"row\">"));
    for (size_t i = 0; i < w->look->n_options; i++) {
        const struct option *opt = &w->look->options[i];
        out_fmt(o, "<label class=\"check\"><input type=\"radio\" name=\"%s\"", w->fd->name);
        if (i == 0) {
            attr(o, pg, "id", w->id); /* where the error summary leads */
        }
        attr(o, pg, "value", opt->value);
        out_fmt(o, "%s%s><span>", is_required(w) ? " required" : "",
                is_selected(w, opt) ? " checked" : "");
        put_str(o, pg, opt->label);
        out_str(o, STR("</span></label>"));
    }
    out_str(o, STR("</div>"));
    put_fault_and_hint(o, w);
    out_str(o, STR("</fieldset>"));
}

/* "Show password" works by script only and appears with it. */
static void
put_reveal(struct out *o, const struct widget *w)
{
    out_fmt(o,
            "<label class=\"check\" data-js hidden><input type=\"checkbox\" "
            "data-reveal=\"#%.*s\"><span>",
            STR_FMT(w->id));
    put_text(o, w->f->pg, T_form_show_password);
    out_str(o, STR("</span></label>"));
}

static void
put_control(struct out *o, const struct widget *w)
{
    bool unit = w->look->unit != T_NONE;
    if (unit) {
        out_str(o, STR("<div class=\"with-unit\">"));
    }
    if (w->look->options != NULL) {
        put_select(o, w);
    } else if (w->fd->area) {
        put_area(o, w);
    } else {
        put_input(o, w);
    }
    if (unit) {
        out_str(o, STR("<span>"));
        put_text(o, w->f->pg, w->look->unit);
        out_str(o, STR("</span></div>"));
    }
}

void
put_field(struct out *o, const struct form_use *f, const struct field_look *look)
{
    const struct page *pg = f->pg;
    struct widget w = {.f = f, .fd = find_field(f, look->name), .look = look};
    assert(w.fd != NULL);
    w.fault = fault_of(f, look->name);
    w.id = arena_fmt(pg->mem, "%.*s-%s", STR_FMT(f->prefix), look->name);
    w.value = value_of(f, w.fd);
    w.type = input_type(w.fd, look);
    if (strcmp(w.type, "hidden") == 0) {
        out_fmt(o, "<input type=\"hidden\" name=\"%s\"", w.fd->name);
        attr(o, pg, "value", w.value);
        out_char(o, '>');
        return;
    }
    if (w.fd->kind == FIELD_FLAG) {
        put_check(o, &w);
        return;
    }
    if (w.fd->kind == FIELD_LIST) {
        put_boxes(o, &w);
        return;
    }
    if (strcmp(w.type, "radio") == 0) {
        put_radios(o, &w);
        return;
    }
    out_fmt(o, "<div class=\"field%s\"><label for=\"%.*s\"%s>", w.fault != NULL ? " error" : "",
            STR_FMT(w.id), look->bare ? " class=\"vh\"" : "");
    put_label_text(o, &w);
    put_optional(o, &w);
    out_str(o, STR("</label>"));
    put_control(o, &w);
    if (strcmp(w.type, "password") == 0 && !look->bare) {
        put_reveal(o, &w);
    }
    put_fault_and_hint(o, &w);
    out_str(o, STR("</div>"));
}

void
put_faults(struct out *o, const struct form_use *f)
{
    const struct page *pg = f->pg;
    if (!f->failed || pg->n_faults == 0) {
        return;
    }
    out_str(o, STR("<div class=\"error-summary\" role=\"alert\" tabindex=\"-1\" autofocus><h2>"));
    struct str count = arena_fmt(pg->mem, "%zu", pg->n_faults);
    put_str(o, pg,
            page_text(pg, pg->n_faults == 1 ? T_form_faults_one : T_form_faults_many, count));
    out_str(o, STR("</h2><ul>"));
    for (size_t i = 0; i < pg->n_faults; i++) {
        const struct field_fault *x = &pg->faults[i];
        const struct field *fd = x->field != NULL ? find_field(f, x->field) : NULL;
        bool known = fd != NULL;
        out_str(o, STR("<li>"));
        if (x->field != NULL) {
            out_fmt(o, "<a href=\"#%.*s%s%s\">", STR_FMT(known ? f->prefix : STR("")),
                    known ? "-" : "", x->field);
        }
        if (known && fd->label != T_NONE) { /* "Please fill in this field": away from it, which? */
            put_text(o, pg, fd->label);
            out_str(o, STR(": "));
        }
        put_str(o, pg, page_error(pg, x->code, x->arg));
        out_str(o, x->field != NULL ? STR("</a></li>") : STR("</li>"));
    }
    out_str(o, STR("</ul></div>"));
}
