/* schemagen_read.c: reads the neutral DDL of a schema folder, holds it to the rules (declarations
 * and comments everywhere, one name one type, unique numbers), and has it as text for SQLite and
 * for PostgreSQL. The checksum of a migration covers its tokens, not its comments: those may be
 * improved later. */
#include "schemagen.h"

#include <dirent.h>
#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>

enum { MIGRATIONS_MAX = 500, PIECES_MAX = 200 };

/* Both engines' texts grow side by side. */
struct ddl {
    FILE *lite, *pg, *sum;
    char *lite_text, *pg_text, *sum_text;
    size_t lite_n, pg_n, sum_n;
};

/* One column or rule: tokens [from, to), and the comment that stands behind it. */
struct piece {
    size_t from, to;
    const char *comment; /* NULL: none */
};

/* --- declarations before a table ------------------------------------------------------------- */
static char *
trimmed(const char *p)
{
    size_t n;

    while (isspace((unsigned char)*p)) {
        p++;
    }
    n = strlen(p);
    while (n > 0 && isspace((unsigned char)p[n - 1])) {
        n--;
    }
    return copy_text(p, n);
}

/* The text behind "word " or "word:" when the comment line starts so; else NULL. */
static char *
declared(const char *line, const char *word)
{
    const size_t n = strlen(word);

    return strncmp(line, word, n) == 0 ? trimmed(line + n) : NULL;
}

/* Takes one comment line; returns the value that an indented next line would continue. */
static const char **
read_declaration(struct table *t, const char *file, const struct tok *c)
{
    static const char *const words[] = {"owner:", "purpose:", "retention:", "restore:"};
    const char **const values[] = {&t->owner, &t->purpose, &t->retention, &t->restore};
    const char *line = trimmed(c->text);
    const char *value;

    for (size_t i = 0; i < 4; i++) {
        value = declared(line, words[i]);
        if (value != NULL && *value != '\0') {
            *values[i] = value;
            return values[i];
        }
    }
    if (strcmp(line, "secret") == 0) {
        t->secret = true;
        return NULL;
    }
    value = declared(line, "immutable when ");
    if (value != NULL && t->n_immutable < sizeof(t->immutable) / sizeof(t->immutable[0])) {
        t->immutable[t->n_immutable] = value;
        return &t->immutable[t->n_immutable++];
    }
    die(file, c->line, "unknown declaration '%s' (a continued line is indented by two blanks more)",
        line);
}

static void
read_declarations(struct table *t, const struct toks *ts, size_t from, size_t to)
{
    const char **open = NULL;
    bool begun = false;

    for (size_t i = from; i < to; i++) {
        const struct tok *c = &ts->v[i];
        const char *title = declared(trimmed(c->text), "table ");

        if (title != NULL) {
            const char *colon = strchr(title, ':');

            if (colon == NULL || strcmp(copy_text(title, (size_t)(colon - title)), t->name) != 0) {
                die(ts->file, c->line, "expected '-- table %s: what a row is'", t->name);
            }
            t->title = trimmed(colon + 1);
            open = &t->title;
            begun = true;
        } else if (begun && open != NULL && strncmp(c->text, "   ", 3) == 0) {
            *open = copy_fmt("%s %s", *open, trimmed(c->text));
        } else if (begun) {
            open = read_declaration(t, ts->file, c);
        }
    }
}

static void
check_declarations(const struct table *t, const char *file, int line)
{
    const bool named_rule = t->restore != NULL && strncmp(t->restore, "merge (", 7) == 0;

    if (t->title == NULL || *t->title == '\0') {
        die(file, line, "table %s: '-- table %s: what a row is' is missing", t->name, t->name);
    }
    if (t->owner == NULL || t->purpose == NULL || t->retention == NULL) {
        die(file, line, "table %s: '-- %s:' is missing", t->name,
            t->owner == NULL     ? "owner"
            : t->purpose == NULL ? "purpose"
                                 : "retention");
    }
    if (t->restore == NULL ||
        (strcmp(t->restore, "content") != 0 && strcmp(t->restore, "present") != 0 && !named_rule)) {
        die(file, line, "table %s: '-- restore:' must be content, present or merge (named rule)",
            t->name);
    }
}

