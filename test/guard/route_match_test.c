/* From a raw path to a row of the tables, with values that only exist in one spelling; and the
 * tables that a worker refuses to start on. */
#include "guard/call.h"

static enum rc
get_any(struct req *rq, struct rtx *tx)
{
    (void)rq;
    (void)tx;
    return OK;
}

static enum rc
post_any(struct req *rq, struct wtx *tx)
{
    (void)rq;
    (void)tx;
    return OK;
}

static enum rc
scope_any(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    (void)tx;
    (void)who;
    (void)id;
    (void)write;
    return OK;
}

static const struct route routes[] = {
    GET("/", PUBLIC, get_any),
    GET("/zeiten", SELF, get_any),
    POST("/zeiten", SELF, USER_CHANGED, no_form, post_any),
    GET("/zeiten/{day}", SELF, get_any),
    GET("/monat/{month}", SELF, get_any),
    GET("/projekte/neu", SELF, get_any),
    GET("/projekte/{project}", SELF, get_any),
    GET("/projekte/{project}/zeiten/{day}", SELF, get_any),
    GET("/einladung/{token}", SELF, get_any),
    GET("/suche/{text}", SELF, get_any),
    POST("/nur", SELF, USER_CHANGED, no_form, post_any),
};
static const struct scope scopes[] = {
    {"project", scope_any},
    {"user",    scope_any}
};
static const struct domain domain = {.name = "test",
                                     .routes = routes,
                                     .n_routes = COUNT(routes),
                                     .scopes = scopes,
                                     .n_scopes = COUNT(scopes)};
static const struct domain *const domains[] = {&domain};

static enum rc
match(const char *path, enum method method, struct call *c)
{
    const struct gate g = {.domains = domains, .n_domains = 1};
    *c = (struct call){.path = str_of(path), .method = method};
    return route_match(&g, c);
}

/* --- paths ----------------------------------------------------------------------------------- */
static void
test_found(void **state)
{
    static const struct {
        const char *path, *route;
        int64_t first;
    } cases[] = {
        {"/",                               "/",                                0                 },
        {"/zeiten",                         "/zeiten",                          0                 },
        {"/zeiten/2026-11-24",              "/zeiten/{day}",                    20781             },
        {"/zeiten/2024-02-29",              "/zeiten/{day}",                    19782             },
        {"/monat/2026-11",                  "/monat/{month}",                   20758             },
        {"/projekte/neu",                   "/projekte/neu",                    0                 },
        {"/projekte/1",                     "/projekte/{project}",              1                 },
        {"/projekte/999999999999999999",    "/projekte/{project}",              999999999999999999},
        {"/projekte/7/zeiten/2026-11-24",   "/projekte/{project}/zeiten/{day}", 7                 },
        {"/einladung/abcdefghijABCDEF-_12", "/einladung/{token}",               0                 },
        {"/suche/%C3%BC",                   "/suche/{text}",                    0                 },
    };
    struct call c;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (match(cases[i].path, METHOD_GET, &c) != OK ||
            strcmp(c.route->path, cases[i].route) != 0 ||
            (c.n_params > 0 && c.param[0].n != cases[i].first)) {
            FAIL_TEST("%s: %s, %lld", cases[i].path, c.route != NULL ? c.route->path : "none",
                      (long long)c.param[0].n);
        }
    }
    assert_int_equal(match("/projekte/7/zeiten/2026-11-24", METHOD_GET, &c), OK);
    assert_int_equal(c.n_params, 2);
    assert_true(str_eq((struct str){c.param[1].name, c.param[1].name_n}, STR("day")));
    assert_str(c.param[1].text, "2026-11-24");
}

