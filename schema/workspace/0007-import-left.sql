-- 0007-import-left: rows of a file that a person left out on purpose.

-- rows with faults that were left out; the person ticked it
ALTER TABLE import ADD COLUMN left_rows int NOT NULL DEFAULT 0;
