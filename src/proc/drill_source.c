/* drill_source.c: the archive that is read. A drill reads a copy, each day that of another target,
 * for that is what would be left after a loss of the machine; DIR/backup only when no copy is
 * verified. What is put back comes from DIR/backup; when it is not whole there, from the first copy
 * that is, and DIR/backup is made anew from one as soon as it is read (backup_repair.c). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "proc/answer.h"
#include "proc/backups_own.h"
#include "proc/copy_remote.h"
#include "proc/drills_own.h"
#include "proc/target_rest.h"

enum { COMMAND_MAX = 160 };

/* --- DIR/backup ------------------------------------------------------------------------------- */

static enum rc
open_folder(const struct drill_job *j, struct err *err, int *ret_folder)
{
    char path[PATH_SIZE + 64];
    (void)snprintf(path, sizeof path, "%s/backup/%lld", j->m->dir, (long long)j->workspace);
    *ret_folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *ret_folder >= 0
               ? OK
               : fail(err, errno == ENOENT ? RC_MISSING : RC_IO, E_MISSING, "no backups yet");
}

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

static enum rc
open_in(struct drill_job *j, int folder, struct err *err)
{
    char name[STAMP_FILE_LEN + 1];
    stamp_file(j->id, name);
    j->fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    const int cause = errno;
    (void)close(folder);
    return j->fd >= 0 ? OK
           : archive_is_unreadable(cause)
               ? fail(err, RC_BROKEN, E_ARCHIVE_UNREADABLE, "errno %d", cause)
               : fail(err, cause == ENOENT ? RC_MISSING : RC_IO, E_MISSING, "%s", name);
}

enum rc
drill_open_archive(struct drill_job *j, struct err *err)
{
    int folder;
    TRY(open_folder(j, err, &folder));
    (void)snprintf(j->from, sizeof j->from, "backup");
    return open_in(j, folder, err);
}

/* --- a copy ----------------------------------------------------------------------------------- */

static const struct conf_target *
target_of(const struct drill_job *j, struct str name, struct conf_target targets[CONF_TARGETS])
{
    const size_t n = conf_targets(&j->m->conf, j->m->dir, targets);
    for (size_t i = 0; i < n; i++) {
        if (str_eq(name, str_of(targets[i].name))) {
            return &targets[i];
        }
    }
    return NULL;
}

static enum rc
open_copy(struct drill_job *j, const struct conf_target *t, struct err *err)
{
    int folder;
    TRY(copies_folder(j->workspace, t, err, &folder));
    return open_in(j, folder, err);
}

static void found(struct drill_job *j);

static void
fetched(void *arg, enum rc rc, const char *code)
{
    struct drill_job *j = arg;
    if (rc == OK) {
        found(j);
        return;
    }
    log_line(LOG_WARN, "drill.no_copy", "ws=%lld id=%s from=%s code=%s", (long long)j->workspace,
             j->id, j->from, code);
    close(j->fd);
    j->fd = -1;
    (void)snprintf(j->why, sizeof j->why, "%s", code);
    drill_next_source(j);
}

/* From another machine into a file without a name; true: it is under way. */
static bool
fetch(struct drill_job *j, const struct conf_target *t)
{
    struct err err = {0};
    if (remote_room(j->m, j->workspace, &err, &j->fd) != OK) {
        return false;
    }
    const struct remote_what what = {.verb = "copy.fetch",
                                     .target = t->name,
                                     .workspace = j->workspace,
                                     .id = j->id,
                                     .bytes = remote_most(j->m, j->known, j->known_bytes),
                                     .fd = fcntl(j->fd, F_DUPFD_CLOEXEC, 3)};
    if (what.fd >= 0 && remote_begin(j->m, &what, fetched, j) == OK) {
        return true;
    }
    close(j->fd);
    j->fd = -1;
    return false;
}

static void
found(struct drill_job *j)
{
    log_line(LOG_NOTE, "drill.source", "ws=%lld id=%s from=%s", (long long)j->workspace, j->id,
             j->from);
    j->until_us = loop_now(j->m->loop) + DRILL_START_US;
    drill_look_again(j);
}

/* There is no further copy. */
static void
give_up(struct drill_job *j)
{
    struct err err = {0};
    if (j->rc != OK) { /* what is put back was looked for in DIR/backup first */
        drill_fail(j, j->rc, j->code, j->detail);
        return;
    }
    const enum rc rc =
        j->asked ? fail(&err, RC_MISSING, E_MISSING, "not there") : drill_open_archive(j, &err);
    if (rc == OK) {
        found(j);
    } else if (j->asked && j->why[0] != '\0') {
        drill_fail(j, strcmp(j->why, code_name(E_MISSING)) == 0 ? RC_MISSING : RC_IO, j->why, "");
    } else {
        drill_fail(j, rc, code_name(err.code), err.detail);
    }
}

