/* request.h: one request as the worker sees it, from the frame to the reply; and what handlers ask
 * of it. All text is UTF-8 that was checked; all of it lives in the request's arena. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/frame.h"
#include "base/time.h"
#include "guard/dispatch.h"
#include "http/html.h"

struct req;

struct arena *req_mem(struct req *rq);
struct err *req_err(struct req *rq);
struct instant req_now(const struct req *rq);
struct day req_today(const struct req *rq); /* civil day in the workspace's zone */
const struct principal *req_who(const struct req *rq);
/* Ambient data of the page: set title, nav, and what the shell shows. */
struct page *req_page(struct req *rq);

/* --- path and query -------------------------------------------------------------------------- */
/* {project} as a number that was scope-checked. */
int64_t req_path_id(const struct req *rq, const char *name);
#define PATH_ID(rq, what) ((struct what##_id){req_path_id((rq), #what)})
struct day req_path_day(const struct req *rq);                    /* {day} */
struct str req_path_text(const struct req *rq, const char *name); /* {token}, {text} */
/* One query value, decoded; STR_NONE when absent. Invalid UTF-8 was refused before. */
struct str req_query(const struct req *rq, const char *name);
/* Query parsed by a field table into `data` (the caller sets defaults before); unknown names are
 * ignored, faulty or absent values leave the default. For filters and sorting. */
void req_query_form(struct req *rq, const struct form_def *def, void *data);
int64_t req_page_no(const struct req *rq); /* ?seite=, from 1 to 10000 */

/* --- the posted form ------------------------------------------------------------------------- */
/* The struct that the route's table parsed: req_form(rq, struct time_form). In `again` and GET
 * handlers NULL when no form was posted or it has faults. */
#define req_form(rq, type) ((const type *)req_form_((rq), sizeof(type)))
const void *req_form_(const struct req *rq, size_t size);
/* A fault found by a rule; the request becomes RC_INVALID after the handler. All are shown at once,
 * one for each field: the first one is the cause of those behind it. */
void req_fault(struct req *rq, const char *field, enum code code, struct str arg);
bool req_has_faults(const struct req *rq);
/* In `again` handlers: the form was refused for this (E_STALE: tell who changed what). */
bool req_refused_with(const struct req *rq, enum code code);
/* Raw text of a posted field outside the table, for forms whose form_def says .open (grids with
 * generated names). STR_NONE when absent. */
struct str req_raw(const struct req *rq, struct str name);
/* The uploaded file of an .upload route; name is only for showing. RC_MISSING when none was chosen.
 */
MUST enum rc req_file(struct req *rq, struct bytes *ret_content, struct str *ret_name);

/* --- slow work of other processes (in prepare_fn) -------------------------------------------- */
/* Argon2id of a password with a 16-byte salt; up to REQ_WORK_MAX orders for one request (ten
 * recovery codes). ops/mem: see guard/password.h. */
void req_want_hash(struct req *rq, struct str password, const uint8_t salt[static 16], int64_t ops,
                   int64_t mem_kib);
void req_want_qr(struct req *rq, struct str text);
/* What others know of this workspace; which names there are says proc/asks.h. The result is JSON:
 * {"fault": code} when they could not say. */
struct question {
    const char *name;
    struct str of;    /* a month, a state, a key */
    struct str login; /* who wants to know, where that matters */
    int64_t version, total;
};
void req_want_answer(struct req *rq, const struct question *q);
struct bytes req_result(const struct req *rq, size_t i); /* n = 0 when it was not ordered */
/* What prepare drew or found and the handler needs (a salt, a code): one pointer into req_mem(). */
void req_keep(struct req *rq, void *p);
void *req_kept(const struct req *rq); /* NULL when nothing was kept */

/* --- cookies and device ---------------------------------------------------------------------- */
struct str req_cookie(const struct req *rq, const char *name);
/* Host-only, Secure, HttpOnly, SameSite=Lax, Path=/; max_age 0: session cookie; < 0: removed. */
void req_set_cookie(struct req *rq, const char *name, struct str value, int64_t max_age_s);
struct str req_client(const struct req *rq);  /* full client address, for throttling only */
struct str req_network(const struct req *rq); /* /24 or /48, for people and audit */
struct str req_origin(const struct req *rq);  /* "https://nord.localhost:8443", as configured */
struct str req_header(const struct req *rq, const char *name);
/* 32 bytes that only this browser's session (before signing in: its pre cookie) stands for; what is
 * derived from them with a key is of no use to another one. */
const uint8_t *req_secret(const struct req *rq);

#endif
