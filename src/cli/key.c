/* key.c: `kontor key show|log|rotate|escrow|restore`: what an operator does with the master key.
 * The command line never holds that key: keymgr makes, seals and compares it. */
#include "cli/key.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "proc/master.h"
#include "proc/take_place.h"

enum { SEALED_MAX = 1024, TYPED_MAX = 200 };

/* --- show ------------------------------------------------------------------------------------ */

static void
say_escrow(struct cli *c, const json_t *facts)
{
    char of[24];
    (void)cli_number(facts, "escrowGeneration", of);
    const char *made = cli_text(facts, "escrowAt");
    const char *rehearsed = cli_text(facts, "rehearsedAt");
    if (made[0] == '\0') {
        SAY(c, T_cli_key_escrow_none);
    } else {
        SAY(c, T_cli_key_escrow_made, made, of);
    }
    if (rehearsed[0] != '\0') {
        (void)cli_number(facts, "rehearsedGeneration", of);
        SAY(c, T_cli_key_rehearsed, rehearsed, of);
    }
}

static enum rc
show(struct cli *c)
{
    struct conf conf;
    struct key_where w;
    json_t *facts = NULL;
    char generation[24];
    char workspaces[24];
    char unwraps[24];
    TRY(cli_conf(c, &conf));
    TRY(cli_call_text(c, "0", "key.show", "", &facts));
    key_where(c->dir, &conf, &w);
    if (c->json) {
        (void)json_object_set_new(facts, "mode", json_string(key_mode_name(w.mode)));
        (void)json_object_set_new(facts, "path", json_string(w.path));
        cli_print_json(facts);
        return OK;
    }
    cli_say(c, stdout, key_mode_text(w.mode),
            (const char *const[]){w.path, strerrorname_np(w.error), NULL});
    (void)cli_number(facts, "generation", generation);
    (void)cli_number(facts, "workspaces", workspaces);
    (void)cli_number(facts, "unwraps", unwraps);
    const char *made = cli_text(facts, "madeAt");
    SAY(c, T_cli_key_generation, generation, made[0] != '\0' ? made : "–", workspaces, unwraps);
    if (json_integer_value(json_object_get(facts, "unrecorded")) > 0) {
        (void)cli_number(facts, "unrecorded", unwraps);
        SAY(c, T_doctor_key_unrecorded, unwraps);
    }
    say_escrow(c, facts);
    if (json_is_true(json_object_get(facts, "prepared"))) {
        SAY(c, T_doctor_key_prepared);
    }
    json_decref(facts);
    return OK;
}

/* --- rotate ---------------------------------------------------------------------------------- */

static enum rc
cancel(struct cli *c)
{
    json_t *out = NULL;
    TRY(cli_call_text(c, "0", "key.cancel", "", &out));
    if (c->json) {
        cli_print_json(out);
        return OK;
    }
    SAY(c, T_cli_key_cancelled);
    json_decref(out);
    return OK;
}

/* The next master key into a new file, by keymgr's hand. Nobody's key is in use under it yet. */
static enum rc
prepare(struct cli *c, const char *to, json_t **ret_out)
{
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    if (fd < 0) {
        return cli_fail(c, errno == EEXIST ? RC_CONFLICT : RC_IO, "key.place",
                        strerrorname_np(errno));
    }
    enum rc rc = cli_call_fd(c, "key.prepare", fd, ret_out);
    close(fd);
    if (rc != OK) {
        (void)unlink(to);
    }
    return rc;
}

/* The file has its place; the server is told, so that it need not start anew. Whoever is killed
 * before that finds a prepared generation whose key is in place: the next start takes it. */
static enum rc
adopt(struct cli *c, const char *path)
{
    json_t *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return cli_fail(c, RC_IO, "key.missing", strerrorname_np(errno));
    }
    enum rc rc = cli_call_fd(c, "key.adopt", fd, &out);
    close(fd);
    json_decref(out);
    return rc;
}

