/* check.c: a worker looks at its own store: it alone may open it. */
#include "proc/check.h"

#include <jansson.h>

#include "app/app.h"
#include "app/outbound/outbound.h"
#include "base/time.h"
#include "base/wire.h"
#include "guard/mail.h"

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

/* An instant as JSON: null when there is none. */
static json_t *
json_instant(struct instant t)
{
    char stamp[32];
    const struct str s = instant_print(t, stamp);
    return t.us != 0 ? json_stringn(s.p, s.n) : json_null();
}

/* {waiting, sent, failed, oldestSeconds, oldestAt, answer, via, own}: how the outbox stands, and
 * the workspace's own mail server: null, or {name, on, switchedAt}. */
static void
put_mail(struct store *s, struct arena *mem, bool is_console, const struct frame *f,
         struct frame_out *out)
{
    struct err err = {0};
    struct actor nobody = {.reason = "check"};
    struct mail_sums sums = {0};
    struct own_state own = {0};
    struct rtx *tx;
    enum rc rc = rtx_begin(s, mem, time_now(), &nobody, &err, &tx);
    if (rc == OK) {
        rc = mail_summary(tx, &sums);
        rc = rc == OK && !is_console ? own_server_state(tx, &own) : rc;
        rtx_end(tx);
    }
    frame_begin(out, out->p, out->cap, W_RESULT, f->id);
    frame_put_i64(out, W_F_RC, rc);
    if (rc != OK) {
        frame_put_str(out, W_F_CODE, str_of(code_name(err.code)));
        return;
    }
    const int64_t age = sums.oldest_at.us != 0 ? (time_now().us - sums.oldest_at.us) / 1000000 : 0;
    json_t *json =
        json_pack("{s:I, s:I, s:I, s:I, s:o, s:s%, s:s%}", "waiting", (json_int_t)sums.waiting,
                  "sent", (json_int_t)sums.sent, "failed", (json_int_t)sums.failed, "oldestSeconds",
                  (json_int_t)age, "oldestAt", json_instant(sums.oldest_at), "answer",
                  sums.answer.p, sums.answer.n, "via", sums.via.p, sums.via.n);
    if (json != NULL && own.named) {
        (void)json_object_set_new(json, "own",
                                  json_pack("{s:s%, s:b, s:o}", "name", own.name.p, own.name.n,
                                            "on", own.is_on, "switchedAt",
                                            json_instant(own.switched_at)));
    }
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    frame_put_str(out, W_F_BODY, str_of(text != NULL ? text : "{}"));
    free(text);
    json_decref(json);
}

bool
check_run(struct store *s, struct arena *mem, bool is_console, const struct frame *f,
          struct frame_out *out)
{
    struct err err = {0};
    char json[256];
    struct str name = frame_get(f, W_F_NAME);
    bool all = str_eq(name, STR("store.check"));
    if (str_eq(name, STR("mail.state"))) {
        put_mail(s, mem, is_console, f, out);
        return true;
    }
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
