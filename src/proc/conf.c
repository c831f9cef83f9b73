/* conf.c: reading and writing kontor.conf. */
#include "proc/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>

#include "base/mime.h"

enum { RESTART = 0, RELOAD = 1 };

/* clang-format off */
const struct config_row conf_rows[] = {
#define TEXT(name_, init, max_, when, doc_)                                                        \
    {.name = #name_, .type = CONFIG_TEXT, .off = offsetof(struct conf, name_), .max = (max_),  \
     .text = (init), .reload = (when) == RELOAD, .doc = (doc_)},
#define INT(name_, init, min_, max_, when, doc_)                                                   \
    {.name = #name_, .type = CONFIG_INT, .off = offsetof(struct conf, name_), .min = (min_),   \
     .max = (max_), .number = (init), .reload = (when) == RELOAD, .doc = (doc_)},
#include "proc/config.def"
#undef TEXT
#undef INT
};
/* clang-format on */
const size_t conf_n_rows = sizeof conf_rows / sizeof conf_rows[0];

enum rc
listen_address_parse(struct str s, struct listen_address *ret_a)
{
    struct listen_address a = {0};
    size_t colon = s.n;
    while (colon > 0 && s.p[colon - 1] != ':') {
        colon--;
    }
    int64_t port;
    if (colon == 0 || str_to_i64(str_sub(s, colon, s.n), &port) != OK || port < 1 || port > 65535) {
        return RC_INVALID;
    }
    struct str host = str_sub(s, 0, colon - 1);
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
        host = str_sub(host, 1, host.n - 2);
    }
    if (host.n >= sizeof a.host) {
        return RC_INVALID;
    }
    memcpy(a.host, host.p, host.n);
    unsigned char bin[16];
    if (inet_pton(AF_INET, a.host, bin) != 1 && inet_pton(AF_INET6, a.host, bin) != 1) {
        return RC_INVALID;
    }
    a.port = (uint16_t)port;
    *ret_a = a;
    return OK;
}

void
conf_origin(const struct conf *c, const char *slug, char *buf, size_t cap)
{
    struct listen_address a = {.port = 443};
    bool console = slug == NULL;
    (void)!listen_address_parse(str_of(console ? c->operator_listen : c->listen), &a);
    int64_t port = c->public_port != 0 && !console ? c->public_port : a.port;
    const char *name = console ? "" : slug;
    const char *dot = name[0] != '\0' ? "." : "";
    if (port == 443) {
        (void)snprintf(buf, cap, "https://%s%s%s", name, dot, c->base_domain);
    } else {
        (void)snprintf(buf, cap, "https://%s%s%s:%lld", name, dot, c->base_domain, (long long)port);
    }
}

/* What needs no quoting in an address, and none in what SFTP is told. */
static bool
is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              strchr("-._/", c) != NULL)) {
            return false;
        }
    }
    return s.n > 0;
}

/* "//USER@HOST:PORT/PATH"; the port may be left out. */
static enum rc
remote_parse(struct str s, struct conf_target *t)
{
    struct str user;
    struct str host;
    const size_t slash = s.n > 2 ? str_find(s, STR("/"), 2) : SIZE_MAX;
    t->is_remote = true;
    t->port = 22;
    if (!str_starts(s, STR("//")) || slash == SIZE_MAX) {
        return RC_INVALID;
    }
    const struct str path = str_sub(s, slash, s.n);
    struct str rest = str_sub(s, 2, slash - 2);
    if (!str_cut(&rest, '@', &user) || !str_cut(&rest, ':', &host) ||
        (rest.p != NULL && (str_to_i64(rest, &t->port) != OK || t->port < 1 || t->port > 65535))) {
        return RC_INVALID;
    }
    (void)snprintf(t->user, sizeof t->user, "%.*s", STR_FMT(user));
    (void)snprintf(t->host, sizeof t->host, "%.*s", STR_FMT(host));
    (void)snprintf(t->path, sizeof t->path, "%.*s", STR_FMT(path));
    return is_plain(user) && is_plain(host) && is_plain(path) && path.n > 1 &&
                   user.n < sizeof t->user && host.n < sizeof t->host &&
                   memchr(host.p, '/', host.n) == NULL && path.p[path.n - 1] != '/'
               ? OK
               : RC_INVALID;
}

