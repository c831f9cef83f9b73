-- 0034-backup-drilled.sql: each day the newest state is tried: opened, read, judged.

-- when the newest state was last tried, whatever came of it; NULL: never
ALTER TABLE backup_duty ADD COLUMN drilled_at instant;
-- code of what that failed of; '' when it did not
ALTER TABLE backup_duty ADD COLUMN drill_fault text(64) NOT NULL DEFAULT '';
