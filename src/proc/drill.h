/* drill.h: `kontor-worker --role drill` and `--role restore`: one archive is opened, then it ends.
 */
#ifndef PROC_DRILL_H
#define PROC_DRILL_H

/* Its only folder is --dir, where a state is loaded, encrypted; it sees no store that is worked
 * with. It waits for one order, which comes with the archive's descriptor and the state's id in
 * W_F_BODY, and in W_F_TARGET_NAME the place it was read from. It must be the archive of that id,
 * and have the hash in W_F_DIGEST (hex; "": nobody knows it), else E_ARCHIVE_OTHER:
 *   role drill, W_COMMAND "backup.drill": the state is loaded under a key that nobody else knows,
 *     compared with its manifest, brought up to date, its rules and pages are tried; the file goes.
 *     W_RESULT, in any case OK: {at, result, signature, signer}, as drill.record takes it
 *     (app/restore/restore.h); W_F_CODE: the fault that the result tells of.
 *   role restore, which has the workspace's page key and reads its store beside the writer:
 *     "restore.preview": the same, and what differs: {state, madeAt, tables, rows: [{table, what,
 *     key, columns} …], more}; tables as restore_tables_json() has them. The file goes.
 *     "restore.load": the same, and the file stays, under the page key, for the writer's successor
 *     (put_back.h). "restore.rescue": the file stays, and the store is not looked at, for it cannot
 *     be read.
 */
int drill_main(int argc, char **argv);

#endif
