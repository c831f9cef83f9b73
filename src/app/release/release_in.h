/* release_in.h: what the files of this folder share. */
#ifndef APP_RELEASE_RELEASE_IN_H
#define APP_RELEASE_RELEASE_IN_H

#include "app/release/release.h"

#include "release.sql.h"

enum release_state {
    RELEASE_WAITS = 1,
    RELEASE_RELEASED,
    RELEASE_REFUSED,
    RELEASE_LAPSED,
    RELEASE_WITHDRAWN, /* its order ended before it was answered */
};
struct release {
    struct release_find_row row;
    struct release_givers_row *givers;
    size_t n_givers;
    enum release_state state;
    struct instant lapses_at;
};
/* RC_MISSING: there is none of that number. */
MUST enum rc release_read(struct rtx *tx, struct restore_release_id id, struct release *ret);
/* Of what began to wait after this it may still be that it waits. */
struct instant release_since(struct instant now);

struct refuse_form {
    struct str refuse_reason;
};
extern const struct form_def refuse_form_def;

/* release_web.c */
extern get_fn releases_get, release_get;
extern post_fn release_post_give, release_post_refuse;

#endif
