/* import_row.h: one row of a CSV file as the three forms it fills. Knows no store: what is already
 * there is import.c's question. */
#ifndef CONTACT_IMPORT_ROW_H
#define CONTACT_IMPORT_ROW_H

#include "app/contact/contact.h"
#include "app/contact/import_map.h"

/* What is wrong with a row, and where. */
struct import_fault {
    struct str column; /* header of the column; "" when no column has this field */
    enum text label;   /* of the field; T_NONE when the row as a whole is meant */
    enum code code;
    struct str arg;
};
enum { IMPORT_ROW_FAULTS = 40 };

struct import_row {
    size_t line;
    struct company_form company;
    struct address_form address;
    struct person_form person; /* without address_id */
    bool has_address, has_person;
    bool has[IMPORT_TARGETS_MAX]; /* a cell with something in it was for this target */
    struct import_fault faults[IMPORT_ROW_FAULTS];
    size_t n_faults;
};

/* What a walk over the rows needs to know of the file. */
struct import_columns {
    const struct import_map *map;
    const struct str *header; /* map->n, cleaned */
};

/* Fills the forms from the reader's row by the same field tables as the pages, then derives what
 * files leave out: the name of a private person as company, "24103 Kiel" and "Am Kai 3b" in two
 * parts, full names with their titles, an e-mail address without a person as the company's. All
 * faults at once. Text lives in mem. */
void import_row_read(struct arena *mem, const struct csv_reader *rd,
                     const struct import_columns *columns, struct import_row *ret_row);
/* One more fault; those above IMPORT_ROW_FAULTS are dropped. field NULL: the row as a whole. */
void import_row_fault(struct import_row *row, const struct import_columns *columns,
                      enum import_level level, const char *field, enum code code, struct str arg);
/* True when a cell of the file itself filled this field. */
bool import_row_has(const struct import_row *row, enum import_level level, const char *field);

#endif
