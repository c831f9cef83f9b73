-- 0057-export-readable.sql: the readable tables are an export like the archive: made once, fetched in parts. Their
-- file is plain for who fetches it, so it lies sealed to a key of its own, which this server keeps until it goes.

-- every table as CSV and JSON in one tar; else the archive
ALTER TABLE export_file ADD COLUMN is_readable flag NOT NULL DEFAULT 0;

-- what opens it: the secret half of recipient_text, sealed by keymgr, in hex; '' for an archive, and when its file has gone
ALTER TABLE export_file ADD COLUMN opener_text text(400) NOT NULL DEFAULT '';
