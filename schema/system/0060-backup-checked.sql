-- 0060-backup-checked.sql: a state whose reading came to nothing is not read again at once.

-- when its last reading began, whatever came of it; NULL: never, or it was found damaged since
ALTER TABLE backup_state ADD COLUMN checked_at instant;
