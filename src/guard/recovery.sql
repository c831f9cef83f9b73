-- recovery.sql: recovery codes; read and written by recovery.c alone.

-- recovery_same_selector :maybe
-- a code of a person, used or not, that a new one must not be taken for
SELECT id FROM recovery WHERE user_id = :user_id AND selector = :selector;

-- recovery_by_selector :maybe
-- an unused code that a typed one may be
SELECT id, salt, tag_sealed FROM recovery
WHERE user_id = :user_id AND selector = :selector AND used_at IS NULL;

-- recovery_number :one
-- how many a person has left
SELECT count(*) AS left_count, max(created_at) AS made_at FROM recovery
WHERE user_id = :user_id AND used_at IS NULL;

-- recovery_add :change
-- a code's tag
INSERT INTO recovery (id, user_id, selector, salt, tag_sealed, created_at)
VALUES (:id, :user_id, :selector, :salt, :tag_sealed, :created_at);

-- recovery_used :change
-- used up
UPDATE recovery SET used_at = :used_at WHERE id = :id AND used_at IS NULL;

-- recovery_drop_all :run
-- a new set replaces the old one
DELETE FROM recovery WHERE user_id = :user_id;
