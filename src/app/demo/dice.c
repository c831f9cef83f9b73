/* dice.c: see dice.h. */
#include "app/demo/dice.h"

uint64_t
dice_roll(struct dice *d)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

struct dice
dice_new(uint64_t seed, uint64_t stream)
{
    struct dice d = {seed};

    d.state = dice_roll(&d) ^ stream * 0xda942042e4dd58b5u;
    return d;
}

/* The upper half of the product: even but for 2^-32, which no demo notices. */
static uint64_t
mul_high(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 64);
}

uint32_t
dice_below(struct dice *d, uint32_t n)
{
    return (uint32_t)mul_high(dice_roll(d), n);
}

int32_t
dice_between(struct dice *d, int32_t from, int32_t to)
{
    return from + (int32_t)dice_below(d, (uint32_t)(to - from) + 1);
}

int
dice_percent(struct dice *d, uint32_t percent)
{
    return dice_below(d, 100) < percent;
}

/* u^2.2 = u^2 · u^0.2, both as fractions of 2^64; the fifth root by halving. */
uint32_t
dice_zipf(struct dice *d, uint32_t n)
{
    uint64_t u = dice_roll(d), square = mul_high(u, u), root = 0;

    for (int bit = 63; bit >= 32; bit--) {
        uint64_t r = root | 1ull << bit;
        uint64_t r2 = mul_high(r, r), r4 = mul_high(r2, r2);

        root = mul_high(r4, r) <= u ? r : root;
    }
    return (uint32_t)mul_high(mul_high(square, root), n);
}
