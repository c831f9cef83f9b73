/* inner.h: what the files of this folder share: rules of text fields, and the folded columns. Pure.
 */
#ifndef APP_PROJECT_INNER_H
#define APP_PROJECT_INNER_H

#include "app/project/project.h"

/* Columns are bounded; folding may make text longer. Cut at a character. */
struct str cut_points(struct str s, size_t max);

enum { PROJECT_TAGS_MAX = 20, PROJECT_TAG_POINTS = 60 };
struct project_tag {
    struct str text, key;
};
/* The tags of a comma-separated text, trimmed, without empty and repeated ones, in order; *ret_n
 * may be PROJECT_TAGS_MAX at most. RC_INVALID: too many, or one too long. */
MUST enum rc project_parse_tags(struct arena *mem, struct str text,
                                struct project_tag ret_v[static PROJECT_TAGS_MAX], size_t *ret_n);

struct project_link {
    struct str name, url;
    const char *name_field, *url_field;
};
/* The five link rows of a form, empty ones included. */
void project_form_links(const struct project_form *f,
                        struct project_link ret_v[static PROJECT_LINKS]);
/* http or https with a host, without blanks and controls; at most 1000 characters. */
bool project_link_is_good(struct str url);

/* What the list's search looks in: number, name, short info and tags, folded. */
struct str project_search_text(struct arena *mem, const struct project_form *f);
/* %folded% for LIKE … ESCAPE '\\', with its wildcards escaped; STR_NONE for an empty query. */
struct str project_pattern(struct arena *mem, struct str query);

#endif
