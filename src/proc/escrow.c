/* escrow.c: see escrow.h. */
#include "proc/escrow.h"

#include <sodium.h>

#include "base/time.h"

enum { NONCE = 24, SEALED = KEY_SIZE + 16, SYMBOLS = 32, CHECKS = 4, GROUP = 4, HEAD_LINES = 3 };

static const char symbols[] = "abcdefghijkmnpqrstuvwxyz23456789";

/* --- the printed key ------------------------------------------------------------------------- */

/* The i-th 5 bits of p. */
static unsigned
five_bits(const uint8_t *p, size_t i)
{
    unsigned v = 0;
    for (size_t bit = i * 5; bit < i * 5 + 5; bit++) {
        v = v << 1 | ((unsigned)p[bit / 8] >> (7 - bit % 8) & 1u);
    }
    return v;
}

static void
check_symbols(const uint8_t *key, char ret_checks[static CHECKS])
{
    uint8_t sum[crypto_generichash_BYTES_MIN];
    crypto_generichash(sum, sizeof sum, key, ESCROW_KEY, NULL, 0);
    for (size_t i = 0; i < CHECKS; i++) {
        ret_checks[i] = symbols[five_bits(sum, i)];
    }
}

void
escrow_print_key(const uint8_t key[static ESCROW_KEY], char ret_text[static ESCROW_KEY_TEXT + 1])
{
    char all[SYMBOLS + CHECKS];
    size_t n = 0;
    for (size_t i = 0; i < SYMBOLS; i++) {
        all[i] = symbols[five_bits(key, i)];
    }
    check_symbols(key, all + SYMBOLS);
    for (size_t i = 0; i < sizeof all; i++) {
        if (i > 0 && i % GROUP == 0) {
            ret_text[n++] = '-';
        }
        ret_text[n++] = all[i];
    }
    ret_text[n] = '\0';
    sodium_memzero(all, sizeof all);
}

static bool
is_filling(char ch)
{
    return ch == ' ' || ch == '-' || ch == '\t' || ch == '\r' || ch == '\n';
}

/* Exactly the symbols of a key, as numbers. */
static bool
take_symbols(struct str typed, uint8_t ret[static SYMBOLS + CHECKS])
{
    size_t n = 0;
    for (size_t i = 0; i < typed.n && typed.n <= ESCROW_TYPED_MAX; i++) {
        char ch = typed.p[i];
        if (is_filling(ch)) {
            continue;
        }
        ch = ch >= 'A' && ch <= 'Z' ? (char)(ch - 'A' + 'a') : ch;
        const char *at = ch == '\0' ? NULL : strchr(symbols, ch);
        if (at == NULL || n == SYMBOLS + CHECKS) {
            return false;
        }
        ret[n++] = (uint8_t)(at - symbols);
    }
    return n == SYMBOLS + CHECKS;
}

enum rc
escrow_parse_key(struct str typed, uint8_t ret_key[static ESCROW_KEY])
{
    uint8_t numbers[SYMBOLS + CHECKS];
    uint8_t key[ESCROW_KEY] = {0};
    char checks[CHECKS];
    if (!take_symbols(typed, numbers)) {
        return RC_INVALID;
    }
    for (size_t bit = 0; bit < SYMBOLS * 5; bit++) {
        unsigned on = (unsigned)numbers[bit / 5] >> (4 - bit % 5) & 1u;
        key[bit / 8] = (uint8_t)(key[bit / 8] | on << (7 - bit % 8));
    }
    check_symbols(key, checks);
    bool good = true;
    for (size_t i = 0; i < CHECKS; i++) {
        good = good && symbols[numbers[SYMBOLS + i]] == checks[i];
    }
    if (good) {
        memcpy(ret_key, key, ESCROW_KEY);
    }
    sodium_memzero(key, sizeof key);
    sodium_memzero(numbers, sizeof numbers);
    return good ? OK : RC_INVALID;
}

/* --- the sealed file ------------------------------------------------------------------------- */

static void
derive(const uint8_t *printed, uint8_t ret_key[static KEY_SIZE])
{
    static const uint8_t label[] = "kontor escrow 1";
    crypto_generichash(ret_key, KEY_SIZE, label, sizeof label - 1, printed, ESCROW_KEY);
}

void
escrow_seal(const uint8_t key[static ESCROW_KEY], const uint8_t master[static KEY_SIZE],
            int64_t generation, int64_t now_us, char ret_file[static ESCROW_FILE_MAX])
{
    uint8_t box[NONCE + SEALED];
    uint8_t k[KEY_SIZE];
    char stamp[32];
    struct str made = instant_print((struct instant){now_us}, stamp);
    int n = snprintf(ret_file, ESCROW_FILE_MAX, "kontor-escrow-1\ngeneration %lld\nmade %.*s\n",
                     (long long)generation, STR_FMT(made));
    derive(key, k);
    randombytes_buf(box, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        box + NONCE, NULL, master, KEY_SIZE, (const uint8_t *)ret_file, (unsigned)n, NULL, box, k);
    sodium_memzero(k, sizeof k);
    hex_print(box, sizeof box, ret_file + n);
    n += 2 * (int)sizeof box;
    ret_file[n] = '\n';
    ret_file[n + 1] = '\0';
}

/* Where the line of hex digits begins; 0: there is none. */
static size_t
box_line(struct str file)
{
    size_t at = 0;
    for (int line = 0; line < HEAD_LINES; line++) {
        const char *end = at < file.n ? memchr(file.p + at, '\n', file.n - at) : NULL;
        if (end == NULL) {
            return 0;
        }
        at = (size_t)(end - file.p) + 1;
    }
    return at;
}

enum rc
escrow_open(struct str file, const uint8_t key[static ESCROW_KEY],
            uint8_t ret_master[static KEY_SIZE])
{
    uint8_t box[NONCE + SEALED];
    uint8_t k[KEY_SIZE];
    if (file.n > 0 && file.p[file.n - 1] == '\n') {
        file.n--;
    }
    size_t at = file.n < ESCROW_FILE_MAX ? box_line(file) : 0;
    if (at == 0 || !str_starts(file, STR("kontor-escrow-1\n")) || file.n - at != 2 * sizeof box ||
        hex_parse(str_sub(file, at, 2 * sizeof box), box, sizeof box) != OK) {
        return RC_INVALID;
    }
    derive(key, k);
    int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
        ret_master, NULL, NULL, box + NONCE, SEALED, (const uint8_t *)file.p, at, box, k);
    sodium_memzero(k, sizeof k);
    return bad == 0 ? OK : RC_DENIED;
}
