-- 0033-backup-planned.sql: each day is decided once what may go.

-- when was last decided what may go, whatever came of it; NULL: never
ALTER TABLE backup_duty ADD COLUMN planned_at instant;
