/* The worker's side of keymgr: what comes back, what is refused, what a broken partner leads to. */
#include "guard/keys.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/frame.h"
#include "desk.h"

static const struct bytes secret = {(const uint8_t *)"0123456789abcdef0123456789abcdef", 32};

static void
test_page_key_once(void **state)
{
    struct desk *d = *state;
    struct page_keys pages = {0};
    const uint8_t zero[32] = {0};

    assert_int_equal(keys_page(&d->err, &pages), OK);
    assert_memory_not_equal(pages.now, zero, 32);
    assert_false(pages.turns);
    assert_int_equal(keys_page(&d->err, &pages), RC_DENIED);
    d->err = (struct err){0};
}

static void
test_seal_check_unseal(void **state)
{
    struct desk *d = *state;
    struct bytes sealed, plain;
    bool equal = false;

    assert_int_equal(keys_seal(d->mem, &d->err, KP_PASSWORD, STR("user 1 pw 1"), secret, &sealed),
                     OK);
    assert_int_equal(keys_check(&d->err, KP_PASSWORD, STR("user 1 pw 1"), sealed, secret, &equal),
                     OK);
    assert_true(equal);
    assert_int_equal(keys_check(&d->err, KP_PASSWORD, STR("user 2 pw 1"), sealed, secret, &equal),
                     OK);
    assert_false(equal); /* moved to another row */
    assert_int_equal(keys_unseal(d->mem, &d->err, KP_PASSWORD, STR("user 1 pw 1"), sealed, &plain),
                     RC_DENIED);
    d->err = (struct err){0};
    assert_int_equal(keys_seal(d->mem, &d->err, KP_SECRET, STR("x"), secret, &sealed), OK);
    assert_int_equal(keys_unseal(d->mem, &d->err, KP_SECRET, STR("x"), sealed, &plain), OK);
    assert_int_equal(plain.n, 32);
    assert_memory_equal(plain.p, secret.p, 32);
    assert_int_equal(keys_unseal(d->mem, &d->err, KP_SECRET, STR("y"), sealed, &plain), RC_DENIED);
    d->err = (struct err){0};
}

static void
test_macs(void **state)
{
    struct desk *d = *state;
    uint8_t a[32], b[32], c[32];

    assert_int_equal(keys_mac(&d->err, KP_DEVICE, secret, a), OK);
    assert_int_equal(keys_mac(&d->err, KP_CSRF, secret, b), OK);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(keys_local(&d->err, KP_DEVICE, "one", b), OK);
    assert_int_equal(keys_local(&d->err, KP_DEVICE, "two", c), OK);
    assert_memory_not_equal(b, c, 32);
    assert_int_equal(keys_mac(&d->err, KP_PASSWORD, secret, a), RC_DENIED);
    d->err = (struct err){0};
}

static void
test_too_much(void **state)
{
    struct desk *d = *state;
    static const uint8_t big[KEYS_PLAIN_MAX + 1];
    struct bytes sealed;
    bool equal;

    assert_int_equal(
        keys_seal(d->mem, &d->err, KP_SECRET, STR("x"), (struct bytes){big, sizeof(big)}, &sealed),
        RC_LIMIT);
    assert_int_equal(d->err.code, E_KEYS);
    assert_int_equal(keys_check(NULL, KP_PASSWORD, STR("x"), (struct bytes){big, 50},
                                (struct bytes){big, sizeof(big)}, &equal),
                     RC_LIMIT);
    d->err = (struct err){0};
}

static void
test_no_partner(void **state)
{
    struct desk *d = *state;
    uint8_t mac[32];

    keys_use(-1);
    assert_int_equal(keys_mac(&d->err, KP_CSRF, secret, mac), RC_IO);
    assert_int_equal(d->err.code, E_KEYS);
    d->err = (struct err){0};
    keys_use(d->keys);
}

/* A partner that answers nonsense: another type, an error out of range, missing and short fields.
 */
static void
answer(int fd, uint16_t type, uint16_t tag, int64_t value)
{
    static uint8_t in[FRAME_MAX];
    static uint8_t out[FRAME_MAX];
    struct frame f;
    struct frame_out o;

    assert_int_equal(frame_recv(fd, in, sizeof(in), &f), OK);
    frame_begin(&o, out, sizeof(out), type == 0 ? f.type : type, f.id);
    if (tag != 0) {
        frame_put_i64(&o, tag, value);
    }
    assert_int_equal(frame_send(fd, &o, -1), OK);
}

