/* command.c: see command.h. */
#include "http/command.h"

#include <jansson.h>

#include "base/time.h"
#include "base/wire.h"

static enum rc
run(const struct gate *g, struct arena *mem, const struct frame *f, json_t *out, struct err *err)
{
    struct str body = frame_get(f, W_F_BODY);
    json_error_t why;
    json_t *in =
        body.n > 0 ? json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &why) : json_object();
    if (!json_is_object(in)) {
        json_decref(in);
        return fail(err, RC_INVALID, E_FIELD_ENCODING, "command is not a JSON object");
    }
    enum rc rc = dispatch_command(g, mem, time_now(), frame_get(f, W_F_NAME), in, out, err);
    json_decref(in);
    return rc;
}

void
command_refuse(const struct frame *f, struct frame_out *out, enum rc rc, const struct err *err)
{
    frame_begin(out, out->p, out->cap, W_RESULT, f->id);
    frame_put_i64(out, W_F_RC, rc);
    frame_put_str(out, W_F_CODE, str_of(code_name(err->code)));
    frame_put_str(out, W_F_NAME, str_of(err->field));
    frame_put_str(out, W_F_DETAIL, str_of(err->detail));
}

/* The answer in the frame, or beside it. */
static enum rc
put_answer(const struct frame *f, struct str json, struct frame_out *out, int *ret_fd,
           struct err *err)
{
    frame_begin(out, out->p, out->cap, W_RESULT, f->id);
    frame_put_i64(out, W_F_RC, OK);
    frame_put_str(out, W_F_BODY, json);
    if (!out->full) {
        return OK;
    }
    if (json.n > COMMAND_ANSWER_MAX) {
        return fail(err, RC_LIMIT, E_TOO_LARGE, "answer of %zu bytes", json.n);
    }
    if (body_fd_new((struct bytes){(const uint8_t *)json.p, json.n}, ret_fd) != OK) {
        return fail(err, RC_IO, E_IO, "memfd");
    }
    frame_begin(out, out->p, out->cap, W_RESULT, f->id);
    frame_put_i64(out, W_F_RC, OK);
    frame_put_i64(out, W_F_BODY_SIZE, (int64_t)json.n);
    return OK;
}

void
command_run(const struct gate *g, struct arena *mem, const struct frame *f, struct frame_out *out,
            int *ret_fd)
{
    struct err err = {0};
    json_t *result = json_object();
    enum rc rc = run(g, mem, f, result, &err);
    *ret_fd = -1;
    if (rc == OK) {
        char *text = json_dumps(result, JSON_COMPACT | JSON_PRESERVE_ORDER);
        rc = text != NULL ? put_answer(f, str_of(text), out, ret_fd, &err)
                          : fail(&err, RC_LIMIT, E_NO_MEMORY, "answer");
        free(text);
    }
    if (rc != OK) {
        command_refuse(f, out, rc, &err);
    }
    json_decref(result);
}
