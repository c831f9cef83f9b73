/* export_file.c: see export_file.h. */
#include "app/transfer/export_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512, NAME_BYTES = 40 };

static char folder[PATH_BYTES];

void
export_files_in(const char *dir)
{
    (void)snprintf(folder, sizeof(folder), "%s%s", dir != NULL ? dir : "",
                   dir != NULL ? "/export" : "");
}

static void
name_of(int64_t id, const char *kind, char ret_name[static NAME_BYTES])
{
    (void)snprintf(ret_name, NAME_BYTES, "%lld.%s", (long long)id, kind);
}

static enum rc
failed(struct err *err, const char *what)
{
    return fail(err, errno == ENOENT ? RC_MISSING : RC_IO, errno == ENOENT ? E_MISSING : E_IO,
                "%s: errno %d", what, errno);
}

static enum rc
open_folder(bool make, struct err *err, int *ret_fd)
{
    if (folder[0] == '\0') {
        return fail(err, RC_MISSING, E_MISSING, "no folder");
    }
    if (make && mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return failed(err, "folder");
    }
    *ret_fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *ret_fd >= 0 ? OK : failed(err, "folder");
}

/* One file of the folder, by its kind. */
static enum rc
open_in(int64_t id, const char *kind, int flags, struct err *err, int *ret_fd)
{
    int dir = -1;
    char name[NAME_BYTES];
    name_of(id, kind, name);
    TRY(open_folder((flags & O_CREAT) != 0, err, &dir));
    *ret_fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
    const enum rc rc = *ret_fd >= 0 ? OK : failed(err, name);
    (void)close(dir);
    return rc;
}

enum rc
export_file_begin(int64_t id, struct err *err, int *ret_fd)
{
    return open_in(id, "part", O_RDWR | O_CREAT, err, ret_fd);
}

enum rc
export_file_open(int64_t id, int64_t size, struct err *err, int *ret_fd)
{
    struct stat st;
    TRY(open_in(id, "kontor", O_RDONLY, err, ret_fd));
    if (fstat(*ret_fd, &st) != 0 || st.st_size != size) {
        (void)close(*ret_fd);
        return fail(err, RC_MISSING, E_MISSING, "%lld: not the file that was written",
                    (long long)id);
    }
    return OK;
}

static enum rc
name_it(int dir, int64_t id, struct err *err)
{
    char part[NAME_BYTES];
    char whole[NAME_BYTES];
    name_of(id, "part", part);
    name_of(id, "kontor", whole);
    if (renameat(dir, part, dir, whole) != 0 &&
        (errno != ENOENT || faccessat(dir, whole, F_OK, 0) != 0)) {
        return failed(err, whole);
    }
    return fsync(dir) == 0 ? OK : failed(err, "folder");
}

enum rc
export_file_keep(int64_t id, struct err *err)
{
    int dir = -1;
    TRY(open_folder(false, err, &dir));
    const enum rc rc = name_it(dir, id, err);
    (void)close(dir);
    return rc;
}

static enum rc
remove_name(int dir, const char *name, struct err *err)
{
    return unlinkat(dir, name, 0) == 0 || errno == ENOENT ? OK : failed(err, name);
}

enum rc
export_file_remove(int64_t id, struct err *err)
{
    int dir = -1;
    char name[NAME_BYTES];
    enum rc rc = open_folder(false, err, &dir);
    if (rc != OK) {
        return rc == RC_MISSING ? OK : rc;
    }
    name_of(id, "part", name);
    rc = remove_name(dir, name, err);
    name_of(id, "kontor", name);
    rc = rc == OK ? remove_name(dir, name, err) : rc;
    (void)close(dir);
    return rc;
}

static bool
is_known(const char *name, const int64_t *known, size_t n)
{
    char *end;
    const long long id = strtoll(name, &end, 10);
    for (size_t i = 0; i < n && end != name && *end == '.'; i++) {
        if (known[i] == id) {
            return true;
        }
    }
    return false;
}

static enum rc
sweep(DIR *list, const int64_t *known, size_t n, struct err *err)
{
    const struct dirent *e;
    while ((e = readdir(list)) != NULL) { // NOLINT(concurrency-mt-unsafe): no threads
        if (e->d_name[0] != '.' && !is_known(e->d_name, known, n)) {
            TRY(remove_name(dirfd(list), e->d_name, err));
        }
    }
    return OK;
}

enum rc
export_file_sweep(const int64_t *known, size_t n, struct err *err)
{
    int dir = -1;
    const enum rc opened = open_folder(false, err, &dir);
    if (opened != OK) {
        return opened == RC_MISSING ? OK : opened;
    }
    DIR *list = fdopendir(dir);
    if (list == NULL) {
        (void)close(dir);                // uncovered: the folder is open
        return failed(err, "fdopendir"); // uncovered: the same
    }
    const enum rc rc = sweep(list, known, n, err);
    (void)closedir(list);
    return rc;
}