static void
test_not_found(void **state)
{
    static const char *const paths[] = {
        "",
        "//",
        "/zeiten/",
        "/Zeiten",
        "/zeiten/2026-11-24/",
        "/zeiten/24.11.2026",
        "/zeiten/2026-11-31",
        "/zeiten/2026-1-24",
        "/zeiten/2026-11-2 ",
        "/zeiten/heute",
        "/monat/2026-13",
        "/monat/2026-00",
        "/monat/2026-1",
        "/monat/2026/11",
        "/monat/+026-11",
        "/monat/-026-11",
        "/monat/2026-+1",
        "/monat/2026--1",
        "/monat/2026- 1",
        "/projekte",
        "/projekte/",
        "/projekte/0",
        "/projekte/01",
        "/projekte/-1",
        "/projekte/+1",
        "/projekte/1x",
        "/projekte/1.0",
        "/projekte/ 1",
        "/projekte/0x1",
        "/projekte/%31",
        "/projekte/1000000000000000000",
        "/projekte/99999999999999999999999999",
        "/projekte/1/",
        "/projekte//1",
        "/projekte/1/zeiten",
        "/projekte/1/zeiten/x",
        "/einladung/abcdefghij",
        "/einladung/abcdefghijABCDEF-_1=",
        "/einladung/abcdefghijABCDEF-_1.",
        "/suche/",
    };
    char path[160];
    struct call c;
    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        if (match(paths[i], METHOD_GET, &c) != RC_MISSING || c.err.code != E_MISSING) {
            FAIL_TEST("%s leads to %s", paths[i], c.route != NULL ? c.route->path : "nothing");
        }
    }
    (void)snprintf(path, sizeof(path), "/einladung/%0128d", 0);
    assert_int_equal(match(path, METHOD_GET, &c), OK); /* a token's bound, and one more */
    (void)snprintf(path, sizeof(path), "/einladung/%0129d", 0);
    assert_int_equal(match(path, METHOD_GET, &c), RC_MISSING);
}

static void
test_text_bound(void **state)
{
    char path[256];
    struct call c;
    (void)state;
    (void)snprintf(path, sizeof(path), "/suche/%0200d", 0);
    assert_int_equal(match(path, METHOD_GET, &c), OK);
    (void)snprintf(path, sizeof(path), "/suche/%0201d", 0);
    assert_int_equal(match(path, METHOD_GET, &c), RC_MISSING);
}

static void
test_method(void **state)
{
    struct call c;
    (void)state;
    assert_int_equal(match("/zeiten", METHOD_POST, &c), OK);
    assert_int_equal(c.route->method, METHOD_POST);
    assert_int_equal(match("/nur", METHOD_GET, &c), RC_DENIED);
    assert_int_equal(c.err.code, E_METHOD);
    assert_int_equal(match("/projekte/1", METHOD_POST, &c), RC_DENIED);
    assert_int_equal(match("/projekte/x", METHOD_POST, &c), RC_MISSING);
}

/* --- tables that are refused ----------------------------------------------------------------- */
struct loose_form {
    int64_t number;
    struct money price;
    struct str name;
    struct project_id project_id;
    struct category_id category_id;
    struct user_id owner;
    int64_t version;
};
#define ONE_FIELD(var, ...)                                                                        \
    static const struct field var##_fields[] = {__VA_ARGS__};                                      \
    static const struct form_def var##_def = FORM_DEF(loose_form, var##_fields)
ONE_FIELD(good, FIELD(struct loose_form, number, T_button_add, .max = 9),
          FIELD(struct loose_form, project_id, T_button_add),
          FIELD(struct loose_form, version, T_NONE));
ONE_FIELD(no_limits, FIELD(struct loose_form, number, T_button_add));
ONE_FIELD(no_price_limits, FIELD(struct loose_form, price, T_button_add));
ONE_FIELD(no_label, FIELD(struct loose_form, name, T_NONE));
ONE_FIELD(no_scope, FIELD(struct loose_form, category_id, T_button_add));
ONE_FIELD(no_suffix, FIELD(struct loose_form, owner, T_button_add));

