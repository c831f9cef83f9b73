/* embed.c: turns po/de.po and po/en.po into an enum and C tables ("embed texts"), and assets/ into
 * content-hashed, compressed files inside the program ("embed assets", in embed_assets.c).
 * Promises: each key exists in each language with the same placeholders, or the build fails. */
#include "embed.h"

enum { LANGS = 2, TEXT_ARGS_MAX = 10 };
static const char *const lang_names[LANGS] = {"de", "en"};

struct entry {
    char *key, *text;
    int line;
    int args; /* placeholders {0} … {args - 1} */
};

struct catalogue {
    const char *file;
    struct entry *p;
    size_t n;
};

/* One quoted piece "…" of a po file behind the cursor; the escapes that gettext writes. */
static const char *
parse_quoted(const char *file, int line, const char *s, struct buf *ret)
{
    for (s++; *s != '"'; s++) {
        char c = *s;

        if (c == '\0' || c == '\n') {
            die(file, line, "text is not closed with \"");
        }
        if (c == '\\') {
            s++;
            if (*s == 'n') {
                c = '\n';
            } else if (*s == '"' || *s == '\\') {
                c = *s;
            } else {
                die(file, line, "unknown escape \\%c", *s);
            }
        }
        buf_add(ret, &c, 1);
    }
    return s + 1;
}

static void
check_key(const char *file, const struct entry *e)
{
    for (const char *s = e->key; *s != '\0'; s++) {
        if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '.' && *s != '_') {
            die(file, e->line, "key \"%s\": only a-z 0-9 . _", e->key);
        }
    }
    if (e->text[0] == '\0') {
        die(file, e->line, "key \"%s\" has no text", e->key);
    }
}

/* Counts {0} {1} … and refuses gaps, "{x}" and lone braces. */
static int
count_args(const char *file, const struct entry *e)
{
    bool seen[TEXT_ARGS_MAX] = {false};
    int n = 0;

    for (const char *s = e->text; *s != '\0'; s++) {
        if (*s == '}') {
            die(file, e->line, "key \"%s\": } without {", e->key);
        }
        if (*s != '{') {
            continue;
        }
        if (!isdigit((unsigned char)s[1]) || s[2] != '}') {
            die(file, e->line, "key \"%s\": a placeholder is {0} to {9}", e->key);
        }
        seen[s[1] - '0'] = true;
        s += 2;
    }
    while (n < TEXT_ARGS_MAX && seen[n]) {
        n++;
    }
    for (int i = n; i < TEXT_ARGS_MAX; i++) {
        if (seen[i]) {
            die(file, e->line, "key \"%s\": {%d} is there but {%d} is not", e->key, i, n);
        }
    }
    return n;
}

