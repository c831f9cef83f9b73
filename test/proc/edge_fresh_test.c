/* edge_fresh_test.c: a request that comes with the end of a handshake is read at once. OpenSSL
 * reads ahead: the client's Finished and its request can be taken from the socket in one read, even
 * while the edge has not been told that the connection is readable (the first event may only have
 * said writable, and what was taken since shows in no later one, for they are edge-triggered). Then
 * nothing but the handshake's own end may lead to the request. Here that order is forced: the
 * client answers between the edge's write and its next read. */
#include <openssl/x509.h>

#include "proc/edge_tls.h"

#define REQUEST "GET /echo HTTP/1.1\r\nHost: nord.localhost\r\n\r\n"

static SSL *client;
static bool has_asked;

/* What waits for the edge: whatever the client has to say by now. */
static size_t
client_says(void)
{
    (void)SSL_do_handshake(client);
    if (SSL_is_init_finished(client) && !has_asked) {
        has_asked = true;
        assert_int_equal(SSL_write(client, REQUEST, sizeof REQUEST - 1), sizeof REQUEST - 1);
    }
    return BIO_ctrl_pending(SSL_get_wbio(client));
}

static int
wire_read(BIO *b, char *to, int n)
{
    BIO_clear_retry_flags(b);
    if (client_says() == 0) {
        BIO_set_retry_read(b);
        return -1;
    }
    return BIO_read(SSL_get_wbio(client), to, n);
}

static int
wire_write(BIO *b, const char *from, int n)
{
    BIO_clear_retry_flags(b);
    return BIO_write(SSL_get_rbio(client), from, n);
}

static long
wire_ctrl(BIO *b, int what, long n, void *p)
{
    (void)b;
    (void)n;
    (void)p;
    return what == BIO_CTRL_FLUSH ? 1 : 0;
}

static void
give_certificate(SSL_CTX *ctx)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);

    (void)ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"nord", -1,
                                     -1, 0);
    (void)X509_set_issuer_name(cert, name);
    (void)X509_set_pubkey(cert, key);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void
new_client(SSL_CTX *ctx, int version)
{
    assert_int_equal(SSL_CTX_set_max_proto_version(ctx, version), 1);
    client = SSL_new(ctx);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    (void)BIO_set_mem_eof_return(SSL_get_rbio(client), -1);
    SSL_set_connect_state(client);
    has_asked = false;
}

static void
request_with_the_last_flight(void **state)
{
    static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};
    static struct tls t;
    struct edge edge = {.loop = loop_new()};
    BIO_METHOD *wire = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    SSL_CTX *edge_ctx = tls_profile();
    SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());

    (void)state;
    (void)BIO_meth_set_read(wire, wire_read);
    (void)BIO_meth_set_write(wire, wire_write);
    (void)BIO_meth_set_ctrl(wire, wire_ctrl);
    give_certificate(edge_ctx);
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        struct conn c = {.edge = &edge, .ssl = SSL_new(edge_ctx)};
        uint8_t in[256];
        size_t n = 0;
        BIO *b = BIO_new(wire);
        BIO_set_init(b, 1);
        SSL_set_bio(c.ssl, b, b);
        SSL_set_accept_state(c.ssl);
        new_client(client_ctx, versions[i]);
        c.readable = false; /* only "writable" was said */
        assert_int_equal(tls_handshake(&t, &c), IO_DONE);
        assert_true(c.readable);
        assert_int_equal(conn_read(&c, in, sizeof in, &n), IO_DONE);
        assert_int_equal(n, sizeof REQUEST - 1);
        assert_memory_equal(in, REQUEST, n);
        assert_int_equal(conn_read(&c, in, sizeof in, &n), IO_AGAIN);
        assert_false(c.readable);
        SSL_free(c.ssl);
        SSL_free(client);
    }
    SSL_CTX_free(client_ctx);
    SSL_CTX_free(edge_ctx);
    BIO_meth_free(wire);
    loop_free(edge.loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_with_the_last_flight),
    };

    return cmocka_run_group_tests_name("proc/edge_fresh", tests, NULL, NULL);
}
