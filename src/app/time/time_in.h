/* time_in.h: what the files of this folder share and nobody else sees. */
#ifndef APP_TIME_TIME_IN_H
#define APP_TIME_TIME_IN_H

#include "app/time/time.h"
#include "time.sql.h"

/* What one entry comes to. */
struct time_amount {
    struct minutes raw, billed;
    bool is_free; /* no raster held */
};

void time_form_of_row(const struct time_find_row *e, struct time_form *ret);

/* Routes of the folder's other web files, gathered in time_web.c. */
extern const struct route timer_routes[];
extern const size_t n_timer_routes;

#endif
