/* sealed.c: see sealed.h. */
#include "base/sealed.h"

enum { WHOLE = SEALED_PIECE + SEALED_TAG };

int64_t
sealed_at(int64_t piece)
{
    return SEALED_HEAD + piece * WHOLE;
}

int64_t
sealed_size(int64_t content)
{
    const int64_t rest = content % SEALED_PIECE;
    return sealed_at(content / SEALED_PIECE) + (rest > 0 ? rest + SEALED_TAG : 0);
}

int64_t
sealed_content(int64_t size)
{
    const int64_t sealed = size - SEALED_HEAD;
    const int64_t rest = sealed % WHOLE;
    if (sealed < 0 || (rest > 0 && rest <= SEALED_TAG)) {
        return -1;
    }
    return sealed / WHOLE * SEALED_PIECE + (rest > 0 ? rest - SEALED_TAG : 0);
}

void
sealed_nonce(int64_t piece, uint8_t ret_nonce[static SEALED_NONCE])
{
    for (size_t i = 0; i < SEALED_NONCE; i++) {
        ret_nonce[i] = (uint8_t)(i < 8 ? (uint64_t)piece >> (8 * i) : 0);
    }
}
