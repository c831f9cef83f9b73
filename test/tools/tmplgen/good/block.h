/* Made by tools/tmplgen from block.html. */
#include "http/asset.h"
#include "http/form_html.h"

static void block_html(struct out *o, const struct page *pg, const struct sample *d);
static inline void other_html(struct out *o, const struct page *pg, const struct sample *d);
static inline void row_html(struct out *o, const struct page *pg, const struct row *d);

static void
block_html(struct out *o, const struct page *pg, const struct sample *d)
{
    (void)pg;
    (void)d;
    out_str(o, STR("<ul>\n"));
#line 3 "block.html"
    for (size_t i = 0; i < d->n_rows; i++) {
#line 3 "block.html"
        const __auto_type r = &d->rows[i];
        (void)r;
        out_str(o, STR("<li"));
#line 4 "block.html"
        if (is_set(r->open)) {
            out_str(o, STR(" class=\"open\""));
        }
        out_str(o, STR(">"));
#line 4 "block.html"
        if (is_set(i)) {
            out_str(o, STR(", "));
        }
#line 4 "block.html"
        put(o, pg, r->name);
        out_str(o, STR("\n"));
#line 5 "block.html"
        for (size_t at_t = 0; at_t < r->n_tags; at_t++) {
#line 5 "block.html"
            const __auto_type t = &r->tags[at_t];
            (void)t;
            out_str(o, STR("<b>"));
#line 5 "block.html"
            put(o, pg, (*t));
            out_str(o, STR("</b>"));
        }
        out_str(o, STR("\n"
    "</li>\n"));
    }
    out_str(o, STR("</ul>\n"));
#line 9 "block.html"
    if (is_set(d->n_rows)) {
        out_str(o, STR("<p>a</p>"));
    } else {
#line 9 "block.html"
        if (d->state == STATE_OPEN) {
            out_str(o, STR("<p>b</p>"));
        } else {
#line 9 "block.html"
            if (!is_set(d->title)) {
                out_str(o, STR("c"));
            } else {
                out_str(o, STR("<p>d</p>"));
            }
        }
    }
    out_str(o, STR("\n"));
#line 10 "block.html"
    if (page_may(pg, RIGHT_PROJECT_WRITE)) {
        out_str(o, STR("<a href=\""));
#line 10 "block.html"
        if (is_set(d->open)) {
#line 10 "block.html"
            put_url(o, pg, d->url);
        } else {
            out_str(o, STR("#"));
        }
        out_str(o, STR("\">e</a>"));
    }
    out_str(o, STR("\n"));
#line 11 "block.html"
    if (!page_may(pg, RIGHT_TIME_WRITE)) {
#line 11 "block.html"
        row_html(o, pg, &d->first);
    }
    out_str(o, STR("\n"));
#line 12 "block.html"
    other_html(o, pg, d);
}

static inline void
other_html(struct out *o, const struct page *pg, const struct sample *d)
{
    (void)pg;
    (void)d;
    out_str(o, STR("<i>"));
#line 15 "block.html"
    put(o, pg, d->title);
    out_str(o, STR("</i>"));
}

static inline void
row_html(struct out *o, const struct page *pg, const struct row *d)
{
    (void)pg;
    (void)d;
    out_str(o, STR("<i title=\""));
#line 16 "block.html"
    if (is_set(d->open)) {
        out_str(o, STR("open"));
    }
    out_str(o, STR("\">"));
#line 16 "block.html"
    put(o, pg, d->name);
    out_str(o, STR("</i>"));
}
