-- 0028-target.sql: where the workspace itself lets Kontor go outside.

-- table target: one server outside that this workspace named; egress connects to no other of its wishes
-- owner: outbound
-- secret
-- purpose: proof of whom data is given to, by whose decision, on which contract (Art. 28, Art. 30(1)(d))
-- retention: until removed; who switched what stays in the audit
-- restore: present
CREATE TABLE target (
    id id,                                      -- made by the program
    target_kind int NOT NULL CHECK (target_kind >= 1 AND target_kind <= 5), -- enum target_kind: 1 mail server; later WebDAV, SFTP, web hook, calendar
    host text(253) NOT NULL,                    -- public name or address, lower case
    port int NOT NULL CHECK (port >= 1 AND port <= 65535), -- where it listens
    target_login text(100) NOT NULL,            -- log-in at the server
    secret_sealed blob(1000) NOT NULL,          -- password, sealed for egress (KP_TARGET); shown to nobody
    sender text(254) NOT NULL,                  -- address that mail comes from
    provider text(120) NOT NULL,                -- whose server it is, as a company
    country text(60) NOT NULL,                  -- where it stands
    contract_state int NOT NULL CHECK (contract_state >= 1 AND contract_state <= 3), -- enum contract: present, missing, not needed
    is_on flag NOT NULL DEFAULT 0,              -- mail goes through it
    switched_at instant,                        -- when it was last switched; NULL: never
    switched_user_id ref REFERENCES "user" (id), -- who did it
    version int NOT NULL DEFAULT 1              -- counts changes; a stale form is told
);
CREATE UNIQUE INDEX target_by_kind ON target (target_kind);
