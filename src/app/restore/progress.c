/* progress.c: see progress.h. */
#include "app/restore/progress.h"

#include <jansson.h>

void
progress_ask(struct req *rq)
{
    req_want_answer(rq, &(struct question){.name = "backup.progress"});
}

static enum progress_step
step_named(const char *name)
{
    static const char *const names[] = {[PROGRESS_NONE] = "",
                                        [PROGRESS_WAIT] = "wait",
                                        [PROGRESS_WRITE] = "write",
                                        [PROGRESS_CHECK] = "check",
                                        [PROGRESS_COPY] = "copy"};
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum progress_step)i;
        }
    }
    return PROGRESS_NONE;
}

struct progress
progress_read(const struct req *rq, size_t i)
{
    json_error_t why;
    const struct bytes b = req_result(rq, i);
    json_t *in = b.n > 0 ? json_loadb((const char *)b.p, b.n, 0, &why) : NULL;
    const struct progress p = {
        .step = step_named(json_string_value(json_object_get(in, "step"))),
        .percent = json_integer_value(json_object_get(in, "percent")),
        .copy = json_integer_value(json_object_get(in, "copy")),
        .copies = json_integer_value(json_object_get(in, "copies")),
    };
    json_decref(in);
    return p;
}
