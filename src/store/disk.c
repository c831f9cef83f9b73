/* disk.c: a file layer between the cipher's and the operating system's that counts failed reads.
 * The cipher's layer (SQLite3MultipleCiphers 2.3.5, mcIoRead) goes on after a failed read: a page
 * then looks damaged, and a log header looks like the end of the log, so that a failed read while
 * the log is being recovered would silently drop acknowledged commits. Who sees the count has
 * changed trusts nothing. */
#include "store/sqlite.h"

#include <assert.h>

enum { KINDS_MAX = 8 };

/* The methods of one kind of file, with our read. A file points at `ours`, which comes first. */
struct methods {
    sqlite3_io_methods ours;
    const sqlite3_io_methods *theirs;
};

const char *store_disk_below = "unix";
static sqlite3_vfs *below;
static struct methods kinds[KINDS_MAX];
static uint64_t failed_reads;

uint64_t
store_disk_failed_reads(void)
{
    return failed_reads;
}

static int
on_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    const void *methods = f->pMethods;
    const struct methods *m = methods;
    int code = m->theirs->xRead(f, p, n, at);
    failed_reads += code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ;
    return code;
}

/* The same methods with our read. */
static const sqlite3_io_methods *
with_our_read(const sqlite3_io_methods *theirs)
{
    size_t i = 0;
    while (kinds[i].theirs != NULL && kinds[i].theirs != theirs) {
        i++;
        assert(i < KINDS_MAX); /* SQLite has fewer for one system */
    }
    kinds[i].ours = *theirs;
    kinds[i].ours.xRead = on_read;
    kinds[i].theirs = theirs;
    return &kinds[i].ours;
}

static int
on_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *f, int flags, int *ret_flags)
{
    (void)vfs;
    int code = below->xOpen(below, path, f, flags, ret_flags);
    if (code == SQLITE_OK) {
        f->pMethods = with_our_read(f->pMethods);
    }
    return code;
}

const char *
store_disk(void)
{
    static sqlite3_vfs layer;
    if (below == NULL && sqlite3_initialize() == SQLITE_OK) {
        below = sqlite3_vfs_find(store_disk_below);
        layer = *below;
        layer.zName = "kontor";
        layer.xOpen = on_open;
        int code = sqlite3_vfs_register(&layer, 0);
        assert(code == SQLITE_OK);
        code = sqlite3mc_vfs_create(layer.zName, 0);
        assert(code == SQLITE_OK);
        (void)code;
    }
    return "multipleciphers-kontor";
}
