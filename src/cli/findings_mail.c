/* findings_mail.c: whether mail leaves: how each outbox stands, as its own worker tells. */
#include "cli/findings.h"

enum { OLD_S = 60 * 60 };

static const char *
text_of(const json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));
    return s != NULL ? s : "";
}

static int64_t
number_of(const json_t *j, const char *key)
{
    return json_integer_value(json_object_get(j, key));
}

/* libcurl's and OpenSSL's words for a certificate that was not accepted. */
static bool
is_certificate(const char *answer)
{
    return strcasestr(answer, "certificate") != NULL || strcasestr(answer, "SSL peer") != NULL;
}

/* One outbox; true: nothing to say about it. */
static bool
one(struct findings *f, const struct conf *conf, const char *workspace)
{
    json_t *out = NULL;
    const char *why = "";
    char waiting[24];
    char minutes[24];
    char failed[24];
    if (cli_try(f->c, workspace, "mail.state", &out, &why) != OK) {
        return true; /* a store that does not open is said elsewhere */
    }
    const size_t before = f->n[FINDING_WARN] + f->n[FINDING_BAD];
    const char *answer = text_of(out, "answer");
    const char *via = text_of(out, "via");
    (void)snprintf(waiting, sizeof waiting, "%lld", (long long)number_of(out, "waiting"));
    (void)snprintf(failed, sizeof failed, "%lld", (long long)number_of(out, "failed"));
    (void)snprintf(minutes, sizeof minutes, "%lld",
                   (long long)(number_of(out, "oldestSeconds") / 60));
    if (number_of(out, "waiting") > 0 && is_certificate(answer)) {
        FINDING(f, "mail.certificate", FINDING_BAD, T_doctor_outbox_certificate, workspace, via,
                answer);
    } else if (number_of(out, "waiting") > 0 && answer[0] != '\0') {
        FINDING(f, "mail.failing", FINDING_BAD, T_doctor_outbox_failing, workspace, minutes, via,
                answer);
    } else if (number_of(out, "oldestSeconds") > OLD_S && conf_reaches_out(conf)) {
        FINDING(f, "mail.old", FINDING_BAD, T_doctor_outbox_old, workspace, waiting, minutes);
    } else if (number_of(out, "waiting") > 0 && !conf_reaches_out(conf)) {
        FINDING(f, "mail.waiting", FINDING_WARN, T_doctor_outbox_waiting, workspace, waiting);
    }
    if (number_of(out, "failed") > 0) {
        FINDING(f, "mail.failed", FINDING_WARN, T_doctor_outbox_failed, workspace, failed);
    }
    json_decref(out);
    return f->n[FINDING_WARN] + f->n[FINDING_BAD] == before;
}

void
findings_of_mail(struct findings *f, const struct conf *conf)
{
    json_t *out = NULL;
    json_t *row;
    size_t i;
    const char *why = "";
    bool good = one(f, conf, "system");
    if (cli_try(f->c, "0", "workspace.list", &out, &why) != OK) {
        return;
    }
    json_array_foreach(json_object_get(out, "rows"), i, row)
    {
        good = one(f, conf, text_of(row, "slug")) && good;
    }
    json_decref(out);
    if (good) {
        FINDING(f, "mail.outbox", FINDING_GOOD, T_doctor_outbox_good);
    }
}
