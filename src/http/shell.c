/* shell.c: see shell.h. */
#include "http/shell.h"

#include "http/asset.h"

/* What the shell's templates print. */
struct shell_view {
    struct html content;
    struct str lang, theme; /* attributes of <html> */
    struct str
        other_theme; /* what the switch leads to; script knows better what the system shows */
    struct str title;
    struct url other_lang; /* the sign-in page in the other language */
    bool has_timer;
    struct page_timer timer; /* the first running one */
    size_t n_more;           /* running beside it */
    bool has_work, has_new;  /* entries that the person's rights leave */
    bool is_console;         /* the operators' own colour, and nothing of an agency's office */
    bool has_search;
    bool is_fault;
    int status;
    struct str error_title, error_text;
};

static const struct field theme_fields[] = {
    FIELD(struct theme_form, theme, T_user_theme, .required = true, .max = 5),
};
const struct form_def theme_form_def = FORM_DEF(theme_form, theme_fields);

#include "http/shell.tmpl.h"

static struct shell_view
view_of(const struct page *pg)
{
    struct shell_view v = {
        .lang = pg->lang == LANG_EN ? STR("en") : STR("de"),
        .theme = pg->theme == THEME_DARK    ? STR("dark")
                 : pg->theme == THEME_LIGHT ? STR("light")
                                            : STR(""),
        .other_theme = pg->theme == THEME_DARK ? STR("light") : STR("dark"),
        .is_fault = pg->n_faults > 0,
        .other_lang = url_fmt(pg->mem, "%.*s?sprache=%s", STR_FMT(pg->path.s),
                              pg->lang == LANG_EN ? "de" : "en"),
    };
    v.has_work = page_may(pg, RIGHT_PROJECT_READ) || page_may(pg, RIGHT_CONTACT_READ);
    v.has_new = page_may(pg, RIGHT_TIME_WRITE) || page_may(pg, RIGHT_PROJECT_WRITE) ||
                page_may(pg, RIGHT_CONTACT_WRITE);
    v.is_console = page_may(pg, RIGHT_OPERATOR);
    v.has_search = pg->signed_in && !v.is_console;
    v.title = pg->title;
    if (v.is_fault) {
        v.title = page_text(pg, T_shell_fault_title, pg->title);
    }
    if (pg->n_timers > 0) {
        v.has_timer = true;
        v.timer = pg->timers[0];
        v.n_more = pg->n_timers - 1;
    }
    return v;
}

void
shell_page(struct out *o, const struct page *pg, enum shell shell, page_fn *fn, const void *data)
{
    struct shell_view v = view_of(pg);
    struct out content = out_new(pg->mem, o->max);
    fn(&content, pg, data);
    o->full = o->full || content.full;
    v.content = html_of_page(&content);
    switch (shell) {
    case SHELL_APP:
        shell_app_html(o, pg, &v);
        break;
    case SHELL_AUTH:
        shell_auth_html(o, pg, &v);
        break;
    case SHELL_PRINT:
        shell_print_html(o, pg, &v);
        break;
    }
}

/* "error.title.404"; statuses without sentences of their own speak as 500. */
static struct str
error_text(const struct page *pg, const char *what, int status)
{
    enum text t = text_find(arena_fmt(pg->mem, "error.%s.%d", what, status));
    if (t == T_NONE) {
        t = text_find(arena_fmt(pg->mem, "error.%s.500", what));
    }
    return page_text(pg, t, STR_NONE);
}

void
shell_error(struct out *o, const struct page *pg, int status, enum code code)
{
    struct page quiet = *pg;
    struct shell_view v;
    struct str key = arena_fmt(pg->mem, "err.%s", code_name(code));
    bool general = code == E_NONE || code == E_BROKEN || code == E_MISSING || code == E_DENIED ||
                   code == E_METHOD || code == E_IO || code == E_BUSY;
    quiet.n_faults = 0;
    quiet.title = error_text(pg, "title", status);
    v = view_of(&quiet);
    v.status = status;
    v.error_title = quiet.title;
    v.error_text = !general && text_find(key) != T_NONE ? page_error(pg, code, STR_NONE)
                                                        : error_text(pg, "text", status);
    shell_error_page_html(o, &quiet, &v);
}
