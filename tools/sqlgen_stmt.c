/* sqlgen_stmt.c: reads the named statements of a .sql file, asks an in-memory SQLite that was
 * migrated with each schema what they take, give and write, and prints typed C functions (or the
 * list for PostgreSQL). The rules it holds them to are in doc/joints.md. */
#include "sqlgen.h"

#include <sqlite3.h>

enum { FIELDS_MAX = 200, LIST_BOUND = 1000 };

enum kind { KIND_ONE, KIND_MAYBE, KIND_LIST, KIND_EACH, KIND_RUN, KIND_CHANGE };
static const char *const kind_words[] = {"one", "maybe", "list", "each", "run", "change"};

/* A parameter or a result column. */
struct field {
    const char *name, *c;
    const struct type *type;
};

struct stmt {
    const char *file, *name, *doc;
    int line;
    enum kind kind;
    long bound; /* :list */
    bool unversioned;
    const struct tok *v; /* without comments and ';' */
    size_t n;
    const char *table; /* what is written, or read first; decides the type of a plain "id" */
    struct field in[FIELDS_MAX], row[FIELDS_MAX];
    size_t n_in, n_row;
    bool writes;
    char *sqlite, *postgres;
};

/* What the whole run knows. */
struct gen {
    const struct schema *schema;
    const char *owner;
    char **ids;
    size_t n_ids;
    sqlite3 *db;
    struct stmt *now; /* being prepared; the authorizer reads it */
};

/* --- names decide types ---------------------------------------------------------------------- */
/* Lines such as ID(user) of base/ids.def. */
static void
read_ids(struct gen *g, const char *file)
{
    const char *text = read_text(file);
    const char *p;

    g->ids = keep((strlen(text) / 4 + 1) * sizeof(char *));
    for (p = strstr(text, "\nID("); p != NULL; p = strstr(p + 1, "\nID(")) {
        g->ids[g->n_ids++] = copy_text(p + 4, strcspn(p + 4, ")"));
    }
}

/* "struct user_id" for responsible_user_id: the longest ending that ids.def knows. */
static const char *
id_struct(const struct gen *g, const char *name)
{
    for (const char *p = name; p != NULL; p = strchr(p, '_') == NULL ? NULL : strchr(p, '_') + 1) {
        for (size_t i = 0; i < g->n_ids; i++) {
            if (strcmp(p, copy_fmt("%s_id", g->ids[i])) == 0) {
                return copy_fmt("struct %s", p);
            }
        }
    }
    return NULL;
}

static const struct type *
type_by_ending(const struct gen *g, const char *name)
{
    static const char *const always[][2] = {
        {"id",      "ref"    },
        {"minor",   "money"  },
        {"day",     "day"    },
        {"minutes", "minutes"},
        {"at",      "instant"},
        {"count",   "int"    },
        {"flag",    "flag"   },
        {"text",    "text"   },
        {"clock",   "clock"  },
        {"percent", "percent"},
        {"blob",    "blob"   },
    };
    const char *last = name;

    for (const char *p = strchr(name, '_'); p != NULL; p = strchr(p + 1, '_')) {
        const struct type *t = strcmp(p + 1, "id") == 0 ? NULL : schema_type(g->schema, p + 1);

        if (t != NULL) {
            return t;
        }
        last = p + 1;
    }
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        if (last != name && strcmp(last, always[i][0]) == 0) {
            return type_of(always[i][1]);
        }
    }
    return NULL;
}

/* table is the one whose row a plain "id" names. */
static struct field
field_of(const struct gen *g, const struct stmt *s, const char *name, const char *table)
{
    struct field f = {.name = name, .type = schema_type(g->schema, name)};

    if (strcmp(name, "id") == 0) {
        f.type = type_of("ref");
        f.c = table == NULL ? NULL : id_struct(g, copy_fmt("%s_id", table));
        if (f.c == NULL) {
            die(s->file, s->line, "%s: no ID(%s) in ids.def for 'id'", s->name,
                table == NULL ? "?" : table);
        }
        return f;
    }
    if (f.type == NULL) {
        f.type = type_by_ending(g, name);
    }
    if (f.type == NULL) {
        die(s->file, s->line, "%s: no column and no ending decides the type of '%s'", s->name,
            name);
    }
    f.c = f.type->c != NULL ? f.type->c : id_struct(g, name);
    if (f.c == NULL) {
        die(s->file, s->line, "%s: '%s' ends in no id of ids.def", s->name, name);
    }
    return f;
}

