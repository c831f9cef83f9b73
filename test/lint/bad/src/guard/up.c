/* up.c: guard includes http. */
#include "http/request.h"
#include "sqlite3.h"
