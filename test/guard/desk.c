/* desk.c: see desk.h. */
#include "desk.h"

#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/user/user.h"
#include "guard/keys.h"
#include "proc/keybox.h"
#include "store/sql.h"

static const struct actor nobody = {
    .network = {"192.0.2.0/24", 12}
};
static uint8_t in_buf[FRAME_MAX];
static uint8_t out_buf[FRAME_MAX];

/* --- the key process ------------------------------------------------------------------------- */
static _Noreturn void
keymgr_run(int fd)
{
    uint8_t master[KEY_SIZE] = {7};
    struct ring_keys keys;
    struct ring ring = {0};
    struct keybox box = {.ring = &ring, .keys = &keys, .workspace = 1, .page = true};
    struct frame f;
    struct frame_out out;

    ring_keys_derive(master, &keys);
    if (keybox_init() != OK || ring_add(&ring, &keys, 1) != OK) {
        _exit(1);
    }
    while (frame_recv(fd, in_buf, sizeof(in_buf), &f) == OK) {
        if (!keybox_answer(&box, &f, (int64_t)box.calls * 1000000, &out, out_buf,
                           sizeof(out_buf)) ||
            frame_send(fd, &out, -1) != OK) {
            _exit(1);
        }
    }
    ring_done(&ring);
    _exit(0);
}

int
desk_keys_start(struct desk *d)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    d->keymgr = fork();
    if (d->keymgr == 0) {
        close(pair[0]);
        keymgr_run(pair[1]);
    }
    close(pair[1]);
    d->keys = pair[0];
    keys_use(d->keys);
    return 0;
}

/* --- set-up ---------------------------------------------------------------------------------- */
int
desk_setup(void **state)
{
    static const uint8_t key[32] = {4, 5, 6};
    struct desk *d = calloc(1, sizeof(*d));
    char path[96];

    if (d == NULL || desk_keys_start(d) != 0) {
        return -1;
    }
    (void)snprintf(d->dir, sizeof(d->dir), "/tmp/kontor-desk-XXXXXX");
    if (mkdtemp(d->dir) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/data.db", d->dir);
    d->mem = arena_new(64 * 1024 * 1024);
    d->now = (struct instant){1795500000LL * 1000000};
    const struct store_options opt = {
        .path = path, .schema = SCHEMA_WORKSPACE, .key = key, .create = true};
    if (store_open(&opt, &d->err, &d->store) != OK) {
        print_message("# %s: %s\n", code_name(d->err.code), d->err.detail);
        return -1;
    }
    *state = d;
    return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

int
desk_keys_end(struct desk *d)
{
    int status;

    keys_use(-1);
    close(d->keys);
    return waitpid(d->keymgr, &status, 0) == d->keymgr && status == 0 ? 0 : -1;
}

int
desk_teardown(void **state)
{
    struct desk *d = *state;

    store_close(d->store);
    arena_free(d->mem);
    if (desk_keys_end(d) != 0) {
        return -1;
    }
    const int rc = nftw(d->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(d);
    return rc;
}

/* --- transactions ---------------------------------------------------------------------------- */
struct wtx *
desk_write(struct desk *d)
{
    arena_reset(d->mem);
    d->err = (struct err){0};
    assert_int_equal(wtx_begin(d->store, d->mem, d->now, &nobody, &d->err, &d->w), OK);
    return d->w;
}

void
desk_commit(struct desk *d)
{
    wtx_allow_untouched(d->w, "test");
    if (wtx_commit(d->w) != OK) {
        FAIL_TEST("commit: %s %s", code_name(d->err.code), d->err.detail);
    }
}

void
desk_undo(struct desk *d)
{
    wtx_rollback(d->w);
    d->err = (struct err){0};
}

struct rtx *
desk_read(struct desk *d)
{
    arena_reset(d->mem);
    d->err = (struct err){0};
    assert_int_equal(rtx_begin(d->store, d->mem, d->now, &nobody, &d->err, &d->r), OK);
    return d->r;
}

void
desk_done(struct desk *d)
{
    rtx_end(d->r);
}

void
desk_wait(struct desk *d, int64_t seconds)
{
    d->now.us += seconds * 1000000;
}

/* --- people ---------------------------------------------------------------------------------- */
struct bytes
desk_tag(uint8_t seed)
{
    static uint8_t tag[HASH_TAG];

    memset(tag, seed, sizeof(tag));
    return (struct bytes){tag, sizeof(tag)};
}

struct user_id
desk_person(struct desk *d, const char *login, enum group g, uint8_t seed)
{
    const struct user_form f = {.first_name = STR("Mara"),
                                .last_name = STR("Tannhof"),
                                .email = STR(""),
                                .phone = STR(""),
                                .group_no = g,
                                .week_minutes = {2400}};
    const struct take_form t = {.login = str_of(login),
                                .first_name = STR("Mara"),
                                .last_name = STR("Tannhof"),
                                .password = STR("Nebelhorn Förde vier Krabben")};
    const struct hash_order order = hash_order_new();
    struct user_id id = {0};
    struct wtx *tx = desk_write(d);

    if (user_add(tx, &f, &id) != OK || user_take(tx, id, &t, &order, desk_tag(seed)) != OK) {
        FAIL_TEST("person: %s %s", code_name(d->err.code), d->err.detail);
    }
    desk_commit(d);
    return id;
}

/* --- looking and meddling -------------------------------------------------------------------- */
/* A descriptor for good: the store keeps prepared statements by its address. */
static struct sql_stmt *
statement(const char *owner, const char *sql)
{
    enum { MAX = 64 };
    static struct sql_stmt stmts[MAX];
    static char text[MAX][240];
    static size_t n;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(text[i], sql) == 0) {
            return &stmts[i];
        }
    }
    assert_true(n < MAX && strlen(sql) < sizeof(text[0]));
    (void)snprintf(text[n], sizeof(text[n]), "%s", sql);
    stmts[n] = (struct sql_stmt){.name = "test", .owner = owner, .sqlite = text[n], .postgres = ""};
    return &stmts[n++];
}

void
desk_sql(struct desk *d, const char *owner, const char *sql)
{
    struct sql_stmt *st = statement(owner, sql);
    int64_t changed = 0;
    struct wtx *tx = desk_write(d);

    st->writes = true;
    if (sql_run(tx, st, NULL, &changed) != OK || changed == 0) {
        FAIL_TEST("%s: %s %s (%lld rows)", sql, code_name(d->err.code), d->err.detail,
                  (long long)changed);
    }
    desk_commit(d);
}

int64_t
desk_number(struct desk *d, const char *owner, const char *sql)
{
    static const struct sql_slot slot[] = {
        {"n_count", SQL_I64, false, 0}
    };
    struct sql_stmt *st = statement(owner, sql);
    int64_t n = -1;
    struct rtx *tx = desk_read(d);

    st->row = slot;
    st->n_row = 1;
    st->row_size = sizeof(int64_t);
    if (sql_one(tx, st, NULL, &n) != OK) {
        FAIL_TEST("%s: %s %s", sql, code_name(d->err.code), d->err.detail);
    }
    desk_done(d);
    return n;
}

int64_t
desk_events(struct desk *d, const char *event)
{
    char sql[200];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) AS n_count FROM audit WHERE event_text = '%s'", event);
    return desk_number(d, "guard", sql);
}

char *
desk_keep(struct str s, char *buf, size_t cap)
{
    (void)snprintf(buf, cap, "%.*s", STR_FMT(s));
    return buf;
}
