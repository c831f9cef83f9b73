/* thing.sql.h: written by sqlgen from thing.sql; do not edit. */
#ifndef THING_SQL_GEN_H
#define THING_SQL_GEN_H

#include "store/sql.h"

/* :change
 * a new project */
struct project_insert_in {
    struct project_id id;
    struct str name;
};
static const struct sql_slot project_insert_in_slots[] = {
    {"id", SQL_I64, true, offsetof(struct project_insert_in, id)},
    {"name", SQL_TEXT, false, offsetof(struct project_insert_in, name)},
};
static const struct sql_stmt project_insert_stmt = {
    .name = "project_insert",
    .owner = "thing",
    .sqlite =
        "INSERT INTO project (id, name, short_name) VALUES (?1, ?2, '')",
    .postgres =
        "INSERT INTO project (id, name, short_name) VALUES ($1, $2, '')",
    .in = project_insert_in_slots,
    .n_in = 2,
    .writes = true,
};
MUST static inline enum rc
project_insert(struct wtx *tx, const struct project_insert_in *in)
{
    return sql_change(tx, &project_insert_stmt, in);
}

/* :change
 * another name, unless somebody was faster */
struct project_rename_in {
    struct str name;
    struct project_id id;
    int64_t version;
};
static const struct sql_slot project_rename_in_slots[] = {
    {"name", SQL_TEXT, false, offsetof(struct project_rename_in, name)},
    {"id", SQL_I64, true, offsetof(struct project_rename_in, id)},
    {"version", SQL_I64, false, offsetof(struct project_rename_in, version)},
};
static const struct sql_stmt project_rename_stmt = {
    .name = "project_rename",
    .owner = "thing",
    .sqlite =
        "UPDATE project SET name = ?1, version = version + 1 WHERE id = ?2 AND version = ?3",
    .postgres =
        "UPDATE project SET name = $1, version = version + 1 WHERE id = $2 AND version = $3",
    .in = project_rename_in_slots,
    .n_in = 3,
    .writes = true,
};
MUST static inline enum rc
project_rename(struct wtx *tx, const struct project_rename_in *in)
{
    return sql_change(tx, &project_rename_stmt, in);
}

/* :run
 * counts a change */
static const struct sql_stmt project_touch_stmt = {
    .name = "project_touch",
    .owner = "thing",
    .sqlite =
        "UPDATE project SET version = version + 1",
    .postgres =
        "UPDATE project SET version = version + 1",
    .writes = true,
};
MUST static inline enum rc
project_touch(struct wtx *tx, int64_t *ret_changed)
{
    return sql_run(tx, &project_touch_stmt, NULL, ret_changed);
}

/* :change
 * gone */
struct project_remove_in {
    struct project_id id;
};
static const struct sql_slot project_remove_in_slots[] = {
    {"id", SQL_I64, true, offsetof(struct project_remove_in, id)},
};
static const struct sql_stmt project_remove_stmt = {
    .name = "project_remove",
    .owner = "thing",
    .sqlite =
        "DELETE FROM project WHERE id = ?1",
    .postgres =
        "DELETE FROM project WHERE id = $1",
    .in = project_remove_in_slots,
    .n_in = 1,
    .writes = true,
};
MUST static inline enum rc
project_remove(struct wtx *tx, const struct project_remove_in *in)
{
    return sql_change(tx, &project_remove_stmt, in);
}

/* :maybe
 * by its exact name */
struct project_by_name_in {
    struct str name;
};
static const struct sql_slot project_by_name_in_slots[] = {
    {"name", SQL_TEXT, false, offsetof(struct project_by_name_in, name)},
};
struct project_by_name_row {
    struct project_id id;
    struct str name;
    int64_t version;
};
static const struct sql_slot project_by_name_row_slots[] = {
    {"id", SQL_I64, true, offsetof(struct project_by_name_row, id)},
    {"name", SQL_TEXT, false, offsetof(struct project_by_name_row, name)},
    {"version", SQL_I64, false, offsetof(struct project_by_name_row, version)},
};
static const struct sql_stmt project_by_name_stmt = {
    .name = "project_by_name",
    .owner = "thing",
    .sqlite =
        "SELECT id, name, version FROM project WHERE name = ?1",
    .postgres =
        "SELECT id, name, version FROM project WHERE name = $1",
    .in = project_by_name_in_slots,
    .n_in = 1,
    .row = project_by_name_row_slots,
    .n_row = 3,
    .row_size = sizeof(struct project_by_name_row),
    .writes = false,
};
MUST static inline enum rc
project_by_name(struct rtx *tx, const struct project_by_name_in *in, struct project_by_name_row *ret_row, bool *ret_found)
{
    return sql_maybe(tx, &project_by_name_stmt, in, ret_row, ret_found);
}

