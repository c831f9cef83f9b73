/* embed_assets.c: each line "name: source source…" of assets/assets.list becomes one file of the
 * program under /a/name-HASH.ext, with a gzip form where that is smaller. A source is a path in
 * assets/, one in node_modules/ (npm:path), or the icons of assets/icons.list as one sprite
 * (icons:). CSS is squeezed and its url("name") become the hashed names of files that stand above
 * it. */
#include "embed.h"

#include <zlib.h>

struct asset {
    char *name, *ext; /* "kontor.css", ".css" */
    char path[128];
    const char *type;
    struct buf plain, gzip;
};

struct list {
    const char *root;
    char *file;
    struct asset *p;
    size_t n;
    struct buf deps;
};

static const char *
content_type(const struct list *l, int line, const char *ext)
{
    static const char *const types[][2] = {
        {".css",   "text/css; charset=utf-8"       },
        {".js",    "text/javascript; charset=utf-8"},
        {".svg",   "image/svg+xml"                 },
        {".woff2", "font/woff2"                    },
        {".txt",   "text/plain; charset=utf-8"     },
        {".png",   "image/png"                     }
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i][0], ext) == 0) {
            return types[i][1];
        }
    }
    die(l->file, line, "no content type for %s", ext);
}

static struct buf
read_source(struct list *l, const char *folder, const char *name)
{
    struct buf path = {0};

    buf_fmt(&path, "%s/%s/%s", l->root, folder, name);
    buf_fmt(&l->deps, " %s", path.p);
    return read_file(path.p);
}

/* The drawing inside of lucide's <svg …>…</svg>, without line breaks. */
static void
add_icon(struct list *l, const char *name, struct buf *out)
{
    struct buf file = {0}, svg;
    char *start, *end;

    buf_fmt(&file, "lucide-static/icons/%s.svg", name);
    svg = read_source(l, "node_modules", file.p);
    start = strstr(svg.p, "<svg");
    start = start != NULL ? strchr(start, '>') : NULL;
    end = start != NULL ? strstr(start, "</svg>") : NULL;
    if (end == NULL) {
        die(file.p, 0, "not an icon");
    }
    buf_fmt(out, "<symbol id=\"%s\" viewBox=\"0 0 24 24\">", name);
    for (char *s = start + 1; s < end; s++) {
        if (!isspace((unsigned char)*s)) {
            buf_add(out, s, 1);
        } else if (s[1] != '<' && !isspace((unsigned char)s[1]) && s[1] != '/' && s + 1 < end) {
            buf_add(out, " ", 1);
        }
    }
    buf_fmt(out, "</symbol>\n");
}

static struct buf
make_sprite(struct list *l)
{
    struct buf names = read_source(l, "assets", "icons.list"), out = {0};

    buf_fmt(&out, "<!-- Lucide, ISC licence -->"
                  "<svg xmlns=\"http://www.w3.org/2000/svg\">\n");
    for (char *s = names.p, *next; s != NULL && *s != '\0'; s = next) {
        next = strchr(s, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        if (*s != '\0' && *s != '#') {
            add_icon(l, s, &out);
        }
    }
    buf_fmt(&out, "</svg>\n");
    return out;
}

/* Comments go, runs of white space become one blank, none beside { } ; and ,. Texts stay. */
static struct buf
squeeze_css(const struct buf *css)
{
    struct buf out = {0};

    for (const char *s = css->p; *s != '\0'; s++) {
        bool closes = out.n > 0 && strchr("{};, ", out.p[out.n - 1]) != NULL;

        if (s[0] == '/' && s[1] == '*') {
            const char *end = strstr(s + 2, "*/");

            s = end != NULL ? end + 1 : s + strlen(s) - 1;
        } else if (*s == '"') {
            const char *end = strchr(s + 1, '"');

            end = end != NULL ? end : s;
            buf_add(&out, s, (size_t)(end - s) + 1);
            s = end;
        } else if (isspace((unsigned char)*s)) {
            if (!closes) {
                buf_add(&out, " ", 1);
            }
        } else {
            if (strchr("{};,", *s) != NULL && out.n > 0 && out.p[out.n - 1] == ' ') {
                out.n--;
            }
            buf_add(&out, s, 1);
        }
    }
    return out;
}

/* url("plex.woff2") becomes url("/a/plex-HASH.woff2"). */
static struct buf
link_css(const struct list *l, const char *name, const struct buf *css)
{
    struct buf out = {0};
    const char *s = css->n > 0 ? css->p : "", *hit;

    for (; (hit = strstr(s, "url(\"")) != NULL; s = hit) {
        const char *end = strchr(hit + 5, '"');
        const struct asset *to = NULL;

        buf_add(&out, s, (size_t)(hit - s));
        for (size_t i = 0; end != NULL && i < l->n; i++) {
            size_t n = strlen(l->p[i].name);

            if ((size_t)(end - hit - 5) == n && strncmp(hit + 5, l->p[i].name, n) == 0) {
                to = &l->p[i];
            }
        }
        if (to == NULL) {
            die(name, 0, "%.40s: is not an asset that stands above", hit);
        }
        buf_fmt(&out, "url(\"%s\"", to->path);
        hit = end + 1;
    }
    buf_add(&out, s, strlen(s));
    return out;
}

/* FNV-1a: tells versions of a file apart, no more. */
static uint64_t
hash(const struct buf *b)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < b->n; i++) {
        h = (h ^ (unsigned char)b->p[i]) * 0x100000001b3u;
    }
    return h;
}

