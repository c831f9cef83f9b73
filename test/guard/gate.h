/* gate.h: the dispatcher under test: routes, scopes and commands that do what the test's plan says,
 * a face in HTTP's place that notes what it was asked, and a recorder who is signed in. */
#ifndef TEST_GUARD_GATE_H
#define TEST_GUARD_GATE_H

#include "desk.h"
#include "guard/call.h"

enum { COOKIE = 96 };

/* What the test's http knows of one request; begins with a struct call, as http/req.h does. */
struct req {
    struct call call;
    /* One letter for each question: body, form, check, wants a proof, prepare, ambient, Get, Post,
     * Again, '>' redirect.
     */
    char asked[32];
    size_t n_asked;
    struct str csrf, once;
    void *data; /* the parsed form */
    bool form_faults, faults, orders, parked;
    struct str location;
    enum rc why; /* the form was refused for this */
};

/* What the handlers and scope checks do, and what they saw; empty before each test. */
struct plan {
    enum rc rc; /* of the handler, with this code */
    enum code code;
    int busy;          /* so many times RC_BUSY first */
    bool silent, idle; /* no touch(); no change */
    bool fault;        /* a rule found a fault */
    bool proof;        /* the form wants a fresh proof */
    bool low;          /* the disk is nearly full */
    enum rc scope_rc, prepare_rc;
    int64_t scope_id, scopes;
    bool scope_write;
    const char *scope;
};
extern struct plan plan;

struct ids_form {
    struct str name;
    struct user_id responsible_user_id;
    struct project_id project_id;
    struct category_id category_id;
    struct user_id owner; /* a name that says no table */
};

extern struct user_id mara, piet; /* an administrator without a factor, and a recorder */
extern char cookie[COOKIE];       /* of piet */
extern uint8_t secret[32];        /* of his session */

int gate_setup(void **state);
struct gate gate_of(const struct desk *d);
void sign_in(struct desk *d, struct user_id user, bool ticket, char out[COOKIE]);
/* Closes the store and opens it again, perhaps for reading only. */
void reopen(struct desk *d, bool read_only);

struct req ask(struct desk *d, enum method method, const char *path, const char *sid);
/* A form of piet's own page. */
struct req form(struct desk *d, const char *path);
enum rc go(struct desk *d, struct req *rq);
/* How often a change was made. */
int64_t changes(struct desk *d);

/* The request gives this class and code after these questions, and changes nothing. */
#define REFUSED(d, rq, rc, code, asked) refused((d), (rq), (rc), (code), (asked), __LINE__)
void refused(struct desk *d, struct req *rq, enum rc rc, enum code code, const char *asked,
             int line);
#define SERVED(d, rq, asked) served((d), (rq), (asked), __LINE__)
void served(struct desk *d, struct req *rq, const char *asked, int line);

#endif