/* :one
 * by its id; a text with a ' and a ; and a \ in it */
struct project_find_in {
    struct project_id project_id;
};
static const struct sql_slot project_find_in_slots[] = {
    {"project_id", SQL_I64, true, offsetof(struct project_find_in, project_id)},
};
struct project_find_row {
    struct project_id id;
    struct str name;
    struct str sample_text;
};
static const struct sql_slot project_find_row_slots[] = {
    {"id", SQL_I64, true, offsetof(struct project_find_row, id)},
    {"name", SQL_TEXT, false, offsetof(struct project_find_row, name)},
    {"sample_text", SQL_TEXT, false, offsetof(struct project_find_row, sample_text)},
};
static const struct sql_stmt project_find_stmt = {
    .name = "project_find",
    .owner = "thing",
    .sqlite =
        "SELECT id, name, 'it''s; \\ \"so\"' AS sample_text FROM project WHERE id = ?1",
    .postgres =
        "SELECT id, name, 'it''s; \\ \"so\"' AS sample_text FROM project WHERE id = $1",
    .in = project_find_in_slots,
    .n_in = 1,
    .row = project_find_row_slots,
    .n_row = 3,
    .row_size = sizeof(struct project_find_row),
    .writes = false,
};
MUST static inline enum rc
project_find(struct rtx *tx, const struct project_find_in *in, struct project_find_row *ret_row)
{
    return sql_one(tx, &project_find_stmt, in, ret_row);
}

/* :one
 * wrong on purpose: gives every project */
struct project_any_row {
    struct project_id id;
};
static const struct sql_slot project_any_row_slots[] = {
    {"id", SQL_I64, true, offsetof(struct project_any_row, id)},
};
static const struct sql_stmt project_any_stmt = {
    .name = "project_any",
    .owner = "thing",
    .sqlite =
        "SELECT id FROM project ORDER BY id",
    .postgres =
        "SELECT id FROM project ORDER BY id",
    .row = project_any_row_slots,
    .n_row = 1,
    .row_size = sizeof(struct project_any_row),
    .writes = false,
};
MUST static inline enum rc
project_any(struct rtx *tx, struct project_any_row *ret_row)
{
    return sql_one(tx, &project_any_stmt, NULL, ret_row);
}

/* :list
 * names that begin with the text; %, _ and \ are escaped by the caller */
struct project_search_in {
    struct str pattern_text;
};
static const struct sql_slot project_search_in_slots[] = {
    {"pattern_text", SQL_TEXT, false, offsetof(struct project_search_in, pattern_text)},
};
struct project_search_row {
    struct project_id id;
    struct str project_name;
};
static const struct sql_slot project_search_row_slots[] = {
    {"id", SQL_I64, true, offsetof(struct project_search_row, id)},
    {"project_name", SQL_TEXT, false, offsetof(struct project_search_row, project_name)},
};
static const struct sql_stmt project_search_stmt = {
    .name = "project_search",
    .owner = "thing",
    .sqlite =
        "SELECT p.id, p.name AS project_name FROM project p WHERE p.name LIKE ?1 ESCAPE '\\' ORDER BY p.name, p.id",
    .postgres =
        "SELECT p.id, p.name AS project_name FROM project p WHERE p.name LIKE $1 ESCAPE '\\' ORDER BY p.name, p.id",
    .in = project_search_in_slots,
    .n_in = 1,
    .row = project_search_row_slots,
    .n_row = 2,
    .row_size = sizeof(struct project_search_row),
    .max_rows = 3,
    .writes = false,
};
MUST static inline enum rc
project_search(struct rtx *tx, const struct project_search_in *in, struct project_search_row **ret_rows, size_t *ret_n)
{
    void *rows;

    TRY(sql_list(tx, &project_search_stmt, in, &rows, ret_n));
    *ret_rows = rows;
    return OK;
}