/* --- reading --------------------------------------------------------------------------------- */
/* " name :kind" or " name :list(50)": fills s and returns true. */
static bool
read_header(struct stmt *s, const char *file, const struct tok *c)
{
    const char *p = c->text;
    const char *colon = strstr(p, " :");
    const char *word;
    size_t n;

    if (p[0] != ' ' || colon == NULL) {
        return false;
    }
    for (const char *q = p + 1; q < colon; q++) {
        if (!islower((unsigned char)*q) && *q != '_' && !isdigit((unsigned char)*q)) {
            return false;
        }
    }
    *s = (struct stmt){.file = file, .line = c->line, .bound = LIST_BOUND, .doc = ""};
    s->name = copy_text(p + 1, (size_t)(colon - p - 1));
    word = colon + 2;
    n = strcspn(word, "(");
    for (size_t k = 0; k < sizeof(kind_words) / sizeof(kind_words[0]); k++) {
        if (strcmp(kind_words[k], copy_text(word, n)) == 0) {
            s->kind = (enum kind)k;
            if (word[n] == '(' && s->kind == KIND_LIST) {
                s->bound = strtol(word + n + 1, NULL, 10);
            } else if (word[n] == '(') {
                break;
            }
            return s->bound > 0;
        }
    }
    die(file, c->line, "%s: ':%s' is not one of :one :maybe :list :list(n) :each :run :change",
        s->name, word);
}

static void
check_words(const struct stmt *s, const struct tok *t)
{
    static const char foreign[] =
        " lower upper ilike glob regexp ifnull iif strftime julianday datetime random printf format"
        " group_concat string_agg instr concat json_extract generate_series replace"
        " last_insert_rowid changes rowid current_timestamp current_date now ";

    if (t->kind == TOK_WORD && strcasestr(foreign, copy_fmt(" %s ", t->text)) != NULL) {
        die(s->file, t->line, "%s: '%s' differs between the engines (doc/joints.md)", s->name,
            t->text);
    }
    if (t->kind == TOK_WORD && !strcasecmp(t->text, "user")) {
        die(s->file, t->line, "%s: write \"user\" in quotes, PostgreSQL has another meaning for it",
            s->name);
    }
    if (tok_is(t, "::") || tok_is(t, "->")) {
        die(s->file, t->line, "%s: '%s' is not portable (doc/joints.md)", s->name, t->text);
    }
}

/* Finds the table of a plain "id", LIKE without ESCAPE, and words that do not travel. */
static void
check_tokens(struct stmt *s)
{
    size_t likes = 0;
    size_t escapes = 0;

    for (size_t i = 0; i < s->n; i++) {
        const struct tok *t = &s->v[i];
        const bool names_table =
            (i == 0 && tok_is(t, "UPDATE")) || tok_is(t, "INTO") || tok_is(t, "FROM");

        check_words(s, t);
        likes += tok_is(t, "LIKE");
        escapes += tok_is(t, "ESCAPE");
        if (s->table == NULL && names_table && i + 1 < s->n) {
            s->table = tok_name(&s->v[i + 1]);
        }
    }
    if (likes != escapes) {
        die(s->file, s->line, "%s: every LIKE says ESCAPE '\\' (doc/joints.md)", s->name);
    }
}

