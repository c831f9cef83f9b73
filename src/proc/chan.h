/* chan.h: one message channel in an event loop: frames in by callback, frames out by a bounded
 * queue, so that no process ever waits for another one. For control channels and keymgr; the
 * request path of edge and worker has its own flow control on top of frame.h. */
#ifndef PROC_CHAN_H
#define PROC_CHAN_H

#include "base/frame.h"
#include "proc/loop.h"

enum { CHAN_QUEUE_MAX = 4096, CHAN_BYTES_MAX = 16 << 20 };

struct chan_msg;
struct chan {
    struct watch w; /* w.fd -1: closed */
    struct loop *loop;
    struct chan_msg *first, *last;
    size_t queued, queued_bytes;
    /* A frame came. Its fd is closed afterwards unless the callee takes it: f->fd = -1. The callee
     * may close and free the channel. */
    void (*on_frame)(struct chan *c, struct frame *f);
    /* The peer is gone or broke the grammar, or the queue ran over; the channel is closed already.
     */
    void (*on_close)(struct chan *c);
    void *arg;
};

/* Takes fd (set non-blocking and close-on-exec). The callbacks and arg are set by the caller
 * before. */
void chan_open(struct chan *c, struct loop *l, int fd);
/* Closes and drops what is queued; does not call on_close. Closed before: no effect. */
void chan_close(struct chan *c);
static inline bool
chan_is_open(const struct chan *c)
{
    return c->w.fd >= 0;
}
/* Sends now or as soon as the socket takes it, in order; owns pass_fd (-1: none) in every case. On
 * a closed channel the message is dropped; one that is full is dropped and named in the log, its
 * sender answers otherwise before. A queue that runs over closes the channel in the next
 * turn. The frame is overwritten: who sends it twice makes it twice. */
void chan_send(struct chan *c, const struct frame_out *f, int pass_fd);
/* The peer is gone: what it said before is heard now. on_frame must not free the channel. */
void chan_drain(struct chan *c);
/* Waits (blocking) until everything queued is sent or the channel is closed, at most until. */
void chan_flush(struct chan *c, int64_t until_us);

/* One connected SOCK_SEQPACKET pair, both ends close-on-exec. RC_IO when descriptors ran out. */
MUST enum rc chan_pair(int ret_fds[static 2]);

/* The address of the unix socket `name` in the folder that dir_fd is: reached by way of
 * /proc/self/fd, since a whole path may be longer than an address can be. RC_LIMIT: the name alone
 * is too long. */
struct sockaddr_un;
MUST enum rc chan_unix_address(int dir_fd, const char *name, struct sockaddr_un *ret_address);

/* The process's one scratch buffer for writing a frame: begin, put, send, before anybody else does.
 */
void chan_begin(struct frame_out *f, uint16_t type, uint64_t id);
/* Nothing is being read or written: gives the memory of the scratch buffers back. */
void chan_rest(void);

#endif
