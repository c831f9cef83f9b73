-- dispatch.sql: the once-only keys of posted forms, so that a double submit makes one change.

-- once_find :maybe
-- where the same submission of the same person led to before
SELECT location FROM once_key WHERE key_hash = :key_hash AND user_id = :user_id;

-- once_add :run
-- remembers a submission and where it led to
INSERT INTO once_key (key_hash, user_id, location, used_at)
VALUES (:key_hash, :user_id, :location, :used_at);

-- once_prune :run
-- a day is longer than any browser keeps a form to send again
DELETE FROM once_key WHERE used_at < :before_at;
