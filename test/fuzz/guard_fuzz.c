/* guard_fuzz.c: what people type to prove who they are, and what their browser shows beside it:
 * passwords, recovery codes, form tokens, the cookie before sign-in. The first byte chooses.
 * Nothing typed may be let through that the rules forbid, and nothing is right that was not handed
 * out. */
#include <assert.h>

#include "guard/common.h"
#include "guard/csrf.h"
#include "guard/factor.h"
#include "guard/recovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
try_password(struct arena *mem, struct str typed)
{
    const struct password_context about = {.login = STR("mara.tannhof"),
                                           .first_name = STR("Mara"),
                                           .last_name = STR("Tannhof"),
                                           .email = STR("mara@lindenkai.example"),
                                           .workspace = STR("Lindenkai Büro")};
    struct err err = {0};
    struct str bytes;
    if (!str_is_utf8(typed)) {
        return; /* refused where forms are parsed */
    }
    if (password_bytes(mem, &err, typed, &bytes) == OK) {
        assert(bytes.n <= PASSWORD_MAX_BYTES && str_is_utf8(bytes));
        struct str again;
        assert(password_bytes(mem, &err, bytes, &again) != OK || str_eq(bytes, again));
    }
    err = (struct err){0};
    if (password_check(mem, &err, typed, &about) == OK) {
        assert(str_points(typed) <= PASSWORD_MAX_POINTS);
        assert(common_password(mem, typed, NULL, 0) == COMMON_NOT);
    } else {
        assert(err.rc == RC_INVALID && strcmp(err.field, "password") == 0);
    }
}

static void
try_recovery(struct str typed)
{
    char plain[RECOVERY_CHARS + 1];
    char again[RECOVERY_CHARS + 1];
    if (recovery_parse(typed, plain) == OK) {
        assert(strlen(plain) == RECOVERY_CHARS);
        assert(strspn(plain, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == RECOVERY_CHARS);
        assert(recovery_parse(str_of(plain), again) == OK && strcmp(plain, again) == 0);
    }
}

static void
try_tokens(struct arena *mem, struct str s)
{
    static const uint8_t secret[32] = {1};
    uint8_t got[32];
    if (csrf_check(secret, "sample_form", s)) {
        assert(str_eq(s, csrf_token(mem, secret, "sample_form")));
    }
    if (csrf_pre_secret(s, got) == OK) {
        assert(s.n == CSRF_TOKEN_CHARS);
    }
}

enum { LOGIN_MAX = 256 }; /* bytes of 64 letters */

static struct str
percent_decoded(struct arena *mem, struct str s)
{
    char *out = arena_alloc(mem, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t byte = (uint8_t)s.p[i];
        if (byte == '%') {
            assert(i + 2 < s.n && s.p[i + 1] < 'a' && s.p[i + 2] < 'a'); /* upper case */
            const char digits[3] = {(char)(s.p[i + 1] | 0x20), (char)(s.p[i + 2] | 0x20), 0};
            assert(hex_parse((struct str){digits, 2}, &byte, 1) == OK);
            i += 2;
        }
        out[n++] = (char)byte;
    }
    return (struct str){out, n};
}

static void
try_uri(struct arena *mem, struct str login)
{
    if (login.n > LOGIN_MAX) {
        return; /* refused where forms are parsed */
    }
    const struct str uri = factor_uri(mem, login, login, STR("JBSWY3DPEHPK3PXP"));
    assert(str_starts(uri, STR("otpauth://totp/")) && str_is_utf8(uri));
    for (size_t i = 0; i < uri.n; i++) {
        assert(uri.p[i] > 0x20 && uri.p[i] != '"' && uri.p[i] != '<' && uri.p[i] != '#');
    }
    /* Read as an app reads it: one label, one query, and in them what went in. */
    struct str rest = str_sub(uri, sizeof "otpauth://totp/" - 1, uri.n);
    struct str label = STR_NONE;
    assert(str_cut(&rest, '?', &label) && str_find(rest, STR("?"), 0) == SIZE_MAX);
    assert(str_eq(rest, STR("secret=JBSWY3DPEHPK3PXP&issuer=Kontor&algorithm=SHA1&digits=6&"
                            "period=30")));
    struct str account = percent_decoded(mem, label);
    assert(str_starts(account, STR("Kontor:")) && account.n == 8 + 2 * login.n);
    assert(str_eq(str_sub(account, 7, login.n), login) && account.p[7 + login.n] == '@' &&
           str_eq(str_sub(account, 8 + login.n, login.n), login));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct arena *mem;
    static const uint8_t key[32] = {2};
    if (mem == NULL) {
        mem = arena_new(64 << 20);
        csrf_use_key(key);
    }
    if (n == 0 || n > 4096) {
        return 0;
    }
    const struct str s = {(const char *)p + 1, n - 1};
    switch (p[0] % 4) {
    case 0:
        try_password(mem, s);
        break;
    case 1:
        try_recovery(s);
        break;
    case 2:
        try_tokens(mem, s);
        break;
    default:
        try_uri(mem, s);
        break;
    }
    arena_reset(mem);
    return 0;
}
