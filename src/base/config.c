/* config.c: a line-by-line parser without state between lines but the set of keys already seen. */
#include "base/config.h"

#include <stdlib.h>

void
config_defaults(const struct config_row *rows, size_t n, void *data)
{
    for (size_t i = 0; i < n; i++) {
        char *at = (char *)data + rows[i].off;
        if (rows[i].type == CONFIG_INT) {
            memcpy(at, &rows[i].number, sizeof rows[i].number);
        } else {
            memset(at, 0, (size_t)rows[i].max + 1);
            memcpy(at, rows[i].text, strlen(rows[i].text));
        }
    }
}

static enum rc
fault(struct config_fault *f, int line, struct str key, const char *what)
{
    *f = (struct config_fault){.line = line, .what = what};
    size_t n = 0;
    for (size_t i = 0; i < key.n && n < sizeof f->key - 1; i++) {
        char c = key.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '_') {
            f->key[n++] = c;
        }
    }
    return RC_INVALID;
}

static const char *
set_value(const struct config_row *row, struct str value, void *data)
{
    char *at = (char *)data + row->off;
    if (row->type == CONFIG_INT) {
        int64_t n;
        if (str_to_i64(value, &n) != OK) {
            return "not a number";
        }
        if (n < row->min || n > row->max) {
            return "out of bounds";
        }
        memcpy(at, &n, sizeof n);
        return NULL;
    }
    if (value.n > (size_t)row->max) {
        return "too long";
    }
    for (size_t i = 0; i < value.n; i++) {
        if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7f) {
            return "control character";
        }
    }
    memset(at, 0, (size_t)row->max + 1);
    memcpy(at, value.p, value.n);
    return NULL;
}

static size_t
find_row(const struct config_row *rows, size_t n, struct str key)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(str_of(rows[i].name), key)) {
            return i;
        }
    }
    return n;
}

enum rc
config_parse(struct str text, const struct config_row *rows, size_t n, void *data,
             struct config_fault *ret_fault)
{
    bool seen[CONFIG_ROWS_MAX] = {false};
    struct str line;
    int number = 0;
    if (text.n > CONFIG_FILE_MAX || n > CONFIG_ROWS_MAX) {
        return fault(ret_fault, 0, STR_NONE, "too many lines");
    }
    while (str_cut(&text, '\n', &line)) {
        number++;
        line = str_trim(line);
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        struct str value = line;
        struct str key;
        (void)str_cut(&value, '=', &key);
        key = str_trim(key);
        if (value.p == NULL) {
            return fault(ret_fault, number, key, "no =");
        }
        size_t i = find_row(rows, n, key);
        if (i == n) {
            return fault(ret_fault, number, key, "unknown key");
        }
        if (seen[i]) {
            return fault(ret_fault, number, key, "given twice");
        }
        seen[i] = true;
        const char *what = set_value(&rows[i], str_trim(value), data);
        if (what != NULL) {
            return fault(ret_fault, number, key, what);
        }
    }
    return OK;
}
