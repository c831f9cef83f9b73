-- 0003-registry.sql: what the registrar knows about the installation: its workspaces and their names.

-- table workspace: one agency and the name under which browsers reach it
-- owner: registry
-- purpose: reaching the right agency's store; operating the installation (Art. 6(1)(b))
-- retention: as long as the agency is a customer, then until its backups have expired
-- restore: present
CREATE TABLE workspace (
    id id,                                   -- made by the program; also the number of its folder
    slug text(63) NOT NULL UNIQUE,           -- first label of its host name; never given twice
    workspace_name text(120) NOT NULL,       -- the agency's name as operators see it
    workspace_state int NOT NULL CHECK (workspace_state >= 1 AND workspace_state <= 3), -- active, new, locked
    created_at instant NOT NULL,             -- when it was added
    version int NOT NULL DEFAULT 1           -- counts changes
);

-- table host: a further host name of a workspace
-- owner: registry
-- purpose: reaching an agency under a domain of its own (Art. 6(1)(b))
-- retention: as long as the agency wants it
-- restore: present
CREATE TABLE host (
    host_name text(253) NOT NULL PRIMARY KEY,             -- lower case
    workspace_id ref NOT NULL REFERENCES workspace (id),  -- whose
    created_at instant NOT NULL                           -- when it was added
);
CREATE INDEX host_workspace ON host (workspace_id);
