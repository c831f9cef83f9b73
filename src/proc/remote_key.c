/* remote_key.c: see remote_key.h. Deprecated on purpose, so the warnings are off for this file. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "proc/remote_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

struct remote_key {
    uint8_t id[KEY_ID_SIZE];
    remote_sign_fn *sign;
    void *arg;
};

static int slot = -1; /* where OpenSSL keeps our struct beside an EC_KEY */
static EC_KEY_METHOD *method;

static int
sign_der(int type, const unsigned char *digest, int n, unsigned char *sig, unsigned int *ret_n,
         const BIGNUM *kinv, const BIGNUM *r, EC_KEY *ec)
{
    const struct remote_key *k = EC_KEY_get_ex_data(ec, slot);
    size_t sig_n = SIGNATURE_MAX;

    (void)type;
    (void)kinv;
    (void)r;
    if (k == NULL || n <= 0 || ECDSA_size(ec) > SIGNATURE_MAX ||
        k->sign(k->arg, k->id, (struct bytes){digest, (size_t)n}, sig, &sig_n) != OK ||
        sig_n > (size_t)ECDSA_size(ec)) {
        return 0;
    }
    *ret_n = (unsigned)sig_n;
    return 1;
}

static void
free_slot(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
    (void)parent;
    (void)ad;
    (void)idx;
    (void)argl;
    (void)argp;
    free(ptr);
}

static bool
prepare(void)
{
    if (method == NULL) {
        slot = EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, free_slot);
        method = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
        if (slot < 0 || method == NULL) {
            return false;
        }
        EC_KEY_METHOD_set_sign(method, sign_der, NULL, NULL);
    }
    return true;
}

enum rc
key_id_of(const X509 *cert, uint8_t ret_id[static KEY_ID_SIZE])
{
    unsigned char *der = NULL;
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    unsigned id_n = 0;
    bool done = n > 0 && EVP_Digest(der, (size_t)n, ret_id, &id_n, EVP_sha256(), NULL) == 1 &&
                id_n == KEY_ID_SIZE;

    OPENSSL_free(der);
    return done ? OK : RC_BROKEN;
}

/* A fresh EC_KEY with the certificate's public point and our method. */
static EC_KEY *
public_half(const EVP_PKEY *pub, struct remote_key *k)
{
    char group[32];
    unsigned char point[256];
    size_t point_n = 0;

    if (EVP_PKEY_get_group_name(pub, group, sizeof group, NULL) != 1 ||
        EVP_PKEY_get_octet_string_param(pub, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point,
                                        sizeof point, &point_n) != 1) {
        return NULL;
    }
    int nid = OBJ_sn2nid(group);
    if (nid != NID_X9_62_prime256v1 && nid != NID_secp384r1) {
        return NULL;
    }
    EC_KEY *ec = EC_KEY_new_by_curve_name(nid);
    if (ec == NULL || EC_KEY_oct2key(ec, point, point_n, NULL) != 1 ||
        EC_KEY_set_method(ec, method) != 1 || EC_KEY_set_ex_data(ec, slot, k) != 1) {
        EC_KEY_free(ec);
        return NULL;
    }
    return ec;
}

EVP_PKEY *
remote_key_new(X509 *cert, remote_sign_fn *sign, void *arg)
{
    const EVP_PKEY *pub = X509_get0_pubkey(cert);
    struct remote_key *k = calloc(1, sizeof *k);

    if (k == NULL || pub == NULL || !prepare() || key_id_of(cert, k->id) != OK) {
        free(k);
        return NULL;
    }
    k->sign = sign;
    k->arg = arg;
    EC_KEY *ec = public_half(pub, k);
    if (ec == NULL) {
        free(k);
        return NULL;
    }
    EVP_PKEY *key = EVP_PKEY_new();
    if (key == NULL || EVP_PKEY_assign_EC_KEY(key, ec) != 1) {
        EVP_PKEY_free(key);
        EC_KEY_free(ec); /* frees k as well */
        return NULL;
    }
    return key;
}
