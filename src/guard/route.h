/* route.h: what a route is. A row cannot lack its right; a POST cannot lack its event and its form;
 * a GET cannot take a writing handler (its type differs). Rows are written with GET() and POST()
 * only. What does not compile is in test/refuse/; what does not start is routes_check(). */
#ifndef GUARD_ROUTE_H
#define GUARD_ROUTE_H

#include "base/field.h"
#include "guard/audit.h"
#include "guard/right.h"

struct req; /* http/request.h */

enum method { METHOD_GET = 1, METHOD_POST };

/* A reading page. Fills the reply; anything but OK becomes an error page. */
typedef enum rc get_fn(struct req *rq, struct rtx *tx);
/* A change. Right, scope, CSRF and form are already proven. Replies with reply_done() (303). On
 * failure with err->field or with form faults, the route's `again` shows the page with the input
 * kept. */
typedef enum rc post_fn(struct req *rq, struct wtx *tx);
/* Runs before a handler, in a read transaction of its own, to order slow work of other processes
 * (req_want_hash, req_want_qr). The request is parked until the results are there; then the handler
 * runs and finds them with req_result(). */
typedef enum rc prepare_fn(struct req *rq, struct rtx *tx);

/* The rules of a form that its field table cannot say. Asked when the field table found faults, so
 * that one answer names them all; req_form() then holds what could be parsed (zero where it could
 * not) and req_fault() says nothing twice about one field. A form without faults meets the same
 * rules in its handler. */
typedef enum rc check_fn(struct req *rq, struct rtx *tx);

/* Does this want a fresh proof? For forms that only sometimes change what AUTH-18 names, and for
 * what is fetched in parts. */
typedef enum rc fresh_fn(struct req *rq, struct rtx *tx, bool *ret_wanted);

struct route {
    enum method method;
    const char *path; /* "/projekte/{project}/zeiten": see path types in dispatch.h */
    enum right right;
    enum event event;            /* POST: the event that touch() writes */
    const struct form_def *form; /* POST: its fields; undeclared ones are refused */
    get_fn *get;
    post_fn *post;
    get_fn *again;   /* POST: shows the form again with faults (status 422 or 409) */
    check_fn *check; /* POST with `again`: what else is wrong with a form that has faults */
    prepare_fn *prepare;
    bool enrol;   /* reachable while the second factor still must be set up */
    bool step_up; /* wants a proof (password or factor) not older than 5 minutes (AUTH-18) */
    fresh_fn *step_up_if; /* wants one when this says so */
    bool slow;            /* may take seconds: long deadline (what has `prepare` has it anyway) */
    bool when_low;        /* POST that goes on when the disk is nearly full: it takes data out */
    bool no_once;         /* POST whose repetition is harmless (sign-in): no once-only key */
    bool throttled;  /* public POST that counts its failures itself (sign-in, one-time links) */
    bool reads_path; /* POST that changes nothing of the things its path names: they need only be
                        visible */
    bool upload;     /* multipart: the file is req_file() */
    size_t body_max; /* 0: 64 KiB */
};

/* A form without fields of its own (a button): POST("/abmelden", SELF, SIGNED_OUT, no_form, …). */
struct no_form {
    bool unused;
};
extern const struct form_def no_form_def;

/* GET("/zeiten/{day}", TIME_WRITE, time_get_day), POST("/zeiten", TIME_WRITE, TIME_ADDED,
 * time_form, time_post_add, .again = time_get_day): form time_form means struct time_form and
 * time_form_def. */
#define GET(path_, right_, handler, ...)                                                           \
    {                                                                                              \
        .method = METHOD_GET, .path = (path_), .right = RIGHT_##right_, .get = (handler),          \
        __VA_ARGS__                                                                                \
    }
#define POST(path_, right_, event_, form_, handler, ...)                                           \
    {                                                                                              \
        .method = METHOD_POST, .path = (path_), .right = RIGHT_##right_, .event = EVENT_##event_,  \
        .form = &form_##_def, .post = (handler), __VA_ARGS__                                       \
    }

/* May this person read (write false) or change (true) that thing? RC_MISSING when it does not exist
 * or is not theirs to see (404, never 403), RC_DENIED when visible but not theirs to change. */
typedef enum rc scope_fn(struct rtx *tx, const struct principal *who, int64_t id, bool write);
/* {name} in a path and FIELD_ID members called <name>_id or <…>_<name>_id are checked by this. */
struct scope {
    const char *name; /* "project" */
    scope_fn *check;
};

#endif
