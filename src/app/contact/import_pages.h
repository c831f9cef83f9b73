/* import_pages.h: what the pages of an import are given, and its forms. */
#ifndef CONTACT_IMPORT_PAGES_H
#define CONTACT_IMPORT_PAGES_H

#include "app/contact/import.h"
#include "app/contact/pages.h"

#include "import.sql.h"

struct import_upload_form {
    bool unused; /* the file itself is req_file() */
};
struct import_map_form {
    int64_t version; /* the columns' choices are c0, c1 … */
};
struct import_apply_form {
    int64_t version;
    bool leave_out;   /* the rows with faults */
    int64_t n_faulty; /* as many as the page showed */
};
extern const struct form_def import_upload_form_def, import_map_form_def, import_apply_form_def;

struct import_start_page {
    struct str fault; /* of the file; "" */
    const struct import_drafts_row *drafts;
    size_t n_drafts;
};

/* One column on the mapping page: its header, what stands in it, and what it is taken for. */
struct import_choice {
    struct str key, label;
    bool selected;
};
struct import_group {
    enum text label;
    const struct import_choice *choices;
    size_t n_choices;
};
struct import_column {
    size_t no; /* from 0: the name of the select is c<no> */
    struct str header;
    const struct str *samples;
    size_t n_samples;
    const struct import_group *groups;
    size_t n_groups;
    struct str fault; /* "" */
};
struct import_map_page {
    struct import_id id;
    struct str file_name;
    int64_t rows, version;
    enum text encoding, separator;
    const struct import_column *columns;
    size_t n_columns;
    struct str fault; /* of the mapping as a whole; "" */
};

struct import_tab {
    enum text label;
    int64_t n;
    struct url to;
    bool current;
};
struct import_line_fault {
    struct str column, text;
};
struct import_line_item {
    int64_t line;
    enum text verdict;
    struct str verdict_class, company, person, city;
    const struct import_line_fault *faults;
    size_t n_faults;
    const struct import_difference *differences;
    size_t n_differences;
};
struct import_check_page {
    struct import_id id;
    struct str file_name;
    struct import_counts counts;
    int64_t n_faulty, n_known, version;
    bool can_apply; /* there is something to do */
    const struct import_tab *tabs;
    size_t n_tabs;
    const struct import_line_item *rows;
    size_t n_rows;
    struct list_foot foot;
    struct str fault; /* why the last try was refused; "" */
};
struct import_result_page {
    struct str file_name;
    struct import_counts counts;
    int64_t n_known, n_left;
};

#endif
