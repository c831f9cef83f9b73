/* office.h: a small agency for tests of verbs and pages: a store on disk with people, companies and
 * persons, transactions in one line each, and pages run without a server. */
#ifndef TEST_APP_OFFICE_H
#define TEST_APP_OFFICE_H

#include "guard/right.h"
#include "http/reply.h"
#include "store/store.h"

/* The people: numbers are their user ids. */
enum { OFFICE_ADMIN = 1, OFFICE_LEADER, OFFICE_RECORDER_2, OFFICE_RECORDER_1, OFFICE_PEOPLE = 4 };
/* The companies (1 "Reederei Lührs", code LUE; 2 "Brauerei Hopfenstolz", no code), each with one
 * address and one person of the same number. */

struct office {
    struct store *store;
    struct arena *mem;
    struct err err;
    struct instant now;
    char dir[64];
};

/* A new store in a folder of its own, filled; removed again by office_close(). Asserts. */
void office_open(struct office *o, const char *now);
/* The people only. */
void office_open_empty(struct office *o, const char *now);
void office_close(struct office *o);

/* Runs fn in a write transaction of this person and commits; what it returned, or what commit did.
 * o->err tells why. */
enum rc office_write(struct office *o, int64_t user, enum rc (*fn)(struct wtx *tx, void *arg),
                     void *arg);
/* For it, the small demo agency; arg: the struct demo_counts of what came, or NULL. */
enum rc office_demo(struct wtx *tx, void *arg);
/* The same for reading. */
enum rc office_read(struct office *o, int64_t user, enum rc (*fn)(struct rtx *tx, void *arg),
                    void *arg);
/* A person with the preset of a group. */
struct principal office_who(int64_t user);

/* Calls a page for a person: its body, or STR_NONE when it refused (*ret_rc). `query` is "a=1&b=2";
 * id goes into `{name}` of the path. */
struct office_page {
    struct str query;
    const char *name;
    int64_t id;
    int64_t user;
};
struct str office_get(struct office *o, get_fn *fn, const struct office_page *p, enum rc *ret_rc);

/* Sends a form to a path of a domain's table: its rules, the handler, the commit; when it is
 * refused, the page that shows it again. Sessions, scopes and tokens are the dispatcher's tests. */
struct office_sent {
    enum rc rc;          /* OK: it was done */
    struct str location; /* where it leads */
    struct str body; /* the page again, when it was refused; a file, when it answered with one */
};
struct office_sent office_post(struct office *o, const struct domain *d, const char *path,
                               const struct office_page *p, const char *body);
/* The reading handler of a path in a domain's table; asserts that there is one. */
get_fn *office_route(const struct domain *d, const char *path);
/* Asserts that a page says something, or does not. */
void office_says(struct str body, const char *text);
void office_lacks(struct str body, const char *text);

#endif
