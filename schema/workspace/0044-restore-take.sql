-- 0044-restore-take.sql: single records that came back out of an older state.

-- table restore_take: single records of one state that were brought back, in one go
-- owner: restore
-- purpose: proof of what was brought back, and the way back (Art. 5(2), Art. 32(1)(c)); names no person
-- retention: as long as the workspace
-- restore: present
CREATE TABLE restore_take (
    id id,                          -- made by the program
    state_name text(40) NOT NULL,   -- the state they came from
    taken_at instant NOT NULL,      -- when it was done
    undone_at instant               -- when it was undone; NULL: it was not
);

-- table restore_take_row: one row that came back or was set back by it
-- owner: restore
-- secret
-- purpose: undoing exactly this, as long as nobody has changed it since (Art. 32(1)(c))
-- retention: 7 days, as it holds what people wrote
-- restore: present
CREATE TABLE restore_take_row (
    restore_take_id ref NOT NULL REFERENCES restore_take (id), -- by which
    row_no int NOT NULL,            -- in the order in which they came
    record_table text(64) NOT NULL, -- its table
    before_json text(200000),       -- its values before, as JSON; NULL: it was not there
    after_json text(200000) NOT NULL, -- and since
    PRIMARY KEY (restore_take_id, row_no)
);
