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

static enum rc
add_stock(struct fill *f)
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
    return OK;
}

/* The less an index is worked on, the more of them are over. */
static enum rc
set_statuses(struct fill *f)
{
    static const struct {
        uint32_t below;
        enum project_status status;
    } shares[] = {
        {45,  PROJECT_COMPLETED},
        {52,  PROJECT_INVOICING},
        {57,  PROJECT_READY    },
        {60,  PROJECT_CANCELLED},
        {100, PROJECT_OPEN     },
    };

    for (int32_t i = PROJECTS / 4; i < PROJECTS; i++) {
        uint32_t n = dice_below(&f->shape, 100);
        size_t k = 0;

        while (n >= shares[k].below) {
            k++;
        }
        if (shares[k].status != PROJECT_OPEN) {
            TRY(fill_status(f, i, shares[k].status));
        }
    }
    return OK;
}

enum rc
fill_large(struct fill *f)
{
    TRY(add_stock(f));
    for (int i = 0; i < ENTRIES; i++) {
        int32_t person = i % f->n_people;
        struct day day = working_day(f->today, i / (f->n_people * PER_DAY));

        TRY(fill_entry(f, person, (int32_t)dice_zipf(&f->shape, PROJECTS), day, fill_length(f)));
    }
    return set_statuses(f);
}
