/* sign_in_test.c: the sign-in through the whole gate, with keymgr and without a server: how many
 * password hashes each answer costs (AUTH-05), that the answers are the same, and what the store
 * and the audit say afterwards. Times are not measured here; test/long does. */
#include "app/user/user.h"
#include "base/time.h"
#include "guard/csrf.h"
#include "guard/limit.h"
#include "guard/policy.h"
#include "http/serve.h"

#include "../guard/desk.h"

static const struct domain *const domains[] = {&user_domain};
static struct serve serve;
static struct arena *mem;
static struct desk *desk;
static struct user_id mara, lene;

/* One answer: what it cost and what it said. */
struct answer {
    size_t hashes;
    int64_t ops[4], mem_kib[4];
    int64_t status;
    struct str location, body;
};

static enum rc
no_ambient(struct req *rq, struct rtx *tx)
{
    (void)rq;
    (void)tx;
    return OK;
}

/* --- requests -------------------------------------------------------------------------------- */
static struct req *
begin(const char *path, const char *form, const char *fields, const char *client)
{
    static uint8_t buf[FRAME_MAX];
    static uint8_t copy[FRAME_MAX];
    struct frame_out out;
    struct frame in;
    uint8_t secret[32];

    const struct str pre = csrf_pre_new(mem);
    assert_int_equal(csrf_pre_secret(pre, secret), OK);
    const struct str token = csrf_token(mem, secret, form);
    frame_begin(&out, buf, sizeof(buf), W_REQUEST, 1);
    frame_put_str(&out, W_F_METHOD, STR("POST"));
    frame_put_str(&out, W_F_PATH, str_of(path));
    frame_put_str(&out, W_F_CLIENT, str_of(client));
    frame_put_str(&out, W_F_BASE_URL, STR("https://nord.localhost:8443"));
    frame_put_str(&out, W_F_HEADER, STR("content-type: application/x-www-form-urlencoded"));
    frame_put_str(&out, W_F_HEADER, arena_fmt(mem, "cookie: __Host-pre=%.*s", STR_FMT(pre)));
    frame_put_str(&out, W_F_BODY, arena_fmt(mem, "csrf=%.*s&%s", STR_FMT(token), fields));
    assert_false(out.full);
    memcpy(copy, buf, out.n);
    assert_int_equal(frame_parse(copy, out.n, &in), OK);
    in.fd = -1;
    return serve_begin(&serve, mem, &in);
}

static void
note_orders(struct req *rq, struct answer *a, struct bytes tag)
{
    static uint8_t buf[FRAME_MAX];
    enum wire_kind kind;
    struct frame_out f;
    struct frame in;

    for (size_t i = 0; i < 4; i++) {
        frame_begin(&f, buf, sizeof(buf), W_HASH, 1);
        if (!serve_work(rq, i, &kind, &f)) {
            return;
        }
        assert_int_equal(kind, WK_HASH);
        assert_int_equal(frame_parse(buf, f.n, &in), OK);
        assert_int_equal(frame_get_i64(&in, W_F_OPS, &a->ops[i]), OK);
        assert_int_equal(frame_get_i64(&in, W_F_MEM, &a->mem_kib[i]), OK);
        serve_work_done(rq, i, tag);
        a->hashes++;
    }
}

static struct answer
answer_to(struct req *rq, struct bytes tag)
{
    static uint8_t buf[FRAME_MAX];
    struct answer a = {.location = STR("")};
    struct frame_out out;
    struct frame in;
    size_t pos = 0;
    uint16_t field;
    struct str v;
    int fd = -1;

    if (!serve_run(&serve, rq)) {
        note_orders(rq, &a, tag);
        assert_true(serve_run(&serve, rq));
    }
    frame_begin(&out, buf, sizeof(buf), W_REPLY, 1);
    assert_int_equal(serve_reply(rq, &out, 1, &fd), OK);
    assert_int_equal(fd, -1);
    assert_int_equal(frame_parse(buf, out.n, &in), OK);
    assert_int_equal(frame_get_i64(&in, W_F_STATUS, &a.status), OK);
    while (frame_next(&in, &pos, &field, &v)) {
        if (field == W_F_HEADER && str_starts(v, STR("location: "))) {
            a.location = arena_copy(mem, str_sub(v, 10, v.n));
        }
    }
    a.body = arena_copy(mem, frame_get(&in, W_F_BODY));
    return a;
}

