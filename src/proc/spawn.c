/* spawn.c: fork and exec for every process (own address layout and stack canary each), what each
 * one is given, what it may say, and its end. A child gets its rights before exec: uid, empty
 * environment, only the descriptors listed in child.h. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "proc/asks.h"
#include "proc/backups.h"
#include "proc/child.h"
#include "proc/master_own.h"
#include "proc/releases.h"
#include "proc/sandbox_calls.h"

enum {
    SECOND_US = 1000000,
    SAFE_FD = 64, /* children's descriptors are first copied above this */
    CHILD_FDS = 7,
};

struct role_def {
    const char *name, *program;
    int nice;
};

static const struct role_def role_defs[R_COUNT] = {
    [R_KEYMGR] = {"keymgr",    "kontor-keymgr", 0 },
      [R_SIGNER] = {"signer",    "kontor-keymgr", 0 },
    [R_SYSTEM] = {"system",    "kontor-worker", 0 },
      [R_EDGE] = {"edge",      "kontor-edge",   0 },
    [R_OPERATOR] = {"operator",  "kontor-edge",   0 },
      [R_WRITER] = {"writer",    "kontor-worker", 0 },
    [R_HASH] = {"hash",      "kontor-worker", 19},
      [R_PRESS] = {"press",     "kontor-press",  19},
    [R_EGRESS] = {"egress",    "kontor-egress", 10},
      [R_BACKUP] = {"backup",    "kontor-worker", 19},
    [R_DRILL] = {"drill",     "kontor-worker", 19},
      [R_RESTORE] = {"restore",   "kontor-worker", 19},
    [R_SCHEDULER] = {"scheduler", "kontor",        10},
};

const char *
role_name(enum role r)
{
    return role_defs[r].name;
}

/* --- programs -------------------------------------------------------------------------------- */

