/* refused: incompatible type for argument 3 of 'put_html' */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put_html(o, pg, HTML("<b>"));
#else
    put_html(o, pg, pg->title);
#endif
}
