-- 0001-base.sql: what every database of Kontor has, whichever schema: its own book-keeping and the audit
-- trail. Files in schema/guard belong to both schemas: system.db is a workspace whose users are the
-- operators.

-- table schema_migration: one migration that this database has been through
-- owner: store
-- purpose: opening the database with the right program (Art. 32)
-- retention: as long as the database
-- restore: present
CREATE TABLE schema_migration (
    migration_number int NOT NULL PRIMARY KEY, -- of the file, 7 for 0007-invoice.sql
    checksum text(64) NOT NULL,                -- BLAKE2b-256 of its tokens, hexadecimal
    applied_at instant NOT NULL                -- when it ran here
);

-- table id_counter: the last id that was given to a row of one table
-- owner: store
-- purpose: an id is never given twice, also after deletion
-- retention: as long as the database
-- restore: merge (the greater of both numbers)
CREATE TABLE id_counter (
    table_name text(64) NOT NULL PRIMARY KEY, -- the table
    last_number int NOT NULL                  -- the id given last; the next one is 1 more
);

-- table audit: one change or security event: who did what to which subject, and when
-- owner: guard
-- purpose: accountability and tracing of misuse (Art. 5(2), Art. 32)
-- retention: 3 years after the end of the year
-- restore: present
-- immutable when true
CREATE TABLE audit (
    id id,                                 -- made by the program
    at instant NOT NULL,                   -- the time of the transaction
    actor_user_id ref,                     -- who; NULL for the system and for nobody signed in yet
    reason_text text(200),                 -- for the system: which command or job ("cli user.add")
    event_text text(64) NOT NULL,          -- name of the event in events.def, never reused
    subject_kind_text text(40),            -- what kind of row it was about; NULL for none
    subject_number int,                    -- the id of that row
    fields_text text(8000),                -- what changed, as guard/audit.h says; no secrets
    network_text text(64)                  -- coarse client network, security events only
);
CREATE INDEX audit_subject ON audit (subject_kind_text, subject_number, id);
CREATE INDEX audit_actor ON audit (actor_user_id, id);
