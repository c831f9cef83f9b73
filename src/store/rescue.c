/* rescue.c: an older state in the place of a store that cannot be read: what of the present can be
 * read is taken from it, table by table (decision 108). */
#include <stdio.h>

#include "store/restore_own.h"

enum {
    IDS_BEHIND = 1000000,
    COUNTS_BEHIND = 10000 /* projects that an agency adds while it has no readable state */
};

struct rescue {
    const char *path; /* the damaged store */
    enum store_schema schema;
    const uint8_t *key;
    bool *shut;
};

/* A page that does not pass its authentication spoils the handle for others, so each table has one
 * of its own. NULL: not even the first page can be read, or the schema is another one. Closing it
 * empties its log into it, so that nothing of what people did last is missed. */
static struct store *
open_damaged(const char *path, enum store_schema schema, const uint8_t *key)
{
    struct err why = {0};
    struct store *s = NULL;
    const struct store_options opt = {.path = path, .schema = schema, .key = key, .as_is = true};
    if (store_open(&opt, &why, &s) != OK || store_state(s) == STORE_READY) {
        return s;
    }
    store_close(s);
    return NULL;
}

/* Every row of it, whole. */
static bool
is_readable(struct store *s, const char *table)
{
    char text[200];
    sqlite3_stmt *h = NULL;
    (void)snprintf(text, sizeof(text), "SELECT * FROM \"%s\"", table);
    s->owner = NULL;
    s->deadline_us = 0;
    int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    code = code == SQLITE_OK ? SQLITE_ROW : code;
    while (code == SQLITE_ROW) {
        code = sqlite3_step(h);
    }
    (void)sqlite3_finalize(h);
    return code == SQLITE_DONE;
}

/* Who may see what is there today is as it is today; what of that cannot be read is lost, and then
 * only those see it who may see all. */
static enum rc
fetch_access(const struct restore_build_job *of, struct restore_table *t)
{
    struct restore_thing thing = {0};
    char from[100];
    char to[200];
    TRY(restore_thing_of(of->db, t->name, of->err, &thing));
    t->lost = !is_readable(of->state, thing.table);
    if (t->lost) {
        return OK;
    }
    (void)snprintf(from, sizeof(from), "SELECT id FROM \"%s\"", thing.table);
    (void)snprintf(to, sizeof(to), "DELETE FROM \"%s\" WHERE \"%s\" = ?1", t->name, thing.column);
    TRY(restore_run_rows(of, from, to));
    (void)snprintf(from, sizeof(from), "SELECT * FROM \"%s\"", t->name);
    (void)snprintf(to, sizeof(to), "INSERT INTO \"%s\" VALUES (?1, ?2)", t->name);
    return restore_run_rows(of, from, to);
}

/* The same of the column of a table of content that decides it. */
static enum rc
fetch_kept(const struct restore_build_job *b, const char *table, struct str column)
{
    char from[150];
    char to[200];
    struct restore_build_job of = *b;
    of.state = open_damaged(b->rescue->path, b->rescue->schema, b->rescue->key);
    const bool lost = of.state == NULL || !is_readable(of.state, table);
    (void)snprintf(from, sizeof(from), "SELECT id, \"%.*s\" FROM \"%s\"", STR_FMT(column), table);
    (void)snprintf(to, sizeof(to), "UPDATE \"%s\" SET \"%.*s\" = %s", table, STR_FMT(column),
                   lost ? "NULL" : "?2 WHERE id = ?1");
    const enum rc rc = lost ? restore_run_text(b, to) : restore_run_rows(&of, from, to);
    store_close(of.state);
    return rc;
}

/* What of the present can be read takes the place of what was then. */
static enum rc
fetch(const struct restore_build_job *b, struct restore_table *t)
{
    struct restore_build_job of = *b;
    of.state = open_damaged(b->rescue->path, b->rescue->schema, b->rescue->key);
    t->lost = of.state == NULL || !is_readable(of.state, t->name);
    const enum rc rc = t->lost                       ? OK
                       : t->class == RESTORE_GREATER ? restore_merge_greater(&of, t->name)
                       : t->class == RESTORE_ACCESS  ? fetch_access(&of, t)
                                                     : restore_bring_content(&of, t->name);
    store_close(of.state);
    return rc;
}

/* Far behind all that were given since then, as far as anybody can tell. */
static enum rc
raise_ids(const struct restore_build_job *b)
{
    char text[700];
    for (size_t i = 0; i < b->def->n_tables; i++) {
        const char *t = b->tables[i].name;
        (void)snprintf(text, sizeof(text),
                       "INSERT OR IGNORE INTO id_counter (table_name, last_number) SELECT '%s', 0 "
                       "WHERE EXISTS (SELECT 1 FROM pragma_table_info('%s') WHERE name = 'id');"
                       "UPDATE id_counter SET last_number = %d + max(last_number, coalesce((SELECT "
                       "max(rowid) FROM \"%s\"), 0)) WHERE table_name = '%s'",
                       t, t, IDS_BEHIND, t, t);
        TRY(restore_run_text(b, text));
    }
    return OK;
}

