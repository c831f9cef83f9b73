/* spoil.h: a disk that lets a bit tip over in a page of a closed store. */
#ifndef TEST_SPOIL_H
#define TEST_SPOIL_H

#include <fcntl.h>
#include <unistd.h>

static void
spoil_page(const char *path, int64_t page)
{
    const off_t at = (off_t)(page - 1) * 4096 + 1000;
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    uint8_t b;
    assert_int_equal(pread(fd, &b, 1, at), 1);
    b ^= 0x10;
    assert_int_equal(pwrite(fd, &b, 1, at), 1);
    close(fd);
}

/* The first page of a table: a statement for whoever can ask the store. */
#define SPOIL_ROOT_OF "SELECT rootpage FROM sqlite_schema WHERE name = '%s'"

#endif
