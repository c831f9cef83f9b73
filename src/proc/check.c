/* check.c: a worker looks at its own store: it alone may open it. */
#include "proc/check.h"

#include "app/app.h"
#include "base/time.h"
#include "base/wire.h"

static const char *
state_of(struct store *s, struct arena *mem, bool is_console, bool all, struct err *err)
{
    if (all && store_check(s, err) != OK) {
        return "damaged";
    }
    if (store_state(s) == STORE_OLD_SCHEMA) {
        return "old";
    }
    if (all && !is_console && app_check(s, mem, time_now(), err) != OK) {
        return err->code == E_PROJECT_SUM ? "sums" : "damaged";
    }
    return "good";
}

bool
check_run(struct store *s, struct arena *mem, bool is_console, const struct frame *f,
          struct frame_out *out)
{
    struct err err = {0};
    char json[256];
    struct str name = frame_get(f, W_F_NAME);
    bool all = str_eq(name, STR("store.check"));
    if (!all && !str_eq(name, STR("store.state"))) {
        return false;
    }
    const char *state = state_of(s, mem, is_console, all, &err);
    (void)snprintf(json, sizeof json,
                   "{\"schema\":%lld,\"state\":\"%s\",\"code\":\"%s\",\"subject\":\"%s\"}",
                   (long long)store_schema_version(s), state, code_name(err.code),
                   err.code == E_PROJECT_SUM ? err.arg : "");
    frame_begin(out, out->p, out->cap, W_RESULT, f->id);
    frame_put_i64(out, W_F_RC, OK);
    frame_put_str(out, W_F_BODY, str_of(json));
    return true;
}
