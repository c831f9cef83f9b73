/* Passkeys: questions that are good for one browser, one use, five minutes and one answer; whose
 * key may answer; what is written down. The authenticator is made here, with Ed25519 keys. */
#include "guard/passkey.h"

#include <sodium.h>

#include "desk.h"
#include "guard/factor.h"
#include "guard/keys.h"

enum { PRESENT = 1, VERIFIED = 4, CREDENTIAL = 0x40 };

static const uint8_t browser[32] = {1, 2, 3}, other_browser[32] = {9};
static struct user_id mara, piet;

static struct passkey_desk
at(enum passkey_use use)
{
    return (struct passkey_desk){
        .use = use, .origin = STR("https://nord.example:8443"), .secret = browser};
}

/* One authenticator; what it says can be bent. */
struct key {
    const char *id, *host, *origin;
    uint8_t public[32], secret[64];
    unsigned flags;
    uint8_t counter;
};
/* What was sent for it. */
struct sent {
    char asked[64], credential[64], client[1024], auth[512], signature[128], handle[64];
};

static struct key
new_key(const char *id)
{
    struct key k = {
        .id = id, .host = "nord.example", .origin = "https://nord.example:8443", .flags = PRESENT};
    assert_int_equal(crypto_sign_keypair(k.public, k.secret), 0);
    return k;
}

static struct passkey_answer
view(const struct sent *s)
{
    return (struct passkey_answer){str_of(s->asked), str_of(s->credential), str_of(s->client),
                                   str_of(s->auth),  str_of(s->signature),  str_of(s->handle)};
}

static size_t
auth_data(const struct key *k, unsigned more, uint8_t out[static 256])
{
    static const uint8_t okp[] = {0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32};
    size_t n = 37;

    memset(out, 0, 256);
    crypto_hash_sha256(out, (const uint8_t *)k->host, strlen(k->host));
    out[32] = (uint8_t)(k->flags | more);
    out[36] = k->counter;
    if (more == 0) {
        return n;
    }
    n += 16; /* AAGUID */
    out[n + 1] = (uint8_t)strlen(k->id);
    memcpy(out + n + 2, k->id, strlen(k->id));
    n += 2 + strlen(k->id);
    memcpy(out + n, okp, sizeof okp);
    memcpy(out + n + sizeof okp, k->public, 32);
    return n + sizeof okp + 32;
}

static struct sent
answer(const struct key *k, const struct passkey_question *q, bool is_new)
{
    struct sent s = {.handle = ""};
    char client[600];
    uint8_t message[256 + 32];
    uint8_t signature[64];
    const size_t n = auth_data(k, is_new ? CREDENTIAL : 0, message);

    (void)snprintf(client, sizeof client,
                   "{\"type\":\"webauthn.%s\",\"challenge\":\"%.*s\",\"origin\":\"%s\"}",
                   is_new ? "create" : "get", STR_FMT(q->challenge), k->origin);
    desk_keep(q->asked, s.asked, sizeof s.asked);
    b64url_print((const uint8_t *)k->id, strlen(k->id), s.credential);
    b64url_print((const uint8_t *)client, strlen(client), s.client);
    b64url_print(message, n, s.auth);
    crypto_hash_sha256(message + n, (const uint8_t *)client, strlen(client));
    crypto_sign_detached(signature, NULL, message, n + 32, k->secret);
    b64url_print(signature, sizeof signature, s.signature);
    return s;
}

/* A question of this use, answered. */
static struct sent
asked(struct desk *d, const struct key *k, enum passkey_use use)
{
    const struct passkey_desk desk = at(use);
    struct passkey_question q;

    assert_int_equal(passkey_ask(desk_read(d), &desk, &q), OK);
    const struct sent s = answer(k, &q, use == PASSKEY_ADD);
    desk_done(d);
    return s;
}

static struct passkey_verdict
add_sent(struct desk *d, struct user_id user, const char *name, const struct sent *s)
{
    const struct passkey_desk desk = at(PASSKEY_ADD);
    const struct passkey_answer a = view(s);
    struct passkey_verdict v;

    assert_int_equal(passkey_add(desk_write(d), &desk, user, str_of(name), &a, &v), OK);
    desk_commit(d);
    return v;
}

