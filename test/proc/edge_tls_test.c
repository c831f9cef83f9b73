/* edge_tls_test.c: what TLS is offered and what is not, certificates by host name, and that they
 * and the signer can be replaced while the edge serves. */
#include "edge_rig.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 20000 };

#define ECHO "GET /echo HTTP/1.1\r\nHost: nord.localhost\r\n\r\n"

static struct rig rig;

static int
start(void **state)
{
    (void)state;
    rig_start(&rig, NULL);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    return rig_stop(&rig);
}

/* What a client of ours can vary. */
struct offer {
    const char *name;
    int min, max; /* protocol versions; 0: any */
    const char *ciphers, *suites, *groups;
    const char *alpn; /* length-prefixed */
    bool succeeds;
};

static SSL_CTX *
client_ctx(const struct offer *o)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    SSL_CTX_set_security_level(ctx, 0);
    assert_int_equal(SSL_CTX_set_min_proto_version(ctx, o->min), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(ctx, o->max), 1);
    if (o->ciphers != NULL) {
        assert_int_equal(SSL_CTX_set_cipher_list(ctx, o->ciphers), 1);
    }
    if (o->suites != NULL) {
        assert_int_equal(SSL_CTX_set_ciphersuites(ctx, o->suites), 1);
    }
    if (o->groups != NULL) {
        assert_int_equal(SSL_CTX_set1_groups_list(ctx, o->groups), 1);
    }
    if (o->alpn != NULL) {
        assert_int_equal(
            SSL_CTX_set_alpn_protos(ctx, (const uint8_t *)o->alpn, (unsigned)strlen(o->alpn)), 0);
    }
    return ctx;
}

static bool
shake(struct client *c, SSL_CTX *ctx, const char *host, SSL_SESSION *session)
{
    assert_true(client_open_tcp(c, &rig));
    c->ssl = SSL_new(ctx);
    assert_int_equal(SSL_set_fd(c->ssl, c->fd), 1);
    if (host != NULL) {
        assert_int_equal(SSL_set_tlsext_host_name(c->ssl, host), 1);
    }
    if (session != NULL) {
        assert_int_equal(SSL_set_session(c->ssl, session), 1);
    }
    ERR_clear_error();
    return SSL_connect(c->ssl) == 1;
}

