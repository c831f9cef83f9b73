-- transfer.sql: an archive leaves, or takes a workspace's place.

-- transfer_people :one
-- how many people have ever worked here; an invitation that nobody took is nobody
SELECT count(*) AS user_count FROM "user" WHERE user_state <> 1;

-- transfer_heads :list(1000)
-- who rules here and is told when a copy leaves
SELECT id AS user_id, login FROM "user" WHERE user_state = 2 AND group_no = :group_no ORDER BY id;

-- export_owner :maybe
-- who ordered it
SELECT user_id FROM export_file WHERE id = :id;
