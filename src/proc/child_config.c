/* child_config.c: what each child may know, and no other: its settings, and for one of them a
 * password and a key. */
#include "proc/child_config.h"

#include <errno.h>
#include <fcntl.h>

static void
put_pair(struct frame_out *f, const char *name, const char *value)
{
    frame_put_str(f, W_F_NAME, str_of(name));
    frame_put_str(f, W_F_BODY, str_of(value));
}

static void
put_number(struct frame_out *f, const char *name, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    put_pair(f, name, text);
}

/* What nobody but egress ever has: into the caller's buffer, which it wipes, and into no other, as
 * stdio would. "": it cannot be read, or is empty. */
static void
read_secret(const char *path, char *ret_text, size_t cap)
{
    size_t n = 0;
    const int fd = path[0] != '\0' ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;
    ssize_t got = fd >= 0 ? 1 : 0;
    while (got > 0 && n < cap - 1) {
        got = read(fd, ret_text + n, cap - 1 - n);
        n += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    ret_text[n] = '\0';
}

/* The first line of the file that kontor.conf names. */
static void
put_mail_password(struct frame_out *f, const char *path)
{
    char line[256];
    read_secret(path, line, sizeof line);
    line[strcspn(line, "\r\n")] = '\0';
    if (path[0] != '\0' && line[0] == '\0') {
        log_line(LOG_ERROR, "mail.password", "file=%s hint=cannot be read, or is empty", path);
    }
    put_pair(f, "smtp_password", line);
    explicit_bzero(line, sizeof line);
}

static void
put_sftp_key(struct frame_out *f, const char *path)
{
    static char text[16384];
    read_secret(path, text, sizeof text);
    if (text[0] == '\0') {
        log_line(LOG_ERROR, "copy.key", "file=%s errno=%d hint=cannot be read, or is empty", path,
                 errno);
    }
    put_pair(f, "sftp_key", text);
    explicit_bzero(text, sizeof text);
}

static void
put_mail_server(struct frame_out *f, const struct conf *s)
{
    put_pair(f, "smtp_host", s->smtp_host);
    put_number(f, "smtp_port", s->smtp_port);
    put_number(f, "smtp_starttls", s->smtp_starttls);
    put_pair(f, "smtp_user", s->smtp_user);
    put_pair(f, "smtp_ca", s->smtp_ca);
    put_pair(f, "mail_from", s->mail_from);
    put_number(f, "workspace_mail", s->workspace_mail);
    put_mail_password(f, s->smtp_password_file);
}

/* Where copies go outside, and the key that is shown there. */
static void
put_remote_targets(struct frame_out *f, const struct master *m)
{
    static struct conf_target targets[CONF_TARGETS];
    static char text[CONF_TARGET_PATH + 400];
    const size_t n = conf_targets(&m->conf, m->dir, targets);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const struct conf_target *t = &targets[i];
        const char *no = t->name + strlen("target");
        char name[24];
        if (!t->is_remote) {
            continue;
        }
        any = true;
        (void)snprintf(text, sizeof text, "%s %s %lld %s", t->user, t->host, (long long)t->port,
                       t->path);
        put_pair(f, t->name, text);
        (void)snprintf(name, sizeof name, "hostkey%s", no);
        put_pair(f, name, t->hostkey);
        (void)snprintf(name, sizeof name, "appends%s", no);
        put_number(f, name, t->appends);
    }
    if (any) {
        put_number(f, "backup_wait", m->conf.backup_wait);
        put_sftp_key(f, m->conf.backup_sftp_key);
    }
}

/* For a worker: its workspace's names, the way to it, and what it may say of mail. */
static void
put_worker(struct frame_out *f, struct proc *p)
{
    const struct master *m = p->m;
    char text[PATH_SIZE + 16];
    const struct host_row *row = p->live != NULL ? hosts_of_workspace(m, p->live->workspace) : NULL;
    const char *slug = row != NULL ? row->slug : "";
    conf_origin(&m->conf, p->live != NULL ? slug : NULL, text, sizeof text);
    put_pair(f, "slug", slug);
    put_pair(f, "name", row != NULL ? row->agency : "");
    put_pair(f, "origin", text);
    put_number(f, "idle_s", m->conf.worker_idle);
    put_number(f, "hash_ops", m->conf.hash_ops);
    put_pair(f, "security_contact", m->conf.security_contact);
    put_number(f, "hash_mem_kib", m->conf.hash_mem_kib);
    put_pair(f, "mail_from", m->conf.smtp_host[0] != '\0' ? m->conf.mail_from : "");
    put_pair(f, "smtp_host", m->conf.smtp_host);
    put_number(f, "smtp_port", m->conf.smtp_port);
    put_number(f, "restore_release", m->conf.restore_release);
    put_number(f, "workspace_mail", p->live != NULL ? m->conf.workspace_mail : 0);
    if (p->role == R_SYSTEM && m->console_state[0] != '\0') {
        p->restores = true;
        put_pair(f, "restore", m->console_state);
        put_pair(f, "restore_saved", m->console_saved);
        put_number(f, "restore_damaged", 1);
    }
    if (p->live != NULL && p->live->restore[0] != '\0') {
        p->restores = true;
        put_pair(f, "restore", p->live->restore);
        put_pair(f, "restore_saved", p->live->restore_saved);
        put_number(f, "restore_damaged", p->live->rescues);
        put_number(f, "restore_order", p->live->restore_order);
    }
}

void
child_config_send(struct proc *p)
{
    struct master *m = p->m;
    struct frame_out f;
    char text[PATH_SIZE + 16];
    chan_begin(&f, W_CONFIG, 0);
    put_pair(&f, "base_domain", m->conf.base_domain);
    if (p->role == R_EDGE || p->role == R_OPERATOR) {
        struct listen_address a = {.port = 443};
        (void)!listen_address_parse(
            str_of(p->role == R_EDGE ? m->conf.listen : m->conf.operator_listen), &a);
        bool behind_proxy = p->role == R_EDGE && m->conf.public_port != 0;
        put_number(&f, "public_port", behind_proxy ? m->conf.public_port : a.port);
        put_number(&f, "hsts_preload", m->conf.hsts_preload);
        (void)snprintf(text, sizeof text, "%s/spool", m->dir);
        put_pair(&f, "spool", text);
        (void)snprintf(text, sizeof text, "%s/tls/ca.pem", m->dir);
        put_pair(&f, "ca_file", text);
    }
    if (p->role == R_KEYMGR) {
        put_number(&f, "own_place", m->conf.master_key[0] == '\0');
    }
    if (p->role == R_EGRESS) {
        put_mail_server(&f, &m->conf);
        put_remote_targets(&f, m);
    }
    if (p->role == R_SCHEDULER) {
        put_number(&f, "backups", m->conf.backup_escrow[0] != '\0');
        put_number(&f, "wake", m->door.fd >= 0);
    }
    if (p->role == R_BACKUP) {
        put_pair(&f, "backup_escrow", m->conf.backup_escrow);
    }
    if (p->role == R_WRITER || p->role == R_SYSTEM) {
        put_worker(&f, p);
    }
    chan_send(&p->control, &f, -1);
}
