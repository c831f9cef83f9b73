-- restore.sql: what drills and restores leave behind.

-- drill_add :change
-- one drill has ended
INSERT INTO drill (id, state_name, made_at, drilled_at, is_good, code_text, result_text, signature,
    signer)
VALUES (:id, :state_name, :made_at, :drilled_at, :is_good, :code_text, :result_text, :signature,
    :signer);

-- drill_list :list(400)
-- the latest drills, the newest first
SELECT id AS drill_id, state_name, made_at, drilled_at, is_good, code_text, result_text, signature,
       signer
  FROM drill ORDER BY drilled_at DESC, id DESC LIMIT :limit_count;

-- drill_user :one
-- the first person there is, for whom pages are shown
SELECT coalesce(min(id), 0) AS user_id FROM "user";

-- drill_prune :run
-- drills that nobody need prove any more
DELETE FROM drill WHERE drilled_at < :before_at;

-- restore_add :change
-- an older state was put back
INSERT INTO restore_run (id, state_name, saved_name, restored_at, report_text, restore_order_id)
VALUES (:id, :state_name, :saved_name, :restored_at, :report_text, :restore_order_id);

-- restore_of_saved :maybe
-- the restore before which this state was saved
SELECT report_text FROM restore_run WHERE saved_name = :saved_name;

-- restore_last :maybe
-- the latest one, which can be undone
SELECT state_name, saved_name, restored_at
  FROM restore_run WHERE restored_at >= :since_at ORDER BY id DESC LIMIT 1;
