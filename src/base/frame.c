/* frame.c: writing, parsing, sending and receiving frames. frame_parse is the one place that
 * decides whether bytes are a frame; frame_get and frame_next rely on its verdict and check no
 * more. */
#include "base/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/time.h"

enum {
    HEAD_SIZE = 16,
    FIELD_HEAD_SIZE = 8,
    FDS_MAX = 4,  /* room to see that more than one came */
    COUNT_AT = 6, /* where the head keeps the number of fields */
    BODY_SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL
};

/* "KNT" and the version of the format and of wire.h: processes of two builds do not talk. */
static const uint32_t frame_magic = 0x4B4E5402;

/* --- writing --------------------------------------------------------------------------------- */

void
frame_begin(struct frame_out *f, uint8_t *buf, size_t cap, uint16_t type, uint64_t id)
{
    *f = (struct frame_out){.p = buf, .cap = cap < FRAME_MAX ? cap : FRAME_MAX};
    if (f->cap < HEAD_SIZE) {
        f->full = true;
        return;
    }
    uint16_t count = 0;
    memcpy(buf, &frame_magic, 4);
    memcpy(buf + 4, &type, 2);
    memcpy(buf + COUNT_AT, &count, 2);
    memcpy(buf + 8, &id, 8);
    f->n = HEAD_SIZE;
}

void
frame_put(struct frame_out *f, uint16_t tag, const void *p, size_t n)
{
    uint16_t count = FRAME_FIELDS_MAX;
    if (!f->full) {
        memcpy(&count, f->p + COUNT_AT, 2);
    }
    if (count == FRAME_FIELDS_MAX || f->cap - f->n < FIELD_HEAD_SIZE ||
        n > f->cap - f->n - FIELD_HEAD_SIZE) {
        f->full = true;
        return;
    }
    const uint16_t zero = 0;
    const uint32_t len = (uint32_t)n;
    uint8_t *at = f->p + f->n;
    memcpy(at, &tag, 2);
    memcpy(at + 2, &zero, 2);
    memcpy(at + 4, &len, 4);
    if (n > 0) {
        memcpy(at + FIELD_HEAD_SIZE, p, n);
    }
    f->n += FIELD_HEAD_SIZE + n;
    count++;
    memcpy(f->p + COUNT_AT, &count, 2);
}

void
frame_put_str(struct frame_out *f, uint16_t tag, struct str s)
{
    if (s.p != NULL) {
        frame_put(f, tag, s.p, s.n);
    }
}

void
frame_put_i64(struct frame_out *f, uint16_t tag, int64_t v)
{
    frame_put(f, tag, &v, sizeof v);
}

/* --- parsing --------------------------------------------------------------------------------- */

/* Reads the field at *pos, which lies at a field's start or at the end; false when it does not fit.
 */
static bool
field_at(const uint8_t *p, size_t n, size_t *pos, uint16_t *ret_tag, struct str *ret_value)
{
    uint16_t zero;
    uint32_t len;
    if (n - *pos < FIELD_HEAD_SIZE) {
        return false;
    }
    memcpy(ret_tag, p + *pos, 2);
    memcpy(&zero, p + *pos + 2, 2);
    memcpy(&len, p + *pos + 4, 4);
    if (zero != 0 || *ret_tag == 0 || len > n - *pos - FIELD_HEAD_SIZE) {
        return false;
    }
    *ret_value = (struct str){(const char *)p + *pos + FIELD_HEAD_SIZE, len};
    *pos += FIELD_HEAD_SIZE + len;
    return true;
}

