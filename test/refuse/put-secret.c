/* refused: '_Generic' selector of type 'const uint8_t *' */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put(o, pg, pg->title);
#else
    put(o, pg, pg->form_secret);
#endif
}
