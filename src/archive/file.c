/* file.c: an archive's bytes through a descriptor, and back; see file.h. */
#include "archive/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* put() and get() only read it. */
static void *
through(const int *fd)
{
    union {
        const int *in;
        void *out;
    } p = {.in = fd};
    return p.out;
}

static enum rc
put(void *arg, struct bytes b, struct err *err)
{
    const int *fd = arg;
    while (b.n > 0) {
        const ssize_t n = archive_calls.write(*fd, b.p, b.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return archive_io(err, "write");
        }
        b.p += n;
        b.n -= (size_t)n;
    }
    return OK;
}

struct archive_out
archive_fd_out(const int *fd)
{
    return (struct archive_out){put, through(fd)};
}

struct archive_out
archive_file_out(struct archive_file *f)
{
    return archive_fd_out(&f->fd);
}

static enum rc
get(void *arg, void *p, size_t cap, size_t *ret_n, struct err *err)
{
    const int *fd = arg;
    ssize_t n;
    do {
        n = archive_calls.read(*fd, p, cap);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return archive_is_unreadable(errno)
                   ? fail(err, RC_BROKEN, E_ARCHIVE_UNREADABLE, "archive: read: errno %d", errno)
                   : archive_io(err, "read");
    }
    *ret_n = (size_t)n;
    return OK;
}

struct archive_in
archive_fd_in(const int *fd)
{
    return (struct archive_in){get, through(fd)};
}

/* What stands on the disk, not what the kernel remembers of it, as far as it lets go. */
enum rc
archive_fd_check(int fd, const struct archive_want *want, struct err *err,
                 struct archive_seen *ret_seen)
{
    const struct archive_sink nobody = {0};
    const struct archive_in in = archive_fd_in(&fd);
    if (archive_calls.fsync(fd) != 0) {
        return archive_io(err, "fsync");
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return archive_io(err, "seek"); /* uncovered: a regular file */
    }
    return archive_read(&in, want, &nobody, err, ret_seen);
}

enum rc
archive_file_keep(struct archive_file *f, const struct archive_want *want, struct err *err,
                  struct archive_seen *ret_seen)
{
    TRY(archive_fd_check(f->fd, want, err, ret_seen));
    return archive_file_name(f, err);
}
