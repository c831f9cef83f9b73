/* drill_files.c: the folder where a state is loaded. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "proc/drills_own.h"

/* Master may not look into one that is there. */
enum rc
drill_make_room(struct master *m, int64_t workspace, struct err *err)
{
    char path[PATH_SIZE + 64];
    struct stat st;
    const uid_t uid = role_uid(m, R_DRILL, workspace);
    (void)snprintf(path, sizeof path, "%s/state", m->dir);
    TRY(make_folder(path, 0711, getuid(), err));
    (void)snprintf(path, sizeof path, "%s/state/%lld", m->dir, (long long)workspace);
    const bool is_there = lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid;
    return is_there ? OK : make_folder(path, 0700, uid, err);
}
