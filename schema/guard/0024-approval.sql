-- 0024-approval.sql: what nobody may do alone (guard/approval.h). Somebody orders it, others approve, it waits,
-- and until it is done it can be stopped.

-- table approval: one order, from the asking to the end
-- owner: guard
-- purpose: no single person, and nobody who took over one account, can do what hits somebody else hard (Art. 32)
-- retention: 1 year after its end; the audit keeps the steps
-- restore: present
CREATE TABLE approval (
    id id,                                      -- made by the program
    approval_kind int NOT NULL CHECK (approval_kind >= 1), -- enum approval_kind: what is to be done
    subject_kind_text text(40) NOT NULL,        -- what kind of row it is about
    subject_number int NOT NULL,                -- the id of that row
    user_id ref REFERENCES "user" (id),         -- the person it happens to, who never approves; NULL: nobody
    ordered_user_id ref REFERENCES "user" (id), -- who ordered; NULL: the operator of the installation
    reason_text text(200) NOT NULL,             -- why, in the orderer's words
    needs int NOT NULL CHECK (needs >= 0),      -- persons with the right who must stand behind it
    ordered_at instant NOT NULL,                -- when
    not_before_at instant,                      -- end of the waiting time; NULL: not approved yet
    expires_at instant NOT NULL,                -- ends by itself then
    approval_state int NOT NULL CHECK (approval_state >= 1 AND approval_state <= 6), -- enum approval_state
    ended_at instant,                           -- when it was done, refused, cancelled or ran out
    ended_user_id ref REFERENCES "user" (id)    -- who did that; NULL: nobody, or the operator
);
CREATE INDEX approval_subject ON approval (approval_kind, subject_kind_text, subject_number, ordered_at);
CREATE INDEX approval_by_state ON approval (approval_state, expires_at);

-- table approval_vote: one person stands behind one order
-- owner: guard
-- purpose: who approved what (Art. 5(2))
-- retention: as long as the order
-- restore: present
CREATE TABLE approval_vote (
    approval_id ref NOT NULL REFERENCES approval (id), -- which order
    user_id ref NOT NULL REFERENCES "user" (id), -- who; holds the right of its kind, or the vote does not count
    at instant NOT NULL,                        -- when
    UNIQUE (approval_id, user_id)
);
