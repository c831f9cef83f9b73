/* tmplgen.h: the parts of tools/tmplgen: tmplgen.c finds the tags, tmplgen_html.c follows the HTML
 * round them, tmplgen_c.c and tmplgen_form.c write the C. */
#ifndef TOOLS_TMPLGEN_H
#define TOOLS_TMPLGEN_H

#include "tool.h"

enum { NAME_MAX_ = 64, DEPTH_MAX = 64, BLOCKS_MAX = 32, WORDS_MAX = 24 };

/* Where in HTML the cursor stands. */
enum html_state {
    H_TEXT,
    H_LESS, /* behind '<' */
    H_TAG_NAME,
    H_END_NAME,
    H_MARKUP, /* <!doctype …> */
    H_COMMENT,
    H_IN_TAG, /* between attributes */
    H_ATTR_NAME,
    H_BEFORE_VALUE, /* behind '=' */
    H_VALUE,
    H_RAW /* inside <script> or <style> */
};

/* What must be the same at the end of all branches. */
struct html_place {
    enum html_state state;
    char attr[NAME_MAX_];
    char quote;
    bool url_begun; /* something stands in the value of href, src, action */
    bool no_space;  /* the next character must end the attribute before */
    size_t depth;
};

struct html {
    struct html_place at;
    char tag[NAME_MAX_];             /* of the tag that is being read */
    char open[DEPTH_MAX][NAME_MAX_]; /* elements, outermost first */
    int open_line[DEPTH_MAX];
    size_t floor;     /* elements below belong to the surrounding block */
    struct buf value; /* constant part of the attribute value so far */
    bool value_has_expr;
    bool slash;   /* "/" stood last in the tag */
    bool by_form; /* the tag is made by {{form}} */
};

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
    const char *file;
    int line;
    struct html html;
    struct buf lit; /* HTML that still has to be printed */
    struct buf out; /* C */
    int indent;
    char vars[BLOCKS_MAX][NAME_MAX_];
    bool var_is_index[BLOCKS_MAX];
    size_t n_vars;
    struct block blocks[BLOCKS_MAX];
    size_t n_blocks;
    char form[NAME_MAX_]; /* the struct of the open form, "" for buttons only */
    bool at_line_start;   /* nothing but blanks stands before the cursor in its line */
    bool eat_line_end;    /* a tag stood alone in its line: its line break goes with it */
    char **icons;
    size_t n_icons;
};

/* A quoted or bare word of a tag; key="…" and key=… have a key. */
struct word {
    char *key; /* or NULL */
    char *text;
    bool quoted;
};

/* tmplgen_html.c: takes one character of HTML and appends what is delivered to g->lit. */
void html_feed(struct gen *g, char c);
/* Before a block tag: names and values end here; gives the place to come back to. */
struct html_place html_settle(struct gen *g);
void html_need_same(struct gen *g, const struct html_place *want, const bool *url_begun,
                    const char *where);
bool html_in_text(const struct gen *g);
bool html_attr_is_url(const char *attr);
/* Before a value is printed: refuses places where no value may stand. */
void html_need_value_place(struct gen *g);
/* {{form}} has printed the start tag's attributes and prints '>' itself. */
void html_close_start_tag(struct gen *g, const char *name);

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

#define refuse(g, ...) die((g)->file, (g)->line, __VA_ARGS__)

#endif
