/* refused: format not a string literal */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put_url(o, pg, url_fmt(pg->mem, "/projekte/%d", 1));
#else
    char format[] = "/projekte/%d";
    put_url(o, pg, url_fmt(pg->mem, format, 1));
#endif
}
