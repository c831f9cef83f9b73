/* import_book.h: the companies, addresses and persons that are there, by what a file can know of
 * them. New ones of the same file are put in as they come, so that a second row finds them. */
#ifndef CONTACT_IMPORT_BOOK_H
#define CONTACT_IMPORT_BOOK_H

#include "app/contact/import_row.h"

/* A folded text with its hash: a long chain is walked by comparing numbers. */
struct book_key {
    struct str s;
    uint64_t hash;
};
struct book_person {
    struct person_id id; /* 0: planned only */
    struct book_key name, last_name, email;
    struct book_person *next;
};
struct book_address {
    struct address_id id; /* 0: planned only */
    struct book_key postal_code, city, street;
    struct book_address *next;
};
struct book_company {
    struct company_id id; /* 0: planned only */
    struct book_key name, code;
    struct book_address *addresses, *last_address; /* in the order of their ids */
    struct book_person *persons;
    struct book_company *same_name, *same_code, *next; /* chains of the two tables; order of ids */
};
enum { BOOK_SLOTS = 32768, BOOK_COMPANIES_MAX = 100000, BOOK_BYTES_MAX = 64 * 1024 * 1024 };
struct book {
    struct arena *mem, *fold; /* fold: for what folding leaves behind; reset after each text */
    struct book_company **by_name, **by_code; /* BOOK_SLOTS chains each */
    struct book_company *first, *last;
    size_t n_companies;
};

/* Everything of the workspace; RC_LIMIT above BOOK_COMPANIES_MAX, or when it is full. mem, of
 * BOOK_BYTES_MAX, must outlive the book. */
MUST enum rc book_load(struct book *b, struct arena *mem, struct arena *fold, struct rtx *tx);
/* True when the next row might not fit any more. */
bool book_is_full(const struct book *b);

/* The company that a row means: the one with its short code; else of the same name and a town or
 * postal code in common (one without an address fits every place). A row without a place means the
 * only one of that name; *ret_ambiguous when there are several. NULL: none. */
struct book_company *book_find_company(const struct book *b, struct arena *scratch,
                                       const struct import_row *row, bool *ret_ambiguous);
/* The company's address that the row means: equal as far as both say something. NULL: none. A row
 * without an address means the first one. */
struct book_address *book_find_address(const struct book_company *c, struct arena *scratch,
                                       const struct import_row *row);
/* Of the same full name; or of the same last name and e-mail address. */
struct book_person *book_find_person(const struct book_company *c, struct arena *scratch,
                                     const struct import_row *row);
/* Put in what a row plans; copied into the book's memory. */
struct book_company *book_add_company(struct book *b, struct company_id id, struct str name,
                                      struct str code);
struct book_address *book_add_address(struct book *b, struct book_company *c, struct address_id id,
                                      struct str postal_code, struct str city, struct str street,
                                      struct str street_no);
struct book_person *book_add_person(struct book *b, struct book_company *c, struct person_id id,
                                    struct str first_name, struct str last_name, struct str email);

#endif