static struct passkey_verdict
add(struct desk *d, struct user_id user, const struct key *k)
{
    const struct sent s = asked(d, k, PASSKEY_ADD);
    const struct passkey_verdict v = add_sent(d, user, "Schlüssel", &s);
    assert_int_equal(v.why, PASSKEY_RIGHT);
    return v;
}

static struct passkey_verdict
check_at(struct desk *d, struct passkey_desk desk, struct user_id user, const struct sent *s)
{
    const struct passkey_answer a = view(s);
    struct passkey_verdict v;

    assert_int_equal(passkey_check(desk_write(d), &desk, user, &a, &v), OK);
    desk_commit(d);
    return v;
}

static enum passkey_why
check(struct desk *d, enum passkey_use use, struct user_id user, const struct sent *s)
{
    return check_at(d, at(use), user, s).why;
}

static void
say_handle(struct desk *d, struct user_id user, struct sent *s)
{
    struct str handle;

    assert_int_equal(passkey_handle(desk_read(d), user, &handle), OK);
    desk_keep(handle, s->handle, sizeof s->handle);
    desk_done(d);
}

static void
test_adds_and_signs(void **state)
{
    struct desk *d = *state;
    struct key k = new_key("first");
    struct passkey_row *rows;
    size_t n;

    mara = desk_person(d, "mara", GROUP_ADMINISTRATOR, 1);
    piet = desk_person(d, "piet", GROUP_TIME_RECORDER_2, 2);
    const struct passkey_verdict made = add(d, mara, &k);
    k.counter = 7;
    struct sent s = asked(d, &k, PASSKEY_FACTOR);
    desk_wait(d, PASSKEY_ASKED_S - 1);
    const struct passkey_verdict v = check_at(d, at(PASSKEY_FACTOR), mara, &s);
    assert_int_equal(v.why, PASSKEY_RIGHT);
    assert_int_equal(v.user.n, mara.n);
    assert_int_equal(v.id.n, made.id.n);
    assert_int_equal(passkey_list(desk_read(d), mara, STR("nord.example"), &rows, &n), OK);
    assert_int_equal(n, 1);
    assert_true(str_eq(rows[0].name, STR("Schlüssel")));
    assert_true(str_eq(rows[0].host, STR("nord.example")));
    assert_true(str_eq(rows[0].credential, STR("Zmlyc3Q")));
    assert_int_equal(rows[0].used_at.us, d->now.us);
    desk_done(d);
    assert_int_equal(desk_number(d, "guard", "SELECT sign_count AS n_count FROM passkey"), 7);
    assert_int_equal(check(d, PASSKEY_FACTOR, mara, &s), PASSKEY_SPENT);
    s = asked(d, &k, PASSKEY_FACTOR); /* signed, but the counter stands still */
    assert_int_equal(check(d, PASSKEY_FACTOR, mara, &s), PASSKEY_COUNTER);
    assert_int_equal(check(d, PASSKEY_FACTOR, mara, &s), PASSKEY_SPENT);
    assert_int_equal(desk_number(d, "guard", "SELECT sign_count AS n_count FROM passkey"), 7);
}

