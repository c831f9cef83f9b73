/* smtp.h: delivers one message to one mail server over TLS that was verified, never in the clear
 * (TLS-03, P18). By libcurl, driven by the process's event loop; many deliveries at a time. Whoever
 * holds this has a network: only kontor-egress links it. */
#ifndef PROC_SMTP_H
#define PROC_SMTP_H

#include "proc/reach.h"
#include "proc/smtp_answer.h"

enum {
    SMTP_JOBS_MAX = 64, /* at a time; the next one is told to come later */
    SMTP_CONNECT_MS = 15000,
    SMTP_TOTAL_MS = 60000,
    SMTP_TRANSPORT_MAX = 80
};

struct smtp_server {
    const char *host;
    int64_t port;
    bool starttls; /* required STARTTLS; else TLS from the first byte (RFC 8314 §3.3) */
    const char *user, *password; /* "" : no log-in */
    struct bytes ca;             /* the authorities that we trust, PEM; outlives everything */
    const char *from;            /* bare address: the envelope's sender */
    const char *hello;           /* our name in EHLO */
    const struct reach *reach;   /* the addresses it may be reached at (a workspace's own server);
                                    NULL: the operator's, which may be anywhere */
};

struct smtp_result {
    enum rc rc;                         /* OK; RC_INVALID: refused for ever (5xx to the message);
                                           RC_IO: not now */
    enum code code;                     /* why not, when the server did not say it itself */
    char answer[SMTP_ANSWER_MAX];       /* the server's last line; "" with a code */
    char transport[SMTP_TRANSPORT_MAX]; /* "TLSv1.3 TLS_AES_256_GCM_SHA384" */
};
typedef void smtp_done_fn(void *arg, const struct smtp_result *r);

/* After curl_loop_init(). Copies what it is given, but for the authorities. done is called later,
 * once, unless RC_BUSY is returned. */
MUST enum rc smtp_send(const struct smtp_server *s, struct str recipient, struct str message,
                       smtp_done_fn *done, void *arg);
size_t smtp_running(void);

#endif
