/* old_store.c: puts an empty store in place of a workspace's, one migration older than this
 * program: what an agency has on the day of an update. Arguments: the installation's folder, the
 * workspace. With a third one the store stays: "sum", and the kept sum of its first project is one
 * minute wrong; "mail", and no text that waits in the outbox opens. The server must be down. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wire.h"
#include "proc/keybox.h"
#include "store/sqlite.h"

static _Noreturn void
give_up(const char *what)
{
    perror(what);
    exit(1);
}

static void
read_master(const char *dir, uint8_t ret_master[static KEY_SIZE])
{
    char path[512], line[MASTER_LINE + 1] = "";
    (void)snprintf(path, sizeof(path), "%s/keys/master.key", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, line, MASTER_LINE) : -1;
    if (n != MASTER_LINE || master_parse((struct str){line, (size_t)n}, ret_master) != OK) {
        give_up(path);
    }
    close(fd);
}

/* As the worker asks for it. */
static void
page_key(const char *dir, int64_t workspace, uint8_t ret_key[static KEY_SIZE])
{
    static uint8_t in[FRAME_MAX], buf[FRAME_MAX];
    uint8_t master[KEY_SIZE];
    char keys_dir[512];
    struct ring_keys keys;
    struct ring ring;
    struct err err = {0};
    struct frame call, answer;
    struct frame_out f, out = {.p = buf, .cap = sizeof(buf)};
    read_master(dir, master);
    (void)snprintf(keys_dir, sizeof(keys_dir), "%s/keys", dir);
    if (keybox_init() != OK) {
        give_up("keybox");
    }
    ring_keys_derive(master, &keys);
    if (ring_load(keys_dir, &keys, &err, &ring) != OK) {
        give_up(keys_dir);
    }
    struct keybox box = {.ring = &ring, .keys = &keys, .workspace = workspace, .page = true};
    frame_begin(&f, in, sizeof(in), W_KEY_PAGE, 1);
    if (frame_parse(f.p, f.n, &call) != OK ||
        !keybox_answer(&box, &call, 0, &out, buf, sizeof(buf)) ||
        frame_parse(out.p, out.n, &answer) != OK || frame_get(&answer, W_F_KEY).n != KEY_SIZE) {
        give_up("page key");
    }
    memcpy(ret_key, frame_get(&answer, W_F_KEY).p, KEY_SIZE);
    ring_done(&ring);
}

/* The files belong to whom the folder belongs to. */
static void
give_to_owner(const char *folder, const char *path)
{
    struct stat st;
    if (stat(folder, &st) != 0 || chown(path, st.st_uid, st.st_gid) != 0) {
        give_up(path);
    }
}

static const struct sql_stmt spoil = {
    .name = "test_spoil_sum",
    .owner = "project",
    .sqlite = "UPDATE project SET needed_minutes = needed_minutes + 1 WHERE id = 1",
    .postgres = "",
    .writes = true,
};

static const struct sql_stmt shut = {
    .name = "test_shut_mail",
    .owner = "guard",
    .sqlite = "UPDATE mail SET body = 'sealed:00' WHERE mail_state = 1",
    .postgres = "",
    .writes = true,
};

/* Rows as "workspace add" leaves them before it made a folder. */
static const struct sql_stmt *
registration(int64_t n)
{
    static char sql[400];
    static struct sql_stmt st = {.name = "test_register",
                                 .owner = "registry",
                                 .sqlite = sql,
                                 .postgres = "",
                                 .writes = true};
    (void)snprintf(
        sql, sizeof(sql),
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %lld) "
        "INSERT INTO workspace (id, slug, workspace_name, workspace_state, created_at) "
        "SELECT 1000 + i, 'w' || i || '-agentur', 'Agentur ' || i, 2, 1 FROM n",
        (long long)n);
    return &st;
}

static int
meddle(const char *path, const uint8_t key[static KEY_SIZE], enum store_schema schema,
       const struct sql_stmt *st)
{
    const struct store_options opt = {.schema = schema, .path = path, .key = key};
    int64_t changed;
    const struct actor who = {.reason = "test"};
    AUTO_ARENA struct arena *mem = arena_new(1 << 20);
    struct err err = {0};
    struct store *s;
    struct wtx *tx;

    if (store_open(&opt, &err, &s) != OK ||
        wtx_begin(s, mem, (struct instant){1}, &who, &err, &tx) != OK ||
        sql_run(tx, st, NULL, &changed) != OK) {
        (void)fprintf(stderr, "%s\n", err.detail);
        return 1;
    }
    wtx_allow_untouched(tx, "for a test");
    int status = wtx_commit(tx) == OK ? 0 : 1;
    store_close(s);
    return status;
}

int
main(int argc, char **argv)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char folder[512], path[600], name[640];
    uint8_t key[KEY_SIZE];
    int64_t workspace;
    struct err err = {0};
    struct store *s;
    if (argc < 3 || argc > 4 || str_to_i64(str_of(argv[2]), &workspace) != OK) {
        return 2;
    }
    page_key(argv[1], workspace, key);
    (void)snprintf(folder, sizeof(folder), "%s/%s%s", argv[1],
                   workspace == 0 ? "system" : "workspaces/", workspace == 0 ? "" : argv[2]);
    (void)snprintf(path, sizeof(path), "%s/data.db", folder);
    if (argc == 4) {
        int64_t n;
        int status = str_to_i64(str_of(argv[3]), &n) == OK
                         ? meddle(path, key, SCHEMA_SYSTEM, registration(n))
                         : meddle(path, key, SCHEMA_WORKSPACE,
                                  strcmp(argv[3], "mail") == 0 ? &shut : &spoil);
        for (size_t i = 0; i < 3; i++) {
            (void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
            if (access(name, F_OK) == 0) {
                give_to_owner(folder, name);
            }
        }
        return status;
    }
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    struct schema_def older = *schema_of(SCHEMA_WORKSPACE);
    older.n_migrations--;
    const struct store_options opt = {.path = path, .key = key, .create = true};
    if (store_open_def(&opt, &older, &err, &s) != OK) {
        (void)fprintf(stderr, "%s\n", err.detail);
        return 1;
    }
    (void)printf("%lld\n", (long long)store_schema_version(s));
    store_close(s);
    give_to_owner(folder, path);
    return 0;
}
