/* findings_conf.c: what doctor says of the settings in kontor.conf themselves, and how each is
 * mended. Settings that only show in their effect (isolation, key, hash, limits) are with it. */
#include <errno.h>
#include <sys/stat.h>

#include "cli/escrow.h"
#include "cli/findings.h"
#include "proc/disks.h"

enum { LOG_DAYS_LONG = 30 };

static void
domain(struct findings *f, const struct conf *conf)
{
    bool local = strcmp(conf->base_domain, "localhost") == 0;
    if (local) {
        FINDING(f, "base_domain", FINDING_WARN, T_doctor_domain_local);
    } else {
        FINDING(f, "base_domain", FINDING_GOOD, T_doctor_domain_good, conf->base_domain);
    }
    if (local && conf->hsts_preload == 1) {
        FINDING(f, "hsts_preload", FINDING_WARN, T_doctor_preload_local);
    }
}

/* A file that a setting names: there, and (a secret) for nobody else to read. */
static void
named_file(struct findings *f, const char *id, const char *path, bool is_secret)
{
    struct stat st;
    char mode[8];
    if (path[0] == '\0') {
        return;
    }
    if (stat(path, &st) != 0) {
        FINDING(f, id, FINDING_BAD, T_doctor_file_missing, path, strerrorname_np(errno));
        return;
    }
    if ((st.st_mode & (is_secret ? 0077u : 0022u)) != 0) {
        (void)snprintf(mode, sizeof mode, "%03o", st.st_mode & 0777u);
        FINDING(f, id, FINDING_BAD, is_secret ? T_doctor_secret_open : T_doctor_file_open, path,
                mode);
    }
}

/* What fits each other: port and kind of TLS, log-in and password. */
static void
mail_server(struct findings *f, const struct conf *conf)
{
    enum { SMTPS = 465, SUBMISSION = 587 };
    char port[24];
    char starttls[24];
    if ((conf->smtp_port == SMTPS && conf->smtp_starttls == 1) ||
        (conf->smtp_port == SUBMISSION && conf->smtp_starttls == 0)) {
        (void)snprintf(port, sizeof port, "%lld", (long long)conf->smtp_port);
        (void)snprintf(starttls, sizeof starttls, "%lld", (long long)conf->smtp_starttls);
        FINDING(f, "mail.port", FINDING_WARN, T_doctor_smtp_port, port, starttls);
    }
    if ((conf->smtp_user[0] == '\0') != (conf->smtp_password_file[0] == '\0')) {
        FINDING(f, "mail.login", FINDING_WARN, T_doctor_smtp_login);
    }
}

static void
mail(struct findings *f, const struct conf *conf)
{
    if (conf->smtp_host[0] == '\0') {
        FINDING(f, "mail", FINDING_WARN, T_doctor_mail_none);
    } else {
        FINDING(f, "mail", FINDING_GOOD, T_doctor_mail_good, conf->smtp_host);
        mail_server(f, conf);
    }
    named_file(f, "mail.password", conf->smtp_password_file, true);
    named_file(f, "mail.authority", conf->smtp_ca, false);
    named_file(f, "backup.sftp_key", conf->backup_sftp_key, true);
    if (conf->workspace_mail == 1) {
        FINDING(f, "mail.workspaces", FINDING_WARN, T_doctor_mail_workspaces);
    }
}

static void
contact(struct findings *f, const struct conf *conf)
{
    if (conf->security_contact[0] == '\0') {
        FINDING(f, "security_contact", FINDING_WARN, T_doctor_contact_none);
    } else {
        FINDING(f, "security_contact", FINDING_GOOD, T_doctor_contact_good, conf->security_contact);
    }
}

/* Whoever may write to it names the address of a client at will (X-Forwarded-For). */
static void
plain_socket(struct findings *f, const struct conf *conf)
{
    struct stat st;
    char mode[8];
    if (conf->plain_socket[0] != '\0' && stat(conf->plain_socket, &st) == 0 &&
        (st.st_mode & 0002u) != 0) {
        (void)snprintf(mode, sizeof mode, "%03o", st.st_mode & 0777u);
        FINDING(f, "plain_socket", FINDING_BAD, T_doctor_socket_open, conf->plain_socket, mode);
    }
}

static bool
is_on_another_disk(const char *dir, const char *path)
{
    struct stat here;
    struct stat there;
    struct disk_state a;
    struct disk_state b;
    if (stat(dir, &here) != 0 || stat(path, &there) != 0 || here.st_dev == there.st_dev) {
        return false;
    }
    return !disk_look("", dir, &a) || !disk_look("", path, &b) || disk_is_apart(&a, &b);
}

/* Is there a place for copies whose loss is not the loss of this disk? */
static bool
is_copied_elsewhere(const char *dir, const struct conf *conf)
{
    struct conf_target targets[CONF_TARGETS];
    const size_t n = conf_targets(conf, dir, targets);
    bool elsewhere = false;
    for (size_t i = 0; i < n; i++) {
        elsewhere = elsewhere || targets[i].is_remote || is_on_another_disk(dir, targets[i].path);
    }
    return elsewhere;
}

static void
backup(struct findings *f, const struct conf *conf)
{
    char path[CLI_PATH_MAX];
    struct stat st;
    if (!is_copied_elsewhere(f->c->dir, conf)) {
        FINDING(f, "backup.targets", FINDING_BAD, T_doctor_backup_targets);
    }
    if (conf->backup_escrow[0] == '\0') {
        FINDING(f, "backup.escrow", FINDING_BAD, T_doctor_backup_escrow);
    }
    escrow_beside(f->c, path);
    if (path[0] != '\0' && stat(path, &st) == 0) {
        FINDING(f, "backup.escrow.here", FINDING_BAD, T_doctor_escrow_here, path);
    }
}

static void
logs(struct findings *f, const struct conf *conf)
{
    char days[24];
    if (conf->log_days > LOG_DAYS_LONG) {
        (void)snprintf(days, sizeof days, "%lld", (long long)conf->log_days);
        FINDING(f, "log_days", FINDING_WARN, T_doctor_logs_long, days);
    }
}

static void
demo(struct findings *f)
{
    char path[CLI_PATH_MAX + 16];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/demo.txt", f->c->dir);
    if (stat(path, &st) == 0) {
        FINDING(f, "demo", FINDING_WARN, T_doctor_demo, path);
    }
}

void
findings_of_settings(struct findings *f, const struct conf *conf)
{
    char path[CLI_PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/kontor.conf", f->c->dir);
    named_file(f, "files.conf", path, false);
    domain(f, conf);
    mail(f, conf);
    contact(f, conf);
    plain_socket(f, conf);
    backup(f, conf);
    logs(f, conf);
    demo(f);
}
