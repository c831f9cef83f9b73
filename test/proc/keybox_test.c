/* keybox_test.c: what keymgr answers over a bound channel: the page key once, purposes kept apart,
 * sealed bytes bound to workspace, purpose and place, TOTP by RFC 6238, limits. */
#include "proc/keybox.h"

#include <sodium.h>

#include "base/wire.h"

static struct ring_keys keys;
static struct ring ring;
static uint8_t call_buf[FRAME_MAX];
static uint8_t answer_buf[FRAME_MAX];
static uint8_t kept[8192];

static int
make_ring(void **state)
{
    uint8_t master[KEY_SIZE] = {9};
    (void)state;
    assert_int_equal(keybox_init(), OK);
    ring_keys_derive(master, &keys);
    assert_int_equal(ring_add(&ring, &keys, 1), OK);
    assert_int_equal(ring_add(&ring, &keys, 2), OK);
    return 0;
}

static int
drop_ring(void **state)
{
    (void)state;
    ring_done(&ring);
    return 0;
}

static struct keybox
box_of(int64_t workspace)
{
    return (struct keybox){.ring = &ring, .keys = &keys, .workspace = workspace, .page = true};
}

struct ask {
    enum wire type;
    int64_t purpose;
    const char *ad, *plain;
    struct str sealed, key;
    const char *code;
    int64_t time_us, window;
};

/* The answer as a frame in answer_buf; its rc: OK or that of W_ERROR. */
static int64_t asked_at_us; /* the monotonic clock of the next calls */

static enum rc
ask(struct keybox *b, const struct ask *a, struct frame *ret_f)
{
    struct frame_out f;
    struct frame_out out;
    struct frame in;
    int64_t rc;
    frame_begin(&f, call_buf, sizeof call_buf, (uint16_t)a->type, 77);
    frame_put_i64(&f, W_F_PURPOSE, a->purpose);
    frame_put_str(&f, W_F_AD, str_of(a->ad));
    frame_put_str(&f, W_F_PLAIN, str_of(a->plain));
    frame_put_str(&f, W_F_SEALED, a->sealed);
    frame_put_str(&f, W_F_KEY, a->key);
    frame_put_str(&f, W_F_CODE_TEXT, str_of(a->code));
    frame_put_i64(&f, W_F_TIME, a->time_us);
    frame_put_i64(&f, W_F_WINDOW, a->window);
    assert_int_equal(frame_parse(f.p, f.n, &in), OK);
    assert_true(keybox_answer(b, &in, asked_at_us, &out, answer_buf, sizeof answer_buf));
    assert_int_equal(frame_parse(out.p, out.n, ret_f), OK);
    assert_int_equal(ret_f->id, 77);
    if (ret_f->type == W_ERROR) {
        assert_int_equal(frame_get_i64(ret_f, W_F_RC, &rc), OK);
        return (enum rc)rc;
    }
    assert_int_equal(ret_f->type, a->type);
    return OK;
}

static struct str
seal(struct keybox *b, int64_t purpose, const char *ad, const char *plain)
{
    struct frame f;
    assert_int_equal(
        ask(b, &(struct ask){.type = W_KEY_SEAL, .purpose = purpose, .ad = ad, .plain = plain}, &f),
        OK);
    struct str s = frame_get(&f, W_F_SEALED);
    assert_true(s.n <= sizeof kept);
    memcpy(kept, s.p, s.n);
    return (struct str){(const char *)kept, s.n};
}

