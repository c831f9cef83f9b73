/* schema_workspace.gen.h: written by schemagen from the files of schema/; do not edit. */
#include "store/schema.h"

static const struct schema_migration workspace_migrations[] = {
    {.number = 1,
     .name = "0001-base",
     .checksum = "74802c55b6e82212a949f6eeaddeb7e349995cc39b1e90ed1d0330dadf3e7a88",
     .sqlite =
         "CREATE TABLE schema_migration (\n"
         "    migration_number INTEGER NOT NULL PRIMARY KEY,\n"
         "    checksum TEXT CHECK (length(checksum) <= 64) NOT NULL,\n"
         "    applied_at INTEGER NOT NULL\n"
         ") STRICT;\n"
         "CREATE TABLE id_counter (\n"
         "    table_name TEXT CHECK (length(table_name) <= 64) NOT NULL PRIMARY KEY,\n"
         "    last_number INTEGER NOT NULL\n"
         ") STRICT;\n"
         "CREATE TABLE audit (\n"
         "    id INTEGER PRIMARY KEY,\n"
         "    event_text TEXT CHECK (length(event_text) <= 64) NOT NULL\n"
         ") STRICT;\n"
         "CREATE TRIGGER audit_immutable_1_update BEFORE UPDATE ON \"audit\" WHEN true\n"
         "BEGIN SELECT RAISE(ABORT, 'immutable audit'); END;\n"
         "CREATE TRIGGER audit_immutable_1_delete BEFORE DELETE ON \"audit\" WHEN true\n"
         "BEGIN SELECT RAISE(ABORT, 'immutable audit'); END;\n"
         "CREATE TABLE credential (\n"
         "    user_id INTEGER NOT NULL PRIMARY KEY,\n"
         "    salt BLOB CHECK (length(salt) <= 16) NOT NULL\n"
         ") STRICT;\n",
     .postgres =
         "CREATE TABLE schema_migration (\n"
         "    migration_number BIGINT NOT NULL PRIMARY KEY,\n"
         "    checksum TEXT CHECK (char_length(checksum) <= 64) NOT NULL,\n"
         "    applied_at BIGINT NOT NULL\n"
         ");\n"
         "CREATE TABLE id_counter (\n"
         "    table_name TEXT CHECK (char_length(table_name) <= 64) NOT NULL PRIMARY KEY,\n"
         "    last_number BIGINT NOT NULL\n"
         ");\n"
         "CREATE TABLE audit (\n"
         "    id BIGINT PRIMARY KEY,\n"
         "    event_text TEXT CHECK (char_length(event_text) <= 64) NOT NULL\n"
         ");\n"
         "CREATE OR REPLACE FUNCTION kontor_immutable() RETURNS trigger LANGUAGE plpgsql AS\n"
         "$$ BEGIN RAISE EXCEPTION 'immutable %', TG_TABLE_NAME; END $$;\n"
         "CREATE TRIGGER audit_immutable_1 BEFORE UPDATE OR DELETE ON \"audit\" FOR EACH ROW\n"
         "WHEN (true) EXECUTE FUNCTION kontor_immutable();\n"
         "CREATE TABLE credential (\n"
         "    user_id BIGINT NOT NULL PRIMARY KEY,\n"
         "    salt BYTEA CHECK (octet_length(salt) <= 16) NOT NULL\n"
         ");\n"},
    {.number = 2,
     .name = "0002-thing",
     .checksum = "974df1c9977440463c38c3cb5692992e64aa9bcd9075ce61b458b85a804d2c9d",
     .sqlite =
         "CREATE TABLE project (\n"
         "    id INTEGER PRIMARY KEY,\n"
         "    name TEXT CHECK (length(name) <= 40) NOT NULL UNIQUE,\n"
         "    version INTEGER NOT NULL DEFAULT 1\n"
         ") STRICT;\n"
         "CREATE TABLE time_entry (\n"
         "    id INTEGER PRIMARY KEY,\n"
         "    project_id INTEGER NOT NULL REFERENCES project (id),\n"
         "    responsible_user_id INTEGER,\n"
         "    day INTEGER NOT NULL,\n"
         "    from_clock INTEGER,\n"
         "    minutes INTEGER NOT NULL CHECK (minutes >= 0),\n"
         "    rate INTEGER,\n"
         "    tax INTEGER,\n"
         "    is_closed INTEGER CHECK (is_closed IN (0, 1)) NOT NULL DEFAULT 0,\n"
         "    note TEXT CHECK (length(note) <= 500),\n"
         "    mark BLOB CHECK (length(mark) <= 8),\n"
         "    created_at INTEGER NOT NULL,\n"
         "    sequence INTEGER,\n"
         "    UNIQUE (project_id, day, sequence)\n"
         ") STRICT;\n"
         "CREATE TRIGGER time_entry_immutable_1_update BEFORE UPDATE ON \"time_entry\" WHEN OLD.is_closed = 1\n"
         "BEGIN SELECT RAISE(ABORT, 'immutable time_entry'); END;\n"
         "CREATE TRIGGER time_entry_immutable_1_delete BEFORE DELETE ON \"time_entry\" WHEN OLD.is_closed = 1\n"
         "BEGIN SELECT RAISE(ABORT, 'immutable time_entry'); END;\n"
         "CREATE INDEX time_entry_day ON time_entry (day, id) WHERE is_closed = 0;\n",
     .postgres =
         "CREATE TABLE project (\n"
         "    id BIGINT PRIMARY KEY,\n"
         "    name TEXT CHECK (char_length(name) <= 40) NOT NULL UNIQUE,\n"
         "    version BIGINT NOT NULL DEFAULT 1\n"
         ");\n"
         "CREATE TABLE time_entry (\n"
         "    id BIGINT PRIMARY KEY,\n"
         "    project_id BIGINT NOT NULL REFERENCES project (id),\n"
         "    responsible_user_id BIGINT,\n"
         "    day INTEGER NOT NULL,\n"
         "    from_clock INTEGER,\n"
         "    minutes INTEGER NOT NULL CHECK (minutes >= 0),\n"
         "    rate BIGINT,\n"
         "    tax INTEGER,\n"
         "    is_closed SMALLINT CHECK (is_closed IN (0, 1)) NOT NULL DEFAULT 0,\n"
         "    note TEXT CHECK (char_length(note) <= 500),\n"
         "    mark BYTEA CHECK (octet_length(mark) <= 8),\n"
         "    created_at BIGINT NOT NULL,\n"
         "    sequence BIGINT,\n"
         "    UNIQUE (project_id, day, sequence)\n"
         ");\n"
         "CREATE OR REPLACE FUNCTION kontor_immutable() RETURNS trigger LANGUAGE plpgsql AS\n"
         "$$ BEGIN RAISE EXCEPTION 'immutable %', TG_TABLE_NAME; END $$;\n"
         "CREATE TRIGGER time_entry_immutable_1 BEFORE UPDATE OR DELETE ON \"time_entry\" FOR EACH ROW\n"
         "WHEN (OLD.is_closed = 1) EXECUTE FUNCTION kontor_immutable();\n"
         "CREATE INDEX time_entry_day ON time_entry (day, id) WHERE is_closed = 0;\n"},
    {.number = 3,
     .name = "0003-more",
     .checksum = "d6ff32c2a0eac359668d41701a3e82376f2034c328a7179c1d5d0b35d2981b57",
     .sqlite =
         "ALTER TABLE project ADD COLUMN short_name TEXT CHECK (length(short_name) <= 10) NOT NULL DEFAULT '';\n"
         "DROP INDEX time_entry_day;\n"
         "CREATE UNIQUE INDEX project_short ON project (short_name) WHERE short_name <> '';\n"
         "UPDATE project SET short_name = 'K;''\"' WHERE name = '-- no comment';\n"
         "CREATE TABLE \"group\" (\n"
         "    group_no INTEGER NOT NULL,\n"
         "    \"limit\" INTEGER NOT NULL,\n"
         "    PRIMARY KEY (group_no, \"limit\")\n"
         ") STRICT;\n",
     .postgres =
         "ALTER TABLE project ADD COLUMN short_name TEXT CHECK (char_length(short_name) <= 10) NOT NULL DEFAULT '';\n"
         "DROP INDEX time_entry_day;\n"
         "CREATE UNIQUE INDEX project_short ON project (short_name) WHERE short_name <> '';\n"
         "UPDATE project SET short_name = 'K;''\"' WHERE name = '-- no comment';\n"
         "CREATE TABLE \"group\" (\n"
         "    group_no BIGINT NOT NULL,\n"
         "    \"limit\" BIGINT NOT NULL,\n"
         "    PRIMARY KEY (group_no, \"limit\")\n"
         ");\n"},
    {.number = 4,
     .name = "0004-less",
     .checksum = "4c4ffb74a66b6a0eb9f1cf9fc89c8fe6e42e77aedb9a8b46084cf5e5106758ef",
     .sqlite =
         "CREATE TABLE scrap (\n"
         "    id INTEGER PRIMARY KEY\n"
         ") STRICT;\n"
         "DROP TABLE scrap;\n",
     .postgres =
         "CREATE TABLE scrap (\n"
         "    id BIGINT PRIMARY KEY\n"
         ");\n"
         "DROP TABLE scrap;\n"},
};

