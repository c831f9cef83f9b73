/* worn_egress.c: the same of kontor-egress, for a file with the set-group-id bit. It is linked with
 * --wrap, for egress reads what it carries by pread() alone. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t __real_pread64(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t at);

ssize_t
__wrap_pread64(int fd, void *p, size_t n, off_t at)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && (st.st_mode & S_ISGID) != 0) {
        errno = EIO;
        return -1;
    }
    return __real_pread64(fd, p, n, at);
}
