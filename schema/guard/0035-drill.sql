-- 0035-drill.sql: what came of trying to restore.

-- table drill: one state of this database that was fetched, opened and looked at as for a restore
-- owner: restore
-- purpose: proof that the backups can be restored (Art. 32(1)(c) and (d)); names no person
-- retention: 400 days
-- restore: present
CREATE TABLE drill (
    id id,                          -- made by the program
    state_name text(40) NOT NULL,   -- the state's id
    made_at instant,                -- when that state was taken; NULL: it could not be read so far
    drilled_at instant NOT NULL,    -- when it was tried
    is_good flag NOT NULL,          -- everything was as the manifest says
    code_text text(64) NOT NULL,    -- what was wrong; empty when nothing was
    result_text text(4000) NOT NULL, -- JSON, the very bytes that were signed
    signature blob(64) NOT NULL,    -- Ed25519 over label, time and hash of the result; doc/restore.md
    signer blob(32) NOT NULL        -- public key of the workspace's archives
);
CREATE INDEX drill_latest ON drill (drilled_at);