static void
test_questions(void **state)
{
    struct desk *d = *state;
    const struct key k = new_key("first-of-piet");
    struct passkey_desk desk = at(PASSKEY_FACTOR);
    struct passkey_question q, again;
    struct sent s;

    (void)add(d, piet, &k);
    assert_int_equal(passkey_ask(desk_read(d), &desk, &q), OK);
    assert_int_equal(passkey_ask(d->r, &desk, &again), OK);
    assert_int_equal(q.challenge.n, 43);
    assert_false(str_eq(q.challenge, again.challenge));
    desk_done(d);

    s = asked(d, &k, PASSKEY_FACTOR);
    desk.secret = other_browser;
    assert_int_equal(check_at(d, desk, piet, &s).why, PASSKEY_REFUSED);
    assert_int_equal(check_at(d, desk, piet, &s).answer, WEBAUTHN_CHALLENGED);
    assert_int_equal(check(d, PASSKEY_PROOF, piet, &s), PASSKEY_REFUSED); /* another page's */
    const char *const now = s.asked;
    struct sent moved = s;
    moved.asked[0] = now[0] == 'A' ? 'B' : 'A';
    assert_int_not_equal(check(d, PASSKEY_FACTOR, piet, &moved), PASSKEY_RIGHT);
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_RIGHT);

    s = asked(d, &k, PASSKEY_FACTOR);
    desk_wait(d, PASSKEY_ASKED_S);
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_EXPIRED);
    s = asked(d, &k, PASSKEY_FACTOR);
    desk_wait(d, -60); /* the clock was set back: nothing from the future counts */
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_EXPIRED);
    desk_wait(d, 60);
}

static void
test_forms(void **state)
{
    struct desk *d = *state;
    const struct key k = new_key("first-of-piet"); /* the same name, another key */
    const struct sent whole = asked(d, &k, PASSKEY_FACTOR);

    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &whole), PASSKEY_REFUSED);
    struct sent s = whole;
    s.asked[0] = '\0';
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_FORM);
    s = whole;
    memset(s.asked, 'A', 40);
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_FORM);
    s = whole;
    s.asked[0] = '!';
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_FORM);
    s = whole;
    s.credential[0] = '!';
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_FORM);
    s = whole;
    s.client[0] = '!';
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_FORM);
    s = whole;
    s.auth[0] = '!';
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_FORM);
    s = whole;
    memset(s.signature, 'A', sizeof s.signature - 1);
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_FORM);
    s = whole;
    s.handle[0] = '!';
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_FORM);
    s = asked(d, &k, PASSKEY_ADD);
    s.asked[0] = '!';
    assert_int_equal(add_sent(d, piet, "x", &s).why, PASSKEY_FORM);
}

static void
test_whose(void **state)
{
    struct desk *d = *state;
    struct key k = new_key("second-of-mara");
    struct passkey_row *rows;
    struct sent s;
    int64_t usable;
    size_t n;

    (void)add(d, mara, &k);
    s = asked(d, &k, PASSKEY_FACTOR);
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_UNKNOWN); /* rightly signed */
    const struct key strange = new_key("nobody's");
    s = asked(d, &strange, PASSKEY_FACTOR);
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_UNKNOWN);
    k.origin = "https://nord.example:9443";
    s = asked(d, &k, PASSKEY_FACTOR);
    assert_int_equal(check_at(d, at(PASSKEY_FACTOR), mara, &s).answer, WEBAUTHN_ORIGIN);
    k.origin = "https://sued.example:8443";
    k.host = "sued.example";
    s = asked(d, &k, PASSKEY_FACTOR);
    assert_int_equal(check(d, PASSKEY_FACTOR, mara, &s), PASSKEY_REFUSED);
    struct passkey_desk sued = at(PASSKEY_FACTOR); /* a second host of the same workspace */
    sued.origin = str_of(k.origin);
    assert_int_equal(check_at(d, sued, mara, &s).why, PASSKEY_UNKNOWN);
    assert_int_equal(passkey_list(desk_read(d), mara, STR("sued.example"), &rows, &n), OK);
    assert_true(n > 0 && rows[0].is_elsewhere);
    assert_int_equal(factor_count_at(d->r, mara, STR("sued.example"), &usable), OK);
    assert_int_equal(usable, 0);
    assert_int_equal(factor_count_at(d->r, mara, STR("nord.example"), &usable), OK);
    assert_int_equal(usable, n);
    desk_done(d);
    desk_sql(d, "user", "UPDATE \"user\" SET user_state = 3 WHERE login = 'mara'");
    k = new_key("third");
    s = asked(d, &k, PASSKEY_FACTOR);
    memcpy(s.credential, "Zmlyc3Q", 8);
    assert_int_equal(check(d, PASSKEY_FACTOR, mara, &s), PASSKEY_UNKNOWN);
    desk_sql(d, "user", "UPDATE \"user\" SET user_state = 2 WHERE login = 'mara'");
    assert_int_equal(check(d, PASSKEY_FACTOR, mara, &s), PASSKEY_REFUSED);
}

