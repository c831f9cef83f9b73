/* tmplgen_c.c: reads the inside of one tag and writes the C for it. */
#include "tmplgen.h"

/* --- writing C ------------------------------------------------------------------------------- */
void
indent(struct gen *g)
{
    for (int i = 0; i < g->indent; i++) {
        buf_fmt(&g->out, "    ");
    }
}

void
flush(struct gen *g)
{
    if (g->html.out.n == 0) {
        return;
    }
    put_c(g, "out_str(o, STR(\"");
    buf_c_string(&g->out, g->html.out.p, g->html.out.n);
    buf_fmt(&g->out, "\"));\n");
    g->html.out.n = 0;
}

void
at_line(struct gen *g)
{
    flush(g);
    buf_fmt(&g->out, "#line %d \"%s\"\n", g->html.line, g->html.file);
    indent(g);
}

/* --- words ----------------------------------------------------------------------------------- */
bool
is_name(const char *s)
{
    if (!isalpha((unsigned char)*s) && *s != '_') {
        return false;
    }
    for (; *s != '\0'; s++) {
        if (!isalnum((unsigned char)*s) && *s != '_') {
            return false;
        }
    }
    return true;
}

/* The end of a quoted text at p (behind the opening quote); quotes inside {{…}} do not count. */
static const char *
quote_end(struct gen *g, const char *p, const char *end)
{
    for (; p < end && *p != '"'; p++) {
        if (p + 1 < end && p[0] == '{' && p[1] == '{') {
            while (p + 1 < end && !(p[0] == '}' && p[1] == '}')) {
                p++;
            }
            p++;
        }
    }
    if (p >= end) {
        refuse(g, "\" without an end");
    }
    return p;
}

/* Splits a tag at blanks; key="a b" and key=word are one word each. */
static size_t
split(struct gen *g, const char *p, size_t n, struct word words[WORDS_MAX])
{
    const char *end = p + n;
    size_t count = 0;

    while (p < end) {
        const char *start = p;
        struct word w = {0};

        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        if (count == WORDS_MAX) {
            refuse(g, "too many words in a tag");
        }
        while (p < end && !isspace((unsigned char)*p) && *p != '"') {
            if (*p == '=' && w.key == NULL && p > start && p[1] != '=' && p[-1] != '!' &&
                p[-1] != '=') {
                w.key = copy_text(start, (size_t)(p - start));
                start = p + 1;
            }
            p++;
        }
        if (p < end && *p == '"') {
            if (p != start) {
                refuse(g, "\" inside a word");
            }
            start = p + 1;
            p = quote_end(g, start, end);
            w.quoted = true;
        }
        w.text = copy_text(start, (size_t)(p - start));
        p += w.quoted ? 1 : 0;
        words[count++] = w;
    }
    return count;
}

/* --- paths ----------------------------------------------------------------------------------- */
static int
find_var(const struct gen *g, const char *s, size_t n)
{
    for (size_t i = g->n_vars; i > 0; i--) {
        if (strlen(g->vars[i - 1]) == n && strncmp(g->vars[i - 1], s, n) == 0) {
            return (int)i - 1;
        }
    }
    return -1;
}

/* "d.x.y" becomes d->x.y, "r" (*r), "d.x->y" d->x->y. pointer: r and d stay as they are and members
 * get an &. */
char *
path_c(struct gen *g, const char *path, bool pointer)
{
    size_t root = strcspn(path, ".-");
    int var = find_var(g, path, root);
    bool is_d = root == 1 && path[0] == 'd', is_pg = root == 2 && strncmp(path, "pg", 2) == 0;
    struct buf b = {0};
    const char *p = path + root;

    if (var < 0 && !is_d && !is_pg) {
        refuse(g, "\"%s\": a path begins with d, pg or a loop variable", path);
    }
    if (var >= 0 && g->var_is_index[var]) {
        if (*p != '\0' || pointer) {
            refuse(g, "\"%s\" is a number", path);
        }
        return copy_text(path, root);
    }
    if (*p == '\0') {
        buf_fmt(&b, pointer ? "%s" : "(*%s)", path);
        return b.p;
    }
    buf_fmt(&b, "%s%.*s->", pointer ? "&" : "", (int)root, path);
    for (bool first = true; *p != '\0'; first = false) {
        size_t n = 0;

        if (*p == '.') {
            p++;
            buf_fmt(&b, first ? "" : ".");
        } else if (p[0] == '-' && p[1] == '>' && !first) {
            p += 2;
            buf_fmt(&b, "->");
        } else {
            refuse(g, "\"%s\" is not a path", path);
        }
        while (isalnum((unsigned char)p[n]) || p[n] == '_') {
            n++;
        }
        if (n == 0 || isdigit((unsigned char)*p)) {
            refuse(g, "\"%s\" is not a path", path);
        }
        buf_add(&b, p, n);
        p += n;
    }
    return b.p;
}

