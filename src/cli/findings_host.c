/* findings_host.c: what doctor sees on the machine itself. It reads names, owners, modes and the
 * kernel's own figures; it opens no key and no store. */
#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

#include "base/time.h"
#include "cli/findings.h"

enum { CLOCK_WARN_US = 1000000, MIB = 1 << 20 };

static void
folder_modes(struct findings *f)
{
    static const struct {
        const char *name;
        mode_t forbidden;
        const char *closes; /* as chmod says it */
    } rows[] = {
        {"",             0022, "go-w"  },
        {"/keys",        0077, "go-rwx"},
        {"/tls/private", 0077, "go-rwx"},
        {"/system",      0077, "go-rwx"},
        {"/run",         0077, "go-rwx"},
        {"/spool",       0077, "go-rwx"},
        {"/log",         0077, "go-rwx"},
        {"/workspaces",  0066, "go-rw" },
        {"/backup",      0077, "go-rwx"},
        {"/copies",      0077, "go-rwx"}
    };
    bool all_good = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[CLI_PATH_MAX + 32];
        char mode[8];
        struct stat st;
        (void)snprintf(path, sizeof path, "%s%s", f->c->dir, rows[i].name);
        if (stat(path, &st) != 0) {
            continue; /* not ours to see; master sees it at its start */
        }
        if ((st.st_mode & rows[i].forbidden) != 0) {
            (void)snprintf(mode, sizeof mode, "%03o", st.st_mode & 0777u);
            FINDING(f, "files.mode", FINDING_BAD, T_doctor_folder_open, path, mode, rows[i].closes);
            all_good = false;
        }
    }
    if (all_good) {
        FINDING(f, "files.mode", FINDING_GOOD, T_doctor_folders_closed);
    }
}

/* Who may write into a folder above may put another one in our place; a sticky one (/tmp) keeps
 * what is others'. */
static void
folders_above(struct findings *f)
{
    char path[CLI_PATH_MAX];
    char mode[8];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s", f->c->dir);
    for (char *slash = strrchr(path, '/'); slash != NULL && slash != path;
         slash = strrchr(path, '/')) {
        *slash = '\0';
        if (stat(path, &st) == 0 && (st.st_mode & 0002u) != 0 && (st.st_mode & S_ISVTX) == 0) {
            (void)snprintf(mode, sizeof mode, "%03o", st.st_mode & 0777u);
            FINDING(f, "files.above", FINDING_BAD, T_doctor_folder_above, path, mode);
        }
    }
}

/* A guesser with a copy of the disk and of the keys pays this for each try. */
static void
hash_cost(struct findings *f, const struct conf *conf)
{
    enum { LEAST_MS = 50, MOST_MS = 1000 };
    char ops[24];
    char mib[24];
    char ms_text[24];
    const int64_t ms = cli_hash_ms(conf->hash_ops, conf->hash_mem_kib);
    (void)snprintf(ops, sizeof ops, "%lld", (long long)conf->hash_ops);
    (void)snprintf(mib, sizeof mib, "%lld", (long long)conf->hash_mem_kib / 1024);
    (void)snprintf(ms_text, sizeof ms_text, "%lld", (long long)ms);
    if (ms == 0) {
        FINDING(f, "hash.cost", FINDING_WARN, T_doctor_hash_unknown);
    } else if (ms < LEAST_MS) {
        FINDING(f, "hash.cost", FINDING_WARN, T_doctor_hash_cheap, ms_text, ops, mib);
    } else if (ms > MOST_MS) {
        FINDING(f, "hash.cost", FINDING_WARN, T_doctor_hash_slow, ms_text, ops, mib);
    } else {
        FINDING(f, "hash.cost", FINDING_GOOD, T_doctor_hash_good, ms_text, ops, mib);
    }
}

/* --- machine --------------------------------------------------------------------------------- */

static void
swap(struct findings *f)
{
    FILE *s = fopen("/proc/swaps", "re");
    char line[256];
    char name[200] = "";
    bool encrypted = true;
    if (s == NULL) {
        return;
    }
    (void)!fgets(line, sizeof line, s); /* the heading */
    while (fgets(line, sizeof line, s) != NULL) {
        size_t n = strcspn(line, " \t");
        bool mapped = strncmp(line, "/dev/dm-", 8) == 0 || strncmp(line, "/dev/zram", 9) == 0;
        if (!mapped) {
            encrypted = false;
            (void)snprintf(name, sizeof name, "%.*s", (int)(n > 199 ? 199 : n), line);
        }
    }
    (void)fclose(s);
    if (encrypted) {
        FINDING(f, "swap", FINDING_GOOD, T_doctor_swap_good);
    } else {
        FINDING(f, "swap", FINDING_WARN, T_doctor_swap_plain, name);
    }
}

