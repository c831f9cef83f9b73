/* tmplgen.c: turns x.html into x.tmpl.h, one C function for each page (doc/joints.md has the
 * language). Promises: a value never stands where HTML cannot escape it, every branch ends in the
 * context it began in, elements are nested, wrong paths fail in C at the template's own line.
 * Trusts its input not to be hostile, only wrong. */
#include "tmplgen.h"

/* The end of the tag whose "{{" is at p: matching braces, those in quotes count as well. */
static const char *
tag_end(struct gen *g, const char *p, const char *end)
{
    int depth = 0;

    for (; p + 1 < end; p++) {
        if (p[0] == '{' && p[1] == '{') {
            depth++;
            p++;
        } else if (p[0] == '}' && p[1] == '}') {
            if (--depth == 0) {
                return p;
            }
            p++;
        }
    }
    refuse(g, "{{ without }}");
}

void
template_run(struct gen *g, const char *p, size_t n)
{
    const char *end = p + n;

    while (p < end) {
        if (p + 1 < end && p[0] == '{' && p[1] == '{') {
            const char *stop = tag_end(g, p, end);

            tag_run(g, p + 2, (size_t)(stop - p - 2));
            for (; p < stop; p++) {
                g->html.line += *p == '\n';
            }
            p = stop + 2;
            continue;
        }
        html_feed(&g->html, *p);
        g->html.line += *p == '\n';
        p++;
    }
}

static void
load_icons(struct gen *g, const char *path)
{
    struct buf b = read_file(path);

    for (char *line = b.p, *next; line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        g->icons = need(realloc(g->icons, (g->n_icons + 1) * sizeof(*g->icons)));
        g->icons[g->n_icons++] = line;
    }
}

/* Prototypes first, so that pages may call each other in any order. */
static void
declare_pages(struct gen *g, const struct buf *src)
{
    static const char *const words[] = {"{{page ", "{{part "};

    for (size_t w = 0; w < 2; w++) {
        for (const char *p = src->p; (p = strstr(p, words[w])) != NULL; p++) {
            const char *colon = strchr(p, ':'), *stop = strstr(p, "}}");

            if (colon == NULL || stop == NULL || colon > stop) {
                continue; /* refused with its line when it is read */
            }
            buf_fmt(
                &g->out,
                "static %svoid %.*s_html(struct out *o, const struct page *pg, const %.*s *d);\n",
                w == 1 ? "inline " : "", (int)(colon - p - 7), p + 7, (int)(stop - colon - 2),
                colon + 2);
        }
    }
}

static int
page(const char *root, const char *input, const char *output, const char *depfile)
{
    struct buf src = read_file(input), dep = {0};
    struct gen g = {
        .html = {.file = input, .line = 1, .at_line_start = true}
    };
    char *icons = NULL;
    const char *base = strrchr(input, '/');

    if (asprintf(&icons, "%s/assets/icons.list", root) < 0) {
        die(input, 0, "out of memory");
    }
    load_icons(&g, icons);
    buf_fmt(&g.out,
            "/* Made by tools/tmplgen from %s. */\n#include \"http/asset.h\"\n"
            "#include \"http/form_html.h\"\n\n",
            base != NULL ? base + 1 : input);
    declare_pages(&g, &src);
    template_run(&g, src.p, src.n);
    if (g.n_blocks > 0) {
        die(input, g.blocks[g.n_blocks - 1].line, "this block is not closed");
    }
    if (g.html.out.n > 0 && strspn(g.html.out.p, " \n") != g.html.out.n) {
        die(input, g.html.line, "text outside of a page");
    }
    write_file(output, &g.out);
    buf_fmt(&dep, "%s: %s %s\n", output, input, icons);
    write_file(depfile, &dep);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "page") == 0) {
        return page(argv[2], argv[3], argv[4], argv[5]);
    }
    fprintf(stderr, "usage: tmplgen page ROOT INPUT.HTML OUTPUT.TMPL.H DEPFILE\n");
    return 2;
}
