/* htmltext.c: see htmltext.h. */
#include "htmltext.h"

#define refuse(h, ...) die((h)->file, (h)->line, __VA_ARGS__)

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
html_in_text(const struct html *h)
{
    return h->at.state == H_TEXT;
}

static void
emit(struct html *h, char c)
{
    buf_add(&h->out, &c, 1);
}

static void
name_add(struct html *h, char *name, char c)
{
    size_t n = strlen(name);

    if (n + 1 >= NAME_MAX_) {
        refuse(h, "name is too long: %s", name);
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
push(struct html *h)
{
    if (h->at.depth == DEPTH_MAX) {
        refuse(h, "too many open elements");
    }
    h->open_line[h->at.depth] = h->line;
    memcpy(h->open[h->at.depth++], h->tag, NAME_MAX_);
}

static void
pop(struct html *h)
{
    if (h->at.depth == 0) {
        refuse(h, "</%s> closes nothing", h->tag);
    }
    if (strcmp(h->open[h->at.depth - 1], h->tag) != 0) {
        refuse(h, "</%s> but <%s> of line %d is open", h->tag, h->open[h->at.depth - 1],
               h->open_line[h->at.depth - 1]);
    }
    if (h->at.depth == h->floor) {
        refuse(h, "</%s> closes an element that was opened outside of this block", h->tag);
    }
    h->at.depth--;
}

static void
check_attr_name(struct html *h)
{
    static const char *const never[] = {"style",      "srcdoc", "srcset", "http-equiv",
                                        "formmethod", "ping",   NULL};
    const char *attr = h->at.attr;

    if (attr[0] == 'o' && attr[1] == 'n') {
        refuse(h, "attribute %s: no script in a page, listen in assets/js", attr);
    }
    if (is_one_of(never, attr)) {
        refuse(h, "attribute %s is not allowed%s", attr,
               strcmp(attr, "style") == 0 ? ": use a class" : "");
    }
}

/* The constant text at the start of href, src, action: an own path, a fragment, or a harmless
 * scheme. */
static void
check_url_start(struct html *h)
{
    static const char *const fine[] = {"mailto:", "tel:", "https://"};
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
    refuse(h, "%s=\"%s\": an address begins with /, # or ?, or is a struct url", h->at.attr, s);
}

static void
value_end(struct html *h)
{
    if (html_attr_is_url(h->at.attr)) {
        check_url_start(h);
    }
    if (strcmp(h->tag, "form") == 0 && strcmp(h->at.attr, "method") == 0 && !h->by_form &&
        (h->value_has_expr || strcasecmp(h->value.p, "get") != 0)) {
        refuse(h, "a form that posts is written as {{form}}");
    }
    h->at.attr[0] = '\0';
    h->at.quote = '\0';
    h->at.url_begun = false;
    h->at.state = H_IN_TAG;
    h->at.no_space = true;
}

static void
start_tag_end(struct html *h)
{
    bool raw = strcmp(h->tag, "script") == 0 || strcmp(h->tag, "style") == 0;

    if (h->slash && !is_void(h->tag) && !inside(h, "svg")) {
        refuse(h, "<%s/>: only svg and empty elements close themselves", h->tag);
    }
    if (!h->slash && !is_void(h->tag)) {
        push(h);
    }
    h->at.state = raw ? H_RAW : H_TEXT;
    h->at.no_space = false;
    h->slash = false;
    h->tag[0] = '\0';
}

void
html_close_start_tag(struct html *h, const char *name)
{
    snprintf(h->tag, NAME_MAX_, "%s", name);
    start_tag_end(h);
}

static void
feed_text(struct html *h, char c)
{
    if (isspace((unsigned char)c) && !keeps_space(h)) {
        size_t n = h->out.n;

        if (h->eat_line_end) {
            h->eat_line_end = c != '\n';
            return;
        }
        if (c == '\n') { /* blanks before a line break and a second one go */
            while (n > 0 && isspace((unsigned char)h->out.p[n - 1])) {
                n--;
            }
            h->out.n = n;
        } else if (n > 0 ? h->out.p[n - 1] == '\n' : h->at_line_start) {
            return; /* indentation */
        }
        emit(h, c);
        return;
    }
    h->eat_line_end = false;
    if (c == '<') {
        h->at.state = H_LESS;
        return;
    }
    emit(h, c);
}

static void
feed_less(struct html *h, char c)
{
    h->tag[0] = '\0';
    if (c == '!') {
        h->at.state = H_MARKUP;
        h->value.n = 0;
        return;
    }
    emit(h, '<');
    emit(h, c);
    if (c == '/') {
        h->at.state = H_END_NAME;
    } else if (isalpha((unsigned char)c)) {
        name_add(h, h->tag, c);
        h->at.state = H_TAG_NAME;
    } else {
        refuse(h, "a < in text is written &lt;");
    }
}

/* <!doctype html> is kept, comments are not. h->value collects what was read. */
static void
feed_markup(struct html *h, char c)
{
    buf_add(&h->value, &c, 1);
    if (h->value.n == 2 && memcmp(h->value.p, "--", 2) == 0) {
        h->at.state = H_COMMENT;
        h->value.n = 0;
    } else if (c == '>') {
        buf_fmt(&h->out, "<!%s", h->value.p);
        h->at.state = H_TEXT;
        h->value.n = 0;
    }
}

static void
feed_comment(struct html *h, char c)
{
    buf_add(&h->value, &c, 1);
    if (h->value.n >= 3 && memcmp(h->value.p + h->value.n - 3, "-->", 3) == 0) {
        h->at.state = H_TEXT;
        h->value.n = 0;
        h->eat_line_end = true;
    }
}

static void
feed_end_name(struct html *h, char c)
{
    emit(h, c);
    if (c == '>') {
        pop(h);
        h->at.state = H_TEXT;
    } else if (isalnum((unsigned char)c)) {
        name_add(h, h->tag, c);
    } else {
        refuse(h, "</%s: expected >", h->tag);
    }
}

/* Between attributes, in a tag's or an attribute's name. */
static void
feed_tag(struct html *h, char c)
{
    if (c == '=' && h->at.state == H_ATTR_NAME) {
        emit(h, c);
        check_attr_name(h);
        h->at.state = H_BEFORE_VALUE;
        return;
    }
    if (isspace((unsigned char)c) || c == '>' || c == '/') {
        if (h->at.state == H_ATTR_NAME) {
            check_attr_name(h);
            h->at.attr[0] = '\0';
        }
        h->at.state = H_IN_TAG;
        h->at.no_space = false;
        if (!isspace((unsigned char)c)) {
            emit(h, c);
            h->slash = c == '/';
        } else if (h->out.n == 0 || h->out.p[h->out.n - 1] != ' ') {
            emit(h, ' ');
        }
        if (c == '>') {
            h->slash = h->out.n > 1 && h->out.p[h->out.n - 2] == '/';
            start_tag_end(h);
        }
        return;
    }
    if (!isalnum((unsigned char)c) && strchr("-_:", c) == NULL) {
        refuse(h, "unexpected %c in <%s>", c, h->tag);
    }
    emit(h, c);
    if (h->at.state == H_TAG_NAME) {
        name_add(h, h->tag, c);
        return;
    }
    if (h->at.state == H_IN_TAG) {
        if (h->at.no_space) {
            refuse(h, "a blank is missing before an attribute of <%s>", h->tag);
        }
        h->at.attr[0] = '\0';
        h->at.state = H_ATTR_NAME;
    }
    name_add(h, h->at.attr, c);
}

static void
feed_value(struct html *h, char c)
{
    emit(h, c);
    if (c == h->at.quote) {
        value_end(h);
        return;
    }
    h->at.url_begun = html_attr_is_url(h->at.attr);
    if (!h->value_has_expr) {
        buf_add(&h->value, &c, 1);
    }
}

void
html_feed(struct html *h, char c)
{
    switch (h->at.state) {
    case H_TEXT:
        feed_text(h, c);
        break;
    case H_LESS:
        feed_less(h, c);
        break;
    case H_MARKUP:
        feed_markup(h, c);
        break;
    case H_COMMENT:
        feed_comment(h, c);
        break;
    case H_END_NAME:
        feed_end_name(h, c);
        break;
    case H_TAG_NAME:
    case H_IN_TAG:
    case H_ATTR_NAME:
        feed_tag(h, c);
        break;
    case H_BEFORE_VALUE:
        if (c != '"' && c != '\'') {
            refuse(h, "the value of %s needs quotes", h->at.attr);
        }
        emit(h, c);
        h->at.quote = c;
        h->at.state = H_VALUE;
        h->at.url_begun = false;
        h->value.n = 0;
        buf_add(&h->value, "", 0);
        h->value_has_expr = false;
        break;
    case H_VALUE:
        feed_value(h, c);
        break;
    case H_RAW:
        if (c != '<') {
            refuse(h, "no inline script or style: write it in assets/");
        }
        h->at.state = H_LESS;
        break;
    }
    h->at_line_start = c == '\n' || (h->at_line_start && isspace((unsigned char)c));
}

struct html_place
html_settle(struct html *h)
{
    struct html_place *at = &h->at;

    if (at->state == H_TAG_NAME || at->state == H_ATTR_NAME) {
        if (at->state == H_ATTR_NAME) {
            check_attr_name(h);
        }
        at->attr[0] = '\0';
        at->state = H_IN_TAG;
        at->no_space = true;
    }
    if (at->state != H_TEXT && at->state != H_IN_TAG && at->state != H_VALUE) {
        refuse(h, "a tag cannot stand here%s",
               at->state == H_RAW            ? ": inside <script> or <style>"
               : at->state == H_COMMENT      ? ": inside a comment"
               : at->state == H_BEFORE_VALUE ? ": the attribute's value needs quotes"
                                             : "");
    }
    return *at;
}

void
html_need_same(struct html *h, const struct html_place *want, const bool *url_begun,
               const char *where)
{
    struct html_place at = html_settle(h);

    if (at.state != want->state || at.quote != want->quote || strcmp(at.attr, want->attr) != 0 ||
        (url_begun != NULL && at.url_begun != *url_begun)) {
        refuse(h, "%s: the block ends in another place of HTML than it began", where);
    }
    if (at.depth > want->depth) {
        refuse(h, "%s: <%s> of line %d is still open", where, h->open[at.depth - 1],
               h->open_line[at.depth - 1]);
    }
}

void
html_need_value_place(struct html *h)
{
    switch (h->at.state) {
    case H_TEXT:
        h->eat_line_end = false;
        return;
    case H_VALUE:
        h->value_has_expr = true;
        if (html_attr_is_url(h->at.attr)) {
            check_url_start(h);
            h->at.url_begun = true;
        }
        return;
    case H_BEFORE_VALUE:
        refuse(h, "the value of %s needs quotes", h->at.attr);
    case H_RAW:
        refuse(h, "no value inside <script> or <style>");
    case H_COMMENT:
        refuse(h, "no value inside a comment");
    case H_LESS:
    case H_TAG_NAME:
    case H_END_NAME:
    case H_MARKUP:
    case H_IN_TAG:
    case H_ATTR_NAME:
        refuse(h, "a value stands in text or in a quoted attribute only");
    }
}
