/* worn_worker.c: with the objects of kontor-worker it is that program on a disk that wears out: an
 * archive whose file has the sticky bit is not given back (read: EIO). For
 * test/proc/worn_test.mjs. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/file.h"

static ssize_t
worn_read(int fd, void *p, size_t n)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && (st.st_mode & S_ISVTX) != 0) {
        errno = EIO;
        return -1;
    }
    return read(fd, p, n);
}

static __attribute__((constructor)) void
wear_out(void)
{
    archive_calls.read = worn_read;
}
