/* tmplgen_html.c: follows HTML character by character: in which tag, attribute or text the cursor
 * stands, and which elements are open. Drops comments and indentation. */
#include "tmplgen.h"

static bool
is_void(const char *tag)
{
    static const char *const list[] = {"area",  "base", "br",   "col",    "embed", "hr",  "img",
                                       "input", "link", "meta", "source", "track", "wbr", NULL};

    return is_one_of(list, tag);
}

bool
html_attr_is_url(const char *attr)
{
    static const char *const list[] = {"href",   "src",  "action", "formaction",
                                       "poster", "cite", NULL};

    return is_one_of(list, attr);
}

bool
html_in_text(const struct gen *g)
{
    return g->html.at.state == H_TEXT;
}

static void
emit(struct gen *g, char c)
{
    buf_add(&g->lit, &c, 1);
}

static void
name_add(struct gen *g, char *name, char c)
{
    size_t n = strlen(name);

    if (n + 1 >= NAME_MAX_) {
        refuse(g, "name is too long: %s", name);
    }
    name[n] = (char)tolower((unsigned char)c);
    name[n + 1] = '\0';
}

static bool
keeps_space(const struct html *h)
{
    for (size_t i = 0; i < h->at.depth; i++) {
        if (strcmp(h->open[i], "pre") == 0 || strcmp(h->open[i], "textarea") == 0) {
            return true;
        }
    }
    return false;
}

