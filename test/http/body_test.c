/* The posted body: which kinds are read, what is refused as a whole, and which faults are told
 * beside a field. Rights, tokens and scopes are the dispatcher's tests. */
#include "http/req.h"

struct body_form {
    struct str name;
    int64_t count;
    struct str_list people;
};
static const struct field body_fields[] = {
    FIELD(struct body_form, name, T_button_add, .required = true, .max = 10),
    FIELD(struct body_form, count, T_button_add, .max = 9),
    FIELD(struct body_form, people, T_button_add),
};
static const struct form_def body_form_def = FORM_DEF(body_form, body_fields);
static const struct route plain = {.path = "/x", .form = &body_form_def};
static const struct route upload = {.path = "/x", .form = &body_form_def, .upload = true};

static struct arena *mem;
static struct req rq;

static int
setup(void **state)
{
    (void)state;
    mem = arena_new(8 << 20);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

/* Class of the first step that refuses the body. */
static enum rc
post(const struct route *r, const char *type, const char *body, struct body_form *ret_form,
     bool *ret_faults)
{
    void *data = NULL;
    arena_reset(mem);
    rq = (struct req){
        .call = {.mem = mem, .route = r, .path = STR("/x"), .body = str_of(body)},
        .content_type = str_of(type)
    };
    TRY(req_body(&rq));
    TRY(req_parse_form(&rq, r->form, &data, ret_faults));
    *ret_form = *(const struct body_form *)data;
    return OK;
}

#define URLENCODED "application/x-www-form-urlencoded"

static void
test_read(void **state)
{
    struct body_form f;
    bool faults = true;
    (void)state;
    assert_ok(post(&plain, URLENCODED "; charset=utf-8",
                   "csrf=tok&once=key&name=+Ann+&count=7&people=3&people=5", &f, &faults));
    assert_false(faults);
    assert_str(rq.call.csrf, "tok");
    assert_str(rq.call.once, "key");
    assert_str(f.name, "Ann");
    assert_int_equal(f.count, 7);
    assert_int_equal(f.people.n, 2);
    assert_str(f.people.p[1], "5");
    assert_ptr_equal(rq.form, req_form_(&rq, sizeof(f)));
    assert_ok(
        post(&upload, "multipart/form-data; boundary=b",
             "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAnn\r\n"
             "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
             "A;B\r\n--b--",
             &f, &faults));
    assert_false(faults);
    assert_str(f.name, "Ann");
}

static void
test_refused(void **state)
{
    static const struct {
        const struct route *route;
        const char *type, *body;
        enum rc rc;
        enum code code;
    } cases[] = {
        {&plain,  "text/plain",                      "name=a",       RC_INVALID, E_FIELD_ENCODING},
        {&plain,  "application/json",                "{}",           RC_INVALID, E_FIELD_ENCODING},
        {&plain,  "",                                "name=a",       RC_INVALID, E_FIELD_ENCODING},
        {&plain,  "multipart/form-data; boundary=b", "--b--",        RC_INVALID, E_FIELD_ENCODING},
        {&plain,  URLENCODED,                        "name=%",       RC_INVALID, E_FIELD_ENCODING},
        {&upload, URLENCODED,                        "name=a",       RC_INVALID, E_FIELD_ENCODING},
        {&plain,  URLENCODED,                        "name=a&adm=1", RC_INVALID, E_UNKNOWN_FIELD },
    };
    struct body_form f;
    bool faults;
    (void)state;
    for (size_t i = 0; i < CASES(cases); i++) {
        const enum rc rc = post(cases[i].route, cases[i].type, cases[i].body, &f, &faults);
        if (rc != cases[i].rc || rq.call.err.code != cases[i].code) {
            FAIL_TEST("case %zu: %d %s", i, rc, code_name(rq.call.err.code));
        }
    }
    static char many[PAIRS_MAX + 2];
    memset(many, '&', PAIRS_MAX);
    assert_rc(RC_LIMIT, post(&plain, URLENCODED, many, &f, &faults));
    assert_int_equal(rq.call.err.code, E_LIMIT);
    assert_ok(post(&plain, "", "", &f, &faults)); /* a button without fields sends nothing */
    assert_true(faults);
}

static void
expect_fault(const char *body, const char *field, enum code code)
{
    struct body_form f;
    bool faults = false;
    assert_ok(post(&plain, URLENCODED, body, &f, &faults));
    if (!faults || rq.n_faults != 1 || strcmp(rq.faults[0].field, field) != 0 ||
        rq.faults[0].code != code) {
        FAIL_TEST("%.40s: %zu faults, %s", body, rq.n_faults, code_name(rq.faults[0].code));
    }
    req_show_again(&rq, RC_INVALID);
    assert_null(rq.form); /* only what has no faults is handed to a handler */
    assert_int_equal(rq.page.n_faults, 1);
    assert_int_equal(rq.page.n_raw, rq.posted.n);
}

static void
test_faults(void **state)
{
    static char many[FIELD_LIST_MAX * 9 + 40];
    size_t n = (size_t)snprintf(many, sizeof(many), "name=a");
    struct body_form f;
    bool faults = true;
    (void)state;
    expect_fault("name=", "name", E_FIELD_REQUIRED);
    expect_fault("name=abcdefghijk", "name", E_FIELD_TOO_LONG);
    expect_fault("name=a&name=b", "name", E_FIELD_CHOICE); /* which one would count? */
    for (int i = 0; i < FIELD_LIST_MAX; i++) {
        n += (size_t)snprintf(many + n, sizeof(many) - n, "&people=1");
    }
    assert_ok(post(&plain, URLENCODED, many, &f, &faults));
    assert_false(faults);
    assert_int_equal(f.people.n, FIELD_LIST_MAX);
    (void)snprintf(many + n, sizeof(many) - n, "&people=1");
    expect_fault(many, "people", E_FIELD_MAX);
    assert_str(rq.faults[0].arg, "500");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests_name("body", tests, setup, teardown);
}
