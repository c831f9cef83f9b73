/* backups.c: what master does for backups: it owns their folder, makes and names the files, lists
 * them, and has a process of role backup do the work, which sees one descriptor. */
#include "proc/backups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "archive/file.h"

enum { ID_BYTES = 16, ROW_BYTES = 256, ROWS_MAX = 4096 };
static const char ending[] = ".kontor";

struct backup_job {
    struct proc *proc;
    int folder;
    int fd; /* to be given, or -1 */
    bool writes;
    bool open; /* the file is this job's to end */
    struct archive_file file;
    char id[ID_BYTES + 1];
};

/* "20261124T003100Z": 8 digits, T, 6 digits, Z. */
static bool
is_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const bool right = i == 8    ? s.p[i] == 'T'
                           : i == 15 ? s.p[i] == 'Z'
                                     : s.p[i] >= '0' && s.p[i] <= '9';
        if (!right) {
            return false;
        }
    }
    return s.n == ID_BYTES;
}

static void
print_id(struct instant t, char ret_id[static ID_BYTES + 1])
{
    char text[32];
    const struct str s = instant_print(t, text);
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < ID_BYTES; i++) {
        if (s.p[i] != '-' && s.p[i] != ':') {
            ret_id[n++] = s.p[i];
        }
    }
    ret_id[n] = '\0';
}

static void
print_time(const char *id, char ret_text[static 32])
{
    (void)snprintf(ret_text, 32, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", id, id + 4, id + 6, id + 9,
                   id + 11, id + 13);
}

static enum rc
open_folder(const struct master *m, int64_t workspace, struct err *err, int *ret_fd)
{
    char path[PATH_SIZE + 64];
    (void)snprintf(path, sizeof path, "%s/backup/%lld", m->dir, (long long)workspace);
    TRY(make_folder(path, 0700, getuid(), err));
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return fail(err, RC_IO, E_IO, "folder of backups: errno %d", errno);
    }
    *ret_fd = fd;
    return OK;
}

/* --- one job ---------------------------------------------------------------------------------- */

static bool
is_running(const struct master *m, int64_t workspace)
{
    for (const struct proc *p = m->procs; p != NULL; p = p->next) {
        if (p->role == R_BACKUP && p->workspace == workspace) {
            return true;
        }
    }
    return false;
}

