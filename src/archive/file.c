/* file.c: see file.h. */
#include "archive/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char part[] = ".part";
enum {
    PART_MAX = ARCHIVE_NAME_MAX + sizeof(part) + 1,
    NAME_MOST = ARCHIVE_NAME_MAX - sizeof(part)
};

struct archive_calls archive_calls = {write, read, fsync, renameat2, unlinkat};

static enum rc
io(struct err *err, const char *what)
{
    return fail(err, RC_IO, errno == ENOSPC || errno == EDQUOT ? E_STORE_FULL : E_IO,
                "archive: %s: errno %d", what, errno);
}

static void
part_name(const char *name, char ret[static PART_MAX])
{
    (void)snprintf(ret, PART_MAX, "%s%s", name, part);
}

enum rc
archive_file_open(int folder, const char *name, struct err *err, struct archive_file *ret_f)
{
    char temporary[PART_MAX];
    struct archive_file f = {.folder = folder};
    const size_t n = strlen(name);
    if (n == 0 || n > NAME_MOST || name[0] == '.' || strchr(name, '/') != NULL ||
        str_ends(str_of(name), STR(".part"))) {
        return fail(err, RC_INVALID, E_ARCHIVE_FORM, "name of an archive");
    }
    if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return fail(err, RC_CONFLICT, E_ARCHIVE_EXISTS, "archive: name is taken");
    }
    part_name(name, temporary);
    (void)archive_calls.unlink(folder, temporary, 0);
    f.fd = openat(folder, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (f.fd < 0) {
        return io(err, "create");
    }
    memcpy(f.name, name, n + 1);
    *ret_f = f;
    return OK;
}

static enum rc
put(void *arg, struct bytes b, struct err *err)
{
    const struct archive_file *f = arg;
    while (b.n > 0) {
        const ssize_t n = archive_calls.write(f->fd, b.p, b.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return io(err, "write");
        }
        b.p += n;
        b.n -= (size_t)n;
    }
    return OK;
}

struct archive_out
archive_file_out(struct archive_file *f)
{
    return (struct archive_out){put, f};
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
        return io(err, "read");
    }
    *ret_n = (size_t)n;
    return OK;
}

struct archive_in
archive_fd_in(const int *fd)
{
    union {
        const int *in;
        void *out;
    } p = {.in = fd}; /* get() only reads it */
    return (struct archive_in){get, p.out};
}

/* What stands on the disk, not what the kernel remembers of it, as far as it lets go. */
static enum rc
read_back(const struct archive_file *f, const struct archive_want *want, struct err *err,
          struct archive_seen *ret_seen)
{
    const struct archive_sink nobody = {0};
    const struct archive_in in = archive_fd_in(&f->fd);
    (void)posix_fadvise(f->fd, 0, 0, POSIX_FADV_DONTNEED);
    if (lseek(f->fd, 0, SEEK_SET) != 0) {
        return io(err, "seek"); /* uncovered: a regular file */
    }
    return archive_read(&in, want, &nobody, err, ret_seen);
}

enum rc
archive_file_keep(struct archive_file *f, const struct archive_want *want, struct err *err,
                  struct archive_seen *ret_seen)
{
    char temporary[PART_MAX];
    part_name(f->name, temporary);
    if (archive_calls.fsync(f->fd) != 0) {
        return io(err, "fsync");
    }
    TRY(read_back(f, want, err, ret_seen));
    if (archive_calls.rename(f->folder, temporary, f->folder, f->name, RENAME_NOREPLACE) != 0) {
        return errno == EEXIST ? fail(err, RC_CONFLICT, E_ARCHIVE_EXISTS, "archive: name is taken")
                               : io(err, "rename");
    }
    if (archive_calls.fsync(f->folder) != 0) {
        /* Whether the name is there after a power cut is not known, so it is not called done. */
        const enum rc rc = io(err, "fsync of the folder");
        (void)archive_calls.unlink(f->folder, f->name, 0);
        return rc;
    }
    f->name[0] = '\0';
    return OK;
}

void
archive_file_drop(struct archive_file *f)
{
    char temporary[PART_MAX];
    if (f->name[0] != '\0') {
        part_name(f->name, temporary);
        (void)archive_calls.unlink(f->folder, temporary, 0);
    }
    (void)close(f->fd);
    f->fd = -1;
}

enum rc
archive_file_sweep(int folder, struct err *err, size_t *ret_removed)
{
    size_t removed = 0;
    const int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        return io(err, "folder");
    }
    enum rc rc = OK;
    for (const struct dirent *e = readdir(dir); e != NULL && rc == OK; e = readdir(dir)) {
        if (!str_ends(str_of(e->d_name), STR(".part"))) {
            continue;
        }
        if (archive_calls.unlink(folder, e->d_name, 0) == 0) {
            removed++;
        } else {
            rc = io(err, "remove a leftover");
        }
    }
    (void)closedir(dir);
    if (rc == OK) {
        *ret_removed = removed;
    }
    return rc;
}
