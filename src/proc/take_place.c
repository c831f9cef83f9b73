/* take_place.c: see take_place.h. */
#include "proc/take_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum rc
sync_folder_of(const char *path, struct err *err)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - path);
    (void)snprintf(folder, sizeof folder, "%.*s/", (int)(n < PATH_MAX / 2 ? n : 0), path);
    int d = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = d >= 0 && fsync(d) == 0;
    int e = errno;
    if (d >= 0) {
        close(d);
    }
    return done ? OK : fail(err, RC_IO, E_IO, "fsync of the folder: errno %d", e);
}

enum rc
take_place(const char *fresh, const char *path, struct err *err)
{
    TRY(sync_folder_of(fresh, err));
    if (rename(fresh, path) != 0) {
        return fail(err, RC_IO, E_IO, "rename: errno %d", errno);
    }
    return sync_folder_of(path, err);
}
