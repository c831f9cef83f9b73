/* transfer.c: `kontor workspace export|import`: one workspace as one archive. The command line
 * opens the file and gives it away; it is written and read by processes that see nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/archive.h"
#include "cli/workspace.h"

enum { KEY_TEXT_MAX = 8000 };

/* --- export ----------------------------------------------------------------------------------- */

static char part[CLI_PATH_MAX];

/* Ctrl-C, a closed terminal: half a file is of no use to anybody. */
static void
drop_part(int sig)
{
    (void)unlink(part);
    (void)signal(sig, SIG_DFL);
    (void)raise(sig);
}

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

static void
on_end(void (*fn)(int))
{
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        (void)signal(ends[i], fn);
    }
}

/* No signal comes between the file and its handler. */
static int
open_part(void)
{
    sigset_t those;
    sigset_t before;
    (void)sigemptyset(&those);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        (void)sigaddset(&those, ends[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &those, &before);
    const int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    const int cause = errno;
    if (fd >= 0) {
        on_end(drop_part);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = cause;
    return fd;
}

/* Into FILE.part, which gets its name when all of it is written, read back and on the disk. */
static enum rc
export_into(struct cli *c, const char *workspace, const char *to, json_t **ret_out)
{
    const char *recipient = cli_option(c, "--recipient");
    const int fd = open_part();
    if (fd < 0 || access(to, F_OK) == 0) {
        const int cause = fd < 0 ? errno : EEXIST;
        if (fd >= 0) {
            (void)close(fd);
            (void)unlink(part);
            on_end(SIG_DFL);
        }
        return cli_fail(c, cause == EEXIST ? RC_CONFLICT : RC_IO, "key.place",
                        strerrorname_np(cause));
    }
    enum rc rc = cli_call_file(c, workspace, "workspace.export", recipient != NULL ? recipient : "",
                               fd, ret_out);
    if (rc == OK && (fsync(fd) != 0 || renameat2(AT_FDCWD, part, AT_FDCWD, to, RENAME_NOREPLACE))) {
        rc = cli_fail(c, RC_IO, "io", strerrorname_np(errno));
    }
    (void)close(fd);
    if (rc != OK) {
        (void)unlink(part);
    }
    on_end(SIG_DFL);
    return rc;
}

static enum rc
run_export(struct cli *c)
{
    const char *workspace;
    const char *to;
    char bytes[CLI_NUMBER];
    json_t *out = NULL;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_need(c, "--to", &to));
    if (snprintf(part, sizeof part, "%s.part", to) >= (int)sizeof part) {
        return cli_fail(c, RC_INVALID, "key.place", "ENAMETOOLONG");
    }
    TRY(export_into(c, workspace, to, &out));
    if (c->json) {
        (void)json_object_set_new(out, "file", json_string(to));
        cli_print_json(out);
        return OK;
    }
    SAY(c, T_cli_exported, to, cli_number(out, "bytes", bytes), cli_text(out, "hash"));
    json_decref(out);
    return OK;
}

/* --- import ----------------------------------------------------------------------------------- */

static enum rc
read_key(struct cli *c, char ret_text[static KEY_TEXT_MAX + 1])
{
    const char *from;
    TRY(cli_need(c, "--key", &from));
    const int fd = open(from, O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? -1 : read(fd, ret_text, KEY_TEXT_MAX);
    const int cause = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (n < 0) {
        return cli_fail(c, RC_MISSING, "transfer.key_file", strerrorname_np(cause));
    }
    ret_text[n] = '\0';
    return OK;
}

/* Does it open, and is it whole? Said as kontor-archive says it: "  (archive.key: …)". */
static enum rc
check_archive(struct cli *c, const char *file, const char *key)
{
    char words[5][CLI_PATH_MAX] = {"kontor-archive", "list", "", "--key", ""};
    char *const argv[] = {words[0], words[1], words[2], words[3], words[4], NULL};
    char text[2000];
    char code[64] = "io";
    (void)snprintf(words[2], sizeof words[2], "%s", file);
    (void)snprintf(words[4], sizeof words[4], "%s", key);
    const int status = archive_run(argv, 2, text, sizeof text);
    const struct str said = str_of(text);
    const size_t at = str_find(said, STR("  ("), 0);
    if (status == 0) {
        return OK;
    }
    if (at != SIZE_MAX) {
        const size_t end = str_find(said, STR(":"), at);
        (void)snprintf(code, sizeof code, "%.*s", STR_FMT(str_sub(said, at + 3, end - at - 3)));
    }
    for (enum rc rc = RC_INVALID; rc > RC_BROKEN; rc--) {
        if (rc_exit(rc) == status) {
            return cli_fail(c, rc, code, file);
        }
    }
    return cli_fail(c, RC_BROKEN, code, file);
}

/* A workspace of that name that is there is taken as it is; the server looks whether it is empty.
 * A new one is made only for an archive that opens and is whole, so that a wrong key leaves nothing
 * behind, and nobody sees it before the archive is in it: a full disk leaves none, and the next
 * attempt goes on. */
static enum rc
need_workspace(struct cli *c, const char *slug)
{
    const char *code;
    const char *name = cli_option(c, "--name");
    json_t *row = NULL;
    if (cli_try(c, slug, "transfer.owner", &row, &code) == OK) {
        json_decref(row);
        return OK;
    }
    if (strcmp(code, "missing") != 0) {
        return cli_fail(c, RC_IO, code, slug);
    }
    TRY(check_archive(c, c->arg, cli_option(c, "--key")));
    return workspace_prepare(c, slug, name != NULL ? name : slug);
}

/* The owner's way in: factors were sealed by another server and did not come along. */
static enum rc
first_link(struct cli *c, const char *slug, const char *login, json_t *out)
{
    char origin[700];
    json_t *link = NULL;
    if (login[0] == '\0') {
        return OK;
    }
    c->quiet = true; /* the import is done, whatever becomes of this */
    const enum rc rc =
        cli_call(c, slug, "user.reset_password", json_pack("{s:s}", "login", login), &link);
    c->quiet = false;
    if (rc != OK) {
        return OK;
    }
    TRY(cli_origin(c, slug, origin, sizeof origin));
    (void)json_object_set_new(out, "ownerLink",
                              json_sprintf("%s%s", origin, cli_text(link, "path")));
    json_decref(link);
    return OK;
}

static enum rc
import_file(struct cli *c, const char *slug, const char *key, json_t **ret_out)
{
    const int fd = open(c->arg, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return cli_fail(c, RC_MISSING, "transfer.file", strerrorname_np(errno));
    }
    enum rc rc = need_workspace(c, slug);
    rc = rc == OK ? cli_call_file(c, slug, "workspace.import", key, fd, ret_out) : rc;
    (void)close(fd);
    TRY(rc);
    json_t *row = NULL;
    TRY(workspace_activate(c, slug, &row));
    json_decref(row);
    return OK;
}

static enum rc
import(struct cli *c)
{
    const char *slug;
    static char key[KEY_TEXT_MAX + 1];
    json_t *out = NULL;
    TRY(cli_need(c, "--slug", &slug));
    if (c->arg == NULL) {
        cli_say(c, stderr, T_cli_import_file, (const char *const[]){NULL});
        return RC_INVALID;
    }
    TRY(read_key(c, key));
    const enum rc rc = import_file(c, slug, key, &out);
    explicit_bzero(key, sizeof key);
    TRY(rc);
    TRY(first_link(c, slug, cli_text(out, "login"), out));
    if (c->json) {
        (void)json_object_set_new(out, "slug", json_string(slug));
        cli_print_json(out);
        return OK;
    }
    SAY(c, T_cli_imported, slug);
    if (cli_text(out, "ownerLink")[0] != '\0') {
        SAY(c, T_cli_import_link, cli_text(out, "login"), cli_text(out, "ownerLink"));
    } else {
        SAY(c, T_cli_import_no_link, slug, cli_text(out, "login"));
    }
    json_decref(out);
    return OK;
}

const struct cli_verb transfer_verbs[] = {
    {"workspace export", "--workspace= --to= --recipient=", false, T_cli_help_workspace_export,
     run_export                                                                                       },
    {"workspace import", "--slug= --key= --name=",          true,  T_cli_help_workspace_import, import},
    {NULL,               "",                                false, T_NONE,                      NULL  },
};