/* --- tables ---------------------------------------------------------------------------------- */
static void
both(struct ddl *d, const char *text)
{
    fputs(text, d->lite);
    fputs(text, d->pg);
}

static void
both_toks(struct ddl *d, const struct toks *ts, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (ts->v[i].kind != TOK_COMMENT) {
            put_tok(d->lite, &ts->v[i], false);
            put_tok(d->pg, &ts->v[i], false);
        }
    }
}

/* A comment that goes on in the next line. */
static const char *
joined(const char *so_far, const struct tok *c)
{
    return so_far == NULL ? trimmed(c->text) : copy_fmt("%s %s", so_far, trimmed(c->text));
}

/* Cuts [from, to) at the commas outside brackets and takes the comment of each part. */
static size_t
cut_pieces(const struct toks *ts, size_t from, size_t to, struct piece *v)
{
    size_t n = 0;
    int depth = 0;
    bool next = true;

    for (size_t i = from; i < to; i++) {
        const struct tok *t = &ts->v[i];

        if (t->kind == TOK_COMMENT) {
            if (n == 0) {
                die(ts->file, t->line, "a column's comment stands behind it");
            }
            v[n - 1].comment = joined(v[n - 1].comment, t);
            continue;
        }
        depth += tok_is(t, "(") - tok_is(t, ")");
        if (depth == 0 && tok_is(t, ",")) {
            next = true;
            continue;
        }
        if (next) {
            if (n == PIECES_MAX) {
                die(ts->file, t->line, "more than %d columns", PIECES_MAX);
            }
            v[n++] = (struct piece){.from = i};
            next = false;
        }
        v[n - 1].to = i + 1;
    }
    return n;
}

static bool
is_table_rule(const struct tok *t)
{
    return tok_is(t, "CONSTRAINT") || tok_is(t, "PRIMARY") || tok_is(t, "UNIQUE") ||
           tok_is(t, "FOREIGN") || tok_is(t, "CHECK");
}

static void
add_column(const struct schema *s, struct table *t, const struct column *c, const char *file,
           int line)
{
    const struct type *known = schema_type(s, c->name);
    struct column **end = &t->columns;

    if (known == NULL && table_column(t, c->name) != NULL) {
        known = table_column(t, c->name)->type;
    }
    if (known != NULL && known != c->type) {
        die(file, line, "column %s is %s here and %s elsewhere: one name, one type", c->name,
            c->type->word, known->word);
    }
    if (table_column(t, c->name) != NULL) {
        die(file, line, "column %s is there twice", c->name);
    }
    if ((strcmp(c->name, "id") == 0) != (strcmp(c->type->word, "id") == 0)) {
        die(file, line, "the column called id, and only that one, has the type id");
    }
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = keep(sizeof(**end));
    **end = *c;
}

