/* file_test.c: an archive on its way to disk, stopped at each of its calls: killed, out of room,
 * with a failing disk. Afterwards there is a whole archive under its name, or none. */
#include "archive/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <sys/wait.h>

#include "archive/rig.h"

enum { IMAGE = 200000 };

static struct keys keys;
static char place[64];
static int folder;

/* --- calls that fail -------------------------------------------------------------------------- */

enum fault { FAULT_NONE, FAULT_KILL, FAULT_FULL, FAULT_DISK, FAULT_SHORT, FAULT_INTERRUPTED };
static enum fault fault;
static long left; /* calls until it happens */
static struct archive_calls real;

static bool
happens(void)
{
    if (fault == FAULT_NONE || --left != 0) {
        return false;
    }
    if (fault == FAULT_KILL) {
        (void)kill(getpid(), SIGKILL);
    }
    errno = fault == FAULT_FULL ? ENOSPC : fault == FAULT_INTERRUPTED ? EINTR : EIO;
    return true;
}

static ssize_t
bad_write(int fd, const void *p, size_t n)
{
    if (!happens()) {
        return real.write(fd, p, n);
    }
    return fault == FAULT_SHORT ? real.write(fd, p, n / 2) : -1;
}

static ssize_t
bad_read(int fd, void *p, size_t n)
{
    if (!happens()) {
        return real.read(fd, p, n);
    }
    return fault == FAULT_SHORT ? real.read(fd, p, n > 1 ? n / 2 : n) : -1;
}

static int
bad_fsync(int fd)
{
    return happens() && fault != FAULT_SHORT && fault != FAULT_INTERRUPTED ? -1 : real.fsync(fd);
}

static int
bad_rename(int from, const char *old, int to, const char *fresh, unsigned flags)
{
    return happens() && fault != FAULT_SHORT && fault != FAULT_INTERRUPTED
               ? -1
               : real.rename(from, old, to, fresh, flags);
}

static int
bad_unlink(int at, const char *name, int flags)
{
    return happens() && fault != FAULT_SHORT && fault != FAULT_INTERRUPTED
               ? -1
               : real.unlink(at, name, flags);
}

/* --- one archive ------------------------------------------------------------------------------ */

static enum rc
write_one(const char *name, struct err *err)
{
    static uint8_t image[IMAGE];
    struct archive_file f;
    struct archive_writer *w;
    struct archive_seen seen;
    const struct archive_head head = rig_head(&keys, 3);
    const struct manifest m = rig_manifest(&head, IMAGE, 0, 0);
    const struct archive_signer signer = archive_sign_with(keys.sign_key);
    rig_noise(image, IMAGE, 1);
    TRY(archive_file_open(folder, name, err, &f));
    const struct archive_out out = archive_file_out(&f);
    enum rc rc = archive_begin(&head, &out, err, &w);
    if (rc == OK) {
        rc = archive_put_manifest(w, &m);
        rc = rc == OK ? archive_put_database(w, IMAGE) : rc;
        rc = rc == OK ? archive_put(w, (struct bytes){image, IMAGE}) : rc;
        rc = rc == OK ? archive_end(w, &signer) : rc;
        const struct archive_want want = {.data_key = archive_data_key(w), .workspace = 3};
        rc = rc == OK ? archive_file_keep(&f, &want, err, &seen) : rc;
        archive_free(w);
    }
    archive_file_drop(&f);
    return rc;
}

static size_t
count_files(void)
{
    size_t n = 0;
    DIR *d = opendir(place);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        n += e->d_name[0] != '.';
    }
    closedir(d);
    return n;
}

/* There and whole; false when it is not there; anything else fails. */
static bool
is_whole(const char *name)
{
    const struct archive_sink none = {0};
    const struct archive_want want = {.secret = keys.secret[1], .workspace = 3};
    struct archive_seen seen;
    struct err err = {0};
    const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    const struct archive_in in = archive_fd_in(&fd);
    if (archive_read(&in, &want, &none, &err, &seen) != OK) {
        FAIL_TEST("half an archive: %s", code_name(err.code));
    }
    close(fd);
    return true;
}

static void
arm(enum fault kind, long n)
{
    fault = kind;
    left = n;
    archive_calls = (struct archive_calls){bad_write, bad_read, bad_fsync, bad_rename, bad_unlink};
}

static void
disarm(void)
{
    fault = FAULT_NONE;
    archive_calls = real;
}

