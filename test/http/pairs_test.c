/* Queries, forms, uploads, cookies and path segments: what browsers send is understood, everything
 * else is refused by its class, and each bound holds with the number above it refused. */
#include "http/pairs.h"

static struct arena *mem;

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

/* --- forms ----------------------------------------------------------------------------------- */
static struct pairs
form(const char *text)
{
    struct pairs ps;
    if (pairs_parse_urlencoded(mem, str_of(text), &ps) != OK) {
        FAIL_TEST("\"%s\" is refused", text);
    }
    return ps;
}

static enum rc
form_rc(const char *text)
{
    struct pairs ps;
    return pairs_parse_urlencoded(mem, str_of(text), &ps);
}

static void
test_form(void **state)
{
    (void)state;
    const struct pairs ps =
        form("name=M%C3%BCller+%26+Co&note=a%0D%0Ab%0dc%09d&leer=&&allein&x=1=2");
    size_t count = 9;
    assert_int_equal(ps.n, 5);
    assert_str(ps.p[0].name, "name");
    assert_str(ps.p[0].value, "Müller & Co");
    assert_null(ps.p[0].filename.p);
    assert_str(ps.p[1].value, "a\nb\nc\td"); /* every line end is LF */
    assert_str(ps.p[2].value, "");
    assert_str(ps.p[3].name, "allein");
    assert_str(ps.p[3].value, "");
    assert_str(ps.p[4].value, "1=2");
    assert_null(pairs_find(&ps, STR("nie"), &count));
    assert_int_equal(count, 0);
    assert_non_null(pairs_find(&ps, STR("x"), NULL));
    const struct pairs twice = form("a=1&b=2&a=3");
    assert_str(pairs_find(&twice, STR("a"), &count)->value, "1");
    assert_int_equal(count, 2);
    assert_int_equal(form("").n, 0);
}

static void
test_form_refused(void **state)
{
    static const char *const bad[] = {
        "a=%4",  "a=%",   "a=%zz",  "a=%4g", "a=%00",       "a=%1B",    "a=%7F",          "a=%FC",
        "a=%C3", "%FC=a", "a%00=b", "=leer", "a=%ED%A0%80", "a=%C0%AF", "a=%F4%90%80%80",
    };
    char text[256];
    (void)state;
    for (size_t i = 0; i < CASES(bad); i++) {
        if (form_rc(bad[i]) != RC_INVALID) {
            FAIL_TEST("\"%s\" is not refused", bad[i]);
        }
    }
    (void)snprintf(text, sizeof(text), "%0*d=1", PAIR_NAME_MAX, 0);
    assert_rc(OK, form_rc(text));
    (void)snprintf(text, sizeof(text), "%0*d=1", PAIR_NAME_MAX + 1, 0);
    assert_rc(RC_INVALID, form_rc(text));
}

static void
test_form_bound(void **state)
{
    char *text = arena_alloc(mem, PAIRS_MAX * 4 + 8);
    (void)state;
    for (int i = 0; i < PAIRS_MAX; i++) {
        memcpy(text + i * 4, "a=1&", 4);
    }
    text[PAIRS_MAX * 4 - 1] = '\0';
    assert_int_equal(form(text).n, PAIRS_MAX);
    memcpy(text + PAIRS_MAX * 4 - 1, "&a=1", 5);
    assert_rc(RC_LIMIT, form_rc(text));
}

/* --- uploads --------------------------------------------------------------------------------- */
#define PART(head, body) "--b\r\n" head "\r\n\r\n" body "\r\n"
#define NAMED(name) "Content-Disposition: form-data; name=\"" name "\""

static enum rc
upload(const char *type, struct str body, struct pairs *ret)
{
    return pairs_parse_multipart(mem, str_of(type), (struct bytes){(const uint8_t *)body.p, body.n},
                                 ret);
}

static enum rc
upload_rc(const char *body)
{
    struct pairs ps;
    return upload("multipart/form-data; boundary=b", str_of(body), &ps);
}

