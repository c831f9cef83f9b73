/* drill_files.c: the folder where a state is loaded. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "proc/drills_own.h"

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
