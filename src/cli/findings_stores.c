/* findings_stores.c: what doctor learns from each workspace's own worker, which reads all of its
 * store. */
#include "cli/findings.h"

/* True: nothing to say about it. */
static bool
one(struct findings *f, const char *workspace)
{
    json_t *out = NULL;
    const char *why = "";
    enum rc rc = cli_try(f->c, workspace, "store.check", &out, &why);
    const char *state = cli_text(out, "state");
    bool good = false;
    if (rc != OK && strcmp(why, "quarantined") == 0) {
        return false; /* said already, with the way back */
    }
    if (rc != OK) {
        FINDING(f, "store.closed", FINDING_BAD, T_doctor_store_closed, workspace, why);
    } else if (strcmp(state, "damaged") == 0) {
        FINDING(f, "store.damaged", FINDING_BAD, T_doctor_store_damaged, workspace,
                cli_text(out, "code"));
    } else if (strcmp(state, "old") == 0) {
        FINDING(f, "store.old", FINDING_BAD, T_doctor_store_old, workspace);
    } else if (strcmp(state, "sums") == 0) {
        FINDING(f, "store.sums", FINDING_BAD, T_doctor_store_sums, workspace,
                cli_text(out, "subject"));
    } else {
        good = true;
    }
    json_decref(out);
    return good;
}

void
findings_of_stores(struct findings *f)
{
    json_t *out = NULL;
    json_t *row;
    size_t i;
    char n[24];
    size_t asked = 1;
    const char *why = "";
    size_t good = one(f, "system");
    if (cli_try(f->c, "0", "workspace.list", &out, &why) != OK) {
        return; /* the registrar does not answer: said above */
    }
    json_array_foreach(json_object_get(out, "rows"), i, row)
    {
        asked++;
        good += one(f, cli_text(row, "slug"));
    }
    json_decref(out);
    if (good == asked) {
        (void)snprintf(n, sizeof n, "%zu", asked - 1);
        FINDING(f, "store", FINDING_GOOD, T_doctor_stores_good, n);
    }
}
