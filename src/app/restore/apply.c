/* apply.c: see apply.h. */
#include "app/restore/apply.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "app/restore/order_in.h"
#include "archive/stamp.h"
#include "base/time.h"
#include "guard/approval.h"
#include "guard/audit.h"
#include "guard/mail.h"
#include "restore.sql.h"

enum { PATH_BYTES = 2048 };
#define KEPT_START "data.db.damaged-"
#define KEPT_US (RESTORE_DAMAGED_DAYS * INT64_C(86400000000))
static const struct actor by_order = {.reason = "restore"};

static const char *class_name(enum restore_class class)
{
    return class == RESTORE_CONTENT   ? "content"
           : class == RESTORE_ACCESS  ? "access"
           : class == RESTORE_GREATER ? "merge"
                                      : "present";
}

json_t *
restore_tables_json(const struct restore_table *tables, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct restore_table *t = &tables[i];
        if (t->came + t->went + t->changed + t->loosened + t->dropped + t->kept == 0) {
            continue;
        }
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "table", t->name,
                            "class", class_name(t->class), "present", (json_int_t)t->present,
                            "state", (json_int_t)t->state, "came", (json_int_t)t->came, "went",
                            (json_int_t)t->went, "changed", (json_int_t)t->changed, "loosened",
                            (json_int_t)t->loosened, "dropped", (json_int_t)t->dropped, "kept",
                            (json_int_t)t->kept));
    }
    return list;
}

static struct str
print_report(const struct restore_order *o, const struct restore_table *tables, size_t n,
             struct arena *mem)
{
    char at[32];
    const struct str now = instant_print(o->now, at);
    json_t *j = json_pack("{s:s%, s:s%, s:s%, s:o}", "state", o->state_name.p, o->state_name.n,
                          "saved", o->saved_name.p, o->saved_name.n, "restoredAt", now.p, now.n,
                          "tables", restore_tables_json(tables, n));
    char *text = j != NULL ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    const struct str report = text != NULL ? arena_copy(mem, str_of(text)) : STR_NONE;
    free(text);
    json_decref(j);
    return report;
}

/* --- steps -------------------------------------------------------------------------------------
 */

static enum rc
open_store(const char *path, const struct restore_order *o, struct err *err, struct store **ret_s)
{
    const struct store_options opt = {.path = path, .schema = o->schema, .key = o->key};
    TRY(store_open(&opt, err, ret_s));
    if (store_state(*ret_s) != STORE_READY) { /* the migration's cause is in err */
        store_close(*ret_s);
        return RC_BROKEN;
    }
    return OK;
}

/* STR_NONE: not yet. */
static enum rc
done_before(struct store *s, const struct restore_order *o, struct arena *mem, struct err *err,
            struct str *ret_report)
{
    struct restore_of_saved_row row;
    struct rtx *tx;
    bool found = false;
    TRY(rtx_begin(s, mem, o->now, &by_order, err, &tx));
    const enum rc rc =
        restore_of_saved(tx, &(struct restore_of_saved_in){o->saved_name}, &row, &found);
    rtx_end(tx);
    *ret_report = rc == OK && found ? row.report_text : STR_NONE;
    return rc;
}

/* What the operator puts back by himself is every administrator's to know, and all the more what
 * was done to a store that could not be saved before. Of an order its people hear when it ends. */
static enum rc
tell_all(struct wtx *tx, const struct restore_order *o)
{
    const enum event e = o->rescues ? EVENT_RESTORE_RESCUED : EVENT_RESTORED;
    return o->order != 0 ? OK : order_tell_others(tx, (struct user_id){0}, e);
}

/* The console's operators did it themselves; the audit says so. */
static enum rc
record_console(struct wtx *tx)
{
    wtx_allow_untouched(tx, "the whole file is the change");
    return touch(tx, EVENT_RESTORE_RESCUED, (struct subject){"workspace", 0}, NULL, NULL, NULL);
}

