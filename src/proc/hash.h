/* hash.h: kontor-worker --role hash: Argon2id for everybody, at nice 19, without store and without
 * key. Any number of channels; one hash at a time, the channels in turn. */
#ifndef PROC_HASH_H
#define PROC_HASH_H

enum { HASH_PASSWORD_MAX = 1024 };

/* W_HASH: W_F_PLAIN, W_F_SALT (16 bytes), W_F_OPS, W_F_MEM (KiB) -> W_HASH with W_F_TAG (32 bytes),
 * or W_ERROR: RC_INVALID outside the bounds, RC_IO without memory. */
int hash_main(int argc, char **argv);
/* kontor-worker --hash-time OPS KIB: prints how many milliseconds such a hash takes on this machine
 * when nothing disturbs it (the best of three), for `kontor init` and `kontor doctor`. */
int hash_time_main(const char *ops, const char *mem_kib);

#endif