static void
what_is_offered(void **state)
{
    static const char suite_256[] = "TLS_AES_256_GCM_SHA384";
    static const struct offer offers[] = {
        {"TLS 1.3",         TLS1_3_VERSION, 0,              NULL,                            suite_256,                      NULL,        NULL,                 true },
        {"TLS 1.3 chacha",  TLS1_3_VERSION, 0,              NULL,                            "TLS_CHACHA20_POLY1305_SHA256", NULL,        NULL,
         true                                                                                                                                                        },
        {"TLS 1.2",         0,              TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384", NULL,                           NULL,        NULL,                 true },
        {"TLS 1.2 chacha",  0,              TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", NULL,                           NULL,        NULL,
         true                                                                                                                                                        },
        {"X25519",          0,              0,              NULL,                            NULL,                           "X25519",    NULL,                 true },
        {"P-256",           0,              0,              NULL,                            NULL,                           "P-256",     NULL,                 true },
        {"P-384",           0,              0,              NULL,                            NULL,                           "P-384",     NULL,                 true },
        {"http/1.1",        0,              0,              NULL,                            NULL,                           NULL,        "\x02h2\x08http/1.1", true },
        {"TLS 1.1",         TLS1_VERSION,   TLS1_1_VERSION, "ALL:@SECLEVEL=0",               NULL,                           NULL,        NULL,                 false},
        {"TLS 1.3 128 bit", TLS1_3_VERSION, 0,              NULL,                            "TLS_AES_128_GCM_SHA256",       NULL,        NULL,                 false},
        {"TLS 1.2 128 bit", 0,              TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", NULL,                           NULL,        NULL,
         false                                                                                                                                                       },
        {"TLS 1.2 CBC",     0,              TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384",     NULL,                           NULL,        NULL,                 false},
        {"TLS 1.2 RSA",     0,              TLS1_2_VERSION, "kRSA",                          NULL,                           NULL,        NULL,                 false},
        {"TLS 1.2 DHE",     0,              TLS1_2_VERSION, "DHE:!aNULL",                    NULL,                           NULL,        NULL,                 false},
        {"ffdhe2048",       TLS1_3_VERSION, 0,              NULL,                            NULL,                           "ffdhe2048", NULL,                 false},
        {"X448",            0,              0,              NULL,                            NULL,                           "X448",      NULL,                 false},
        {"P-521",           0,              0,              NULL,                            NULL,                           "P-521",     NULL,                 false},
        {"h2 only",         0,              0,              NULL,                            NULL,                           NULL,        "\x02h2",             false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        SSL_CTX *ctx = client_ctx(&offers[i]);
        struct client c;
        bool done = shake(&c, ctx, "nord.localhost", NULL);
        if (done && offers[i].succeeds) { /* in TLS 1.3 a refusal may come behind the handshake */
            struct response r;
            assert_true(client_say(&c, ECHO) && client_response(&c, &r, WAIT_MS, false));
            response_done(&r);
        }
        if (done != offers[i].succeeds) {
            FAIL_TEST("%s: handshake %s", offers[i].name, done ? "succeeds" : "fails");
        }
        client_close(&c);
        SSL_CTX_free(ctx);
    }
}

static void
preferences_and_extras(void **state)
{
    const struct offer all = {.name = "all", .groups = "P-384:P-256:X25519"};
    const struct offer old = {.max = TLS1_2_VERSION,
                              .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305:"
                                         "ECDHE-ECDSA-AES256-GCM-SHA384"};
    const struct offer alpn = {.alpn = "\x02h2\x08http/1.1"};
    const unsigned char *proto = NULL;
    unsigned proto_n = 0;
    struct client c;

    (void)state;
    SSL_CTX *ctx = client_ctx(&all);
    assert_true(shake(&c, ctx, NULL, NULL));
    assert_int_equal(SSL_version(c.ssl), TLS1_3_VERSION);
    assert_string_equal(SSL_get_cipher_name(c.ssl), "TLS_AES_256_GCM_SHA384");
    client_close(&c);
    SSL_CTX_free(ctx);
    ctx = client_ctx(&old);
    assert_true(shake(&c, ctx, NULL, NULL));
    assert_string_equal(SSL_get_cipher_name(c.ssl),
                        "ECDHE-ECDSA-AES256-GCM-SHA384"); /* ours first */
    assert_null(SSL_get_current_compression(c.ssl));
    ERR_clear_error();
    assert_int_equal(SSL_renegotiate(c.ssl), 1);      /* asked for … */
    assert_int_not_equal(SSL_do_handshake(c.ssl), 1); /* … and refused */
    client_close(&c);
    SSL_CTX_free(ctx);
    ctx = client_ctx(&alpn);
    assert_true(shake(&c, ctx, NULL, NULL));
    SSL_get0_alpn_selected(c.ssl, &proto, &proto_n);
    assert_int_equal(proto_n, 8);
    assert_memory_equal(proto, "http/1.1", 8);
    client_close(&c);
    SSL_CTX_free(ctx);
}

/* No tickets, no session ids: every connection is a full handshake; nothing to steal, no 0-RTT. */
static void
nothing_is_resumed(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        const struct offer o = {.min = version, .max = version};
        SSL_CTX *ctx = client_ctx(&o);
        struct client c;
        struct response r;
        assert_true(shake(&c, ctx, NULL, NULL));
        assert_true(client_say(&c, ECHO) && client_response(&c, &r, WAIT_MS, false));
        response_done(&r);
        SSL_SESSION *session = SSL_get1_session(c.ssl);
        assert_false(SSL_SESSION_has_ticket(session));
        assert_int_equal(SSL_SESSION_get_max_early_data(session), 0);
        client_close(&c);
        assert_true(shake(&c, ctx, NULL, SSL_SESSION_is_resumable(session) ? session : NULL));
        assert_false(SSL_session_reused(c.ssl));
        client_close(&c);
        SSL_SESSION_free(session);
        SSL_CTX_free(ctx);
    }
}

static X509 *
cert_for(const char *host)
{
    const struct offer o = {.name = "any"};
    SSL_CTX *ctx = client_ctx(&o);
    struct client c;

    assert_true(shake(&c, ctx, host, NULL));
    X509 *cert = SSL_get1_peer_certificate(c.ssl);
    assert_non_null(cert);
    client_close(&c);
    SSL_CTX_free(ctx);
    return cert;
}

static void
check_name(const char *sni, const char *name)
{
    X509 *cert = cert_for(sni);

    if (X509_check_host(cert, name, 0, 0, NULL) != 1) {
        FAIL_TEST("SNI %s: not a certificate for %s", sni != NULL ? sni : "(none)", name);
    }
    X509_free(cert);
}

static void
certificates_by_host(void **state)
{
    (void)state;
    check_name("nord.localhost", "nord.localhost");
    check_name("SUED.LocalHost", "sued.localhost");
    check_name("nord.localhost", "nord.localhost"); /* from the cache */
    check_name(NULL, "localhost");
    check_name("unknown.example", "localhost");
    check_name("a.b.localhost", "localhost");
    check_name("odd_name.localhost", "localhost");
    X509 *cert = cert_for("nord.localhost");
    assert_int_equal(X509_check_host(cert, "sued.localhost", 0, 0, NULL), 0);
    X509_free(cert);
}

static void
reload_without_restart(void **state)
{
    struct client before;
    struct response r;
    X509 *was = cert_for("nord.localhost");

    (void)state;
    assert_true(client_open(&before, &rig, "nord.localhost"));
    rig_renew_ca(&rig);
    X509 *now = NULL;
    for (int i = 0; i < 100 && (now == NULL || X509_cmp(was, now) == 0); i++) {
        X509_free(now);
        now = cert_for("nord.localhost"); /* the edge reads W_RELOAD in one of its next turns */
    }
    assert_true(X509_cmp(was, now) != 0);
    assert_true(client_say(&before, ECHO) && client_response(&before, &r, WAIT_MS, false));
    assert_int_equal(r.status, 200); /* what was open lives on */
    response_done(&r);
    client_close(&before);
    X509_free(was);
    X509_free(now);
}

static void
the_signer_may_die(void **state)
{
    struct client before;
    struct response r;

    (void)state;
    assert_true(client_open(&before, &rig, "nord.localhost"));
    (void)rig_tell(&rig, RIG_KILL_SIGNER);
    assert_true(client_say(&before, ECHO) && client_response(&before, &r, WAIT_MS, false));
    assert_int_equal(r.status, 200);
    response_done(&r);
    client_close(&before);
    for (int i = 0; i < 5; i++) {
        check_name("nord.localhost", "nord.localhost");
    }
}

/* Stopped, not dead: handshakes wait, master is told, and the successor answers them. */
static void
the_signer_may_hang(void **state)
{
    int late = rig_tell(&rig, RIG_LATE);
    struct client before, known;

    (void)state;
    assert_true(client_open(&before, &rig, "nord.localhost"));
    assert_int_equal(kill(rig_tell(&rig, RIG_SIGNER_PID), SIGSTOP), 0);
    struct response r;
    assert_true(client_say(&before, ECHO) && client_response(&before, &r, WAIT_MS, false));
    assert_int_equal(r.status, 200); /* what is open does not need it */
    response_done(&r);
    client_close(&before);
    int64_t begin = rig_now_ms();
    check_name("new-one.localhost", "new-one.localhost"); /* waits for the certificate */
    assert_in_range(rig_now_ms() - begin, 1900, 4900);
    assert_int_equal(rig_tell(&rig, RIG_LATE), late + 1);
    check_name("nord.localhost", "nord.localhost");
    assert_int_equal(kill(rig_tell(&rig, RIG_SIGNER_PID), SIGSTOP), 0);
    /* waits for a signature of a key that the successor does not have */
    assert_false(client_open(&known, &rig, "nord.localhost"));
    check_name("nord.localhost", "nord.localhost");
    assert_int_equal(rig_tell(&rig, RIG_LATE), late + 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_offered),        cmocka_unit_test(preferences_and_extras),
        cmocka_unit_test(nothing_is_resumed),     cmocka_unit_test(certificates_by_host),
        cmocka_unit_test(reload_without_restart), cmocka_unit_test(the_signer_may_die),
        cmocka_unit_test(the_signer_may_hang),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
