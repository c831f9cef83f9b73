/* refused: '_Generic' selector of type 'const char *' is not compatible */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    struct str name = str_of("a");
    put(o, pg, name);
#else
    const char *name = "a";
    put(o, pg, name);
#endif
}