/* Beside our own file, or in ../libexec/kontor of an installed /usr/bin/kontor. */
int
program_open(enum role r)
{
    const char *name = role_defs[r].program;
    char self[PATH_SIZE];
    char path[PATH_SIZE + 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    while (n > 0 && self[n - 1] != '/') {
        n--;
    }
    if (n <= 0) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%.*s%s", (int)n, self, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)snprintf(path, sizeof path, "%.*s../libexec/kontor/%s", (int)n, self, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    return fd;
}

enum rc
programs_open(struct master *m, struct err *err)
{
    for (int r = 0; r < R_COUNT; r++) {
        bool serves_only =
            r == R_SIGNER || r == R_EDGE || r == R_OPERATOR || r == R_EGRESS || r == R_SCHEDULER;
        if (r == R_EGRESS && !conf_reaches_out(&m->conf)) {
            continue; /* there is no door either */
        }
        for (int i = 0; i < r && m->program_fd[r] < 0; i++) {
            if (role_defs[i].program == role_defs[r].program) {
                m->program_fd[r] = m->program_fd[i];
            }
        }
        if (m->program_fd[r] < 0) {
            m->program_fd[r] = program_open((enum role)r);
        }
        if (m->program_fd[r] < 0 && (m->opt->command_fd < 0 || !serves_only)) {
            return fail(err, RC_IO, E_IO, "program %s is not beside kontor", role_defs[r].program);
        }
    }
    return OK;
}

/* --- the child's half ------------------------------------------------------------------------ */

/* Runs between fork and exec: plain system calls, no memory, no log. */
_Noreturn void
birth_exec(const struct birth *b)
{
    const int want[CHILD_FDS] = {b->m->null_fd, b->m->null_fd, b->log, b->control,
                                 b->keymgr,     b->fd5,        b->fd6};
    int safe[CHILD_FDS];
    int program = fcntl(b->m->program_fd[b->role], F_DUPFD_CLOEXEC, SAFE_FD);
    for (int i = 0; i < CHILD_FDS; i++) {
        safe[i] = want[i] < 0 ? -1 : fcntl(want[i], F_DUPFD_CLOEXEC, SAFE_FD);
    }
    for (int i = 0; i < CHILD_FDS; i++) {
        if (safe[i] < 0) {
            (void)close(i);
        } else if (dup2(safe[i], i) < 0) {
            _exit(126);
        }
    }
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setsid();
    (void)setpriority(PRIO_PROCESS, 0, role_defs[b->role].nice);
    bool ok = close_range(CHILD_FDS, ~0U, CLOSE_RANGE_CLOEXEC) == 0 && chdir("/") == 0;
    if (b->m->iso.uids) {
        uid_t uid = role_uid(b->m, b->role, b->workspace);
        ok = ok && setgroups(0, NULL) == 0 && setresgid((gid_t)uid, (gid_t)uid, (gid_t)uid) == 0 &&
             setresuid(uid, uid, uid) == 0;
    }
    (void)umask(0077);
    char *argv[8] = {(char *)(uintptr_t)role_defs[b->role].program, (char *)(uintptr_t) "--role",
                     (char *)(uintptr_t)b->role_arg};
    int n = 3;
    if (b->dir_arg[0] != '\0') {
        argv[n++] = (char *)(uintptr_t) "--dir";
        argv[n++] = (char *)(uintptr_t)b->dir_arg;
    }
    if (b->workspace >= 0) {
        argv[n++] = (char *)(uintptr_t) "--workspace";
        argv[n++] = (char *)(uintptr_t)b->workspace_arg;
    }
    argv[n] = NULL;
    if (ok) {
        (void)fexecve(program, argv, b->env);
    }
    _exit(127);
}

/* --- master's half --------------------------------------------------------------------------- */

void
birth_fill(struct birth *b, struct master *m, enum role role, const struct live *live)
{
    b->m = m;
    b->role = role;
    const bool of_system =
        role == R_SYSTEM || role == R_BACKUP || role == R_DRILL || role == R_RESTORE;
    b->workspace = live != NULL ? live->workspace : of_system ? 0 : -1;
    b->fd5 = b->fd6 = -1;
    (void)snprintf(b->role_arg, sizeof b->role_arg, "%s", role_defs[role].name);
    (void)snprintf(b->workspace_arg, sizeof b->workspace_arg, "%lld", (long long)b->workspace);
    switch (role) {
    case R_KEYMGR:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s/keys", m->dir);
        b->fd5 = m->master_key_fd;
        break;
    case R_SIGNER:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s", m->dir);
        break;
    case R_SYSTEM:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s/system", m->dir);
        break;
    case R_DRILL:
    case R_RESTORE:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s/state/%lld", m->dir,
                       (long long)b->workspace);
        break;
    case R_BACKUP:
    case R_WRITER:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s/workspaces/%lld", m->dir,
                       (long long)b->workspace);
        if (b->workspace == 0) {
            (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s/system", m->dir);
        }
        break;
    case R_EDGE:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s", m->dir);
        b->fd5 = m->listen_fd;
        b->fd6 = m->plain_fd;
        break;
    case R_OPERATOR:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s", m->dir);
        b->fd5 = m->operator_fd;
        break;
    case R_HASH:
    case R_PRESS:
    case R_EGRESS:
    case R_SCHEDULER:
    case R_COUNT:
        break;
    }
    size_t n = 0;
    if (m->clock_moved) {
        char stamp[32];
        struct str now = instant_print(time_now(), stamp);
        (void)snprintf(b->now_env, sizeof b->now_env, "KONTOR_NOW=%.*s", STR_FMT(now));
        b->env[n++] = b->now_env;
    }
    if (ADDRESS_SANITIZER) { /* its leak checker traces its own process, which the sandbox forbids
                              */
        static char asan[] = "ASAN_OPTIONS=detect_leaks=0";
        b->env[n++] = asan;
    }
    b->env[n] = NULL;
}

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
    if (p->live != NULL && p->live->restore[0] != '\0') {
        p->restores = true;
        put_pair(f, "restore", p->live->restore);
        put_pair(f, "restore_saved", p->live->restore_saved);
        put_number(f, "restore_damaged", p->live->rescues);
    }
}