static int
by_key(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

static void
add_entry(struct catalogue *c, const char *key, const char *text, int line)
{
    struct entry e = {
        .key = copy_text(key, strlen(key)), .text = copy_text(text, strlen(text)), .line = line};

    check_key(c->file, &e);
    e.args = count_args(c->file, &e);
    c->p = need(realloc(c->p, (c->n + 1) * sizeof(*c->p)));
    c->p[c->n++] = e;
}

static void
refuse_double(const struct catalogue *c)
{
    for (size_t i = 1; i < c->n; i++) {
        if (strcmp(c->p[i - 1].key, c->p[i].key) == 0) {
            die(c->file, c->p[i].line, "key \"%s\" is already there", c->p[i].key);
        }
    }
}

/* The subset of po that we write: comments, msgid, msgstr and continued strings. The header (empty
 * msgid) is skipped. msgctxt, plurals and fuzzy marks are refused. */
static struct catalogue
read_po(const char *file)
{
    struct catalogue c = {.file = file};
    struct buf src = read_file(file), key = {0}, text = {0};
    struct buf *to = NULL;
    int line = 0, key_line = 0;

    for (const char *s = src.p, *end; *s != '\0'; s = *end == '\n' ? end + 1 : end) {
        line++;
        end = strchrnul(s, '\n');
        if (strncmp(s, "#,", 2) == 0) {
            die(file, line, "flags (fuzzy) are not for us");
        }
        if (*s == '#' || end == s) {
            continue;
        }
        if (strncmp(s, "msgid \"", 7) == 0) {
            if (key.n > 0) {
                add_entry(&c, key.p, text.p, key_line);
            }
            key.n = text.n = 0;
            key_line = line;
            to = &key;
            s += 6;
        } else if (strncmp(s, "msgstr \"", 8) == 0 && to == &key) {
            to = &text;
            s += 7;
        } else if (*s != '"' || to == NULL) {
            die(file, line, "expected a comment, msgid, msgstr or a continued text");
        }
        buf_add(to, "", 0);
        if (*parse_quoted(file, line, s, to) != *end) {
            die(file, line, "something stands behind the text");
        }
    }
    if (key.n > 0) {
        buf_add(&text, "", 0);
        add_entry(&c, key.p, text.p, key_line);
    }
    if (c.n > 0) {
        qsort(c.p, c.n, sizeof(*c.p), by_key);
    }
    refuse_double(&c);
    return c;
}

/* "time.day.sum" becomes time_day_sum; two keys that become one are refused by the C compiler. */
static char *
c_name(const char *key)
{
    char *s = copy_text(key, strlen(key));

    for (char *t = s; *t != '\0'; t++) {
        if (*t == '.') {
            *t = '_';
        }
    }
    return s;
}

static void
compare(const struct catalogue *a, const struct catalogue *b)
{
    size_t i = 0, j = 0;

    while (i < a->n || j < b->n) {
        int order = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->p[i].key, b->p[j].key);

        if (order < 0) {
            die(a->file, a->p[i].line, "key \"%s\" is missing in %s", a->p[i].key, b->file);
        } else if (order > 0) {
            die(b->file, b->p[j].line, "key \"%s\" is missing in %s", b->p[j].key, a->file);
        } else if (a->p[i].args != b->p[j].args) {
            die(b->file, b->p[j].line, "key \"%s\" has %d placeholders, in %s %d", b->p[j].key,
                b->p[j].args, a->file, a->p[i].args);
        }
        i++;
        j++;
    }
}

static void
print_header(struct buf *out, const struct catalogue *c)
{
    buf_fmt(out, "/* Made by tools/embed from po/de.po and po/en.po. */\n"
                 "#ifndef TEXTS_GEN_H\n#define TEXTS_GEN_H\n\n#include \"base/str.h\"\n\n"
                 "enum lang { LANG_DE, LANG_EN, LANG_COUNT };\n\n"
                 "/* Two bytes wide, so that an unsigned int is never taken for a text. */\n"
                 "enum __attribute__((packed)) text {\n    T_NONE,\n");
    for (size_t i = 0; i < c->n; i++) {
        buf_fmt(out, "    T_%s,\n", c_name(c->p[i].key));
    }
    buf_fmt(out, "    T_COUNT,\n    T_WIDE = 65535\n};\n\n"
                 "/* How many placeholders {0} {1} … a text has. */\nenum {\n");
    for (size_t i = 0; i < c->n; i++) {
        buf_fmt(out, "    T_ARGS_%s = %d,\n", c_name(c->p[i].key), c->p[i].args);
    }
    buf_fmt(out,
            "    T_ARGS_NONE = 0\n};\n\n"
            "/* The text with its placeholders; \"\" for T_NONE and for a number that is none. */\n"
            "struct str text_get(enum text t, enum lang lang);\n"
            "/* \"time.day.sum\"; \"\" for T_NONE. */\n"
            "struct str text_key(enum text t);\n"
            "/* The text of that key, T_NONE when there is none. */\n"
            "enum text text_find(struct str key);\n"
            "/* \"de\", \"en\": the value of the HTML lang attribute. */\n"
            "struct str lang_code(enum lang lang);\n\n#endif\n");
}

