/* text.h: Unicode work by libunistring: folding for search, DIN 5007 sort keys, normalisation. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/arena.h"

/* For searching and for recognising the same name again: NFKC, full case folding, white space runs
 * become one blank, trimmed; umlauts by DIN 5007-2 become ae/oe/ue/ss and other accents fall, so
 * that "MÜLLER", "Mueller" and "Müller" fold alike. */
struct str text_fold(struct arena *mem, struct str s);
/* %s%, for LIKE … ESCAPE '\', with the wildcards in s escaped: s anywhere in a text. */
struct str text_like(struct arena *mem, struct str s);
/* Sort key by DIN 5007-1 (ä like a, ß like ss) as bytes that compare with memcmp in either engine:
 * lower-case letters and digits, numbers as they stand, other marks after a blank. Printable. */
struct str text_sort_key(struct arena *mem, struct str s);
/* NFKC once, for passwords and log-in names (AUTH-02). */
struct str text_nfkc(struct arena *mem, struct str s);
/* Windows-1252 to UTF-8 by a table of our own; the five undefined bytes become U+FFFD. */
struct str text_from_cp1252(struct arena *mem, struct bytes b);

#endif
