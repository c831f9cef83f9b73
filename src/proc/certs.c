/* certs.c: see certs.h. Runs in the signer only; private keys are nowhere else. */
#include "proc/certs.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/time.h"
#include "proc/ca.h"

enum { NAME_SIZE = 254, PATH_SIZE = 4096, CHAIN_MAX = 8 };
/* Then an issued certificate is made anew, long before it ends. */
static const int64_t issued_age_us = 30LL * 24 * 3600 * 1000000;

struct key {
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *sign; /* ready to sign any number of digests */
    uint8_t id[KEY_ID_SIZE];
};

struct given {
    char name[NAME_SIZE]; /* file name without .pem */
    X509 *leaf;
    struct str pem;
    struct key key;
};

struct issued {
    char host[NAME_SIZE];
    struct str pem;
    int64_t made_us, used_us;
};

struct certs {
    struct given given[CERTS_GIVEN_MAX];
    size_t n_given;
    struct ca ca;
    bool has_ca;
    struct key leaf_key; /* of all certificates of the local authority */
    struct issued issued[CERTS_ISSUED_MAX];
    size_t n_issued;
    int64_t window_us; /* start of the second in which n_window were issued */
    unsigned n_window;
    struct certs *before;
};

/* --- PEM */

static struct str
pem_of(X509 *const *chain, size_t n)
{
    BIO *mem = BIO_new(BIO_s_mem());
    struct str out = STR_NONE;
    bool done = mem != NULL;

    for (size_t i = 0; i < n && done; i++) {
        done = PEM_write_bio_X509(mem, chain[i]) == 1;
    }
    char *p = NULL;
    long len = done ? BIO_get_mem_data(mem, &p) : 0;
    if (len > 0 && len <= CERT_PEM_MAX) {
        char *copy = malloc((size_t)len);
        if (copy != NULL) {
            memcpy(copy, p, (size_t)len);
            out = (struct str){copy, (size_t)len};
        }
    }
    BIO_free(mem);
    return out;
}

static void
free_str(struct str s)
{
    free((void *)(uintptr_t)s.p);
}

/* The key is k's from here on, whether it can sign or not. */
static bool
take_key(struct key *k, EVP_PKEY *pkey)
{
    k->pkey = pkey;
    k->sign = pkey != NULL ? EVP_PKEY_CTX_new(pkey, NULL) : NULL;
    return k->sign != NULL && EVP_PKEY_sign_init(k->sign) == 1;
}

static void
drop_key(struct key *k)
{
    EVP_PKEY_CTX_free(k->sign);
    EVP_PKEY_free(k->pkey);
    *k = (struct key){0};
}

/* --- what lies in tls/ */

static FILE *
open_in(const char *dir, const char *name, const char *suffix)
{
    char path[PATH_SIZE];

    if (snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix) >= (int)sizeof path) {
        return NULL;
    }
    return fopen(path, "re");
}

/* Chain of one file: leaf in *ret_leaf, the whole in *ret_pem. */
static bool
read_chain(const char *dir, const char *name, X509 **ret_leaf, struct str *ret_pem)
{
    X509 *chain[CHAIN_MAX];
    size_t n = 0;
    FILE *f = open_in(dir, name, ".pem");

    if (f == NULL) {
        return false;
    }
    while (n < CHAIN_MAX && (chain[n] = PEM_read_X509(f, NULL, NULL, NULL)) != NULL) {
        n++;
    }
    (void)fclose(f);
    *ret_pem = pem_of(chain, n);
    for (size_t i = 1; i < n; i++) {
        X509_free(chain[i]);
    }
    *ret_leaf = n > 0 ? chain[0] : NULL;
    return n > 0 && ret_pem->p != NULL;
}

static bool
is_ecdsa(const EVP_PKEY *k)
{
    char group[32];

    return EVP_PKEY_get_group_name(k, group, sizeof group, NULL) == 1 &&
           (strcmp(group, "prime256v1") == 0 || strcmp(group, "secp384r1") == 0);
}

static bool
is_valid_now(const X509 *cert)
{
    time_t now = (time_t)(time_now().us / 1000000);

    return X509_cmp_time(X509_get0_notBefore(cert), &now) < 0 &&
           X509_cmp_time(X509_get0_notAfter(cert), &now) > 0;
}

