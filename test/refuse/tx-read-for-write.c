/* refused: incompatible pointer type */
#include "guard/audit.h"

MUST enum rc verb(struct rtx *reading, struct wtx *writing);
enum rc
verb(struct rtx *reading, struct wtx *writing)
{
#ifdef GOOD
    (void)reading;
    return touch(writing, EVENT_PROJECT_ADDED, SUBJECT(project, (struct project_id){1}), NULL, NULL, NULL);
#else
    (void)writing;
    return touch(reading, EVENT_PROJECT_ADDED, SUBJECT(project, (struct project_id){1}), NULL, NULL, NULL);
#endif
}
