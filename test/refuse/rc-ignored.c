/* refused: ignoring return value of 'url_parse' */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    struct url u;
    if (url_parse(pg->title, &u) == OK) {
        put_url(o, pg, u);
    }
#else
    struct url u = {STR_NONE};
    url_parse(pg->title, &u);
    put_url(o, pg, u);
#endif
}