/* "folder:PATH", "append:PATH", "sftp://…" or "sftp-append://…". */
static enum rc
target_parse(struct str s, const char *dir, struct conf_target *t)
{
    struct str kind;
    const bool cut = str_cut(&s, ':', &kind);
    t->appends = str_eq(kind, STR("append")) || str_eq(kind, STR("sftp-append"));
    if (cut && (str_eq(kind, STR("sftp")) || str_eq(kind, STR("sftp-append")))) {
        return remote_parse(s, t);
    }
    if (!cut || s.n == 0 || (!t->appends && !str_eq(kind, STR("folder")))) {
        return RC_INVALID;
    }
    const bool whole = s.p[0] == '/';
    (void)snprintf(t->path, sizeof t->path, "%s%s%.*s", whole ? "" : dir, whole ? "" : "/",
                   STR_FMT(s));
    return OK;
}

/* FNV-1a: it tells a change, and nobody is to be deceived who may write kontor.conf. As it is
 * written there, so that an installation may move with what lies below it. */
static void
put_mark(const char *place, const char *hostkey, char ret_mark[static CONF_TARGET_MARK + 1])
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    const char *const parts[] = {place, " ", hostkey};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        for (const char *p = parts[i]; *p != '\0'; p++) {
            h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
        }
    }
    (void)snprintf(ret_mark, CONF_TARGET_MARK + 1, "%016llx", (unsigned long long)h);
}

size_t
conf_targets(const struct conf *c, const char *dir,
             struct conf_target ret_targets[static CONF_TARGETS])
{
    static const char *const names[CONF_TARGETS] = {"target1", "target2", "target3"};
    const char *const set[CONF_TARGETS] = {c->backup_target1, c->backup_target2, c->backup_target3};
    const char *const keys[CONF_TARGETS] = {c->backup_hostkey1, c->backup_hostkey2,
                                            c->backup_hostkey3};
    size_t n = 0;
    for (size_t i = 0; i < CONF_TARGETS; i++) {
        struct conf_target *t = &ret_targets[n];
        *t = (struct conf_target){.name = names[i], .hostkey = keys[i]};
        put_mark(set[i], keys[i], t->mark);
        n += target_parse(str_of(set[i]), dir, t) == OK;
    }
    return n;
}

bool
conf_reaches_out(const struct conf *c)
{
    static struct conf_target targets[CONF_TARGETS];
    const size_t n = conf_targets(c, "", targets);
    bool remote = false;
    for (size_t i = 0; i < n; i++) {
        remote = remote || targets[i].is_remote;
    }
    return remote || c->smtp_host[0] != '\0' || c->workspace_mail != 0;
}

