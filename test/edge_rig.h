/* edge_rig.h: a whole small Kontor around one edge, for its tests: the real signer and edge
 * programs, a master of our own that answers W_OPEN, and an echo worker. Master and worker live in
 * a child process, so that the test itself may block on its client connections.
 *
 * Hosts: anything.localhost has a worker (workspace 7); missing.localhost is refused as unknown,
 * busy.localhost as busy; mute.localhost is never answered.
 * Paths of the echo worker (their shapes are in edge_routes.c):
 *   /echo        200, the request's fields one a line ("path=/echo", "header=cookie: a=b",
 * "body=…") /size        200, "N": size of the body, its bytes checked to be 'a' (read from the
 * memfd, too) /big?N       200, N bytes 'b' in a sealed memfd /unsealed    a reply whose memfd is
 * not sealed /file/SIZE,AT,N[,w|,c|,s|,b|,k]  206, N bytes from AT on of a file of SIZE bytes 'f';
 * w: open to write as well; c: cut to nothing behind the answer's back; s: sealed, b: with another
 * bit in its second piece, k: with half a key /headers     200, with headers that a worker must not
 * set /silent      acknowledged, never answered /slow/{text} the same, with the deadline of slow
 * routes /die-got     the worker dies behind its acknowledgement /die-once    the first worker dies
 * before it acknowledges; its successor answers /die-always  each worker dies before it
 * acknowledges */
#ifndef TEST_EDGE_RIG_H
#define TEST_EDGE_RIG_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct rig {
    char dir[64]; /* installation: tls/ only */
    int port;
    char socket[96]; /* the plain listener */
    pid_t master;
    int pipe; /* commands to the rig's master; closed: everything ends */
    int back; /* its answers */
};

/* settings: pairs of name and value ("edge.head_ms", "300"), NULL at the end; may be NULL. */
void rig_start(struct rig *r, const char *const *settings);
/* 0 when edge and signer ended by themselves and well; else their log is shown. */
int rig_stop(struct rig *r);
/* What edge and signer logged; to be freed. */
char *rig_log(const struct rig *r);
/* Another local authority, so other certificates; signer and edge have taken it over at the end. */
void rig_renew_ca(struct rig *r);
enum rig_command {
    RIG_RELOAD = 'r',      /* signer, then edge: certificates changed */
    RIG_KILL_SIGNER = 's', /* ends the signer and starts another */
    RIG_STOP_EDGE = 'e',   /* W_STOP to the edge */
    RIG_LATE = 'l',        /* answers how often the edge said W_LATE */
    RIG_OPENS = 'o',       /* answers how often the edge asked W_OPEN */
    RIG_EDGE_PID = 'p',
    RIG_SIGNER_PID = 'q',
    RIG_EDGE_DONE = 'd' /* waits for the edge to end and answers its exit status */
};
int rig_tell(struct rig *r, enum rig_command what);

/* --- a client that writes raw bytes */
struct client {
    int fd;
    SSL *ssl; /* NULL: plain */
};
/* TLS with SNI host (NULL: none), the rig's CA not verified. False: refused. */
bool client_open(struct client *c, const struct rig *r, const char *host);
bool client_open_plain(struct client *c, const struct rig *r);
/* The same with the smallest receive buffer there is. */
bool client_open_narrow(struct client *c, const struct rig *r);
/* TCP only, nothing said. */
bool client_open_tcp(struct client *c, const struct rig *r);
void client_close(struct client *c);
bool client_send(struct client *c, const void *p, size_t n);
bool client_say(struct client *c, const char *text);
/* Reads until EOF, `cap` bytes, or wait_ms without a byte. Gives the bytes read; *ret_eof: the
 * server closed. */
size_t client_read(struct client *c, char *buf, size_t cap, int wait_ms, bool *ret_eof);

/* One response of a keep-alive connection. */
struct response {
    int status; /* 0: none came */
    char *head; /* NUL-terminated, points into buf */
    char *body;
    size_t body_n;
    char *buf;
};
bool client_response(struct client *c, struct response *ret, int wait_ms, bool is_head);
void response_done(struct response *r);
/* Value of a header (name in lower case with colon and blank: "date: "), NULL when absent. */
char *response_header(const struct response *r, const char *name);
/* The first protecting header (WEB-02, WEB-03) that does not stand exactly once in a head; NULL:
 * all do. */
const char *missing_protection(const char *head);

int64_t rig_now_ms(void);

#endif