static struct buf
make_gzip(const struct buf *plain)
{
    struct buf out = {0};
    z_stream z = {0};

    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        die("zlib", 0, "cannot start");
    }
    out.cap = deflateBound(&z, plain->n) + 1;
    out.p = need(malloc(out.cap));
    z.next_in = (unsigned char *)plain->p;
    z.avail_in = (unsigned)plain->n;
    z.next_out = (unsigned char *)out.p;
    z.avail_out = (unsigned)out.cap;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END) {
        die("zlib", 0, "cannot compress");
    }
    out.n = z.total_out;
    deflateEnd(&z);
    if (out.n + out.n / 10 > plain->n) { /* not worth a second form */
        out.n = 0;
    }
    return out;
}

static void
read_sources(struct list *l, struct asset *a, int line, char *sources)
{
    for (char *s = sources, *next; s != NULL; s = next) {
        struct buf part;

        s += strspn(s, " \t");
        next = strpbrk(s, " \t");
        if (next != NULL) {
            *next++ = '\0';
        }
        if (*s == '\0') {
            continue;
        }
        if (strcmp(s, "icons:") == 0) {
            part = make_sprite(l);
        } else if (strncmp(s, "npm:", 4) == 0) {
            part = read_source(l, "node_modules", s + 4);
        } else {
            part = read_source(l, "assets", s);
        }
        buf_add(&a->plain, part.p, part.n);
    }
    if (a->plain.n == 0) {
        die(l->file, line, "%s is empty", a->name);
    }
}

static void
add_asset(struct list *l, int line, char *text)
{
    struct asset a = {0};
    char *colon = strchr(text, ':'), *dot;

    if (colon == NULL) {
        die(l->file, line, "expected \"name: source…\"");
    }
    *colon = '\0';
    a.name = text;
    dot = strrchr(text, '.');
    if (dot == NULL || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") != strlen(text) ||
        strlen(text) > 60) {
        die(l->file, line, "\"%s\" is not a name", text);
    }
    a.ext = dot;
    a.type = content_type(l, line, a.ext);
    read_sources(l, &a, line, colon + 1);
    if (strcmp(a.ext, ".css") == 0) {
        a.plain = squeeze_css(&a.plain);
        a.plain = link_css(l, a.name, &a.plain);
    }
    a.gzip = make_gzip(&a.plain);
    snprintf(a.path, sizeof(a.path), "/a/%.*s-%016llx%s", (int)(dot - text), text,
             (unsigned long long)hash(&a.plain), a.ext);
    l->p = need(realloc(l->p, (l->n + 1) * sizeof(*l->p)));
    l->p[l->n++] = a;
}

