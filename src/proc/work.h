/* work.h: the slow work that a worker orders from other processes (a password hash, a QR image, an
 * answer that the registrar has), and the requests that wait for it. At most WORK_WAITING requests
 * wait; the next one is told to come back later. A helper process that dies takes its orders with
 * it: they are answered with 503, but for those that it died too early for, which another one gets.
 */
#ifndef PROC_WORK_H
#define PROC_WORK_H

#include "http/serve.h"
#include "proc/child.h"

enum { WORK_WAITING = 64, WORK_ORDERS = 10 };

/* Called when all results of a request are there, or when they cannot be had (refused). */
typedef void work_done_fn(void *owner, uint64_t id, struct req *rq, struct arena *mem,
                          bool refused);

void work_init(struct child *c, work_done_fn *done);
/* Takes rq and mem over until done is called; false when too many wait already. owner and id are
 * only handed back. */
bool work_park(void *owner, uint64_t id, struct req *rq, struct arena *mem);
/* The channel to a hash or press process that was asked for has come. Owns fd. */
void work_channel(enum wire_kind kind, int fd);
/* Master's answer to a question (W_TOLD). */
void work_told(const struct frame *f);
/* Master could not give one. */
void work_refused(enum wire_kind kind);
/* The owner is gone: its requests are finished without it (owner becomes NULL). */
void work_forget(void *owner);
/* All that wait are finished as refused. */
void work_give_up(void);
size_t work_waiting(void);

#endif