/* The same of project numbers: which were given cannot be read any more, so every count goes on
 * behind them, and one that is new begins there ("from", see project_count_next). */
static enum rc
raise_counts(const struct restore_build_job *b)
{
    char text[200];
    (void)snprintf(text, sizeof(text),
                   "INSERT OR IGNORE INTO project_counter VALUES ('from', 0);"
                   "UPDATE project_counter SET given = given + %d",
                   COUNTS_BEHIND);
    return restore_run_text(b, text);
}

/* Of a table that is lost: what was then is true of accounts and of the audit as far as it goes,
 * and what signing in demanded is more than nothing; an order, a message or a link of then would be
 * carried out once more. What the console knew of agencies, prices and states is the same: without
 * it no agency is found at all. */
static enum rc
settle_lost(const struct restore_build_job *b, const struct restore_table *t)
{
    static const char *const of_then[] = {
        "audit", "backup_copy", "backup_duty",  "backup_state", "charge",
        "host",  "incident",    "policy",       "price",        "schema_migration",
        "user",  "workspace",   "workspace_end"};
    char text[200];
    if (strcmp(t->name, "id_counter") == 0) {
        return raise_ids(b);
    }
    if (strcmp(t->name, "project_number") == 0) {
        return raise_counts(b);
    }
    for (size_t i = 0; i < sizeof(of_then) / sizeof(of_then[0]); i++) {
        if (strcmp(t->name, of_then[i]) == 0) {
            return OK;
        }
    }
    (void)snprintf(text, sizeof(text), "DELETE FROM \"%s\"", t->name);
    return t->class == RESTORE_GREATER ? OK : restore_run_text(b, text);
}

/* The trail goes on behind the row that is there last: with a number far behind it, or with the one
 * that the lost trail had come to, every later check would find a gap. */
static enum rc
join_trail(const struct restore_build_job *b)
{
    return restore_run_text(b, "INSERT OR REPLACE INTO id_counter (table_name, last_number) "
                               "SELECT 'audit', coalesce(max(id), 0) FROM audit");
}

/* Nobody comes in by what a former password, session or right opened. */
static enum rc
shut(const struct restore_build_job *b)
{
    char text[200];
    for (size_t i = 0; i < b->def->n_tables; i++) {
        const struct schema_table *t = &b->def->tables[i];
        if (t->secret) {
            (void)snprintf(text, sizeof(text), "DELETE FROM \"%s\"", t->name);
            TRY(restore_run_text(b, text));
        }
    }
    return OK;
}

static enum rc
fetch_tables(const struct restore_build_job *b)
{
    const struct rescue *r = b->rescue;
    for (size_t i = 0; i < b->def->n_tables; i++) {
        struct restore_table *t = &b->tables[i];
        if (t->class == RESTORE_CONTENT) {
            const struct str kept = restore_kept_column(&b->def->tables[i]);
            TRY(kept.n > 0 ? fetch_kept(b, t->name, kept) : OK);
            continue;
        }
        TRY(fetch(b, t));
        *r->shut =
            *r->shut || (t->lost && (b->def->tables[i].secret || strcmp(t->name, "user") == 0) &&
                         strcmp(t->name, "mail") != 0); /* what waited opens nothing: sealed */
    }
    for (size_t i = 0; i < b->def->n_tables; i++) { /* when all that gave ids is there */
        TRY(b->tables[i].lost ? settle_lost(b, &b->tables[i]) : OK);
    }
    TRY(join_trail(b));
    return *r->shut ? shut(b) : OK;
}

/* Pages of content count as well; what is lost there is what the state is for. */
static enum rc
need_damaged(const struct rescue *r, struct err *err)
{
    struct err why = {0};
    struct store *s = open_damaged(r->path, r->schema, r->key);
    const enum rc rc = s != NULL ? store_check(s, &why) : RC_BROKEN;
    store_close(s);
    return rc == OK ? fail(err, RC_CONFLICT, E_RESTORE_WHOLE, "every page can be read") : OK;
}

enum rc
restore_rescue(enum store_schema schema, const char *path, const char *state, const char *next,
               const uint8_t *key, struct err *err, struct restore_table *ret_tables,
               bool *ret_shut)
{
    const struct rescue r = {path, schema, key, ret_shut};
    struct restore_build_job b = {
        .rescue = &r, .def = schema_of(schema), .tables = ret_tables, .err = err};
    *ret_shut = false;
    for (size_t i = 0; i < b.def->n_tables; i++) {
        ret_tables[i] = (struct restore_table){.name = b.def->tables[i].name,
                                               .class = restore_class_of(&b.def->tables[i])};
    }
    TRY(need_damaged(&r, err));
    TRY(restore_need_closed(state, err));
    store_drop_file(next);
    enum rc rc = restore_copy_file(state, next, err);
    rc = rc == OK ? store_raw_open(next, key, err, &b.db) : rc;
    if (rc == OK) {
        rc = restore_change_all(&b, fetch_tables);
        const int code = sqlite3_close(b.db);
        rc = rc == OK && code != SQLITE_OK ? restore_failed(&b, code, "close") : rc;
    }
    if (rc != OK) {
        store_drop_file(next);
    }
    return rc;
}