enum rc
frame_parse(const uint8_t *p, size_t n, struct frame *ret_f)
{
    struct frame f = {.p = p, .n = n, .fd = -1};
    uint32_t magic;
    uint16_t count;
    size_t pos = HEAD_SIZE;

    if (n < HEAD_SIZE || n > FRAME_MAX) {
        return RC_BROKEN;
    }
    memcpy(&magic, p, 4);
    memcpy(&f.type, p + 4, 2);
    memcpy(&count, p + COUNT_AT, 2);
    memcpy(&f.id, p + 8, 8);
    if (magic != frame_magic || count > FRAME_FIELDS_MAX) {
        return RC_BROKEN;
    }
    for (uint16_t i = 0; i < count; i++) {
        uint16_t tag;
        struct str value;
        if (!field_at(p, n, &pos, &tag, &value)) {
            return RC_BROKEN;
        }
    }
    if (pos != n) {
        return RC_BROKEN;
    }
    *ret_f = f;
    return OK;
}

void
frame_wipe(const struct frame *f)
{
    union {
        const uint8_t *received;
        uint8_t *buf; /* the receiver's own, which was writable before the kernel filled it */
    } p = {f->p};
    explicit_bzero(p.buf, f->n);
}

bool
frame_next(const struct frame *f, size_t *pos, uint16_t *ret_tag, struct str *ret_value)
{
    if (*pos == 0) {
        *pos = HEAD_SIZE;
    }
    return field_at(f->p, f->n, pos, ret_tag, ret_value);
}

struct str
frame_get(const struct frame *f, uint16_t tag)
{
    size_t pos = 0;
    uint16_t found;
    struct str value;
    while (frame_next(f, &pos, &found, &value)) {
        if (found == tag) {
            return value;
        }
    }
    return STR_NONE;
}

enum rc
frame_get_i64(const struct frame *f, uint16_t tag, int64_t *ret_v)
{
    struct str value = frame_get(f, tag);
    if (value.p == NULL) {
        return RC_MISSING;
    }
    if (value.n != sizeof *ret_v) {
        return RC_BROKEN;
    }
    memcpy(ret_v, value.p, sizeof *ret_v);
    return OK;
}

/* --- sending and receiving ------------------------------------------------------------------- */

/* Room for the control data of FDS_MAX descriptors, aligned as the kernel's macros want it. */
union control {
    struct cmsghdr align;
    uint8_t p[CMSG_SPACE(sizeof(int) * FDS_MAX)];
};

static enum rc
send_flags(int sock, const struct frame_out *f, int pass_fd, int flags)
{
    struct iovec iov = {.iov_base = f->p, .iov_len = f->n};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    union control control = {0};
    ssize_t done;

    if (f->full) {
        return RC_LIMIT;
    }
    if (pass_fd >= 0) {
        msg.msg_control = control.p;
        msg.msg_controllen = CMSG_SPACE(sizeof pass_fd);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof pass_fd);
        memcpy(CMSG_DATA(c), &pass_fd, sizeof pass_fd);
    }
    do {
        done = sendmsg(sock, &msg, MSG_NOSIGNAL | flags);
    } while (done < 0 && errno == EINTR);
    if (done >= 0) {
        return OK;
    }
    return errno == EAGAIN ? RC_BUSY : RC_IO;
}

enum rc
frame_send(int sock, const struct frame_out *f, int pass_fd)
{
    return send_flags(sock, f, pass_fd, 0);
}

/* The descriptors of a received message: their number, the first in *ret_fd, all others closed. */
static size_t
take_fds(struct msghdr *msg, int *ret_fd)
{
    size_t count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (count++ == 0) {
                *ret_fd = fd;
            } else {
                (void)close(fd);
            }
        }
    }
    return count;
}

static enum rc
recv_flags(int sock, uint8_t *buf, size_t cap, int flags, struct frame *ret_f)
{
    struct iovec iov = {.iov_base = buf, .iov_len = cap};
    union control control = {0};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.p,
                         .msg_controllen = sizeof control.p};
    struct frame f;
    int fd = -1;
    ssize_t n;

    do {
        n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | flags);
        /* A peer that ended with something of ours unread: the kernel says so once, before it gives
         * what the peer had sent. */
    } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n < 0) {
        return errno == EAGAIN ? RC_BUSY : RC_IO;
    }
    size_t fds = take_fds(&msg, &fd);
    if (n == 0 && fds == 0) {
        return RC_MISSING;
    }
    if (fds > 1 || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
        frame_parse(buf, (size_t)n, &f) != OK) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return RC_BROKEN;
    }
    f.fd = fd;
    *ret_f = f;
    return OK;
}

