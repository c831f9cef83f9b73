/* findings_mail.c: whether mail leaves: how each outbox stands, as its own worker tells. */
#include "cli/findings.h"

enum { OLD_S = 60 * 60 };

static int64_t
number_of(const json_t *j, const char *key)
{
    return json_integer_value(json_object_get(j, key));
}

/* A server's words as they are; the sentence of our own reason. */
static const char *
why_of(const struct cli *c, const char *answer, char buf[static 300])
{
    char key[96];
    (void)snprintf(key, sizeof key, "err.%s", answer);
    const struct str s = text_get(text_find(str_of(key)), c->lang);
    (void)snprintf(buf, 300, "%.*s", STR_FMT(s.n > 0 ? s : str_of(answer)));
    return buf;
}

/* A server of the agency's own that is named and does not take its mail. */
static void
own_server(struct findings *f, const struct conf *conf, const char *workspace, const json_t *own)
{
    const char *name = cli_text(own, "name");
    const char *since = cli_text(own, "switchedAt");
    if (since[0] == '\0') {
        return; /* none, or it was never switched on */
    }
    if (!json_is_true(json_object_get(own, "on"))) {
        FINDING(f, "mail.own", FINDING_WARN,
                conf->smtp_host[0] != '\0' ? T_doctor_own_off : T_doctor_own_off_waits, workspace,
                name, since);
    } else if (conf->workspace_mail == 0) {
        FINDING(f, "mail.own", FINDING_WARN, T_doctor_own_closed, workspace, name, since);
    }
}

/* One outbox; true: nothing to say about it. */
static bool
one(struct findings *f, const struct conf *conf, const char *workspace)
{
    json_t *out = NULL;
    const char *why = "";
    char waiting[24];
    char minutes[24];
    char why_text[300];
    char failed[24];
    if (cli_try(f->c, workspace, "mail.state", &out, &why) != OK) {
        return true; /* a store that does not open is said elsewhere */
    }
    const size_t before = f->n[FINDING_WARN] + f->n[FINDING_BAD];
    const char *answer = cli_text(out, "answer");
    const char *via = cli_text(out, "via");
    (void)snprintf(waiting, sizeof waiting, "%lld", (long long)number_of(out, "waiting"));
    (void)snprintf(failed, sizeof failed, "%lld", (long long)number_of(out, "failed"));
    (void)snprintf(minutes, sizeof minutes, "%lld",
                   (long long)(number_of(out, "oldestSeconds") / 60));
    const char *since = cli_text(out, "oldestAt");
    own_server(f, conf, workspace, json_object_get(out, "own"));
    if (number_of(out, "waiting") > 0 && strcmp(answer, code_name(E_MAIL_CERTIFICATE)) == 0) {
        FINDING(f, "mail.certificate", FINDING_BAD, T_doctor_outbox_certificate, workspace, via,
                since);
    } else if (number_of(out, "waiting") > 0 && answer[0] != '\0') {
        FINDING(f, "mail.failing", FINDING_BAD, T_doctor_outbox_failing, workspace, since, via,
                why_of(f->c, answer, why_text));
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
        good = one(f, conf, cli_text(row, "slug")) && good;
    }
    json_decref(out);
    if (good) {
        FINDING(f, "mail.outbox", FINDING_GOOD, T_doctor_outbox_good);
    }
}
