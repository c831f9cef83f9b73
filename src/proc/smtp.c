/* smtp.c: see smtp.h. libcurl says which sockets it waits for; the loop tells it when they are
 * ready. The server's lines come by the header callback, the message goes by the read callback. */
#include "proc/smtp.h"

#include <curl/curl.h>
#include <openssl/ssl.h>

#include "base/log.h"

struct job {
    CURL *easy;
    struct curl_slist *to;
    char *message;
    size_t n, sent;
    struct smtp_result result;
    smtp_done_fn *done;
    void *arg;
};

/* One socket of libcurl's. */
struct line {
    struct watch w;
};

static const struct smtp_server *server;
static struct loop *loop;
static CURLM *multi;
static struct timer wake;
static size_t n_running;

/* --- what libcurl asks for ------------------------------------------------------------------- */

/* The last line of what the server said stays: "250 2.0.0 queued as 17". */
static size_t
on_line(char *p, size_t size, size_t n, void *arg)
{
    struct job *j = arg;
    struct str s = str_trim((struct str){p, size * n});
    size_t k = 0;
    for (size_t i = 0; i < s.n && k + 1 < sizeof j->result.answer; i++) {
        j->result.answer[k++] = (unsigned char)s.p[i] < 0x20 ? ' ' : s.p[i];
    }
    j->result.answer[k] = '\0';
    return size * n;
}

/* Called when the message's turn has come: the connection is what it will be. */
static void
note_transport(struct job *j)
{
    const struct curl_tlssessioninfo *info = NULL;
    if (curl_easy_getinfo(j->easy, CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK && info != NULL &&
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
    (void)curl_multi_remove_handle(multi, j->easy);
    curl_easy_cleanup(j->easy);
    curl_slist_free_all(j->to);
    j->done(j->arg, &j->result);
    explicit_bzero(j->message, j->n); /* links in it are worth something */
    free(j->message);
    free(j);
}

/* Refused for ever: a 5xx to the recipient or to the message. A 5xx to greeting or log-in is the
 * installation's fault, not the message's. */
static enum rc
verdict(struct job *j, CURLcode code)
{
    long status = 0;
    if (code == CURLE_OK) {
        return OK;
    }
    (void)curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 500 && (code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY)) {
        return RC_INVALID;
    }
    bool said = j->result.answer[0] >= '4' && j->result.answer[0] <= '5' && status >= 400;
    if (!said) {
        (void)snprintf(j->result.answer, sizeof j->result.answer, "%s", curl_easy_strerror(code));
    }
    return RC_IO;
}

static void
collect(void)
{
    CURLMsg *msg;
    int left;
    while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
        struct job *j = NULL;
        if (msg->msg != CURLMSG_DONE ||
            curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &j) != CURLE_OK) {
            continue;
        }
        j->result.rc = verdict(j, msg->data.result);
        finish(j);
    }
}

/* --- sockets and time ------------------------------------------------------------------------ */

static void
on_ready(struct watch *w, uint32_t events)
{
    int running;
    int what = ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
               ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
               ((events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
    (void)curl_multi_socket_action(multi, w->fd, what, &running);
    collect();
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
    struct line *l = of_socket;
    (void)easy;
    (void)arg;
    if (what == CURL_POLL_REMOVE) {
        if (l != NULL) {
            loop_unwatch(loop, &l->w);
            free(l);
        }
        return 0;
    }
    if (l == NULL) {
        l = loop_alloc(sizeof *l);
        l->w = (struct watch){.fd = fd, .fn = on_ready};
        (void)curl_multi_assign(multi, fd, l);
    }
    loop_watch(loop, &l->w,
               ((what & CURL_POLL_IN) != 0 ? (uint32_t)EPOLLIN : 0U) |
                   ((what & CURL_POLL_OUT) != 0 ? (uint32_t)EPOLLOUT : 0U));
    return 0;
}

static void
on_wake(struct timer *t)
{
    int running;
    (void)t;
    (void)curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect();
}

static int
on_timer(CURLM *m, long ms, void *arg)
{
    (void)m;
    (void)arg;
    if (ms < 0) {
        loop_cancel(loop, &wake);
    } else {
        loop_at(loop, &wake, loop_now(loop) + ms * 1000);
    }
    return 0;
}

/* --- start, send ----------------------------------------------------------------------------- */

enum rc
smtp_init(struct loop *l, const struct smtp_server *s, struct err *err)
{
    loop = l;
    server = s;
    wake = (struct timer){.fn = on_wake};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (multi = curl_multi_init()) == NULL) {
        return fail(err, RC_IO, E_IO, "curl");
    }
    bool ok = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
              curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
              curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 4L) == CURLM_OK;
    return ok ? OK : fail(err, RC_IO, E_IO, "curl options");
}

size_t
smtp_running(void)
{
    return n_running;
}

static bool
set_up(struct job *j, struct str recipient)
{
    char url[600];
    char rcpt[300];
    char from[300];
    CURL *e = j->easy;
    bool bracket = strchr(server->host, ':') != NULL;
    (void)snprintf(url, sizeof url, "%s://%s%s%s:%lld/%s", server->starttls ? "smtp" : "smtps",
                   bracket ? "[" : "", server->host, bracket ? "]" : "", (long long)server->port,
                   server->hello);
    (void)snprintf(rcpt, sizeof rcpt, "<%.*s>", STR_FMT(recipient));
    (void)snprintf(from, sizeof from, "<%s>", server->from);
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
    struct curl_blob ca = {.data = (void *)(uintptr_t)server->ca.p, .len = server->ca.n};
    SET(CURLOPT_CAINFO_BLOB, &ca);
    SET(CURLOPT_CAPATH, NULL);
    if (server->user[0] != '\0') {
        SET(CURLOPT_USERNAME, server->user);
        SET(CURLOPT_PASSWORD, server->password);
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
    SET(CURLOPT_PRIVATE, j);
#undef SET
    return rc == CURLE_OK;
}

enum rc
smtp_send(struct str recipient, struct str message, smtp_done_fn *done, void *arg)
{
    if (n_running >= SMTP_JOBS_MAX) {
        return RC_BUSY;
    }
    struct job *j = loop_alloc(sizeof *j);
    *j = (struct job){.easy = curl_easy_init(), .n = message.n, .done = done, .arg = arg};
    j->message = loop_alloc(message.n + 1);
    memcpy(j->message, message.p, message.n);
    if (j->easy == NULL || !set_up(j, recipient) ||
        curl_multi_add_handle(multi, j->easy) != CURLM_OK) {
        curl_easy_cleanup(j->easy);
        curl_slist_free_all(j->to);
        free(j->message);
        free(j);
        return RC_BUSY;
    }
    n_running++;
    return OK;
}
