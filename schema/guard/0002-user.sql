-- 0002-user.sql: people, how they prove who they are, and what they may. In system.db the people are the
-- operators of the installation.

-- table user: one person who works here; never deleted while anything refers to it, but locked
-- owner: user
-- purpose: working in the agency's office under one's own name (Art. 6(1)(b))
-- retention: as long as entries name the person; contact details end 1 year after locking
-- restore: present
CREATE TABLE "user" (
    id id,                                      -- made by the program
    login text(64),                             -- log-in name as chosen; NULL while the invitation is open
    login_fold text(256) UNIQUE,                -- the same folded (text_fold): one person per spelling
    first_name text(80) NOT NULL,               -- given name
    last_name text(80) NOT NULL,                -- family name
    name_key text(400) NOT NULL,                -- sort key of "last first" by DIN 5007
    email text(254) NOT NULL,                   -- for notices, never for signing in; '' when unknown
    phone text(60) NOT NULL,                    -- '' when unknown
    group_no int NOT NULL CHECK (group_no >= 1 AND group_no <= 8), -- enum group: preset of rights
    right_plus int NOT NULL DEFAULT 0,          -- single rights beside the preset, bit r for enum right r
    right_minus int NOT NULL DEFAULT 0,         -- single rights taken from the preset
    user_state int NOT NULL CHECK (user_state >= 1 AND user_state <= 3), -- enum user_state: invited, active, locked
    lang int NOT NULL DEFAULT 0,                -- enum lang
    theme int NOT NULL DEFAULT 0 CHECK (theme >= 0 AND theme <= 2), -- as the system, light, dark
    keys_off flag NOT NULL DEFAULT 0,           -- keyboard shortcuts are switched off
    week_minutes minutes NOT NULL DEFAULT 2400 CHECK (week_minutes >= 0 AND week_minutes <= 10080), -- weekly target
    created_at instant NOT NULL,                -- when the person was added
    version int NOT NULL DEFAULT 1              -- counts changes; a stale form is told
);
CREATE INDEX user_by_name ON "user" (user_state, name_key, id);

-- table credential: a person's password, as a hash whose tag only keymgr can compare
-- owner: guard
-- secret
-- purpose: proving who signs in (Art. 32)
-- retention: as long as the person may sign in
-- restore: present
CREATE TABLE credential (
    user_id ref NOT NULL PRIMARY KEY REFERENCES "user" (id), -- whose
    salt blob(16) NOT NULL,                     -- of Argon2id
    hash_ops int NOT NULL,                      -- passes of Argon2id
    hash_mem_kib int NOT NULL,                  -- memory of Argon2id
    tag_sealed blob(200) NOT NULL,              -- the 32-byte tag, sealed by keymgr for this row and generation
    generation int NOT NULL,                    -- counts passwords and re-hashes; part of what the seal is bound to
    long_enough flag NOT NULL,                  -- 15 characters or more: may stand without a second factor
    must_change flag NOT NULL DEFAULT 0,        -- taken as known to others (AUTH-12): asks for a new one
    changed_at instant NOT NULL,                -- when this password was chosen
    last_login_at instant,                      -- last complete sign-in
    factor_fails int NOT NULL DEFAULT 0,        -- wrong second factors in a row behind a right password
    last_step int NOT NULL DEFAULT 0            -- last TOTP step accepted from any device of the person
);

-- table factor: one device of a person that shows codes (TOTP)
-- owner: guard
-- secret
-- purpose: second factor (Art. 32)
-- retention: until removed; one that was never confirmed ends after 15 minutes
-- restore: present
CREATE TABLE factor (
    id id,                                      -- made by the program
    user_id ref NOT NULL REFERENCES "user" (id), -- whose
    name text(60) NOT NULL,                     -- as the person calls the device
    secret_sealed blob(200) NOT NULL,           -- until confirmed readable by the worker (KP_SECRET), then by keymgr alone (KP_TOTP)
    last_step int NOT NULL DEFAULT 0,           -- last step accepted from this device
    created_at instant NOT NULL,                -- when the secret was made
    confirmed_at instant,                       -- when its first code was right; NULL: not yet a factor
    used_at instant                             -- last use
);
CREATE INDEX factor_by_user ON factor (user_id);

-- table recovery: one recovery code; used up by one sign-in
-- owner: guard
-- secret
-- purpose: signing in when the device with the codes is lost (Art. 32)
-- retention: until a new set is made
-- restore: present
CREATE TABLE recovery (
    id id,                                      -- made by the program
    user_id ref NOT NULL REFERENCES "user" (id), -- whose
    selector blob(2) NOT NULL,                  -- finds the row of a typed code; 16 bits of a keyed hash
    salt blob(16) NOT NULL,                     -- of Argon2id
    tag_sealed blob(200) NOT NULL,              -- the tag, sealed by keymgr for this row
    created_at instant NOT NULL,                -- when it was made
    used_at instant,                            -- NULL: still good
    UNIQUE (user_id, selector)
);