static void
the_page_key_is_given_once_and_differs(void **state)
{
    (void)state;
    struct keybox a = box_of(1);
    struct keybox b = box_of(2);
    struct keybox no = box_of(1);
    struct frame f;
    uint8_t one[32];
    assert_int_equal(ask(&a, &(struct ask){.type = W_KEY_PAGE}, &f), OK);
    struct str key = frame_get(&f, W_F_KEY);
    assert_int_equal(key.n, 32);
    memcpy(one, key.p, 32);
    assert_int_equal(ask(&a, &(struct ask){.type = W_KEY_PAGE}, &f), RC_DENIED);
    assert_int_equal(ask(&b, &(struct ask){.type = W_KEY_PAGE}, &f), OK);
    assert_memory_not_equal(one, frame_get(&f, W_F_KEY).p, 32);
    no.page = false;
    assert_int_equal(ask(&no, &(struct ask){.type = W_KEY_PAGE}, &f), RC_DENIED);
    struct keybox again = box_of(1); /* the same after a restart */
    assert_int_equal(ask(&again, &(struct ask){.type = W_KEY_PAGE}, &f), OK);
    assert_memory_equal(one, frame_get(&f, W_F_KEY).p, 32);
    struct keybox unknown = box_of(3);
    assert_int_equal(ask(&unknown, &(struct ask){.type = W_KEY_PAGE}, &f), RC_MISSING);
}

/* While a store changes its key both are given; afterwards the next one counts. */
static void
a_next_page_key_takes_the_place(void **state)
{
    (void)state;
    uint8_t now[32], next[32];
    struct frame f;
    struct keybox a = box_of(2);
    assert_int_equal(ask(&a, &(struct ask){.type = W_KEY_PAGE}, &f), OK);
    assert_null(frame_get(&f, W_F_KEY_NEXT).p);
    memcpy(now, frame_get(&f, W_F_KEY).p, 32);
    assert_int_equal(ring_page_turn(&ring, 2, PAGE_TURN_BEGINS), OK);
    a = box_of(2);
    assert_int_equal(ask(&a, &(struct ask){.type = W_KEY_PAGE}, &f), OK);
    assert_memory_equal(now, frame_get(&f, W_F_KEY).p, 32);
    assert_int_equal(frame_get(&f, W_F_KEY_NEXT).n, 32);
    memcpy(next, frame_get(&f, W_F_KEY_NEXT).p, 32);
    assert_memory_not_equal(now, next, 32);
    assert_int_equal(ring_page_turn(&ring, 2, PAGE_TURN_ENDS), OK);
    a = box_of(2);
    assert_int_equal(ask(&a, &(struct ask){.type = W_KEY_PAGE}, &f), OK);
    assert_memory_equal(next, frame_get(&f, W_F_KEY).p, 32);
    assert_null(frame_get(&f, W_F_KEY_NEXT).p);
}

static void
a_secret_opens_only_where_it_was_sealed(void **state)
{
    (void)state;
    struct keybox a = box_of(1);
    struct keybox b = box_of(2);
    struct frame f;
    struct str s = seal(&a, KP_SECRET, "row 5", "smtp password");
    struct ask open = {.type = W_KEY_UNSEAL, .purpose = KP_SECRET, .ad = "row 5", .sealed = s};
    assert_int_equal(ask(&a, &open, &f), OK);
    assert_true(str_eq(frame_get(&f, W_F_PLAIN), STR("smtp password")));
    assert_int_equal(ask(&b, &open, &f), RC_DENIED); /* another workspace */
    open.ad = "row 6";
    assert_int_equal(ask(&a, &open, &f), RC_DENIED); /* another row */
    open.ad = "row 5";
    for (size_t i = 0; i < s.n; i++) {
        kept[i] ^= 1;
        assert_int_equal(ask(&a, &open, &f), RC_DENIED);
        kept[i] ^= 1;
    }
    open.sealed.n--;
    assert_int_equal(ask(&a, &open, &f), RC_DENIED);
}

static void
purposes_allow_their_own_acts_only(void **state)
{
    (void)state;
    static const struct {
        enum wire act;
        bool allowed[KP_TARGET + 2]; /* by purpose, 0 and one behind the last are none */
    } rows[] = {
        {W_KEY_SEAL,   {false, true, true, true, false, false, true, true, false}    },
        {W_KEY_UNSEAL, {false, false, false, false, false, false, true, false, false}},
        {W_KEY_CHECK,  {false, true, false, true, false, false, false, false, false} },
        {W_KEY_MAC,    {false, false, false, false, true, true, false, false, false} },
    };
    struct keybox a = box_of(1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int64_t p = 0; p <= KP_TARGET + 1; p++) {
            struct frame f;
            struct str sealed =
                p >= 1 && p <= KP_TARGET && rows[0].allowed[p] ? seal(&a, p, "x", "y") : STR("z");
            enum rc rc = ask(
                &a,
                &(struct ask){
                    .type = rows[i].act, .purpose = p, .ad = "x", .plain = "y", .sealed = sealed},
                &f);
            assert_int_equal(rc, rows[i].allowed[p] ? OK : RC_DENIED);
        }
    }
}

