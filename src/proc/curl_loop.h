/* curl_loop.h: transfers of libcurl in the process's event loop: libcurl says which sockets it
 * waits for, the loop tells it when they are ready. Each second it looks at all of them, so that a
 * transfer's progress function is asked even while nothing at all happens. Only kontor-egress links
 * it. */
#ifndef PROC_CURL_LOOP_H
#define PROC_CURL_LOOP_H

#include <curl/curl.h>

#include "base/err.h"
#include "proc/loop.h"

/* The first member of whoever has one. done: called later, once; the handle is the owner's again.
 */
struct transfer {
    CURL *easy;
    void (*done)(struct transfer *t, CURLcode code);
};

/* Once, before the sandbox: loads what the name service, TLS and SSH need. */
MUST enum rc curl_loop_init(struct loop *l, struct err *err);
/* RC_BUSY: it does not begin, and done is not called. */
MUST enum rc curl_loop_add(struct transfer *t);

#endif
