/* master.c: start, reload and end of the installation. Order of the start: lock, sockets, walls,
 * then keymgr, signer, registrar, edges; the start line is printed when all are there. Order of the
 * end: edges (they drain), workers, registrar and helpers, signer and keymgr. */
#include "proc/master.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "proc/backups.h"
#include "proc/birth.h"
#include "proc/master_own.h"

int
master_cores(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n < 1 ? 1 : n;
}

static struct master *the_master; /* for the log sink only */

static void
to_log(const char *line, size_t n)
{
    logs_write(the_master, "master", line, n > 0 ? n - 1 : 0);
}

/* --- end ------------------------------------------------------------------------------------- */

static bool
stop_role(struct master *m, enum role from, enum role to)
{
    bool any = false;
    for (struct proc *p = m->procs; p != NULL; p = p->next) {
        if (p->role >= from && p->role <= to) {
            any = true;
            proc_stop(p);
        }
    }
    return any;
}

/* One step after the other, as the processes of the step before have ended. */
static bool
stop_step(struct master *m)
{
    const bool orders = stop_role(m, R_SCHEDULER, R_SCHEDULER);
    return stop_role(m, R_EDGE, R_OPERATOR) || orders || stop_role(m, R_WRITER, R_RESTORE) ||
           stop_role(m, R_SYSTEM, R_SYSTEM) || stop_role(m, R_KEYMGR, R_SIGNER);
}

void
master_stop(struct master *m, int status)
{
    if (!m->is_stopping) {
        m->is_stopping = true;
        m->status = status;
        lookout_end(m);
        log_line(LOG_NOTE, "master.stopping", "status=%d", status);
        notify_say(m, "STOPPING=1");
    }
    if (!stop_step(m)) {
        loop_stop(m->loop);
    }
}

void
master_tell_edges(struct master *m, enum wire what)
{
    for (struct proc *p = m->procs; p != NULL; p = p->next) {
        if (p->role == R_EDGE || p->role == R_OPERATOR) {
            struct frame_out f;
            chan_begin(&f, (uint16_t)what, 0);
            chan_send(&p->control, &f, -1);
        }
    }
}

/* --- signals --------------------------------------------------------------------------------- */

static void
reload(struct master *m)
{
    char path[PATH_SIZE + 32];
    struct conf fresh;
    struct config_fault fault = {0};
    struct frame_out f;
    (void)snprintf(path, sizeof path, "%s/kontor.conf", m->dir);
    if (conf_load(path, &fresh, &fault) != OK) {
        log_line(LOG_ERROR, "reload.refused", "line=%d key=%s what=\"%s\"", fault.line, fault.key,
                 fault.what);
    } else {
        m->conf.workers_max = fresh.workers_max;
        m->conf.worker_idle = fresh.worker_idle;
        m->conf.log_days = fresh.log_days;
        log_line(LOG_NOTE, "reload", "settings=read");
    }
    /* The signer first; its answer goes on to the edges, which then ask for the new certificates.
     */
    if (m->signer.proc != NULL) {
        chan_begin(&f, W_RELOAD, 0);
        chan_send(&m->signer.proc->control, &f, -1);
    }
}

static void
on_signal(struct watch *w, uint32_t events)
{
    struct master *m = w->arg;
    struct signalfd_siginfo si;
    (void)events;
    if (read(w->fd, &si, sizeof si) != sizeof si) {
        return;
    }
    if (si.ssi_signo == SIGCHLD) {
        lookout_reap(m);
    } else if (si.ssi_signo == SIGHUP) {
        reload(m);
    } else if (m->is_stopping) {
        for (struct proc *p = m->procs; p != NULL; p = p->next) {
            proc_kill(p); /* asked twice: at once */
        }
    } else {
        master_stop(m, 0);
    }
}

static void
take_signals(struct master *m)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        loop_die("signalfd");
    }
    m->signals = (struct watch){.fd = fd, .fn = on_signal, .arg = m};
    loop_watch(m->loop, &m->signals, EPOLLIN);
}

/* --- start ----------------------------------------------------------------------------------- */

static enum rc
take_lock(struct master *m, struct err *err)
{
    char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/run/lock", m->dir);
    m->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (m->lock_fd < 0) {
        return fail(err, errno == ENOENT ? RC_MISSING : RC_IO, E_IO, "run/lock: %s",
                    strerrorname_np(errno));
    }
    if (flock(m->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return fail(err, RC_CONFLICT, E_RUNNING, "run/lock is held");
    }
    return OK;
}

static void
raise_files_limit(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
    }
}