/* On one form with the name: whose it is has been typed, and may be nobody's. */
static void
test_beside(void **state)
{
    struct desk *d = *state;
    const struct user_id nobody = {0};
    struct key k = new_key("beside");
    struct sent s;

    (void)add(d, piet, &k);
    s = asked(d, &k, PASSKEY_BESIDE);
    assert_int_equal(check(d, PASSKEY_BESIDE, nobody, &s), PASSKEY_UNKNOWN);
    assert_int_equal(check(d, PASSKEY_BESIDE, mara, &s), PASSKEY_UNKNOWN);
    assert_int_equal(check(d, PASSKEY_FACTOR, piet, &s), PASSKEY_REFUSED); /* another page's */
    assert_int_equal(check(d, PASSKEY_BESIDE, piet, &s), PASSKEY_RIGHT);
}

static void
test_alone(void **state)
{
    struct desk *d = *state;
    const struct user_id anybody = {0};
    struct key k = new_key("alone");
    struct sent s;

    (void)add(d, piet, &k);
    s = asked(d, &k, PASSKEY_ALONE);
    say_handle(d, piet, &s);
    assert_int_equal(check_at(d, at(PASSKEY_ALONE), anybody, &s).answer, WEBAUTHN_VERIFICATION);
    k.flags = PRESENT | VERIFIED;
    s = asked(d, &k, PASSKEY_ALONE);
    assert_int_equal(check(d, PASSKEY_ALONE, anybody, &s), PASSKEY_UNKNOWN); /* no handle */
    say_handle(d, mara, &s);
    assert_int_equal(check(d, PASSKEY_ALONE, anybody, &s), PASSKEY_UNKNOWN); /* somebody else's */
    say_handle(d, piet, &s);
    const struct passkey_verdict v = check_at(d, at(PASSKEY_ALONE), anybody, &s);
    assert_int_equal(v.why, PASSKEY_RIGHT);
    assert_int_equal(v.user.n, piet.n);
}

static void
test_adding_is_refused(void **state)
{
    struct desk *d = *state;
    const struct passkey_desk desk = at(PASSKEY_ADD);
    struct key k = new_key("alone"); /* piet's */
    struct sent s = asked(d, &k, PASSKEY_ADD);
    struct passkey_answer a = view(&s);
    struct passkey_verdict v;

    assert_int_equal(passkey_add(desk_write(d), &desk, mara, STR("x"), &a, &v), RC_CONFLICT);
    assert_int_equal(d->err.code, E_PASSKEY_TAKEN);
    desk_undo(d);
    k = new_key("fourth");
    k.flags = 0;
    s = asked(d, &k, PASSKEY_ADD);
    v = add_sent(d, mara, "x", &s);
    assert_int_equal(v.why, PASSKEY_REFUSED);
    assert_int_equal(v.answer, WEBAUTHN_PRESENCE);
    k.flags = PRESENT;
    s = asked(d, &k, PASSKEY_ADD);
    assert_int_equal(add_sent(d, mara, "x", &s).why, PASSKEY_RIGHT);
    const struct key twin = new_key("fifth"); /* the same question, another key */
    struct passkey_question q;
    assert_int_equal(passkey_ask(desk_read(d), &desk, &q), OK);
    const struct sent one = answer(&twin, &q, true);
    const struct key sixth = new_key("sixth");
    const struct sent two = answer(&sixth, &q, true);
    desk_done(d);
    assert_int_equal(add_sent(d, mara, "x", &one).why, PASSKEY_RIGHT);
    assert_int_equal(add_sent(d, mara, "x", &two).why, PASSKEY_SPENT);
}