/* :one
 * every type, with what the database adds */
struct entry_insert_in {
    struct time_entry_id id;
    struct project_id project_id;
    struct user_id responsible_user_id;
    struct day day;
    struct clock_time from_clock;
    struct minutes minutes;
    struct money rate;
    struct percent tax;
    bool is_closed;
    struct str note;
    struct bytes mark;
    struct instant created_at;
    int64_t sequence;
};
static const struct sql_slot entry_insert_in_slots[] = {
    {"id", SQL_I64, true, offsetof(struct entry_insert_in, id)},
    {"project_id", SQL_I64, true, offsetof(struct entry_insert_in, project_id)},
    {"responsible_user_id", SQL_I64, true, offsetof(struct entry_insert_in, responsible_user_id)},
    {"day", SQL_I32, false, offsetof(struct entry_insert_in, day)},
    {"from_clock", SQL_I32, false, offsetof(struct entry_insert_in, from_clock)},
    {"minutes", SQL_I32, false, offsetof(struct entry_insert_in, minutes)},
    {"rate", SQL_I64, false, offsetof(struct entry_insert_in, rate)},
    {"tax", SQL_I32, false, offsetof(struct entry_insert_in, tax)},
    {"is_closed", SQL_FLAG, false, offsetof(struct entry_insert_in, is_closed)},
    {"note", SQL_TEXT, false, offsetof(struct entry_insert_in, note)},
    {"mark", SQL_BLOB, false, offsetof(struct entry_insert_in, mark)},
    {"created_at", SQL_I64, true, offsetof(struct entry_insert_in, created_at)},
    {"sequence", SQL_I64, false, offsetof(struct entry_insert_in, sequence)},
};
struct entry_insert_row {
    struct time_entry_id id;
    struct instant created_at;
};
static const struct sql_slot entry_insert_row_slots[] = {
    {"id", SQL_I64, true, offsetof(struct entry_insert_row, id)},
    {"created_at", SQL_I64, true, offsetof(struct entry_insert_row, created_at)},
};
static const struct sql_stmt entry_insert_stmt = {
    .name = "entry_insert",
    .owner = "thing",
    .sqlite =
        "INSERT INTO time_entry (id, project_id, responsible_user_id, day, from_clock, minutes, rate, tax, is_closed, note, mark, created_at, sequence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING id, created_at",
    .postgres =
        "INSERT INTO time_entry (id, project_id, responsible_user_id, day, from_clock, minutes, rate, tax, is_closed, note, mark, created_at, sequence) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id, created_at",
    .in = entry_insert_in_slots,
    .n_in = 13,
    .row = entry_insert_row_slots,
    .n_row = 2,
    .row_size = sizeof(struct entry_insert_row),
    .writes = true,
};
MUST static inline enum rc
entry_insert(struct wtx *tx, const struct entry_insert_in *in, struct entry_insert_row *ret_row)
{
    return sql_write_one(tx, &entry_insert_stmt, in, ret_row);
}

/* :list
 * every column */
