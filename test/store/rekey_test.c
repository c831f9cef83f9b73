/* rekey_test.c: a store gets another key: what was in it is there under the new one, the old one
 * opens nothing; killed at any moment, one of the two opens all of it. */
#include "store/rig.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 300, KILLS = 20 };

static void
fill_and_close(struct rig *r)
{
    struct wtx *tx = rig_write(r);
    for (int i = 1; i <= ROWS; i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "Projekt %04d mit einem laengeren Namen", i);
        GOOD(r, project_insert(tx, &(struct project_insert_in){{i}, str_of(name)}));
    }
    rig_commit(r);
    rig_close(r);
}

static void
next_key(const struct rig *r, uint8_t ret_key[static 32])
{
    memcpy(ret_key, r->key, 32);
    ret_key[0] ^= 0x55;
}

static bool
has_copy(const struct rig *r)
{
    char copy[128];
    (void)snprintf(copy, sizeof(copy), "%s.rekey", r->path);
    return access(copy, F_OK) == 0;
}

static void
test_new_key_opens_all_of_it(void **state)
{
    struct rig *r = *state;
    uint8_t next[32];
    fill_and_close(r);
    next_key(r, next);
    GOOD(r, store_rekey(r->path, r->key, next, &r->err));
    assert_false(has_copy(r));
    REFUSED(r, rig_open(r, false, false), RC_DENIED, E_STORE_KEY);
    memcpy(r->key, next, sizeof(next));
    GOOD(r, rig_open(r, false, false)); /* its walls, 64 reserved bytes among them, are asserted */
    assert_int_equal(rig_count(r), ROWS);
    GOOD(r, store_check(r->s, &r->err));
}

static void
test_what_does_not_fit_changes_nothing(void **state)
{
    struct rig *r = *state;
    uint8_t next[32];
    char name[128];
    struct rlimit before;
    struct stat st;
    fill_and_close(r);
    next_key(r, next);
    REFUSED(r, store_rekey(r->path, next, r->key, &r->err), RC_DENIED, E_STORE_KEY);
    REFUSED(r, store_rekey("/nowhere/data.db", r->key, next, &r->err), RC_IO, E_IO);
    assert_int_equal(stat(r->path, &st), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (int part = 2; part <= 3;
         part++) { /* too little for the copy, too little for the journal */
        struct rlimit little = {(rlim_t)(part == 2 ? st.st_size / 2 : st.st_size), before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
        (void)rig_err(r);
        enum rc rc = store_rekey(r->path, r->key, next, &r->err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_true(part == 3 || rc == RC_IO);
        if (rc == OK) { /* it fitted after all: back again */
            GOOD(r, store_rekey(r->path, next, r->key, &r->err));
        }
        assert_false(has_copy(r));
    }
    (void)snprintf(name, sizeof(name), "%s.rekey", r->path);
    assert_int_equal(mkdir(name, 0700), 0);
    REFUSED(r, store_rekey(r->path, r->key, next, &r->err), RC_IO, E_IO);
    assert_int_equal(rmdir(name), 0);
    GOOD(r, rig_open(r, false, false));
    rig_project(r, ROWS + 1, "noch eins");
    REFUSED(r, store_rekey(r->path, r->key, next, &r->err), RC_CONFLICT, E_BUSY); /* it is open */
    assert_int_equal(rig_count(r), ROWS + 1);
}

/* A byte that is not what was written is found before the old file goes. */
static void
test_damage_is_not_carried_over(void **state)
{
    struct rig *r = *state;
    uint8_t next[32];
    size_t n;
    fill_and_close(r);
    next_key(r, next);
    char *file = rig_file(r->path, &n);
    file[n - 2000] ^= 1;
    FILE *f = fopen(r->path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(file, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    free(file);
    (void)rig_err(r);
    assert_int_not_equal(store_rekey(r->path, r->key, next, &r->err), OK);
    assert_false(has_copy(r));
}

static void
test_killed_at_any_moment(void **state)
{
    struct rig *r = *state;
    const char *text = getenv("KONTOR_KILLS");
    long kills = text != NULL ? strtol(text, NULL, 10) : KILLS;
    uint64_t seed = 4711;
    long changed = 0;
    fill_and_close(r);
    for (long i = 0; i < kills; i++) {
        uint8_t next[32];
        next_key(r, next);
        pid_t pid = fork();
        if (pid == 0) {
            struct err err = {0};
            _exit(store_rekey(r->path, r->key, next, &err) == OK ? 0 : 1);
        }
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        (void)usleep((useconds_t)(seed >> 33) % 5000);
        (void)kill(pid, SIGKILL);
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        (void)rig_err(r);
        if (rig_open(r, false, false) != OK) {
            memcpy(r->key, next, sizeof(next));
            changed++;
            GOOD(r, rig_open(r, false, false));
        }
        assert_int_equal(rig_count(r), ROWS);
        rig_close(r);
    }
    print_message("%ld kills, %ld under the new key\n", kills, changed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_key_opens_all_of_it, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_what_does_not_fit_changes_nothing, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_damage_is_not_carried_over, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_killed_at_any_moment, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
