-- 0001-base
CREATE TABLE schema_migration (
    migration_number BIGINT NOT NULL PRIMARY KEY,
    checksum TEXT CHECK (char_length(checksum) <= 64) NOT NULL,
    applied_at BIGINT NOT NULL
);
CREATE TABLE id_counter (
    table_name TEXT CHECK (char_length(table_name) <= 64) NOT NULL PRIMARY KEY,
    last_number BIGINT NOT NULL
);
CREATE TABLE audit (
    id BIGINT PRIMARY KEY,
    event_text TEXT CHECK (char_length(event_text) <= 64) NOT NULL
);
CREATE OR REPLACE FUNCTION kontor_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'immutable %', TG_TABLE_NAME; END $$;
CREATE TRIGGER audit_immutable_1 BEFORE UPDATE OR DELETE ON "audit" FOR EACH ROW
WHEN (true) EXECUTE FUNCTION kontor_immutable();
CREATE TABLE credential (
    user_id BIGINT NOT NULL PRIMARY KEY,
    salt BYTEA CHECK (octet_length(salt) <= 16) NOT NULL
);
-- 0002-thing
CREATE TABLE project (
    id BIGINT PRIMARY KEY,
    name TEXT CHECK (char_length(name) <= 40) NOT NULL UNIQUE,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE TABLE time_entry (
    id BIGINT PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES project (id),
    responsible_user_id BIGINT,
    day INTEGER NOT NULL,
    from_clock INTEGER,
    minutes INTEGER NOT NULL CHECK (minutes >= 0),
    rate BIGINT,
    tax INTEGER,
    is_closed SMALLINT CHECK (is_closed IN (0, 1)) NOT NULL DEFAULT 0,
    note TEXT CHECK (char_length(note) <= 500),
    mark BYTEA CHECK (octet_length(mark) <= 8),
    created_at BIGINT NOT NULL,
    sequence BIGINT,
    UNIQUE (project_id, day, sequence)
);
CREATE OR REPLACE FUNCTION kontor_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'immutable %', TG_TABLE_NAME; END $$;
CREATE TRIGGER time_entry_immutable_1 BEFORE UPDATE OR DELETE ON "time_entry" FOR EACH ROW
WHEN (OLD.is_closed = 1) EXECUTE FUNCTION kontor_immutable();
CREATE INDEX time_entry_day ON time_entry (day, id) WHERE is_closed = 0;
-- 0003-more
ALTER TABLE project ADD COLUMN short_name TEXT CHECK (char_length(short_name) <= 10) NOT NULL DEFAULT '';
DROP INDEX time_entry_day;
CREATE UNIQUE INDEX project_short ON project (short_name) WHERE short_name <> '';
UPDATE project SET short_name = 'K;''"' WHERE name = '-- no comment';
CREATE TABLE "group" (
    group_no BIGINT NOT NULL,
    "limit" BIGINT NOT NULL,
    PRIMARY KEY (group_no, "limit")
);
-- 0004-less
CREATE TABLE scrap (
    id BIGINT PRIMARY KEY
);
DROP TABLE scrap;