/* Collects the parameters and prints both texts. */
static void
read_params(const struct gen *g, struct stmt *s)
{
    size_t lite_n;
    size_t pg_n;
    FILE *lite = open_memstream(&s->sqlite, &lite_n);
    FILE *pg = open_memstream(&s->postgres, &pg_n);

    for (size_t i = 0; i < s->n; i++) {
        const struct tok *t = &s->v[i];
        size_t k = 0;

        if (t->kind != TOK_PARAM) {
            put_tok(lite, t, i == 0);
            put_tok(pg, t, i == 0);
            continue;
        }
        while (k < s->n_in && strcmp(s->in[k].name, t->text) != 0) {
            k++;
        }
        if (k == FIELDS_MAX) {
            die(s->file, t->line, "%s: more than %d parameters", s->name, FIELDS_MAX);
        }
        if (k == s->n_in) {
            s->in[s->n_in++] = field_of(g, s, t->text, s->table);
        }
        fprintf(lite, "%s?%zu", t->space ? " " : "", k + 1);
        fprintf(pg, "%s$%zu", t->space ? " " : "", k + 1);
    }
    fclose(lite);
    fclose(pg);
    s->sqlite = copy_text(s->sqlite, lite_n);
    s->postgres = copy_text(s->postgres, pg_n);
}

/* Reads the statement whose header is ts->v[*at] and moves *at behind its ';'. */
static void
read_stmt(struct stmt *s, const struct toks *ts, size_t *at)
{
    struct tok *v = keep(ts->n * sizeof(*v));
    size_t i = *at + 1;

    s->v = v;
    for (; i < ts->n && !tok_is(&ts->v[i], ";"); i++) {
        const struct tok *t = &ts->v[i];

        if (t->kind != TOK_COMMENT) {
            v[s->n++] = *t;
        } else if (strncmp(t->text, " unversioned: because ", 22) == 0) {
            s->unversioned = true;
        } else if (s->n == 0) {
            s->doc = copy_fmt("%s%s%s", s->doc, *s->doc == '\0' ? "" : "\n *", t->text);
        }
    }
    if (i == ts->n || s->n == 0) {
        die(s->file, s->line, "%s: no statement, or none that ends in ';'", s->name);
    }
    if (*s->doc == '\0') {
        die(s->file, s->line, "%s: a comment line must say what it answers", s->name);
    }
    if (strstr(s->doc, "*/") != NULL) {
        die(s->file, s->line, "%s: the comment would end the C comment", s->name);
    }
    *at = i + 1;
}

/* --- what SQLite says about a statement ------------------------------------------------------ */
static bool
says_version(const struct stmt *s)
{
    for (size_t i = 0; i + 2 < s->n; i++) {
        if (tok_is(&s->v[i], "version") && tok_is(&s->v[i + 1], "=") &&
            s->v[i + 2].kind == TOK_PARAM && strcmp(s->v[i + 2].text, "version") == 0) {
            return true;
        }
    }
    return false;
}

static void
on_write(const struct gen *g, const struct stmt *s, int action, const char *name)
{
    const struct table *t = schema_table(g->schema, name);

    if (t == NULL || strcmp(t->owner, g->owner) != 0) {
        die(s->file, s->line, "%s: writes table %s, which %s owns", s->name, name,
            t == NULL ? "nobody" : t->owner);
    }
    if (action == SQLITE_UPDATE && table_column(t, "version") != NULL && !s->unversioned &&
        !says_version(s)) {
        die(s->file, s->line,
            "%s: changes %s without 'version = :version' (or '-- unversioned: because …')", s->name,
            name);
    }
}

static int
authorize(void *arg, int action, const char *a, const char *b, const char *db, const char *trigger)
{
    const struct gen *g = arg;
    const struct stmt *s = g->now;

    (void)b;
    (void)db;
    if (trigger != NULL || action == SQLITE_SELECT || action == SQLITE_FUNCTION ||
        action == SQLITE_RECURSIVE) {
        return SQLITE_OK;
    }
    if (action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE) {
        on_write(g, s, action, a);
        return SQLITE_OK;
    }
    if (action == SQLITE_READ) {
        const struct table *t = schema_table(g->schema, a);

        if (t != NULL && t->secret && strcmp(t->owner, g->owner) != 0) {
            die(s->file, s->line, "%s: reads table %s, which is %s's secret", s->name, a, t->owner);
        }
        return SQLITE_OK;
    }
    die(s->file, s->line, "%s: only SELECT, INSERT, UPDATE and DELETE", s->name);
}

