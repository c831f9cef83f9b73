/* large.c: profile P: the size at which other programs were measured. */
#include "app/demo/fill.h"

enum { COMPANIES = 200, PROJECTS = 1000, ENTRIES = 50000, PER_DAY = 5 };

/* The i-th working day back from today. */
static struct day
working_day(struct day today, int32_t i)
{
    int32_t monday = today.n - (day_weekday(today) - 1);

    return (struct day){monday - 7 * (1 + i / 5) + i % 5};
}

enum rc
fill_large(struct fill *f)
{
    for (int i = 0; i < COMPANIES; i++) {
        TRY(fill_company(f, words_hard_company(&f->words, (size_t)i)));
    }
    for (int i = 0; i < PROJECTS; i++) {
        int32_t company = (int32_t)dice_zipf(&f->shape, COMPANIES);
        int32_t hours = dice_between(&f->shape, 8, 400);

        TRY(fill_project(f, company,
                         (struct minutes){dice_percent(&f->shape, 80) ? hours * 60 : 0}));
    }
    for (int i = 0; i < ENTRIES; i++) {
        int32_t person = i % f->n_people;
        struct day day = working_day(f->today, i / (f->n_people * PER_DAY));

        TRY(fill_entry(f, person, (int32_t)dice_zipf(&f->shape, PROJECTS), day, fill_length(f)));
    }
    /* The less an index is worked on, the more of them are over. */
    for (int32_t i = PROJECTS / 4; i < PROJECTS; i++) {
        uint32_t n = dice_below(&f->shape, 100);

        if (n < 60) {
            TRY(fill_status(f, i,
                            n < 45   ? PROJECT_COMPLETED
                            : n < 52 ? PROJECT_INVOICING
                            : n < 57 ? PROJECT_READY
                                     : PROJECT_CANCELLED));
        }
    }
    return OK;
}