static void
print_header(const struct list *l, struct buf *out)
{
    buf_fmt(out, "/* Made by tools/embed from assets/assets.list. */\n#ifndef ASSETS_GEN_H\n"
                 "#define ASSETS_GEN_H\n\n#include \"base/str.h\"\n\nenum asset_id {\n");
    for (size_t i = 0; i < l->n; i++) {
        char *name = copy_text(l->p[i].name, strlen(l->p[i].name));

        for (char *s = name; *s != '\0'; s++) {
            *s = isalnum((unsigned char)*s) ? *s : '_';
        }
        buf_fmt(out, "    ASSET_%s,\n", name);
        free(name);
    }
    buf_fmt(out, "    ASSET_COUNT\n};\n\n"
                 "/* \"/a/kontor-….css\": the address holds the hash of the content. */\n"
                 "static inline struct str\nasset_path(enum asset_id a)\n{\n"
                 "    static const struct str paths[ASSET_COUNT] = {\n");
    for (size_t i = 0; i < l->n; i++) {
        buf_fmt(out, "        {\"%s\", %zu},\n", l->p[i].path, strlen(l->p[i].path));
    }
    buf_fmt(out,
            "    };\n\n    return paths[a];\n}\n\n"
            "/* One file; gzip.n is 0 when it has no compressed form. It never changes: the edge\n"
            " * sends it with Cache-Control: public, max-age=31536000, immutable. */\n"
            "struct asset {\n    struct str path, type;\n    struct bytes plain, gzip;\n};\n"
            "/* NULL when there is none at that path. Linked into the edge only. */\n"
            "const struct asset *asset_find(struct str path);\n\n#endif\n");
}

static void
print_bytes(struct buf *out, const char *name, size_t i, const struct buf *b)
{
    buf_fmt(out, "static const uint8_t %s_%zu[] = {", name, i);
    for (size_t k = 0; k < b->n; k++) {
        buf_fmt(out, k % 24 == 0 ? "\n    %u," : "%u,", (unsigned char)b->p[k]);
    }
    buf_fmt(out, "\n};\n");
}

static void
print_code(const struct list *l, struct buf *out)
{
    buf_fmt(out, "/* Made by tools/embed from assets/assets.list. */\n"
                 "#include \"assets.gen.h\"\n\n");
    for (size_t i = 0; i < l->n; i++) {
        print_bytes(out, "plain", i, &l->p[i].plain);
        if (l->p[i].gzip.n > 0) {
            print_bytes(out, "gzip", i, &l->p[i].gzip);
        }
    }
    buf_fmt(out, "\nstatic const struct asset assets[ASSET_COUNT] = {\n");
    for (size_t i = 0; i < l->n; i++) {
        const struct asset *a = &l->p[i];

        buf_fmt(out, "    {{\"%s\", %zu}, {\"%s\", %zu}, {plain_%zu, %zu}, ", a->path,
                strlen(a->path), a->type, strlen(a->type), i, a->plain.n);
        if (a->gzip.n > 0) {
            buf_fmt(out, "{gzip_%zu, %zu}},\n", i, a->gzip.n);
        } else {
            buf_fmt(out, "{NULL, 0}},\n");
        }
    }
    buf_fmt(out, "};\n\nconst struct asset *\nasset_find(struct str path)\n{\n"
                 "    for (size_t i = 0; i < ASSET_COUNT; i++) {\n"
                 "        if (str_eq(assets[i].path, path)) {\n"
                 "            return &assets[i];\n        }\n    }\n    return NULL;\n}\n");
}

int
embed_assets(char **argv)
{
    struct list l = {.root = argv[0]};
    struct buf text, header = {0}, code = {0}, dep = {0};
    int line = 1;

    text = read_source(&l, "assets", "assets.list");
    l.file = copy_text("assets/assets.list", 18);
    for (char *s = text.p, *next; s != NULL && *s != '\0'; s = next, line++) {
        next = strchr(s, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        if (*s != '\0' && *s != '#') {
            add_asset(&l, line, s);
        }
    }
    print_header(&l, &header);
    print_code(&l, &code);
    write_file(argv[1], &header);
    write_file(argv[2], &code);
    buf_fmt(&dep, "%s %s:%s\n", argv[1], argv[2], l.deps.p);
    write_file(argv[3], &dep);
    return 0;
}
