/* refused: expected '}' before */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put(o, pg, STR("a"));
#else
    static const char text[] = "a";
    put(o, pg, STR(text));
#endif
}