static bool
label_is_valid(struct str l)
{
    if (l.n == 0 || l.n > 63 || l.p[0] == '-' || l.p[l.n - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < l.n; i++) {
        char c = l.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    return true;
}

bool
domain_is_valid(struct str s)
{
    struct str label;
    if (s.n == 0 || s.n > 253) {
        return false;
    }
    while (str_cut(&s, '.', &label)) {
        if (!label_is_valid(label)) {
            return false;
        }
    }
    return true;
}

static enum rc
wrong(struct config_fault *f, const char *key, const char *what)
{
    *f = (struct config_fault){.what = what};
    (void)snprintf(f->key, sizeof f->key, "%s", key);
    return RC_INVALID;
}

/* "SHA256:" and 43 characters of base64: another machine is never believed unseen. */
static bool
is_fingerprint(struct str s)
{
    enum { PREFIX = 7, DIGEST = 43 };
    bool is = str_starts(s, STR("SHA256:")) && s.n == PREFIX + DIGEST;
    for (size_t i = PREFIX; is && i < s.n; i++) {
        const char c = s.p[i];
        is = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '+' || c == '/';
    }
    return is;
}

static enum rc
check_targets(const struct conf *s, struct config_fault *f)
{
    static const char *const names[] = {"backup_target1", "backup_target2", "backup_target3"};
    static const char *const hostkeys[] = {"backup_hostkey1", "backup_hostkey2", "backup_hostkey3"};
    const char *const targets[] = {s->backup_target1, s->backup_target2, s->backup_target3};
    const char *const keys[] = {s->backup_hostkey1, s->backup_hostkey2, s->backup_hostkey3};
    for (size_t i = 0; i < CONF_TARGETS; i++) {
        struct conf_target t = {0};
        if (targets[i][0] != '\0' && target_parse(str_of(targets[i]), "", &t) != OK) {
            return wrong(f, names[i], "not folder:PATH, append:PATH or sftp://USER@HOST:PORT/PATH");
        }
        if (t.is_remote && !is_fingerprint(str_of(keys[i]))) {
            return wrong(f, hostkeys[i], "not SHA256:…, which an sftp target needs");
        }
        if (t.is_remote && s->backup_sftp_key[0] != '/') {
            return wrong(f, "backup_sftp_key", "not an absolute path, which an sftp target needs");
        }
    }
    return OK;
}

static enum rc
check(const struct conf *s, struct config_fault *f)
{
    struct listen_address a;
    if (!domain_is_valid(str_of(s->base_domain))) {
        return wrong(f, "base_domain", "not a domain name");
    }
    if (listen_address_parse(str_of(s->listen), &a) != OK) {
        return wrong(f, "listen", "not ADDR:PORT");
    }
    if (listen_address_parse(str_of(s->operator_listen), &a) != OK) {
        return wrong(f, "operator_listen", "not ADDR:PORT");
    }
    if (strlen(s->accept_isolation) != 1 || strchr("ABC", s->accept_isolation[0]) == NULL) {
        return wrong(f, "accept_isolation", "not A, B or C");
    }
    if (s->master_key[0] != '\0' && s->master_key[0] != '/') {
        return wrong(f, "master_key", "not an absolute path");
    }
    TRY(check_targets(s, f));
    if (s->smtp_host[0] != '\0' && !mail_address_is_valid(str_of(s->mail_from))) {
        return wrong(f, "mail_from", "not an address, which smtp_host needs");
    }
    if (s->smtp_password_file[0] != '\0' && s->smtp_password_file[0] != '/') {
        return wrong(f, "smtp_password_file", "not an absolute path");
    }
    if (s->smtp_ca[0] != '\0' && s->smtp_ca[0] != '/') {
        return wrong(f, "smtp_ca", "not an absolute path");
    }
    return OK;
}

static enum rc
read_file(const char *path, char *buf, size_t cap, size_t *ret_n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return errno == ENOENT ? RC_MISSING : RC_IO;
    }
    size_t n = 0;
    ssize_t got;
    while (n < cap && (got = read(fd, buf + n, cap - n)) > 0) {
        n += (size_t)got;
    }
    close(fd);
    *ret_n = n;
    return n == cap ? RC_LIMIT : OK;
}

enum rc
conf_load(const char *path, struct conf *ret_s, struct config_fault *ret_fault)
{
    static char buf[CONFIG_FILE_MAX + 1];
    struct conf s;
    size_t n = 0;
    *ret_fault = (struct config_fault){.what = "not readable"};
    TRY(read_file(path, buf, sizeof buf, &n));
    config_defaults(conf_rows, conf_n_rows, &s);
    TRY(config_parse((struct str){buf, n}, conf_rows, conf_n_rows, &s, ret_fault));
    TRY(check(&s, ret_fault));
    *ret_s = s;
    return OK;
}

static void
print_row(FILE *f, const struct config_row *row, const struct conf *s)
{
    const char *at = (const char *)s + row->off;
    (void)fprintf(f, "\n# %s\n", row->doc);
    if (row->type == CONFIG_TEXT) {
        bool set = strcmp(at, row->text) != 0;
        (void)fprintf(f, "%s%s = %s\n", set ? "" : "#", row->name, at);
    } else {
        int64_t v;
        memcpy(&v, at, sizeof v);
        (void)fprintf(f, "%s%s = %lld\n", v != row->number ? "" : "#", row->name, (long long)v);
    }
}

enum rc
conf_save(const char *path, const struct conf *s)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (f == NULL) {
        return RC_IO;
    }
    (void)fputs("# kontor.conf: settings of this installation. Check with: kontor check-config\n",
                f);
    for (size_t i = 0; i < conf_n_rows; i++) {
        print_row(f, &conf_rows[i], s);
    }
    bool ok = fflush(f) == 0 && fsync(fd) == 0;
    return fclose(f) == 0 && ok ? OK : RC_IO;
}
