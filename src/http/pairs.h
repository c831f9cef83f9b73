/* pairs.h: the parsers of what a browser sends: queries and forms
 * (application/x-www-form-urlencoded), uploads (multipart/form-data, RFC 7578) and cookies (RFC
 * 6265). All are total and bounded, take well-formed UTF-8 without control bytes only (text areas
 * may hold CR, LF and TAB), and are fuzzed. */
#ifndef HTTP_PAIRS_H
#define HTTP_PAIRS_H

#include "base/arena.h"

enum { PAIRS_MAX = 2000, PAIR_NAME_MAX = 100, COOKIES_MAX = 30 };

struct pair {
    struct str name;
    struct str value;    /* text of a field; for a file its bytes, unchecked */
    struct str filename; /* STR_NONE unless it is a file; last path part only */
};

struct pairs {
    const struct pair *p;
    size_t n;
};

/* RC_INVALID: bad percent escape, not UTF-8, control bytes, a name longer than PAIR_NAME_MAX;
 * RC_LIMIT: more than PAIRS_MAX pairs. Decoded text is in mem. STR_NONE gives no pairs. */
MUST enum rc pairs_parse_urlencoded(struct arena *mem, struct str s, struct pairs *ret);
/* content_type is the whole header value and names the boundary (1 … 70 bytes). */
MUST enum rc pairs_parse_multipart(struct arena *mem, struct str content_type, struct bytes body,
                                   struct pairs *ret);
/* The Cookie header; pairs with other characters than RFC 6265 allows are skipped, not fatal. A
 * name that occurs twice is given as empty: neither can be trusted. */
MUST enum rc pairs_parse_cookies(struct arena *mem, struct str header, struct pairs *ret);

/* First pair of that name; NULL when absent. *ret_count (may be NULL): how many there are. */
const struct pair *pairs_find(const struct pairs *ps, struct str name, size_t *ret_count);
/* %-decoding of one path segment; '+' stays. RC_INVALID as above, and for an encoded '/' or NUL. */
MUST enum rc segment_decode(struct arena *mem, struct str s, struct str *ret);

#endif
