/* sqltext.c: see sqltext.h. */
#include "sqltext.h"

enum { DEPS_MAX = 1000 };

/* --- text ------------------------------------------------------------------------------------ */
char *
read_text(const char *path)
{
    const struct buf b = read_file(path);

    if (strlen(b.p) != b.n) {
        die(path, 0, "holds a NUL byte");
    }
    note_dep(path);
    return b.p;
}

void
put_literal(FILE *to, const char *text, const char *indent)
{
    const char *p = text;

    fprintf(to, "%s\"", indent);
    for (; *p != '\0'; p++) {
        if (*p == '\n' && p[1] != '\0') {
            fprintf(to, "\\n\"\n%s\"", indent);
        } else if (*p == '\n') {
            fputs("\\n", to);
        } else if (*p == '"' || *p == '\\') {
            fprintf(to, "\\%c", *p);
        } else {
            fputc(*p, to);
        }
    }
    fputc('"', to);
}

/* --- tokens ---------------------------------------------------------------------------------- */
static bool
is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Length of the quoted text at p including both marks; a doubled mark stands for itself. */
static size_t
quoted_len(const char *file, int line, const char *p)
{
    const char mark = p[0];
    size_t n = 1;

    for (;; n++) {
        if (p[n] == '\0' || p[n] == '\n') {
            die(file, line, "%c without its end on the same line", mark);
        }
        if (p[n] == mark && p[n + 1] == mark) {
            n++;
        } else if (p[n] == mark) {
            return n + 1;
        }
    }
}

static size_t
mark_len(const char *p)
{
    static const char *const two[] = {"<=", ">=", "<>", "!=", "||", "::", "->"};

    for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++) {
        if (strncmp(p, two[i], 2) == 0) {
            return 2;
        }
    }
    return 1;
}

/* Recognises the token at p, which is neither white space nor the end; returns its length. */
static size_t
tok_read(const char *file, const char *p, struct tok *t)
{
    size_t n = 0;
    size_t skip = 0;

    if (p[0] == '-' && p[1] == '-') {
        t->kind = TOK_COMMENT;
        skip = 2;
        n = strcspn(p, "\n");
    } else if (p[0] == '\'' || p[0] == '"') {
        t->kind = p[0] == '"' ? TOK_QUOTED : TOK_STRING;
        n = quoted_len(file, t->line, p);
    } else if (p[0] == ':' && (isalpha((unsigned char)p[1]) || p[1] == '_')) {
        t->kind = TOK_PARAM;
        skip = 1;
        for (n = 1; is_word_byte(p[n]); n++) {
        }
    } else if (isdigit((unsigned char)p[0])) {
        t->kind = TOK_NUMBER;
        for (n = 1; is_word_byte(p[n]) || p[n] == '.'; n++) {
        }
    } else if (is_word_byte(p[0])) {
        t->kind = TOK_WORD;
        for (n = 1; is_word_byte(p[n]); n++) {
        }
    } else if (p[0] == '?' || p[0] == '$' || p[0] == '@' || p[0] == '`' || p[0] == '[') {
        die(file, t->line, "'%c' is not portable SQL; parameters are written :name", p[0]);
    } else if (p[0] == '/' && p[1] == '*') {
        die(file, t->line, "comments are written with --");
    } else {
        t->kind = TOK_MARK;
        n = mark_len(p);
    }
    t->text = copy_text(p + skip, n - skip);
    return n;
}

struct toks
tokens_of(const char *file)
{
    const char *p = read_text(file);
    struct tok *v = keep((strlen(p) + 1) * sizeof(*v));
    struct toks ts = {.file = file, .v = v};
    int line = 1;
    bool space = false;

    while (*p != '\0') {
        if (isspace((unsigned char)*p)) {
            line += *p == '\n';
            space = true;
            p++;
            continue;
        }
        v[ts.n] = (struct tok){.line = line, .space = space};
        p += tok_read(file, p, &v[ts.n]);
        space = v[ts.n].kind == TOK_COMMENT;
        ts.n++;
    }
    return ts;
}