static void
clock_state(struct findings *f)
{
    int64_t error_us;
    enum time_trust t = time_sync(&error_us);
    char text[24];
    (void)snprintf(text, sizeof text, "%.1f", (double)error_us / 1e6);
    if (t == TIME_UNKNOWN) {
        FINDING(f, "clock", FINDING_WARN, T_doctor_clock_unknown);
    } else if (t == TIME_OFF) {
        FINDING(f, "clock", FINDING_BAD, T_doctor_clock_off, text);
    } else if (error_us > CLOCK_WARN_US) {
        FINDING(f, "clock", FINDING_WARN, T_doctor_clock_off, text);
    } else {
        FINDING(f, "clock", FINDING_GOOD, T_doctor_clock_good);
    }
}

static int64_t
read_number(const char *path)
{
    FILE *s = fopen(path, "re");
    char line[32] = "";
    int64_t n = -1;
    if (s != NULL) {
        if (fgets(line, sizeof line, s) == NULL || str_to_i64(str_trim(str_of(line)), &n) != OK) {
            n = -1;
        }
        (void)fclose(s);
    }
    return n;
}

/* Our processes write no core whatever the system says; the kernel could still for those that give
 * their rights away, if it was told so. */
static void
kernel(struct findings *f)
{
    char value[24];
    int64_t suid = read_number("/proc/sys/fs/suid_dumpable");
    int64_t aslr = read_number("/proc/sys/kernel/randomize_va_space");
    (void)snprintf(value, sizeof value, "%lld", (long long)suid);
    if (suid > 0) {
        FINDING(f, "kernel.core", FINDING_WARN, T_doctor_core_suid, value);
    } else {
        FINDING(f, "kernel.core", FINDING_GOOD, T_doctor_core_good);
    }
    (void)snprintf(value, sizeof value, "%lld", (long long)aslr);
    if (aslr >= 0 && aslr < 2) {
        FINDING(f, "kernel.addresses", FINDING_BAD, T_doctor_aslr_off, value);
    }
}

/* Each live worker costs master three descriptors and the machine one process. */
static void
limits(struct findings *f, const struct conf *conf)
{
    struct rlimit files;
    struct sysinfo si;
    int64_t workers = conf->workers_max;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || sysinfo(&si) != 0) {
        return;
    }
    if (workers == 0) {
        workers = (int64_t)(si.totalram / MIB * si.mem_unit) * 2 / 5;
    }
    char may[24];
    char want[24];
    int64_t by_files = (int64_t)(files.rlim_max / 3);
    int64_t pids = read_number("/proc/sys/kernel/pid_max");
    int64_t least = pids > 0 && pids / 2 < by_files ? pids / 2 : by_files;
    (void)snprintf(may, sizeof may, "%lld", (long long)least);
    (void)snprintf(want, sizeof want, "%lld", (long long)workers);
    if (least < workers) {
        FINDING(f, "limits", FINDING_WARN, T_doctor_limits_low, want, may);
    } else {
        FINDING(f, "limits", FINDING_GOOD, T_doctor_limits_good, want);
    }
}

static void
listeners(struct findings *f, const struct conf *conf)
{
    bool local = strncmp(conf->operator_listen, "127.", 4) == 0 ||
                 strncmp(conf->operator_listen, "[::1]", 5) == 0;
    if (local) {
        FINDING(f, "operator.listen", FINDING_GOOD, T_doctor_operator_local, conf->operator_listen);
    } else {
        FINDING(f, "operator.listen", FINDING_WARN, T_doctor_operator_open, conf->operator_listen);
    }
}

void
findings_of_host(struct findings *f, const struct conf *conf)
{
    findings_of_key_place(f, conf);
    folder_modes(f);
    folders_above(f);
    hash_cost(f, conf);
    swap(f);
    kernel(f);
    clock_state(f);
    limits(f, conf);
    listeners(f, conf);
}