/* A worker seals the password of its mail server and never sees it again; egress opens it, for the
 * workspace and the server it was meant for, and can do nothing else. */
static void
a_target_is_opened_by_egress_alone(void **state)
{
    static const enum wire others[] = {W_KEY_PAGE, W_KEY_SEAL, W_KEY_CHECK,
                                       W_KEY_MAC,  W_KEY_TOTP, W_KEY_VERIFY};
    struct keybox worker = box_of(1);
    struct keybox egress = {.ring = &ring, .keys = &keys, .workspace = 1, .for_egress = true};
    struct keybox foreign = {.ring = &ring, .keys = &keys, .workspace = 2, .for_egress = true};
    struct frame f;
    struct str s = seal(&worker, KP_TARGET, "target.5 mail.linden.example 465 kontor", "secret");
    struct ask open = {.type = W_KEY_UNSEAL,
                       .purpose = KP_TARGET,
                       .ad = "target.5 mail.linden.example 465 kontor",
                       .sealed = s};
    (void)state;
    assert_int_equal(ask(&worker, &open, &f), RC_DENIED);
    assert_int_equal(ask(&foreign, &open, &f), RC_DENIED);
    assert_int_equal(ask(&egress, &open, &f), OK);
    assert_true(str_eq(frame_get(&f, W_F_PLAIN), STR("secret")));
    open.ad = "target.5 mail.other.example 465 kontor";
    assert_int_equal(ask(&egress, &open, &f), RC_DENIED);
    s = seal(&worker, KP_SECRET, "row", "secret");
    open = (struct ask){.type = W_KEY_UNSEAL, .purpose = KP_SECRET, .ad = "row", .sealed = s};
    assert_int_equal(ask(&egress, &open, &f), RC_DENIED);
    for (size_t i = 0; i < CASES(others); i++) {
        for (int64_t p = 1; p <= KP_TARGET; p++) {
            assert_int_equal(ask(&egress,
                                 &(struct ask){.type = others[i],
                                               .purpose = p,
                                               .ad = "x",
                                               .plain = "y",
                                               .sealed = STR("z"),
                                               .code = "123456"},
                                 &f),
                             RC_DENIED);
        }
    }
}

static struct keybox
box_for(const char *role, int64_t workspace)
{
    struct keybox b;
    assert_int_equal(keybox_for(str_of(role), &b), OK);
    b.ring = &ring;
    b.keys = &keys;
    b.workspace = workspace;
    return b;
}

static void
has_nothing_else(struct keybox *b)
{
    static const enum wire others[] = {W_KEY_SEAL, W_KEY_UNSEAL, W_KEY_CHECK,
                                       W_KEY_MAC,  W_KEY_TOTP,   W_KEY_VERIFY};
    struct frame f;
    for (size_t i = 0; i < CASES(others); i++) {
        for (int64_t p = 1; p <= KP_TARGET; p++) {
            const struct ask a = {
                .type = others[i], .purpose = p, .ad = "x", .plain = "y", .sealed = STR("z")};
            assert_int_equal(ask(b, &a, &f), RC_DENIED);
        }
    }
}

/* The keys of archives: the same each time, another for each workspace; only a backup's channel has
 * them, and it has nothing else but the page key. */
