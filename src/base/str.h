/* str.h: text and bytes as pointer and length. A slice owns nothing and needs no NUL.
 * `struct str` is UTF-8 that was checked where it came in; `struct bytes` is anything. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct str {
    const char *p; /* NULL means "no value" (SQL NULL); "" is a value */
    size_t n;
};

struct bytes {
    const uint8_t *p;
    size_t n;
};

/* A literal only: the concatenation with "" refuses a variable. */
#define STR(lit) ((struct str){"" lit "", sizeof(lit) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf("%.*s", STR_FMT(s)). */
#define STR_FMT(s) (int)(s).n, ((s).p != NULL ? (s).p : "")

/* From a NUL-terminated C string (NULL gives STR_NONE). */
struct str str_of(const char *cstr);
bool str_eq(struct str a, struct str b);
/* ASCII case folded; for header names, cookies, host names. */
bool str_eq_ascii_ci(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Position of needle in s at or after from, or SIZE_MAX. Empty needle: from. */
size_t str_find(struct str s, struct str needle, size_t from);
struct str str_sub(struct str s, size_t from, size_t n); /* clamped to s */
/* Removes ASCII space, tab, CR, LF and U+00A0 at both ends. */
struct str str_trim(struct str s);
/* Cuts the part before the first sep off *s and gives it in *ret_head; false when *s was STR_NONE.
 * After the last part *s becomes STR_NONE, so `while (str_cut(&rest, ',', &part))` sees all parts.
 */
bool str_cut(struct str *s, char sep, struct str *ret_head);
/* Well-formed UTF-8 by RFC 3629 (no surrogates, no overlong forms, at most U+10FFFF) without NUL.
 */
bool str_is_utf8(struct str s);
/* Number of code points of well-formed UTF-8. */
size_t str_points(struct str s);
/* Strict decimal, optional '-', no spaces, no '+', no overflow; RC_INVALID otherwise. */
MUST enum rc str_to_i64(struct str s, int64_t *ret_n);
/* Lower-case hex of n bytes into out (2n + 1 bytes with NUL); and back (n must match exactly). */
void hex_print(const uint8_t *p, size_t n, char *out);
MUST enum rc hex_parse(struct str s, uint8_t *out, size_t n);
/* base64url without padding (RFC 4648 §5); out holds at least (n * 4 + 2) / 3 + 1 bytes. */
void b64url_print(const uint8_t *p, size_t n, char *out);
MUST enum rc b64url_parse(struct str s, uint8_t *out, size_t cap, size_t *ret_n);
/* Base32 (RFC 4648 §6, upper case, no padding), for TOTP secrets; out: (n * 8 + 4) / 5 + 1 bytes.
 */
void b32_print(const uint8_t *p, size_t n, char *out);
/* Constant time in n; the only comparison for secrets. */
bool mem_eq_secret(const void *a, const void *b, size_t n);

/* Folding for search and for comparing names: NFKC, full case folding, accents kept except that
 * ä/ae-style DIN 5007 keys are another function's work (see text.h). */

#endif