static void
open_db(struct gen *g)
{
    char *text = NULL;

    if (sqlite3_initialize() != SQLITE_OK || sqlite3_open(":memory:", &g->db) != SQLITE_OK) {
        die("sqlgen", 0, "SQLite does not start");
    }
    sqlite3_db_config(g->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(g->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    for (const struct migration *m = g->schema->migrations; m != NULL; m = m->next) {
        if (sqlite3_exec(g->db, m->sqlite, NULL, NULL, &text) != SQLITE_OK) {
            die(m->file, 0, "%s", text);
        }
    }
}

/* The name must agree with the column that the value comes from, where SQLite knows one. */
static void
check_origin(const struct gen *g, const struct stmt *s, const struct field *f, const char *table,
             const char *column)
{
    const struct table *t = table == NULL ? NULL : schema_table(g->schema, table);
    const struct column *c = t == NULL || column == NULL ? NULL : table_column(t, column);
    const char *id = t == NULL ? NULL : id_struct(g, copy_fmt("%s_id", table));
    bool good;

    if (c == NULL) {
        return;
    }
    if (strcmp(c->type->word, "id") == 0) {
        good = id == NULL || strcmp(f->c, id) == 0;
    } else {
        good = c->type == f->type;
    }
    if (!good) {
        die(s->file, s->line, "%s: '%s' has the type %s by its name, but comes from %s.%s (%s)",
            s->name, f->name, f->c, table, column, c->type->word);
    }
}

static void
read_columns(const struct gen *g, struct stmt *s, sqlite3_stmt *st)
{
    const int n = sqlite3_column_count(st);

    for (int i = 0; i < n; i++) {
        const char *name = sqlite3_column_name(st, i);
        const char *table = sqlite3_column_table_name(st, i);
        struct field *f = &s->row[s->n_row];

        if (!islower((unsigned char)name[0]) ||
            name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0') {
            die(s->file, s->line, "%s: result column %d (%s) needs a name: AS total_minutes",
                s->name, i + 1, name);
        }
        for (size_t k = 0; k < s->n_row; k++) {
            if (strcmp(s->row[k].name, name) == 0) {
                die(s->file, s->line, "%s: two result columns are called '%s'", s->name, name);
            }
        }
        if (s->n_row == FIELDS_MAX) {
            die(s->file, s->line, "%s: more than %d result columns", s->name, FIELDS_MAX);
        }
        *f = field_of(g, s, copy_text(name, strlen(name)), table == NULL ? s->table : table);
        check_origin(g, s, f, table, sqlite3_column_origin_name(st, i));
        s->n_row++;
    }
}

static void
check_kind(const struct stmt *s)
{
    const bool counts = s->kind == KIND_RUN || s->kind == KIND_CHANGE;

    if (counts && (s->n_row > 0 || !s->writes)) {
        die(s->file, s->line, "%s: :%s is for a writing statement without result columns", s->name,
            kind_words[s->kind]);
    }
    if (!counts && s->n_row == 0) {
        die(s->file, s->line, "%s: :%s needs result columns", s->name, kind_words[s->kind]);
    }
}

static void
ask_sqlite(struct gen *g, struct stmt *s)
{
    sqlite3_stmt *st = NULL;

    g->now = s;
    sqlite3_set_authorizer(g->db, authorize, g);
    if (sqlite3_prepare_v2(g->db, s->sqlite, -1, &st, NULL) != SQLITE_OK) {
        die(s->file, s->line, "%s: %s", s->name, sqlite3_errmsg(g->db));
    }
    s->writes = !sqlite3_stmt_readonly(st);
    read_columns(g, s, st);
    check_kind(s);
    sqlite3_finalize(st);
}

/* --- output ---------------------------------------------------------------------------------- */
static void
put_struct(FILE *to, const char *name, const char *which, const struct field *v, size_t n)
{
    fprintf(to, "struct %s_%s {\n", name, which);
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "    %s %s;\n", v[i].c, v[i].name);
    }
    fprintf(to, "};\nstatic const struct sql_slot %s_%s_slots[] = {\n", name, which);
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "    {\"%s\", %s, %s, offsetof(struct %s_%s, %s)},\n", v[i].name,
                v[i].type->slot, v[i].type->id ? "true" : "false", name, which, v[i].name);
    }
    fputs("};\n", to);
}

