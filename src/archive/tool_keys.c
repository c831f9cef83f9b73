/* tool_keys.c: kontor-archive key and public: a pair of keys, whose secret half is kept by people.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "archive/key.h"
#include "archive/tool.h"

enum { SHEET_MAX = 8192 };

/* --- reading ---------------------------------------------------------------------------------- */

/* The secret half in a file, whatever stands round it. */
static int
read_secret(const struct tool *t, const char *name, uint8_t ret_secret[static ARCHIVE_KEY])
{
    char text[SHEET_MAX];
    const int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return tool_refuse_file(t, name);
    }
    const ssize_t n = read(fd, text, sizeof(text));
    (void)close(fd);
    const enum rc rc =
        n < 0 ? RC_INVALID : archive_key_find((struct str){text, (size_t)n}, true, ret_secret);
    sodium_memzero(text, sizeof(text));
    if (rc != OK) {
        SAY(t, stderr, T_archive_key_form, name);
        return rc_exit(rc);
    }
    return 0;
}

int
tool_load_key(struct tool *t)
{
    if (t->key_file == NULL) {
        return 0;
    }
    const int status = read_secret(t, t->key_file, t->key);
    t->has_key = status == 0;
    return status;
}

static int
public_of(const struct tool *t, const char *name, uint8_t ret_public[static ARCHIVE_KEY])
{
    uint8_t secret[ARCHIVE_KEY];
    const int status = read_secret(t, name, secret);
    if (status == 0) {
        (void)crypto_scalarmult_base(ret_public, secret);
    }
    sodium_memzero(secret, sizeof(secret));
    return status;
}

int
tool_show_key(const struct tool *t)
{
    uint8_t public[ARCHIVE_KEY];
    char line[ARCHIVE_KEY_LINE + 1];
    const bool is_public = archive_key_parse(str_of(t->file), false, public) == OK;
    const int status = is_public ? 0 : public_of(t, t->file, public);
    if (status == 0) {
        archive_key_print(false, public, line);
        (void)fputs(line, stdout);
    }
    return status;
}

/* --- making ----------------------------------------------------------------------------------- */

/* In both languages: who needs it one day may not be who made it. */
static size_t
print_sheet(const char *secret, const char *public, char ret_text[static SHEET_MAX])
{
    static const enum lang langs[] = {LANG_DE, LANG_EN};
    size_t n = 0;
    for (size_t i = 0; i < sizeof(langs) / sizeof(langs[0]); i++) {
        const struct str s = text_get(T_archive_sheet, langs[i]);
        n += (size_t)snprintf(ret_text + n, SHEET_MAX - n, "%.*s\n\n", STR_FMT(s));
    }
    n += (size_t)snprintf(ret_text + n, SHEET_MAX - n, "%s%s", secret, public);
    return n;
}

static bool
write_all(int fd, const char *text, size_t n)
{
    return write(fd, text, n) == (ssize_t)n && (fd == STDOUT_FILENO || fsync(fd) == 0);
}

/* What was written is what will be read one day, or it is no key. */
static int
read_back(const struct tool *t, const uint8_t public[static ARCHIVE_KEY])
{
    uint8_t seen[ARCHIVE_KEY];
    const int status = public_of(t, t->file, seen);
    if (status == 0 && memcmp(seen, public, sizeof(seen)) != 0) {
        SAY(t, stderr, T_archive_key_form, t->file); /* uncovered: a bad medium */
        return rc_exit(RC_BROKEN);                   /* uncovered: the same */
    }
    return status;
}

static int
keep(const struct tool *t, const char *text, size_t n, const uint8_t public[static ARCHIVE_KEY])
{
    const int fd = open(t->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return tool_refuse_file(t, t->file);
    }
    const bool done = write_all(fd, text, n);
    (void)close(fd);
    return done ? read_back(t, public) : tool_refuse_file(t, t->file);
}

int
tool_make_key(const struct tool *t)
{
    uint8_t public[ARCHIVE_KEY];
    uint8_t secret[ARCHIVE_KEY];
    char line[2][ARCHIVE_KEY_LINE + 1]; /* public, secret */
    char text[SHEET_MAX];
    int status = 0;
    const bool shown = strcmp(t->file, "-") == 0;
    crypto_box_keypair(public, secret);
    archive_key_print(false, public, line[0]);
    archive_key_print(true, secret, line[1]);
    const size_t n = t->sheet ? print_sheet(line[1], line[0], text)
                              : (size_t)snprintf(text, sizeof(text), "%s", line[1]);
    if (!shown) {
        status = keep(t, text, n, public);
    }
    if (status == 0) {
        (void)fputs(line[0], stdout);
        if (shown) {
            (void)fwrite(text, 1, n, stdout);
        } else {
            SAY(t, stderr, T_archive_key_made, t->file);
        }
    }
    sodium_memzero(secret, sizeof(secret));
    sodium_memzero(line, sizeof(line));
    sodium_memzero(text, sizeof(text));
    return status;
}
