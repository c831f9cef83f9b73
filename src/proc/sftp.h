/* sftp.h: one archive to, from or off a folder on another machine, by SFTP. The other machine is
 * known by the fingerprint of its host key and by nothing else; Kontor shows itself with a private
 * key and never with a password. Whoever holds this has a network: only kontor-egress links it. */
#ifndef PROC_SFTP_H
#define PROC_SFTP_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum {
    SFTP_JOBS_MAX = 8, /* at a time */
    SFTP_FINGERPRINT = 64,
    SFTP_DETAIL = 288
};

struct sftp_server {
    const char *user, *host, *path; /* path: the folder, absolute; not made when it is missing */
    int64_t port;
    const char *fingerprint; /* "SHA256:…" of its host key */
    int key;                 /* descriptor of the private key's text */
    bool appends;            /* nothing is ever deleted or replaced there */
    int64_t wait_s;          /* so long nothing may move */
};

enum sftp_verb {
    SFTP_KEEP,  /* fd's bytes lie there under the name in the end, read back; when others did, they
                   are replaced */
    SFTP_FETCH, /* what lies there goes into fd, when it is not more than `most` bytes */
    SFTP_REMOVE /* nothing lies there any more */
};

struct sftp_order {
    const struct sftp_server *server; /* outlives the order */
    enum sftp_verb verb;
    const char *folder, *name; /* below path: "3" and "20261124T003100Z.kontor" */
    int fd;                    /* owned; -1 for SFTP_REMOVE */
    int64_t most;              /* of SFTP_FETCH */
};
struct sftp_result {
    enum rc rc;
    enum code code;           /* E_NONE when all went well */
    char detail[SFTP_DETAIL]; /* at what, and in libcurl's words; for the log */
};
typedef void sftp_done_fn(void *arg, const struct sftp_result *r);

/* After curl_loop_init(). Copies folder and name. RC_BUSY: too many, fd is closed; otherwise done
 * is called once, perhaps before this returns, whatever the other machine does or does not: after
 * copy_order_us() at the latest, E_COPY_SLOW. */
MUST enum rc sftp_begin(const struct sftp_order *o, sftp_done_fn *done, void *arg);
size_t sftp_running(void);

#endif
