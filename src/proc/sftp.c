/* sftp.c: see sftp.h. An order is a few transfers of libcurl, at most COPY_STEPS_MAX, each over a
 * connection of its own, and each with an end: libcurl watches for silence only while bytes are on
 * their way, not while it waits for a folder or a name, so on_progress() does it for all of it. To
 * keep an archive: what lies there is compared with it; when that is another or none, it is sent
 * under a temporary name, read back, compared, and takes its name. A temporary name is made of the
 * archive's, so what one that was killed left goes when that archive's turn comes again, or when it
 * is removed. Memory does not grow with the archive. */
#include "proc/sftp.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/time.h"
#include "proc/copy_time.h"
#include "proc/curl_loop.h"

enum { NAME_MAX_ = 40, URL_MAX_ = 1400, BUFFER = 256 * 1024, COMPARE = 16 * 1024 };
enum { CONNECT_MS = 15000, SECOND_MS = 1000 };

enum step {
    LOOK,   /* what lies under the name? */
    SEND,   /* under the temporary name */
    REREAD, /* and back */
    NAME,
    TRY_ROOM, /* sending failed: does the server still answer? */
    FETCH,
    UNLINK, /* both names go; is the folder there at all? */
    GONE    /* and are they gone? */
};

static const char *const step_names[] = {
    [LOOK] = "look",         [SEND] = "send",   [REREAD] = "read back", [NAME] = "name",
    [TRY_ROOM] = "try room", [FETCH] = "fetch", [UNLINK] = "unlink",    [GONE] = "gone"};

struct job {
    struct transfer t;
    const struct sftp_server *server;
    enum sftp_verb verb;
    enum step step;
    char folder[NAME_MAX_], name[NAME_MAX_];
    int fd;
    off_t size, at; /* size: what fd has, or may have at most when it is fetched */
    curl_off_t moved;
    int64_t moved_us, until_us; /* the last byte came or went; the transfer's end */
    bool differs;               /* what is there under the name is another, or it is too long */
    bool unread;                /* our own file does not read: nothing is known of theirs */
    CURLcode sent;              /* how SEND ended */
    struct curl_slist *before;
    char curl_error[CURL_ERROR_SIZE];
    struct sftp_result result;
    sftp_done_fn *done;
    void *arg;
};

static size_t n_running;

static void begin(struct job *j, enum step step);

/* --- what libcurl asks for -------------------------------------------------------------------- */

/* Nobody else than the machine with this key gets to hear of us. */
static int
on_host_key(void *arg, int type, const char *key, size_t n)
{
    const struct job *j = arg;
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned n_hash = 0;
    unsigned char text[SFTP_FINGERPRINT];
    char shown[SFTP_FINGERPRINT + 8];
    if (EVP_Digest(key, n, hash, &n_hash, EVP_sha256(), NULL) != 1 || n_hash != 32) {
        return CURLKHMATCH_MISMATCH;
    }
    int len = EVP_EncodeBlock(text, hash, (int)n_hash);
    while (len > 0 && text[len - 1] == '=') {
        len--;
    }
    (void)snprintf(shown, sizeof shown, "SHA256:%.*s", len, (const char *)text);
    if (strcmp(shown, j->server->fingerprint) == 0) {
        return CURLKHMATCH_OK;
    }
    log_line(LOG_ERROR, "copy.hostkey", "host=%s type=%d shows=%s expected=%s", j->server->host,
             type, shown, j->server->fingerprint);
    return CURLKHMATCH_MISMATCH;
}

/* Each second, and in all of libcurl's waiting. */
static int
on_progress(void *arg, curl_off_t of_down, curl_off_t down, curl_off_t of_up, curl_off_t up)
{
    struct job *j = arg;
    const int64_t now = time_mono_us();
    (void)of_down;
    (void)of_up;
    if (down + up != j->moved) {
        j->moved = down + up;
        j->moved_us = now;
    }
    return now - j->moved_us >= j->server->wait_s * 1000000 || now >= j->until_us ? 1 : 0;
}

static size_t
on_read(char *to, size_t size, size_t n, void *arg)
{
    struct job *j = arg;
    const ssize_t got = pread(j->fd, to, size * n, j->at);
    if (got < 0) {
        j->unread = true;
        return CURL_READFUNC_ABORT;
    }
    j->at += got;
    return (size_t)got;
}

