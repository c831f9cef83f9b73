/* shell.h: what stands round every page: the office with navigation and top bar, the quiet layout
 * of the sign-in pages, the sheet for printing, and the pages that say what went wrong. */
#ifndef HTTP_SHELL_H
#define HTTP_SHELL_H

#include "http/reply.h"

/* The switch of the top bar, sent to /konto/darstellung: "dark" or "light". */
struct theme_form {
    struct str theme;
};
extern const struct form_def theme_form_def;

/* Prints a whole document with fn's output as its content. */
void shell_page(struct out *o, const struct page *pg, enum shell shell, page_fn *fn,
                const void *data);
/* The page for an HTTP status; code chooses a sentence of its own when "err.<code>" says more. */
void shell_error(struct out *o, const struct page *pg, int status, enum code code);

#endif
