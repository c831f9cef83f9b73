/* master.h: `kontor serve`: binds, spawns, restarts, hands out socket pairs. It knows host names
 * and workspace numbers and parses nothing but frames of its own children and the command line's.
 */
#ifndef PROC_MASTER_H
#define PROC_MASTER_H

#include "proc/conf.h"

struct master_options {
    const char *dir; /* the installation, absolute */
    struct conf conf;
    int command_fd; /* >= 0: no listeners and no edges; serve this one command client, then end */
    bool rescues_console; /* with command_fd: the registrar waits for a state that takes the place
                             of its store (`restore apply --damaged`), which it cannot open */
    bool quiet;           /* no copy of warnings and errors on the terminal */
    bool verbose;         /* a copy of the whole log on the terminal */
    void (*on_refuse)(const char *code,
                      const char *detail);         /* why it does not start; may be NULL */
    void (*on_ready)(const char *url, char level); /* all processes are there; may be NULL */
};

/* Runs until SIGTERM or SIGINT (or until the command client leaves). Exit status by error class: 5
 * when another one serves this installation, 2 for settings that do not fit, 3 below
 * accept_isolation. */
int master_run(const struct master_options *opt);
/* For `kontor init`: the folders of a new installation with their owners, master key and key ring,
 * and the local certificate authority. dir exists and holds kontor.conf. RC_CONFLICT when keys are
 * there. */
MUST enum rc master_make(const char *dir, const struct conf *conf, struct err *err);
/* For `kontor key restore`: the printed key on stdin opens the sealed file `from`; the master key's
 * line is written to the new file `to` (0400). RC_INVALID, RC_DENIED, RC_CONFLICT with their codes.
 */
MUST enum rc master_restore_key(const char *from, const char *to, struct err *err);
/* kontor-worker, opened for fexecve (it prints the rights that are compiled in); -1: not there. */
int master_worker_program(void);
/* The first user id for level A that this (possibly contained) system knows; 0 when not root. */
int64_t master_uid_base(void);

#endif