char *
count_c(struct gen *g, const char *path)
{
    const char *dot = strrchr(path, '.'), *arrow = strrchr(path, '>');
    const char *last = arrow != NULL && arrow > dot ? arrow : dot;

    if (last == NULL) {
        refuse(g, "\"%s\": the array is a member of something", path);
    }
    return path_c(g, copy_fmt("%.*sn_%s", (int)(last + 1 - path), path, last + 1), false);
}

char *
text_c(struct gen *g, const char *key, const char *prefix)
{
    char *name;

    if (key[0] == '\0' || strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._") != strlen(key)) {
        refuse(g, "\"%s\" is not a key of po/", key);
    }
    name = copy_fmt("%s%s", prefix, key);
    for (char *p = name; *p != '\0'; p++) {
        *p = *p == '.' ? '_' : *p;
    }
    return name;
}

/* --- values ---------------------------------------------------------------------------------- */
static bool
is_format(const char *s)
{
    static const char *const list[] = {
        "day_long",     "day_short",     "day_name", "day_near", "week",
        "instant_near", "instant_clock", "count",    "whole",    "hours",
        "elapsed",      "iso",           "month",    "size",     NULL};

    return is_one_of(list, s);
}

static void
put_value(struct gen *g, const char *format, const char *path)
{
    const struct html *h = &g->html;
    const bool is_url = h->at.state == H_VALUE && html_attr_is_url(h->at.attr);
    const bool begun = h->at.url_begun;
    const char *function = !is_url ? "put" : begun ? "put_url_part" : "put_url";

    html_need_value_place(&g->html);
    if (format != NULL && is_url) {
        refuse(g, "{{%s}} is for people, not for addresses", format);
    }
    if (format != NULL) {
        function = copy_fmt("put_%s", format);
    }
    at_line(g);
    buf_fmt(&g->out, "%s(o, pg, %s);\n", function, path_c(g, path, false));
}

/* An argument of a text: path, or format:path. */
static void
put_arg(struct gen *g, size_t i, char *arg)
{
    char *colon = strchr(arg, ':');

    put_c(g, "    if (w.arg == %zu) {\n", i);
    if (colon != NULL) {
        *colon = '\0';
        if (!is_format(arg)) {
            refuse(g, "\"%s\" is not a way to print", arg);
        }
    }
    put_c(g, "        put%s%s(o, pg, %s);\n", colon != NULL ? "_" : "", colon != NULL ? arg : "",
          path_c(g, colon != NULL ? colon + 1 : arg, false));
    put_c(g, "    }\n");
}

/* {{_ key args…}} and, with plural, {{_n key path args…}}. */
static void
put_catalogue(struct gen *g, struct word *words, size_t n, bool plural)
{
    char *text;
    size_t args = n - 1;

    if (n < (plural ? 2u : 1u)) {
        refuse(g, plural ? "{{_n key number args…}}" : "{{_ key args…}}");
    }
    if (g->html.at.state == H_VALUE && html_attr_is_url(g->html.at.attr)) {
        refuse(g, "a text is no address");
    }
    html_need_value_place(&g->html);
    at_line(g);
    if (plural) {
        const char *one = copy_fmt("%s.one", words[0].text);
        const char *other = copy_fmt("%s.other", words[0].text);

        buf_fmt(&g->out, "_Static_assert(%s <= %zu && %s == %zu, \"arguments of %s\");\n",
                text_c(g, one, "T_ARGS_"), args, text_c(g, other, "T_ARGS_"), args, words[0].text);
        text = copy_fmt("%s == 1 ? %s : %s", path_c(g, words[1].text, false), text_c(g, one, "T_"),
                        text_c(g, other, "T_"));
    } else {
        buf_fmt(&g->out, "_Static_assert(%s == %zu, \"arguments of %s\");\n",
                text_c(g, words[0].text, "T_ARGS_"), args, words[0].text);
        text = text_c(g, words[0].text, "T_");
    }
    indent(g);
    if (args == 0) {
        buf_fmt(&g->out, "put_text(o, pg, %s);\n", text);
        return;
    }
    buf_fmt(&g->out, "for (struct text_walk w = text_walk(o, pg, %s); text_step(&w);) {\n", text);
    for (size_t i = 0; i < args; i++) {
        put_arg(g, i, words[i + 1].text);
    }
    put_c(g, "}\n");
}

