/* refused: expected '}' before */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    put_url(o, pg, URL("/zeiten"));
#else
    static const char path[] = "//evil.example";
    put_url(o, pg, URL(path));
#endif
}