static enum rc
record_run(struct wtx *tx, const struct restore_order *o, struct str report)
{
    int64_t id;
    enum rc rc = wtx_new_id(tx, "restore_run", &id);
    rc = rc == OK ? restore_add(tx, &(struct restore_add_in){.id = {id},
                                                             .state_name = o->state_name,
                                                             .saved_name = o->saved_name,
                                                             .restored_at = o->now,
                                                             .report_text = report,
                                                             .restore_order_id = {o->order}})
                  : rc;
    rc = rc == OK ? tell_all(tx, o) : rc;
    rc = rc == OK ? touch(tx, o->rescues ? EVENT_RESTORE_RESCUED : EVENT_RESTORED,
                          SUBJECT(restore_run, (struct restore_run_id){id}), NULL, NULL, NULL)
                  : rc;
    return rc;
}

static enum rc
record(struct store *s, const struct restore_order *o, struct arena *mem, struct str report,
       struct err *err)
{
    struct wtx *tx;
    TRY(wtx_begin(s, mem, o->now, &by_order, err, &tx));
    const enum rc rc = o->schema == SCHEMA_SYSTEM ? record_console(tx) : record_run(tx, o, report);
    if (rc != OK) {
        wtx_rollback(tx);
        return rc;
    }
    return wtx_commit(tx);
}

/* What was built is looked at as a whole before it is anybody's store. */
static enum rc
finish_next(const char *next, const struct restore_order *o, struct arena *mem, struct str report,
            struct err *err)
{
    struct store *s;
    TRY(open_store(next, o, err, &s));
    enum rc rc = record(s, o, mem, report, err);
    rc = rc == OK ? store_check(s, err) : rc;
    rc = rc == OK ? store_check_ids(s, err) : rc;
    store_close(s);
    return rc;
}