/* What this child may know; see child_get. */
static void
send_config(struct proc *p)
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

/* Why it will not start; its end follows. */
static void
take_refusal(struct proc *p, const struct frame *f)
{
    int64_t rc = RC_BROKEN;
    (void)!frame_get_i64(f, W_F_RC, &rc);
    p->refusal = rc >= RC_BROKEN && rc < OK ? (enum rc)rc : RC_BROKEN;
    (void)snprintf(p->refusal_code, sizeof p->refusal_code, "%.*s",
                   STR_FMT(frame_get(f, W_F_CODE)));
    int64_t state = OK;
    p->is_as_was = frame_get_i64(f, W_F_STATE, &state) == OK && state != OK;
}

/* It has taken its settings and its sandbox holds; said once. */
static void
take_ready(struct proc *p, const struct frame *f)
{
    struct master *m = p->m;
    int64_t rc;
    if (p->is_ready) {
        return;
    }
    struct str level = frame_get(f, W_F_LEVEL);
    struct str probe = frame_get(f, W_F_PROBE);
    p->is_ready = true;
    p->walls = str_eq(level, STR("B")) ? WALLS_HOLD : WALLS_MISSING;
    (void)snprintf(p->probe, sizeof p->probe, "%.*s", STR_FMT(probe));
    loop_cancel(m->loop, &p->deadline);
    log_line(LOG_NOTE, "child.ready", "role=%s ms=%lld level=%c probe=\"%s\"", role_name(p->role),
             (long long)(loop_now(m->loop) - p->spawned_us) / 1000,
             isolate_level_of(m, p->walls == WALLS_HOLD), p->probe);
    if (p->live != NULL) {
        /* It serves the store as it was: what people do from now on no successor may undo. */
        if (p->restores && frame_get_i64(f, W_F_RC, &rc) == OK && rc != OK) {
            p->live->restore[0] = '\0';
        }
        live_worker_ready(p);
    } else if (p->role == R_KEYMGR) {
        master_keys_ready(m);
    }
    master_progress(m);
}

static void
on_frame(struct chan *c, struct frame *f)
{
    struct proc *p = c->arg;
    struct master *m = p->m;
    int64_t kind;
    switch ((int)f->type) {
    case W_READY:
        take_ready(p, f);
        break;
    case W_OPEN:
        if (p->role == R_EDGE || p->role == R_OPERATOR) {
            live_open(m, p, f);
        }
        break;
    case W_NEED:
        if ((p->role == R_WRITER || p->role == R_SYSTEM) &&
            frame_get_i64(f, W_F_KIND, &kind) == OK) {
            live_need(p, f);
        }
        break;
    case W_ASK:
        if (p->role == R_WRITER) {
            ask_take(p, f);
        } else if (p->role == R_SYSTEM) {
            release_take(m, f);
        }
        break;
    case W_IDLE:
        live_idle(p, f);
        break;
    case W_ALIVE:
        pulse_answer(p);
        break;
    case W_LATE:
        if (p->role == R_EDGE || p->role == R_OPERATOR) {
            pulse_late(m, f);
        }
        break;
    case W_HOSTS:
        if (p->role == R_SYSTEM) {
            hosts_row(m, f);
        }
        break;
    case W_CLOCK:
        clock_confirmed(p, f->id);
        break;
    case W_RELOAD:
        if (p->role == R_SIGNER) {
            master_tell_edges(m, W_RELOAD);
        }
        break;
    case W_ERROR:
        if (!p->is_ready && f->id == 0) {
            take_refusal(p, f);
            break;
        }
        command_result(p, f);
        break;
    case W_RESULT:
    case W_KEY_NEW:
    case W_KEY_DROP:
        command_result(p, f);
        break;
    case W_PROGRESS:
        backup_progressed(p, f);
        break;
    default:
        log_line(LOG_ERROR, "child.grammar", "role=%s type=%d", role_name(p->role), f->type);
        proc_kill(p);
    }
}

