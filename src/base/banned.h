/* banned.h: unsafe libc calls do not compile. Force-included (-include) into every file of ours. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* The system headers come first, so that only our own uses are hit. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#undef alloca
#undef setjmp
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok strtok_r
#pragma GCC poison atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime ctime_r asctime_r
#pragma GCC poison system popen alloca tmpnam mktemp tempnam
#pragma GCC poison setjmp vfork

/* libsodium, OpenSSL and libpng have parameters, members or macros of these names, so they cannot
 * be poisoned; calling them does not compile all the same. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
int rand(void) __attribute__((unavailable("use randombytes_buf")));
void srand(unsigned seed) __attribute__((unavailable("use randombytes_buf")));
long random(void) __attribute__((unavailable("use randombytes_buf")));
double drand48(void) __attribute__((unavailable("use randombytes_buf")));
void longjmp(jmp_buf env, int val) __attribute__((unavailable("return an enum rc")));
#pragma GCC diagnostic pop

#endif
