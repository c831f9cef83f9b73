/* import.h: contacts from a CSV file: what each row would do, and doing all of them or none.
 *
 * The dry run and the import are one function over the same rows; the import runs it dry first,
 * inside its own transaction, and writes nothing when rows have faults, unless the person was shown
 * exactly as many and leaves them out. What is there is never changed.
 *
 * A file waits as a draft of the person who uploaded it, in the workspace's own sealed database,
 * for a day at most. */
#ifndef CONTACT_IMPORT_H
#define CONTACT_IMPORT_H

#include "app/contact/import_compare.h"
#include "app/contact/import_row.h"

enum import_verdict {
    IMPORT_ALL,         /* in a view: rows of every verdict */
    IMPORT_NEW_COMPANY, /* with the address and the person of its row */
    IMPORT_NEW_ADDRESS, /* of a known company; perhaps with a new person */
    IMPORT_NEW_PERSON,  /* at a known address */
    IMPORT_KNOWN,       /* nothing to do */
    IMPORT_DIFFERENT,   /* nothing to do, but the file says something else than what is there */
    IMPORT_FAULT,
    IMPORT_VERDICTS
};
enum text import_verdict_text(enum import_verdict v);

struct import_counts {
    int64_t rows, verdict[IMPORT_VERDICTS];
    int64_t new_companies, new_addresses, new_persons;
};

/* One row as the page shows it; text in the transaction's arena. */
struct import_line {
    size_t line; /* of the file */
    enum import_verdict verdict;
    struct str company, person, city;
    const struct import_fault *faults;
    size_t n_faults;
    const struct import_difference *differences;
    size_t n_differences;
};
/* Which lines are wanted: those of one verdict (IMPORT_ALL: of every), from the from-th on, at most
 * max. faults_first: the first max ones with faults instead, when there are any. */
struct import_view {
    enum import_verdict only;
    int64_t from, max;
    bool faults_first;
};
struct import_result {
    struct import_counts counts;
    enum import_verdict only; /* which ones the lines are */
    const struct import_line *lines;
    size_t n_lines;
};

/* A draft with its file, read and mapped. */
struct import_draft {
    struct str file_name;
    struct import_map map;
    bool done;
    struct import_counts counts; /* of a done one */
    int64_t version;
    struct csv csv;
    const struct str *header; /* map.n, cleaned */
};

enum { IMPORT_KEEP_H = 24, IMPORT_DRAFTS_MAX = 5 };

/* Checks and keeps a file with the guessed mapping. RC_INVALID with field "file" when it is no CSV
 * file (E_CSV_…). Older drafts of the person beyond IMPORT_DRAFTS_MAX fall, as do expired ones. */
MUST enum rc import_add(struct wtx *tx, struct bytes file, struct str name,
                        struct import_id *ret_id);
/* RC_MISSING when there is none, or it has expired. */
MUST enum rc import_find(struct rtx *tx, struct import_id id, struct import_draft *ret_draft);
MUST enum rc import_change_map(struct wtx *tx, struct import_id id, const struct import_map *map,
                               int64_t version);
MUST enum rc import_drop(struct wtx *tx, struct import_id id);

MUST enum rc import_check(struct rtx *tx, const struct import_draft *draft,
                          const struct import_view *view, struct import_result *ret_result);
/* left_out is how many faulty rows the person saw and leaves out. RC_CONFLICT E_IMPORT_FAULTS when
 * another number of rows has faults, E_IMPORT_DONE when it was written already. */
MUST enum rc import_apply(struct wtx *tx, struct import_id id, int64_t version, int64_t left_out);

#endif