static void
archives_have_keys_of_their_own(void **state)
{
    struct keybox backup = box_for("backup", 1);
    struct keybox other = box_for("backup", 2);
    struct keybox gone = box_for("backup", 3);
    struct keybox worker = box_of(1);
    struct keybox egress = box_for("egress", 1);
    char text[] = "kontor-archive-1"
                  "0123456789012345678901234567890123456789";
    uint8_t operations[32];
    uint8_t signer[32];
    struct frame f;
    struct ask sign = {.type = W_KEY_SIGN, .plain = text};
    const struct ask archive = {.type = W_KEY_ARCHIVE};
    (void)state;
    assert_int_equal(ask(&backup, &archive, &f), OK);
    assert_int_equal(frame_get(&f, W_F_KEY).n, 32);
    memcpy(operations, frame_get(&f, W_F_KEY).p, 32);
    memcpy(signer, frame_get(&f, W_F_SIGNER).p, 32);
    assert_int_equal(ask(&other, &archive, &f), OK);
    assert_memory_not_equal(frame_get(&f, W_F_KEY).p, operations, 32);
    assert_memory_not_equal(frame_get(&f, W_F_SIGNER).p, signer, 32);
    assert_int_equal(ask(&backup, &archive, &f), OK);
    assert_memory_equal(frame_get(&f, W_F_KEY).p, operations, 32);
    assert_int_equal(ask(&gone, &archive, &f), RC_MISSING);
    assert_int_equal(ask(&worker, &archive, &f), OK); /* public, to compare with */
    assert_memory_equal(frame_get(&f, W_F_SIGNER).p, signer, 32);
    assert_int_equal(ask(&egress, &archive, &f), RC_DENIED);

    assert_int_equal(ask(&backup, &sign, &f), OK);
    struct str s = frame_get(&f, W_F_SIGNATURE);
    assert_int_equal(s.n, 64);
    assert_int_equal(
        crypto_sign_verify_detached((const uint8_t *)s.p, (const uint8_t *)text, 56, signer), 0);
    assert_int_equal(ask(&worker, &sign, &f), RC_DENIED);
    assert_int_equal(ask(&egress, &sign, &f), RC_DENIED);
    text[15] = '2';
    assert_int_equal(ask(&backup, &sign, &f), RC_DENIED); /* another protocol's words */
    sign.plain = "kontor-archive-1";
    assert_int_equal(ask(&backup, &sign, &f), RC_DENIED);

    assert_int_equal(ask(&backup, &(struct ask){.type = W_KEY_PAGE}, &f), OK);
    has_nothing_else(&backup);
}

/* An archive of workspace 1: the public key of its header and its sealed data key. */
struct slot {
    uint8_t public[32], sealed[80], key[32];
};

static struct ask
open_ask(const struct slot *s)
{
    return (struct ask){
        .type = W_KEY_OPEN,
        .key = {(const char *)s->public, 32},
        .sealed = {(const char *)s->sealed, 80}
    };
}

static void
slot_of(int64_t workspace, struct slot *ret_s)
{
    struct keybox backup = box_for("backup", workspace);
    struct frame f;
    assert_int_equal(ask(&backup, &(struct ask){.type = W_KEY_ARCHIVE}, &f), OK);
    memcpy(ret_s->public, frame_get(&f, W_F_KEY).p, 32);
    randombytes_buf(ret_s->key, 32);
    assert_int_equal(crypto_box_seal(ret_s->sealed, ret_s->key, 32, ret_s->public), 0);
}

static void
needs_its_key(struct keybox b, const struct slot *s)
{
    const struct ask a = open_ask(s);
    struct frame f;
    assert_int_equal(ask(&b, &a, &f), OK);
    assert_int_equal(frame_get(&f, W_F_KEY).n, 32);
    assert_memory_equal(frame_get(&f, W_F_KEY).p, s->key, 32);
    assert_int_equal(ask(&b, &a, &f), RC_DENIED); /* one archive for one channel */
    assert_null(frame_get(&f, W_F_KEY).p);
}

