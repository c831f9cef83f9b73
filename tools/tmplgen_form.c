/* tmplgen_form.c: {{form}}, {{field}} and {{faults}}. */
#include "tmplgen.h"

/* --- words of a tag: each is taken once, and none may be left -------------------------------- */
/* Takes a word with that key off the list; NULL when it is not there. */
static struct word *
take_key(struct word *words, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++) {
        if (words[i].key != NULL && words[i].text != NULL && strcmp(words[i].key, key) == 0) {
            words[i].key[0] = '\0';
            return &words[i];
        }
    }
    return NULL;
}

static bool
take_flag(struct word *words, size_t n, const char *flag)
{
    for (size_t i = 0; i < n; i++) {
        if (words[i].key == NULL && !words[i].quoted && strcmp(words[i].text, flag) == 0) {
            words[i].key = copy_text("", 0);
            return true;
        }
    }
    return false;
}

static void
need_all_taken(struct gen *g, const struct word *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (words[i].key == NULL || words[i].key[0] != '\0') {
            refuse(g, "unknown word \"%s\"", words[i].key != NULL ? words[i].key : words[i].text);
        }
    }
}

/* --- the form -------------------------------------------------------------------------------- */
static void
form_attr(struct gen *g, const char *name, const struct word *w)
{
    if (w != NULL) {
        const char *text = copy_fmt(" %s=\"%s\"", name, w->text);
        template_run(g, text, strlen(text));
    }
}

/* The name in front, "" when the form has none (buttons only). */
static const char *
take_name(struct gen *g, struct word *words, size_t n)
{
    if (n == 0 || words[0].key != NULL || strcmp(words[0].text, "upload") == 0) {
        return "";
    }
    if (!is_name(words[0].text)) {
        refuse(g, "\"%s\" is not the name of a form", words[0].text);
    }
    words[0].key = copy_text("", 0);
    return words[0].text;
}

static void
check_form_place(struct gen *g)
{
    if (!html_in_text(&g->html) || g->indent == 0) {
        refuse(g, "a form stands in the text of a page");
    }
    for (size_t i = 0; i < g->html.at.depth; i++) {
        if (strcmp(g->html.open[i], "form") == 0) {
            refuse(g, "a form inside of a form");
        }
    }
}

/* The start tag is a piece of template like any other, up to its '>', which form_open() prints. */
static void
run_start_tag(struct gen *g, struct word *words, size_t n)
{
    static const char start[] = "<form method=\"post\"",
                      upload[] = " enctype=\"multipart/form-data\"";
    struct word *to = take_key(words, n, "to"), *label = take_key(words, n, "label");

    if (to == NULL || !to->quoted) {
        refuse(g, "a form needs to=\"…\"");
    }
    g->html.by_form = true;
    template_run(g, start, sizeof(start) - 1);
    form_attr(g, "action", to);
    form_attr(g, "class", take_key(words, n, "class"));
    form_attr(g, "id", take_key(words, n, "id"));
    form_attr(g, "data-frag", take_key(words, n, "frag"));
    if (label != NULL) {
        label->text = copy_fmt("{{_ %s}}", label->text);
        form_attr(g, "aria-label", label);
    }
    if (take_flag(words, n, "upload")) {
        template_run(g, upload, sizeof(upload) - 1);
    }
    g->html.by_form = false;
    need_all_taken(g, words, n);
    html_close_start_tag(&g->html, "form");
    g->html.floor = g->html.at.depth; /* </form> is ours to write */
}

void
open_form(struct gen *g, struct word *words, size_t n)
{
    const char *name = take_name(g, words, n);
    const struct word *of = take_key(words, n, "of");
    const char *of_c = of != NULL ? path_c(g, of->text, true) : NULL;

    check_form_place(g);
    if (of != NULL && name[0] == '\0') {
        refuse(g, "of= needs the form's name");
    }
    snprintf(g->form, sizeof(g->form), "%s", name);
    block_open(g, B_FORM);
    flush(g);
    put_c(g, "{\n");
    g->indent++;
    put_c(g, "const size_t mark = o->n;\n");
    run_start_tag(g, words, n);
    at_line(g);
    if (of_c != NULL) {
        buf_fmt(&g->out, "const struct %s *const of = %s;\n", name, of_c);
        at_line(g);
    }
    buf_fmt(&g->out, "const struct form_use form = form_open(o, pg, %s%s%s, %s, mark);\n",
            name[0] != '\0' ? "&" : "NULL", name, name[0] != '\0' ? "_def" : "",
            of_c != NULL ? "of" : "NULL");
    put_c(g, "(void)form;\n");
}

void
close_form(struct gen *g)
{
    struct block *b = block_top(g, B_FORM, "/form");

    g->html.floor = b->place.depth;
    template_run(g, "</form>", 7);
    block_close(g, b, "{{/form}}");
    g->form[0] = '\0';
}

static bool
in_form(const struct gen *g)
{
    for (size_t i = 0; i < g->n_blocks; i++) {
        if (g->blocks[i].kind == B_FORM) {
            return true;
        }
    }
    return false;
}

static void
field_text(struct gen *g, struct word *words, size_t n, const char *key)
{
    struct word *w = take_key(words, n, key);

    if (w != NULL) {
        buf_fmt(&g->out, " .%s = %s,", key, text_c(g, w->text, "T_"));
    }
}

void
put_field_tag(struct gen *g, struct word *words, size_t n)
{
    static const char *const texts[] = {"label", "hint", "unit", "placeholder"};
    static const char *const field_types[] = {"password", "email",  "search", "tel",
                                              "url",      "hidden", "radio",  "switch",
                                              "otp",      "date",   "text",   NULL};
    struct word *w;

    if (!in_form(g) || g->form[0] == '\0' || n == 0 || !is_name(words[0].text)) {
        refuse(g, "{{field member …}} stands in a {{form NAME}}");
    }
    html_need_value_place(&g->html);
    if (!html_in_text(&g->html)) {
        refuse(g, "a field stands in text");
    }
    words[0].key = copy_text("", 0);
    at_line(g);
    buf_fmt(&g->out,
            "put_field(o, &form, &(const struct field_look){.name = FIELD_NAME(struct %s, %s),",
            g->form, words[0].text);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        field_text(g, words, n, texts[i]);
    }
    if ((w = take_key(words, n, "options")) != NULL) {
        buf_fmt(&g->out, " .options = %s, .n_options = %s,", path_c(g, w->text, false),
                count_c(g, w->text));
    }
    if ((w = take_key(words, n, "type")) != NULL) {
        if (!is_one_of(field_types, w->text)) {
            refuse(g, "\"%s\" is not a type of field", w->text);
        }
        buf_fmt(&g->out, " .type = \"%s\",", w->text);
    }
    if ((w = take_key(words, n, "class")) != NULL) {
        if (strspn(w->text, "abcdefghijklmnopqrstuvwxyz0123456789- ") != strlen(w->text)) {
            refuse(g, "class= is a constant here");
        }
        buf_fmt(&g->out, " .class_name = \"%s\",", w->text);
    }
    buf_fmt(&g->out, "%s%s%s});\n", take_flag(words, n, "bare") ? " .bare = true," : "",
            take_flag(words, n, "focus") ? " .focus = true," : "",
            take_flag(words, n, "needed") ? " .needed = true," : "");
    need_all_taken(g, words, n);
}

void
put_faults_tag(struct gen *g)
{
    if (!in_form(g) || !html_in_text(&g->html)) {
        refuse(g, "{{faults}} stands in a {{form NAME}}");
    }
    flush(g);
    put_c(g, "put_faults(o, &form);\n");
}
