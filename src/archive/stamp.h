/* stamp.h: the name of a backup: the second it was completed in, in UTC, "20261124T003100Z". With
 * ".kontor" behind it, it is the name of its file, and as text it sorts by time. */
#ifndef ARCHIVE_STAMP_H
#define ARCHIVE_STAMP_H

#include "base/time.h"

enum { STAMP_LEN = 16, STAMP_FILE_LEN = STAMP_LEN + 7 };
enum { STAMP_LATE_S = 120 }; /* so long after its name an archive may say that it was made */
#define STAMP_ENDING ".kontor"

void stamp_print(struct instant t, char ret_stamp[static STAMP_LEN + 1]);
/* RC_INVALID: it is none: wrong letters, or no such day or time. */
MUST enum rc stamp_parse(struct str s, struct instant *ret_t);
/* The stamp of a file's name; RC_INVALID: it is no backup's. */
MUST enum rc stamp_of_file(struct str name, char ret_stamp[static STAMP_LEN + 1]);
/* May an archive of this name say that it was made then? Never one that was made before. */
bool stamp_fits(const char *stamp, struct instant made);
void stamp_file(const char *stamp, char ret_name[static STAMP_FILE_LEN + 1]);

#endif
