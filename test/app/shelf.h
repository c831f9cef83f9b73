/* shelf.h: the catalogue of backups as its tests ask it: by its commands, at a time of their own,
 * about workspace 3. */
#ifndef TEST_APP_SHELF_H
#define TEST_APP_SHELF_H

#include "rig.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

extern struct rig *shelf_rig;
extern struct instant shelf_now; /* of the commands */

/* cmocka set-up: an empty catalogue; rig_teardown() takes it away. */
int shelf_setup(void **state);
void shelf_at(const char *time);
/* The answer, for the caller to free; NULL when it was refused as `want` says. */
json_t *shelf_ask(enum rc want, const char *name, const char *in);
void shelf_tell(const char *name, const char *in);
/* A state with this id and HASH is kept. */
void shelf_keep(const char *id);
/* A column of the n-th state as text, until the next one; "" when there is no such state. */
const char *shelf_listed(size_t n, const char *key);
#define assert_listed(n, key, text) assert_string_equal(shelf_listed(n, key), text)
/* The last event of the last subject of a kind that has any, and of a state; until the next one. */
struct str shelf_last_event_of(const char *kind);
struct str shelf_last_event(void);

#endif
