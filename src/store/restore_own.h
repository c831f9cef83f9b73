/* restore_own.h: a new file that shall take a store's place, as restore.c (of a store that is
 * whole) and rescue.c (of one that is not) build it. */
#ifndef STORE_RESTORE_OWN_H
#define STORE_RESTORE_OWN_H

#include "store/restore.h"
#include "store/sqlite.h"

struct rescue;
struct restore_build_job {
    sqlite3 *db;                 /* the new file */
    struct store *state;         /* rows are read from it */
    const struct rescue *rescue; /* NULL: of a store that is whole */
    const struct schema_def *def;
    struct restore_table *tables;
    struct err *err;
};

/* Why SQLite did not, into b->err. */
enum rc restore_failed(const struct restore_build_job *b, int code, const char *what);
MUST enum rc restore_run_text(const struct restore_build_job *b, const char *text);
/* All rows of a table of the new file become those of b->state; or of each name the greater number
 * of both. */
MUST enum rc restore_bring_content(const struct restore_build_job *b, const char *table);
MUST enum rc restore_merge_greater(const struct restore_build_job *b, const char *table);
/* Rows that are not there of a table of what is not here any more: see RESTORE_ACCESS. Called while
 * things are still those of today. */
MUST enum rc restore_merge_access(const struct restore_build_job *b, const char *table);
/* All rows of `from`, each bound to the parameters of `to`, which gives none. */
MUST enum rc restore_run_rows(const struct restore_build_job *b, const char *from, const char *to);
/* What the first column of a table refers to. */
struct restore_thing {
    char table[64], column[64]; /* of the thing; of the table that was asked for */
};
MUST enum rc restore_thing_of(sqlite3 *db, const char *table, struct err *err,
                              struct restore_thing *ret_t);
/* Runs `tables` in one transaction of the new file, without its triggers, and lets go of what
 * refers to rows that are gone. References and rules of columns are asked of the whole when it is
 * there (store_check()). */
MUST enum rc restore_change_all(const struct restore_build_job *b,
                                enum rc (*tables)(const struct restore_build_job *b));
/* E_STORE_FULL or E_IO; what is there of the copy is the caller's to drop. */
MUST enum rc restore_copy_file(const char *path, const char *copy, struct err *err);
/* RC_CONFLICT E_BUSY: its log is not empty, so somebody has it open. */
MUST enum rc restore_need_closed(const char *path, struct err *err);

#endif