static const struct schema_column workspace_audit_columns[] = {
    {.name = "id",
     .type = "id",
     .text = "made by the program",
    },
    {.name = "event_text",
     .type = "text",
     .text = "what happened",
    },
};
static const struct schema_column workspace_credential_columns[] = {
    {.name = "user_id",
     .type = "ref",
     .text = "whose",
    },
    {.name = "salt",
     .type = "blob",
     .text = "of the hash",
    },
};
static const struct schema_column workspace_group_columns[] = {
    {.name = "group_no",
     .type = "int",
     .text = "number",
    },
    {.name = "limit",
     .type = "int",
     .text = "a column whose name is one as well",
    },
};
static const struct schema_column workspace_id_counter_columns[] = {
    {.name = "table_name",
     .type = "text",
     .text = "the table",
    },
    {.name = "last_number",
     .type = "int",
     .text = "the id given last",
    },
};
static const struct schema_column workspace_project_columns[] = {
    {.name = "id",
     .type = "id",
     .text = "made by the program",
    },
    {.name = "name",
     .type = "text",
     .text = "shown to people",
    },
    {.name = "version",
     .type = "int",
     .text = "counts changes",
    },
    {.name = "short_name",
     .type = "text",
     .text = "short form of the name",
    },
};
static const struct schema_column workspace_schema_migration_columns[] = {
    {.name = "migration_number",
     .type = "int",
     .text = "of the file",
    },
    {.name = "checksum",
     .type = "text",
     .text = "of its tokens",
    },
    {.name = "applied_at",
     .type = "instant",
     .text = "when it ran",
    },
};
static const struct schema_column workspace_time_entry_columns[] = {
    {.name = "id",
     .type = "id",
     .text = "made by the program",
    },
    {.name = "project_id",
     .type = "ref",
     .text = "the project",
    },
    {.name = "responsible_user_id",
     .type = "ref",
     .text = "nobody: NULL",
    },
    {.name = "day",
     .type = "day",
     .text = "civil day",
    },
    {.name = "from_clock",
     .type = "clock",
     .text = "clock time",
    },
    {.name = "minutes",
     .type = "minutes",
     .text = "duration",
    },
    {.name = "rate",
     .type = "money",
     .text = "per hour",
    },
    {.name = "tax",
     .type = "percent",
     .text = "percent",
    },
    {.name = "is_closed",
     .type = "flag",
     .text = "changes no more",
    },
    {.name = "note",
     .type = "text",
     .text = "free text",
    },
    {.name = "mark",
     .type = "blob",
     .text = "bytes",
    },
    {.name = "created_at",
     .type = "instant",
     .text = "first seen",
    },
    {.name = "sequence",
     .type = "int",
     .text = "a plain number",
    },
};
/* Sorted by name. */
static const struct schema_table workspace_tables[] = {
    {.name = "audit",
     .title = "who did what",
     .owner = "guard",
     .purpose = "accountability, also over two lines",
     .retention = "3 years",
     .restore = "present",
     .columns = workspace_audit_columns,
     .n_columns = sizeof(workspace_audit_columns) / sizeof(workspace_audit_columns[0]),
     .secret = false},
    {.name = "credential",
     .title = "something that only guard reads",
     .owner = "guard",
     .purpose = "signing in",
     .retention = "with the person",
     .restore = "present",
     .columns = workspace_credential_columns,
     .n_columns = sizeof(workspace_credential_columns) / sizeof(workspace_credential_columns[0]),
     .secret = true},
    {.name = "group",
     .title = "a table whose name is a word of SQL",
     .owner = "thing",
     .purpose = "sample",
     .retention = "none",
     .restore = "content",
     .columns = workspace_group_columns,
     .n_columns = sizeof(workspace_group_columns) / sizeof(workspace_group_columns[0]),
     .secret = false},
    {.name = "id_counter",
     .title = "the last id of one table",
     .owner = "store",
     .purpose = "ids are never given twice",
     .retention = "as long as the database",
     .restore = "merge (the greater of both)",
     .columns = workspace_id_counter_columns,
     .n_columns = sizeof(workspace_id_counter_columns) / sizeof(workspace_id_counter_columns[0]),
     .secret = false},
    {.name = "project",
     .title = "what time is spent on",
     .owner = "thing",
     .purpose = "sample",
     .retention = "none",
     .restore = "content",
     .columns = workspace_project_columns,
     .n_columns = sizeof(workspace_project_columns) / sizeof(workspace_project_columns[0]),
     .secret = false},
    {.name = "schema_migration",
     .title = "one migration that ran",
     .owner = "store",
     .purpose = "book-keeping",
     .retention = "as long as the database",
     .restore = "present",
     .columns = workspace_schema_migration_columns,
     .n_columns = sizeof(workspace_schema_migration_columns) / sizeof(workspace_schema_migration_columns[0]),
     .secret = false},
    {.name = "time_entry",
     .title = "a row with every type",
     .owner = "thing",
     .purpose = "sample",
     .retention = "none",
     .restore = "content",
     .columns = workspace_time_entry_columns,
     .n_columns = sizeof(workspace_time_entry_columns) / sizeof(workspace_time_entry_columns[0]),
     .secret = false},
};

static const struct schema_def schema_workspace = {
    .name = "workspace",
    .migrations = workspace_migrations,
    .n_migrations = sizeof(workspace_migrations) / sizeof(workspace_migrations[0]),
    .tables = workspace_tables,
    .n_tables = sizeof(workspace_tables) / sizeof(workspace_tables[0]),
};
