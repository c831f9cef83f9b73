/* backup.h: `kontor-worker --role backup`: one archive and its copies. */
#ifndef PROC_BACKUP_H
#define PROC_BACKUP_H

/* Opens the store of --workspace to read, takes the keys of its archives from keymgr, and gives all
 * other rights away: no file can be opened any more. Then it does what it is told until it is
 * stopped; each order is a W_COMMAND that comes with a descriptor, and with the archive's name in
 * W_F_BODY, which tells its moment:
 *
 *   "backup.run"     writes an archive there, syncs it, reads it back and checks it
 *   "backup.source"  reads the archive that is there: hash, signature, workspace
 *   "backup.copy"    writes there what the last of these that went well had, and does the same
 *   "backup.verify"  like "backup.source", but nothing is copied from it
 *   "backup.export"  like "backup.run", sealed to the key in W_F_BODY in place of escrow's
 *   "backup.tables"  writes every table there, readable (app/transfer/tables.h), sealed
 *                   to the key in W_F_BODY; size and SHA-256 are those of what is in it
 *
 * and is answered with W_RESULT: bytes and hash of the archive. Settings: "backup_escrow", the
 * public key that is not the server's (archive/key.h). */
int backup_main(int argc, char **argv);

#endif
