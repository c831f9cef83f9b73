/* import_map.h: which column of a CSV file is which field. Header names of common exports in German
 * and English are known; a person corrects the guess on a page. */
#ifndef CONTACT_IMPORT_MAP_H
#define CONTACT_IMPORT_MAP_H

#include "app/contact/csv.h"
#include "base/field.h"

/* What a column may be besides a field of a form. */
enum import_special {
    SPECIAL_NONE,      /* the field `name` of the form of `level` */
    SPECIAL_FULL_NAME, /* "Dr. Onno Petersen", "Petersen, Onno" */
    SPECIAL_DEGREE,    /* "Dr.", joins the salutation */
    SPECIAL_PLACE      /* "24103 Kiel" */
};
enum import_level { LEVEL_COMPANY, LEVEL_ADDRESS, LEVEL_PERSON };

struct import_target {
    const char *key; /* "company.name"; kept with drafts and in the template's example */
    enum import_level level;
    enum import_special special;
    const char *field; /* member of the level's form; NULL for specials */
    enum text label;
    const char *aliases; /* header names as header_key() gives them, best first, '|' between */
};
extern const struct import_target import_targets[];
extern const size_t n_import_targets;
enum { IMPORT_TARGETS_MAX = 96 };

/* Target of each column; IMPORT_SKIP leaves a column out. */
enum { IMPORT_SKIP = -1 };
struct import_map {
    int16_t target[CSV_COLUMNS_MAX];
    size_t n; /* columns */
};

/* Only a-z and 0-9 of the folded text: "E-Mail-Adresse" is "emailadresse", "Straße" is "strasse".
 */
struct str header_key(struct arena *mem, struct str header);
/* The best guess by names alone; no target twice. */
void import_guess(struct arena *mem, const struct str *header, size_t n,
                  struct import_map *ret_map);

/* "company.name,,address.city"; and back, for n columns: an unknown key is RC_INVALID. */
struct str import_map_print(struct arena *mem, const struct import_map *map);
MUST enum rc import_map_parse(struct str s, size_t n, struct import_map *ret_map);
/* IMPORT_SKIP for "", RC_INVALID for a key that does not exist. */
MUST enum rc import_target_find(struct str key, int16_t *ret_target);
/* The target of a field of a form, IMPORT_SKIP when no column may fill it. */
int16_t import_target_of(enum import_level level, const char *field);
/* Column of a target by level and field or special; SIZE_MAX when no column has it. */
size_t import_column(const struct import_map *map, enum import_level level, const char *field);
size_t import_column_special(const struct import_map *map, enum import_special special);

/* E_IMPORT_TWICE with the column that has another column's target, E_IMPORT_NO_NAME when neither a
 * company nor a person can come of it; E_NONE when the map will do. */
enum code import_map_check(const struct import_map *map, size_t *ret_column);

#endif
