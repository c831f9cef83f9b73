/* host_table.c: see host_table.h. */
#include "proc/host_table.h"

#include "base/wire.h"

enum { LENGTH = sizeof(uint32_t), HEADS = 64 }; /* HEADS: what a frame of five fields adds */

static size_t
room_for(const struct host_line *l)
{
    return LENGTH + HEADS + 2 * sizeof(int64_t) + l->host.n + l->slug.n + l->name.n;
}

static size_t
put_line(uint8_t *at, const struct host_line *l)
{
    struct frame_out f;
    frame_begin(&f, at + LENGTH, room_for(l) - LENGTH, W_HOSTS, 0);
    frame_put_str(&f, W_F_HOST, l->host);
    frame_put_str(&f, W_F_SLUG, l->slug);
    frame_put_str(&f, W_F_NAME, l->name);
    frame_put_i64(&f, W_F_WORKSPACE, l->workspace);
    frame_put_i64(&f, W_F_STATE, l->state);
    const uint32_t n = (uint32_t)f.n;
    memcpy(at, &n, LENGTH);
    return LENGTH + f.n;
}

enum rc
host_table_new(const struct host_line *lines, size_t n, int *ret_fd)
{
    size_t room = 0;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        room += room_for(&lines[i]);
    }
    if (room > HOST_TABLE_MAX) {
        return RC_LIMIT;
    }
    AUTO_ARENA struct arena *mem = arena_new(room + (1 << 20));
    uint8_t *p = arena_alloc(mem, room);
    for (size_t i = 0; i < n; i++) {
        used += put_line(p + used, &lines[i]);
    }
    return body_fd_new((struct bytes){p, used}, ret_fd);
}

enum rc
host_table_next(struct bytes body, size_t *pos, struct frame *ret_row)
{
    uint32_t n;
    const size_t left = body.n - *pos;
    if (left == 0) {
        return RC_MISSING;
    }
    if (left < LENGTH) {
        return RC_BROKEN;
    }
    memcpy(&n, body.p + *pos, LENGTH);
    if (n > left - LENGTH) {
        return RC_BROKEN;
    }
    TRY(frame_parse(body.p + *pos + LENGTH, n, ret_row));
    *pos += LENGTH + n;
    return OK;
}