-- table session: one signed-in browser, or the few minutes between password and second factor
-- owner: guard
-- secret
-- purpose: staying signed in (Art. 6(1)(b)); the list that lets a person end foreign sessions (Art. 32)
-- retention: 12 hours at most
-- restore: present
CREATE TABLE session (
    id id,                                      -- made by the program
    user_id ref NOT NULL REFERENCES "user" (id), -- who
    selector_hash blob(32) NOT NULL UNIQUE,     -- SHA-256 of the cookie's first part
    token_hash blob(32) NOT NULL,               -- SHA-256 of the token that is current
    old_hash blob(32),                          -- of the token before it
    turn_salt blob(32) NOT NULL,                -- the current token was derived from the old one with it
    form_secret blob(32) NOT NULL,              -- form tokens are derived from it
    session_level int NOT NULL CHECK (session_level >= 1 AND session_level <= 2), -- 1 ticket, 2 full
    created_at instant NOT NULL,                -- sign-in
    turned_at instant NOT NULL,                 -- when the current token was made
    shown_at instant,                           -- when the current token was first shown; NULL: not yet
    seen_at instant NOT NULL,                   -- last use, to the minute
    expires_at instant NOT NULL,                -- absolute end
    stepped_up_at instant NOT NULL,             -- last proof by password or factor
    tries int NOT NULL DEFAULT 0,               -- wrong codes for this ticket
    device text(60) NOT NULL,                   -- "Firefox, Linux"
    network text(64) NOT NULL                   -- coarse network of the sign-in
);
CREATE INDEX session_by_user ON session (user_id, seen_at);

-- table device: one browser in which a person has signed in before (cookie __Host-dev)
-- owner: guard
-- secret
-- purpose: strangers who guess passwords cannot lock the person out (Art. 32)
-- retention: 180 days after the last sign-in
-- restore: present
CREATE TABLE device (
    id id,                                      -- made by the program
    user_id ref NOT NULL REFERENCES "user" (id), -- whose
    nonce_hash blob(32) NOT NULL UNIQUE,        -- SHA-256 of the nonce in the cookie
    device text(60) NOT NULL,                   -- "Firefox, Linux"
    created_at instant NOT NULL,                -- first sign-in with it
    used_at instant NOT NULL                    -- last sign-in with it
);
CREATE INDEX device_by_user ON device (user_id);

-- table throttle: failed sign-ins that still slow down the next one
-- owner: guard
-- secret
-- purpose: guessing does not pay (Art. 32)
-- retention: 24 hours after the last failure
-- restore: present
CREATE TABLE throttle (
    bucket blob(32) NOT NULL PRIMARY KEY,       -- keyed hash of the folded name, network or device
    bucket_kind int NOT NULL CHECK (bucket_kind >= 1 AND bucket_kind <= 3), -- enum limit_kind
    fails int NOT NULL,                         -- failures that count
    first_at instant NOT NULL,                  -- begin of the window
    last_at instant NOT NULL,                   -- last failure
    open_at instant NOT NULL                    -- no try before
);
CREATE INDEX throttle_by_time ON throttle (last_at);

-- table invitation: one link that lets one person choose log-in name and password, once
-- owner: guard
-- secret
-- purpose: first sign-in without anybody else knowing a password (Art. 32)
-- retention: 72 hours
-- restore: present
CREATE TABLE invitation (
    id id,                                      -- made by the program
    user_id ref NOT NULL REFERENCES "user" (id), -- for whom
    token_hash blob(32) NOT NULL UNIQUE,        -- SHA-256 of the token in the link
    created_user_id ref REFERENCES "user" (id), -- who invited; NULL: the system
    created_at instant NOT NULL,                -- when it was made
    expires_at instant NOT NULL,                -- end
    used_at instant                             -- when it was taken; NULL: still open
);
CREATE INDEX invitation_by_user ON invitation (user_id);

-- table once_key: a posted form that was done, so that its repetition is not done again
-- owner: guard
-- secret
-- purpose: a double click makes one entry
-- retention: 1 day
-- restore: present
CREATE TABLE once_key (
    key_hash blob(32) NOT NULL PRIMARY KEY,     -- hash of path and form as sent
    user_id ref NOT NULL REFERENCES "user" (id), -- who sent it
    location text(2048) NOT NULL,               -- where its answer led
    used_at instant NOT NULL                    -- when it was done
);
CREATE INDEX once_key_by_time ON once_key (used_at);
