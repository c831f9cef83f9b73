/* conf_fuzz.c: any text is a set of settings within the bounds of config.def, or one fault with a
 * line and a reason. */
#include <assert.h>

#include "proc/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct conf c;
    struct config_fault f = {0};
    config_defaults(conf_rows, conf_n_rows, &c);
    if (config_parse((struct str){(const char *)p, n}, conf_rows, conf_n_rows, &c, &f) != OK) {
        assert(f.what != NULL && strnlen(f.key, sizeof f.key) < sizeof f.key);
        return 0;
    }
    for (size_t i = 0; i < conf_n_rows; i++) {
        const struct config_row *r = &conf_rows[i];
        const char *at = (const char *)&c + r->off;
        if (r->type == CONFIG_INT) {
            int64_t v;
            memcpy(&v, at, sizeof v);
            assert(v >= r->min && v <= r->max);
        } else {
            assert(strnlen(at, (size_t)r->max + 1) <= (size_t)r->max);
        }
    }
    return 0;
}
