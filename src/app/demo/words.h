/* words.h: the demo's own word lists: people, firms, places and work that nobody has. Two editions,
 * so that a twin agency has the same shape and other content. Domains end in .example. */
#ifndef DEMO_WORDS_H
#define DEMO_WORDS_H

#include "app/demo/dice.h"
#include "base/arena.h"

enum edition { EDITION_FIRST, EDITION_TWIN, EDITIONS };

struct words {
    struct arena *mem;
    struct dice dice; /* of the content; the shape has its own */
    enum edition edition;
};

struct str words_first_name(struct words *w, struct str *ret_title);
struct str words_last_name(struct words *w);
struct str words_company(struct words *w);
struct str words_town(struct words *w, struct str *ret_postal_code);
struct str words_street(struct words *w);
struct str words_project(struct words *w);
struct str words_tag(struct words *w);
/* A note of so many words, without a full stop; at most max characters. */
struct str words_note(struct words *w, int n, size_t max);
/* "stadtwerke-auental.example": of a name, letters and digits only. */
struct str words_domain(struct words *w, struct str name);
/* An address there: "jette.harms@stadtwerke-auental.example". */
struct str words_email(struct words *w, struct str first, struct str last, struct str domain);
struct str words_phone(struct words *w);
/* Names of companies that have broken programs; n counts up, STR_NONE behind the last. */
struct str words_hard_company(const struct words *w, size_t n);
/* A string that is in this agency's data and nowhere else. */
struct str words_canary(const struct words *w);

#endif
