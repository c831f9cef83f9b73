/* edge.h: what the edge's files share. The edge holds connections of the Internet; it has no key,
 * no data and no socket of its own making. Single-threaded; nothing blocks. Objects: a *connection*
 * reads requests one after another; each becomes a *flight* to the worker of its *host*; a flight
 * outlives its connection when the client leaves.
 */
#ifndef PROC_EDGE_H
#define PROC_EDGE_H

#include <openssl/ssl.h>
#include <sys/socket.h>

#include "base/frame.h"
#include "base/sealed.h"
#include "base/wire.h"
#include "proc/child.h"
#include "proc/head.h"

enum { EDGE_SECOND = 1000000 }; /* microseconds */

/* Every appetite of the edge. Set by --limit NAME=NUMBER (times in ms); defaults in edge.c. */
struct edge_limits {
    int64_t handshake_ms;  /* absolute, from accept */
    int64_t head_ms;       /* absolute, from the request's first byte */
    int64_t idle_ms;       /* between requests */
    int64_t body_ms;       /* absolute, plus what came divided by the rate */
    int64_t body_rate;     /* bytes a second */
    int64_t write_ms;      /* absolute, plus the size divided by the write rate */
    int64_t write_rate;    /* bytes a second */
    int64_t linger_ms;     /* reading on after a refusal: how long nothing may come */
    int64_t request_ms;    /* a worker's time for a request */
    int64_t slow_ms;       /* the same for a route marked slow */
    int64_t drain_ms;      /* after W_STOP */
    int64_t connections;   /* in all; 0: from RLIMIT_NOFILE */
    int64_t per_address;   /* connections of one address (IPv6: of one /64) */
    int64_t queue_host;    /* flights waiting or under way for one host */
    int64_t queue_address; /* the same for one client address */
    int64_t in_flight;     /* frames under way on one channel */
    int64_t body_frame;    /* bodies up to this travel in the frame */
    int64_t body_max;      /* larger ones are refused */
    int64_t body_total;    /* bytes of bodies held at a time */
    int64_t unknown_per_s; /* host names asked for in vain in a second; then new names wait */
};

struct list {
    struct list *next, *prev;
};

/* Shape of a route as the edge knows it: what is refused before a worker hears of it. */
struct edge_route {
    enum head_method method; /* HEAD_GET stands for HEAD as well */
    const char *pattern;     /* "/zeiten/{day}" */
    int64_t body_max;
    bool is_slow;
};
extern const struct edge_route edge_routes[]; /* written by the build, see shapes_print.h */
extern const size_t n_edge_routes;

/* --- client addresses: counted, never logged in full */
struct address {
    struct address *next;
    uint8_t key[16]; /* IPv4 mapped; IPv6 cut to /64 */
    unsigned connections, flights;
};

/* What leaves next: a head, then a body from one of three places. */
struct outgoing {
    char *head;
    size_t head_n;
    uint8_t *owned;          /* body in memory of ours, freed behind it; or */
    const uint8_t *borrowed; /* body in the program; or */
    int fd;                  /* body in a sealed memfd or a file, else -1 */
    int64_t at;              /* of a file: where the body begins */
    bool is_sealed;          /* of a file: it lies there sealed (base/sealed.h), under: */
    uint8_t key[SEALED_KEY];
    size_t body_n;
    size_t sent; /* of head and body together */
};

enum conn_state {
    CONN_HANDSHAKE = 1,
    CONN_IDLE, /* nothing of the next request has come */
    CONN_HEAD,
    CONN_BODY,
    CONN_WAIT, /* a flight is under way */
    CONN_WRITE,
    CONN_LINGER
};

struct conn {
    struct watch w;
    struct timer timer;
    struct list idle;  /* in edge.idle or edge.shaking while CONN_IDLE or CONN_HANDSHAKE */
    struct list all;   /* in edge.conns */
    struct list again; /* in edge.again: has more to do in this turn */
    struct edge *edge;
    SSL *ssl;                /* NULL on the plain listener */
    struct signing *signing; /* its handshake sleeps until this is signed */
    struct address *addr;
    enum conn_state state;
    bool readable, writable; /* what epoll (edge-triggered) said since the last EAGAIN */
    bool is_closing;         /* close after what is being written */
    bool is_local;           /* peer is this machine */
    bool is_plain;
    int64_t linger_until_us; /* CONN_LINGER ends then at the latest */
    char peer[64];           /* text form, for the worker; empty on the unix listener */
    uint8_t *in;             /* bytes not yet used; NULL while idle */
    size_t in_n, in_cap;
    struct head_scan scan;
    struct request *rq; /* the one being read or answered; NULL while idle */
    struct outgoing out;
};

