/* backup_copies.c: an archive's copies: each target gets one of its own, temporary name → write →
 * fsync → read back and checked → its name → fsync of the folder; one that is there already is
 * read. A target that is missing, full or broken is told to the catalogue, and the next one's turn
 * comes. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/backups_own.h"
#include "proc/copy_remote.h"

static void next_target(struct backup_job *j);

/* --- the end ---------------------------------------------------------------------------------- */

void
copies_print(const struct backup_job *j, char ret_json[static JSON_MAX])
{
    struct instant at = {0};
    char text[32];
    (void)!stamp_parse(str_of(j->id), &at);
    const struct str completed = instant_print(at, text);
    (void)snprintf(ret_json, JSON_MAX,
                   "{\"id\":\"%s\",\"workspace\":%lld,\"completedAt\":\"%.*s\",\"verified\":true,"
                   "\"bytes\":%lld,\"hash\":\"%s\",\"copies\":%zu,\"targets\":%zu}",
                   j->id, (long long)j->workspace, STR_FMT(completed), (long long)j->bytes, j->hash,
                   j->n_copied, j->n_targets);
}

static void
told(void *arg, const struct answer *a)
{
    struct backup_job *j = arg;
    (void)job_was_told(j, a);
    j->target++;
    next_target(j);
}

/* code "": it is there and good. */
static void
tell(struct backup_job *j, const char *code)
{
    char json[JSON_MAX];
    const char *name = j->targets[j->target].name;
    job_close_files(j);
    j->n_copied += code[0] == '\0';
    log_line(code[0] == '\0' ? LOG_NOTE : LOG_ERROR, "backup.copy",
             "ws=%lld id=%s target=%s code=%s", (long long)j->workspace, j->id, name,
             code[0] == '\0' ? "good" : code);
    (void)snprintf(json, sizeof json,
                   "{\"workspace\":%lld,\"id\":\"%s\",\"target\":\"%s\",\"code\":\"%s\"}",
                   (long long)j->workspace, j->id, name, code);
    command_order(j->m, "catalogue.copied", json, told, j);
}

/* --- one target ------------------------------------------------------------------------------- */

/* A target that is not there is not made: it may be a disk that is not. */
enum rc
copies_folder(int64_t workspace, const struct conf_target *t, struct err *err, int *ret_folder)
{
    char number[24];
    const int root = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        return fail(err, RC_IO, E_COPY_AWAY, "target: errno %d", errno);
    }
    (void)snprintf(number, sizeof number, "%lld", (long long)workspace);
    if (mkdirat(root, number, 0700) != 0 && errno != EEXIST) {
        (void)close(root);
        return archive_io(err, "folder in a target");
    }
    const int folder = openat(root, number, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int opened = errno;
    (void)close(root);
    errno = opened;
    if (folder < 0) {
        return archive_io(err, "folder in a target");
    }
    *ret_folder = folder;
    return OK;
}

static enum rc
open_copy(struct backup_job *j, struct err *err)
{
    char name[STAMP_FILE_LEN + 1];
    size_t swept;
    j->there = false;
    TRY(copies_folder(j->workspace, &j->targets[j->target], err, &j->folder));
    TRY(archive_file_sweep(j->folder, err, &swept));
    stamp_file(j->id, name);
    j->fd = openat(j->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    j->there = j->fd >= 0 || archive_is_unreadable(errno);
    if (j->there) {
        return j->fd >= 0 ? OK : fail(err, RC_BROKEN, E_ARCHIVE_UNREADABLE, "errno %d", errno);
    }
    TRY(job_need_room(j, err));
    TRY(archive_file_open(j->folder, name, err, &j->file));
    j->open = true;
    j->fd = fcntl(j->file.fd, F_DUPFD_CLOEXEC, 3);
    return j->fd >= 0 ? OK : archive_io(err, "descriptor");
}

/* --- one on another machine ------------------------------------------------------------------- */

static void
carried(void *arg, enum rc rc, const char *code)
{
    tell(arg, rc == OK ? "" : code);
}

/* The archive that has just been found good is compared with what lies there, and sent where that
 * is another or nothing. */
static void
carry(struct backup_job *j)
{
    char path[PATH_SIZE + 64];
    char name[STAMP_FILE_LEN + 1];
    stamp_file(j->id, name);
    (void)snprintf(path, sizeof path, "%s/backup/%lld/%s", j->m->dir, (long long)j->workspace,
                   name);
    const struct remote_what what = {
        .verb = "copy.keep",
        .target = j->targets[j->target].name,
        .workspace = j->workspace,
        .id = j->id,
        .bytes = j->bytes,
        .fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC),
    };
    if (what.fd < 0) {
        tell(j, code_name(E_IO));
    } else if (remote_begin(j->m, &what, carried, j) != OK) {
        tell(j, code_name(E_BUSY));
    }
}

/* A single command has no way out; the next run of the server sees to these. */
static void
skip_unreachable(struct backup_job *j)
{
    while (j->target < j->n_targets && j->targets[j->target].is_remote && !remote_can(j->m)) {
        j->target++;
    }
}

static void
next_target(struct backup_job *j)
{
    struct err err = {0};
    skip_unreachable(j);
    if (j->target >= j->n_targets) {
        char json[JSON_MAX];
        copies_print(j, json);
        job_finish(j, str_of(json));
    } else if (job_target_rests(j) != E_NONE) {
        tell(j, code_name(job_target_rests(j)));
    } else if (j->targets[j->target].is_remote) {
        carry(j);
    } else if (j->proc == NULL && j->bereft && !j->gave_up) {
        job_return(j);
    } else if (j->proc == NULL) { /* it ended: the next run, or reading this state again, does it */
        tell(j, code_name(E_IO));
    } else if (open_copy(j, &err) != OK) {
        copies_failed(j, j->there ? RC_BROKEN : RC_IO, code_name(err.code));
    } else {
        job_order(j, j->there ? "backup.verify" : "backup.copy");
    }
}

void
copies_silent(struct backup_job *j)
{
    tell(j, code_name(E_COPY_UNREACHABLE));
}

void
copies_begin(struct backup_job *j)
{
    j->copies = true;
    next_target(j);
}

void
copies_result(struct backup_job *j, const char *hash)
{
    struct err err = {0};
    if (strcmp(hash, j->hash) != 0) {
        copies_failed(j, RC_CONFLICT, code_name(E_ARCHIVE_OTHER));
    } else if (!j->there && archive_file_name(&j->file, &err) != OK) {
        tell(j, code_name(err.code));
    } else {
        tell(j, "");
    }
}

/* A copy that is there and not whole is made anew from the one that was just found good. Where
 * nothing but age deletes, it stays and is told of. */
void
copies_failed(struct backup_job *j, enum rc rc, const char *code)
{
    char name[STAMP_FILE_LEN + 1];
    const bool damaged = j->there && rc != RC_IO;
    stamp_file(j->id, name);
    if (damaged && !j->targets[j->target].appends && j->proc != NULL &&
        archive_calls.unlink(j->folder, name, 0) == 0) {
        log_line(LOG_ERROR, "backup.copy_damaged", "ws=%lld id=%s target=%s code=%s",
                 (long long)j->workspace, j->id, j->targets[j->target].name, code);
        job_close_files(j);
        next_target(j);
        return;
    }
    tell(j, code);
}
