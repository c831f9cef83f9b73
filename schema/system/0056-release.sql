-- 0056-release.sql: orders of customers that wait for people of the operator's.

-- table restore_release: an order to put back a state or records that people of the operator's must release
-- owner: release
-- purpose: nobody of the operator's alone lets an older state take the place of a customer's data (Art. 32(1)(b), Art. 5(2))
-- retention: as its charge; it has numbers and kinds of records, no content
-- restore: present
CREATE TABLE restore_release (
    id id,                                  -- made by the program
    charge_id ref NOT NULL REFERENCES charge (id), -- the order, with its workspace and its price
    order_number int NOT NULL CHECK (order_number >= 1), -- of the order in that workspace
    stamp text(16) NOT NULL,                -- which state
    group_no int NOT NULL CHECK (group_no >= 1 AND group_no <= 8), -- enum group: of who ordered it
    looked_at instant,                      -- when the state was opened to see what would change; NULL: not known
    amounts_text text(4000) NOT NULL,       -- JSON: how many records of each kind come back, change and go
    asked_at instant NOT NULL,              -- when it began to wait
    release_need int NOT NULL CHECK (release_need >= 1 AND release_need <= 2), -- how many people must release it
    released_at instant,                    -- when the last one did; NULL: not yet
    refused_at instant,                     -- when one refused it; NULL: nobody did
    refused_user_id ref REFERENCES "user" (id), -- who
    refuse_reason text(200) NOT NULL,       -- why, for the customer; '' when nobody did
    ended_at instant,                       -- when its order ended: carried out, failed or withdrawn; NULL: it has not
    is_done flag NOT NULL DEFAULT 0,        -- it was carried out
    told_version int NOT NULL DEFAULT 0,    -- the version that the workspace knows
    version int NOT NULL DEFAULT 1          -- counts changes
);
CREATE UNIQUE INDEX restore_release_charge ON restore_release (charge_id);

-- table restore_release_given: one person's leave for such an order
-- owner: release
-- purpose: two people are two (Art. 5(2))
-- retention: as the order
-- restore: present
-- immutable when true
CREATE TABLE restore_release_given (
    id id,                                  -- made by the program
    restore_release_id ref NOT NULL REFERENCES restore_release (id), -- for which order
    user_id ref NOT NULL REFERENCES "user" (id), -- whose
    given_at instant NOT NULL               -- when
);
CREATE UNIQUE INDEX restore_release_given_once ON restore_release_given (restore_release_id, user_id);
