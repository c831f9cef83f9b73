-- 0048-backup-repaired.sql: an archive that was not whole was made anew from a copy.

-- when that was last done; NULL: never
ALTER TABLE backup_state ADD COLUMN repaired_at instant;
