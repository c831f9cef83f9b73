-- device.sql: known browsers; read and written by device.c alone.

-- device_by_nonce :maybe
-- is this browser still known for this person
SELECT id FROM device WHERE nonce_hash = :nonce_hash AND user_id = :user_id;

-- device_add :change
-- a browser is known from now on
INSERT INTO device (id, user_id, nonce_hash, device, created_at, used_at)
VALUES (:id, :user_id, :nonce_hash, :device, :now_at, :now_at);

-- device_used :change
-- signed in with it again; its cookie is issued anew with another nonce
UPDATE device SET used_at = :used_at, nonce_hash = :nonce_hash, device = :device WHERE id = :id;

-- device_drop_beyond :run
-- only so many for each person: the longest unused go
DELETE FROM device WHERE id IN (
    SELECT o.id FROM device o WHERE o.user_id = :user_id
    ORDER BY o.used_at DESC, o.id DESC LIMIT 1000 OFFSET :kept_count);

-- device_drop_user :run
-- none of a person's browsers is known any more
DELETE FROM device WHERE user_id = :user_id;

-- device_drop_old :run
-- unused for too long
DELETE FROM device WHERE used_at <= :before_at;
