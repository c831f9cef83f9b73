/* key_admin.h: what the operator may ask of keymgr: facts about the keys, a new generation of the
 * master key, escrow and its rehearsal. Without sockets, so that tests and the fuzzer call it. */
#ifndef PROC_KEY_ADMIN_H
#define PROC_KEY_ADMIN_H

#include "proc/generation.h"

enum { KEY_ADMIN_OUT = 2048 };

struct key_admin {
    const char *dir; /* keys/ */
    struct ring *ring;
    const struct ring_keys *keys;
    bool *frozen;        /* a next generation is under way: the ring does not change */
    uint64_t unwraps;    /* data keys unwrapped since keymgr started … */
    uint64_t unrecorded; /* … of these, in no line of key_log.h */
    uint64_t archives;   /* archives opened since then */
    bool locked;         /* the kernel keeps our keys out of swap */
    bool own_place;      /* the master key's file is dir/master.key: keymgr replaces it itself */
};

/* One command; out: JSON. fd: the descriptor that master sent along, or -1 (borrowed).
 *   key.show                   body: "", or a workspace's number: the generation of its page key
 *   key.rotate                 where own_place: the next master key, in its place
 *   key.prepare                fd: new empty file for the next master key's line
 *   key.cancel                 fd: the master key's file; one that is gone cannot be gone back to
 *   key.page                   body: a workspace's number; its store shall have a new page key;
 *                              answers {"workspace", "page"}: the generation in use until then
 *   key.escrow                 fd: the master key's file; answers {"sealed", "key", "generation"}
 *   key.rehearse               body: printed key, line feed, sealed file
 * Master's part of each is in command.c. */
MUST enum rc key_admin_run(struct key_admin *a, struct str name, struct str body, int fd,
                           int64_t now_us, struct err *err, char ret_out[static KEY_ADMIN_OUT]);

/* A data key for a new workspace, or the end of one and of all that hangs on it: with its wrap
 * gone, nothing opens its store, its files, its sealed rows. The ring in memory changes only when
 * the file has. RC_CONFLICT, RC_MISSING as ring_add and ring_drop. */
MUST enum rc key_ring_change(struct key_admin *a, bool is_new, int64_t workspace, int64_t now_us,
                             struct err *err);

/* A workspace's store goes to the next page key, has come there, or cannot. RC_MISSING;
 * RC_CONFLICT: it is on its way already, or was not. */
MUST enum rc key_page_turn(struct key_admin *a, int64_t workspace, enum page_turn turn,
                           int64_t now_us, struct err *err);

/* The master key: from dir/master.key when that is its own place (master's descriptor may be of the
 * file before), else from fd. RC_BROKEN: wrong form or checksum. */
MUST enum rc key_file_read(const char *dir, bool own_place, int fd,
                           uint8_t ret_master[static KEY_SIZE], struct err *err);

#endif
