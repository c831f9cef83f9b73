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
command_run(const struct gate *g, struct arena *mem, const struct frame *f, struct frame_out *out)
{
    struct err err = {0};
    json_t *result = json_object();
    enum rc rc = run(g, mem, f, result, &err);
    frame_begin(out, out->p, out->cap, W_RESULT, f->id);
    frame_put_i64(out, W_F_RC, rc);
    if (rc == OK) {
        char *text = json_dumps(result, JSON_COMPACT | JSON_PRESERVE_ORDER);
        frame_put_str(out, W_F_BODY, str_of(text != NULL ? text : "{}"));
        free(text);
    } else {
        frame_put_str(out, W_F_CODE, str_of(code_name(err.code)));
        frame_put_str(out, W_F_NAME, str_of(err.field));
        frame_put_str(out, W_F_DETAIL, str_of(err.detail));
    }
    json_decref(result);
}