static enum rc
open_file(struct backup_job *j, struct str id, struct err *err)
{
    char name[ID_BYTES + sizeof ending];
    if (j->writes) {
        size_t swept;
        TRY(archive_file_sweep(j->folder, err, &swept));
        print_id(time_now(), j->id);
        (void)snprintf(name, sizeof name, "%s%s", j->id, ending);
        TRY(archive_file_open(j->folder, name, err, &j->file));
        j->open = true;
        j->fd = fcntl(j->file.fd, F_DUPFD_CLOEXEC, 3);
    } else {
        if (!is_id(id)) {
            return fail(err, RC_MISSING, E_MISSING, "no such backup");
        }
        (void)snprintf(j->id, sizeof j->id, "%.*s", STR_FMT(id));
        (void)snprintf(name, sizeof name, "%s%s", j->id, ending);
        j->fd = openat(j->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    }
    return j->fd >= 0 ? OK : fail(err, errno == ENOENT ? RC_MISSING : RC_IO, E_MISSING, "%s", name);
}

static enum rc
begin(struct backup_job *j, struct master *m, struct live *lv, int64_t workspace, struct str id,
      struct err *err)
{
    TRY(open_folder(m, workspace, err, &j->folder));
    TRY(open_file(j, id, err));
    const int keymgr = keymgr_bind(m, workspace, "backup");
    if (keymgr < 0) {
        return fail(err, RC_BUSY, E_BUSY, "keymgr");
    }
    j->proc = proc_spawn(m, R_BACKUP, 0, lv, keymgr);
    return j->proc != NULL ? OK : fail(err, RC_IO, E_IO, "no process");
}

enum rc
backup_begin(struct master *m, struct live *lv, int64_t workspace, bool writes, struct str id,
             struct err *err, struct backup_job **ret_job)
{
    if (is_running(m, workspace)) {
        return fail(err, RC_CONFLICT, E_BACKUP_RUNNING, "one is under way");
    }
    struct backup_job *j = loop_alloc(sizeof *j);
    *j = (struct backup_job){.folder = -1, .fd = -1, .writes = writes};
    const enum rc rc = begin(j, m, lv, workspace, id, err);
    if (rc != OK) {
        backup_end(j);
        return rc;
    }
    *ret_job = j;
    return OK;
}

struct proc *
backup_proc(const struct backup_job *j)
{
    return j->proc;
}

int
backup_take_fd(struct backup_job *j)
{
    const int fd = j->fd;
    j->fd = -1;
    return fd;
}

enum rc
backup_done(struct backup_job *j, struct str result, struct err *err, char ret_json[static 512])
{
    char at[32];
    if (j->writes) {
        TRY(archive_file_name(&j->file, err));
    }
    print_time(j->id, at);
    /* What the worker said is an object; ours goes in front. */
    (void)snprintf(ret_json, 512, "{\"id\":\"%s\",\"completedAt\":\"%s\",\"verified\":true,%.*s",
                   j->id, at, (int)(result.n > 0 ? result.n - 1 : 0),
                   result.n > 0 ? result.p + 1 : "");
    log_line(LOG_NOTE, j->writes ? "backup.kept" : "backup.good", "id=%s", j->id);
    return OK;
}

void
backup_end(struct backup_job *j)
{
    if (j == NULL) {
        return;
    }
    if (j->open) {
        archive_file_drop(&j->file);
    }
    const int fds[] = {j->fd, j->folder};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    free(j);
}

/* --- the list --------------------------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The names in a folder that are backups', ascending. */
static size_t
read_ids(int folder, char (*ids)[ID_BYTES + 1])
{
    size_t n = 0;
    DIR *dir = fdopendir(fcntl(folder, F_DUPFD_CLOEXEC, 3));
    for (const struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL && n < ROWS_MAX;
         e = readdir(dir)) {
        const struct str name = str_of(e->d_name);
        const struct str id = str_sub(name, 0, ID_BYTES);
        if (str_ends(name, STR(".kontor")) && name.n == ID_BYTES + sizeof ending - 1 && is_id(id)) {
            memcpy(ids[n], id.p, ID_BYTES);
            ids[n++][ID_BYTES] = '\0';
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    qsort(ids, n, sizeof ids[0], by_name);
    return n;
}

static size_t
put_row(char *to, size_t cap, int folder, int64_t workspace, const char *id, bool first)
{
    char name[ID_BYTES + sizeof ending];
    char at[32];
    struct stat st = {0};
    (void)snprintf(name, sizeof name, "%s%s", id, ending);
    (void)fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW);
    print_time(id, at);
    const int n =
        snprintf(to, cap,
                 "%s{\"id\":\"%s\",\"workspace\":%lld,\"completedAt\":\"%s\",\"verified\":true,"
                 "\"bytes\":%lld}",
                 first ? "" : ",", id, (long long)workspace, at, (long long)st.st_size);
    return n > 0 && (size_t)n < cap ? (size_t)n : 0;
}

enum rc
backup_list(const struct master *m, int64_t workspace, struct err *err, char **ret_json)
{
    int folder = -1;
    TRY(open_folder(m, workspace, err, &folder));
    char(*ids)[ID_BYTES + 1] = loop_alloc(ROWS_MAX * sizeof *ids);
    const size_t n_ids = read_ids(folder, ids);
    const size_t cap = n_ids * ROW_BYTES + 3;
    char *json = loop_alloc(cap);
    size_t n = 0;
    json[n++] = '[';
    for (size_t i = 0; i < n_ids; i++) {
        n += put_row(json + n, cap - n, folder, workspace, ids[i], n == 1);
    }
    json[n++] = ']';
    json[n] = '\0';
    free(ids);
    (void)close(folder);
    *ret_json = json;
    return OK;
}
