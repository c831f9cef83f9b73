/* place.c: an archive's names in its folder; see file.h. No cryptography here: master, who owns the
 * folder, links this, and the process that writes has the descriptor alone. */
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

enum rc
archive_io(struct err *err, const char *what)
{
    return fail(err, RC_IO, errno == ENOSPC || errno == EDQUOT ? E_STORE_FULL : E_IO,
                "archive: %s: errno %d", what, errno);
}

/* A sector that is lost, one whose checksum does not fit, a file system that finds itself broken,
 * something that is no file in its place. */
bool
archive_is_unreadable(int cause)
{
    static const int causes[] = {EIO, EBADMSG, EUCLEAN, ENODATA, EISDIR};
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        if (cause == causes[i]) {
            return true;
        }
    }
    return false;
}

static void
part_name(const char *name, char ret[static PART_MAX])
{
    (void)snprintf(ret, PART_MAX, "%s%s", name, part);
}

static enum rc
create(int folder, const char *name, bool replaces, struct err *err, struct archive_file *ret_f)
{
    char temporary[PART_MAX];
    struct archive_file f = {.folder = folder, .replaces = replaces};
    const size_t n = strlen(name);
    if (n == 0 || n > NAME_MOST || name[0] == '.' || strchr(name, '/') != NULL ||
        str_ends(str_of(name), STR(".part"))) {
        return fail(err, RC_INVALID, E_ARCHIVE_FORM, "name of an archive");
    }
    if (!replaces && faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return fail(err, RC_CONFLICT, E_ARCHIVE_EXISTS, "archive: name is taken");
    }
    part_name(name, temporary);
    (void)archive_calls.unlink(folder, temporary, 0);
    f.fd = openat(folder, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (f.fd < 0) {
        return archive_io(err, "create");
    }
    memcpy(f.name, name, n + 1);
    *ret_f = f;
    return OK;
}

enum rc
archive_file_open(int folder, const char *name, struct err *err, struct archive_file *ret_f)
{
    return create(folder, name, false, err, ret_f);
}

enum rc
archive_file_replace(int folder, const char *name, struct err *err, struct archive_file *ret_f)
{
    return create(folder, name, true, err, ret_f);
}

enum rc
archive_file_name(struct archive_file *f, struct err *err)
{
    char temporary[PART_MAX];
    part_name(f->name, temporary);
    const unsigned how = f->replaces ? 0 : RENAME_NOREPLACE;
    if (archive_calls.rename(f->folder, temporary, f->folder, f->name, how) != 0) {
        return errno == EEXIST ? fail(err, RC_CONFLICT, E_ARCHIVE_EXISTS, "archive: name is taken")
                               : archive_io(err, "rename");
    }
    if (archive_calls.fsync(f->folder) != 0) {
        /* Whether the name is there after a power cut is not known, so it is not called done. */
        const enum rc rc = archive_io(err, "fsync of the folder");
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
archive_file_remove(int folder, const char *name, struct err *err)
{
    if (archive_calls.unlink(folder, name, 0) != 0 && errno != ENOENT) {
        return archive_io(err, "unlink");
    }
    return archive_calls.fsync(folder) == 0 ? OK : archive_io(err, "fsync of the folder");
}

enum rc
archive_file_sweep(int folder, struct err *err, size_t *ret_removed)
{
    size_t removed = 0;
    const int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        return archive_io(err, "folder");
    }
    enum rc rc = OK;
    for (const struct dirent *e = readdir(dir); e != NULL && rc == OK; e = readdir(dir)) {
        if (!str_ends(str_of(e->d_name), STR(".part"))) {
            continue;
        }
        if (archive_calls.unlink(folder, e->d_name, 0) == 0) {
            removed++;
        } else {
            rc = archive_io(err, "remove a leftover");
        }
    }
    (void)closedir(dir);
    if (rc == OK) {
        *ret_removed = removed;
    }
    return rc;
}