static void
put_icon_tag(struct gen *g, const struct word *words, size_t n)
{
    bool known = false;

    if (n < 1 || n > 2 ||
        (n == 2 && strcmp(words[1].text, "sm") != 0 && strcmp(words[1].text, "lg") != 0)) {
        refuse(g, "{{icon name}} or {{icon name sm}}");
    }
    for (size_t i = 0; i < g->n_icons; i++) {
        known = known || strcmp(g->icons[i], words[0].text) == 0;
    }
    if (!known) {
        refuse(g, "icon \"%s\" is not in assets/icons.list", words[0].text);
    }
    html_need_value_place(&g->html);
    if (!html_in_text(&g->html)) {
        refuse(g, "an icon stands in text only");
    }
    flush(g);
    put_c(g, "put_icon(o, \"%s\", \"%s\");\n", words[0].text, n == 2 ? words[1].text : "");
}

static void
put_asset(struct gen *g, const struct word *words, size_t n)
{
    char *name;

    if (n != 1 || g->html.at.state != H_VALUE || !html_attr_is_url(g->html.at.attr) ||
        g->html.at.url_begun) {
        refuse(g, "{{asset name}} is the whole of an href or src");
    }
    html_need_value_place(&g->html);
    name = copy_text(words[0].text, strlen(words[0].text));
    for (char *p = name; *p != '\0'; p++) {
        *p = isalnum((unsigned char)*p) ? *p : '_';
    }
    at_line(g);
    buf_fmt(&g->out, "put_url(o, pg, asset_url(ASSET_%s));\n", name);
}

static void
call_page(struct gen *g, const struct word *words, size_t n)
{
    html_need_value_place(&g->html);
    if (n != 2 || !is_name(words[0].text) || !html_in_text(&g->html)) {
        refuse(g, "{{> page path}} stands in text");
    }
    at_line(g);
    buf_fmt(&g->out, "%s_html(o, pg, %s);\n", words[0].text, path_c(g, words[1].text, true));
}

/* --- blocks ---------------------------------------------------------------------------------- */
struct block *
block_open(struct gen *g, enum block_kind kind)
{
    struct block *b = &g->blocks[g->n_blocks];

    if (g->n_blocks == BLOCKS_MAX) {
        refuse(g, "blocks are nested too deeply");
    }
    g->n_blocks++;
    *b = (struct block){.kind = kind,
                        .line = g->html.line,
                        .place = html_settle(&g->html),
                        .floor = g->html.floor,
                        .vars = g->n_vars};
    g->html.floor = b->place.depth;
    return b;
}

struct block *
block_top(struct gen *g, int kind, const char *tag)
{
    struct block *b = g->n_blocks > 0 ? &g->blocks[g->n_blocks - 1] : NULL;

    if (b == NULL || (int)b->kind != kind) {
        refuse(g, "{{%s}} does not close the block that is open%s", tag,
               b == NULL ? " (there is none)" : "");
    }
    return b;
}

/* One branch ends. Where it may be skipped, so does the empty branch, in the place it began in. */
static void
branch_end(struct gen *g, struct block *b, bool may_be_skipped, const char *tag)
{
    const bool *agreed = may_be_skipped ? &b->place.url_begun : b->one_ended ? &b->url_begun : NULL;

    html_need_same(&g->html, &b->place, agreed, tag);
    b->one_ended = true;
    b->url_begun = g->html.at.url_begun;
    b->no_space = b->no_space || g->html.at.no_space || (may_be_skipped && b->place.no_space);
    flush(g);
}

void
block_close(struct gen *g, struct block *b, const char *tag)
{
    branch_end(g, b, b->kind == B_EACH || (b->kind == B_IF && !b->had_else), tag);
    g->html.at.no_space = b->no_space;
    g->html.floor = b->floor;
    g->n_vars = b->vars;
    g->n_blocks--;
    for (int i = 0; i <= b->else_ifs; i++) {
        g->indent--;
        put_c(g, "}\n");
    }
}

static char *
operand(struct gen *g, const char *word)
{
    if (isupper((unsigned char)word[0]) || isdigit((unsigned char)word[0])) {
        for (const char *p = word; *p != '\0'; p++) {
            if (!isalnum((unsigned char)*p) && *p != '_') {
                refuse(g, "\"%s\" is not a constant", word);
            }
        }
        return copy_text(word, strlen(word));
    }
    return path_c(g, word, false);
}

