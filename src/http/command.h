/* command.h: one command of the CLI, from a W_COMMAND frame to a W_RESULT frame. JSON objects of at
 * most 64 KiB, parsed strictly (no duplicate keys), depth bounded by jansson. */
#ifndef HTTP_COMMAND_H
#define HTTP_COMMAND_H

#include "base/frame.h"
#include "guard/call.h"

enum { COMMAND_ANSWER_MAX = 32 << 20 }; /* bytes of JSON */

/* Fields: W_F_NAME, W_F_BODY (JSON object; absent: {}). The result has W_F_RC, and W_F_BODY (JSON
 * object) or W_F_CODE, W_F_NAME (the field at fault, if any) and W_F_DETAIL. An answer that does
 * not fit goes along as a body (frame.h) in *ret_fd, which is -1 otherwise, and the result has
 * W_F_BODY_SIZE; one that is larger than COMMAND_ANSWER_MAX is RC_LIMIT E_TOO_LARGE. out has its
 * buffer; begun here. */
void command_run(const struct gate *g, struct arena *mem, const struct frame *f,
                 struct frame_out *out, int *ret_fd);

/* A result that says only what was wrong. */
void command_refuse(const struct frame *f, struct frame_out *out, enum rc rc,
                    const struct err *err);

#endif
