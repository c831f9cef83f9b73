/* place.c: targets that are elsewhere than they were: what was verified there says nothing of the
 * new place (decision 125). */
#include "app/backup/catalogue_in.h"

enum { NAME_MAX_ = 40, MARK_MAX = 16 };

static enum rc
take_place(struct wtx *tx, struct str name, struct str mark, bool *changed)
{
    struct backup_place_find_row was;
    bool found = false;
    int64_t copies = 0;
    TRY(backup_place_find(wtx_read(tx), &(struct backup_place_find_in){name}, &was, &found));
    if (!found) {
        struct backup_place_id id;
        TRY(wtx_new_id(tx, "backup_place", &id.n));
        *changed = true;
        TRY(backup_place_insert(tx, &(struct backup_place_insert_in){id, name, mark}));
        return touch(tx, EVENT_BACKUP_PLACED, SUBJECT(backup_place, id), NULL, NULL, NULL);
    }
    if (str_eq(was.place_mark, mark)) {
        return OK;
    }
    *changed = true;
    TRY(backup_place_change(tx, &(struct backup_place_change_in){mark, was.id}));
    TRY(backup_copy_displace(tx, &(struct backup_copy_displace_in){name}, &copies));
    catalogue_say(true, "backup.displaced", "target=%.*s copies=%lld", STR_FMT(name),
                  (long long)copies);
    return touch(tx, EVENT_BACKUP_DISPLACED, SUBJECT(backup_place, was.id), NULL, NULL, NULL);
}

enum rc
catalogue_run_placed(struct wtx *tx, json_t *in, json_t *out)
{
    size_t i;
    const json_t *t;
    bool changed = false;
    const json_t *targets = json_object_get(in, "targets");
    (void)out;
    if (!json_is_array(targets) || json_array_size(targets) > CATALOGUE_PLACES) {
        return fail_field(wtx_err(tx), "targets", RC_INVALID, E_LIMIT, NULL);
    }
    json_array_foreach(targets, i, t)
    {
        const struct str name = catalogue_text(t, "name", NAME_MAX_);
        const struct str mark = catalogue_text(t, "mark", MARK_MAX);
        if (name.n == 0 || mark.n == 0) {
            return fail_field(wtx_err(tx), "targets", RC_INVALID, E_FIELD_REQUIRED, NULL);
        }
        TRY(take_place(tx, name, mark, &changed));
    }
    if (!changed) {
        wtx_allow_untouched(tx, "all targets are where they were");
    }
    return OK;
}
