-- 0042-restore-order.sql: what a workspace's own people ordered of its older states.

-- table restore_order: a look into an older state or a search in it, the return of the whole or of single records,
--   the way back, or a backup out of turn
-- owner: restore
-- purpose: doing what was ordered once, at the price that was shown, and proving who ordered it (Art. 6(1)(b), Art. 5(2))
-- retention: looks, searches and backups 7 days after their end, as they name what is in a state, and as long what single
--   records are called; else as long as the workspace
-- restore: present
CREATE TABLE restore_order (
    id id,                          -- made by the program
    order_kind int NOT NULL CHECK (order_kind >= 1 AND order_kind <= 4), -- enum order_kind: preview, restore, undo, backup
    order_state int NOT NULL CHECK (order_state >= 1 AND order_state <= 5), -- enum order_state: open, wanted, done, failed, stopped
    state_name text(40) NOT NULL,   -- which state; '' for a backup
    user_id ref NOT NULL REFERENCES "user" (id), -- who ordered it
    ordered_at instant NOT NULL,    -- when
    ended_at instant,               -- when it was done, failed or was stopped; NULL: it is under way
    reason_text text(200) NOT NULL, -- why, in the words of who ordered it; '' where nobody asks
    order_key text(64),             -- under which the operator keeps its price; NULL: it has none
    total money NOT NULL,           -- as shown, with VAT, in cents
    is_settled flag NOT NULL,       -- the operator's record of its price knows how it ended
    run_number int NOT NULL,        -- the latest restore_run when it was wanted: one behind it is its own
    code_text text(64) NOT NULL,    -- what it failed of; '' when it did not
    saved_name text(40) NOT NULL,   -- the present that was saved before, for the way back; of a backup: it
    outcome_text text(60000) NOT NULL -- JSON: the preview, or the report of what was done
);
CREATE UNIQUE INDEX restore_order_key ON restore_order (order_key);
CREATE INDEX restore_order_state ON restore_order (order_state, order_kind);
