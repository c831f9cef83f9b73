/* findings_keys.c: what doctor says of the master key: where it lies, how old it is, and whether it
 * could be had back. */
#include "base/time.h"
#include "cli/findings.h"
#include "cli/key.h"

static const int64_t year_us = 365LL * 86400 * 1000000;

void
findings_of_key_place(struct findings *f, const struct conf *conf)
{
    struct key_where w;
    char mode[8];
    key_where(f->c->dir, conf, &w);
    enum finding_state s = w.mode <= KEY_CREDENTIAL_HOST ? FINDING_BAD
                           : w.mode == KEY_OTHER_DISK    ? FINDING_WARN
                                                         : FINDING_GOOD;
    finding(f, "key.at_rest", s, key_mode_text(w.mode),
            (const char *const[]){w.path, strerrorname_np(w.error), NULL});
    bool group_reads = w.mode == KEY_CREDENTIAL || w.mode == KEY_CREDENTIAL_HOST;
    if ((w.bits & (group_reads ? 0337u : 0377u)) != 0) {
        (void)snprintf(mode, sizeof mode, "%03o", w.bits & 0777u);
        FINDING(f, "key.mode", FINDING_BAD, T_doctor_key_mode, w.path, mode);
    }
}

static bool
is_older_than_a_year(const char *stamp, struct instant now)
{
    struct instant then;
    return instant_parse(str_of(stamp), &then) == OK && now.us - then.us > year_us;
}

static void
escrow(struct findings *f, const json_t *facts, struct instant now)
{
    json_int_t generation = json_integer_value(json_object_get(facts, "generation"));
    json_int_t put_away = json_integer_value(json_object_get(facts, "escrowGeneration"));
    json_int_t tried = json_integer_value(json_object_get(facts, "rehearsedGeneration"));
    const char *at = cli_text(facts, "rehearsedAt");
    if (cli_text(facts, "escrowAt")[0] == '\0') {
        FINDING(f, "key.escrow", FINDING_WARN, T_doctor_escrow_never);
    } else if (put_away != generation) {
        FINDING(f, "key.escrow", FINDING_BAD, T_doctor_escrow_former);
    } else if (tried != generation) {
        FINDING(f, "key.escrow", FINDING_WARN, T_doctor_escrow_untried);
    } else if (is_older_than_a_year(at, now)) {
        FINDING(f, "key.escrow", FINDING_WARN, T_doctor_escrow_old, at);
    } else {
        FINDING(f, "key.escrow", FINDING_GOOD, T_doctor_escrow_good, at);
    }
}

static void
generation(struct findings *f, const json_t *facts, struct instant now)
{
    char erased[24];
    char number[24];
    const char *made = cli_text(facts, "madeAt");
    json_int_t n = json_integer_value(json_object_get(facts, "erased"));
    (void)snprintf(erased, sizeof erased, "%lld", (long long)n);
    (void)snprintf(number, sizeof number, "%lld",
                   (long long)json_integer_value(json_object_get(facts, "generation")));
    if (json_is_true(json_object_get(facts, "prepared"))) {
        FINDING(f, "key.generation", FINDING_WARN, T_doctor_key_prepared);
    } else if (n > 0) {
        FINDING(f, "key.generation", FINDING_WARN, T_doctor_key_erased, erased);
    } else if (is_older_than_a_year(made, now)) {
        FINDING(f, "key.generation", FINDING_WARN, T_doctor_key_yearly, made);
    } else {
        FINDING(f, "key.generation", FINDING_GOOD, T_doctor_key_generation, number);
    }
}

void
findings_of_keys(struct findings *f, const json_t *status)
{
    json_t *facts = NULL;
    const char *why;
    struct instant now = {0};
    if (cli_try(f->c, "0", "key.show", &facts, &why) != OK ||
        instant_parse(str_of(cli_text(status, "now")), &now) != OK) {
        json_decref(facts);
        return; /* without keymgr nothing answers, and doctor says so elsewhere */
    }
    generation(f, facts, now);
    if (!json_is_true(json_object_get(facts, "locked"))) {
        FINDING(f, "key.memory", FINDING_WARN, T_doctor_key_unlocked);
    }
    json_int_t unrecorded = json_integer_value(json_object_get(facts, "unrecorded"));
    if (unrecorded > 0) {
        char n[24];
        (void)snprintf(n, sizeof n, "%lld", (long long)unrecorded);
        FINDING(f, "key.log", FINDING_WARN, T_doctor_key_unrecorded, n);
    }
    escrow(f, facts, now);
    json_decref(facts);
}
