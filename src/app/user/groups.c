/* groups.c: groups and rights as pages show them: texts, the blocks of the matrix, single switches.
 */
#include "people.h"
#include "people_in.h"

enum text
user_group_text(enum group g)
{
    static const enum text texts[GROUP_COUNT] = {
        [GROUP_TIME_RECORDER_1] = T_group_time_recorder_1,
        [GROUP_TIME_RECORDER_2] = T_group_time_recorder_2,
        [GROUP_TEAM_LEADER] = T_group_team_leader,
        [GROUP_ADMINISTRATION] = T_group_administration,
        [GROUP_ADMINISTRATOR] = T_group_administrator,
        [GROUP_CRM_RECORDER] = T_group_crm_recorder,
        [GROUP_COST_RECORDER] = T_group_external_cost_recorder,
        [GROUP_OPERATOR] = T_group_operator,
    };

    return texts[g];
}

enum text
user_right_text(enum right r)
{
    char key[64];

    (void)snprintf(key, sizeof(key), "right.%s", right_name(r));
    return text_find(str_of(key));
}

/* The blocks follow the first word of a right's name: "project.write" is one of projects. */
static const struct {
    const char *words[4];
    enum text title;
} block_defs[] = {
    {{"contact.", "address."},        T_rights_contacts},
    {{"project.", "rate."},           T_rights_projects},
    {{"time.", "category."},          T_rights_times   },
    {{"user.", "setting.", "audit."}, T_rights_agency  },
};
const size_t n_right_blocks = COUNT(block_defs);

enum text
right_block_title(size_t block)
{
    return block_defs[block].title;
}

bool
right_is_in_block(enum right r, size_t block)
{
    for (size_t i = 0; i < COUNT(block_defs[block].words); i++) {
        const char *word = block_defs[block].words[i];
        if (word != NULL && str_starts(str_of(right_name(r)), str_of(word))) {
            return true;
        }
    }
    return false;
}

bool
right_is_switchable(enum right r)
{
    return (user_switchable_rights() >> (unsigned)r & 1u) != 0;
}

/* --- single switches of one person ----------------------------------------------------------- */
static struct right_row
right_row(struct arena *mem, const struct user_find_row *u, enum right r)
{
    const uint64_t bit = UINT64_C(1) << (unsigned)r;

    return (struct right_row){.text = user_right_text(r),
                              .field = arena_fmt(mem, "right_%u", (unsigned)r),
                              .preset = (group_rights((enum group)u->group_no) & bit) != 0,
                              .plus = ((uint64_t)u->right_plus & bit) != 0,
                              .minus = ((uint64_t)u->right_minus & bit) != 0};
}

void
fill_right_blocks(struct arena *mem, const struct user_find_row *u, struct user_page *d)
{
    struct right_block *blocks = ARENA_ARRAY(mem, struct right_block, n_right_blocks);

    for (size_t b = 0; b < n_right_blocks; b++) {
        struct right_row *rows = ARENA_ARRAY(mem, struct right_row, RIGHT_COUNT);
        size_t n = 0;
        for (unsigned r = RIGHT_TICKET + 1; r < RIGHT_COUNT; r++) {
            if (right_is_switchable((enum right)r) && right_is_in_block((enum right)r, b)) {
                rows[n++] = right_row(mem, u, (enum right)r);
            }
        }
        blocks[b] = (struct right_block){right_block_title(b), rows, n};
    }
    d->blocks = blocks;
    d->n_blocks = n_right_blocks;
}

/* --- the matrix ------------------------------------------------------------------------------ */
/* From most to least. Operators live in the console alone. */
static const enum group matrix_groups[] = {
    GROUP_ADMINISTRATOR,   GROUP_ADMINISTRATION, GROUP_TEAM_LEADER,   GROUP_TIME_RECORDER_2,
    GROUP_TIME_RECORDER_1, GROUP_CRM_RECORDER,   GROUP_COST_RECORDER,
};

static struct group_line
matrix_line(struct arena *mem, enum right r)
{
    struct group_cell *cells = ARENA_ARRAY(mem, struct group_cell, COUNT(matrix_groups));

    for (size_t i = 0; i < COUNT(matrix_groups); i++) {
        cells[i] =
            (struct group_cell){.yes = (group_rights(matrix_groups[i]) >> (unsigned)r & 1u) != 0,
                                .group = user_group_text(matrix_groups[i])};
    }
    return (struct group_line){user_right_text(r), cells, COUNT(matrix_groups)};
}

static void
fill_matrix(struct arena *mem, struct groups_page *d)
{
    struct group_block *blocks = ARENA_ARRAY(mem, struct group_block, n_right_blocks);

    for (size_t b = 0; b < n_right_blocks; b++) {
        struct group_line *lines = ARENA_ARRAY(mem, struct group_line, RIGHT_COUNT);
        size_t n = 0;
        for (unsigned r = RIGHT_TICKET + 1; r < RIGHT_COUNT; r++) {
            if (right_is_in_block((enum right)r, b)) {
                lines[n++] = matrix_line(mem, (enum right)r);
            }
        }
        blocks[b] = (struct group_block){right_block_title(b), lines, n};
    }
    d->blocks = blocks;
    d->n_blocks = n_right_blocks;
}

enum rc
fill_groups_page(struct arena *mem, struct rtx *tx, struct groups_page *d)
{
    struct group_column *columns = ARENA_ARRAY(mem, struct group_column, COUNT(matrix_groups));
    struct user_per_group_row *rows;
    size_t n;

    TRY(user_per_group(tx, &rows, &n));
    for (size_t i = 0; i < COUNT(matrix_groups); i++) {
        columns[i].text = user_group_text(matrix_groups[i]);
        for (size_t k = 0; k < n; k++) {
            if (rows[k].group_no == (int64_t)matrix_groups[i]) {
                columns[i].people = rows[k].user_count;
            }
        }
    }
    d->columns = columns;
    d->n_columns = COUNT(matrix_groups);
    d->width = (int64_t)COUNT(matrix_groups) + 1;
    fill_matrix(mem, d);
    return OK;
}

/* Which groups somebody may be put into: an operator's people are operators. */
void
fill_group_options(struct req *rq, bool console, struct user_page *d)
{
    struct option *v = ARENA_ARRAY(req_mem(rq), struct option, COUNT(matrix_groups) + 1);
    size_t n = 0;

    for (size_t i = 0; i < (console ? 1 : COUNT(matrix_groups)); i++) {
        const enum group g = console ? GROUP_OPERATOR : matrix_groups[COUNT(matrix_groups) - 1 - i];
        v[n++] = (struct option){.value = arena_fmt(req_mem(rq), "%d", (int)g),
                                 .label = page_text(req_page(rq), user_group_text(g), STR_NONE)};
    }
    d->groups = v;
    d->n_groups = n;
}
