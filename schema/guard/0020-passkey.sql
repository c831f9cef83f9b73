-- 0020-passkey.sql: passkeys (AUTH-17). A passkey is a public key, so nothing in its row is worth
-- stealing; what must not happen is that a row is changed.

-- table passkey: one passkey of a person: the public half of a key that never leaves its authenticator
-- owner: guard
-- secret
-- purpose: signing in with what cannot be told to a false page (Art. 32)
-- retention: until removed
-- restore: present
CREATE TABLE passkey (
    id id,                                      -- made by the program
    user_id ref NOT NULL REFERENCES "user" (id), -- whose
    name text(60) NOT NULL,                     -- as the person calls it
    host_name text(253) NOT NULL,               -- RP ID: the host it was made for and answers to
    credential_id_blob blob(1023) NOT NULL UNIQUE, -- the authenticator's name for the key
    handle_blob blob(32) NOT NULL,              -- the person's name inside the authenticator; tells nothing
    key_alg int NOT NULL CHECK (key_alg = -7 OR key_alg = -8), -- enum webauthn_alg
    public_key blob(64) NOT NULL,               -- struct webauthn_key
    sign_count int NOT NULL,                    -- last counter it showed; 0 when it has none
    created_at instant NOT NULL,                -- when it was added
    used_at instant                             -- last use
);
CREATE INDEX passkey_by_user ON passkey (user_id);

-- table passkey_spent: one question that was answered with a right signature, so that it counts once
-- owner: guard
-- secret
-- purpose: an answer that somebody recorded is worth nothing (Art. 32)
-- retention: 5 minutes, then the question itself is too old
-- restore: present
CREATE TABLE passkey_spent (
    challenge_hash blob(32) NOT NULL PRIMARY KEY, -- SHA-256 of the challenge
    spent_at instant NOT NULL                   -- when
);
CREATE INDEX passkey_spent_by_time ON passkey_spent (spent_at);
