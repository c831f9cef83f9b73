/* refused: '_Generic' selector of type '_Bool' is not compatible */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put(o, pg, pg->today);
#else
    put(o, pg, pg->signed_in);
#endif
}