/* Anything but 0 and n ends the transfer. */
static size_t
on_compare(char *p, size_t size, size_t n, void *arg)
{
    static char ours[COMPARE];
    struct job *j = arg;
    for (size_t done = 0; done < size * n;) {
        const size_t left = size * n - done;
        const size_t want = left < sizeof ours ? left : sizeof ours;
        const ssize_t got = pread(j->fd, ours, want, j->at);
        if (got != (ssize_t)want || memcmp(ours, p + done, want) != 0) {
            j->unread = got < 0;
            j->differs = got >= 0;
            return 0;
        }
        j->at += (off_t)want;
        done += want;
    }
    return size * n;
}

static size_t
on_fetch(char *p, size_t size, size_t n, void *arg)
{
    struct job *j = arg;
    if ((off_t)(size * n) > j->size - j->at) {
        j->differs = true;
        return 0;
    }
    const ssize_t put = pwrite(j->fd, p, size * n, j->at);
    if (put < 0) {
        return 0;
    }
    j->at += put;
    return (size_t)put;
}

/* It is still there. */
static size_t
on_nothing(char *p, size_t size, size_t n, void *arg)
{
    (void)p, (void)size, (void)n, (void)arg;
    return 0;
}

static size_t
on_list(char *p, size_t size, size_t n, void *arg)
{
    (void)p, (void)arg;
    return size * n;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void
finish(struct job *j, enum rc rc, enum code code)
{
    n_running--;
    j->result.rc = rc;
    j->result.code = code;
    (void)snprintf(j->result.detail, sizeof j->result.detail, "%s: %s", step_names[j->step],
                   j->curl_error);
    if (j->fd >= 0) {
        close(j->fd);
    }
    j->done(j->arg, &j->result);
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
        {CURLE_COULDNT_RESOLVE_HOST,     E_COPY_NAME       },
        {CURLE_COULDNT_CONNECT,          E_COPY_UNREACHABLE},
        {CURLE_OPERATION_TIMEDOUT,       E_COPY_SLOW       },
        {CURLE_ABORTED_BY_CALLBACK,      E_COPY_SLOW       },
        {CURLE_PEER_FAILED_VERIFICATION, E_COPY_HOSTKEY    },
        {CURLE_LOGIN_DENIED,             E_COPY_LOGIN      },
        {CURLE_REMOTE_ACCESS_DENIED,     E_COPY_RIGHTS     },
        {CURLE_REMOTE_DISK_FULL,         E_COPY_FULL       },
        {CURLE_REMOTE_FILE_NOT_FOUND,    E_MISSING         },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].of == code) {
            return rows[i].is;
        }
    }
    return E_COPY_BROKEN_OFF;
}

static void
fail_as(struct job *j, CURLcode code)
{
    const enum code is = reason(code);
    finish(j, is == E_MISSING ? RC_MISSING : RC_IO, is);
}

/* --- what follows on what --------------------------------------------------------------------- */

static void
after_look(struct job *j, CURLcode code)
{
    if (code == CURLE_OK && j->at == j->size) {
        finish(j, OK, E_NONE);
    } else if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && j->differs)) {
        j->differs = true;
        log_line(LOG_ERROR, "copy.differs", "host=%s folder=%s name=%s", j->server->host, j->folder,
                 j->name);
        if (j->server->appends) {
            finish(j, RC_BROKEN, E_ARCHIVE_DAMAGED);
        } else {
            begin(j, SEND);
        }
    } else if (code == CURLE_REMOTE_FILE_NOT_FOUND) {
        begin(j, SEND);
    } else {
        fail_as(j, code);
    }
}

/* A server says of a disk that is full no more than that it failed. When it answers all the same,
 * that is it. */
static void
after_send(struct job *j, CURLcode code)
{
    j->sent = code;
    if (code == CURLE_OK) {
        begin(j, REREAD);
    } else if (reason(code) == E_COPY_BROKEN_OFF) {
        begin(j, TRY_ROOM);
    } else {
        fail_as(j, code);
    }
}