static void
put_descriptor(FILE *to, const struct stmt *s, const char *owner)
{
    fprintf(to, "static const struct sql_stmt %s_stmt = {\n", s->name);
    fprintf(to, "    .name = \"%s\",\n    .owner = \"%s\",\n    .sqlite =\n", s->name, owner);
    put_literal(to, s->sqlite, "        ");
    fputs(",\n    .postgres =\n", to);
    put_literal(to, s->postgres, "        ");
    fputs(",\n", to);
    if (s->n_in > 0) {
        fprintf(to, "    .in = %s_in_slots,\n    .n_in = %zu,\n", s->name, s->n_in);
    }
    if (s->n_row > 0) {
        fprintf(to, "    .row = %s_row_slots,\n    .n_row = %zu,\n", s->name, s->n_row);
        fprintf(to, "    .row_size = sizeof(struct %s_row),\n", s->name);
    }
    if (s->kind == KIND_LIST) {
        fprintf(to, "    .max_rows = %ld,\n", s->bound);
    }
    fprintf(to, "    .writes = %s,\n};\n", s->writes ? "true" : "false");
}

static void
put_each(FILE *to, const struct stmt *s)
{
    fprintf(to,
            "struct %s_each {\n    enum rc (*fn)(void *arg, const struct %s_row *row);\n"
            "    void *arg;\n};\n"
            "static inline enum rc\n%s_each_row(void *arg, const void *row)\n{\n"
            "    const struct %s_each *e = arg;\n\n    return e->fn(e->arg, row);\n}\n",
            s->name, s->name, s->name, s->name);
}

static void
put_function(FILE *to, const struct stmt *s)
{
    const char *tx = s->writes && s->n_row > 0 ? "wtx_read(tx)" : "tx";
    const char *in = s->n_in > 0 ? "in" : "NULL";

    fprintf(to, "MUST static inline enum rc\n%s(struct %s *tx", s->name, s->writes ? "wtx" : "rtx");
    if (s->n_in > 0) {
        fprintf(to, ", const struct %s_in *in", s->name);
    }
    switch (s->kind) {
    case KIND_ONE:
        fprintf(to, ", struct %s_row *ret_row)\n{\n", s->name);
        fprintf(to, "    return %s(tx, &%s_stmt, %s, ret_row);\n}\n",
                s->writes ? "sql_write_one" : "sql_one", s->name, in);
        return;
    case KIND_MAYBE:
        fprintf(to, ", struct %s_row *ret_row, bool *ret_found)\n{\n", s->name);
        fprintf(to, "    return sql_maybe(%s, &%s_stmt, %s, ret_row, ret_found);\n}\n", tx, s->name,
                in);
        return;
    case KIND_LIST:
        fprintf(to, ", struct %s_row **ret_rows, size_t *ret_n)\n{\n    void *rows;\n\n", s->name);
        fprintf(to, "    TRY(sql_list(%s, &%s_stmt, %s, &rows, ret_n));\n", tx, s->name, in);
        fputs("    *ret_rows = rows;\n    return OK;\n}\n", to);
        return;
    case KIND_EACH:
        fprintf(to, ", enum rc (*fn)(void *arg, const struct %s_row *row), void *arg)\n{\n",
                s->name);
        fprintf(to, "    struct %s_each e = {fn, arg};\n\n", s->name);
        fprintf(to, "    return sql_each(%s, &%s_stmt, %s, %s_each_row, &e);\n}\n", tx, s->name, in,
                s->name);
        return;
    case KIND_RUN:
        fputs(", int64_t *ret_changed)\n{\n", to);
        fprintf(to, "    return sql_run(tx, &%s_stmt, %s, ret_changed);\n}\n", s->name, in);
        return;
    case KIND_CHANGE:
        fprintf(to, ")\n{\n    return sql_change(tx, &%s_stmt, %s);\n}\n", s->name, in);
        return;
    }
}

