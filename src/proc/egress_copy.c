/* egress_copy.c: see egress_copy.h. libcurl wants the private key as a file, so it lies in one that
 * has no name and no place on a disk. */
#include "proc/egress_copy.h"

#include <sys/mman.h>

#include "base/log.h"
#include "proc/sftp.h"

enum { TARGETS = 3, FOLDER_MAX = 24, FILE_MAX = 40, WAIT_S = 60 };

static struct sftp_server servers[TARGETS]; /* host NULL: no server */
static int key_file = -1;

struct carry {
    struct child *child;
    uint64_t id;
    void (*rested)(void);
};

/* --- settings --------------------------------------------------------------------------------- */

static const char *
keep(struct str s)
{
    char *p = loop_alloc(s.n + 1);
    memcpy(p, s.p != NULL ? s.p : "", s.n);
    return p;
}

static struct str
numbered(const struct child *c, const char *name, int i)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%s%d", name, i + 1);
    return child_get(c, text);
}

static void
take_key(struct str text)
{
    const int fd = text.n > 0 ? memfd_create("key", MFD_CLOEXEC) : -1;
    if (fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n) {
        key_file = fd;
    } else {
        log_line(LOG_ERROR, "copy.key", "hint=there is no private key to show");
    }
}

void
egress_copy_settings(const struct child *c)
{
    bool any = false;
    for (int i = 0; i < TARGETS; i++) {
        struct str rest = numbered(c, "target", i);
        struct str user;
        struct str host;
        struct str port;
        int64_t n = 0;
        if (rest.n == 0 || !str_cut(&rest, ' ', &user) || !str_cut(&rest, ' ', &host) ||
            !str_cut(&rest, ' ', &port) || str_to_i64(port, &n) != OK) {
            continue;
        }
        servers[i] = (struct sftp_server){.user = keep(user),
                                          .host = keep(host),
                                          .path = keep(rest),
                                          .port = n,
                                          .fingerprint = keep(numbered(c, "hostkey", i)),
                                          .appends = str_eq(numbered(c, "appends", i), STR("1")),
                                          .wait_s = child_get_i64(c, "backup_wait", WAIT_S)};
        any = true;
    }
    if (any) {
        take_key(child_get(c, "sftp_key"));
    }
    for (int i = 0; i < TARGETS; i++) {
        servers[i].key = key_file;
    }
}

/* --- orders ----------------------------------------------------------------------------------- */

static void
answer(struct child *c, uint64_t id, const struct sftp_result *r)
{
    struct frame_out f;
    chan_begin(&f, W_RESULT, id);
    frame_put_i64(&f, W_F_RC, r->rc);
    frame_put_str(&f, W_F_CODE, str_of(r->code != E_NONE ? code_name(r->code) : ""));
    frame_put_str(&f, W_F_DETAIL, str_of(r->detail));
    child_send(c, &f, -1);
}

static void
on_done(void *arg, const struct sftp_result *r)
{
    struct carry *a = arg;
    answer(a->child, a->id, r);
    a->rested();
    free(a);
}

static const struct sftp_server *
server_of(struct str target)
{
    for (int i = 0; i < TARGETS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "target%d", i + 1);
        if (servers[i].host != NULL && str_eq(target, str_of(name))) {
            return &servers[i];
        }
    }
    return NULL;
}

void
egress_copy(struct child *c, struct frame *f, void (*rested)(void))
{
    static const char *const verbs[] = {
        [SFTP_KEEP] = "copy.keep", [SFTP_FETCH] = "copy.fetch", [SFTP_REMOVE] = "copy.remove"};
    char folder[FOLDER_MAX];
    char name[FILE_MAX];
    int64_t workspace = -1;
    int64_t most = 0;
    int verb = SFTP_KEEP;
    while (verb <= SFTP_REMOVE && !str_eq(frame_get(f, W_F_NAME), str_of(verbs[verb]))) {
        verb++;
    }
    const struct sftp_server *server = server_of(frame_get(f, W_F_TARGET_NAME));
    if (f->type != W_COMMAND || verb > SFTP_REMOVE || server == NULL ||
        frame_get_i64(f, W_F_WORKSPACE, &workspace) != OK || (f->fd < 0) != (verb == SFTP_REMOVE) ||
        (verb == SFTP_REMOVE && server->appends) ||
        (verb == SFTP_FETCH && frame_get_i64(f, W_F_BODY_SIZE, &most) != OK)) {
        log_line(LOG_ERROR, "copy.grammar", "type=%d", f->type);
        answer(c, f->id, &(struct sftp_result){RC_BROKEN, E_BROKEN, "order"});
        rested();
        return;
    }
    if (server->key < 0) {
        answer(c, f->id, &(struct sftp_result){RC_IO, E_COPY_KEY, ""});
        rested();
        return;
    }
    (void)snprintf(folder, sizeof folder, "%lld", (long long)workspace);
    (void)snprintf(name, sizeof name, "%.*s", STR_FMT(frame_get(f, W_F_BODY)));
    struct carry *a = loop_alloc(sizeof *a);
    *a = (struct carry){c, f->id, rested};
    const struct sftp_order o = {server, (enum sftp_verb)verb, folder, name, f->fd, most};
    f->fd = -1;
    if (sftp_begin(&o, on_done, a) != OK) {
        on_done(a, &(struct sftp_result){RC_BUSY, E_BUSY, "too many"});
    }
}
