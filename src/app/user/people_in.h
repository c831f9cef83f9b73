/* people_in.h: what groups.c gives to people_web.c. */
#ifndef APP_USER_PEOPLE_IN_H
#define APP_USER_PEOPLE_IN_H

#include "people.h"

extern const size_t n_right_blocks;
enum text right_block_title(size_t block);
bool right_is_in_block(enum right r, size_t block);
bool right_is_switchable(enum right r);
void fill_right_blocks(struct arena *mem, const struct user_find_row *u, struct user_page *d);
MUST enum rc fill_groups_page(struct arena *mem, struct rtx *tx, struct groups_page *d);
void fill_group_options(struct req *rq, bool console, struct user_page *d);

#endif