static void
put_stmt(FILE *to, const struct stmt *s, const char *owner)
{
    fprintf(to, "\n/* :%s\n *%s */\n", kind_words[s->kind], s->doc);
    if (s->n_in > 0) {
        put_struct(to, s->name, "in", s->in, s->n_in);
    }
    if (s->n_row > 0) {
        put_struct(to, s->name, "row", s->row, s->n_row);
    }
    put_descriptor(to, s, owner);
    if (s->kind == KIND_EACH) {
        put_each(to, s);
    }
    put_function(to, s);
}

/* One line, so that psql's "file:line" says which statement it was. */
static void
put_prepare(FILE *to, const struct stmt *s)
{
    fprintf(to, "PREPARE %s", s->name);
    for (size_t i = 0; i < s->n_in; i++) {
        fprintf(to, "%s%s%s", i == 0 ? " (" : ", ", s->in[i].type->param,
                i + 1 == s->n_in ? ")" : "");
    }
    fprintf(to, " AS %s;\n", s->postgres);
}

static size_t
read_all(struct gen *g, const char *file, struct stmt **ret_v)
{
    const struct toks ts = tokens_of(file);
    struct stmt *v = NULL;
    size_t n = 0;
    size_t at = 0;

    for (size_t i = 0; i < ts.n; i++) {
        n += tok_is(&ts.v[i], ";");
    }
    v = keep((n + 1) * sizeof(*v));
    n = 0;
    while (at < ts.n) {
        struct stmt *s = &v[n];

        if (ts.v[at].kind != TOK_COMMENT) {
            die(file, ts.v[at].line, "expected '-- name :kind' before the statement");
        }
        if (!read_header(s, file, &ts.v[at])) {
            at++;
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            if (strcmp(v[i].name, s->name) == 0) {
                die(file, s->line, "%s is there twice", s->name);
            }
        }
        read_stmt(s, &ts, &at);
        check_tokens(s);
        read_params(g, s);
        ask_sqlite(g, s);
        n++;
    }
    *ret_v = v;
    return n;
}

/* TIME_SQL_GEN_H for src/app/time/time.sql. */
static char *
guard_name(const char *file)
{
    const char *slash = strrchr(file, '/');
    char *name = copy_fmt("%s_GEN_H", slash == NULL ? file : slash + 1);

    for (char *p = name; *p != '\0'; p++) {
        *p = isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_';
    }
    return name;
}

static void
print_for(struct gen *g, const char *file, bool prepare, FILE *to)
{
    const char *slash = strrchr(file, '/');
    struct stmt *v;
    size_t n;

    open_db(g);
    n = read_all(g, file, &v);
    sqlite3_close(g->db);
    if (prepare) {
        fprintf(to, "\\connect :%s\n", g->schema->name);
        for (size_t i = 0; i < n; i++) {
            put_prepare(to, &v[i]);
        }
        return;
    }
    fprintf(to, "/* %s.h: written by sqlgen from %s; do not edit. */\n",
            slash == NULL ? file : slash + 1, slash == NULL ? file : slash + 1);
    fprintf(to, "#ifndef %s\n#define %s\n\n#include \"store/sql.h\"\n", guard_name(file),
            guard_name(file));
    for (size_t i = 0; i < n; i++) {
        put_stmt(to, &v[i], g->owner);
    }
    fputs("\n#endif\n", to);
}

void
stmt_print(const char *file, struct schema *const *schemas, size_t n_schemas, const char *owner,
           const char *ids_file, bool prepare, FILE *to)
{
    char *first = NULL;

    for (size_t i = 0; i < n_schemas; i++) {
        struct gen g = {.schema = schemas[i], .owner = owner};
        char *text;
        size_t n;
        FILE *mem = open_memstream(&text, &n);

        read_ids(&g, ids_file);
        print_for(&g, file, prepare, mem);
        fclose(mem);
        if (prepare) {
            fputs(text, to);
        } else if (first == NULL) {
            first = copy_text(text, n);
            fputs(first, to);
        } else if (strcmp(first, text) != 0) {
            die(file, 0, "means something else in schema %s than in schema %s", schemas[i]->name,
                schemas[0]->name);
        }
        free(text);
    }
}