struct entry_all_row {
    struct time_entry_id id;
    struct project_id project_id;
    struct user_id responsible_user_id;
    struct day day;
    struct clock_time from_clock;
    struct minutes minutes;
    struct money rate;
    struct percent tax;
    bool is_closed;
    struct str note;
    struct bytes mark;
    struct instant created_at;
    int64_t sequence;
};
static const struct sql_slot entry_all_row_slots[] = {
    {"id", SQL_I64, true, offsetof(struct entry_all_row, id)},
    {"project_id", SQL_I64, true, offsetof(struct entry_all_row, project_id)},
    {"responsible_user_id", SQL_I64, true, offsetof(struct entry_all_row, responsible_user_id)},
    {"day", SQL_I32, false, offsetof(struct entry_all_row, day)},
    {"from_clock", SQL_I32, false, offsetof(struct entry_all_row, from_clock)},
    {"minutes", SQL_I32, false, offsetof(struct entry_all_row, minutes)},
    {"rate", SQL_I64, false, offsetof(struct entry_all_row, rate)},
    {"tax", SQL_I32, false, offsetof(struct entry_all_row, tax)},
    {"is_closed", SQL_FLAG, false, offsetof(struct entry_all_row, is_closed)},
    {"note", SQL_TEXT, false, offsetof(struct entry_all_row, note)},
    {"mark", SQL_BLOB, false, offsetof(struct entry_all_row, mark)},
    {"created_at", SQL_I64, true, offsetof(struct entry_all_row, created_at)},
    {"sequence", SQL_I64, false, offsetof(struct entry_all_row, sequence)},
};
static const struct sql_stmt entry_all_stmt = {
    .name = "entry_all",
    .owner = "thing",
    .sqlite =
        "SELECT id, project_id, responsible_user_id, day, from_clock, minutes, rate, tax, is_closed, note, mark, created_at, sequence FROM time_entry ORDER BY id",
    .postgres =
        "SELECT id, project_id, responsible_user_id, day, from_clock, minutes, rate, tax, is_closed, note, mark, created_at, sequence FROM time_entry ORDER BY id",
    .row = entry_all_row_slots,
    .n_row = 13,
    .row_size = sizeof(struct entry_all_row),
    .max_rows = 1000,
    .writes = false,
};
MUST static inline enum rc
entry_all(struct rtx *tx, struct entry_all_row **ret_rows, size_t *ret_n)
{
    void *rows;

    TRY(sql_list(tx, &entry_all_stmt, NULL, &rows, ret_n));
    *ret_rows = rows;
    return OK;
}

/* :each
 * one after the other */
struct entry_each_in {
    struct day since_day;
};
static const struct sql_slot entry_each_in_slots[] = {
    {"since_day", SQL_I32, false, offsetof(struct entry_each_in, since_day)},
};
struct entry_each_row {
    struct time_entry_id id;
    struct str note;
};
static const struct sql_slot entry_each_row_slots[] = {
    {"id", SQL_I64, true, offsetof(struct entry_each_row, id)},
    {"note", SQL_TEXT, false, offsetof(struct entry_each_row, note)},
};
static const struct sql_stmt entry_each_stmt = {
    .name = "entry_each",
    .owner = "thing",
    .sqlite =
        "SELECT id, note FROM time_entry WHERE (?1 IS NULL OR day >= ?1) ORDER BY id",
    .postgres =
        "SELECT id, note FROM time_entry WHERE ($1 IS NULL OR day >= $1) ORDER BY id",
    .in = entry_each_in_slots,
    .n_in = 1,
    .row = entry_each_row_slots,
    .n_row = 2,
    .row_size = sizeof(struct entry_each_row),
    .writes = false,
};
struct entry_each_each {
    enum rc (*fn)(void *arg, const struct entry_each_row *row);
    void *arg;
};
static inline enum rc
entry_each_each_row(void *arg, const void *row)
{
    const struct entry_each_each *e = arg;

    return e->fn(e->arg, row);
}
MUST static inline enum rc
entry_each(struct rtx *tx, const struct entry_each_in *in, enum rc (*fn)(void *arg, const struct entry_each_row *row), void *arg)
{
    struct entry_each_each e = {fn, arg};

    return sql_each(tx, &entry_each_stmt, in, entry_each_each_row, &e);
}

/* :one
 * how much, how many, and how long for one */
