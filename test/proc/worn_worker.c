/* worn_worker.c: with the objects of kontor-worker it is that program on a disk that wears out: an
 * archive whose file has the sticky bit is not given back (read: EIO), and who reads one that has
 * the set-user-id bit waits for ever. For test/proc/worn_test.mjs and test/proc/rest_test.mjs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/file.h"

static int silent[2]; /* a pipe that nobody writes to */

static ssize_t
worn_read(int fd, void *p, size_t n)
{
    struct stat st = {0};
    (void)fstat(fd, &st);
    if ((st.st_mode & S_ISVTX) != 0) {
        errno = EIO;
        return -1;
    }
    return read((st.st_mode & S_ISUID) != 0 ? silent[0] : fd, p, n);
}

static __attribute__((constructor)) void
wear_out(void)
{
    if (pipe2(silent, O_CLOEXEC) != 0) {
        abort();
    }
    archive_calls.read = worn_read;
}
