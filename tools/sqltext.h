/* sqltext.h: what schemagen and sqlgen share: the tokens of our SQL, its types, and what both know
 * of a schema.
 *
 * Either runs once at build time and ends: nothing is freed, and whatever is wrong with the input
 * ends the run with "file:line: message" and status 1. */
#ifndef TOOLS_SQLTEXT_H
#define TOOLS_SQLTEXT_H

#include "tool.h"

/* --- text ------------------------------------------------------------------------------------ */
#define keep(n) need(calloc(1, (n))) /* zeroed; nothing is freed */
/* A whole file, noted as something the output depends on. */
char *read_text(const char *path);
/* The output depends on this file or folder. */
void note_dep(const char *path);
/* Prints text as C string literals, one for each line of it. */
void put_literal(FILE *to, const char *text, const char *indent);
/* The last two words of every command line: writes what was printed and what it depends on. */
void run_end(char **argv, int argc, struct buf *out);

/* --- tokens ---------------------------------------------------------------------------------- */
enum tok_kind {
    TOK_END,
    TOK_WORD,
    TOK_QUOTED,
    TOK_STRING,
    TOK_NUMBER,
    TOK_PARAM,
    TOK_MARK,
    TOK_COMMENT
};

struct tok {
    enum tok_kind kind;
    const char *text; /* as written; a comment without its "--", a parameter without its ':' */
    int line;
    bool space; /* white space stood before it */
};

struct toks {
    const char *file;
    const struct tok *v;
    size_t n;
};

/* The whole file as tokens; TOK_END is not among them. */
struct toks tokens_of(const char *file);
bool tok_is(const struct tok *t, const char *text); /* words without case, marks as they are */
const char *tok_name(const struct tok *t);          /* a word or quoted name; NULL for others */
/* One token behind what was written before, with the author's spacing as single blanks. */
void put_tok(FILE *to, const struct tok *t, bool first);

/* --- neutral types --------------------------------------------------------------------------- */
struct type {
    const char *word;
    const char *sqlite, *postgres; /* DDL words */
    const char *param;             /* PostgreSQL type of a parameter */
    const char *c;                 /* C type; NULL: an id struct by name */
    const char *slot;              /* enum sql_type */
    bool id;                       /* none is 0 */
    bool sized;                    /* text(n), blob(n) */
};
const struct type *type_of(const char *word); /* NULL: not a neutral type */

/* --- schema ---------------------------------------------------------------------------------- */
struct column {
    const char *name, *text; /* what it is, as its comment says; schemagen only */
    const struct type *type;
    struct column *next;
};

struct table {
    const char *name, *title, *owner, *purpose, *retention, *restore;
    const char *immutable[4];
    size_t n_immutable;
    bool secret;
    struct column *columns;
    struct table *next;
};

struct migration {
    const char *file; /* "schema/workspace/0005-time.sql" */
    const char *name; /* "0005-time" */
    long number;
    char checksum[65];
    char *sqlite, *postgres;
    struct migration *next;
};

struct schema {
    const char *name; /* last part of the folder: "workspace" */
    struct table *tables;
    struct migration *migrations; /* by number */
};

struct table *schema_table(const struct schema *s, const char *name);
const struct column *table_column(const struct table *t, const char *name);
/* The type of every column with this name in the schema; NULL when there is none. */
const struct type *schema_type(const struct schema *s, const char *column);

#endif
