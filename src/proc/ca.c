/* ca.c: the local certificate authority (see ca.h). Runs in the signer only. */
#include "proc/ca.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "base/time.h"

enum { CA_YEARS = 10, LEAF_DAYS = 90, DAY_S = 24 * 3600, PATH_SIZE = 4096 };

EVP_PKEY *
ca_key_new(void)
{
    return EVP_EC_gen("P-256");
}

/* --- certificates */

static bool
set_serial(X509 *cert)
{
    unsigned char raw[16];
    BIGNUM *n = NULL;
    bool done = RAND_bytes(raw, sizeof raw) == 1;

    raw[0] &= 0x7f; /* positive */
    raw[0] |= 0x40; /* and of constant length */
    n = done ? BN_bin2bn(raw, sizeof raw, NULL) : NULL;
    done = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
    BN_free(n);
    return done;
}

static bool
set_name(X509_NAME *name, const char *org, const char *common)
{
    return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)org, -1, -1,
                                      0) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common, -1,
                                      -1, 0) == 1;
}

static bool
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool done = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return done;
}

static time_t
now_s(void)
{
    return (time_t)(time_real().us / 1000000);
}

/* Parts that authority and server certificates share. */
static X509 *
new_cert(EVP_PKEY *key, time_t from, time_t to)
{
    X509 *cert = X509_new();

    if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 || !set_serial(cert) ||
        X509_set_pubkey(cert, key) != 1 || ASN1_TIME_set(X509_getm_notBefore(cert), from) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(cert), to) == NULL) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

