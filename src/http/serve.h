/* serve.h: from a W_REQUEST frame to a W_REPLY frame; what a worker's loop calls. One struct serve
 * for each process, one struct req for each request, in that request's arena. */
#ifndef HTTP_SERVE_H
#define HTTP_SERVE_H

#include "base/frame.h"
#include "base/wire.h"
#include "guard/call.h"

struct req;
struct proof_form;

enum { SERVE_ARENA_MAX = 64 << 20, SERVE_BODY_MAX = 8 << 20 };

struct serve {
    struct gate gate; /* store, workspace, domains; serve_init() sets face */
    /* What every page shows beside the page's own data: the agency's name, running timers. Set by
     * the program, because http/ knows no domain; may be NULL. */
    enum rc (*ambient)(struct req *rq, struct rtx *tx);
    /* The page that asks for a fresh proof (AUTH-18) and carries a form along (proof.h); set by the
     * program, too, because a proof may be a passkey. NULL: there is none, and the form is sent
     * away to be filled in again. */
    enum rc (*prove)(struct req *rq, struct rtx *tx, const struct proof_form *f);
};

void serve_init(struct serve *s);
/* Copies what the frame holds into mem (the frame's buffer is reused) and takes its descriptor.
 * Always gives a request; one that breaks a bound answers 4xx in serve_run(). */
struct req *serve_begin(struct serve *s, struct arena *mem, struct frame *f);
/* Runs it. True: the reply is ready. False: slow work was ordered (serve_work); run it again when
 * all results are set. */
bool serve_run(struct serve *s, struct req *rq);

/* The i-th order of slow work, to be sent to a hash or press process, or to master; false behind
 * the last. */
bool serve_work(const struct req *rq, size_t i, enum wire_kind *ret_kind, struct frame_out *f);
void serve_work_done(struct req *rq, size_t i, struct bytes result);
/* Slow work that cannot be had (queue full, process gone): answers 503. */
void serve_work_refused(struct serve *s, struct req *rq);

/* Shows a page of these domains ("/projekte") to itself, as an administrator of this number sees
 * it, in a transaction that only reads. RC_MISSING: no such page; RC_BROKEN: it is not whole. */
MUST enum rc serve_sample(const struct domain *const *domains, size_t n_domains, const char *path,
                          struct user_id user, struct rtx *tx);

/* Writes W_REPLY; *ret_fd is a sealed memfd for a large body (the caller closes it) or -1. */
MUST enum rc serve_reply(struct req *rq, struct frame_out *f, uint64_t id, int *ret_fd);
/* For the log: pattern, class and code of what happened. */
struct served {
    const char *route;
    enum event event; /* of a POST's route */
    int status;
    enum rc rc;
    enum code code;
    const char *detail;
};
struct served serve_result(const struct req *rq);
/* What it still holds open is closed; before its arena goes. */
void serve_end(struct req *rq);

#endif