static void
test_room_and_ends(void **state)
{
    struct desk *d = *state;
    const struct passkey_desk desk = at(PASSKEY_ADD);
    struct key k = new_key("seventh");
    struct passkey_verdict v = add(d, mara, &k);
    struct factor_id id;
    int64_t n;

    assert_int_equal(factor_count(desk_read(d), mara, &n), OK);
    assert_int_equal(n, FACTORS_MAX);
    assert_int_equal(passkey_need(d->r, mara, v.id), OK);
    assert_int_equal(passkey_need(d->r, piet, v.id), RC_MISSING);
    desk_done(d);
    k = new_key("eighth");
    struct sent s = asked(d, &k, PASSKEY_ADD);
    const struct passkey_answer a = view(&s);
    struct passkey_verdict none;
    assert_int_equal(passkey_add(desk_write(d), &desk, mara, STR("x"), &a, &none), RC_LIMIT);
    assert_int_equal(d->err.code, E_FACTOR_MANY);
    desk_undo(d);
    assert_int_equal(factor_begin(desk_write(d), mara, STR("App"), &id), RC_LIMIT);
    desk_undo(d);
    assert_int_equal(passkey_remove(desk_write(d), piet, v.id), RC_MISSING);
    desk_undo(d);
    assert_int_equal(passkey_remove(desk_write(d), mara, v.id), OK);
    desk_commit(d);
    assert_int_equal(passkey_need(desk_read(d), mara, v.id), RC_MISSING);
    desk_done(d);
    k = new_key("seventh");
    s = asked(d, &k, PASSKEY_FACTOR);
    assert_int_equal(check(d, PASSKEY_FACTOR, mara, &s), PASSKEY_UNKNOWN);
    assert_true(desk_number(d, "guard", "SELECT count(*) AS n_count FROM passkey_spent") > 0);
    desk_wait(d, PASSKEY_ASKED_S);
    assert_int_equal(passkey_prune(desk_write(d)), OK);
    desk_commit(d);
    assert_int_equal(desk_number(d, "guard", "SELECT count(*) AS n_count FROM passkey_spent"), 0);
}

static void
test_hosts(void **state)
{
    (void)state;
    assert_true(str_eq(passkey_host(STR("https://nord.example:8443")), STR("nord.example")));
    assert_true(str_eq(passkey_host(STR("https://localhost")), STR("localhost")));
    assert_true(str_eq(passkey_host(STR("nord.example")), STR("nord.example")));
}

/* Before anything else: the first question asks keymgr for its key. */
static void
test_without_keymgr(void **state)
{
    struct desk *d = *state;
    const struct passkey_desk desk = at(PASSKEY_FACTOR);
    struct passkey_question q;
    struct str handle;

    keys_use(-1);
    assert_int_equal(passkey_ask(desk_read(d), &desk, &q), RC_IO);
    d->err = (struct err){0};
    assert_int_equal(passkey_handle(d->r, (struct user_id){1}, &handle), RC_IO);
    d->err = (struct err){0};
    desk_done(d);
    keys_use(d->keys);
}

/* The ladder's end (AUTH-16): the person's own go, nobody else's. */
static void
test_all_go(void **state)
{
    struct desk *d = *state;
    struct key k = new_key("of piet");
    const struct passkey_verdict v = add(d, piet, &k);
    struct passkey_row *rows;
    size_t n;

    assert_int_equal(passkey_list(desk_read(d), mara, STR("nord.example"), &rows, &n), OK);
    assert_true(n > 0);
    desk_done(d);
    assert_int_equal(passkey_remove_all(desk_write(d), mara), OK);
    desk_commit(d);
    assert_int_equal(passkey_list(desk_read(d), mara, STR("nord.example"), &rows, &n), OK);
    assert_int_equal(n, 0);
    assert_int_equal(passkey_need(d->r, piet, v.id), OK);
    desk_done(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_keymgr), cmocka_unit_test(test_adds_and_signs),
        cmocka_unit_test(test_questions),      cmocka_unit_test(test_forms),
        cmocka_unit_test(test_whose),          cmocka_unit_test(test_beside),
        cmocka_unit_test(test_alone),          cmocka_unit_test(test_adding_is_refused),
        cmocka_unit_test(test_room_and_ends),  cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_all_go),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
