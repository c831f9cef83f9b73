/* smtp.c: see smtp.h. The server's lines come by the header callback, the message goes by the read
 * callback. */
#include "proc/smtp.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>

#include "base/log.h"
#include "proc/curl_loop.h"

struct job {
    struct transfer t;
    struct curl_slist *to, *resolve;
    char *message;
    size_t n, sent;
    struct smtp_answers answers;
    struct smtp_result result;
    smtp_done_fn *done;
    void *arg;
};

static size_t n_running;

/* --- what libcurl asks for ------------------------------------------------------------------- */

/* The last line of what the server said stays: "250 2.0.0 queued as 17". */
static size_t
on_line(char *p, size_t size, size_t n, void *arg)
{
    struct job *j = arg;
    return smtp_answer_take(&j->answers, (struct str){p, size * n}) ? size * n : 0;
}

/* Only for a server that may not be everywhere: the very address that is connected to. */
static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    (void)arg;
    if (purpose != CURLSOCKTYPE_IPCXN || !reach_allows_socket(&to->addr)) {
        log_line(LOG_ERROR, "reach.refused", "hint=an address that was not judged before");
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Called when the message's turn has come: the connection is what it will be. */
static void
note_transport(struct job *j)
{
    const struct curl_tlssessioninfo *info = NULL;
    if (curl_easy_getinfo(j->t.easy, CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK && info != NULL &&
        info->internals != NULL) {
        const SSL *ssl = info->internals;
        (void)snprintf(j->result.transport, sizeof j->result.transport, "%s %s",
                       SSL_get_version(ssl), SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)));
    }
}

static size_t
on_read(char *to, size_t size, size_t n, void *arg)
{
    struct job *j = arg;
    size_t room = size * n;
    size_t left = j->n - j->sent;
    if (j->sent == 0) {
        note_transport(j);
        if (j->result.transport[0] == '\0') {
            return CURL_READFUNC_ABORT; /* whatever the reason: nothing leaves unencrypted */
        }
    }
    left = left > room ? room : left;
    memcpy(to, j->message + j->sent, left);
    j->sent += left;
    return left;
}

/* --- the end of a delivery ------------------------------------------------------------------- */

static void
finish(struct job *j)
{
    n_running--;
    curl_easy_cleanup(j->t.easy);
    curl_slist_free_all(j->to);
    curl_slist_free_all(j->resolve);
    j->done(j->arg, &j->result);
    explicit_bzero(j->message, j->n); /* links in it are worth something */
    free(j->message);
    free(j);
}

/* What a person can be told of libcurl's codes. */
static enum code
reason(CURLcode code)
{
    static const struct {
        CURLcode of;
        enum code is;
    } rows[] = {
        {CURLE_COULDNT_RESOLVE_HOST,     E_MAIL_NAME       },
        {CURLE_COULDNT_CONNECT,          E_MAIL_UNREACHABLE},
        {CURLE_OPERATION_TIMEDOUT,       E_MAIL_SLOW       },
        {CURLE_PEER_FAILED_VERIFICATION, E_MAIL_CERTIFICATE},
        {CURLE_SSL_CACERT_BADFILE,       E_MAIL_CERTIFICATE},
        {CURLE_SSL_CONNECT_ERROR,        E_MAIL_TLS        },
        {CURLE_USE_SSL_FAILED,           E_MAIL_TLS        },
        {CURLE_ABORTED_BY_CALLBACK,      E_MAIL_TLS        },
        {CURLE_LOGIN_DENIED,             E_MAIL_LOGIN      }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].of == code) {
            return rows[i].is;
        }
    }
    return E_MAIL_BROKEN_OFF;
}

static enum rc
verdict(struct job *j, CURLcode code)
{
    long status = 0;
    bool said = false;
    enum rc rc = OK;
    if (code != CURLE_OK) {
        const bool at_message = code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY;
        (void)curl_easy_getinfo(j->t.easy, CURLINFO_RESPONSE_CODE, &status);
        rc = smtp_answer_judge(&j->answers, status, at_message, &said);
    }
    j->result.code = code == CURLE_OK || said ? E_NONE : reason(code);
    (void)snprintf(j->result.answer, sizeof j->result.answer, "%s",
                   code == CURLE_OK ? j->answers.last
                   : said           ? j->answers.refusal
                                    : "");
    if (j->result.code != E_NONE) {
        log_line(LOG_WARN, "smtp.failed", "curl=\"%s\"", curl_easy_strerror(code));
    }
    return rc;
}

static void
on_done(struct transfer *t, CURLcode code)
{
    struct job *j = (struct job *)t;
    j->result.rc = verdict(j, code);
    finish(j);
}

/* --- start, send ----------------------------------------------------------------------------- */

