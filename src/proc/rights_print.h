/* rights_print.h: who may do what, printed from the tables that decide it. */
#ifndef PROC_RIGHTS_PRINT_H
#define PROC_RIGHTS_PRINT_H

#include <stdbool.h>

/* The rights of each user group, then each route of the agency and of the console with its right,
 * event and conditions. Text for doc/rights.txt, or JSON. Exit status. */
int rights_print(bool as_json);

#endif
