-- approval.sql: orders that need others; read and written by approval.c alone.

-- approval_add :change
-- something is ordered
INSERT INTO approval (id, approval_kind, subject_kind_text, subject_number, user_id, ordered_user_id,
    reason_text, needs, ordered_at, not_before_at, expires_at, approval_state)
VALUES (:id, :approval_kind, :subject_kind_text, :subject_number, :user_id, :ordered_user_id,
    :reason_text, :needs, :ordered_at, :not_before_at, :expires_at, :approval_state);

-- approval_by_id :maybe
-- one order
SELECT id, approval_kind, subject_kind_text, subject_number, user_id, ordered_user_id, reason_text, needs,
    ordered_at, not_before_at, expires_at, approval_state, ended_at, ended_user_id
FROM approval WHERE id = :id;

-- approval_of_subject :maybe
-- the one that is under way
SELECT id FROM approval
WHERE approval_kind = :approval_kind AND subject_kind_text = :subject_kind_text
    AND subject_number = :subject_number AND approval_state <= 2 AND expires_at > :now_at;

-- approval_ordered_since :one
-- how often the same was ordered lately
SELECT count(*) AS order_count FROM approval
WHERE approval_kind = :approval_kind AND subject_kind_text = :subject_kind_text
    AND subject_number = :subject_number AND ordered_at > :since_at;

-- approval_of_kind :list(100)
-- those under way first, then the latest
SELECT id FROM approval WHERE approval_kind = :approval_kind
ORDER BY CASE WHEN approval_state <= 2 THEN 0 ELSE 1 END, id DESC LIMIT 100;

-- approval_grant :change
-- enough approvals: the waiting time runs
UPDATE approval SET approval_state = 2, not_before_at = :not_before_at, expires_at = :expires_at
WHERE id = :id AND approval_state = 1;

-- approval_end :change
-- done, refused, cancelled or run out
UPDATE approval SET approval_state = :approval_state, ended_at = :ended_at, ended_user_id = :ended_user_id
WHERE id = :id AND approval_state <= 2;

-- approval_alive :list(1000)
-- everything that can still be stopped or run out
SELECT id FROM approval WHERE approval_state <= 2 ORDER BY id LIMIT 1000;

-- approval_vote_add :change
-- somebody stands behind it
INSERT INTO approval_vote (approval_id, user_id, at) VALUES (:approval_id, :user_id, :at);

-- approval_votes :list(1000)
-- who stands behind it, with what says whether the vote counts
SELECT v.user_id, u.group_no, u.right_plus, u.right_minus, u.user_state
FROM approval_vote v JOIN "user" u ON u.id = v.user_id
WHERE v.approval_id = :approval_id ORDER BY v.user_id LIMIT 1000;

-- approval_person :maybe
-- one person's rights
SELECT group_no, right_plus, right_minus, user_state FROM "user" WHERE id = :id;

-- approval_people :list(5000)
-- everybody who works here
SELECT id, first_name, last_name, group_no, right_plus, right_minus, user_state FROM "user"
WHERE user_state = 2 ORDER BY name_key, id LIMIT 5000;

-- approval_vote_drop_old :run
-- with their orders
DELETE FROM approval_vote WHERE approval_id IN (SELECT a.id FROM approval a WHERE a.ended_at <= :before_at);

-- approval_drop_old :run
-- ended long ago
DELETE FROM approval WHERE ended_at <= :before_at;