static void
test_upload(void **state)
{
    static const char body[] = PART(NAMED("csrf"), "abc\r\n--cd")
        PART(NAMED("file") "; filename=\"C:\\Eigene Dateien\\liste.csv\"\r\nContent-Type: text/csv",
             "A;\xff\x00;") PART("X-Y: z\r\ncontent-disposition: FORM-DATA; NAME=leer", "") "--b--";
    struct pairs ps;
    (void)state;
    assert_ok(upload("multipart/form-data; charset=x; boundary=\"b\"",
                     (struct str){body, sizeof(body) - 1}, &ps));
    assert_int_equal(ps.n, 3);
    assert_str(ps.p[0].name, "csrf");
    assert_str(ps.p[0].value, "abc\n--cd");
    assert_null(ps.p[0].filename.p);
    assert_str(ps.p[1].filename, "liste.csv"); /* the last part of a path */
    assert_int_equal(ps.p[1].value.n, 5);      /* a file's bytes are what they are */
    assert_memory_equal(ps.p[1].value.p, "A;\xff\x00;", 5);
    assert_str(ps.p[2].name, "leer");
    assert_str(ps.p[2].value, "");
}

static void
test_upload_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "--c\r\n" NAMED("a") "\r\n\r\n1\r\n--c--",
        "--b\r\n",
        "--b",
        "--bx",
        PART(NAMED("a"), "1\r\n--bc") "--b--", /* a line that begins as the boundary does */
        "--b\r\n\r\n--b--",
        PART(NAMED("a"), "1"),
        PART(NAMED("a"), "1") "--b",
        PART(NAMED("a"), "1") "--b\r\nx\r\n--b--",
        PART("Content-Type: text/plain", "1") "--b--",
        PART("Content-Disposition: form-data", "1") "--b--",
        PART(NAMED(""), "1") "--b--",
        PART(NAMED("%zz"), "1") "--b--",
        PART(NAMED("a"), "\x01") "--b--",
        PART(NAMED("a"), "\xfc") "--b--",
        PART(NAMED("a") "; filename=\"\xfc.csv\"", "1") "--b--",
    };
    static const char *const types[] = {"multipart/form-data", "multipart/form-data; boundary=",
                                        "multipart/form-data; boundary=\"\"",
                                        "multipart/form-data; boundaries=b"};
    char long_type[128];
    struct pairs ps;
    (void)state;
    for (size_t i = 0; i < CASES(bad); i++) {
        if (upload_rc(bad[i]) != RC_INVALID) {
            FAIL_TEST("case %zu is not refused: %s", i, bad[i]);
        }
    }
    for (size_t i = 0; i < CASES(types); i++) {
        assert_rc(RC_INVALID, upload(types[i], STR(PART(NAMED("a"), "1") "--b--"), &ps));
    }
    (void)snprintf(long_type, sizeof(long_type), "multipart/form-data; boundary=%071d", 0);
    assert_rc(RC_INVALID, upload(long_type, STR("--b--"), &ps));
}

static void
test_upload_bounds(void **state)
{
    struct pairs ps;
    (void)state;
    for (int parts = 64; parts <= 65; parts++) {
        char *text = arena_alloc(mem, 8192);
        size_t n = 0;
        for (int i = 0; i < parts; i++) {
            n += (size_t)snprintf(text + n, 8192 - n, PART(NAMED("a%d"), "1"), i);
        }
        n += (size_t)snprintf(text + n, 8192 - n, "--b--");
        const enum rc rc = upload("x; boundary=b", (struct str){text, n}, &ps);
        assert_rc(parts == 64 ? OK : RC_LIMIT, rc);
    }
    char text[4096]; /* a part's head, a file's name, a field's name */
    (void)snprintf(text, sizeof(text), PART("X: %02000d\r\n" NAMED("a"), "1") "--b--", 0);
    assert_rc(OK, upload_rc(text));
    (void)snprintf(text, sizeof(text), PART("X: %02048d\r\n" NAMED("a"), "1") "--b--", 0);
    assert_rc(RC_INVALID, upload_rc(text));
    (void)snprintf(text, sizeof(text), PART(NAMED("a") "; filename=\"%0255d\"", "1") "--b--", 0);
    assert_rc(OK, upload_rc(text));
    (void)snprintf(text, sizeof(text), PART(NAMED("a") "; filename=\"%0256d\"", "1") "--b--", 0);
    assert_rc(RC_INVALID, upload_rc(text));
    (void)snprintf(text, sizeof(text), PART(NAMED("%0101d"), "1") "--b--", 0);
    assert_rc(RC_INVALID, upload_rc(text));
}

