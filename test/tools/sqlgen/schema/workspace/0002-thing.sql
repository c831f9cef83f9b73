-- 0002-thing.sql: one table with every neutral type.

-- table project: what time is spent on
-- owner: thing
-- purpose: sample
-- retention: none
-- restore: content
CREATE TABLE project (
    id id,                         -- made by the program
    name text(40) NOT NULL UNIQUE, -- shown to people
    version int NOT NULL DEFAULT 1 -- counts changes
);

-- table time_entry: a row with every type
-- owner: thing
-- purpose: sample
-- retention: none
-- restore: content
-- immutable when OLD.is_closed = 1
CREATE TABLE time_entry (
    id id,                                            -- made by the program
    project_id ref NOT NULL REFERENCES project (id),  -- the project
    responsible_user_id ref,                          -- nobody: NULL
    day day NOT NULL,                                 -- civil day
    from_clock clock,                                 -- clock time
    minutes minutes NOT NULL CHECK (minutes >= 0),    -- duration
    rate money,                                       -- per hour
    tax percent,                                      -- percent
    is_closed flag NOT NULL DEFAULT 0,                -- changes no more
    note text(500),                                   -- free text
    mark blob(8),                                     -- bytes
    created_at instant NOT NULL,                      -- first seen
    sequence int,                                     -- a plain number
    UNIQUE (project_id, day, sequence)
);
CREATE INDEX time_entry_day ON time_entry (day, id) WHERE is_closed = 0;