static void
forget_failures(void)
{
    limit_reset();
    if (desk_number(desk, "guard", "SELECT count(*) AS n_count FROM throttle") > 0) {
        desk_sql(desk, "guard", "DELETE FROM throttle");
    }
}

/* `seed` is the password that the hash process would have computed. Each try comes from a network
 * of its own, and the counters begin anew: the throttle has tests elsewhere. */
static struct answer
sign_in(const char *login, const char *password, uint8_t seed)
{
    char fields[1200];

    forget_failures();
    (void)snprintf(fields, sizeof(fields), "login=%s&password=%s&next=", login, password);
    return answer_to(begin("/anmelden", "sign_in_form", fields, "192.0.2.7"), desk_tag(seed));
}

static void
expect_orders(const struct answer *a, size_t n, int64_t ops, int64_t mem_kib)
{
    bool found = false;

    assert_int_equal(a->hashes, n);
    for (size_t i = 0; i < n; i++) {
        found |= a->ops[i] == ops && a->mem_kib[i] == mem_kib;
    }
    assert_true(found);
}

/* --- tests ----------------------------------------------------------------------------------- */
static const char long_password[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

static const struct {
    const char *login, *password;
    uint8_t seed;
} refused[] = {
    {"niemand", "falsch",      1},
    {"mara",    "falsch",      9},
    {"lene",    "richtig",     2}, /* locked, and the password is right */
    {"lene",    "falsch",      9},
    {"mara",    long_password, 9},
    {"niemand", long_password, 9},
};

static void
every_answer_costs_one_hash(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES(refused); i++) {
        const struct answer a = sign_in(refused[i].login, refused[i].password, refused[i].seed);
        expect_orders(&a, 1, HASH_OPS, HASH_MEM_KIB);
        assert_int_equal(a.status, 422);
        arena_reset(mem);
    }
    const struct answer right = sign_in("mara", "richtig", 1);
    expect_orders(&right, 1, HASH_OPS, HASH_MEM_KIB);
    assert_int_equal(right.status, 303);
    assert_true(str_eq(right.location, STR("/")));
    arena_reset(mem);
}

/* While the parameters rise, everybody's sign-in costs the same two hashes, whoever it is. */
static void
old_parameters_do_not_show(void **state)
{
    struct desk *d = *state;

    desk_sql(d, "guard",
             "UPDATE credential SET hash_ops = 2, hash_mem_kib = 19456 WHERE user_id = 1");
    for (size_t i = 0; i < CASES(refused); i++) {
        const struct answer a = sign_in(refused[i].login, refused[i].password, refused[i].seed);
        expect_orders(&a, 2, HASH_OPS, HASH_MEM_KIB);
        expect_orders(&a, 2, 2, 19456);
        assert_int_equal(a.status, 422);
        arena_reset(mem);
    }
    const struct answer right = sign_in("mara", "richtig", 1);
    expect_orders(&right, 2, 2, 19456);
    assert_int_equal(right.status, 303);
    arena_reset(mem);
    const struct answer after = sign_in("mara", "richtig", 1);
    expect_orders(&after, 1, HASH_OPS, HASH_MEM_KIB);
    assert_int_equal(after.status, 303);
    arena_reset(mem);
}