/* One request from head to answer. */
struct request {
    uint8_t *head_bytes; /* what head's text points into */
    size_t head_n;
    struct body_reader *reader;
    uint8_t *body; /* up to limits.body_frame bytes, or */
    int body_fd;   /* a memfd, else -1 */
    size_t body_n;
    const struct edge_route *route; /* NULL: none, or the edge answers itself */
    char client[64];                /* whom the worker sees */
    int64_t started_us;
    int64_t workspace; /* -1: not known */
    struct flight *flight;
    struct head head; /* large; last, so that the rest is cleared cheaply */
};

/* One request at a worker. */
struct flight {
    struct list link; /* in host.waiting or host.under_way */
    struct timer timer;
    uint64_t id;
    struct host *host;
    struct conn *conn; /* NULL: the client left, drop the answer */
    struct address *addr;
    uint8_t *frame; /* kept until the worker has it */
    size_t frame_n;
    int body_fd;
    unsigned tries;
    bool is_sent; /* in host.under_way */
    bool is_got;  /* the worker has it: never sent again */
};

enum host_state { HOST_NEW = 1, HOST_ASKED, HOST_OPEN };

/* A host name and the channel to its worker. */
struct host {
    struct watch w; /* the channel; fd -1 when there is none */
    struct host *next;
    struct edge *edge;
    struct timer timer; /* forgets an unused or refused name */
    enum host_state state;
    bool was_open;      /* master knew it once */
    int refused_status; /* what a refused name is answered with, while the timer runs; else 0 */
    uint64_t ask_id;
    int64_t workspace;
    struct list waiting, under_way;
    size_t n_waiting, n_under_way;
    size_t name_n;
    char name[HEAD_HOST_MAX + 1];
};

enum { HOST_BUCKETS = 1024, HOSTS_MAX = 16384, ADDRESS_BUCKETS = 4096, LISTENERS_MAX = 16 };

struct listener {
    struct watch w;
    struct edge *edge;
    bool is_plain;
};

struct edge {
    struct child *child; /* control channel to master */
    struct loop *loop;
    struct edge_limits limits;
    struct listener listeners[LISTENERS_MAX];
    size_t n_listeners;
    struct timer listen_again; /* after descriptors ran out */
    struct tls *tls;
    struct list conns, idle, shaking, again;
    size_t n_conns;
    struct address *addresses[ADDRESS_BUCKETS];
    struct host *hosts[HOST_BUCKETS];
    size_t n_hosts;
    uint64_t next_id;
    int64_t unknown_us; /* start of the second in which n_unknown names were asked in vain */
    int64_t n_unknown;
    int64_t body_total;
    int port; /* public one, for the base URL */
    bool is_draining, is_done;
    struct timer drain;
    bool hsts_preload;
    struct bytes ca_pem; /* offered at /ca.pem; p NULL: no local authority */
};

/* --- lists */
static inline void
list_init(struct list *l)
{
    l->next = l->prev = l;
}
static inline bool
list_empty(const struct list *l)
{
    return l->next == l;
}
static inline void
list_add(struct list *head, struct list *item) /* at the end */
{
    item->prev = head->prev;
    item->next = head;
    head->prev->next = item;
    head->prev = item;
}
static inline void
list_remove(struct list *item) /* twice is fine */
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}
#define LIST_OWNER(item, type, member) ((type *)(void *)((char *)(item)-offsetof(type, member)))

/* --- edge_conn.c: connections */
void conn_accept(struct watch *w, uint32_t events);
/* Goes on with whatever the connection can do now; may close and free it. */
void conn_run(struct conn *c);
void conn_close(struct conn *c);
void conn_close_idle(struct edge *e);
/* The signer answered, or a new one is there: handshakes that wait for it go on. */
void conn_resume_handshakes(struct edge *e);
/* What the connection waits for next. */
void conn_await_body(struct conn *c);
void conn_await_reply(struct conn *c);
void conn_start_write(struct conn *c);
/* The kernel takes no more for now: it is run again when it does. */
void conn_blocked(struct conn *c);
/* Runs it again before the loop waits. */
void conn_again(struct conn *c);
void conn_serve_again(struct edge *e);

