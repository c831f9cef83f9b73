/* refused: selector of type 'double' is not compatible */
#include "base/field.h"
struct sample_form {
    struct money price;
    double wrong;
};
extern const struct field fields[];
const struct field fields[] = {
#ifdef GOOD
    FIELD(struct sample_form, price, T_button_add),
#else
    FIELD(struct sample_form, wrong, T_button_add),
#endif
};
