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
#if __has_include(<sodium.h>)
#include <sodium.h> /* declares a function pointer named like one of the banned */
#endif

#undef alloca
#undef setjmp
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok strtok_r
#pragma GCC poison atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime ctime_r asctime_r
#pragma GCC poison system popen rand srand random drand48 alloca tmpnam mktemp tempnam
#pragma GCC poison setjmp longjmp vfork

#endif
