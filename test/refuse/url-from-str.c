/* refused: incompatible type for argument 3 of 'put_own_url' */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put_own_url(o, pg, pg->path);
#else
    put_own_url(o, pg, pg->title);
#endif
}
