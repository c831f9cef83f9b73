/* common.h: is this a password that others use too? The blocklist of AUTH-02 as a rule instead of a
 * file: about 1,200 words stand for every spelling in upper and lower case, with digits for
 * letters, alone, doubled or two together, with any digits and marks round or between them; beside
 * them walks over the keyboard and repeated pieces. Two words of one length alone are 240,000
 * entries (test/guard/common_test.c counts them), so the rule is larger than the list of 100,000
 * that it stands for, and needs no service that would learn the password. */
#ifndef GUARD_COMMON_H
#define GUARD_COMMON_H

#include "base/arena.h"

enum common_why { COMMON_NOT, COMMON_WORDS, COMMON_WALK, COMMON_REPEAT, COMMON_CONTEXT };

/* `context` are n texts that make a password guessable here (names, agency, host); they are folded
 * and count as words; a password that consists of one of them and no third word is COMMON_CONTEXT.
 */
enum common_why common_password(struct arena *mem, struct str password, const struct str *context,
                                size_t n);

#endif