static enum rc
ask_against(struct desk *d, uint16_t type, uint16_t tag, int64_t value)
{
    int pair[2];
    uint8_t mac[32];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    keys_use(pair[0]);
    const pid_t child = fork();
    if (child == 0) {
        answer(pair[1], type, tag, value);
        _exit(0);
    }
    close(pair[1]);
    d->err = (struct err){0};
    const enum rc rc = keys_mac(&d->err, KP_CSRF, secret, mac);
    close(pair[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    keys_use(d->keys);
    return rc;
}

static void
test_broken_partner(void **state)
{
    struct desk *d = *state;

    assert_int_equal(ask_against(d, W_KEY_SEAL, 0, 0), RC_BROKEN); /* another type */
    assert_int_equal(ask_against(d, 0, 0, 0), RC_BROKEN);          /* no mac */
    assert_int_equal(ask_against(d, 0, W_F_MAC, 5), RC_BROKEN);    /* 8 bytes, not 32 */
    assert_int_equal(ask_against(d, W_ERROR, W_F_RC, RC_LIMIT), RC_LIMIT);
    assert_int_equal(ask_against(d, W_ERROR, W_F_RC, 0), RC_BROKEN); /* an error that says OK */
    assert_int_equal(ask_against(d, W_ERROR, W_F_RC, -99), RC_BROKEN);
    assert_int_equal(ask_against(d, W_ERROR, 0, 0), RC_BROKEN);
    d->err = (struct err){0};
}

/* --- fields that are not there ---------------------------------------------------------------- */
/* A channel to a partner that answers `answers` calls with nothing in them, then goes. */
static pid_t
empty_partner(int answers, int *ret_fd)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    const pid_t child = fork();
    if (child == 0) {
        close(pair[0]);
        for (int i = 0; i < answers; i++) {
            answer(pair[1], 0, 0, 0);
        }
        _exit(0);
    }
    close(pair[1]);
    *ret_fd = pair[0];
    return child;
}

static void
test_empty_answers(void **state)
{
    struct desk *d = *state;
    struct bytes out;
    bool equal = true;
    int64_t step = 7;
    int fd;
    struct page_keys pages = {0};
    const pid_t child = empty_partner(5, &fd);

    keys_use(fd);
    assert_int_equal(keys_seal(d->mem, &d->err, KP_SECRET, STR("x"), secret, &out), RC_BROKEN);
    assert_int_equal(d->err.code, E_KEYS);
    d->err = (struct err){0};
    assert_int_equal(keys_check(&d->err, KP_PASSWORD, STR("x"), secret, secret, &equal), RC_BROKEN);
    assert_int_equal(d->err.code, E_KEYS);
    assert_true(equal); /* untouched: no verdict is none */
    d->err = (struct err){0};
    assert_int_equal(keys_totp(&d->err, STR("x"), secret, STR("123456"), d->now, 1, &step), OK);
    assert_int_equal(step, 0);
    assert_int_equal(keys_page(&d->err, &pages), RC_BROKEN);
    d->err = (struct err){0};
    assert_int_equal(keys_turned(&d->err), OK);
    close(fd);
    assert_int_equal(keys_kept(&d->err), RC_IO); /* nobody is there any more */
    d->err = (struct err){0};
    assert_int_equal(waitpid(child, NULL, 0), child);
    keys_use(d->keys);
}

/* A next page key comes along: of 32 bytes, or the answer is broken. */
static void
test_next_page_key(void **state)
{
    struct desk *d = *state;
    static uint8_t in[FRAME_MAX], out[FRAME_MAX];
    for (size_t n = 31; n <= 32; n++) {
        int pair[2];
        struct page_keys pages = {0};
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        const pid_t child = fork();
        if (child == 0) {
            struct frame f;
            struct frame_out o;
            if (frame_recv(pair[1], in, sizeof(in), &f) != OK) {
                _exit(1);
            }
            frame_begin(&o, out, sizeof(out), W_KEY_PAGE, f.id);
            frame_put(&o, W_F_KEY, secret.p, 32);
            frame_put(&o, W_F_KEY_NEXT, secret.p, n);
            _exit(frame_send(pair[1], &o, -1) != OK);
        }
        close(pair[1]);
        keys_use(pair[0]);
        d->err = (struct err){0};
        assert_int_equal(keys_page(&d->err, &pages), n == 32 ? OK : RC_BROKEN);
        assert_true(pages.turns);
        close(pair[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
    }
    d->err = (struct err){0};
    keys_use(d->keys);
}

/* --- a partner that dies ---------------------------------------------------------------------- */
static int successor;
static int waits;

static bool
take_successor(void)
{
    waits++;
    if (successor >= 0) {
        keys_use(successor);
    }
    return successor >= 0;
}

static void
test_lost_partner(void **state)
{
    struct desk *d = *state;
    uint8_t mac[32], again[32];
    int fd;
    pid_t child = empty_partner(0, &fd);

    assert_int_equal(keys_mac(&d->err, KP_CSRF, secret, mac), OK);
    assert_int_equal(waitpid(child, NULL, 0), child);
    keys_use(fd); /* without anybody who waits for a successor: the call fails */
    assert_int_equal(keys_mac(&d->err, KP_CSRF, secret, again), RC_IO);
    assert_int_equal(d->err.code, E_KEYS);
    d->err = (struct err){0};
    keys_on_lost(take_successor);
    successor = -1;
    assert_int_equal(keys_mac(&d->err, KP_CSRF, secret, again), RC_IO); /* none comes */
    assert_int_equal(d->err.code, E_KEYS);
    d->err = (struct err){0};
    successor = d->keys; /* the call is made once more, and the caller does not notice */
    assert_int_equal(keys_mac(&d->err, KP_CSRF, secret, again), OK);
    assert_memory_equal(mac, again, 32);
    assert_int_equal(waits, 2);
    keys_on_lost(NULL);
    keys_use(d->keys);
    close(fd);
}

/* RFC 6979, A.2.5: the key and signature of "sample" are known to keymgr's own start; here a
 * stranger's bytes come back as "no", and a lost channel is no verdict. */
static void
test_verify(void **state)
{
    struct desk *d = *state;
    static const uint8_t key[64] = {1};
    bool right = true;

    assert_int_equal(keys_verify(&d->err, key, key, key, &right), OK);
    assert_false(right);
    keys_use(-1);
    assert_int_equal(keys_verify(&d->err, key, key, key, &right), RC_IO);
    d->err = (struct err){0};
    keys_use(d->keys);
}

/* Keys and a signature come along in a partner's answer, whole or not at all. */
static void
test_archive_keys(void **state)
{
    struct desk *d = *state;
    static uint8_t in[FRAME_MAX], out[FRAME_MAX];
    static const uint8_t filled[64] = {7, 8, 9};
    static const uint8_t big[KEYS_PLAIN_MAX + 1];
    uint8_t operations[32] = {0}, signer[32] = {0}, signature[64] = {0}, key[32] = {0};
    const struct bytes sealed = {filled, sizeof(filled)};

    assert_int_equal(keys_archive(&d->err, operations, signer), OK); /* a writer's channel */
    assert_int_equal(keys_sign(NULL, secret, signature), RC_DENIED);
    assert_int_equal(keys_sign(NULL, (struct bytes){big, sizeof(big)}, signature), RC_LIMIT);
    assert_int_equal(keys_open(NULL, operations, sealed, key), RC_DENIED);
    assert_int_equal(keys_open(NULL, operations, (struct bytes){big, sizeof(big)}, key), RC_LIMIT);
    for (size_t short_by = 0; short_by < 2; short_by++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        const pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < 3; i++) {
                struct frame f;
                struct frame_out o;
                const bool opens = i == 2;
                assert_int_equal(frame_recv(pair[1], in, sizeof(in), &f), OK);
                frame_begin(&o, out, sizeof(out), f.type, f.id);
                frame_put(&o, W_F_KEY, filled, 32 - (opens ? short_by : 0));
                frame_put(&o, W_F_SIGNER, filled, 32 - short_by);
                frame_put(&o, W_F_SIGNATURE, filled, 64 - short_by);
                assert_int_equal(frame_send(pair[1], &o, -1), OK);
            }
            _exit(0);
        }
        close(pair[1]);
        keys_use(pair[0]);
        d->err = (struct err){0};
        const enum rc want = short_by == 0 ? OK : RC_BROKEN;
        assert_int_equal(keys_archive(&d->err, operations, signer), want);
        assert_int_equal(keys_sign(NULL, secret, signature), want);
        assert_int_equal(keys_open(NULL, operations, sealed, key), want);
        close(pair[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
    }
    assert_memory_equal(operations, filled, 32);
    assert_memory_equal(signature, filled, 64);
    assert_memory_equal(key, filled, 32);
    d->err = (struct err){0};
    keys_use(d->keys);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_key_once), cmocka_unit_test(test_seal_check_unseal),
        cmocka_unit_test(test_macs),          cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_no_partner),    cmocka_unit_test(test_broken_partner),
        cmocka_unit_test(test_empty_answers), cmocka_unit_test(test_lost_partner),
        cmocka_unit_test(test_verify),        cmocka_unit_test(test_next_page_key),
        cmocka_unit_test(test_archive_keys),
    };

    return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
