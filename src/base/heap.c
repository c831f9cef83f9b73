/* heap.c: what is given back to the heap is overwritten first, whoever held it: our own code,
 * OpenSSL (the head of a request that it decrypted), jansson (a password of a command), SQLite. A
 * password is then in no memory image once its request has ended, however many libraries it went
 * through.
 *
 * The C library lets a program bring its own free() and realloc() and offers its own ones under
 * these names (glibc since 2.2.5); all calls in the process, also those of libraries, come here.
 * AddressSanitizer has a heap of its own: meson.build leaves this file out there. */
#include "base/str.h"

#include <malloc.h>

/* NOLINTBEGIN: the C library's own names */
extern void __libc_free(void *p);
/* NOLINTEND */

void
free(void *p)
{
    if (p != NULL) {
        explicit_bzero(p, malloc_usable_size(p));
        __libc_free(p);
    }
}

/* Grows by moving; what it leaves is overwritten as well. */
void *
realloc(void *p, size_t n)
{
    if (p == NULL) {
        return malloc(n);
    }
    if (n == 0) {
        free(p);
        return NULL;
    }
    const size_t had = malloc_usable_size(p);
    if (n <= had && n >= had / 2) {
        return p;
    }
    void *fresh = malloc(n);
    if (fresh != NULL) {
        memcpy(fresh, p, n < had ? n : had);
        free(p);
    }
    return fresh;
}
