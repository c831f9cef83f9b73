-- limit.sql: failed sign-ins; read and written by limit.c alone.

-- throttle_find :maybe
-- what is known of a bucket
SELECT fails, first_at, last_at, open_at FROM throttle WHERE bucket = :bucket;

-- throttle_put :change
-- a bucket as it stands in memory
INSERT INTO throttle (bucket, bucket_kind, fails, first_at, last_at, open_at)
VALUES (:bucket, :bucket_kind, :fails, :first_at, :last_at, :open_at)
ON CONFLICT (bucket) DO UPDATE SET fails = excluded.fails, first_at = excluded.first_at,
    last_at = excluded.last_at, open_at = excluded.open_at;

-- throttle_drop_old :run
-- a day without failure
DELETE FROM throttle WHERE last_at <= :before_at;