static void
drop(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[PATH_BYTES + 16];
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        (void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

static enum rc
build(struct store *state, const char *next, const struct restore_order *o, struct arena *mem,
      struct err *err, struct str *ret_report)
{
    const size_t n = schema_of(SCHEMA_WORKSPACE)->n_tables;
    struct restore_table *tables = ARENA_ARRAY(mem, struct restore_table, n);
    struct store *present;
    TRY(open_store(o->path, o, err, &present));
    enum rc rc = restore_diff(present, state, NULL, err, tables);
    store_close(present);
    TRY(rc);
    TRY(restore_build(state, o->path, next, o->key, err, tables));
    *ret_report = print_report(o, tables, n, mem);
    return ret_report->n > 0 ? finish_next(next, o, mem, *ret_report, err)
                             : fail(err, RC_BROKEN, E_BROKEN, "report");
}

enum rc
restore_apply(const struct restore_order *o, struct arena *mem, struct err *err,
              struct str *ret_report)
{
    char next[PATH_BYTES];
    struct store *s;
    TRY(open_store(o->path, o, err, &s));
    enum rc rc = done_before(s, o, mem, err, ret_report);
    store_close(s);
    if (rc != OK || ret_report->n > 0) { /* killed behind the swap: the state is still there */
        drop(o->state);
        return rc;
    }
    (void)snprintf(next, sizeof(next), "%s.next", o->path);
    TRY(open_store(o->state, o, err, &s));
    rc = build(s, next, o, mem, err, ret_report);
    store_close(s);
    rc = rc == OK ? restore_swap(o->path, next, err) : rc;
    drop(next);
    drop(o->state); /* nobody does it once more (decision 93) */
    return rc;
}

void
restore_drop_next(const char *path)
{
    char next[PATH_BYTES];
    (void)snprintf(next, sizeof(next), "%s.next", path);
    drop(next);
}

/* --- of a store that cannot be read ------------------------------------------------------------
 */

static struct str
print_rescue(const struct restore_order *o, const struct restore_table *tables, size_t n, bool shut,
             struct arena *mem)
{
    char at[32];
    const struct str now = instant_print(o->now, at);
    json_t *lost = json_array();
    for (size_t i = 0; i < n; i++) {
        if (tables[i].lost) {
            (void)json_array_append_new(lost, json_string(tables[i].name));
        }
    }
    json_t *j = json_pack("{s:s%, s:s, s:s%, s:s%, s:b, s:o, s:o}", "state", o->state_name.p,
                          o->state_name.n, "saved", "", "damaged", o->saved_name.p, o->saved_name.n,
                          "restoredAt", now.p, now.n, "shut", shut ? 1 : 0, "lost", lost, "tables",
                          restore_tables_json(tables, n));
    char *text = j != NULL ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    const struct str report = text != NULL ? arena_copy(mem, str_of(text)) : STR_NONE;
    free(text);
    json_decref(j);
    return report;
}

static enum rc
build_rescue(const char *next, const struct restore_order *o, struct arena *mem, struct err *err,
             struct str *ret_report)
{
    const size_t n = schema_of(o->schema)->n_tables;
    struct restore_table *tables = ARENA_ARRAY(mem, struct restore_table, n);
    bool shut;
    TRY(restore_rescue(o->schema, o->path, o->state, next, o->key, err, tables, &shut));
    *ret_report = print_rescue(o, tables, n, shut, mem);
    return ret_report->n > 0 ? finish_next(next, o, mem, *ret_report, err)
                             : fail(err, RC_BROKEN, E_BROKEN, "report");
}

/* A store whose page of reports is the damaged one has none. */
static bool
was_done(const struct restore_order *o, struct arena *mem, struct str *ret_report)
{
    struct err why = {0};
    struct store *s;
    *ret_report = STR_NONE;
    if (o->schema == SCHEMA_WORKSPACE && open_store(o->path, o, &why, &s) == OK) {
        (void)!done_before(s, o, mem, &why, ret_report);
        store_close(s);
    }
    return ret_report->n > 0;
}

enum rc
restore_apply_damaged(const struct restore_order *o, struct arena *mem, struct err *err,
                      struct str *ret_report)
{
    char next[PATH_BYTES];
    char kept[PATH_BYTES];
    if (was_done(o, mem, ret_report)) {
        drop(o->state);
        return OK;
    }
    (void)snprintf(next, sizeof(next), "%s.next", o->path);
    (void)snprintf(kept, sizeof(kept), "%s.%.*s", o->path, STR_FMT(o->saved_name));
    enum rc rc = build_rescue(next, o, mem, err, ret_report);
    if (rc == OK && access(o->path, F_OK) != 0) { /* not even the file is there: a log of nothing */
        drop(o->path);
        rc = restore_swap(o->path, next, err);
    } else {
        rc = rc == OK ? restore_swap_kept(o->path, next, kept, err) : rc;
    }
    drop(rc == OK ? o->state : next);
    return rc;
}

/* One that was kept beside the store, by its whole path; rest: what of its name is behind
 * KEPT_START. */
struct kept {
    const char *path, *name;
    struct str rest;
    struct instant now;
    bool is_believed; /* the clock */
};

static enum rc
settle_one(const struct kept *k, struct err *err)
{
    struct instant at;
    TRY(k->rest.n == STAMP_LEN ? restore_swap_again(k->path, k->name, err) : OK); /* no log */
    if (k->is_believed && stamp_parse(str_sub(k->rest, 0, STAMP_LEN), &at) == OK &&
        k->now.us - at.us > KEPT_US) {
        (void)unlink(k->name);
    }
    return OK;
}

static enum rc
forget_one(const struct kept *k, struct err *err)
{
    return unlink(k->name) == 0 ? OK : fail(err, RC_IO, E_IO, "restore: kept: errno %d", errno);
}

static enum rc
each_kept(struct kept *k, enum rc (*fn)(const struct kept *k, struct err *err), struct err *err)
{
    enum rc rc = OK;
    char folder[PATH_BYTES];
    char name[PATH_BYTES + 300];
    const char *slash = strrchr(k->path, '/');
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - k->path), k->path);
    DIR *dir = opendir(folder);
    for (const struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL && rc == OK;
         e = readdir(dir)) {
        const struct str own = str_of(e->d_name);
        if (str_starts(own, STR(KEPT_START))) {
            (void)snprintf(name, sizeof(name), "%s/%s", folder, e->d_name);
            k->name = name;
            k->rest = str_sub(own, sizeof(KEPT_START) - 1, own.n);
            rc = fn(k, err);
        }
    }
    k->name = NULL;
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return rc;
}

enum rc
restore_settle_damaged(const char *path, struct instant now, enum time_trust clock, struct err *err)
{
    struct kept k = {.path = path, .now = now, .is_believed = clock == TIME_GOOD};
    return each_kept(&k, settle_one, err);
}

enum rc
restore_forget_damaged(const char *path, struct err *err)
{
    struct kept k = {.path = path};
    return each_kept(&k, forget_one, err);
}
