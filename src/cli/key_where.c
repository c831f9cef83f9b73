/* key_where.c: see key.h. */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cli/key.h"

enum { TMPFS = 0x01021994 };
static const unsigned ramfs = 0x858458f6;

/* Links are followed: what counts is where the bytes are. */
static bool
is_inside(const char *dir, const char *path)
{
    char folder[PATH_MAX];
    char file[PATH_MAX];
    if (realpath(dir, folder) == NULL || realpath(path, file) == NULL) {
        return false;
    }
    size_t n = strlen(folder);
    return strncmp(folder, file, n) == 0 && file[n] == '/';
}

static bool
is_memory(const char *path)
{
    struct statfs fs;
    return statfs(path, &fs) == 0 && ((unsigned)fs.f_type == TMPFS || (unsigned)fs.f_type == ramfs);
}

/* Who may not look into the key's folder, as a server that looks at itself, judges by the nearest
 * folder above that it may see: at becomes that, and the key's own mode stays unknown. */
static int
look(char *at, struct stat *ret_key)
{
    int rc = stat(at, ret_key);
    for (char *cut = strrchr(at, '/'); rc != 0 && errno == EACCES && cut != NULL && cut != at;
         cut = strrchr(at, '/')) {
        *cut = '\0';
        rc = stat(at, ret_key);
        ret_key->st_mode = 0;
    }
    return rc;
}

void
key_where(const char *dir, const struct conf *conf, struct key_where *ret_where)
{
    struct key_where w = {.mode = KEY_ABSENT};
    struct stat key;
    struct stat data;
    if (conf->master_key[0] != '\0') {
        (void)snprintf(w.path, sizeof w.path, "%s", conf->master_key);
    } else {
        (void)snprintf(w.path, sizeof w.path, "%s/keys/master.key", dir);
    }
    char at[sizeof w.path];
    (void)snprintf(at, sizeof at, "%s", w.path);
    if (look(at, &key) != 0 || stat(dir, &data) != 0) {
        w.error = errno;
        *ret_where = w;
        return;
    }
    w.bits = key.st_mode & 07777u;
    bool tpm = access("/sys/class/tpm/tpm0", F_OK) == 0;
    if (is_inside(dir, at)) {
        w.mode = KEY_INSIDE;
    } else if (strncmp(w.path, "/run/credentials/", 17) == 0) {
        w.mode = tpm ? KEY_CREDENTIAL : KEY_CREDENTIAL_HOST;
    } else if (key.st_dev == data.st_dev) {
        w.mode = KEY_SAME_DISK;
    } else {
        w.mode = is_memory(at) ? KEY_MEMORY : KEY_OTHER_DISK;
    }
    *ret_where = w;
}

const char *
key_mode_name(enum key_mode mode)
{
    static const char *const names[] = {
        [KEY_ABSENT] = "absent",         [KEY_INSIDE] = "inside",
        [KEY_SAME_DISK] = "same-disk",   [KEY_CREDENTIAL_HOST] = "credential-host",
        [KEY_OTHER_DISK] = "other-disk", [KEY_MEMORY] = "memory",
        [KEY_CREDENTIAL] = "credential"};
    return names[mode];
}

enum text
key_mode_text(enum key_mode mode)
{
    static const enum text texts[] = {[KEY_ABSENT] = T_doctor_key_missing,
                                      [KEY_INSIDE] = T_doctor_key_inside,
                                      [KEY_SAME_DISK] = T_doctor_key_same_disk,
                                      [KEY_CREDENTIAL_HOST] = T_doctor_key_credential_host,
                                      [KEY_OTHER_DISK] = T_doctor_key_other_disk,
                                      [KEY_MEMORY] = T_doctor_key_memory,
                                      [KEY_CREDENTIAL] = T_doctor_key_credential};
    return texts[mode];
}
