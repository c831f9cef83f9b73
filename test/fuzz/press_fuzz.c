/* press_fuzz.c: whatever text a worker sends to be drawn becomes a whole PNG within its bound, or
 * is refused. The process itself is included: what it draws with is its own. */
#include <assert.h>

#include "base/wire.h"

#define main press_main
int press_main(int argc, char **argv);
#include "proc/press.c"
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const uint8_t mark[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static uint8_t buf[FRAME_MAX];
    struct frame_out f;
    struct frame in;
    size_t png_n = 0;
    if (n > 1024) {
        return 0;
    }
    frame_begin(&f, buf, sizeof(buf), W_QR, 1);
    frame_put(&f, W_F_PLAIN, p, n);
    assert(frame_parse(f.p, f.n, &in) == OK);
    const enum rc rc = make_qr(&in, &png_n);
    if (rc == OK) {
        assert(n > 0 && n <= PRESS_QR_TEXT_MAX && png_n <= sizeof(png_buf));
        assert(memcmp(png_buf, mark, sizeof(mark)) == 0);
        assert(memcmp(png_buf + png_n - 8, "IEND", 4) == 0);
    } else {
        assert(rc == RC_INVALID && (n == 0 || n > PRESS_QR_TEXT_MAX));
    }
    return 0;
}