/* What the check says of a table with this row beside the good ones. */
static enum rc
check(const struct route *row, struct err *err)
{
    const struct domain more = {.name = "more", .routes = row, .n_routes = 1};
    const struct domain *const both[] = {&domain, &more};
    *err = (struct err){0};
    return routes_check(both, 2, err);
}

static void
expect(const struct route row, const char *finding, int line)
{
    struct err err;
    const enum rc rc = check(&row, &err);
    if (rc != RC_BROKEN || err.code != E_BROKEN || strstr(err.detail, finding) == NULL) {
        FAIL_TEST("line %d: rc %d, \"%s\"", line, rc, err.detail);
    }
}
#define EXPECT(finding, ...) expect((struct route)__VA_ARGS__, (finding), __LINE__)

static void
test_good_table(void **state)
{
    const struct route row = POST("/gut", SELF, USER_CHANGED, good, post_any);
    const struct route open =
        POST("/offen", PUBLIC, USER_CHANGED, no_form, post_any, .throttled = true);
    const struct route deep = GET("/{user}/{user}/{user}/{user}", SELF, get_any);
    struct err err = {0};
    (void)state;
    assert_int_equal(routes_check(domains, 1, &err), OK);
    assert_int_equal(check(&row, &err), OK);
    assert_int_equal(check(&open, &err), OK);
    assert_int_equal(check(&deep, &err), OK);
}

static void
test_bad_rows(void **state)
{
    (void)state;
    EXPECT("no right", {.method = METHOD_GET, .path = "/x", .get = get_any});
    EXPECT("no right", {.method = METHOD_GET, .path = "/x", .right = RIGHT_COUNT, .get = get_any});
    EXPECT("GET without reading handler",
           {.method = METHOD_GET, .path = "/x", .right = RIGHT_SELF});
    EXPECT("GET without reading handler", GET("/x", SELF, get_any, .post = post_any));
    EXPECT("POST without handler", {.method = METHOD_POST,
                                    .path = "/x",
                                    .right = RIGHT_SELF,
                                    .event = EVENT_USER_CHANGED,
                                    .form = &no_form_def});
    EXPECT("POST without handler", {.method = METHOD_POST,
                                    .path = "/x",
                                    .right = RIGHT_SELF,
                                    .event = EVENT_USER_CHANGED,
                                    .post = post_any});
    EXPECT("POST without handler", {.method = METHOD_POST,
                                    .path = "/x",
                                    .right = RIGHT_SELF,
                                    .form = &no_form_def,
                                    .post = post_any});
    EXPECT("not throttled", POST("/x", PUBLIC, USER_CHANGED, no_form, post_any));
}

static void
test_bad_paths(void **state)
{
    (void)state;
    EXPECT("without a path", GET("", SELF, get_any));
    EXPECT("without a path", GET("nord", SELF, get_any));
    EXPECT("unknown path type", GET("/x/{nothing}", SELF, get_any));
    EXPECT("id without scope check", GET("/x/{category}", SELF, get_any));
    EXPECT("too many parameters", GET("/{user}/{user}/{user}/{user}/{user}", SELF, get_any));
    EXPECT("twice", GET("/zeiten", SELF, get_any));
    EXPECT("twice", GET("/projekte/{user}", SELF, get_any));
}

static void
test_bad_fields(void **state)
{
    (void)state;
    EXPECT("number without limits", POST("/x", SELF, USER_CHANGED, no_limits, post_any));
    EXPECT("price without limits", POST("/x", SELF, USER_CHANGED, no_price_limits, post_any));
    EXPECT("name without label", POST("/x", SELF, USER_CHANGED, no_label, post_any));
    EXPECT("category_id without scope", POST("/x", SELF, USER_CHANGED, no_scope, post_any));
    EXPECT("owner without scope", POST("/x", SELF, USER_CHANGED, no_suffix, post_any));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),      cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_text_bound), cmocka_unit_test(test_method),
        cmocka_unit_test(test_good_table), cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_bad_paths),  cmocka_unit_test(test_bad_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
