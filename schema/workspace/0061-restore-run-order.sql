-- 0061-restore-run-order.sql: a return that the operator made is told from one that the agency's people ordered.

-- whose order it was; NULL: the operator put it back of his own accord
ALTER TABLE restore_run ADD COLUMN restore_order_id ref REFERENCES restore_order (id);
