/* make.c: an archive for tests of kontor-archive: `make OUT SIZE PUBLIC-LINE PUBLIC-LINE`. Prints
 * the signer's public key. */
#include <assert.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "archive/key.h"
#include "archive/rig.h"

int
main(int argc, char **argv)
{
    static struct keys k;
    char hex[65];
    if (argc != 5 || sodium_init() < 0) {
        return 2;
    }
    keys_make(&k, 1);
    if (archive_key_parse(str_of(argv[3]), false, k.public[0]) != OK ||
        archive_key_parse(str_of(argv[4]), false, k.public[1]) != OK) {
        return 3;
    }
    struct bag b = rig_archive(&k, 42, (size_t)strtoul(argv[2], NULL, 10), 9);
    FILE *f = fopen(argv[1], "wbe");
    if (f == NULL || fwrite(b.p, 1, b.n, f) != b.n || fclose(f) != 0) {
        return 4;
    }
    hex_print(k.signer, sizeof(k.signer), hex);
    (void)printf("%s\n", hex);
    bag_free(&b);
    return 0;
}