struct entry_sum_in {
    struct user_id responsible_user_id;
};
static const struct sql_slot entry_sum_in_slots[] = {
    {"responsible_user_id", SQL_I64, true, offsetof(struct entry_sum_in, responsible_user_id)},
};
struct entry_sum_row {
    struct minutes total_minutes;
    int64_t row_count;
    struct day last_day;
};
static const struct sql_slot entry_sum_row_slots[] = {
    {"total_minutes", SQL_I32, false, offsetof(struct entry_sum_row, total_minutes)},
    {"row_count", SQL_I64, false, offsetof(struct entry_sum_row, row_count)},
    {"last_day", SQL_I32, false, offsetof(struct entry_sum_row, last_day)},
};
static const struct sql_stmt entry_sum_stmt = {
    .name = "entry_sum",
    .owner = "thing",
    .sqlite =
        "SELECT coalesce(sum(minutes), 0) AS total_minutes, count(*) AS row_count, max(day) AS last_day FROM time_entry WHERE responsible_user_id = ?1",
    .postgres =
        "SELECT coalesce(sum(minutes), 0) AS total_minutes, count(*) AS row_count, max(day) AS last_day FROM time_entry WHERE responsible_user_id = $1",
    .in = entry_sum_in_slots,
    .n_in = 1,
    .row = entry_sum_row_slots,
    .n_row = 3,
    .row_size = sizeof(struct entry_sum_row),
    .writes = false,
};
MUST static inline enum rc
entry_sum(struct rtx *tx, const struct entry_sum_in *in, struct entry_sum_row *ret_row)
{
    return sql_one(tx, &entry_sum_stmt, in, ret_row);
}

/* :list
 * a write that gives its rows */
struct entry_rename_in {
    struct str note;
    struct project_id project_id;
};
static const struct sql_slot entry_rename_in_slots[] = {
    {"note", SQL_TEXT, false, offsetof(struct entry_rename_in, note)},
    {"project_id", SQL_I64, true, offsetof(struct entry_rename_in, project_id)},
};
struct entry_rename_row {
    struct time_entry_id id;
    struct str note;
};
static const struct sql_slot entry_rename_row_slots[] = {
    {"id", SQL_I64, true, offsetof(struct entry_rename_row, id)},
    {"note", SQL_TEXT, false, offsetof(struct entry_rename_row, note)},
};
static const struct sql_stmt entry_rename_stmt = {
    .name = "entry_rename",
    .owner = "thing",
    .sqlite =
        "UPDATE time_entry SET note = ?1 WHERE project_id = ?2 RETURNING id, note",
    .postgres =
        "UPDATE time_entry SET note = $1 WHERE project_id = $2 RETURNING id, note",
    .in = entry_rename_in_slots,
    .n_in = 2,
    .row = entry_rename_row_slots,
    .n_row = 2,
    .row_size = sizeof(struct entry_rename_row),
    .max_rows = 1000,
    .writes = true,
};
MUST static inline enum rc
entry_rename(struct wtx *tx, const struct entry_rename_in *in, struct entry_rename_row **ret_rows, size_t *ret_n)
{
    void *rows;

    TRY(sql_list(wtx_read(tx), &entry_rename_stmt, in, &rows, ret_n));
    *ret_rows = rows;
    return OK;
}

/* :maybe
 * nothing when it is there already */
struct entry_upsert_in {
    struct time_entry_id id;
    struct project_id project_id;
    struct day day;
    struct instant created_at;
    int64_t sequence;
};
static const struct sql_slot entry_upsert_in_slots[] = {
    {"id", SQL_I64, true, offsetof(struct entry_upsert_in, id)},
    {"project_id", SQL_I64, true, offsetof(struct entry_upsert_in, project_id)},
    {"day", SQL_I32, false, offsetof(struct entry_upsert_in, day)},
    {"created_at", SQL_I64, true, offsetof(struct entry_upsert_in, created_at)},
    {"sequence", SQL_I64, false, offsetof(struct entry_upsert_in, sequence)},
};
struct entry_upsert_row {
    struct time_entry_id id;
};
static const struct sql_slot entry_upsert_row_slots[] = {
    {"id", SQL_I64, true, offsetof(struct entry_upsert_row, id)},
};
static const struct sql_stmt entry_upsert_stmt = {
    .name = "entry_upsert",
    .owner = "thing",
    .sqlite =
        "INSERT INTO time_entry (id, project_id, day, minutes, created_at, sequence) VALUES (?1, ?2, ?3, 0, ?4, ?5) ON CONFLICT (project_id, day, sequence) DO NOTHING RETURNING id",
    .postgres =
        "INSERT INTO time_entry (id, project_id, day, minutes, created_at, sequence) VALUES ($1, $2, $3, 0, $4, $5) ON CONFLICT (project_id, day, sequence) DO NOTHING RETURNING id",
    .in = entry_upsert_in_slots,
    .n_in = 5,
    .row = entry_upsert_row_slots,
    .n_row = 1,
    .row_size = sizeof(struct entry_upsert_row),
    .writes = true,
};
MUST static inline enum rc
entry_upsert(struct wtx *tx, const struct entry_upsert_in *in, struct entry_upsert_row *ret_row, bool *ret_found)
{
    return sql_maybe(wtx_read(tx), &entry_upsert_stmt, in, ret_row, ret_found);
}

