/* dice.h: random numbers of the demo: the same seed gives the same agency on every machine. Whole
 * numbers only (splitmix64); nothing here is fit for secrets. */
#ifndef DEMO_DICE_H
#define DEMO_DICE_H

#include <stddef.h>
#include <stdint.h>

/* Each stream has its own dice, so that one can grow without moving the others. */
struct dice {
    uint64_t state;
};
struct dice dice_new(uint64_t seed, uint64_t stream);
uint64_t dice_roll(struct dice *d);
/* 0 … n - 1, evenly; n > 0. */
uint32_t dice_below(struct dice *d, uint32_t n);
/* from … to, evenly, both included. */
int32_t dice_between(struct dice *d, int32_t from, int32_t to);
/* True in so many of a hundred cases. */
int dice_percent(struct dice *d, uint32_t percent);
/* index = n · u^2.2 of an even u in [0, 1): 0 … n - 1, small ones far more often (few projects
 * carry most of the hours). */
uint32_t dice_zipf(struct dice *d, uint32_t n);

#endif
