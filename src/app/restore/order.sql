-- order.sql: orders about older states. Of single records, a look (1) and a return (2) are the kinds 5 and 6 of
-- enum order_kind, wherever a kind is read or asked for.

-- order_insert :change
-- an order is new
INSERT INTO restore_order (id, order_kind, order_state, state_name, user_id, ordered_at,
    reason_text, order_key, total, is_settled, run_number, code_text, saved_name, outcome_text,
    is_records, what_text)
VALUES (:id, :order_kind, :order_state, :state_name, :user_id, :ordered_at, :reason_text,
    :order_key, :total, 0, :run_number, '', '', :outcome_text, :is_records, :what_text);

-- order_row :maybe
-- one order
SELECT id, order_kind + 4 * is_records AS order_kind, order_state, state_name, user_id, ordered_at,
       ended_at, reason_text, order_key, total, is_settled, run_number, code_text, saved_name, outcome_text, what_text,
       release_need, release_given, waits_at, refuse_reason
  FROM restore_order WHERE id = :id;

-- order_of_key :maybe
-- the order under which its price is kept
SELECT id FROM restore_order WHERE order_key = :order_key;

-- order_past :list(50)
-- what was put back or shall be, the latest first
SELECT id, order_kind + 4 * is_records AS order_kind, order_state, state_name, user_id, ordered_at,
       ended_at, total, waits_at, refuse_reason
  FROM restore_order WHERE order_kind IN (2, 3) ORDER BY id DESC LIMIT 50;

-- order_wanted :list(100)
-- what master is to be asked for: not what waits for the operator's release, he says when it comes
SELECT id, order_kind + 4 * is_records AS order_kind, state_name, what_text
  FROM restore_order WHERE order_state = 2 AND waits_at IS NULL ORDER BY id LIMIT 100;

-- order_returning :list(100)
-- whole states that are to come back, and those that wait for the operator's release
SELECT id FROM restore_order
 WHERE order_state = 2 AND order_kind IN (2, 3) AND is_records = 0 ORDER BY id LIMIT 100;

-- order_unsettled :list(100)
-- what has ended without the operator's record knowing
SELECT id, order_state, code_text, order_key FROM restore_order
 WHERE order_key IS NOT NULL AND order_state >= 3 AND is_settled = 0 ORDER BY id LIMIT 100;

-- order_failed_backup :maybe
-- the backup that was asked for last, when it failed
SELECT ended_at, code_text FROM restore_order
 WHERE id = (SELECT max(id) FROM restore_order WHERE order_kind = 4 AND is_records = 0) AND order_state = 4;

-- order_under_way :maybe
-- what is being put back, or waits for it
SELECT id, order_state FROM restore_order
 WHERE order_kind IN (2, 3) AND order_state <= 2 ORDER BY id DESC LIMIT 1;

-- order_held :maybe
-- the state of a return that waits or is under way
SELECT state_name, ordered_at FROM restore_order
 WHERE order_kind = 2 AND order_state <= 2 ORDER BY id DESC LIMIT 1;

-- order_open :list(100)
-- those that wait for an approval
SELECT id FROM restore_order WHERE order_state = 1 ORDER BY id LIMIT 100;

-- order_latest :maybe
-- the latest order of a kind about a state
SELECT id FROM restore_order
 WHERE order_kind + 4 * is_records = :order_kind AND state_name = :state_name ORDER BY id DESC LIMIT 1;

-- order_search_latest :maybe
-- what this person looked for in a state at last
SELECT id FROM restore_order
 WHERE order_kind = 1 AND is_records = 1 AND state_name = :state_name AND user_id = :user_id
 ORDER BY id DESC LIMIT 1;

-- order_count :one
-- how many of a kind were ordered since then
SELECT count(*) AS order_count FROM restore_order
 WHERE order_kind + 4 * is_records = :order_kind AND ordered_at >= :since_at AND order_state <> 4;

-- order_set_wanted :change
-- it was approved
UPDATE restore_order SET order_state = 2, run_number = :run_number
 WHERE id = :id AND order_state = 1;

-- order_set_release :change
-- how many of the operator's people have released it, and whether it waits for more
UPDATE restore_order
   SET release_need = :release_need, release_given = :release_given, waits_at = :waits_at, refuse_reason = :refuse_reason
 WHERE id = :id AND order_state = 2;

-- order_waiting :list(100)
-- those that wait for the operator's release
SELECT id, waits_at FROM restore_order
 WHERE order_state = 2 AND waits_at IS NOT NULL ORDER BY id LIMIT 100;

-- order_group_of :one
-- of whoever ordered
SELECT group_no FROM "user" WHERE id = :user_id;

-- order_end :change
-- it is over
UPDATE restore_order
   SET order_state = :order_state, ended_at = :ended_at, code_text = :code_text,
       saved_name = :saved_name, outcome_text = :outcome_text
 WHERE id = :id AND order_state <= 2;

-- order_set_settled :change
-- the operator's record knows
UPDATE restore_order SET is_settled = 1 WHERE id = :id;

-- order_stop_all :run
-- what another server had under way is over here
UPDATE restore_order SET order_state = 5, ended_at = :ended_at WHERE order_state <= 2;

-- order_settle_all :run
-- and the prices are between it and the agency
UPDATE restore_order SET is_settled = 1 WHERE order_key IS NOT NULL AND is_settled = 0;

-- order_prune :run
-- looks, searches and backups that are over
DELETE FROM restore_order WHERE order_kind IN (1, 4) AND ended_at < :before_at;

-- order_fade :run
-- what single records are called, once it cannot be undone any more
UPDATE restore_order SET outcome_text = '', what_text = ''
 WHERE order_kind = 2 AND is_records = 1 AND ended_at < :before_at AND what_text <> '';

-- order_take_row :maybe
-- the single records that came by this order
SELECT id AS restore_take_id, taken_at, undone_at FROM restore_take
 WHERE restore_order_id = :restore_order_id;

-- order_run_latest :one
-- the number of the latest state that was put back
SELECT coalesce(max(id), 0) AS run_count FROM restore_run;

-- order_run_behind :maybe
-- the return of this state behind that one: by this order, else by whomever
SELECT saved_name, report_text, restore_order_id FROM restore_run
 WHERE state_name = :state_name AND id > :run_count
 ORDER BY coalesce(restore_order_id, 0) = :restore_order_id DESC, id LIMIT 1;

-- order_run_of :maybe
-- is it the latest one, before which this state was saved?
SELECT restored_at FROM restore_run
 WHERE saved_name = :saved_name AND id = (SELECT max(id) FROM restore_run);

-- order_user_name :maybe
-- who ordered
SELECT first_name, last_name, login FROM "user" WHERE id = :user_id;