enum rc
frame_recv(int sock, uint8_t *buf, size_t cap, struct frame *ret_f)
{
    return recv_flags(sock, buf, cap, 0, ret_f);
}

/* Waits until the socket is ready for `events` or has ended; RC_BUSY when the deadline passes. */
static enum rc
wait_for(int sock, short events, int64_t deadline_us)
{
    struct pollfd p = {.fd = sock, .events = events};
    int ready;
    do {
        int64_t left = deadline_us - time_mono_us();
        if (left <= 0) {
            return RC_BUSY;
        }
        /* Rounded up, so that the last wait does not spin; an hour at most, so that it fits. */
        int64_t ms = left / 1000 + 1;
        ready = poll(&p, 1, ms < 3600000 ? (int)ms : 3600000);
    } while (ready == 0 || (ready < 0 && errno == EINTR));
    return ready < 0 ? RC_IO : OK;
}

enum rc
frame_ask(int sock, const struct frame_out *f, int pass_fd, int64_t deadline_us)
{
    enum rc rc;
    if (f->full) {
        return RC_LIMIT;
    }
    do {
        TRY(wait_for(sock, POLLOUT, deadline_us));
        rc = send_flags(sock, f, pass_fd, MSG_DONTWAIT);
    } while (rc == RC_BUSY);
    return rc;
}

enum rc
frame_answer(int sock, uint64_t id, uint8_t *buf, size_t cap, int64_t deadline_us,
             struct frame *ret_f)
{
    for (;;) {
        struct frame got;
        TRY(wait_for(sock, POLLIN, deadline_us));
        enum rc rc = recv_flags(sock, buf, cap, MSG_DONTWAIT, &got);
        if (rc == OK && got.id == id) {
            *ret_f = got;
            return OK;
        }
        if (rc == OK && got.fd >= 0) {
            (void)close(got.fd);
        }
        if (rc != OK && rc != RC_BUSY) {
            return rc;
        }
    }
}

enum rc
frame_call(int sock, const struct frame_out *f, int pass_fd, uint8_t *buf, size_t cap,
           int64_t deadline_us, struct frame *ret_f)
{
    uint64_t id;
    TRY(frame_ask(sock, f, pass_fd, deadline_us));
    memcpy(&id, f->p + 8, sizeof id);
    return frame_answer(sock, id, buf, cap, deadline_us, ret_f);
}

/* --- bodies ---------------------------------------------------------------------------------- */

static enum rc
write_all(int fd, struct bytes b)
{
    for (size_t done = 0; done < b.n;) {
        ssize_t n = write(fd, b.p + done, b.n - done);
        if (n < 0 && errno != EINTR) {
            return RC_IO;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return OK;
}

enum rc
body_fd_new(struct bytes body, int *ret_fd)
{
    int fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return RC_IO;
    }
    if (write_all(fd, body) != OK || fcntl(fd, F_ADD_SEALS, BODY_SEALS) != 0) {
        (void)close(fd);
        return RC_IO;
    }
    *ret_fd = fd;
    return OK;
}

enum rc
body_fd_read(int fd, size_t max, struct arena *mem, struct bytes *ret_body)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & BODY_SEALS) != BODY_SEALS || fstat(fd, &st) != 0) {
        return RC_BROKEN;
    }
    size_t size = (size_t)st.st_size;
    if (size > max) {
        return RC_LIMIT;
    }
    uint8_t *p = arena_alloc(mem, size);
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(fd, p + done, size - done, (off_t)done);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return RC_IO;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    *ret_body = (struct bytes){p, size};
    return OK;
}