/* The next of j->sources; when there is none, DIR/backup, unless one was asked for. */
void
drill_next_source(struct drill_job *j)
{
    static struct conf_target targets[CONF_TARGETS];
    struct err err = {0};
    struct str rest = str_of(j->sources + j->source_at);
    struct str name;
    while (rest.n > 0 && str_cut(&rest, ' ', &name)) {
        const struct conf_target *t = target_of(j, name, targets);
        j->in_folder = false;
        j->source_at =
            rest.p != NULL && rest.n > 0 ? (size_t)(rest.p - j->sources) : strlen(j->sources);
        (void)snprintf(j->from, sizeof j->from, "%.*s", STR_FMT(name));
        if (!j->asked && j->rc == OK && target_rests(j->m, j->from) != E_NONE) {
            t = NULL; /* a drill may read from another; what is put back may have no other */
        }
        if (t != NULL && t->is_remote && fetch(j, t)) {
            return;
        }
        if (t != NULL && !t->is_remote && open_copy(j, t, &err) == OK) {
            j->in_folder = true;
            found(j);
            return;
        }
        log_line(LOG_WARN, "drill.no_copy", "ws=%lld id=%s from=%s", (long long)j->workspace, j->id,
                 j->from);
    }
    j->in_folder = false;
    give_up(j);
}

void
drill_find_source(struct drill_job *j)
{
    j->asked = j->from[0] != '\0';
    if (j->asked) {
        (void)snprintf(j->sources, sizeof j->sources, "%s", j->from);
        j->asked = strcmp(j->from, "backup") != 0;
    }
    drill_next_source(j);
}

void
drill_unread(struct drill_job *j, enum rc rc, const char *code, const char *detail)
{
    if (j->rc == OK) {
        j->rc = rc;
        (void)snprintf(j->code, sizeof j->code, "%s", code);
        (void)snprintf(j->detail, sizeof j->detail, "%s", detail);
    }
    j->order = 0;
    drill_next_source(j);
}

/* --- what it must be -------------------------------------------------------------------------- */

/* A state that the catalogue does not know was never read: then its name alone counts. */
static void
told_copies(void *arg, const struct answer *a)
{
    struct drill_job *j = arg;
    if (a->rc == OK) {
        answer_text(a->body, "hash", j->known, sizeof j->known);
        answer_text(a->body, "targets", j->sources, sizeof j->sources);
        j->known_bytes = answer_number(a->body, "bytes");
    }
    drill_known(j);
}

void
drill_ask(struct drill_job *j)
{
    char json[COMMAND_MAX];
    struct err err = {0};
    int folder;
    if (j->id[0] == '\0') {
        if (open_folder(j, &err, &folder) == OK) {
            find_newest(folder, j->id);
            (void)close(folder);
        }
        if (j->id[0] == '\0') {
            drill_fail(j, RC_MISSING, code_name(E_MISSING), "no backups yet");
            return;
        }
    }
    if (j->rescues && j->workspace == 0) { /* the catalogue is what is damaged */
        drill_known(j);
        return;
    }
    (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"id\":\"%s\"}", (long long)j->workspace,
                   j->id);
    command_order(j->m, "catalogue.copies", json, told_copies, j);
}

/* --- what it was ------------------------------------------------------------------------------ */

static void
judged(void *arg, const struct answer *a)
{
    (void)arg;
    if (a->rc != OK && a->rc != RC_MISSING) { /* a state that it does not know */
        log_line(LOG_ERROR, "backup.untold", "code=%s", a->code);
    }
}

void
drill_judge(const struct drill_job *j, struct str code)
{
    char json[COMMAND_MAX];
    enum code c = E_NONE + 1;
    while (c < E_COUNT && !str_eq(code, str_of(code_name(c)))) {
        c++;
    }
    const bool is_deaf = j->m->is_stopping || (j->rescues && j->workspace == 0);
    const bool here = strcmp(j->from, "backup") == 0;
    const bool is_gone = here && c == E_MISSING && j->known[0] != '\0';
    if (c == E_COUNT || !(is_gone || str_starts(code, STR("archive."))) || j->transfers ||
        is_deaf) {
        return;
    }
    (void)snprintf(json, sizeof json,
                   "{\"workspace\":%lld,\"id\":\"%s\",\"target\":\"%s\",\"code\":\"%s\"}",
                   (long long)j->workspace, j->id, j->from, code_name(c));
    command_order(j->m, here ? "catalogue.damaged" : "catalogue.copied", json, judged, NULL);
}
