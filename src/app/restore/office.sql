-- office.sql: what the workspace's own people see of its states and order of them.

-- drill_latest :list(400)
-- the latest drills, the newest first
SELECT id AS drill_id, state_name, drilled_at, is_good, code_text, result_text
  FROM drill ORDER BY drilled_at DESC, id DESC LIMIT :limit_count;
