/* page.h: the data of the template cases. */
#include "guard/route.h"
#include "http/asset.h"
#include "http/form_html.h"

struct row {
    struct str name;
    struct project_id id;
};
struct sample_form {
    struct str name;
    struct minutes minutes;
};
static const struct field sample_fields[] = {
    FIELD(struct sample_form, name, T_button_add, .required = true),
    FIELD(struct sample_form, minutes, T_button_add, .max = 60),
};
static const struct form_def sample_form_def = FORM_DEF(sample_form, sample_fields);
struct other_form {
    struct str name;
};
struct sample {
    struct str name;
    const char *raw;
    struct url url;
    struct project_id id;
    struct sample_form form;
    struct other_form other;
    const struct row *rows;
    size_t n_rows;
    bool flag;
};
__attribute__((unused)) static const struct form_def *const keep = &sample_form_def;
