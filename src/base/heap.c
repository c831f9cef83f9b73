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
free(void *ptr)
{
    if (ptr != NULL) {
        explicit_bzero(ptr, malloc_usable_size(ptr));
        __libc_free(ptr);
    }
}

/* Grows by moving; what it leaves is overwritten as well. */
void *
realloc(void *ptr, size_t size)
{
    if (ptr == NULL) {
        return malloc(size);
    }
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    const size_t had = malloc_usable_size(ptr);
    if (size <= had && size >= had / 2) {
        return ptr;
    }
    void *fresh = malloc(size);
    if (fresh != NULL) {
        memcpy(fresh, ptr, size < had ? size : had);
        free(ptr);
    }
    return fresh;
}