/* A master key outside DIR: only the command line may write there. Its successor has its owner. */
static enum rc
rotate_outside(struct cli *c, const char *path, json_t **ret_out)
{
    char next[CLI_PATH_MAX + 8];
    struct stat st;
    struct err err = {0};
    (void)snprintf(next, sizeof next, "%s.next", path);
    (void)unlink(next); /* of a change that did not come about */
    TRY(prepare(c, next, ret_out));
    bool owned =
        stat(path, &st) == 0 && (st.st_uid == geteuid() || lchown(next, st.st_uid, st.st_gid) == 0);
    enum rc rc = owned ? take_place(next, path, &err) : RC_IO;
    if (rc != OK) {
        return cli_fail(c, rc, "key.place", err.detail);
    }
    return adopt(c, path);
}

static enum rc
rotate_any(struct cli *c, const char *to, json_t **ret_out)
{
    struct conf conf;
    TRY(cli_conf(c, &conf));
    if (to != NULL) {
        return prepare(c, to, ret_out);
    }
    return conf.master_key[0] == '\0' ? cli_call_text(c, "0", "key.rotate", "", ret_out)
                                      : rotate_outside(c, conf.master_key, ret_out);
}

static json_int_t
page_in(const json_t *out)
{
    return json_integer_value(json_object_get(out, "page"));
}

/* keymgr notes it, the workspace's worker ends, and the next one changes the key before it serves,
 * or says that it cannot. */
static enum rc
turn(struct cli *c, const char *slug)
{
    json_t *row = NULL;
    json_t *out = NULL;
    char number[24];
    TRY(cli_call(c, "0", "workspace.show", json_pack("{s:s}", "slug", slug), &row));
    (void)cli_number(row, "workspace", number);
    json_decref(row);
    TRY(cli_call_text(c, "0", "key.page", number, &out));
    const json_int_t before = page_in(out);
    json_decref(out);
    TRY(cli_call(c, slug, "store.state", NULL, &out)); /* it answers when it serves */
    json_decref(out);
    TRY(cli_call_text(c, "0", "key.show", number, &out));
    const bool turned = page_in(out) > before;
    const bool turns = json_integer_value(json_object_get(out, "turning")) > 0;
    json_decref(out);
    return turned  ? OK
           : turns ? cli_fail(c, RC_BUSY, "key.turning", "")
                   : cli_fail(c, RC_CONFLICT, "key.kept", "");
}

static enum rc
rotate_data(struct cli *c)
{
    const char *slug;
    TRY(cli_need(c, "--workspace", &slug));
    TRY(turn(c, slug));
    if (c->json) {
        cli_print_json(json_pack("{s:s, s:b}", "workspace", slug, "turned", 1));
    } else {
        SAY(c, T_cli_key_turned, slug);
    }
    return OK;
}

static enum rc
rotate(struct cli *c)
{
    json_t *out = NULL;
    char generation[24];
    const char *to = cli_option(c, "--to");
    if (c->arg != NULL && strcmp(c->arg, "data") == 0) {
        return rotate_data(c);
    }
    if (c->arg == NULL || strcmp(c->arg, "master") != 0) {
        cli_say(c, stderr, T_cli_key_which, (const char *const[]){NULL});
        return RC_INVALID;
    }
    if (cli_option(c, "--cancel") != NULL) {
        return cancel(c);
    }
    TRY(rotate_any(c, to, &out));
    (void)cli_number(out, "generation", generation);
    if (c->json) {
        (void)json_object_set_new(out, "prepared", json_boolean(to != NULL));
        cli_print_json(out);
        return OK;
    }
    if (to != NULL) {
        SAY(c, T_cli_key_prepared, generation, to);
    } else {
        SAY(c, T_cli_key_rotated, generation);
    }
    json_decref(out);
    return OK;
}

/* --- escrow ---------------------------------------------------------------------------------- */

static enum rc
write_sealed(struct cli *c, int fd, const char *text)
{
    size_t n = strlen(text);
    bool done = n > 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    return done ? OK : cli_fail(c, RC_IO, "key.place", strerrorname_np(errno));
}