/* The control channel closes just before the process ends; the pidfd tells the end itself. A
 * process that closes it and lives on is killed by the deadline. */
static void
on_closed(struct chan *c)
{
    struct proc *p = c->arg;
    if (p->deadline.slot == 0) {
        loop_at(p->m->loop, &p->deadline, loop_now(p->m->loop) + SECOND_US);
    }
}

static void
on_deadline(struct timer *t)
{
    struct proc *p = t->arg;
    if (pulse_excuses(p)) {
        return;
    }
    log_line(LOG_ERROR, "child.deadline", "role=%s pid=%d", role_name(p->role), p->pid);
    p->by_deadline = !p->is_stopping;
    proc_kill(p);
}

/* A kill from outside and a clean end do not count against a process; all else is its own doing. */
static bool
is_own_doing(const struct proc *p, const siginfo_t *how)
{
    if (how->si_code == CLD_EXITED) {
        return how->si_status != 0;
    }
    return p->by_deadline || how->si_status == SIGSEGV || how->si_status == SIGBUS ||
           how->si_status == SIGABRT || how->si_status == SIGSYS || how->si_status == SIGILL ||
           how->si_status == SIGFPE || how->si_status == SIGALRM;
}

static void
proc_free(struct proc *p)
{
    struct master *m = p->m;
    for (struct proc **at = &m->procs; *at != NULL; at = &(*at)->next) {
        if (*at == p) {
            *at = p->next;
            break;
        }
    }
    if (p->log != NULL) {
        p->log->proc = NULL;
    }
    loop_cancel(m->loop, &p->deadline);
    loop_unwatch(m->loop, &p->end);
    if (p->end.fd >= 0) {
        close(p->end.fd);
    }
    chan_close(&p->control);
    free(p);
}

enum code
proc_refusal(const struct proc *p)
{
    for (int c = 1; c < E_COUNT; c++) {
        if (strcmp(code_name((enum code)c), p->refusal_code) == 0) {
            return (enum code)c;
        }
    }
    return p->role == R_KEYMGR ? E_MASTER_KEY : E_NOT_RUNNING;
}

void
proc_ended(struct proc *p, const siginfo_t *how)
{
    struct master *m = p->m;
    bool own = is_own_doing(p, how);
    log_line(own ? LOG_ERROR : LOG_NOTE, "child.ended", "role=%s ws=%lld pid=%d %s=%d",
             role_name(p->role), p->live != NULL ? (long long)p->live->workspace : -1, p->pid,
             how->si_code == CLD_EXITED ? "status" : "signal", how->si_status);
    p->is_stopping = true; /* what is ordered by whoever hears of it is its successor's */
    command_proc_ended(p);
    struct service *s = service_of(m, p);
    bool first_start = !m->is_started && !p->is_ready;
    bool has_successor = s != NULL && s->proc != NULL && s->proc != p;
    enum code why = proc_refusal(p);
    if (has_successor) {
        if (own) {
            deaths_note(&s->deaths, loop_now(m->loop));
        }
        s = NULL;
    } else if (s != NULL) {
        s->proc = NULL;
    } else if (p->live != NULL) {
        live_worker_ended(p, own);
    }
    proc_free(p);
    if (s != NULL && first_start && !m->is_stopping) {
        master_refuse(m, why, "log/kontor.log says why");
        master_stop(m, how->si_code == CLD_EXITED && how->si_status != 0 ? how->si_status
                                                                         : rc_exit(RC_BROKEN));
    } else if (s != NULL) {
        service_ended(m, s, own);
    }
    if (m->is_stopping) {
        master_stop(m, m->status); /* goes on to the next step, or ends */
    }
}

static void
on_end(struct watch *w, uint32_t events)
{
    siginfo_t how = {0};
    struct proc *p = w->arg;
    (void)events;
    if (waitid(P_PIDFD, (id_t)w->fd, &how, WEXITED | WNOHANG) == 0 && how.si_pid != 0) {
        chan_drain(&p->control); /* its last words came before its end, whichever was seen first */
        proc_ended(p, &how);
    }
}

