/* replay.c: a plain main for a fuzz harness: runs it over every file of the corpus folders named on
 * the command line, in TAP. A crash or a sanitizer report ends the program, and so the test. */
#include <dirent.h>
#include <inttypes.h>
#include <stdint.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

static int
replay_file(const char *dir, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return 1;
    }
    uint8_t *whole = malloc(INPUT_MAX);
    size_t n = whole != NULL ? fread(whole, 1, INPUT_MAX, f) : 0;
    (void)fclose(f);
    /* An allocation of exactly n bytes lets the sanitizer see the first byte read too far. */
    uint8_t *data = malloc(n + (n == 0));
    if (whole == NULL || data == NULL) {
        abort();
    }
    memcpy(data, whole, n);
    free(whole);
    (void)LLVMFuzzerTestOneInput(data, n);
    free(data);
    return 0;
}

int
main(int argc, char **argv)
{
    int failed = 0;
    int count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);
        if (dir == NULL) {
            perror(argv[i]);
            return 1;
        }
        for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
            if (e->d_name[0] == '.') {
                continue;
            }
            int bad = replay_file(argv[i], e->d_name);
            count++;
            failed += bad;
            (void)printf("%sok %d - %s\n", bad != 0 ? "not " : "", count, e->d_name);
        }
        (void)closedir(dir);
    }
    (void)printf("1..%d\n", count);
    return failed != 0 || count == 0;
}