/* The file first: a key whose file cannot be kept is not made. */
static enum rc
put_away(struct cli *c, const char *to)
{
    json_t *out = NULL;
    char generation[24];
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return cli_fail(c, RC_CONFLICT, "key.place", strerrorname_np(errno));
    }
    enum rc rc = cli_call_text(c, "0", "key.escrow", "", &out);
    rc = rc == OK ? write_sealed(c, fd, cli_text(out, "sealed")) : rc;
    close(fd);
    if (rc != OK) {
        (void)unlink(to);
        json_decref(out);
        return rc;
    }
    if (c->json) {
        (void)json_object_del(out, "sealed");
        (void)json_object_set_new(out, "file", json_string(to));
        cli_print_json(out);
        return OK;
    }
    (void)cli_number(out, "generation", generation);
    SAY(c, T_cli_key_page, generation, to, cli_text(out, "key"));
    json_decref(out);
    return OK;
}

static enum rc
read_sealed(struct cli *c, const char *from, char *buf, size_t cap)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, buf, cap - 1);
    int e = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (n < 0) {
        return cli_fail(c, RC_MISSING, "key.sealed", strerrorname_np(e));
    }
    buf[n] = '\0';
    return OK;
}

static enum rc
rehearse(struct cli *c)
{
    json_t *out = NULL;
    const char *from;
    char typed[TYPED_MAX];
    char sealed[SEALED_MAX];
    char body[TYPED_MAX + SEALED_MAX + 2];
    TRY(cli_need(c, "--from", &from));
    TRY(read_sealed(c, from, sealed, sizeof sealed));
    if (isatty(STDIN_FILENO) == 1) {
        cli_say(c, stderr, T_cli_key_type, (const char *const[]){NULL});
    }
    TRY(cli_read_secret(c, typed, sizeof typed));
    (void)snprintf(body, sizeof body, "%s\n%s", typed, sealed);
    enum rc rc = cli_call_text(c, "0", "key.rehearse", body, &out);
    explicit_bzero(typed, sizeof typed);
    explicit_bzero(body, sizeof body);
    TRY(rc);
    if (c->json) {
        cli_print_json(out);
        return OK;
    }
    SAY(c, T_cli_key_rehearsal, cli_text(out, "rehearsedAt"));
    json_decref(out);
    return OK;
}

/* What is kept elsewhere: the master key's sheet, and who else opens backups. */
static enum rc
receipt(struct cli *c)
{
    struct conf conf;
    json_t *facts = NULL;
    TRY(cli_conf(c, &conf));
    TRY(cli_call_text(c, "0", "key.show", "", &facts));
    if (c->json) {
        (void)json_object_set_new(facts, "backupEscrow", json_string(conf.backup_escrow));
        cli_print_json(facts);
        return OK;
    }
    say_escrow(c, facts);
    json_decref(facts);
    if (conf.backup_escrow[0] == '\0') {
        SAY(c, T_cli_escrow_none);
    } else {
        SAY(c, T_cli_key_backup_escrow, conf.backup_escrow);
    }
    return OK;
}

static enum rc
escrow(struct cli *c)
{
    const char *to;
    if (cli_option(c, "--rehearse") != NULL) {
        return rehearse(c);
    }
    to = cli_option(c, "--to");
    return to != NULL ? put_away(c, to) : receipt(c);
}

/* --- restore --------------------------------------------------------------------------------- */

static enum rc
restore(struct cli *c)
{
    const char *from;
    const char *to;
    struct err err = {0};
    TRY(cli_need(c, "--from", &from));
    TRY(cli_need(c, "--to", &to));
    if (isatty(STDIN_FILENO) == 1) {
        cli_say(c, stderr, T_cli_key_type, (const char *const[]){NULL});
    }
    enum rc rc = master_restore_key(from, to, &err);
    if (rc != OK) {
        return cli_fail(c, rc, code_name(err.code), err.detail);
    }
    if (c->json) {
        cli_print_json(json_pack("{s:s}", "file", to));
    } else {
        SAY(c, T_cli_key_restored, to);
    }
    return OK;
}

/* clang-format off */
const struct cli_verb key_verbs[] = {
    {"key show", "", false, T_cli_help_key_show, show},
    {"key log", "--workspace= --last=", false, T_cli_help_key_log, key_log_show},
    {"key rotate", "--to= --cancel --workspace=", true, T_cli_help_key_rotate, rotate},
    {"key escrow", "--to= --rehearse --from=", false, T_cli_help_key_escrow, escrow},
    {"key restore", "--from= --to=", false, T_cli_help_key_restore, restore},
    {NULL, "", false, T_NONE, NULL},
};
/* clang-format on */