static void
adopt(struct proc *p, int control, int log, int pidfd)
{
    struct master *m = p->m;
    p->end = (struct watch){.fd = pidfd, .fn = on_end, .arg = p};
    p->control = (struct chan){.on_frame = on_frame, .on_close = on_closed, .arg = p};
    p->deadline = (struct timer){.fn = on_deadline, .arg = p};
    p->spawned_us = time_mono_us();
    p->next = m->procs;
    m->procs = p;
    chan_open(&p->control, m->loop, control);
    logs_pipe(p, log);
    if (pidfd >= 0) { /* the egress is the door's child */
        loop_watch(m->loop, &p->end, EPOLLIN);
    }
    send_config(p);
    loop_at(m->loop, &p->deadline, p->spawned_us + (p->restores ? RESTORED_US : READY_US));
    clock_tell_new(p);
}

static struct proc *
cannot_spawn(enum role role, int keymgr_fd)
{
    log_line(LOG_ERROR, "spawn.failed", "role=%s errno=%d", role_name(role), errno);
    if (keymgr_fd >= 0) {
        close(keymgr_fd);
    }
    return NULL;
}

/* Closes the child's ends. */
static bool
fork_child(struct master *m, enum role role, const struct live *live, int control, int keymgr,
           int log, pid_t *ret_pid, int *ret_pidfd)
{
    struct birth b = {0};
    birth_fill(&b, m, role, live);
    b.control = control;
    b.keymgr = keymgr;
    b.log = log;
    pid_t pid = fork();
    if (pid == 0) {
        birth_exec(&b);
    }
    *ret_pid = pid;
    *ret_pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    close(control);
    close(log);
    if (*ret_pidfd < 0 && pid > 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
    }
    return *ret_pidfd >= 0;
}

struct proc *
proc_spawn(struct master *m, enum role role, int index, struct live *live, int keymgr_fd)
{
    int control[2];
    int log[2];
    if (chan_pair(control) != OK) {
        return cannot_spawn(role, keymgr_fd);
    }
    if (pipe2(log, O_CLOEXEC) != 0) {
        close(control[0]);
        close(control[1]);
        return cannot_spawn(role, keymgr_fd);
    }
    pid_t pid = 0;
    int pidfd = -1;
    if (role == R_EGRESS) {
        if (!door_spawn(m, control[1], log[1])) {
            close(control[0]);
            close(log[0]);
            return NULL;
        }
    } else if (!fork_child(m, role, live, control[1], keymgr_fd, log[1], &pid, &pidfd)) {
        close(control[0]);
        close(log[0]);
        return cannot_spawn(role, keymgr_fd);
    }
    if (keymgr_fd >= 0) {
        close(keymgr_fd);
    }
    struct proc *p = loop_alloc(sizeof *p);
    *p = (struct proc){.m = m,
                       .role = role,
                       .index = index,
                       .live = role == R_WRITER ? live : NULL,
                       .workspace = live != NULL ? live->workspace : 0,
                       .pid = pid};
    adopt(p, control[0], log[0], pidfd);
    return p;
}

void
proc_kill(struct proc *p)
{
    if (p->role == R_EGRESS) {
        door_kill(p->m);
    } else {
        (void)syscall(SYS_pidfd_send_signal, p->end.fd, SIGKILL, NULL, 0);
    }
}

bool
proc_is_leaving(const struct proc *p)
{
    struct pollfd c = {.fd = p->control.w.fd};
    return c.fd < 0 || (poll(&c, 1, 0) == 1 && (c.revents & (POLLHUP | POLLERR)) != 0);
}

void
proc_stop(struct proc *p)
{
    if (p->is_stopping) {
        return;
    }
    struct frame_out f;
    p->is_stopping = true;
    chan_begin(&f, W_STOP, 0);
    chan_send(&p->control, &f, -1);
    loop_at(p->m->loop, &p->deadline, loop_now(p->m->loop) + STOP_US + SECOND_US);
}
