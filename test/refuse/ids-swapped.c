/* refused: incompatible type for argument 3 of 'put_project_id' */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put_project_id(o, pg, (struct project_id){1});
#else
    put_project_id(o, pg, pg->user);
#endif
}
