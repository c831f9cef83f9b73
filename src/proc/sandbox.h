/* sandbox.h: how a process gives its rights away, and how it shows that they are gone.
 *
 * Four walls, one behind the other: an own uid (given by master before exec), the empty network
 * namespace (inherited from master), Landlock (files), seccomp (system calls; a forbidden one ends
 * the process). sandbox_enter() puts up the last two and then TRIES forbidden acts: open a foreign
 * file, make a socket, reach the network, trace, exec, open somebody else's memory. What happened
 * is told to master in W_READY; nothing falls through silently. Trusts: what was opened before the
 * call is what the role may keep. */
#ifndef PROC_SANDBOX_H
#define PROC_SANDBOX_H

#include "base/err.h"

enum sandbox_role {
    SANDBOX_EDGE = 1,  /* sockets it was given, no file */
    SANDBOX_WORKER,    /* its workspace's folder */
    SANDBOX_HASH,      /* its channel */
    SANDBOX_PRESS,     /* its channel */
    SANDBOX_KEYMGR,    /* keys/ */
    SANDBOX_SIGNER,    /* tls/, to read */
    SANDBOX_EGRESS,    /* the network; files of the name service */
    SANDBOX_SCHEDULER, /* its channels */
    SANDBOX_BACKUP     /* its store, which is open already, and the file that it was given */
};

struct sandbox_path {
    const char *path; /* a folder; NULL ends the list */
    bool write;       /* else read only */
};
enum { SANDBOX_PATHS_MAX = 4, SANDBOX_PROBE_MAX = 256 };

struct sandbox {
    enum sandbox_role role;
    struct sandbox_path paths[SANDBOX_PATHS_MAX];
};

/* What was tried and how it ended: true means the act was refused. */
struct sandbox_report {
    int landlock_abi; /* 0: this kernel has none */
    bool files;       /* a foreign file could not be opened */
    bool sockets;     /* socket() was refused */
    bool network;     /* an address outside could not be reached before the filter was there */
    bool trace;       /* ptrace and process_vm_readv were refused */
    bool exec;        /* execve was refused */
    bool own_uid;     /* not root */
    char text[SANDBOX_PROBE_MAX]; /* "landlock=7 open=EACCES socket=refused …" for log and doctor */
};

/* No new privileges, not dumpable, no core files, limits of the role; before anything is read. */
void sandbox_begin(enum sandbox_role role);
/* Landlock, then seccomp, then the probes. RC_IO when a wall that this kernel has could not be put
 * up; a missing Landlock is no error here but a line in the report. */
MUST enum rc sandbox_enter(const struct sandbox *s, struct err *err,
                           struct sandbox_report *ret_report);

/* ABI of Landlock on this kernel, 0 for none. */
int sandbox_landlock_abi(void);

#endif
