/* fault_vfs.c: see fault_vfs.h. Wraps the "unix" layer; SQLite3MultipleCiphers is put on top of it.
 */
#include "fault_vfs.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

enum { PATH_BYTES = 512 };

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* lies behind this struct */
    char path[PATH_BYTES];
};

/* One write or cut that was not synced yet: how to take it back. */
struct undo {
    char path[PATH_BYTES];
    off_t at, size_before;
    size_t n;
    struct undo *older;
    char bytes[];
};

static sqlite3_vfs *below;
static struct {
    enum fault_kind kind;
    int64_t left;
    bool armed, stays, hit;
} plan;
static bool recording;
static struct undo *undos;

static struct fault_file *
ours(void *f)
{
    return f;
}

static sqlite3_file *
real(sqlite3_file *f)
{
    return ours(f)->real;
}

void
fault_arm(enum fault_kind kind, int64_t n, bool stays)
{
    plan.kind = kind;
    plan.left = n;
    plan.armed = true;
    plan.stays = stays;
    plan.hit = false;
}

bool
fault_disarm(void)
{
    plan.armed = false;
    return plan.hit;
}

/* Counts one call; true when it has to fail. */
static bool
fails(bool needs_room)
{
    if (!plan.armed || (plan.kind == FAULT_FULL && !needs_room)) {
        return false;
    }
    plan.left--;
    const bool now = plan.left == 0 || (plan.left < 0 && plan.stays);
    plan.hit = plan.hit || now;
    return now;
}

static int
error(int io)
{
    return plan.kind == FAULT_FULL ? SQLITE_FULL : io;
}

/* --- what a power cut takes back ------------------------------------------------------------- */
static void
note(const char *path, off_t at, size_t n)
{
    struct stat st;
    int fd = recording ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return;
    }
    struct undo *u = calloc(1, sizeof(*u) + n);
    (void)snprintf(u->path, sizeof(u->path), "%s", path);
    u->at = at;
    u->size_before = st.st_size;
    ssize_t got = pread(fd, u->bytes, n, at);
    u->n = got > 0 ? (size_t)got : 0;
    u->older = undos;
    undos = u;
    close(fd);
}

static void
synced(const char *path)
{
    for (struct undo **p = &undos; *p != NULL;) {
        struct undo *u = *p;
        if (strcmp(u->path, path) == 0) {
            *p = u->older;
            free(u);
        } else {
            p = &u->older;
        }
    }
}

uint64_t
fault_dice(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

void
fault_record(void)
{
    recording = true;
}

void
fault_power_cut(uint64_t seed)
{
    recording = false;
    while (undos != NULL) {
        struct undo *u = undos;
        int fd = fault_dice(&seed) % 4 != 0 ? open(u->path, O_WRONLY | O_CLOEXEC) : -1;
        if (fd >= 0) {
            if (pwrite(fd, u->bytes, u->n, u->at) != (ssize_t)u->n ||
                ftruncate(fd, u->size_before) != 0) {
                abort();
            }
            close(fd);
        }
        undos = u->older;
        free(u);
    }
}

/* --- files ----------------------------------------------------------------------------------- */
static int
on_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int
on_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return fails(false) ? SQLITE_IOERR_READ : real(f)->pMethods->xRead(real(f), p, n, at);
}

static int
on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    note(ours(f)->path, at, (size_t)n);
    if (fails(true)) {
        if (plan.kind == FAULT_TORN) {
            (void)real(f)->pMethods->xWrite(real(f), p, n / 2, at);
        }
        return error(SQLITE_IOERR_WRITE);
    }
    return real(f)->pMethods->xWrite(real(f), p, n, at);
}

static int
on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    const char *path = ours(f)->path;
    struct stat st;
    if (stat(path, &st) == 0 && st.st_size > size) {
        note(path, size, (size_t)(st.st_size - size));
    }
    return fails(true) ? error(SQLITE_IOERR_TRUNCATE) : real(f)->pMethods->xTruncate(real(f), size);
}

static int
on_sync(sqlite3_file *f, int flags)
{
    if (fails(false)) {
        return SQLITE_IOERR_FSYNC;
    }
    int code = real(f)->pMethods->xSync(real(f), flags);
    synced(ours(f)->path);
    return code;
}

static int
on_file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    return real(f)->pMethods->xFileSize(real(f), ret);
}

static int
on_lock(sqlite3_file *f, int kind)
{
    return real(f)->pMethods->xLock(real(f), kind);
}

static int
on_unlock(sqlite3_file *f, int kind)
{
    return real(f)->pMethods->xUnlock(real(f), kind);
}

static int
on_reserved(sqlite3_file *f, int *ret)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), ret);
}

static int
on_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
on_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int
on_device(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int
on_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **ret)
{
    return fails(true) ? error(SQLITE_IOERR_SHMMAP)
                       : real(f)->pMethods->xShmMap(real(f), region, size, extend, ret);
}

static int
on_shm_lock(sqlite3_file *f, int from, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), from, n, flags);
}

static void
on_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int
on_shm_unmap(sqlite3_file *f, int remove)
{
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_file_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_reserved,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_device,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

static int
on_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *f, int flags, int *ret_flags)
{
    struct fault_file *ff = ours(f);
    void *behind = ff + 1;
    (void)vfs;
    f->pMethods = NULL;
    ff->real = behind;
    if (fails(false)) {
        return SQLITE_CANTOPEN;
    }
    int code = below->xOpen(below, path, real(f), flags, ret_flags);
    if (code == SQLITE_OK) {
        (void)snprintf(ff->path, sizeof(ff->path), "%s", path != NULL ? path : "");
        f->pMethods = &methods;
    }
    return code;
}

static int
on_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    (void)vfs;
    return fails(false) ? SQLITE_IOERR_DELETE : below->xDelete(below, path, sync_folder);
}

void
fault_register(void)
{
    static sqlite3_vfs vfs;
    if (below == NULL) {
        (void)sqlite3_initialize();
        below = sqlite3_vfs_find("unix");
        vfs = *below;
        vfs.zName = "fault";
        vfs.szOsFile = (int)sizeof(struct fault_file) + below->szOsFile;
        vfs.xOpen = on_open;
        vfs.xDelete = on_delete;
        if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) {
            abort();
        }
    }
}