/* A drill and a restore open one archive of their own workspace; nobody else opens any. */
static void
one_archive_is_opened(void **state)
{
    static const char *const others[] = {"writer", "system", "egress", "backup"};
    struct slot s;
    struct slot foreign;
    struct frame f;
    (void)state;
    slot_of(1, &s);
    slot_of(2, &foreign);
    struct ask a = open_ask(&s);
    needs_its_key(box_for("drill", 1), &s);
    needs_its_key(box_for("restore", 1), &s);
    needs_its_key(box_for("drill", 2), &foreign);
    for (size_t i = 0; i < CASES(others); i++) {
        struct keybox b = box_for(others[i], 1);
        assert_int_equal(ask(&b, &a, &f), RC_DENIED);
    }
    struct keybox drill = box_for("drill", 1);
    const struct ask foreign_ask = open_ask(&foreign);
    assert_int_equal(ask(&drill, &foreign_ask, &f), RC_DENIED);
    memcpy(foreign.public, s.public, 32); /* another workspace's seal under our name */
    assert_int_equal(ask(&drill, &foreign_ask, &f), RC_DENIED);
    a.sealed.n = 79;
    assert_int_equal(ask(&drill, &a, &f), RC_INVALID);
    a = open_ask(&s);
    a.key.n = 31;
    assert_int_equal(ask(&drill, &a, &f), RC_INVALID);
    a = open_ask(&s);
    s.sealed[40] ^= 1;
    assert_int_equal(ask(&drill, &a, &f), RC_DENIED);
    s.sealed[40] ^= 1;
    struct keybox gone = box_for("drill", 3);
    assert_int_equal(ask(&gone, &a, &f), RC_MISSING);
    needs_its_key(drill, &s); /* what was refused has not used it up */
}

/* Beside that a drill signs its own words; a restore has the page key, and signs nothing. */
static void
a_drill_and_a_restore_have_little(void **state)
{
    struct keybox drill = box_for("drill", 1);
    struct keybox restore = box_for("restore", 1);
    struct ask sign = {.type = W_KEY_SIGN,
                       .plain = "kontor-drilled-1"
                                "0123456789012345678901234567890123456789"};
    struct frame f;
    uint8_t signer[32];
    (void)state;
    assert_int_equal(ask(&drill, &(struct ask){.type = W_KEY_ARCHIVE}, &f), OK);
    memcpy(signer, frame_get(&f, W_F_SIGNER).p, 32);
    assert_int_equal(ask(&restore, &(struct ask){.type = W_KEY_ARCHIVE}, &f), OK);
    assert_memory_equal(frame_get(&f, W_F_SIGNER).p, signer, 32);
    assert_int_equal(ask(&drill, &(struct ask){.type = W_KEY_PAGE}, &f), RC_DENIED);
    assert_int_equal(ask(&restore, &(struct ask){.type = W_KEY_PAGE}, &f), OK);
    assert_int_equal(ask(&drill, &sign, &f), OK);
    assert_int_equal(crypto_sign_verify_detached((const uint8_t *)frame_get(&f, W_F_SIGNATURE).p,
                                                 (const uint8_t *)sign.plain, 56, signer),
                     0);
    assert_int_equal(ask(&restore, &sign, &f), RC_DENIED);
    struct keybox backup = box_for("backup", 1);
    assert_int_equal(ask(&backup, &sign, &f), RC_DENIED);
    sign.plain = "kontor-archive-1"
                 "0123456789012345678901234567890123456789";
    assert_int_equal(ask(&drill, &sign, &f), RC_DENIED);
    assert_int_equal(ask(&restore, &sign, &f), RC_DENIED);
    has_nothing_else(&drill);
    has_nothing_else(&restore);
}

static void
a_role_that_is_none_gets_nothing(void **state)
{
    struct keybox b;
    (void)state;
    assert_int_equal(keybox_for(STR("hash"), &b), RC_INVALID);
    assert_int_equal(keybox_for(STR("backups"), &b), RC_INVALID);
    assert_int_equal(keybox_for(STR_NONE, &b), RC_INVALID);
}

static int64_t
checks(struct keybox *b, const char *ad, const char *plain, struct str sealed)
{
    struct frame f;
    int64_t ok = -1;
    assert_int_equal(ask(b,
                         &(struct ask){.type = W_KEY_CHECK,
                                       .purpose = KP_PASSWORD,
                                       .ad = ad,
                                       .plain = plain,
                                       .sealed = sealed},
                         &f),
                     OK);
    assert_int_equal(frame_get_i64(&f, W_F_OK, &ok), OK);
    return ok;
}