/* path · !path · a == b · a != b · may RIGHT */
static char *
condition(struct gen *g, const struct word *words, size_t n)
{
    if (n == 2 && (strcmp(words[0].text, "may") == 0 || strcmp(words[0].text, "!may") == 0)) {
        if (!is_name(words[1].text)) {
            refuse(g, "\"%s\" is not a right", words[1].text);
        }
        return copy_fmt("%spage_may(pg, RIGHT_%s)", words[0].text[0] == '!' ? "!" : "",
                        words[1].text);
    }
    if (n == 3 && (strcmp(words[1].text, "==") == 0 || strcmp(words[1].text, "!=") == 0)) {
        return copy_fmt("%s %s %s", operand(g, words[0].text), words[1].text,
                        operand(g, words[2].text));
    }
    if (n == 1 && words[0].text[0] == '!') {
        return copy_fmt("!is_set(%s)", path_c(g, words[0].text + 1, false));
    }
    if (n == 1) {
        return copy_fmt("is_set(%s)", path_c(g, words[0].text, false));
    }
    refuse(g, "a condition is: path, !path, a == b, a != b, may RIGHT");
}

static void
open_if(struct gen *g, const struct word *words, size_t n)
{
    char *c = condition(g, words, n);

    block_open(g, B_IF);
    at_line(g);
    buf_fmt(&g->out, "if (%s) {\n", c);
    g->indent++;
}

static void
run_else(struct gen *g, const struct word *words, size_t n)
{
    struct block *b = block_top(g, B_IF, "else");

    if (b->had_else) {
        refuse(g, "a second {{else}}");
    }
    branch_end(g, b, false, "{{else}}");
    g->html.at = b->place;
    g->indent--;
    put_c(g, "} else {\n");
    g->indent++;
    if (n == 0) {
        b->had_else = true;
        return;
    }
    if (strcmp(words[0].text, "if") != 0) {
        refuse(g, "{{else}} or {{else if …}}");
    }
    at_line(g);
    buf_fmt(&g->out, "if (%s) {\n", condition(g, words + 1, n - 1));
    g->indent++;
    b->else_ifs++;
}

static void
add_var(struct gen *g, const char *name, bool is_index)
{
    static const char *const taken[] = {"d", "o", "pg", "w", "form", "of", "mark", NULL};

    if (!is_name(name) || is_one_of(taken, name) || find_var(g, name, strlen(name)) >= 0) {
        refuse(g, "\"%s\" cannot be the name of a loop variable here", name);
    }
    snprintf(g->vars[g->n_vars], NAME_MAX_, "%s", name);
    g->var_is_index[g->n_vars++] = is_index;
}

/* {{#each v in path}} and {{#each v i in path}}: i counts from 0. */
static void
open_each(struct gen *g, const struct word *words, size_t n)
{
    bool with_index = n == 4;
    char *array, *count;
    char *index;

    if (n < 3 || n > 4 || strcmp(words[n - 2].text, "in") != 0) {
        refuse(g, "{{#each v in path}} or {{#each v i in path}}");
    }
    array = path_c(g, words[n - 1].text, false);
    count = count_c(g, words[n - 1].text);
    block_open(g, B_EACH);
    add_var(g, words[0].text, false);
    if (with_index) {
        add_var(g, words[1].text, true);
    }
    index = copy_fmt(with_index ? "%s" : "at_%s", words[with_index ? 1 : 0].text);
    at_line(g);
    buf_fmt(&g->out, "for (size_t %s = 0; %s < %s; %s++) {\n", index, index, count, index);
    g->indent++;
    at_line(g);
    buf_fmt(&g->out, "const __auto_type %s = &%s[%s];\n", words[0].text, array, index);
    put_c(g, "(void)%s;\n", words[0].text);
}

static void
open_page(struct gen *g, const char *p, size_t n, bool part)
{
    const char *colon = memchr(p, ':', n);
    char *name, *type;

    if (g->n_blocks > 0 || colon == NULL) {
        refuse(g, g->n_blocks > 0 ? "a page inside of a block" : "{{page name: struct type}}");
    }
    while (isspace((unsigned char)*p)) {
        p++;
        n--;
    }
    name = copy_text(p, (size_t)(colon - p));
    type = copy_text(colon + 1, n - (size_t)(colon - p) - 1);
    if (!is_name(name)) {
        refuse(g, "\"%s\" is not the name of a page", name);
    }
    if (g->html.out.n > 0 && strspn(g->html.out.p, " \n") != g->html.out.n) {
        refuse(g, "text outside of a page");
    }
    g->html.out.n = 0;
    block_open(g, B_PAGE);
    buf_fmt(&g->out,
            "\nstatic %svoid\n%s_html(struct out *o, const struct page *pg, const%s *d)\n{\n",
            part ? "inline " : "", name, type);
    g->indent = 1;
    put_c(g, "(void)pg;\n    (void)d;\n");
}

