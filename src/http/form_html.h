/* form_html.h: form widgets from field tables, as {{form}}, {{field}} and {{faults}} of templates
 * call them. A value shown is, in this order: what was just sent (when this very form was refused),
 * what is stored (of=), what the option says. A secret is never shown again. */
#ifndef HTTP_FORM_HTML_H
#define HTTP_FORM_HTML_H

#include "http/html.h"

/* One form on one page, while it is printed. */
struct form_use {
    const struct page *pg;
    const struct form_def *def; /* NULL: a form of buttons only */
    const void *of;             /* struct of the form with the stored values, or NULL */
    struct str prefix;          /* ids are <prefix>-<field> */
    bool failed;                /* the request refused this form: show faults and raw values */
};

/* How the template wants one field; all members may be left out. */
struct field_look {
    const char *name;
    const char *type; /* input type or widget: password, search, hidden, radio, switch, otp … */
    const char *class_name; /* of the control, beside input or select */
    enum text label, hint, unit, placeholder;
    const struct option *options;
    size_t n_options;
    bool bare;   /* control only, the label is hidden but there */
    bool focus;  /* autofocus */
    bool needed; /* required here, though the table allows it to be left out (a password that is
                    stored already) */
};

/* The member's name; does not compile when the struct has no such member. */
#define FIELD_NAME(type, member) (sizeof(((type *)0)->member) > 0 ? #member : NULL)

/* After `<form method="post" action="…"` and its attributes were printed: reads action and id back
 * from o (from byte `mark`), prints '>' and the hidden fields csrf and once. */
struct form_use form_open(struct out *o, const struct page *pg, const struct form_def *def,
                          const void *of, size_t mark);
/* The whole field: label, control, hint, fault. The name must be in the form's table (asserted). */
void put_field(struct out *o, const struct form_use *f, const struct field_look *look);
/* The error summary with links to the fields, when this form was refused; takes the focus. */
void put_faults(struct out *o, const struct form_use *f);

#endif
