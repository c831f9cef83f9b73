/* signer.h: kontor-keymgr --role signer: the process with the TLS private keys and nothing else.
 * Reachable from the edges; keymgr, which holds the master key, is not. */
#ifndef PROC_SIGNER_H
#define PROC_SIGNER_H

/* Started by master (child.h) with --dir, the installation's folder, of which it may read tls/.
 *   channels: WK_EDGE, an edge to serve: W_CERT and W_SIGN, each answered at once (or W_ERROR).
 *   from master: W_RELOAD: read tls/ again, answered with W_RELOAD when the new certificates are in
 * use (now tell the edges), or W_ERROR when the old ones stay. One-shot for `kontor init`, without
 * master: --role signer --make-ca BASE_DOMAIN --dir DIR makes the local authority and ends with the
 * exit status of its class (5: there is one already). Returns the exit status: 9 (or 4: none) for
 * certificates that must not be served; the log says why. */
int signer_main(int argc, char **argv);

#endif
