/* key_place.c: the file with the master key: where it is, and whether it may be believed. Master
 * opens it for keymgr and never reads it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "proc/master_own.h"

enum { KEY_MODE = 0400, CREDENTIAL_MODE = 0440 };

void
key_place_path(const struct master *m, char path[static PATH_SIZE + 32])
{
    if (m->conf.master_key[0] != '\0') {
        (void)snprintf(path, PATH_SIZE + 32, "%s", m->conf.master_key);
    } else {
        (void)snprintf(path, PATH_SIZE + 32, "%s/keys/master.key", m->dir);
    }
}

/* A credential for a service that is not root carries an ACL, which shows as the group's bits. */
static bool
mode_is_good(const char *path, const struct stat *st)
{
    bool credential = strncmp(path, "/run/credentials/", 17) == 0 && st->st_uid == 0;
    mode_t may = credential ? CREDENTIAL_MODE : KEY_MODE;
    return (st->st_mode & 07777 & ~may) == 0;
}

/* Root, who serves, or keymgr's own user: who else owns the file can change it. */
static bool
owner_is_good(const struct master *m, uid_t owner)
{
    return owner == 0 || owner == getuid() ||
           (getuid() == 0 && m->conf.uid_base > 0 &&
            (int64_t)owner == m->conf.uid_base + (int64_t)R_KEYMGR);
}

static enum rc
check_file(const struct master *m, const char *path, int fd, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return fail(err, RC_BROKEN, E_KEY_FORM, "%.200s is no file", path);
    }
    if (!owner_is_good(m, st.st_uid)) {
        return fail(err, RC_BROKEN, E_KEY_OWNER, "%.180s belongs to user %u, must be %u", path,
                    (unsigned)st.st_uid, (unsigned)getuid());
    }
    return mode_is_good(path, &st)
               ? OK
               : fail(err, RC_BROKEN, E_KEY_MODE, "%.200s has mode %04o, must be 0400", path,
                      st.st_mode & 07777u);
}

enum rc
key_place_open(struct master *m, struct err *err)
{
    char path[PATH_SIZE + 32];
    key_place_path(m, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return fail(err, RC_BROKEN, E_KEY_MISSING, "%.200s: %s", path, strerrorname_np(errno));
    }
    enum rc rc = check_file(m, path, fd, err);
    if (rc != OK) {
        close(fd);
        return rc;
    }
    m->master_key_fd = fd;
    return OK;
}

enum rc
key_place_changed(struct master *m, int fd, struct err *err)
{
    char path[PATH_SIZE + 32];
    key_place_path(m, path);
    if (fd < 0) {
        return fail(err, RC_INVALID, E_KEY_MISSING, "no file came along");
    }
    enum rc rc = check_file(m, path, fd, err);
    if (rc != OK) {
        close(fd);
        return rc;
    }
    close(m->master_key_fd);
    m->master_key_fd = fd;
    return OK;
}
