/* curl_loop.c: see curl_loop.h. */
#include "proc/curl_loop.h"

enum { TICK_US = 1000000, LINES_MAX = 256 };

/* One socket of libcurl's. */
struct line {
    struct line *next;
    struct watch w;
};

static struct loop *loop;
static CURLM *multi;
static struct timer wake, tick;
static struct line *lines;
static size_t n_transfers;

static void
collect(void)
{
    CURLMsg *msg;
    int left;
    while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
        struct transfer *t = NULL;
        const CURLcode code = msg->data.result;
        if (msg->msg != CURLMSG_DONE ||
            curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t) != CURLE_OK || t == NULL) {
            continue;
        }
        (void)curl_multi_remove_handle(multi, t->easy);
        n_transfers--;
        t->done(t, code);
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

static void
line_free(struct line *l)
{
    struct line **at = &lines;
    while (*at != l) {
        at = &(*at)->next;
    }
    *at = l->next;
    free(l);
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
            line_free(l);
        }
        return 0;
    }
    if (l == NULL) {
        l = loop_alloc(sizeof *l);
        *l = (struct line){
            lines, {.fd = fd, .fn = on_ready}
        };
        lines = l;
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

/* Lines come and go meanwhile. */
static void
on_tick(struct timer *t)
{
    curl_socket_t fds[LINES_MAX];
    size_t n = 0;
    int running;
    for (const struct line *l = lines; l != NULL && n < LINES_MAX; l = l->next) {
        fds[n++] = l->w.fd;
    }
    for (size_t i = 0; i < n; i++) {
        (void)curl_multi_socket_action(multi, fds[i], 0, &running);
    }
    collect();
    if (n_transfers > 0) {
        loop_at(loop, t, loop_now(loop) + TICK_US);
    }
}

/* --- start, add ------------------------------------------------------------------------------ */

enum rc
curl_loop_init(struct loop *l, struct err *err)
{
    loop = l;
    wake = (struct timer){.fn = on_wake};
    tick = (struct timer){.fn = on_tick};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (multi = curl_multi_init()) == NULL) {
        return fail(err, RC_IO, E_IO, "curl");
    }
    bool ok = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
              curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
              curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 4L) == CURLM_OK;
    return ok ? OK : fail(err, RC_IO, E_IO, "curl options");
}

enum rc
curl_loop_add(struct transfer *t)
{
    if (curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t) != CURLE_OK ||
        curl_multi_add_handle(multi, t->easy) != CURLM_OK) {
        return RC_BUSY;
    }
    if (n_transfers++ == 0) {
        loop_at(loop, &tick, loop_now(loop) + TICK_US);
    }
    return OK;
}
