-- 0050-drill-seen.sql: what the console shows of drills and of a day's attempts.

-- when the newest state was tried last, as signed; NULL: never
ALTER TABLE backup_duty ADD COLUMN signed_at instant;
-- which state that was
ALTER TABLE backup_duty ADD COLUMN drilled_stamp text(16);
-- rows that were compared
ALTER TABLE backup_duty ADD COLUMN row_count int;
-- how many people have an account there; no names
ALTER TABLE backup_duty ADD COLUMN people_count int;
-- attempts that its day had needed when it was made; 0: not known
ALTER TABLE backup_state ADD COLUMN try_count int NOT NULL DEFAULT 0;
