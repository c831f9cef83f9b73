/* tar.c: see tar.h. */
#include "base/tar.h"

#include <stdio.h>

/* Where the fields of a head stand. */
enum {
    NAME = 0,
    MODE = 100,
    USER = 108,
    GROUP = 116,
    SIZE = 124,
    TIME = 136,
    SUM = 148,
    TYPE = 156,
    MAGIC = 257
};

static void
put_octal(uint8_t *at, int digits, int64_t n)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%0*llo", digits, (unsigned long long)n);
    memcpy(at, text, (size_t)digits);
}

enum rc
tar_head(const char *name, int64_t size, int64_t unix_seconds, uint8_t ret_block[static TAR_BLOCK])
{
    unsigned sum = 0;
    if (strlen(name) > TAR_NAME_MAX || size < 0 || size > TAR_SIZE_MAX || unix_seconds < 0 ||
        unix_seconds > TAR_SIZE_MAX) {
        return RC_LIMIT;
    }
    memset(ret_block, 0, TAR_BLOCK);
    memcpy(ret_block + NAME, name, strlen(name));
    put_octal(ret_block + MODE, 7, 0600);
    put_octal(ret_block + USER, 7, 0);
    put_octal(ret_block + GROUP, 7, 0);
    put_octal(ret_block + SIZE, 11, size);
    put_octal(ret_block + TIME, 11, unix_seconds);
    memset(ret_block + SUM, ' ', 8);
    ret_block[TYPE] = '0';
    memcpy(ret_block + MAGIC,
           "ustar\0"
           "00",
           8);
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        sum += ret_block[i];
    }
    put_octal(ret_block + SUM, 6, sum);
    ret_block[SUM + 6] = '\0';
    return OK;
}

size_t
tar_fill(int64_t size)
{
    return (size_t)(TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}