bool
tok_is(const struct tok *t, const char *text)
{
    return (t->kind == TOK_WORD || t->kind == TOK_MARK) && !strcasecmp(t->text, text);
}

const char *
tok_name(const struct tok *t)
{
    if (t->kind == TOK_WORD) {
        return t->text;
    }
    if (t->kind == TOK_QUOTED) {
        return copy_text(t->text + 1, strlen(t->text) - 2);
    }
    return NULL;
}

void
put_tok(FILE *to, const struct tok *t, bool first)
{
    fprintf(to, "%s%s", t->space && !first ? " " : "", t->text);
}

/* --- output files ---------------------------------------------------------------------------- */
/* What was read, for the build's dependency file. */
static const char *deps[DEPS_MAX];
static size_t n_deps;

void
note_dep(const char *path)
{
    if (n_deps < DEPS_MAX) {
        deps[n_deps++] = path;
    }
}

static void
write_depfile(const char *path, const char *target)
{
    struct buf b = {0};

    buf_fmt(&b, "%s:", target);
    for (size_t i = 0; i < n_deps; i++) {
        buf_fmt(&b, " %s", deps[i]);
    }
    buf_fmt(&b, "\n");
    write_file(path, &b);
    free(b.p);
}

void
run_end(char **argv, int argc, struct buf *out)
{
    write_file(argv[argc - 2], out);
    write_depfile(argv[argc - 1], argv[argc - 2]);
    free(out->p);
}

/* --- types and tables ------------------------------------------------------------------------ */
static const struct type types[] = {
    {"id",      "INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY", "int8",  NULL,                "SQL_I64",  true,  false},
    {"ref",     "INTEGER",             "BIGINT",             "int8",  NULL,                "SQL_I64",  true,  false},
    {"int",     "INTEGER",             "BIGINT",             "int8",  "int64_t",           "SQL_I64",  false, false},
    {"money",   "INTEGER",             "BIGINT",             "int8",  "struct money",      "SQL_I64",  false, false},
    {"percent", "INTEGER",             "INTEGER",            "int4",  "struct percent",    "SQL_I32",  false, false},
    {"minutes", "INTEGER",             "INTEGER",            "int4",  "struct minutes",    "SQL_I32",  false, false},
    {"flag",    "INTEGER",             "SMALLINT",           "int2",  "bool",              "SQL_FLAG", false, false},
    {"day",     "INTEGER",             "INTEGER",            "int4",  "struct day",        "SQL_I32",  false, false},
    {"clock",   "INTEGER",             "INTEGER",            "int4",  "struct clock_time", "SQL_I32",  false, false},
    {"instant", "INTEGER",             "BIGINT",             "int8",  "struct instant",    "SQL_I64",  true,  false},
    {"text",    "TEXT",                "TEXT",               "text",  "struct str",        "SQL_TEXT", false, true },
    {"blob",    "BLOB",                "BYTEA",              "bytea", "struct bytes",      "SQL_BLOB", false, true },
};

const struct type *
type_of(const char *word)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i].word, word) == 0) {
            return &types[i];
        }
    }
    return NULL;
}

struct table *
schema_table(const struct schema *s, const char *name)
{
    for (struct table *t = s->tables; t != NULL; t = t->next) {
        if (strcmp(t->name, name) == 0) {
            return t;
        }
    }
    return NULL;
}

const struct column *
table_column(const struct table *t, const char *name)
{
    for (const struct column *c = t->columns; c != NULL; c = c->next) {
        if (strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}

const struct type *
schema_type(const struct schema *s, const char *column)
{
    for (const struct table *t = s->tables; t != NULL; t = t->next) {
        const struct column *c = table_column(t, column);

        if (c != NULL) {
            return c->type;
        }
    }
    return NULL;
}