static void
a_tag_is_compared_and_a_moved_one_is_wrong(void **state)
{
    (void)state;
    struct keybox a = box_of(1);
    struct str s = seal(&a, KP_PASSWORD, "user 1", "0123456789abcdef");
    assert_int_equal(checks(&a, "user 1", "0123456789abcdef", s), 1);
    assert_int_equal(checks(&a, "user 1", "0123456789abcdeg", s), 0);
    assert_int_equal(checks(&a, "user 1", "0123456789abcde", s), 0);
    assert_int_equal(checks(&a, "user 1", "", s), 0);
    assert_int_equal(checks(&a, "user 2", "0123456789abcdef", s), 0);
    assert_int_equal(checks(&a, "user 1", "0123456789abcdef", STR("short")), 0);
}

/* RFC 6238 appendix B, the last six digits of the eight-digit SHA-1 values. */
static void
totp_by_rfc_6238(void **state)
{
    (void)state;
    static const struct {
        int64_t time;
        int64_t code;
    } rows[] = {
        {59,          287082},
        {1111111109,  81804 },
        {1111111111,  50471 },
        {1234567890,  5924  },
        {2000000000,  279037},
        {20000000000, 353130}
    };
    const struct bytes secret = {(const uint8_t *)"12345678901234567890", 20};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(keybox_totp_code(secret, rows[i].time / 30), rows[i].code);
    }
}

static int64_t
step_of(struct keybox *b, struct str sealed, const char *code, int64_t time_s, int64_t window)
{
    struct frame f;
    int64_t step = -1;
    assert_int_equal(ask(b,
                         &(struct ask){.type = W_KEY_TOTP,
                                       .ad = "factor 1",
                                       .sealed = sealed,
                                       .code = code,
                                       .time_us = time_s * 1000000,
                                       .window = window},
                         &f),
                     OK);
    assert_int_equal(frame_get_i64(&f, W_F_STEP, &step), OK);
    return step;
}

static void
a_code_gives_its_step_within_the_window(void **state)
{
    (void)state;
    struct keybox a = box_of(1);
    struct str s = seal(&a, KP_TOTP, "factor 1", "12345678901234567890");
    const int64_t step = 1111111109 / 30;
    assert_int_equal(step_of(&a, s, "081804", 1111111109, 0), step);
    assert_int_equal(step_of(&a, s, "081804", 1111111109 + 30, 1), step);
    assert_int_equal(step_of(&a, s, "081804", 1111111109 - 30, 1), step);
    assert_int_equal(step_of(&a, s, "081804", 1111111109 + 60, 1), 0);
    assert_int_equal(step_of(&a, s, "081805", 1111111109, 1), 0);
    assert_int_equal(step_of(&a, s, "81804", 1111111109, 1), 0);
    assert_int_equal(step_of(&a, s, "0818040", 1111111109, 1), 0);
    assert_int_equal(step_of(&a, s, "", 1111111109, 1), 0);
    struct keybox b = box_of(2);
    assert_int_equal(step_of(&b, s, "081804", 1111111109, 1), 0);
}

static void
guessing_codes_is_limited(void **state)
{
    (void)state;
    struct keybox a = box_of(1);
    struct frame f;
    struct str s = seal(&a, KP_TOTP, "factor 1", "12345678901234567890");
    const struct ask try = {.type = W_KEY_TOTP,
                            .ad = "factor 1",
                            .sealed = s,
                            .code = "000000",
                            .time_us = 1,
                            .window = 1};
    for (int i = 0; i < KEYBOX_TOTP_PER_MIN; i++) {
        assert_int_equal(ask(&a, &try, &f), OK);
    }
    assert_int_equal(ask(&a, &try, &f), RC_LIMIT);
    struct ask wide = try;
    struct keybox b = box_of(1);
    wide.window = KEYBOX_WINDOW_MAX + 1;
    assert_int_equal(ask(&b, &wide, &f), RC_INVALID);
}