static enum rc
load_given(struct certs *c, const char *dir, const char *name, struct err *err)
{
    struct given *g = &c->given[c->n_given];
    EVP_PKEY *key = NULL;
    char private_dir[PATH_SIZE];

    if (snprintf(private_dir, sizeof private_dir, "%s/private", dir) >= PATH_SIZE) {
        return fail(err, RC_INVALID, E_IO, "path too long");
    }
    FILE *f = open_in(private_dir, name, ".key");
    if (f == NULL) {
        return OK; /* a certificate without a key is no identity: an intermediate, say */
    }
    key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    (void)fclose(f);
    if (!read_chain(dir, name, &g->leaf, &g->pem) || key == NULL) {
        EVP_PKEY_free(key);
        return fail(err, RC_BROKEN, E_BROKEN, "tls/%s.pem or its key cannot be read", name);
    }
    (void)snprintf(g->name, sizeof g->name, "%s", name);
    c->n_given++; /* from here on certs_free sees it */
    if (!take_key(&g->key, key) || !is_ecdsa(key)) {
        return fail(err, RC_BROKEN, E_BROKEN, "tls/%s.pem: only ECDSA P-256 and P-384", name);
    }
    TRY(key_id_of(g->leaf, g->key.id));
    if (X509_check_private_key(g->leaf, key) != 1) {
        return fail(err, RC_BROKEN, E_BROKEN, "tls/private/%s.key is not its key", name);
    }
    if (!is_valid_now(g->leaf)) {
        return fail(err, RC_BROKEN, E_BROKEN, "tls/%s.pem is not valid at this time", name);
    }
    return OK;
}

static enum rc
load_folder(struct certs *c, const char *dir, struct err *err)
{
    DIR *d = opendir(dir);
    enum rc rc = OK;

    if (d == NULL) {
        return fail(err, RC_IO, E_IO, "tls folder: %s", strerror(errno));
    }
    for (struct dirent *e = readdir(d); e != NULL && rc == OK; e = readdir(d)) {
        size_t n = strlen(e->d_name);
        char name[NAME_SIZE];
        if (n < 5 || n >= sizeof name || strcmp(e->d_name + n - 4, ".pem") != 0 ||
            strcmp(e->d_name, "ca.pem") == 0) {
            continue;
        }
        if (c->n_given == CERTS_GIVEN_MAX) {
            rc = fail(err, RC_LIMIT, E_LIMIT, "more than %d certificates", CERTS_GIVEN_MAX);
            break;
        }
        (void)snprintf(name, sizeof name, "%.*s", (int)(n - 4), e->d_name);
        rc = load_given(c, dir, name, err);
    }
    (void)closedir(d);
    return rc;
}

static enum rc
load_ca(struct certs *c, const char *dir, struct err *err)
{
    enum rc rc = ca_load(dir, &c->ca, err);

    if (rc == RC_MISSING) {
        return OK;
    }
    TRY(rc);
    c->has_ca = true;
    return take_key(&c->leaf_key, ca_key_new()) ? OK
                                                : fail(err, RC_BROKEN, E_BROKEN, "no key for tls");
}