static void
close_page(struct gen *g)
{
    while (g->html.out.n > 0 && isspace((unsigned char)g->html.out.p[g->html.out.n - 1])) {
        g->html.out.n--;
    }
    block_close(g, block_top(g, B_PAGE, "/page"), "{{/page}}");
}

/* --- one tag --------------------------------------------------------------------------------- */
static void
use_parts(struct gen *g, const struct word *words, size_t n)
{
    if (n != 1 || g->n_blocks > 0 ||
        strspn(words[0].text, "abcdefghijklmnopqrstuvwxyz_/") != strlen(words[0].text)) {
        refuse(g, "{{use http/parts}} stands at the top");
    }
    buf_fmt(&g->out, "#include \"%s.tmpl.h\"\n", words[0].text);
}

/* Tags that print nothing themselves; alone in a line they take its line break along. */
static bool
run_block_tag(struct gen *g, const char *first, struct word *rest, size_t n, const char *p,
              size_t len)
{
    if (strcmp(first, "#if") == 0) {
        open_if(g, rest, n);
    } else if (strcmp(first, "else") == 0) {
        run_else(g, rest, n);
    } else if (strcmp(first, "/if") == 0) {
        block_close(g, block_top(g, B_IF, "/if"), "{{/if}}");
    } else if (strcmp(first, "#each") == 0) {
        open_each(g, rest, n);
    } else if (strcmp(first, "/each") == 0) {
        block_close(g, block_top(g, B_EACH, "/each"), "{{/each}}");
    } else if (strcmp(first, "page") == 0 || strcmp(first, "part") == 0) {
        open_page(g, p + 4, len - 4, first[2] == 'r');
    } else if (strcmp(first, "/page") == 0 || strcmp(first, "/part") == 0) {
        close_page(g);
    } else if (strcmp(first, "use") == 0) {
        use_parts(g, rest, n);
    } else {
        return false;
    }
    return true;
}

static void
run_value_tag(struct gen *g, const char *first, struct word *words, size_t n)
{
    if (strcmp(first, "_") == 0 || strcmp(first, "_n") == 0) {
        put_catalogue(g, words + 1, n - 1, first[1] == 'n');
    } else if (strcmp(first, ">") == 0) {
        call_page(g, words + 1, n - 1);
    } else if (strcmp(first, "icon") == 0) {
        put_icon_tag(g, words + 1, n - 1);
    } else if (strcmp(first, "asset") == 0) {
        put_asset(g, words + 1, n - 1);
    } else if (strcmp(first, "form") == 0) {
        open_form(g, words + 1, n - 1);
    } else if (strcmp(first, "/form") == 0) {
        close_form(g);
    } else if (strcmp(first, "field") == 0) {
        put_field_tag(g, words + 1, n - 1);
    } else if (strcmp(first, "faults") == 0) {
        put_faults_tag(g);
    } else if (n == 2 && is_format(first)) {
        put_value(g, first, words[1].text);
    } else if (n == 1) {
        put_value(g, NULL, first);
    } else {
        refuse(g, "unknown tag {{%s …}}", first);
    }
}

void
tag_run(struct gen *g, const char *p, size_t n)
{
    struct word words[WORDS_MAX];
    bool alone = g->html.at_line_start;
    size_t count;

    while (n > 0 && isspace((unsigned char)*p)) {
        p++;
        n--;
    }
    count = split(g, p, n, words);
    if (count == 0) {
        refuse(g, "an empty tag");
    }
    if (words[0].key != NULL || words[0].quoted) {
        refuse(g, "a tag begins with a word");
    }
    if (run_block_tag(g, words[0].text, words + 1, count - 1, p, n)) {
        g->html.eat_line_end = alone && html_in_text(&g->html);
        g->html.at_line_start = alone;
        return;
    }
    if (g->n_blocks == 0) {
        refuse(g, "{{%s}} outside of a page", words[0].text);
    }
    run_value_tag(g, words[0].text, words, count);
    g->html.at_line_start = false;
}