static void
macs_are_keyed_by_purpose_and_workspace(void **state)
{
    (void)state;
    struct keybox a = box_of(1);
    struct keybox b = box_of(2);
    struct frame f;
    uint8_t mac[3][32];
    struct ask m = {.type = W_KEY_MAC, .purpose = KP_CSRF, .plain = "form"};
    assert_int_equal(ask(&a, &m, &f), OK);
    assert_int_equal(frame_get(&f, W_F_MAC).n, 32);
    memcpy(mac[0], frame_get(&f, W_F_MAC).p, 32);
    assert_int_equal(ask(&b, &m, &f), OK);
    memcpy(mac[1], frame_get(&f, W_F_MAC).p, 32);
    m.purpose = KP_DEVICE;
    assert_int_equal(ask(&a, &m, &f), OK);
    memcpy(mac[2], frame_get(&f, W_F_MAC).p, 32);
    assert_memory_not_equal(mac[0], mac[1], 32);
    assert_memory_not_equal(mac[0], mac[2], 32);
    m.purpose = KP_CSRF;
    assert_int_equal(ask(&a, &m, &f), OK);
    assert_memory_equal(mac[0], frame_get(&f, W_F_MAC).p, 32);
}

/* Bounds of a channel count for their second or minute, then anew. */
static void
limits_begin_anew(void **state)
{
    (void)state;
    struct keybox a = box_of(1);
    struct frame f;
    const struct ask m = {.type = W_KEY_MAC, .purpose = KP_CSRF, .ad = "", .plain = "x"};
    for (int i = 0; i < KEYBOX_CALLS_PER_S; i++) {
        assert_int_equal(ask(&a, &m, &f), OK);
    }
    assert_int_equal(ask(&a, &m, &f), RC_LIMIT);
    asked_at_us = 999999;
    assert_int_equal(ask(&a, &m, &f), RC_LIMIT);
    asked_at_us = 1000000;
    assert_int_equal(ask(&a, &m, &f), OK);
    const struct ask try = {
        .type = W_KEY_TOTP, .ad = "", .plain = "", .code = "000000", .time_us = 60000000};
    enum rc last = OK;
    for (int i = 0; i <= KEYBOX_TOTP_PER_MIN; i++) {
        last = ask(&a, &try, &f);
    }
    assert_int_equal(last, RC_LIMIT);
    asked_at_us = 60000000;
    assert_int_not_equal(ask(&a, &try, &f), RC_LIMIT);
    asked_at_us = 0;
}

static enum rc
verify(size_t key, size_t digest, size_t signature, struct frame *ret_f)
{
    static const uint8_t zero[65];
    struct keybox a = box_of(1);
    struct frame_out f;
    struct frame_out out;
    struct frame in;
    frame_begin(&f, call_buf, sizeof call_buf, W_KEY_VERIFY, 5);
    frame_put(&f, W_F_KEY, zero, key);
    frame_put(&f, W_F_DIGEST, zero, digest);
    frame_put(&f, W_F_SIGNATURE, zero, signature);
    assert_int_equal(frame_parse(f.p, f.n, &in), OK);
    assert_true(keybox_answer(&a, &in, 0, &out, answer_buf, sizeof answer_buf));
    assert_int_equal(frame_parse(out.p, out.n, ret_f), OK);
    int64_t rc = OK;
    return ret_f->type == W_ERROR && frame_get_i64(ret_f, W_F_RC, &rc) == OK ? (enum rc)rc : OK;
}

/* Right ones: guard/webauthn_test.c. */
static void
signatures_have_their_sizes(void **state)
{
    struct frame f;
    int64_t right = 1;
    (void)state;
    assert_int_equal(verify(63, 32, 64, &f), RC_INVALID);
    assert_int_equal(verify(64, 31, 64, &f), RC_INVALID);
    assert_int_equal(verify(64, 32, 65, &f), RC_INVALID);
    assert_int_equal(verify(64, 32, 64, &f), OK);
    assert_int_equal(frame_get_i64(&f, W_F_OK, &right), OK);
    assert_int_equal(right, 0);
}

