-- 0001-base.sql: a small schema for sqlgen's own tests and the store's: what store itself needs, and
-- one table of guard's.

-- table schema_migration: one migration that ran
-- owner: store
-- purpose: book-keeping
-- retention: as long as the database
-- restore: present
CREATE TABLE schema_migration (
    migration_number int NOT NULL PRIMARY KEY, -- of the file
    checksum text(64) NOT NULL,                -- of its tokens
    applied_at instant NOT NULL                -- when it ran
);

-- table id_counter: the last id of one table
-- owner: store
-- purpose: ids are never given twice
-- retention: as long as the database
-- restore: merge (the greater of both)
CREATE TABLE id_counter (
    table_name text(64) NOT NULL PRIMARY KEY, -- the table
    last_number int NOT NULL                  -- the id given last
);

-- table audit: who did what
-- owner: guard
-- purpose: accountability,
--   also over two lines
-- retention: 3 years
-- restore: present
-- immutable when true
CREATE TABLE audit (
    id id,                      -- made by the program
    event_text text(64) NOT NULL -- what happened
);

-- table credential: something that only guard reads
-- owner: guard
-- secret
-- purpose: signing in
-- retention: with the person
-- restore: present
CREATE TABLE credential (
    user_id ref NOT NULL PRIMARY KEY, -- whose
    salt blob(16) NOT NULL            -- of the hash
);
