/* backup.h: `kontor-worker --role backup`: one archive, then it ends. */
#ifndef PROC_BACKUP_H
#define PROC_BACKUP_H

/* Opens the store of --workspace to read, takes the keys of its archives from keymgr, and gives all
 * other rights away: no file can be opened any more. Then it waits for one order, which comes with
 * a descriptor: W_COMMAND "backup.run"     writes an archive there, syncs it, reads it back and
 * checks it W_COMMAND "backup.verify"  reads the archive that is there: hash, signature, workspace
 * and answers W_RESULT: {"workspace", "madeAt", "bytes", "hash"}. Settings: "backup_escrow", the
 * public key that is not the server's (archive/key.h). */
int backup_main(int argc, char **argv);

#endif