/* What key_log.h writes of them: each use by its purpose, and as many unwraps as there were. */
static void
uses_are_counted_by_purpose(void **state)
{
    (void)state;
    struct keybox a = box_of(1);
    struct frame f;
    assert_int_equal(ask(&a, &(struct ask){.type = W_KEY_PAGE}, &f), OK);
    assert_int_equal(ask(&a, &(struct ask){.type = W_KEY_PAGE}, &f), RC_DENIED);
    const struct str tag = seal(&a, KP_PASSWORD, "row", "a tag");
    for (int i = 0; i < 2; i++) { /* a wrong one unwraps as well */
        const struct ask check = {.type = W_KEY_CHECK,
                                  .purpose = KP_PASSWORD,
                                  .ad = i == 0 ? "row" : "another",
                                  .plain = "a tag",
                                  .sealed = tag};
        assert_int_equal(ask(&a, &check, &f), OK);
    }
    const struct str code = seal(&a, KP_RECOVERY, "row", "a tag");
    const struct ask check = {
        .type = W_KEY_CHECK, .purpose = KP_RECOVERY, .ad = "row", .plain = "x", .sealed = code};
    assert_int_equal(ask(&a, &check, &f), OK);
    const struct str secret = seal(&a, KP_SECRET, "row", "a secret");
    const struct ask open = {
        .type = W_KEY_UNSEAL, .purpose = KP_SECRET, .ad = "row", .sealed = secret};
    assert_int_equal(ask(&a, &open, &f), OK);
    const struct ask mac = {.type = W_KEY_MAC, .purpose = KP_CSRF, .plain = "x"};
    assert_int_equal(ask(&a, &mac, &f), OK);
    const struct ask foreign = {.type = W_KEY_MAC, .purpose = KP_PASSWORD, .plain = "x"};
    assert_int_equal(ask(&a, &foreign, &f), RC_DENIED);
    const struct key_uses want = {
        .n = {[KEY_USE_PAGE] = 1,
              [KEY_USE_PASSWORD] = 2,
              [KEY_USE_RECOVERY] = 1,
              [KEY_USE_SECRET] = 1,
              [KEY_USE_MAC] = 1,
              [KEY_USE_SEAL] = 3},
        .unwraps = 9
    };
    assert_memory_equal(&a.uses, &want, sizeof want);
    const struct str target = seal(&a, KP_TARGET, "row", "a password");
    struct keybox egress = box_of(1);
    egress.for_egress = true;
    const struct ask target_open = {
        .type = W_KEY_UNSEAL, .purpose = KP_TARGET, .ad = "row", .sealed = target};
    assert_int_equal(ask(&egress, &target_open, &f), OK);
    assert_int_equal(egress.uses.n[KEY_USE_TARGET], 1);
}

static void
other_messages_end_the_channel(void **state)
{
    (void)state;
    struct keybox a = box_of(1);
    struct frame_out out;
    const uint16_t types[] = {0,          W_READY, W_KEY_BIND, W_KEY_NEW,
                              W_KEY_DROP, W_SIGN,  W_ERROR,    65535};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const struct frame f = {.type = types[i], .id = 1, .fd = -1};
        assert_false(keybox_answer(&a, &f, 0, &out, answer_buf, sizeof answer_buf));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_key_is_given_once_and_differs),
        cmocka_unit_test(a_next_page_key_takes_the_place),
        cmocka_unit_test(a_secret_opens_only_where_it_was_sealed),
        cmocka_unit_test(purposes_allow_their_own_acts_only),
        cmocka_unit_test(a_target_is_opened_by_egress_alone),
        cmocka_unit_test(archives_have_keys_of_their_own),
        cmocka_unit_test(one_archive_is_opened),
        cmocka_unit_test(a_drill_and_a_restore_have_little),
        cmocka_unit_test(a_role_that_is_none_gets_nothing),
        cmocka_unit_test(a_tag_is_compared_and_a_moved_one_is_wrong),
        cmocka_unit_test(totp_by_rfc_6238),
        cmocka_unit_test(a_code_gives_its_step_within_the_window),
        cmocka_unit_test(guessing_codes_is_limited),
        cmocka_unit_test(macs_are_keyed_by_purpose_and_workspace),
        cmocka_unit_test(limits_begin_anew),
        cmocka_unit_test(signatures_have_their_sizes),
        cmocka_unit_test(uses_are_counted_by_purpose),
        cmocka_unit_test(other_messages_end_the_channel),
    };
    return cmocka_run_group_tests_name("proc/keybox", tests, make_ring, drop_ring);
}
