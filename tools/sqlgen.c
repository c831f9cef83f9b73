/* sqlgen.c: turns the named statements of a folder's .sql file into typed C functions
 * (doc/joints.md). Every statement is prepared against an in-memory SQLite that was migrated with
 * the schema, so a wrong name fails the build with file and line.
 *
 *   sqlgen statements TABLES src/base/ids.def src/app/time/time.sql time.sql.h DEPFILE
 * and, for psql on PostgreSQL (test/store/postgres.sh):
 *   sqlgen prepare TABLES src/base/ids.def src/app/time/time.sql time.sql DEPFILE
 *
 * TABLES is the folder of what "schemagen tables" wrote: workspace.tables, system.tables. The
 * folder of the .sql file is its owner. Nothing is written when anything is wrong. */
#include "sqlgen.h"

enum { SCHEMAS_MAX = 2, WORD_MAX = 200 };

/* --- what schemagen wrote ----------------------------------------------------------------------
 */
/* The word at *p, up to a blank or the end of the line; *p stands behind that. */
static const char *
take_word(const char **p, const char *file)
{
    const size_t n = strcspn(*p, " \n");
    const char *word = copy_text(*p, n);

    if (n == 0 || n > WORD_MAX || (*p)[n] == '\0') {
        die(file, 0, "was not written by schemagen");
    }
    *p += n + 1;
    return word;
}

static const char *
read_migration(const char *p, const char *file, struct migration ***end)
{
    struct migration *m = keep(sizeof(*m));
    const char *name = take_word(&p, file);
    const size_t n = (size_t)strtoul(take_word(&p, file), NULL, 10);

    if (n > strlen(p)) {
        die(file, 0, "ends in a migration");
    }
    m->file = name;
    m->sqlite = copy_text(p, n);
    **end = m;
    *end = &m->next;
    return p + n;
}

static const char *
read_table(const char *p, const char *file, struct schema *s)
{
    struct table *t = keep(sizeof(*t));

    t->name = take_word(&p, file);
    t->owner = take_word(&p, file);
    t->secret = strcmp(take_word(&p, file), "secret") == 0;
    t->next = s->tables;
    s->tables = t;
    return p;
}

/* Of the table read last. */
static const char *
read_column(const char *p, const char *file, struct schema *s)
{
    struct column *c = keep(sizeof(*c));

    c->name = take_word(&p, file);
    c->type = type_of(take_word(&p, file));
    if (c->type == NULL || s->tables == NULL) {
        die(file, 0, "was not written by this schemagen");
    }
    c->next = s->tables->columns;
    s->tables->columns = c;
    return p;
}

static struct schema *
tables_read(const char *file)
{
    struct schema *s = keep(sizeof(*s));
    struct migration **end = &s->migrations;
    const char *p = read_text(file);

    while (*p != '\0') {
        const char *what = take_word(&p, file);

        if (strcmp(what, "schema") == 0) {
            s->name = take_word(&p, file);
        } else if (strcmp(what, "migration") == 0) {
            p = read_migration(p, file, &end);
        } else if (strcmp(what, "table") == 0) {
            p = read_table(p, file, s);
        } else {
            p = read_column(p, file, s);
        }
    }
    return s;
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
run(const char *tables, const char *ids, const char *file, bool prepare, FILE *to)
{
    const char *owner = owner_of(file);
    const char *names = schemas_of(file, owner);
    struct schema *v[SCHEMAS_MAX];
    size_t n = 0;

    while (*names != '\0') {
        const size_t len = strcspn(names, " ");

        if (len > 0 && n < SCHEMAS_MAX) {
            v[n++] = tables_read(copy_fmt("%s/%s.tables", tables, copy_text(names, len)));
        }
        names += len + (names[len] == ' ');
    }
    if (n == 0) {
        die(file, 0, "'-- schema:' names none");
    }
    stmt_print(file, v, n, owner, ids, prepare, to);
}

int
main(int argc, char **argv)
{
    const bool prepare = argc > 1 && strcmp(argv[1], "prepare") == 0;
    struct buf out = {0};

    if (argc != 7 || (!prepare && strcmp(argv[1], "statements") != 0)) {
        fputs("usage: sqlgen statements|prepare TABLES IDS.def IN.sql OUT DEPFILE\n", stderr);
        return 2;
    }
    FILE *to = open_memstream(&out.p, &out.n);

    run(argv[2], argv[3], argv[4], prepare, to);
    fclose(to);
    run_end(argv, argc, &out);
    return 0;
}