/* And when the settings change: today's hash is theirs, and the old one's owner is not seen. */
static void
new_settings_do_not_show(void **state)
{
    (void)state;
    hash_cost_set(5, 90112);
    for (size_t i = 0; i < CASES(refused); i++) {
        const struct answer a = sign_in(refused[i].login, refused[i].password, refused[i].seed);
        expect_orders(&a, 2, 5, 90112);
        expect_orders(&a, 2, HASH_OPS, HASH_MEM_KIB);
        assert_int_equal(a.status, 422);
        arena_reset(mem);
    }
    assert_int_equal(sign_in("mara", "richtig", 1).status, 303);
    arena_reset(mem);
    const struct answer after = sign_in("mara", "richtig", 1);
    expect_orders(&after, 1, 5, 90112);
    arena_reset(mem);
    hash_cost_set(HASH_OPS, HASH_MEM_KIB);
    assert_int_equal(sign_in("mara", "richtig", 1).status, 303); /* and back again */
    arena_reset(mem);
}

/* The page without what differs by design: the tokens, and the name that was typed. */
static struct str
bare(struct str body, const char *login)
{
    struct out o = out_new(mem, 256 * 1024);
    size_t i = 0;

    while (i < body.n) {
        const struct str rest = str_sub(body, i, body.n);
        if (str_starts(rest, STR("name=\"csrf\" value=\""))) {
            i += 19 + CSRF_TOKEN_CHARS;
        } else if (str_starts(rest, STR("name=\"once\" value=\""))) {
            i += 19 + str_find(str_sub(rest, 19, rest.n), STR("\""), 0);
        } else if (str_starts(rest, STR("data-challenge=\""))) {
            i += 16 + str_find(str_sub(rest, 16, rest.n), STR("\""), 0);
        } else if (str_starts(rest, STR("name=\"asked\" value=\""))) {
            i += 20 + str_find(str_sub(rest, 20, rest.n), STR("\""), 0);
        } else if (str_starts(rest, str_of(login))) {
            i += strlen(login);
        } else {
            out_char(&o, body.p[i++]);
        }
    }
    return out_view(&o);
}

static void
every_refusal_says_the_same(void **state)
{
    const struct answer first = sign_in(refused[0].login, refused[0].password, refused[0].seed);
    const struct str said = bare(first.body, refused[0].login);

    (void)state;
    assert_true(said.n > 1000);
    for (size_t i = 1; i < CASES(refused); i++) {
        const struct answer a = sign_in(refused[i].login, refused[i].password, refused[i].seed);
        assert_int_equal(a.status, first.status);
        assert_true(str_eq(bare(a.body, refused[i].login), said));
    }
    arena_reset(mem);
}

/* On one form (SES-06) the work depends on what was typed, never on whose it is or what is wrong of
 * it: a recovery code costs its two hashes for everybody. */
static struct answer
together(const char *login, uint8_t seed, const char *code)
{
    char fields[240];

    forget_failures();
    (void)snprintf(fields, sizeof(fields),
                   "login=%s&password=x&code=%s&next=&asked=&credential=&client=&auth=&signature=&"
                   "handle=",
                   login, code);
    return answer_to(begin("/anmelden/zusammen", "together_form", fields, "192.0.2.7"),
                     desk_tag(seed));
}

static void
one_form_costs_and_says_the_same(void **state)
{
    static const struct {
        const char *login;
        uint8_t seed;
    } tries[] = {
        {"zz9",  1}, /* nobody; a name that no sentence holds */
        {"mara", 9},
        {"mara", 1}, /* her password */
        {"lene", 2},
    };
    static const char *const codes[] = {"000000", "", "0000-0000-0000-0000"};
    struct desk *d = *state;

    desk_sql(d, "guard",
             "INSERT INTO factor (id, user_id, name, secret_sealed, created_at, confirmed_at)"
             " VALUES (1, 1, 'Telefon', x'00', 1, 1)");
    policy_set(&(struct policy){.homebanking_since = d->now});
    for (size_t c = 0; c < CASES(codes); c++) {
        const bool is_recovery = c == 2;
        struct str said = STR_NONE;
        for (size_t i = 0; i < CASES(tries); i++) {
            const struct answer a = together(tries[i].login, tries[i].seed, codes[c]);
            expect_orders(&a, is_recovery ? 3 : 1, HASH_OPS, HASH_MEM_KIB);
            assert_int_equal(a.status, 422);
            const struct str bared = bare(a.body, tries[i].login);
            assert_true(said.p == NULL || str_eq(bared, said));
            said = bared;
        }
        arena_reset(mem);
    }
    policy_set(NULL);
    desk_sql(d, "guard", "DELETE FROM factor");
}

