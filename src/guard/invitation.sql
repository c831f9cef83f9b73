-- invitation.sql: one-time links; read and written by invitation.c alone.

-- invitation_by_hash :maybe
-- a link that is open
SELECT id, user_id, expires_at FROM invitation
WHERE token_hash = :token_hash AND used_at IS NULL AND expires_at > :now_at;

-- invitation_last :maybe
-- a person's open link
SELECT expires_at FROM invitation
WHERE user_id = :user_id AND used_at IS NULL AND expires_at > :now_at
ORDER BY id DESC LIMIT 1;

-- invitation_add :change
-- a link for one person
INSERT INTO invitation (id, user_id, token_hash, created_user_id, created_at, expires_at)
VALUES (:id, :user_id, :token_hash, :created_user_id, :created_at, :expires_at);

-- invitation_used :change
-- used up
UPDATE invitation SET used_at = :used_at WHERE id = :id AND used_at IS NULL;

-- invitation_drop_open :run
-- takes a person's open links back
DELETE FROM invitation WHERE user_id = :user_id AND used_at IS NULL;

-- invitation_drop_old :run
-- links that ended
DELETE FROM invitation WHERE expires_at <= :before_at;