/* --- edge_addr.c: client addresses */
void address_key(const struct sockaddr_storage *sa, uint8_t ret_key[static 16]);
/* Text form ("" for a unix socket); true: it is this machine. */
bool address_print(const struct sockaddr_storage *sa, char buf[static 64]);
bool address_parse(struct str text, struct sockaddr_storage *ret_sa);
/* "192.0.2.0/24", "2001:db8:1::/48", "local": all that logs may know. */
struct str network_print(const struct sockaddr_storage *sa, char buf[static 64]);
/* The counters of an address, made when new; dropped when nothing of it is left. */
struct address *address_find(struct edge *e, const uint8_t key[static 16]);
void address_drop(struct edge *e, struct address *a);

/* --- edge_io.c: bytes through TLS or plain */
enum io { IO_DONE = 1, IO_AGAIN, IO_GONE };
enum io conn_read(struct conn *c, uint8_t *p, size_t cap, size_t *ret_n);
enum io conn_write(struct conn *c, const uint8_t *p, size_t n, size_t *ret_n);
/* Sends what is left of c->out. IO_DONE: all of it. */
enum io conn_flush(struct conn *c);
/* --- edge_sealed.c */
/* Before the first sealed_read(); false: this OpenSSL has no such cipher. */
bool sealed_ready(void);
/* n bytes of what lies sealed in fd, from `at` on. False: it is not there, or not what was sealed.
 */
bool sealed_read(int fd, const uint8_t key[static SEALED_KEY], int64_t at, uint8_t *p, size_t n);
void conn_shutdown(struct conn *c);
void outgoing_free(struct outgoing *o);

/* --- edge_tls.c, edge_cert.c, edge_signer.c */
struct tls *tls_new(struct edge *e);
SSL *tls_accept(struct tls *t, int fd);
/* IO_DONE: the handshake is through. IO_AGAIN: for the socket or the signer, who calls
 * conn_again(). */
enum io tls_handshake(struct tls *t, struct conn *c);
void tls_free(struct tls *t, struct conn *c);
void tls_take_signer(struct tls *t, int fd);
bool tls_has_signer(const struct tls *t);
void tls_forget_certificates(struct tls *t);

/* --- edge_http.c: requests */
/* The head in c->in ended: checks it and decides what follows. */
void http_take_head(struct conn *c, size_t n);
/* Feeds what is in c->in to the body. */
void http_take_body(struct conn *c);
/* Answers with a page of the edge's own; closes when the status says that framing is in doubt. */
void http_refuse(struct conn *c, int status);
void request_free(struct edge *e, struct request *rq);

/* --- edge_reply.c: answers; each starts writing, conn_run() goes on */
void reply_page(struct conn *c, int what);
/* A file of the program that never changes. */
void reply_static(struct conn *c, struct str type, struct bytes body, bool is_gzip);
void reply_text(struct conn *c, int status, const char *type, struct bytes body);
/* The worker's W_REPLY; takes f->fd when it holds a body. */
void reply_from_worker(struct conn *c, struct frame *f);

/* --- edge_page.c: small pages */
enum { PAGE_MAX = 4096 };
/* In the place of a status: that of 503 whose reason is a store that cannot be read. */
enum { STATUS_DAMAGED = 9503 };
/* The page of a status, in German or English, into buf. */
struct str page_of(int status, struct str accept_language, char *buf, size_t cap);
const char *status_text(int status);

/* --- edge_upstream.c: flights */
void upstream_send(struct conn *c);
void upstream_forget(struct flight *f); /* the client left */
void flight_free(struct flight *f);
/* Ends it with a page of the edge's own. */
void flight_fail(struct flight *f, int status);

/* --- edge_host.c: names and channels */
/* The host of a name, made when new; NULL: too many names. */
struct host *host_find(struct edge *e, struct str name);
/* Names that nobody has are asked for ten times a second at most, whoever thinks them up. */
bool host_may_ask(const struct host *h);
void host_ask(struct host *h); /* W_OPEN */
/* Hands over what the channel takes. */
void host_send(struct host *h);
/* Master's answers: W_CHANNEL and W_REFUSED. */
void host_channel(struct edge *e, int fd, const struct frame *f);
void host_refused(struct edge *e, const struct frame *f);

/* --- edge_log.c */
void edge_log_start(void);
void edge_log_flush(void); /* at the end of each turn */

/* --- edge_route.c */
/* 200 and *ret_route; 404, or 405 when the path is there for other methods. */
int edge_route_find(enum head_method method, struct str path, const struct edge_route **ret_route);
/* The methods of a path for the Allow line of a 405; of one that is nowhere: those that read. */
const char *edge_route_allows(struct str path);

#endif
