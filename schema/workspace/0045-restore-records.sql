-- 0045-restore-records.sql: single records of an older state are looked for and ordered, as a whole state is.

-- 1: of single records: a look is a search for them, a return is theirs (enum order_kind has both as kinds)
ALTER TABLE restore_order ADD COLUMN is_records flag NOT NULL DEFAULT 0;
-- of single records the words that were looked for, or which and how they come; '' 7 days after its end
ALTER TABLE restore_order ADD COLUMN what_text text(4000) NOT NULL DEFAULT '';
-- whose order it was; NULL: the operator's
ALTER TABLE restore_take ADD COLUMN restore_order_id ref REFERENCES restore_order (id);
CREATE INDEX restore_take_order ON restore_take (restore_order_id);
