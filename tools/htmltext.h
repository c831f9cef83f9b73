/* htmltext.h: what tools/tmplgen knows of HTML. It follows a page character by character: in which
 * tag, attribute or text the cursor stands, and which elements are open. It refuses (die() with
 * file and line) what has no place in our pages: scripts and styles, an address that leads
 * elsewhere, a value without quotes, an element that is not closed. Comments and indentation are
 * dropped. */
#ifndef TOOLS_HTMLTEXT_H
#define TOOLS_HTMLTEXT_H

#include "tool.h"

enum { NAME_MAX_ = 64, DEPTH_MAX = 64 };

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
    const char *file; /* named in refusals, with the line, which the caller counts */
    int line;
    struct buf out; /* what is delivered of what was fed; the caller takes it and empties it */
    struct html_place at;
    char tag[NAME_MAX_];             /* of the tag that is being read */
    char open[DEPTH_MAX][NAME_MAX_]; /* elements, outermost first */
    int open_line[DEPTH_MAX];
    size_t floor;     /* elements below belong to the surrounding block */
    struct buf value; /* constant part of the attribute value so far */
    bool value_has_expr;
    bool slash;         /* "/" stood last in the tag */
    bool by_form;       /* a tag that posts is made by the caller: method may stand in it */
    bool at_line_start; /* nothing but blanks stands before the cursor in its line */
    bool eat_line_end;  /* a tag stood alone in its line: its line break goes with it */
};

/* Takes one character and appends what is delivered to h->out. */
void html_feed(struct html *h, char c);
/* Before a block: names and values end here; gives the place to come back to. */
struct html_place html_settle(struct html *h);
/* The block `where` ends: is it where it began? Whether something stands in an address may differ
 * from there, if all branches agree: *url_begun is what they say (NULL: the first branch). */
void html_need_same(struct html *h, const struct html_place *want, const bool *url_begun,
                    const char *where);
bool html_in_text(const struct html *h);
bool html_attr_is_url(const char *attr);
/* Before a value is printed: refuses places where no value may stand. */
void html_need_value_place(struct html *h);
/* The caller has printed the attributes of a start tag and prints '>' itself. */
void html_close_start_tag(struct html *h, const char *name);

#endif
