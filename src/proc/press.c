/* press.c: kontor-press, the process that makes pictures (later documents) from text: no store, no
 * key, no file. So far: QR codes as PNG. Any number of channels.
 *   W_QR: W_F_PLAIN (text, 1 … PRESS_QR_TEXT_MAX bytes) -> W_QR with W_F_BODY (PNG), or W_ERROR. */
#include <errno.h>
#include <png.h>
#include <qrencode.h>

#include "base/log.h"
#include "proc/child.h"

enum {
    PRESS_QR_TEXT_MAX = 512,
    PRESS_PNG_MAX = 32 * 1024,
    MODULE_PX = 6, /* pixels for each module: sharp on phones' cameras at 100 % */
    QUIET = 4      /* modules of white round the code (ISO/IEC 18004) */
};

static uint8_t png_buf[PRESS_PNG_MAX];
static uint8_t answer_buf[FRAME_MAX];

/* Grey levels, one byte for each pixel; libpng packs them. */
static enum rc
write_png(const QRcode *qr, size_t *ret_n)
{
    size_t width = ((size_t)qr->width + 2 * QUIET) * MODULE_PX;
    uint8_t *pixels = loop_alloc(width * width);
    memset(pixels, 0xff, width * width);
    for (size_t y = 0; y < (size_t)qr->width * MODULE_PX; y++) {
        for (size_t x = 0; x < (size_t)qr->width * MODULE_PX; x++) {
            size_t module = y / MODULE_PX * (size_t)qr->width + x / MODULE_PX;
            if ((qr->data[module] & 1) != 0) {
                pixels[(y + QUIET * MODULE_PX) * width + x + QUIET * MODULE_PX] = 0;
            }
        }
    }
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)width,
                       .format = PNG_FORMAT_GRAY};
    png_alloc_size_t n = sizeof png_buf;
    int ok = png_image_write_to_memory(&image, png_buf, &n, 0, pixels, (png_int_32)width, NULL);
    png_image_free(&image);
    free(pixels);
    if (ok == 0 || n > sizeof png_buf) {
        return RC_LIMIT;
    }
    *ret_n = n;
    return OK;
}

static enum rc
make_qr(const struct frame *f, size_t *ret_n)
{
    struct str text = frame_get(f, W_F_PLAIN);
    if (text.n == 0 || text.n > PRESS_QR_TEXT_MAX) {
        return RC_INVALID;
    }
    QRcode *qr = QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
    if (qr == NULL) {
        return errno == ENOMEM ? RC_IO : RC_INVALID;
    }
    enum rc rc = write_png(qr, ret_n);
    QRcode_free(qr);
    return rc;
}

static void
on_frame(struct chan *c, struct frame *f)
{
    struct frame_out out;
    size_t n = 0;
    enum rc rc = f->type == W_QR ? make_qr(f, &n) : RC_BROKEN;
    frame_begin(&out, answer_buf, sizeof answer_buf, rc == OK ? W_QR : W_ERROR, f->id);
    if (rc == OK) {
        frame_put(&out, W_F_BODY, png_buf, n);
    } else {
        frame_put_i64(&out, W_F_RC, rc);
    }
    chan_send(c, &out, -1);
    /* The text holds a second factor's secret; so does its picture. */
    explicit_bzero(png_buf, n);
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
main(int argc, char **argv)
{
    static struct child c;
    static const struct child_hooks hooks = {.channel = on_channel};
    child_start(&c, argc, argv, SANDBOX_PRESS, &hooks);
    child_ready(&c, &(struct sandbox){.role = SANDBOX_PRESS});
    loop_run(c.loop);
    return child_end(&c);
}
