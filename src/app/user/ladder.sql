-- ladder.sql: rehearsals of the recovery ladder.

-- rehearsal_find :maybe
-- a person's last one
SELECT tried_at, rungs, code_tried, address_right FROM rehearsal WHERE user_id = :user_id;

-- rehearsal_put :change
-- the latest takes the place of the one before
INSERT INTO rehearsal (user_id, tried_at, rungs, code_tried, address_right)
VALUES (:user_id, :tried_at, :rungs, :code_tried, :address_right)
ON CONFLICT (user_id) DO UPDATE SET tried_at = excluded.tried_at, rungs = excluded.rungs,
    code_tried = excluded.code_tried, address_right = excluded.address_right;
