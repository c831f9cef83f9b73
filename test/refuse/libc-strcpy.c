/* refused: poisoned "strcpy" */
#include "http/html.h"

void sample(struct out *o, const struct page *pg);
void
sample(struct out *o, const struct page *pg)
{
#ifdef GOOD
    char to[8];
    memcpy(to, "a", 2);
    put(o, pg, str_of(to));
#else
    char to[8];
    strcpy(to, "a");
    put(o, pg, str_of(to));
#endif
}
