/* backup_repair.c: an archive in DIR/backup that is not whole, or not there, is made anew from a
 * copy: one target after the other is read, until one has it whole and with the hash that the
 * catalogue knows; that is written beside it under a temporary name, synced, read back, and takes
 * its name (BAK-10). A copy that was found bad is told to the catalogue on the way. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "proc/answer.h"
#include "proc/backups_own.h"
#include "proc/copy_remote.h"

static void next_source(struct backup_job *j);

static const char *
target_name(const struct backup_job *j)
{
    return j->targets[j->target].name;
}

/* As the job failed before; nothing else did better. */
static void
give_up(struct backup_job *j)
{
    j->repairs = false;
    if (j->bad_copy) {
        j->rc = RC_BROKEN;
        (void)snprintf(j->code, sizeof j->code, "%s", code_name(E_BACKUP_NO_COPY));
    }
    log_line(LOG_ERROR, "backup.beyond", "ws=%lld id=%s code=%s", (long long)j->workspace, j->id,
             j->code);
    job_finish(j, STR_NONE);
}

static void
told(void *arg, const struct answer *a)
{
    struct backup_job *j = arg;
    (void)job_was_told(j, a);
    j->target++;
    next_source(j);
}

static void
tell(struct backup_job *j, const char *code)
{
    char json[JSON_MAX];
    job_close_files(j);
    log_line(LOG_ERROR, "backup.copy", "ws=%lld id=%s target=%s code=%s", (long long)j->workspace,
             j->id, target_name(j), code);
    (void)snprintf(json, sizeof json,
                   "{\"workspace\":%lld,\"id\":\"%s\",\"target\":\"%s\",\"code\":\"%s\"}",
                   (long long)j->workspace, j->id, target_name(j), code);
    command_order(j->m, "catalogue.copied", json, told, j);
}

/* --- the copy that is read -------------------------------------------------------------------- */

/* A disk that is not mounted leaves a folder behind in which there is nothing. */
static bool
is_empty(const char *path)
{
    bool any = false;
    DIR *dir = opendir(path);
    for (const struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL && !any;
         e = readdir(dir)) {
        any = e->d_name[0] != '.';
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return !any;
}

static enum rc
open_source(struct backup_job *j, struct err *err)
{
    char name[STAMP_FILE_LEN + 1];
    if (is_empty(j->targets[j->target].path)) { /* that says nothing of the copy */
        return fail(err, RC_IO, E_COPY_AWAY, "nothing there");
    }
    TRY(copies_folder(j->workspace, &j->targets[j->target], err, &j->folder));
    stamp_file(j->id, name);
    j->fd = openat(j->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (j->fd >= 0) {
        return OK;
    }
    return errno == ENOENT ? fail(err, RC_MISSING, E_MISSING, "%s", name)
           : archive_is_unreadable(errno)
               ? fail(err, RC_BROKEN, E_ARCHIVE_UNREADABLE, "errno %d", errno)
               : fail(err, RC_IO, E_IO, "errno %d", errno);
}

static void
fetched(void *arg, enum rc rc, const char *code)
{
    struct backup_job *j = arg;
    if (rc == OK && j->proc != NULL) {
        job_order(j, "backup.source");
    } else {
        tell(j, rc == OK ? code_name(E_IO) : code);
    }
}

/* From another machine into a file without a name. */
static void
fetch(struct backup_job *j)
{
    struct err err = {0};
    if (remote_room(j->m, j->workspace, &err, &j->fd) != OK) {
        give_up(j);
        return;
    }
    const struct remote_what what = {.verb = "copy.fetch",
                                     .target = target_name(j),
                                     .workspace = j->workspace,
                                     .id = j->id,
                                     .bytes = remote_most(j->m, j->known, j->known_bytes),
                                     .fd = fcntl(j->fd, F_DUPFD_CLOEXEC, 3)};
    if (what.fd < 0 || remote_begin(j->m, &what, fetched, j) != OK) {
        j->target++;
        job_close_files(j);
        next_source(j);
    }
}

static void
next_source(struct backup_job *j)
{
    struct err err = {0};
    if (j->target < j->n_targets && job_target_rests(j) != E_NONE) {
        tell(j, code_name(job_target_rests(j)));
    } else if (j->target < j->n_targets && j->proc == NULL && j->bereft) {
        job_return(j);
    } else if (j->target >= j->n_targets || j->proc == NULL) {
        give_up(j);
    } else if (j->targets[j->target].is_remote) {
        fetch(j);
    } else if (open_source(j, &err) != OK) {
        j->bad_copy = j->bad_copy || err.code == E_ARCHIVE_UNREADABLE;
        tell(j, code_name(err.code));
    } else {
        job_order(j, "backup.source");
    }
}

void
repair_begin(struct backup_job *j, struct str known)
{
    answer_text(known, "hash", j->known, sizeof j->known);
    j->known_bytes = answer_number(known, "bytes");
    j->repairs = true;
    j->target = 0;
    j->n_targets = conf_targets(&j->m->conf, j->m->dir, j->targets);
    next_source(j);
}

/* --- what is written -------------------------------------------------------------------------- */

static enum rc
open_here(struct backup_job *j, struct err *err)
{
    char name[STAMP_FILE_LEN + 1];
    size_t swept;
    job_close_files(j);
    TRY(job_open_folder(j, err));
    TRY(archive_file_sweep(j->folder, err, &swept));
    stamp_file(j->id, name);
    TRY(archive_file_replace(j->folder, name, err, &j->file));
    j->open = true;
    j->fd = fcntl(j->file.fd, F_DUPFD_CLOEXEC, 3);
    return j->fd >= 0 ? OK : archive_io(err, "descriptor");
}

static void
give_up_as(struct backup_job *j, enum rc rc, const char *code)
{
    j->rc = rc;
    (void)snprintf(j->code, sizeof j->code, "%s", code);
    j->bad_copy = false;
    give_up(j);
}

void
repair_result(struct backup_job *j, const char *hash)
{
    struct err err = {0};
    if (!j->rebuilds && j->known[0] != '\0' && strcmp(hash, j->known) != 0) {
        repair_failed(j, RC_CONFLICT, code_name(E_ARCHIVE_OTHER));
        return;
    }
    memcpy(j->hash, hash, sizeof j->hash);
    const enum rc rc = j->rebuilds ? archive_file_name(&j->file, &err) : open_here(j, &err);
    if (rc != OK) {
        give_up_as(j, rc, code_name(err.code));
        return;
    }
    if (!j->rebuilds) {
        j->rebuilds = true;
        job_order(j, "backup.copy");
        return;
    }
    log_line(LOG_NOTE, "backup.repaired", "ws=%lld id=%s target=%s", (long long)j->workspace, j->id,
             target_name(j));
    j->rc = OK;
    j->code[0] = j->detail[0] = '\0';
    j->repairs = j->rebuilds = j->lacks = false;
    const char *from = target_name(j);
    j->target = 0;
    job_kept(j, from);
}

void
repair_failed(struct backup_job *j, enum rc rc, const char *code)
{
    if (j->rebuilds) { /* no room, a disk that fails: no fault of a copy */
        give_up_as(j, rc, code);
    } else {
        j->bad_copy = j->bad_copy || rc != RC_IO;
        tell(j, code);
    }
}

void
repair_silent(struct backup_job *j)
{
    j->rebuilds = false;
    tell(j, code_name(E_COPY_UNREACHABLE));
}

void
repair_go_on(struct backup_job *j)
{
    next_source(j);
}