size_t
smtp_running(void)
{
    return n_running;
}

/* "+host:port:address,address": libcurl asks nobody for this name for a minute. */
static struct curl_slist *
resolved(const struct smtp_server *s)
{
    char text[NET_NAME_MAX + 32 + REACH_ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3)];
    size_t n = (size_t)snprintf(text, sizeof text, "+%s:%lld", s->host, (long long)s->port);
    for (size_t i = 0; i < s->reach->n; i++) {
        const struct net_addr *a = &s->reach->addrs[i];
        char one[INET6_ADDRSTRLEN];
        (void)inet_ntop(a->is_v6 ? AF_INET6 : AF_INET, a->b, one, sizeof one);
        n += (size_t)snprintf(text + n, sizeof text - n, a->is_v6 ? "%c[%s]" : "%c%s",
                              i == 0 ? ':' : ',', one);
    }
    return curl_slist_append(NULL, text);
}

/* A workspace's own server: nothing but the addresses that were judged, and a connection that is
 * nobody else's before or after. */
static CURLcode
keep_within(struct job *j, const struct smtp_server *s)
{
    CURL *e = j->t.easy;
    j->resolve = resolved(s);
    CURLcode rc = j->resolve == NULL ? CURLE_OUT_OF_MEMORY : CURLE_OK;
    rc = rc == CURLE_OK ? curl_easy_setopt(e, CURLOPT_RESOLVE, j->resolve) : rc;
    rc = rc == CURLE_OK ? curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open) : rc;
    rc = rc == CURLE_OK ? curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L) : rc;
    rc = rc == CURLE_OK ? curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L) : rc;
    return rc == CURLE_OK ? curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)REACH_WAIT_MS)
                          : rc;
}

static bool
set_up(struct job *j, const struct smtp_server *s, struct str recipient)
{
    char url[600];
    char rcpt[300];
    char from[300];
    CURL *e = j->t.easy;
    bool bracket = strchr(s->host, ':') != NULL;
    (void)snprintf(url, sizeof url, "%s://%s%s%s:%lld/%s", s->starttls ? "smtp" : "smtps",
                   bracket ? "[" : "", s->host, bracket ? "]" : "", (long long)s->port, s->hello);
    (void)snprintf(rcpt, sizeof rcpt, "<%.*s>", STR_FMT(recipient));
    (void)snprintf(from, sizeof from, "<%s>", s->from);
    j->to = curl_slist_append(NULL, rcpt);
    CURLcode rc = j->to == NULL ? CURLE_OUT_OF_MEMORY : CURLE_OK;
#define SET(option, value) rc = rc == CURLE_OK ? curl_easy_setopt(e, option, value) : rc
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_PROXY, ""); /* whatever the environment says */
    SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    struct curl_blob ca = {.data = (void *)(uintptr_t)s->ca.p, .len = s->ca.n};
    SET(CURLOPT_CAINFO_BLOB, &ca);
    SET(CURLOPT_CAPATH, NULL);
    if (s->user[0] != '\0') {
        SET(CURLOPT_USERNAME, s->user);
        SET(CURLOPT_PASSWORD, s->password);
    }
    SET(CURLOPT_MAIL_FROM, from);
    SET(CURLOPT_MAIL_RCPT, j->to);
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_READFUNCTION, on_read);
    SET(CURLOPT_READDATA, j);
    SET(CURLOPT_HEADERFUNCTION, on_line);
    SET(CURLOPT_HEADERDATA, j);
    SET(CURLOPT_WRITEFUNCTION, on_line);
    SET(CURLOPT_WRITEDATA, j);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)SMTP_CONNECT_MS);
    SET(CURLOPT_TIMEOUT_MS, (long)SMTP_TOTAL_MS);
#undef SET
    rc = rc == CURLE_OK && s->reach != NULL ? keep_within(j, s) : rc;
    return rc == CURLE_OK;
}

enum rc
smtp_send(const struct smtp_server *s, struct str recipient, struct str message, smtp_done_fn *done,
          void *arg)
{
    if (n_running >= SMTP_JOBS_MAX) {
        return RC_BUSY;
    }
    struct job *j = loop_alloc(sizeof *j);
    *j = (struct job){
        .t = {curl_easy_init(), on_done},
          .n = message.n, .done = done, .arg = arg
    };
    j->message = loop_alloc(message.n + 1);
    memcpy(j->message, message.p, message.n);
    if (j->t.easy == NULL || !set_up(j, s, recipient) || curl_loop_add(&j->t) != OK) {
        curl_easy_cleanup(j->t.easy);
        curl_slist_free_all(j->to);
        curl_slist_free_all(j->resolve);
        free(j->message);
        free(j);
        return RC_BUSY;
    }
    n_running++;
    return OK;
}
