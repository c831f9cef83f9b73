/* certs_test.c: the local authority and the choice of certificates: names, constraints, dates, and
 * that an expired or mismatching certificate is refused. */
#include "proc/certs.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "proc/ca.h"

static char dir[64];

static int
make_dir(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/kontor-certs-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
remove_dir(void **state)
{
    static const char *const names[] = {"ca.pem", "private/ca.key", "a.pem", "private/a.key",
                                        "b.pem",  "private",        ""};
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)remove(path);
    }
    return 0;
}

static X509 *
leaf_of(struct str pem)
{
    BIO *b = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);

    BIO_free(b);
    assert_non_null(x);
    return x;
}

/* 1: the local authority's chain verifies for this host name. */
static int
verifies(const struct ca *ca, X509 *leaf, const char *host)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();

    assert_int_equal(X509_STORE_add_cert(store, ca->cert), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf, NULL), 1);
    X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(ctx), host, 0);
    int ok = X509_verify_cert(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return ok;
}

static void
authority_is_made_once(void **state)
{
    struct err err = {0};
    struct stat st;
    char path[128];

    (void)state;
    assert_int_equal(ca_create(dir, STR("localhost"), &err), OK);
    assert_int_equal(ca_create(dir, STR("localhost"), &err), RC_CONFLICT);
    (void)snprintf(path, sizeof path, "%s/private/ca.key", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0400);
    (void)snprintf(path, sizeof path, "%s/private", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void
odd_domains_are_refused(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(ca_create(dir, STR(""), &err), RC_INVALID);
    assert_int_equal(ca_create(dir, STR("a,DNS:b"), &err), RC_INVALID);
    assert_int_equal(ca_create(dir, STR("Kontor.example"), &err), RC_INVALID);
}

/* Clients refuse what lives too long; and their clock is not the one that a test may show. */
static void
issued_for_90_days(void **state)
{
    struct err err = {0};
    struct instant shown = time_now();
    struct certs *c = NULL;
    struct cert_choice choice;
    int days = 0, seconds = 0;

    (void)state;
    assert_int_equal(time_set((struct instant){shown.us - 3600LL * 24 * 3600 * 1000000}), OK);
    assert_int_equal(ca_create(dir, STR("localhost"), &err), OK);
    assert_int_equal(certs_load(dir, NULL, &c, &err), OK);
    assert_int_equal(certs_find(c, STR("nord.localhost"), &choice), OK);
    assert_int_equal(time_set(shown), OK);
    X509 *leaf = leaf_of(choice.pem);
    assert_int_equal(X509_cmp_current_time(X509_get0_notBefore(leaf)), -1);
    assert_int_equal(
        ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(leaf), X509_get0_notAfter(leaf)), 1);
    assert_int_equal(days, 91);
    X509_free(leaf);
    certs_free(c);
}

static void
issues_by_host_name(void **state)
{
    struct err err = {0};
    struct ca ca;
    struct certs *c = NULL;
    struct cert_choice choice;

    (void)state;
    assert_int_equal(ca_create(dir, STR("localhost"), &err), OK);
    assert_int_equal(ca_load(dir, &ca, &err), OK);
    assert_int_equal(certs_load(dir, NULL, &c, &err), OK);

    assert_int_equal(certs_find(c, STR("nord.localhost"), &choice), OK);
    assert_false(choice.is_default);
    X509 *leaf = leaf_of(choice.pem);
    assert_int_equal(verifies(&ca, leaf, "nord.localhost"), 1);
    assert_int_equal(verifies(&ca, leaf, "sued.localhost"), 0);
    X509_free(leaf);

    assert_int_equal(certs_find(c, STR("evil.example"), &choice), OK);
    assert_true(choice.is_default);
    assert_int_equal(certs_find(c, STR("a.b.localhost"), &choice), OK);
    assert_true(choice.is_default);
    assert_int_equal(certs_find(c, STR_NONE, &choice), OK);
    leaf = leaf_of(choice.pem);
    assert_int_equal(verifies(&ca, leaf, "localhost"), 1);
    X509_free(leaf);
    certs_free(c);
    ca_done(&ca);
}

/* Names that strangers think up do not make the signer busy: above the bound they get the default.
 */
static void
issuing_is_bounded(void **state)
{
    struct err err = {0};
    struct certs *c = NULL;
    struct cert_choice choice;
    int issued = 0;

    (void)state;
    assert_int_equal(ca_create(dir, STR("localhost"), &err), OK);
    assert_int_equal(certs_load(dir, NULL, &c, &err), OK);
    int64_t begin = time_mono_us();
    for (int i = 0; i < 3 * CERTS_ISSUE_PER_S; i++) {
        char host[32];
        (void)snprintf(host, sizeof host, "h%d.localhost", i);
        assert_int_equal(certs_find(c, str_of(host), &choice), OK);
        issued += choice.is_default ? 0 : 1;
    }
    int64_t seconds = (time_mono_us() - begin) / 1000000 + 1;
    assert_in_range(issued, CERTS_ISSUE_PER_S, CERTS_ISSUE_PER_S * seconds);
    certs_free(c);
}

static void
below_a_real_domain_one_wildcard(void **state)
{
    struct err err = {0};
    struct ca ca;
    X509 *leaf = NULL;

    (void)state;
    assert_int_equal(ca_create(dir, STR("kontor.example"), &err), OK);
    assert_int_equal(ca_load(dir, &ca, &err), OK);
    EVP_PKEY *key = ca_key_new();
    assert_int_equal(ca_issue(&ca, STR("nord.kontor.example"), key, &leaf), OK);
    assert_int_equal(verifies(&ca, leaf, "sued.kontor.example"), 1);
    assert_int_equal(verifies(&ca, leaf, "kontor.example"), 1);
    X509_free(leaf);
    assert_int_equal(ca_issue(&ca, STR("kontor.example"), key, &leaf), OK);
    assert_int_equal(verifies(&ca, leaf, "kontor.example"), 1);
    X509_free(leaf);
    assert_int_equal(ca_issue(&ca, STR("other.example"), key, &leaf), RC_DENIED);
    EVP_PKEY_free(key);
    ca_done(&ca);
}

/* Writes NAME.pem for a.example, valid from..to seconds from now, signed by its own key; the
 * private half of `other` instead of its own when given. */
static void
write_pair(const char *name, const char *key_name, int from, int to, EVP_PKEY *other)
{
    EVP_PKEY *key = ca_key_new();
    X509 *x = X509_new();
    char path[128];
    FILE *f = NULL;

    assert_int_equal(X509_set_version(x, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), from));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), to));
    assert_int_equal(X509_set_pubkey(x, key), 1);
    X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:a.example");
    assert_int_equal(X509_add_ext(x, san, -1), 1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    (void)snprintf(path, sizeof path, "%s/private", dir);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_int_equal(PEM_write_X509(f, x), 1);
    assert_int_equal(fclose(f), 0);
    (void)snprintf(path, sizeof path, "%s/private/%s", dir, key_name);
    f = fopen(path, "w");
    assert_int_equal(
        PEM_write_PrivateKey(f, other != NULL ? other : key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(f), 0);
    X509_EXTENSION_free(san);
    X509_free(x);
    EVP_PKEY_free(key);
}

static void
given_certificates(void **state)
{
    struct err err = {0};
    struct certs *c = NULL;
    struct certs *fresh = NULL;
    struct cert_choice choice;
    uint8_t sig[SIGNATURE_MAX], digest[32] = {1}, old_id[KEY_ID_SIZE];
    size_t n = 0;

    (void)state;
    assert_int_equal(certs_load(dir, NULL, &c, &err), RC_MISSING);
    write_pair("a.pem", "a.key", -3600, 86400 * 20, NULL);
    assert_int_equal(certs_load(dir, NULL, &c, &err), OK);
    assert_in_range(certs_days_left(c), 19, 20);
    assert_int_equal(certs_find(c, STR("a.example"), &choice), OK);
    assert_false(choice.is_default);
    memcpy(old_id, choice.key_id, KEY_ID_SIZE);
    assert_int_equal(certs_find(c, STR("b.example"), &choice), OK);
    assert_true(choice.is_default);

    struct bytes d = {digest, sizeof digest};
    assert_int_equal(certs_sign(c, old_id, d, sig, &n), OK);
    assert_true(n > 60 && n <= 72);
    d.n = 31;
    assert_int_equal(certs_sign(c, old_id, d, sig, &n), RC_INVALID);

    write_pair("a.pem", "a.key", -3600, 86400 * 90, NULL); /* renewed with a new key */
    assert_int_equal(certs_load(dir, c, &fresh, &err), OK);
    assert_int_equal(certs_find(fresh, STR("a.example"), &choice), OK);
    assert_true(memcmp(choice.key_id, old_id, KEY_ID_SIZE) != 0);
    d.n = 32;
    assert_int_equal(certs_sign(fresh, old_id, d, sig, &n), OK); /* handshakes that had begun */
    memset(old_id, 7, sizeof old_id);
    assert_int_equal(certs_sign(fresh, old_id, d, sig, &n), RC_MISSING);
    certs_free(fresh);
}

static void
what_must_not_be_served(void **state)
{
    struct err err = {0};
    struct certs *c = NULL;
    EVP_PKEY *other = ca_key_new();

    (void)state;
    write_pair("a.pem", "a.key", -7200, -3600, NULL);
    assert_int_equal(certs_load(dir, NULL, &c, &err), RC_BROKEN);
    err = (struct err){0};
    write_pair("a.pem", "a.key", 3600, 7200, NULL);
    assert_int_equal(certs_load(dir, NULL, &c, &err), RC_BROKEN);
    err = (struct err){0};
    write_pair("a.pem", "a.key", -3600, 7200, other);
    assert_int_equal(certs_load(dir, NULL, &c, &err), RC_BROKEN);
    assert_non_null(strstr(err.detail, "not its key"));
    EVP_PKEY_free(other);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_dir, remove_dir)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(authority_is_made_once), TEST(odd_domains_are_refused),
        TEST(issued_for_90_days),     TEST(issues_by_host_name),
        TEST(issuing_is_bounded),     TEST(below_a_real_domain_one_wildcard),
        TEST(given_certificates),     TEST(what_must_not_be_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
