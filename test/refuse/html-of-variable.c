/* refused: expected '}' before */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put(o, pg, HTML("<b>"));
#else
    static const char bold[] = "<b>";
    put(o, pg, HTML(bold));
#endif
}
