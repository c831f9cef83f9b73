-- 0062-backup-place.sql: where the targets of copies were, so that it is seen when one is elsewhere.

-- table backup_place: one target of copies, and where kontor.conf had it
-- owner: backup
-- purpose: no copy counts that was verified in another place (Art. 32(1)(b, c))
-- retention: as long as the installation; three rows at most
-- restore: present
CREATE TABLE backup_place (
    id id,                                  -- made by the program
    target_name text(40) NOT NULL,          -- as kontor.conf names it
    place_mark text(16) NOT NULL            -- of the place: another one when that is
);
CREATE UNIQUE INDEX backup_place_by_name ON backup_place (target_name);
