-- 0032-backup.sql: the catalogue of backups: which states of which workspace there are, where their
-- copies lie, and how each workspace stands.

-- table backup_state: one archive of a workspace's store
-- owner: backup
-- purpose: showing that every promised state is there, and deciding which may go (Art. 32(1)(b, c), Art. 5(1)(e))
-- retention: until the last copy of the archive is unlinked
-- restore: present
CREATE TABLE backup_state (
    id id,                                  -- made by the program
    workspace_number int NOT NULL CHECK (workspace_number >= 0), -- whose: number of its folder; 0: the console's own
    stamp text(16) NOT NULL,                -- name of its file without the ending: 20261124T003100Z
    completed_at instant NOT NULL,          -- the state is of this time
    day day NOT NULL,                       -- the civil day in Berlin
    utc_offset int NOT NULL,                -- seconds that Berlin was ahead of UTC
    backup_origin int NOT NULL CHECK (backup_origin >= 1 AND backup_origin <= 3), -- enum backup_origin: good, believed (found in the folder, not verified yet), damaged
    size_bytes int NOT NULL,                -- of the file
    content_hash text(64) NOT NULL,         -- of the archive, as its trailer has it; '' while it is believed
    verified_at instant,                    -- when it was last read whole and found good; NULL: never
    tombstone_at instant,                   -- since when it is to go; NULL: it is not
    pin int NOT NULL DEFAULT 0 CHECK (pin >= 0 AND pin <= 3), -- enum keep_pin: none, a restore, legal hold, the customer
    pinned_at instant,                      -- since when something holds it
    pinned_until instant,                   -- and until when; NULL: until it is let go
    pin_reason text(120) NOT NULL DEFAULT '', -- who or what holds it, in the words of that
    version int NOT NULL DEFAULT 1          -- counts changes
);
CREATE UNIQUE INDEX backup_state_by_stamp ON backup_state (workspace_number, stamp);

-- table backup_copy: one place where an archive lies, or should
-- owner: backup
-- purpose: showing that each state is there several times, each copy verified by itself (Art. 32(1)(b, c))
-- retention: as long as its state
-- restore: present
CREATE TABLE backup_copy (
    id id,                                  -- made by the program
    backup_state_id ref NOT NULL REFERENCES backup_state (id), -- which archive
    target_name text(40) NOT NULL,          -- where: 'backup' for the folder itself, else as kontor.conf names it
    copy_state int NOT NULL CHECK (copy_state >= 1 AND copy_state <= 3), -- enum copy_state: verified, failed, missing
    verified_at instant,                    -- when this copy was last read whole and found good; NULL: never
    fault text(64) NOT NULL                 -- code of what went wrong last; '' when nothing did
);
CREATE UNIQUE INDEX backup_copy_by_target ON backup_copy (backup_state_id, target_name);

-- table backup_duty: how a workspace stands with its daily backup
-- owner: backup
-- purpose: trying again until each day has its backup, and saying when one is missing (Art. 32(1)(c, d))
-- retention: as long as the workspace is known
-- restore: present
CREATE TABLE backup_duty (
    id id,                                  -- made by the program
    workspace_number int NOT NULL CHECK (workspace_number >= 0), -- whose; 0: the console's own
    tried_at instant,                       -- when the last attempt began, whatever came of it; NULL: never
    good_at instant,                        -- when the last verified success was completed; NULL: never
    try_count int NOT NULL DEFAULT 0,       -- attempts since then
    fault text(64) NOT NULL DEFAULT '',     -- code of what the last one failed of; '' when it did not
    missed_days int NOT NULL DEFAULT 0,     -- whole days without a success before the last one
    believed_at instant,                    -- the clock by which was decided last what may go; NULL: never
    told_at instant,                        -- when the operators were last told that something is wrong; NULL: nothing is
    version int NOT NULL DEFAULT 1          -- counts changes
);
CREATE UNIQUE INDEX backup_duty_by_workspace ON backup_duty (workspace_number);
