/* refused: incompatible type for argument 3 of 'put_minutes' */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put_minutes(o, pg, (struct minutes){90});
#else
    put_minutes(o, pg, pg->today);
#endif
}
