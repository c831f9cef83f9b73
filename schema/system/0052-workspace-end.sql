-- 0052-workspace-end.sql: an agency is shut out, and later its data are destroyed.

-- table workspace_end: a workspace that is locked, or has come to its end
-- owner: registry
-- purpose: shutting an agency out until its data are destroyed, and proving that they were (Art. 5(2), Art. 28(3)(g))
-- retention: a lock as long as it lasts; an end as long as the installation, for the number is never given again
-- restore: present
CREATE TABLE workspace_end (
    workspace_id ref NOT NULL PRIMARY KEY REFERENCES workspace (id), -- whose
    locked_at instant NOT NULL,              -- since when nobody gets in
    why text(300) NOT NULL,                  -- the operator's words, of the lock and then of the end
    wanted_at instant,                       -- when its end was ordered; from then on there is no way back
    ended_at instant,                        -- when its key and its files were gone; NULL: not yet
    file_count int NOT NULL DEFAULT 0,       -- files that went
    byte_count int NOT NULL DEFAULT 0,       -- their bytes
    version int NOT NULL DEFAULT 1           -- counts changes
);
