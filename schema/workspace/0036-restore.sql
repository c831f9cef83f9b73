-- 0036-restore.sql: older states that were put back.

-- table restore_run: one older state that was put back, and what that did
-- owner: restore
-- purpose: proof of what was put back and what stayed, and the way back (Art. 5(2), Art. 32(1)(c)); names no person
-- retention: as long as the workspace
-- restore: present
CREATE TABLE restore_run (
    id id,                          -- made by the program
    state_name text(40) NOT NULL,   -- the state that was put back
    saved_name text(40) NOT NULL,   -- the present that was saved just before; what an undo puts back
    restored_at instant NOT NULL,   -- when it was done
    report_text text(8000) NOT NULL -- JSON: each table with what came, went, changed, or did not travel back
);
CREATE UNIQUE INDEX restore_run_saved ON restore_run (saved_name);
