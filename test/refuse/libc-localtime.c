/* refused: poisoned "localtime" */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put(o, pg, pg->now);
#else
    time_t t = 0;
    put(o, pg, localtime(&t)->tm_year);
#endif
}
