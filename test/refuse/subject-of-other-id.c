/* refused: selector of type */
#include "guard/audit.h"

struct subject about(struct project_id id);
struct subject
about(struct project_id id)
{
#ifdef GOOD
    return SUBJECT(project, id);
#else
    return SUBJECT(user, id);
#endif
}