static int
setup(void **state)
{
    (void)state;
    real = archive_calls;
    keys_make(&keys, 1);
    (void)snprintf(place, sizeof(place), "%s/kontor-archive-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(place) == NULL) {
        return -1;
    }
    folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder < 0 || sodium_init() < 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int
teardown(void **state)
{
    (void)state;
    close(folder);
    return nftw(place, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- the tests -------------------------------------------------------------------------------- */

static void
a_good_day(void **state)
{
    (void)state;
    struct err err = {0};
    struct stat st;
    assert_ok(write_one("a.kontor", &err));
    assert_true(is_whole("a.kontor"));
    assert_int_equal(fstatat(folder, "a.kontor", &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(count_files(), 1);
    assert_rc(RC_CONFLICT, write_one("a.kontor", &err));
    assert_int_equal(err.code, E_ARCHIVE_EXISTS);
    assert_true(is_whole("a.kontor"));
    assert_int_equal(unlinkat(folder, "a.kontor", 0), 0);
}

/* One that is not whole keeps its name until the new one has it. */
static void
made_anew(void **state)
{
    (void)state;
    struct err err = {0};
    struct archive_file f;
    struct stat st;
    assert_ok(write_one("a.kontor", &err));
    for (int i = 0; i < 2; i++) {
        assert_ok(archive_file_replace(folder, "a.kontor", &err, &f));
        assert_int_equal(write(f.fd, "new", 3), 3);
        assert_int_equal(fstatat(folder, "a.kontor", &st, 0), 0);
        assert_true(st.st_size > IMAGE / 2);
        if (i == 1) {
            assert_ok(archive_file_name(&f, &err));
        }
        archive_file_drop(&f);
        assert_int_equal(fstatat(folder, "a.kontor", &st, 0), 0);
        assert_int_equal(st.st_size == 3, i == 1);
        assert_int_equal(count_files(), 1);
    }
    assert_int_equal(unlinkat(folder, "a.kontor", 0), 0);
}

static void
names_that_are_none(void **state)
{
    (void)state;
    char long_name[ARCHIVE_NAME_MAX + 8];
    memset(long_name, 'x', sizeof(long_name));
    long_name[ARCHIVE_NAME_MAX] = '\0';
    const char *const names[] = {"", ".hidden", "a/b", "..", "a.part", long_name};
    for (size_t i = 0; i < CASES(names); i++) {
        struct archive_file f;
        struct err err = {0};
        assert_rc(RC_INVALID, archive_file_open(folder, names[i], &err, &f));
    }
    struct archive_file f;
    struct err err = {0};
    assert_rc(RC_IO, archive_file_open(-1, "a.kontor", &err, &f));
    size_t n;
    assert_rc(RC_IO, archive_file_sweep(-1, &err, &n));
}

/* Every call fails once in each way; n runs until one run is without a fault. */
static void
each_call_fails(void **state)
{
    (void)state;
    static const enum fault kinds[] = {FAULT_FULL, FAULT_DISK, FAULT_SHORT, FAULT_INTERRUPTED};
    for (size_t k = 0; k < CASES(kinds); k++) {
        long n = 1;
        for (;; n++) {
            struct err err = {0};
            arm(kinds[k], n);
            const enum rc rc = write_one("a.kontor", &err);
            const bool happened = left <= 0;
            disarm();
            const bool there = is_whole("a.kontor");
            if (there != (rc == OK) || count_files() != (rc == OK ? 1u : 0u)) {
                /* Only where removing the leftover was what failed may one be left. */
                size_t removed = 0;
                assert_ok(archive_file_sweep(folder, &err, &removed));
                assert_int_equal(there, rc == OK);
                assert_int_equal(removed, 1);
            }
            const bool unread = rc == RC_BROKEN && err.code == E_ARCHIVE_UNREADABLE; /* read back */
            if (rc != OK && !(unread && kinds[k] == FAULT_DISK) &&
                (rc != RC_IO || (err.code != E_STORE_FULL && err.code != E_IO))) {
                FAIL_TEST("call %ld: rc %d, %s, %s", n, rc, code_name(err.code), err.detail);
            }
            assert_true(kinds[k] < FAULT_SHORT || rc == OK); /* these are no failures */
            if (there) {
                assert_int_equal(unlinkat(folder, "a.kontor", 0), 0);
            }
            if (!happened) {
                break;
            }
        }
        assert_true(n > 10);
        assert_int_equal(count_files(), 0);
    }
}

static void
killed_at_each_call(void **state)
{
    (void)state;
    long n = 1;
    int whole = 0, none = 0;
    for (;; n++) {
        const pid_t pid = fork();
        if (pid == 0) {
            struct err err = {0};
            arm(FAULT_KILL, n);
            _exit(write_one("a.kontor", &err) == OK ? 0 : 1);
        }
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (is_whole("a.kontor")) {
            whole++;
            assert_int_equal(unlinkat(folder, "a.kontor", 0), 0);
        } else {
            none++;
        }
        size_t removed = 0;
        struct err err = {0};
        assert_ok(archive_file_sweep(folder, &err, &removed));
        assert_true(removed <= 1);
        assert_int_equal(count_files(), 0);
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            break;
        }
    }
    assert_true(whole >= 2 && none > 10);
    print_message("# killed at each of %ld calls\n", n - 1);
}

/* Removing: done, or told and to be done again; a file that is gone is no fault. */
static void
removing(void **state)
{
    (void)state;
    static const enum fault kinds[] = {FAULT_FULL, FAULT_DISK};
    struct err err = {0};
    for (size_t k = 0; k < CASES(kinds); k++) {
        for (long n = 1; n <= 3; n++) {
            err = (struct err){0};
            assert_ok(write_one("a.kontor", &err));
            arm(kinds[k], n);
            const enum rc rc = archive_file_remove(folder, "a.kontor", &err);
            disarm();
            assert_int_equal(rc, n <= 2 ? RC_IO : OK); /* unlink, then the folder's fsync */
            err = (struct err){0};
            assert_ok(archive_file_remove(folder, "a.kontor", &err));
            assert_int_equal(count_files(), 0);
        }
    }
    assert_rc(RC_IO, archive_file_remove(-1, "a.kontor", &err));
}

/* The disk lies: what is read back is not what was written. */
static void
read_back_and_wrong(void **state)
{
    (void)state;
    struct archive_file f;
    struct err err = {0};
    struct archive_seen seen;
    struct bag b = rig_archive(&keys, 3, IMAGE, 1);
    const struct archive_want want = {.secret = keys.secret[1], .workspace = 3};
    for (int i = 0; i < 2; i++) {
        err = (struct err){0};
        assert_ok(archive_file_open(folder, "a.kontor", &err, &f));
        const struct archive_out out = archive_file_out(&f);
        assert_ok(out.put(out.arg, (struct bytes){b.p, b.n}, &err));
        if (i == 0) {
            assert_int_equal(pwrite(f.fd, "x", 1, 100000), 1);
        }
        assert_int_equal(archive_file_keep(&f, &want, &err, &seen), i == 0 ? RC_BROKEN : OK);
        archive_file_drop(&f);
        assert_int_equal(is_whole("a.kontor"), i == 1);
    }
    /* Somebody else took the name meanwhile. */
    assert_int_equal(unlinkat(folder, "a.kontor", 0), 0);
    assert_ok(archive_file_open(folder, "a.kontor", &err, &f));
    const struct archive_out out = archive_file_out(&f);
    assert_ok(out.put(out.arg, (struct bytes){b.p, b.n}, &err));
    close(openat(folder, "a.kontor", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_rc(RC_CONFLICT, archive_file_keep(&f, &want, &err, &seen));
    assert_int_equal(err.code, E_ARCHIVE_EXISTS);
    archive_file_drop(&f);
    assert_int_equal(count_files(), 1);
    assert_int_equal(unlinkat(folder, "a.kontor", 0), 0);
    bag_free(&b);
}

static void
a_sweep_that_fails(void **state)
{
    (void)state;
    size_t n = 7;
    struct err err = {0};
    close(openat(folder, "b.kontor.part", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    arm(FAULT_DISK, 1);
    assert_rc(RC_IO, archive_file_sweep(folder, &err, &n));
    disarm();
    assert_int_equal(n, 7);
    assert_ok(archive_file_sweep(folder, &err, &n));
    assert_int_equal(n, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_day),          cmocka_unit_test(made_anew),
        cmocka_unit_test(names_that_are_none), cmocka_unit_test(each_call_fails),
        cmocka_unit_test(killed_at_each_call), cmocka_unit_test(removing),
        cmocka_unit_test(read_back_and_wrong), cmocka_unit_test(a_sweep_that_fails),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