/* KiB that new processes can have without pushing others out; 0: not known. */
static int64_t
memory_free_kib(void)
{
    FILE *f = fopen("/proc/meminfo", "re");
    char line[128];
    int64_t kib = 0;
    while (f != NULL && kib == 0 && fgets(line, sizeof line, f) != NULL) {
        struct str rest = str_of(line);
        struct str name;
        struct str number;
        int64_t n;
        if (str_cut(&rest, ':', &name) && str_eq(name, STR("MemAvailable"))) {
            rest = str_trim(rest);
            kib = str_cut(&rest, ' ', &number) && str_to_i64(number, &n) == OK ? n : 0;
        }
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return kib;
}

size_t
master_hashers(int cores, int64_t free_kib, int64_t hash_kib)
{
    int64_t n = free_kib / (hash_kib + HASHER_OWN_KIB);
    n = n < cores ? n : cores;
    n = n < HASHERS_MAX ? n : HASHERS_MAX;
    return n < 1 ? 1 : (size_t)n;
}

static void
name_services(struct master *m)
{
    int cores = master_cores();
    m->keymgr.role = R_KEYMGR;
    m->signer.role = R_SIGNER;
    m->registrar.role = R_SYSTEM;
    m->operator_edge.role = R_OPERATOR;
    m->scheduler.role = R_SCHEDULER;
    m->press.role = R_PRESS;
    m->egress.role = R_EGRESS;
    m->n_edges = (size_t)(m->conf.edges > 0 ? m->conf.edges : cores);
    m->n_edges = m->n_edges > EDGES_MAX ? EDGES_MAX : m->n_edges;
    m->n_hashers = master_hashers(cores, memory_free_kib(), m->conf.hash_mem_kib);
    for (int i = 0; i < EDGES_MAX; i++) {
        m->edges[i] = (struct service){.role = R_EDGE, .index = i};
    }
    for (int i = 0; i < HASHERS_MAX; i++) {
        m->hashers[i] = (struct service){.role = R_HASH, .index = i};
    }
    for (int i = 0; i < R_COUNT; i++) {
        m->program_fd[i] = -1;
    }
}

static bool
services_ready(const struct master *m)
{
    const struct service *all[] = {&m->keymgr, &m->signer, &m->registrar, &m->operator_edge,
                                   &m->scheduler};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i]->wanted && (all[i]->proc == NULL || !all[i]->proc->is_ready)) {
            return false;
        }
    }
    for (size_t i = 0; i < m->n_edges; i++) {
        const struct service *s = &m->edges[i];
        if (s->wanted && (s->proc == NULL || !s->proc->is_ready)) {
            return false;
        }
    }
    return m->hosts_known;
}

/* Several agencies below the level that the operator accepted: no. A single command may: it serves
 * nobody, and doctor must be able to say what is wrong. */
static bool
level_suffices(struct master *m)
{
    char level = isolate_level(m);
    if (m->opt->command_fd >= 0 || hosts_workspaces(m) < 2 ||
        level <= m->conf.accept_isolation[0]) {
        return true;
    }
    char detail[160];
    (void)snprintf(detail, sizeof detail, "level %c, accepted %s%s%s", level,
                   m->conf.accept_isolation, m->iso.netns_why[0] != '\0' ? ", " : "",
                   m->iso.netns_why);
    master_refuse(m, E_LEVEL, detail);
    master_stop(m, rc_exit(RC_DENIED));
    return false;
}

void
master_refuse(struct master *m, enum code code, const char *detail)
{
    log_line(LOG_ERROR, "master.refuses", "code=%s detail=\"%s\"", code_name(code), detail);
    if (m->opt->on_refuse != NULL) {
        m->opt->on_refuse(code_name(code), detail);
    }
}

void
master_progress(struct master *m)
{
    char origin[600];
    if (m->is_started || m->is_stopping || !services_ready(m) || !level_suffices(m)) {
        return;
    }
    m->is_started = true;
    pulse_start(m);
    conf_origin(&m->conf, "", origin, sizeof origin);
    notify_say(m, "READY=1");
    log_line(LOG_NOTE, "master.ready", "url=%s level=%c ms=%lld hashers=%zu test_build=%d", origin,
             isolate_level(m), (long long)(time_mono_us() - m->started_us) / 1000, m->n_hashers,
             time_is_test_build());
    if (m->opt->on_ready != NULL) {
        m->opt->on_ready(origin, isolate_level(m));
    }
}

