/* way.c: an installation below a folder that nobody but root may enter (/root, a 0700 home).
 * Processes with user ids of their own could not reach their files there. Master then moves into a
 * mount namespace of its own, in which that folder is empty but for the way to the installation:
 * every path stays as it is, and the rest of the folder is out of reach for all of Kontor. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "proc/master_own.h"

/* The first folder on the way to path that others may not enter; false: there is none. */
static bool
closed_folder(const char *path, char *ret_folder, size_t cap)
{
    struct stat st;
    (void)snprintf(ret_folder, cap, "%s", path);
    for (char *p = ret_folder + 1; *p != '\0'; p++) {
        if (*p == '/') {
            *p = '\0';
            if (stat(ret_folder, &st) == 0 && (st.st_mode & S_IXOTH) == 0) {
                return true;
            }
            *p = '/';
        }
    }
    return false;
}

static bool
make_way(const char *from, const char *path)
{
    char part[PATH_SIZE];
    size_t at = strlen(from);
    (void)snprintf(part, sizeof part, "%s", path);
    for (char *p = part + at + 1; *p != '\0'; p++) {
        if (*p == '/') {
            *p = '\0';
            if (mkdir(part, 0755) != 0) {
                return false;
            }
            *p = '/';
        }
    }
    return mkdir(part, 0755) == 0;
}

static bool
cover(const char *folder, const char *dir)
{
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    char self[64];
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        return false;
    }
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC); /* in the new namespace */
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    bool ok = fd >= 0 && mount("kontor", folder, "tmpfs", flags, "mode=0755,size=64k") == 0 &&
              make_way(folder, dir) && mount(self, dir, NULL, MS_BIND, NULL) == 0 &&
              mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY | flags, "mode=0755") == 0 &&
              chdir("/") == 0;
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

enum rc
way_open(const char *dir, struct err *err)
{
    char folder[PATH_SIZE];
    if (!closed_folder(dir, folder, sizeof folder) || cover(folder, dir)) {
        return OK;
    }
    return fail(err, RC_IO, E_WAY, "%s is closed to other users: %s", folder,
                strerrorname_np(errno));
}