static void
after_fetch(struct job *j, CURLcode code)
{
    if (code == CURLE_OK) {
        finish(j, OK, E_NONE);
    } else if (code == CURLE_WRITE_ERROR && j->differs) {
        log_line(LOG_ERROR, "copy.too_long", "host=%s folder=%s name=%s most=%lld", j->server->host,
                 j->folder, j->name, (long long)j->size);
        finish(j, RC_BROKEN, E_ARCHIVE_DAMAGED);
    } else if (code == CURLE_WRITE_ERROR) {
        finish(j, RC_IO, E_STORE_FULL);
    } else {
        fail_as(j, code);
    }
}

static void
on_done(struct transfer *t, CURLcode code)
{
    struct job *j = (struct job *)t;
    curl_easy_cleanup(j->t.easy);
    curl_slist_free_all(j->before);
    j->t.easy = NULL;
    j->before = NULL;
    if (j->unread) {
        finish(j, RC_IO, E_IO);
        return;
    }
    switch (j->step) {
    case LOOK:
        after_look(j, code);
        break;
    case SEND:
        after_send(j, code);
        break;
    case REREAD:
        if (code == CURLE_OK && j->at == j->size) {
            begin(j, NAME);
        } else if (code == CURLE_OK || code == CURLE_WRITE_ERROR) {
            finish(j, RC_BROKEN, E_ARCHIVE_DAMAGED);
        } else {
            fail_as(j, code);
        }
        break;
    case NAME:
        if (code == CURLE_OK) {
            finish(j, OK, E_NONE);
        } else {
            fail_as(j, code);
        }
        break;
    case TRY_ROOM:
        finish(j, RC_IO, code == CURLE_OK ? E_COPY_FULL : reason(j->sent));
        break;
    case FETCH:
        after_fetch(j, code);
        break;
    case UNLINK:
        if (code == CURLE_OK) {
            begin(j, GONE);
        } else {
            fail_as(j, code);
        }
        break;
    case GONE:
        if (code == CURLE_REMOTE_FILE_NOT_FOUND) {
            finish(j, OK, E_NONE);
        } else if (code == CURLE_OK || code == CURLE_WRITE_ERROR) {
            finish(j, RC_IO, E_COPY_RIGHTS);
        } else {
            fail_as(j, code);
        }
        break;
    }
}

/* --- a transfer ------------------------------------------------------------------------------- */

/* Before the transfer; a word with * in front may fail. */
static bool
put_before(struct job *j, const char *verb, bool temporary, bool renames)
{
    char line[2 * URL_MAX_];
    int n = snprintf(line, sizeof line, "%s %s/%s/%s%s", verb, j->server->path, j->folder, j->name,
                     temporary ? ".part" : "");
    if (renames) {
        (void)snprintf(line + n, sizeof line - (size_t)n, " %s/%s/%s", j->server->path, j->folder,
                       j->name);
    }
    struct curl_slist *all = curl_slist_append(j->before, line);
    j->before = all != NULL ? all : j->before;
    return all != NULL;
}

static bool
put_folder(struct job *j)
{
    char line[URL_MAX_];
    (void)snprintf(line, sizeof line, "*mkdir %s/%s", j->server->path, j->folder);
    j->before = curl_slist_append(NULL, line);
    return j->before != NULL;
}

/* What the step says before, what it transfers, and who takes it. */
static CURLcode
set_step(struct job *j, const char **ret_end)
{
    CURL *e = j->t.easy;
    CURLcode rc = CURLE_OK;
    bool ok = true;
    *ret_end = "";
#define SET(option, value) rc = rc == CURLE_OK ? curl_easy_setopt(e, option, value) : rc
    SET(CURLOPT_WRITEDATA, j);
    switch (j->step) {
    case REREAD:
        *ret_end = ".part";
        __attribute__((fallthrough));
    case LOOK:
        SET(CURLOPT_WRITEFUNCTION, on_compare);
        break;
    case SEND:
        *ret_end = ".part";
        ok = put_folder(j) && put_before(j, "*rm", true, false);
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_READFUNCTION, on_read);
        SET(CURLOPT_READDATA, j);
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)j->size);
        SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER);
        SET(CURLOPT_NEW_FILE_PERMS, 0600L);
        SET(CURLOPT_NEW_DIRECTORY_PERMS, 0700L);
        break;
    case NAME:
        *ret_end = NULL;
        ok = !j->differs || put_before(j, "*rm", false, false);
        ok = ok && put_before(j, "rename", true, true);
        SET(CURLOPT_NOBODY, 1L);
        break;
    case TRY_ROOM:
        *ret_end = NULL;
        ok = put_before(j, "*rm", true, false);
        SET(CURLOPT_WRITEFUNCTION, on_list);
        break;
    case FETCH:
        SET(CURLOPT_WRITEFUNCTION, on_fetch);
        break;
    case UNLINK:
        *ret_end = NULL;
        ok = put_before(j, "*rm", true, false) && put_before(j, "*rm", false, false);
        SET(CURLOPT_WRITEFUNCTION, on_list);
        break;
    case GONE:
        SET(CURLOPT_WRITEFUNCTION, on_nothing);
        break;
    }
    SET(CURLOPT_QUOTE, j->before);
    return ok ? rc : CURLE_OUT_OF_MEMORY;
}