/* The registrar cannot live without keys: it is born when keymgr is there, so that keys which
 * cannot be opened are told as such, and not as the death of one who waited for them. */
void
master_keys_ready(struct master *m)
{
    if (!m->registrar.wanted && !m->is_stopping && !m->opt->rescues_console) {
        service_want(m, &m->registrar);
    }
}

static void
start_services(struct master *m)
{
    service_want(m, &m->keymgr);
    if (m->opt->command_fd >= 0) {
        return;
    }
    service_want(m, &m->signer);
}

/* Until now connections wait in the listeners' queues: an edge that asked for a name too early
 * would be told that nobody has it. */
void
master_hosts_known(struct master *m)
{
    if (m->hosts_known || m->is_stopping) {
        return;
    }
    m->hosts_known = true;
    if (m->opt->command_fd >= 0) {
        return;
    }
    for (size_t i = 0; i < m->n_edges; i++) {
        service_want(m, &m->edges[i]);
    }
    service_want(m, &m->operator_edge);
    backup_tell_places(m); /* before anything is ordered of backups */
    service_want(m, &m->scheduler);
}

/* A registrar without its store would make an empty one: every agency would be nobody's, and its
 * number given once more. */
static enum rc
need_console(const struct master *m, struct err *err)
{
    char store[PATH_SIZE + 32];
    char first[PATH_SIZE + 32];
    (void)snprintf(store, sizeof store, "%s/system/data.db", m->dir);
    (void)snprintf(first, sizeof first, "%s/workspaces/1/data.db", m->dir);
    const bool is_lost = access(store, F_OK) != 0 && errno == ENOENT && access(first, F_OK) == 0;
    return is_lost && !m->opt->rescues_console ? fail(err, RC_BROKEN, E_CONSOLE_LOST, "%s", store)
                                               : OK;
}

static enum rc
prepare(struct master *m, struct err *err)
{
    TRY(take_lock(m, err));
    TRY(logs_open(m, err));
    the_master = m;
    log_sink(to_log);
    if (m->opt->command_fd < 0) {
        notify_open(m);
    }
    raise_files_limit();
    TRY(programs_open(m, err));
    TRY(key_place_open(m, err));
    TRY(need_console(m, err));
    TRY(listen_all(m, err));
    return isolate_enter(m, err);
}

static void
clean_up(struct master *m)
{
    char path[PATH_SIZE + 32];
    logs_drain(m);
    control_close_all(m);
    if (m->control_fd >= 0) {
        (void)snprintf(path, sizeof path, "%s/run/control.sock", m->dir);
        (void)unlink(path);
    }
    live_free_all(m);
    door_close(m);
    hosts_done(&m->hosts);
    log_line(LOG_NOTE, "master.ended", "status=%d", m->status);
    log_sink(NULL);
    logs_close(m);
    loop_free(m->loop);
}

int
master_run(const struct master_options *opt)
{
    static struct master m;
    struct err err = {0};
    m = (struct master){.opt = opt, .conf = opt->conf, .started_us = time_mono_us()};
    m.lock_fd = m.master_key_fd = m.listen_fd = m.operator_fd = m.plain_fd = m.control_fd = -1;
    m.log_fd = m.notify_fd = m.door.fd = m.spare_door.fd = -1;
    m.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    m.clock_moved = time_is_test_build() && getenv("KONTOR_NOW") != NULL;
    (void)snprintf(m.dir, sizeof m.dir, "%s", opt->dir);
    m.loop = loop_new();
    name_services(&m);
    enum rc rc = prepare(&m, &err);
    if (rc != OK) {
        master_refuse(&m, err.code, err.detail);
        m.status = rc_exit(rc);
        clean_up(&m);
        return m.status;
    }
    take_signals(&m);
    clock_watch(&m);
    control_open(&m);
    if (opt->command_fd >= 0) {
        control_accept_fd(&m, opt->command_fd);
    }
    start_services(&m);
    loop_run(m.loop);
    clean_up(&m);
    return m.status;
}
