/* refused: incompatible pointer type */
#include "guard/route.h"

MUST enum rc read_it(struct req *rq, struct rtx *tx);
MUST enum rc write_it(struct req *rq, struct wtx *tx);
extern const struct route routes[];
const struct route routes[] = {
#ifdef GOOD
    GET("/projekte", PROJECT_READ, read_it),
#else
    GET("/projekte", PROJECT_READ, write_it),
#endif
};
