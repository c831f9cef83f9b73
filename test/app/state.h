/* state.h: a state of a workspace for tests: its store as an archive file, and the keys of it. */
#ifndef TEST_APP_STATE_H
#define TEST_APP_STATE_H

#include "archive/archive.h"
#include "store/store.h"

struct state_keys {
    uint8_t operations[32], operations_secret[32], escrow[32], escrow_secret[32];
    uint8_t signer[32], sign_key[ARCHIVE_SIGN_KEY];
};

void state_keys_make(struct state_keys *k);
/* DIR/NAME, an archive of the store as it is. Asserts. */
void state_put(struct store *s, const struct state_keys *k, int64_t workspace, struct instant now,
               const char *dir, const char *name);
/* Opens it to be read with the key of operations. */
struct archive_want state_want(const struct state_keys *k, int64_t workspace);
int state_open(const char *dir, const char *name);
/* Loads DIR/NAME into a new store at a path, as a restore does. Asserts. */
void state_load(const char *dir, const char *name, const struct state_keys *k, int64_t workspace,
                const char *path, const uint8_t *key);

#endif
