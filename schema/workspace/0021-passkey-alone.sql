-- 0021-passkey-alone: whether a passkey may stand in place of name and password (AUTH-17).

-- a passkey alone signs in
ALTER TABLE setting ADD COLUMN passkey_alone flag NOT NULL DEFAULT 0;