/* "name type rest": prints it for both engines and adds it to the table. */
static void
read_column(const struct schema *s, struct table *t, struct ddl *d, const struct toks *ts,
            const struct piece *p)
{
    const struct tok *v = &ts->v[p->from];
    const size_t n = p->to - p->from;
    const char *name = tok_name(v);
    const struct type *type = n > 1 && v[1].kind == TOK_WORD ? type_of(v[1].text) : NULL;
    size_t used = 2;

    if (name == NULL || type == NULL) {
        die(ts->file, v->line, "expected 'name type', with a neutral type (doc/joints.md)");
    }
    if (p->comment == NULL) {
        die(ts->file, v->line, "column %s of table %s has no comment", name, t->name);
    }
    fprintf(d->lite, "%s %s", v->text, type->sqlite);
    fprintf(d->pg, "%s %s", v->text, type->postgres);
    if (type->sized) {
        const bool text = strcmp(type->word, "text") == 0;

        if (n < 5 || !tok_is(&v[2], "(") || v[3].kind != TOK_NUMBER || !tok_is(&v[4], ")")) {
            die(ts->file, v->line, "column %s needs a bound: %s(n)", name, type->word);
        }
        fprintf(d->lite, " CHECK (length(%s) <= %s)", v->text, v[3].text);
        fprintf(d->pg, " CHECK (%s(%s) <= %s)", text ? "char_length" : "octet_length", v->text,
                v[3].text);
        used = 5;
    }
    if (strcmp(type->word, "flag") == 0) {
        both(d, copy_fmt(" CHECK (%s IN (0, 1))", v->text));
    }
    both_toks(d, ts, p->from + used, p->to);
    add_column(s, t, &(struct column){.name = name, .text = p->comment, .type = type}, ts->file,
               v->line);
}

static void
put_immutable(const struct table *t, struct ddl *d)
{
    for (size_t i = 0; i < t->n_immutable; i++) {
        static const char *const acts[] = {"UPDATE", "DELETE"};

        for (size_t a = 0; a < 2; a++) {
            fprintf(d->lite,
                    "CREATE TRIGGER %s_immutable_%zu_%s BEFORE %s ON \"%s\" WHEN %s\n"
                    "BEGIN SELECT RAISE(ABORT, 'immutable %s'); END;\n",
                    t->name, i + 1, a == 0 ? "update" : "delete", acts[a], t->name, t->immutable[i],
                    t->name);
        }
        fprintf(
            d->pg,
            "CREATE OR REPLACE FUNCTION kontor_immutable() RETURNS trigger LANGUAGE plpgsql AS\n"
            "$$ BEGIN RAISE EXCEPTION 'immutable %%', TG_TABLE_NAME; END $$;\n"
            "CREATE TRIGGER %s_immutable_%zu BEFORE UPDATE OR DELETE ON \"%s\" FOR EACH ROW\n"
            "WHEN (%s) EXECUTE FUNCTION kontor_immutable();\n",
            t->name, i + 1, t->name, t->immutable[i]);
        fprintf(d->sum, "immutable when %s;", t->immutable[i]);
    }
}

static struct table *
new_table(struct schema *s, const struct toks *ts, const struct tok *at)
{
    static const char *const taken[] = {"user", "group", "order", "table", "check", "limit"};
    struct table *t = keep(sizeof(*t));

    t->name = tok_name(at);
    if (t->name == NULL || schema_table(s, t->name) != NULL) {
        die(ts->file, at->line, "expected the name of a new table");
    }
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        if (at->kind == TOK_WORD && !strcasecmp(at->text, taken[i])) {
            die(ts->file, at->line, "%s is a word of SQL: write it \"%s\", always", at->text,
                at->text);
        }
    }
    return t;
}

/* CREATE TABLE name ( pieces ); comments are [decl, from). */
static void
create_table(struct schema *s, struct ddl *d, const struct toks *ts, size_t decl, size_t from,
             size_t to)
{
    struct piece v[PIECES_MAX];
    struct table *t = new_table(s, ts, &ts->v[from + 2]);
    size_t n;

    if (to - from < 6 || !tok_is(&ts->v[from + 3], "(") || !tok_is(&ts->v[to - 1], ")")) {
        die(ts->file, ts->v[from].line, "expected CREATE TABLE %s (columns);", t->name);
    }
    read_declarations(t, ts, decl, from);
    check_declarations(t, ts->file, ts->v[from].line);
    both(d, copy_fmt("CREATE TABLE %s (", ts->v[from + 2].text));
    n = cut_pieces(ts, from + 4, to - 1, v);
    for (size_t i = 0; i < n; i++) {
        both(d, i == 0 ? "\n    " : ",\n    ");
        if (is_table_rule(&ts->v[v[i].from])) {
            both(d, copy_fmt("%s", ts->v[v[i].from].text));
            both_toks(d, ts, v[i].from + 1, v[i].to);
        } else {
            read_column(s, t, d, ts, &v[i]);
        }
    }
    fputs("\n) STRICT;\n", d->lite);
    fputs("\n);\n", d->pg);
    put_immutable(t, d);
    t->next = s->tables;
    s->tables = t;
}

