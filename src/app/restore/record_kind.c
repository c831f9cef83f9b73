/* record_kind.c: see record_kind.h. */
#include "app/restore/record_kind.h"

#include <stdio.h>

#include "record.sql.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Every table of content; the tests compare with the schema. */
static const struct record_kind kinds[] = {
    {"address",        "company_id", " name1 name2 name3 address_name city country active version "},
    {"agency",         NULL,
     " agency_name street postal_code city country agency_phone agency_email zone lang "
     "project_scheme project_scope budget_warn department_0 department_1 department_2 "
     "department_3 department_4 department_5 department_6 department_7 department_8 "
     "department_9 raster_minutes week_minutes version "                                           },
    {"category",       NULL,         " sort_no name active billable price_group version "          },
    {"category_group", NULL,         " name "                                                      },
    {"company",        NULL,         " name code status tags price_group payment_days version "    },
    {"company_tag",    "company_id", " tag "                                                       },
    {"contact_filter", NULL,         " name "                                                      },
    {"person",         "company_id", " position department active locked version "                 },
    {"project",        NULL,
     " project_no project_no_addition name start_day end_day status active "
     "recurrence planned_minutes needed_minutes department_no is_template quick_info tags "
     "contract_no purchase_order_no version "                                                      },
    {"project_group",  NULL,         " name "                                                      },
    {"project_link",   "project_id", " name url "                                                  },
    {"project_tag",    "project_id", " tag "                                                       },
    {"project_user",   "project_id", " "                                                           },
    {"time_entry",     "project_id",
     " day minutes raw_minutes from_clock to_clock note billable invoiced version "                },
};

const struct record_kind *
record_kind_of(struct str table)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (str_eq(table, str_of(kinds[i].table))) {
            return &kinds[i];
        }
    }
    return NULL;
}

const struct record_kind *
record_kind_next(size_t *at)
{
    while (*at < COUNT_OF(kinds) && kinds[*at].of == NULL) {
        (*at)++;
    }
    return *at < COUNT_OF(kinds) ? &kinds[(*at)++] : NULL;
}

static const char *const kept = " changed_at changed_user_id created_at created_user_id name_key "
                                "note_fold search_text tag_key version via_api ";

static bool
has_word(const char *words, const char *column)
{
    char word[80];
    const int n = snprintf(word, sizeof(word), " %s ", column);
    return n > 0 && str_find(str_of(words), str_of(word), 0) != SIZE_MAX;
}

bool
record_kind_shows(const struct record_kind *k, const char *column)
{
    return has_word(k->open, column);
}

bool
record_kind_keeps(const char *column)
{
    return has_word(kept, column);
}

enum rc
record_name_parse(struct str text, struct err *err, struct record_name *ret_name)
{
    struct str table = STR("");
    int64_t id = 0;
    struct str rest = text;
    if (!str_cut(&rest, ':', &table) || record_kind_of(table) == NULL ||
        str_to_i64(rest, &id) != OK || id <= 0) {
        return fail(err, RC_INVALID, E_RESTORE_RECORD, "%.*s", STR_FMT(text));
    }
    *ret_name = (struct record_name){.table = table, .id = id};
    return OK;
}

/* A tag as it was written, a link's name, a person's. */
static enum rc
part_label(struct rtx *tx, const struct record_kind *k, int64_t key, struct str part,
           struct str *ret_words)
{
    struct record_part_words_row row;
    bool found = false;
    int64_t n = 0;
    (void)!str_to_i64(part, &n);
    TRY(record_part_words(tx, &(struct record_part_words_in){str_of(k->table), key, part, n}, &row,
                          &found));
    *ret_words = found ? row.label_text : STR("");
    return OK;
}

/* Of what has no name of its own: that of what it belongs to, which its key begins with. */
enum rc
record_label(struct rtx *tx, const struct record_kind *k, struct str key,
             struct record_label *ret_label)
{
    struct str first = STR("");
    struct record_words_row row;
    bool found = false;
    int64_t n = 0;
    struct str rest = key;
    (void)str_cut(&rest, ' ', &first);
    const bool joins = k->of != NULL && rest.n > 0;
    const struct str kind = !joins                             ? str_of(k->table)
                            : strcmp(k->of, "company_id") == 0 ? STR("company")
                                                               : STR("project");
    *ret_label = (struct record_label){.label = STR(""), .note = STR(""), .day = DAY_NONE};
    if (str_to_i64(first, &n) != OK) {
        return OK;
    }
    TRY(record_words(tx, &(struct record_words_in){.kind_text = kind, .key_count = n}, &row,
                     &found));
    if (found) {
        *ret_label = (struct record_label){row.label_text, row.note_text, row.label_day};
    }
    return joins ? part_label(tx, k, n, rest, &ret_label->note) : OK;
}
