/* work.c: see work.h. An order's id in frames is its request's slot and its place in it. */
#include "proc/work.h"

#include <unistd.h>

#include "base/log.h"

struct parked {
    struct req *rq; /* NULL: free slot */
    struct arena *mem;
    void *owner;
    uint64_t id;
    uint32_t turn;    /* tells a late answer for an earlier request of this slot apart */
    uint32_t missing; /* bits of orders without a result */
    uint32_t again;   /* bits of orders that were sent a second time */
    struct line *line[WORK_ORDERS];
};

/* A channel to one hash or press process. */
struct line {
    struct chan ch;
    enum wire_kind kind;
    bool asked; /* master was asked for it and has not answered */
    bool open;
    bool answered; /* it has given a result: its process was alive after the channel came */
    size_t busy;
};

static struct child *the_child;
static work_done_fn *the_done;
static struct parked slots[WORK_WAITING];
/* Two lines for hashes, so that both cores can work at a sign-in storm; one for images; one for
 * questions to master, who is always there. */
static struct line lines[] = {
    {.kind = WK_HASH}, {.kind = WK_HASH}, {.kind = WK_PRESS}, {.kind = WK_MASTER}};
static struct line *const to_master = &lines[sizeof(lines) / sizeof(lines[0]) - 1];
static size_t n_waiting;

void
work_init(struct child *c, work_done_fn *done)
{
    the_child = c;
    the_done = done;
    to_master->open = true;
}

size_t
work_waiting(void)
{
    return n_waiting;
}

static void
finish(struct parked *p, bool refused)
{
    struct parked was = *p;
    p->rq = NULL;
    p->turn++;
    n_waiting--;
    the_done(was.owner, was.id, was.rq, was.mem, refused);
}

static uint64_t
order_id(const struct parked *p, size_t i)
{
    return ((uint64_t)p->turn << 16) | ((uint64_t)(p - slots) << 4) | (uint64_t)i;
}

static void
ask(struct line *l)
{
    struct frame_out f;
    if (l->open || l->asked) {
        return;
    }
    l->asked = true;
    chan_begin(&f, W_NEED, 0);
    frame_put_i64(&f, W_F_KIND, l->kind);
    child_send(the_child, &f, -1);
}

/* An order that cannot have met a living process is sent once more: master may have joined us to
 * one that was just dying. All others are given up: they may be what it died of. */
static void
line_lost(struct line *l, bool may_ask_again)
{
    bool fresh = may_ask_again && !l->answered;
    l->open = false;
    l->asked = false;
    l->busy = 0;
    for (size_t s = 0; s < WORK_WAITING; s++) {
        for (size_t i = 0; i < WORK_ORDERS && slots[s].rq != NULL; i++) {
            uint32_t bit = 1U << i;
            if (slots[s].line[i] != l || (slots[s].missing & bit) == 0) {
                continue;
            }
            if (fresh && (slots[s].again & bit) == 0) {
                slots[s].again |= bit;
                l->busy++;
            } else {
                finish(&slots[s], true);
            }
        }
    }
    if (l->busy > 0) {
        ask(l);
    }
}

static void
on_close(struct chan *ch)
{
    struct line *l = ch->arg;
    if (l->busy > 0) { /* else it ended as it should: nobody waited for it */
        log_line(LOG_WARN, "work.lost", "kind=%d orders=%u", (int)l->kind, (unsigned)l->busy);
    }
    line_lost(l, true);
}

static void
take_result(struct line *l, const struct frame *f)
{
    size_t slot = (size_t)(f->id >> 4) & 0xfffU, i = (size_t)f->id & 0xfU;
    l->busy -= l->busy > 0 ? 1U : 0U;
    l->answered = true;
    if (slot >= WORK_WAITING || i >= WORK_ORDERS || slots[slot].rq == NULL ||
        order_id(&slots[slot], i) != f->id) {
        return; /* its request was given up meanwhile */
    }
    struct parked *p = &slots[slot];
    struct str result = frame_get(f, l->kind == WK_HASH ? W_F_TAG : W_F_BODY);
    if (f->type == W_ERROR || result.n == 0) {
        finish(p, true);
        return;
    }
    serve_work_done(p->rq, i, (struct bytes){(const uint8_t *)result.p, result.n});
    p->missing &= ~(1U << i);
    if (p->missing == 0) {
        finish(p, false);
    }
}

