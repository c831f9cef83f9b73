-- link.sql: one-time links and wishes for them; read and written by link.c alone.

-- link_by_hash :maybe
-- a link that is open, of somebody who may use it, with the password that it was made beside
SELECT l.id, l.user_id, l.address, l.expires_at
FROM link l JOIN "user" u ON u.id = l.user_id LEFT JOIN credential c ON c.user_id = l.user_id
WHERE l.token_hash = :token_hash AND l.link_kind = :link_kind AND l.used_at IS NULL
  AND l.expires_at > :now_at AND u.user_state <> 3 AND l.generation = coalesce(c.generation, 0);

-- link_last :maybe
-- a person's open link
SELECT expires_at FROM link
WHERE user_id = :user_id AND link_kind = :link_kind AND used_at IS NULL AND expires_at > :now_at
ORDER BY id DESC LIMIT 1;

-- link_add :change
-- a link for one person, beside the password of now
INSERT INTO link (id, link_kind, user_id, token_hash, generation, address, by_wish,
    created_user_id, created_at, expires_at)
VALUES (:id, :link_kind, :user_id, :token_hash,
    coalesce((SELECT generation FROM credential WHERE credential.user_id = :user_id), 0), :address,
    :by_wish, :created_user_id, :created_at, :expires_at);

-- link_used :change
-- used up
UPDATE link SET used_at = :used_at WHERE id = :id AND used_at IS NULL;

-- link_drop_kind :run
-- takes a person's open links of one kind back
DELETE FROM link WHERE user_id = :user_id AND link_kind = :link_kind AND used_at IS NULL;

-- link_drop_open :run
-- takes a person's open links back
DELETE FROM link WHERE user_id = :user_id AND used_at IS NULL;

-- link_drop_old :run
-- links that ended
DELETE FROM link WHERE expires_at <= :before_at;

-- link_since :one
-- how many of a kind were made for wishes of whoever is not signed in
SELECT count(*) AS made_count,
    coalesce(sum(CASE WHEN used_at IS NULL AND expires_at > :now_at THEN 1 ELSE 0 END), 0) AS open_count
FROM link
WHERE user_id = :user_id AND link_kind = :link_kind AND by_wish = 1
  AND created_at > :since_at;

-- link_wish_add :change
-- a wish, whoever it is of
INSERT INTO link_wish (id, link_kind, user_id, asked_at)
VALUES (:id, :link_kind, :user_id, :asked_at);

-- link_wish_first :list(50)
-- those that wait
SELECT id, link_kind, user_id FROM link_wish ORDER BY id LIMIT 50;

-- link_wish_drop :change
-- answered
DELETE FROM link_wish WHERE id = :id;

-- link_wish_drop_old :run
-- never answered
DELETE FROM link_wish WHERE asked_at <= :before_at;
