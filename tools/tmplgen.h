/* tmplgen.h: the parts of tools/tmplgen: tmplgen.c finds the tags, tmplgen_c.c and tmplgen_form.c
 * write the C. Where in HTML a tag stands is htmltext's to know. */
#ifndef TOOLS_TMPLGEN_H
#define TOOLS_TMPLGEN_H

#include "htmltext.h"

enum { BLOCKS_MAX = 32, WORDS_MAX = 24 };

enum block_kind { B_PAGE, B_EACH, B_IF, B_FORM };

struct block {
    enum block_kind kind;
    int line;
    struct html_place place;
    size_t floor;
    size_t vars; /* loop variables in sight before it */
    bool had_else;
    int else_ifs;   /* braces to close beside its own */
    bool one_ended; /* a branch was ended by {{else}}: */
    bool url_begun; /* something stands in the address at the end of each branch */
    bool no_space;  /* one of the branches ends so that a blank must follow */
};

struct gen {
    struct html
        html;       /* with the file's name, the line, and the HTML that still has to be printed */
    struct buf out; /* C */
    int indent;
    char vars[BLOCKS_MAX][NAME_MAX_];
    bool var_is_index[BLOCKS_MAX];
    size_t n_vars;
    struct block blocks[BLOCKS_MAX];
    size_t n_blocks;
    char form[NAME_MAX_]; /* the struct of the open form, "" for buttons only */
    char **icons;
    size_t n_icons;
};

/* A quoted or bare word of a tag; key="…" and key=… have a key. */
struct word {
    char *key; /* or NULL */
    char *text;
    bool quoted;
};

/* tmplgen_c.c: writing C. What was collected as HTML becomes one statement: */
void flush(struct gen *g);
void indent(struct gen *g);
/* A line of C, indented. */
#define put_c(g, ...) (indent(g), buf_fmt(&(g)->out, __VA_ARGS__))
/* Before each statement that holds the author's words, so that the C compiler names their line. */
void at_line(struct gen *g);
bool is_name(const char *s);
/* "d.x.y" becomes d->x.y, a loop variable (*r); pointer: their address. */
char *path_c(struct gen *g, const char *path, bool pointer);
/* The number of elements beside an array: "d.x.rows" has d->x.n_rows. */
char *count_c(struct gen *g, const char *path);
/* A key of the catalogue as an enumerator: time.day.sum becomes T_time_day_sum. */
char *text_c(struct gen *g, const char *key, const char *prefix);
struct block *block_open(struct gen *g, enum block_kind kind);
struct block *block_top(struct gen *g, int kind, const char *tag);
void block_close(struct gen *g, struct block *b, const char *tag);
/* tmplgen_form.c */
void open_form(struct gen *g, struct word *words, size_t n);
void close_form(struct gen *g);
void put_field_tag(struct gen *g, struct word *words, size_t n);
void put_faults_tag(struct gen *g);
/* tmplgen_c.c: one tag without its braces. */
void tag_run(struct gen *g, const char *p, size_t n);
/* Runs a piece of template (tools/tmplgen.c). */
void template_run(struct gen *g, const char *p, size_t n);

#define refuse(g, ...) die((g)->html.file, (g)->html.line, __VA_ARGS__)

#endif