static CURLcode
set_server(struct job *j, const char *end)
{
    char url[2 * URL_MAX_];
    char key[40];
    const struct sftp_server *s = j->server;
    CURL *e = j->t.easy;
    CURLcode rc = CURLE_OK;
    const bool bracket = strchr(s->host, ':') != NULL;
    const int64_t wait_ms = s->wait_s * SECOND_MS;
    const long connect_ms = (long)(wait_ms < CONNECT_MS ? wait_ms : CONNECT_MS);
    const int n = snprintf(url, sizeof url, "sftp://%s%s%s:%lld%s/", bracket ? "[" : "", s->host,
                           bracket ? "]" : "", (long long)s->port, s->path);
    if (end != NULL) {
        (void)snprintf(url + n, sizeof url - (size_t)n, "%s/%s%s", j->folder, j->name, end);
    }
    (void)snprintf(key, sizeof key, "/proc/self/fd/%d", s->key);
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "sftp");
    SET(CURLOPT_PROXY, ""); /* whatever the environment says */
    SET(CURLOPT_USERNAME, s->user);
    SET(CURLOPT_SSH_AUTH_TYPES, (long)CURLSSH_AUTH_PUBLICKEY);
    SET(CURLOPT_SSH_PRIVATE_KEYFILE, key);
    SET(CURLOPT_SSH_HOSTKEYFUNCTION, on_host_key);
    SET(CURLOPT_SSH_HOSTKEYDATA, j);
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_BUFFERSIZE, (long)BUFFER);
    SET(CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, j);
    SET(CURLOPT_ERRORBUFFER, j->curl_error);
#undef SET
    return rc;
}

static void
begin(struct job *j, enum step step)
{
    const char *end = NULL;
    j->step = step;
    j->at = 0;
    j->moved = 0;
    j->moved_us = time_mono_us();
    j->until_us = j->moved_us + copy_step_us(j->server->wait_s, j->size);
    j->t = (struct transfer){curl_easy_init(), on_done};
    if (j->t.easy == NULL || set_step(j, &end) != CURLE_OK || set_server(j, end) != CURLE_OK ||
        curl_loop_add(&j->t) != OK) {
        curl_easy_cleanup(j->t.easy);
        curl_slist_free_all(j->before);
        finish(j, RC_IO, E_BUSY);
    }
}

static void
begin_late(struct job *j)
{
    static const enum step first[] = {
        [SFTP_KEEP] = LOOK, [SFTP_FETCH] = FETCH, [SFTP_REMOVE] = UNLINK};
    begin(j, first[j->verb]);
}

enum rc
sftp_begin(const struct sftp_order *o, sftp_done_fn *done, void *arg)
{
    struct stat st = {0};
    if (n_running >= SFTP_JOBS_MAX || (o->fd >= 0 && fstat(o->fd, &st) != 0)) {
        if (o->fd >= 0) {
            close(o->fd);
        }
        return RC_BUSY;
    }
    struct job *j = loop_alloc(sizeof *j);
    *j = (struct job){.server = o->server,
                      .verb = o->verb,
                      .fd = o->fd,
                      .size = o->verb == SFTP_FETCH ? o->most : st.st_size,
                      .done = done,
                      .arg = arg};
    (void)snprintf(j->folder, sizeof j->folder, "%s", o->folder);
    (void)snprintf(j->name, sizeof j->name, "%s", o->name);
    n_running++;
    begin_late(j);
    return OK;
}

size_t
sftp_running(void)
{
    return n_running;
}