/* :one
 * counts for a very long time */
struct entry_slow_row {
    int64_t row_count;
};
static const struct sql_slot entry_slow_row_slots[] = {
    {"row_count", SQL_I64, false, offsetof(struct entry_slow_row, row_count)},
};
static const struct sql_stmt entry_slow_stmt = {
    .name = "entry_slow",
    .owner = "thing",
    .sqlite =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT count(*) AS row_count FROM n",
    .postgres =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT count(*) AS row_count FROM n",
    .row = entry_slow_row_slots,
    .n_row = 1,
    .row_size = sizeof(struct entry_slow_row),
    .writes = false,
};
MUST static inline enum rc
entry_slow(struct rtx *tx, struct entry_slow_row *ret_row)
{
    return sql_one(tx, &entry_slow_stmt, NULL, ret_row);
}

/* :one
 * a value that is no whole number */
struct entry_half_row {
    struct minutes total_minutes;
};
static const struct sql_slot entry_half_row_slots[] = {
    {"total_minutes", SQL_I32, false, offsetof(struct entry_half_row, total_minutes)},
};
static const struct sql_stmt entry_half_stmt = {
    .name = "entry_half",
    .owner = "thing",
    .sqlite =
        "SELECT 0.5 AS total_minutes",
    .postgres =
        "SELECT 0.5 AS total_minutes",
    .row = entry_half_row_slots,
    .n_row = 1,
    .row_size = sizeof(struct entry_half_row),
    .writes = false,
};
MUST static inline enum rc
entry_half(struct rtx *tx, struct entry_half_row *ret_row)
{
    return sql_one(tx, &entry_half_stmt, NULL, ret_row);
}

/* :one
 * a value that does not fit */
struct entry_big_row {
    struct minutes total_minutes;
};
static const struct sql_slot entry_big_row_slots[] = {
    {"total_minutes", SQL_I32, false, offsetof(struct entry_big_row, total_minutes)},
};
static const struct sql_stmt entry_big_stmt = {
    .name = "entry_big",
    .owner = "thing",
    .sqlite =
        "SELECT 3000000000 AS total_minutes",
    .postgres =
        "SELECT 3000000000 AS total_minutes",
    .row = entry_big_row_slots,
    .n_row = 1,
    .row_size = sizeof(struct entry_big_row),
    .writes = false,
};
MUST static inline enum rc
entry_big(struct rtx *tx, struct entry_big_row *ret_row)
{
    return sql_one(tx, &entry_big_stmt, NULL, ret_row);
}

/* :one
 * a number where text is promised */
struct entry_odd_text_row {
    struct str name_text;
};
static const struct sql_slot entry_odd_text_row_slots[] = {
    {"name_text", SQL_TEXT, false, offsetof(struct entry_odd_text_row, name_text)},
};
static const struct sql_stmt entry_odd_text_stmt = {
    .name = "entry_odd_text",
    .owner = "thing",
    .sqlite =
        "SELECT 5 AS name_text",
    .postgres =
        "SELECT 5 AS name_text",
    .row = entry_odd_text_row_slots,
    .n_row = 1,
    .row_size = sizeof(struct entry_odd_text_row),
    .writes = false,
};
MUST static inline enum rc
entry_odd_text(struct rtx *tx, struct entry_odd_text_row *ret_row)
{
    return sql_one(tx, &entry_odd_text_stmt, NULL, ret_row);
}

#endif
