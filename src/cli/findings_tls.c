/* findings_tls.c: how long the certificates in tls/ hold. Only their two dates are looked for: the
 * signer judges everything else, and this program links no OpenSSL. */
#include <dirent.h>

#include "base/time.h"
#include "cli/findings.h"

enum { PEM_MAX = 16 * 1024, SOON_DAYS = 21, UTC_TIME = 0x17, LONG_TIME = 0x18 };
static const int64_t day_us = 86400LL * 1000000;

/* The first certificate's bytes out of the lines of a PEM file. */
static bool
pem_bytes(const char *path, uint8_t out[static PEM_MAX], size_t *ret_n)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    char text[PEM_MAX];
    char line[128];
    size_t n = 0;
    bool is_inside = false;
    FILE *f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (is_inside && line[0] == '-') {
            break;
        }
        for (const char *p = line; is_inside && *p > ' ' && *p != '=' && n < sizeof text; p++) {
            text[n++] = *p == '+' ? '-' : *p == '/' ? '_' : *p;
        }
        is_inside = is_inside || strncmp(line, begin, sizeof begin - 1) == 0;
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return n > 0 && b64url_parse((struct str){text, n}, out, PEM_MAX, ret_n) == OK;
}

/* A time of RFC 5280, 4.1.2.5 at p, which has n bytes left: its length, 0 when it is none. */
static size_t
time_at(const uint8_t *p, size_t n, struct instant *ret_t)
{
    bool is_long = n >= 17 && p[0] == LONG_TIME && p[1] == 15;
    if (!is_long && !(n >= 15 && p[0] == UTC_TIME && p[1] == 13)) {
        return 0;
    }
    const char *d = (const char *)p + 2;
    char stamp[32];
    int year = (d[0] - '0') * 10 + d[1] - '0';
    (void)snprintf(stamp, sizeof stamp, "%s%.2s-%.2s-%.2sT%.2s:%.2s:%.2sZ",
                   is_long     ? ""
                   : year < 50 ? "20"
                               : "19",
                   d, d + 2, d + 4, d + 6, d + 8, d + 10);
    if (is_long) {
        (void)snprintf(stamp, sizeof stamp, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d, d + 4, d + 6,
                       d + 8, d + 10, d + 12);
    }
    return instant_parse(str_of(stamp), ret_t) == OK ? (is_long ? 17 : 15) : 0;
}

/* Until when it holds: the second of two times that follow each other (Validity). */
static bool
not_after(const char *path, struct instant *ret_t)
{
    uint8_t der[PEM_MAX];
    size_t n = 0;
    struct instant from;
    if (!pem_bytes(path, der, &n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        size_t first = time_at(der + i, n - i, &from);
        if (first > 0 && time_at(der + i + first, n - i - first, ret_t) > 0) {
            return true;
        }
    }
    return false;
}

static void
one(struct findings *f, const char *name, size_t *n_good)
{
    char path[CLI_PATH_MAX + 300];
    char day[32];
    struct instant until = {0};
    (void)snprintf(path, sizeof path, "%s/tls/%s", f->c->dir, name);
    if (!not_after(path, &until)) {
        FINDING(f, "tls.certificate", FINDING_WARN, T_doctor_cert_unread, path);
        return;
    }
    struct str stamp = instant_print(until, day);
    day[stamp.n < 10 ? stamp.n : 10] = '\0';
    int64_t left = until.us - time_now().us;
    if (left < 0) {
        FINDING(f, "tls.certificate", FINDING_BAD, T_doctor_cert_ended, path, day);
    } else if (left < SOON_DAYS * day_us) {
        FINDING(f, "tls.certificate", FINDING_WARN, T_doctor_cert_soon, path, day);
    } else {
        (*n_good)++;
    }
}

void
findings_of_certificates(struct findings *f)
{
    char path[CLI_PATH_MAX + 8];
    char count[24];
    size_t n = 0;
    size_t given = 0;
    size_t good = 0;
    (void)snprintf(path, sizeof path, "%s/tls", f->c->dir);
    DIR *d = opendir(path);
    for (struct dirent *e = NULL; d != NULL && (e = readdir(d)) != NULL;) {
        size_t len = strlen(e->d_name);
        if (len < 5 || strcmp(e->d_name + len - 4, ".pem") != 0) {
            continue;
        }
        n++;
        given += strcmp(e->d_name, "ca.pem") != 0;
        one(f, e->d_name, &good);
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    if (given == 0) {
        FINDING(f, "tls.authority", FINDING_WARN, T_doctor_cert_own, path);
    }
    if (n > 0 && good == n) {
        (void)snprintf(count, sizeof count, "%d", SOON_DAYS);
        FINDING(f, "tls.certificate", FINDING_GOOD, T_doctor_certs_good, count);
    }
}
