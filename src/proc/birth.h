/* birth.h: the programs, and what a process of each role is born with. */
#ifndef PROC_BIRTH_H
#define PROC_BIRTH_H

#include "proc/master_own.h"

enum { BIRTH_ENV_MAX = 4 };

/* The program of a role, open for exec; -1: not found. */
int program_open(enum role r);
/* Opens all programs once, so that a running master never starts one of another build. */
MUST enum rc programs_open(struct master *m, struct err *err);

/* What a child is born with. */
struct birth {
    struct master *m;
    enum role role;
    int64_t workspace; /* -1: none */
    int control, keymgr, fd5, fd6, log;
    char role_arg[CHILD_ROLE_MAX], workspace_arg[24], dir_arg[PATH_SIZE + 64];
    char now_env[64];
    char *env[BIRTH_ENV_MAX];
};
/* Before fork, in master. live: whose worker, or NULL. The descriptors but fd5 and fd6 are the
 * caller's to set. */
void birth_fill(struct birth *b, struct master *m, enum role role, const struct live *live);
/* Between fork and exec, in master's child or the door's. */
_Noreturn void birth_exec(const struct birth *b);

#endif
