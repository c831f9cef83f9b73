/* drill_files.c: the archive that is read, and the folder where its state is loaded. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "proc/drills_own.h"

/* --- the archive -------------------------------------------------------------------------------
 */

/* "" becomes the newest that lies in the folder. */
static void
find_newest(int folder, char id[static STAMP_LEN + 1])
{
    char found[STAMP_LEN + 1];
    DIR *dir = fdopendir(fcntl(folder, F_DUPFD_CLOEXEC, 3));
    for (const struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        if (stamp_of_file(str_of(e->d_name), found) == OK && strcmp(found, id) > 0) {
            memcpy(id, found, sizeof found);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

enum rc
drill_open_archive(struct drill_job *j, struct err *err)
{
    char path[PATH_SIZE + 64];
    char name[STAMP_FILE_LEN + 1];
    (void)snprintf(path, sizeof path, "%s/backup/%lld", j->m->dir, (long long)j->workspace);
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) {
        return fail(err, errno == ENOENT ? RC_MISSING : RC_IO, E_MISSING, "no backups yet");
    }
    if (j->id[0] == '\0') {
        find_newest(folder, j->id);
    }
    stamp_file(j->id, name);
    j->fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    const int cause = errno;
    (void)close(folder);
    return j->fd >= 0 ? OK : fail(err, cause == ENOENT ? RC_MISSING : RC_IO, E_MISSING, "%s", name);
}

bool
drill_is_there(const struct drill_job *j)
{
    char path[PATH_SIZE + 64];
    char name[STAMP_FILE_LEN + 1];
    stamp_file(j->id, name);
    (void)snprintf(path, sizeof path, "%s/backup/%lld/%s", j->m->dir, (long long)j->workspace,
                   name);
    return access(path, R_OK) == 0;
}

/* --- the folder --------------------------------------------------------------------------------
 */

/* Master may not look into one that is there. */
enum rc
drill_make_room(const struct drill_job *j, struct err *err)
{
    char path[PATH_SIZE + 64];
    struct stat st;
    const uid_t uid = role_uid(j->m, R_DRILL, j->workspace);
    (void)snprintf(path, sizeof path, "%s/state", j->m->dir);
    TRY(make_folder(path, 0711, getuid(), err));
    (void)snprintf(path, sizeof path, "%s/state/%lld", j->m->dir, (long long)j->workspace);
    const bool is_there = lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid;
    return is_there ? OK : make_folder(path, 0700, uid, err);
}