/* The lines of comment in [decl, from) right before the statement. */
static const char *
comment_before(const struct toks *ts, size_t decl, size_t from)
{
    const char *text = NULL;
    size_t i = from;

    while (i > decl && ts->v[i - 1].line + 1 == ts->v[i].line) {
        i--;
    }
    for (; i < from; i++) {
        text = joined(text, &ts->v[i]);
    }
    return text;
}

/* ALTER TABLE name ADD COLUMN column; its comment stands before the statement. */
static void
alter_table(struct schema *s, struct ddl *d, const struct toks *ts, size_t decl, size_t from,
            size_t to)
{
    const struct tok *v = &ts->v[from];
    const char *name = to - from > 6 ? tok_name(&v[2]) : NULL;
    struct table *t = name == NULL ? NULL : schema_table(s, name);
    const struct piece p = {.from = from + 5, .to = to, .comment = comment_before(ts, decl, from)};

    if (t == NULL || !tok_is(&v[3], "ADD") || !tok_is(&v[4], "COLUMN")) {
        die(ts->file, v->line, "expected ALTER TABLE name ADD COLUMN name type; of a known table");
    }
    both(d, copy_fmt("ALTER TABLE %s ADD COLUMN ", v[2].text));
    read_column(s, t, d, ts, &p);
    both(d, ";\n");
}

/* DROP TABLE name ; its rows went elsewhere in the statements before. */
static void
drop_table(struct schema *s, struct ddl *d, const struct toks *ts, size_t from, size_t to)
{
    const struct tok *v = &ts->v[from];
    const char *name = to - from == 3 ? tok_name(&v[2]) : NULL;
    struct table **at = &s->tables;

    while (*at != NULL && (name == NULL || strcmp((*at)->name, name) != 0)) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        die(ts->file, v->line, "expected DROP TABLE name; of a known table");
    }
    *at = (*at)->next;
    both(d, copy_fmt("DROP TABLE %s;\n", v[2].text));
}

/* --- files ----------------------------------------------------------------------------------- */
static bool
is_plain(const struct tok *v)
{
    return tok_is(v, "INSERT") || tok_is(v, "UPDATE") || tok_is(v, "DELETE") ||
           (tok_is(v, "DROP") && tok_is(v + 1, "INDEX")) ||
           (tok_is(v, "CREATE") && (tok_is(v + 1, "INDEX") || tok_is(v + 1, "UNIQUE")));
}

/* One statement [from, to) with its comments [decl, from). */
static void
read_statement(struct schema *s, struct ddl *d, const struct toks *ts, size_t decl, size_t from,
               size_t to)
{
    const struct tok *v = &ts->v[from];

    if (to - from < 3) {
        die(ts->file, v->line, "not a statement");
    }
    for (size_t i = from; i < to; i++) {
        if (ts->v[i].kind != TOK_COMMENT) {
            fprintf(d->sum, "%s ", ts->v[i].text);
        }
    }
    fputc(';', d->sum);
    if (tok_is(v, "CREATE") && tok_is(v + 1, "TABLE")) {
        create_table(s, d, ts, decl, from, to);
    } else if (tok_is(v, "ALTER") && tok_is(v + 1, "TABLE")) {
        alter_table(s, d, ts, decl, from, to);
    } else if (tok_is(v, "DROP") && tok_is(v + 1, "TABLE")) {
        drop_table(s, d, ts, from, to);
    } else if (is_plain(v)) {
        both(d, v->text);
        both_toks(d, ts, from + 1, to);
        both(d, ";\n");
    } else {
        die(ts->file, v->line, "%s %s: no statement of a migration", v[0].text, v[1].text);
    }
}

