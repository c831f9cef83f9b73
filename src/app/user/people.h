/* people.h: the pages in which administrators look after people. */
#ifndef APP_USER_PEOPLE_H
#define APP_USER_PEOPLE_H

#include "account.h"

struct group_form {
    int64_t group_no, version;
};
extern const struct form_def group_form_def;
/* Single switches; the fields right_<number> are generated: "", "plus" or "minus". */
struct rights_form {
    int64_t version;
};
extern const struct form_def rights_form_def;

/* Locking and unlocking, from the page that the administrator has seen. */
struct state_form {
    int64_t version;
};
extern const struct form_def state_form_def;

get_fn people_get, user_get, user_get_new, groups_get;
fresh_fn user_wants_proof;
post_fn user_post_add, user_post_change, user_post_group, user_post_rights, user_post_lock,
    user_post_unlock, user_post_invite, user_post_sign_out, user_post_reset;

/* --- what the pages show --------------------------------------------------------------------- */
struct people_row {
    struct user_id id;
    struct str name, login, initials;
    enum text group;
    struct minutes week;
    struct instant last_login_at;
    bool has_factor, factor_missing, has_switches;
    int64_t state;
};
/* Somebody whose second factor is to be reset (ladder.h). */
struct people_reset {
    struct user_id id;
    struct str name;
};
struct people_page {
    const struct people_reset *resets;
    size_t n_resets;
    const struct people_row *rows;
    size_t n_rows;
    int64_t without_factor; /* who must have one and has none yet */
};
struct right_row {
    enum text text;
    struct str field;
    bool preset, plus, minus;
};
struct right_block {
    enum text title;
    const struct right_row *rights;
    size_t n_rights;
};
struct user_page {
    struct user_id id;
    bool is_new, is_self, is_active, is_invited, is_locked, has_password, can_reset;
    struct str name, login;
    enum text group;
    struct user_form form;
    struct group_form group_form;
    struct rights_form rights_form;
    struct state_form state_form;
    const struct option *groups;
    size_t n_groups;
    const struct right_block *blocks;
    size_t n_blocks;
    struct instant invited_until, last_login_at;
    int64_t factors, sessions;
    int64_t version;
    struct stale_view stale;
    struct url to;
};
struct invited_page {
    struct str name, link;
    struct instant until;
    struct user_id id;
};
struct group_column {
    enum text text;
    int64_t people;
};
struct group_cell {
    bool yes;
    enum text group;
};
struct group_line {
    enum text text;
    const struct group_cell *cells;
    size_t n_cells;
};
struct group_block {
    enum text title;
    const struct group_line *lines;
    size_t n_lines;
};
struct groups_page {
    const struct group_column *columns;
    size_t n_columns;
    int64_t width;
    const struct group_block *blocks;
    size_t n_blocks;
};

#endif
