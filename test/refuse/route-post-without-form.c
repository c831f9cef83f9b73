/* refused: 'write_it_def' undeclared */
#include "guard/route.h"

MUST enum rc read_it(struct req *rq, struct rtx *tx);
MUST enum rc write_it(struct req *rq, struct wtx *tx);
extern const struct route routes[];
const struct route routes[] = {
#ifdef GOOD
    POST("/projekte", PROJECT_WRITE, PROJECT_ADDED, no_form, write_it),
#else
    POST("/projekte", PROJECT_WRITE, PROJECT_ADDED, write_it, write_it),
#endif
};