static int
by_name(const void *a, const void *b)
{
    const struct given *x = a;
    const struct given *y = b;
    bool x_default = strcmp(x->name, "default") == 0;
    bool y_default = strcmp(y->name, "default") == 0;

    if (x_default != y_default) {
        return x_default ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

enum rc
certs_load(const char *tls_dir, struct certs *from, struct certs **ret_certs, struct err *err)
{
    struct certs *c = calloc(1, sizeof *c);

    if (c == NULL) {
        return fail(err, RC_IO, E_NO_MEMORY, "certificates");
    }
    enum rc rc = load_folder(c, tls_dir, err);
    if (rc == OK) {
        rc = load_ca(c, tls_dir, err);
    }
    if (rc == OK && c->n_given == 0 && !c->has_ca) {
        rc = fail(err, RC_MISSING, E_MISSING, "no certificate in the tls folder");
    }
    if (rc != OK) {
        certs_free(c);
        return rc;
    }
    qsort(c->given, c->n_given, sizeof c->given[0], by_name);
    if (from != NULL) {
        certs_free(from->before);
        from->before = NULL;
    }
    c->before = from;
    *ret_certs = c;
    return OK;
}

void
certs_free(struct certs *c)
{
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < c->n_given; i++) {
        X509_free(c->given[i].leaf);
        drop_key(&c->given[i].key);
        free_str(c->given[i].pem);
    }
    for (size_t i = 0; i < c->n_issued; i++) {
        free_str(c->issued[i].pem);
    }
    drop_key(&c->leaf_key);
    ca_done(&c->ca);
    certs_free(c->before);
    free(c);
}

/* --- choosing */

static struct issued *
find_issued(struct certs *c, struct str host)
{
    for (size_t i = 0; i < c->n_issued; i++) {
        if (str_eq(str_of(c->issued[i].host), host)) {
            return &c->issued[i];
        }
    }
    return NULL;
}

static bool
is_aged(const struct issued *i)
{
    return time_mono_us() - i->made_us > issued_age_us;
}

static bool
may_issue(struct certs *c)
{
    int64_t now = time_mono_us();

    if (now - c->window_us > 1000000) {
        c->window_us = now;
        c->n_window = 0;
    }
    return c->n_window++ < CERTS_ISSUE_PER_S;
}

/* Its own place, a free one, or the one that was not asked for the longest. */
static struct issued *
issued_place(struct certs *c, struct str host)
{
    struct issued *own = find_issued(c, host);
    if (own != NULL) {
        free_str(own->pem);
        return own;
    }
    if (c->n_issued < CERTS_ISSUED_MAX) {
        return &c->issued[c->n_issued++];
    }
    struct issued *oldest = &c->issued[0];
    for (size_t i = 1; i < c->n_issued; i++) {
        oldest = c->issued[i].used_us < oldest->used_us ? &c->issued[i] : oldest;
    }
    free_str(oldest->pem);
    return oldest;
}

static struct issued *
issue(struct certs *c, struct str host)
{
    X509 *cert = NULL;

    if (host.n >= NAME_SIZE || ca_issue(&c->ca, host, c->leaf_key.pkey, &cert) != OK) {
        return NULL;
    }
    struct str pem = pem_of(&cert, 1);
    bool done = pem.p != NULL && key_id_of(cert, c->leaf_key.id) == OK;
    X509_free(cert);
    if (!done) {
        free_str(pem);
        return NULL;
    }
    struct issued *place = issued_place(c, host);
    place->pem = pem;
    place->made_us = time_mono_us();
    (void)snprintf(place->host, sizeof place->host, "%.*s", STR_FMT(host));
    return place; /* analyzer: pem is kept in c->issued; gcc loses it at a computed index */
}

static const struct given *
find_given(const struct certs *c, struct str host)
{
    for (size_t i = 0; i < c->n_given && host.n > 0; i++) {
        if (X509_check_host(c->given[i].leaf, host.p, host.n, 0, NULL) == 1) {
            return &c->given[i];
        }
    }
    return NULL;
}

static void
choose_given(const struct given *g, bool is_default, struct cert_choice *ret)
{
    ret->pem = g->pem;
    ret->is_default = is_default;
    memcpy(ret->key_id, g->key.id, KEY_ID_SIZE);
}

static bool
choose_issued(struct certs *c, struct str host, bool is_default, struct cert_choice *ret)
{
    struct issued *i = find_issued(c, host);

    if ((i == NULL || is_aged(i)) && (is_default || may_issue(c))) {
        struct issued *fresh = issue(c, host);
        i = fresh != NULL ? fresh : i;
    }
    if (i == NULL) {
        return false;
    }
    i->used_us = time_mono_us();
    ret->pem = i->pem;
    ret->is_default = is_default;
    memcpy(ret->key_id, c->leaf_key.id, KEY_ID_SIZE);
    return true;
}

enum rc
certs_find(struct certs *c, struct str host, struct cert_choice *ret_choice)
{
    const struct given *g = find_given(c, host);

    if (g != NULL) {
        choose_given(g, false, ret_choice);
        return OK;
    }
    if (c->has_ca && host.n > 0 && ca_covers(&c->ca, host) &&
        choose_issued(c, host, false, ret_choice)) {
        return OK;
    }
    if (c->n_given > 0) {
        choose_given(&c->given[0], true, ret_choice);
        return OK;
    }
    return c->has_ca && choose_issued(c, str_of(c->ca.base), true, ret_choice) ? OK : RC_BROKEN;
}

/* --- signing */

static const struct key *
find_key(const struct certs *c, const uint8_t id[static KEY_ID_SIZE])
{
    for (; c != NULL; c = c->before) {
        if (c->has_ca && memcmp(c->leaf_key.id, id, KEY_ID_SIZE) == 0) {
            return &c->leaf_key;
        }
        for (size_t i = 0; i < c->n_given; i++) {
            if (memcmp(c->given[i].key.id, id, KEY_ID_SIZE) == 0) {
                return &c->given[i].key;
            }
        }
    }
    return NULL;
}

enum rc
certs_sign(const struct certs *c, const uint8_t key_id[static KEY_ID_SIZE], struct bytes digest,
           uint8_t sig[static SIGNATURE_MAX], size_t *ret_n)
{
    const struct key *key = find_key(c, key_id);
    size_t n = SIGNATURE_MAX;

    if (key == NULL) {
        return RC_MISSING;
    }
    if (digest.n != 32 && digest.n != 48 && digest.n != 64) {
        return RC_INVALID;
    }
    if (EVP_PKEY_sign(key->sign, sig, &n, digest.p, digest.n) != 1) {
        return RC_BROKEN;
    }
    *ret_n = n;
    return OK;
}

int
certs_days_left(const struct certs *c)
{
    int least = INT32_MAX;
    time_t now = (time_t)(time_now().us / 1000000);
    ASN1_TIME *from = ASN1_TIME_set(NULL, now);

    for (size_t i = 0; i < c->n_given && from != NULL; i++) {
        int days = 0, seconds = 0;
        if (ASN1_TIME_diff(&days, &seconds, from, X509_get0_notAfter(c->given[i].leaf)) == 1) {
            least = days < least ? days : least;
        }
    }
    ASN1_TIME_free(from);
    return least;
}
