/* keymgr.h: the process with the master key and the key ring. No edge can reach it; a worker
 * reaches it over a channel that master has bound to that worker's workspace. */
#ifndef PROC_KEYMGR_H
#define PROC_KEYMGR_H

/* Started by master: --role keymgr --dir KEYS, descriptor 5 the master key's file.
 *   from master: W_KEY_BIND, W_KEY_NEW, W_KEY_DROP (the last two answered with their own type or
 * W_ERROR), W_COMMAND (key_admin.h; answered with W_RESULT). from workers: W_KEY_PAGE … W_KEY_MAC,
 * W_KEY_VERIFY (keybox.h). Exit status 9: the master key's file is none, or the ring was made under
 * another one; never retried. */
int keymgr_main(int argc, char **argv);
/* One-shot for `kontor init`: --make-keys KEYS writes master.key (0400) and a ring with the key of
 * system.db. Exit status by
 * error class; 5 when there is one already: a key is never overwritten. */
int keymgr_make(const char *dir);
/* One-shot for `kontor key restore`: --restore reads the printed key on descriptor 0, the sealed
 * file of the escrow on 5, and writes the master key's line to 6. Exit status of RC_INVALID: no
 * such printed key; RC_MISSING: no such file; RC_DENIED: they do not belong together. */
int keymgr_restore(void);

#endif
