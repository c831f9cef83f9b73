/* frame.h: the one message format between Kontor's processes, over SOCK_SEQPACKET socket pairs. A
 * frame is a fixed header and length-prefixed fields, at most FRAME_MAX bytes, with at most one
 * file descriptor. Parsing is total: a frame that does not fit the grammar ends the channel.
 * Fuzzed.
 *
 * Layout (host byte order, all processes are one build; `magic` holds the build's number):
 *   u32 magic | u16 type | u16 count | u64 id | count × (u16 tag, u16 zero, u32 len, len bytes) */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include "base/arena.h"

enum { FRAME_MAX = 96 * 1024, FRAME_FIELDS_MAX = 256 };

/* One being written; the buffer belongs to the caller (FRAME_MAX bytes, usually static per
 * process). */
struct frame_out {
    uint8_t *p;
    size_t n, cap;
    bool full;
};
void frame_begin(struct frame_out *f, uint8_t *buf, size_t cap, uint16_t type, uint64_t id);
void frame_put(struct frame_out *f, uint16_t tag, const void *p, size_t n);
void frame_put_str(struct frame_out *f, uint16_t tag, struct str s); /* STR_NONE: no field at all */
void frame_put_i64(struct frame_out *f, uint16_t tag, int64_t v);

/* One that was received; fields point into the receive buffer. */
struct frame {
    uint16_t type;
    uint64_t id;
    const uint8_t *p;
    size_t n;
    int fd; /* a descriptor that came along, or -1; the receiver owns it (close-on-exec is set) */
};
/* RC_BROKEN when the bytes break the grammar. The only parser of this format. */
MUST enum rc frame_parse(const uint8_t *p, size_t n, struct frame *ret_f);
/* Overwrites the received bytes, which may have been a password; nothing reads f afterwards. */
void frame_wipe(const struct frame *f);
/* First field with that tag; STR_NONE when absent. */
struct str frame_get(const struct frame *f, uint16_t tag);
MUST enum rc frame_get_i64(const struct frame *f, uint16_t tag, int64_t *ret_v); /* RC_MISSING */
/* Walks all fields in order: start with *pos = 0; false at the end. */
bool frame_next(const struct frame *f, size_t *pos, uint16_t *ret_tag, struct str *ret_value);

/* Sends; pass_fd -1 for none (the caller keeps its own copy). RC_BUSY when the socket is full
 * (non-blocking), RC_IO when the peer is gone, RC_LIMIT when the frame is full. */
MUST enum rc frame_send(int sock, const struct frame_out *f, int pass_fd);
/* Receives into buf (FRAME_MAX). RC_BUSY: nothing there (non-blocking); RC_MISSING: peer closed;
 * RC_BROKEN: bad frame, more than one descriptor or truncated control data (end the channel). */
MUST enum rc frame_recv(int sock, uint8_t *buf, size_t cap, struct frame *ret_f);
/* One blocking round trip with an absolute deadline (monotonic µs); replies with another id are
 * dropped. For the short calls to keymgr and signer. */
MUST enum rc frame_call(int sock, const struct frame_out *f, int pass_fd, uint8_t *buf, size_t cap,
                        int64_t deadline_us, struct frame *ret_f);
/* Its two halves, for who has something to do in between: RC_LIMIT when the frame is full, RC_BUSY
 * at the deadline, RC_IO or RC_MISSING when the peer is gone. */
MUST enum rc frame_ask(int sock, const struct frame_out *f, int pass_fd, int64_t deadline_us);
MUST enum rc frame_answer(int sock, uint64_t id, uint8_t *buf, size_t cap, int64_t deadline_us,
                          struct frame *ret_f);

/* Bodies larger than a frame: a memfd sealed against shrink, grow, write and further seals. The
 * receiver checks seals and size and uses pread (body_fd_read), never mmap. */
MUST enum rc body_fd_new(struct bytes body, int *ret_fd);
MUST enum rc body_fd_read(int fd, size_t max, struct arena *mem, struct bytes *ret_body);

#endif
