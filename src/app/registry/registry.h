/* registry.h: the installation's workspaces, as system.db knows them. Commands of the command line:
 *
 *   workspace.add {slug, name} -> {workspace, slug, name, state}; asking again for one that is
 *     still "new" finds it again, so that an interrupted `kontor workspace add` can be finished
 *   workspace.activate {slug} -> the row; its folder and key are there, browsers may come
 *   workspace.show {slug} -> the row;   workspace.list {} -> {rows: [row …]}
 *   workspace.lock {slug, reason}, workspace.unlock {slug} -> the row; locked, nobody gets in, and
 *     its backups go on
 *   workspace.end {slug, reason, atOnce} -> the row, with lockedAt, reason, orderedAt, endedAt,
 *     files, bytes, backupsUntil; from now on master lets nothing but its destruction happen. Not
 *     before it was locked for 30 days, but atOnce. Asked again it is the same order.
 *   workspace.ended {slug, files, bytes} -> the same row: key and files are gone */
#ifndef APP_REGISTRY_REGISTRY_H
#define APP_REGISTRY_REGISTRY_H

#include "guard/dispatch.h"

extern const struct domain registry_domain;

enum { REGISTRY_HOSTS_MAX = 50000 };

/* One host name and where it leads; for master (W_HOSTS). */
struct registry_host {
    struct str host; /* STR_NONE: the workspace's own name, <slug>.<base domain> */
    struct str slug;
    struct str name; /* the agency's */
    struct workspace_id workspace;
    int64_t state; /* enum wire_host_state */
};

/* All names of all workspaces, in the transaction's arena. */
MUST enum rc registry_hosts(struct rtx *tx, struct registry_host **ret_hosts, size_t *ret_n);

/* Whether a command of that name may change the names: one of ours that writes. */
bool registry_may_change(struct str command);

/* 1 … 63 lower-case letters, digits and inner hyphens; none of the names that the installation
 * needs itself. RC_INVALID with E_SLUG_FORM or E_SLUG_RESERVED. */
MUST enum rc registry_slug_check(struct str slug, enum code *ret_code);

#endif