static void
checksum(const char *text, size_t n, char hex[static 65])
{
    unsigned char h[32];

    crypto_generichash(h, sizeof(h), (const unsigned char *)text, n, NULL, 0);
    sodium_bin2hex(hex, 65, h, sizeof(h));
}

static void
read_migration(struct schema *s, struct migration *m)
{
    const struct toks ts = tokens_of(m->file);
    struct ddl d = {0};
    size_t decl = 0;

    d.lite = open_memstream(&d.lite_text, &d.lite_n);
    d.pg = open_memstream(&d.pg_text, &d.pg_n);
    d.sum = open_memstream(&d.sum_text, &d.sum_n);
    while (decl < ts.n) {
        size_t from = decl;
        size_t to;

        while (from < ts.n && ts.v[from].kind == TOK_COMMENT) {
            from++;
        }
        for (to = from; to < ts.n && !tok_is(&ts.v[to], ";"); to++) {
        }
        if (to == ts.n && from < ts.n) {
            die(m->file, ts.v[from].line, "statement without ';'");
        }
        if (from < ts.n) {
            read_statement(s, &d, &ts, decl, from, to);
        }
        decl = to + 1;
    }
    fclose(d.lite);
    fclose(d.pg);
    fclose(d.sum);
    checksum(d.sum_text, d.sum_n, m->checksum);
    m->sqlite = copy_text(d.lite_text, d.lite_n);
    m->postgres = copy_text(d.pg_text, d.pg_n);
    free(d.lite_text);
    free(d.pg_text);
    free(d.sum_text);
}

static int
by_number(const void *a, const void *b)
{
    const struct migration *x = *(const struct migration *const *)a;
    const struct migration *y = *(const struct migration *const *)b;

    return x->number < y->number ? -1 : x->number > y->number;
}

/* Adds the files of one folder; a folder that is not there adds none. */
static size_t
list_folder(const char *dir, struct migration **v, size_t n)
{
    DIR *folder = opendir(dir);
    const struct dirent *e;

    if (folder == NULL) {
        return n;
    }
    note_dep(dir);
    while ((e = readdir(folder)) != NULL) {
        const size_t len = strlen(e->d_name);
        struct migration *m = keep(sizeof(*m));
        char *end;

        if (len < 5 || strcmp(e->d_name + len - 4, ".sql") != 0) {
            continue;
        }
        m->file = copy_fmt("%s/%s", dir, e->d_name);
        m->name = copy_text(e->d_name, len - 4);
        m->number = strtol(e->d_name, &end, 10);
        if (end != e->d_name + 4 || *end != '-' || m->number < 1 || n == MIGRATIONS_MAX) {
            die(m->file, 0, "expected a name such as 0007-invoice.sql");
        }
        v[n++] = m;
    }
    closedir(folder);
    return n;
}

struct schema *
schema_read(const char *dir)
{
    struct schema *s = keep(sizeof(*s));
    struct migration *v[MIGRATIONS_MAX];
    struct migration **end = &s->migrations;
    const char *slash = strrchr(dir, '/');
    const char *parent = slash == NULL ? "." : copy_text(dir, (size_t)(slash - dir));
    size_t n = list_folder(dir, v, 0);

    s->name = slash == NULL ? dir : slash + 1;
    if (strcmp(s->name, "guard") != 0) {
        n = list_folder(copy_fmt("%s/guard", parent), v, n);
    }
    if (n == 0) {
        die(dir, 0, "no migrations here, nor in the guard folder beside it");
    }
    qsort(v, n, sizeof(v[0]), by_number);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && v[i]->number == v[i - 1]->number) {
            die(v[i]->file, 0, "has the number of %s", v[i - 1]->file);
        }
        read_migration(s, v[i]);
        *end = v[i];
        end = &v[i]->next;
    }
    return s;
}
