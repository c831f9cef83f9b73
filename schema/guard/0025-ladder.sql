-- 0025-ladder.sql: the recovery ladder (AUTH-16): who lost the second factor gets a new one, and knows before
-- which ways there are.

-- the second factors were removed by the recovery ladder: the next sign-in sets up a new one before all else
ALTER TABLE credential ADD COLUMN factor_again flag NOT NULL DEFAULT 0;

-- table rehearsal: a person's last dry run of losing the second factor
-- owner: user
-- purpose: nobody finds out too late that there is no way back in (Art. 32)
-- retention: until the next one
-- restore: present
CREATE TABLE rehearsal (
    user_id ref NOT NULL PRIMARY KEY REFERENCES "user" (id), -- whose
    tried_at instant NOT NULL,                  -- when
    rungs int NOT NULL CHECK (rungs >= 0),      -- ways that were there, bit per enum rung
    code_tried flag NOT NULL,                   -- a recovery code was typed, and it was right
    address_right flag NOT NULL                 -- the person says that notices reach her
);
