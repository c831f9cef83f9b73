-- passkey.sql: passkeys and the questions they have answered; read and written by passkey.c alone.

-- passkey_of_user :list(20)
-- the passkeys of a person, oldest first
SELECT id, name, host_name, credential_id_blob, created_at, used_at FROM passkey
WHERE user_id = :user_id ORDER BY id;

-- passkey_by_credential :maybe
-- the passkey of that name, of whoever may sign in at all
SELECT p.id, p.user_id, p.host_name, p.handle_blob, p.key_alg, p.public_key, p.sign_count
FROM passkey p JOIN "user" u ON u.id = p.user_id
WHERE p.credential_id_blob = :credential_id_blob AND u.user_state = 2;

-- passkey_taken :one
-- is there a passkey of that name, of anybody?
SELECT count(*) AS taken_count FROM passkey WHERE credential_id_blob = :credential_id_blob;

-- passkey_insert :change
-- a new passkey
INSERT INTO passkey (id, user_id, name, host_name, credential_id_blob, handle_blob, key_alg,
    public_key, sign_count, created_at)
VALUES (:id, :user_id, :name, :host_name, :credential_id_blob, :handle_blob, :key_alg,
    :public_key, :sign_count, :created_at);

-- passkey_used :change
-- it signed
UPDATE passkey SET sign_count = :sign_count, used_at = :used_at WHERE id = :id;

-- passkey_drop :run
-- removes a passkey of a person
DELETE FROM passkey WHERE id = :id AND user_id = :user_id;

-- passkey_drop_all :run
-- removes all passkeys of a person
DELETE FROM passkey WHERE user_id = :user_id;

-- passkey_owner :maybe
-- whose passkey this is
SELECT user_id FROM passkey WHERE id = :id;

-- passkey_spend :run
-- the question was answered; 0 rows: it had been answered before
INSERT INTO passkey_spent (challenge_hash, spent_at) VALUES (:challenge_hash, :spent_at)
ON CONFLICT (challenge_hash) DO NOTHING;

-- passkey_spent_drop :run
-- questions that are too old to be answered again
DELETE FROM passkey_spent WHERE spent_at <= :before_at;