static void
on_frame(struct chan *ch, struct frame *f)
{
    take_result(ch->arg, f);
}

void
work_told(const struct frame *f)
{
    take_result(to_master, f);
}

static enum wire
order_type(enum wire_kind kind)
{
    return kind == WK_MASTER ? W_ASK : kind == WK_HASH ? W_HASH : W_QR;
}

static void
send_order(struct parked *p, size_t i)
{
    enum wire_kind kind;
    struct frame_out f;
    struct line *l = p->line[i];
    chan_begin(&f, order_type(l->kind), order_id(p, i));
    if (!serve_work(p->rq, i, &kind, &f)) {
        return;
    }
    l->busy++;
    if (l == to_master) {
        child_send(the_child, &f, -1);
    } else {
        chan_send(&l->ch, &f, -1);
    }
}

/* The line of that kind with the least to do; a second one is only asked for when the first is
 * busy. */
static struct line *
choose(enum wire_kind kind)
{
    struct line *best = NULL;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct line *l = &lines[i];
        if (l->kind == kind && (best == NULL || (best->busy > 0 && l->busy < best->busy))) {
            best = l;
        }
    }
    return best;
}

bool
work_park(void *owner, uint64_t id, struct req *rq, struct arena *mem)
{
    struct parked *p = NULL;
    for (size_t s = 0; s < WORK_WAITING && p == NULL; s++) {
        p = slots[s].rq == NULL ? &slots[s] : NULL;
    }
    if (p == NULL) {
        return false;
    }
    *p = (struct parked){.rq = rq, .mem = mem, .owner = owner, .id = id, .turn = p->turn};
    n_waiting++;
    enum wire_kind kind;
    struct frame_out probe;
    chan_begin(&probe, W_HASH, 0);
    size_t n = 0;
    while (n < WORK_ORDERS && serve_work(rq, n, &kind, &probe)) {
        p->line[n] = choose(kind);
        p->missing |= 1U << n;
        n++;
        chan_begin(&probe, W_HASH, 0);
    }
    for (size_t i = 0; i < n && p->rq != NULL; i++) {
        if (p->line[i]->open) {
            send_order(p, i);
        } else {
            p->line[i]->busy++;
            ask(p->line[i]);
        }
    }
    return true;
}

void
work_channel(enum wire_kind kind, int fd)
{
    struct line *l = NULL;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (lines[i].kind == kind && !lines[i].open && (l == NULL || lines[i].asked)) {
            l = &lines[i];
        }
    }
    if (l == NULL) {
        close(fd);
        return;
    }
    l->ch = (struct chan){.on_frame = on_frame, .on_close = on_close, .arg = l};
    l->open = true;
    l->asked = l->answered = false;
    l->busy = 0;
    chan_open(&l->ch, the_child->loop, fd);
    for (size_t s = 0; s < WORK_WAITING; s++) {
        for (size_t i = 0; i < WORK_ORDERS && slots[s].rq != NULL; i++) {
            if (slots[s].line[i] == l && (slots[s].missing & (1U << i)) != 0) {
                send_order(&slots[s], i);
            }
        }
    }
}

void
work_refused(enum wire_kind kind)
{
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (lines[i].kind == kind && lines[i].asked) {
            line_lost(&lines[i], false);
        }
    }
}

void
work_forget(void *owner)
{
    for (size_t s = 0; s < WORK_WAITING; s++) {
        if (slots[s].rq != NULL && slots[s].owner == owner) {
            slots[s].owner = NULL;
        }
    }
}

void
work_give_up(void)
{
    for (size_t s = 0; s < WORK_WAITING; s++) {
        if (slots[s].rq != NULL) {
            finish(&slots[s], true);
        }
    }
}
