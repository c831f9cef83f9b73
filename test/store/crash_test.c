/* crash_test.c: a writer is killed (SIGKILL) at random moments while it acknowledges commits
 * through a pipe. Every acknowledged commit is there afterwards, none stands half, and the next
 * start works. Seeded: 50 rounds, more with KONTOR_ROUNDS. */
#include "store/rig.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/time.h"
#include "store/fault_vfs.h"

enum { ENTRIES = 40, MIGRATE_EVERY = 5 };

/* Project `id` and its entries, all with the same note: one commit. */
static enum rc
commit_one(struct rig *r, int64_t id)
{
    struct wtx *tx = NULL;
    char name[24];
    struct entry_insert_row row;
    (void)snprintf(name, sizeof(name), "p%lld", (long long)id);
    TRY(wtx_begin(r->s, r->mem, rig_now, &rig_actor, rig_err(r), &tx));
    enum rc rc = project_insert(tx, &(struct project_insert_in){{id}, str_of(name)});
    for (int64_t k = 0; k < ENTRIES && rc == OK; k++) {
        rc = entry_insert(tx,
                          &(struct entry_insert_in){.id = {id * 1000 + k},
                                                    .project_id = {id},
                                                    .minutes = {1},
                                                    .note = str_of(name),
                                                    .created_at = {1},
                                                    .sequence = k},
                          &row);
    }
    wtx_touched(tx);
    if (rc != OK) {
        wtx_rollback(tx);
        return rc;
    }
    rc = wtx_commit(tx);
    arena_reset(r->mem);
    return rc;
}

/* The child: commits and says so, with checkpoints and restarts in between, until it is killed. */
static void
write_until_killed(struct rig *r, int64_t id, int out)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (rig_open(r, true, false) != OK) {
        _exit(1);
    }
    for (;; id++) {
        if (commit_one(r, id) != OK || write(out, &id, sizeof(id)) != sizeof(id)) {
            _exit(2);
        }
        if (id % 3 == 0) {
            r->s->wal_frames = STORE_WAL_FRAMES; /* the next commit checkpoints */
        }
        if (id % 7 == 0) {
            store_rest(r->s);
            rig_close(r);
            if (rig_open(r, false, false) != OK) {
                _exit(3);
            }
        }
    }
}

/* Gives the last id that was acknowledged before (and while) the child was killed. */
static int64_t
kill_somewhen(pid_t pid, int in, uint64_t *seed)
{
    const uint64_t after = fault_dice(seed) % 12;
    const struct timespec moment = {0, (long)(fault_dice(seed) % 3000000)};
    int64_t id = 0, last = 0;
    for (uint64_t i = 0; i < after && read(in, &id, sizeof(id)) == sizeof(id); i++) {
        last = id;
    }
    (void)nanosleep(&moment, NULL); /* the moment is what is tested, not waited for */
    assert_int_equal(kill(pid, SIGKILL), 0);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    while (read(in, &id, sizeof(id)) == sizeof(id)) {
        last = id;
    }
    return last;
}

static int64_t
number(struct rig *r, const char *text)
{
    int64_t n = -1;
    GOOD(r, store_number(r->s, &r->err, text, &n));
    return n;
}

/* Returns the newest id that is there. */
static int64_t
check_after(struct rig *r, int64_t acknowledged, long round)
{
    GOOD(r, rig_open(r, true, false));
    const int64_t newest = number(r, "SELECT coalesce(max(id), 0) FROM project");
    const int64_t half = number(r, "SELECT count(*) FROM project p WHERE (SELECT count(*) FROM "
                                   "time_entry e WHERE e.project_id = p.id AND e.note = p.name) "
                                   "<> 40");
    if (newest < acknowledged || newest > acknowledged + 1 || half != 0 ||
        number(r, "SELECT count(*) FROM project") != newest) {
        FAIL_TEST("round %ld: %lld acknowledged, newest %lld, %lld stand half", round,
                  (long long)acknowledged, (long long)newest, (long long)half);
    }
    GOOD(r, store_check(r->s, &r->err));
    rig_close(r);
    return newest;
}

static void
test_killed_while_writing(void **state)
{
    struct rig *r = *state;
    const char *more = getenv("KONTOR_ROUNDS");
    const long rounds = more != NULL ? strtol(more, NULL, 10) : 50;
    uint64_t seed = 0x2545f4914f6cdd1du;
    int64_t newest = 0;
    for (long round = 0; round < rounds; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        const pid_t pid = fork();
        if (pid == 0) {
            close(ends[0]);
            write_until_killed(r, newest + 1, ends[1]);
        }
        close(ends[1]);
        const int64_t acknowledged = kill_somewhen(pid, ends[0], &seed);
        close(ends[0]);
        newest = check_after(r, acknowledged > newest ? acknowledged : newest, round);
    }
    print_message("# %lld commits in %ld rounds\n", (long long)newest, rounds);
}

/* The child migrates a database with something in it; killed, it has the old schema or the new one.
 */
static void
test_killed_while_migrating(void **state)
{
    struct rig *r = *state;
    const char *more = getenv("KONTOR_ROUNDS");
    const long rounds = (more != NULL ? strtol(more, NULL, 10) : 50) / MIGRATE_EVERY;
    uint64_t seed = 0x9e3779b97f4a7c15u;
    struct schema_migration own[4];
    memcpy(own, rig_schema.migrations, 3 * sizeof(own[0]));
    own[3] = (struct schema_migration){
        .number = 9,
        .name = "0009-wide",
        .checksum = "9",
        .sqlite = "UPDATE time_entry SET note = note || 'x', minutes = minutes + 1; "
                  "CREATE INDEX time_note ON time_entry (note)"};
    r->def.migrations = own;
    int old = 0;
    int64_t whole_us = 0; /* what a migration takes here; the first round measures it */
    for (long round = 0; round < rounds; round++) {
        r->def.n_migrations = 3;
        GOOD(r, rig_open(r, true, false));
        for (int64_t id = 1; id <= 10; id++) {
            GOOD(r, commit_one(r, id));
        }
        rig_close(r);
        const int64_t began = time_mono_us();
        const pid_t pid = fork();
        if (pid == 0) {
            r->def.n_migrations = 4;
            _exit(rig_open(r, false, false) == OK ? 0 : 1);
        }
        if (round > 0) {
            const uint64_t us = fault_dice(&seed) % (uint64_t)whole_us;
            const struct timespec moment = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
            (void)nanosleep(&moment, NULL);
            (void)kill(pid, SIGKILL);
        }
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        whole_us = round == 0 ? time_mono_us() - began : whole_us;
        r->def.n_migrations = 3;
        enum rc rc = rig_open(r, false, false);
        if (rc == OK) {
            old++;
            assert_int_equal(number(r, "SELECT count(*) FROM time_entry WHERE minutes = 1"), 400);
            rig_close(r);
        } else {
            assert_int_equal(r->err.code, E_STORE_NEWER);
        }
        r->def.n_migrations = 4;
        GOOD(r, rig_open(r, false, false));
        assert_int_equal(number(r, "SELECT count(*) FROM time_entry WHERE minutes = 2"), 400);
        GOOD(r, store_check(r->s, &r->err));
        rig_close(r);
        unlink(r->path);
    }
    print_message("# %d of %ld were stopped in time\n", old, rounds);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_killed_while_writing, rig_setup_closed, rig_teardown),
        cmocka_unit_test_setup_teardown(test_killed_while_migrating, rig_setup_closed,
                                        rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
