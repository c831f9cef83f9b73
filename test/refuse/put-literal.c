/* refused: '_Generic' selector of type 'const char *' is not compatible */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put(o, pg, STR("<b>"));
#else
    put(o, pg, "<b>");
#endif
}