/* --- cookies --------------------------------------------------------------------------------- */
static void
test_cookies(void **state)
{
    struct pairs ps;
    (void)state;
    assert_ok(pairs_parse_cookies(mem, STR("__Host-sid=abc;  b=; bare; =x; c=d=e"), &ps));
    assert_int_equal(ps.n, 3);
    assert_str(pairs_find(&ps, STR("__Host-sid"), NULL)->value, "abc");
    assert_str(pairs_find(&ps, STR("b"), NULL)->value, "");
    assert_str(pairs_find(&ps, STR("c"), NULL)->value, "d=e");
    /* Somebody put a second one beside ours: neither counts. */
    assert_ok(pairs_parse_cookies(mem, STR("sid=mine; sid=theirs; sid=mine"), &ps));
    assert_int_equal(ps.n, 1);
    assert_str(ps.p[0].value, "");
    assert_ok(pairs_parse_cookies(mem, STR_NONE, &ps));
    assert_int_equal(ps.n, 0);
}

static void
test_cookies_skipped(void **state)
{
    static const char *const bad[] = {"a=\"b\"", "a=b c",      "a=b,c", "a=b\\c",    "a=b\x01",
                                      "a=\x7f",  "a=\xc3\xbc", "a b=c", "\xc3\xbc=c"};
    char text[256];
    struct pairs ps;
    (void)state;
    for (size_t i = 0; i < CASES(bad); i++) {
        (void)snprintf(text, sizeof(text), "%s; good=1", bad[i]);
        assert_ok(pairs_parse_cookies(mem, str_of(text), &ps));
        if (ps.n != 1 || !str_eq(ps.p[0].name, STR("good"))) {
            FAIL_TEST("\"%s\" is a cookie", bad[i]);
        }
    }
    (void)snprintf(text, sizeof(text), "%0101d=1; good=1", 0);
    assert_ok(pairs_parse_cookies(mem, str_of(text), &ps));
    assert_int_equal(ps.n, 1);
}

static void
test_cookies_bound(void **state)
{
    char text[512];
    size_t n = 0;
    struct pairs ps;
    (void)state;
    for (int i = 0; i < COOKIES_MAX; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "c%d=1;", i);
    }
    assert_ok(pairs_parse_cookies(mem, str_of(text), &ps));
    assert_int_equal(ps.n, COOKIES_MAX);
    (void)snprintf(text + n, sizeof(text) - n, "more=1");
    assert_rc(RC_LIMIT, pairs_parse_cookies(mem, str_of(text), &ps));
}

/* --- segments -------------------------------------------------------------------------------- */
static void
test_segment(void **state)
{
    static const char *const bad[] = {"a%2Fb", "a/b", "a%0Ab", "a%09b", "%00", "%FC", "%", "%1"};
    struct str s;
    (void)state;
    assert_ok(segment_decode(mem, STR("L%c3%BChrs+S%C3%B6hne"), &s));
    assert_str(s, "Lührs+Söhne");
    for (size_t i = 0; i < CASES(bad); i++) {
        if (segment_decode(mem, str_of(bad[i]), &s) != RC_INVALID) {
            FAIL_TEST("\"%s\" is a segment", bad[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),           cmocka_unit_test(test_form_refused),
        cmocka_unit_test(test_form_bound),     cmocka_unit_test(test_upload),
        cmocka_unit_test(test_upload_refused), cmocka_unit_test(test_upload_bounds),
        cmocka_unit_test(test_cookies),        cmocka_unit_test(test_cookies_skipped),
        cmocka_unit_test(test_cookies_bound),  cmocka_unit_test(test_segment),
    };
    return cmocka_run_group_tests_name("pairs", tests, setup, teardown);
}
