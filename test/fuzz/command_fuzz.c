/* command_fuzz.c: what comes over the control socket for a worker: a name and JSON. First line: the
 * name; the rest: the JSON. There is always one answer, and none but an object is taken. */
#include <assert.h>

#include "base/wire.h"
#include "http/command.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct arena *mem;
    static uint8_t in_buf[FRAME_MAX], out_buf[FRAME_MAX];
    static const struct gate nothing = {.workspace = 1}; /* no commands: nothing may be run */
    struct frame_out f, out = {.p = out_buf, .cap = sizeof(out_buf)};
    struct frame in, answer;
    struct str name, rest = {(const char *)p, n};
    int64_t rc;
    int fd;
    if (mem == NULL) {
        mem = arena_new(8 << 20);
    }
    if (n > 65536 || !str_cut(&rest, '\n', &name)) {
        return 0;
    }
    frame_begin(&f, in_buf, sizeof(in_buf), W_COMMAND, 7);
    frame_put_str(&f, W_F_NAME, name);
    frame_put_str(&f, W_F_BODY, rest);
    if (f.full || frame_parse(f.p, f.n, &in) != OK) {
        return 0;
    }
    command_run(&nothing, mem, &in, &out, &fd);
    assert(fd == -1 && !out.full && frame_parse(out.p, out.n, &answer) == OK);
    assert(answer.type == W_RESULT && answer.id == 7);
    assert(frame_get_i64(&answer, W_F_RC, &rc) == OK);
    assert(rc == RC_MISSING || rc == RC_INVALID);
    assert(frame_get(&answer, W_F_CODE).n > 0);
    arena_reset(mem);
    return 0;
}
