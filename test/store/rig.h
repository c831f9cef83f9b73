/* rig.h: a store in a folder of its own for one test, with the sample schema of sqlgen's golden
 * test (which is compared with sqlgen's output, so these are the statements that sqlgen writes). */
#ifndef TEST_STORE_RIG_H
#define TEST_STORE_RIG_H

#include "store/sqlite.h"
#include "tools/sqlgen/expect/thing.sql.h"

struct rig {
    char dir[64], path[96];
    struct store *s;
    struct arena *mem;
    struct err err;
    struct schema_def def; /* may be changed before opening */
    uint8_t key[32];
    struct wtx *w;
};

extern const struct schema_def rig_schema;
extern const struct actor rig_actor;
extern const struct instant rig_now;

/* For cmocka: an open, empty store; and everything gone. */
int rig_setup(void **state);
int rig_teardown(void **state);
/* The folder only. */
int rig_setup_closed(void **state);

/* Opens the rig's file with its schema and key. */
enum rc rig_open(struct rig *r, bool create, bool read_only);
void rig_close(struct rig *r);
/* Transactions that must begin; commits are with a touch. */
struct wtx *rig_write(struct rig *r);
struct rtx *rig_read(struct rig *r);
void rig_commit(struct rig *r);
/* One project in a transaction of its own; must go well. */
void rig_project(struct rig *r, int64_t id, const char *name);
/* Number of projects, in a transaction of its own; negative rc when it cannot be read. */
int64_t rig_count(struct rig *r);
/* A fresh err for the next call. */
struct err *rig_err(struct rig *r);
/* Whole file in memory (malloc). */
char *rig_file(const char *path, size_t *ret_n);

/* The call must give this class and code. */
#define REFUSED(r, expr, want_rc, want_code)                                                       \
    do {                                                                                           \
        enum rc got_ = ((void)rig_err(r), (expr));                                                 \
        if (got_ != (want_rc) || (r)->err.code != (want_code)) {                                   \
            FAIL_TEST("%s:%d: rc %d, code %s, %s", __FILE__, __LINE__, got_,                       \
                      code_name((r)->err.code), (r)->err.detail);                                  \
        }                                                                                          \
    } while (0)
#define GOOD(r, expr)                                                                              \
    do {                                                                                           \
        enum rc got_ = ((void)rig_err(r), (expr));                                                 \
        if (got_ != OK) {                                                                          \
            FAIL_TEST("%s:%d: rc %d, code %s, %s", __FILE__, __LINE__, got_,                       \
                      code_name((r)->err.code), (r)->err.detail);                                  \
        }                                                                                          \
    } while (0)

#endif
