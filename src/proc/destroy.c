/* destroy.c: see destroy.h. The key is gone before: what is deleted here is noise to everybody, and
 * is deleted because nobody needs it. */
#include "proc/destroy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

enum { AT_ONCE = 256, DEPTH_MAX = 8, PATH_MAX_ = 640 };

struct sweep {
    struct destroyed *sum;
    int left; /* how many more in this turn */
};

static enum rc sweep_folder(struct sweep *s, int parent, const char *name, int depth,
                            bool *ret_done);

/* One name of an open folder. */
static enum rc
sweep_name(struct sweep *s, int folder, const char *name, int depth, bool *ret_done)
{
    struct stat st;
    *ret_done = false;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return RC_IO;
    }
    if (S_ISDIR(st.st_mode)) {
        return depth == 0 ? RC_IO : sweep_folder(s, folder, name, depth - 1, ret_done);
    }
    if (s->left == 0) {
        return OK;
    }
    if (unlinkat(folder, name, 0) != 0) {
        return RC_IO;
    }
    s->left--;
    s->sum->files++;
    s->sum->bytes += st.st_size;
    *ret_done = true;
    return OK;
}

static enum rc
sweep_names(struct sweep *s, DIR *d, int depth, bool *ret_done)
{
    *ret_done = true;
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(d);
        if (e == NULL) {
            return errno == 0 ? OK : RC_IO;
        }
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        TRY(sweep_name(s, dirfd(d), e->d_name, depth, ret_done));
        if (!*ret_done) {
            return OK;
        }
    }
}

/* A folder with all that is in it. One that is not there is done. It is a worker's user's, and
 * closed to master, who may give folders away and take them. */
static enum rc
sweep_folder(struct sweep *s, int parent, const char *name, int depth, bool *ret_done)
{
    (void)!fchownat(parent, name, geteuid(), (gid_t)-1, AT_SYMLINK_NOFOLLOW);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    *ret_done = fd < 0 && errno == ENOENT;
    if (fd < 0) {
        return *ret_done ? OK : RC_IO;
    }
    DIR *d = fdopendir(fd);
    if (d == NULL) {
        close(fd);
        return RC_IO;
    }
    enum rc rc = sweep_names(s, d, depth, ret_done);
    closedir(d);
    if (rc == OK && *ret_done && unlinkat(parent, name, AT_REMOVEDIR) != 0) {
        rc = RC_IO;
    }
    return rc;
}

static enum rc
sweep_in(struct sweep *s, const char *dir, const char *folder, int64_t workspace, bool *ret_done)
{
    char path[PATH_MAX_];
    char name[24];
    (void)snprintf(path, sizeof path, "%s/%s", dir, folder);
    (void)snprintf(name, sizeof name, "%lld", (long long)workspace);
    int parent = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    *ret_done = parent < 0 && errno == ENOENT;
    if (parent < 0) {
        return *ret_done ? OK : RC_IO;
    }
    enum rc rc = sweep_folder(s, parent, name, DEPTH_MAX, ret_done);
    if (rc == OK && *ret_done && fsync(parent) != 0) {
        rc = RC_IO;
    }
    close(parent);
    return rc;
}

enum rc
destroy_files(const char *dir, int64_t workspace, struct destroyed *sum, bool *ret_done,
              struct err *err)
{
    static const char *const folders[] = {"state", "workspaces"};
    struct sweep s = {sum, AT_ONCE};
    *ret_done = true;
    for (size_t i = 0; *ret_done && i < sizeof folders / sizeof folders[0]; i++) {
        if (workspace < 1 || sweep_in(&s, dir, folders[i], workspace, ret_done) != OK) {
            *ret_done = false;
            return fail(err, RC_IO, E_IO, "%s/%lld: errno %d", folders[i], (long long)workspace,
                        errno);
        }
    }
    return OK;
}
