/* config.h: `key = value` files, one setting on each line, `#` for comments. The keys are rows of a
 * table; an unknown key, a key given twice or a value out of bounds is a fault with its line. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/str.h"

enum config_type { CONFIG_TEXT = 1, CONFIG_INT };

struct config_row {
    const char *name;
    enum config_type type;
    size_t off;       /* in the settings struct: char[max + 1] or int64_t */
    int64_t min, max; /* number: bounds; text: most bytes in max */
    const char *text; /* default of a text */
    int64_t number;   /* default of a number */
    bool reload;      /* read again on SIGHUP */
    const char *doc;
};

enum { CONFIG_ROWS_MAX = 64, CONFIG_FILE_MAX = 64 * 1024 };

struct config_fault {
    int line;         /* from 1; 0: not about a line */
    char key[48];     /* the key as written, cut; only letters, digits and _ are kept */
    const char *what; /* "unknown key", "given twice", "no =", "not a number", "out of bounds",
                         "too long", "control character", "too many lines" */
};

/* Sets every row to its default. */
void config_defaults(const struct config_row *rows, size_t n, void *data);
/* Parses text over data (defaults are the caller's). RC_INVALID with the first fault. */
MUST enum rc config_parse(struct str text, const struct config_row *rows, size_t n, void *data,
                          struct config_fault *ret_fault);

#endif
