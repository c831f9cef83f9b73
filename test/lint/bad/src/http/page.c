/* page.c: markup and routes by hand. */
struct html a = (struct html){s};
struct url u = (struct url){s};
const struct route r = {.right = 0};
const char *text = "Bitte melden Sie sich an";
