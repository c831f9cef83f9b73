-- 0022-link.sql: one-time links of all kinds in one table; that of invitations goes into it. And wishes for
-- a link by mail, which are answered behind the reply.

-- table link: one link that lets its holder do one thing for one person, once
-- owner: guard
-- secret
-- purpose: first sign-in, a new password, a new browser, another address, without anybody else
--   knowing a password (Art. 32)
-- retention: one hour longer than it is good: 72 hours an invitation, a day an address, 30 minutes others
-- restore: present
CREATE TABLE link (
    id id,                                      -- made by the program
    link_kind int NOT NULL CHECK (link_kind >= 1 AND link_kind <= 9), -- enum link_kind
    user_id ref NOT NULL REFERENCES "user" (id), -- for whom
    token_hash blob(32) NOT NULL UNIQUE,        -- SHA-256 of the token in the link
    generation int NOT NULL DEFAULT 0,          -- of the person's password when it was made; another one ends it
    address text(254) NOT NULL DEFAULT '',      -- what it confirms: an address; '' for other kinds
    created_user_id ref REFERENCES "user" (id), -- who made it; NULL: the system
    created_at instant NOT NULL,                -- when it was made
    expires_at instant NOT NULL,                -- end
    used_at instant                             -- when it was taken; NULL: still open
);
CREATE INDEX link_by_user ON link (user_id, link_kind);
INSERT INTO link (id, link_kind, user_id, token_hash, created_user_id, created_at, expires_at, used_at)
SELECT id, 1, user_id, token_hash, created_user_id, created_at, expires_at, used_at FROM invitation;
INSERT INTO id_counter (table_name, last_number)
SELECT 'link', last_number FROM id_counter WHERE table_name = 'invitation';
DELETE FROM id_counter WHERE table_name = 'invitation';
DROP TABLE invitation;

-- table link_wish: somebody who is not signed in asked for a link by mail; answered behind the reply, so that
--   its time tells nothing
-- owner: guard
-- purpose: a forgotten password and a new browser cost nobody the account (Art. 32)
-- retention: until answered, an hour at most
-- restore: present
CREATE TABLE link_wish (
    id id,                                      -- made by the program
    link_kind int NOT NULL CHECK (link_kind >= 1 AND link_kind <= 9), -- enum link_kind
    user_id ref REFERENCES "user" (id),         -- whose name it was; NULL: nobody's
    asked_at instant NOT NULL                   -- when
);
