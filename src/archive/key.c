/* key.c: see key.h. */
#include "archive/key.h"

#include <sodium.h>

enum { LABEL = 24, CHECK = 8, HEX = 2 * ARCHIVE_KEY };

static const char secret_label[] = "kontor-archive-secret-1:";
static const char public_label[] = "kontor-archive-public-1:";

static void
checksum(const char *line, char ret_hex[static 2 * CHECK + 1])
{
    uint8_t sum[crypto_generichash_BYTES];
    crypto_generichash(sum, sizeof(sum), (const uint8_t *)line, LABEL + HEX, NULL, 0);
    hex_print(sum, CHECK, ret_hex);
}

void
archive_key_print(bool secret, const uint8_t key[static ARCHIVE_KEY],
                  char ret_line[static ARCHIVE_KEY_LINE + 1])
{
    memcpy(ret_line, secret ? secret_label : public_label, LABEL);
    hex_print(key, ARCHIVE_KEY, ret_line + LABEL);
    char check[2 * CHECK + 1];
    checksum(ret_line, check);
    ret_line[LABEL + HEX] = ':';
    memcpy(ret_line + LABEL + HEX + 1, check, 2 * CHECK);
    memcpy(ret_line + ARCHIVE_KEY_LINE - 1, "\n", 2);
}

enum rc
archive_key_parse(struct str line, bool secret, uint8_t ret_key[static ARCHIVE_KEY])
{
    char check[2 * CHECK + 1];
    if (line.n == ARCHIVE_KEY_LINE && line.p[line.n - 1] == '\n') {
        line.n--;
    }
    if (line.n != ARCHIVE_KEY_LINE - 1 ||
        memcmp(line.p, secret ? secret_label : public_label, LABEL) != 0 ||
        line.p[LABEL + HEX] != ':') {
        return RC_INVALID;
    }
    checksum(line.p, check);
    if (memcmp(line.p + LABEL + HEX + 1, check, 2 * CHECK) != 0) {
        return RC_INVALID;
    }
    return hex_parse(str_sub(line, LABEL, HEX), ret_key, ARCHIVE_KEY);
}

enum rc
archive_key_find(struct str text, bool secret, uint8_t ret_key[static ARCHIVE_KEY])
{
    struct str line;
    while (str_cut(&text, '\n', &line)) {
        if (archive_key_parse(str_trim(line), secret, ret_key) == OK) {
            return OK;
        }
    }
    return RC_INVALID;
}
