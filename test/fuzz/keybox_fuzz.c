/* keybox_fuzz.c: whatever a worker that was taken over writes to keymgr, it gets an answer or loses
 * the channel; never the key of another workspace, and no sealed bytes of its own making open. */
#include <assert.h>
#include <sodium.h>

#include "base/wire.h"
#include "proc/keybox.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct ring_keys keys;
static struct ring ring;
static uint8_t foreign[KEY_SIZE]; /* the page key of workspace 2 */

static void
begin(void)
{
    static const uint8_t master[KEY_SIZE] = {3};
    static uint8_t buf[FRAME_MAX];
    static uint8_t ask[64];
    struct frame_out out;
    struct frame answer;
    struct frame call;
    assert(keybox_init() == OK);
    ring_keys_derive(master, &keys);
    assert(ring_add(&ring, &keys, 1) == OK && ring_add(&ring, &keys, 2) == OK);
    struct keybox two = {.ring = &ring, .keys = &keys, .workspace = 2, .page = true};
    frame_begin(&out, ask, sizeof ask, W_KEY_PAGE, 1);
    assert(frame_parse(out.p, out.n, &call) == OK);
    assert(keybox_answer(&two, &call, 0, &out, buf, sizeof buf));
    assert(frame_parse(out.p, out.n, &answer) == OK);
    memcpy(foreign, frame_get(&answer, W_F_KEY).p, KEY_SIZE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static uint8_t buf[FRAME_MAX];
    static bool begun;
    struct frame call;
    struct frame answer;
    struct frame_out out;
    if (!begun) {
        begin();
        begun = true;
    }
    struct keybox one = {.ring = &ring, .keys = &keys, .workspace = 1, .page = true};
    struct keybox drill = {
        .ring = &ring, .keys = &keys, .workspace = 1, .for_archive = true, .opens = true};
    if (frame_parse(p, n, &call) != OK) {
        return 0;
    }
    struct keybox *b = call.type == W_KEY_OPEN ? &drill : &one;
    if (!keybox_answer(b, &call, 0, &out, buf, sizeof buf)) {
        return 0;
    }
    assert(!out.full && frame_parse(out.p, out.n, &answer) == OK && answer.id == call.id);
    assert(answer.type == call.type || answer.type == W_ERROR);
    assert(memmem(out.p, out.n, foreign, sizeof foreign) == NULL);
    if (answer.type == W_KEY_UNSEAL) {
        assert(frame_get(&answer, W_F_PLAIN).p == NULL); /* nobody sealed these bytes */
    }
    assert(!drill.opened);
    return 0;
}
