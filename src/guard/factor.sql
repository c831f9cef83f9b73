-- factor.sql: devices that show codes; read and written by factor.c alone.

-- factor_confirmed :list(20)
-- the devices of a person, oldest first
SELECT id, name, secret_sealed, last_step, confirmed_at, used_at FROM factor
WHERE user_id = :user_id AND confirmed_at IS NOT NULL ORDER BY id;

-- factor_number_at :one
-- how many of them can be used at a host: devices, and passkeys made there
SELECT (SELECT count(*) FROM factor f WHERE f.user_id = :user_id AND f.confirmed_at IS NOT NULL)
     + (SELECT count(*) FROM passkey p WHERE p.user_id = :user_id AND p.host_name = :host_name)
    AS factor_count;

-- factor_number :one
-- how many second factors a person has: devices and passkeys
SELECT (SELECT count(*) FROM factor f WHERE f.user_id = :user_id AND f.confirmed_at IS NOT NULL)
     + (SELECT count(*) FROM passkey p WHERE p.user_id = :user_id) AS factor_count;

-- factor_pending :maybe
-- a device that waits for its first code
SELECT name, secret_sealed FROM factor
WHERE id = :id AND user_id = :user_id AND confirmed_at IS NULL AND created_at > :since_at;

-- factor_add :change
-- a device with a new secret
INSERT INTO factor (id, user_id, name, secret_sealed, created_at)
VALUES (:id, :user_id, :name, :secret_sealed, :created_at);

-- factor_make_final :change
-- its first code was right
UPDATE factor SET secret_sealed = :secret_sealed, confirmed_at = :confirmed_at,
    last_step = :last_step
WHERE id = :id AND user_id = :user_id AND confirmed_at IS NULL;

-- factor_used :change
-- a code of this device was accepted
UPDATE factor SET last_step = :last_step, used_at = :used_at WHERE id = :id;

-- factor_drop :run
-- removes a confirmed device of a person
DELETE FROM factor WHERE id = :id AND user_id = :user_id AND confirmed_at IS NOT NULL;

-- factor_drop_all :run
-- all devices of a person, also those never confirmed
DELETE FROM factor WHERE user_id = :user_id;

-- factor_again :change
-- the next sign-in sets up a new one
UPDATE credential SET factor_again = 1 WHERE user_id = :user_id;

-- factor_is_there :run
-- it was set up
UPDATE credential SET factor_again = 0 WHERE user_id = :user_id AND factor_again = 1;

-- factor_drop_pending :run
-- forgets what a person began and did not finish
DELETE FROM factor WHERE user_id = :user_id AND confirmed_at IS NULL;

-- factor_drop_old :run
-- forgets what anybody began and did not finish
DELETE FROM factor WHERE confirmed_at IS NULL AND created_at <= :before_at;

-- factor_person_step :maybe
-- the last step accepted from any device of a person
SELECT last_step FROM credential WHERE user_id = :user_id;

-- factor_newest_step :one
-- the newest step that was accepted from anybody
SELECT coalesce(max(last_step), 0) AS last_step FROM credential;

-- factor_person_used :change
-- a step is used up for the person
UPDATE credential SET last_step = :last_step WHERE user_id = :user_id;

-- factor_owner :maybe
-- whose device this is
SELECT user_id FROM factor WHERE id = :id;
