/* sqlgen.c: turns neutral SQL into C: schema folders into schema_<name>.gen.h, and the named
 * statements of a folder's .sql file into typed C functions (doc/joints.md). Every statement is
 * prepared against an in-memory SQLite that was migrated with the schema, so a wrong name fails the
 * build with file and line.
 *
 *   sqlgen schema schema/workspace schema_workspace.gen.h DEPFILE
 *   sqlgen statements schema src/app/time/time.sql time.sql.h DEPFILE
 * and, for psql on PostgreSQL (test/store/postgres.sh):
 *   sqlgen ddl schema/workspace workspace.sql DEPFILE
 *   sqlgen prepare schema src/app/time/time.sql time.sql DEPFILE
 *
 * The folder of the .sql file is its owner. Nothing is written when anything is wrong. */
#include "sqlgen.h"

enum { SCHEMAS_MAX = 2, DEPS_MAX = 1000 };

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

/* --- command line ---------------------------------------------------------------------------- */
/* "time" for src/app/time/time.sql: the folder is the owner. */
static const char *
owner_of(const char *file)
{
    const char *end = strrchr(file, '/');
    const char *from = end;

    if (end == NULL) {
        die(file, 0, "the folder in front of the name says the owner");
    }
    while (from > file && from[-1] != '/') {
        from--;
    }
    return copy_text(from, (size_t)(end - from));
}

/* "-- schema: workspace system" at the head of the file; else guard's and store's statements are
 * for both, because both schemas have their tables, and all others are for workspaces. */
static const char *
schemas_of(const char *file, const char *owner)
{
    const struct toks ts = tokens_of(file);

    for (size_t i = 0; i < ts.n && ts.v[i].kind == TOK_COMMENT; i++) {
        if (strncmp(ts.v[i].text, " schema: ", 9) == 0) {
            return ts.v[i].text + 9;
        }
    }
    return strcmp(owner, "guard") == 0 || strcmp(owner, "store") == 0 ? "workspace system"
                                                                      : "workspace";
}

static void
run_statements(const char *root, const char *file, bool prepare, FILE *to)
{
    const char *owner = owner_of(file);
    const char *names = schemas_of(file, owner);
    struct schema *v[SCHEMAS_MAX];
    size_t n = 0;

    while (*names != '\0') {
        const size_t len = strcspn(names, " ");

        if (len > 0 && n < SCHEMAS_MAX) {
            v[n++] = schema_read(copy_fmt("%s/%s", root, copy_text(names, len)));
        }
        names += len + (names[len] == ' ');
    }
    if (n == 0) {
        die(file, 0, "'-- schema:' names none");
    }
    stmt_print(file, v, n, owner, copy_fmt("%s/../src/base/ids.def", root), prepare, to);
}

/* Prints what the command line asks for; false when it asks for nothing that there is. */
static bool
run(int argc, char **argv, FILE *to)
{
    const char *verb = argc > 1 ? argv[1] : "";

    if (argc == 5 && strcmp(verb, "schema") == 0) {
        schema_print(schema_read(argv[2]), to);
    } else if (argc == 5 && strcmp(verb, "ddl") == 0) {
        schema_print_postgres(schema_read(argv[2]), to);
    } else if (argc == 6 && (strcmp(verb, "statements") == 0 || strcmp(verb, "prepare") == 0)) {
        run_statements(argv[2], argv[3], strcmp(verb, "prepare") == 0, to);
    } else {
        return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    struct buf out = {0};
    FILE *to = open_memstream(&out.p, &out.n);
    const bool known = run(argc, argv, to);

    fclose(to);
    if (!known) {
        fputs("usage: sqlgen schema|ddl SCHEMA/NAME OUT DEPFILE\n"
              "       sqlgen statements|prepare SCHEMA IN.sql OUT DEPFILE\n",
              stderr);
        return 2;
    }
    write_file(argv[argc - 2], &out);
    write_depfile(argv[argc - 1], argv[argc - 2]);
    free(out.p);
    return 0;
}
