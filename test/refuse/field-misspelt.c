/* refused: has no member named 'prize' */
#include "base/field.h"
struct sample_form {
    struct money price;
};
extern const struct field fields[];
const struct field fields[] = {
#ifdef GOOD
    FIELD(struct sample_form, price, T_button_add),
#else
    FIELD(struct sample_form, prize, T_button_add),
#endif
};