static bool
inside(const struct html *h, const char *name)
{
    for (size_t i = 0; i < h->at.depth; i++) {
        if (strcmp(h->open[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void
push(struct gen *g)
{
    struct html *h = &g->html;

    if (h->at.depth == DEPTH_MAX) {
        refuse(g, "too many open elements");
    }
    h->open_line[h->at.depth] = g->line;
    memcpy(h->open[h->at.depth++], h->tag, NAME_MAX_);
}

static void
pop(struct gen *g)
{
    struct html *h = &g->html;

    if (h->at.depth == 0) {
        refuse(g, "</%s> closes nothing", h->tag);
    }
    if (strcmp(h->open[h->at.depth - 1], h->tag) != 0) {
        refuse(g, "</%s> but <%s> of line %d is open", h->tag, h->open[h->at.depth - 1],
               h->open_line[h->at.depth - 1]);
    }
    if (h->at.depth == h->floor) {
        refuse(g, "</%s> closes an element that was opened outside of this block", h->tag);
    }
    h->at.depth--;
}

static void
check_attr_name(struct gen *g)
{
    static const char *const never[] = {"style",      "srcdoc", "srcset", "http-equiv",
                                        "formmethod", "ping",   NULL};
    const char *attr = g->html.at.attr;

    if (attr[0] == 'o' && attr[1] == 'n') {
        refuse(g, "attribute %s: no script in a page, listen in assets/js", attr);
    }
    if (is_one_of(never, attr)) {
        refuse(g, "attribute %s is not allowed%s", attr,
               strcmp(attr, "style") == 0 ? ": use a class" : "");
    }
}

/* The constant text at the start of href, src, action: an own path, a fragment, or a harmless
 * scheme. */
static void
check_url_start(struct gen *g)
{
    static const char *const fine[] = {"mailto:", "tel:", "https://"};
    const struct html *h = &g->html;
    const char *s = h->value.n > 0 ? h->value.p : "";
    bool is_link = strcmp(h->at.attr, "href") == 0;

    if (h->value_has_expr && s[0] == '\0') {
        return; /* starts with a struct url */
    }
    if ((s[0] == '/' && s[1] != '/' && s[1] != '\\') || s[0] == '#' || s[0] == '?') {
        return;
    }
    for (size_t i = 0; is_link && i < (h->value_has_expr ? 2 : 3); i++) {
        if (strncmp(s, fine[i], strlen(fine[i])) == 0) {
            return;
        }
    }
    refuse(g, "%s=\"%s\": an address begins with /, # or ?, or is a struct url", h->at.attr, s);
}

static void
value_end(struct gen *g)
{
    struct html *h = &g->html;

    if (html_attr_is_url(h->at.attr)) {
        check_url_start(g);
    }
    if (strcmp(h->tag, "form") == 0 && strcmp(h->at.attr, "method") == 0 && !h->by_form &&
        (h->value_has_expr || strcasecmp(h->value.p, "get") != 0)) {
        refuse(g, "a form that posts is written as {{form}}");
    }
    h->at.attr[0] = '\0';
    h->at.quote = '\0';
    h->at.url_begun = false;
    h->at.state = H_IN_TAG;
    h->at.no_space = true;
}

static void
start_tag_end(struct gen *g)
{
    struct html *h = &g->html;
    bool raw = strcmp(h->tag, "script") == 0 || strcmp(h->tag, "style") == 0;

    if (h->slash && !is_void(h->tag) && !inside(h, "svg")) {
        refuse(g, "<%s/>: only svg and empty elements close themselves", h->tag);
    }
    if (!h->slash && !is_void(h->tag)) {
        push(g);
    }
    h->at.state = raw ? H_RAW : H_TEXT;
    h->at.no_space = false;
    h->slash = false;
    h->tag[0] = '\0';
}

void
html_close_start_tag(struct gen *g, const char *name)
{
    snprintf(g->html.tag, NAME_MAX_, "%s", name);
    start_tag_end(g);
}

static void
feed_text(struct gen *g, char c)
{
    struct html *h = &g->html;

    if (isspace((unsigned char)c) && !keeps_space(h)) {
        size_t n = g->lit.n;

        if (g->eat_line_end) {
            g->eat_line_end = c != '\n';
            return;
        }
        if (c == '\n') { /* blanks before a line break and a second one go */
            while (n > 0 && isspace((unsigned char)g->lit.p[n - 1])) {
                n--;
            }
            g->lit.n = n;
        } else if (n > 0 ? g->lit.p[n - 1] == '\n' : g->at_line_start) {
            return; /* indentation */
        }
        emit(g, c);
        return;
    }
    g->eat_line_end = false;
    if (c == '<') {
        h->at.state = H_LESS;
        return;
    }
    emit(g, c);
}

static void
feed_less(struct gen *g, char c)
{
    struct html *h = &g->html;

    h->tag[0] = '\0';
    if (c == '!') {
        h->at.state = H_MARKUP;
        h->value.n = 0;
        return;
    }
    emit(g, '<');
    emit(g, c);
    if (c == '/') {
        h->at.state = H_END_NAME;
    } else if (isalpha((unsigned char)c)) {
        name_add(g, h->tag, c);
        h->at.state = H_TAG_NAME;
    } else {
        refuse(g, "a < in text is written &lt;");
    }
}

/* <!doctype html> is kept, comments are not. h->value collects what was read. */
static void
feed_markup(struct gen *g, char c)
{
    struct html *h = &g->html;

    buf_add(&h->value, &c, 1);
    if (h->value.n == 2 && memcmp(h->value.p, "--", 2) == 0) {
        h->at.state = H_COMMENT;
        h->value.n = 0;
    } else if (c == '>') {
        buf_fmt(&g->lit, "<!%s", h->value.p);
        h->at.state = H_TEXT;
        h->value.n = 0;
    }
}

static void
feed_comment(struct gen *g, char c)
{
    struct html *h = &g->html;

    buf_add(&h->value, &c, 1);
    if (h->value.n >= 3 && memcmp(h->value.p + h->value.n - 3, "-->", 3) == 0) {
        h->at.state = H_TEXT;
        h->value.n = 0;
        g->eat_line_end = true;
    }
}

static void
feed_end_name(struct gen *g, char c)
{
    emit(g, c);
    if (c == '>') {
        pop(g);
        g->html.at.state = H_TEXT;
    } else if (isalnum((unsigned char)c)) {
        name_add(g, g->html.tag, c);
    } else {
        refuse(g, "</%s: expected >", g->html.tag);
    }
}

/* Between attributes, in a tag's or an attribute's name. */
static void
feed_tag(struct gen *g, char c)
{
    struct html *h = &g->html;

    if (c == '=' && h->at.state == H_ATTR_NAME) {
        emit(g, c);
        check_attr_name(g);
        h->at.state = H_BEFORE_VALUE;
        return;
    }
    if (isspace((unsigned char)c) || c == '>' || c == '/') {
        if (h->at.state == H_ATTR_NAME) {
            check_attr_name(g);
            h->at.attr[0] = '\0';
        }
        h->at.state = H_IN_TAG;
        h->at.no_space = false;
        if (!isspace((unsigned char)c)) {
            emit(g, c);
            h->slash = c == '/';
        } else if (g->lit.n == 0 || g->lit.p[g->lit.n - 1] != ' ') {
            emit(g, ' ');
        }
        if (c == '>') {
            h->slash = g->lit.n > 1 && g->lit.p[g->lit.n - 2] == '/';
            start_tag_end(g);
        }
        return;
    }
    if (!isalnum((unsigned char)c) && strchr("-_:", c) == NULL) {
        refuse(g, "unexpected %c in <%s>", c, h->tag);
    }
    emit(g, c);
    if (h->at.state == H_TAG_NAME) {
        name_add(g, h->tag, c);
        return;
    }
    if (h->at.state == H_IN_TAG) {
        if (h->at.no_space) {
            refuse(g, "a blank is missing before an attribute of <%s>", h->tag);
        }
        h->at.attr[0] = '\0';
        h->at.state = H_ATTR_NAME;
    }
    name_add(g, h->at.attr, c);
}

static void
feed_value(struct gen *g, char c)
{
    struct html *h = &g->html;

    emit(g, c);
    if (c == h->at.quote) {
        value_end(g);
        return;
    }
    h->at.url_begun = html_attr_is_url(h->at.attr);
    if (!h->value_has_expr) {
        buf_add(&h->value, &c, 1);
    }
}

void
html_feed(struct gen *g, char c)
{
    struct html *h = &g->html;

    switch (h->at.state) {
    case H_TEXT:
        feed_text(g, c);
        break;
    case H_LESS:
        feed_less(g, c);
        break;
    case H_MARKUP:
        feed_markup(g, c);
        break;
    case H_COMMENT:
        feed_comment(g, c);
        break;
    case H_END_NAME:
        feed_end_name(g, c);
        break;
    case H_TAG_NAME:
    case H_IN_TAG:
    case H_ATTR_NAME:
        feed_tag(g, c);
        break;
    case H_BEFORE_VALUE:
        if (c != '"' && c != '\'') {
            refuse(g, "the value of %s needs quotes", h->at.attr);
        }
        emit(g, c);
        h->at.quote = c;
        h->at.state = H_VALUE;
        h->at.url_begun = false;
        h->value.n = 0;
        buf_add(&h->value, "", 0);
        h->value_has_expr = false;
        break;
    case H_VALUE:
        feed_value(g, c);
        break;
    case H_RAW:
        if (c != '<') {
            refuse(g, "no inline script or style: write it in assets/");
        }
        h->at.state = H_LESS;
        break;
    }
    g->at_line_start = c == '\n' || (g->at_line_start && isspace((unsigned char)c));
}

struct html_place
html_settle(struct gen *g)
{
    struct html_place *at = &g->html.at;

    if (at->state == H_TAG_NAME || at->state == H_ATTR_NAME) {
        if (at->state == H_ATTR_NAME) {
            check_attr_name(g);
        }
        at->attr[0] = '\0';
        at->state = H_IN_TAG;
        at->no_space = true;
    }
    if (at->state != H_TEXT && at->state != H_IN_TAG && at->state != H_VALUE) {
        refuse(g, "a tag cannot stand here%s",
               at->state == H_RAW            ? ": inside <script> or <style>"
               : at->state == H_COMMENT      ? ": inside a comment"
               : at->state == H_BEFORE_VALUE ? ": the attribute's value needs quotes"
                                             : "");
    }
    return *at;
}

/* Whether something stands in an address may differ from where the block began, if all branches
 * agree: *url_begun is what they say. */
void
html_need_same(struct gen *g, const struct html_place *want, const bool *url_begun,
               const char *where)
{
    struct html_place at = html_settle(g);

    if (at.state != want->state || at.quote != want->quote || strcmp(at.attr, want->attr) != 0 ||
        (url_begun != NULL && at.url_begun != *url_begun)) {
        refuse(g, "%s: the block ends in another place of HTML than it began", where);
    }
    if (at.depth > want->depth) {
        refuse(g, "%s: <%s> of line %d is still open", where, g->html.open[at.depth - 1],
               g->html.open_line[at.depth - 1]);
    }
}

void
html_need_value_place(struct gen *g)
{
    struct html *h = &g->html;

    switch (h->at.state) {
    case H_TEXT:
        g->eat_line_end = false;
        return;
    case H_VALUE:
        h->value_has_expr = true;
        if (html_attr_is_url(h->at.attr)) {
            check_url_start(g);
            h->at.url_begun = true;
        }
        return;
    case H_BEFORE_VALUE:
        refuse(g, "the value of %s needs quotes", h->at.attr);
    case H_RAW:
        refuse(g, "no value inside <script> or <style>");
    case H_COMMENT:
        refuse(g, "no value inside a comment");
    case H_LESS:
    case H_TAG_NAME:
    case H_END_NAME:
    case H_MARKUP:
    case H_IN_TAG:
    case H_ATTR_NAME:
        refuse(g, "a value stands in text or in a quoted attribute only");
    }
}
