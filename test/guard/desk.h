/* desk.h: a workspace for tests of guard: a fresh keyed store, a key process of its own that
 * answers with the real keymgr's code, and a clock that tests move. */
#ifndef TEST_GUARD_DESK_H
#define TEST_GUARD_DESK_H

#include "guard/password.h"
#include "guard/right.h"
#include "store/store.h"

struct desk {
    struct arena *mem;
    struct store *store;
    struct err err;
    struct instant now;
    struct wtx *w;
    struct rtx *r;
    int keys;   /* our end of the key channel */
    int keymgr; /* its process */
    char dir[64];
};

int desk_setup(void **state);
int desk_teardown(void **state);
/* The key process alone, for a test with a workspace of another making. */
int desk_keys_start(struct desk *d);
int desk_keys_end(struct desk *d);

/* A write transaction by nobody; ended by desk_commit (asserts OK, no audit row is asked for) or
 * desk_undo. */
struct wtx *desk_write(struct desk *d);
void desk_commit(struct desk *d);
void desk_undo(struct desk *d);
struct rtx *desk_read(struct desk *d);
void desk_done(struct desk *d);
void desk_wait(struct desk *d, int64_t seconds);

/* An active person with a password of 20 characters whose tag is desk_tag(seed). */
struct user_id desk_person(struct desk *d, const char *login, enum group g, uint8_t seed);
struct bytes desk_tag(uint8_t seed); /* what the hash process would have computed; static */

/* Rows of the audit with this event. */
int64_t desk_events(struct desk *d, const char *event);
/* Runs one writing statement of the test's own on a table of guard ("UPDATE … SET … WHERE …"). */
void desk_sql(struct desk *d, const char *owner, const char *sql);
int64_t desk_number(struct desk *d, const char *owner,
                    const char *sql);                 /* SELECT count(*) AS n_count … */
char *desk_keep(struct str s, char *buf, size_t cap); /* copies out of the arena; NUL-terminated */

#endif
