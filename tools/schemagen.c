/* schemagen.c: turns a folder of schema/ into what the others need of it (doc/joints.md):
 *
 *   schemagen header schema/workspace schema_workspace.gen.h DEPFILE
 *       migrations for both engines, their checksums and the tables' declarations, for the store
 *   schemagen tables schema/workspace workspace.tables DEPFILE
 *       tables, columns and SQLite's DDL, for sqlgen
 *   schemagen ddl schema/workspace workspace.sql DEPFILE
 *       PostgreSQL's DDL, for psql (test/store/postgres.sh)
 *
 * Nothing is written when anything is wrong. */
#include "schemagen.h"

/* --- output ---------------------------------------------------------------------------------- */
static int
by_name(const void *a, const void *b)
{
    const struct table *x = *(const struct table *const *)a;
    const struct table *y = *(const struct table *const *)b;

    return strcmp(x->name, y->name);
}

static void
put_member(FILE *to, const char *name, const char *value)
{
    fprintf(to, "     .%s = ", name);
    put_literal(to, value, "");
    fputs(",\n", to);
}

static void
print_columns(const struct schema *s, const struct table *t, FILE *to)
{
    fprintf(to, "static const struct schema_column %s_%s_columns[] = {\n", s->name, t->name);
    for (const struct column *c = t->columns; c != NULL; c = c->next) {
        fprintf(to, "    {.name = \"%s\",\n     .type = \"%s\",\n", c->name, c->type->word);
        put_member(to, "text", c->text);
        fputs("    },\n", to);
    }
    fputs("};\n", to);
}

static void
print_tables(const struct schema *s, FILE *to)
{
    const struct table *v[2000];
    size_t n = 0;

    for (const struct table *t = s->tables; t != NULL && n < 2000; t = t->next) {
        v[n++] = t;
    }
    qsort(v, n, sizeof(v[0]), by_name);
    for (size_t i = 0; i < n; i++) {
        print_columns(s, v[i], to);
    }
    fprintf(to, "/* Sorted by name. */\nstatic const struct schema_table %s_tables[] = {\n",
            s->name);
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "    {.name = \"%s\",\n", v[i]->name);
        put_member(to, "title", v[i]->title);
        put_member(to, "owner", v[i]->owner);
        put_member(to, "purpose", v[i]->purpose);
        put_member(to, "retention", v[i]->retention);
        put_member(to, "restore", v[i]->restore);
        fprintf(to,
                "     .columns = %s_%s_columns,\n"
                "     .n_columns = sizeof(%s_%s_columns) / sizeof(%s_%s_columns[0]),\n"
                "     .secret = %s},\n",
                s->name, v[i]->name, s->name, v[i]->name, s->name, v[i]->name,
                v[i]->secret ? "true" : "false");
    }
    fputs("};\n\n", to);
}

static void
print_header(const struct schema *s, FILE *to)
{
    fprintf(to,
            "/* schema_%s.gen.h: written by schemagen from the files of schema/; do not edit. */\n",
            s->name);
    fputs("#include \"store/schema.h\"\n\n", to);
    fprintf(to, "static const struct schema_migration %s_migrations[] = {\n", s->name);
    for (const struct migration *m = s->migrations; m != NULL; m = m->next) {
        fprintf(to, "    {.number = %ld,\n     .name = \"%s\",\n     .checksum = \"%s\",\n",
                m->number, m->name, m->checksum);
        fputs("     .sqlite =\n", to);
        put_literal(to, m->sqlite, "         ");
        fputs(",\n     .postgres =\n", to);
        put_literal(to, m->postgres, "         ");
        fputs("},\n", to);
    }
    fputs("};\n\n", to);
    print_tables(s, to);
    fprintf(to,
            "static const struct schema_def schema_%s = {\n"
            "    .name = \"%s\",\n"
            "    .migrations = %s_migrations,\n"
            "    .n_migrations = sizeof(%s_migrations) / sizeof(%s_migrations[0]),\n"
            "    .tables = %s_tables,\n"
            "    .n_tables = sizeof(%s_tables) / sizeof(%s_tables[0]),\n};\n",
            s->name, s->name, s->name, s->name, s->name, s->name, s->name, s->name);
}

static void
print_ddl(const struct schema *s, FILE *to)
{
    for (const struct migration *m = s->migrations; m != NULL; m = m->next) {
        fprintf(to, "-- %s\n%s", m->name, m->postgres);
    }
}

/* Read by tables_read() of sqlgen.c. */
static void
print_for_sqlgen(const struct schema *s, FILE *to)
{
    fprintf(to, "schema %s\n", s->name);
    for (const struct migration *m = s->migrations; m != NULL; m = m->next) {
        fprintf(to, "migration %s %zu\n%s", m->file, strlen(m->sqlite), m->sqlite);
    }
    for (const struct table *t = s->tables; t != NULL; t = t->next) {
        fprintf(to, "table %s %s %s\n", t->name, t->owner, t->secret ? "secret" : "open");
        for (const struct column *c = t->columns; c != NULL; c = c->next) {
            fprintf(to, "column %s %s\n", c->name, c->type->word);
        }
    }
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *verb;
        void (*print)(const struct schema *s, FILE *to);
    } verbs[] = {
        {"header", print_header    },
        {"tables", print_for_sqlgen},
        {"ddl",    print_ddl       }
    };

    for (size_t i = 0; argc == 5 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(argv[1], verbs[i].verb) == 0) {
            struct buf out = {0};
            FILE *to = open_memstream(&out.p, &out.n);

            verbs[i].print(schema_read(argv[2]), to);
            fclose(to);
            run_end(argv, argc, &out);
            return 0;
        }
    }
    fputs("usage: schemagen header|tables|ddl SCHEMA/NAME OUT DEPFILE\n", stderr);
    return 2;
}