/* All texts one behind the other, each with its NUL, and where each begins. A table of pointers
 * would be written to by the loader, 60 KB in every process; this one all processes share. */
static void
print_table(struct buf *out, const char *name, const struct catalogue *c, bool keys)
{
    size_t at = 1;
    buf_fmt(out, "static const char %s[] =\n    \"\\0\"\n", name);
    for (size_t i = 0; i < c->n; i++) {
        const char *s = keys ? c->p[i].key : c->p[i].text;

        buf_fmt(out, "    \"");
        buf_c_string(out, s, strlen(s));
        buf_fmt(out, "\\0\"\n");
    }
    buf_fmt(out, "    ;\nstatic const uint32_t %s_at[T_COUNT + 1] = {\n    0,\n", name);
    for (size_t i = 0; i < c->n; i++) {
        buf_fmt(out, "    %zu,\n", at);
        at += strlen(keys ? c->p[i].key : c->p[i].text) + 1;
    }
    buf_fmt(out, "    %zu};\n\n", at);
}

static void
print_code(struct buf *out, const struct catalogue c[LANGS])
{
    buf_fmt(out, "/* Made by tools/embed from po/de.po and po/en.po. */\n"
                 "#include \"texts.gen.h\"\n\n");
    print_table(out, "keys", &c[0], true);
    for (size_t l = 0; l < LANGS; l++) {
        print_table(out, lang_names[l], &c[l], false);
    }
    buf_fmt(out, "static struct str\nat(const char *all, const uint32_t *from, enum text t)\n{\n"
                 "    unsigned i = (int)t < (int)T_COUNT ? t : T_NONE;\n\n"
                 "    return (struct str){all + from[i], from[i + 1] - from[i] - 1};\n}\n\n"
                 "struct str\ntext_get(enum text t, enum lang lang)\n{\n"
                 "    return lang == LANG_EN ? at(en, en_at, t) : at(de, de_at, t);\n}\n\n"
                 "struct str\ntext_key(enum text t)\n{\n"
                 "    return at(keys, keys_at, t);\n}\n\n"
                 "enum text\ntext_find(struct str key)\n{\n"
                 "    int low = 1, high = (int)T_COUNT - 1;\n\n"
                 "    while (low <= high) {\n"
                 "        int mid = (low + high) / 2;\n"
                 "        struct str k = at(keys, keys_at, (enum text)mid);\n"
                 "        size_t n = key.n < k.n ? key.n : k.n;\n"
                 "        int order = n > 0 ? memcmp(key.p, k.p, n) : 0;\n\n"
                 "        if (order == 0 && key.n == k.n) {\n"
                 "            return (enum text)mid;\n        }\n"
                 "        if (order < 0 || (order == 0 && key.n < k.n)) {\n"
                 "            high = mid - 1;\n        } else {\n"
                 "            low = mid + 1;\n        }\n    }\n"
                 "    return T_NONE;\n}\n\n"
                 "struct str\nlang_code(enum lang lang)\n{\n"
                 "    return lang == LANG_EN ? STR(\"en\") : STR(\"de\");\n}\n");
}

static int
embed_texts(char **argv)
{
    struct catalogue c[LANGS] = {read_po(argv[0]), read_po(argv[1])};
    struct buf header = {0}, code = {0};

    compare(&c[0], &c[1]);
    print_header(&header, &c[0]);
    print_code(&code, c);
    write_file(argv[2], &header);
    write_file(argv[3], &code);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "texts") == 0) {
        return embed_texts(argv + 2);
    }
    if (argc == 6 && strcmp(argv[1], "assets") == 0) {
        return embed_assets(argv + 2);
    }
    fprintf(stderr, "usage: embed texts DE.PO EN.PO TEXTS.GEN.H TEXTS.GEN.C\n"
                    "       embed assets ROOT ASSETS.GEN.H ASSETS.GEN.C DEPFILE\n");
    return 2;
}
