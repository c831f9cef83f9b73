/* fill.h: what the files of the demo share. */
#ifndef DEMO_FILL_H
#define DEMO_FILL_H

#include "app/contact/contact.h"
#include "app/demo/demo.h"
#include "app/demo/words.h"
#include "app/project/project.h"
#include "app/time/time.h"

enum {
    FILL_COMPANIES_MAX = 200,
    FILL_PROJECTS_MAX = DEMO_PROJECTS_MAX,
    FILL_PEOPLE_MAX = DEMO_PEOPLE_MAX,
    FILL_CATEGORIES = 8
};

struct fill {
    struct wtx *tx;
    struct words words;    /* content: differs between the twins */
    struct dice shape;     /* how many, how long, when: the same in both */
    struct principal boss; /* books for everybody, on any day */
    struct day today;
    struct company_id company[FILL_COMPANIES_MAX];
    struct person_id person[FILL_COMPANIES_MAX]; /* one of each company */
    struct project_id project[FILL_PROJECTS_MAX];
    struct user_id people[FILL_PEOPLE_MAX]; /* those who book */
    struct category_id category[FILL_CATEGORIES];
    int32_t n_companies, n_projects, n_people;
    struct minutes raster; /* of the settings */
    struct demo_counts counts;
    struct demo_truth *truth;
};

/* One company with its address, second address and persons. name STR_NONE: an ordinary one. */
MUST enum rc fill_company(struct fill *f, struct str name);
/* One open project of a company; planned 0: no plan. */
MUST enum rc fill_project(struct fill *f, int32_t company, struct minutes planned);
/* One entry; the note is made up when it is STR_NONE. */
MUST enum rc fill_entry(struct fill *f, int32_t person, int32_t project, struct day day,
                        struct minutes minutes);
/* The same with everything given; `worked` is how long it was, however the form says it. */
MUST enum rc fill_entry_form(struct fill *f, struct time_form *form, struct minutes worked);
MUST enum rc fill_status(struct fill *f, int32_t project, enum project_status status);
/* Length of an ordinary entry: multiples of 15 minutes, 8 % odd ones. */
struct minutes fill_length(struct fill *f);
/* 3 to 12 words; 15 % empty, 1 % long ones up to TIME_NOTE_MAX. */
struct str fill_note(struct fill *f);

MUST enum rc fill_small(struct fill *f);
MUST enum rc fill_large(struct fill *f);

#endif