/* While the throttle is closed nothing is hashed, for names of nobody as for others. */
static void
a_closed_throttle_costs_nothing(void **state)
{
    static const char *const logins[] = {"niemand", "mara", "lene"};

    (void)state;
    for (size_t i = 0; i < CASES(logins); i++) {
        char fields[120];
        (void)snprintf(fields, sizeof(fields), "login=%s&password=falsch&next=", logins[i]);
        forget_failures();
        for (int k = 0; k < LIMIT_FREE; k++) {
            const struct answer a =
                answer_to(begin("/anmelden", "sign_in_form", fields, "198.51.100.7"), desk_tag(9));
            assert_int_equal(a.hashes, 1);
            arena_reset(mem);
        }
        const struct answer shut =
            answer_to(begin("/anmelden", "sign_in_form", fields, "203.0.113.7"), desk_tag(9));
        assert_int_equal(shut.hashes, 0);
        assert_int_equal(shut.status, 429);
        arena_reset(mem);
    }
    forget_failures();
}

/* The rightful owner learns of it: the refusals stand in the audit with her name, those of unknown
 * names with nobody's. */
static void
refusals_are_in_the_audit(void **state)
{
    static const char of_mara[] = "SELECT count(*) AS n_count FROM audit WHERE event_text = "
                                  "'user.sign_in_refused' AND subject_number = 1";
    struct desk *d = *state;
    struct err err = {0};
    const struct instant later = {time_now().us + 2000000};

    forget_failures();
    const int64_t before = desk_number(d, "guard", of_mara);
    (void)sign_in("mara", "falsch", 9);
    assert_int_equal(limit_flush(d->store, mem, later, &err), OK);
    assert_int_equal(desk_number(d, "guard", of_mara), before + 1);
    (void)sign_in("niemand", "falsch", 9);
    assert_int_equal(limit_flush(d->store, mem, later, &err), OK);
    assert_int_equal(desk_number(d, "guard", of_mara), before + 1);
    arena_reset(mem);
}

static int
setup(void **state)
{
    struct err err = {0};

    if (desk_setup(state) != 0) {
        return -1;
    }
    struct desk *d = *state;
    desk = d;
    d->now = time_now();
    mara = desk_person(d, "mara", GROUP_TIME_RECORDER_1, 1);
    lene = desk_person(d, "lene", GROUP_TIME_RECORDER_1, 2);
    desk_sql(d, "user", "UPDATE \"user\" SET user_state = 3 WHERE login = 'lene'");
    mem = arena_new(32 * 1024 * 1024);
    serve = (struct serve){
        .gate = {.store = d->store, .workspace = 1, .domains = domains, .n_domains = 1},
        .ambient = no_ambient
    };
    serve_init(&serve);
    return csrf_init(&err) == OK ? 0 : -1;
}

static int
teardown(void **state)
{
    arena_free(mem);
    return desk_teardown(state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_costs_one_hash),
        cmocka_unit_test(old_parameters_do_not_show),
        cmocka_unit_test(new_settings_do_not_show),
        cmocka_unit_test(every_refusal_says_the_same),
        cmocka_unit_test(one_form_costs_and_says_the_same),
        cmocka_unit_test(a_closed_throttle_costs_nothing),
        cmocka_unit_test(refusals_are_in_the_audit),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
