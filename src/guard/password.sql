-- password.sql: the one row for each person's password; read and written by password.c alone.

-- credential_find :maybe
-- a person's password row, for whoever may sign in at all
SELECT c.salt, c.hash_ops, c.hash_mem_kib, c.tag_sealed, c.generation
FROM credential c JOIN "user" u ON u.id = c.user_id
WHERE c.user_id = :user_id AND u.user_state = 2;

-- credential_kinds :list(3)
-- parameters that are not today's, of the passwords of those who may sign in
SELECT DISTINCT c.hash_ops, c.hash_mem_kib
FROM credential c JOIN "user" u ON u.id = c.user_id
WHERE u.user_state = 2 AND (c.hash_ops <> :hash_ops OR c.hash_mem_kib <> :hash_mem_kib)
  AND c.hash_ops BETWEEN 2 AND 8 AND c.hash_mem_kib BETWEEN 19456 AND 98304
ORDER BY c.hash_ops, c.hash_mem_kib LIMIT 3;

-- credential_generation :maybe
-- how many passwords a person has had
SELECT generation FROM credential WHERE user_id = :user_id;

-- credential_state :maybe
-- what pages and the sign-in want to know
SELECT long_enough, must_change, changed_at, last_login_at, factor_fails
FROM credential WHERE user_id = :user_id;

-- credential_put :change
-- a new password: the first one or another one
INSERT INTO credential (user_id, salt, hash_ops, hash_mem_kib, tag_sealed, generation, long_enough,
    must_change, changed_at, factor_fails)
VALUES (:user_id, :salt, :hash_ops, :hash_mem_kib, :tag_sealed, :generation, :long_enough, 0,
    :changed_at, 0)
ON CONFLICT (user_id) DO UPDATE SET salt = excluded.salt, hash_ops = excluded.hash_ops,
    hash_mem_kib = excluded.hash_mem_kib, tag_sealed = excluded.tag_sealed,
    generation = excluded.generation, long_enough = excluded.long_enough, must_change = 0,
    changed_at = excluded.changed_at, factor_fails = 0;

-- credential_rehash :change
-- the same password under the parameters of today
UPDATE credential SET salt = :salt, hash_ops = :hash_ops, hash_mem_kib = :hash_mem_kib,
    tag_sealed = :tag_sealed, generation = :generation
WHERE user_id = :user_id;

-- credential_signed_in :change
-- a complete sign-in
UPDATE credential SET last_login_at = :now_at, factor_fails = 0 WHERE user_id = :user_id;

-- credential_factor_failed :one
-- one more wrong second factor behind a right password
UPDATE credential SET factor_fails = factor_fails + 1,
    must_change = CASE WHEN factor_fails + 1 >= :limit_count THEN 1 ELSE must_change END
WHERE user_id = :user_id
RETURNING factor_fails;

-- credential_overview :list(5000)
-- everybody's last sign-in and number of second factors
SELECT c.user_id, c.last_login_at, c.long_enough,
    (SELECT count(*) FROM factor f WHERE f.user_id = c.user_id AND f.confirmed_at IS NOT NULL)
        + (SELECT count(*) FROM passkey p WHERE p.user_id = c.user_id) AS factor_count
FROM credential c ORDER BY c.user_id;
