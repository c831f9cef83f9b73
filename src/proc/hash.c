/* hash.c: the password hash process. Requests wait in their sockets while a hash runs (0.1 s). How
 * many may wait is the workers' to bound: each has its own queue and its own deadline. */
#include "proc/hash.h"

#include <sodium.h>

#include "base/log.h"
#include "base/time.h"
#include "guard/password.h"
#include "proc/child.h"

static uint8_t answer_buf[FRAME_MAX];

static enum rc
compute(const struct frame *f, uint8_t ret_tag[static 32])
{
    struct str plain = frame_get(f, W_F_PLAIN);
    struct str salt = frame_get(f, W_F_SALT);
    int64_t ops;
    int64_t mem;
    TRY(frame_get_i64(f, W_F_OPS, &ops));
    TRY(frame_get_i64(f, W_F_MEM, &mem));
    if (plain.p == NULL || plain.n > HASH_PASSWORD_MAX || salt.n != crypto_pwhash_SALTBYTES ||
        !hash_order_sound(&(struct hash_order){.ops = ops, .mem_kib = mem})) {
        return RC_INVALID;
    }
    int bad =
        crypto_pwhash(ret_tag, 32, plain.p, plain.n, (const uint8_t *)salt.p,
                      (unsigned long long)ops, (size_t)mem * 1024, crypto_pwhash_ALG_ARGON2ID13);
    return bad == 0 ? OK : RC_IO;
}

static void
on_frame(struct chan *c, struct frame *f)
{
    struct frame_out out;
    uint8_t tag[32];
    enum rc rc = f->type == W_HASH ? compute(f, tag) : RC_BROKEN;
    frame_begin(&out, answer_buf, sizeof answer_buf, rc == OK ? W_HASH : W_ERROR, f->id);
    if (rc == OK) {
        frame_put(&out, W_F_TAG, tag, sizeof tag);
    } else {
        frame_put_i64(&out, W_F_RC, rc);
    }
    chan_send(c, &out, -1);
    explicit_bzero(tag, sizeof tag);
}

static void
on_closed(struct chan *c)
{
    free(c);
}

static void
on_channel(struct child *c, enum wire_kind kind, int fd, const struct frame *f)
{
    (void)kind;
    (void)f;
    struct chan *ch = loop_alloc(sizeof *ch);
    *ch = (struct chan){.on_frame = on_frame, .on_close = on_closed};
    chan_open(ch, c->loop, fd);
}

int
hash_main(int argc, char **argv)
{
    static struct child c;
    static const struct child_hooks hooks = {.channel = on_channel};
    child_start(&c, argc, argv, SANDBOX_HASH, &hooks);
    if (sodium_init() < 0) {
        return rc_exit(RC_BROKEN);
    }
    child_ready(&c, &(struct sandbox){.role = SANDBOX_HASH});
    loop_run(c.loop);
    return child_end(&c);
}

int
hash_time_main(const char *ops, const char *mem_kib)
{
    static const char plain[] = "Zeitmessung";
    struct hash_order o;
    int64_t best = INT64_MAX;
    uint8_t tag[32];
    if (str_to_i64(str_of(ops), &o.ops) != OK || str_to_i64(str_of(mem_kib), &o.mem_kib) != OK ||
        !hash_order_sound(&o) || sodium_init() < 0) {
        return rc_exit(RC_INVALID);
    }
    memset(o.salt, 0, sizeof o.salt);
    for (int i = 0; i < 3; i++) {
        int64_t begin = time_mono_us();
        if (crypto_pwhash(tag, sizeof tag, plain, sizeof plain - 1, o.salt,
                          (unsigned long long)o.ops, (size_t)o.mem_kib * 1024,
                          crypto_pwhash_ALG_ARGON2ID13) != 0) {
            return rc_exit(RC_IO);
        }
        int64_t us = time_mono_us() - begin;
        best = us < best ? us : best;
    }
    printf("%lld\n", (long long)(best / 1000));
    return 0;
}
