/* edge_load.c: the client side of edge.sh.
 *   edge_load handshake PORT SECONDS PROCESSES   full TLS handshakes, each on a connection of its
 * own; prints how many edge_load idle PORT N                        N connections that had their
 * handshake and wait; prints "ready", ends with its input */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"

enum { PROCESSES_MAX = 16, IDLE_MAX = 10000 };

static SSL *
connect_to(SSL_CTX *ctx, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SSL *ssl = SSL_new(ctx);

    ERR_clear_error();
    if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0 || SSL_set_fd(ssl, fd) != 1 ||
        SSL_set_tlsext_host_name(ssl, "localhost") != 1 || SSL_connect(ssl) != 1) {
        (void)fprintf(stderr, "no handshake on port %d\n", port);
        exit(1);
    }
    return ssl;
}

static SSL_CTX *
client_ctx(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return ctx;
}

static long
handshakes(int port, int64_t seconds)
{
    SSL_CTX *ctx = client_ctx();
    int64_t end = time_mono_us() + seconds * 1000000;
    long n = 0;

    for (; time_mono_us() < end; n++) {
        SSL *ssl = connect_to(ctx, port);
        struct linger now = {1, 0}; /* no TIME_WAIT: ports would run out */
        (void)setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        (void)close(SSL_get_fd(ssl));
        SSL_free(ssl);
    }
    return n;
}

static int
run_handshakes(int port, int64_t seconds, int64_t processes)
{
    int ends[2];
    long sum = 0;

    if (processes > PROCESSES_MAX || pipe(ends) != 0) {
        return 1;
    }
    for (int64_t i = 0; i < processes; i++) {
        if (fork() == 0) {
            long n = handshakes(port, seconds);
            _exit(write(ends[1], &n, sizeof n) == sizeof n ? 0 : 1);
        }
    }
    for (int64_t i = 0; i < processes; i++) {
        long n = 0;
        if (read(ends[0], &n, sizeof n) != sizeof n) {
            return 1;
        }
        sum += n;
    }
    (void)printf("%ld\n", sum);
    return 0;
}

static int
run_idle(int port, int64_t n)
{
    SSL_CTX *ctx = client_ctx();
    char byte = 0;

    for (int64_t i = 0; i < n && i < IDLE_MAX; i++) {
        SSL *ssl = connect_to(ctx, port);
        static const char text[] = "GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n";
        char answer[4096];
        if (SSL_write(ssl, text, sizeof text - 1) <= 0 ||
            SSL_read(ssl, answer, sizeof answer) <= 0) {
            return 1;
        }
    }
    (void)printf("ready\n");
    (void)fflush(stdout);
    return read(STDIN_FILENO, &byte, 1) < 0;
}

int
main(int argc, char **argv)
{
    int64_t n[3] = {0};

    for (int i = 2; i < argc && i < 5; i++) {
        if (str_to_i64(str_of(argv[i]), &n[i - 2]) != OK) {
            return 2;
        }
    }
    if (argc == 5 && strcmp(argv[1], "handshake") == 0) {
        return run_handshakes((int)n[0], n[1], n[2]);
    }
    if (argc == 4 && strcmp(argv[1], "idle") == 0) {
        return run_idle((int)n[0], n[1]);
    }
    return 2;
}