static X509 *
self_signed(EVP_PKEY *key, const char *base)
{
    char common[300], constraints[512];
    time_t now = now_s();
    X509 *cert = new_cert(key, now - DAY_S, now + (time_t)CA_YEARS * 365 * DAY_S);

    (void)snprintf(common, sizeof common, "Kontor lokal (%.64s)", base);
    (void)snprintf(constraints, sizeof constraints,
                   "critical,permitted;DNS:%s,permitted;DNS:localhost,"
                   "permitted;IP:127.0.0.1/255.255.255.255,"
                   "permitted;IP:0:0:0:0:0:0:0:1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                   base);
    if (cert == NULL || !set_name(X509_get_subject_name(cert), "Kontor", common) ||
        X509_set_issuer_name(cert, X509_get_subject_name(cert)) != 1 ||
        !add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        !add_extension(cert, cert, NID_key_usage, "critical,keyCertSign") ||
        !add_extension(cert, cert, NID_subject_key_identifier, "hash") ||
        !add_extension(cert, cert, NID_name_constraints, constraints) ||
        X509_sign(cert, key, EVP_sha256()) == 0) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

bool
ca_covers(const struct ca *ca, struct str host)
{
    struct str base = str_of(ca->base);

    if (str_eq_ascii_ci(host, base) || str_eq_ascii_ci(host, STR("localhost"))) {
        return true;
    }
    if (host.n <= base.n + 1 || host.p[host.n - base.n - 1] != '.' ||
        !str_eq_ascii_ci(str_sub(host, host.n - base.n, base.n), base)) {
        return false;
    }
    for (size_t i = 0; i < host.n - base.n - 1; i++) {
        char c = host.p[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!alnum && c != '-') {
            return false; /* one label, and nothing that could end a SAN entry */
        }
    }
    return host.n - base.n - 1 <= 63;
}

/* The names a server certificate for the host carries. Hosts were checked by ca_covers. */
static void
print_names(const struct ca *ca, struct str host, char *out, size_t cap)
{
    bool is_base = str_eq_ascii_ci(host, str_of(ca->base));
    bool is_local = str_eq_ascii_ci(host, STR("localhost"));
    bool dotted = strchr(ca->base, '.') != NULL;

    if (is_base && !is_local) {
        (void)snprintf(out, cap, "DNS:%s,DNS:%s%s,DNS:localhost,IP:127.0.0.1,IP:::1", ca->base,
                       dotted ? "*." : "", ca->base);
    } else if (is_local) {
        (void)snprintf(out, cap, "DNS:localhost,IP:127.0.0.1,IP:::1");
    } else if (dotted) {
        (void)snprintf(out, cap, "DNS:*.%s,DNS:%s", ca->base, ca->base);
    } else {
        (void)snprintf(out, cap, "DNS:%.*s", STR_FMT(host));
    }
}

/* Short, since it is made anew when it is asked for. */
static bool
set_leaf_dates(X509 *cert, const X509 *ca_cert)
{
    const ASN1_TIME *end = X509_get0_notAfter(ca_cert);
    time_t wanted = now_s() + (time_t)LEAF_DAYS * DAY_S;

    if (ASN1_TIME_set(X509_getm_notBefore(cert), now_s() - DAY_S) == NULL) {
        return false;
    }
    return X509_cmp_time(end, &wanted) > 0 ? ASN1_TIME_set(X509_getm_notAfter(cert), wanted) != NULL
                                           : X509_set1_notAfter(cert, end) == 1;
}

enum rc
ca_issue(const struct ca *ca, struct str host, EVP_PKEY *key, X509 **ret_cert)
{
    char names[1024], common[300];

    if (!ca_covers(ca, host)) {
        return RC_DENIED;
    }
    print_names(ca, host, names, sizeof names);
    (void)snprintf(common, sizeof common, "%.64s", ca->base);
    X509 *cert = new_cert(key, 0, 0);
    if (cert == NULL || !set_leaf_dates(cert, ca->cert) ||
        !set_name(X509_get_subject_name(cert), "Kontor", common) ||
        X509_set_issuer_name(cert, X509_get_subject_name(ca->cert)) != 1 ||
        !add_extension(cert, ca->cert, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(cert, ca->cert, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(cert, ca->cert, NID_ext_key_usage, "serverAuth") ||
        !add_extension(cert, ca->cert, NID_subject_key_identifier, "hash") ||
        !add_extension(cert, ca->cert, NID_authority_key_identifier, "keyid") ||
        !add_extension(cert, ca->cert, NID_subject_alt_name, names) ||
        X509_sign(cert, ca->key, EVP_sha256()) == 0) {
        X509_free(cert);
        return RC_BROKEN;
    }
    *ret_cert = cert;
    return OK;
}

/* --- files */

/* Opens DIR/NAME for writing; it must not be there. */
static FILE *
create_file(const char *dir, const char *name, mode_t mode)
{
    char path[PATH_SIZE];

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        return NULL;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) {
        return NULL;
    }
    FILE *f = fdopen(fd, "w");
    if (f == NULL) {
        (void)close(fd);
    }
    return f;
}

static bool
finish_file(FILE *f, bool written)
{
    bool done = written && fflush(f) == 0 && fsync(fileno(f)) == 0;

    return fclose(f) == 0 && done;
}

static bool
write_key(const char *dir, const char *name, EVP_PKEY *key)
{
    FILE *f = create_file(dir, name, 0400);

    return f != NULL &&
           finish_file(f, PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
}

static bool
write_cert(const char *dir, const char *name, X509 *cert)
{
    FILE *f = create_file(dir, name, 0444);

    return f != NULL && finish_file(f, PEM_write_X509(f, cert) == 1);
}

static enum rc
make_folder(const char *path, mode_t mode, struct err *err)
{
    if (mkdir(path, mode) != 0 && errno != EEXIST) {
        return fail(err, RC_IO, E_IO, "mkdir %s: %s", path, strerror(errno));
    }
    return OK;
}

enum rc
ca_create(const char *tls_dir, struct str base_domain, struct err *err)
{
    char base[254], private_dir[PATH_SIZE];
    struct ca probe = {0};

    if (base_domain.n == 0 || base_domain.n >= sizeof base) {
        return fail(err, RC_INVALID, E_BROKEN, "base domain of %zu bytes", base_domain.n);
    }
    (void)snprintf(base, sizeof base, "%.*s", STR_FMT(base_domain));
    (void)snprintf(probe.base, sizeof probe.base, "%s", base);
    for (const char *c = base; *c != '\0'; c++) {
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", *c) == NULL) {
            return fail(err, RC_INVALID, E_BROKEN, "base domain has a character that no name has");
        }
    }
    if (snprintf(private_dir, sizeof private_dir, "%s/private", tls_dir) >= PATH_SIZE) {
        return fail(err, RC_INVALID, E_BROKEN, "path too long");
    }
    TRY(make_folder(tls_dir, 0755, err));
    TRY(make_folder(private_dir, 0700, err));
    EVP_PKEY *key = ca_key_new();
    X509 *cert = key != NULL ? self_signed(key, base) : NULL;
    enum rc rc = OK;
    if (cert == NULL) {
        rc = fail(err, RC_BROKEN, E_BROKEN, "openssl could not make the local authority");
    } else if (!write_key(private_dir, "ca.key", key) || !write_cert(tls_dir, "ca.pem", cert)) {
        rc = fail(err, errno == EEXIST ? RC_CONFLICT : RC_IO, E_IO, "%s: %s", tls_dir,
                  strerror(errno));
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    return rc;
}

static FILE *
open_file(const char *dir, const char *name)
{
    char path[PATH_SIZE];

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        return NULL;
    }
    return fopen(path, "re");
}

/* The base domain is the first DNS name the authority is constrained to. */
static bool
read_base(const X509 *cert, char *out, size_t cap)
{
    NAME_CONSTRAINTS *nc = X509_get_ext_d2i(cert, NID_name_constraints, NULL, NULL);
    bool found = false;

    if (nc != NULL && sk_GENERAL_SUBTREE_num(nc->permittedSubtrees) > 0) {
        const GENERAL_SUBTREE *t = sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, 0);
        if (t->base->type == GEN_DNS) {
            int n = ASN1_STRING_length(t->base->d.dNSName);
            found = n > 0 && (size_t)n < cap;
            if (found) {
                memcpy(out, ASN1_STRING_get0_data(t->base->d.dNSName), (size_t)n);
                out[n] = '\0';
            }
        }
    }
    NAME_CONSTRAINTS_free(nc);
    return found;
}

enum rc
ca_load(const char *tls_dir, struct ca *ret_ca, struct err *err)
{
    struct ca ca = {0};
    FILE *cert_file = open_file(tls_dir, "ca.pem");
    FILE *key_file = open_file(tls_dir, "private/ca.key");

    if (cert_file != NULL && key_file != NULL) {
        ca.cert = PEM_read_X509(cert_file, NULL, NULL, NULL);
        ca.key = PEM_read_PrivateKey(key_file, NULL, NULL, NULL);
    }
    bool is_there = cert_file != NULL && key_file != NULL;
    if (cert_file != NULL) {
        (void)fclose(cert_file);
    }
    if (key_file != NULL) {
        (void)fclose(key_file);
    }
    if (!is_there) {
        return RC_MISSING;
    }
    if (ca.cert == NULL || ca.key == NULL || X509_check_private_key(ca.cert, ca.key) != 1 ||
        !read_base(ca.cert, ca.base, sizeof ca.base)) {
        ca_done(&ca);
        return fail(err, RC_BROKEN, E_BROKEN, "ca.pem and private/ca.key do not belong together");
    }
    *ret_ca = ca;
    return OK;
}

void
ca_done(struct ca *ca)
{
    X509_free(ca->cert);
    EVP_PKEY_free(ca->key);
    *ca = (struct ca){0};
}
